"""What the stories of the frame share: the log as it was written, and a provider without its protocol."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from idp.logging import configure_logging


@pytest.fixture
def log_lines() -> Iterator[Callable[[], list[dict]]]:
    """Give a function that gives the lines logged so far."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    configure_logging(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.configure(**before)
    root.handlers[:], root.level = handlers, level
