"""The restricted register: who is in need of help, for those who are entitled to know."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.models import Event
from linli.people.models import Cadence, NeedGroup, PriorityNeed, Resident, Tie, TieKind
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
    """One need: who, of which group, who answers for it. The words are opened one at a time.

    `every` is how often somebody comes by, the group's word taken in.
    """

    need: PriorityNeed
    resident: ResidentRow
    group: str
    every: str = ""

    @property
    def goes_by_group(self) -> bool:
        """Tell whether the group says how often somebody comes by."""
        return self.need.cadence == Cadence.GROUP


@dataclass(frozen=True, slots=True)
class NeedFilter:
    """What the register is narrowed to."""

    group_id: int | None = None
    grid_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a household is visited because of who lives there, and who answers for it."""

    household_id: int
    every: str
    account_id: int


_STRICTEST = (Cadence.WEEKLY, Cadence.MONTHLY, Cadence.QUARTERLY)


def rhythms_in(*, community_id: int) -> dict[int, Rhythm]:
    """Return the rhythm of each household with somebody in need: the strictest of its needs.

    For rules of the house, not for pages: whoever may know of a need asks `needs_open_to`.
    """
    said = _cadence_by_group(community_id)
    rows = PriorityNeed.objects.filter(
        community=community_id, until_date=None, resident__household__until_date=None
    )
    found: dict[int, tuple[int, Rhythm]] = {}
    for household_id, cadence, digest, account_id in rows.order_by("pk").values_list(
        "resident__household_id", "cadence", "group_digest", "responsible_id"
    ):
        every = said.get(digest, "") if cadence == Cadence.GROUP else cadence
        if household_id is None or every not in _STRICTEST:
            continue
        rank = _STRICTEST.index(Cadence(every))
        if household_id not in found or rank < found[household_id][0]:
            found[household_id] = rank, Rhythm(household_id, str(every), account_id)
    return {key: rhythm for key, (_rank, rhythm) in found.items()}


def communities_with_needs() -> list[int]:
    """Return the communities in which somebody is in need, for rules of the house."""
    rows = PriorityNeed.objects.filter(until_date=None)
    return sorted(set(rows.order_by().values_list("community_id", flat=True).distinct()))


def answering_for(
    *, community_id: int, group_ids: Collection[int] = (), household_id: int | None = None
) -> dict[int, int]:
    """Return who answers for somebody in need in each household, for rules of the house.

    `group_ids` narrows it to needs of these groups, `household_id` to one door.
    """
    rows = PriorityNeed.objects.filter(
        community=community_id, until_date=None, resident__household__until_date=None
    )
    if group_ids:
        rows = rows.filter(group_digest__in=[group_digest(group_id=one) for one in group_ids])
    if household_id is not None:
        rows = rows.filter(resident__household=household_id)
    found: dict[int, int] = {}
    for key, account_id in rows.order_by("pk").values_list(
        "resident__household_id", "responsible_id"
    ):
        if key is not None:
            found.setdefault(key, account_id)
    return found


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


def _cadence_by_group(community_id: int) -> dict[str, str]:
    """Return what each group says, by the digest that needs keep; ended groups as well."""
    rows = NeedGroup.objects.filter(community=community_id)
    return {group_digest(group_id=one.pk): one.cadence for one in rows}


def events_of_need(*, need: PriorityNeed) -> list[Event]:
    """Return what happened to a need, also who opened its words and why; oldest first."""
    return list(Event.objects.filter(trace=need.row_key).order_by("id"))


def rows_of_needs(*, rows: QuerySet[PriorityNeed]) -> list[NeedRow]:
    """Return needs in words, in the order given."""
    found = list(rows.select_related(_DOOR, "responsible"))
    # Also the groups that ended: their needs stay.
    groups = NeedGroup.objects.filter(community__in={one.community_id for one in found})
    known = {group_digest(group_id=one.pk): one for one in groups}
    return [_row(one, known.get(one.group_digest)) for one in found]


def _row(need: PriorityNeed, group: NeedGroup | None) -> NeedRow:
    said = group.cadence if group is not None else str(Cadence.NONE)
    return NeedRow(
        need=need,
        resident=row_of(resident=need.resident),
        group=group.name if group is not None else "",
        every=said if need.cadence == Cadence.GROUP else need.cadence,
    )
