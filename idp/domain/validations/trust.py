"""The trust store as a running process sees it: read from its folder, and again when the folder has changed.

Reading certificates is ``keys.validation.trust``; who may put them there is the operator, by files.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from idp.logging import get_logger
from idp.settings import Settings

if TYPE_CHECKING:
    from keys.validation.trust import TrustStore

_log = get_logger("validations")
LOOK_EVERY = 2.0
"""Seconds between two looks at the folder."""

Fingerprint = tuple[tuple[str, int, int], ...]


class TrustFolder:
    """The trust store in a folder, kept in memory.

    :param monotonic: seconds that only grow.
    """

    def __init__(self, folder: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._seen: Fingerprint | None = None
        self._store: TrustStore | None = None

    def get(self) -> "TrustStore":
        """Give the store as it stands now; after a file that is no certificate, as it stood before (at first: empty)."""
        # Reading certificates takes imports that a process which judges nothing need not pay.
        from keys.validation.trust import TrustStore, TrustStoreError, from_directory

        with self._lock:
            if self._store is None or self._monotonic() - self._looked >= LOOK_EVERY:
                self._looked = self._monotonic()
                seen = _fingerprint(self._folder)
                if self._store is None or seen != self._seen:
                    self._seen = seen
                    try:
                        self._store = from_directory(self._folder)
                    except TrustStoreError as error:
                        _log.error("trust_store_unreadable", trouble=str(error))
            self._store = self._store or TrustStore()
            return self._store


def folder_of(settings: Settings) -> Path:
    """Give where the trust store of an installation lies."""
    return settings.trust_store or settings.home / "trust"


def _fingerprint(folder: Path) -> Fingerprint:
    """Name, size and time of every file: what a changed store differs in."""
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in (".pem", ".json"))
    return tuple((str(path), (known := path.stat()).st_size, known.st_mtime_ns) for path in found)
