"""Ties: who holds which, who may know of them, and what stands where."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people.models import (
    PLACES_AT_FIRST,
    Account,
    Household,
    HouseholdStatus,
    Resident,
    Role,
    RoleName,
    Tie,
    TieCapacity,
    TieHolder,
    TieKind,
    TieStandIn,
)
from linli.people.queries.residents import (
    address_of,
    households_open_to,
    residents_open_to,
    roster_places_of,
    row_of,
)

TIE = "people.tie"
TIE_HOLDER = "people.tie_holder"
"""How events name them."""

NOTE_FIELD = "people_tie.note"
"""Under which name the words of an ending are sealed."""

ENTITLED = frozenset({"SECRETARY", "SOCIAL_WORKER"})
"""Who knows of every pairing of their community, and of every need."""

MANAGERS = ENTITLED | {"STAFF"}
"""Who makes and ends the other links."""

_DOOR = "dwelling__entrance__building__estate"
_HOLDER_RELATIONS = (
    "holder__account",
    f"holder__resident__household__{_DOOR}",
    f"holder__household__{_DOOR}",
)
_RELATIONS = (*_HOLDER_RELATIONS, f"household__{_DOOR}", f"resident__household__{_DOOR}")


@dataclass(frozen=True, slots=True)
class TieRow:
    """One link in words: who holds it, to whom it leads, who stands in today."""

    tie: Tie
    holder: str
    other: str
    other_address: str
    stand_in: str = ""

    @property
    def metres(self) -> int | None:
        """Return how far the two lived from each other when the link was made."""
        return None if self.tie.distance_dm is None else round(self.tie.distance_dm / 10)


@dataclass(frozen=True, slots=True)
class HolderRow:
    """One who holds links, and how many of their places are taken."""

    holder: TieHolder
    name: str
    address: str
    taken: int

    @property
    def free(self) -> int:
        """Return how many places are left."""
        return max(0, self.holder.places - self.taken)


def manages_ties(*, actor: Actor, community_id: int, kind: str) -> bool:
    """Tell whether somebody makes and ends links of a kind in a community."""
    roles = ENTITLED if kind == TieKind.PAIRING else MANAGERS
    return actor.is_system or any(
        grant.level == "COMMUNITY" and grant.place_id == community_id
        for grant in actor.grants_of(roles=roles)
    )


def kinds_managed(*, actor: Actor, community_id: int) -> list[str]:
    """Return the kinds of links that somebody makes and ends in a community."""
    return [
        str(kind)
        for kind in TieKind.values
        if manages_ties(actor=actor, community_id=community_id, kind=kind)
    ]


def ties_open_to(*, actor: Actor, on: date) -> QuerySet[Tie]:
    """Return the links that exist for this person on a day.

    Contact links are known to whoever reads the roster there. A pairing says that somebody is in
    need: it is known to those entitled and to whoever holds it, or stands in, that day.
    """
    if actor.is_system:
        return Tie.objects.all()
    places = roster_places_of(actor=actor)
    seen = held_by(actor=actor, on=on)
    for column, keys in places.items():
        inside = sorted(keys)
        seen |= Q(**{f"household__{column}__in": inside}) & ~Q(kind=TieKind.PAIRING)
        seen |= Q(**{f"resident__{column}__in": inside}) & ~Q(kind=TieKind.PAIRING)
    return Tie.objects.filter(
        seen | Q(kind=TieKind.PAIRING, community__in=entitled_in(actor=actor))
    )


def entitled_in(*, actor: Actor) -> list[int]:
    """Return the communities in which somebody knows of every pairing and every need."""
    grants = actor.grants_of(roles=ENTITLED)
    return sorted(
        {one.place_id for one in grants if one.level == "COMMUNITY" and one.place_id is not None}
    )


def get_tie(*, actor: Actor, tie_id: int, on: date) -> Tie:
    """Return a link.

    :raises NotFound: when there is none, or not for this person.
    """
    tie = ties_open_to(actor=actor, on=on).select_related(*_RELATIONS).filter(pk=tie_id).first()
    if tie is None:
        raise NotFound
    return tie


def get_tie_holder(*, actor: Actor, holder_id: int) -> TieHolder:
    """Return one who holds links, to somebody who manages them.

    :raises NotFound: when there is none, or not for this person.
    """
    holder = TieHolder.objects.filter(pk=holder_id).first()
    if holder is None or not manages_ties(
        actor=actor, community_id=holder.community_id, kind=holder.kind
    ):
        raise NotFound
    return holder


def places_for(*, community_id: int, kind: str) -> int:
    """Return how many places a new holder of a kind has in a community."""
    if kind == TieKind.PAIRING:
        return 1
    found = TieCapacity.objects.filter(community_id=community_id, kind=kind).first()
    return PLACES_AT_FIRST if found is None else found.places


def list_tie_holders(*, community_id: int, kind: str) -> list[HolderRow]:
    """Return who holds links of a kind now, in the order in which they were named."""
    rows = (
        TieHolder.objects.filter(community_id=community_id, kind=kind, until_date=None)
        .select_related(*(name.removeprefix("holder__") for name in _HOLDER_RELATIONS))
        .annotate(taken=Count("ties", filter=Q(ties__until_date=None)))
        .order_by("pk")
    )
    return [
        HolderRow(one, holder_name(holder=one), holder_address(holder=one), one.taken)
        for one in rows
    ]


def ties_of_household(*, actor: Actor, household: Household, on: date) -> list[TieRow]:
    """Return the links that lead to a household, those that stand first."""
    rows = ties_open_to(actor=actor, on=on).filter(household=household)
    return _rows_of(rows.order_by("-until_date", "-pk"), on)


def ties_of_resident(*, actor: Actor, resident: Resident, on: date) -> list[TieRow]:
    """Return the links that lead to somebody and those they hold, the latest first."""
    rows = ties_open_to(actor=actor, on=on).filter(
        Q(resident=resident) | Q(holder__resident=resident)
    )
    return _rows_of(rows.order_by("-pk"), on)


def ties_of_holder(*, holder: TieHolder, on: date) -> list[TieRow]:
    """Return the standing links of a holder, by place."""
    return _rows_of(Tie.objects.filter(holder=holder, until_date=None).order_by("place"), on)


def my_ties(*, actor: Actor, on: date) -> list[TieRow]:
    """Return the standing links of an account, and those it keeps for somebody that day."""
    rows = Tie.objects.filter(held_by(actor=actor, on=on), until_date=None)
    return _rows_of(rows.order_by("kind", "pk"), on)


def row_of_tie(*, tie: Tie, on: date) -> TieRow:
    """Return one link in words."""
    return _rows_of(Tie.objects.filter(pk=tie.pk), on)[0]


def stand_ins_of(*, tie: Tie) -> list[tuple[TieStandIn, str]]:
    """Return who stood in for a link with their names, the latest first."""
    rows = tie.stand_ins.select_related("account", f"resident__household__{_DOOR}")
    return [(one, _who(one)) for one in rows.order_by("-from_date", "-pk")]


def note_of(*, tie: Tie) -> str:
    """Return why a link ended, in the words of whoever ended it."""
    if not tie.note_sealed:
        return ""
    return crypto.unseal(sealed=tie.note_sealed, field=NOTE_FIELD, row=str(tie.trace))


def holder_name(*, holder: TieHolder) -> str:
    """Return who holds links: a name, or the door of a pioneer household."""
    return holder_address(holder=holder) if holder.household_id else _who(holder)


def holder_address(*, holder: TieHolder) -> str:
    """Return where a holder lives; empty for an account."""
    home = holder.household or (holder.resident.household if holder.resident else None)
    return "" if home is None else address_of(household=home)


def account_candidates(*, community_id: int, kind: str, on: date) -> list[Account]:
    """Return the accounts of a community that could hold links and do not, by name."""
    held = TieHolder.objects.filter(
        community_id=community_id, kind=kind, until_date=None, account__isnull=False
    )
    roles = Role.objects.filter(
        Q(area_id=community_id)
        | Q(area__community_id=community_id)
        | Q(building__estate__community_id=community_id),
        Q(until_date=None) | Q(until_date__gte=on),
        from_date__lte=on,
    ).exclude(name=RoleName.OVERSEER)
    rows = Account.objects.filter(pk__in=roles.values("account_id"), is_active=True)
    return list(rows.exclude(pk__in=held.values("account_id")).order_by("name", "pk"))


def open_homes(*, community_id: int, grid_id: int | None = None) -> QuerySet[Household]:
    """Return the households of a community behind whose doors somebody is to be met."""
    rows = Household.objects.filter(community_id=community_id, until_date=None).exclude(
        status=HouseholdStatus.VACANT
    )
    return rows if grid_id is None else rows.filter(grid_id=grid_id)


def may_open_household(*, actor: Actor, household_id: int | None) -> bool:
    """Tell whether a household's own page is open to somebody."""
    return households_open_to(actor=actor).filter(pk=household_id or 0).exists()


