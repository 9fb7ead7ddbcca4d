"""The validation policies that a caller may ask for, by name (EN 319 102-1 §5.1.4), each in two modes.

*live* wants a status that is current now; *long-term* takes what was current when the signature is proven to have been
there. What a policy holds is ``keys.validation.policy``.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from idp.errors import Refusal
from idp.words import mark
from keys.validation.policy import DEFAULT_POLICY, Mode, Policy
from keys.validation.trust import Hierarchy

USUAL = "motcua-1"

POLICIES: Mapping[str, Policy] = MappingProxyType(
    {
        USUAL: DEFAULT_POLICY,
        "motcua-1-government": replace(
            DEFAULT_POLICY,
            id="urn:motcua:validation:policy:1:government",
            name="Motcua 1, government",
            hierarchies=frozenset({Hierarchy.GOVERNMENT.value}),
        ),
        "motcua-1-public": replace(
            DEFAULT_POLICY,
            id="urn:motcua:validation:policy:1:public",
            name="Motcua 1, public",
            hierarchies=frozenset({Hierarchy.PUBLIC.value}),
        ),
    }
)
"""By the name that a request gives; a policy's own URN is understood as well."""


class UnknownPolicy(Refusal):
    """There is no policy of that name."""


def policy_named(name: str, mode: Mode | None = None) -> Policy:
    """Give the policy of that name or URN, in that mode.

    :raises UnknownPolicy: for a name that is none of ``POLICIES``.
    """
    found = POLICIES.get(name) or next((each for each in POLICIES.values() if each.id == name), None)
    if found is None:
        raise UnknownPolicy(mark("There is no validation policy of that name."), field="policy")
    return found if mode is None else replace(found, mode=mode)
