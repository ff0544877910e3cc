"""Serving a company's pages: `python -m cadran.web.serve FOLDER --host H --port P --workers N --lang L`.

The first start makes the accounts' database and an administrator, and says the one-time link that lets them in.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import django

from cadran.access import Role
from cadran.errors import CadranError, Issue, Lang, SettingsError, Text
from cadran.people import add_person, read_people

FIRST_ADMINISTRATOR = "administrator@localhost"
# Requests that one process answers at once. Most that are not over at once wait, for figures or for a turn.
_THREADS = 4 * (os.cpu_count() or 1) + 4
_CONNECTIONS = 1024
_LEAVING = 10  # seconds that a stopped server may take to end what it is working out


def prepare(folder: Path) -> str | None:
    """Bring the accounts' database up to date. The path of a one-time link for the first administrator, until
    somebody has used it; None where there is an administrator, or nobody needs one."""
    os.environ["CADRAN_WORKSPACE"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "cadran.web.project.settings"
    django.setup()
    from django.core.management import call_command
    from django.db import OperationalError

    from cadran.web.people.demo import demo_people
    from cadran.web.people.invitations import link_for
    from cadran.web.people.models import Person

    try:
        call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        raise SettingsError(_unreachable(error)) from error
    if demo_people():
        return None
    administrators = [email for email, role in read_people(folder).items() if role is Role.ADMINISTRATOR]
    if not administrators:
        add_person(folder, FIRST_ADMINISTRATOR, Role.ADMINISTRATOR)
        administrators = [FIRST_ADMINISTRATOR]
    if any(person.has_usable_password() for person in Person.objects.filter(email__in=administrators)):
        return None
    return link_for(administrators[0])


def serve(folder: Path, host: str, port: int, workers: int, lang: Lang) -> None:
    """Serve until stopped."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    link = prepare(folder)
    address = f"http://{host}:{port}"
    print(_SERVED.to(lang).format(address=address), flush=True)
    if link:
        print(_FIRST.to(lang).format(link=address + link), flush=True)
    Granian(
        "cadran.web.project.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_THREADS,
        backlog=_CONNECTIONS,
        backpressure=_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=_LEAVING,
        log_level=LogLevels.warning,
    ).serve()


def _unreachable(error: Exception) -> Issue:
    """In the database's own words, which name a server but no password."""
    said = str(error).strip().splitlines()[0]
    return Issue(
        "accounts_out_of_reach",
        Text(
            f"La base des comptes ([web] database) ne répond pas : {said}",
            f"The accounts' database ([web] database) does not answer: {said}",
        ),
        Text(
            "Vérifiez son adresse dans cadran.toml, et que le serveur est en marche.",
            "Check its address in cadran.toml, and that the server runs.",
        ),
    )


_SERVED = Text(
    "Cadran répond à l’adresse {address} (Ctrl C pour arrêter).", "Cadran answers at {address} (Ctrl C to stop)."
)
_FIRST = Text(
    "Première connexion, avec ce lien qui ne sert qu’une fois :\n  {link}",
    "First sign-in, with this link that works once:\n  {link}",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="cadran serve")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--lang", choices=("fr", "en"), default="fr")
    given = parser.parse_args()
    try:
        serve(given.folder.absolute(), given.host, given.port, given.workers, given.lang)
    except CadranError as error:
        sys.exit(error.to(given.lang))


if __name__ == "__main__":
    main()
