"""The restricted register: who is in need of help, for those who are entitled to know."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.models import Event
from linli.people.models import NeedGroup, PriorityNeed, Resident, Tie, TieKind
from linli.people.queries.residents import ResidentRow, row_of
from linli.people.queries.ties import entitled_in, held_by

NEED = "people.need"
"""How events name one."""

HELP_FIELD = "people_need.help"
GROUP_FIELD = "people_need.group"
"""Under which names they are sealed and digested."""

_DOOR = "resident__household__dwelling__entrance__building__estate"


@dataclass(frozen=True, slots=True)
class NeedRow:
    """One need: who, of which group, who answers for it. The words are opened one at a time."""

    need: PriorityNeed
    resident: ResidentRow
    group: str


@dataclass(frozen=True, slots=True)
class NeedFilter:
    """What the register is narrowed to."""

    group_id: int | None = None
    grid_id: int | None = None


def needs_open_to(*, actor: Actor, on: date) -> QuerySet[PriorityNeed]:
    """Return the needs that exist for this person on a day.

    Those entitled see their community's; whoever answers for one, and whoever holds the pairing or
    stands in for it that day, sees that one while it lasts.
    """
    if actor.is_system:
        return PriorityNeed.objects.all()
    paired = Tie.objects.filter(held_by(actor=actor, on=on), kind=TieKind.PAIRING, until_date=None)
    own = Q(responsible__in=sorted(actor.account_ids)) | Q(resident__in=paired.values("resident"))
    return PriorityNeed.objects.filter(
        Q(community__in=entitled_in(actor=actor)) | (own & Q(until_date=None))
    )


def list_needs(
    *, actor: Actor, on: date, wanted: NeedFilter, start: int = 0, most: int = 50
) -> list[NeedRow]:
    """Return some rows of the register, by building and door."""
    rows = needs_open_to(actor=actor, on=on).filter(until_date=None)
    if wanted.grid_id is not None:
        rows = rows.filter(resident__grid_id=wanted.grid_id)
    if wanted.group_id is not None:
        rows = rows.filter(group_digest=group_digest(group_id=wanted.group_id))
    ordered = rows.order_by("resident__building_id", "resident__household_id", "pk")
    return rows_of_needs(rows=ordered[start : start + most])


def needs_of(*, actor: Actor, resident: Resident, on: date) -> list[NeedRow]:
    """Return what help somebody needs, to those who may know; the latest first."""
    rows = needs_open_to(actor=actor, on=on).filter(resident=resident)
    return rows_of_needs(rows=rows.order_by("-pk"))


def row_of_need(*, need: PriorityNeed) -> NeedRow:
    """Return one need in words."""
    return rows_of_needs(rows=PriorityNeed.objects.filter(pk=need.pk))[0]


def list_need_groups(*, community_ids: list[int]) -> list[NeedGroup]:
    """Return the groups of communities, in their own order."""
    rows = NeedGroup.objects.filter(community__in=community_ids, ended_at=None)
    return list(rows.order_by("community_id", "position", "pk"))


def manages_needs(*, actor: Actor, community_id: int) -> bool:
    """Tell whether somebody writes needs down in a community."""
    return actor.is_system or community_id in entitled_in(actor=actor)


def group_digest(*, group_id: int) -> str:
    """Return what stands for a group beside a resident."""
    return crypto.digest(value=str(group_id), field=GROUP_FIELD)


def events_of_need(*, need: PriorityNeed) -> list[Event]:
    """Return what happened to a need, also who opened its words and why; oldest first."""
    return list(Event.objects.filter(trace=need.row_key).order_by("id"))


def rows_of_needs(*, rows: QuerySet[PriorityNeed]) -> list[NeedRow]:
    """Return needs in words, in the order given."""
    found = list(rows.select_related(_DOOR, "responsible"))
    # Also the groups that ended: their needs stay.
    groups = NeedGroup.objects.filter(community__in={one.community_id for one in found})
    names = {group_digest(group_id=one.pk): one.name for one in groups}
    return [
        NeedRow(one, row_of(resident=one.resident), names.get(one.group_digest, ""))
        for one in found
    ]
