"""One thing that happened, as the replay of a pack takes it up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from linli.flows.packs.reading import Path_


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened at a moment, where it is written, and what to call so that it happens.

    Of the same moment the one with the lesser `order` comes first.
    """

    moment: datetime
    order: int
    file: str
    path: Path_
    key: str
    act: Callable[[], object]
