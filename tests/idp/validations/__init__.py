"""Signed documents judged for whoever asks."""
