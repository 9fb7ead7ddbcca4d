"""ASiC containers, simple and extended, with XAdES or CAdES signatures (ETSI EN 319 162-1).

``parse`` is the door; the bdoc, edoc and OpenDocument forms are read as ASiC-E.
"""

from keys.validation.formats.asic.parsing import parse

__all__ = ["parse"]
