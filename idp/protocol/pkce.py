"""Proof Key for Code Exchange (RFC 7636): S256 alone, demanded where RFC 9700 §2.1.1 asks for it.

``plain`` is refused always: whoever can read the request can read the verifier with it.
"""

import hashlib
import hmac
import re

from idp.errors import InvalidGrant, InvalidRequest
from keys.jose import b64url

METHODS = ("S256",)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def check_challenge(challenge: str | None, method: str | None) -> None:
    """Check what an authorization request sent (RFC 7636 §4.3).

    :raises InvalidRequest: for any method but S256, or a challenge that is no SHA-256.
    """
    if challenge is None:
        if method is not None:
            raise InvalidRequest("code_challenge_method without code_challenge (RFC 7636 §4.3)")
        return
    if method != "S256":
        raise InvalidRequest("code_challenge_method must be S256 (RFC 9700 §2.1.1)")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code_challenge is not the base64url of a SHA-256 (RFC 7636 §4.2)")


def check_verifier(challenge: str | None, verifier: str | None) -> None:
    """Check the verifier at the token endpoint (RFC 7636 §4.6).

    :raises InvalidGrant: when there is one without the other (a downgrade, RFC 9700 §4.8.2) or they do not match.
    """
    if challenge is None and verifier is None:
        return
    if challenge is None:
        raise InvalidGrant("code_verifier sent, but the authorization request had no code_challenge (RFC 9700 §2.1.1)")
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("code_verifier is missing or malformed (RFC 7636 §4.1)")
    computed = b64url(hashlib.sha256(verifier.encode("ascii")).digest())
    if not hmac.compare_digest(computed, challenge):
        raise InvalidGrant("code_verifier does not match code_challenge (RFC 7636 §4.6)")
