"""The command line starts fast: importing statistics must not import SciPy."""

import subprocess
import sys


def test_no_module_imports_scipy_before_it_is_needed() -> None:
    modules = ("affinity", "buying", "concentration", "decomposition", "intervals", "survival", "trend")
    imports = "; ".join(f"import cadran.statistics.{module}" for module in modules)
    code = f"{imports}; import sys; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
