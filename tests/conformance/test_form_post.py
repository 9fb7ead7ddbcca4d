"""Form Post OP plan: the answer travels in a form (OAuth 2.0 Form Post Response Mode)."""

from lxml import html

from tests.conformance.relying_party import Browser, RelyingParty


def test_server(rp: RelyingParty, browser: Browser) -> None:
    request = rp.request(response_mode="form_post")
    page = browser.through(browser.open(rp.metadata["authorization_endpoint"], **request))
    assert page.status_code == 200
    (form,) = [form for form in html.fromstring(page.content).forms if form.action == rp.callback]
    assert form.method == "POST"
    sent = dict(form.form_values())
    assert sent["state"] == request["state"]
    assert sent["iss"] == rp.metadata["issuer"]
    assert rp.redeem(sent).status_code == 200


def test_error_travels_in_the_form_too(rp: RelyingParty, browser: Browser) -> None:
    page = browser.open(rp.metadata["authorization_endpoint"], **rp.request(response_mode="form_post", prompt="none"))
    (form,) = [form for form in html.fromstring(page.content).forms if form.action == rp.callback]
    assert dict(form.form_values())["error"] == "login_required"
