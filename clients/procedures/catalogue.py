"""Reads a catalogue of procedures from its data file, says every mistake, and puts it in the place of the old one.

Each row carries its source and how certain it is. Parts that many procedures share (steps, documents, parts of forms)
stand once in the file and are written out into each procedure's document here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from clients.kit import assurance
from clients.kit.records.database import writing
from clients.procedures import records
from clients.procedures.folding import fold, squeeze
from clients.procedures.records import Procedure

BUILT_IN = "data/procedures.json"
LEVELS = ("central", "province", "commune")
ONLINE = ("full", "partial", "information")
CERTAINTIES = ("verified", "secondary", "recalled")
KINDS = ("text", "textarea", "date", "choice", "number", "phone", "email")
SIGNATURES = ("none", "applicant", "issuer")
PAPERS = ("original", "copy", "certified_copy", "electronic")
MEMBERS = {
    *("code", "name", "field", "owner", "level", "online", "acr", "who", "documents", "fee", "working_days"),
    *("legal_basis", "steps", "form", "result", "source", "certainty"),
}
_CODE = re.compile(r"\d\.\d{6}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class CatalogueInvalid(Exception):
    """The file holds mistakes; the message names each with its procedure. Nothing of it was loaded."""


def built_in() -> str:
    """Give the text of the catalogue that comes with the program."""
    return files("clients.procedures").joinpath(BUILT_IN).read_text("utf-8")


def load(text: str) -> int:
    """Put the catalogue in ``text`` in the place of the old one, wholly or not at all; gives how many procedures.

    :raises CatalogueInvalid: naming every mistake.
    """
    documents = read(text)
    with writing() as work:
        records.replace_all(work, [_row(document) for document in documents])
    return len(documents)


def read(text: str) -> list[dict[str, Any]]:
    """Give the document of each procedure in a catalogue's text.

    :raises CatalogueInvalid: naming every mistake.
    """
    try:
        whole = json.loads(text)
        rows = list(whole["procedures"])
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise CatalogueInvalid(f"not a catalogue: {type(fault).__name__}: {fault}") from fault
    mistakes: list[str] = []
    documents = []
    for number, row in enumerate(rows, 1):
        try:
            documents.append(_written_out(row, whole))
        except (KeyError, TypeError, AttributeError) as fault:
            mistakes.append(f"procedure {number}: {type(fault).__name__} {fault}")
    for document in documents:
        mistakes += [f"{document['code']}: {mistake}" for mistake in _mistakes(document)]
    codes = [document["code"] for document in documents]
    mistakes += [f"{code}: stands twice" for code in sorted({code for code in codes if codes.count(code) > 1})]
    if mistakes:
        raise CatalogueInvalid("\n".join(mistakes))
    return documents


def _written_out(row: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the names of shared parts by the parts; unknown members and missing ones are a mistake."""
    if missing := sorted(MEMBERS - set(row)):
        raise KeyError(", ".join(missing))
    if excess := sorted(set(row) - MEMBERS):
        raise KeyError(f"unknown: {', '.join(excess)}")
    return {
        **row,
        "field": {"field": row["field"], "name": whole["fields"][row["field"]]},
        "owner": {"agency": row["owner"], "name": whole["owners"][row["owner"]]},
        "steps": [step for name in row["steps"] for step in _shared(whole["steps"], name)],
        "documents": [part for name in row["documents"] for part in _shared(whole["documents"], name)],
        "form": [part for name in row["form"] for part in _shared(whole["forms"], name)],
        "legal_basis": [whole["laws"][law] for law in row["legal_basis"]],
    }


def _shared(parts: Mapping[str, Any], named: Any) -> list[Any]:
    """Give a shared part by its name, or what stands in its place."""
    if not isinstance(named, str):
        return [named]
    found = parts[named]
    return list(found) if isinstance(found, list) else [found]


def _mistakes(document: Mapping[str, Any]) -> Iterator[str]:
    if not _CODE.fullmatch(str(document["code"])):
        yield "the code is a digit, a dot and six digits"
    choices = {"level": LEVELS, "online": ONLINE, "certainty": CERTAINTIES}
    for member, allowed in choices.items():
        if document[member] not in allowed:
            yield f"{member} is one of {', '.join(allowed)}"
    if assurance.level(document["acr"]) is None:
        yield f"acr {document['acr']!r} is not known"
    if not isinstance(document["working_days"], int) or not 0 <= document["working_days"] <= 365:
        yield "working_days is a whole number up to 365"
    for member in ("name", "who", "result"):
        yield from _not_both_languages(member, document[member])
    for part in document["documents"]:
        if part["paper"] not in PAPERS or part["signature"] not in SIGNATURES:
            yield f"document {part['key']}: paper or signature is not known"
        yield from _not_both_languages(f"document {part['key']}", part["name"])
    yield from _mistakes_of_form(document["form"])


def _mistakes_of_form(form: list[Mapping[str, Any]]) -> Iterator[str]:
    keys = [part["key"] for part in form]
    if len(set(keys)) != len(keys) or not all(_KEY.fullmatch(key) for key in keys):
        yield "the keys of the form are not all different small words"
    for part in form:
        yield from _not_both_languages(part["key"], part["label"])
        if part["kind"] not in KINDS:
            yield f"{part['key']}: kind {part['kind']!r} is not known"
        if part["kind"] == "choice" and not part.get("choices"):
            yield f"{part['key']}: there is nothing to choose from"


def _not_both_languages(what: str, text: Any) -> Iterator[str]:
    if not isinstance(text, Mapping) or not all(isinstance(text.get(it), str) and text[it] for it in ("vi", "en")):
        yield f"{what} is not in both languages"


def _row(document: dict[str, Any]) -> Procedure:
    name = f"{document['name']['vi']} {document['name']['en']}"
    more = f"{document['field']['name']['vi']} {document['result']['vi']} {document['code'].replace('.', '')}"
    return Procedure(
        code=document["code"],
        field=document["field"]["field"],
        owner=document["owner"]["agency"],
        level=document["level"],
        folded_name=f" {fold(name)}",
        folded=f" {fold(f'{name} {more}')} {fold(document['code'])}",
        squeezed=squeeze(f"{name} {more}"),
        document=document,
    )
