"""The API as a ministry's system meets it: one call, four reports, each under our seal."""

import base64
import hashlib
import io
import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from lxml import etree

from idp.http.api.signatures import VALIDATIONS
from idp.settings import Settings
from keys.validation.revocation import CrlSource
from tests.idp.validations.conftest import GOOD, Machine, b64, machine_of
from tests.support.documents import MAKERS, jades, pades
from tests.support.documents.detached import detached_cades
from tests.support.provider import Provider

FILE = (b"a", "a")
LETTER = "Kính gửi Ủy ban nhân dân phường Hồng Gai".encode()


def unsealed(provider: Provider, seal: str) -> tuple[dict[str, Any], bytes]:
    """What a stranger's library makes of a seal, with nothing but our published keys."""
    keys = KeySet.import_key_set(provider.browser().get("/jwks").json)
    found = jws.deserialize_compact(seal, keys, algorithms=["ES256"])
    return dict(found.protected), found.payload


def put_back(seal: str, body: bytes) -> str:
    """A detached seal made whole with the bytes that it is over (RFC 7515, appendix F)."""
    header, empty, signature = seal.split(".")
    assert empty == ""
    return f"{header}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{signature}"


@pytest.mark.parametrize("format", list(MAKERS))
def test_every_format_is_judged_and_told_in_the_shape_of_siva(machine: Machine, format: str):
    conclusion = machine.conclusion(MAKERS[format](GOOD, "LTA"), name="Tờ trình.bin")

    assert (conclusion["signaturesCount"], conclusion["validSignaturesCount"]) == (1, 1)
    (signature,) = conclusion["signatures"]
    assert signature["indication"] == "TOTAL-PASSED"
    assert signature["signatureFormat"].startswith(format)
    assert signature["signedBy"] == "Nguyễn Thị Hồng Ẩn"
    assert signature["hierarchy"] == "public"
    assert signature["info"]["bestSignatureTime"] == "2021-03-01T09:01:00Z"
    assert conclusion["validatedDocument"]["filename"] == "Tờ trình.bin"
    assert conclusion["policy"]["policyName"] == "Motcua 1"


def test_the_report_is_chosen_by_name_or_by_what_is_accepted(machine: Machine):
    document = pades(GOOD, "LTA")

    detailed = machine.validate(document, report="detailed").json
    assert "validationProcess" in detailed["validationReport"]
    for answer in (machine.validate(document, report="etsi"), machine.validate(document, "application/xml")):
        assert answer.mimetype == "application/xml"
        assert etree.fromstring(answer.data).tag.endswith("ValidationReport")
    for answer in (machine.validate(document, report="pdf"), machine.validate(document, "application/pdf")):
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF-")


@pytest.mark.parametrize("report", ["simple", "detailed", "etsi", "pdf"])
def test_every_report_travels_with_a_seal_that_our_published_key_opens(machine: Machine, report: str):
    answer = machine.validate(pades(GOOD, "LTA"), report=report)

    header, payload = unsealed(machine.provider, put_back(answer.headers["Motcua-Seal"], answer.data))
    assert payload == answer.data
    assert header["typ"] == "validation-report+jws"
    assert header["cty"] == answer.mimetype.removeprefix("application/")


def test_a_report_may_be_kept_inside_its_seal(machine: Machine):
    answer = machine.validate(pades(GOOD, "LTA"), "application/jose", report="detailed")

    assert answer.mimetype == "application/jose"
    _, payload = unsealed(machine.provider, answer.text)
    assert "validationProcess" in json.loads(payload)["validationReport"]


def test_a_seal_is_no_token(machine: Machine):
    seal = machine.validate(pades(GOOD, "LTA"), "application/jose").text
    headers = {"Authorization": f"Bearer {seal}"}
    assert machine.provider.browser().post(VALIDATIONS, json={"document": ""}, headers=headers).status_code == 401


def test_nothing_that_is_accepted_can_be_given(machine: Machine):
    assert machine.validate(b"x", "text/html").status_code == 406
    assert machine.validate(b"x", "application/pdf", report="etsi").status_code == 406


