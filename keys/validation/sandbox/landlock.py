"""Taking the whole file system and network away from a process, on kernels that have Landlock.

Linux Landlock (Documentation/userspace-api/landlock.rst). A rule set that handles every right and allows none.
"""

import ctypes
import os
from typing import Final

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION: Final = 1
_BASE_RIGHTS: Final = 13
"""Rights over files in the first version; each later version of ``_ADDED`` brings more."""
_ADDED: Final = {2: 1, 3: 1, 5: 1}
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6


class _Rules(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


def version() -> int:
    """Which version of Landlock the kernel has, 0 for none."""
    found = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    return max(0, int(found))


def confine() -> int:
    """Apply it to this process, which must have given up new privileges; the version applied, 0 for none."""
    available = version()
    if not available:
        return 0
    rights = _BASE_RIGHTS + sum(more for since, more in _ADDED.items() if available >= since)
    rules = _Rules((1 << rights) - 1, 3 if available >= _NETWORK_SINCE else 0, 3 if available >= _SCOPES_SINCE else 0)
    size = 24 if available >= _SCOPES_SINCE else 16 if available >= _NETWORK_SINCE else 8
    libc = _libc()
    ruleset = int(libc.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0)))
    if ruleset < 0:
        return 0
    try:
        applied = int(libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
        return available if applied == 0 else 0
    finally:
        os.close(ruleset)


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc
