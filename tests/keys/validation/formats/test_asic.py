"""Containers that stand, what is said of them, and what their attackers try (EN 319 162-1, APPNOTE.TXT)."""

import hashlib
import io
import struct
import warnings
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.validation import timestamps
from keys.validation.formats import asic
from keys.validation.model import Integrity, ParsedDocument, SignatureObject, TimestampKind
from tests.keys.validation.making import cms
from tests.keys.validation.making.asic import (
    EXTENDED,
    FILES,
    ONE,
    SIMPLE,
    cades,
    hidden_between,
    manifest,
    p7s,
    xades,
    xades_file,
    zipped,
)
from tests.keys.validation.making.people import person, stranger

AT = datetime(2025, 6, 3, tzinfo=UTC)


def only(data: bytes) -> SignatureObject:
    (signature,) = asic.parse(data).signatures
    return signature


# -- XAdES ------------------------------------------------------------------------------------------------------------


def test_an_extended_container_with_xades_stands() -> None:
    parsed = asic.parse(xades())
    (signature,) = parsed.signatures
    assert (parsed.format, parsed.problems, parsed.uncovered) == ("ASiC-E", (), ())
    assert (signature.integrity, signature.container, signature.format) == (Integrity.INTACT, "ASiC-E", "XAdES")
    assert [(scope.name, scope.covered) for scope in signature.scopes] == [(name, "FULL") for name in FILES]


def test_several_signature_files_are_told_apart() -> None:
    more = {"META-INF/signatures002.xml": xades_file(FILES, signer=stranger())}
    first, second = asic.parse(xades(**more)).signatures
    assert {first.id, second.id} == {"META-INF/signatures001.xml#sig", "META-INF/signatures002.xml#sig"}
    assert [first.integrity, second.integrity] == [Integrity.INTACT] * 2


def test_a_file_that_nothing_signs_is_named() -> None:
    assert asic.parse(xades(**{"thêm.txt": b"?"})).uncovered == ("thêm.txt",)
    assert asic.parse(cades(**{"thêm.txt": b"?"})).uncovered == ("thêm.txt",)


def test_a_changed_file_is_seen_and_a_missing_one_missed() -> None:
    assert only(xades(**{"đơn.txt": b"khac"})).integrity is Integrity.HASH_MISMATCH
    assert only(xades(**{"đơn.txt": None})).integrity is Integrity.CONTENT_MISSING
    assert only(cades(**{"đơn.txt": b"khac"})).integrity is Integrity.HASH_MISMATCH
    assert only(cades(**{"đơn.txt": None})).integrity is Integrity.CONTENT_MISSING


def test_a_file_of_another_name_is_not_the_signed_one_though_its_bytes_are() -> None:
    moved = xades(**{"đơn.txt": None, "khác.txt": FILES["đơn.txt"]})
    assert only(moved).integrity is Integrity.CONTENT_MISSING


def test_a_file_in_another_folder_is_not_the_signed_one() -> None:
    moved = xades(**{"hồ sơ/bản vẽ.pdf": None, "bản vẽ.pdf": FILES["hồ sơ/bản vẽ.pdf"]})
    assert only(moved).integrity is Integrity.CONTENT_MISSING


def test_a_simple_container_is_for_one_file() -> None:
    entries = {**ONE, "META-INF/signatures.xml": xades_file(ONE)}
    parsed = asic.parse(zipped(entries, SIMPLE))
    assert (parsed.format, parsed.signatures[0].integrity) == ("ASiC-S", Integrity.INTACT)
    two = asic.parse(zipped({**entries, "thêm.txt": b"?"}, SIMPLE))
    assert two.signatures[0].integrity is Integrity.MALFORMED
    assert "exactly one file" in two.signatures[0].problems[0]


