"""A request in which the account changes half-way: what one person answered on a page, nobody else has answered.

OpenID Connect Core §3.1.2.4: consent is the signed-in end-user's own, and so is going on without what was wished for.
"""

from collections.abc import Callable

import pytest

from idp.domain import consents
from tests.idp.http.pages.conftest import PASSWORD, enter
from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider

OTHERS_PHONE = "0987654321"


@pytest.fixture
def other(enrol: Callable[..., str], provider: Provider, portal: Portal) -> str:
    """Somebody else, who agreed to this portal long ago: what is missing below is their answer to this request alone."""
    account_id = enrol("Trần Văn Bình", phone="+84987654321", email="binh@thu.example")
    consents.agree(provider.services, account_id, portal.client, ("openid", "profile"), ())
    return account_id


def change_account(visitor: Visitor, pending: str) -> None:
    """Sign in as somebody else on the page that the step-up leads to."""
    enter(visitor.open(f"/signin?pending={pending}&other=1"), OTHERS_PHONE, PASSWORD)


def pending_of(visitor: Visitor) -> str:
    return visitor.path.partition("pending=")[2].partition("&")[0]


def test_consent_of_one_is_not_consent_of_the_next(signed_in: Visitor, portal: Portal, other: str, provider: Provider):
    signed_in.open("/authorize", **portal.request(prompt="consent"))
    pending = pending_of(signed_in)
    token, here = signed_in.fields["csrf_token"], signed_in.path
    signed_in.browser.post(here, data={"csrf_token": token, "answer": "agree"})  # and does not go back yet

    change_account(signed_in, pending)

    assert signed_in.path.startswith("/consent"), "the other person is asked too"
    signed_in.press("Đồng ý và tiếp tục")
    assert "code" in signed_in.answer


def test_going_on_without_is_each_persons_own_choice(signed_in: Visitor, portal: Portal, other: str):
    signed_in.open("/authorize", **portal.request(acr_values="LoA2"))
    pending = pending_of(signed_in)
    signed_in.press("Tiếp tục mà không có")
    assert signed_in.path.startswith("/consent")

    change_account(signed_in, pending)

    assert signed_in.path.startswith("/step-up"), "the other person is told what the service asks for"


def test_who_answered_is_not_asked_again(signed_in: Visitor, portal: Portal):
    signed_in.open("/authorize", **portal.request(prompt="consent", acr_values="LoA2")).press("Tiếp tục mà không có")
    signed_in.press("Đồng ý và tiếp tục")
    assert "code" in signed_in.answer
