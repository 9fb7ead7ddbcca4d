"""The decision: our own process to ETSI EN 319 102-1 V1.4.1 over a set of proofs of existence.

Format, signer and integrity come from the parsers; here time-stamps give the best signature time, and the certificate,
its status and the algorithms are judged as of that time. ``document`` runs it, ``verdict`` is what comes out.
"""

from keys.validation.process.document import conclude, judge_document

__all__ = ["conclude", "judge_document"]
