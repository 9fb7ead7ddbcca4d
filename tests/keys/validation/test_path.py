"""Certification paths (RFC 5280 §6.1): found within bounds, in one hierarchy at a time.

Whether a path is sound does not depend on the date.
"""

import pytest
from cryptography import x509

from keys.validation import path
from keys.validation.pkix import Certificate, load
from keys.validation.trust import Anchor, Hierarchy, TrustStore
from tests.support import pki


def store(*roots: pki.Issued, hierarchy: str | None = None) -> TrustStore:
    return TrustStore(tuple(Anchor(load(root.der), hierarchy) for root in roots))


def pool(*issued: pki.Issued) -> list[Certificate]:
    return [load(each.der) for each in issued]


def crossed_by(issuer: pki.Issued, subject: pki.Issued) -> pki.Issued:
    name = subject.certificate.subject
    return pki.Issued(pki.certificate(name, subject.key, issuer=issuer, ca=True, usages=pki.CA_USAGES), subject.key)


def test_a_signer_reaches_the_anchor_through_an_intermediate() -> None:
    root = pki.root()
    authority = root.authority("CA công dân")
    signer = authority.issue("Nguyễn Văn An")

    (found,) = path.build(load(signer.der), store(root), pool(authority, signer))

    assert found.fault is None
    assert [c.digest for c in found.whole] == [load(each.der).digest for each in (signer, authority, root)]
    assert found.issuer_of(0) == load(authority.der)
    assert found.issuer_of(1) == load(root.der)


def test_without_an_anchor_there_is_no_path() -> None:
    signer = pki.root().issue("Nguyễn Văn An")
    assert path.build(load(signer.der), TrustStore()) == ()
    assert path.build(load(signer.der), store(pki.root())) == ()


def test_a_name_alone_is_no_issuer() -> None:
    root, impostor = pki.root(), pki.root()
    signer = impostor.issue("Nguyễn Văn An")
    assert path.build(load(signer.der), store(root), pool(impostor)) == ()


def test_an_anchor_that_signs_itself_is_a_path_of_its_own() -> None:
    root = pki.root()
    (found,) = path.build(load(root.der), store(root))
    assert found.certificates == ()
    assert found.target == load(root.der)


def test_each_hierarchy_is_searched_apart_and_names_its_paths() -> None:
    public, government = pki.root("Gốc công cộng"), pki.root("Gốc Chính phủ")
    shared = pki.new_key()
    below = [each.authority("CA liên thông", key=shared) for each in (public, government)]
    signer = below[0].issue("Trần Thị Bình")
    trust = store(public, hierarchy=Hierarchy.PUBLIC) | store(government, hierarchy=Hierarchy.GOVERNMENT)

    found = path.build(load(signer.der), trust, pool(*below))

    assert {each.anchor.hierarchy for each in found} == {"public", "government"}
    assert all(each.fault is None for each in found)


def test_names_outside_the_permitted_subtree_make_a_path_unsound() -> None:
    root = pki.root()
    allowed = x509.DirectoryName(pki.person(None, organisation="Bộ Tài chính"))
    limited = root.authority("CA cầu nối", extensions=[(x509.NameConstraints([allowed], None), True)])
    inside = limited.issue(pki.person("Lê Văn Cường", organisation="Bộ Tài chính"))
    outside = limited.issue(pki.person("Lê Văn Cường", organisation="Công ty Xấu"))

    (good,) = path.build(load(inside.der), store(root), pool(limited))
    (bad,) = path.build(load(outside.der), store(root), pool(limited))

    assert good.fault is None
    assert bad.fault is not None


def test_an_anchor_limits_the_length_of_what_hangs_below() -> None:
    root = pki.root(path_length=0)
    authority = root.authority("CA công dân")
    signer = authority.issue("Nguyễn Văn An")
    (found,) = path.build(load(signer.der), store(root), pool(authority))
    assert found.fault is not None


def test_a_certificate_that_is_no_authority_issues_nothing() -> None:
    root = pki.root()
    citizen = root.issue("Nguyễn Văn An")
    forged = pki.Authority(citizen.certificate, citizen.key).issue("Bộ trưởng")
    (found,) = path.build(load(forged.der), store(root), pool(citizen))
    assert found.fault is not None


def test_the_key_identifier_leads_to_the_right_one_of_many_names_alike() -> None:
    root = pki.root()
    crowd = [pki.root("CA công dân") for _ in range(path.MAX_STEPS + 50)]
    authority = root.authority("CA công dân")
    signer = authority.issue("Nguyễn Văn An")
    assert len(path.build(load(signer.der), store(root), pool(*crowd, authority))) == 1


def test_a_thousand_look_alikes_cost_no_more_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0

    def counting(self: Certificate, issuer: Certificate) -> bool:
        nonlocal tried
        tried += 1
        return False

    monkeypatch.setattr(Certificate, "is_signed_by", counting)
    crowd = [pki.root("CA công dân") for _ in range(path.MAX_STEPS + 50)]
    signer = pki.root("CA công dân").issue("Nguyễn Văn An")
    assert path.build(load(signer.der), store(pki.root()), pool(*crowd)) == ()
    assert tried == path.MAX_STEPS


def test_an_anchor_limits_the_names_of_what_hangs_below() -> None:
    allowed = x509.DirectoryName(pki.person(None, organisation="Bộ Tài chính"))
    root = pki.root(extensions=[(x509.NameConstraints([allowed], None), True)])
    inside = root.issue(pki.person("Lê Văn Cường", organisation="Bộ Tài chính"))
    outside = root.issue(pki.person("Lê Văn Cường", organisation="Công ty Xấu"))
    (good,) = path.build(load(inside.der), store(root))
    (bad,) = path.build(load(outside.der), store(root))
    assert good.fault is None
    assert bad.fault is not None


def test_loops_of_cross_certificates_end() -> None:
    root = pki.root()
    one, two = root.authority("CA Một"), pki.root("CA Hai")
    crossed = [crossed_by(one, two), crossed_by(two, one)]
    signer = two.issue("Nguyễn Văn An")
    found = path.build(load(signer.der), store(root), pool(one, two, *crossed))
    assert [len(each.certificates) for each in found] == [3]
    assert found[0].fault is None


def test_soundness_does_not_ask_for_the_time() -> None:
    root = pki.root()
    authority = root.authority("CA công dân", life=(-9 * pki.YEAR, -8 * pki.YEAR))
    signer = authority.issue("Nguyễn Văn An", life=(pki.YEAR, 2 * pki.YEAR))
    (found,) = path.build(load(signer.der), store(root), pool(authority))
    assert found.fault is None
