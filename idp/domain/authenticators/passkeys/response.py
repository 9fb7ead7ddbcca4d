"""Reads what a browser gives at the end of a ceremony, before anything of it is believed.

The JSON forms are Web Authentication §5.1's ``RegistrationResponseJSON`` and ``AuthenticationResponseJSON``. Whatever
cannot be read is refused in the same words; why stands in the log.
"""

import json
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

from idp.domain.authenticators.passkeys.kept import decoded
from idp.domain.authenticators.passkeys.refusals import PasskeyRefused

log = structlog.get_logger(__name__)
T = TypeVar("T")
LONGEST = 32_768
"""Characters of a response; an attestation with its certificates takes a few thousand."""


def read_response(text: str) -> tuple[dict[str, Any], bytes]:
    """Give the response and the challenge that its client data names.

    :raises PasskeyRefused: when it cannot be read, or was made in a frame of another site.
    """

    def read() -> tuple[dict[str, Any], bytes]:
        if len(text) > LONGEST:
            raise ValueError("the response is too long")
        response: dict[str, Any] = json.loads(text)
        client_data = json.loads(decoded(response["response"]["clientDataJSON"]))
        # Our pages are never framed, so an answer from within a frame is somebody's trick (§7.2 step 13).
        if client_data.get("crossOrigin", False) is not False:
            raise ValueError("the ceremony ran in a frame of another origin")
        return response, decoded(client_data["challenge"])

    return checked(read)


def checked(step: Callable[[], T]) -> T:
    """Run a step that reads what a stranger sent, through libraries that raise whatever their parsers do.

    :raises PasskeyRefused: when it fails; nothing of the failure is told.
    """
    try:
        return step()
    except PasskeyRefused:
        raise
    except Exception as error:
        log.info("passkey_refused", trouble=type(error).__name__, why=str(error)[:200])
        raise PasskeyRefused from None
