"""Who and where the measures act: the busiest community of the made-up data, and its people."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.utils import timezone

from bench.ground import Village, read_ground
from linli.core.actor import Actor
from linli.matters.models import Matter
from linli.people import queries as people
from linli.people.models import Account


@dataclass(frozen=True, slots=True)
class World:
    """What a measure may use. `scale` below 1 makes it short: a test wants to see it work.

    `people` is how many residents a roster has, or a workbook.
    """

    village: Village
    rows: int
    at: datetime
    people: int = 20_000
    scale: float = 1.0
    seconds: float = 60.0

    def account(self, name: str) -> Account:
        """Return somebody of the busiest community, such as ``shegong1``, or an overseer."""
        return Account.objects.get(username=name if name.startswith("qu") else f"{name}.1")

    def actor(self, name: str) -> Actor:
        """Return the actor that this person is now."""
        return people.actor_of(account=self.account(name), at=self.at)

    def times(self, count: int) -> int:
        """Return how often to do something that is done `count` times at full size."""
        return max(1, round(count * self.scale))


def world(*, people: int = 20_000, scale: float = 1.0, seconds: float = 60.0) -> World:
    """Return the world as the database has it."""
    return World(
        village=read_ground()[0],
        rows=Matter.objects.count(),
        at=timezone.now(),
        people=people,
        scale=scale,
        seconds=seconds,
    )


def text(number: int) -> str:
    """Return a report that is like many others and equal to none."""
    return f"翠园3幢门口路灯不亮，已经三天了，请尽快处理。编号{number}-{uuid4().hex[:6]}"
