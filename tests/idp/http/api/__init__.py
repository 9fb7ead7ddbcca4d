"""Tests of the provider's API."""
