"""Opening the sample company: its folder, its files, and their import by the same door as anybody's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cadran.access import Role
from cadran.demo import world
from cadran.demo.books import books
from cadran.demo.files import write_books
from cadran.demo.generate import DEFAULT_SEED, generate
from cadran.errors import Lang
from cadran.intake.load import import_files
from cadran.people import add_person
from cadran.periods.period import Grain, containing, name_of
from cadran.workspace import Workspace

FILES = "fichiers"
DIRECTOR = "direction@valmarin.example"
FOUNDING_QUARTER = name_of(containing(world.FOUNDING_START, Grain.QUARTER))
DEMONSTRATION = "demo.toml"  # marks the company as invented: whom its pages let one sign in as, without a password

# Nobody can know which indicator « Chiffre d’affaires » is but the company itself.
_OBJECTIVES = """\
# Les objectifs, tels que la direction commerciale les tient dans son tableur.
name: objectifs
file: "objectifs*.csv"
to:
  targets:
    kpi:
      header: Indicateur
      values:
        Chiffre d’affaires: revenue
        Taux de succès: win_rate
        Taux de conversion: conversion_rate
        Panier moyen: average_basket
        Temps moyen de cycle de vente: sales_cycle_days
        Taux de rétention: retention_rate
    scope: {header: Niveau, values: {Société: company, Équipe: team, Commercial: rep}}
    scope_id: Équipe ou commercial
    period: Période
    value: Objectif
    set_at: Fixé le
"""


def build_demo(
    folder: Path | str,
    *,
    seed: int = DEFAULT_SEED,
    lang: Lang = "fr",
    progress: Callable[[str, int, int], None] | None = None,
) -> Workspace:
    """Create the sample company in `folder` (its files in `fichiers/`) and import it. `progress` is told what an import
    tells. Raises SettingsError when the folder already holds a company."""
    workspace = founded(folder, lang, revenue_basis="invoiced", retention_basis="contracts")
    (workspace.mappings / "objectifs.yaml").write_text(_OBJECTIVES, "utf-8")
    _let_in(workspace.folder)
    paths = write_books(workspace.folder / FILES, books(generate(seed)))
    import_files(workspace, paths, author=DIRECTOR, progress=progress)
    return workspace


def founded(folder: Path | str, lang: Lang, **choices: Any) -> Workspace:
    """The sample company before its first file, on the day that its files end; `choices` are of `[company]`."""
    return Workspace.create(
        folder,
        name=world.NAME,
        currency=world.CURRENCY,
        country="FR",
        lang=lang,
        timezone="Europe/Paris",
        today=world.TODAY,
        **choices,
    )


def _let_in(folder: Path) -> None:
    """The director sees the company, managers their team, reps themselves; one of each opens the demonstration."""
    managers = {team.manager for team in world.TEAMS}
    add_person(folder, DIRECTOR, Role.DIRECTOR)
    for rep in world.REPS:
        if rep.left_on is None:
            add_person(folder, rep.email, Role.MANAGER if rep.rep_id in managers else Role.REP)
    manager, rep = (next(each for each in world.REPS if (each.rep_id in managers) == leads) for leads in (True, False))
    lines = [f'director = "{DIRECTOR}"', f'manager = "{manager.email}"', f'rep = "{rep.email}"']
    (folder / DEMONSTRATION).write_text(
        "\n".join([f'opens_at = "{FOUNDING_QUARTER}"', "[people]", *lines, ""]), "utf-8"
    )
