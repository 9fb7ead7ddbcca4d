"""Tests of document-signature validation."""
