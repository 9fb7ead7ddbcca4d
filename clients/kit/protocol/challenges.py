"""The ``WWW-Authenticate: Bearer`` challenge, written and read (RFC 6750 §3, RFC 9470 §3, RFC 9110 §11.6.1)."""

import re
from dataclasses import dataclass

_PARAMETER = re.compile(r'\s*,?\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_UNSAFE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


@dataclass(frozen=True, slots=True)
class Challenge:
    """A bearer challenge. Empty members are left out."""

    error: str = ""
    error_description: str = ""
    scope: str = ""
    acr_values: str = ""
    max_age: int | None = None

    def header(self, realm: str) -> str:
        """Write it; characters that RFC 6750 §3 does not allow become ``?``."""
        values = {
            "realm": realm,
            "error": self.error,
            "error_description": self.error_description,
            "scope": self.scope,
            "acr_values": self.acr_values,
            "max_age": "" if self.max_age is None else str(self.max_age),
        }
        return "Bearer " + ", ".join(f'{name}="{_UNSAFE.sub("?", value)}"' for name, value in values.items() if value)


def read_challenge(header: str) -> Challenge:
    """Read the bearer challenge of a 401; an empty one where there is none or it is malformed."""
    scheme, _, rest = header[:4096].partition(" ")
    if scheme.lower() != "bearer":
        return Challenge()
    found: dict[str, str] = {}
    position = 0
    while match := _PARAMETER.match(rest, position):
        name, quoted, plain = match.groups()
        found.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain)
        position = match.end()
    age = found.get("max_age", "")
    return Challenge(
        found.get("error", ""),
        found.get("error_description", ""),
        found.get("scope", ""),
        found.get("acr_values", ""),
        int(age) if age.isascii() and age.isdigit() and len(age) < 10 else None,
    )
