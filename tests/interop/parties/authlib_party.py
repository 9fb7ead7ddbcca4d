"""A relying party on Authlib's Flask client: sign-in with PKCE, UserInfo, a refresh, a step-up, a sign-out."""

import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, jsonify, redirect, session, url_for

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])

app = Flask(__name__)
app.config.update(SECRET_KEY=os.urandom(32), SESSION_COOKIE_NAME="authlib_party")
provider = OAuth(app).register(
    "motcua",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": os.environ["SCOPE"], "code_challenge_method": "S256"},
)


@app.get("/login")
def login() -> Response:
    answer: Response = provider.authorize_redirect(url_for("callback", _external=True))
    return answer


@app.get("/step-up")
def step_up() -> Response:
    """Ask for more (RFC 9470 §4): the library passes any parameter on."""
    answer: Response = provider.authorize_redirect(url_for("callback", _external=True), acr_values=os.environ["ACR"])
    return answer


@app.get("/callback")
def callback() -> Response:
    token = provider.authorize_access_token()
    claims = dict(token["userinfo"])
    known = dict(provider.userinfo(token=token))
    metadata = provider.load_server_metadata()
    with provider._get_oauth_client(**metadata) as client:
        renewed = client.refresh_token(metadata["token_endpoint"], refresh_token=token["refresh_token"])
    session["me"] = {
        "claims": claims,
        "userInfo": known,
        "refreshed": renewed["refresh_token"] != token["refresh_token"],
        "idToken": token["id_token"],
    }
    return redirect("/me")  # type: ignore[return-value]


@app.get("/me")
def me() -> Response:
    return jsonify(session.get("me") or {"signedOut": True})


@app.get("/logout")
def logout() -> Response:
    known = session.pop("me")
    address = provider.load_server_metadata()["end_session_endpoint"]
    landing = url_for("me", _external=True)
    return redirect(f"{address}?id_token_hint={known['idToken']}&post_logout_redirect_uri={landing}")  # type: ignore[return-value]


if __name__ == "__main__":
    app.run("127.0.0.1", PORT)
