"""Check what a pack says of places: codes that nest, boundaries, and who stands where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from linli.core.codes import InvalidCode, parse_area_code
from linli.flows.packs.declared import (
    NO_AREA,
    NO_BUILDING,
    NO_ENTRANCE,
    NO_ESTATE,
    NO_PLACE,
    Known,
    Pointer,
)
from linli.flows.packs.reading import Document, Fault, Feature, Path_, read_features
from linli.flows.packs.schema import BuildingPart, TerritoryFile
from linli.territory.geometry import (
    BoundaryFault,
    BoundaryWrong,
    Datum,
    PointIndex,
    Zone,
    are_swapped,
    centre_of,
    contains,
    is_in_china,
    overlaps,
    read_boundary,
    to_wgs84,
)
from linli.territory.models import GridKind, Level
from linli.territory.wording import BOUNDARIES, say_boundary_fault

_UPPER_LEVELS = (Level.CITY, Level.DISTRICT, Level.SUBDISTRICT)
_say_boundary_fault = lazy(say_boundary_fault, str)
Point = tuple[float, float]


@dataclass(frozen=True)
class Places:
    """What the rest of the check, and the loading, need to know of the places."""

    boundaries: Mapping[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """Checked boundaries in WGS-84, by what they belong to and its code."""
    points: Mapping[str, Point] = field(default_factory=dict)
    """WGS-84, by ``building:HG/3`` and ``place:gate``."""
    grid_of: Mapping[str, str] = field(default_factory=dict)
    """The grid of each building and place, by the same names, as far as it can be told."""
    datum: Datum = Datum.WGS_84
    index: PointIndex | None = None
    grids: tuple[str, ...] = ()

    def grid_at(self, *, longitude: float, latitude: float) -> str | None:
        """Return the grid at a point in the pack's datum, or None."""
        if self.index is None:
            return None
        x, y = to_wgs84(longitude=longitude, latitude=latitude, datum=self.datum)
        found = self.index.find(longitude=x, latitude=y)
        return None if found is None else self.grids[found]


def check_places(
    *, folder: Path, document: Document | None, part: TerritoryFile | None, known: Known
) -> tuple[Places, list[Fault]]:
    """Return what is known of the places, and every fault in the territory and its maps."""
    if document is None or part is None:
        return Places(), []
    to = Pointer(document)
    _check_tree(to, part)
    boundaries, faults = _read_maps(folder, to, part, known)
    index, grids = _index_of(part, boundaries)
    places = Places(boundaries, {}, {}, part.datum, index, grids)
    points: dict[str, Point] = {}
    grid_of: dict[str, str] = {}
    for place, estate in enumerate(part.estates):
        for at, building in enumerate(estate.buildings):
            code = f"{estate.code}/{building.code}"
            grid_of[f"building:{code}"] = building.grid
            path = ("estates", place, "buildings", at)
            point = _check_building(to, path, building, code, part, places)
            if point is not None:
                points[f"building:{code}"] = point
    _check_named_places(to, part, places, known, points, grid_of)
    _check_posters(to, part, known)
    found = Places(boundaries, points, grid_of, part.datum, index, grids)
    return found, to.faults + faults


# --- The tree -------------------------------------------------------------------------------


def _check_tree(to: Pointer, part: TerritoryFile) -> None:
    above = ""
    rank = -1
    for place, area in enumerate(part.above):
        if _UPPER_LEVELS.index(area.level) <= rank:
            to.fault("above", place, "level", sentence=_("Write the upper levels from the top."))
        rank = max(rank, _UPPER_LEVELS.index(area.level))
        _check_code(to, ("above", place, "code"), area.code, area.level, above)
        above = area.code
    _check_code(to, ("community", "code"), part.community.code, Level.COMMUNITY, above)
    large = {one.code for one in part.large_grids}
    grids = {one.code for one in part.grids}
    for place, large_grid in enumerate(part.large_grids):
        if len(large_grid.code) != 3:
            sentence = _("A large grid's code has three digits.")
            to.fault("large_grids", place, "code", sentence=sentence)
    for place, grid in enumerate(part.grids):
        if len(grid.code) == 6 and grid.code[:3] not in large:
            to.fault("grids", place, "code", sentence=_NO_LARGE_GRID, code=grid.code[:3])
        elif len(grid.code) == 9:
            sentence = _("A grid's code has three digits, or six within a large grid.")
            to.fault("grids", place, "code", sentence=sentence)
    for place, micro in enumerate(part.micro_grids):
        if micro.code[:-3] not in grids:
            to.fault("micro_grids", place, "code", sentence=_NO_GRID, code=micro.code[:-3])


