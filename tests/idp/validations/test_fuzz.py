"""Whatever is sent gets a report or a clear 4xx: never a 500, and never a pass."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.http.api.signature_batches import BATCHES
from idp.http.api.signatures import VALIDATIONS
from tests.idp.validations.conftest import GOOD, Machine, b64, machine_of
from tests.support.clock import StoppedClock
from tests.support.documents import cades, jades, pades, xades
from tests.support.provider import make_provider
from tests.support.stories import CLOCK
from tests.support.trust import trusted

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.specs.openapi.checks import positive_data_acceptance

CALM = settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
DOCUMENTS = [make(GOOD, "B") for make in (pades, xades, cades, jades)]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
members = st.sampled_from(["document", "name", "contents", "policy", "mode", "time", "report", "digests", "data"])


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    home = tmp_path_factory.mktemp("fuzz")
    trusted(home, GOOD)
    provider = make_provider(home, StoppedClock(CLOCK["now"].timestamp()))
    yield machine_of(provider)
    provider.services.validations.close()
    provider.services.database.dispose()


def is_fine(answer: Any) -> None:
    """A report in which nothing passed, or a refusal that says why."""
    assert answer.status_code in {200, 400, 406, 413, 415, 422}, answer.text
    if answer.status_code == 200:
        assert (answer.json or {})["validationReport"]["validationConclusion"]["validSignaturesCount"] == 0
    else:
        assert answer.mimetype == "application/problem+json"


@CALM
@given(body=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_body(machine: Machine, body: bytes):
    is_fine(machine.post(VALIDATIONS, data=body, content_type="application/json"))


@CALM
@given(given_members=st.dictionaries(members, json_values, max_size=6), octets=st.binary(max_size=300))
def test_any_members(machine: Machine, given_members: dict[str, Any], octets: bytes):
    is_fine(machine.post(VALIDATIONS, {"document": b64(octets), **given_members}))


@CALM
@given(body=st.binary(max_size=400), boundary=st.text("abc-", max_size=5))
def test_any_form(machine: Machine, body: bytes, boundary: str):
    framed = f"--{boundary}\r\n".encode() + body + f"\r\n--{boundary}--\r\n".encode()
    is_fine(machine.post(VALIDATIONS, data=framed, content_type=f"multipart/form-data; boundary={boundary}"))


@CALM
@given(
    document=st.sampled_from(DOCUMENTS),
    place=st.floats(0, 0.999),
    octets=st.binary(min_size=1, max_size=40),
    cut=st.booleans(),
)
def test_any_damage_to_a_signed_document(machine: Machine, document: bytes, place: float, octets: bytes, cut: bool):
    """No status is known here, so nothing may pass; a document cut short or written over is judged all the same."""
    at = int(place * len(document))
    damaged = document[:at] if cut else document[:at] + octets + document[at + len(octets) :]
    is_fine(machine.validate(damaged))


@CALM
@given(document=st.sampled_from(DOCUMENTS), data=st.binary(max_size=100))
def test_any_detached_content(machine: Machine, document: bytes, data: bytes):
    is_fine(machine.validate(document, contents=[{"data": b64(data)}, {"digests": {"sha256": b64(data[:32])}}]))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"<a>" * 50_000, id="deep XML"),
        pytest.param(b'{"a":' * 50_000, id="deep JSON"),
        pytest.param(b"[" * 200_000, id="deep lists"),
        pytest.param(b"\x30\x80" * 50_000, id="deep DER"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', id="DTD"),
        pytest.param(b"%PDF-1.7\n" + b"1 0 obj\n<</Length 99999999999>>\nstream\n" * 1000, id="PDF that lies"),
        pytest.param(b"%PDF-1.7\ntrailer<</Root 1 0 R/Encrypt 2 0 R>>\nstartxref\n0\n%%EOF", id="encrypted PDF"),
        pytest.param(b"PK\x03\x04" + b"\xff" * 1000, id="broken ZIP"),
        pytest.param(b"0\x82\xff\xff" + bytes(100), id="DER cut short"),
        pytest.param(bytes(1_000_000), id="a megabyte of nothing"),
        pytest.param(pades(GOOD, "B")[:-40], id="PDF cut short"),
        pytest.param(pades(GOOD, "B").replace(b"/ByteRange", b"/BytaRange"), id="PDF without a byte range"),
        pytest.param(jades(GOOD, "B").replace(b"ES256", b"none "), id="no algorithm"),
    ],
)
def test_what_is_known_to_be_nasty(machine: Machine, document: bytes):
    is_fine(machine.validate(document))


@pytest.mark.parametrize("path", [VALIDATIONS, BATCHES, "/api/signatures/trust", BATCHES + "/{batch_id}"])
def test_no_call_that_the_document_allows_is_answered_otherwise(machine: Machine, path: str):
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", machine.provider.application)
    operations = [each.ok() for each in schema.get_all_operations()]
    headers = {"Authorization": f"Bearer {machine.token}"}
    for operation in (each for each in operations if each.path == path):

        @given(case=operation.as_strategy())
        @settings(CALM, max_examples=20)
        def every(case: Any) -> None:
            # Policies' names, digests' sizes and times ahead are rules that a schema cannot tell.
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        every()
