"""Where passkeys are offered at all, and that nothing of their library is loaded before one is used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from idp.commands.doctor.settings import look_at_passkeys
from idp.domain.authenticators.passkeys.relying_party import RelyingParty, obstacle, relying_party
from idp.settings import Settings


@pytest.mark.parametrize(
    ("issuer", "party"),
    [
        ("https://dangnhap.gov.example", RelyingParty("dangnhap.gov.example", "https://dangnhap.gov.example")),
        ("https://gov.example/mot-cua", RelyingParty("gov.example", "https://gov.example")),
        ("https://Gov.Example:8443", RelyingParty("gov.example", "https://gov.example:8443")),
        ("https://gov.example:443", RelyingParty("gov.example", "https://gov.example")),
        ("http://localhost:8000", RelyingParty("localhost", "http://localhost:8000")),
        ("http://idp.localhost", RelyingParty("idp.localhost", "http://idp.localhost")),
    ],
)
def test_they_are_made_for_the_issuers_host(issuer: str, party: RelyingParty):
    assert relying_party(Settings(issuer=issuer)) == party


@pytest.mark.parametrize(
    ("issuer", "why", "words"),
    [
        ("http://127.0.0.1:8000", "address", "names only"),
        ("https://203.0.113.7", "address", "names only"),
        ("https://[2001:db8::1]:8443", "address", "names only"),
        ("http://gov.example", "insecure", "https only"),
    ],
)
def test_where_browsers_refuse_they_are_not_offered_and_doctor_says_why(issuer: str, why: str, words: str):
    settings = Settings(issuer=issuer)

    assert (obstacle(settings), relying_party(settings)) == (why, None)
    (finding,) = look_at_passkeys(settings, 0)
    assert finding.state == "note"
    assert words in finding.sentence


def test_the_library_is_loaded_by_the_first_ceremony_alone(tmp_path: Path):
    script = "import sys, wsgi; wsgi.idp_application(); sys.exit('webauthn' in sys.modules)"
    surroundings = {**os.environ, "MOTCUA_HOME": str(tmp_path), "MOTCUA_DEMO": "true"}
    assert subprocess.run([sys.executable, "-c", script], check=False, env=surroundings).returncode == 0
