"""What a form may bring that is no delivery: whoever sends more is stopped before any of it is kept.

A form is read to find its token, before anybody knows who sends it: without a limit, a stranger could fill the disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MOST_BYTES = 24 * 2**20  # a workbook of objectives and its form; deliveries have a receiver of their own


class Small(FileUploadHandler):
    """Stands before the handlers that keep a file. Raises RequestDataTooBig before anything is read."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, Any],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > MOST_BYTES:
            raise RequestDataTooBig(f"{content_length} bytes sent with a form")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
