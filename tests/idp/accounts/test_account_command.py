"""``motcua account``: every act of an operator, non-interactive, with nothing but the result on standard output."""

import json

import pytest
from click.testing import CliRunner

from idp.domain.profile import load_profile
from idp.domain.sign_in import AccountFrozen, NotSignedIn, make_sign_in
from idp.services import Services
from idp.store import grants as grants_store
from idp.store import sessions as sessions_store
from idp.store.direct import within
from idp.store.grants import FamilyRow
from idp.store.sessions import SessionRow
from tests.idp.accounts.conftest import Run, Trail
from wsgi import command_line

PASSWORD = "mưa rơi trên mái ngói cũ"
NUMBER = "001099012345"


@pytest.fixture
def run(command: Run) -> Run:
    """Run ``motcua account …``."""
    return lambda *arguments, **options: command("account", *arguments, **options)


@pytest.fixture
def added(run: Run) -> dict[str, object]:
    """The account of the design's example."""
    arguments = ["--personal-id", NUMBER, "--name", "Nguyễn Văn A", "--level", "2", "--password-stdin", "--json"]
    made: dict[str, object] = json.loads(run("add", *arguments, typed=PASSWORD + "\n").stdout)
    return made


class TestAdding:
    def test_with_number_and_level_2_it_is_proofed_and_signs_in_with_the_number(
        self, installation: Services, added: dict[str, object]
    ) -> None:
        assert added["identity_level"] == 2
        assert added["kind"] == "citizen"
        signed_in = make_sign_in(installation).with_password(NUMBER, PASSWORD, address="127.0.0.1")
        assert signed_in.account_id == added["id"]

    def test_an_official_has_agency_and_roles(self, run: Run, installation: Services) -> None:
        arguments = ["--personal-id", NUMBER, "--name", "Đặng Thu Hương", "--level", "2"]
        roles = ["--role", "receiver", "--role", "signer", "--agency", "H49"]
        made = json.loads(run("add", *arguments, *roles, "--json").stdout)
        assert (made["kind"], made["agency"], made["roles"]) == ("official", "H49", ["receiver", "signer"])

    def test_a_level_1_account_is_reached_as_the_operator_says(self, run: Run, installation: Services) -> None:
        made = json.loads(run("add", "--name", "Lê Thùy Dương", "--phone", "0912 345 678", "--json").stdout)
        with installation.database.read() as connection:
            profile = load_profile(connection, installation.sealer, made["id"])
        assert profile is not None
        assert (profile.phone_number, profile.identity_level) == ("+84912345678", 1)

    def test_an_organisation_has_a_code(self, run: Run) -> None:
        arguments = ["--name", "Công ty Gốm", "--organisation-code", "0100109106", "--level", "2"]
        assert json.loads(run("add", *arguments, "--json").stdout)["kind"] == "organisation"

    def test_for_people_it_prints_lines(self, run: Run) -> None:
        output = run("add", "--name", "Lê Thùy Dương", "--phone", "0912345678").stdout
        assert "identity_level     1" in output

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--phone", "123"], "no phone number"),
            (["--email", "nobody"], "no e-mail address"),
            (["--personal-id", "12345", "--level", "2"], "twelve digits"),
            (["--personal-id", NUMBER], "needs a confirmed phone number"),
            (["--level", "2"], "needs the number"),
            (["--phone", "0912345678", "--birthdate", "31/12/1999"], "year, month and day"),
        ],
    )
    def test_what_cannot_be_right_is_one_sentence_and_no_account(
        self, run: Run, arguments: list[str], words: str
    ) -> None:
        result = run("add", "--name", "Nguyễn Văn A", *arguments, "--json", status=1)
        assert words in result.stderr
        assert result.stdout == ""
        assert json.loads(run("list", "--json").stdout) == []

    def test_a_number_that_is_proofed_already_is_refused(self, run: Run, added: dict[str, object]) -> None:
        result = run("add", "--personal-id", NUMBER, "--name", "Người Khác", "--level", "2", status=1)
        assert "Another account" in result.stderr


class TestPasswords:
    def arguments(self) -> list[str]:
        return ["add", "--name", "Lê Thùy Dương", "--phone", "0912345678", "--password-stdin", "--json"]

    @pytest.mark.parametrize("typed", ["", "\n", "ngắn\n", "matkhau123\n", "x" * 300])
    def test_too_short_stolen_or_too_long_is_refused(self, run: Run, typed: str) -> None:
        run(*self.arguments(), typed=typed, status=1)
        assert json.loads(run("list", "--json").stdout) == []

    def test_what_is_no_text_is_refused(self, run: Run) -> None:
        assert "UTF-8" in run(*self.arguments(), typed=b"\xff\xfe" * 20, status=1).stderr

    def test_a_weak_one_is_the_operators_to_answer_for(self, run: Run, installation: Services) -> None:
        result = run(*self.arguments(), typed="quả mít rơi\n")
        assert "Warning" in result.stderr
        json.loads(result.stdout)
        assert make_sign_in(installation).with_password("0912345678", "quả mít rơi", address="127.0.0.1")

    def test_only_the_lines_end_is_not_part_of_it(self, run: Run, installation: Services) -> None:
        run(*self.arguments(), typed=f" {PASSWORD} \r\n")
        assert make_sign_in(installation).with_password("0912345678", f" {PASSWORD} ", address="127.0.0.1")

    def test_it_is_printed_nowhere(self, run: Run) -> None:
        result = run(*self.arguments(), typed=PASSWORD)
        assert "mái ngói" not in result.output + result.stderr


