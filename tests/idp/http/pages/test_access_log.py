"""Who saw my data: every release to a portal and every look of an official, and nothing of anybody else's."""

import pytest
from sqlalchemy import event

from idp.domain import consents
from idp.domain.administration import people
from idp.domain.administration import signed_in as sessions_seen
from idp.domain.administration.administrator import CENTRAL, Administrator
from idp.domain.administration.people import Wanted
from idp.domain.audit import Action, entry, record
from idp.domain.release import UNSTATED_BASIS
from idp.store import audit as audit_store
from tests.idp.http.pages.conftest import Enrol
from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider, answer_of

PAGE = "/account/access-log"


def tokens_of(provider: Provider, portal: Portal, account_id: str, **request: str) -> dict[str, str]:
    """Sign somebody in to a portal."""
    return portal.tokens(provider.signed_in(account_id), **request)


def read_userinfo(provider: Provider, token: str) -> dict[str, object]:
    """Read UserInfo as the portal does."""
    response = provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    return dict(response.json or {})


@pytest.fixture
def own(provider: Provider) -> Portal:
    """The government's own portal, which asks nothing."""
    return provider.portal(client_name="Cổng dịch vụ công Bộ Công Thương")


def look(signed_in: Visitor, provider: Provider) -> str:
    """Open the access log once everything is in the trail."""
    provider.services.audit_batch.flush()
    return signed_in.open(PAGE).text


def test_nobody_sees_it_without_signing_in(visitor: Visitor):
    assert visitor.open(PAGE).path == f"/signin?next={PAGE}"


def test_who_was_never_anywhere_is_told_so(signed_in: Visitor):
    assert "Chưa có ai xem dữ liệu của bạn." in signed_in.open(PAGE).text


def test_a_sign_in_at_a_portal_that_skips_the_question_is_there_all_the_same(
    signed_in: Visitor, khai: str, provider: Provider, own: Portal
):
    tokens_of(provider, own, khai)

    text = look(signed_in, provider)

    assert "Cổng dịch vụ công Bộ Công Thương" in text
    assert "Bạn đã đăng nhập vào đây" in text
    assert "Chỉ xác nhận đó là bạn" in text
    assert "Dịch vụ công mà bạn đã dùng" in text


def test_what_userinfo_gave_is_listed_by_name_and_never_by_value(
    signed_in: Visitor, khai: str, provider: Provider, own: Portal
):
    given = read_userinfo(provider, tokens_of(provider, own, khai, scope="openid profile email")["access_token"])

    shown = look(signed_in, provider)

    assert given["birthdate"] == "1994-03-08"
    for words in ("Đã đọc thông tin của bạn", "Họ và tên", "Ngày sinh", "Giới tính", "Thư điện tử"):
        assert words in shown
    assert "1994" not in shown
    assert str(given["email"]) not in shown
    assert "Số điện thoại" not in shown


def test_what_rests_on_law_names_the_law(signed_in: Visitor, khai: str, provider: Provider, own: Portal):
    read_userinfo(provider, tokens_of(provider, own, khai, scope="openid citizen")["access_token"])

    shown = look(signed_in, provider)

    assert "Theo quy định: 274/QĐ-TTg" in shown


def test_a_law_that_nobody_named_is_not_called_one(signed_in: Visitor, khai: str, provider: Provider):
    portal = provider.portal(client_name="Cổng dịch vụ công Hạ Long", legal_basis=UNSTATED_BASIS)
    read_userinfo(provider, tokens_of(provider, portal, khai, scope="openid citizen")["access_token"])

    shown = look(signed_in, provider)

    assert "Cổng chưa nêu căn cứ pháp lý" in shown
    assert UNSTATED_BASIS not in shown
    assert "Mức định danh" in shown


def test_claims_in_an_id_token_are_listed_too(signed_in: Visitor, khai: str, provider: Provider, own: Portal):
    tokens_of(provider, own, khai, claims='{"id_token": {"email": null}}', scope="openid email")

    shown = look(signed_in, provider)

    assert "Bạn đã đăng nhập vào đây" in shown
    assert "Thư điện tử" in shown
    assert "Chỉ xác nhận đó là bạn" not in shown


def test_an_id_token_through_the_browser_is_a_release(signed_in: Visitor, khai: str, provider: Provider):
    kinds = {"response_types": ["id_token"], "grant_types": ["implicit"], "client_name": "Sổ tay công dân"}
    portal = provider.portal(**kinds)
    request = portal.request(response_type="id_token", code_challenge=None, code_challenge_method=None)
    assert "id_token" in answer_of(provider.signed_in(khai).get("/authorize", query_string=request))

    shown = look(signed_in, provider)

    assert "Sổ tay công dân" in shown
    assert "Bạn đã đăng nhập vào đây" in shown


def test_a_refresh_is_no_new_row(signed_in: Visitor, khai: str, provider: Provider, own: Portal):
    tokens = tokens_of(provider, own, khai)
    before = look(signed_in, provider)

    own.refresh(tokens["refresh_token"])

    assert look(signed_in, provider) == before


