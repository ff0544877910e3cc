"""A company's folder: created whole, opened lightly, and telling who is who."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cadran.access import Role, Viewer, Visible, visible_scopes
from cadran.errors import AccessError, DefinitionError, SettingsError, StoreError
from cadran.intake.load import import_files
from cadran.people import add_person
from cadran.settings import from_tables
from cadran.workspace import Workspace, first_settings

KPI = """\
lines:
  label: {fr: Lignes, en: Lines}
  question: {fr: Combien de lignes ?, en: How many lines?}
  definition: {fr: Nombre de lignes de vente., en: Number of sales lines.}
  kind: flow
  of: sales
  on: sold_on
  formula: count(*)
  unit: count
  additivity: additive
"""


def test_a_new_company_is_ready(tmp_path: Path) -> None:
    created = Workspace.create(tmp_path / "acme", name="Acme", currency="CHF", fiscal_month=7, today=date(2026, 3, 1))
    opened = Workspace.open(tmp_path / "acme")
    assert opened.settings == created.settings
    assert opened.settings.as_of() == date(2026, 2, 28)
    assert {path.name for path in opened.folder.iterdir()} == {"cadran.toml", "kpis", "mappings", "store"}
    with opened.lake() as lake:
        assert lake.state().tables["sales"].rows == 0


def test_a_choice_that_is_not_given_has_its_default(tmp_path: Path) -> None:
    assert Workspace.create(tmp_path / "a", name="A", currency=None).settings.company.currency == "EUR"


def test_a_folder_holds_one_company(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "acme", name="Acme")
    with pytest.raises(SettingsError, match="already holds"):
        Workspace.create(tmp_path / "acme", name="Other")


def test_impossible_choices_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="fiscal_month"):
        Workspace.create(tmp_path / "acme", name="Acme", fiscal_month=13)
    assert not (tmp_path / "acme").exists()


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(max_examples=200, deadline=None)
def test_any_name_is_written_and_read_back(name: str) -> None:
    import tomllib

    written = first_settings({"name": name, "closures": [date(2025, 12, 24)]})
    assert from_tables(tomllib.loads(written)).company.name == name


def test_its_own_kpis_stand_beside_the_others(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "acme", name="Acme")
    (workspace.folder / "kpis" / "own.yaml").write_text(KPI, "utf-8")
    catalogue = Workspace.open(workspace.folder).catalogue
    assert catalogue.get("lines").label.fr == "Lignes"
    assert "revenue" in catalogue
    (workspace.folder / "kpis" / "own.yaml").write_text(KPI.replace("lines:", "revenue:", 1), "utf-8")
    with pytest.raises(DefinitionError, match="already defined"):
        Workspace.open(workspace.folder).catalogue  # noqa: B018


def test_a_lost_store_is_said(tmp_path: Path) -> None:
    (tmp_path / "cadran.toml").write_text('[company]\nname = "Acme"\n')
    with pytest.raises(StoreError):
        Workspace.open(tmp_path).lake()


def test_viewers_come_from_the_imported_organisation(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "company", name="Acme", today=date(2026, 3, 1))
    files = {
        "reps": "rep_id;name;email\nN;Nora;nora@acme.example\nS;Sam;\n",
        "teams": "team_id;name;manager_rep_id;parent_team_id\nT;Nord;N;\nU;Lille;;T\n",
        "memberships": "rep_id;team_id;starts_on;ends_on\nN;T;2025-01-01;\nS;U;2025-01-01;\n",
    }
    for table, text in files.items():
        (tmp_path / f"{table}.csv").write_text(text, "utf-8")
        import_files(workspace, [tmp_path / f"{table}.csv"], table=table)
    add_person(workspace.folder, "Nora@Acme.example", Role.MANAGER)
    with workspace.lake() as lake:
        organisation = workspace.organisation(lake)
    assert organisation.on == date(2026, 2, 28)
    nora = workspace.viewer("nora@acme.example", organisation)
    assert nora == Viewer("nora@acme.example", Role.MANAGER, "N")
    assert visible_scopes(nora, organisation) == Visible(False, frozenset({"T", "U"}), frozenset({"N", "S"}))
    with pytest.raises(AccessError, match="has no access"):
        workspace.viewer("sam@acme.example", organisation)
