"""Households and residents: who sees whom, lists, search and one person."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from linli.core import codes, crypto
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.language.normal import normalise
from linli.people import finding, personal
from linli.people.models import Household, HouseholdStatus, Resident
from linli.people.personal import Person, person_of
from linli.people.queries.doors import named_by
from linli.territory.models import Area, Building, Dwelling, Level
from linli.territory.queries.finding import natural_key

KEEPERS = frozenset({"SECRETARY", "STAFF", "SOCIAL_WORKER", "GRID_LEAD", "GRID_WORKER"})
"""Who keeps the roster of their places: corrects it, moves people in and out."""

READERS = KEEPERS | {"BUILDING_LEAD"}
"""Who reads it. An overseer sees figures and no person."""

HOUSEHOLD = "people.household"
RESIDENT = "people.resident"
"""How events and attachments name them."""

PAGE_SIZE = 50

_COLUMN_OF: Mapping[str, str] = {
    "COMMUNITY": "community_id",
    "LARGE_GRID": "large_grid_id",
    "GRID": "grid_id",
    "MICRO_GRID": "micro_grid_id",
    "BUILDING": "building_id",
}
_OF_BUILDING: Mapping[str, str] = {
    "community_id": "grid__community_id",
    "large_grid_id": "grid__large_grid_id",
    "grid_id": "grid_id",
    "micro_grid_id": "micro_grid_id",
    "building_id": "pk",
}
_CHILD, _ELDER, _AGED = 14, 60, 80
_DOOR = ("household__dwelling__entrance__building__estate",)
_SHAPES = ("entrance__building__footprint", "entrance__building__estate__boundary")
_AT_ONCE = 500
_STORY_MOST = 100


@dataclass(frozen=True, slots=True)
class ResidentFilter:
    """What a list of residents shows. Empty means everybody who is there now.

    `query` is words of a name, initials, address, the last four of a number, or a whole number.
    """

    community_id: int | None = None
    grid_id: int | None = None
    building_id: int | None = None
    registration: str = ""
    age: str = ""  # child, elder or aged
    query: str = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class HouseholdFilter:
    """What a list of households shows. Empty means every household of today."""

    community_id: int | None = None
    grid_id: int | None = None
    building_id: int | None = None
    status: str = ""
    employer: str = ""
    query: str = ""  # an address, or what a resident is found by


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """One resident with who they are, opened for somebody who may see them."""

    resident: Resident
    person: Person
    address: str = ""


@dataclass(frozen=True, slots=True)
class ResidentPage:
    """One page of a list; `next_after` asks for the next one, or is None."""

    rows: list[ResidentRow]
    next_after: int | None = None


def roster_places_of(*, actor: Actor, keeping: bool = False) -> dict[str, set[int]]:
    """Return the places whose residents somebody reads, or keeps, by the column that names them."""
    places: dict[str, set[int]] = {}
    grants = actor.grants_of(roles=KEEPERS if keeping else READERS)
    whole = {grant.place_id for grant in grants if grant.level == "COMMUNITY"}
    for grant in grants:
        column = _COLUMN_OF.get(grant.level)
        is_inside = column != "community_id" and grant.community_id in whole
        if column is not None and grant.place_id is not None and not is_inside:
            places.setdefault(column, set()).add(grant.place_id)
    return places


def residents_open_to(*, actor: Actor) -> QuerySet[Resident]:
    """Return the residents that exist for this person."""
    return Resident.objects.filter(_seen(actor))


def households_open_to(*, actor: Actor) -> QuerySet[Household]:
    """Return the households that exist for this person."""
    return Household.objects.filter(_seen(actor))


def may_keep_roster(*, actor: Actor, row: Household | Resident) -> bool:
    """Tell whether this person keeps the roster where a household or resident is."""
    places = roster_places_of(actor=actor, keeping=True)
    return actor.is_system or any(getattr(row, column) in keys for column, keys in places.items())


def page_of_residents(
    *, actor: Actor, wanted: ResidentFilter, on: date, after: int | None = None
) -> ResidentPage:
    """Return one page by keyset, in the order in which they came on the roster."""
    rows = _filtered(residents_open_to(actor=actor), actor, wanted, on)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found = list(rows.select_related(*_DOOR, "grid").order_by("pk")[: PAGE_SIZE + 1])
    shown = [row_of(resident=one) for one in found[:PAGE_SIZE]]
    return ResidentPage(
        rows=shown, next_after=found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None
    )


def each_resident(
    *, actor: Actor, wanted: ResidentFilter, on: date, with_areas: bool = False
) -> Iterator[ResidentRow]:
    """Give every resident of a list in its order, a few hundred at a time in memory."""
    rows = _filtered(residents_open_to(actor=actor), actor, wanted, on)
    shapes = [f"household__dwelling__{one}" for one in _SHAPES]
    if with_areas:
        rows = rows.select_related("grid", "community")
        shapes += ["grid__boundary", "community__boundary"]
    rows = rows.select_related(*_DOOR).defer(*shapes).order_by("pk")
    return (row_of(resident=one) for one in rows.iterator(chunk_size=_AT_ONCE))


def each_household(*, actor: Actor, wanted: HouseholdFilter) -> Iterator[Household]:
    """Give every household of a list in its order, a few hundred at a time in memory."""
    shapes = [f"dwelling__{one}" for one in _SHAPES]
    rows = list_households(actor=actor, wanted=wanted).select_related("community")
    rows = rows.defer("grid__boundary", "community__boundary", *shapes)
    return rows.iterator(chunk_size=_AT_ONCE)


def count_residents(*, actor: Actor, wanted: ResidentFilter, on: date) -> int:
    """Return how many residents a list has."""
    return _filtered(residents_open_to(actor=actor), actor, wanted, on).count()


def matching(*, actor: Actor, wanted: ResidentFilter) -> QuerySet[Resident]:
    """Return the residents of somebody's places that a search finds, in no order."""
    return _searched(residents_open_to(actor=actor), actor, wanted)


