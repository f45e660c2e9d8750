"""Whom the nearest holder would have: a plan that is shown before anything changes."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from linli.people.assigning import (
    Giver,
    Own,
    PlacesMissing,
    Spot,
    Taker,
    apart_from_own,
    assign,
    distance_dm,
    plane,
    repair,
)
from linli.people.models import Household, Resident, Role, Tie, TieHolder, TieKind
from linli.people.queries.residents import address_of, row_of
from linli.people.queries.ties import (
    HolderRow,
    list_tie_holders,
    open_homes,
)
from linli.territory.models import Building

MEMBERS, HOMES = "members", "homes"
"""The two halves of the pioneer network: households → members, members → households."""


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """What shall be assigned: a kind, for pioneers one half, in one grid or everywhere.

    `anew` weighs every link again; without it what stands stays, but for holders and households
    that moved since.
    """

    community_id: int
    kind: str
    half: str = ""
    grid_id: int | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One link that is new, or goes to another holder."""

    taker_id: int
    holder_id: int
    from_tie_id: int | None
    distance_dm: int


@dataclass(frozen=True, slots=True)
class TiePlan:
    """What would stand: every taker's holder, what changes, how far in all, and what is missing."""

    question: PlanQuestion
    holders: Mapping[int, HolderRow]
    found: Mapping[int, int]  # taker → holder
    distances_dm: Mapping[int, int]  # of each taker to that holder
    changes: tuple[Change, ...]
    missing: int
    off_the_map: int  # buildings without a point, reckoned from the middle of their grid
    digest: str

    @property
    def total_m(self) -> int:
        """Return the total distance in metres."""
        return round(sum(self.distances_dm.values()) / 10)

    @property
    def longest_m(self) -> int:
        """Return the longest distance in metres."""
        return round(max(self.distances_dm.values(), default=0) / 10)

    @property
    def kept(self) -> int:
        """Return how many links stay as they are."""
        return len(self.found) - len(self.changes)

    @property
    def new(self) -> int:
        """Return how many links are made for somebody who had none."""
        return sum(1 for one in self.changes if one.from_tie_id is None)

    @property
    def moved(self) -> int:
        """Return how many links go to another holder."""
        return len(self.changes) - self.new


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One holder of a plan with those who would be theirs."""

    holder: HolderRow
    takers: list[tuple[str, int, bool]] = field(default_factory=list)  # whom, metres, is new


def leads_to_residents(*, question: PlanQuestion) -> bool:
    """Tell whether the links of a question lead to residents, not to households."""
    return question.kind == TieKind.PIONEER and question.half == MEMBERS


def plan_ties(*, question: PlanQuestion, on: date) -> TiePlan:
    """Reckon who would hold which links, without changing any."""
    holders = [
        row
        for row in list_tie_holders(community_id=question.community_id, kind=question.kind)
        if question.kind != TieKind.PIONEER
        or (row.holder.household_id is None) == (question.half == HOMES)
    ]
    spots = Spots(question.community_id)
    takers = [Taker(key, spots.of(building)) for key, building in _takers(question)]
    standing = _standing(question)
    theirs = {one.key for one in takers}
    elsewhere = _counted(tie.holder_id for key, tie in standing.items() if key not in theirs)
    where_held = spots_of_holders(
        community_id=question.community_id, holders=holders, spots=spots, on=on
    )
    givers = [
        Giver(
            row.holder.pk,
            where_held[row.holder.pk],
            max(0, row.holder.places - elsewhere.get(row.holder.pk, 0)),
        )
        for row in holders
    ]
    own = _own(question, holders, takers)
    found, missing = _found(question, givers, takers, standing, own)
    where = {one.key: one.spot for one in givers}
    apart = {
        one.key: distance_dm(one=one.spot, other=where[found[one.key]])
        for one in takers
        if one.key in found
    }
    return TiePlan(
        question=question,
        holders={row.holder.pk: row for row in holders},
        found=found,
        distances_dm=apart,
        changes=_changes(found, apart, standing),
        missing=missing,
        off_the_map=spots.missing,
        digest=_digest(question, givers, takers, standing),
    )


def spots_of_holders(
    *, community_id: int, holders: Sequence[HolderRow], spots: "Spots", on: date
) -> dict[int, Spot]:
    """Return from where each holder is reckoned: their home, or the building or grid they serve."""
    places = _places_of_accounts(community_id, holders, on)
    return {
        row.holder.pk: spots.of(_building_of(row.holder) or places.get(row.holder.pk))
        for row in holders
    }


def plan_rows(*, plan: TiePlan, start: int, most: int) -> list[PlanRow]:
    """Return some holders of a plan with whom they would have, the nearest first."""
    rows = {key: PlanRow(row) for key, row in list(plan.holders.items())[start : start + most]}
    takers = {key: holder for key, holder in plan.found.items() if holder in rows}
    names = _names(takers, to_residents=leads_to_residents(question=plan.question))
    changed = {one.taker_id for one in plan.changes}
    for key, holder in takers.items():
        metres = round(plan.distances_dm[key] / 10)
        rows[holder].takers.append((names[key], metres, key in changed))
    for row in rows.values():
        row.takers.sort(key=lambda taker: (taker[1], taker[0]))
    return list(rows.values())


def _found(
    question: PlanQuestion,
    givers: list[Giver],
    takers: list[Taker],
    standing: Mapping[int, Tie],
    own: Own,
) -> tuple[dict[int, int], int]:
    """Return who would have whom, and how many places are missing; then only what stands."""
    known = {one.key: one.spot for one in givers}
    holds = {key: tie.holder_id for key, tie in standing.items() if tie.holder_id in known}
    try:
        if question.anew:
            found = assign(givers=givers, takers=takers, standing=holds)
            return apart_from_own(found=found, givers=givers, takers=takers, own=own), 0
        settled = {
            one.key: holds[one.key]
            for one in takers
            if one.key in holds
            and not _has_moved(one, standing[one.key], known)
            and holds[one.key] not in own.get(one.key, ())
        }
        found = repair(givers=givers, takers=takers, standing=settled)
        return apart_from_own(found=found, givers=givers, takers=takers, own=own, fixed=settled), 0
    except PlacesMissing as short:
        theirs = {one.key for one in takers}
        return {key: holder for key, holder in holds.items() if key in theirs}, short.missing


def _own(question: PlanQuestion, holders: Sequence[HolderRow], takers: Sequence[Taker]) -> Own:
    """Return, by whom a link shall reach, the holders of the same household."""
    of_home: dict[int, set[int]] = {}
    for row in holders:
        lives_in = row.holder.household_id
        if lives_in is None and row.holder.resident is not None:
            lives_in = row.holder.resident.household_id
        if lives_in is not None:
            of_home.setdefault(lives_in, set()).add(row.holder.pk)
    if not leads_to_residents(question=question):
        return of_home
    rows = Resident.objects.filter(household__in=of_home, until_date=None)
    theirs = {one.key for one in takers}
    return {
        key: of_home[home]
        for key, home in rows.values_list("pk", "household_id")
        if home is not None and key in theirs
    }


def _has_moved(taker: Taker, tie: Tie, spots: Mapping[int, Spot]) -> bool:
    """Tell whether the two live farther from each other than when the link was made."""
    apart = distance_dm(one=taker.spot, other=spots[tie.holder_id])
    return tie.distance_dm is not None and apart > tie.distance_dm


def _changes(
    found: Mapping[int, int], apart: Mapping[int, int], standing: Mapping[int, Tie]
) -> tuple[Change, ...]:
    changes = []
    for key in sorted(found):
        tie = standing.get(key)
        if tie is None or tie.holder_id != found[key]:
            changes.append(Change(key, found[key], None if tie is None else tie.pk, apart[key]))
    return tuple(changes)


def _takers(question: PlanQuestion) -> list[tuple[int, int | None]]:
    """Return whom the links shall reach, with their building."""
    if leads_to_residents(question=question):
        named = TieHolder.objects.filter(
            community_id=question.community_id,
            kind=question.kind,
            until_date=None,
            resident__isnull=False,
        )
        people = Resident.objects.filter(pk__in=named.values("resident_id"), until_date=None)
        if question.grid_id is not None:
            people = people.filter(grid_id=question.grid_id)
        return list(people.order_by("pk").values_list("pk", "building_id"))
    homes = open_homes(community_id=question.community_id, grid_id=question.grid_id)
    return list(homes.order_by("pk").values_list("pk", "building_id"))


def _standing(question: PlanQuestion) -> dict[int, Tie]:
    """Return the standing links of this half by whom they lead to."""
    rows = Tie.objects.filter(
        community_id=question.community_id, kind=question.kind, until_date=None
    )
    if leads_to_residents(question=question):
        return {one.resident_id: one for one in rows if one.resident_id is not None}
    return {one.household_id: one for one in rows if one.household_id is not None}


class Spots:
    """Where buildings stand; one that is not on the map stands in the middle of its grid."""

    def __init__(self, community_id: int) -> None:
        rows = Building.objects.filter(grid__community_id=community_id).values_list(
            "pk", "grid_id", "longitude", "latitude"
        )
        self._grid_of = {key: grid for key, grid, _east, _north in rows}
        points = {
            key: (east, north)
            for key, _grid, east, north in rows
            if east is not None and north is not None
        }
        self._known = plane(points=points)
        self.missing = len(self._grid_of) - len(self._known)
        self._middle_of: dict[int | None, Spot] = {}
        for grid in {None, *self._grid_of.values()}:
            here = [spot for key, spot in self._known.items() if grid in (None, self._grid_of[key])]
            if here:
                self._middle_of[grid] = (
                    round(sum(spot[0] for spot in here) / len(here)),
                    round(sum(spot[1] for spot in here) / len(here)),
                )

    def of(self, building_id: int | None) -> Spot:
        """Return where a building stands, or the middle of its grid, or of the community."""
        if building_id in self._known:
            return self._known[building_id]
        whole = self._middle_of.get(None, (0, 0))
        return self._middle_of.get(self._grid_of.get(building_id or 0), whole)


def _building_of(holder: TieHolder) -> int | None:
    home = holder.household or holder.resident
    return None if home is None else home.building_id


def _places_of_accounts(
    community_id: int, holders: Iterable[HolderRow], on: date
) -> dict[int, int]:
    """Return the building from which an account is reckoned: the one it leads, or in its grid."""
    of_account = {row.holder.account_id: row.holder.pk for row in holders if row.holder.account_id}
    roles = Role.objects.filter(account__in=of_account, from_date__lte=on).exclude(
        until_date__lt=on
    )
    found: dict[int, int] = {}
    first: dict[int, int] = {}
    here = Building.objects.filter(grid__community_id=community_id).order_by("-pk")
    for building_id, grid_id in here.values_list("pk", "grid_id"):
        first[grid_id] = building_id
    for account, area, building in roles.order_by("-pk").values_list(
        "account_id", "area_id", "building_id"
    ):
        there = building or first.get(area or 0)
        # Whoever leads a building is there, whatever else they are in its grid.
        if there is not None and (building is not None or of_account[account] not in found):
            found[of_account[account]] = there
    return found


def _counted(keys: Iterable[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for key in keys:
        found[key] = found.get(key, 0) + 1
    return found


def _names(keys: Iterable[int], *, to_residents: bool) -> dict[int, str]:
    """Return what households or members are called: a door."""
    door = "dwelling__entrance__building__estate"
    if to_residents:
        people = Resident.objects.filter(pk__in=list(keys)).select_related(f"household__{door}")
        rows = (row_of(resident=one) for one in people)
        return {row.resident.pk: f"{row.person.name} · {row.address}" for row in rows}
    homes = Household.objects.filter(pk__in=list(keys)).select_related(door)
    return {one.pk: address_of(household=one) for one in homes}


def _digest(
    question: PlanQuestion, givers: list[Giver], takers: list[Taker], standing: Mapping[int, Tie]
) -> str:
    """Return a digest of everything the plan was reckoned from."""
    ties = sorted((key, tie.pk, tie.holder_id) for key, tie in standing.items())
    said = repr((question, sorted(givers, key=lambda one: one.key), takers, ties))
    return hashlib.sha256(said.encode()).hexdigest()
