"""The counter over the API: two officials of one agency, in person, four eyes; and everybody who tries it otherwise."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.domain import account_recovery, account_stop, accounts, freezing
from idp.domain.accounts import NewAccount
from idp.domain.authenticators import password, ways
from idp.domain.counter.acts import SEARCHES
from idp.store import accounts as accounts_store
from idp.store import recoveries
from idp.store.audit import Entry
from tests.idp.accounts.conftest import Mailbox
from tests.idp.http.api.conftest import Caller
from tests.support.provider import Provider

OPERATOR = ("operator", "test")
NUMBER, ANOTHER = "001185012345", "022090023456"
ALL = "/api/counter/recoveries"
KHAI = NewAccount(
    "Nguyễn Thị Minh Khai",
    identity_level=2,
    personal_number=NUMBER,
    birthdate="1985-11-20",
    phone="+84912000001",
    email="minhkhai@example.vn",
)
NEW_PHONE = "0977 000 123"
CODE = re.compile(r"\b\d{6}\b")


@pytest.fixture
def make(provider: Provider) -> Callable[[NewAccount], str]:
    """Makes an account with a password, as a person has."""

    def make(new: NewAccount) -> str:
        services = provider.services
        with services.database.write() as connection:
            account_id = accounts.create(connection, services.sealer, new, at=services.clock(), actor=OPERATOR)
            password.keep(connection, services.sealer, account_id, "a hash", at=services.now())
        return account_id

    return make


@pytest.fixture
def khai(make: Callable[[NewAccount], str]) -> str:
    return make(KHAI)


@pytest.fixture
def ha(enter: Callable[..., Caller]) -> Caller:
    """The first official of Quảng Ninh's counter."""
    return enter("counter_official", agency="H49")


@pytest.fixture
def son(enter: Callable[..., Caller]) -> Caller:
    """The second one."""
    return enter("counter_official", agency="H49")


@pytest.fixture
def post(provider: Provider) -> Mailbox:
    services = provider.services
    box = Mailbox(services.database, services.sealer, provider.clock)
    box.post()
    return box


def propose(by: Caller, account_id: str, **changed: str) -> TestResponse:
    return by.post(ALL, {"account_id": account_id, "method": "counter", "paper": "identity_card", **changed})


def proposed(by: Caller, account_id: str, **changed: str) -> str:
    """Propose; gives the recovery's path."""
    answer = propose(by, account_id, **changed)
    assert answer.status_code == 200, answer.text
    return f"{ALL}/{(answer.json or {})['recovery_id']}"


def confirm(by: Caller, path: str, number: str = NUMBER) -> TestResponse:
    return by.post(f"{path}/confirm", {"personal_number": number, "paper": "identity_card"})


def says(answer: TestResponse) -> tuple[int, str]:
    """The status of a refusal and its word."""
    return answer.status_code, (answer.json or {}).get("word", "")


def owned(provider: Provider, account_id: str) -> frozenset[str]:
    with provider.services.database.read() as connection:
        return ways.owned(connection, account_id, provider.services.now())


def state_of(provider: Provider, path: str) -> str:
    with provider.services.database.read() as connection:
        row = recoveries.find(connection, path.rpartition("/")[2])
    assert row is not None
    return row.state


def change(provider: Provider, account_id: str, **values: Any) -> None:
    with provider.services.database.write() as connection:
        accounts_store.change(connection, account_id, **values)


