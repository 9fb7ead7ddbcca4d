"""Getting a certificate: the page keeps a request, the worker issues, and the account alone says whom it names."""

import base64
import stat
from pathlib import Path

import pytest
from lxml import html
from werkzeug.test import Client, TestResponse

from idp.domain import certificates
from idp.domain.certificates import issuing
from idp.domain.certificates.demo_keys import demo_keys, write_demo_keys
from idp.domain.certificates.finding import opened
from idp.domain.demo_people import seed_demo_people
from idp.errors import Refusal
from keys.sealing import SealBroken
from tests.idp.certificates.guest import SAME_SITE, Guest
from tests.support.certificates import OPERATOR, Office, Owner, new_key, request_for
from tests.support.clock import StoppedClock
from tests.support.provider import Provider


class Applicant:
    """Somebody who is signed in and asks for a certificate on the page."""

    def __init__(self, provider: Provider, account_id: str, *kinds: str) -> None:
        self.provider = provider
        self.browser: Client = provider.signed_in(account_id, *kinds)

    def asks(self, content: bytes | str) -> TestResponse:
        """Send what the page's script would send."""
        page = self.browser.get("/account/certificates/new", headers=SAME_SITE)
        assert page.status_code == 200, page.headers.get("Location")
        token = html.fromstring(page.text).xpath("//form[@id='enrol-form']//input[@name='csrf_token']")[0].get("value")
        encoded = content if isinstance(content, str) else base64.b64encode(content).decode()
        form = {"csrf_token": token, "request": encoded}
        return self.browser.post("/account/certificates/new", data=form, headers=SAME_SITE)

    def sees(self) -> str:
        """Read the list."""
        return self.browser.get("/account/certificates", headers=SAME_SITE).text


@pytest.fixture
def account(office: Office) -> str:
    return office.account()


@pytest.fixture
def applicant(provider: Provider, account: str) -> Applicant:
    return Applicant(provider, account)


def test_a_request_waits_for_the_worker_and_becomes_a_certificate(
    provider: Provider, office: Office, applicant: Applicant, account: str
) -> None:
    key = new_key()
    assert applicant.asks(request_for(key)).status_code == 303
    waiting = applicant.sees()
    assert "Your certificate is being made" in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting, "without scripts the page looks again by itself"
    assert certificates.find(provider.services, account_id=account) == []

    office.at_work()
    (row,) = certificates.find(provider.services, account_id=account)
    assert row.key_place == "browser"
    assert row.serial in applicant.sees()
    with provider.services.database.read() as connection:
        made = opened(connection, provider.services.sealer, row.serial)
    assert Guest(provider).signs_in(Owner(account, key, row, made.certificate)).is_in


def test_the_subject_is_the_account_s_whatever_the_request_says(
    provider: Provider, office: Office, applicant: Applicant, account: str
) -> None:
    applicant.asks(request_for(new_key(), "Trần Quốc Đạt"))
    office.at_work()
    (row,) = certificates.find(provider.services, account_id=account)
    with provider.services.database.read() as connection:
        subject = opened(connection, provider.services.sealer, row.serial).subject
    assert subject == "UID=CCCD:001185012345,CN=Nguyễn Thị Minh Khai,C=VN"


def test_delivered_twice_it_is_issued_once(
    provider: Provider, office: Office, applicant: Applicant, account: str
) -> None:
    applicant.asks(request_for(new_key()))
    office.at_work()
    with provider.services.database.read() as connection:
        (request,) = issuing.store.requests_of(connection, account)
    issuing.issue_posted(provider.services, office.vault, {"request": request.id})
    assert len(certificates.find(provider.services, account_id=account)) == 1


def _without_proof(content: bytes) -> bytes:
    """A request for somebody else's key: the signature is not that key's."""
    changed = bytearray(content)
    changed[-1] ^= 1
    return bytes(changed)


@pytest.mark.parametrize(
    "content",
    ["", "not base64!", b"rubbish", b"\x30\x80", request_for(new_key())[:-5], _without_proof(request_for(new_key())),
     "A" * 20_000],
    ids=["nothing", "not-base64", "rubbish", "endless", "cut-off", "no-proof", "too-long"],
)  # fmt: skip
def test_what_is_no_request_is_refused_at_once(
    provider: Provider, applicant: Applicant, account: str, content: bytes | str
) -> None:
    response = applicant.asks(content)
    assert response.status_code == 400
    assert "Please try again" in response.text
    with provider.services.database.read() as connection:
        assert issuing.store.requests_of(connection, account) == []


def test_one_key_gets_one_certificate(provider: Provider, office: Office, khai: Owner) -> None:
    """Not even its owner gets a second one, so that revoking the first leaves nothing behind."""
    other = Applicant(provider, office.account("Trần Quốc Đạt", "022090023456", gender="male"))
    for each in (other, Applicant(provider, khai.account_id, "browser_key")):
        assert "make a new key" in each.asks(request_for(khai.key)).text


def test_two_requests_for_one_key_at_once(
    provider: Provider, office: Office, applicant: Applicant, account: str
) -> None:
    content = request_for(new_key())
    applicant.asks(content)
    applicant.asks(content)
    office.at_work()
    assert len(certificates.find(provider.services, account_id=account)) == 1
    assert "make a new key" in applicant.sees()


