"""The reports: SiVa's simple one, the detailed one, ETSI TS 119 102-2 and the Vietnamese PDF, from the same verdict."""

import json
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from keys.validation import facade
from keys.validation.model import Indication, Integrity, ParsedDocument, Scope, SubIndication
from keys.validation.pkix import load
from keys.validation.report import Kind, detailed, render, sealed, simple
from keys.validation.report.paper import pdf
from keys.validation.report.ts_119_102_2 import NAMESPACE, etsi
from keys.validation.report.words import reason, sentence
from keys.validation.trust import Anchor, TrustStore
from keys.validation.verdict import Conclusion, Verdict
from tests.support import abstract, pki
from tests.support.stories import CLOCK, world

VR = f"{{{NAMESPACE}}}"


def verdict(story: str = "good", level: str = "LTA", when: str = "now", **options: Any) -> Verdict:
    at, found = CLOCK[when], world(story)
    trust = TrustStore((Anchor(load(found.root.der), "public"),))
    document = options.pop("document", None) or abstract.document(found, level)
    return facade.validate(
        b"document",
        name="Quyết định số 12.pdf",
        trust=trust,
        crls=found.fresh_crls(when),
        at=at,
        now=at,
        parse=abstract.Parser(document),
        **options,
    )


def conclusion(found: Verdict) -> dict[str, Any]:
    report: dict[str, Any] = simple(found)["validationReport"]["validationConclusion"]
    return report


def text_of(content: bytes, tmp_path: Path) -> str:
    file = tmp_path / "report.pdf"
    file.write_bytes(content)
    run = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return " ".join(run.stdout.decode().split())


