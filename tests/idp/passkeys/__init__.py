"""Tests of the worker: its loop, how it wakes, its duties, and the process itself."""
