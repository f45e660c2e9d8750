"""Hours of a community's traffic in minutes, on two server processes and two workers.

A community of 10,000 households brings in about 40 reports a day. Six of its busiest hours are 20
reports and some hundreds of pages; here at least a thousand times that, without any pause.
"""

import os
import time
from collections import Counter

import pytest

from tests.faults.office import Office, office

pytestmark = pytest.mark.soak

IS_FULL = os.environ.get("LINLI_SOAK") == "full"
SECONDS = float(os.environ.get("LINLI_SOAK_SECONDS") or (600 if IS_FULL else 6))
DRIFT_MB = 40.0
"""How much more memory may be held at the end than after a third: caches fill, nothing leaks."""


def memory_of(one: Office) -> float:
    """Return what the servers and the second worker hold, in MB."""
    assert one.server is not None
    return one.server.memory_mb() + one.extra[0].memory_mb()


def once_settled(one: Office) -> float:
    """Return what they hold once everything is loaded: on a busy machine that takes a while."""
    held = memory_of(one)
    for _ in range(20):
        time.sleep(1)
        before, held = held, memory_of(one)
        if held - before < 2:
            break
    return held


def test_no_error_no_drift_and_every_invariant_holds():
    with office(seed=11) as one:
        one.open()
        one.add_worker()  # The office brings one worker of its own.
        with one.traffic(residents=6 if IS_FULL else 2, desks=2 if IS_FULL else 1):
            time.sleep(SECONDS / 3)
            early = once_settled(one)
            time.sleep(SECONDS * 2 / 3)
            late = memory_of(one)
        faults = Counter(sent.fault for sent in one.sent if sent.fault)
        assert one.broken(seconds=SECONDS + 60) == []
        print(
            f"{len(one.acknowledged)} reports, {one.last['deliveries']} deliveries in "
            f"{SECONDS:.0f} s; memory {early:.0f} → {late:.0f} MB; tries {one.last['tries']}"
        )
    assert faults == Counter()
    assert late - early < DRIFT_MB
