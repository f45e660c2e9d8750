"""Who reaches an age that entitles them soon: told before they have to ask."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from linli.core.actor import Actor
from linli.people.models import Entitlement, Resident
from linli.people.queries.residents import ResidentRow, residents_open_to, row_of

COMING_DAYS = 90
_KEEPERS = frozenset({"SECRETARY", "STAFF"})
_DOOR = "household__dwelling__entrance__building__estate"


@dataclass(frozen=True, slots=True)
class ComingRow:
    """Somebody, what they may ask for, and from which day."""

    resident: ResidentRow
    entitlement: Entitlement
    day: date


def keeps_entitlements(*, actor: Actor, community_id: int) -> bool:
    """Tell whether somebody keeps a community's entitlements."""
    return actor.is_system or any(
        grant.level == "COMMUNITY" and grant.place_id == community_id
        for grant in actor.grants_of(roles=_KEEPERS)
    )


def list_entitlements(*, community_ids: list[int], on: date) -> list[Entitlement]:
    """Return the entitlements that hold on a day, by name and age."""
    rows = Entitlement.objects.filter(
        Q(until_date=None) | Q(until_date__gte=on), community__in=community_ids
    )
    return list(rows.order_by("community_id", "name", "age_years", "pk"))


def list_coming(
    *, actor: Actor, on: date, grid_id: int | None = None, start: int = 0, most: int = 50
) -> list[ComingRow]:
    """Return who becomes entitled within 90 days in somebody's places, the soonest first."""
    last = on + timedelta(days=COMING_DAYS)
    found: list[tuple[date, int, Entitlement]] = []
    for one in list_entitlements(community_ids=sorted(actor.community_ids), on=on):
        rows = residents_reaching(entitlement=one, first=on, last=last, actor=actor)
        if grid_id is not None:
            rows = rows.filter(grid_id=grid_id)
        for key, born in rows.values_list("pk", "birth_date"):
            assert born is not None, "they were asked for by it"
            day = day_of_age(birth_date=born, years=one.age_years)
            holds = one.from_date <= day and (one.until_date is None or day <= one.until_date)
            if on <= day <= last and holds:
                found.append((day, key, one))
    found.sort(key=lambda row: (row[0], row[1], row[2].pk))
    shown = found[start : start + most]
    people = Resident.objects.select_related(_DOOR).in_bulk({key for _day, key, _one in shown})
    return [ComingRow(row_of(resident=people[key]), one, day) for day, key, one in shown]


def day_of_age(*, birth_date: date, years: int) -> date:
    """Return the day on which somebody reaches an age; born on 29 February, 1 March elsewhere."""
    year = birth_date.year + years
    try:
        return birth_date.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def residents_reaching(
    *, entitlement: Entitlement, first: date, last: date, actor: Actor
) -> QuerySet[Resident]:
    """Return who reaches an age in these days, or a day beside them, by the index of birth."""
    return residents_open_to(actor=actor).filter(
        community_id=entitlement.community_id,
        until_date=None,
        birth_date__gte=_years_before(first, entitlement.age_years, 28),
        birth_date__lte=_years_before(last, entitlement.age_years, 29),
    )


def _years_before(day: date, years: int, leap: int) -> date:
    """Return the same day years earlier; around 29 February no later than asked is lost."""
    if (day.month, day.day) == (2, 29):
        year = day.year - years
        return date(year, 2, 28) if leap == 28 else date(year, 3, 1)
    earlier = day.replace(year=day.year - years)
    # Who was born on 29 February reaches the age on 1 March of an ordinary year.
    return earlier - timedelta(days=1) if leap == 28 else earlier
