"""``/consent``: a portal asks, the person sees in words what it would learn, leaves out what they like, and answers.

OpenID Connect Core §3.1.2.4. What was agreed is kept by ``idp.domain.consents``; the page is left through the dispatcher.
"""

from dataclasses import dataclass

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from idp.domain import consents
from idp.domain.own_account import profile_of
from idp.domain.release import claims_of, facts_of, scopes
from idp.http.interaction import Interaction, step_in_hand
from idp.http.pages.agency_words import with_agency_name
from idp.http.pages.claim_words import CLAIMS, SHOWN, ClaimWords, claim_words, scope_words
from idp.protocol.authorization.decision import Consent
from idp.services import Services
from templates.language import current_language


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: claims that the service needs, claims that may be left out, and rights that are no claims."""

    person: str
    required: tuple[ClaimWords, ...]
    optional: tuple[ClaimWords, ...]
    rights: tuple[str, ...]
    refused: frozenset[str]
    changed: bool = False
    """Whether the person agreed before, and the portal's purposes are others now."""
    withdrawn: bool = False
    """Whether the person had sent the portal away."""


def consent_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("consent", __name__)

    @blueprint.get("/consent")
    def consent() -> ResponseReturnValue:
        found = step_in_hand(services, Consent)
        if not isinstance(found, tuple):
            return found
        here, _ = found
        known = here.request.client.metadata
        policy = known.get(f"policy_uri#{current_language()}") or known.get("policy_uri", "")
        return here.page("idp/consent.html", question=question(here), policy_address=policy)

    @blueprint.post("/consent")
    def answer() -> ResponseReturnValue:
        found = step_in_hand(services, Consent)
        if not isinstance(found, tuple):
            return found
        here, _ = found
        if here.session is None or request.form.get("answer") not in ("agree", "refuse"):
            return here.go_on()
        if request.form["answer"] == "refuse":
            return here.note(denied=True)
        asked = question(here)
        offered = {claim.claim for claim in asked.optional}
        # What was left out before and is not asked about now stays left out: agreeing to more is not agreeing to that.
        refused = (asked.refused - offered) | (offered - set(request.form.getlist("claim")))
        consents.agree(services, here.session.account_id, here.request.client, here.request.to_agree, refused)
        return here.note(consented=here.session.account_id)

    return blueprint


def question(here: Interaction) -> Question:
    """Put a request into words. A claim that the person has not got is not offered for refusal."""
    account_id = here.session.account_id if here.session else ""
    profile = profile_of(here.services, account_id)
    facts, asked = with_agency_name(here.services, facts_of(profile)), here.request.scopes
    by_scope, wished = claims_of(asked), here.request.wished
    registered = here.request.client.scopes if wished else asked
    may_refuse = {claim for name in registered if name in scopes() for claim in scopes()[name].optional}
    shown = [claim for claim in SHOWN if claim in by_scope | wished]
    shown += [claim for claim in CLAIMS if claim in wished - by_scope and claim not in SHOWN]
    agreed = consents.agreement(here.services, account_id, here.request.client, here.request.to_agree)
    return Question(
        person=profile.name,
        required=tuple(claim_words(claim, facts.get(claim)) for claim in shown if claim not in may_refuse),
        optional=tuple(claim_words(claim, facts[claim]) for claim in shown if claim in may_refuse and facts.get(claim)),
        rights=tuple(scope_words(name) for name in asked if name not in scopes() or name == "offline_access"),
        refused=frozenset(agreed.refused_claims),
        changed=agreed.changed,
        withdrawn=agreed.withdrawn,
    )
