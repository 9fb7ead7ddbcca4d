"""Consent: what a portal asks for stands there in words, and what is left out is never told."""

from dataclasses import replace

import pytest

from idp.domain import agencies, consents, registration
from tests.idp.http.pages.conftest import enter
from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider

ASKED = "openid profile phone citizen"


def at_consent(visitor: Visitor, portal: Portal, **changed: str) -> Visitor:
    visitor.open("/authorize", **portal.request(**{"scope": ASKED, **changed}))
    assert visitor.path.startswith("/consent")
    return visitor


def userinfo(provider: Provider, portal: Portal, visitor: Visitor) -> dict[str, object]:
    token = portal.redeem(visitor.answer["code"]).json["access_token"]
    return dict(provider.browser().get("/userinfo", headers={"Authorization": f"Bearer {token}"}).json)


def test_claims_and_values_are_shown_in_words(signed_in: Visitor, portal: Portal):
    at_consent(signed_in, portal)

    for words in ("Họ và tên Nguyễn Thị Minh Khai", "Mức định danh Mức 1", "Giới tính Nữ", "Ngày sinh 08/03/1994"):
        assert words in signed_in.text
    assert "Số định danh cá nhân Bạn chưa có thông tin này." in signed_in.text


def test_what_is_agreed_to_is_told(signed_in: Visitor, portal: Portal, provider: Provider):
    told = userinfo(provider, portal, at_consent(signed_in, portal).press("Đồng ý và tiếp tục"))

    assert told["name"] == "Nguyễn Thị Minh Khai"
    assert told["gender"] == "female"
    assert told["phone_number"] == "+84912345678"


def test_what_is_left_out_is_not(signed_in: Visitor, portal: Portal, provider: Provider):
    at_consent(signed_in, portal).press("Đồng ý và tiếp tục", claim=["birthdate"])

    told = userinfo(provider, portal, signed_in)
    assert told["birthdate"] == "1994-03-08"
    assert "gender" not in told
    assert "phone_number" not in told


def test_what_the_service_needs_cannot_be_left_out_by_a_forged_form(
    signed_in: Visitor, portal: Portal, provider: Provider
):
    at_consent(signed_in, portal).press("Đồng ý và tiếp tục", claim=["nonsense"])

    assert userinfo(provider, portal, signed_in)["name"] == "Nguyễn Thị Minh Khai"


def test_refusing_sends_the_portal_away_and_keeps_nothing(signed_in: Visitor, portal: Portal):
    at_consent(signed_in, portal).press("Từ chối")

    assert signed_in.answer["error"] == "access_denied"
    at_consent(signed_in, portal)


def test_nobody_is_asked_twice_for_the_same(signed_in: Visitor, portal: Portal):
    at_consent(signed_in, portal).press("Đồng ý và tiếp tục")

    assert "code" in signed_in.open("/authorize", **portal.request(scope=ASKED)).answer
    at_consent(signed_in, portal, scope=f"{ASKED} email")


def test_it_is_asked_again_once_the_agreement_expired(signed_in: Visitor, portal: Portal, provider: Provider):
    at_consent(signed_in, portal).press("Đồng ý và tiếp tục")

    provider.clock.advance(consents.LIFETIME)

    at_consent(enter(signed_in.open("/signin")), portal)
    assert "thay đổi mục đích" not in signed_in.text


def changed(provider: Provider, portal: Portal, **members: str) -> Portal:
    """Let the portal's engineer or an administrator change its registration."""
    registered = registration.update(
        provider.services, portal.client, {**portal.client.metadata, **members}, actor=("operator", "test")
    )
    return replace(portal, client=registered.client)


@pytest.mark.parametrize(
    "members",
    [
        {"legal_basis": "Luật 91/2025/QH15"},
        {"policy_uri": "https://portal.example/b"},
        {"tos_uri#vi": "https://portal.example/c"},
    ],
)
def test_new_purposes_are_a_new_question_that_says_so_and_keeps_what_was_left_out(
    signed_in: Visitor, portal: Portal, provider: Provider, members: dict[str, str]
):
    at_consent(signed_in, portal).press("Đồng ý và tiếp tục", claim=["birthdate"])

    at_consent(signed_in, changed(provider, portal, **members))

    assert "Từ đó cổng đã thay đổi mục đích" in signed_in.text
    assert 'value="gender" checked' not in signed_in.response.text
    told = userinfo(provider, portal, signed_in.press("Đồng ý và tiếp tục"))
    assert "gender" not in told
    assert "code" in signed_in.open("/authorize", **portal.request(scope=ASKED)).answer


def test_what_does_not_touch_the_purposes_asks_nothing_again(signed_in: Visitor, portal: Portal, provider: Provider):
    at_consent(signed_in, portal).press("Đồng ý và tiếp tục")

    renamed = changed(provider, portal, client_name="Cổng dịch vụ công Hạ Long mới")

    assert "code" in signed_in.open("/authorize", **renamed.request(scope=ASKED)).answer


