"""Wait until nothing is owed any more, look whether everything holds, and say so as JSON.

``python -m tests.faults.check KEYS.json SECONDS`` on LINLI_HOME and LINLI_DATABASE_URL; the first
time with ``--begin``: then it makes a small community and a way in for its desk, and says both.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from bench import set_up

if __name__ == "__main__":
    set_up()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from bench.data import make_data
from bench.ground import read_ground
from bench.sessions import sign_in
from linli.core.models import Delivery
from linli.people.models import Account
from tests.faults import invariants

_ROWS = 40


def begin() -> dict[str, Any]:
    """Make a small community with a short past; return what the traffic needs of it."""
    call_command("migrate", verbosity=0, interactive=False)
    make_data(rows=_ROWS, seed=3, say=lambda _line: None)
    invariants.lay_tally()
    village = read_ground()[0]
    desk = Account.objects.get(username="shegong1.1")
    return {
        "community_id": village.area_id,
        "building_ids": [one[0] for grid in village.grids for one in village.buildings[grid]],
        "cookies": sign_in(desk),
    }


def look(*, keys: list[UUID], seconds: float) -> dict[str, Any]:
    """Wait for the worker at most so long, then return what does not hold."""
    until = time.monotonic() + seconds
    waiting = Delivery.objects.filter(state=Delivery.State.PENDING)
    while waiting.exists() and time.monotonic() < until:
        connection.close()
        time.sleep(0.2)
    return {
        "broken": invariants.broken(at=timezone.now(), acknowledged=keys),
        "deliveries": Delivery.objects.count(),
        "tries": _tries(),
    }


def _tries() -> dict[str, int]:
    """Return how many deliveries needed how many tries."""
    tries: dict[str, int] = {}
    for attempts in Delivery.objects.values_list("attempts", flat=True):
        tries[str(attempts)] = tries.get(str(attempts), 0) + 1
    return tries


def main(arguments: list[str]) -> None:
    """Do what the command line says."""
    if arguments == ["--begin"]:
        print(json.dumps(begin()))
        return
    keys = [UUID(key) for key in json.loads(Path(arguments[0]).read_text(encoding="ascii"))]
    print(json.dumps(look(keys=keys, seconds=float(arguments[1]))))


if __name__ == "__main__":
    main(sys.argv[1:])