class TestSimple:
    def test_it_has_the_shape_of_sivas_report(self) -> None:
        report = conclusion(verdict())
        assert report["signaturesCount"] == report["validSignaturesCount"] == 1
        assert report["validatedDocument"]["filename"] == "Quyết định số 12.pdf"
        assert report["validatedDocument"]["hashAlgo"] == "SHA256"
        assert report["validationTime"] == "2021-03-03T09:00:00Z"
        (signature,) = report["signatures"]
        assert signature["indication"] == "TOTAL-PASSED"
        assert signature["subIndication"] == ""
        assert signature["signatureFormat"] == "CAdES_BASELINE_LTA"
        assert signature["signatureLevel"] == "ADESIG"
        assert signature["signedBy"] == "Nguyễn Thị Hồng Ẩn"
        assert signature["subjectDistinguishedName"]["serialNumber"] == "001099012345"
        assert signature["claimedSigningTime"] == "2021-03-01T09:00:00Z"
        assert signature["info"]["bestSignatureTime"] == "2021-03-01T09:01:00Z"
        assert signature["hierarchy"] == "public"
        assert signature["signatureScopes"] == [{"name": "content", "scope": "FULL", "content": ""}]
        assert signature["errors"] == signature["warnings"] == []

    def test_certificates_are_nested_up_to_the_anchor(self) -> None:
        found = world("good")
        chains = conclusion(verdict())["signatures"][0]["certificates"]
        assert [chain["type"] for chain in chains] == ["SIGNING", "SIGNATURE_TIMESTAMP", "ARCHIVE_TIMESTAMP"]
        signing = chains[0]
        assert b64decode(signing["content"]) == found.signer.der
        assert b64decode(signing["issuer"]["content"]) == found.issuing.der
        assert b64decode(signing["issuer"]["issuer"]["content"]) == found.root.der
        assert "issuer" not in signing["issuer"]["issuer"]

    def test_a_failure_is_told_with_its_reason(self) -> None:
        report = conclusion(verdict("revoked_before", "B"))
        assert (report["signaturesCount"], report["validSignaturesCount"]) == (1, 0)
        (signature,) = report["signatures"]
        assert (signature["indication"], signature["subIndication"]) == ("INDETERMINATE", "REVOKED_NO_POE")
        assert signature["signatureLevel"] == "INDETERMINATE_ADESIG"
        assert "was revoked 2021-03-01 07:00:00" in signature["errors"][0]["content"]
        assert "bestSignatureTime" not in signature["info"], "nothing proves any time"

    def test_a_document_without_signatures_still_has_a_report(self) -> None:
        nothing = ParsedDocument(None, problems=("the file is encrypted",))
        report = conclusion(verdict(document=nothing))
        assert report["signaturesCount"] == report["validSignaturesCount"] == 0
        assert report["signatures"] == []
        assert report["validationWarnings"] == [{"content": "the file is encrypted"}]

    def test_a_seal_a_stranger_and_a_wreck_are_told_apart(self) -> None:
        authority = world("good").issuing
        seal = authority.issue(pki.person("Bộ Tài chính", organisation="Bộ Tài chính"))
        found = [
            abstract.signature(seal, certificates=(seal.der, authority.der)),
            abstract.signature(pki.root().issue("Người lạ"), id="S-2", container="ASiC-E"),
            abstract.signature(seal, id="S-3", integrity=Integrity.HASH_MISMATCH, problems=("changed",)),
            abstract.signature(seal, id="S-4", signer=None, integrity=Integrity.NO_SIGNER),
        ]
        report = conclusion(verdict(document=ParsedDocument("ASiC-E", tuple(found), uncovered=("a.txt",))))
        levels = [signature["signatureLevel"] for signature in report["signatures"]]
        assert levels == ["ADESEAL", "INDETERMINATE_ADESIG", "NOT_ADESEAL", "NA"]
        assert report["signatureForm"] == "ASiC-E"
        assert report["validationWarnings"] == [{"content": "no signature covers a.txt"}]

    def test_time_stamps_of_the_document_are_no_signatures(self) -> None:
        found = world("good")
        stamp = abstract.stamped(found.tsa_archive, CLOCK["archive_timestamp"])
        report = conclusion(verdict(document=ParsedDocument("ASiC-S", timestamps=(stamp,), evidence_records=1)))
        assert report["signaturesCount"] == 0
        (token,) = report["timeStampTokens"]
        assert (token["indication"], token["signedTime"]) == ("TOTAL-PASSED", "2021-03-01T09:15:00Z")
        assert "evidence record" in " ".join(each["content"] for each in report["validationWarnings"])

    def test_our_own_signers_are_named_as_the_callers_sector_knows_them(self) -> None:
        digest = load(world("good").signer.der).digest
        found = simple(verdict(), {digest: "b9f2c1d0"})["validationReport"]["validationConclusion"]
        assert found["signatures"][0]["subject"] == "b9f2c1d0"
        assert "subject" not in conclusion(verdict())["signatures"][0]


class TestDetailed:
    def test_it_holds_every_check_and_all_evidence(self) -> None:
        process = detailed(verdict())["validationReport"]["validationProcess"]
        (signature,) = process["signatures"]
        assert {check["status"] for check in signature["checks"]} == {"OK"}
        assert all(check["clause"] for check in signature["checks"])
        assert [c["subject"]["commonName"] for c in signature["certificate"]["chain"]][-1] == "Gốc Chứng thực Quốc gia"
        status = signature["certificate"]["revocation"][0]["statement"]
        assert (status["status"], status["source"], status["signedBy"]) == ("good", "CRL", "CA công dân")
        assert [stamp["kind"] for stamp in signature["timestamps"]] == ["signature", "archive"]
        assert process["policy"]["digests"]["sha1"] == "2012-08-01T00:00:00Z"
        assert process["policy"]["digests"]["sha256"] is None
        json.dumps(process)

    def test_it_holds_for_the_unreadable_too(self) -> None:
        process = detailed(verdict(document=ParsedDocument(None)))["validationReport"]["validationProcess"]
        assert process["conclusion"] is None
        assert process["signatures"] == []

    def test_technical_validity_is_told_apart_from_trust(self) -> None:
        stranger = abstract.signature(pki.root().issue("Người lạ"))
        changed = abstract.signature(pki.root().issue("Người lạ"), id="S-2", integrity=Integrity.HASH_MISMATCH)
        found = detailed(verdict(document=ParsedDocument("CAdES", (stranger, changed))))
        signatures = found["validationReport"]["validationProcess"]["signatures"]
        assert [signature["technicallyValid"] for signature in signatures] == [True, False]


