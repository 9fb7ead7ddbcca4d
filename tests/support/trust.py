"""A trust store on disk, as an operator would lay it down."""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.stories import World


def trusted(home: Path, *worlds: World, hierarchy: str = "public") -> Path:
    """Let the installation in ``home`` trust the roots of these stories; gives the folder of the store."""
    folder = home / "trust"
    anchors = folder / hierarchy / "anchors"
    anchors.mkdir(parents=True, exist_ok=True)
    for each in worlds:
        (anchors / f"{each.name}.pem").write_bytes(each.root.certificate.public_bytes(Encoding.PEM))
    return folder