def row_of(*, resident: Resident) -> ResidentRow:
    """Return a resident with their name and numbers opened; pages mask the numbers."""
    household = resident.household
    return ResidentRow(
        resident=resident,
        person=person_of(row=vars(resident)),
        address="" if household is None else address_of(household=household),
    )


def get_resident(*, actor: Actor, resident_id: int) -> Resident:
    """Return a resident of this person's places.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = residents_open_to(actor=actor).select_related(*_DOOR, "grid", "community", "merged_into")
    resident = rows.filter(pk=resident_id).first()
    if resident is None:
        raise NotFound
    return resident


def get_household(*, actor: Actor, household_id: int) -> Household:
    """Return a household of this person's places.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = households_open_to(actor=actor).select_related(
        "dwelling__entrance__building__estate", "grid", "community"
    )
    household = rows.filter(pk=household_id).first()
    if household is None:
        raise NotFound
    return household


def list_households(*, actor: Actor, wanted: HouseholdFilter) -> QuerySet[Household]:
    """Return the households of a filter, with their door and how many live there, by address."""
    exact = {
        "community_id": wanted.community_id,
        "grid_id": wanted.grid_id,
        "building_id": wanted.building_id,
        "status": wanted.status or None,
        "employer": wanted.employer or None,
    }
    rows = households_open_to(actor=actor).filter(
        until_date=None, **{name: value for name, value in exact.items() if value is not None}
    )
    if wanted.query.strip():
        rows = rows.filter(_home_searched(actor, wanted.query))
    here = Count("residents", filter=Q(residents__until_date=None))
    return (
        rows.select_related("dwelling__entrance__building__estate", "grid")
        .annotate(residents_total=here)
        .order_by("building_id", "dwelling_id", "id")
    )


def _home_searched(actor: Actor, query: str) -> Q:
    """Return the households that a search names by address, or by somebody who lives there."""
    found = matching(actor=actor, wanted=ResidentFilter(query=query)).filter(until_date=None)
    by_people = Q(pk__in=found.values("household_id"))
    named = named_by(text=query, within=_buildings_read(actor))
    if named is None:
        return by_people
    if named.doors is not None:
        return Q(dwelling__in=named.doors) | by_people
    return Q(building__in=named.buildings) | by_people


def residents_of(*, household: Household) -> list[ResidentRow]:
    """Return who lives in a household, in the order in which they were entered."""
    rows = list(Resident.objects.filter(household=household, until_date=None).order_by("pk"))
    for one in rows:
        one.household = household  # Read once, with its door.
    return [row_of(resident=one) for one in rows]


@dataclass(frozen=True, slots=True)
class HouseholdCounts:
    """How many households there are, in all and by status."""

    total: int
    rows: tuple[tuple[str, int], ...]

    @property
    def present(self) -> tuple[tuple[str, int], ...]:
        """Return the statuses that some household has."""
        return tuple((status, total) for status, total in self.rows if total)


