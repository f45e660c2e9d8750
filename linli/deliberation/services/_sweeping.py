"""What time itself does to many, each by itself: one that fails holds up no other."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection

from linli.deliberation.services.errors import StepNotAllowed

Thing = TypeVar("Thing")
_log = logging.getLogger(__name__)


@dataclass
class Swept(Generic[Thing]):
    """To how many something was done, and for which it failed."""

    done: int = 0
    failed: list[Thing] = field(default_factory=list)


def each(things: Iterable[Thing], act: Callable[[Thing], bool], *, what: str) -> Swept[Thing]:
    """Do something to each, in a transaction that `act` opens; `act` tells whether it did.

    Where somebody was faster nothing is left to do. Any other failure is logged by the kind of
    error, never by its words, and tried again at the next round.

    :raises OperationalError: when the database itself is away.
    """
    swept = Swept[Thing]()
    for thing in things:
        try:
            swept.done += act(thing)
        except StepNotAllowed:
            continue
        except Exception as error:
            if isinstance(error, OperationalError | InterfaceError) and not connection.is_usable():
                raise  # Nothing else can work either.
            _log.error("%s failed for %s: %s", what, thing, type(error).__name__)
            swept.failed.append(thing)
    return swept
