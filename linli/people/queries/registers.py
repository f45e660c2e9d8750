"""What the register pages show: accounts, roles, organisations, duty and leave in one's scope."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.language.normal import normalise
from linli.language.pinyin import initials, matches_initials
from linli.people.models import Account, Duty, Handover, Organisation, Role
from linli.people.queries.holdings import (
    held_by_role,
    holdings_of,
    past_holdings_of,
    spot_of,
)
from linli.people.queries.today import local_day
from linli.people.workflow import (
    BUILDING,
    HANDLER_ROLES,
    LEVELS_OF,
    ORGANISATION,
    Held,
    Spot,
    keeps_registers,
    may_arrange,
    may_give,
    stands_above,
)
from linli.territory.models import Area, Building, Estate, Level

PHONE_FIELD = "people_account.phone"
"""Under which name an account's phone is sealed."""

SIGN_IN_LINK_FIELD = "people_signinlink.token"
"""Under which name the digest of a sign-in link's token is made."""

REGISTER_ROLES = frozenset(
    {"SECRETARY", "STAFF", "SOCIAL_WORKER", "CASE_OFFICER", "GRID_LEAD", "OVERSEER"}
)
"""Who reads the register of people of a community."""

_DUTY_LEVELS = (Level.LARGE_GRID, Level.GRID)
_ABOVE = {
    Level.CITY.value: "city_id",
    Level.DISTRICT.value: "district_id",
    Level.SUBDISTRICT.value: "subdistrict_id",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of the register somebody reads: whole communities, or own organisations."""

    communities: tuple[Area, ...] = ()
    organisation_ids: frozenset[int] = frozenset()
    area_ids: frozenset[int] = frozenset()  # upper areas at or below an overseer's own

    @property
    def community_ids(self) -> frozenset[int]:
        """Return the keys of the communities."""
        return frozenset(community.pk for community in self.communities)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to read."""
        return not (self.communities or self.organisation_ids)


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What the list of accounts is narrowed to; empty fields narrow nothing."""

    text: str = ""
    role: str = ""
    organisation_id: int | None = None
    state: str = "open"  # open, closed, or away


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role as a page shows it."""

    id: int
    role: str
    place: str
    from_date: date
    until_date: date | None
    is_current: bool
    is_over: bool
    may_end: bool = False


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One line of the list of accounts."""

    id: int
    name: str
    username: str
    is_active: bool
    stand_in: str
    roles: tuple[RoleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A place or organisation at which a role can be held, and the roles one may give there."""

    value: str  # area:12, building:3 or organisation:7
    name: str
    level: str
    group: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """One line of the register of organisations."""

    id: int
    name: str
    code: str
    kind: str
    phone: str
    community: str
    community_id: int
    estates: tuple[str, ...]
    members_count: int
    ended_at: datetime | None


# --- Scope ----------------------------------------------------------------------------------


def scope_of(*, actor: Actor) -> Scope:
    """Return the part of the register that this person reads.

    The office and grid leads read their community, an overseer every community below, and the head
    of a handling unit the own organisation.
    """
    grants = actor.grants_of(roles=REGISTER_ROLES)
    condition = Q(pk__in=[g.community_id for g in grants if g.community_id is not None])
    below = Q(pk__in=[])
    for grant in grants:
        if grant.level in _ABOVE:
            condition |= Q(**{_ABOVE[grant.level]: grant.place_id})
            below |= Q(pk=grant.place_id) | Q(**{_ABOVE[grant.level]: grant.place_id})
    communities: tuple[Area, ...] = ()
    area_ids: frozenset[int] = frozenset()
    if grants:
        rows = Area.objects.filter(condition, level=Level.COMMUNITY, ended_at__isnull=True)
        communities = tuple(rows.order_by("code"))
        upper = Area.objects.filter(below, level__in=list(_ABOVE))
        area_ids = frozenset(upper.values_list("id", flat=True))
    leads = actor.grants_of(roles=("HANDLER_LEAD",))
    return Scope(
        communities=communities,
        organisation_ids=frozenset(
            g.organisation_id for g in leads if g.organisation_id is not None
        ),
        area_ids=area_ids,
    )


def _roles_in(scope: Scope) -> Q:
    communities = scope.community_ids
    return (
        Q(area_id__in=communities | scope.area_ids)
        | Q(area__community_id__in=communities)
        | Q(building__estate__community_id__in=communities)
        | Q(organisation__community_id__in=communities)
        | Q(organisation_id__in=scope.organisation_ids)
    )


# --- Accounts -------------------------------------------------------------------------------


def list_accounts(*, actor: Actor, wanted: AccountFilter, at: datetime) -> list[AccountRow]:
    """Return the accounts in this person's scope, by the letters of their names.

    The text finds a part of the name or user name, or the first letters of its pinyin. A community
    has some hundreds of accounts at most, so that all are returned.
    """
    scope, today = scope_of(actor=actor), local_day(at=at)
    roles = Role.objects.filter(_roles_in(scope))
    if wanted.role:
        roles = _current(roles, today).filter(name=wanted.role)
    if wanted.organisation_id is not None:
        roles = _current(roles, today).filter(organisation_id=wanted.organisation_id)
    accounts = Account.objects.filter(
        pk__in=roles.values("account_id"), is_active=wanted.state != "closed"
    )
    away = {
        handover.absent_id: handover.stand_in.name
        for handover in _running(today).select_related("stand_in")
    }
    if wanted.state == "away":
        accounts = accounts.filter(pk__in=away)
    known = accounts.only("id", "name", "username", "is_active").prefetch_related(
        Prefetch("roles", queryset=_shown_roles(Role.objects.filter(_roles_in(scope))))
    )
    found = [account for account in known if _matches(account, wanted.text)]
    found.sort(key=lambda account: (initials(text=account.name), account.name, account.pk))
    return [
        AccountRow(
            id=account.pk,
            name=account.name,
            username=account.username,
            is_active=account.is_active,
            stand_in=away.get(account.pk, ""),
            roles=tuple(
                row
                for row in (_role_row(role, today) for role in account.roles.all())
                if not row.is_over
            ),
        )
        for account in found
    ]


def get_account(*, actor: Actor, account_id: int) -> Account:
    """Return an account in this person's scope, or their own.

    :raises NotFound: when it does not exist for them.
    """
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        raise NotFound
    if account_id != actor.account_id:
        scope = scope_of(actor=actor)
        if (
            scope.is_empty
            or not Role.objects.filter(_roles_in(scope), account_id=account_id).exists()
        ):
            raise NotFound
    return account


def roles_of(*, account_id: int, actor: Actor, at: datetime) -> list[RoleRow]:
    """Return every role an account ever held, those that are over at the end, latest first."""
    today = local_day(at=at)
    roles = Role.objects.filter(account_id=account_id)
    held = held_by_role(roles=roles)
    rows = [
        _role_row(role, today, may_give=may_give(actor=actor, held=held[role.pk]))
        for role in _shown_roles(roles)
    ]
    rows.sort(key=lambda row: (row.is_over, -row.from_date.toordinal(), -row.id))
    return rows


def phone_of(*, account: Account) -> str:
    """Return an account's phone number; pages mask it."""
    return crypto.unseal(sealed=account.phone_sealed, field=PHONE_FIELD, row=str(account.row_key))


def accounts_in(*, community_id: int, at: datetime) -> list[Account]:
    """Return the community's own people who hold a role now or later, by name: no handlers."""
    today = local_day(at=at)
    roles = Role.objects.filter(
        Q(area_id=community_id)
        | Q(area__community_id=community_id)
        | Q(building__estate__community_id=community_id),
        Q(until_date__isnull=True) | Q(until_date__gte=today),
    ).exclude(name__in=HANDLER_ROLES)
    accounts = Account.objects.filter(pk__in=roles.values("account_id"), is_active=True)
    return _by_name(accounts)


def stand_in_candidates(*, account_id: int, at: datetime) -> list[Account]:
    """Return who could stand in for somebody: those of the same community or company, by name."""
    today = local_day(at=at)
    open_roles = Role.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=today), account__is_active=True
    )
    mine = held_by_role(roles=open_roles.filter(account_id=account_id)).values()
    houses = {held.spot.house for held in mine}
    near = open_roles.filter(_in_houses(houses)).exclude(account_id=account_id)
    held = held_by_role(roles=near)
    theirs: dict[int, set[tuple[str, int | None]]] = {}
    for role_id, holder_id in near.values_list("id", "account_id"):
        theirs.setdefault(holder_id, set()).add(held[role_id].spot.house)
    fitting = [holder_id for holder_id, found in theirs.items() if houses <= found]
    return _by_name(Account.objects.filter(pk__in=fitting))


