"""The catalogues hold every marked word, in Vietnamese, and nothing else."""

from pathlib import Path

import pytest

from tools import catalogs


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small clone with a page, a rule and a portal."""
    for path, text in {
        "idp/http/pages.py": 'from flask_babel import gettext as _\n_("Sign in")\n',
        "idp/domain/rules.py": 'from idp.words import mark\nmark("This name is taken.")\n',
        "templates/base.html": "{{ _('Language') }}",
        "templates/idp/account.html": "{{ ngettext('%(num)d portal', '%(num)d portals', n) }}",
        "templates/clients/portal/home.html": "{{ _('Welcome, %(name)s', name=name) }} {{ _('Sign out') }}",
        "tests/test_pages.py": '_("never shown")\n',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def write(root: Path, domain: str, text: str) -> Path:
    path = catalogs.catalogue_path("vi", domain, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(catalogs.HEADER.format(language="vi") + text)
    return path


def test_each_catalogue_holds_its_own_words(root: Path) -> None:
    assert {catalogs._identifier(m) for m in catalogs.collect("idp", root) if m.id} == {
        "Sign in",
        "This name is taken.",
        "%(num)d portal",
    }
    assert {m.id for m in catalogs.collect("clients", root) if m.id} == {"Welcome, %(name)s", "Sign out"}
    assert {m.id for m in catalogs.collect("shared", root) if m.id} == {"Language"}


def test_updating_keeps_translations_adds_what_is_new_and_drops_what_is_gone(root: Path) -> None:
    write(root, "clients", 'msgid "Welcome, %(name)s"\nmsgstr "Chào %(name)s"\n\nmsgid "Gone"\nmsgstr "Đã bỏ"\n')
    text = catalogs.updated("vi", "clients", root).decode()
    assert 'msgid "Welcome, %(name)s"\nmsgstr "Chào %(name)s"' in text
    assert 'msgid "Sign out"\nmsgstr ""' in text
    assert "Gone" not in text


def test_updating_twice_changes_nothing(root: Path) -> None:
    first = catalogs.updated("vi", "idp", root)
    catalogs.catalogue_path("vi", "idp", root).parent.mkdir(parents=True)
    catalogs.catalogue_path("vi", "idp", root).write_bytes(first)
    assert catalogs.updated("vi", "idp", root) == first


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ('msgid "Sign in"\nmsgstr ""\n', ["Sign in"]),
        ('#, fuzzy\nmsgid "Sign in"\nmsgstr "Đăng ký"\n', ["Sign in"]),
        ('#, python-format\nmsgid "Hello %(name)s"\nmsgstr "Xin chào %(nom)s"\n', ["Hello %(name)s"]),
        ('msgid "Sign in"\nmsgstr "Đăng nhập"\n', []),
    ],
)
def test_what_is_not_translated_is_named(root: Path, entry: str, complaint: list[str]) -> None:
    write(root, "idp", entry)
    assert catalogs.untranslated("vi", "idp", root) == complaint
