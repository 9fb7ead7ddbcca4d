"""A service that asks for more: the page says what is missing, and who insists is told that it was not reached."""

import json

from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal


def essential(value: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "value": value}}})


def test_what_is_missing_is_said(signed_in: Visitor, portal: Portal):
    signed_in.open("/authorize", **portal.request(acr_values="LoA2"))

    assert signed_in.path.startswith("/step-up")
    assert "tài khoản định danh mức 2. Tài khoản của bạn đang ở mức 1" in signed_in.text
    assert "Mang thẻ căn cước đến cơ quan xác thực tài khoản" in signed_in.text


def test_a_second_factor_is_asked_for_by_name(signed_in: Visitor, portal: Portal):
    signed_in.open("/authorize", **portal.request(acr_values="urn:vn:eid:loa1:mfa"))
    assert "thêm một yếu tố xác thực" in signed_in.text

    signed_in.open("/authorize", **portal.request(acr_values="urn:vn:eid:loa1:phr"))
    assert "khóa truy cập (passkey) hoặc chứng thư số" in signed_in.text


def test_a_wish_may_be_gone_on_without(signed_in: Visitor, portal: Portal):
    signed_in.open("/authorize", **portal.request(acr_values="LoA2")).press("Tiếp tục mà không có")
    signed_in.press("Đồng ý và tiếp tục")

    assert "code" in signed_in.answer


def test_a_demand_may_not(signed_in: Visitor, portal: Portal):
    signed_in.open("/authorize", **portal.request(claims=essential("LoA2")))
    assert "Tiếp tục mà không có" not in signed_in.text
    token, here = signed_in.fields["csrf_token"], signed_in.path

    signed_in.browser.post(here, data={"csrf_token": token, "answer": "go_on"})

    assert signed_in.open("/authorize", pending=here.partition("pending=")[2]).answer["error"] == (
        "unmet_authentication_requirements"
    )


def test_giving_up_is_told_to_the_portal(signed_in: Visitor, portal: Portal):
    signed_in.open("/authorize", **portal.request(claims=essential("LoA2"))).press("Quay lại Cổng dịch vụ công Hạ Long")

    assert signed_in.answer["error"] == "unmet_authentication_requirements"


def test_another_account_may_have_what_is_asked_for(signed_in: Visitor, portal: Portal):
    signed_in.open("/authorize", **portal.request(acr_values="LoA2")).follow("Đăng nhập bằng tài khoản khác")

    assert signed_in.title == "Đăng nhập"
