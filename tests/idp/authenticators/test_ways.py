"""What somebody is asked for next: the ways they own that lead to what is missing, and nothing else."""

import pytest

from idp.domain.authenticators import ways
from idp.domain.authenticators.ways import Way
from idp.settings import Settings

SETTINGS = Settings(_env_file=None, demo=True)
OTHERS = (
    Way("totp", "code", "Enter a code", "enrol", "Add codes"),
    Way("passkey", "passkey", "Use a passkey", "enrol", "Add a passkey", signs_in=True),
    Way("recovery_code", "recovery", "Use a recovery code", steps_up=False),
)


@pytest.fixture(autouse=True)
def _every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "WAYS", (ways.WAYS[0], *OTHERS))


def kinds(found: tuple[Way, ...]) -> list[str]:
    return [each.kind for each in found]


def used(*each: str) -> list[dict[str, object]]:
    return [{"kind": kind, "at": 0} for kind in each]


@pytest.mark.parametrize(
    ("have", "own", "strength", "asked"),
    [
        (("password",), ("password", "totp"), 2, ["totp"]),
        (("totp",), ("password", "totp"), 2, ["password"]),
        (("password",), ("password", "totp", "passkey"), 2, ["totp", "passkey"]),
        (("password",), ("password", "totp", "passkey"), 3, ["passkey"]),
        ((), ("password", "totp"), 2, ["password", "totp"]),
        (("password",), ("password",), 2, []),
        (("password",), ("password", "recovery_code"), 2, []),
        (("password", "recovery_code"), ("password", "recovery_code"), 2, []),
        (("password", "totp"), ("password", "totp"), 3, []),
        (("password", "totp"), ("password", "totp"), 2, []),
        (("password",), ("password",), 1, []),
    ],
)
def test_only_what_is_missing_and_owned_is_asked_for(
    have: tuple[str, ...], own: tuple[str, ...], strength: int, asked: list[str]
):
    assert kinds(ways.helping(used(*have), own, strength, SETTINGS)) == asked


def test_what_an_installation_does_not_offer_is_not_asked_for(monkeypatch: pytest.MonkeyPatch):
    nowhere = Way("passkey", "passkey", "Use a passkey", offered=lambda _settings: False)
    monkeypatch.setattr(ways, "WAYS", (ways.WAYS[0], nowhere))

    assert ways.helping(used("password"), ("password", "passkey"), 3, SETTINGS) == ()


@pytest.mark.parametrize(("strength", "offered"), [(2, ["totp", "passkey"]), (3, ["passkey"])])
def test_whoever_owns_nothing_that_helps_is_led_to_what_would(strength: int, offered: list[str]):
    assert kinds(ways.enrolling(used("password"), strength, SETTINGS)) == offered


@pytest.mark.parametrize(
    ("own", "strength"),
    [
        (("password",), 1),
        (("password", "totp"), 2),
        (("password", "totp", "passkey"), 3),
        (("password", "phone"), 1),
        (("password", "recovery_code"), 1),
    ],
)
def test_changing_an_authenticator_asks_for_all_that_the_account_can_reach(own: tuple[str, ...], strength: int):
    assert ways.strength_owned(own) == strength


def test_whoever_lost_one_goes_on_by_a_recovery_code_and_the_password():
    own = ("password", "totp", "recovery_code")

    assert kinds(ways.recovering(used(), own)) == ["recovery_code", "password"]
    assert kinds(ways.recovering(used("recovery_code"), own)) == ["password"]
    assert ways.recovering(used("password"), ("password", "totp")) == ()
    assert ways.recovers(used("password", "recovery_code"))
    assert not ways.recovers(used("recovery_code"))