def test_a_new_purpose_takes_agreement_to_more_back(signed_in: Visitor, portal: Portal, provider: Provider, khai: str):
    """What was agreed to for the old purpose is not carried along by agreeing to less for the new one."""
    at_consent(signed_in, portal, scope="openid profile email").press("Đồng ý và tiếp tục")
    other = changed(provider, portal, policy_uri="https://portal.example/b")

    at_consent(signed_in, other, scope="openid profile").press("Đồng ý và tiếp tục")

    agreed = consents.agreement(provider.services, khai, other.client, ("openid", "profile", "email"))
    assert agreed.missing == ("email",)


def test_prompt_consent_asks_again_and_remembers_what_was_left_out(signed_in: Visitor, portal: Portal):
    at_consent(signed_in, portal).press("Đồng ý và tiếp tục", claim=["birthdate"])

    at_consent(signed_in, portal, prompt="consent")

    page = signed_in.response.text
    assert 'value="birthdate" checked' in page
    assert 'value="gender" checked' not in page


def test_what_was_left_out_stays_so_when_the_portal_asks_for_something_else(
    signed_in: Visitor, portal: Portal, provider: Provider
):
    """Else a portal had only to ask for another scope to learn what it was refused, with the token it holds."""
    at_consent(signed_in, portal).press("Đồng ý và tiếp tục", claim=["birthdate"])
    at_consent(signed_in, portal, scope="openid email").press("Đồng ý và tiếp tục")

    signed_in.open("/authorize", **portal.request(scope=ASKED))

    told = userinfo(provider, portal, signed_in)
    assert told["birthdate"] == "1994-03-08"
    assert "gender" not in told
    assert "phone_number" not in told


def test_rights_that_are_no_claims_are_named(signed_in: Visitor, portal: Portal):
    at_consent(signed_in, portal, scope="openid offline_access")

    assert "Tiếp tục xử lý thay bạn khi bạn không có mặt" in signed_in.text


def test_an_answer_that_is_neither_asks_again(signed_in: Visitor, portal: Portal):
    here = at_consent(signed_in, portal).path
    token = signed_in.fields["csrf_token"]

    signed_in.browser.post(here, data={"csrf_token": token, "answer": "maybe"})

    assert signed_in.open(here).path == here


def test_a_stranger_cannot_agree_for_anybody(signed_in: Visitor, portal: Portal, provider: Provider):
    here = at_consent(signed_in, portal).path

    assert signed_in.browser.post(here, data={"answer": "agree"}).status_code == 400
    assert provider.browser().post(here, data={"answer": "agree"}).status_code == 400


def test_form_post_carries_the_answer_with_a_button_where_no_script_runs(signed_in: Visitor, portal: Portal):
    at_consent(signed_in, portal, response_mode="form_post").press("Đồng ý và tiếp tục")

    page = signed_in.response
    assert '<form method="post" action="https://portal.example/callback"' in page.text
    assert signed_in.fields["code"]
    assert signed_in.fields["iss"] == "http://localhost:8000"
    assert "form-action 'self' https://portal.example;" in page.headers["Content-Security-Policy"]
    assert "Tiếp tục" in signed_in.text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_portals_name_is_only_text(signed_in: Visitor, provider: Provider, language: str):
    portal = provider.portal(first_party=False, client_name="<img src=x onerror=alert(1)>")

    at_consent(signed_in, portal, ui_locales=language)

    assert "<img src=x" not in signed_in.response.text


def test_the_agency_of_a_portal_is_named_once_an_administrator_has_said_so(signed_in: Visitor, provider: Provider):
    agencies.load_built_in(provider.services, actor=("operator", "test"))
    ministry = provider.portal(first_party=False, agency="G02.17", client_name="Cổng Một")
    nobodys = provider.portal(first_party=False, client_name="Cổng Hai")

    assert "Cổng Một – Bộ Công Thương (G02.17)" in at_consent(signed_in, ministry).text
    assert "Cổng Hai (portal.example)" in at_consent(signed_in, nobodys).text
    at_consent(signed_in, ministry).press("Đồng ý và tiếp tục")
    assert "Bộ Công Thương (G02.17)" in signed_in.open("/account/portals").text
    assert "Ministry of Industry and Trade" in signed_in.follow("English").text


def test_how_the_portal_treats_data_is_one_link_away_in_the_readers_language(signed_in: Visitor, provider: Provider):
    policies = {"policy_uri": "https://portal.example/privacy", "policy_uri#vi": "https://portal.example/rieng-tu"}
    portal = provider.portal(first_party=False, **policies)

    assert 'href="https://portal.example/rieng-tu"' in at_consent(signed_in, portal).response.text
    assert 'href="https://portal.example/privacy"' in signed_in.follow("English").response.text