def _in_houses(houses: Iterable[tuple[str, int | None]]) -> Q:
    found = Q(pk__in=[])
    for kind, key in houses:
        if kind == ORGANISATION:
            found |= Q(organisation_id=key)
            continue
        found |= Q(area_id=key)
        if kind == Level.COMMUNITY:
            found |= Q(area__community_id=key) | Q(building__estate__community_id=key)
    return found


def _by_name(accounts: Iterable[Account]) -> list[Account]:
    return sorted(accounts, key=lambda one: (initials(text=one.name), one.name, one.pk))


def _matches(account: Account, text: str) -> bool:
    plain = normalise(text=text).lower()
    return (
        not plain
        or plain in normalise(text=account.name).lower()
        or plain in account.username
        or matches_initials(query=plain, text=account.name)
    )


def _current(roles: QuerySet[Role], today: date) -> QuerySet[Role]:
    return roles.filter(Q(until_date__isnull=True) | Q(until_date__gte=today), from_date__lte=today)


def _shown_roles(roles: QuerySet[Role]) -> QuerySet[Role]:
    return roles.select_related(
        "area", "area__community", "building__estate", "organisation"
    ).order_by("from_date", "id")


def _role_row(role: Role, today: date, *, may_give: bool = False) -> RoleRow:
    is_over = role.until_date is not None and role.until_date < today
    return RoleRow(
        id=role.pk,
        role=role.name,
        place=_place_of(role),
        from_date=role.from_date,
        until_date=role.until_date,
        is_over=is_over,
        is_current=not is_over and role.from_date <= today,
        may_end=may_give and not is_over,
    )


