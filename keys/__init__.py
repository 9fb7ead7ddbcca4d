"""Signing keys, certificates, revocation, trust and the validation of document signatures."""
