"""Downloading everything held about one: whole, readable, recorded, and with nothing secret or of anybody else in it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from idp.domain import audit, consents
from idp.domain.audit import Action
from idp.domain.own_data import gathering, paper
from idp.http.pages import own_data_words
from idp.store import accounts as accounts_store
from idp.store import recoveries
from idp.store import tables as every
from idp.store.accounts import AuthenticatorRow
from idp.store.recoveries import RecoveryRow
from keys.store import certificates
from keys.store.certificates import RequestRow
from tests.idp.http.pages.conftest import PASSWORD, Enrol, enter
from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider

PAGE = "/account/download"
SEED = pyotp.random_base32()
NOT_OF_THE_PERSON = {"id", "account_id", "client_id", "serial", "kind", "sid", "gid"}


def take(visitor: Visitor, kind: str) -> Any:
    """Press one of the two buttons; gives the answer."""
    words = {"json": "Cho máy đọc (JSON)", "pdf": "Để đọc (PDF)"}[kind]
    visitor.open(PAGE)
    return visitor.press(words).response


@pytest.fixture
def lived(signed_in: Visitor, khai: str, provider: Provider, portal: Portal) -> Visitor:
    """Minh Khai, of whom every table that can hold something holds something."""
    services = provider.services
    consents.agree(services, khai, portal.client, ("openid", "profile", "offline_access"), {"birthdate"})
    portal.tokens(provider.signed_in(khai), scope="openid profile offline_access")
    now = services.now()
    sealed = services.sealer.seal(SEED.encode(), "totp")
    with services.database.write() as connection:
        kept = AuthenticatorRow("t1", khai, "recovery_code", now, "Mã của Khai", sealed, "a-lookup")
        accounts_store.add_authenticator(connection, kept)
        recoveries.add(connection, RecoveryRow("r1", khai, "counter", "stopped", "an-official", now, now))
        request = RequestRow("q1", khai, "citizen", "browser", b"a request", now)
        connection.execute(certificates.certificate_requests.insert().values(request.__dict__))
    services.audit_batch.flush()
    return signed_in


def test_it_needs_a_fresh_sign_in(signed_in: Visitor, provider: Provider):
    provider.clock.advance(301)

    assert signed_in.open(PAGE).path.startswith("/step-up")
    refused = signed_in.browser.post(PAGE, data={"kind": "json"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert refused.status_code in (303, 400)


def test_every_table_with_rows_of_an_account_is_in_it():
    linked = {
        table.name
        for metadata in every.every_metadata
        for table in metadata.sorted_tables
        if "account_id" in table.c or table.name == "accounts"
    }

    assert linked == set(gathering.HELD)
    assert set(gathering.HELD.values()) == set(gathering.SECTIONS)


def test_what_every_table_holds_is_there(lived: Visitor, khai: str, provider: Provider):
    held = take(lived, "json").json

    empty = {name for name in gathering.SECTIONS if not held[name]}
    assert empty == {"certificates"}, "an authority is needed for one; it has a story of its own"
    assert held["format"] == "motcua-own-data/1"
    assert held["account"]["name"] == "Nguyễn Thị Minh Khai"
    assert held["account"]["phone_number"] == "+84912345678"
    assert held["sign_in_names"] == ["email", "phone"]
    assert held["agreements"][0]["left_out"] == ["birthdate"]
    assert held["sessions"][0]["factors"][0]["kind"] == "password"
    assert held["trail_complete"] is True


def test_letters_are_whole_in_the_file(lived: Visitor):
    answer = take(lived, "json")

    assert "Nguyễn Thị Minh Khai" in answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="motcua-2026-')
    assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_secret_is_in_it(lived: Visitor, khai: str, provider: Provider):
    """Whatever a column named as hash, seal, secret or look-up holds for anybody is nowhere in the file."""
    text = take(lived, "json").text
    secret = ("hash", "sealed", "secret", "lookup", "fingerprint", "claim", "proofed", "thumbprint")
    seen = 0
    with provider.services.database.read() as connection:
        for metadata in every.every_metadata:
            for table in metadata.sorted_tables:
                for column in [each for each in table.c if any(sign in each.name for sign in secret)]:
                    if column.type.python_type not in (str, bytes):
                        continue
                    for value in connection.execute(select(column).where(column.is_not(None))).scalars():
                        seen += 1
                        assert (value.hex() if isinstance(value, bytes) else value) not in text, column
    assert seen > 10
    assert SEED not in text
    assert PASSWORD not in text


def test_a_claimed_number_is_its_owners_to_have(visitor: Visitor, enrol: Enrol):
    enrol("Đỗ Văn Ẩn", phone="+84987654321", personal_number="022094001234")

    account = take(enter(visitor.open("/signin"), "0987654321"), "json").json["account"]

    assert (account["personal_number"], account["personal_number_proofed"]) == ("022094001234", False)


def test_nothing_of_anybody_else_and_no_officials_account(lived: Visitor, enrol: Enrol, khai: str, provider: Provider):
    other = enrol("Đỗ Văn Ẩn", phone="+84987654321")
    with provider.services.database.write() as connection:
        look = audit.entry(
            Action.PERSONAL_DATA_READ,
            provider.clock(),
            actor=("administrator", other),
            object=("account", khai),
            reason="shown",
        )
        audit.record(connection, look)

    text = take(lived, "json").text

    assert other not in text
    assert "Ẩn" not in text
    assert '"by": "administrator"' in text


def test_taking_it_is_recorded(lived: Visitor, khai: str, provider: Provider):
    take(lived, "json")
    take(lived, "pdf")

    with provider.services.database.read() as connection:
        found = audit.entries_about(connection, khai, actions=[Action.OWN_DATA_DOWNLOADED])
    assert len(found) == 2


def read(paper: bytes, folder: Path) -> str:
    """Read a PDF as another program does."""
    (folder / "own.pdf").write_bytes(paper)
    run = subprocess.run(["pdftotext", "-layout", str(folder / "own.pdf"), "-"], capture_output=True, check=True)
    return run.stdout.decode()


def test_the_paper_has_every_letter(lived: Visitor, tmp_path: Path):
    answer = take(lived, "pdf")

    assert answer.headers["Content-Type"] == "application/pdf"
    text = read(answer.data, tmp_path)
    for words in ("Nguyễn Thị Minh Khai", "0912 345 678", "Những việc đã thực hiện với tài khoản", "mật khẩu"):
        assert words in " ".join(text.split())


def test_without_a_vietnamese_font_the_paper_says_so(tmp_path: Path):
    part = paper.Part("Thông tin", [[("Họ tên", "Đặng Thị Hồng")]])

    made = paper.pdf("Dữ liệu", "vi", 0.0, [part], fonts=[("/nowhere", "/nowhere")])

    text = read(made, tmp_path)
    assert "Dang Thi Hong" in text
    assert "no marks" in text


def test_a_kind_that_does_not_exist_gives_the_page_again(signed_in: Visitor, khai: str, provider: Provider):
    token = signed_in.open(PAGE).fields["csrf_token"]

    answer = signed_in.browser.post(PAGE, data={"csrf_token": token, "kind": "exe"})

    assert answer.status_code == 400
    with provider.services.database.read() as connection:
        assert audit.entries_about(connection, khai, actions=[Action.OWN_DATA_DOWNLOADED]) == []


def test_a_foreign_page_cannot_have_it_made(signed_in: Visitor):
    assert signed_in.browser.post(PAGE, data={"kind": "json"}).status_code == 400


def test_the_documented_members_are_those_of_the_file(lived: Visitor):
    documented = Path("docs/integrating/own-data.md").read_text(encoding="utf-8")

    for member in json.loads(take(lived, "json").text):
        assert f"`{member}`" in documented, member


def test_every_act_that_can_stand_in_a_persons_trail_has_words():
    assert set(own_data_words._ACTS) | own_data_words.IN_OFFICE == {str(action) for action in Action}
    assert not own_data_words.IN_OFFICE & set(own_data_words._ACTS)


def test_the_paper_counts_the_codes_and_leaves_out_what_is_not_known(signed_in: Visitor, tmp_path: Path):
    signed_in.open("/account/authenticators/recovery-codes").press("Tạo mười mã")

    text = " ".join(read(take(signed_in, "pdf").data, tmp_path).split())

    assert text.count("mã khôi phục") == 1
    assert "mã khôi phục (còn 10 mã)" in text
    assert "Địa chỉ: Mức" not in text
    assert "Lập lúc: 02/03/2026" in text
