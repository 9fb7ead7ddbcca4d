"""Two officials at a counter: the pages lead each to their part, and say in words what the management API refuses."""

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from idp.domain import account_stop, accounts
from idp.domain.accounts import NewAccount
from idp.domain.authenticators import password, ways
from idp.store import accounts as accounts_store
from tests.clients.console.conftest import CONSOLE, Administrator, words_of
from tests.idp.accounts.conftest import Mailbox
from tests.support.provider import Provider

NUMBER = "001185012345"
KHAI = NewAccount(
    "Nguyễn Thị Minh Khai", identity_level=2, personal_number=NUMBER, birthdate="1985-11-20", phone="+84912000001"
)
FILLED = {"paper": "identity_card", "method": "counter", "contact": ""}
Enter = Callable[..., Administrator]


@pytest.fixture
def khai(real: Provider) -> str:
    services = real.services
    with services.database.write() as connection:
        account_id = accounts.create(connection, services.sealer, KHAI, at=services.clock(), actor=("operator", "t"))
        password.keep(connection, services.sealer, account_id, "a hash", at=services.now())
    return account_id


@pytest.fixture
def ha(enter: Enter) -> Administrator:
    return enter("counter_official", agency="H49")


@pytest.fixture
def son(enter: Enter) -> Administrator:
    return enter("counter_official", agency="H49")


def finds(who: Administrator, number: str = NUMBER) -> TestResponse:
    return who.press(who.see("/counter"), "/counter", by="personal_number", value=number)


def proposes(who: Administrator, khai: str, **changed: str) -> str:
    """Propose; gives the address of what comes."""
    page = finds(who)
    who.press(page, "/counter/person", **{"account_id": khai, **FILLED, **changed})
    found = re.search(r'href="(/counter/[0-9a-f-]{36})"', who.see("/counter").text)
    assert found
    return found[1]


def has_a_way_in(real: Provider, khai: str) -> bool:
    with real.services.database.read() as connection:
        return bool(ways.owned(connection, khai, real.services.now()))


def test_from_the_card_to_the_account(ha: Administrator, son: Administrator, real: Provider, khai: str) -> None:
    found = words_of(finds(ha))
    assert "Nguyễn Thị Minh Khai" in found
    assert "20/11/1985" in found
    assert "•••••••••001" in found

    path = proposes(ha, khai)
    assert "Cần một cán bộ khác xác nhận" in words_of(ha.see(path))
    assert has_a_way_in(real, khai)

    page = son.see(path)
    done = son.press(page, f"{path}/confirm", paper="identity_card", number="001 185 012 345")
    assert "Tài khoản đã được trả lại" in words_of(done)
    assert not has_a_way_in(real, khai)
    assert path not in son.see("/counter").text


def test_the_number_stands_in_no_address(ha: Administrator, khai: str) -> None:
    answer = ha.at_portals[CONSOLE].get("/counter/person")

    assert NUMBER not in finds(ha).request.url
    assert NUMBER not in answer.headers.get("Location", "")


