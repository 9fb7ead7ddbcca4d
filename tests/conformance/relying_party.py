"""The test plans' relying party and browser: they know the provider's address and speak HTTP, nothing else.

A browser without JavaScript that fills forms by their field names, and a client that registers itself.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import KeySet
from lxml import html

USERNAME, PASSWORD = "001185012345", "thuyen ve ben cu chieu mua"


class Browser:
    """One browser: cookies, redirects within the provider, forms.

    :param second_factor: gives a one-time code when a page asks for one.
    """

    def __init__(self, issuer: str, username: str = USERNAME, second_factor: Callable[[], str] | None = None) -> None:
        self.issuer = issuer
        self.username = username
        self.second_factor = second_factor
        self.asked_for: list[str] = []
        """The provider's pages that asked for something, in order."""
        self.http = requests.Session()
        self.http.headers["Accept-Language"] = "en"

    def open(self, address: str, **parameters: Any) -> requests.Response:
        """Follow redirects as long as they stay at the provider; give the last answer."""
        return self._follow(self.http.get(address, params=parameters, allow_redirects=False, timeout=20))

    def post(self, address: str, data: Any) -> requests.Response:
        """Send a form and follow."""
        return self._follow(self.http.post(address, data=data, allow_redirects=False, timeout=20))

    def fill(self, page: requests.Response, **values: str) -> requests.Response:
        """Send the page's own form, with these fields filled in: the one that has them, else the last that posts."""
        forms = [form for form in html.fromstring(page.content).forms if form.method == "POST"]
        form = ([form for form in forms if values.keys() <= set(form.fields)] or forms)[-1]
        kept = [(name, value or "") for name, value in form.form_values() if name not in values]
        return self.post(urljoin(page.url, form.action or page.url), [*kept, *values.items()])

    def through(self, page: requests.Response, *, password: str = PASSWORD) -> requests.Response:
        """Sign in and agree wherever a page asks for it, until the answer leaves the provider."""
        for _ in range(6):
            step = urlsplit(page.url).path.removeprefix(urlsplit(self.issuer).path)
            if page.status_code != 200 or step not in self.STEPS:
                break
            self.asked_for.append(step)
            page = self.STEPS[step](self, page, password)
        return page

    def _sign_in(self, page: requests.Response, password: str) -> requests.Response:
        return self.fill(page, username=self.username, password=password)

    def _agree(self, page: requests.Response, _password: str) -> requests.Response:
        return self.fill(page, answer="agree")

    def _choose(self, page: requests.Response, _password: str) -> requests.Response:
        """Take the way by one-time code among those that the page offers."""
        ways = [str(link.get("href")) for link in html.fromstring(page.content).iter("a")]
        (way,) = [address for address in ways if "/step-up/code" in address]
        return self.open(urljoin(page.url, way))

    def _give_code(self, page: requests.Response, _password: str) -> requests.Response:
        assert self.second_factor is not None, "a second factor is asked for, and there is none"
        return self.fill(page, code=self.second_factor())

    STEPS: ClassVar[dict[str, Callable[["Browser", requests.Response, str], requests.Response]]] = {
        "/signin": _sign_in,
        "/consent": _agree,
        "/step-up": _choose,
        "/step-up/code": _give_code,
    }

    def _follow(self, answer: requests.Response) -> requests.Response:
        while answer.is_redirect and urljoin(answer.url, answer.headers["Location"]).startswith(self.issuer + "/"):
            answer = self.http.get(urljoin(answer.url, answer.headers["Location"]), allow_redirects=False, timeout=20)
        return answer


@dataclass
class RelyingParty:
    """A client that registered itself dynamically."""

    metadata: dict[str, Any]
    registered: dict[str, Any]
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def callback(self) -> str:
        """Its redirect URI."""
        return str(self.registered["redirect_uris"][0])

    def request(self, **changed: str | None) -> dict[str, str]:
        """An ordinary authorization request, with changes; None leaves a parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        usual = {
            "client_id": self.registered["client_id"],
            "redirect_uri": self.callback,
            "response_type": "code",
            "scope": "openid",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**usual, **changed}.items() if value is not None}

    def authorize(self, browser: Browser, **changed: str | None) -> dict[str, str]:
        """Go through the authorization endpoint; give the parameters of the answer, checked for state and issuer."""
        request = self.request(**changed)
        answer = browser.through(browser.open(self.metadata["authorization_endpoint"], **request))
        return self.answer(answer, request)

    def answer(self, answer: requests.Response, request: dict[str, str]) -> dict[str, str]:
        """Read the redirect that leads to the client."""
        location = answer.headers.get("Location", "")
        assert location.startswith(self.callback), (answer.status_code, answer.url, answer.text[:500])
        parts = urlsplit(location)
        given = dict(parse_qsl(parts.fragment or parts.query, keep_blank_values=True))
        assert given.get("state") == request.get("state")
        assert given["iss"] == self.metadata["issuer"]
        return given | {"sent_nonce": request.get("nonce", "")}

    def token(self, **form: str) -> requests.Response:
        """POST to the token endpoint with the registered method of authentication."""
        return self._post("token_endpoint", form)

    def redeem(self, answer: dict[str, str], **changed: str) -> requests.Response:
        """Exchange the code of an answer."""
        form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": self.callback}
        return self.token(**{**form, "code_verifier": self.verifier, **changed})

    def tokens(self, browser: Browser, **changed: str | None) -> dict[str, Any]:
        """Sign in and give the token response, its ID token verified and its claims under ``claims``."""
        answer = self.authorize(browser, **changed)
        response = self.redeem(answer)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body | {"claims": self.verified(body["id_token"], answer["sent_nonce"] or None)}

    def verified(self, id_token: str, nonce: str | None) -> dict[str, Any]:
        """Verify an ID token with the published keys and give its claims (Core §3.1.3.7)."""
        keys = KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=10).json())
        algorithm = self.registered.get("id_token_signed_response_alg", "RS256")
        claims = dict(jwt.decode(id_token, keys, algorithms=[algorithm]).claims)
        assert claims["iss"] == self.metadata["issuer"]
        assert claims["aud"] == self.registered["client_id"]
        assert nonce is None or claims["nonce"] == nonce
        assert claims["exp"] > claims["iat"]
        return claims

    def userinfo(self, token: str) -> dict[str, Any]:
        """Read UserInfo with the token in the header."""
        response = requests.get(
            self.metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def _post(self, endpoint: str, form: dict[str, str]) -> requests.Response:
        method = self.registered["token_endpoint_auth_method"]
        pair = (self.registered["client_id"], self.registered.get("client_secret", ""))
        if method == "client_secret_basic":
            return requests.post(self.metadata[endpoint], data=form, auth=pair, timeout=10)
        secret = {"client_secret": pair[1]} if method == "client_secret_post" else {}
        return requests.post(self.metadata[endpoint], data={**form, "client_id": pair[0], **secret}, timeout=10)