class TestInPerson:
    def test_the_number_on_the_card_finds_the_person_and_hides_the_rest(self, ha: Caller, khai: str) -> None:
        answer = ha.post("/api/counter/search", {"personal_number": "001 185 012 345"})

        person = (answer.json or {})["person"]
        assert person["account_id"] == khai
        assert (person["name"], person["birthdate"]) == (KHAI.name, "1985-11-20")
        assert (person["phone"], person["email"]) == ("•••••••••001", "m•••@example.vn")

    def test_two_officials_give_the_account_back(
        self, ha: Caller, son: Caller, khai: str, provider: Provider, post: Mailbox
    ) -> None:
        path = proposed(ha, khai)
        assert owned(provider, khai) == {"password"}
        assert [item["recovery_id"] for item in (son.get(ALL).json or {})["items"]] == [path.rpartition("/")[2]]

        answer = confirm(son, path)

        assert (answer.status_code, (answer.json or {})["state"]) == (200, "done")
        assert owned(provider, khai) == frozenset()
        assert (son.get(ALL).json or {})["items"] == []

    def test_the_owner_is_told_on_every_channel_of_the_proposal_and_of_the_end(
        self, ha: Caller, son: Caller, khai: str, post: Mailbox
    ) -> None:
        path = proposed(ha, khai)
        told = post.post()
        assert sorted(each.recipient.address for each in told) == ["+84912000001", "minhkhai@example.vn"]
        assert all("/freeze/" in each.body for each in told)

        confirm(son, path)
        assert {address for address, _ in post.subjects()} == {"+84912000001", "minhkhai@example.vn"}

    def test_the_trail_names_both_officials_their_agency_and_what_they_saw(
        self, ha: Caller, son: Caller, khai: str, trail: Callable[[str], list[Entry]]
    ) -> None:
        confirm(son, proposed(ha, khai))

        begun, done = trail("recovery_begun")[0], trail("account_recovered")[0]
        assert [(each.actor_kind, each.actor_id) for each in (begun, done)] == [
            ("official", ha.account),
            ("official", son.account),
        ]
        for each in (begun, done):
            assert (each.account_id, each.agency) == (khai, "H49")
            assert each.details["paper"] == "identity_card"
        looked = trail("personal_data_read")
        assert looked
        assert {(each.account_id, each.reason) for each in looked} == {(khai, "counter")}

    def test_one_official_alone_needs_seventy_two_hours(
        self, ha: Caller, son: Caller, khai: str, provider: Provider
    ) -> None:
        path = proposed(ha, khai, method="reproofing")

        assert says(confirm(son, path)) == (409, "waits")
        provider.clock.advance(account_recovery.WAIT)
        account_recovery.take_effect_where_due(provider.services)
        assert owned(provider, khai) == frozenset()

    def test_either_official_stops_it(self, ha: Caller, son: Caller, khai: str, provider: Provider) -> None:
        path = proposed(ha, khai)

        assert son.call("POST", f"{path}/stop").status_code == 200
        assert says(ha.call("POST", f"{path}/stop")) == (409, "over")
        assert state_of(provider, path) == "stopped"
        assert says(confirm(son, path)) == (409, "over")
        assert owned(provider, khai) == {"password"}


