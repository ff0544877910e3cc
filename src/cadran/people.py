"""Who may open a company's folder through its pages and commands, and in which role: its `people.toml`.

[people]
"camille@example.org" = "manager"
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from cadran.access import Role, same_address
from cadran.errors import AccessError, Issue, SettingsError, Text, did_you_mean
from cadran.settings.writing import alone

FILE_NAME = "people.toml"


def read_people(folder: Path) -> dict[str, Role]:
    """Address -> role; nobody when there is no file. Raises SettingsError with every problem of the file at once."""
    path = folder / FILE_NAME
    try:
        seen = path.stat()
    except FileNotFoundError:
        return {}
    return dict(_read(path, (seen.st_mtime_ns, seen.st_size, seen.st_ino)))


@lru_cache(maxsize=16)
def _read(path: Path, seen: tuple[int, int, int]) -> dict[str, Role]:
    """Read once for each state of the file: every page asks who somebody is, several times."""
    import tomllib

    try:
        people = dict(tomllib.loads(path.read_text("utf-8-sig")).get("people", {}))
    except (OSError, TypeError, ValueError) as error:
        raise SettingsError(_unreadable(path, error)) from error
    if issues := [_wrong_role(email, role) for email, role in people.items() if role not in list(Role)]:
        raise SettingsError(*issues)
    return {same_address(email): Role(role) for email, role in people.items()}


def add_person(folder: Path, email: str, role: Role) -> None:
    """Let a person in, or change their role. Raises SettingsError for what is no address, and for the last
    administrator in another role."""
    if not _is_address(email):
        raise SettingsError(_no_address(email))
    with _changing(folder) as people:
        people[same_address(email)] = role


def remove_person(folder: Path, email: str) -> None:
    """Take a person's access away. Raises AccessError for somebody who has none, SettingsError for the last
    administrator."""
    with _changing(folder) as people:
        if people.pop(same_address(email), None) is None:
            raise AccessError(_unknown_person(email))


@contextmanager
def _changing(folder: Path) -> Iterator[dict[str, Role]]:
    """The people of the file, to be changed; nobody else changes it meanwhile."""
    with alone(folder):
        people = read_people(folder)
        had = Role.ADMINISTRATOR in people.values()
        yield people
        if had and Role.ADMINISTRATOR not in people.values():
            raise SettingsError(_LAST_ADMINISTRATOR)
        _write(folder, people)


def _write(folder: Path, people: dict[str, Role]) -> None:
    lines = [f"{json.dumps(each, ensure_ascii=False)} = {json.dumps(people[each])}" for each in sorted(people)]
    beside = folder / f"{FILE_NAME}.new"
    beside.write_text("\n".join(["[people]", *lines, ""]), "utf-8")
    os.replace(beside, folder / FILE_NAME)


def role_of(folder: Path, email: str) -> Role:
    """Raises AccessError for a person who is not in the file."""
    role = read_people(folder).get(same_address(email))
    if role is None:
        raise AccessError(_unknown_person(email))
    return role


def _is_address(email: str) -> bool:
    name, _, host = email.strip().partition("@")
    return bool(name and host) and "@" not in host and email.isprintable() and " " not in email.strip()


def _unreadable(path: Path, error: Exception) -> Issue:
    message = Text(f"Le fichier « {path} » est illisible : {error}.", f'The file "{path}" cannot be read: {error}.')
    return Issue("unreadable_people", message, Text("Corrigez cette ligne.", "Correct that line."))


def _wrong_role(email: str, role: object) -> Issue:
    known, near = ", ".join(Role), did_you_mean(str(role), Role)
    message = Text(f"{email} : le rôle « {role} » n’existe pas.", f'{email}: there is no role "{role}".')
    advice = Text(f"{near.fr} Rôles possibles : {known}.".strip(), f"{near.en} Roles: {known}.".strip())
    return Issue("unknown_role", message, advice)


def _no_address(email: str) -> Issue:
    message = Text(f"« {email} » n’est pas une adresse.", f'"{email}" is not an address.')
    return Issue("wrong_address", message, Text("Écrivez nom@domaine.", "Write name@domain."))


def _unknown_person(email: str) -> Issue:
    return Issue(
        "unknown_person",
        Text(f"{email} n’a pas accès à cette entreprise.", f"{email} has no access to this company."),
        Text("Ajoutez la personne avec « cadran user add ».", 'Add the person with "cadran user add".'),
    )


_LAST_ADMINISTRATOR = Issue(
    "last_administrator",
    Text(
        "C’est le seul administrateur : sans lui, plus personne ne pourrait donner accès à Cadran.",
        "This is the only administrator: without them, nobody could give access to Cadran any more.",
    ),
    Text("Nommez d’abord un autre administrateur.", "Name another administrator first."),
)
