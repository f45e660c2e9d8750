"""Who is who today: actors and their scope, who answers for a place, organisations and names.

A day is a day in Asia/Shanghai; dates of roles and handovers include both ends.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from linli.core.actor import NOBODY, Actor, ActorKind, Grant
from linli.core.clocks import SHANGHAI
from linli.core.prepared import Prepared
from linli.people.models import Account, Duty, Handover, Organisation, OrganisationKind, Role
from linli.people.workflow import BUILDING, HANDLER_ROLES
from linli.territory.models import Level

AREA_KEYS = (
    "city_id",
    "district_id",
    "subdistrict_id",
    "community_id",
    "large_grid_id",
    "grid_id",
    "micro_grid_id",
)
"""The columns by which a matter names the areas it lies in, from the top."""


def local_day(*, at: datetime) -> date:
    """Return the day in Asia/Shanghai on which a moment falls."""
    return at.astimezone(SHANGHAI).date()


# --- Actors ---------------------------------------------------------------------------------


def actor_of_user(*, user: Any, at: datetime) -> Actor:
    """Return the actor behind a request's user; nobody, without a query, when not signed in."""
    return actor_of(account=user, at=at) if isinstance(user, Account) else NOBODY


def actor_of(*, account: Account, at: datetime) -> Actor:
    """Return the actor that this account is at this moment, in two queries.

    It holds its own roles of the day and those of everybody it stands in for. An account that was
    closed is nobody.
    """
    if not account.is_active:
        return NOBODY
    day = local_day(at=at)
    absent_ids = frozenset(
        handovers_on(day)
        .filter(stand_in_id=account.pk, absent__is_active=True)
        .values_list("absent_id", flat=True)
    )
    rows = roles_on(day).filter(account_id__in={account.pk, *absent_ids})
    return Actor(
        kind=ActorKind.ACCOUNT,
        id=account.pk,
        name=account.name,
        grants=_grants(rows),
        stands_in_for=absent_ids,
    )


def _grants(roles: QuerySet[Role]) -> tuple[Grant, ...]:
    rows = roles.order_by("id").values_list(
        "name",
        "area_id",
        "area__level",
        "area__community_id",
        "building_id",
        "building__estate__community_id",
        "organisation_id",
        "organisation__community_id",
    )
    grants: dict[Grant, None] = {}  # A stand-in may hold the same role: say it once, in order.
    for name, area, level, community, building, building_in, organisation, organisation_in in rows:
        if area is not None:
            within = area if level == Level.COMMUNITY else community
            grant = Grant(role=name, level=level, place_id=area, community_id=within)
        elif building is not None:
            grant = Grant(role=name, level=BUILDING, place_id=building, community_id=building_in)
        else:
            grant = Grant(role=name, organisation_id=organisation, community_id=organisation_in)
        grants[grant] = None
    return tuple(grants)


def roles_on(day: date) -> QuerySet[Role]:
    """Return the roles that are held on a day."""
    return Role.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=day), from_date__lte=day
    )


def handovers_on(day: date) -> QuerySet[Handover]:
    """Return the handovers that hold on a day."""
    return Handover.objects.filter(from_date__lte=day, until_date__gte=day, ended_at__isnull=True)


# --- Who answers ----------------------------------------------------------------------------


def _held_here(on: Any, building_id: Any, **area_ids: Any) -> QuerySet[Role, str]:
    here = Q(building_id=building_id)
    for area_id in area_ids.values():
        here |= Q(area_id=area_id)
    held = roles_on(on).filter(here, account__is_active=True)
    return held.values_list("name", flat=True).distinct().order_by()


_HELD_HERE = Prepared(_held_here, "on", "building_id", *AREA_KEYS)


def roles_held(
    *, roles: Collection[str], places: Mapping[str, int | None], on: date
) -> frozenset[str]:
    """Return which of these roles somebody holds at any of these places that day, in one query.

    `places` maps a matter's columns (`AREA_KEYS` and ``building_id``) to keys; other columns and
    empty ones count for nothing. Whoever is absent counts: somebody stands in.
    """
    here = {column: places.get(column) for column in (*AREA_KEYS, "building_id")}
    return frozenset(roles) & frozenset(_HELD_HERE(on=on, **here))


