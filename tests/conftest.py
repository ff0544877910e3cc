"""No test fails on time: machines are slow and noisy, and what a property says does not depend on them."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("cadran", deadline=None)
settings.load_profile("cadran")