def test_a_document_may_come_as_a_form(machine: Machine):
    parameters = {"report": "detailed", "time": "2021-03-03T15:00:00+07:00"}
    answer = machine.post(
        VALIDATIONS,
        data={
            "document": (io.BytesIO(detached_cades(GOOD, LETTER)), "hồ sơ/thư.p7s"),
            "content": [(io.BytesIO(LETTER), "thư.txt")],
            "parameters": json.dumps(parameters),
        },
    )

    assert answer.status_code == 200, answer.text
    conclusion = answer.json["validationReport"]["validationConclusion"]
    assert conclusion["signatures"][0]["indication"] == "TOTAL-PASSED"
    assert conclusion["validatedDocument"]["filename"] == "thư.p7s"
    assert conclusion["validationTime"] == "2021-03-03T08:00:00Z"


class TestDetachedContent:
    """Content that is kept apart comes itself, as a digest, or not at all, and each has its own verdict."""

    signature = detached_cades(GOOD, LETTER)

    def told(self, machine: Machine, *contents: dict[str, Any]) -> tuple[str, str]:
        (found,) = machine.conclusion(self.signature, contents=list(contents))["signatures"]
        return found["indication"], found["subIndication"]

    def test_the_content_itself(self, machine: Machine):
        assert self.told(machine, {"name": "thư.txt", "data": b64(LETTER)}) == ("TOTAL-PASSED", "")

    @pytest.mark.parametrize("name", ["sha256", "SHA256", "SHA-256"])
    def test_its_digest_alone_so_that_it_need_not_be_sent(self, machine: Machine, name: str):
        digest = b64(hashlib.sha256(LETTER).digest())
        assert self.told(machine, {"digests": {name: digest}}) == ("TOTAL-PASSED", "")

    def test_other_content(self, machine: Machine):
        assert self.told(machine, {"data": b64(LETTER + b" ")}) == ("TOTAL-FAILED", "HASH_FAILURE")

    def test_the_digest_of_other_content(self, machine: Machine):
        digest = b64(hashlib.sha256(b"khac").digest())
        assert self.told(machine, {"digests": {"sha256": digest}}) == ("TOTAL-FAILED", "HASH_FAILURE")

    def test_no_content(self, machine: Machine):
        assert self.told(machine) == ("INDETERMINATE", "SIGNED_DATA_NOT_FOUND")

    def test_a_digest_of_another_kind_than_the_signature_names(self, machine: Machine):
        digest = b64(hashlib.sha512(LETTER).digest())
        assert self.told(machine, {"digests": {"sha512": digest}}) == ("INDETERMINATE", "SIGNED_DATA_NOT_FOUND")


def test_a_policy_may_want_the_other_hierarchy(machine: Machine):
    (found,) = machine.conclusion(pades(GOOD, "LTA"), policy="motcua-1-government")["signatures"]
    assert (found["indication"], found["subIndication"]) == ("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")
    (found,) = machine.conclusion(pades(GOOD, "LTA"), policy="urn:motcua:validation:policy:1:public")["signatures"]
    assert found["indication"] == "TOTAL-PASSED"


def test_live_wants_a_status_of_today_and_long_term_takes_that_of_its_day(machine: Machine, provider: Provider):
    root, _, stamping = GOOD.fresh_crls("now")
    provider.services.validations.sources = (CrlSource([root, stamping]),)

    long_term, live = (machine.conclusion(pades(GOOD, "LT"), mode=mode) for mode in ("long-term", "live"))

    assert long_term["signatures"][0]["indication"] == "TOTAL-PASSED"
    assert live["signatures"][0]["subIndication"] == "TRY_LATER"


def test_who_has_no_right_learns_nothing(machine: Machine, provider: Provider):
    stranger = machine_of(provider, scope="ended:read")
    assert provider.browser().post(VALIDATIONS, json={"document": ""}).status_code == 401
    refused = stranger.validate(b"x")
    assert refused.status_code == 403
    assert refused.json["error"] == "insufficient_scope"