def _place_of(role: Role) -> str:
    if role.area is not None:
        return role.area.name
    if role.building is not None:
        return f"{role.building.estate.name}{role.building.name}"
    return role.organisation.name if role.organisation is not None else ""


def may_help(*, account_id: int, actor: Actor, at: datetime) -> bool:
    """Tell whether this person may help with the password, or close or reopen the account."""
    if account_id == actor.account_id:
        return False
    holdings = holdings_of(account_id=account_id, on=local_day(at=at))
    return stands_above(actor=actor, holdings=holdings or past_holdings_of(account_id=account_id))


def may_arrange_leave(*, account_id: int, actor: Actor, at: datetime) -> bool:
    """Tell whether this person may hand this account's work over."""
    if account_id == actor.account_id:
        return True
    holdings = holdings_of(account_id=account_id, on=local_day(at=at), by_proxy=False)
    return account_id not in actor.stands_in_for and may_arrange(actor=actor, holdings=holdings)


def keeps(*, actor: Actor, community_id: int) -> bool:
    """Tell whether this person keeps the community's organisations and duty roster."""
    return keeps_registers(actor=actor, community_id=community_id)


# --- Places for roles -----------------------------------------------------------------------


def places_for_roles(*, actor: Actor) -> list[Place]:
    """Return the places and organisations at which this person may give some role."""
    scope = scope_of(actor=actor)
    places = [*_areas(scope), *_buildings(scope), *_organisations(scope)]
    offered = []
    for place, spot in places:
        roles = tuple(
            role
            for role, levels in LEVELS_OF.items()
            if spot.level in levels and may_give(actor=actor, held=Held(role=role, spot=spot))
        )
        if roles:
            offered.append(replace(place, roles=roles))
    return offered


def _areas(scope: Scope) -> Iterator[tuple[Place, Spot]]:
    areas = Area.objects.filter(
        Q(pk__in=scope.community_ids | scope.area_ids) | Q(community_id__in=scope.community_ids),
        ended_at__isnull=True,
    ).select_related("community")
    order = list(Level.values)
    for area in sorted(areas, key=lambda one: (order.index(one.level), one.code)):
        above = [area.city_id, area.district_id, area.subdistrict_id, area.community_id]
        spot = spot_of(level=area.level, area_id=area.pk, above=above)
        yield Place(value=f"area:{area.pk}", name=area.name, level=area.level), spot


def _buildings(scope: Scope) -> Iterator[tuple[Place, Spot]]:
    buildings = Building.objects.filter(
        estate__community_id__in=scope.community_ids, ended_at__isnull=True
    )
    known = {community.pk: community for community in scope.communities}
    for building in buildings.select_related("estate").order_by("estate__code", "id"):
        place = Place(
            value=f"building:{building.pk}",
            name=f"{building.estate.name}{building.name}",
            level=BUILDING,
            group=building.estate.name,
        )
        above = _above(known[building.estate.community_id])
        yield place, spot_of(level=BUILDING, building_id=building.pk, above=above)


def _organisations(scope: Scope) -> Iterator[tuple[Place, Spot]]:
    organisations = Organisation.objects.filter(
        Q(community_id__in=scope.community_ids) | Q(pk__in=scope.organisation_ids),
        ended_at__isnull=True,
    )
    for one in organisations.select_related("community").order_by("name", "id"):
        place = Place(value=f"organisation:{one.pk}", name=one.name, level=ORGANISATION)
        above = _above(one.community)
        yield place, spot_of(level=ORGANISATION, organisation_id=one.pk, above=above)


def _above(community: Area) -> list[int | None]:
    return [community.city_id, community.district_id, community.subdistrict_id, community.pk]


# --- Organisations --------------------------------------------------------------------------


