"""Whatever is sent to the pages and the API of dossiers, by a citizen or an official, gets an answer below 500."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clients.dossiers.people import BIRTH, EXTRACT, RECORD, Citizen, Official
from tests.support.fake_provider import FakeProvider

ANYTHING = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", "\0", "%00", "/" * 50, "\ud7ff", "💧" * 20, "9" * 400, "-1", "1e9", "../..", "'", "{{7*7}}"]),
)
PATHS = ["/dossiers", "/dossiers/new", f"/dossiers/new/{BIRTH}", f"/dossiers/new/{EXTRACT}", "/dossiers/x", "/queue"]
PATHS += ["/queue/x", "/dossiers/x/attachments/y", "/api/dossiers", "/api/dossiers/x", "/dossiers/new/%F0%9F%92%A7"]
NAMES = ["state", "page", "done", "filed", "act", "version", "comment", "submission", "files_lost", *RECORD]

often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["citizen", "official"])
def visitor(request: pytest.FixtureRequest) -> Citizen | Official:
    """Somebody who is signed in and may open what such people may."""
    make: Callable[[], Citizen | Official] = request.getfixturevalue(request.param)
    person = make()
    person.open("/queue" if request.param == "official" else "/dossiers")
    return person


@often
@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS"]),
    query=st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4),
    form=st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=8),
)
def test_nothing_that_is_sent_makes_a_fault(
    visitor: Citizen | Official, path: str, method: str, query: dict[str, str], form: dict[str, str]
) -> None:
    visitor.app.config["WTF_CSRF_ENABLED"] = False  # what only our own pages can send is sent too
    with visitor.client.open(path, method=method, query_string=query, data=form or None) as answer:
        assert answer.status_code < 500


@often
@given(body=st.one_of(st.binary(max_size=200), st.just(b'{"procedure": "2.000635", "content": {"copies": 1e400}}')))
def test_no_body_makes_a_fault_of_the_api(citizen: Callable[..., Citizen], provider: FakeProvider, body: bytes) -> None:
    person = citizen()
    token = provider.jwt_access_token(aud="http://localhost:8003", scope="dossier:submit")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k" * 20}

    answer = person.client.post("/api/dossiers", data=body, content_type="application/json", headers=headers)

    assert 400 <= answer.status_code < 500
