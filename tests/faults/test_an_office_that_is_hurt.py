"""Kill it, cut it off, fill its disk, turn its clock: nothing is lost and nothing doubled.

Short here, so that it runs with the other tests; ``make soak`` does it at full length.
"""

import os
import time
from collections.abc import Iterator

import pytest

from tests.faults.office import NoDisk, Office, office

pytestmark = pytest.mark.soak

IS_FULL = os.environ.get("LINLI_SOAK") == "full"
KILLS = int(os.environ.get("LINLI_SOAK_KILLS") or (50 if IS_FULL else 3))
AWAY_SECONDS = 120.0 if IS_FULL else 3.0
ON_POSTGRESQL = bool(os.environ.get("LINLI_DATABASE_URL"))
DAY_SECONDS = 86_400.0


@pytest.fixture(scope="module")
def hurt() -> Iterator[Office]:
    with office(seed=int(os.environ.get("LINLI_SOAK_SEED", "1"))) as one:
        yield one


@pytest.fixture(autouse=True)
def _closed_afterwards(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "hurt" in request.fixturenames:
        request.getfixturevalue("hurt").close()


def test_kills_at_random_moments_lose_and_double_nothing(hurt):
    hurt.open()
    before = len(hurt.acknowledged)
    with hurt.traffic():
        for _ in range(KILLS):
            time.sleep(hurt.random.uniform(0.5, 3.0))
            hurt.kill_something()
        time.sleep(1)
    assert hurt.broken() == []
    assert len(hurt.acknowledged) > before


def test_connection_that_is_cut_costs_a_moment_only(hurt):
    hurt.open()
    with hurt.traffic():
        time.sleep(1)
        hurt.cut_connections()
        time.sleep(1)
        count = len(hurt.acknowledged)
        time.sleep(4)
    assert len(hurt.acknowledged) > count, "nobody was served after the cut"
    assert hurt.broken() == []


def test_worker_that_was_away_catches_up(hurt):
    hurt.open_server_alone()
    with hurt.traffic():
        time.sleep(AWAY_SECONDS)
    hurt.add_worker()
    hurt.add_worker()
    assert hurt.broken(seconds=60 + 5 * AWAY_SECONDS) == []


def test_clock_that_is_set_back_a_day_stops_nothing(hurt):
    hurt.turn_clock(seconds=DAY_SECONDS)  # It was a day ahead …
    hurt.open()
    with hurt.traffic():
        time.sleep(2)
        hurt.turn_clock(seconds=0)  # … and somebody sets it right.
        count = len(hurt.acknowledged)
        time.sleep(3)
    assert len(hurt.acknowledged) > count
    assert hurt.broken() == []


@pytest.mark.skipif(ON_POSTGRESQL, reason="the disk of a database server is not ours to fill")
def test_full_disk_is_said_clearly_and_damages_nothing():
    try:
        with office(on_small_disk=True) as one:
            one.open()
            with one.traffic(residents=2):
                time.sleep(1)
                with one.full_disk():
                    time.sleep(3)
                time.sleep(3)
            assert {sent.fault for sent in one.sent} <= FAULTS_SAID, "a fault nobody understands"
            assert one.sent[-1].is_acknowledged, "nobody was served once there was room again"
            assert one.broken() == []
    except NoDisk:
        pytest.skip("only root may mount the small disk that this fills")


FAULTS_SAID = {"", "HTTP 503"}
