"""A portal is five settings; every mistake in them is said at once, by the variable's own name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from clients.console.application import console_settings
from clients.kit.settings import MustNotStart, Settings
from clients.portal.application import portal_application, portal_settings, site_names


def test_without_any_setting_the_demo_has_its_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path))
    monkeypatch.setenv("MOTCUA_PORT", "9000")

    portals = {site: portal_settings(site) for site in site_names()}

    assert {site: one.url for site, one in portals.items()} == {
        "national": "http://localhost:9001",
        "ministry": "http://localhost:9002",
        "province": "http://localhost:9003",
    }
    assert {one.issuer for one in portals.values()} == {"http://localhost:9000"}
    assert portals["province"].database_url == f"sqlite:///{tmp_path}/province.sqlite"
    assert portals["province"].secret_file == tmp_path / "clients" / "portal-province.secret"
    assert console_settings().url == "http://localhost:9009"
    assert "official" in console_settings().scope


def test_each_site_reads_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_ISSUER", "https://dinhdanh.example/cong")
    monkeypatch.setenv("MOTCUA_SITE_PROVINCE_URL", "https://quangninh.example")
    monkeypatch.setenv("MOTCUA_SITE_PROVINCE_DATABASE_URL", "postgresql+psycopg://db/quangninh")
    monkeypatch.setenv("MOTCUA_SITE_PROVINCE_CLIENT_ID", "cong-quang-ninh")
    monkeypatch.setenv("MOTCUA_ALLOWED_FETCH_NETWORKS", "10.0.0.0/8, fd00::/8")

    province, national = portal_settings("province"), portal_settings("national")

    assert (province.url, province.client_id) == ("https://quangninh.example", "cong-quang-ninh")
    assert province.database_url == "postgresql+psycopg://db/quangninh"
    assert [str(network) for network in province.allowed_fetch_networks] == ["10.0.0.0/8", "fd00::/8"]
    assert province.secure
    assert national.url == "http://localhost:8001"
    assert national.issuer == province.issuer


@pytest.mark.parametrize(
    "address",
    [
        "dichvucong.example",
        "ftp://dichvucong.example",
        "https://x.example/",
        "https://x.example?a=1",
        "https://a@b.example",
    ],
)
def test_an_address_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("MOTCUA_ISSUER", address)
    monkeypatch.setenv("MOTCUA_SITE_NATIONAL_URL", address)
    monkeypatch.setenv("MOTCUA_SITE_NATIONAL_SCOPE", "profile")

    with pytest.raises(ValidationError) as mistakes:
        portal_settings("national")

    for name in ("MOTCUA_ISSUER", "MOTCUA_SITE_NATIONAL_URL", "MOTCUA_SITE_NATIONAL_SCOPE"):
        assert name in str(mistakes.value)


def test_outside_the_demo_an_unsafe_portal_does_not_start_and_says_every_reason(
    settings: Callable[..., Settings], tmp_path: Path
) -> None:
    unsafe = settings(demo=False, private_key_file=tmp_path / "missing.pem")

    with pytest.raises(MustNotStart) as reasons:
        portal_application("national", unsafe)

    for name in ("MOTCUA_ISSUER", "MOTCUA_SITE_NATIONAL_URL", "MOTCUA_SITE_NATIONAL_PRIVATE_KEY_FILE"):
        assert name in str(reasons.value)


def test_settings_cannot_be_changed(settings: Callable[..., Settings]) -> None:
    with pytest.raises(ValidationError):
        settings().issuer = "https://evil.example"  # type: ignore[misc]
