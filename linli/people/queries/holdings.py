"""What somebody holds, as the rules of `workflow` see it."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from linli.people.models import Handover, Role
from linli.people.workflow import BUILDING, ORGANISATION, Held, Spot
from linli.territory.models import Level

_SPOT_COLUMNS = (
    "name",
    "area_id",
    "area__level",
    "area__city_id",
    "area__district_id",
    "area__subdistrict_id",
    "area__community_id",
    "building_id",
    "building__estate__community_id",
    "building__estate__community__city_id",
    "building__estate__community__district_id",
    "building__estate__community__subdistrict_id",
    "organisation_id",
    "organisation__community_id",
    "organisation__community__city_id",
    "organisation__community__district_id",
    "organisation__community__subdistrict_id",
)


def holdings_of(*, account_id: int, on: date, by_proxy: bool = True) -> list[Held]:
    """Return what an account holds that day or will hold later, and what it stands in for."""
    account_ids = {account_id}
    if by_proxy:
        absent = Handover.objects.filter(
            stand_in_id=account_id, until_date__gte=on, ended_at__isnull=True
        )
        account_ids.update(absent.values_list("absent_id", flat=True))
    roles = Role.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=on), account_id__in=account_ids
    )
    return _holdings(roles)


def past_holdings_of(*, account_id: int) -> list[Held]:
    """Return everything an account ever held."""
    return _holdings(Role.objects.filter(account_id=account_id))


def held_by(*, role: Role) -> Held:
    """Return one stored role as the rules see it."""
    return held_by_role(roles=Role.objects.filter(pk=role.pk))[role.pk]


def held_by_role(*, roles: QuerySet[Role]) -> dict[int, Held]:
    """Return each of these roles as the rules see it, by its key, in one query."""
    rows = roles.order_by("id").values_list("id", *_SPOT_COLUMNS)
    return {row[0]: _held(*row[1:]) for row in rows}


def _holdings(roles: QuerySet[Role]) -> list[Held]:
    return list(held_by_role(roles=roles).values())


def _held(name: str, *columns: Any) -> Held:
    area_id, level, *area_above = columns[:6]
    building_id, building_in, *building_above = columns[6:11]
    organisation_id, organisation_in, *organisation_above = columns[11:]
    if area_id is not None:
        spot = spot_of(level=level, area_id=area_id, above=area_above)
    elif building_id is not None:
        above = [*building_above, building_in]
        spot = spot_of(level=BUILDING, building_id=building_id, above=above)
    else:
        above = [*organisation_above, organisation_in]
        spot = spot_of(level=ORGANISATION, organisation_id=organisation_id, above=above)
    return Held(role=name, spot=spot)


def spot_of(
    *,
    level: str,
    above: Iterable[int | None],
    area_id: int | None = None,
    building_id: int | None = None,
    organisation_id: int | None = None,
) -> Spot:
    """Return a spot; `above` are the keys of its city, district, subdistrict and community."""
    *upper_ids, community_id = above
    return Spot(
        level=level,
        area_id=area_id,
        building_id=building_id,
        organisation_id=organisation_id,
        community_id=area_id if level == Level.COMMUNITY else community_id,
        above_ids=frozenset(key for key in upper_ids if key is not None and key != area_id),
    )