class TestLooking:
    def test_the_list_holds_nothing_personal(self, run: Run, added: dict[str, object]) -> None:
        output = run("list").stdout
        assert str(added["id"]) in output
        assert "Nguyễn" not in output + run("list", "--json").stdout
        assert NUMBER not in output

    def test_the_list_goes_on_where_it_ended(self, run: Run) -> None:
        for end in range(3):
            run("add", "--name", "Lê Thùy Dương", "--phone", f"091234567{end}")
        first = json.loads(run("list", "--limit", "2", "--json").stdout)
        rest = json.loads(run("list", "--after", first[-1]["id"], "--json").stdout)
        assert (len(first), len(rest)) == (2, 1)

    @pytest.mark.parametrize("by", ["id", "number"])
    def test_showing_one_in_full_is_recorded_with_its_reason(
        self, run: Run, added: dict[str, object], installation: Services, by: str
    ) -> None:
        named = NUMBER if by == "number" else str(added["id"])
        shown = json.loads(run("show", named, "--reason", "complaint", "--json").stdout)
        assert (shown["name"], shown["personal_number"]) == ("Nguyễn Văn A", NUMBER)
        last = Trail(installation.database).rows()[-1]
        assert (last.action, last.object_id, last.reason) == ("personal_data_read", added["id"], "complaint")

    def test_nobody_is_one_sentence(self, run: Run) -> None:
        assert "no account" in run("show", "nobody", status=1).stderr


class TestStopping:
    @pytest.fixture
    def session(self, installation: Services, added: dict[str, object]) -> str:
        """An open session of the account."""
        now = installation.now()
        row = SessionRow("a-session", "cookie", str(added["id"]), now, now, now, now + 3600, 2, [])
        with installation.database.write() as connection:
            within(connection).one(sessions_store.ADD, sessions_store.values_of(row))
        return row.sid

    @pytest.mark.parametrize(("verb", "state"), [("freeze", "frozen"), ("close", "closed")])
    def test_everything_open_in_its_name_ends(
        self, run: Run, installation: Services, added: dict[str, object], session: str, verb: str, state: str
    ) -> None:
        stopped = json.loads(run(verb, NUMBER, "--reason", "stolen_phone", "--json").stdout)
        assert stopped["state"] == state
        with installation.database.read() as connection:
            row = sessions_store.by_sid(connection, session)
        assert row is not None
        assert row.ended_at is not None
        assert row.end_reason == f"account_{state}"

    def test_a_grant_that_outlives_sessions_ends_too(
        self, run: Run, installation: Services, added: dict[str, object]
    ) -> None:
        now = installation.now()
        family = FamilyRow(
            "a-grant", "h", "c", 1, str(added["id"]), "a-portal", "no-session", 0, {}, now, now, now + 9999, now + 9999
        )
        with installation.database.direct.transaction() as unit:
            grants_store.add_family(unit, family)
        run("freeze", NUMBER)
        with installation.database.read() as connection:
            ended = grants_store.find_family(connection, "a-grant")
            assert [each[:2] for each in grants_store.ended_since(connection, now)] == [("gid", "a-grant")]
        assert ended is not None
        assert ended.ended_at is not None

    def test_a_frozen_account_signs_in_again_once_thawed(
        self, run: Run, installation: Services, added: dict[str, object]
    ) -> None:
        sign_in = make_sign_in(installation)
        run("freeze", NUMBER)
        with pytest.raises(AccountFrozen):
            sign_in.with_password(NUMBER, PASSWORD, address="127.0.0.1")
        assert json.loads(run("thaw", NUMBER, "--json").stdout)["state"] == "active"
        assert sign_in.with_password(NUMBER, PASSWORD, address="127.0.0.1")

    def test_a_closed_account_is_nobodys(self, run: Run, installation: Services, added: dict[str, object]) -> None:
        run("close", NUMBER)
        with pytest.raises(NotSignedIn):
            make_sign_in(installation).with_password(NUMBER, PASSWORD, address="127.0.0.1")
        assert "no open account" in run("close", str(added["id"]), status=1).stderr

    def test_proofing_raises_the_level(self, run: Run) -> None:
        made = json.loads(run("add", "--name", "Dương", "--phone", "0912345678", "--json").stdout)
        papers = ["--personal-id", "001301054321", "--name", "Lê Thùy Dương", "--birthdate", "2001-09-02"]
        assert json.loads(run("proof", made["id"], *papers, "--json").stdout)["identity_level"] == 2
        assert json.loads(run("show", made["id"], "--json").stdout)["name"] == "Lê Thùy Dương"


class TestTrouble:
    def test_a_database_without_tables_is_one_sentence(self, environment: None) -> None:
        result = CliRunner().invoke(command_line, ["account", "list"])
        assert result.exit_code == 1
        assert "motcua db check" in result.stderr

    def test_a_missing_key_is_one_sentence(self, environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MOTCUA_KEY_ENCRYPTION_KEY_FILE", "/nowhere/kek")
        result = CliRunner().invoke(command_line, ["account", "list"])
        assert result.exit_code == 1
        assert "/nowhere/kek" in result.stderr
