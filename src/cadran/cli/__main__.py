"""`python -m cadran.cli` is `cadran`."""

from cadran.cli.start import run

run()
