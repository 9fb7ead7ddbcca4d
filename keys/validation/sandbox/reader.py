"""The other side of the wall: a warm process that makes one confined child for each document.

It is started with an empty environment and no descriptor but one socket, loads the parsers once, and then forks for each
request: the child gives up everything, reads one document, answers and ends. What a hostile file makes of its child dies
with it. The asking side is ``pool``.
"""

import contextlib
import gc
import json
import os
import pkgutil
import signal
import socket
import sys
from dataclasses import asdict
from importlib import import_module

from keys.validation.sandbox import wire
from keys.validation.sandbox.layers import Limits, confine, confine_and_probe, drop_user

READ, PROBE = b"R", b"P"
"""What a request may be."""
READY = b"ready"

_LAZY = ("_strptime", "bz2", "lzma", "stringprep", "unicodedata", "pyhanko.pdf_utils.filters")
_WHOLE = (
    "cryptography",
    "asn1crypto",
    "encodings",
    "pyhanko.pdf_utils.crypt",
    "pyhanko.pdf_utils.metadata",
    "keys.validation.formats",
)
"""Packages that import parts of themselves at first use, which a confined child no longer can."""


def main() -> None:
    """Serve until the asking side closes its socket. Arguments: its descriptor, the limits in JSON."""
    control = socket.socket(fileno=int(sys.argv[1]))
    os.environ.clear()
    limits, was_root = Limits(**json.loads(sys.argv[2])), os.geteuid() == 0
    _load()
    drop_user()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    control.sendall(READY)
    while True:
        kind, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not kind:
            return
        for descriptor in descriptors:
            if os.fork() == 0:
                control.close()
                _serve(kind, socket.socket(fileno=descriptor), limits, was_root)
            os.close(descriptor)


def _load() -> None:
    """Import all that reading may need, and read a little of each kind, so that nothing is left to import."""
    for name in (*_LAZY, *_WHOLE):
        import_module(name)
    for package in _WHOLE:
        for found in pkgutil.walk_packages(sys.modules[package].__path__, f"{package}."):
            # Some parts of a library need extras that are not installed; nothing here uses those.
            with contextlib.suppress(ImportError):
                import_module(found.name)
    intake = import_module("keys.validation.intake")
    for sample in intake.SAMPLES:
        intake.parse(sample)


def _serve(kind: bytes, peer: socket.socket, limits: Limits, was_root: bool) -> None:
    """One child's whole life."""
    status = 1
    try:
        answer = (
            json.dumps(asdict(confine_and_probe(limits, was_root))).encode() if kind == PROBE else _read(peer, limits)
        )
        wire.send(peer, answer)
        status = 0
    finally:
        # No clean-up of the parent's objects, and no way back into its loop, whatever happened.
        os._exit(status)


def _read(peer: socket.socket, limits: Limits) -> bytes:
    intake = sys.modules["keys.validation.intake"]
    confine(limits)
    request = wire.receive(peer, intake.MAX_SIZE + intake.MAX_CONTENTS_SIZE + 10_000_000)
    data, name, contents = wire.unpack_request(request)
    del request
    return wire.pack_document(intake.parse(data, name, contents))


if __name__ == "__main__":
    main()