def may_open_resident(*, actor: Actor, resident_id: int | None) -> bool:
    """Tell whether a resident's own page is open to somebody."""
    return residents_open_to(actor=actor).filter(pk=resident_id or 0).exists()


def held_by(*, actor: Actor, on: date) -> Q:
    """Return the condition of links that an account holds, or keeps for somebody that day."""
    accounts = sorted(actor.account_ids)
    standing_in = TieStandIn.objects.filter(
        account__in=accounts, from_date__lte=on, until_date__gte=on, ended_at=None
    )
    return Q(holder__account__in=accounts) | Q(pk__in=standing_in.values("tie_id"), until_date=None)


def _rows_of(rows: QuerySet[Tie], on: date) -> list[TieRow]:
    ties = list(rows.select_related(*_RELATIONS))
    names = _stand_ins_on(ties, on)
    return [
        TieRow(
            tie=tie,
            holder=holder_name(holder=tie.holder),
            other=_other(tie),
            other_address=_other_address(tie),
            stand_in=names.get(tie.pk, ""),
        )
        for tie in ties
    ]


def _stand_ins_on(ties: Iterable[Tie], on: date) -> dict[int, str]:
    rows = TieStandIn.objects.filter(
        tie__in=[tie.pk for tie in ties], from_date__lte=on, until_date__gte=on, ended_at=None
    )
    found = rows.select_related("account", f"resident__household__{_DOOR}")
    return {one.tie_id: _who(one) for one in found}