class TestFourEyes:
    def test_the_same_official_twice(self, ha: Caller, khai: str, provider: Provider) -> None:
        path = proposed(ha, khai)

        assert says(confirm(ha, path)) == (403, "same_official")
        assert owned(provider, khai) == {"password"}

    def test_an_official_of_another_agency(self, ha: Caller, khai: str, provider: Provider, enter: Any) -> None:
        path = proposed(ha, khai)
        for agency in ("G02", "H49.12", "H4"):
            other = enter("counter_official", agency=agency)
            assert confirm(other, path).status_code == 404
            assert other.get(path).status_code == 404
            assert other.call("POST", f"{path}/stop").status_code == 404
            assert (other.get(ALL).json or {})["items"] == []
        assert state_of(provider, path) == "proposed"

    def test_an_official_without_an_agency(self, khai: str, enter: Any) -> None:
        nowhere = enter("counter_official", agency=None)

        assert says(propose(nowhere, khai)) == (403, "not_at_counter")

    def test_a_role_withdrawn_from_the_first_before_the_second_confirms(
        self, ha: Caller, son: Caller, khai: str, provider: Provider
    ) -> None:
        path = proposed(ha, khai)
        change(provider, ha.account, roles=())

        assert says(confirm(son, path)) == (409, "first_official_gone")
        assert owned(provider, khai) == {"password"}

    @pytest.mark.parametrize("left", [{"agency": "H49.12"}, {"state": "frozen"}, {"kind": "citizen"}])
    def test_a_first_official_who_left_before_the_second_confirms(
        self, ha: Caller, son: Caller, khai: str, provider: Provider, left: dict[str, str]
    ) -> None:
        path = proposed(ha, khai)
        change(provider, ha.account, **left)

        assert says(confirm(son, path)) == (409, "first_official_gone")

    def test_a_role_withdrawn_from_the_second(self, ha: Caller, son: Caller, khai: str, provider: Provider) -> None:
        path = proposed(ha, khai)
        change(provider, son.account, roles=("receiver",))

        assert confirm(son, path).status_code == 403
        assert owned(provider, khai) == {"password"}

    def test_a_role_withdrawn_while_seventy_two_hours_run(self, ha: Caller, khai: str, provider: Provider) -> None:
        path = proposed(ha, khai, method="reproofing")
        change(provider, ha.account, roles=())
        provider.clock.advance(account_recovery.WAIT)

        account_recovery.take_effect_where_due(provider.services)

        assert state_of(provider, path) == "stopped"
        assert owned(provider, khai) == {"password"}

    def test_a_confirmation_that_is_sent_again(
        self, ha: Caller, son: Caller, khai: str, provider: Provider, trail: Callable[[str], list[Entry]]
    ) -> None:
        path = proposed(ha, khai)
        confirm(son, path)
        with provider.services.database.write() as connection:
            password.keep(connection, provider.services.sealer, khai, "a new hash", at=provider.services.now())

        assert says(confirm(son, path)) == (409, "over")
        assert owned(provider, khai) == {"password"}
        assert len(trail("account_recovered")) == 1

    def test_a_proposal_for_oneself(self, ha: Caller, son: Caller, provider: Provider, make: Any) -> None:
        services = provider.services
        number = accounts.SignInName("personal_number", ANOTHER).fingerprint(services.sealer)
        change(provider, ha.account, personal_number_proofed=number)

        assert says(propose(ha, ha.account)) == (403, "own_account")
        path = proposed(son, ha.account)
        assert says(confirm(ha, path, ANOTHER)) == (403, "own_account")

    def test_the_second_one_reads_the_card_too(
        self, ha: Caller, son: Caller, khai: str, provider: Provider, trail: Callable[[str], list[Entry]]
    ) -> None:
        path = proposed(ha, khai)

        for number in (ANOTHER, "00118501234", "x", "٠٠١١٨٥٠١٢٣٤٥"):
            assert says(confirm(son, path, number)) == (422, "other_number")
        assert owned(provider, khai) == {"password"}
        assert {(each.outcome, each.reason, each.account_id) for each in trail("recovery_refused")} == {
            ("refused", "other_number", khai)
        }

    def test_nobody_confirmed_within_a_day(self, ha: Caller, son: Caller, khai: str, provider: Provider) -> None:
        path = proposed(ha, khai)
        with provider.services.database.write() as connection:
            connection.execute(recoveries.recoveries.update().values(effective_at=provider.services.now()))

        assert says(confirm(son, path)) == (409, "over")


class TestWhoseAccount:
    @pytest.mark.parametrize("stop", [account_stop.freeze_account, account_stop.close_account])
    def test_a_frozen_or_closed_account_is_not_given_back(
        self, ha: Caller, son: Caller, khai: str, provider: Provider, stop: Callable[..., None]
    ) -> None:
        path = proposed(ha, khai)
        stop(provider.services, khai, actor=OPERATOR, reason="suspected")

        assert confirm(son, path).status_code in (404, 409)
        assert propose(ha, khai).status_code in (404, 409)
        assert state_of(provider, path) in ("proposed", "stopped")

    def test_a_frozen_account_is_found_and_the_refusal_says_why(
        self, ha: Caller, khai: str, provider: Provider
    ) -> None:
        account_stop.freeze_account(provider.services, khai, actor=OPERATOR, reason="suspected")

        found = ha.post("/api/counter/search", {"personal_number": NUMBER}).json or {}
        assert found["person"]["state"] == "frozen"
        assert says(propose(ha, khai)) == (409, "not_active")

    def test_a_name_that_somebody_typed_proves_nothing(self, ha: Caller, make: Any) -> None:
        claimed = make(NewAccount("Phạm Văn Hữu", personal_number=ANOTHER, email="huu@example.vn"))

        assert ha.post("/api/counter/search", {"personal_number": ANOTHER}).status_code == 404
        assert propose(ha, claimed).status_code == 404

    def test_officials_only_of_the_own_agency_and_below(self, ha: Caller, make: Any) -> None:
        def official(agency: str, number: str) -> str:
            new = NewAccount("Vũ Hải Nam", kind="official", identity_level=2, personal_number=number, agency=agency)
            return str(make(new))

        assert propose(ha, official("G02", "001086089011")).status_code == 404
        assert propose(ha, official("H491", "001086089013")).status_code == 404
        assert propose(ha, official("H49", "001086089014")).status_code == 200
        assert propose(ha, official("H49.12", "001086089015")).status_code == 200

    def test_nobody_who_may_do_more_than_the_officials(
        self, ha: Caller, son: Caller, make: Any, provider: Provider
    ) -> None:
        lan = make(
            NewAccount(
                "Phạm Thị Ngọc Lan",
                kind="official",
                identity_level=2,
                personal_number=ANOTHER,
                agency="H49",
                roles=("administrator",),
            )
        )
        assert ha.post("/api/counter/search", {"personal_number": ANOTHER}).status_code == 404
        assert propose(ha, lan).status_code == 404

        change(provider, lan, roles=())
        path = proposed(ha, lan)
        change(provider, lan, roles=("administrator",))
        assert confirm(son, path, ANOTHER).status_code == 404
        assert owned(provider, lan) == {"password"}

    def test_one_at_a_time(self, ha: Caller, son: Caller, khai: str) -> None:
        proposed(ha, khai)

        assert says(propose(son, khai)) == (409, "under_way")

    def test_numbers_are_not_tried_out(self, ha: Caller, khai: str) -> None:
        for _ in range(SEARCHES):
            assert ha.post("/api/counter/search", {"personal_number": ANOTHER}).status_code == 404

        assert says(ha.post("/api/counter/search", {"personal_number": NUMBER})) == (429, "too_many")


