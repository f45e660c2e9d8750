"""The tree: areas from the city down to the micro-grid, and what a community says of itself."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.territory import events, geometry
from linli.territory.geometry import BoundaryWrong, Datum
from linli.territory.models import Area, Building, Community, GridKind, Level
from linli.territory.queries import AREA_COLUMNS
from linli.territory.scope import WRITERS, require_writer
from linli.territory.services.fields import (
    HOUSEHOLDS_MAX,
    Faults,
    NoLongerInUse,
    apply_changes,
    changes_of,
    clean_area_code,
    clean_number,
    clean_text,
    code_is_free,
    move_map,
    tell,
)
from linli.territory.wording import say_boundary_fault

PARENTS: Mapping[str, tuple[str, ...]] = {
    Level.CITY: (),
    Level.DISTRICT: (Level.CITY,),
    Level.SUBDISTRICT: (Level.DISTRICT, Level.CITY),
    # A development zone has no 街道; a city without districts has no district.
    Level.COMMUNITY: (Level.SUBDISTRICT, Level.DISTRICT, Level.CITY),
    Level.LARGE_GRID: (Level.COMMUNITY,),
    Level.GRID: (Level.LARGE_GRID, Level.COMMUNITY),
    Level.MICRO_GRID: (Level.GRID,),
}
"""Which levels an area may hang on; the first is the usual one."""

GRID_LEVELS = frozenset({Level.LARGE_GRID.value, Level.GRID.value, Level.MICRO_GRID.value})

_PROFILE_LIMITS = {
    "founded_month": 7,
    "office_phone": 30,
    "office_address": 120,
    "office_hours": 60,
    "privacy_contact": 60,
    "method": 60,
    "method_version": 20,
}


class LevelUnknown(Invalid):
    """There is no such level."""

    sentence = _("Choose one of the levels.")
    field = "level"


class ParentNotUsable(Invalid):
    """An area of this level cannot hang on that one."""

    sentence = _("An area of this level cannot belong to that one.")
    field = "parent"


class KindNotUsable(Invalid):
    """A grid is of one of two kinds; nothing else has a kind."""

    sentence = _("Say whether the grid is comprehensive or dedicated; nothing else has a kind.")
    field = "kind"


class BoundaryInvalid(Invalid):
    """The boundary is not one."""

    field = "boundary"

    def __init__(self, *, wrong: BoundaryWrong, field: str = "") -> None:
        super().__init__(field=field)
        self.wrong = wrong

    def __str__(self) -> str:
        return say_boundary_fault(fault=self.wrong.fault, near=self.wrong.near)


class BoundaryOverlaps(Invalid):
    """The boundary takes ground from another grid of its kind."""

    sentence = _("The boundary overlaps %(other)s by %(area)s m².")
    field = "boundary"


class AreaEnded(NoLongerInUse):
    """The area is out of use."""


class AreaInUse(Refused):
    """Something still stands in the area."""

    sentence = _(
        "%(name)s still holds %(buildings)s buildings and %(areas)s areas. Move them first."
    )


@transaction.atomic
def add_area(
    *,
    code: str,
    name: str,
    level: str,
    actor: Actor,
    at: datetime,
    parent_id: int | None = None,
    kind: str = "",
    boundary: Mapping[str, Any] | None = None,
    datum: Datum = Datum.WGS_84,
    households_planned: int | None = None,
) -> Area:
    """Add an area to the tree. A community gets its (empty) profile with it.

    `code` is a statistical code, or a grid's; zeros that pad it are dropped. A level may be
    skipped: a community may hang on a district, a grid on a community.

    :raises Several: or one of its faults, naming the field.
    :raises CodeTaken: when another area has the code.
    :raises NotEntitled: when this part of the tree is not this person's.
    """
    parent = _parent(parent_id)
    _require_keeper(level=level, parent=parent, actor=actor)
    faults = Faults()
    faults.take(lambda: _check_parent(level, parent))
    community = _community_of(parent)
    within = community.code if community is not None and level in GRID_LEVELS else ""
    code = faults.take(lambda: clean_area_code(code=code, level=level, community_code=within))
    name = faults.take(lambda: clean_text(value=name, field="name"))
    faults.take(lambda: _check_kind(level, kind))
    drawn = faults.take(lambda: _read_boundary(boundary, datum))
    households = faults.take(lambda: _read_households(households_planned))
    faults.settle()
    if drawn is not None:
        _refuse_overlap(level=level, kind=kind, community=community, drawn=drawn, own_id=None)
    with code_is_free(code=code):
        area = Area.objects.create(
            code=code,
            name=name,
            level=level,
            kind=kind,
            parent=parent,
            boundary=drawn,
            households_planned=households,
            **ancestors_below(parent=parent),
        )
    if level == Level.COMMUNITY:
        Community.objects.create(area=area)
    if drawn is not None:
        move_map()
    tell(
        name=events.AREA_ADDED,
        kind="area",
        row=area,
        community_id=area.community_id or (area.pk if level == Level.COMMUNITY else None),
        actor=actor,
        at=at,
        level=level,
        code=code,
    )
    return area


@transaction.atomic
def change_area(
    *,
    area_id: int,
    name: str,
    actor: Actor,
    at: datetime,
    kind: str | None = None,
    parent_id: int | None = None,
    households_planned: int | None = None,
) -> Area:
    """Rename an area; give a grid another kind, large grid or number of planned households.

    `kind` and `parent_id` stay as they are when None. A grid moves within its community only.

    :raises AreaInUse: when a grid with buildings is to become a dedicated one.
    """
    area = _get(area_id, actor=actor)
    faults = Faults()
    kind = area.kind if kind is None else kind
    parent = area.parent if parent_id is None else _parent(parent_id)
    name = faults.take(lambda: clean_text(value=name, field="name"))
    faults.take(lambda: _check_kind(area.level, kind))
    faults.take(lambda: _check_move(area, parent))
    households = faults.take(lambda: _read_households(households_planned))
    faults.settle()
    if kind != area.kind:
        if kind == GridKind.DEDICATED:
            _refuse_if_in_use(area, areas=False)
        if area.boundary is not None:
            _refuse_overlap(
                level=area.level,
                kind=kind,
                community=area.community,
                drawn=area.boundary,
                own_id=area.pk,
            )
    values: dict[str, Any] = {"name": name, "kind": kind, "households_planned": households}
    if parent is not None and parent.pk != area.parent_id:
        values |= {"parent_id": parent.pk, **ancestors_below(parent=parent)}
    changes = changes_of(row=area, values=values)
    if not changes:
        return area
    apply_changes(row=area, changes=changes)
    if "large_grid_id" in changes:
        Area.objects.filter(grid=area).update(large_grid=changes["large_grid_id"])
    if "kind" in changes and area.boundary is not None:
        move_map()
    _tell(events.AREA_CHANGED, area, actor, at, fields=sorted(changes))
    return area


@transaction.atomic
def draw_area(
    *,
    area_id: int,
    boundary: Mapping[str, Any] | None,
    actor: Actor,
    at: datetime,
    datum: Datum = Datum.WGS_84,
) -> Area:
    """Give an area a boundary (a GeoJSON Polygon or MultiPolygon), or take it away with None.

    :raises BoundaryInvalid: when it is open, crosses itself, or is none at all.
    :raises BoundaryOverlaps: when it takes ground from another grid of the same kind.
    """
    area = _get(area_id, actor=actor)
    drawn = _read_boundary(boundary, datum)
    if drawn == area.boundary:
        return area
    if drawn is not None:
        _refuse_overlap(
            level=area.level,
            kind=area.kind,
            community=area.community,
            drawn=drawn,
            own_id=area.pk,
        )
    apply_changes(row=area, changes={"boundary": drawn})
    move_map()
    _tell(events.AREA_REDRAWN, area, actor, at)
    return area


@transaction.atomic
def end_area(*, area_id: int, actor: Actor, at: datetime) -> Area:
    """Take an area out of use. It stays in the records of what was reported there.

    :raises AreaInUse: when buildings or areas in use still belong to it.
    """
    area = _get(area_id, actor=actor)
    _refuse_if_in_use(area)
    apply_changes(row=area, changes={"ended_at": at})
    if area.boundary is not None:
        move_map()
    _tell(events.AREA_ENDED, area, actor, at)
    return area


@transaction.atomic
def set_profile(
    *,
    community_id: int,
    actor: Actor,
    at: datetime,
    public_board: bool | None = None,
    **texts: str,
) -> Community:
    """Set what a community says of itself; what is not given stays.

    `texts` are founded_month, office_phone, office_address, office_hours, privacy_contact, method
    and method_version.
    """
    unknown = texts.keys() - _PROFILE_LIMITS.keys()
    assert not unknown, f"no such part of a profile: {unknown}"
    community = Area.objects.filter(pk=community_id, level=Level.COMMUNITY).first()
    if community is None:
        raise NotFound
    require_writer(actor=actor, community=community)
    profile, _made = Community.objects.get_or_create(area=community)
    faults = Faults()
    values: dict[str, Any] = {
        name: faults.take(partial(clean_text, value=text, field=name, limit=limit, required=False))
        for name, limit in _PROFILE_LIMITS.items()
        if (text := texts.get(name)) is not None
    }
    faults.settle()
    if public_board is not None:
        values["public_board"] = public_board
    changes = changes_of(row=profile, values=values)
    if changes:
        apply_changes(row=profile, changes=changes)
        _tell(events.COMMUNITY_CHANGED, community, actor, at, fields=sorted(changes))
    return profile


def ancestors_below(*, parent: Area | None) -> dict[str, int | None]:
    """Return the ancestors' keys that a child of `parent` carries, by column."""
    columns = AREA_COLUMNS[:-1]
    if parent is None:
        return dict.fromkeys(columns)
    keys = {column: getattr(parent, column) for column in columns}
    keys[f"{parent.level.lower()}_id"] = parent.pk
    return keys


