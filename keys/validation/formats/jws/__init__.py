"""JSON documents with JWS and JAdES signatures, parsed into the signatures every later step reads.

RFC 7515, RFC 7797, ETSI TS 119 182-1. ``parse`` is the door; certificates and times are judged elsewhere.
"""

from keys.validation.formats.jws.parsing import parse
from keys.validation.formats.jws.serialization import looks_like_jws

__all__ = ["looks_like_jws", "parse"]
