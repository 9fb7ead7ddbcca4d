"""Tests, read as stories of HTTP exchanges."""