def test_the_first_official_is_told_to_ask_a_colleague(ha: Administrator, real: Provider, khai: str) -> None:
    path = proposes(ha, khai)

    assert f'action="{path}/confirm"' not in ha.see(path).text
    forced = ha.press_anyway(path, f"{path}/confirm", paper="identity_card", number=NUMBER)
    assert forced.status_code == 403
    assert "một đồng nghiệp phải xác nhận" in words_of(forced)
    assert has_a_way_in(real, khai)


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"paper": "identity_card", "number": "022090023456"}, 422, "Đây không phải số của chủ tài khoản"),
        ({"paper": "identity_card", "number": ""}, 422, "Hãy điền đủ"),
        ({"paper": "a promise", "number": NUMBER}, 422, "Hãy điền đủ"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(
    ha: Administrator,
    son: Administrator,
    real: Provider,
    khai: str,
    fields: dict[str, str],
    status: int,
    words: str,
) -> None:
    path = proposes(ha, khai)

    answer = son.press(son.see(path), f"{path}/confirm", **fields)

    assert answer.status_code == status
    assert words in words_of(answer)
    assert has_a_way_in(real, khai)


def test_a_new_phone_is_set_once_its_code_was_read(
    ha: Administrator, son: Administrator, real: Provider, khai: str
) -> None:
    box = Mailbox(real.services.database, real.services.sealer, real.clock)
    path = proposes(ha, khai, contact="0977 000 123")
    code = next(
        found[0]
        for each in box.post()
        if each.recipient.address == "+84977000123" and (found := re.search(r"\b\d{6}\b", each.body))
    )
    early = son.press(son.see(path), f"{path}/confirm", paper="vneid", number=NUMBER)
    assert early.status_code == 409
    assert "Trước hết hãy nhập mã" in words_of(early)
    wrong = son.press(son.see(path), f"{path}/contact", code="x")
    assert "Đây không phải mã đã gửi" in words_of(wrong)

    entered = son.press(son.see(path), f"{path}/contact", code=code)
    assert "Mã đã được đọc" in words_of(entered)
    assert "•••••••••123" in words_of(entered)
    assert "Tài khoản đã được trả lại" in words_of(son.press(entered, f"{path}/confirm", paper="vneid", number=NUMBER))
    with real.services.database.read() as connection:
        now = accounts.find_by_name(connection, real.services.sealer, "0977000123")
    assert now is not None
    assert now.id == khai


def test_a_contact_that_is_none_comes_back_with_what_was_filled_in(ha: Administrator, khai: str) -> None:
    answer = ha.press(
        finds(ha), "/counter/person", account_id=khai, paper="passport", method="reproofing", contact="nobody"
    )

    assert answer.status_code == 422
    assert "có thể liên lạc được" in words_of(answer)
    assert 'value="nobody"' in answer.text
    assert re.search(r'value="passport" checked', answer.text)


def test_either_of_them_stops_it(ha: Administrator, son: Administrator, khai: str) -> None:
    path = proposes(ha, khai)

    assert "Không có gì thay đổi" in words_of(son.press(son.see(path), f"{path}/stop"))
    assert "Không có gì thay đổi" in words_of(ha.see(path))


def test_a_number_of_nobody(ha: Administrator, khai: str) -> None:
    for number in ("022090023456", "12", "x" * 400):
        answer = finds(ha, number)
        assert answer.status_code == 404
        assert "Không có ai mang số này" in words_of(answer)


def test_a_frozen_account_offers_nothing(ha: Administrator, real: Provider, khai: str) -> None:
    account_stop.freeze_account(real.services, khai, actor=("operator", "t"), reason="suspected")

    page = finds(ha)

    assert "đang bị khóa" in words_of(page)
    assert 'action="/counter/person"' not in page.text


def test_another_agency_sees_nothing_of_it(ha: Administrator, khai: str, enter: Enter) -> None:
    path, other = proposes(ha, khai), enter("counter_official", agency="G02")

    assert other.see(path).status_code == 404
    assert "Minh Khai" not in other.see("/counter").text


def test_who_lost_the_role_is_told_so(ha: Administrator, real: Provider, khai: str) -> None:
    page = finds(ha)
    with real.services.database.write() as connection:
        accounts_store.change(connection, ha.account, roles=())

    answer = ha.press(page, "/counter/person", account_id=khai, **FILLED)

    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/counter", "/counter/person", f"/counter/{'0' * 8}-0000-0000-0000-{'0' * 12}"])
def test_the_pages_are_for_officials_at_a_counter(central: Administrator, path: str) -> None:
    assert central.see(path).status_code == 403


def test_an_official_at_a_counter_begins_there_and_administers_nothing(ha: Administrator) -> None:
    assert "Đang mở tại quầy này" in words_of(ha.see("/home"))
    for path in ("/people", "/certificates", "/portals"):
        assert ha.see(path).status_code == 403


def test_nothing_is_proposed_from_another_site(ha: Administrator, khai: str) -> None:
    finds(ha)

    answer = ha.at_portals[CONSOLE].post("/counter/person", data={"account_id": khai, **FILLED})

    assert answer.status_code == 400
    assert not re.search(r'href="/counter/[0-9a-f-]{36}"', ha.see("/counter").text)
