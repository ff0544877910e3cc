"""cadran.toml: defaults, every problem at once with advice, and the text the store remembers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cadran.errors import SettingsError
from cadran.settings import SECTIONS, Settings, describe, from_canonical, from_tables, load, names

ACME = {"company": {"name": "Acme"}}


def problems(text: str, folder: Path) -> list[str]:
    (folder / "cadran.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as raised:
        load(folder / "cadran.toml")
    return [issue.to("fr") for issue in raised.value.issues]


def test_a_name_is_enough() -> None:
    company = from_tables(ACME).company
    assert (company.currency, company.fiscal_month, company.country, company.lang) == ("EUR", 1, "FR", "fr")
    assert (company.organisation, company.revenue_basis, company.retention_basis) == ("dated", "invoiced", "purchases")
    thresholds = from_tables(ACME).thresholds
    assert (thresholds.at_risk, thresholds.minimum_rate_sample, thresholds.minimum_mean_sample) == (0.9, 5, 20)
    assert (thresholds.maturity, thresholds.grace_days, thresholds.horizon_days) == (0.8, 30, None)


def test_a_full_file(tmp_path: Path) -> None:
    path = tmp_path / "cadran.toml"
    text = """\ufeff# written with an editor that leaves a mark at the start
        [company]
        name = "Société d’Éclairage"
        currency = "CHF"
        fiscal_month = 7
        today = 2026-03-21
        closures = [2025-12-24, "2025-12-31"]
        excluded_natures = ["freight"]
        [thresholds]
        at_risk = 0.85
        [engine]
        url = "duckdb"
        """
    path.write_text(text, "utf-8")
    settings = load(path)
    assert settings.company.closures == (date(2025, 12, 24), date(2025, 12, 31))
    assert settings.company.excluded_natures == ("freight",)
    assert settings.thresholds.at_risk == 0.85
    assert settings.company.name == "Société d’Éclairage"


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    found = problems(
        """
        [company]
        name = "Acme"
        curency = "EUR"
        fiscal_month = 13
        lang = "de"
        at_risk = 0.9
        [threshold]
        maturity = 0.5
        """,
        tmp_path,
    )
    assert found == [
        "[company] fiscal_month = 13 est impossible. Il faut un mois de 1 à 12.",
        '[company] lang = "de" est impossible. Il faut « fr » ou « en ».',
        "Le réglage « curency » n’existe pas dans [company]. Vouliez-vous dire « currency » ?",
        "Le réglage « at_risk » n’existe pas dans [company]. Déplacez-le dans [thresholds].",
        "La section [threshold] n’existe pas. Vouliez-vous dire « thresholds » ?",
    ]


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ('currency = "euros"', "Il faut un code de trois capitales comme EUR."),
        ('timezone = "Europe/Pariss"', "Vouliez-vous dire « Europe/Paris » ? Il faut un fuseau comme Europe/Paris."),
        ('timezone = "../etc"', "Il faut un fuseau comme Europe/Paris."),
        ('closures = ["Noël", "Pâques"]', "Il faut une liste de dates comme [2025-12-24, 2025-12-31]."),
        ('today = "hier"', "Il faut une date comme 2025-12-24."),
        ('revenue_basis = "paid"', "Il faut « invoiced », « ordered » ou « signed »."),
        ('pace = "past_curv"', "Il faut « business_days » ou « past_curve »."),
    ],
)
def test_impossible_values(line: str, advice: str, tmp_path: Path) -> None:
    (found,) = problems(f'[company]\nname = "Acme"\n{line}\n', tmp_path)
    assert found.endswith(advice)


@pytest.mark.parametrize("value", [0, 1.1, float("nan"), "beaucoup"])
def test_impossible_threshold(value: object) -> None:
    with pytest.raises(SettingsError, match=r"at_risk = .* is not possible. It takes a number above 0"):
        from_tables(ACME | {"thresholds": {"at_risk": value}})


def test_what_is_missing(tmp_path: Path) -> None:
    assert problems("", tmp_path) == ['Il manque la section [company]. Ajoutez [company] et name = "…".']
    assert problems("[company]", tmp_path) == ["Il manque « name » dans [company]. Il faut un nom entre guillemets."]
    assert problems("company = 3", tmp_path) == ["« company » doit être une section. Écrivez [company]."]


def test_a_warehouse_and_its_tables_go_together(tmp_path: Path) -> None:
    acme = '[company]\nname = "Acme"\n'
    tables = '[tables.sales]\ntable = "dwh.lines"\ncolumns = { sale_id = "id", amount = "total" }\n'
    address = '[engine]\nurl = "postgresql://ana:s3cret@dwh/base"\n'
    assert "n’en donne pas l’adresse" in problems(acme + tables, tmp_path)[0]
    assert "aucune section [tables]" in problems(acme + address, tmp_path)[0]
    (tmp_path / "cadran.toml").write_text(acme + address + tables, "utf-8")
    assert list(load(tmp_path / "cadran.toml").tables) == ["sales"]


def test_an_address_is_never_repeated(tmp_path: Path) -> None:
    acme = '[company]\nname = "Acme"\n'
    (found,) = problems(acme + '[engine]\nurl = "ana:s3cret@dwh"\n', tmp_path)
    assert "s3cret" not in found
    (found,) = problems(acme + "[engine]\nurl = 53\n", tmp_path)
    assert "53" not in found
    settings = from_tables(
        {
            "company": {"name": "Acme"},
            "engine": {"url": "postgresql://a:s3cret@h/b"},
            "tables": {"sales": {"table": "t", "columns": {"sale_id": "id", "amount": "a"}}},
        }
    )
    assert "s3cret" not in repr(settings) + settings.canonical()


def test_every_problem_of_tables_is_told(tmp_path: Path) -> None:
    text = """
        [company]
        name = "Acme"
        [engine]
        url = "env:DWH"
        [tables.sale]
        [tables.targets]
        [tables.sales]
        table = "a"
        query = "SELECT 1"
        amount = "total"
        columns = { sold_on = { header = "day", date = "%d" }, amout = "total" }
    """
    found = "\n".join(problems(text, tmp_path))
    for told in ("« sales »", "se saisit dans Cadran", "l’un des deux", "Déplacez-le dans columns", "« date »"):
        assert told in found, told
    assert "« amount »" in found
    assert "a besoin de « sale_id »" in found


def test_no_file_and_a_broken_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cadran init"):
        load(tmp_path / "cadran.toml")
    (found,) = problems('[company]\nname = "Acme', tmp_path)
    assert "ligne" in found or "line 2" in found
    (tmp_path / "cadran.toml").write_bytes('[company]\nname = "Société"'.encode("cp1252"))
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "cadran.toml")


def test_as_of_is_yesterday_by_the_company_s_clock() -> None:
    settings = from_tables({"company": {"name": "Acme", "today": date(2026, 3, 1)}})
    assert settings.as_of() == date(2026, 2, 28)
    assert settings.as_of(date(2024, 3, 1)) == date(2024, 2, 29)


def test_canonical_text_is_read_back_and_tells_choices_apart() -> None:
    settings = from_tables(
        {"company": {"name": "Acme", "closures": [date(2025, 12, 24)]}, "thresholds": {"grace_days": 0}}
    )
    assert from_canonical(settings.canonical()) == settings
    other = replace(settings, company=replace(settings.company, organisation="current"))
    assert other.canonical() != settings.canonical()


def test_every_setting_says_what_it_means_and_expects() -> None:
    for section in SECTIONS:
        for name in names(section):
            for text in describe(section, name).values():
                assert text.fr
                assert text.en


def test_importing_settings_is_light() -> None:
    import subprocess
    import sys

    code = "import sys, cadran.settings, cadran.workspace, cadran.access; print('pydantic' in sys.modules, 'duckdb' in sys.modules)"  # noqa: E501
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]


def test_settings_are_frozen() -> None:
    settings: Settings = from_tables(ACME)
    with pytest.raises(AttributeError):
        settings.company.currency = "USD"  # type: ignore[misc]
