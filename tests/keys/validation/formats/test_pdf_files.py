"""PDF files as they arrive: of other writers, encrypted, broken, hostile. Reading never raises, and never passes by luck."""

import io
import logging
import re
import zlib
from functools import cache

import pytest
from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko_certvalidator.registry import SimpleCertificateStore

from keys.validation.formats import pdf
from keys.validation.model import Integrity, ParsedDocument
from tests.keys.validation.making.cms import Recipe
from tests.keys.validation.making.pdf import cades, sign, stamp, store, unsigned, update
from tests.keys.validation.making.people import authority, person, stranger

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
RICH = stamp(store(sign(sign(unsigned()), name=b"ChuKy2", value=cades(Recipe(stranger(), b""))), crls=(b"x" * 50,)))


def statuses(document: ParsedDocument) -> list[Integrity]:
    return [s.integrity for s in document.signatures]


class TestOtherWriters:
    """Files written and signed by pyHanko, whose own verdict on bytes and revisions runs beside ours."""

    @staticmethod
    @cache
    def signer() -> signers.SimpleSigner:
        key = person("rsa").key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        registry = SimpleCertificateStore()
        registry.register(asn1_x509.Certificate.load(authority().certificate))
        return signers.SimpleSigner(
            asn1_x509.Certificate.load(person("rsa").certificate), PrivateKeyInfo.load(key), registry
        )

    @staticmethod
    def blank(*, streams: bool, password: str | None = None, mac: bool = True) -> bytes:
        writer = PdfFileWriter(stream_xrefs=streams)
        content = writer.add_object(generic.StreamObject(stream_data=b"BT (x) Tj ET"))
        writer.insert_page(PageObject(contents=content, media_box=(0, 0, 200, 200)))
        if password is not None:
            writer.encrypt(owner_pass="chủ", user_pass=password, pdf_mac=mac)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    def signed(self, data: bytes, name: str = "Sig1", password: str | None = None, **options: object) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
        if password is not None:
            writer.encrypt(password)
        metadata = signers.PdfSignatureMetadata(field_name=name, subfilter=fields.SigSeedSubFilter.PADES, **options)  # type: ignore[arg-type]
        return bytes(signers.sign_pdf(writer, metadata, signer=self.signer()).getbuffer())

    @pytest.mark.parametrize("streams", [True, False])
    def test_signed_twice_with_tables_or_streams(self, streams: bool) -> None:
        once = self.signed(self.blank(streams=streams))
        twice = self.signed(once, "Sig2")
        assert statuses(pdf.parse(once)) == [Integrity.INTACT]
        assert statuses(pdf.parse(twice)) == [Integrity.INTACT] * 2
        assert all(_library_agrees(s) for s in PdfFileReader(io.BytesIO(twice)).embedded_signatures)

    def test_certified_and_then_signed(self) -> None:
        certified = self.signed(self.blank(streams=True), certify=True, docmdp_permissions=fields.MDPPerm.FILL_FORMS)
        assert statuses(pdf.parse(certified)) == [Integrity.INTACT]
        assert statuses(pdf.parse(self.signed(certified, "Sig2"))) == [Integrity.INTACT] * 2

    def test_encrypted_with_an_empty_password(self) -> None:
        signed = self.signed(self.blank(streams=True, password=""), password="")
        assert statuses(pdf.parse(signed)) == [Integrity.INTACT]
        twice = self.signed(signed, "Sig2", password="")
        assert statuses(pdf.parse(twice)) == [Integrity.INTACT] * 2

    def test_an_encryption_dictionary_put_in_place_of_the_signed_one(self) -> None:
        signed = self.signed(self.blank(streams=False, password="", mac=False), password="")
        number = int(re.findall(rb"/Encrypt (\d+) 0 R", signed)[-1])
        start = signed.index(b"\n%d 0 obj" % number) + 1
        body = signed[start : signed.index(b"endobj", start) + 7]
        trailer = signed[signed.rindex(b"trailer") : signed.rindex(b"startxref")]
        previous = int(signed[signed.rindex(b"startxref") :].split()[1])
        trailer = re.sub(rb"/Prev \d+", b"/Prev %d" % previous, trailer)
        table = b"xref\n0 1\n0000000000 65535 f \n%d 1\n%010d 00000 n \n" % (number, len(signed))
        place = len(signed) + len(body)
        changed = signed + body + table + trailer + b"startxref\n%d\n%%%%EOF\n" % place
        document = pdf.parse(changed)
        assert statuses(document) == [Integrity.MALFORMED]
        assert "encryption" in document.signatures[0].problems[0]

    def test_encrypted_with_a_password_that_nobody_gave(self) -> None:
        document = pdf.parse(self.signed(self.blank(streams=False, password="bí mật"), password="bí mật"))
        assert document.signatures == ()
        assert "encrypted" in document.problems[0]

    def test_a_change_of_the_page_in_a_later_revision(self) -> None:
        writer = IncrementalPdfFileWriter(io.BytesIO(self.signed(self.blank(streams=True))))
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (y) Tj ET"))
        writer.update_container(page)
        out = io.BytesIO()
        writer.write(out)
        document = pdf.parse(out.getvalue())
        assert statuses(document) == [Integrity.MALFORMED]
        (theirs,) = PdfFileReader(io.BytesIO(out.getvalue())).embedded_signatures
        assert not _library_agrees(theirs)