def _get(area_id: int, *, actor: Actor) -> Area:
    """Return the area, locked until the transaction ends, if this person keeps it."""
    area = Area.objects.select_for_update().filter(pk=area_id).first()
    if area is None:
        raise NotFound
    if area.level == Level.COMMUNITY:
        require_writer(actor=actor, community=area)
    elif area.community is not None:
        require_writer(actor=actor, community=area.community)
    elif not actor.is_system:
        raise NotFound
    if area.ended_at is not None:
        raise AreaEnded(name=area.name)
    return area


def _parent(parent_id: int | None) -> Area | None:
    if parent_id is None:
        return None
    parent = Area.objects.select_for_update().filter(pk=parent_id).first()
    if parent is None:
        raise ParentNotUsable
    if parent.ended_at is not None:
        raise AreaEnded(name=parent.name, field="parent")
    return parent


def _community_of(parent: Area | None) -> Area | None:
    if parent is None:
        return None
    return parent if parent.level == Level.COMMUNITY else parent.community


def _require_keeper(*, level: str, parent: Area | None, actor: Actor) -> None:
    """Grids are added by those who keep their community; communities by those above them."""
    if level not in Level.values:
        raise LevelUnknown
    community = _community_of(parent)
    if community is not None:
        require_writer(actor=actor, community=community)
    elif not actor.is_system and not any(
        parent is not None and grant.place_id in _line_of(parent) and grant.level != "BUILDING"
        for grant in actor.grants_of(roles=WRITERS)
    ):
        raise NotEntitled