def test_an_extended_container_without_any_file_signs_nothing() -> None:
    """Clause 4.4.1: a signature over what stands beside itself is sound as XML, and no signature of a container."""
    inside = {"META-INF/signatures001.xml": xades_file({"mimetype": EXTENDED.encode()})}
    (signature,) = asic.parse(zipped(inside)).signatures
    assert signature.integrity is Integrity.MALFORMED
    assert "at least one file" in signature.problems[0]


def test_a_path_from_the_root_is_one_from_the_containers_root() -> None:
    """RFC 3986 §5.2.2: the container is the base of the references that stand in it."""
    data = FILES["đơn.txt"]
    rooted = {"đơn.txt": data, "META-INF/signatures001.xml": xades_file({"/đơn.txt": data})}
    parsed = asic.parse(zipped(rooted))
    assert (parsed.signatures[0].integrity, parsed.uncovered) == (Integrity.INTACT, ())
    assert only(zipped({**rooted, "đơn.txt": b"khac"})).integrity is Integrity.HASH_MISMATCH
    elsewhere = {**rooted, "META-INF/signatures001.xml": xades_file({"//đơn.txt": data})}
    assert only(zipped(elsewhere)).integrity is Integrity.CONTENT_MISSING


def test_an_open_document_is_read_as_an_extended_container() -> None:
    mimetype = "application/vnd.oasis.opendocument.text"
    covered = {"content.xml": b"<a/>", "META-INF/manifest.xml": b"<m/>"}
    entries = {**covered, "META-INF/documentsignatures.xml": xades_file(covered)}
    parsed = asic.parse(zipped(entries, mimetype))
    assert (parsed.format, parsed.signatures[0].integrity, parsed.uncovered) == ("ASiC-E", Integrity.INTACT, ())


# -- CAdES ------------------------------------------------------------------------------------------------------------


def test_an_extended_container_with_cades_stands() -> None:
    parsed = asic.parse(cades())
    (signature,) = parsed.signatures
    assert (parsed.format, parsed.problems, parsed.uncovered) == ("ASiC-E", (), ())
    assert (signature.integrity, signature.container, signature.format) == (Integrity.INTACT, "ASiC-E", "CAdES")
    assert [scope.name for scope in signature.scopes] == list(FILES)


def test_a_simple_container_with_cades_stands() -> None:
    data = next(iter(ONE.values()))
    entries = {**ONE, "META-INF/signature.p7s": p7s(data)}
    assert only(zipped(entries, SIMPLE)).integrity is Integrity.INTACT
    assert only(zipped({**entries, "đơn.txt": b"khac"}, SIMPLE)).integrity is Integrity.HASH_MISMATCH
    assert only(zipped({**entries, "thêm.txt": b"?"}, SIMPLE)).integrity is Integrity.MALFORMED


def test_two_signatures_with_a_manifest_each_stand() -> None:
    second = manifest(ONE, "META-INF/signature002.p7s")
    more = {"META-INF/ASiCManifest2.xml": second, "META-INF/signature002.p7s": p7s(second, stranger())}
    assert [each.integrity for each in asic.parse(cades(**more)).signatures] == [Integrity.INTACT] * 2


def test_a_changed_manifest_is_seen() -> None:
    other = manifest({**FILES, "đơn.txt": b"khac"})
    changes = {"META-INF/ASiCManifest.xml": other, "đơn.txt": b"khac"}
    assert only(cades(**changes)).integrity is Integrity.HASH_MISMATCH


@pytest.mark.parametrize(
    "broken",
    [
        None,
        b"",
        b"{}",
        b"<a/>",
        manifest(FILES, "META-INF/khac.p7s"),
        manifest({}),
        manifest(FILES, more='<asic:SigReference URI="META-INF/signature001.p7s"/>'),
        manifest(ONE).replace(b"</asic:ASiCManifest>", manifest(ONE).split(b"/>", 1)[1]),
        b"<!DOCTYPE a>" + manifest(FILES),
    ],
)
def test_a_manifest_that_says_nothing_certain_is_refused(broken: bytes | None) -> None:
    signature = only(cades(**{"META-INF/ASiCManifest.xml": broken}))
    assert signature.integrity is Integrity.MALFORMED


