"""Who calls at which door on which day: a pure function over plain values.

First it is counted whether there is room for all; then doors are given out by territory: one's own
building and grid first, whole buildings, near to what one has already. A building bigger than
one and a half fair shares is cut into parts of neighbouring doors.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil, hypot

from linli.visits.workflow import IsWorkday, weekday_worked


@dataclass(frozen=True, slots=True)
class Door:
    """A household to be called on."""

    household_id: int
    building_id: int
    is_vacant: bool = False
    not_before: date | None = None  # it was called on of late, and keeps its distance


@dataclass(frozen=True, slots=True)
class Block:
    """A building where it stands; `point` is longitude and latitude."""

    building_id: int
    grid_id: int
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who goes out, and what is theirs already."""

    account_id: int
    grid_ids: frozenset[int] = frozenset()
    building_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Call:
    """One door with who calls there and when; `position` is its place in the whole walk."""

    household_id: int
    account_id: int
    due_date: date
    position: int


@dataclass(frozen=True, slots=True)
class Shortfall:
    """How many doors there is no room for, and what would make room: either of the two."""

    doors: int
    room: int
    people_more: int
    days_more: int


def days_between(*, first: date, last: date, is_workday: IsWorkday = weekday_worked) -> list[date]:
    """Return the days for first calls: those worked, or every day where there is none of them.

    Weekends and holidays stay free for those who are not at home on a working day.
    """
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [day for day in every if is_workday(day)] or every


def shortfall_of(*, doors: int, visitors: int, days: int, per_day: int) -> Shortfall | None:
    """Return what is missing to call at so many doors once, or None when there is room."""
    room = visitors * days * per_day
    if doors <= room:
        return None
    return Shortfall(
        doors=doors,
        room=room,
        people_more=ceil(doors / (days * per_day)) - visitors,
        days_more=ceil(doors / (max(visitors, 1) * per_day)) - days,
    )


def plan(
    *,
    doors: Sequence[Door],
    blocks: Iterable[Block],
    visitors: Sequence[Visitor],
    days: Sequence[date],
    per_day: int,
) -> list[Call]:
    """Give every door to one visitor and one day, at most `per_day` a day for each.

    `doors` come in the order in which one walks them. Vacant homes come last. The first days are
    filled first, so that there is time to call again.
    """
    assert not shortfall_of(
        doors=len(doors), visitors=len(visitors), days=len(days), per_day=per_day
    ), "count first"
    if not doors:
        return []
    share = ceil(len(doors) / len(visitors))
    hands = [_Hands(one, room=len(days) * per_day, share=share) for one in visitors]
    units = _units(doors, {block.building_id: block for block in blocks}, share)
    for unit in _give_out(units, hands):
        _give_piecemeal(unit, hands)
    position = {door.household_id: number for number, door in enumerate(doors)}
    return [call for one in hands for call in one.calls(position, days, per_day)]


@dataclass(slots=True)
class _Unit:
    """Doors that one person should have together."""

    block: Block
    doors: list[Door]


@dataclass(slots=True)
class _Hands:
    """What one visitor was given so far."""

    visitor: Visitor
    room: int
    share: int
    units: list[_Unit] = field(default_factory=list)
    load: int = 0

    def take(self, unit: _Unit) -> None:
        self.units.append(unit)
        self.load += len(unit.doors)

    def fits(self, unit: _Unit) -> bool:
        return self.load + len(unit.doors) <= self.room

    def is_fair(self, unit: _Unit) -> bool:
        """Tell whether at least half of the unit lies within a fair share."""
        return self.load + len(unit.doors) / 2 <= self.share

    def nearness(self, unit: _Unit) -> tuple[int, float]:
        """Say how well a unit lies to what one has: the same grid, then free hands, then metres."""
        if any(one.block.grid_id == unit.block.grid_id for one in self.units):
            return 0, self._distance(unit)
        return (1, 0.0) if not self.units else (2, self._distance(unit))

    def _distance(self, unit: _Unit) -> float:
        here = unit.block.point
        spots = [one.block.point for one in self.units if one.block.point is not None]
        if here is None or not spots:
            return 0.0
        return min(hypot(here[0] - spot[0], here[1] - spot[1]) for spot in spots)

    def calls(self, position: dict[int, int], days: Sequence[date], per_day: int) -> Iterable[Call]:
        mine = [door for unit in self.units for door in unit.doors]
        mine.sort(key=lambda door: (door.is_vacant, position[door.household_id]))
        due = _days_of(mine, days, per_day)
        for door in mine:
            yield Call(
                household_id=door.household_id,
                account_id=self.visitor.account_id,
                due_date=due[door.household_id],
                position=position[door.household_id],
            )