_NO_LARGE_GRID = _("The code begins with “%(code)s”, but there is no such large grid.")
_NO_GRID = _("The code begins with “%(code)s”, but there is no such grid.")


def _check_code(to: Pointer, path: Path_, code: str, level: Level, above: str) -> None:
    try:
        found = parse_area_code(code=code)
    except InvalidCode:
        to.fault(*path, sentence=_("“%(code)s” is not a statistical area code."), code=code)
        return
    if found.level != level:
        sentence = _("“%(code)s” is not the code of this level: it should have %(length)s digits.")
        length = {"CITY": 4, "DISTRICT": 6, "SUBDISTRICT": 9, "COMMUNITY": 12}[level]
        to.fault(*path, sentence=sentence, code=code, length=length)
    elif not code.startswith(above):
        sentence = _("“%(code)s” does not begin with the code above it, %(above)s.")
        to.fault(*path, sentence=sentence, code=code, above=above)


# --- Maps -----------------------------------------------------------------------------------


def _read_maps(
    folder: Path, to: Pointer, part: TerritoryFile, known: Known
) -> tuple[dict[tuple[str, str], dict[str, Any]], list[Fault]]:
    faults: list[Fault] = []
    boundaries: dict[tuple[str, str], dict[str, Any]] = {}
    features: dict[tuple[str, str], Feature] = {}
    for place, name in enumerate(part.maps):
        if not (folder / name).is_file():
            to.fault("maps", place, sentence=_("There is no file %(name)s."), name=name)
            continue
        found, wrong = read_features(path=folder / name)
        faults += wrong
        for feature in found:
            key = (feature.of, feature.code)
            if (fault := _fault_of_feature(feature, features, part, known)) is not None:
                faults.append(fault)
                continue
            features[key] = feature
            try:
                boundaries[key] = read_boundary(geojson=feature.geometry, datum=part.datum)
            except BoundaryWrong as error:
                sentence = _say_boundary_fault(fault=error.fault, near=error.near)
                faults.append(Fault(feature.file, feature.line, sentence))
    faults += _overlapping(part, boundaries, features)
    return boundaries, faults


def _fault_of_feature(
    feature: Feature,
    seen: Mapping[tuple[str, str], Feature],
    part: TerritoryFile,
    known: Known,
) -> Fault | None:
    before = seen.get((feature.of, feature.code))
    if before is not None:
        sentence = _("“%(code)s” is drawn twice; the first is in line %(line)s of %(file)s.")
        facts = {"code": feature.code, "line": before.line, "file": before.file}
        return Fault(feature.file, feature.line, sentence, facts)
    if feature.of == "community":
        missing = feature.code not in ("community", part.community.code)
        sentence = NO_AREA
    elif feature.of in ("estate", "building"):
        missing = known.lacks(feature.of, feature.code)
        sentence = NO_ESTATE if feature.of == "estate" else NO_BUILDING
    else:
        missing, sentence = known.lacks("area", feature.code), NO_AREA
    return Fault(feature.file, feature.line, sentence, {"code": feature.code}) if missing else None


def _overlapping(
    part: TerritoryFile,
    boundaries: Mapping[tuple[str, str], dict[str, Any]],
    features: Mapping[tuple[str, str], Feature],
) -> Iterator[Fault]:
    """Yield the comprehensive grids that overlap; a dedicated grid lies over one on purpose."""
    drawn = {
        grid.code: boundaries["grid", grid.code]
        for grid in part.grids
        if grid.kind == GridKind.COMPREHENSIVE and ("grid", grid.code) in boundaries
    }
    for left, right, shared in overlaps(boundaries=drawn):
        feature = features["grid", right]
        sentence = _("Grid %(right)s overlaps grid %(left)s by %(area)s m².")
        facts = {"left": left, "right": right, "area": round(shared)}
        yield Fault(feature.file, feature.line, sentence, facts)