def count_households(*, actor: Actor, grid_id: int | None = None) -> HouseholdCounts:
    """Return how many households there are in somebody's places by status, none left out."""
    rows = households_open_to(actor=actor).filter(until_date=None)
    if grid_id is not None:
        rows = rows.filter(grid_id=grid_id)
    found = dict(rows.values_list("status").annotate(total=Count("id")).order_by())
    counted = tuple((status, int(found.get(status, 0))) for status in HouseholdStatus.values)
    return HouseholdCounts(total=sum(total for _status, total in counted), rows=counted)


@dataclass(frozen=True, slots=True)
class StayRow:
    """Where somebody lived, from when until when."""

    address: str
    from_date: date | None
    until_date: date | None


def stays_of(*, resident: Resident) -> list[StayRow]:
    """Return where somebody lived, the latest first."""
    rows = resident.stays.select_related(
        "household__dwelling__entrance__building__estate"
    ).order_by("-id")
    return [
        StayRow(address_of(household=one.household), one.from_date, one.until_date) for one in rows
    ]


def events_of_resident(*, resident: Resident) -> list[Event]:
    """Return what happened to an entry on the roster, oldest first; the last hundred of it."""
    rows = Event.objects.filter(subject_kind=RESIDENT, subject_id=resident.pk)
    return list(rows.order_by("-id")[:_STORY_MOST])[::-1]


def doubles_of(*, actor: Actor, resident: Resident) -> list[ResidentRow]:
    """Return the other entries of a person that were made one with this one."""
    rows = residents_open_to(actor=actor).filter(merged_into=resident).select_related(*_DOOR)
    return [row_of(resident=one) for one in rows.order_by("pk")]


def merged_into(*, actor: Actor, resident: Resident) -> ResidentRow | None:
    """Return the entry under which a double goes on, where this person sees it."""
    rows = residents_open_to(actor=actor).select_related(*_DOOR)
    kept = rows.filter(pk=resident.merged_into_id or 0).first()
    return None if kept is None else row_of(resident=kept)


def names_on_roster(*, community_id: int, names: Collection[str]) -> set[str]:
    """Return those of these words that are the name of somebody on a community's roster.

    Whoever moved away or died counts as well.
    """
    by_digest = {crypto.digest(value=name, field=personal.NAME_FIELD): name for name in names}
    if not by_digest:
        return set()
    rows = Resident.objects.filter(community_id=community_id).values_list("name_digest", flat=True)
    return {by_digest[one] for one in rows.iterator(chunk_size=_AT_ONCE) if one in by_digest}


def age_of(*, resident: Resident, on: date) -> int | None:
    """Return somebody's age in years, or None where nobody knows the date of birth."""
    born = resident.birth_date
    return None if born is None else personal.age_on(birth_date=born, on=on)


def roster_grids(*, actor: Actor) -> list[Area]:
    """Return the grids in which somebody reads the roster, by code."""
    places = roster_places_of(actor=actor)
    within = (
        Q(community_id__in=places.get("community_id", ()))
        | Q(large_grid_id__in=places.get("large_grid_id", ()))
        | Q(pk__in=places.get("grid_id", ()))
    )
    rows = Area.objects.filter(within, level=Level.GRID, ended_at=None)
    return list(rows.defer("boundary").order_by("code"))


def roster_buildings(*, actor: Actor) -> list[Building]:
    """Return the buildings in which somebody keeps the roster, by estate and name."""
    within = Q(pk__in=())
    for column, keys in roster_places_of(actor=actor, keeping=True).items():
        name = _OF_BUILDING[column]
        within |= Q(**{f"{name}__in": sorted(keys)})
    rows = Building.objects.filter(within, ended_at=None).select_related("estate")
    found = rows.defer("footprint", "estate__boundary")
    return sorted(found, key=lambda one: (one.estate.name, natural_key(text=one.name)))


def doors_without_household(*, building: Building) -> list[tuple[int, str]]:
    """Return the doors of a building that have no household, with their names: 1单元 502."""
    taken = Household.objects.filter(building=building, until_date=None).values("dwelling_id")
    rows = Dwelling.objects.filter(entrance__building=building).exclude(pk__in=taken)
    doors = [(one.pk, f"{one.entrance.name} {one.room}") for one in rows.select_related("entrance")]
    return sorted(doors, key=lambda door: natural_key(text=door[1]))


