"""How to raise one's level: the page says what each level opens, what this account lacks, and what to bring where."""

import lxml.html
import pytest

from idp.domain.authenticators import totp
from tests.idp.http.pages.conftest import Enrol, enter
from tests.idp.http.visitor import Visitor
from tests.support.provider import Provider

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HAVE, LACK = "Đã có", "Còn thiếu"


def standing(visitor: Visitor) -> dict[str, str]:
    """Each thing that there is to have, and whether one has it."""
    page = lxml.html.fromstring(visitor.open("/account/identity-level").response.text)
    rows = page.xpath("//ul[@class='rows']/li")
    return {
        row.xpath(".//p[@class='row-title']")[0].text_content().strip(): row.find_class("tag")[0].text_content()
        for row in rows
    }


def signed_in_as(provider: Provider, enrol: Enrol, **members: object) -> tuple[Visitor, str]:
    account_id = enrol(**members)
    return enter(Visitor(provider.browser()).open("/signin")), account_id


def test_at_level_1_it_says_what_to_bring_and_where(provider: Provider, enrol: Enrol) -> None:
    visitor, _ = signed_in_as(provider, enrol, personal_number="001185012345")

    visitor.open("/account").follow("Cách nâng mức: mang theo gì, đến đâu")

    assert visitor.path == "/account/identity-level"
    for words in ("mức 1 trong 2", "bộ phận một cửa", "thẻ căn cước gắn chip", "chỉ là điều bạn khai"):
        assert words in " ".join(visitor.text.split()), words
    assert "001185012345" not in visitor.response.text


def test_what_is_lacking_is_this_accounts_own(provider: Provider, enrol: Enrol) -> None:
    visitor, account_id = signed_in_as(provider, enrol)
    assert list(standing(visitor).values()) == [HAVE, LACK, LACK, LACK, LACK]

    with provider.services.database.write() as connection:
        totp.keep(connection, provider.services, account_id, SEED)
    assert list(standing(visitor).values()) == [HAVE, LACK, HAVE, LACK, LACK]


def test_at_level_2_there_is_nothing_to_bring(provider: Provider, enrol: Enrol) -> None:
    visitor, _ = signed_in_as(provider, enrol, identity_level=2, personal_number="001185012345")

    text = " ".join(visitor.open("/account/identity-level").text.split())
    assert "mức 2 trong 2" in text
    assert "Không còn việc gì phải làm" in text
    assert "Mang theo" not in text


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"kind": "organisation"}, "người đại diện theo pháp luật"),
        ({"kind": "official", "agency": "H49"}, "chính cơ quan của mình"),
    ],
)
def test_others_go_elsewhere(provider: Provider, enrol: Enrol, members: dict[str, object], words: str) -> None:
    visitor, _ = signed_in_as(provider, enrol, **members)

    assert words in visitor.open("/account/identity-level").text


def test_it_is_ones_own_page(provider: Provider) -> None:
    visitor = Visitor(provider.browser()).open("/account/identity-level")

    assert visitor.path.startswith("/signin")
