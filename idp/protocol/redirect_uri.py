"""Which redirection endpoint a request may name: exactly one that was registered (RFC 9700 §2.1, RFC 6749 §3.1.2.3).

The one exception is the port of a native application's loopback address (RFC 8252 §7.3). Comparing is of strings, never
of what a parser makes of them: no normalisation, so no two parsers can differ.
"""

import re
from collections.abc import Iterable

_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?((?:/[^\s#]*)?)")


def matches(requested: str, registered: Iterable[str]) -> bool:
    """Tell whether a requested redirect URI is one of the registered ones."""
    return any(requested == uri or _same_loopback(requested, uri) for uri in registered)


def _same_loopback(requested: str, registered: str) -> bool:
    """Compare loopback IP addresses but for their port; ``localhost`` is a name and gets no such grace (RFC 8252 §8.3)."""
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(requested)
    return ours is not None and theirs is not None and ours.groups() == theirs.groups()
