"""Why a passkey is not taken, each in a sentence that tells the person what to do; no reason names another account."""

from idp.errors import Refusal
from idp.words import mark


class PasskeyRefused(Refusal):
    """What the browser gave does not hold; nothing was changed."""

    status_code = 403

    def __init__(self, message: str = "", field: str | None = None) -> None:
        super().__init__(message or mark("This passkey could not be checked. Please try again."), field)


class CeremonyOver(PasskeyRefused):
    """The challenge is too old, used, another browser's or not ours."""

    def __init__(self) -> None:
        super().__init__(mark("That took too long, or was tried before. Please try once more."))


class UnknownPasskey(PasskeyRefused):
    """No account has this passkey, or no longer.

    :param credential_id: base64url, for telling the browser so.
    """

    def __init__(self, credential_id: str = "") -> None:
        self.credential_id = credential_id
        super().__init__(
            mark("This passkey is not known here; it may have been removed. Use another one, or sign in another way.")
        )


class CopiedPasskey(PasskeyRefused):
    """The signature counter fell behind: there is a second copy of the key (Web Authentication §6.1.1)."""

    def __init__(self) -> None:
        super().__init__(
            mark(
                "This passkey seems to have been copied, so it is not accepted any more. "
                "Sign in another way, remove it, and add a new one."
            )
        )


class NotThisAccount(PasskeyRefused):
    """The passkey is another account's than the one that is asked to confirm."""

    def __init__(self) -> None:
        super().__init__(
            mark("This passkey belongs to another account than the one signed in. Use one of this account.")
        )


class PasskeyNotAllowed(PasskeyRefused):
    """An official's passkey must be of a model that the administration allows, shown by its attestation."""

    def __init__(self) -> None:
        super().__init__(
            mark(
                "Officials sign in with security keys that the administration has allowed. This one is not among them."
            )
        )
