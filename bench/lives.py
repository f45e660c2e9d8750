"""The lives of made-up matters: where each stands, what happened to it, and when.

Most are over, some are new, a few are stuck: as a community's log looks after three years.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from linli.matters import events
from linli.matters.workflow import FINAL, OrderState, State

STORY = timedelta(days=3 * 365)
"""How far back the first matter was reported."""

_BEGUN = (events.REPORTED, events.ACCEPTED, events.DISPATCHED)
_WORKED = (*_BEGUN, events.TAKEN)
_DONE = (*_WORKED, events.RESOLVED)

CHAINS: Mapping[State, tuple[str, ...]] = {
    State.REPORTED: (events.REPORTED,),
    State.ACCEPTED: (events.REPORTED, events.ACCEPTED),
    State.DISPATCHED: _BEGUN,
    State.OBJECTED: (*_BEGUN, events.OBJECTED),
    State.TAKEN: _WORKED,
    State.PAUSED: (*_WORKED, events.TIME_ASKED, events.PAUSED),
    State.RETURNED: (*_WORKED, events.RETURNED),
    State.RESOLVED: _DONE,
    State.REWORK: (*_DONE, events.REWORK_ASKED),
    State.VERIFIED: (*_DONE, events.VERIFIED),
    State.CLOSED: (*_DONE, events.VERIFIED, events.CLOSED),
    State.DECLINED: (events.REPORTED, events.DECLINED),
    State.WITHDRAWN: (events.REPORTED, events.WITHDRAWN),
    State.MERGED: (events.REPORTED, events.MERGED),
}
"""What happened to a matter that stands here, in order."""

ORDERS: Mapping[State, OrderState] = {
    State.DISPATCHED: OrderState.SENT,
    State.OBJECTED: OrderState.OBJECTED,
    State.TAKEN: OrderState.TAKEN,
    State.PAUSED: OrderState.TAKEN,
    State.RETURNED: OrderState.RETURNED,
    State.RESOLVED: OrderState.DONE,
    State.REWORK: OrderState.SENT,
    State.VERIFIED: OrderState.DONE,
    State.CLOSED: OrderState.DONE,
}
"""Where the order of a matter stands; those not named here have none."""

_S = State
_STUCK = (_S.TAKEN, _S.PAUSED, _S.RETURNED, _S.DISPATCHED, _S.OBJECTED, _S.ACCEPTED)
_STUCK_WEIGHTS = (50, 12, 8, 15, 5, 10)
_OVER = (_S.CLOSED, _S.DECLINED, _S.WITHDRAWN, _S.MERGED)
_OVER_WEIGHTS = (92, 4, 3, 1)
_LATELY = tuple(CHAINS)
_LATELY_WEIGHTS = (6, 8, 12, 3, 25, 4, 3, 9, 4, 17, 2, 4, 2, 1)  # in the order of CHAINS
_TODAY = (_S.REPORTED, _S.ACCEPTED, _S.DISPATCHED, _S.TAKEN, _S.RESOLVED)
_TODAY_WEIGHTS = (45, 15, 20, 15, 5)
_STUCK_SHARE, _STUCK_SHARE_BUSY = 0.02, 0.12

_RATING_DAYS = 7


@dataclass(frozen=True, slots=True)
class Life:
    """Where a matter stands and when each event of its chain happened."""

    state: State
    moments: tuple[tuple[str, datetime], ...]

    def when(self, name: str) -> datetime | None:
        """Return when something happened last, or None."""
        found = [at for said, at in self.moments if said == name]
        return found[-1] if found else None


def reported_at(*, index: int, rows: int, until: datetime) -> datetime:
    """Return when the matter of this place in the row was reported, between 7:00 and 22:00."""
    begin = (until - STORY).replace(hour=0, minute=0, second=0, microsecond=0)
    days = (until - begin).days * index / rows
    return begin + timedelta(days=int(days), hours=7 + 15 * (days % 1))


def life_of(*, random: Random, start: datetime, until: datetime, is_busy: bool) -> Life:
    """Return a life that began at `start`, as it stands at `until`.

    Where a community `is_busy`, more of what is old is still open.
    """
    age = until - start
    state = _state_at(random=random, age=age, is_busy=is_busy)
    chain = CHAINS[state]
    if state in FINAL:
        end = start + min(timedelta(days=random.uniform(0.5, 20)), age * 0.6)
    elif state == State.VERIFIED:
        end = max(start + age * 0.5, until - timedelta(days=random.uniform(0, _RATING_DAYS - 1)))
    else:
        end = start + min(timedelta(days=random.uniform(0.2, 5)), age * 0.9)
    steps = max(1, len(chain) - 1)
    moments = [
        (name, start + (end - start) * (place / steps) ** 1.5) for place, name in enumerate(chain)
    ]
    if state == State.CLOSED:
        moments[-1] = (events.CLOSED, min(moments[-2][1] + timedelta(days=_RATING_DAYS), until))
    return Life(state=state, moments=tuple(moments))


def _state_at(*, random: Random, age: timedelta, is_busy: bool) -> State:
    if age < timedelta(days=2):
        return random.choices(_TODAY, _TODAY_WEIGHTS)[0]
    if age < timedelta(days=12):
        return random.choices(_LATELY, _LATELY_WEIGHTS)[0]
    if random.random() < (_STUCK_SHARE_BUSY if is_busy else _STUCK_SHARE):
        return random.choices(_STUCK, _STUCK_WEIGHTS)[0]
    return random.choices(_OVER, _OVER_WEIGHTS)[0]
