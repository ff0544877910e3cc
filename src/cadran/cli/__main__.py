"""`python -m cadran.cli` is `cadran`."""

from cadran.cli.main import run

run()
