"""XML documents with XMLDSig and XAdES signatures, parsed into the signatures every later step reads.

W3C XML-Signature 1.1, ETSI EN 319 132-1. ``parse`` is the door; certificates and times are judged elsewhere.
"""

from keys.validation.formats.xml.parsing import parse

__all__ = ["parse"]
