"""How long a command takes from nothing: `cadran ask revenue` on the sample company, against starting Python and
importing duckdb. Peers take turns."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.company import DATA
from cadran.demo.build import build_demo

PEERS = ("bare", "ask")


def sample() -> Path:
    """The sample company's folder, made on first use."""
    folder = DATA / "sample"
    if not (folder / "cadran.toml").exists():
        print("building the sample company ...", flush=True)
        build_demo(folder)
    return folder


def once(peer: str) -> float:
    """Seconds of one whole process."""
    ask = ["-m", "cadran.cli", "ask", "revenue", "--workspace", str(sample())]
    command = [sys.executable, *(ask if peer == "ask" else ["-c", "import duckdb"])]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start