def test_two_manifests_for_one_signature_are_refused() -> None:
    assert only(cades(**{"META-INF/ASiCManifest2.xml": manifest(ONE)})).integrity is Integrity.MALFORMED


def test_an_entry_with_an_unknown_digest_is_not_judged() -> None:
    odd = manifest(ONE).replace(b"xmlenc#sha256", b"xmlenc#sha999")
    entries = {**ONE, "META-INF/ASiCManifest.xml": odd, "META-INF/signature001.p7s": p7s(odd)}
    assert only(zipped(entries)).integrity is Integrity.UNSUPPORTED


def test_a_signature_over_content_of_its_own_covers_none_of_the_files() -> None:
    """A signature that its maker gave for something else, put beside files that he never saw."""
    foreign = p7s("Tôi đồng ý nhận 1 đồng".encode(), detached=False)
    assert only(cades(**{"META-INF/signature001.p7s": foreign})).integrity is Integrity.HASH_MISMATCH
    entries = {**ONE, "META-INF/signature.p7s": foreign}
    assert only(zipped(entries, SIMPLE)).integrity is Integrity.HASH_MISMATCH


def test_a_signature_that_carries_the_very_manifest_stands() -> None:
    carried = p7s(manifest(FILES), detached=False)
    assert only(cades(**{"META-INF/signature001.p7s": carried})).integrity is Integrity.INTACT


def test_a_signature_file_that_cannot_be_read_is_told() -> None:
    parsed = asic.parse(cades(**{"META-INF/signature001.p7s": b"khac"}))
    assert parsed.signatures == ()
    assert parsed.problems


# -- time-stamps and evidence records ---------------------------------------------------------------------------------


def archived(covered: dict[str, bytes], **changes: bytes) -> ParsedDocument:
    """An ASiC-E with CAdES and an archive manifest over ``covered`` with its time-stamp."""
    over = manifest(covered, "META-INF/timestamp001.tst")
    more = {"META-INF/ASiCArchiveManifest.xml": over, "META-INF/timestamp001.tst": cms.token(over, at=AT)}
    return asic.parse(cades(**{**more, **changes}))


def test_an_archive_time_stamp_belongs_to_the_signatures_that_its_manifest_lists() -> None:
    covering = manifest(FILES)
    signature = p7s(covering)
    covered = {**FILES, "META-INF/ASiCManifest.xml": covering, "META-INF/signature001.p7s": signature}
    parsed = archived(covered, **{"META-INF/signature001.p7s": signature})
    (found,) = parsed.signatures[0].timestamps
    assert (found.kind, found.imprint_matches) == (TimestampKind.ARCHIVE, True)
    from hashlib import sha256

    assert sha256(person().certificate).hexdigest() in found.covers
    assert sha256(parsed.signatures[0].signature_value).hexdigest() in found.covers
    assert parsed.timestamps == ()


def test_an_archive_time_stamp_over_another_signature_file_proves_nothing() -> None:
    covered = {**FILES, "META-INF/signature001.p7s": b"khac"}
    parsed = archived(covered)
    assert parsed.signatures[0].integrity is Integrity.INTACT
    assert [each.imprint_matches for each in parsed.signatures[0].timestamps] == [False]


def test_an_archive_time_stamp_that_covers_no_signature_stands_by_itself() -> None:
    parsed = archived(dict(FILES))
    assert parsed.signatures[0].timestamps == ()
    assert [(each.kind, each.imprint_matches) for each in parsed.timestamps] == [(TimestampKind.DOCUMENT, True)]


