"""No test fails on time: machines are slow and noisy, and what a property says does not depend on them.

Tests run side by side, one on each processor. So a database has one thread, but where a test is about many rows: on a
handful, a second one takes a quarter more processor time and finds nothing to do.
"""

from __future__ import annotations

from hypothesis import settings

from cadran.store import connection

settings.register_profile("cadran", deadline=None)
settings.load_profile("cadran")
connection.THREADS = 1
