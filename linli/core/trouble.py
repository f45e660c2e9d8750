"""What may be the matter with the house itself: a database or disk that is busy, away or full.

Nobody did anything wrong then. Every face answers 503, says what it is and when to come back.
"""

import errno
import time
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils.translation import gettext_lazy as _

Made = TypeVar("Made")


class Trouble(Enum):
    """What a 503 is about: the house, and not what somebody did."""

    BUSY = "busy"
    AWAY = "away"
    FULL = "full"
    READ_ONLY = "read only"

    @property
    def retry_seconds(self) -> int:
        """Return when the same request may well succeed."""
        return 5 if self is Trouble.BUSY else 30


SENTENCES: Mapping[Trouble, Any] = {
    Trouble.BUSY: _(
        "Many people are using Linli at this moment and your step was not saved. "
        "Please go back and try again in a few seconds."
    ),
    Trouble.AWAY: _(
        "Linli cannot reach its database at this moment and your step was not saved. "
        "Please try again in a minute; if it goes on, tell your community office."
    ),
    Trouble.FULL: _(
        "The disk of Linli's server is full, so your step was not saved. Please tell your "
        "community office by phone; whoever looks after the server has to make room."
    ),
    Trouble.READ_ONLY: _(
        "Linli's server cannot write at this moment, so your step was not saved. Please tell your "
        "community office by phone; whoever looks after the server has to look at its disk."
    ),
}

# PostgreSQL's codes. Busy: serialization failure, deadlock, lock not available, too many
# connections. Away: starting up or shutting down, connection lost.
_CODES: Mapping[Trouble, frozenset[str]] = {
    Trouble.BUSY: frozenset({"40001", "40P01", "55P03", "53300"}),
    Trouble.AWAY: frozenset(
        {"57P01", "57P02", "57P03", "08000", "08001", "08003", "08004", "08006"}
    ),
    Trouble.FULL: frozenset({"53100"}),
    Trouble.READ_ONLY: frozenset({"25006", "58030"}),
}
_WORDS = (
    (Trouble.FULL, ("disk is full", "no space left")),
    (Trouble.READ_ONLY, ("readonly database", "unable to open database", "disk i/o error")),
    (Trouble.BUSY, ("locked", "busy", "serialize")),
    (Trouble.AWAY, ("connection", "timeout", "server closed", "terminat")),
)
_FULL_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_ONLY_NUMBERS = frozenset({errno.EROFS, errno.EIO})


def trouble_of(error: BaseException | None) -> Trouble | None:
    """Tell which trouble of the house an error is, or None where it is a fault of ours."""
    if isinstance(error, OSError):
        if error.errno in _FULL_NUMBERS:
            return Trouble.FULL
        return Trouble.READ_ONLY if error.errno in _READ_ONLY_NUMBERS else None
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    code = getattr(error.__cause__, "sqlstate", None)
    for trouble, codes in _CODES.items():
        if code in codes:
            return trouble
    if code is not None or not isinstance(error, OperationalError | InterfaceError):
        return None
    text = str(error).lower()
    return next((it for it, words in _WORDS if any(word in text for word in words)), None)


def patiently(
    act: Callable[[], Made], *, seconds: float = 10.0, pause_seconds: float = 0.5
) -> Made:
    """Return what `act` returns, trying again for some seconds while the database is busy.

    For whoever waits at a terminal; `act` is one whole transaction. A database
    that stays busy, or is not there, raises its own error in the end.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            return act()
        except OperationalError as error:
            if trouble_of(error) is not Trouble.BUSY or time.monotonic() >= until:
                raise
        if not connection.in_atomic_block:
            connection.close()  # One that failed while it was opened is no use.
        time.sleep(pause_seconds)