def _index_of(
    part: TerritoryFile, boundaries: Mapping[tuple[str, str], dict[str, Any]]
) -> tuple[PointIndex | None, tuple[str, ...]]:
    """Return the index of the grids, when every comprehensive grid is drawn."""
    grids = tuple(grid.code for grid in part.grids)
    zones = [
        Zone(
            id=place,
            community_id=0,
            rank=0 if grid.kind == GridKind.COMPREHENSIVE else 1,
            boundary=boundaries["grid", grid.code],
        )
        for place, grid in enumerate(part.grids)
        if ("grid", grid.code) in boundaries
    ]
    whole = all(
        ("grid", grid.code) in boundaries
        for grid in part.grids
        if grid.kind == GridKind.COMPREHENSIVE
    )
    return (PointIndex(zones=zones) if zones and whole else None), grids


# --- Buildings, places, posters -------------------------------------------------------------


def _check_building(
    to: Pointer,
    path: Path_,
    building: BuildingPart,
    code: str,
    part: TerritoryFile,
    places: Places,
) -> Point | None:
    kinds = {grid.code: grid.kind for grid in part.grids}
    if building.grid not in kinds:
        to.fault(*path, "grid", sentence=NO_AREA, code=building.grid)
    elif kinds[building.grid] != GridKind.COMPREHENSIVE:
        sentence = _("A building stands in a comprehensive grid; %(code)s is a dedicated one.")
        to.fault(*path, "grid", sentence=sentence, code=building.grid)
    micro = building.micro_grid
    if micro is not None and micro not in {one.code for one in part.micro_grids}:
        to.fault(*path, "micro_grid", sentence=NO_AREA, code=micro)
    elif micro is not None and micro[:-3] != building.grid:
        sentence = _("Micro-grid %(code)s is not part of grid %(grid)s.")
        to.fault(*path, "micro_grid", sentence=sentence, code=micro, grid=building.grid)
    if building.rooms is not None and (not building.storeys or not building.entrances):
        sentence = _("Doors a storey need a number of storeys and of entrances.")
        to.fault(*path, "rooms", sentence=sentence)
    point = _point(to, (*path, "point"), building.point, part.datum)
    footprint = places.boundaries.get(("building", code))
    if point is None and footprint is not None:
        point = centre_of(boundary=footprint)
    drawn = places.boundaries.get(("grid", building.grid))
    if point is None or drawn is None:
        return point
    if not contains(boundary=drawn, longitude=point[0], latitude=point[1]):
        sentence = _("This building stands outside its grid %(grid)s.")
        to.fault(*path, sentence=sentence, grid=building.grid)
    return point


def _point(to: Pointer, path: Path_, point: Point | None, datum: Datum) -> Point | None:
    if point is None:
        return None
    x, y = point
    if are_swapped(longitude=x, latitude=y):
        to.fault(*path, sentence=BOUNDARIES[BoundaryFault.SWAPPED])
        return None
    if not is_in_china(longitude=x, latitude=y):
        to.fault(*path, sentence=_("This point does not lie in China."))
        return None
    return to_wgs84(longitude=x, latitude=y, datum=datum)


def _check_named_places(
    to: Pointer,
    part: TerritoryFile,
    places: Places,
    known: Known,
    points: dict[str, Point],
    grid_of: dict[str, str],
) -> None:
    for place, one in enumerate(part.places):
        path = ("places", place)
        if known.lacks("estate", one.estate):
            to.fault(*path, "estate", sentence=NO_ESTATE, code=one.estate)
        point = _point(to, (*path, "point"), one.point, part.datum)
        if point is None:
            continue
        points[f"place:{one.code}"] = point
        if places.index is None:
            continue
        found = places.index.find(longitude=point[0], latitude=point[1])
        if found is None:
            to.fault(*path, "point", sentence=_("This place lies outside every grid."))
        else:
            grid_of[f"place:{one.code}"] = places.grids[found]


def _check_posters(to: Pointer, part: TerritoryFile, known: Known) -> None:
    for place, poster in enumerate(part.posters):
        named = [poster.building, poster.entrance, poster.place]
        if sum(one is not None for one in named) != 1:
            sentence = _("A poster hangs at one building, one entrance or one place.")
            to.fault("posters", place, sentence=sentence)
        for kind, code, sentence in (
            ("building", poster.building, NO_BUILDING),
            ("entrance", poster.entrance, NO_ENTRANCE),
            ("place", poster.place, NO_PLACE),
        ):
            if known.lacks(kind, code):
                to.fault("posters", place, kind, sentence=sentence, code=code)
