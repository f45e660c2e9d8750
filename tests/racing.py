"""Many at once: every racer waits at one barrier, then all act in their own connection.

Threads share what a process remembers; processes, as two web servers do, share the database only.
"""

import multiprocessing
import pickle
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, connections


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


def race_processes(*, racers: int, act: Callable[[int], object], seconds: float = 120) -> Race:
    """Let `racers` processes call ``act(number)`` at the same moment and return what came of it.

    They are forks, so `act` may be any function; what it returns or raises must be picklable, or
    comes back as its ``repr``. A racer that dies comes back as a `RacerDied`.
    """
    leave_database()  # A fork that used our connection would speak into our talk.
    fork = multiprocessing.get_context("fork")
    barrier, answers = fork.Barrier(racers), fork.Queue()
    processes = [
        fork.Process(target=_race_alone, args=(number, act, barrier, answers))
        for number in range(racers)
    ]
    for process in processes:
        process.start()
    outcome, heard = Race(), 0
    while heard < racers:
        try:
            is_result, answer = answers.get(timeout=1 if _all_ended(processes) else seconds)
        except queue.Empty:
            break
        (outcome.results if is_result else outcome.refusals).append(answer)
        heard += 1
    outcome.refusals += [RacerDied()] * (racers - heard)
    for process in processes:
        process.join(timeout=10)
        if process.is_alive():
            process.kill()
    return outcome


class RacerDied(Exception):
    """A process ended without an answer."""


def leave_database() -> None:
    """Close every connection and pool of this process."""
    for open_connection in connections.all(initialized_only=True):
        open_connection.close()
        if hasattr(open_connection, "close_pool"):
            open_connection.close_pool()


def _race_alone(number: int, act: Callable[[int], object], barrier: Any, answers: Any) -> None:
    try:
        barrier.wait(timeout=60)
        answer = (True, act(number))
    except BaseException as error:
        answer = (False, error)
    finally:
        leave_database()
    try:
        pickle.loads(pickle.dumps(answer[1]))
    except Exception:
        answer = (answer[0], repr(answer[1]) if answer[0] else RuntimeError(repr(answer[1])))
    answers.put(answer)


def _all_ended(processes: list[Any]) -> bool:
    return not any(process.is_alive() for process in processes)
