"""Of a person's sealed columns only those are opened that a portal is told of: the rest stays sealed in memory too."""

import pytest

from idp.domain import release
from idp.domain.profile import SEALED, SealedColumns, open_profile
from idp.store.accounts import AccountRow
from keys.sealing import SealBroken, Sealer
from tests.support.provider import Portal, Provider

SEALER = Sealer({1: b"k" * 32})
_OF_HER = SealedColumns(SEALER, "0b1f")
HER = AccountRow(
    id="0b1f",
    kind="citizen",
    state="active",
    identity_level=2,
    name_sealed=_OF_HER.seal("Đặng Thị Hồng Vân", "name"),
    name_fingerprint="",
    birth_date_sealed=_OF_HER.seal("1984-04-30", "birth date"),
    gender="female",
    address_sealed=_OF_HER.seal("12 Lê Lợi, phường Hồng Gai, Quảng Ninh", "address"),
    phone_sealed=_OF_HER.seal("+84912345678", "phone"),
    phone_confirmed=True,
    email_sealed=_OF_HER.seal("van@example.vn", "email"),
    email_confirmed=True,
    personal_number_sealed=_OF_HER.seal("022184000123", "personal number"),
    personal_number_proofed="counter",
    organisation_code_sealed=_OF_HER.seal("5700100256", "organisation code"),
    agency="quang-ninh",
    roles=("official",),
    created_at=1,
    updated_at=1,
)


@pytest.mark.parametrize("kind", ["citizen", "organisation"])
@pytest.mark.parametrize("claim", sorted(release.claims_supported() - {"sub"}))
def test_a_claim_is_the_same_whatever_else_stays_sealed(claim: str, kind: str) -> None:
    row = HER._replace(kind=kind)
    alone = release.release(open_profile(row, SEALER, release.sealed_columns({claim})), {claim})
    assert alone == release.release(open_profile(row, SEALER), {claim})


def test_nothing_is_opened_for_a_claim_that_is_kept_in_the_clear() -> None:
    profile = open_profile(HER, SEALER, release.sealed_columns({"identity_level", "gender", "locale"}))
    assert (profile.name, profile.birthdate, profile.personal_number, profile.email) == ("", None, None, None)


def test_every_column_that_a_claim_needs_is_one_that_is_sealed() -> None:
    """A slip of the pen there would leave a claim out for ever."""
    assert set(release.SEALED_IN.values()) <= SEALED
    assert release.SEALED_IN.keys() <= release.claims_supported()


def test_an_altered_column_harms_who_asks_for_it_and_nobody_else() -> None:
    altered = HER._replace(address_sealed=_OF_HER.seal("nơi khác", "name"))
    assert release.release(open_profile(altered, SEALER, release.sealed_columns({"email"})), {"email"}) == {
        "email": "van@example.vn"
    }
    with pytest.raises(SealBroken):
        open_profile(altered, SEALER, release.sealed_columns({"address"}))


def test_userinfo_leaves_sealed_what_the_scopes_do_not_give(provider: Provider, portal: Portal) -> None:
    """The number of this person cannot be opened, and a portal that asks for a name alone never learns of it."""
    person = provider.person(personal_number_sealed=b"\x01 altered", personal_number_proofed="counter")
    tokens = portal.tokens(provider.signed_in(person), scope="openid profile")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (provider.browser().get("/userinfo", headers=bearer).json or {})["name"] == "Nguyễn Thị Hồng Ánh"
