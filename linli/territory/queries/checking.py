"""What to look at in a register: nothing here is wrong by force."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from linli.core.actor import Actor
from linli.territory import geometry
from linli.territory.models import Area, Building, Dwelling, GridKind, Level
from linli.territory.queries.lists import list_areas
from linli.territory.queries.register import get_community

HOUSEHOLDS_MIN, HOUSEHOLDS_MAX = 300, 500
"""Source: rules.md, “City grids hold 300–500 households (warn outside)”."""

_UNCOVERED_M2 = 2_000.0


@dataclass(frozen=True, slots=True)
class Check:
    """Something in the register to look at; nothing is wrong by force. `code` says what."""

    code: str  # NO_BUILDINGS, TOO_FEW, TOO_MANY, NO_BOUNDARY, NO_POINT, OVERLAP, UNCOVERED
    area_id: int | None = None
    name: str = ""
    other: str = ""
    figure: int = 0


def list_checks(*, actor: Actor, community_id: int) -> list[Check]:
    """Return what to look at in the register of a community, grid by grid.

    :raises NotFound: when its register is not open to this person.
    """
    community = get_community(actor=actor, community_id=community_id)
    grids = list_areas(community_id=community_id, level=Level.GRID)
    buildings: dict[int, int] = dict(
        Building.objects.filter(grid__in=grids, ended_at__isnull=True)
        .order_by()
        .values_list("grid_id")
        .annotate(total=Count("id"))
    )
    dwellings: dict[int, int] = dict(
        Dwelling.objects.filter(
            entrance__building__grid__in=grids, entrance__building__ended_at__isnull=True
        )
        .order_by()
        .values_list("entrance__building__grid_id")
        .annotate(total=Count("id"))
    )
    checks: list[Check] = []
    for grid in grids:
        checks += _checks_of_grid(grid, buildings.get(grid.pk, 0), dwellings.get(grid.pk, 0))
    unplaced = Building.objects.filter(
        estate__community_id=community_id,
        ended_at__isnull=True,
        longitude__isnull=True,
        footprint__isnull=True,
    ).count()
    if unplaced:
        checks.append(Check("NO_POINT", figure=unplaced))
    return checks + _checks_of_map(community, grids)


def _checks_of_grid(grid: Area, buildings: int, dwellings: int) -> list[Check]:
    found = []
    if grid.kind == GridKind.COMPREHENSIVE:
        if not buildings:
            found.append(Check("NO_BUILDINGS", grid.pk, grid.name))
        households = grid.households_planned or dwellings
        if 0 < households < HOUSEHOLDS_MIN:
            found.append(Check("TOO_FEW", grid.pk, grid.name, figure=households))
        if households > HOUSEHOLDS_MAX:
            found.append(Check("TOO_MANY", grid.pk, grid.name, figure=households))
    if grid.boundary is None:
        found.append(Check("NO_BOUNDARY", grid.pk, grid.name))
    return found


def _checks_of_map(community: Area, grids: Sequence[Area]) -> list[Check]:
    checks = []
    names = {str(grid.pk): grid for grid in grids}
    for kind in GridKind:
        drawn = {
            str(grid.pk): grid.boundary
            for grid in grids
            if grid.kind == kind and grid.boundary is not None
        }
        for left, right, shared in geometry.overlaps(boundaries=drawn):
            checks.append(
                Check("OVERLAP", names[left].pk, names[left].name, names[right].name, int(shared))
            )
    drawn_grids = [grid.boundary for grid in grids if grid.boundary is not None]
    if community.boundary is not None and drawn_grids:
        empty = geometry.uncovered_m2(whole=community.boundary, parts=drawn_grids)
        if empty > _UNCOVERED_M2:
            checks.append(Check("UNCOVERED", community.pk, community.name, figure=int(empty)))
    return checks
