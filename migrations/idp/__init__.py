"""Revisions of the provider's database."""
