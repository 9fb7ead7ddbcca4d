"""Signing in with the certificate that the device holds: Chromium shows it in TLS to a real nginx, which asks for it.

The terminator stands at an address of its own; everything begins and ends at the issuer's. A certificate that was revoked is
refused there with a sentence that says what to do, and the way back leads to the other ways to sign in.
"""

import subprocess
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from idp.domain.certificates.demo_keys import DemoKey, demo_keys
from tests.journeys.conftest import ASKS, Invite
from tests.journeys.test_one_door import agrees_if_asked
from tests.support.chromium import Look, Visitor
from tests.support.demo import IN_THE_CLONE, Demo

WAY = "Use a certificate of this device"


def test_from_the_first_handshake_to_a_revoked_certificate(proxied_demo: Demo, invite: Invite) -> None:
    files = next(each for each in demo_keys(proxied_demo.home) if not each.passphrase)
    owner = invite(Look("vi", 360), ignore_https_errors=True, client_certificates=[held(proxied_demo, files)])

    signs_in_at_a_portal(owner, proxied_demo, files)
    sees_what_was_used(owner, proxied_demo)
    revokes(proxied_demo, files)
    is_out_everywhere(owner, proxied_demo, files)
    is_refused_and_told_what_to_do(owner, proxied_demo)


def test_a_device_without_one_is_told_what_to_do(proxied_demo: Demo, invite: Invite) -> None:
    stranger = invite(Look("en", 1280), ignore_https_errors=True)
    stranger.open(f"{proxied_demo.issuer}/signin")
    stranger.press(WAY)

    stranger.sees(
        "Your browser showed no certificate. Install it on this device, close the browser, and begin once more."
    )
    stranger.press("Another way")
    assert stranger.page.url.startswith(f"{proxied_demo.issuer}/signin")


def held(demo: Demo, files: DemoKey) -> dict[str, Any]:
    """The owner's certificate as their device holds it: for the address that asks, and for no other."""
    port = urlsplit(demo.issuer).port
    return {"origin": f"https://{ASKS}:{port}", "certPath": files.certificate_file, "keyPath": files.key_file}


def signs_in_at_a_portal(visitor: Visitor, demo: Demo, files: DemoKey) -> None:
    visitor.open(f"{demo.sites['national']}/")
    visitor.press("Sign in")
    visitor.press(WAY)
    agrees_if_asked(visitor, demo)
    assert visitor.page.url.startswith(demo.sites["national"])
    visitor.open(f"{demo.sites['national']}/me")
    visitor.sees(files.name)


def sees_what_was_used(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.issuer}/account/sessions")
    visitor.sees("Certificate")


def revokes(demo: Demo, files: DemoKey) -> None:
    serial = x509.load_pem_x509_certificate(files.certificate_file.read_bytes()).serial_number
    command = ["cert", "revoke", f"{serial:032x}", "--reason", "keyCompromise"]
    subprocess.run([*IN_THE_CLONE, *command], env=demo.environment, capture_output=True, check=True, timeout=60)


def is_out_everywhere(visitor: Visitor, demo: Demo, files: DemoKey) -> None:
    visitor.open(f"{demo.issuer}/account")
    assert "/signin" in visitor.page.url
    for _ in range(50):
        visitor.page.goto(f"{demo.sites['national']}/")
        if visitor.page.get_by_text(files.name).count() == 0:
            return
        visitor.page.wait_for_timeout(100)
    raise AssertionError("the portal still knows whose certificate was revoked")


def is_refused_and_told_what_to_do(visitor: Visitor, demo: Demo) -> None:
    visitor.open(f"{demo.issuer}/signin")
    visitor.press(WAY)
    visitor.sees("This certificate does not sign you in")
    visitor.sees("This certificate has been revoked. Sign in another way and get a new one in your account.")
    visitor.press("Another way")
    assert visitor.page.url.startswith(f"{demo.issuer}/signin")
    visitor.sees("Sign in")