class TestEtsi:
    def test_it_speaks_the_standards_own_tokens(self) -> None:
        root = etree.fromstring(etsi(verdict("revoked_before", "T")))
        assert root.tag == f"{VR}ValidationReport"
        status = root.find(f"{VR}SignatureValidationReport/{VR}SignatureValidationStatus")
        assert status is not None
        assert status.findtext(f"{VR}MainIndication") == "urn:etsi:019102:mainindication:indeterminate"
        assert status.findtext(f"{VR}SubIndication") == "urn:etsi:019102:subindication:REVOKED_NO_POE"
        revoked = status.find(f".//{VR}RevocationStatusInformation")
        assert revoked is not None
        assert revoked.findtext(f"{VR}RevocationTime") == "2021-03-01T07:00:00Z"
        assert revoked.findtext(f"{VR}RevocationReason") == "urn:etsi:019102:revocationReason:keyCompromise"

    def test_everything_referred_to_is_there_once(self) -> None:
        root = etree.fromstring(etsi(verdict()))
        ids = [element.get("id") for element in root.iter(f"{VR}ValidationObject")]
        referred = {element.get("VOReference") for element in root.iter() if element.get("VOReference")}
        assert len(ids) == len(set(ids)) == 7, "three certificates, two time-stamps, two lists"
        assert referred == set(ids)

    def test_times_are_the_moment_and_the_proof(self) -> None:
        root = etree.fromstring(etsi(verdict()))
        times = root.find(f".//{VR}ValidationTimeInfo")
        assert times is not None
        assert times.findtext(f"{VR}ValidationTime") == "2021-03-03T09:00:00Z"
        assert times.findtext(f"{VR}BestSignatureTime/{VR}POETime") == "2021-03-01T09:01:00Z"

    def test_without_signatures_it_says_so(self) -> None:
        root = etree.fromstring(etsi(verdict(document=ParsedDocument(None))))
        assert "no-signature-found" in (root.findtext(f".//{VR}MainIndication") or "")

    def test_a_name_that_xml_cannot_hold_does_not_break_it(self) -> None:
        odd = pki.root().issue("Tên\x00lạ\x1b")
        root = etree.fromstring(etsi(verdict(document=ParsedDocument("CAdES", (abstract.signature(odd),)))))
        assert "\N{REPLACEMENT CHARACTER}" in (root.findtext(f".//{VR}Signer") or "")


