"""Containers made by hand, entry by entry, so that each rule can be broken by itself (EN 319 162-1)."""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from tests.keys.validation.making import cms, xml
from tests.keys.validation.making.people import Person, person
from tests.keys.validation.making.xml import b64, build, to_file

SIMPLE, EXTENDED = "application/vnd.etsi.asic-s+zip", "application/vnd.etsi.asic-e+zip"
NAMESPACE = "http://uri.etsi.org/02918/v1.2.1#"
FILES = {"đơn.txt": "Đơn xin cấp phép".encode(), "hồ sơ/bản vẽ.pdf": b"%PDF-1.7"}
ONE = {"đơn.txt": FILES["đơn.txt"]}

Entries = Iterable[tuple[str, bytes]] | Mapping[str, bytes]


def zipped(entries: Entries, mimetype: str | None = EXTENDED, comment: bytes = b"") -> bytes:
    """A ZIP archive with the entries in order, ``mimetype`` first."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype is not None:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for name, data in entries.items() if isinstance(entries, Mapping) else entries:
            archive.writestr(name, data)
        archive.comment = comment
    return out.getvalue()


def manifest(files: Mapping[str, bytes], signature: str = "META-INF/signature001.p7s", more: str = "") -> bytes:
    """An ASiCManifest over the files."""
    listed = "".join(
        f'<asic:DataObjectReference URI="{quote(name)}"><ds:DigestMethod '
        'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
        f"<ds:DigestValue>{b64(hashlib.sha256(data).digest())}</ds:DigestValue></asic:DataObjectReference>"
        for name, data in files.items()
    )
    return (
        f'<asic:ASiCManifest xmlns:asic="{NAMESPACE}" xmlns:ds="{xml.DS}">'
        f'<asic:SigReference URI="{signature}"/>{listed}{more}</asic:ASiCManifest>'
    ).encode()


def p7s(data: bytes, by: Person | None = None, **options: object) -> bytes:
    """A detached CAdES signature."""
    recipe = cms.Recipe(by or person(), data)
    return cms.signed_data(recipe, **{"detached": True, **options})  # type: ignore[arg-type]


def cades(files: Mapping[str, bytes] = FILES, **changes: bytes | None) -> bytes:
    """An ASiC-E with CAdES; ``changes`` replace, add or (None) drop entries, with ``__`` for slashes and dots."""
    covering = manifest(files)
    entries: dict[str, bytes] = dict(files)
    entries["META-INF/ASiCManifest.xml"] = covering
    entries["META-INF/signature001.p7s"] = p7s(covering)
    return zipped(changed(entries, changes))


def changed(entries: dict[str, bytes], changes: Mapping[str, bytes | None]) -> dict[str, bytes]:
    return {name: data for name, data in {**entries, **changes}.items() if data is not None}


def xades_file(files: Mapping[str, bytes], identifier: str = "sig", signer: Person | None = None) -> bytes:
    """An XAdESSignatures file over entries."""
    references = [to_file(quote(name), data, id=f"r{number}") for number, (name, data) in enumerate(files.items())]
    recipe = xml.Recipe(id=identifier, signer=signer or person(), references=references)
    return build(recipe, lambda text: f'<asic:XAdESSignatures xmlns:asic="{NAMESPACE}">{text}</asic:XAdESSignatures>')


def xades(files: Mapping[str, bytes] = FILES, **changes: bytes | None) -> bytes:
    """An ASiC-E with XAdES."""
    entries = {**files, "META-INF/signatures001.xml": xades_file(files)}
    return zipped(changed(entries, changes))


def hidden_between(entries: Sequence[tuple[str, bytes]], hidden: str) -> bytes:
    """An archive whose directory does not list one of its entries."""
    data = zipped(entries, mimetype=None)
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    directory = data[start:end]
    records = [b"PK\x01\x02" + part for part in directory.split(b"PK\x01\x02")[1:]]
    kept = [record for record in records if hidden.encode() not in record]
    tail = bytearray(data[end:])
    tail[8:10] = tail[10:12] = len(kept).to_bytes(2, "little")
    tail[12:16] = len(b"".join(kept)).to_bytes(4, "little")
    return data[:start] + b"".join(kept) + bytes(tail)
