"""A property worked out once: kept with its object, worked out again after an error, and for each object by itself."""

import pytest

from idp.once import once


class Request:
    def __init__(self, text: str) -> None:
        self.text = text
        self.asked = 0

    @once
    def number(self) -> int:
        """What the text says."""
        self.asked += 1
        return int(self.text)


def test_it_is_worked_out_at_the_first_use_and_not_again() -> None:
    request = Request("7")
    assert (request.asked, request.number, request.number, request.asked) == (0, 7, 7, 1)


def test_each_object_has_its_own() -> None:
    assert [Request(text).number for text in ("1", "2")] == [1, 2]


def test_what_failed_is_not_kept() -> None:
    request = Request("seven")
    for _ in range(2):
        with pytest.raises(ValueError, match="seven"):
            _ = request.number
    assert request.asked == 2


def test_the_class_still_tells_what_it_is() -> None:
    assert Request.number.__doc__ == "What the text says."