class TestWho:
    @pytest.mark.parametrize("roles", [("administrator", "central_administrator"), ("receiver",)])
    def test_the_role_is_needed(self, khai: str, enter: Any, roles: tuple[str, ...]) -> None:
        assert propose(enter(*roles, agency="H49"), khai).status_code == 403

    def test_the_scope_is_needed(self, khai: str, enter: Any) -> None:
        lacking = enter("counter_official", agency="H49", scope="account:read")

        assert propose(lacking, khai).status_code == 403

    def test_two_factors_are_needed(self, khai: str, enter: Any) -> None:
        weak = enter("counter_official", agency="H49", factors=("password",))

        assert propose(weak, khai).status_code == 401

    def test_acts_need_a_fresh_sign_in(self, ha: Caller, son: Caller, khai: str, enter: Any) -> None:
        from tests.idp.http.api.conftest import RIGHTS

        path = proposed(ha, khai)
        portal = ha.provider.portal(agency="G22", scope=f"openid {RIGHTS}")
        browser = ha.provider.signed_in(son.account, "password", "totp")
        ha.provider.clock.advance(400)
        asked = {"scope": f"openid {RIGHTS}", "resource": ha.provider.services.settings.api}
        late = Caller(ha.provider, portal.tokens(browser, **asked)["access_token"], son.account)

        assert late.get(path).status_code == 200
        for answer in (confirm(late, path), propose(late, khai)):
            assert answer.status_code == 401
            assert 'max_age="300"' in answer.headers["WWW-Authenticate"]

    def test_the_owners_link_stops_it_before_the_second_confirms(
        self, ha: Caller, son: Caller, khai: str, provider: Provider, post: Mailbox
    ) -> None:
        path = proposed(ha, khai)
        link = post.post()[0].body.rpartition("/freeze/")[2]
        freezing.stop_everything(provider.services, link)

        assert says(confirm(son, path)) == (409, "over")
        assert owned(provider, khai) == {"password"}


