"""A Spark of the tests' own: a master, two workers and a Spark Connect server on loopback, gone afterwards."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
import pytest

from cadran.engines.spark import SparkEngine

REQUIRED = "CADRAN_REQUIRE_SPARK"  # set where a skipped test must not pass for a passed one
TOKEN = "s3cret-token"
_HOST = "127.0.0.1"
_PATIENCE = 240
_SYSTEM = ctypes.CDLL(None)
_SIGNAL_AT_PARENTS_DEATH = 1
_REGISTERED = "Successfully registered with master"
WORKERS = ("worker-1", "worker-2")
_SMALL = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"  # programs that live for minutes: none is worth compiling twice
# What Spark does by itself to be fast on large tables. On small ones compiling a plan, and planning it again after each
# step, takes longer than running it: off, but where a test turns it on.
DEFAULTS = {
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
}
SETTINGS = {
    "spark.connect.grpc.binding.address": _HOST,
    "spark.connect.authenticate.token": TOKEN,
    "spark.driver.host": _HOST,
    "spark.driver.memory": "1g",
    "spark.executor.memory": "1g",
    "spark.executor.cores": "1",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.locality.wait": "0",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.ui.explainMode": "simple",
    "spark.ui.enabled": "false",
}


@dataclass
class SparkCluster:
    """Running programs, each in a process group of its own. `folder` holds their files and logs."""

    folder: Path
    port: int
    master: str
    processes: dict[str, subprocess.Popen[bytes]]
    java: str = _SMALL
    memory: str = "2g"  # of each worker

    @property
    def url(self) -> str:
        return f"sc://localhost:{self.port}/;token={TOKEN}"  # without TLS a token is only sent to this name

    def fill(self, schema: str, tables: Mapping[str, tuple[str, Sequence[Sequence[Any]]]]) -> None:
        """A new database of tables: name -> (column definitions, rows), each a Parquet file."""
        (self.folder / schema).mkdir(exist_ok=True)
        for name, (columns, rows) in tables.items():
            _write(self.path(schema, name), columns, rows)
        self.attach(schema, {name: self.path(schema, name) for name in tables})

    def attach(self, schema: str, tables: Mapping[str, Path]) -> None:
        """A new database of tables that are Parquet files, or folders of them, already."""
        engine = SparkEngine.connect(self.url)
        try:
            engine._session.sql(f"DROP DATABASE IF EXISTS {schema} CASCADE")
            engine._session.sql(f"CREATE DATABASE {schema}")
            for name, path in tables.items():
                engine._session.sql(f"CREATE TABLE {schema}.{name} USING parquet LOCATION '{path}'")
        finally:
            engine.close()

    def path(self, schema: str, name: str) -> Path:
        return self.folder / schema / f"{name}.parquet"

    def kill(self, name: str) -> None:
        """A program and what it started, at once."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def start(self, name: str, memory: str, *arguments: str) -> None:
        program = Path(str(find_spec("pyspark").submodule_search_locations[0])) / "bin"  # type: ignore[union-attr,index]
        environment = {**os.environ, "SPARK_LOCAL_IP": _HOST, "SPARK_DAEMON_MEMORY": memory}
        environment |= {"SPARK_DAEMON_JAVA_OPTS": self.java}
        environment |= {"SPARK_LOCAL_DIRS": str(self.folder / "local"), "SPARK_HOME": str(program.parent)}
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [str(program / arguments[0]), *arguments[1:]],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
                preexec_fn=_end_with_the_tests,
            )

    def wait(self, name: str, sign: str) -> None:
        """Until the program has written a sign of life."""
        path = self.folder / f"{name}.log"
        until = time.monotonic() + _PATIENCE
        while sign not in path.read_text("utf-8", "replace"):
            if time.monotonic() > until or self.processes[name].poll() is not None:
                pytest.fail(f"{name} did not start: {path.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.2)

    def start_worker(self, name: str) -> None:
        worker = ("spark-class", "org.apache.spark.deploy.worker.Worker", "--host", _HOST, "--cores", "1")
        self.start(name, "256m", *worker, "--memory", self.memory, "--work-dir", str(self.folder / name), self.master)

    def add_worker(self, name: str) -> None:
        self.start_worker(name)
        self.wait(name, _REGISTERED)


def _end_with_the_tests() -> None:
    """Said of a program that starts: it ends with whoever started it, however that one ends. Where the system is no
    Linux, only `running` ends it."""
    if hasattr(_SYSTEM, "prctl"):
        _SYSTEM.prctl(_SIGNAL_AT_PARENTS_DEATH, signal.SIGKILL)


def _write(path: Path, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE filled ({columns})")
        if rows:
            connection.executemany(f"INSERT INTO filled VALUES ({', '.join('?' * len(rows[0]))})", rows)
        connection.execute(f"COPY filled TO '{path}' (FORMAT parquet)")


def is_installed() -> bool:
    return shutil.which("java") is not None and find_spec("pyspark") is not None


@contextmanager
def running(settings: Mapping[str, str] = SETTINGS, java: str = _SMALL, memory: str = "2g") -> Iterator[SparkCluster]:
    """A new cluster. Skips, with a warning, where Java or Spark is not installed."""
    if not is_installed():
        reason = "Spark cannot run: nothing was tested against it (apt-get install default-jre-headless)"
        if os.environ.get(REQUIRED):
            pytest.fail(reason)
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    master = f"spark://{_HOST}:{_free_port()}"
    cluster = SparkCluster(Path(mkdtemp(prefix="spark-")), _free_port(), master, {}, java, memory)
    try:
        _start(cluster, settings)
        yield cluster
    finally:
        for name in list(cluster.processes):
            cluster.kill(name)
        shutil.rmtree(cluster.folder, ignore_errors=True)


def _start(cluster: SparkCluster, settings: Mapping[str, str]) -> None:
    """The master, then the others side by side."""
    port = cluster.master.rpartition(":")[2]
    program = ("spark-class", "org.apache.spark.deploy.master.Master")
    cluster.start("master", "256m", *program, "--host", _HOST, "--port", port, "--webui-port", "0")
    cluster.wait("master", "I have been elected leader")
    for name in WORKERS:
        cluster.start_worker(name)
    whole = {**settings, "spark.connect.grpc.binding.port": str(cluster.port)}
    whole |= {f"spark.{program}.extraJavaOptions": cluster.java for program in ("driver", "executor")}
    told = [part for name, value in whole.items() for part in ("--conf", f"{name}={value}")]
    server = ("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal")
    cluster.start("connect", "1g", "spark-submit", "--master", cluster.master, *told, *server)
    cluster.wait("connect", "Spark Connect server started")
    for name in WORKERS:
        cluster.wait(name, _REGISTERED)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_HOST, 0))
        return int(found.getsockname()[1])
