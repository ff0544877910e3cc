"""A job's own process: `python -m cadran.web.data.work JOB`. What it does not expect ends it, with a trace in the
job's log; whoever looks at the job then sees that nobody is at it any more."""

from __future__ import annotations

import os
import sys

import django

_POLITENESS = 10


def main(token: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadran.web.project.settings")
    if hasattr(os, "nice"):
        os.nice(_POLITENESS)  # whoever looks at a page meanwhile comes first
    django.setup()
    from cadran.web.data.tasks import run

    run(token)


if __name__ == "__main__":
    main(sys.argv[1])
