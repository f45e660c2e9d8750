"""Many at once: every racer waits at one barrier, then all act in their own connection."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection


@dataclass
class Race:
    """What came of it: what the winners returned and what the others met."""

    results: list[object] = field(default_factory=list)
    refusals: list[BaseException] = field(default_factory=list)


def race(*, racers: int, act: Callable[[int], object]) -> Race:
    """Let `racers` threads call ``act(number)`` at the same moment and return what came of it."""
    outcome = Race()
    lock, barrier = threading.Lock(), threading.Barrier(racers)

    def run(number: int) -> None:
        barrier.wait(timeout=60)
        try:
            result = act(number)
        except BaseException as error:
            with lock:
                outcome.refusals.append(error)
        else:
            with lock:
                outcome.results.append(result)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return outcome
