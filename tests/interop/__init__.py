"""Relying parties written by others, against a started provider."""
