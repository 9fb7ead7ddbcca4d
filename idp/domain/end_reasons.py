"""Why a session, and the refresh families bound to it, may end: one word each, the same in the trail, the API and the console.

What people read for each is the reader's affair (``clients.console.words``); a test holds the two lists together.
"""

from typing import Literal, get_args

ByAdministrator = Literal["asked_by_owner", "device_lost", "suspected_misuse", "left_office", "mistake"]
"""What an administrator may give as the reason."""

EndReason = (
    ByAdministrator
    | Literal[
        "signed_out",
        "ended_by_owner",
        "stopped_by_owner",
        "replaced",
        "password_recovered",
        "account_recovered",
        "authenticator_removed",
        "passkey_removed",
        "certificate_revoked",
        "certificate_on_hold",
        "account_frozen",
        "account_closing",
        "account_closed",
        "role_withdrawn",
    ]
)
"""``stopped_by_owner``: by the link of a notice; ``replaced``: somebody else signed in to the same browser."""

BY_ADMINISTRATOR: tuple[ByAdministrator, ...] = get_args(ByAdministrator)
END_REASONS: tuple[EndReason, ...] = tuple(word for part in get_args(EndReason) for word in get_args(part))
