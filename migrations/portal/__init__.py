"""Revisions of a site's database."""