def list_organisations(*, actor: Actor, at: datetime, ended: bool = False) -> list[OrganisationRow]:
    """Return the organisations in this person's scope with estates and number of people."""
    scope, today = scope_of(actor=actor), local_day(at=at)
    members = Count(
        "roles__account",
        filter=Q(roles__from_date__lte=today, roles__account__is_active=True)
        & (Q(roles__until_date__isnull=True) | Q(roles__until_date__gte=today)),
        distinct=True,
    )
    rows = (
        Organisation.objects.filter(
            Q(community_id__in=scope.community_ids) | Q(pk__in=scope.organisation_ids),
            ended_at__isnull=not ended,
        )
        .annotate(members_count=members)
        .select_related("community")
        .prefetch_related(Prefetch("estates", queryset=Estate.objects.order_by("code")))
        .order_by("community__code", "name", "id")
    )
    return [
        OrganisationRow(
            id=one.pk,
            name=one.name,
            code=one.code,
            kind=one.kind,
            phone=one.phone,
            community=one.community.name,
            community_id=one.community_id,
            estates=tuple(estate.name for estate in one.estates.all()),
            members_count=one.members_count,
            ended_at=one.ended_at,
        )
        for one in rows
    ]


def get_organisation(*, actor: Actor, organisation_id: int) -> Organisation:
    """Return an organisation in this person's scope.

    :raises NotFound: when it does not exist for them.
    """
    scope = scope_of(actor=actor)
    found = Organisation.objects.filter(
        Q(community_id__in=scope.community_ids) | Q(pk__in=scope.organisation_ids),
        pk=organisation_id,
    ).select_related("community")
    organisation = found.first()
    if organisation is None:
        raise NotFound
    return organisation


def estates_of(*, community_id: int) -> list[Estate]:
    """Return the estates in use that an organisation of this community may serve."""
    rows = Estate.objects.filter(community_id=community_id, ended_at__isnull=True)
    return list(rows.order_by("code"))


def estate_ids_of(*, organisation_id: int) -> list[int]:
    """Return the keys of the estates an organisation serves."""
    served = Organisation.estates.through.objects.filter(organisation_id=organisation_id)
    return list(served.order_by("estate_id").values_list("estate_id", flat=True))


# --- Duty and leave -------------------------------------------------------------------------


def duties_between(*, community_id: int, first: datetime, last: datetime) -> list[Duty]:
    """Return the duties of a community and its areas that touch a span of time."""
    duties = Duty.objects.filter(
        Q(area_id=community_id) | Q(area__community_id=community_id),
        starts_at__lt=last,
        ends_at__gt=first,
    )
    return list(duties.select_related("account", "area").order_by("starts_at", "id"))


def duty_areas(*, community_id: int) -> list[Area]:
    """Return the areas a duty can be set for: the community and its grids."""
    areas = Area.objects.filter(
        Q(pk=community_id) | Q(community_id=community_id, level__in=_DUTY_LEVELS),
        ended_at__isnull=True,
    )
    order = list(Level.values)
    return sorted(areas, key=lambda area: (order.index(area.level), area.code))


def list_handovers(*, actor: Actor, at: datetime) -> list[Handover]:
    """Return the leave that runs or is to come in this person's scope."""
    scope = scope_of(actor=actor)
    within = Role.objects.filter(_roles_in(scope)).values("account_id")
    open_ones = Handover.objects.filter(
        ended_at__isnull=True, until_date__gte=local_day(at=at), absent_id__in=within
    )
    return list(open_ones.select_related("absent", "stand_in").order_by("from_date", "id"))


def handovers_of(*, account_id: int, at: datetime) -> list[Handover]:
    """Return the leave of one account, and for whom it stands in, that runs or is to come."""
    open_ones = Handover.objects.filter(
        Q(absent_id=account_id) | Q(stand_in_id=account_id),
        ended_at__isnull=True,
        until_date__gte=local_day(at=at),
    )
    return list(open_ones.select_related("absent", "stand_in").order_by("from_date", "id"))


def get_handover(*, actor: Actor, handover_id: int, at: datetime) -> Handover:
    """Return leave that runs or is to come, in this person's scope or their own.

    :raises NotFound: when it does not exist for them.
    """
    handovers = list_handovers(actor=actor, at=at)
    if actor.account_id is not None:
        handovers += handovers_of(account_id=actor.account_id, at=at)
    for handover in handovers:
        if handover.pk == handover_id:
            return handover
    raise NotFound


def get_duty(*, actor: Actor, duty_id: int) -> Duty:
    """Return a duty of a community in this person's scope.

    :raises NotFound: when it does not exist for them.
    """
    communities = scope_of(actor=actor).community_ids
    within = Q(area_id__in=communities) | Q(area__community_id__in=communities)
    duty = Duty.objects.filter(within, pk=duty_id).first()
    if duty is None:
        raise NotFound
    return duty


def _running(today: date) -> QuerySet[Handover]:
    return Handover.objects.filter(
        ended_at__isnull=True, from_date__lte=today, until_date__gte=today
    )
