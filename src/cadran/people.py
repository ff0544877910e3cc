"""Who may open a company's folder through its pages and commands, and in which role: its `people.toml`.

[people]
"camille@example.org" = "manager"
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from cadran.access import Role, same_address
from cadran.errors import AccessError, Issue, SettingsError, Text, did_you_mean

FILE_NAME = "people.toml"


def read_people(folder: Path) -> dict[str, Role]:
    """Address -> role; nobody when there is no file. Raises SettingsError with every problem of the file at once."""
    import tomllib

    path = folder / FILE_NAME
    if not path.exists():
        return {}
    try:
        people = dict(tomllib.loads(path.read_text("utf-8-sig")).get("people", {}))
    except (OSError, TypeError, ValueError) as error:
        raise SettingsError(_unreadable(path, error)) from error
    if issues := [_wrong_role(email, role) for email, role in people.items() if role not in list(Role)]:
        raise SettingsError(*issues)
    return {same_address(email): Role(role) for email, role in people.items()}


def add_person(folder: Path, email: str, role: Role) -> None:
    """Let a person in, or change their role. Raises SettingsError for what is no address."""
    if not _is_address(email):
        raise SettingsError(_no_address(email))
    people = read_people(folder) | {same_address(email): role}
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