def test_level_1_gets_none(provider: Provider, office: Office) -> None:
    account_id = office.account("Lê Thùy Dương", identity_level=1, number="001185012399", phone="+84912000099")
    applicant = Applicant(provider, account_id)
    assert "Bring your identity card" in applicant.sees()
    assert applicant.asks(request_for(new_key())).status_code == 403


def test_an_old_sign_in_is_not_enough(provider: Provider, applicant: Applicant, clock: StoppedClock) -> None:
    clock.advance(301)
    response = applicant.browser.get("/account/certificates/new")
    assert response.status_code == 303
    assert "/step-up?" in response.headers["Location"]


def test_nobody_waits_for_more_than_a_few(applicant: Applicant) -> None:
    for _ in range(issuing.WAITING):
        assert applicant.asks(request_for(new_key())).status_code == 303
    assert "still wait" in applicant.asks(request_for(new_key())).text


def test_nobody_has_more_than_ten(office: Office, account: str) -> None:
    for _ in range(issuing.MOST):
        office.owner(account)
    with pytest.raises(Refusal, match="as many certificates"):
        office.owner(account)


def test_an_official_without_an_agency_gets_none(provider: Provider, office: Office) -> None:
    account_id = office.account(kind="official", agency=None)
    with pytest.raises(Refusal, match="lacks a name"):
        office.owner(account_id)


def test_a_profile_of_another_kind_of_account(office: Office, account: str) -> None:
    for profile in ("official", "business", "no-such"):
        with pytest.raises(Refusal, match="no such certificate"):
            office.owner(account, profile=profile)


def test_somebody_else_s_certificate_is_not_there(provider: Provider, applicant: Applicant, office: Office) -> None:
    other = office.owner(office.account("Trần Quốc Đạt", "022090023456", gender="male"))
    assert applicant.browser.get(f"/account/certificates/{other.serial}/stop").status_code == 404
    assert other.serial not in applicant.sees()


def test_the_certificate_is_kept_sealed(provider: Provider, khai: Owner) -> None:
    """It names a person: the database alone tells nobody whom."""
    with provider.services.database.read() as connection:
        sealed = issuing.store.der_of(connection, khai.serial)
        assert sealed is not None
        assert b"Minh Khai" not in sealed
        with pytest.raises(SealBroken):
            provider.services.sealer.open(sealed, "certificate of another")


def test_it_is_found_by_name_without_marks(provider: Provider, khai: Owner) -> None:
    for typed in ("Nguyễn Thị Minh Khai", "nguyen thi  minh khai", "NGUYỄN THỊ MINH KHAI"):
        assert [row.serial for row in certificates.find(provider.services, subject=typed)] == [khai.serial]
    assert certificates.find(provider.services, subject="Khai") == []


def test_a_serial_number_may_be_typed_as_tools_show_it(provider: Provider, khai: Owner) -> None:
    pairs = [khai.serial[at : at + 2] for at in range(0, 32, 2)]
    for typed in (":".join(pairs).upper(), f"0x{khai.serial}", khai.serial.lstrip("0"), f" {khai.serial} "):
        assert certificates.get(provider.services, typed).serial == khai.serial


def test_web_processes_answer_without_the_authority_s_key(
    provider: Provider, office: Office, khai: Owner, tmp_path: Path
) -> None:
    """A provider that cannot read the issuing keys still answers, signs in and revokes; it issues nothing."""
    key_file = tmp_path / "authority-key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key_file.write_bytes(b"x" * 32)  # 32 other bytes: whoever opens a sealed key with them fails
    assert provider.browser().get("/crl/public.crl").status_code == 200
    assert Guest(provider).signs_in(khai).is_in
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    with provider.services.database.read() as connection:
        stored = issuing.store.find(connection, khai.serial)
        assert stored is not None
        assert stored.status == "revoked"
        from idp.domain.certificates.authorities import open_vault

        vault = open_vault(provider.services.settings)
        assert vault is not None
        with pytest.raises(SealBroken):
            vault.issuer(connection, "public")


def test_the_web_s_own_sealer_opens_no_issuing_key(provider: Provider, office: Office) -> None:
    from keys.authority.vault import Vault

    with provider.services.database.read() as connection, pytest.raises(SealBroken):
        Vault(provider.services.sealer).issuer(connection, "public")


def test_without_an_authority_nothing_is_offered(tmp_path: Path, clock: StoppedClock) -> None:
    from tests.support.provider import make_provider

    key = tmp_path / "kek"
    key.write_bytes(b"k" * 32)
    made = make_provider(tmp_path, clock, demo=False, key_encryption_key_file=key)
    browser = made.browser()
    assert "/signin/certificate" not in browser.get("/signin").text
    for path in ("/signin/certificate", "/account/certificates", "/ocsp/public", "/crl/public.crl", "/ca/public.cer"):
        assert browser.get(path).status_code == 404
    made.services.database.dispose()


def test_the_demo_s_key_files(provider: Provider, office: Office, tmp_path: Path) -> None:
    seed_demo_people(provider.services)
    assert write_demo_keys(provider.services, office.vault) == 2
    assert write_demo_keys(provider.services, office.vault) == 0, "the second start changes nothing"
    for files in demo_keys(tmp_path):
        for path in (files.key_file, files.certificate_file):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in demo_keys(tmp_path)[1].key_file.read_bytes()
    demo_keys(tmp_path)[0].key_file.unlink()
    assert write_demo_keys(provider.services, office.vault) == 1