def _who(one: Any) -> str:
    """Return the name of an account or resident that a row points at."""
    return str(one.account.name) if one.account else row_of(resident=one.resident).person.name


def _other(tie: Tie) -> str:
    return "" if tie.resident is None else row_of(resident=tie.resident).person.name


def _other_address(tie: Tie) -> str:
    home = home_of_tie(tie=tie)
    return "" if home is None else address_of(household=home)


def holders_with_a_place(
    *, actor: Actor, community_id: int, household_id: int | None = None, resident: bool = False
) -> list[tuple[int, str, str, int]]:
    """Return who could be given a link to a household, or to a resident: key, kind, name, free."""
    offered = []
    for kind in kinds_managed(actor=actor, community_id=community_id):
        if kind == (TieKind.CONTACT if resident else TieKind.PAIRING):
            continue
        for row in list_tie_holders(community_id=community_id, kind=kind):
            is_first_half = row.holder.household_id is not None
            fits = kind != TieKind.PIONEER or is_first_half == resident
            if fits and row.free and row.holder.household_id != (household_id or 0):
                offered.append((row.holder.pk, kind, row.name, row.free))
    return offered


def events_of_tie(*, tie: Tie) -> list[Event]:
    """Return what happened to a link itself, oldest first."""
    rows = Event.objects.filter(trace=tie.trace, subject_kind=TIE, subject_id=tie.pk)
    return list(rows.order_by("id"))


def home_of_tie(*, tie: Tie) -> Household | None:
    """Return the household to which a link leads, or in which whom it leads to lives."""
    return tie.household or (None if tie.resident is None else tie.resident.household)


def ties_leading_to(*, resident_id: int) -> list[Tie]:
    """Return the standing links to a resident, for what follows when they move."""
    rows = Tie.objects.filter(resident=resident_id, until_date=None)
    return list(rows.select_related(*_RELATIONS).order_by("pk"))


def stand_in_of(*, trace: UUID, on: date) -> int | None:
    """Return the account that keeps the link of a thread for its holder that day, or None.

    None also while a resident without an account stands in: somebody else writes down for them.
    """
    rows = TieStandIn.objects.filter(
        tie__trace=trace,
        tie__until_date=None,
        account__is_active=True,
        from_date__lte=on,
        until_date__gte=on,
        ended_at=None,
    )
    return rows.values_list("account_id", flat=True).first()


def threads_changing_hands(*, on: date) -> list[UUID]:
    """Return the threads of links whose stand-in begins that day, or ended the day before."""
    rows = TieStandIn.objects.filter(
        Q(from_date=on) | Q(until_date=on - timedelta(days=1)), tie__until_date=None, ended_at=None
    )
    return list(rows.values_list("tie__trace", flat=True).order_by("tie_id").distinct())


def count_untied(*, community_id: int, kind: str) -> int:
    """Return how many households have nobody who holds a link of a kind to them."""
    tied = Tie.objects.filter(kind=kind, until_date=None, household__isnull=False)
    homes = open_homes(community_id=community_id)
    return homes.exclude(pk__in=tied.values("household_id")).count()
