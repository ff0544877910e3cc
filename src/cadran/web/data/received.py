"""Files on their way in: streamed to the folder of a job, under names that are safe, within limits that are told."""

from __future__ import annotations

import hashlib
import re
import shutil
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpRequest

from cadran.errors import IntakeError, Issue, Text
from cadran.web.data.jobs import folder_of

MOST_FILES = 50
TYPES = (
    *(".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    *(".json", ".jsonl", ".ndjson", ".parquet", ".gz"),
)
_LONGEST_NAME = 120
_ROOM_FOR_THE_FORM = 2**20
_MB = 10**6


class Receiver(FileUploadHandler):
    """Writes each file as it comes, and keeps its name, size and sha256 in `files`. Raises IntakeError as soon as
    something is too much; the folder is then the caller's to throw away."""

    chunk_size = 2**20

    def __init__(self, request: HttpRequest, token: str, most_megabytes: int) -> None:
        super().__init__(request)
        self.folder = folder_of(token) / "files"
        self.files: list[dict[str, Any]] = []
        self._most = most_megabytes * _MB
        self._received = 0
        self._open: IO[bytes] | None = None
        self._digest = hashlib.sha256()
        self._name = ""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Mapping[str, Any],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Before anything is read."""
        if content_length > self._most + _ROOM_FOR_THE_FORM:
            raise IntakeError(_too_large(content_length, self._most))
        self.folder.mkdir(mode=0o700, parents=True)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if len(self.files) == MOST_FILES:
            raise IntakeError(_too_many())
        self._name = _free(safe_name(self.file_name or ""), {file["name"] for file in self.files})
        if Path(self._name).suffix.lower() not in TYPES:
            raise IntakeError(_other_type(self._name))
        self._digest = hashlib.sha256()
        self._open = (self.folder / self._name).open("xb")
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self._open is not None, "a file was begun"
        self._received += len(raw_data)
        if self._received > self._most:
            self._open.close()
            raise IntakeError(_too_large(None, self._most))
        self._open.write(raw_data)
        self._digest.update(raw_data)

    def file_complete(self, file_size: int) -> None:
        assert self._open is not None, "a file was begun"
        self._open.close()
        self.files.append({"name": self._name, "size": file_size, "sha256": self._digest.hexdigest()})

    def upload_interrupted(self) -> None:
        if self._open is not None:
            self._open.close()

    def throw_away(self) -> None:
        shutil.rmtree(self.folder.parent, ignore_errors=True)


def safe_name(name: str) -> str:
    """The last part of a path, without what no file's name should hold; never empty, never hidden, never long."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C")
    tidy = re.sub(r"\s+", " ", kept).strip(" .")
    stem, dot, suffix = tidy.rpartition(".")
    if not dot:
        return tidy[:_LONGEST_NAME] or "-"
    suffix = suffix[:12]
    while len(stem.encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    return f"{stem.strip(' .') or '-'}.{suffix}"


def _free(name: str, taken: set[str]) -> str:
    """Two files of a delivery may bear the same name."""
    stem, dot, suffix = name.rpartition(".")
    number, found = 2, name
    while found.casefold() in {each.casefold() for each in taken}:
        found = f"{stem} ({number}){dot}{suffix}" if dot else f"{name} ({number})"
        number += 1
    return found


def _too_large(size: int | None, most: int) -> Issue:
    of_fr, of_en = (f" de {size // _MB} Mo", f" of {size // _MB} MB") if size else ("", "")
    return Issue(
        "delivery_too_large",
        Text(
            f"Cet envoi{of_fr} dépasse la limite de {most // _MB} Mo. Rien n’a été gardé.",
            f"This delivery{of_en} is over the limit of {most // _MB} MB. Nothing was kept.",
        ),
        Text(
            "Envoyez une période plus courte, ou un fichier à la fois ; la limite est upload_megabytes, dans [web].",
            "Send a shorter period, or one file at a time; the limit is upload_megabytes, in [web].",
        ),
    )


def _too_many() -> Issue:
    return Issue(
        "too_many_files",
        Text(f"Un envoi contient {MOST_FILES} fichiers au plus.", f"A delivery holds {MOST_FILES} files at most."),
        Text("Envoyez les autres ensuite.", "Send the others afterwards."),
    )


def _other_type(name: str) -> Issue:
    return Issue(
        "other_type",
        Text(f"« {name} » n’est pas un fichier de données.", f'"{name}" is no file of data.'),
        Text(
            "Exportez les données en CSV, Excel (.xlsx), OpenDocument (.ods), JSON ou Parquet.",
            "Export the data as CSV, Excel (.xlsx), OpenDocument (.ods), JSON or Parquet.",
        ),
    )
