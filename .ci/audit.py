"""Known vulnerabilities among the packages installed beside Cadran, as the package index tells them.

Run by `make check`. Fails when a package has one. Where the index's advisories cannot be had (no network, a mirror
without them), nothing is known: that is said aloud, and fails where AUDIT=required.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from urllib.error import URLError
from urllib.request import urlopen

PROBE = f"https://pypi.org/pypi/django/{version('django')}/json"  # advisories stand on the page of a version
OWN = "cadran"


def main() -> int:
    why = unavailable()
    if why:
        return not_audited(why)
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "pypi", "--format", "json"]
    run = subprocess.run([*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False)
    if not run.stdout.strip():
        return not_audited(run.stderr.strip().splitlines()[-1] if run.stderr.strip() else f"exit {run.returncode}")
    return verdict(json.loads(run.stdout)["dependencies"])


def unavailable() -> str:
    """Why the index tells no advisories; "" when it does."""
    try:
        with urlopen(PROBE, timeout=20) as answer:
            return "" if "vulnerabilities" in json.load(answer) else f"{PROBE} tells no advisories"
    except (URLError, ValueError, TimeoutError) as error:
        return f"{PROBE}: {error}"


def verdict(dependencies: list[dict[str, object]]) -> int:
    """0 when all were looked up and none has a vulnerability."""
    skipped = [each["name"] for each in dependencies if "skip_reason" in each and each["name"] != OWN]
    found = [each for each in dependencies if each.get("vulns")]
    for each in found:
        for flaw in each["vulns"]:  # type: ignore[attr-defined]
            fixed = ", ".join(flaw["fix_versions"]) or "no version yet"
            print(f"{each['name']} {each['version']}: {flaw['id']}, fixed in {fixed}", file=sys.stderr)
    if found:
        return 1
    if skipped:
        return not_audited(f"the index does not know {', '.join(map(str, skipped))}")
    print(f"{len(dependencies)} packages audited: no known vulnerability")
    return 0


def not_audited(why: str) -> int:
    print(f"\n*** DEPENDENCIES NOT AUDITED: {why}\n*** Run `make audit` where pypi.org answers.\n", file=sys.stderr)
    return 1 if os.environ.get("AUDIT") == "required" else 0


if __name__ == "__main__":
    raise SystemExit(main())
