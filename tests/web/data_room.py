"""What the tests of the data room share: jobs done at once, in this process, and files sent as a browser would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cadran.served import Served
from cadran.web.data import jobs, tasks
from cadran.web.people.frame import served
from cadran.workspace import Workspace
from tests.web.conftest import FOLDER


def do_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job's work without its process: accounts written in a test are rolled back, another process never sees them."""

    def launch(token: str, alive: int) -> int:
        tasks.run(token)
        return 1

    monkeypatch.setattr(jobs, "launch", launch)


def send(client: Client, *files: Path | tuple[str, bytes], source: str = "") -> str:
    """The address of the job that sending files made."""
    made = [(file.name, file.read_bytes()) if isinstance(file, Path) else file for file in files]
    uploads = [SimpleUploadedFile(name, content) for name, content in made]
    answer = client.post("/data/upload/", {"files": uploads, "source": source})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()
    return str(answer.content.decode())


@contextmanager
def empty_company(folder: Path) -> Iterator[Workspace]:
    """A company with the sample's choices, people and mapping, and nothing imported, served meanwhile."""
    workspace = Workspace.create(
        folder,
        name="Vide",
        country="FR",
        lang="fr",
        timezone="Europe/Paris",
        today=Workspace.open(FOLDER).settings.today(),
        revenue_basis="invoiced",
        retention_basis="contracts",
    )
    for own in ("people.toml", "mappings/objectifs.yaml"):
        (folder / own).write_bytes((FOLDER / own).read_bytes())
    Served.__init__(served, folder)
    try:
        yield workspace
    finally:
        Served.__init__(served, FOLDER)
