"""Who sees which scope. One small company, drawn below, and everybody who could look at it.

direction (Diane)
├── north (Nora): Nils, Nina until 1 March 2026
│   └── coast (Carl): Cleo
└── south (Sam): Sofia; Nina from 1 March 2026; Serge, who left on 1 January 2026
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cadran.access import (
    EVERYTHING,
    Membership,
    Organisation,
    Role,
    Team,
    Viewer,
    Visible,
    viewer_of,
    visible_scopes,
)
from cadran.errors import AccessError, SettingsError
from cadran.people import add_person, read_people, remove_person, role_of

START, MOVE, LEFT = date(2025, 1, 1), date(2026, 3, 1), date(2026, 1, 1)

ACME = Organisation(
    teams=(
        Team("direction", None, "diane"),
        Team("north", "direction", "nora"),
        Team("coast", "north", "carl"),
        Team("south", "direction", "sam"),
    ),
    memberships=(
        Membership("nils", "north", START, None),
        Membership("nina", "north", START, MOVE),
        Membership("nina", "south", MOVE, None),
        Membership("cleo", "coast", START, None),
        Membership("sofia", "south", START, None),
        Membership("serge", "south", START, LEFT),
    ),
    emails=(("nora", "Nora@acme.example"), ("nils", "nils@acme.example"), ("nina", "nina@acme.example")),
    on=date(2026, 3, 15),
)


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.ANALYST, Role.FINANCE])
def test_these_roles_see_all_with_or_without_being_a_rep(role: Role) -> None:
    assert visible_scopes(Viewer("x@acme.example", role), ACME) == Visible(True)
    assert visible_scopes(EVERYTHING, ACME).company


def test_a_rep_sees_themselves_only() -> None:
    assert visible_scopes(Viewer("", Role.REP, "nils"), ACME) == Visible(False, frozenset(), frozenset({"nils"}))
    # leading a team is not enough: the role says what one may see
    assert visible_scopes(Viewer("", Role.REP, "nora"), ACME) == Visible(False, frozenset(), frozenset({"nora"}))


def test_a_manager_sees_their_teams_and_all_below() -> None:
    seen = visible_scopes(Viewer("", Role.MANAGER, "nora"), ACME)
    assert seen == Visible(False, frozenset({"north", "coast"}), frozenset({"nora", "nils", "cleo"}))


def test_the_day_decides_who_is_in_a_team() -> None:
    nora = Viewer("", Role.MANAGER, "nora")
    assert "nina" in visible_scopes(nora, replace(ACME, on=date(2026, 2, 28))).reps
    assert "nina" not in visible_scopes(nora, replace(ACME, on=MOVE)).reps


def test_who_left_is_still_seen_by_the_last_manager() -> None:
    assert visible_scopes(Viewer("", Role.MANAGER, "sam"), ACME).reps == frozenset({"sam", "sofia", "nina", "serge"})


@pytest.mark.parametrize("role", [Role.MANAGER, Role.REP])
def test_a_stranger_to_the_data_sees_nothing(role: Role) -> None:
    assert visible_scopes(Viewer("x@acme.example", role), ACME) == Visible(False)


def test_a_manager_of_nothing_sees_themselves() -> None:
    assert visible_scopes(Viewer("", Role.MANAGER, "nils"), ACME) == Visible(False, frozenset(), frozenset({"nils"}))


def test_a_circle_of_teams_is_walked_once() -> None:
    circle = replace(ACME, teams=(Team("north", "south", "nora"), Team("south", "north", "sam")))
    assert circle.managed_by("nora") == frozenset({"north", "south"})


def test_a_viewer_is_found_through_the_address_of_a_rep() -> None:
    assert viewer_of(" NORA@acme.example", Role.MANAGER, ACME).rep_id == "nora"
    assert viewer_of("nobody@acme.example", Role.REP, ACME).rep_id is None


def test_an_address_shared_by_two_reps_is_refused() -> None:
    twins = replace(ACME, emails=(("nils", "desk@acme.example"), ("nina", "desk@acme.example")))
    with pytest.raises(AccessError, match="desk@") as refused:
        viewer_of("desk@acme.example", Role.REP, twins)
    (issue,) = refused.value.issues
    told = f"{issue.message} {issue.advice}"
    assert "nils" not in told
    assert "nina" not in told


def test_a_person_is_removed_and_others_stay(tmp_path: Path) -> None:
    add_person(tmp_path, "nora@acme.example", Role.MANAGER)
    add_person(tmp_path, "omar@acme.example", Role.REP)
    remove_person(tmp_path, " Nora@Acme.example ")
    assert read_people(tmp_path) == {"omar@acme.example": Role.REP}
    with pytest.raises(AccessError):
        remove_person(tmp_path, "nora@acme.example")


def test_the_last_administrator_stays(tmp_path: Path) -> None:
    add_person(tmp_path, "ada@acme.example", Role.ADMINISTRATOR)
    for change in (
        lambda: remove_person(tmp_path, "ada@acme.example"),
        lambda: add_person(tmp_path, "ada@acme.example", Role.REP),
    ):
        with pytest.raises(SettingsError) as told:
            change()
        assert told.value.code == "last_administrator"
    assert read_people(tmp_path) == {"ada@acme.example": Role.ADMINISTRATOR}
    add_person(tmp_path, "bo@acme.example", Role.ADMINISTRATOR)
    remove_person(tmp_path, "ada@acme.example")
    assert read_people(tmp_path) == {"bo@acme.example": Role.ADMINISTRATOR}


def test_people_are_added_changed_and_found(tmp_path: Path) -> None:
    assert read_people(tmp_path) == {}
    add_person(tmp_path, "Nora@Acme.example", Role.REP)
    add_person(tmp_path, "élise@acme.example", Role.FINANCE)
    add_person(tmp_path, "nora@acme.example ", Role.MANAGER)
    assert read_people(tmp_path) == {"nora@acme.example": Role.MANAGER, "élise@acme.example": Role.FINANCE}
    assert role_of(tmp_path, "NORA@acme.example") is Role.MANAGER
    assert [path.name for path in tmp_path.iterdir()] == ["people.toml"]


def test_who_is_not_in_the_file_has_no_access(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="has no access"):
        role_of(tmp_path, "nora@acme.example")


@pytest.mark.parametrize("email", ["", "nora", "@acme", "nora@", "a b@c", 'x"\n@y', "a@b@c"])
def test_what_is_no_address_is_refused(email: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not an address"):
        add_person(tmp_path, email, Role.REP)


def test_a_hand_written_file_tells_all_its_problems(tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text('[people]\n"a@b" = "managr"\n"c@d" = 3\n"e@f" = "rep"\n')
    with pytest.raises(SettingsError) as raised:
        read_people(tmp_path)
    assert "Vouliez-vous dire « manager » ?" in raised.value.to("fr")
    assert len(raised.value.issues) == 2


@pytest.mark.parametrize("text", ["people = 3", "people = [1, 2]", '[people]\n"a@b" = '])
def test_a_file_that_is_no_list_of_people(text: str, tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text(text)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_people(tmp_path)
