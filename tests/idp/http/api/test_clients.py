"""Portals as administrators see them: all of them, or those of their agency, and never a secret."""

from tests.idp.http.api.conftest import Caller
from tests.support.provider import Portal, Provider


def names(answer) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {item["client_id"] for item in answer.json["items"]}


def test_the_central_administrator_sees_every_portal(provider: Provider, console: Portal, central: Caller) -> None:
    province, nobodys = provider.portal(agency="H49"), provider.portal()

    assert names(central.get("/api/clients")) == {console.id, province.id, nobodys.id}


def test_an_agencys_administrator_sees_its_portals_and_those_below_it(provider: Provider, of_h49: Caller) -> None:
    own, below, like = (provider.portal(agency=agency) for agency in ("H49", "H49.12", "H491"))
    ministry, nobodys = provider.portal(agency="G02"), provider.portal()

    assert names(of_h49.get("/api/clients")) == {own.id, below.id}
    assert of_h49.get(f"/api/clients/{own.id}").status_code == 200
    for other in (like, ministry, nobodys):
        assert of_h49.get(f"/api/clients/{other.id}").status_code == 404


def test_an_administrator_without_agency_sees_nothing(enter, provider: Provider) -> None:
    nobodys = provider.portal()
    lost = enter("administrator", agency=None)

    assert names(lost.get("/api/clients")) == set()
    assert lost.get(f"/api/clients/{nobodys.id}").status_code == 404


def test_a_list_goes_on_behind_its_last_item(provider: Provider, central: Caller) -> None:
    for _ in range(4):
        provider.portal()
    seen: list[str] = []
    after = ""
    while after is not None:
        page = central.get(f"/api/clients?limit=2&after={after}").json
        assert len(page["items"]) <= 2
        seen += [item["client_id"] for item in page["items"]]
        after = page["next"]

    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen)


def test_a_portal_is_shown_with_what_it_registered_and_without_its_secret(provider: Provider, central: Caller) -> None:
    portal = provider.portal(agency="H49", legal_basis="274/QĐ-TTg", scope="openid citizen")

    answer = central.get(f"/api/clients/{portal.id}")

    assert answer.json["scopes"] == ["citizen", "openid"]
    assert answer.json["legal_basis"] == "274/QĐ-TTg"
    assert answer.json["name"] == {"vi": "Cổng dịch vụ công thử nghiệm", "en": "Cổng dịch vụ công thử nghiệm"}
    assert "secret" not in answer.text.replace("client_secret_basic", "")


def test_the_rights_to_administer_are_given_by_an_administrator_only() -> None:
    import pytest

    from idp.domain.client_metadata import MetadataInvalid, validate

    asked = {"redirect_uris": ["https://a.example/callback"], "scope": "openid certificate:revoke"}
    with pytest.raises(MetadataInvalid, match="certificate:revoke is given by an administrator only"):
        validate(asked, demo=False)
    assert validate(asked, demo=False, trusted=True)["scope"] == "openid certificate:revoke"
