"""`make bench`: this project and hand-written SQL on the same stored data, as ratios in one run. Never a test.

    python benchmarks/run.py [scorecard] [refresh] [start] [import] [pages] [postgresql] [spark]
                             [--scales 1 10] [--rounds 5]

Peers take turns, a process each, so that a busy machine slows all of them alike; ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import engines, imports, pages, start  # noqa: E402
from benchmarks.company import BENCH, DATA, company, generated  # noqa: E402
from benchmarks.compare import compare, interned, show_equality  # noqa: E402

ENGINES = ("postgresql", "spark")  # at the first scale that is asked for
WHAT = ("scorecard", "refresh", "start", "import", "pages", *ENGINES)
PEERS = ("tuned", "bits", "cadran", "planned", "at hand")
# What one would use instead: the scripts of shared/bench, over the files that the store was loaded from.
OTHERS = {"pandas": "p_pandas.py", "polars": "p_polars.py"}


Runs = list[dict[str, dict[str, float]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=WHAT, nargs="*")
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if not (BENCH / "generate.py").exists():
        print("The benchmark needs the folder shared/bench beside the checkout (its data generator and its SQL).")
        print("It is not there, so there is nothing to measure.")
        return
    wanted = given.what or WHAT
    for scale in given.scales if "scorecard" in wanted else ():
        scorecard(scale, given.rounds)
    if "refresh" in wanted:
        refreshing(max(given.scales), given.rounds)
    if "start" in wanted:
        starting(2 * given.rounds + 1)
    for kind in imports.FILES if "import" in wanted else ():
        importing(kind, given.rounds)
    if "pages" in wanted:
        pages.report(max(given.scales), seconds=60.0)
    for engine in [each for each in ENGINES if each in wanted]:
        for scale in given.scales[:1]:
            engines.report(engine, scale, given.rounds)


def scorecard(scale: int, rounds: int) -> None:
    """Run, compare and print the scorecard of one scale."""
    workspace = company(scale)
    dumps = {peer: DATA / f"scorecard-{scale}-{peer}.parquet" for peer in PEERS}
    own = {peer: ("benchmarks.scorecard", peer, str(scale), "--dump", str(dumps[peer])) for peer in PEERS}
    runs = [{peer: run(*own[peer]) for peer in PEERS} for _ in range(rounds)]
    show(scale, runs)
    naive = run("benchmarks.scorecard", "naive", str(scale), "--rounds", "1")
    others = {name: instead(scale, script) for name, script in OTHERS.items()}
    show_others({"DuckDB, a query per card": naive | {"rss_mb": naive["peak_mb"]}, **others}, runs)
    show_equality(compare(interned(workspace), dumps["cadran"], dumps["tuned"]))


def refreshing(scale: int, rounds: int) -> None:
    """Print what bringing answers up to date takes beside asking anew."""
    print(f"\nThe scorecard after a thousand lines of one month, scale {scale}: medians of {rounds} rounds\n")
    print(f"{'':10}{'anew s':>9}{'refresh s':>11}{'at hand s':>11}{'x':>9}{'x cpu':>9}")
    for kind, more in (("corrected", ()), ("new", ("--new",))):
        found = run("benchmarks.refresh", str(scale), "--rounds", str(rounds), *more)
        times = f"{found['anew']:9.3f}{found['refresh']:11.3f}{found['at hand']:11.3f}"
        print(f"{kind:10}{times}{found['x']:9.3f}{found['x cpu']:9.3f}")


def starting(rounds: int) -> None:
    """Print what a whole `cadran ask` takes beside a bare start."""
    start.sample()
    runs = [{peer: {"wall": start.once(peer)} for peer in start.PEERS} for _ in range(rounds)]
    bare, ask = (_median(runs, peer, "wall") for peer in start.PEERS)
    more = statistics.median(each["ask"]["wall"] - each["bare"]["wall"] for each in runs)
    print(f"\nA whole process, medians of {rounds} rounds\n")
    print(f"python -c 'import duckdb'  {bare:6.3f} s")
    print(f"cadran ask revenue         {ask:6.3f} s, {more:.3f} s more")


def importing(kind: str, rounds: int) -> None:
    """Print what an import takes beside DuckDB's own load."""
    imports.lines(kind)
    peers = ("duckdb", "cadran")
    runs = [{peer: run("benchmarks.imports", peer, kind) for peer in peers} for _ in range(rounds)]
    print(f"\nImport of a million lines, {kind}: medians of {rounds} rounds\n")
    print(f"{'':10}{'s':>9}{'cpu s':>9}{'x s':>9}{'x cpu':>9}{'peak MB':>9}")
    for peer in peers:
        times = "".join(f"{_median(runs, peer, key):9.3f}" for key in ("wall", "cpu"))
        ratios = "".join(f"{_ratio(runs, peer, key, ('duckdb',)):9.2f}" for key in ("wall", "cpu"))
        print(f"{peer:10}{times}{ratios}{_median(runs, peer, 'peak_mb'):9.0f}")


def run(module: str, *arguments: str) -> dict[str, float]:
    """One peer in a process of its own."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def instead(scale: int, script: str) -> dict[str, float]:
    """What the same numbers take another way, in a process of its own."""
    command = [sys.executable, str(BENCH / "peers" / script), str(generated(scale)), "--warm", "1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def show_others(found: dict[str, dict[str, float]], runs: Runs) -> None:
    best = min(_median(runs, peer, "warm") for peer in ("tuned", "bits"))
    print("\nThe same numbers another way: one round; x = times the better hand-written plan\n")
    print(f"{'':26}{'first s':>9}{'later s':>9}{'x later':>9}{'peak MB':>9}")
    for name, each in found.items():
        ratio = each["warm"] / best
        print(f"{name:26}{each['cold']:9.3f}{each['warm']:9.3f}{ratio:9.2f}{each['rss_mb']:9.0f}")


def show(scale: int, runs: Runs) -> None:
    print(f"\nScorecard, scale {scale}: medians of {len(runs)} rounds; x = times the better hand-written plan\n")
    print(
        f"{'':10}{'open s':>9}{'first s':>9}{'later s':>9}{'cpu s':>9}{'x first':>9}{'x later':>9}{'x cpu':>9}"
        f"{'peak MB':>9}{'rows':>10}"
    )
    for peer in PEERS:
        times = "".join(f"{_median(runs, peer, key):9.3f}" for key in ("setup", "cold", "warm", "cpu"))
        ratios = "".join(f"{_ratio(runs, peer, key):9.2f}" for key in ("cold", "warm", "cpu"))
        print(f"{peer:10}{times}{ratios}{_median(runs, peer, 'peak_mb'):9.0f}{_median(runs, peer, 'rows'):10.0f}")


def _median(runs: Runs, peer: str, key: str) -> float:
    return statistics.median(each[peer][key] for each in runs)


def _ratio(runs: Runs, peer: str, key: str, against: tuple[str, ...] = ("tuned", "bits")) -> float:
    """The median over rounds of the time over that of the best of the others in the same round."""
    best = [min(each[other][key] for other in against) for each in runs]
    return statistics.median(each[peer][key] / base for each, base in zip(runs, best, strict=True))


if __name__ == "__main__":
    main()
