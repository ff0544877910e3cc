"""A PostgreSQL server of the tests' own: made in a temporary folder, on a socket of its own, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote

import pytest

REQUIRED = "CADRAN_REQUIRE_POSTGRESQL"  # set where a skipped test must not pass for a passed one
_USER, _BASE = "cadran", "postgres"


@dataclass(frozen=True)
class Cluster:
    """A running server. `folder` holds its socket; nobody but its owner can reach it."""

    folder: Path
    programs: Path
    account: str | None

    @property
    def url(self) -> str:
        return f"postgresql:///{_BASE}?host={quote(str(self.folder))}&user={_USER}"

    def run(self, sql: str) -> None:
        """Statements, as the owner of the database."""
        command = [str(self.programs / "psql"), "-qXv", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", _USER, _BASE]
        subprocess.run(command, input=f"SET lock_timeout = '10s';\n{sql}", text=True, check=True, capture_output=True)

    def fill(self, schema: str, tables: Mapping[str, tuple[str, Sequence[Sequence[Any]]]]) -> None:
        """A new schema of tables: name -> (column definitions, rows)."""
        parts = [f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema};"]
        for name, (columns, rows) in tables.items():
            parts.append(f"CREATE TABLE {schema}.{name} ({columns});")
            if rows:
                lines = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
                parts.append(f"INSERT INTO {schema}.{name} VALUES {lines};")
        self.run("\n".join(parts))

    def demand_password(self, role: str) -> None:
        """From now on, of one role."""
        path = self.folder / "data" / "pg_hba.conf"
        path.write_text(f"local all {role} scram-sha-256\n{path.read_text()}")
        self.run("SELECT pg_reload_conf(); SELECT pg_sleep(0.3)")

    def server(self, *arguments: str) -> None:
        command = [str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), "-w", "-s", *arguments]
        subprocess.run(command, user=self.account, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, bool | int) else "'" + str(value).replace("'", "''") + "'"


QUICK = ("fsync=off", "max_parallel_workers_per_gather=0")


@contextmanager
def running(settings: Sequence[str] = QUICK) -> Iterator[Cluster]:
    """A new server. Skips, with a warning, where PostgreSQL is not installed."""
    programs = installed()
    if programs is None:
        reason = "PostgreSQL is not installed: nothing was tested against it (apt-get install postgresql)"
        if os.environ.get(REQUIRED):
            pytest.fail(reason)
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    account = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    folder = Path(mkdtemp(prefix="pg-"))
    if account:
        os.chown(folder, pwd.getpwnam(account).pw_uid, -1)
        folder.chmod(0o755)
    cluster = Cluster(folder, programs, account)
    init = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*init, "--locale=C.UTF-8"], user=account, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    options = " ".join([f"-k {folder} -c listen_addresses=''", *(f"-c {setting}" for setting in settings)])
    cluster.server("-o", options, "-l", str(folder / "log"), "start")
    try:
        yield cluster
    finally:
        cluster.server("-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> Path | None:
    """Where `initdb` is: Debian keeps it beside the server, not on the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None
