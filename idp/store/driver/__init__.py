"""The two databases' own drivers, for the statements of hot paths: one connection class each, of the same verbs.

``idp.store.direct`` keeps the connections and decides when they are used; nothing else comes here.
"""

from idp.store.driver.statement import Row, Statement

__all__ = ["Row", "Statement"]
