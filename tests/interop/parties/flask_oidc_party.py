"""A relying party on Flask-OIDC, as its own documentation sets one up."""

import os

from flask import Flask, Response, jsonify, session
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
    return jsonify(
        {"claims": dict(session["oidc_auth_token"]["userinfo"]), "userInfo": dict(session["oidc_auth_profile"])}
    )


@app.get("/")
def home() -> Response:
    return me()


if __name__ == "__main__":
    app.run("127.0.0.1", PORT)