def people_at(*, places: Mapping[str, int | None], on: date) -> list[tuple[str, str]]:
    """Return who holds a role in the grids and the building of a place that day: (role, name).

    The nearest to home first; somebody who stands in is named in the place of whoever is absent.
    """
    near = [key for column in AREA_KEYS[4:] if (key := places.get(column)) is not None]
    somewhere = Q(area_id__in=near)
    if (building_id := places.get("building_id")) is not None:
        somewhere |= Q(building_id=building_id)
    rows = list(
        roles_on(on)
        .filter(somewhere, account__is_active=True)
        .order_by("-building_id", "-area_id", "id")
        .values_list("name", "account_id", "account__name")
    )
    replaced = stand_ins(account_ids={row[1] for row in rows}, on=on)
    names = names_of(account_ids=set(replaced.values()))
    return [(role, names.get(replaced.get(key, key), name)) for role, key, name in rows]


def on_duty(*, area_ids: Iterable[int], at: datetime) -> list[int]:
    """Return the accounts on duty for any of these areas at this moment, by key."""
    holders = Duty.objects.filter(
        area_id__in=list(area_ids), starts_at__lte=at, ends_at__gt=at, account__is_active=True
    ).values_list("account_id", flat=True)
    return _with_stand_ins(set(holders), local_day(at=at))


def members_of(*, organisation_id: int, on: date) -> list[int]:
    """Return the accounts that work on an organisation's orders that day, by key."""
    holders = (
        roles_on(on)
        .filter(organisation_id=organisation_id, name__in=HANDLER_ROLES, account__is_active=True)
        .values_list("account_id", flat=True)
    )
    return _with_stand_ins(set(holders), on)


def stand_ins(*, account_ids: Collection[int], on: date) -> dict[int, int]:
    """Return, for those of these accounts who are absent that day, who stands in for each."""
    if not account_ids:
        return {}
    rows = handovers_on(on).filter(absent_id__in=account_ids, stand_in__is_active=True)
    return dict(rows.order_by("id").values_list("absent_id", "stand_in_id"))


def _with_stand_ins(holders: set[int], day: date) -> list[int]:
    replaced = stand_ins(account_ids=holders, on=day)
    return sorted({replaced.get(account_id, account_id) for account_id in holders})


# --- Organisations and names ----------------------------------------------------------------


def organisations_of(
    *, community_id: int, kind: OrganisationKind | str | None = None
) -> list[Organisation]:
    """Return the organisations that a community works with now, by name."""
    rows = Organisation.objects.filter(community_id=community_id, ended_at__isnull=True)
    if kind:
        rows = rows.filter(kind=kind)
    return list(rows.order_by("name", "id"))


def suggest_handlers(
    *, community_id: int, kind: OrganisationKind | str = "", estate_id: int | None = None
) -> list[Organisation]:
    """Return the organisations that may be given an order, the likeliest first.

    Those that serve the estate come before the others; an empty `kind` means every kind.
    """
    rows = Organisation.objects.filter(community_id=community_id, ended_at__isnull=True)
    if kind:
        rows = rows.filter(kind=kind)
    serving = Organisation.estates.through.objects.filter(
        organisation_id=OuterRef("pk"), estate_id=estate_id or 0
    )
    serves = Case(
        When(Exists(serving), then=Value(value=True)),
        default=Value(value=False),
        output_field=BooleanField(),
    )
    return list(rows.alias(serves=serves).order_by("-serves", "name", "id"))


def names_of(*, account_ids: Collection[int]) -> dict[int, str]:
    """Return the name that each of these accounts goes by."""
    if not account_ids:
        return {}
    return dict(Account.objects.filter(pk__in=account_ids).values_list("id", "name"))


def role_of_each(*, account_ids: Collection[int], on: date) -> dict[int, str]:
    """Return one role that each of these accounts holds on a day, at a place before elsewhere."""
    rows = roles_on(on).filter(account_id__in=account_ids).order_by("-id")
    held: dict[int, str] = {}
    for account_id, name, organisation_id in rows.values_list(
        "account_id", "name", "organisation_id"
    ):
        if organisation_id is None or account_id not in held:
            held[account_id] = name
    return held


def account_id_of(*, username: str) -> int | None:
    """Return the key of the open account with this user name."""
    known = Account.objects.filter(username=username.strip().lower(), is_active=True)
    return known.values_list("id", flat=True).first()


def names_of_organisations(*, organisation_ids: Collection[int]) -> dict[int, str]:
    """Return the name of each of these organisations, ended ones as well."""
    if not organisation_ids:
        return {}
    rows = Organisation.objects.filter(pk__in=organisation_ids)
    return dict(rows.values_list("id", "name"))
