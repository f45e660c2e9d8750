"""States of campaigns and visits, and when somebody who was not at home is called on again.

Plain data and pure functions over it; the database knows the same rules as constraints.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta


class CampaignState(StrEnum):
    """Where a campaign stands."""

    DRAFT = "DRAFT"
    PLANNED = "PLANNED"  # everybody's share was worked out; nobody was sent yet
    RUNNING = "RUNNING"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class CampaignStep(StrEnum):
    """What can be done with a campaign."""

    CHANGE = "change"
    PLAN = "plan"
    START = "start"
    CLOSE = "close"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Move:
    """From which states a step may be taken, and where it leads."""

    sources: frozenset[CampaignState]
    target: CampaignState


_BEFORE = frozenset({CampaignState.DRAFT, CampaignState.PLANNED})

MOVES: Mapping[CampaignStep, Move] = {
    CampaignStep.CHANGE: Move(_BEFORE, CampaignState.DRAFT),
    CampaignStep.PLAN: Move(_BEFORE, CampaignState.PLANNED),
    CampaignStep.START: Move(frozenset({CampaignState.PLANNED}), CampaignState.RUNNING),
    CampaignStep.CLOSE: Move(frozenset({CampaignState.RUNNING}), CampaignState.CLOSED),
    CampaignStep.CANCEL: Move(_BEFORE | {CampaignState.RUNNING}, CampaignState.CANCELLED),
}


class VisitState(StrEnum):
    """Where one call on a household stands."""

    DUE = "DUE"
    DONE = "DONE"
    MISSED = "MISSED"  # the campaign was closed before
    CANCELLED = "CANCELLED"


class Outcome(StrEnum):
    """What came of a call."""

    MET = "MET"
    DECLINED = "DECLINED"
    VACANT = "VACANT"
    LIVES_ELSEWHERE = "LIVES_ELSEWHERE"
    NOT_AT_HOME = "NOT_AT_HOME"


OUTCOMES = frozenset(str(one) for one in Outcome)


class Window(StrEnum):
    """The hours at which people may be met; empty on a first call, which may be at any hour."""

    MORNING = "MORNING"
    AFTERNOON = "AFTERNOON"
    EVENING = "EVENING"
    WEEKEND = "WEEKEND"


class Every(StrEnum):
    """How often a household is called on, whatever campaigns there are."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    SPACED = "SPACED"  # so many days after the last visit


class Cause(StrEnum):
    """What happened, after which somebody calls within 24 hours."""

    DISCHARGED = "DISCHARGED"
    BEREAVED = "BEREAVED"
    ACCIDENT = "ACCIDENT"
    STORM = "STORM"
    HEAT = "HEAT"
    COLD = "COLD"
    OTHER = "OTHER"


WITHIN = timedelta(hours=24)
CAUSES = frozenset(str(one) for one in Cause)
OF_A_HOUSEHOLD = (Cause.DISCHARGED, Cause.BEREAVED, Cause.ACCIDENT, Cause.OTHER)
OF_EVERYBODY = (Cause.STORM, Cause.HEAT, Cause.COLD, Cause.OTHER)

EVERY = frozenset(str(one) for one in Every)

RECORDABLE = frozenset({VisitState.DUE, VisitState.MISSED})
"""A phone without a network may tell of a visit after its campaign was closed: it happened."""

AGAIN_MOST = 3
ATTEMPTS_MOST = 1 + AGAIN_MOST
"""The first call and three more, each at another of the four kinds of hours."""

IsWorkday = Callable[[date], bool]
"""Whether a day is worked, holidays and swapped days included."""

DAYS_APART_MOST = 366

_NOON, _EVENING = time(12), time(17, 30)
_SATURDAY = 5
_LIKELIEST = (Window.EVENING, Window.WEEKEND, Window.MORNING, Window.AFTERNOON)
"""Who is out in the daytime comes home in the evening, or is there at the weekend."""


def next_turn(*, since: date, every: str, after: date) -> date:
    """Return the first day after `after` on which a regular visit falls due.

    Months are counted from the first day, so the 31st stays the last day of shorter months.
    """
    turn = 1
    while True:
        step = (
            relativedelta(weeks=turn)
            if every == Every.WEEKLY
            else relativedelta(months=turn * (1 if every == Every.MONTHLY else 3))
        )
        day = since + step
        if day > after:
            return day
        turn += 1


def weekday_worked(day: date) -> bool:
    """Tell whether a day is one from Monday to Friday, where no calendar is at hand."""
    return day.weekday() < _SATURDAY


def on_workday(*, day: date, before: date, is_workday: IsWorkday) -> date:
    """Return the first day worked from `day` on, or `day` itself when there is none `before`."""
    found = day
    while found < before:
        if is_workday(found):
            return found
        found += timedelta(days=1)
    return day


def spaced_turn(*, after: date, least: int, most: int, is_workday: IsWorkday) -> date:
    """Return when to call so many days, from least to most, after a visit: on a day worked.

    Where none of these days is, the last of them all the same: the distance comes first.
    """
    last = after + timedelta(days=most)
    first = after + timedelta(days=least)
    found = on_workday(day=first, before=last + timedelta(days=1), is_workday=is_workday)
    return found if is_workday(found) else last


def window_of(*, local: datetime, is_workday: IsWorkday = weekday_worked) -> Window:
    """Return the kind of hours in which a local moment falls; a holiday is like a weekend."""
    if not is_workday(local.date()):
        return Window.WEEKEND
    if local.time() < _NOON:
        return Window.MORNING
    return Window.AFTERNOON if local.time() < _EVENING else Window.EVENING


def next_call(
    *, after: date, tried: Collection[str], is_workday: IsWorkday = weekday_worked
) -> tuple[date, Window] | None:
    """Return when to call again: a later day, at hours not tried yet; None when all were."""
    window = next((one for one in _LIKELIEST if one not in tried), None)
    if window is None:
        return None
    day = after + timedelta(days=1)
    while is_workday(day) is (window is Window.WEEKEND):
        day += timedelta(days=1)
    return day, window