def test_a_container_may_hold_a_time_stamp_alone() -> None:
    over = manifest(FILES, "META-INF/timestamp.tst")
    entries = {**FILES, "META-INF/ASiCManifest.xml": over, "META-INF/timestamp.tst": cms.token(over, at=AT)}
    parsed = asic.parse(zipped(entries))
    assert (parsed.signatures, parsed.uncovered) == ((), ())
    assert [each.imprint_matches for each in parsed.timestamps] == [True]
    changed = asic.parse(zipped({**entries, "đơn.txt": b"khac"}))
    assert [each.imprint_matches for each in changed.timestamps] == [False]
    assert changed.uncovered == tuple(FILES)
    simple = {**ONE, "META-INF/timestamp.tst": cms.token(ONE["đơn.txt"], at=AT)}
    assert [each.imprint_matches for each in asic.parse(zipped(simple, SIMPLE)).timestamps] == [True]


def test_a_long_chain_of_time_stamps_costs_one_look_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each manifest lists all time-stamps before it (annex A.7): read anew every time, a small file would cost hours."""
    files: dict[str, bytes] = dict(ONE)
    for number in range(1, 9):
        name = f"META-INF/timestamp{number:03}.tst"
        over = manifest(files, name)
        files |= {f"META-INF/ASiCArchiveManifest{number:03}.xml": over, name: cms.token(over, at=AT)}
    looks: list[bytes] = []
    parse = timestamps.parse
    monkeypatch.setattr(timestamps, "parse", lambda token: (looks.append(token), parse(token))[1])
    found = asic.parse(zipped(files)).timestamps
    assert [each.imprint_matches for each in found] == [True] * 8
    assert all(hashlib.sha256(earlier.token).hexdigest() in found[-1].covers for earlier in found[:-1])
    assert len(looks) <= 2 * len(found)


def test_a_time_stamp_that_is_over_nobody_knows_what_is_not_judged() -> None:
    entries = {**FILES, "META-INF/timestamp.tst": cms.token(b"?", at=AT)}
    assert [each.imprint_matches for each in asic.parse(zipped(entries)).timestamps] == [None]


def test_evidence_records_are_counted() -> None:
    entries = {**ONE, "META-INF/evidencerecord001.ers": b"?", "META-INF/evidencerecord002.xml": b"?"}
    parsed = asic.parse(zipped(entries))
    assert (parsed.evidence_records, parsed.signatures, parsed.problems, parsed.uncovered) == (2, (), (), ())


# -- the kind of container --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mimetype", "comment", "files", "name", "expected"),
    [
        (EXTENDED, b"", ONE, "", "ASiC-E"),
        (SIMPLE, b"", ONE, "", "ASiC-S"),
        (None, b"mimetype=" + EXTENDED.encode(), ONE, "", "ASiC-E"),
        (None, b"", ONE, "", "ASiC-S"),
        (None, b"", ONE, "hồ sơ.ASICE", "ASiC-E"),
        (None, b"", {**ONE, "b": b""}, "a.asics", "ASiC-E"),
        ("application/zip", b"", ONE, "", "ASiC-S"),
    ],
)
def test_the_kind_is_what_the_container_declares(
    mimetype: str | None, comment: bytes, files: dict[str, bytes], name: str, expected: str
) -> None:
    entries = {**files, "META-INF/signatures.xml": xades_file(ONE)}
    assert asic.parse(zipped(entries, mimetype, comment), name).format == expected


def test_an_archive_without_signatures_is_none() -> None:
    parsed = asic.parse(zipped(FILES, None))
    assert (parsed.format, parsed.problems) == (None, ("a ZIP archive without signatures",))


# -- ZIP tricks -------------------------------------------------------------------------------------------------------


def refused(data: bytes) -> str:
    parsed = asic.parse(data)
    assert parsed.signatures == ()
    return parsed.problems[0]


@pytest.mark.parametrize("name", ["../đơn.txt", "/etc/passwd", "a/../../b", "a\\b", "C:\\x", "C:x", "a\x00b", "a\nb"])
def test_a_file_name_that_leads_elsewhere_is_refused(name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("thay thế")
        info.filename = name
        archive.writestr(info, b"?")
        archive.writestr("META-INF/signatures.xml", xades_file(ONE))
    assert "name" in refused(out.getvalue())


def test_two_files_of_one_name_are_refused() -> None:
    entries = [*ONE.items(), ("đơn.txt", b"khac"), ("META-INF/signatures.xml", xades_file(ONE))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert refused(zipped(entries)) == "two files have one name"
        decomposed = [*ONE.items(), ("đo\u031bn.txt", b"khac")]
        assert refused(zipped(decomposed)) == "two files have one name"


def test_an_encrypted_file_is_not_read() -> None:
    data = bytearray(zipped({**ONE, "META-INF/signatures.xml": xades_file(ONE)}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "encrypted" in refused(bytes(data))


def test_a_packing_that_is_not_read_here_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("META-INF/signatures.xml", b"<a/>")
    assert "packed" in refused(out.getvalue())


def test_a_bomb_is_not_unpacked() -> None:
    assert "far more" in refused(zipped({"bom": b"0" * 20_000_000, "META-INF/signatures.xml": b"<a/>"}))
    many = {f"{number}": bytes(range(256)) * 100_000 for number in range(5)}
    assert "too large" in refused(zipped(many))
    assert "more than" in refused(zipped({f"{number}": b"" for number in range(2_100)}))


def test_a_file_whose_declared_size_lies_is_refused() -> None:
    data = bytearray(zipped({**ONE, "META-INF/signatures.xml": xades_file(ONE)}, mimetype=None))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 3)
    assert refused(bytes(data))


def test_a_file_hidden_from_the_directory_is_refused() -> None:
    """A reader that goes through the archive from its start would see another file than we do."""
    signature = ("META-INF/signatures.xml", xades_file(ONE))
    for entries in ([("an.txt", b"khac"), signature], [signature, ("an.txt", b"khac")]):
        assert "hidden" in refused(hidden_between(entries, "an.txt"))


def test_overlapping_files_are_refused() -> None:
    """David Fifield's bomb (2019): one packed kernel, listed as many files."""
    data = bytearray(zipped([("a" * 9, b"0" * 5000), ("b" * 9, b"1" * 5000)], mimetype=None))
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    data[second + 46 : second + 55] = b"a" * 9
    assert refused(bytes(data)) in {"files overlap", "two files have one name"}


