"""What the process counts for its operator, in the Prometheus text format; labels are few and fixed.

Owns the instruments and their text. With several processes on one machine, ``PROMETHEUS_MULTIPROC_DIR`` (the client
library's own variable) names a folder in which they add up; without it each process tells its own numbers.
"""

import os

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

registry = CollectorRegistry()
"""Every instrument of the provider."""

REQUEST_SECONDS = Histogram(
    "motcua_request_seconds",
    "Time to answer a request, by where it was answered and how it ended",
    ("where", "status"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=registry,
)


def exposition() -> tuple[bytes, str]:
    """Give all numbers and their media type."""
    source = registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        source = CollectorRegistry()
        MultiProcessCollector(source)  # type: ignore[no-untyped-call]
    return generate_latest(source), CONTENT_TYPE_LATEST