class TestANewChannel:
    def code(self, post: Mailbox) -> str:
        newest = [each for each in post.post() if each.recipient.address == "+84977000123"][-1]
        found = CODE.search(newest.body)
        assert found
        return found[0]

    def test_it_replaces_the_lost_ones_once_its_code_was_read(
        self, ha: Caller, son: Caller, khai: str, provider: Provider, post: Mailbox
    ) -> None:
        path = proposed(ha, khai, new_contact=NEW_PHONE)
        code = self.code(post)
        assert says(confirm(son, path)) == (409, "contact_unconfirmed")
        assert owned(provider, khai) == {"password"}

        entered = son.post(f"{path}/contact", {"code": code})
        assert (entered.json or {})["new_contact_confirmed"] is True
        assert confirm(son, path).status_code == 200

        told = post.post()
        assert {each.recipient.address for each in told if "thay" in each.subject} == {
            "+84912000001",
            "minhkhai@example.vn",
        }
        assert "+84977000123" in {each.recipient.address for each in told}
        services = provider.services
        with services.database.read() as connection:
            found = accounts.find_by_name(connection, services.sealer, NEW_PHONE)
            assert found is not None
            assert found.id == khai
            assert (found.phone_confirmed, found.email_confirmed, found.email_sealed) == (True, False, None)
            for lost in ("0912000001", "minhkhai@example.vn"):
                assert accounts.find_by_name(connection, services.sealer, lost) is None

    def test_what_was_given_is_nowhere_once_it_is_over(
        self, ha: Caller, khai: str, provider: Provider, post: Mailbox
    ) -> None:
        path = proposed(ha, khai, new_contact=NEW_PHONE)
        ha.call("POST", f"{path}/stop")

        with provider.services.database.read() as connection:
            row = recoveries.find(connection, path.rpartition("/")[2])
        assert row is not None
        assert (row.state, row.contact_sealed) == ("stopped", None)

    def test_its_code_cannot_be_guessed_or_used_for_another(
        self, ha: Caller, khai: str, make: Any, post: Mailbox
    ) -> None:
        path = proposed(ha, khai, new_contact=NEW_PHONE)
        code = self.code(post)
        other = proposed(ha, make(NewAccount("Trần Quốc Đạt", identity_level=2, personal_number=ANOTHER)),
                         new_contact="0977000124")  # fmt: skip

        assert says(ha.post(f"{other}/contact", {"code": code})) == (400, "wrong_code")
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        for _ in range(5):
            assert says(ha.post(f"{path}/contact", {"code": wrong})) == (400, "wrong_code")
        assert says(ha.post(f"{path}/contact", {"code": code})) == (410, "code_over")

    def test_another_code_makes_the_first_one_void(self, ha: Caller, khai: str, post: Mailbox) -> None:
        path = proposed(ha, khai, new_contact=NEW_PHONE)
        first = self.code(post)
        assert ha.call("POST", f"{path}/contact/code").status_code == 200
        second = self.code(post)

        assert first == second or says(ha.post(f"{path}/contact", {"code": first})) == (400, "wrong_code")
        assert ha.post(f"{path}/contact", {"code": second}).status_code == 200

    def test_somebody_elses_channel_is_told_and_never_set(
        self, ha: Caller, son: Caller, khai: str, make: Any, post: Mailbox
    ) -> None:
        make(NewAccount("Trần Quốc Đạt", phone="+84977000123"))
        path = proposed(ha, khai, new_contact=NEW_PHONE)

        (told,) = (each for each in post.post() if each.recipient.address == "+84977000123")
        assert CODE.search(told.body) is None
        assert says(ha.post(f"{path}/contact", {"code": "000000"})) == (400, "wrong_code")
        assert says(confirm(son, path)) == (409, "contact_unconfirmed")

    def test_a_channel_that_became_somebody_elses_meanwhile_undoes_everything(
        self, ha: Caller, son: Caller, khai: str, make: Any, provider: Provider, post: Mailbox
    ) -> None:
        path = proposed(ha, khai, new_contact=NEW_PHONE)
        ha.post(f"{path}/contact", {"code": self.code(post)})
        make(NewAccount("Trần Quốc Đạt", phone="+84977000123"))

        assert says(confirm(son, path)) == (409, "contact_taken")
        assert owned(provider, khai) == {"password"}
        assert state_of(provider, path) == "proposed"

    def test_after_seventy_two_hours_an_unread_code_changes_nothing(
        self, ha: Caller, khai: str, provider: Provider
    ) -> None:
        path = proposed(ha, khai, method="reproofing", new_contact=NEW_PHONE)
        provider.clock.advance(account_recovery.WAIT)

        account_recovery.take_effect_where_due(provider.services)

        assert state_of(provider, path) == "stopped"
        assert owned(provider, khai) == {"password"}

    @pytest.mark.parametrize("typed", ["12345", "001185012345", "x@", "\x00", "khai@example"])
    def test_what_reaches_nobody_is_refused(self, ha: Caller, khai: str, provider: Provider, typed: str) -> None:
        assert says(propose(ha, khai, new_contact=typed)) == (422, "no_contact")
        with provider.services.database.read() as connection:
            assert recoveries.open_of(connection, khai) == []

    def test_another_counter_cannot_enter_the_code(self, ha: Caller, khai: str, post: Mailbox, enter: Any) -> None:
        path = proposed(ha, khai, new_contact=NEW_PHONE)
        other = enter("counter_official", agency="G02")

        assert other.post(f"{path}/contact", {"code": self.code(post)}).status_code == 404
        assert other.call("POST", f"{path}/contact/code").status_code == 404
