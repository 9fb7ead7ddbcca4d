"""The portal's ways: who sees which, where one is, and what is said when there is nothing to show."""

import re
from collections.abc import Callable

import pytest

from tests.clients.dossiers.people import BIRTH, EXTRACT, Citizen, Official


def ways(text: str) -> list[tuple[str, bool]]:
    """Each entry of the navigation: its address and whether one is there."""
    navigation = text.partition('class="site-nav"')[2].partition("</nav>")[0]
    return [
        (address, bool(here)) for address, here in re.findall(r'<a href="([^"]+)"( aria-current="page")?', navigation)
    ]


def test_the_one_stop_desk_is_shown_to_its_officials_alone(
    citizen: Callable[..., Citizen], official: Callable[..., Official]
) -> None:
    person, desk = citizen(), official()
    person.sign_in("/dossiers")

    assert [address for address, _ in ways(person.open("/dossiers").text)] == ["/dossiers/new", "/dossiers"]
    assert [address for address, _ in ways(desk.open("/queue").text)] == ["/dossiers/new", "/dossiers", "/queue"]


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/dossiers", "/dossiers"),
        ("/dossiers/new", "/dossiers/new"),
        (f"/dossiers/new/{BIRTH}", "/dossiers/new"),
        ("/me", ""),
    ],
)
def test_one_entry_at_most_says_that_one_is_there(citizen: Callable[..., Citizen], path: str, here: str) -> None:
    shown = [address for address, current in ways(citizen().open(path).text) if current]

    assert shown == ([here] if here else [])


def test_a_dossier_belongs_to_my_dossiers(citizen: Callable[..., Citizen]) -> None:
    filed = citizen().files(EXTRACT)

    assert ("/dossiers", True) in ways(filed.text)
    assert ("/dossiers/new", False) in ways(filed.text)


def test_nothing_yet_is_said_so(citizen: Callable[..., Citizen], official: Callable[..., Official]) -> None:
    assert "Bạn chưa nộp hồ sơ nào ở đây." in citizen().open("/dossiers").text
    assert "Không có hồ sơ nào đang chờ." in official().open("/queue").text


def test_the_queue_is_narrowed_by_state_and_odd_states_show_what_is_open(
    citizen: Callable[..., Citizen], official: Callable[..., Official]
) -> None:
    code, desk = citizen().code_of(citizen().files(EXTRACT)), official()

    assert code in desk.open("/queue?state=submitted").text
    assert code not in desk.open("/queue?state=returned").text
    for odd in ("nothing", "%00", "x" * 500):
        assert code in desk.open(f"/queue?state={odd}").text


def test_what_was_typed_is_shown_and_never_run(
    citizen: Callable[..., Citizen], official: Callable[..., Official]
) -> None:
    person, desk = citizen(), official()
    script = "<script>alert(1)</script> {{ 7*7 }} ' onmouseover=x"
    code = person.code_of(person.files(EXTRACT, record_name=script))
    desk.follow(desk.does(desk.case(code), code, "receive", script))

    for text in (person.open(f"/dossiers/{code}").text, desk.case(code).text, desk.open("/queue").text):
        assert "<script>alert" not in text
        assert " 49 " not in text
