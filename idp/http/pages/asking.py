"""The portal that a person came from: what the interactive pages say of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asking:
    """The portal whose request is waiting.

    ``name`` is in the reader's language; ``host`` is that of the checked redirect URI, which cannot be made up;
    ``agency`` is the name of the agency it belongs to once an administrator approved that, else empty.
    """

    name: str
    host: str
    agency: str = ""