def homes_in(*, building: Building, besides: int | None) -> list[tuple[int, str]]:
    """Return the households of a building, but for one, with their doors."""
    rows = Household.objects.filter(building=building, until_date=None).exclude(pk=besides or 0)
    homes = [
        (one.pk, f"{one.dwelling.entrance.name} {one.dwelling.room}")
        for one in rows.select_related("dwelling__entrance")
    ]
    return sorted(homes, key=lambda home: natural_key(text=home[1]))


def address_of(*, household: Household) -> str:
    """Return a household's address as people write it: 翠园 3幢 1单元 502."""
    entrance = household.dwelling.entrance
    building = entrance.building
    parts = (building.estate.name, building.name, entrance.name, household.dwelling.room)
    return " ".join(part for part in parts if part)


def building_of(*, row: ResidentRow) -> str:
    """Return in which building somebody lives, without the door: 翠园 3幢."""
    household = row.resident.household
    if household is None:
        return ""
    building = household.dwelling.entrance.building
    return f"{building.estate.name} {building.name}"


def _seen(actor: Actor) -> Q:
    if actor.is_system:
        return Q()
    seen = Q(pk__in=())
    for column, keys in roster_places_of(actor=actor).items():
        seen |= Q(**{f"{column}__in": sorted(keys)})
    return seen


def _filtered(
    rows: QuerySet[Resident], actor: Actor, wanted: ResidentFilter, on: date
) -> QuerySet[Resident]:
    exact = {
        "community_id": wanted.community_id,
        "grid_id": wanted.grid_id,
        "building_id": wanted.building_id,
        "registration": wanted.registration or None,
    }
    rows = rows.filter(
        until_date__isnull=not wanted.gone,
        **{name: value for name, value in exact.items() if value is not None},
    )
    if wanted.age == "child":
        rows = rows.filter(birth_date__gt=_born_before(_CHILD, on))
    elif wanted.age in ("elder", "aged"):
        rows = rows.filter(
            birth_date__lte=_born_before(_ELDER if wanted.age == "elder" else _AGED, on)
        )
    elif wanted.age:
        return rows.none()
    return _searched(rows, actor, wanted) if wanted.query.strip() else rows


def _born_before(years: int, on: date) -> date:
    """Return the last day of birth at which somebody has this age."""
    day = 28 if (on.month, on.day) == (2, 29) else on.day
    return date(on.year - years, on.month, day)


def _searched(rows: QuerySet[Resident], actor: Actor, wanted: ResidentFilter) -> QuerySet[Resident]:
    """Narrow residents by what was typed: a whole number by its digest, words by the index."""
    plain = normalise(text=wanted.query).replace(" ", "")
    if codes.is_id_number(text=plain):
        digest = crypto.digest(value=plain.upper(), field=personal.ID_FIELD)
        return rows.filter(id_digest=digest)
    if codes.is_phone(text=plain):
        digest = crypto.digest(value=codes.normalise_phone(text=plain), field=personal.PHONE_FIELD)
        return rows.filter(phone_digest=digest)
    doors, rest = _doors_in(wanted.query, actor)
    if doors is not None:
        rows = rows.filter(household__dwelling__in=doors)
        if not rest:
            return rows
    scopes = [
        finding.scope_of(column=column, key=key)
        for column, keys in _scopes_of(actor, wanted).items()
        for key in sorted(keys)
    ]
    asked = finding.asked_by(text=rest, scopes=scopes)
    return rows.none() if asked is None else rows.filter(search__terms__asked=asked)


def _doors_in(query: str, actor: Actor) -> tuple[Collection[int] | None, str]:
    """Return the doors that a search names as a whole or by one word, and what else it says."""
    if not any(character.isdigit() for character in query):
        return None, query
    words = query.split()
    for word in [query, *(words if len(words) > 1 else ())]:
        named = named_by(text=word, within=_buildings_read(actor))
        if named is not None and named.doors is not None:
            rest = "" if word == query else " ".join(one for one in words if one != word)
            return named.doors, rest
    return None, query


def _buildings_read(actor: Actor) -> Q:
    """Return the buildings in which somebody reads the roster."""
    within = Q() if actor.is_system else Q(pk__in=())
    for column, keys in roster_places_of(actor=actor).items():
        within |= Q(**{f"{_OF_BUILDING[column]}__in": sorted(keys)})
    return within


def _scopes_of(actor: Actor, wanted: ResidentFilter) -> dict[str, set[int]]:
    """Return the narrowest places that are searched; what may be seen is asked of the rows too."""
    for column in ("building_id", "grid_id", "community_id"):
        if (key := getattr(wanted, column)) is not None:
            return {column: {key}}
    return roster_places_of(actor=actor)