def _library_agrees(signature: EmbeddedPdfSignature) -> bool:
    signature.compute_integrity_info()
    return bool(signature.summarise_integrity_info()["docmdp_ok"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-",
        b"%PDF-1.7\n",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\nstartxref\n99999999999\n%%EOF",
        b"%PDF-1.7\nxref\n0 99999999\n0000000000 65535 f \ntrailer<<>>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer<</Size 1/Prev 9>>\nstartxref\n9\n%%EOF",
        b"not a pdf at all",
        b"PK\x03\x04",
        RICH.data[: len(RICH.data) // 2],
        RICH.data[:-30],
        RICH.data[100:],
        RICH.data.replace(b"/Root 1 0 R", b"/Root 99 0 R"),
        RICH.data.replace(b"/Type/Catalog", b"/Type/Catalo("),
    ],
    ids=range(15),
)
def test_what_is_no_readable_pdf_is_named_as_such(data: bytes) -> None:
    document = pdf.parse(data)
    assert document.signatures == ()
    assert document.problems


def test_nesting_without_end_is_a_problem_not_a_crash() -> None:
    deep = update(unsigned(), {7: b"[" * 50_000 + b"]" * 50_000})
    assert pdf.parse(deep.data).problems
    loops = update(unsigned(), {6: b"<</Fields[6 0 R 6 0 R]/Kids[6 0 R]/T(a)>>"})
    assert pdf.parse(loops.data).signatures == ()


def test_a_page_tree_that_bites_its_tail() -> None:
    signed = sign(unsigned())
    looped = update(signed, {2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"})
    assert statuses(pdf.parse(looped.data)) == [Integrity.MALFORMED]


def test_form_fields_without_end() -> None:
    fields_ = b" ".join(b"%d 0 R" % number for number in range(100, 30_100))
    assert pdf.parse(update(unsigned(), {6: b"<</Fields[%s]>>" % fields_}).data).problems


def test_more_signatures_than_anybody_needs() -> None:
    many = unsigned()
    numbers = range(many.next, many.next + 201)
    objects = {n: b"<</FT/Sig/T(f%d)/V<</Type/Sig>>>>" % n for n in numbers}
    form = b"<</Fields[%s]>>" % b" ".join(b"%d 0 R" % n for n in numbers)
    assert pdf.parse(update(many, {6: form, **objects}).data).problems


def test_a_stream_that_unfolds_to_gigabytes_is_not_unfolded() -> None:
    bomb = zlib.compress(zlib.compress(bytes(1 << 26)))
    body = b"<</Length %d/Type/ObjStm/N 1/First 4/Filter[/FlateDecode/FlateDecode]>>\nstream\n%s\nendstream" % (
        len(bomb),
        bomb,
    )
    signed = sign(unsigned())
    number = signed.next
    stored = update(signed, {number: body, 1: signed.objects()[1].replace(b">>", b"/DSS<</Certs[%d 0 R]>>>>" % number)})
    (signature,) = pdf.parse(stored.data).signatures
    assert all(len(certificate) < 1_000_000 for certificate in signature.certificates)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, len(RICH.data) - 1), st.integers(1, 255))
def test_no_changed_byte_passes_unseen(position: int, mask: int) -> None:
    """Wherever one byte changes, every signature over it fails; in the padding of a value nothing is signed."""
    changed = RICH.data[:position] + bytes([RICH.data[position] ^ mask]) + RICH.data[position + 1 :]
    document = pdf.parse(changed)
    for signature in document.signatures:
        if signature.integrity is Integrity.INTACT:
            before, after = _gap(RICH.data, signature.signature_value)
            assert before <= position < after or position >= _end(signature.signature_value)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(*[st.integers(0, len(RICH.data) - 1)] * 3, st.sampled_from(["drop", "double", "move"]))
def test_no_cut_or_moved_piece_passes_unseen(one: int, other: int, target: int, act: str) -> None:
    data = RICH.data
    start, end = sorted((one, other))
    piece, rest = data[start:end], data[:start] + data[end:]
    changed = {"drop": rest, "double": data[:end] + piece + data[end:], "move": rest[:target] + piece + rest[target:]}[
        act
    ]
    for signature in pdf.parse(changed).signatures:
        if signature.integrity is Integrity.INTACT:
            assert _covered(changed, signature.signature_value) in _ORIGINALS


def _gap(data: bytes, value: bytes) -> tuple[int, int]:
    at = data.index(value.hex().encode())
    return data.rindex(b"<", 0, at), data.index(b">", at) + 1


def _end(value: bytes) -> int:
    gap = _gap(RICH.data, value)[0]
    return next(end for end in RICH.ends if end > gap)


def _covered(data: bytes, value: bytes) -> bytes:
    before, after = _gap(data, value)
    end = data.index(b"%%EOF", after)
    return data[:before] + data[after:end]


_ORIGINALS = [_covered(RICH.data, s.signature_value) for s in pdf.parse(RICH.data).signatures]


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_never_a_signature(noise: bytes) -> None:
    for data in (noise, b"%PDF-1.7\n" + noise, RICH.data + noise):
        for signature in pdf.parse(data).signatures:
            assert signature.integrity is not Integrity.INTACT or not noise.strip(b"\0\t\n\f\r ")
