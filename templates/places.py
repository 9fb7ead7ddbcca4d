"""A page that is the same for everybody but for some places: rendered once for each of its forms, then only filled in.

Owns the keeping and the filling in; the template is rendered as ever, with a mark wherever a value will stand. A value is
escaped as a template escapes it, so it may stand in text and in quoted attributes (OWASP, output encoding), and nowhere
else. Whatever is not such a value, the language above all, belongs to what a form is known by.
"""

import re
from collections.abc import Callable, Hashable, Mapping

from markupsafe import escape

AT_MOST = 256
"""Forms of a page that are kept: whether each value is there, times languages, times what is said of it; a few in truth."""
_MARK = re.compile("\ue000([^\ue001]*)\ue001")


class Places:
    """The forms of one page of one application, each once rendered."""

    def __init__(self, render: Callable[[Mapping[str, str]], str]) -> None:
        self._render = render
        self._kept: dict[Hashable, tuple[str, tuple[str, ...]]] = {}

    def fill(self, form: Hashable, values: Mapping[str, str]) -> str:
        """Give what rendering with ``values`` would.

        :param form: everything that the page depends on but these values and whether each is empty.
        """
        whole = (form, tuple([name for name, value in values.items() if value]))
        kept = self._kept.get(whole)
        if kept is None:
            kept = self._marked(values)
            if len(self._kept) >= AT_MOST:
                self._kept.clear()
            self._kept[whole] = kept
        text, names = kept
        return text % tuple([escape(values[name]) for name in names])

    def _marked(self, values: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        marked = self._render({name: f"\ue000{name}\ue001" if value else "" for name, value in values.items()})
        pieces = _MARK.split(marked)
        return "%s".join([each.replace("%", "%%") for each in pieces[::2]]), tuple(pieces[1::2])
