"""Every page of the provider in every state, filled with invented people, so that it can be looked at and checked.

No domain stands behind it: each entry renders a template with the values that its view would give it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Flask, Response, make_response, render_template
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from idp.domain.identity_level import Standing
from idp.domain.message_senders import ShownMessage
from idp.domain.messages import Recipient
from idp.domain.password_recovery import Open
from idp.domain.proof_of_work import Challenge
from idp.domain.sign_up import Waiting, masked
from idp.http import forms
from idp.http.application import create_pages
from idp.http.entry import Hurdle
from idp.http.error_pages import _BY_STATUS, Explanation, page
from idp.http.pages.access_log import LookView
from idp.http.pages.asking import Asking
from idp.http.pages.claim_words import SHOWN, claim_words, scope_words
from idp.http.pages.consent import Question
from idp.http.pages.identity_level import steps
from idp.http.pages.look import SampleForm
from idp.http.pages.signature_words import SignatureView, Tone, VerdictView
from idp.http.pages.signatures import DocumentForm, Keepsake
from idp.http.pages.signin import REASONS
from idp.http.pages.totp import qr
from idp.http.pages.views import (
    AccountView,
    AuthenticatorView,
    CertificateView,
    ContactView,
    PasskeyAsk,
    PasskeyView,
    PhoneAsk,
    PhoneView,
    PortalView,
    SessionView,
    ToldPortal,
    WayBack,
    WayView,
)
from idp.protocol.authorization.decision import Reason
from idp.settings import Settings
from templates.forms import Form

NOW = 1_795_000_000
MINISTRY = Asking("Dịch vụ công Bộ Công Thương", "dichvucong.moit.example", "Bộ Công Thương")
PROVINCE = Asking("Cổng dịch vụ công tỉnh Quảng Ninh", "dichvucong.quangninh.example")
FACTS = {
    "name": "Nguyễn Thị Phương Thảo",
    "gender": "female",
    "birthdate": "1994-03-08",
    "email": "phuongthao.nguyen@thu.example",
    "phone_number": "+84 912 345 678",
    "address": {"formatted": "Số 12, ngõ 34 phố Trần Hưng Đạo, phường Bạch Đằng, thành phố Hạ Long, tỉnh Quảng Ninh"},
    "identity_level": 2,
    "personal_number": "022194001234",
}
Entry = Callable[[], Any]


def _faulty(form_class: type[Form], **values: str) -> Any:
    form = form_class(MultiDict(values), meta={"csrf": False})
    form.validate()
    return form


def _sign_in(form: forms.Form | None = None, **more: Any) -> str:
    usual = {"refusal": "", "note": "", "hurdle": Hurdle(), "sends_codes": True, "signup_address": "/signup"}
    usual |= {"recovery_address": "/recovery"}
    given = {"asking": MINISTRY, **usual, **more}
    return render_template("idp/signin.html", form=form or forms.SignInForm(), **given)


def _sign_up(form: forms.SignUpForm | None = None, **more: Any) -> str:
    usual = {"asking": PROVINCE, "refusal": "", "hurdle": Hurdle(), "minimum": 15}
    addresses = {"signin_address": "/signin", "signup_address": "/signup"}
    return render_template("idp/signup.html", form=form or forms.SignUpForm(), **addresses, **usual, **more)


def _confirm(form: forms.ConfirmForm | None = None, **more: Any) -> str:
    usual = {"asking": PROVINCE, "refusal": "", "sent_again": False, "signup_address": "/signup"}
    waiting = Waiting("id", "phone", masked("+84912345678"))
    return render_template(
        "idp/signup_confirm.html", form=form or forms.ConfirmForm(), waiting=waiting, **{**usual, **more}
    )


def _consent() -> str:
    words = {claim: claim_words(claim, FACTS.get(claim)) for claim in SHOWN}
    question = Question(
        person=FACTS["name"],
        required=(words["name"], words["identity_level"], words["personal_number"]),
        optional=(words["gender"], words["birthdate"], words["email"], words["address"]),
        rights=(scope_words("offline_access"), scope_words("dossier:submit")),
        refused=frozenset({"gender"}),
    )
    policy = "https://dichvucong.moit.example/rieng-tu"
    return render_template("idp/consent.html", asking=MINISTRY, question=question, policy_address=policy)


def _account(level: int) -> str:
    facts = tuple((claim_words(name, value).label, claim_words(name, value).value) for name, value in FACTS.items())
    view = AccountView("Nguyễn Thị Phương Thảo", level, facts, 3, 2)
    return render_template("idp/account.html", account=view, current="home")


def _identity_level(level: int, strength: int = 1, kind: str = "citizen") -> str:
    found = Standing(kind, level, strength, True, False, strength > 1, level == 1)
    return render_template("idp/identity_level.html", standing=found, steps=steps(found), current="home")


def _sessions() -> str:
    portals = (MINISTRY.name, PROVINCE.name)
    sessions = [
        SessionView("a", "Firefox trên Windows", "203.0.113.7", NOW - 900, NOW, "mật khẩu", True, portals),
        SessionView(
            "b",
            "Chrome trên Android",
            "2001:db8:4a::1f",
            NOW - 90000,
            NOW - 7200,
            "mật khẩu, mã một lần",
            False,
            (),
            True,
        ),
    ]
    return render_template("idp/sessions.html", sessions=sessions, current="sessions", done="Đã kết thúc phiên.")


def _portals(*, some: bool) -> str:
    knows = (scope_words("profile"), scope_words("citizen"))
    portals = [
        PortalView(
            "c1",
            MINISTRY.name,
            MINISTRY.agency,
            knows,
            NOW - 86400,
            NOW + 364 * 86400,
            True,
            "https://portal.example/login",
        ),
        PortalView("c2", PROVINCE.name, "", (scope_words("openid"),), None, None, False),
    ]
    return render_template("idp/portals.html", portals=portals if some else [], current="portals")


def _access_log(*, some: bool) -> str:
    told = tuple(claim_words(claim).label for claim in ("name", "birthdate", "identity_level", "personal_number"))
    law = "Theo quy định: Quyết định 274/QĐ-TTg"
    looks = [
        LookView("Đã đọc thông tin của bạn", MINISTRY.name, MINISTRY.agency, "", law, told, NOW - 60, 3),
        LookView(
            "Bạn đã đăng nhập vào đây", PROVINCE.name, "", "", "Dịch vụ công", ("Chỉ xác nhận đó là bạn",), NOW, 1
        ),
        LookView("Cán bộ đã xem tài khoản", "", MINISTRY.agency, "Quản trị viên", "Hỗ trợ", told[:1], NOW - 9000, 1),
    ]
    given = {"next_address": "/account/access-log?before=1_a" if some else "", "later": some, "current": "access_log"}
    return render_template("idp/access_log.html", looks=looks if some else [], **given)


def _closing(*, may: bool, refusal: str = "") -> str:
    given = {"may": may, "days": 14, "refusal": refusal, "current": "home", "done": ""}
    return render_template("idp/closing.html", **given)


def _step_up(**given: Any) -> str:
    usual = {"ways": [], "enrol": [], "essential": True, "other_account_address": "/signin", "asking": MINISTRY}
    words = {
        "reason": "Dịch vụ này cần tài khoản mức 2; tài khoản của bạn đang ở mức 1.",
        "advice": ["Mang thẻ căn cước đến cơ quan công an gần nhất.", "Đăng nhập bằng tài khoản khác."],
    }
    return render_template("idp/step_up.html", **{**usual, **words, **given})


_WAYS = [WayView("Nhập mã từ ứng dụng", "/step-up/code"), WayView("Dùng khóa truy cập (passkey)", "/step-up/passkey")]


def _step_up_password(form: Any = None, **given: Any) -> str:
    usual = {"asking": MINISTRY, "hurdle": Hurdle(), "refusal": "", "back_address": "/step-up"}
    return render_template("idp/step_up_password.html", form=form or forms.PasswordForm(), **{**usual, **given})


def _code_page(template: str, form: Any = None, **given: Any) -> str:
    usual = {"asking": None, "refusal": "", "back_address": "/step-up"}
    usual |= {"can_send": False, "confirmation": "", "released": False, "paper_address": ""}
    return render_template(template, form=form or forms.CodeForm(), **{**usual, **given})


def _totp(form: Any = None) -> str:
    picture = qr(
        "otpauth://totp/Motcua:phuongthao.nguyen@thu.example?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=Motcua"
    )
    secret = "ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567"
    given = {"form": form or forms.EnrolTotpForm(), "refusal": "", "current": "authenticators", "done": ""}
    return render_template("idp/totp.html", picture=picture, secret=secret, **given)


def _recovery(template: str, form: Any, **given: Any) -> str:
    usual = {
        "refusal": "",
        "hurdle": Hurdle(),
        "again_address": "/recovery",
        "minimum": 15,
        "signin_address": "/signin",
    }
    return render_template(template, form=form, **{**usual, **given})


def _recovery_password(form: Any, *kinds: str) -> str:
    found = Open("id", len(kinds) > 1, frozenset(kinds))
    return _recovery("idp/recovery_password.html", form, found=found)


def _change_password(form: Any) -> str:
    given = {"current": "authenticators", "done": "", "minimum": 15, "refusal": ""}
    return render_template("idp/change_password.html", form=form, **given)


def _contacts(*shown: ContactView, **given: str) -> str:
    return render_template("idp/contacts.html", shown=shown, **{"current": "home", "done": "", "waiting": "", **given})


_OWN_PHONE = ContactView("phone", masked("+84912345678"), True, True, True)
_OWN_EMAIL = ContactView("email", masked("phuongthao.nguyen@thu.example"), True, True, True, NOW + 200_000)


def _contact_change(channel: str, form: Any, **given: Any) -> str:
    usual = {"current": "home", "done": "", "refusal": "", "has_one": channel == "phone", "channel": channel}
    return render_template("idp/contact_change.html", form=form, **{**usual, **given})


def _contact_code(form: Any = None, **given: Any) -> str:
    usual = {"current": "home", "done": "", "refusal": "", "sent_again": False, "minutes": 10, "back_address": "/back"}
    contact = masked("+84987654321")
    return render_template(
        "idp/contact_code.html", form=form or forms.ConfirmForm(), contact=contact, **{**usual, **given}
    )


def _contact_remove(refusal: str = "") -> str:
    given = {"current": "home", "done": "", "channel": "phone", "contact": masked("+84912345678")}
    return render_template("idp/contact_remove.html", refusal=refusal, **given)


def _recovery_codes(*codes: str) -> str:
    given = {"current": "authenticators", "done": "", "left": 3, "once": "", "onward_address": "/authenticators"}
    return render_template("idp/recovery_codes.html", codes=codes, **given)


def _authenticators() -> str:
    shown = [
        AuthenticatorView("mật khẩu", "", NOW - 9_000_000, NOW - 900),
        AuthenticatorView("mã một lần", "Điện thoại của Thảo", NOW - 90_000, None, remove_address="/remove"),
        AuthenticatorView("mã khôi phục", "", NOW - 90_000, None, left=8, page_address="/codes"),
    ]
    given = {"current": "authenticators", "done": "Đã thêm.", "enrol": _WAYS}
    return render_template("idp/authenticators.html", shown=shown, **given)


def _remove(refusal: str = "") -> str:
    shown = AuthenticatorView("mã một lần", "Điện thoại của Thảo", NOW - 90_000, None)
    given = {"current": "authenticators", "done": "", "refusal": refusal}
    return render_template("idp/authenticator_remove.html", shown=shown, **given)


_OPTIONS = '{"challenge": "AAAA", "allowCredentials": [], "rpId": "localhost"}'
_ASK = PasskeyAsk(_OPTIONS, "/signin/passkey")


def _passkey(**given: Any) -> str:
    usual = {"ask": _ASK, "asking": MINISTRY, "refusal": "", "confirming": False, "back_address": "/signin"}
    return render_template("idp/passkey.html", **{**usual, **given})


def _passkeys(*shown: PasskeyView, **given: Any) -> str:
    usual = {"add_address": "/add", "asking": None, "onward_address": "", "current": "authenticators", "done": ""}
    return render_template("idp/passkeys.html", shown=shown, **{**usual, **given})


def _passkey_add(refusal: str = "") -> str:
    given = {"label": "Chrome trên Android", "back_address": "/back", "current": "authenticators", "done": ""}
    return render_template("idp/passkey_add.html", options=_OPTIONS, refusal=refusal, **given)


_PHONE = PasskeyView("a", "Điện thoại của Thảo", NOW - 90_000, NOW - 900, travels=True, copied=False)
_COPIED = PasskeyView("b", "Khóa bảo mật ở cơ quan", NOW - 900_000, None, travels=False, copied=True)


def _phone(state: str, asking: Asking | None = MINISTRY, **given: Any) -> str:
    addresses = {"back_address": "/signin", "again_address": "/signin/phone"}
    return render_template("idp/phone.html", phone=PhoneView(state, **given), asking=asking, **addresses)


def _phone_waiting() -> str:
    address = "http://localhost:8000/phone/kXo2V0c8sY3ZrM1q9TgLwB7d"
    return _phone(
        "waiting", number="47", address=address, look_address="/look", state_address="/state", picture=qr(address)
    )


def _phone_confirm(state: str, asking: Asking | None = MINISTRY, **given: Any) -> str:
    asked = PhoneAsk(asking, "Firefox trên Windows", "2001:db8:4a::1f", ("12", "47", "85"), FACTS["name"])
    return render_template("idp/phone_confirm.html", state=state, asked=asked, **{"refusal": "", **given})


def _messages() -> str:
    text = "Mã xác nhận của bạn là 493 021. Mã có hiệu lực trong 10 phút.\nKhông đưa mã này cho bất kỳ ai."
    message = ShownMessage(Recipient("phone", "+84 912 345 678"), "Mã xác nhận Motcua", text, NOW)
    codes = [("Đặng Thu Hương", "493021"), ("Hoàng Đức Thắng", "038817")]
    return render_template("idp/messages.html", messages=[message, message], codes=codes)


def _look() -> str:
    return render_template("idp/look.html", faulty=_faulty(SampleForm))


def _signatures(form: DocumentForm | None = None, **given: Any) -> str:
    usual = {"refusal": "", "hurdle": Hurdle(), "megabytes": 32}
    return render_template("idp/signatures.html", form=form or DocumentForm(), **{**usual, **given})


def _verdict(tone: Tone, *, several: bool = False) -> str:
    sentence, reason, unchanged = {
        "success": ("Chữ ký số hợp lệ", "", "Nội dung được ký còn nguyên vẹn"),
        "warning": ("Chưa đủ căn cứ để kết luận chữ ký số hợp lệ", "Hãy kiểm tra lại sau.", "Nội dung còn nguyên vẹn"),
        "danger": ("Chữ ký số không hợp lệ", "Nội dung tài liệu đã bị thay đổi sau khi ký.", "Nội dung đã bị thay đổi"),
        "info": ("Không tìm thấy chữ ký số nào để kiểm tra", "", ""),
    }[tone]
    facts = (
        ("Tổ chức cấp chứng thư", "CA công dân"),
        ("Thời hạn của chứng thư", "từ 30/01/2026 16:00:00 đến 01/03/2029 16:00:00"),
        ("Chuỗi chứng thư", "Nguyễn Thị Hồng Ẩn > CA công dân > Gốc Chứng thực Quốc gia"),
    )
    when = "Trước 01/03/2026 16:01:00, có dấu thời gian chứng minh"
    one = SignatureView(tone, sentence, reason, FACTS["name"], when, unchanged, facts, ("the status is not known",))
    count = 0 if tone == "info" else 2 if several else 1
    view = VerdictView(
        name="Quyết định số 12/QĐ-UBND về việc cấp giấy phép xây dựng.pdf",
        tone=tone,
        sentence=sentence,
        reason=reason,
        checked_at="02/03/2026 09:00:00",
        digest="45348859628f14d0e84d1b36cfedb3e5e21f7d13256e67ecb0b2e2cf8adfa092",
        signatures=(one,) * count,
        uncovered=("phụ lục.docx",) if several else (),
        troubles=("Tệp rỗng.",) if tone == "info" else (),
        details=("the document is empty",) if tone == "info" else (),
    )
    keepsakes = (Keepsake("Báo cáo để đọc (PDF)", "a.pdf", "data:application/pdf;base64,"),) if count else ()
    return render_template("idp/signatures_verdict.html", verdict=view, keepsakes=keepsakes)


_CERTIFICATE = CertificateView(
    serial="87a9ab966d7809bf478a868cf597f051",
    name=str(FACTS["name"]),
    profile="Công dân: đăng nhập và ký số",
    place="Khóa tạo trong trình duyệt",
    status="Có hiệu lực",
    status_kind="good",
    not_before=NOW,
    not_after=NOW + 365 * 86400,
    stoppable=True,
    on_hold=False,
    key="0" * 64,
    certificate="MIIB",
    label="Nguyễn Thị Phương Thảo, chứng thư số …97f051",
)


def _certificates(**given: Any) -> str:
    held = replace(_CERTIFICATE, status="Tạm dừng", status_kind="warn", on_hold=True)
    gone = replace(_CERTIFICATE, status="Đã thu hồi", status_kind="bad", stoppable=False)
    usual = {"shown": [_CERTIFICATE, held, gone], "waiting": False, "refusals": [], "proofed": True}
    usual |= {"enrol_address": "/account/certificates/new", "onward_address": "/authorize", "current": "certificates"}
    return render_template("idp/certificates.html", **{**usual, **given})


def _certificate_sign_in(refusal: str = "", asking: Asking | None = MINISTRY) -> str:
    addresses = {"challenge_address": "/signin/certificate/challenge", "back_address": "/signin"}
    return render_template("idp/certificate_sign_in.html", refusal=refusal, asking=asking, **addresses)


def _done(**given: Any) -> str:
    return render_template("idp/logout_done.html", **{"portals": [], "waiting": False, "back": None, **given})


_TOLD = [ToldPortal(MINISTRY.name, True), ToldPortal(PROVINCE.name, False), ToldPortal("Sổ tay công dân", None)]

PAGES: dict[str, Entry] = {
    "home": lambda: render_template("idp/home.html", person="", signup_open=True),
    "home-signed-in": lambda: render_template("idp/home.html", person=FACTS["name"]),
    "signin": _sign_in,
    "signin-passkey": lambda: _sign_in(passkey=_ASK, other_ways=_WAYS[:1]),
    "signin-other-ways": lambda: _sign_in(other_ways=_WAYS),
    "signin-alone": lambda: _sign_in(asking=None, signup_address=""),
    "signin-again": lambda: _sign_in(note=gettext(REASONS[Reason.TOO_LONG_AGO])),
    "signin-challenged": lambda: _sign_in(hurdle=Hurdle(Challenge("token", "nonce", 12)), refusal="Hãy xác nhận."),
    "signin-code": lambda: _sign_in(hurdle=Hurdle(confirmation="abc")),
    "signin-refused": lambda: _sign_in(refusal="Tên đăng nhập hoặc mật khẩu không đúng."),
    "signin-errors": lambda: _sign_in(_faulty(forms.SignInForm, username="", password="")),
    "signup": _sign_up,
    "signup-errors": lambda: _sign_up(_faulty(forms.SignUpForm, name="Trần Đức Ánh")),
    "signup-confirm": _confirm,
    "signup-confirm-again": lambda: _confirm(_faulty(forms.ConfirmForm), sent_again=True),
    "invitation": lambda: render_template("idp/invitation.html", form=forms.EnrolForm(), minimum=15, refusal=""),
    "consent": _consent,
    "account": lambda: _account(2),
    "account-level-1": lambda: _account(1),
    "identity-level": lambda: _identity_level(1),
    "identity-level-2": lambda: _identity_level(2, 3),
    "identity-level-organisation": lambda: _identity_level(1, kind="organisation"),
    "identity-level-official": lambda: _identity_level(1, kind="official"),
    "sessions": _sessions,
    "portals": lambda: _portals(some=True),
    "portals-none": lambda: _portals(some=False),
    "access-log": lambda: _access_log(some=True),
    "access-log-none": lambda: _access_log(some=False),
    "own-data": lambda: render_template("idp/own_data.html", current="home", done=""),
    "closing": lambda: _closing(may=True),
    "closing-not-sure": lambda: _closing(may=True, refusal="Hãy đánh dấu vào ô trước."),
    "closing-official": lambda: _closing(may=False),
    "closed": lambda: render_template("idp/closed.html", days=14),
    "logout": lambda: render_template(
        "idp/logout.html", person=FACTS["name"], portals=[MINISTRY.name, PROVINCE.name], parameters={}
    ),
    "logout-done": lambda: _done(portals=_TOLD[:1], back=WayBack(MINISTRY.name, "https://dichvucong.moit.example/")),
    "logout-waiting": lambda: _done(portals=_TOLD, waiting=True),
    "logout-alone": _done,
    "unmet": _step_up,
    "unmet-wish": lambda: _step_up(essential=False),
    "step-up": lambda: _step_up(ways=_WAYS, lost_address="/lost"),
    "step-up-enrol": lambda: _step_up(enrol=_WAYS, essential=False),
    "step-up-own": lambda: render_template("idp/step_up_own.html", ways=_WAYS, instead=_WAYS[:1]),
    "step-up-own-none": lambda: render_template("idp/step_up_own.html", ways=[], instead=[]),
    "step-up-password": _step_up_password,
    "step-up-password-refused": lambda: _step_up_password(refusal="Đây không phải mật khẩu của bạn."),
    "step-up-code": lambda: _code_page("idp/step_up_code.html", asking=MINISTRY),
    "step-up-code-wrong": lambda: _code_page("idp/step_up_code.html", _faulty(forms.CodeForm)),
    "step-up-code-paper": lambda: _code_page(
        "idp/step_up_code.html", _faulty(forms.CodeForm, code=""), paper_address="/step-up/recovery-code"
    ),
    "step-up-code-wait": lambda: _code_page("idp/step_up_code.html", refusal="Hãy thử lại sau 4 phút.", can_send=True),
    "step-up-code-message": lambda: _code_page("idp/step_up_code.html", confirmation="abc"),
    "step-up-code-released": lambda: _code_page("idp/step_up_code.html", released=True),
    "step-up-recovery": lambda: _code_page("idp/step_up_code.html", on_paper=True, refusal="Đã nhập sai mã quá nhiều lần."),
    "totp": _totp,
    "totp-errors": lambda: _totp(_faulty(forms.EnrolTotpForm)),
    "recovery-codes": _recovery_codes,
    "recovery-codes-made": lambda: _recovery_codes(*(f"k7m2-9xqp-3wd{digit}" for digit in range(2, 10))),
    "recovery": lambda: _recovery("idp/recovery.html", forms.RecoveryForm()),
    "recovery-over": lambda: _recovery("idp/recovery.html", forms.RecoveryForm(), refusal="Mã này không còn dùng được."),
    "recovery-code": lambda: _recovery("idp/recovery_code.html", forms.ConfirmForm()),
    "recovery-password": lambda: _recovery_password(forms.NewPasswordForm(), "password"),
    "recovery-two": lambda: _recovery_password(_faulty(forms.NewPasswordAndCodeForm), "password", "totp"),
    "recovery-passkey": lambda: _recovery_password(forms.NewPasswordForm(), "password", "passkey"),
    "change-password": lambda: _change_password(forms.NewPasswordForm()),
    "contacts": lambda: _contacts(_OWN_PHONE, _OWN_EMAIL, done="Đã xác nhận."),
    "contacts-one": lambda: _contacts(
        replace(_OWN_PHONE, can_remove=False), ContactView("email", "", False, True, False), waiting=masked("a@thu.example")
    ),
    "contacts-stopped": lambda: _contacts(replace(_OWN_PHONE, recovers_from=NOW, stopped=True, confirmed=False)),
    "contacts-unreachable": lambda: _contacts(replace(_OWN_PHONE, can_change=False)),
    "contact-phone": lambda: _contact_change("phone", forms.PhoneNumberForm()),
    "contact-email": lambda: _contact_change("email", forms.EmailForm()),
    "contact-errors": lambda: _contact_change("email", _faulty(forms.EmailForm, contact=""), has_one=True),
    "contact-code": _contact_code,
    "contact-code-wrong": lambda: _contact_code(_faulty(forms.ConfirmForm)),
    "contact-code-again": lambda: _contact_code(sent_again=True),
    "contact-over": lambda: render_template(
        "idp/contact_over.html", current="home", refusal="Mã này không còn dùng được. Hãy yêu cầu mã mới."
    ),
    "contact-remove": _contact_remove,
    "contact-remove-last": lambda: _contact_remove("Đây là nơi liên hệ duy nhất của bạn."),
    "freeze": lambda: render_template("idp/freeze.html", state="ask"),
    "freeze-done": lambda: render_template("idp/freeze.html", state="stopped"),
    "freeze-frozen": lambda: render_template("idp/freeze.html", state="frozen"),
    "authenticators": _authenticators,
    "authenticator-remove": _remove,
    "authenticator-last": lambda: _remove("Đây là cách đăng nhập cuối cùng của bạn."),
    "passkey": _passkey,
    "passkey-confirm": lambda: _passkey(confirming=True, asking=None),
    "passkey-refused": lambda: _passkey(refusal="Khóa truy cập này không có ở đây; có thể đã bị gỡ."),
    "passkeys": lambda: _passkeys(_PHONE, _COPIED, done="Đã thêm khóa truy cập."),
    "passkeys-none": _passkeys,
    "passkeys-for-portal": lambda: _passkeys(_PHONE, asking=MINISTRY, onward_address="/authorize"),
    "passkey-add": _passkey_add,
    "passkey-add-refused": lambda: _passkey_add("Thao tác quá lâu hoặc đã được dùng rồi."),
    "certificates": _certificates,
    "certificates-waiting": lambda: _certificates(shown=[], waiting=True, refusals=["Khóa này đã có chứng thư số."]),
    "certificates-level-1": lambda: _certificates(shown=[], proofed=False),
    "certificate-enrol": lambda: render_template("idp/certificate_enrol.html", current="certificates", refusal="Lỗi."),
    "certificate-stop": lambda: render_template(
        "idp/certificate_stop.html", current="certificates", shown=_CERTIFICATE, refusal="Hãy chọn."
    ),
    "certificate-refused": lambda: render_template(
        "idp/certificate_refused.html", refusal="Trình duyệt không xuất trình chứng thư số nào.", back_address="/signin"
    ),
    "certificate-sign-in": _certificate_sign_in,
    "certificate-sign-in-refused": lambda: _certificate_sign_in("Chứng thư số này đã bị thu hồi.", asking=None),
    "phone": lambda: _phone("start"),
    "phone-refused": lambda: _phone("start", refusal=gettext(REASONS[Reason.NOT_BY_PHONE])),
    "phone-waiting": _phone_waiting,
    "phone-approved": lambda: _phone("approved", None, person=FACTS["name"]),
    "phone-over": lambda: _phone("over", refusal="Mã này đã hết hiệu lực."),
    "phone-confirm": lambda: _phone_confirm("ask"),
    "phone-confirm-own": lambda: _phone_confirm("ask", None),
    "phone-confirmed": lambda: _phone_confirm("approved"),
    "phone-no": lambda: _phone_confirm("refused"),
    "phone-signed-out": lambda: _phone_confirm("sign-in-first"),
    "phone-wrong": lambda: _phone_confirm("over", refusal="Đó không phải số trên máy tính."),
    "form-post": lambda: render_template(
        "idp/form_post.html", address="https://portal.example/cb", parameters={"code": "abc"}, portal=MINISTRY.name
    ),
    "signatures": _signatures,
    "signatures-errors": lambda: _signatures(_faulty(DocumentForm)),
    "signatures-challenged": lambda: _signatures(hurdle=Hurdle(Challenge("token", "nonce", 12)), refusal="Hãy chờ."),
    "signatures-passed": lambda: _verdict("success"),
    "signatures-failed": lambda: _verdict("danger", several=True),
    "signatures-undetermined": lambda: _verdict("warning"),
    "signatures-none": lambda: _verdict("info"),
    "messages": _messages,
    "look": _look,
    "protocol-error": lambda: page(
        Explanation(400, "Cổng dịch vụ gửi bạn đến đây đã gửi sai yêu cầu", "Hãy quay lại cổng dịch vụ.",
                    "invalid_request: redirect_uri is not one that this client registered")
    ),
}  # fmt: skip
for _status, (_title, _advice) in _BY_STATUS.items():
    PAGES[f"error-{_status}"] = lambda s=_status, t=_title, a=_advice: page(Explanation(s, gettext(t), gettext(a)))

NAMES = (
    "account.home",
    "contacts.listed",
    "contacts.code",
    "own_certificates.listed",
    "own_certificates.enrol",
    "identity_level.shown",
    "account.sessions",
    "account.portals",
    "account.end_session",
    "account.end_other_sessions",
    "account.withdraw",
    "access_log.seen",
    "closing.ask",
    "own_data.offered",
    "own_data.taken",
    "authenticators.listed",
    "own_passkeys.rename",
    "own_passkeys.ask_to_remove",
    "logout.logout",
    "logout.confirm",
    "signatures.signatures",
    "signin.signin",
    "signup.signup",
)
"""Where the pages' links and forms lead."""


def gallery() -> Flask:
    """Give an application that shows each page at ``/gallery/<name>``, all with status 200."""
    app = create_pages(Settings(_env_file=None, demo=True), b"s" * 32, ())
    for name in NAMES:
        app.add_url_rule(f"/{name}", name, lambda: "")
    for name in ("contacts.ask", "contacts.remove"):
        app.add_url_rule(f"/{name}/<channel>", name, lambda channel: channel)
    for name in ("own_certificates.stop", "own_certificates.release"):
        app.add_url_rule(f"/{name}/<serial>", name, lambda serial: serial)
    for name, entry in PAGES.items():
        app.add_url_rule(f"/gallery/{name}", f"gallery-{name}", _fine(entry))
    return app


def _fine(entry: Entry) -> Entry:
    def shown() -> Response:
        response: Response = make_response(entry())
        response.status_code = 200
        return response

    return shown
