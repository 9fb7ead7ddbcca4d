"""The pages of the interactive steps, by the step that each is for: where ``/authorize`` sends a browser next."""

from idp.protocol.authorization.decision import Consent, Next, SignIn

STEP_UP = "/step-up"
_PAGES = {SignIn: "/signin", Consent: "/consent"}


def page_of(step: Next | None, pending_id: str, script_root: str) -> str:
    """Give the address of a step's page, for the request of that name (base64url, so nothing to encode)."""
    return f"{script_root}{_PAGES.get(type(step), STEP_UP)}?pending={pending_id}"