def test_a_person_may_ask_through_a_portal(provider: Provider):
    portal = provider.portal(scope="openid signature:validate")
    asked = {"scope": "openid signature:validate", "resource": provider.services.settings.api}
    tokens = portal.tokens(provider.signed_in(provider.person()), **asked)
    person = Machine(provider, portal, tokens["access_token"])
    assert person.conclusion(pades(GOOD, "LTA"))["validSignaturesCount"] == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"document": 7}, 422),
        ({"document": "not base64!"}, 422),
        ({"document": "QUJD", "dokument": "QUJD"}, 422),
        ({"document": "QUJD", "policy": "none"}, 400),
        ({"document": "QUJD", "mode": "dead"}, 422),
        ({"document": "QUJD", "report": "html"}, 422),
        ({"document": "QUJD", "time": "2021-03-03T09:00:00"}, 422),
        ({"document": "QUJD", "time": 1614762000}, 422),
        ({"document": "QUJD", "time": "1614762000"}, 422),
        ({"document": "QUJD", "time": "0001-01-01T00:00:00+14:00"}, 422),
        ({"document": "QUJD", "time": "9999-12-31T23:59:59-12:00"}, 422),
        ({"document": "QUJD", "time": "2021-03-04T09:00:00Z"}, 400),
        ({"document": "QUJD", "name": "a\x00b"}, 422),
        ({"document": "QUJD", "name": "\ud800"}, 422),
        ({"document": "QUJD", "contents": [{}]}, 422),
        ({"document": "QUJD", "contents": [{"data": "QQ==", "digests": {"sha256": "QQ=="}}]}, 422),
        ({"document": "QUJD", "contents": [{"digests": {"sha256": "QQ=="}}]}, 422),
        ({"document": "QUJD", "contents": [{"digests": {"md5": "QQ=="}}]}, 422),
        ({"document": "QUJD", "contents": [{"data": ""}] * 101}, 422),
        ([], 422),
        (None, 422),
        ("document", 422),
    ],
)
def test_a_request_that_does_not_fit_is_told_so(machine: Machine, sent: Any, status: int):
    answer = machine.post(VALIDATIONS, data=json.dumps(sent), content_type="application/json")

    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert "QUJD" not in answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe{}", b"[" * 100_000, b'{"document":NaN}', b"QUJD"])
def test_a_body_that_is_no_json_is_told_so(machine: Machine, body: bytes):
    assert machine.post(VALIDATIONS, data=body, content_type="application/json").status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "", "application/xml", "application/x-www-form-urlencoded"])
def test_another_media_type_is_not_taken(machine: Machine, kind: str):
    assert machine.post(VALIDATIONS, data=b"document=QUJD", content_type=kind).status_code == 415


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"document": "a field, no file"}, 422),
        ({"document": [FILE, FILE]}, 422),
        ({"document": [FILE], "other": "x"}, 422),
        ({"document": [FILE], "parameters": "{"}, 400),
        ({"document": [FILE], "parameters": "[]"}, 422),
        ({"document": [FILE], "parameters": ["{}", "{}"]}, 422),
        ({"document": [FILE], "parameters": '{"document": "QUJD"}'}, 422),
        ({"document": [FILE], "content": "a field, no file"}, 422),
        ({"document": [FILE], "parameters": " " * 1_100_000}, 413),
        ({"document": [FILE], "content": [FILE] * 200}, 413),
    ],
)
def test_a_form_that_does_not_fit_is_told_so(machine: Machine, form: dict[str, Any], status: int):
    boundary, body = "x1y2", b""
    for name, value in form.items():
        for each in value if isinstance(value, list) else [value]:
            is_file = not isinstance(each, str)
            head = f'form-data; name="{name}"' + (f'; filename="{each[1]}"' if is_file else "")
            octets = each[0] if is_file else each.encode()
            body += f"--{boundary}\r\nContent-Disposition: {head}\r\n\r\n".encode() + octets + b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    answer = machine.post(VALIDATIONS, data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("boundary", ["", "x", "\u1ea8"])
def test_a_form_without_its_boundary_is_told_so(machine: Machine, boundary: str):
    kind = f"multipart/form-data; boundary={boundary}".encode().decode("latin-1")
    assert machine.post(VALIDATIONS, data=b"--y\r\n\r\nabc", content_type=kind).status_code in (400, 422)


def test_what_is_longer_than_the_setting_is_refused(machine: Machine, provider: Provider):
    limit = provider.services.settings.validation_limit
    settings: Settings = provider.services.settings
    assert settings.validation_limit == 32 * 2**20
    answer = machine.post(VALIDATIONS, data=b"x", environ_overrides={"CONTENT_LENGTH": str(limit + 1)})
    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


def test_a_document_of_a_megabyte_comes_through(machine: Machine):
    assert machine.conclusion(jades(GOOD, "LTA", 1_000_000))["validSignaturesCount"] == 1