class TestPdf:
    def test_it_shows_in_vietnamese_what_the_circular_asks_for(self, tmp_path: Path) -> None:
        text = text_of(pdf(verdict()), tmp_path)
        for words in (
            "Kết quả kiểm tra chữ ký số",
            "Chữ ký số hợp lệ",
            "Người ký: Nguyễn Thị Hồng Ẩn",
            "Tổ chức cấp chứng thư: CA công dân",
            "Tổ chức quản lý chứng thư: Gốc Chứng thực Quốc gia",
            "Thời điểm ký (người ký khai): 01/03/2021 16:00:00",
            "Dấu thời gian: 01/03/2021 16:01:00, hợp lệ",
            "Tính toàn vẹn: Nội dung được ký còn nguyên vẹn",
            "Hiệu lực chứng thư tại thời điểm ký: Còn hiệu lực",
            "Thời hạn của chứng thư: từ 30/01/2021",
            "Không bị thu hồi",
            "Chứng thực chữ ký số công cộng",
        ):
            assert words in text

    def test_it_warns_where_the_status_cannot_be_checked(self, tmp_path: Path) -> None:
        signer = world("good").signer
        found = ParsedDocument(
            "CAdES", (abstract.signature(signer, certificates=(signer.der, world("good").issuing.der)),)
        )
        at = CLOCK["now"]
        silent = facade.validate(b"", anchors=[world("good").root.der], at=at, now=at, parse=abstract.Parser(found))
        assert "Cảnh báo: không kiểm tra được trạng thái thu hồi" in text_of(pdf(silent), tmp_path)

    def test_a_revoked_a_suspended_and_a_changed_one_say_so(self, tmp_path: Path) -> None:
        assert "Đã bị thu hồi từ 01/03/2021 14:00:00" in text_of(pdf(verdict("revoked_before", "B")), tmp_path)
        assert "Đang tạm dừng từ 01/03/2021 14:00:00" in text_of(pdf(verdict("held", "B")), tmp_path)
        changed = abstract.signature(
            world("good").signer,
            integrity=Integrity.HASH_MISMATCH,
            changed_after_signing=True,
            scopes=(Scope("a", "NONE"),),
        )
        text = text_of(pdf(verdict(document=ParsedDocument("PAdES", (changed,)))), tmp_path)
        assert "Chữ ký số không hợp lệ" in text
        assert "Nội dung đã bị thay đổi sau khi ký" in text

    def test_a_stranger_and_nobody_are_told(self, tmp_path: Path) -> None:
        stranger = abstract.signature(pki.root().issue(pki.person("Lê Văn Cường", organisation="Công ty Sao Mai")))
        nobody = abstract.signature(world("good").signer, id="S-2", signer=None, integrity=Integrity.NO_SIGNER)
        text = text_of(
            pdf(verdict(document=ParsedDocument("CAdES", (stranger, nobody), uncovered=("b.txt",)))), tmp_path
        )
        assert "Không dẫn tới tổ chức chứng thực được tin cậy" in text
        assert "Tổ chức của người ký: Công ty Sao Mai" in text
        assert "Không tìm thấy chứng thư chữ ký số" in text
        assert "Nội dung không được chữ ký nào bảo vệ: b.txt" in text
        assert "Không tìm thấy chữ ký số nào" in text_of(pdf(verdict(document=ParsedDocument(None))), tmp_path)

    def test_without_a_font_it_is_still_readable_and_says_why(self, tmp_path: Path) -> None:
        text = text_of(pdf(verdict(), fonts=[("/nowhere.ttf", "/nowhere-bold.ttf")]), tmp_path)
        assert "Font with Vietnamese letters not found" in text
        assert "Nguoi ky: Nguyen Thi Hong An" in text

    def test_the_same_verdict_gives_the_same_bytes(self) -> None:
        found = verdict()
        assert pdf(found) == pdf(found)


class TestWords:
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_every_outcome_has_a_sentence(self, language: Any) -> None:
        for indication in Indication:
            assert sentence(Conclusion(indication), language)
        for sub_indication in SubIndication:
            assert reason(sub_indication, language).endswith(".")
        assert sentence(None, language)
        assert reason(None, language) == ""


@pytest.mark.parametrize(
    ("kind", "media_type", "begins"),
    [
        (Kind.SIMPLE, "application/json", b"{"),
        (Kind.DETAILED, "application/json", b"{"),
        (Kind.ETSI, "application/xml", b"<?xml"),
        (Kind.PDF, "application/pdf", b"%PDF-"),
    ],
)
def test_each_kind_is_rendered_and_can_be_sealed(kind: Kind, media_type: str, begins: bytes) -> None:
    report = render(verdict(), kind)
    assert report.media_type == media_type
    assert report.content.startswith(begins)
    sealed_with: list[tuple[bytes, str]] = []

    def seal(payload: bytes, content_type: str) -> str:
        sealed_with.append((payload, content_type))
        return "header.payload.signature"

    assert sealed(report, seal) == "header.payload.signature"
    assert sealed_with == [(report.content, media_type.removeprefix("application/"))]
