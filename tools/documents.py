"""Writes the parts of the documents that the code knows better: ``make docs``; ``check`` says which are out of date.

Each part stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``; whatever is around it is written by hand.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

from idp.domain import assurance, release
from idp.domain.demo_people import demo_people
from idp.http.api.operations import OPERATIONS
from idp.specs import SPECIFICATIONS

ROOT = Path(__file__).resolve().parent.parent


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def specifications() -> str:
    """Give the table of specifications, from ``idp/specs.py``."""
    rows = (
        (it.number, it.title, f"[`{it.module}`]({it.module})", f"[`{Path(it.test).name}`]({it.test})")
        for it in SPECIFICATIONS
    )
    return _table(("specification", "what of it", "where", "the test that fails without it"), rows)


def people() -> str:
    """Give whom to sign in as in the demo, and everybody's password."""
    everybody = demo_people()
    rows = ((f"`{it.sign_in_name}`", it.name, it.words["en"], "yes" if it.has_codes else "") for it in everybody)
    words = (
        f"Everybody's password is `{everybody[0].password}`. Who has codes is asked for one where a service wants two factors;"
        "\nthe codes of now stand at <http://localhost:8000/demo/messages>.\n\n"
    )
    return words + _table(("sign in as", "name", "who", "has codes"), rows)


def settings(path: str, prefix: str) -> str:
    """Give the table of one settings class: each field's variable, default, and the sentences that follow it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings")
    return _table(("variable", "default", "what"), _fields(body, prefix))


def _fields(body: list[ast.stmt], prefix: str) -> Iterable[tuple[str, ...]]:
    for field, words in pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.value):
            continue
        if isinstance(words, ast.Expr) and isinstance(words.value, ast.Constant):
            text = " ".join(str(words.value.value).split()).replace("``", "`")
            yield f"`{_variable(field, field.target.id, prefix)}`", _default(field.value), text


def _variable(field: ast.AnnAssign, name: str, prefix: str) -> str:
    named = re.search(r"validation_alias='([A-Z_]+)'", ast.unparse(field))
    return named[1] if named else prefix + name.upper()


def _default(value: ast.expr) -> str:
    """Give the default as a person writes it: the first argument of ``Field`` or ``Path``, nothing for an empty one."""
    while isinstance(value, ast.Call):
        value = value.args[0]
    if isinstance(value, ast.BinOp):  # days or hours in seconds
        return str(int(_default(value.left)) * int(_default(value.right)))
    found = ast.literal_eval(value)
    if isinstance(found, bool):
        return str(found).lower()
    return "" if found in ("", None, ()) else str(found)


def acr_values() -> str:
    """Give each ``acr`` with what it needs, from ``idp/data/acr.json``."""
    identity = {1: "level 1, self-registered", 2: "level 2, proofed"}
    strength = {1: "one factor", 2: "two factors", 3: "phishing-resistant"}
    needed = ((acr, assurance.needed_for(acr)) for acr in assurance.supported())
    rows = ((f"`{acr}`", identity[it.identity], strength[it.strength]) for acr, it in needed if it is not None)
    return _table(("`acr`", "who the person is", "how they signed in"), rows)


def scopes() -> str:
    """Give each scope of a sign-in with the claims it releases, from ``idp/data/scopes.json``."""
    rows = (
        (
            f"`{name}`",
            ", ".join(f"`{claim}`" for claim in it.claims) or "–",
            ", ".join(f"`{claim}`" for claim in it.optional) or "–",
            "yes" if it.legal_basis else "",
        )
        for name, it in release.scopes().items()
    )
    return _table(("scope", "claims", "of these a person may refuse", "asks for a legal basis"), rows)


def operations() -> str:
    """Give each operation of the management API, from ``idp/http/api``."""
    rows = (
        (f"`{it.method} {it.path}`", it.summary, f"`{it.scope}`", f"{it.max_age} s" if it.max_age else "")
        for it in OPERATIONS
        if it.role is not None
    )
    return _table(("call", "what it does", "scope", "signed in within"), rows)


def decisions() -> str:
    """Give the index of decisions: each page's first line."""
    pages = sorted(page for page in (ROOT / "docs/decisions").glob("*.md") if page.name != "README.md")
    return "\n".join(f"- [{page.read_text(encoding='utf-8').splitlines()[0][2:]}]({page.name})" for page in pages)


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {"specifications": specifications, "people": people},
    "docs/operating/installing.md": {
        "provider-settings": lambda: settings("idp/settings.py", "MOTCUA_"),
        "site-settings": lambda: settings("clients/kit/settings.py", "MOTCUA_SITE_<NAME>_"),
    },
    "docs/integrating/management-api.md": {"operations": operations},
    "docs/integrating/portal.md": {"acr-values": acr_values, "scopes": scopes},
    "docs/decisions/README.md": {"decisions": decisions},
}
"""Each document's parts."""


def written(text: str, parts: dict[str, Callable[[], str]]) -> str:
    """Give a document with every part written anew.

    :raises ValueError: when the document has no place for a part.
    """
    for name, make in parts.items():
        before, opening, rest = text.partition(f"<!-- {name} -->")
        _, closing, after = rest.partition(f"<!-- /{name} -->")
        if not closing:
            raise ValueError(f"the document has no place for {name}")
        text = f"{before}{opening}\n{make()}\n{closing}{after}"
    return text


def main(command: str) -> int:
    """Write the documents, or with ``check`` say which are out of date; give the exit status."""
    stale = []
    for name, parts in PARTS.items():
        path = ROOT / name
        old = path.read_text(encoding="utf-8")
        if (new := written(old, parts)) != old:
            stale.append(name)
            if command != "check":
                path.write_text(new, encoding="utf-8")
    if command == "check":
        print("".join(f"{name} is out of date: make docs\n" for name in stale), end="", file=sys.stderr)
    return int(command == "check" and bool(stale))


if __name__ == "__main__":
    sys.exit(main("".join(sys.argv[1:2])))