def _days_of(doors: Sequence[Door], days: Sequence[date], per_day: int) -> dict[int, date]:
    """Return the day of each door: the first days are filled first, in walking order.

    Who keeps a distance is placed before the others, on the first day far enough with room; where
    there is none such, on the last one that has room.
    """
    room = dict.fromkeys(days, per_day)
    due: dict[int, date] = {}
    waiting = [door for door in doors if door.not_before is not None]
    for door in waiting:
        free = [day for day in days if room[day]]
        far = (day for day in free if door.not_before is None or day >= door.not_before)
        due[door.household_id] = day = next(far, free[-1])
        room[day] -= 1
    slots = (day for day in days for _free in range(room[day]))
    for door in doors:
        if door.not_before is None:
            due[door.household_id] = next(slots)
    return due


def _units(doors: Sequence[Door], blocks: dict[int, Block], share: int) -> list[_Unit]:
    """Return the buildings in walking order, those far bigger than a fair share in even parts."""
    behind: dict[int, list[Door]] = defaultdict(list)
    for door in doors:
        behind[door.building_id].append(door)
    units = []
    for building_id, found in behind.items():
        parts = 1 if len(found) <= 1.5 * share else ceil(len(found) / share)
        size = ceil(len(found) / parts)
        units += [
            _Unit(blocks[building_id], found[start : start + size])
            for start in range(0, len(found), size)
        ]
    return units


def _give_out(units: Iterable[_Unit], hands: Sequence[_Hands]) -> list[_Unit]:
    """Give out whole units; return those that fit into nobody's room."""
    rest = []
    for unit in units:  # One's own first, so that nobody else gets it.
        own = [one for one in hands if unit.block.building_id in one.visitor.building_ids]
        if not _give_to_nearest(unit, own, is_fair=True):
            rest.append(unit)
    units, rest = rest, []
    for unit in units:
        own = [one for one in hands if unit.block.grid_id in one.visitor.grid_ids]
        if not _give_to_nearest(unit, own, is_fair=True):
            rest.append(unit)
    units, rest = rest, []
    for unit in units:
        if not (
            _give_to_nearest(unit, hands, is_fair=True)
            or _give_to_nearest(unit, hands, is_fair=False)
        ):
            rest.append(unit)
    return rest


def _give_to_nearest(unit: _Unit, hands: Sequence[_Hands], *, is_fair: bool) -> bool:
    free = [one for one in hands if one.fits(unit) and (not is_fair or one.is_fair(unit))]
    if not free:
        return False
    best = min(free, key=lambda one: (one.nearness(unit), one.load, one.visitor.account_id))
    best.take(unit)
    return True


def _give_piecemeal(unit: _Unit, hands: Sequence[_Hands]) -> None:
    """Cut a unit up among those who have room left, the nearest first."""
    order = sorted(hands, key=lambda one: (one.nearness(unit), one.load, one.visitor.account_id))
    left = unit.doors
    for one in order:
        free = one.room - one.load
        if left and free > 0:
            one.take(_Unit(unit.block, left[:free]))
            left = left[free:]
    assert not left, "room was counted before"