def test_a_second_directory_in_the_comment_is_refused() -> None:
    entries = {**ONE, "META-INF/signatures.xml": xades_file(ONE)}
    assert refused(zipped(entries, comment=b"PK\x05\x06" + bytes(18)))


def test_directories_are_no_files() -> None:
    entries = [("META-INF/", b""), ("hồ sơ/", b""), *ONE.items(), ("META-INF/signatures.xml", xades_file(ONE))]
    parsed = asic.parse(zipped(entries))
    assert (parsed.problems, parsed.uncovered) == ((), ())
    assert parsed.signatures[0].integrity is Integrity.INTACT


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"PK" * 500, xades()[:-30]])
def test_broken_archives_are_told(data: bytes) -> None:
    assert refused(data)


VALID = {"xades": xades(), "cades": cades()}


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_change_of_bytes_crashes_and_none_goes_unseen(data: st.DataObject) -> None:
    """Flip, drop or overwrite bytes: what still stands and leaves nothing uncovered has the very files of before."""
    mutant = bytearray(VALID[data.draw(st.sampled_from(sorted(VALID)))])
    for _ in range(data.draw(st.integers(1, 3))):
        at, length = data.draw(st.integers(0, len(mutant) - 1)), data.draw(st.integers(0, 20))
        mutant[at : at + length] = data.draw(st.binary(max_size=8))
    parsed = asic.parse(bytes(mutant))
    whole = parsed.signatures and not parsed.uncovered and not parsed.problems
    if whole and all(each.integrity is Integrity.INTACT for each in parsed.signatures):
        with zipfile.ZipFile(io.BytesIO(bytes(mutant))) as archive:
            seen = {
                name: archive.read(name) for name in archive.namelist() if not name.startswith(("META-INF", "mime"))
            }
        assert seen.items() <= FILES.items()
