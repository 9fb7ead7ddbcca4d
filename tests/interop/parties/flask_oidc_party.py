"""A relying party on Flask-OIDC, as its own documentation sets one up: its refresh by itself, a step-up, a sign-out."""

import os

from flask import Flask, Response, g, jsonify, redirect, session, url_for
from flask_oidc import OpenIDConnect

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])

app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.urandom(32),
    SESSION_COOKIE_NAME="flask_oidc_party",
    OIDC_CLIENT_SECRETS={
        "web": {"client_id": os.environ["CLIENT_ID"], "client_secret": os.environ["CLIENT_SECRET"], "issuer": ISSUER}
    },
    OIDC_SCOPES=os.environ["SCOPE"],
    OIDC_INTROSPECTION_AUTH_METHOD="client_secret_basic",
)
oidc = OpenIDConnect(app)


@app.get("/me")
def me() -> Response:
    if not oidc.user_loggedin:
        return jsonify({"signedOut": True})
    token = session["oidc_auth_token"]
    claims = dict(token["userinfo"]) if "userinfo" in token else None
    return jsonify(
        {"claims": claims, "userInfo": dict(session["oidc_auth_profile"]), "refreshToken": token["refresh_token"]}
    )


@app.get("/step-up")
def step_up() -> Response:
    session["next"] = url_for("me", _external=True)
    answer: Response = g._oidc_auth.authorize_redirect(
        url_for("oidc_auth.authorize", _external=True), acr_values=os.environ["ACR"]
    )
    return answer


@app.get("/grow-old")
def grow_old() -> Response:
    """Make the access token look expired: the library refreshes before the next page by itself."""
    session["oidc_auth_token"] = {**session["oidc_auth_token"], "expires_at": 1}
    return redirect(url_for("me"))  # type: ignore[return-value]


@app.get("/sign-out")
def sign_out() -> Response:
    """The library's own sign-out is local; the provider is asked as RP-Initiated Logout says."""
    hint = session["oidc_auth_token"]["id_token"]
    address = g._oidc_auth.load_server_metadata()["end_session_endpoint"]
    session.clear()
    landing = url_for("me", _external=True)
    return redirect(f"{address}?id_token_hint={hint}&post_logout_redirect_uri={landing}")  # type: ignore[return-value]


@app.get("/")
def home() -> Response:
    return me()


if __name__ == "__main__":
    app.run("127.0.0.1", PORT)