def test_introspection_names_who_asked(signed_in: Visitor, khai: str, provider: Provider):
    api = "https://vault.example/api"
    asker = provider.portal(client_name="Kho dữ liệu công dân", resources=[api])
    own = provider.portal(client_name="Cổng Bộ Công Thương")
    token = tokens_of(provider, own, khai, resource=api)["access_token"]
    assert asker.introspect(token)["active"]

    shown = look(signed_in, provider)

    assert "Kho dữ liệu công dân" in shown
    assert "Đã hỏi để xác nhận phiên đăng nhập của bạn" in shown


def test_an_agreement_and_its_end_are_there_less_what_was_refused(
    signed_in: Visitor, khai: str, provider: Provider, portal: Portal
):
    consents.agree(provider.services, khai, portal.client, ("openid", "profile"), {"birthdate"})
    assert consents.withdraw(provider.services, khai, portal.id)

    shown = look(signed_in, provider)

    assert "Bạn đã đồng ý cho biết" in shown
    assert "Bạn đã rút lại sự đồng ý" in shown
    assert "Giới tính" in shown
    assert "Ngày sinh" not in shown


def test_an_officials_look_tells_role_and_agency_and_not_who_it_was(
    signed_in: Visitor, khai: str, enrol: Enrol, provider: Provider
):
    official = enrol("Hoàng Đức Thắng", phone="+84900000001", kind="official", agency="G02")
    by = Administrator(official, ("administrator", "central_administrator"), "G02")
    people.show(provider.services, by, khai)
    people.search(provider.services, by, Wanted("sign_in_name", "0912345678"))

    shown = look(signed_in, provider)

    assert shown.count("Cán bộ đã xem tài khoản của bạn") == 2
    assert "Quản trị viên trung tâm" in shown
    assert "G02" in shown
    assert "Thắng" not in shown
    assert official not in shown


def test_a_look_at_the_sessions_says_that(signed_in: Visitor, khai: str, provider: Provider):
    sessions_seen.of_account(provider.services, Administrator("an-official", ("administrator", CENTRAL)), khai)

    assert "Nơi bạn đang đăng nhập" in look(signed_in, provider)


def test_the_operators_look_is_there(signed_in: Visitor, khai: str, provider: Provider):
    with provider.services.database.write() as connection:
        what = ("account", khai)
        record(connection, entry(Action.PERSONAL_DATA_READ, 1.0, actor=("operator", "cli"), object=what, reason="test"))

    shown = look(signed_in, provider)

    assert "Đơn vị vận hành hệ thống này" in shown
    assert "Toàn bộ thông tin trong tài khoản" in shown


def test_nothing_of_anybody_else(signed_in: Visitor, enrol: Enrol, provider: Provider, own: Portal):
    other = enrol("Đỗ Văn Ẩn", phone="+84987654321")
    read_userinfo(provider, tokens_of(provider, own, other)["access_token"])

    assert "Chưa có ai xem dữ liệu của bạn." in look(signed_in, provider)


def test_the_same_again_and_again_is_one_row(signed_in: Visitor, khai: str, provider: Provider, own: Portal):
    token = tokens_of(provider, own, khai)["access_token"]
    for _ in range(3):
        provider.clock.advance(1)
        read_userinfo(provider, token)

    shown = look(signed_in, provider)

    assert shown.count("Đã đọc thông tin của bạn") == 1
    assert "3 lần" in shown


def test_it_comes_in_pages_and_each_entry_is_on_one(signed_in: Visitor, khai: str, provider: Provider):
    at = provider.clock()
    with provider.services.database.write() as connection:
        for place in range(45):
            client = provider_client(place)
            seen = entry(Action.USERINFO_READ, at, actor=("client", client), object=("account", khai), claims=["name"])
            record(connection, seen)
    found, before = [], None
    with provider.services.database.read() as connection:
        while rows := audit_store.releases_about(connection, khai, before=before, limit=20):
            found += [row.actor_id for row in rows]
            before = (rows[-1].at, rows[-1].id)

    assert sorted(found) == sorted(provider_client(place) for place in range(45))
    signed_in.open(PAGE)
    for expected in (20, 20, 5):
        assert signed_in.text.count("Đã đọc thông tin của bạn") == expected
        if expected == 20:
            signed_in.follow("Cũ hơn")
    assert "Cũ hơn" not in signed_in.text


def provider_client(place: int) -> str:
    """A portal that is not registered any more."""
    return f"gone-{place:02}"


@pytest.mark.parametrize("before", ["x", "1e999_a", "nan_a", "_", "1_" + "a" * 900, "%00", "1_\x00"])
def test_an_invented_page_is_no_error(signed_in: Visitor, before: str):
    assert signed_in.browser.get(PAGE, query_string={"before": before}).status_code == 200


def test_the_index_answers_it(provider: Provider, khai: str):
    asked: list[tuple[str, object]] = []
    with provider.services.database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
        audit_store.releases_about(connection, khai, before=(1.0, "a"))
        statement, values = asked[-1]
        plan = " ".join(str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))

    assert "USING INDEX ix_audit_entries_released" in plan
    assert "TEMP B-TREE" not in plan


def test_the_acts_that_the_index_keeps_are_acts_of_the_trail():
    assert {*audit_store.READ_OF_ONE} < {action.value for action in Action}
