"""Errors that help: the engineer of a portal reads on the page what to mend, everybody else a sentence and a number.

The recurring complaint about other providers is an opaque "session not found": ours says which cookie was missing and
why, to whom it concerns and in the log, under the number that the page shows.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider

WRONG = "https://evil.example/"
RULE = "redirect_uri is not one that this client registered"
LogLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def portal(provider: Provider) -> Portal:
    return provider.portal(agency="H49.05", first_party=False, client_name="Cổng dịch vụ công Hạ Long")


@pytest.fixture
def administrator(provider: Provider) -> Callable[..., Visitor]:
    """An official of an agency with roles, signed in."""

    def make(agency: str | None, *roles: str) -> Visitor:
        account = provider.person("Phạm Văn Quản", kind="official", agency=agency, roles=roles)
        return Visitor(provider.signed_in(account))

    return make


def with_wrong_address(visitor: Visitor, portal: Portal) -> Visitor:
    return visitor.open("/authorize", **portal.request(redirect_uri=WRONG))


@pytest.mark.parametrize(
    ("agency", "roles"),
    [
        ("H49.05", ("administrator",)),
        ("H49", ("administrator",)),
        ("G22", ("administrator", "central_administrator")),
    ],
    ids=["of its agency", "of the agency above", "a central one"],
)
def test_the_portals_administrator_reads_what_to_mend(
    administrator: Callable[..., Visitor], portal: Portal, agency: str, roles: tuple[str, ...]
):
    seen = with_wrong_address(administrator(agency, *roles), portal)
    assert seen.response.status_code == 400
    assert f"invalid_request: {RULE}" in seen.text
    assert seen.response.headers["X-Request-ID"] in seen.text


@pytest.mark.parametrize(
    ("agency", "roles"),
    [
        ("H49.06", ("administrator",)),
        ("H490", ("administrator",)),
        (None, ("administrator",)),
        ("H49.05", ("receiver",)),
        ("H49.05", ()),
    ],
    ids=["of another agency", "of one that begins alike", "of none", "another role", "no role"],
)
def test_nobody_else_does(
    administrator: Callable[..., Visitor], portal: Portal, agency: str | None, roles: tuple[str, ...]
):
    seen = with_wrong_address(administrator(agency, *roles), portal)
    assert RULE not in seen.response.text
    assert "invalid_request" not in seen.response.text
    assert "Cổng đã gửi bạn đến đây có sai sót" in seen.text
    assert seen.response.headers["X-Request-ID"] in seen.text


def test_a_stranger_reads_a_sentence_and_the_operator_the_rest(visitor: Visitor, portal: Portal, log_lines: LogLines):
    seen = with_wrong_address(visitor, portal)
    assert RULE not in seen.response.text
    (line,) = [line for line in log_lines() if line["event"] == "portal_refused"]
    assert line["why"].startswith(RULE)
    assert line["client"] == portal.id
    assert line["request"] == seen.response.headers["X-Request-ID"]


def test_a_client_that_is_nobodys_concerns_the_central_administrator_alone(
    administrator: Callable[..., Visitor], portal: Portal
):
    unknown = {**portal.request(), "client_id": "nobody"}
    assert "client_id names no" in administrator("G22", "central_administrator").open("/authorize", **unknown).text
    assert "client_id names no" not in administrator("H49", "administrator").open("/authorize", **unknown).text


def test_an_administrator_who_was_frozen_reads_no_more(
    administrator: Callable[..., Visitor], provider: Provider, portal: Portal
):
    from idp.store import accounts

    visitor = administrator("H49.05", "administrator")
    with provider.services.database.write() as connection:
        accounts.change(connection, provider.people[-1], state="frozen")
    assert RULE not in with_wrong_address(visitor, portal).response.text


class TestALostSignIn:
    """Which cookie was missing, and why."""

    def begun(self, provider: Provider, portal: Portal) -> str:
        visitor = Visitor(provider.browser()).open("/authorize", **portal.request())
        return visitor.path.partition("pending=")[2]

    def why(self, log_lines: LogLines) -> str:
        (line,) = [line for line in log_lines() if line["event"] == "sign_in_lost"]
        return str(line["why"])

    def test_without_its_cookie(self, provider: Provider, visitor: Visitor, portal: Portal, log_lines: LogLines):
        visitor.open("/authorize", pending=self.begun(provider, portal))
        assert visitor.response.status_code == 400
        assert "trình duyệt khác" in visitor.text
        assert "motcua_idp_browser" not in visitor.text
        assert self.why(log_lines).startswith("cookie motcua_idp_browser was not sent: ")

    def test_from_another_site(self, provider: Provider, portal: Portal, log_lines: LogLines):
        pending = self.begun(provider, portal)
        provider.browser().get(f"/authorize?pending={pending}", headers={"Sec-Fetch-Site": "cross-site"})
        assert "SameSite" in self.why(log_lines)

    def test_with_another_browsers(self, provider: Provider, portal: Portal, log_lines: LogLines):
        other = Visitor(provider.browser()).open("/authorize", **portal.request())
        other.open("/authorize", pending=self.begun(provider, portal))
        assert "names another browser" in self.why(log_lines)

    def test_that_is_over(self, visitor: Visitor, log_lines: LogLines):
        visitor.open("/authorize", pending="answered-long-ago")
        assert "30 phút" in visitor.text
        assert self.why(log_lines).startswith("no request of this name waits")

    def test_its_portals_administrator_reads_it_on_the_page(
        self, provider: Provider, portal: Portal, administrator: Callable[..., Visitor]
    ):
        pending = self.begun(provider, portal)
        seen = administrator("H49.05", "administrator").open("/authorize", pending=pending)
        assert "cookie motcua_idp_browser was not sent" in seen.text
        seen = administrator("G02", "administrator").open("/authorize", pending=pending)
        assert "motcua_idp_browser" not in seen.text
