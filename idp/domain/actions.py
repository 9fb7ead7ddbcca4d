"""The acts that the audit trail knows, each by the word its feature has everywhere else.

A new feature adds its word here; nothing is recorded under any other.
"""

from enum import StrEnum


class Action(StrEnum):
    """What was done. The value is what the trail keeps, so it never changes once released."""

    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_FROZEN = "account_frozen"
    ACCOUNT_THAWED = "account_thawed"
    ACCOUNT_CLOSED = "account_closed"
    CLOSING_BEGUN = "closing_begun"
    CLOSING_STOPPED = "closing_stopped"
    OWN_DATA_DOWNLOADED = "own_data_downloaded"
    SIGNED_UP = "signed_up"
    CONTACT_CONFIRMED = "contact_confirmed"
    CONTACT_REMOVED = "contact_removed"
    IDENTITY_PROOFED = "identity_proofed"
    PERSONAL_NUMBER_CLAIM_ENDED = "personal_number_claim_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a word, not a password)
    AUTHENTICATOR_ADDED = "authenticator_added"
    AUTHENTICATOR_REMOVED = "authenticator_removed"
    AUTHENTICATOR_COPIED = "authenticator_copied"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_BEGUN = "recovery_begun"
    RECOVERY_STOPPED = "recovery_stopped"
    RECOVERY_REFUSED = "recovery_refused"
    RECOVERY_CONTACT_CONFIRMED = "recovery_contact_confirmed"
    ACCOUNT_RECOVERED = "account_recovered"
    EVERYTHING_STOPPED = "everything_stopped"
    ROLE_GRANTED = "role_granted"
    ROLE_WITHDRAWN = "role_withdrawn"

    SIGNED_IN = "signed_in"
    SIGN_IN_APPROVED = "sign_in_approved"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGN_IN_THROTTLED = "sign_in_throttled"
    STEPPED_UP = "stepped_up"
    STEP_UP_REFUSED = "step_up_refused"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    LOGOUT_NOTIFIED = "logout_notified"
    LOGOUT_NOTICE_GIVEN_UP = "logout_notice_given_up"

    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_WITHDRAWN = "consent_withdrawn"

    CODE_ISSUED = "code_issued"
    CODE_REPLAYED = "code_replayed"
    TOKEN_ISSUED = "token_issued"  # noqa: S105
    TOKEN_REFRESHED = "token_refreshed"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    TOKEN_INTROSPECTED = "token_introspected"  # noqa: S105
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105
    USERINFO_READ = "userinfo_read"
    PERSONAL_DATA_READ = "personal_data_read"

    CLIENT_ADDED = "client_added"
    CLIENT_CHANGED = "client_changed"
    CLIENT_REMOVED = "client_removed"
    CLIENT_REFUSED = "client_refused"
    INITIAL_ACCESS_TOKEN_ISSUED = "initial_access_token_issued"  # noqa: S105

    KEY_MADE = "key_made"
    KEY_ROTATED = "key_rotated"
    KEY_RETIRED = "key_retired"

    ADMIN_INVITED = "admin_invited"
    ADMIN_ENROLLED = "admin_enrolled"
    DEMO_SEEDED = "demo_seeded"

    AUTHORITY_MADE = "authority_made"
    RESPONDER_RENEWED = "responder_renewed"
    CRL_PUBLISHED = "crl_published"
    CERTIFICATE_REQUESTED = "certificate_requested"
    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_HELD = "certificate_held"
    CERTIFICATE_RELEASED = "certificate_released"
    CERTIFICATE_REVOKED = "certificate_revoked"

    AGENCIES_LOADED = "agencies_loaded"

    AUDIT_EXPORTED = "audit_exported"
