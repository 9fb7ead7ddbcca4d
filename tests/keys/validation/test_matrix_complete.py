"""The time-travel matrix is complete and speaks the standard's language (ETSI EN 319 102-1 V1.4.1).

Judges the expectations alone: no validation code is imported here. That the code meets them is another test's story.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

MATRIX: dict[str, Any] = json.loads((Path(__file__).parent / "matrix.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = MATRIX["rows"]
EXTRA_ROWS: list[dict[str, Any]] = MATRIX["extra_rows"]
EVERY_ROW = ROWS + EXTRA_ROWS
STORIES: dict[str, dict[str, Any]] = MATRIX["stories"]
EVERY_STORY: dict[str, dict[str, Any]] = STORIES | MATRIX["extra_stories"]

LEVELS = ("B", "T", "LT", "LTA")
PRODUCT_STORIES = {"good", "revoked_before", "revoked_after", "expired", "revoked_then_expired", "held", "released"}
WHENS = ("now", "plus_1_day", "plus_400_days")
FIELDS = {"level", "story", "when", "indication", "sub_indication", "clause", "reason"}
STORY_FIELDS = {
    "definition",
    "not_before",
    "not_after",
    "events",
    "content_timestamp",
    "expired_certs_on_crl",
    "supplied_crl",
}
OPTIONAL_STORY_FIELDS = {"listed_after_expiry", "tsa_signature_not_after"}

# §5.1.3, tables of the main indications and of the sub-indications that go with them
LEGAL: dict[str, set[str | None]] = {
    "TOTAL-PASSED": {None},
    "TOTAL-FAILED": {
        "FORMAT_FAILURE",
        "HASH_FAILURE",
        "SIG_CRYPTO_FAILURE",
        "REVOKED",
        "EXPIRED",
        "NOT_YET_VALID",
    },
    "INDETERMINATE": {
        "SIG_CONSTRAINTS_FAILURE",
        "CHAIN_CONSTRAINTS_FAILURE",
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "CRYPTO_CONSTRAINTS_FAILURE",
        "POLICY_PROCESSING_ERROR",
        "SIGNATURE_POLICY_NOT_AVAILABLE",
        "TIMESTAMP_ORDER_FAILURE",
        "NO_SIGNING_CERTIFICATE_FOUND",
        "NO_CERTIFICATE_CHAIN_FOUND",
        "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
        "REVOKED_NO_POE",
        "REVOKED_CA_NO_POE",
        "OUT_OF_BOUNDS_NO_POE",
        "OUT_OF_BOUNDS_NOT_REVOKED",
        "REVOCATION_OUT_OF_BOUNDS_NO_POE",
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        "NO_POE",
        "TRY_LATER",
        "SIGNED_DATA_NOT_FOUND",
    },
}
STEP = r"§5(?:\.\d+)+ \d+\)(?:[a-z]\))?(?:[a-z]\.(?:i{1,3})?)?"
CLAUSE = re.compile(rf"EN 319 102-1 {STEP}(?:, {STEP})*")


def name(row: dict[str, Any]) -> str:
    return f"{row['level']}-{row['story']}-{row['when']}"


def instant(text: str) -> datetime:
    assert text.endswith("Z"), f"{text} is not written in UTC"
    return datetime.fromisoformat(text).astimezone(UTC)


def moment(label: str) -> datetime:
    return instant(MATRIX["clock"][label])


def verdict(row: dict[str, Any]) -> tuple[str, str | None]:
    return row["indication"], row["sub_indication"]


def status_at(story: dict[str, Any], when: datetime) -> str:
    """What the authority would have said of the signer at that instant: good, revoked or on_hold."""
    past = [event["status"] for event in story["events"] if instant(event["at"]) <= when]
    return past[-1] if past else "good"


def valid_at(story: dict[str, Any], when: datetime) -> bool:
    return instant(story["not_before"]) <= when <= instant(story["not_after"])


def test_every_combination_stands_once() -> None:
    assert set(STORIES) == PRODUCT_STORIES
    found = sorted((row["level"], row["story"], row["when"]) for row in ROWS)
    assert found == sorted(product(LEVELS, PRODUCT_STORIES, WHENS))


def test_extra_rows_stand_at_most_once_and_tell_every_extra_story() -> None:
    found = [name(row) for row in EXTRA_ROWS]
    assert len(found) == len(set(found))
    assert {row["story"] for row in EXTRA_ROWS} == set(MATRIX["extra_stories"])
    assert not set(STORIES) & set(MATRIX["extra_stories"])
    assert {row["level"] for row in EXTRA_ROWS} <= set(LEVELS)
    assert {row["when"] for row in EXTRA_ROWS} <= set(WHENS)


@pytest.mark.parametrize("row", EVERY_ROW, ids=name)
def test_a_row_is_a_legal_verdict_with_clause_and_reason(row: dict[str, Any]) -> None:
    assert set(row) == FIELDS
    assert row["sub_indication"] in LEGAL[row["indication"]]
    assert CLAUSE.fullmatch(row["clause"]), row["clause"]
    assert re.fullmatch(r"[A-Z][^.;!?]{20,240}\.", row["reason"]), "one English sentence"


def test_the_clock_runs_forward_and_lies_in_the_past() -> None:
    order = ("signing", "signature_timestamp", "embedded_evidence", "archive_timestamp", *WHENS)
    instants = [moment(label) for label in order]
    assert instants == sorted(set(instants))
    assert moment("t0") == moment("signing")
    assert moment("signature_timestamp") - moment("t0") == timedelta(minutes=1)
    assert moment("plus_1_day") - moment("now") == timedelta(days=1)
    assert moment("plus_400_days") - moment("now") == timedelta(days=400)
    assert moment("plus_400_days") < datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("label", EVERY_STORY)
def test_a_story_can_be_built_from_its_fields(label: str) -> None:
    story = EVERY_STORY[label]
    assert STORY_FIELDS <= set(story) <= STORY_FIELDS | OPTIONAL_STORY_FIELDS
    assert instant(story["not_before"]) < instant(story["not_after"])
    at = [instant(event["at"]) for event in story["events"]]
    assert at == sorted(set(at))
    assert {event["status"] for event in story["events"]} <= {"revoked", "on_hold", "good"}
    instants = [*at, instant(story["not_after"]), moment("signature_timestamp")]
    if story["content_timestamp"]:
        assert instant(story["content_timestamp"]) < moment("signing")
        instants.append(instant(story["content_timestamp"]))
    gaps = [abs(a - b) for a, b in product(instants, repeat=2) if a != b]
    assert all(gap >= timedelta(seconds=30) for gap in gaps), "the time-stamp's accuracy would decide"


def test_the_stories_of_the_product_are_what_their_names_say() -> None:
    stamped, moments = moment("signature_timestamp"), [moment(when) for when in WHENS]

    def course(label: str) -> tuple[str, list[str]]:
        return status_at(STORIES[label], stamped), [status_at(STORIES[label], at) for at in moments]

    assert course("good") == course("expired") == ("good", ["good"] * 3)
    assert course("revoked_before") == course("revoked_then_expired") == ("revoked", ["revoked"] * 3)
    assert course("revoked_after") == ("good", ["revoked"] * 3)
    assert course("held") == ("on_hold", ["on_hold"] * 3)
    assert course("released") == ("on_hold", ["good"] * 3)
    assert all(valid_at(story, stamped) for story in STORIES.values())
    expiry = {label: [valid_at(story, at) for at in moments] for label, story in STORIES.items()}
    assert expiry.pop("expired") == [False, False, False]
    assert expiry.pop("revoked_then_expired") == [True, True, False]
    assert all(all(valid) for valid in expiry.values())


def test_the_points_fixed_by_the_requirement_hold() -> None:
    fixed: dict[tuple[str, str], tuple[str, str | None]] = {
        ("B", "expired"): ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE"),
        ("B", "revoked_before"): ("INDETERMINATE", "REVOKED_NO_POE"),
        ("B", "revoked_after"): ("INDETERMINATE", "REVOKED_NO_POE"),
        ("B", "revoked_then_expired"): ("INDETERMINATE", "REVOKED_NO_POE"),
        ("T", "revoked_before"): ("INDETERMINATE", "REVOKED_NO_POE"),
        ("T", "revoked_then_expired"): ("INDETERMINATE", "REVOKED_NO_POE"),
        ("T", "revoked_after"): ("TOTAL-PASSED", None),
        ("T", "held"): ("INDETERMINATE", "TRY_LATER"),
    }
    judged = [row for row in ROWS if (row["level"], row["story"]) in fixed]
    assert len(judged) == len(fixed) * len(WHENS)
    assert {name(row): verdict(row) for row in judged} == {
        name(row): fixed[row["level"], row["story"]] for row in judged
    }


@pytest.mark.parametrize("row", [row for row in EVERY_ROW if row["indication"] == "TOTAL-FAILED"], ids=name)
def test_only_a_timestamp_that_proves_it_makes_a_failure_definite(row: dict[str, Any]) -> None:
    story = EVERY_STORY[row["story"]]
    if row["sub_indication"] == "NOT_YET_VALID":
        assert row["level"] != "B"
        assert moment("signature_timestamp") < instant(story["not_before"])
        return
    proof = instant(story["content_timestamp"])
    assert row["sub_indication"] in {"REVOKED", "EXPIRED"}
    assert (status_at(story, proof) == "revoked") == (row["sub_indication"] == "REVOKED")
    assert (proof > instant(story["not_after"])) == (row["sub_indication"] == "EXPIRED")


@pytest.mark.parametrize("row", [row for row in EVERY_ROW if row["indication"] == "TOTAL-PASSED"], ids=name)
def test_nothing_passes_without_a_proof_that_the_certificate_was_good(row: dict[str, Any]) -> None:
    story, judged_at = EVERY_STORY[row["story"]], moment(row["when"])
    good_now = status_at(story, judged_at) == "good" and valid_at(story, judged_at)
    stamped = moment("signature_timestamp")
    good_then = status_at(story, stamped) == "good" and valid_at(story, stamped)
    assert good_now or (row["level"] != "B" and good_then)


@pytest.mark.parametrize("story", EVERY_STORY)
def test_more_evidence_never_takes_a_pass_away(story: str) -> None:
    for when in WHENS:
        passed = {
            row["level"]: row["indication"] == "TOTAL-PASSED"
            for row in EVERY_ROW
            if (row["story"], row["when"]) == (story, when) and row["level"] != "B"
        }
        in_order = [passed[level] for level in LEVELS if level in passed]
        assert in_order == sorted(in_order)
