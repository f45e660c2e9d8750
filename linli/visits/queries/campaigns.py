"""Campaigns: where each stands, and how many households were met in which grid."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from linli.core.actor import Actor
from linli.people import queries as people
from linli.people.models import Account
from linli.visits.models import Campaign, Visit, VisitFormVersion
from linli.visits.queries.access import DOOR, campaigns_open_to, seen
from linli.visits.workflow import Outcome, VisitState

PAGE_SIZE = 50
_AT_ONCE = 500

GROUPS: Mapping[str, Q] = {
    "all": Q(),
    "met": Q(outcome=Outcome.MET),
    "declined": Q(outcome=Outcome.DECLINED),
    "vacant": Q(outcome=Outcome.VACANT),
    "elsewhere": Q(outcome=Outcome.LIVES_ELSEWHERE),
    "not_at_home": Q(outcome=Outcome.NOT_AT_HOME),
    "again": Q(state=VisitState.DUE, attempt__gt=1),
    "due": Q(state=VisitState.DUE, attempt=1),
    "missed": Q(state__in=(VisitState.MISSED, VisitState.CANCELLED)),
}
"""The figures of a campaign; but for the first, every household is in exactly one of them."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a campaign stands in one grid, or in all (`grid_id` None)."""

    grid_id: int | None
    grid_name: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return how many households there are."""
        return self.counts["all"]

    @property
    def settled(self) -> int:
        """Return how many have an outcome."""
        return self.total - self.counts["again"] - self.counts["due"] - self.counts["missed"]

    @property
    def met_percent(self) -> int:
        """Return the share met, in whole percent: said, never wanted."""
        return self.counts["met"] * 100 // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A household's standing visit, with its address."""

    visit: Visit
    address: str

    @property
    def building(self) -> str:
        """Return the building alone: 翠园 3幢."""
        building = self.visit.household.building
        return f"{self.visit.household.estate.name} {building.name}"

    @property
    def door(self) -> str:
        """Return the door alone: 1单元 502."""
        dwelling = self.visit.household.dwelling
        return f"{dwelling.entrance.name} {dwelling.room}"


@dataclass(frozen=True, slots=True)
class VisitPage:
    """One page of the list behind a figure; `next_after` asks for the next one, or is empty."""

    rows: list[VisitRow]
    next_after: str = ""


def list_campaigns(*, actor: Actor) -> list[Campaign]:
    """Return the campaigns of this person's communities, the latest first."""
    rows = campaigns_open_to(actor=actor).select_related("community")
    return list(rows.order_by("-from_date", "-id")[:200])


def coverage_of(*, campaign: Campaign, actor: Actor) -> tuple[Coverage, list[Coverage]]:
    """Return how a campaign stands in all, and in each grid of this person's places."""
    counted = {name: Count("id", filter=group) for name, group in GROUPS.items() if name != "all"}
    rows = (
        Visit.objects.filter(seen(actor), campaign=campaign, stands=True)
        .values("household__grid_id", "household__grid__name", "household__grid__code")
        .annotate(all=Count("id"), **counted)
        .order_by("household__grid__code")
    )
    grids = [
        Coverage(
            grid_id=row["household__grid_id"],
            grid_name=row["household__grid__name"],
            counts={name: row[name] for name in GROUPS},
        )
        for row in rows
    ]
    total = {name: sum(one.counts[name] for one in grids) for name in GROUPS}
    return Coverage(grid_id=None, grid_name="", counts=total), grids


def page_of_visits(
    *,
    campaign: Campaign,
    actor: Actor,
    group: str = "all",
    grid_id: int | None = None,
    after: str = "",
) -> VisitPage:
    """Return the households behind a figure, in walking order, by keyset."""
    rows = _behind(campaign, actor, group, grid_id)
    if after.isdecimal() and len(after) <= 9:
        rows = rows.filter(position__gt=int(after))
    found = list(rows[: PAGE_SIZE + 1])
    shown = [_row(one) for one in found[:PAGE_SIZE]]
    more = len(found) > PAGE_SIZE
    return VisitPage(rows=shown, next_after=str(found[PAGE_SIZE - 1].position) if more else "")


def each_visit(
    *, campaign: Campaign, actor: Actor, group: str = "all", grid_id: int | None = None
) -> Iterator[VisitRow]:
    """Give every household behind a figure, in walking order, some hundreds at a time."""
    return map(_row, _behind(campaign, actor, group, grid_id).iterator(chunk_size=_AT_ONCE))


def _behind(campaign: Campaign, actor: Actor, group: str, grid_id: int | None) -> QuerySet[Visit]:
    rows = Visit.objects.filter(seen(actor), GROUPS[group], campaign=campaign, stands=True)
    if grid_id is not None:
        rows = rows.filter(household__grid_id=grid_id)
    return rows.select_related(*DOOR, "account", "recorded_by").order_by("position", "id")


def _row(visit: Visit) -> VisitRow:
    return VisitRow(visit=visit, address=people.address_of(household=visit.household))


def places_of(*, campaign: Campaign) -> list[str]:
    """Return the names of the places a campaign is for; empty means the whole community."""
    buildings = campaign.buildings.select_related("estate").order_by("estate__code", "id")
    return [
        *campaign.grids.order_by("code").values_list("name", flat=True),
        *(f"{one.estate.name} {one.name}" for one in buildings),
    ]


def visitors_of(*, campaign: Campaign) -> list[Account]:
    """Return who goes out for a campaign, by name."""
    return list(campaign.visitors.order_by("name", "id"))


def candidates_in(*, community_id: int, at: datetime) -> list[Account]:
    """Return who may be sent out: the community's own people."""
    return people.accounts_in(community_id=community_id, at=at)


def forms_of(*, community_id: int) -> list[VisitFormVersion]:
    """Return the latest version of each form in use, by name."""
    rows = VisitFormVersion.objects.filter(form__community_id=community_id, form__ended_at=None)
    latest: dict[int, VisitFormVersion] = {}
    for version in rows.select_related("form").order_by("form__name", "form_id", "number"):
        latest[version.form_id] = version
    return list(latest.values())
