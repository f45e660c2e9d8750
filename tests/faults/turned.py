"""`linli` with a clock that can be turned: ``python -m tests.faults.turned serve --port 8123``.

The file that FAULTS_CLOCK names holds the seconds by which this office's clock is off.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

_file = Path(os.environ.get("FAULTS_CLOCK", "/nonexistent"))
_true_now = timezone.now


def turned_now() -> datetime:
    """Return the time that this office's clock shows."""
    try:
        return _true_now() + timedelta(seconds=float(_file.read_text(encoding="ascii")))
    except (OSError, ValueError):
        return _true_now()


if __name__ == "__main__":
    timezone.now = turned_now

    from linli.cli import main  # After the clock, so that nobody holds the true one.

    main()
