"""An administrator at work: how far their acts reach, and how the audit trail names them.

Deny by default: ``administrator`` reaches the account's agency and those below it, nothing without one;
``central_administrator`` beside it lifts that limit. Whether somebody is one is asked at each call (``idp.http.api.access``).
"""

from dataclasses import dataclass

from idp.domain import audit
from idp.domain.audit import Action, Entry

ADMINISTRATOR = "administrator"
CENTRAL = "central_administrator"


@dataclass(frozen=True)
class Administrator:
    """Who administers: their account, where they do it, and the session they are signed in with."""

    account_id: str
    roles: tuple[str, ...] = ()
    agency: str | None = None
    client_id: str | None = None
    session: str | None = None

    @property
    def sees_all(self) -> bool:
        """Whether their acts are not limited to their agency."""
        return CENTRAL in self.roles

    @property
    def limited_to(self) -> str | None:
        """The agency that their lists are limited to, None for all; an empty code, which is nobody's, without one."""
        return None if self.sees_all else self.agency or ""

    def reaches(self, agency: str | None) -> bool:
        """Tell whether they may see and act on what is an agency's: their own and those below it."""
        if self.sees_all:
            return True
        return bool(self.agency and agency) and f"{agency}.".startswith(f"{self.agency}.")

    @property
    def actor(self) -> tuple[str, str]:
        """Who acts, for the audit trail."""
        return ("administrator", self.account_id)

    def entry(
        self,
        action: Action,
        at: float,
        *,
        object: tuple[str, str],
        account_id: str | None = None,
        reason: str | None = None,
    ) -> Entry:
        """Make an entry for an act of theirs, with their agency, the application they use and their session.

        :param account_id: whom it is about; never the administrator's own.
        """
        about = account_id or (object[1] if object[0] == "account" else None)
        return audit.entry(
            action,
            at,
            actor=self.actor,
            object=object,
            account_id=about,
            agency=self.agency,
            client_id=self.client_id,
            session=self.session,
            reason=reason,
            roles=[*self.roles],
        )
