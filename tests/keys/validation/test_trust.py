"""The trust store: read from a directory or made in code, kept apart per hierarchy, narrowed by purpose and time."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys.validation.pkix import load
from keys.validation.trust import (
    EVERY_PURPOSE,
    Anchor,
    Purpose,
    TrustStore,
    TrustStoreError,
    certificates_in,
    from_certificates,
    from_directory,
)
from tests.support import pki


def put(directory: Path, place: str, *issued: pki.Issued, statement: object = None) -> Path:
    file = directory / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"".join(each.pem for each in issued))
    if statement is not None:
        file.with_suffix(".json").write_text(json.dumps(statement), encoding="utf-8")
    return file


def test_a_new_home_trusts_nobody(tmp_path: Path) -> None:
    assert from_directory(tmp_path / "trust") == TrustStore()


def test_a_directory_names_hierarchy_purpose_and_time(tmp_path: Path) -> None:
    citizens, agencies = pki.root("Gốc công cộng"), pki.root("Gốc Chính phủ")
    middle = citizens.authority("CA công dân")
    put(tmp_path, "public/anchors/citizens.pem", citizens)
    put(tmp_path, "public/intermediates/middle.pem", middle)
    statement = {"purposes": ["signature", "seal"], "trusted_until": "2024-01-01T00:00:00+07:00"}
    put(tmp_path, "government/anchors/agencies.pem", agencies, statement=statement)

    store = from_directory(tmp_path)

    public, government = store.anchors
    assert (public.hierarchy, public.purposes) == ("public", EVERY_PURPOSE)
    assert (public.begins, public.ends) == (public.certificate.not_before, public.certificate.not_after)
    assert (government.hierarchy, government.purposes) == ("government", {Purpose.SIGNATURE, Purpose.SEAL})
    assert government.ends == datetime(2023, 12, 31, 17, tzinfo=UTC)
    assert store.intermediates == (load(middle.der),)
    assert list(store.hierarchies) == ["public", "government"]


@pytest.mark.parametrize(
    "statement",
    [
        {"purposes": ["everything"]},
        {"trusted_until": "2024-01-01T00:00:00"},
        {"trusted_untill": "2024-01-01T00:00:00Z"},
        ["signature"],
        {"purposes": 7},
    ],
)
def test_a_trust_statement_that_is_not_understood_is_refused(tmp_path: Path, statement: object) -> None:
    put(tmp_path, "public/anchors/root.pem", pki.root(), statement=statement)
    with pytest.raises(TrustStoreError, match=r"root\.json"):
        from_directory(tmp_path)


def test_a_file_without_a_certificate_is_refused_by_name(tmp_path: Path) -> None:
    file = put(tmp_path, "public/anchors/root.pem")
    for content in (b"", b"not a certificate", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"):
        file.write_bytes(content)
        with pytest.raises(TrustStoreError, match=r"root\.pem"):
            from_directory(tmp_path)


def test_pem_bundles_and_der_are_read() -> None:
    one, two = pki.root(), pki.root()
    assert [c.digest for c in certificates_in(one.pem + two.pem)] == [load(one.der).digest, load(two.der).digest]
    assert certificates_in(one.der) == [load(one.der)]
    assert [anchor.hierarchy for anchor in from_certificates([one.pem + two.pem]).anchors] == [None, None]


def test_the_digest_changes_with_anything_that_is_trusted() -> None:
    one, two = load(pki.root().der), load(pki.root().der)
    stores = [
        TrustStore(),
        TrustStore((Anchor(one),)),
        TrustStore((Anchor(two),)),
        TrustStore((Anchor(one, "public"),)),
        TrustStore((Anchor(one, purposes=frozenset({Purpose.LOGIN})),)),
        TrustStore((Anchor(one, trusted_until=pki.T0),)),
        TrustStore((Anchor(one),), (two,)),
    ]
    assert len({store.digest for store in stores}) == len(stores)
    assert TrustStore((Anchor(one), Anchor(two))).digest == TrustStore((Anchor(two), Anchor(one))).digest


def test_only_a_responder_named_for_ocsp_may_answer_for_others() -> None:
    root = pki.root()
    responder = load(root.issue("OCSP", purposes=[pki.OCSP_SIGNING]).der)
    store = TrustStore(
        (
            Anchor(load(root.der)),
            Anchor(responder, purposes=frozenset({Purpose.OCSP})),
            Anchor(responder, purposes=frozenset({Purpose.LOGIN})),
        )
    )
    assert [anchor.purposes for anchor in store.responders()] == [{Purpose.OCSP}]
