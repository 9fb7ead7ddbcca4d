"""How the measuring browser finds its way through a sign-in page, whoever wrote it."""

from bench.browser import PasswordForm

OURS = """<form method="get" action="/search"><input name="q"></form>
<form method="post"><input type="hidden" name="csrf_token" value="a-token">
<input id="username" name="username" type="text"><input name="password" type="password"><button>Đăng nhập</button></form>
<form method="post" action="/signin/passkey"><input type="hidden" name="csrf_token" value="another">
<input type="hidden" name="credential" value=""></form>"""


def test_the_form_with_the_password_is_found_among_others() -> None:
    form = PasswordForm(OURS)
    assert (form.name_field, form.password_field) == ("username", "password")


def test_its_own_hidden_fields_are_sent_and_no_other_forms() -> None:
    assert PasswordForm(OURS).fields == {"csrf_token": "a-token"}


def test_a_form_without_an_address_is_sent_where_it_came_from() -> None:
    assert PasswordForm(OURS).action == ""


def test_the_address_of_the_form_is_taken_where_it_has_one() -> None:
    page = (
        '<form action="/interaction/1/login" method="post"><input name="login"><input name="pw" type="password"></form>'
    )
    form = PasswordForm(page)
    assert (form.action, form.name_field, form.password_field) == ("/interaction/1/login", "login", "pw")


def test_a_page_without_a_password_has_no_such_form() -> None:
    assert not PasswordForm('<form><input name="code"></form>').password_field
