"""Where a file that somebody sends to a page is put while it is read: memory alone, so that nothing ever touches a disk.

How long a body may be is ``middleware.request_body``'s to say.
"""

from io import BytesIO
from typing import IO

from flask import Request


class InMemoryRequest(Request):
    """A request whose files are kept in memory, where the framework would write long ones to a temporary file."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()