def _line_of(area: Area) -> set[int | None]:
    return {area.pk, area.city_id, area.district_id, area.subdistrict_id} - {None}


def _check_parent(level: str, parent: Area | None) -> None:
    if parent is None:
        if level in GRID_LEVELS:
            raise ParentNotUsable
    elif parent.level not in PARENTS[level]:
        raise ParentNotUsable


def _check_move(area: Area, parent: Area | None) -> None:
    if parent is None or parent.pk == area.parent_id:
        return
    _check_parent(area.level, parent)
    if area.level != Level.GRID or _community_of(parent) != area.community:
        raise ParentNotUsable


def _check_kind(level: str, kind: str) -> None:
    if (level == Level.GRID) != (kind in GridKind.values) or (level != Level.GRID and kind):
        raise KindNotUsable


def _read_households(value: int | None) -> int | None:
    return clean_number(value=value, field="households_planned", least=0, most=HOUSEHOLDS_MAX)


def _read_boundary(boundary: Mapping[str, Any] | None, datum: Datum) -> dict[str, Any] | None:
    if boundary is None:
        return None
    try:
        return geometry.read_boundary(geojson=boundary, datum=datum)
    except BoundaryWrong as wrong:
        raise BoundaryInvalid(wrong=wrong) from wrong


def _refuse_overlap(
    *, level: str, kind: str, community: Area | None, drawn: Mapping[str, Any], own_id: int | None
) -> None:
    """Refuse ground that a grid of the same level and kind holds already."""
    if level not in GRID_LEVELS or community is None:
        return
    others = Area.objects.filter(
        community=community, level=level, kind=kind, ended_at__isnull=True, boundary__isnull=False
    ).exclude(pk=own_id or 0)
    names = {str(area.pk): area for area in others}
    boundaries = {key: area.boundary or {} for key, area in names.items()}
    found = geometry.overlaps(boundaries={**boundaries, "new": drawn}, of=["new"])
    for left, right, shared in found:
        other = names[right if left == "new" else left]
        raise BoundaryOverlaps(other=other.name, area=round(shared))


def _refuse_if_in_use(area: Area, *, areas: bool = True) -> None:
    column = area.level.lower()
    if area.level in (Level.GRID, Level.MICRO_GRID):
        inside = Building.objects.filter(**{column: area})
    else:
        inside = Building.objects.filter(**{f"grid__{column}": area})
    buildings = inside.filter(ended_at__isnull=True).count()
    children = Area.objects.filter(parent=area, ended_at__isnull=True).count() if areas else 0
    if buildings or children:
        raise AreaInUse(name=area.name, buildings=buildings, areas=children)


def _tell(name: str, area: Area, actor: Actor, at: datetime, **facts: Any) -> None:
    community_id = area.pk if area.level == Level.COMMUNITY else area.community_id
    tell(
        name=name,
        kind="area",
        row=area,
        community_id=community_id,
        actor=actor,
        at=at,
        code=area.code,
        **facts,
    )
