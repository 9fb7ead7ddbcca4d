"""Finding the detached content that a signature refers to among what the caller gave or the container holds.

A reference names its content by URI. Callers rarely keep the names, so outside containers the digest decides too: a
content whose digest is the signed one *is* the signed content, whatever it is called. Nothing is ever fetched.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from keys.validation import crypto
from keys.validation.model import Content


def digest_of(content: Content, algorithm: str) -> bytes | None:
    """The content's digest, computed or as the caller gave it; None where neither is possible."""
    if content.data is not None:
        return crypto.digest(algorithm, content.data)
    return content.digests.get(algorithm)


@dataclass
class Contents:
    """The contents that one signature may refer to, and which of them it did."""

    given: Sequence[Content]
    by_name_only: bool = False
    """In a container every reference names an entry: another file with the same bytes is not what was meant."""
    used: set[str] = field(default_factory=set)
    _digests: dict[tuple[int, str], bytes | None] = field(default_factory=dict)

    def only(self) -> Content | None:
        """The single content, if there is exactly one."""
        return self._take(self.given[0]) if len(self.given) == 1 and not self.by_name_only else None

    def named(self, uri: str) -> Content | None:
        """The content of this name: as written, percent-decoded, or by its last path segment outside containers.

        A path from the root is one from the container's root, no entry's name begins so (RFC 3986 §5.2.2).
        """
        decoded = unquote(uri)
        wanted = {uri, decoded, decoded.removeprefix("./")}
        if not decoded.startswith("//"):
            wanted.add(decoded.removeprefix("/"))
        if not self.by_name_only:
            wanted.add(decoded.rpartition("/")[2])
        found = [content for content in self.given if content.name in wanted]
        return self._take(found[0]) if found else None

    def with_digest(self, algorithm: str, expected: bytes) -> Content | None:
        """The content with this digest, outside containers."""
        if self.by_name_only:
            return None
        for position, content in enumerate(self.given):
            # Kept, since each of many references may have to look at each of many contents.
            if (position, algorithm) not in self._digests:
                self._digests[position, algorithm] = digest_of(content, algorithm)
            found = self._digests[position, algorithm]
            if found is not None and hmac.compare_digest(found, expected):
                return self._take(content)
        return None

    def unused(self) -> tuple[Content, ...]:
        """What was given and nothing referred to."""
        return tuple(content for content in self.given if content.name not in self.used)

    def _take(self, content: Content) -> Content:
        self.used.add(content.name)
        return content
