"""The built-in certificate authority: profiles, issuing, CRLs and OCSP answers (RFC 5280, RFC 6960).

Keeping what was issued is left to ``keys.store``, judging certificates of others to ``keys.validation``.
"""
