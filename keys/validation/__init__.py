"""Is this document really signed? Validation of document signatures to ETSI EN 319 102-1.

``validate`` is the way in; it is imported when first used, because the sandbox imports this package too and must stay
small.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    if name == "validate":
        from keys.validation.facade import validate

        return validate
    raise AttributeError(name)
