"""The pages over the sample company, in this process. It is built once; what a test writes to accounts is rolled back.

A test that changes the company itself takes `company`: a copy of its own.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Settings are read from the folder when Django starts, which is when the first of these modules is imported.
FOLDER = Path(tempfile.mkdtemp(prefix="cadran-web-")) / "company"
os.environ["CADRAN_WORKSPACE"] = str(FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "cadran.web.project.settings"

from cadran.access import Role  # noqa: E402
from cadran.demo.build import build_demo  # noqa: E402
from cadran.people import add_person  # noqa: E402
from cadran.workspace import Workspace  # noqa: E402
from tests.web_setting import add_web_setting  # noqa: E402

build_demo(FOLDER, lang="fr")
# A KPI of the company's own, for the addresses that change one.
(FOLDER / "kpis" / "largest_line.yaml").write_text(
    """largest_line:
  label: {fr: "Plus grosse ligne", en: "Largest line"}
  question: {fr: "Quelle est la plus grosse ligne ?", en: "Which is the largest line?"}
  definition: {fr: "Le plus grand montant d’une ligne.", en: "The largest amount of a line."}
  kind: flow
  of: sales
  on: sold_on
  formula: max(amount)
  unit: money
""",
    "utf-8",
)
PEOPLE = {
    Role.DIRECTOR: "direction@valmarin.example",
    Role.MANAGER: "c.aubrenel@valmarin.example",
    Role.REP: "h.vasterin@valmarin.example",
    Role.ANALYST: "analyste@valmarin.example",
    Role.FINANCE: "finance@valmarin.example",
    Role.ADMINISTRATOR: "admin@valmarin.example",
}
for role, email in PEOPLE.items():
    add_person(FOLDER, email, role)

add_web_setting(FOLDER, "patience = 600")  # seconds: a page shows its figures, however slow the machine

from cadran.web.serve import prepare  # noqa: E402

prepare(FOLDER)

from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402

from cadran.served import Served  # noqa: E402
from cadran.web.people.frame import served  # noqa: E402
from cadran.web.people.models import Person  # noqa: E402

SignIn = Callable[[Role], Client]


@pytest.fixture(scope="session", autouse=True)
def gone_at_the_end() -> Iterator[None]:
    yield
    shutil.rmtree(FOLDER.parent, ignore_errors=True)


@pytest.fixture(autouse=True)
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def sign_in() -> SignIn:
    """A browser (without scripts) that somebody of a role has signed in with."""

    def signed_in(role: Role) -> Client:
        person = Person.objects.filter(email=PEOPLE[role]).first() or Person.objects.create_user(PEOPLE[role])
        client = Client(headers={"accept-language": "fr"}, SERVER_NAME="localhost")
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the sample company that the pages serve during the test, to be changed at will."""
    folder = tmp_path / "company"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("web"))
    Served.__init__(served, folder)
    yield Workspace.open(folder)
    Served.__init__(served, FOLDER)
