"""PAdES at every level (ETSI EN 319 142-1): a CAdES signature in a PDF, a DSS dictionary, a document time-stamp.

pyHanko writes the PDF structures; the CMS inside is that of ``cades``.
"""

from io import BytesIO
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, SignatureObject
from pyhanko.sign.validation.dss import DocumentSecurityStore

from tests.support.documents.cades import signed
from tests.support.stories import CLOCK, World

_RESERVED = 65_536


def pades(world: World, level: str) -> bytes:
    """A one-page PDF signed by the world's signer."""
    placeholder = SignatureObject(
        timestamp=CLOCK["signing"], bytes_reserved=_RESERVED, subfilter=SigSeedSubFilter.PADES
    )
    # The time is the dictionary's /M, so the signing-time attribute stays away (EN 319 142-1 §6.3); the evidence of
    # LT stands in the DSS, so the CMS itself never rises above T.
    inner = "B" if level == "B" else "T"
    document = _embed(_page(), "Signature1", placeholder, lambda digest: signed(world, inner, None, digest, None))
    if level in {"LT", "LTA"}:
        document = _with_evidence(document, world)
    if level == "LTA":
        stamp = DocumentTimestamp(bytes_reserved=_RESERVED)
        unit, at = world.tsa_archive, CLOCK["archive_timestamp"]
        document = _embed(document, "Timestamp1", stamp, lambda digest: unit.token_over(digest, at))
    return document


def _page() -> bytes:
    writer = PdfFileWriter()
    content = writer.add_object(generic.StreamObject(stream_data=b"0 0 200 200 re s"))
    writer.insert_page(
        PageObject(contents=content, media_box=generic.ArrayObject(map(generic.NumberObject, (0, 0, 300, 300))))
    )
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _embed(document: bytes, field: str, placeholder: Any, make: Any) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(document))
    session = cms_embedder.PdfCMSEmbedder().write_cms(field_name=field, writer=writer)
    next(session)
    session.send(cms_embedder.SigObjSetup(sig_placeholder=placeholder))
    prepared, output = session.send(cms_embedder.SigIOSetup(md_algorithm="sha256", in_place=False))
    session.send(make(prepared.document_digest))
    return bytes(output.getvalue())


def _with_evidence(document: bytes, world: World) -> bytes:
    certificates = [world.signer.der, *world.chain, world.tsa_signature.signer.der, world.stamping.der]
    output = BytesIO(document)
    DocumentSecurityStore.add_dss(
        output,
        None,
        certs=[asn1_x509.Certificate.load(der) for der in certificates],
        crls=[asn1_crl.CertificateList.load(der) for der in world.embedded_crls],
    )
    return output.getvalue()
