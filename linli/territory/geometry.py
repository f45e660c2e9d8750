"""Points and boundaries, without a database: datums, checks of polygons, and point → grid.

Longitude comes before latitude everywhere, as in GeoJSON. What is stored is WGS-84.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import shapely
import shapely.affinity
from shapely.geometry import shape
from shapely.validation import explain_validity

Point = tuple[float, float]

# The rectangle outside which Chinese maps do not shift anything.
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_AXIS = 6378245.0  # of the Krasovsky 1940 ellipsoid, in metres
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU = math.pi * 3000.0 / 180.0
_INVERSE_ROUNDS = 30
_INVERSE_DEGREES = 1e-10

_METRES_PER_DEGREE = 111_320.0
# Boundaries drawn by hand along one street never match to the metre.
_OVERLAP_M2 = 50.0
_OVERLAP_SHARE = 0.005
_SMALLEST_M2 = 1.0
_POINTS_MAX = 20_000


class Datum(StrEnum):
    """Which system a coordinate was measured in. It cannot be told from the numbers."""

    WGS_84 = "WGS_84"  # GPS, OpenStreetMap, 天地图
    GCJ_02 = "GCJ_02"  # 高德, 腾讯, what phones in China give
    BD_09 = "BD_09"  # 百度


def to_wgs84(*, longitude: float, latitude: float, datum: Datum) -> Point:
    """Return longitude and latitude in WGS-84.

    GCJ-02 has no inverse in closed form; it is found by iteration, to less than a millimetre.
    Outside China nothing is shifted.

    Source: eviltransform, and its golden figure WGS (31.1774276, 121.5272106) → GCJ
    (31.17530398, 121.53154186), latitude first.
    """
    match datum:
        case Datum.WGS_84:
            return longitude, latitude
        case Datum.GCJ_02:
            return _unshift(longitude, latitude)
        case Datum.BD_09:
            return _unshift(*_from_baidu(longitude, latitude))


def from_wgs84(*, longitude: float, latitude: float, datum: Datum) -> Point:
    """Return longitude and latitude as a map in `datum` shows the WGS-84 point."""
    match datum:
        case Datum.WGS_84:
            return longitude, latitude
        case Datum.GCJ_02:
            return _shift(longitude, latitude)
        case Datum.BD_09:
            return _to_baidu(*_shift(longitude, latitude))


def is_in_china(*, longitude: float, latitude: float) -> bool:
    """Tell whether the point lies in the rectangle that Chinese maps shift."""
    west, south, east, north = _CHINA
    return west <= longitude <= east and south <= latitude <= north


def are_swapped(*, longitude: float, latitude: float) -> bool:
    """Tell whether the two were written the wrong way round: only then do they lie in China."""
    return not is_in_china(longitude=longitude, latitude=latitude) and is_in_china(
        longitude=latitude, latitude=longitude
    )


# --- Boundaries ---------------------------------------------------------------------------------


class BoundaryFault(StrEnum):
    """What may be wrong with a boundary."""

    NOT_A_POLYGON = "NOT_A_POLYGON"
    NOT_NUMBERS = "NOT_NUMBERS"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    SWAPPED = "SWAPPED"
    TOO_FEW_POINTS = "TOO_FEW_POINTS"
    TOO_MANY_POINTS = "TOO_MANY_POINTS"
    OPEN_RING = "OPEN_RING"
    SELF_CROSSING = "SELF_CROSSING"
    HOLE_OUTSIDE = "HOLE_OUTSIDE"
    ZERO_AREA = "ZERO_AREA"


class BoundaryWrong(ValueError):
    """A boundary cannot be used; `fault` says why, and `near` may name the point to look at."""

    def __init__(self, fault: BoundaryFault, *, near: Point | None = None) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.near = near


def read_boundary(*, geojson: Any, datum: Datum = Datum.WGS_84) -> dict[str, Any]:
    """Return a checked GeoJSON Polygon or MultiPolygon in WGS-84, two numbers to a point.

    Rings are closed, do not cross themselves and enclose something; holes lie inside.

    :raises BoundaryWrong: with the first fault found.
    """
    polygons = _polygons_of(geojson)
    if sum(len(ring) for polygon in polygons for ring in polygon) > _POINTS_MAX:
        raise BoundaryWrong(BoundaryFault.TOO_MANY_POINTS)
    moved = [[_read_ring(ring, datum) for ring in polygon] for polygon in polygons]
    found = shape({"type": "MultiPolygon", "coordinates": moved})
    # The hull, for the two halves of a crossed ring cancel each other out.
    if area_m2(geometry=found.convex_hull) < _SMALLEST_M2:
        raise BoundaryWrong(BoundaryFault.ZERO_AREA, near=moved[0][0][0])
    if not found.is_valid:
        raise _invalidity_of(found)
    if len(moved) == 1:
        return {"type": "Polygon", "coordinates": _lists(moved[0])}
    return {"type": "MultiPolygon", "coordinates": [_lists(polygon) for polygon in moved]}


def geometry_of(*, boundary: Mapping[str, Any]) -> Any:
    """Return the shapely geometry of a stored boundary."""
    return shape(boundary)


def centre_of(*, boundary: Mapping[str, Any]) -> Point:
    """Return a point that surely lies inside, near the middle: where a label belongs."""
    point = shape(boundary).representative_point()
    return point.x, point.y


def area_m2(*, geometry: Any) -> float:
    """Return the area in square metres, on a plane fitted at the geometry's latitude.

    A community is a few kilometres wide, so the plane is off by less than a thousandth.
    """
    if geometry.is_empty:
        return 0.0
    _, south, _, north = geometry.bounds
    shrink = math.cos(math.radians((south + north) / 2))
    return float(geometry.area) * _METRES_PER_DEGREE**2 * shrink


def overlaps(
    *, boundaries: Mapping[str, Mapping[str, Any]], of: Iterable[str] | None = None
) -> list[tuple[str, str, float]]:
    """Return which boundaries overlap by more than a drawing's inexactness, and by how many m².

    Tolerated are 50 m² or half a per cent of the smaller, whichever is more. With `of`, only pairs
    in which one of these keys takes part are looked at.
    """
    keys = sorted(boundaries)
    if not keys:
        return []
    shapes = [shape(boundaries[key]) for key in keys]
    sought = set(keys if of is None else of)
    tree = shapely.STRtree(shapes)
    found = []
    for left, right in zip(*tree.query(shapes, predicate="intersects"), strict=True):
        if left >= right or not {keys[left], keys[right]} & sought:
            continue
        shared = area_m2(geometry=shapes[left].intersection(shapes[right]))
        smaller = min(area_m2(geometry=shapes[left]), area_m2(geometry=shapes[right]))
        if shared > max(_OVERLAP_M2, _OVERLAP_SHARE * smaller):
            found.append((keys[left], keys[right], shared))
    return found


def uncovered_m2(*, whole: Mapping[str, Any], parts: Iterable[Mapping[str, Any]]) -> float:
    """Return how many square metres of `whole` lie in none of `parts`."""
    covered = shapely.union_all([shape(part) for part in parts])
    return area_m2(geometry=shape(whole).difference(covered))


def contains(*, boundary: Mapping[str, Any], longitude: float, latitude: float) -> bool:
    """Tell whether the point lies inside the boundary or on its line."""
    return bool(shape(boundary).covers(shapely.Point(longitude, latitude)))


def metres_outside(*, boundary: Mapping[str, Any], longitude: float, latitude: float) -> float:
    """Return how many metres the point lies outside the boundary; 0 inside."""
    shrink = math.cos(math.radians(latitude))
    flat = shapely.affinity.scale(shape(boundary), xfact=shrink, origin=(0, 0))
    return float(flat.distance(shapely.Point(longitude * shrink, latitude))) * _METRES_PER_DEGREE


# --- Point → grid -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Zone:
    """One boundary of the index. Of several that hold a point, the lowest `rank` wins."""

    id: int
    community_id: int
    rank: int
    boundary: Mapping[str, Any]


@dataclass(frozen=True)
class PointIndex:
    """Finds the zone that a point lies in; built once for each state of the map."""

    zones: Sequence[Zone]
    _tree: Any = field(init=False, repr=False, compare=False)
    _areas: Sequence[float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        shapes = [shape(zone.boundary) for zone in self.zones]
        shapely.prepare(shapes)
        object.__setattr__(self, "_tree", shapely.STRtree(shapes))
        object.__setattr__(self, "_areas", [one.area for one in shapes])

    def find(
        self, *, longitude: float, latitude: float, community_id: int | None = None
    ) -> int | None:
        """Return the id of the zone at this point, or None."""
        hits = self._tree.query(shapely.Point(longitude, latitude), predicate="intersects")
        found = [
            (self.zones[at].rank, self._areas[at], self.zones[at].id)
            for at in hits
            if community_id is None or self.zones[at].community_id == community_id
        ]
        return min(found)[2] if found else None

    def has_zones_in(self, *, community_id: int) -> bool:
        """Tell whether anything is drawn in this community at all."""
        return any(zone.community_id == community_id for zone in self.zones)


# --- Leaves -------------------------------------------------------------------------------------


def _polygons_of(geojson: Any) -> list[list[list[Any]]]:
    if isinstance(geojson, Mapping):
        kind, coordinates = geojson.get("type"), geojson.get("coordinates")
        if kind == "Polygon":
            coordinates = [coordinates]
        if kind in ("Polygon", "MultiPolygon") and _is_nested(coordinates):
            polygons: list[list[list[Any]]] = coordinates or []
            return polygons
    raise BoundaryWrong(BoundaryFault.NOT_A_POLYGON)


def _is_nested(coordinates: Any) -> bool:
    return (
        isinstance(coordinates, list)
        and bool(coordinates)
        and all(
            isinstance(polygon, list)
            and bool(polygon)
            and all(isinstance(ring, list) for ring in polygon)
            for polygon in coordinates
        )
    )


def _read_ring(ring: list[Any], datum: Datum) -> list[Point]:
    points = [_read_point(one) for one in ring]
    swapped = [are_swapped(longitude=x, latitude=y) for x, y in points]
    if points and all(swapped):
        raise BoundaryWrong(BoundaryFault.SWAPPED, near=points[0])
    for x, y in points:
        if not (-180 <= x <= 180 and -90 <= y <= 90):
            raise BoundaryWrong(BoundaryFault.OUT_OF_RANGE, near=(x, y))
    if len(set(points)) < 3:
        raise BoundaryWrong(BoundaryFault.TOO_FEW_POINTS, near=points[0] if points else None)
    if points[0] != points[-1]:
        raise BoundaryWrong(BoundaryFault.OPEN_RING, near=points[-1])
    # Seven decimals are a centimetre; more would only make files large.
    moved = [to_wgs84(longitude=x, latitude=y, datum=datum) for x, y in points]
    return [(round(x, 7), round(y, 7)) for x, y in moved]


def _read_point(one: Any) -> Point:
    if not isinstance(one, (list, tuple)) or len(one) < 2:
        raise BoundaryWrong(BoundaryFault.NOT_NUMBERS)
    x, y = one[0], one[1]
    for value in (x, y):
        # Python counts True as a number, and JSON readers let NaN through.
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise BoundaryWrong(BoundaryFault.NOT_NUMBERS)
        if not -1e9 < value < 1e9:
            raise BoundaryWrong(BoundaryFault.NOT_NUMBERS)
    return float(x), float(y)


def _invalidity_of(found: Any) -> BoundaryWrong:
    reason = explain_validity(found)
    text, _, place = reason.partition("[")
    numbers = place.rstrip("]").split()
    near = (float(numbers[0]), float(numbers[1])) if len(numbers) >= 2 else None
    fault = (
        BoundaryFault.HOLE_OUTSIDE
        if "Hole lies outside" in text or "nested" in text
        else BoundaryFault.SELF_CROSSING
    )
    return BoundaryWrong(fault, near=near)


def _lists(rings: list[list[Point]]) -> list[list[list[float]]]:
    return [[list(point) for point in ring] for ring in rings]


def _shift(longitude: float, latitude: float) -> Point:
    """WGS-84 → GCJ-02."""
    if not is_in_china(longitude=longitude, latitude=latitude):
        return longitude, latitude
    east, north = _offset(longitude, latitude)
    return longitude + east, latitude + north


def _unshift(longitude: float, latitude: float) -> Point:
    """GCJ-02 → WGS-84: guess, shift the guess, and correct it by what it missed."""
    if not is_in_china(longitude=longitude, latitude=latitude):
        return longitude, latitude
    x, y = longitude, latitude
    for _ in range(_INVERSE_ROUNDS):
        # The offset itself, not `_shift`: a guess must not fall over the edge of the rectangle.
        east, north = _offset(x, y)
        miss_x, miss_y = longitude - (x + east), latitude - (y + north)
        x, y = x + miss_x, y + miss_y
        if abs(miss_x) < _INVERSE_DEGREES and abs(miss_y) < _INVERSE_DEGREES:
            break
    return x, y


def _offset(longitude: float, latitude: float) -> Point:
    x, y = longitude - 105.0, latitude - 35.0
    waves = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    radians = math.radians(latitude)
    magic = 1 - _ECCENTRICITY_SQUARED * math.sin(radians) ** 2
    root = math.sqrt(magic)
    meridian = _AXIS * (1 - _ECCENTRICITY_SQUARED) / (magic * root) * math.pi / 180
    parallel = _AXIS / root * math.cos(radians) * math.pi / 180
    return east / parallel, north / meridian


def _to_baidu(longitude: float, latitude: float) -> Point:
    """GCJ-02 → BD-09."""
    if not is_in_china(longitude=longitude, latitude=latitude):
        return longitude, latitude
    return _twist(longitude, latitude)


def _from_baidu(longitude: float, latitude: float) -> Point:
    """BD-09 → GCJ-02, by the same iteration: the usual closed form is a metre off."""
    if not is_in_china(longitude=longitude, latitude=latitude):
        return longitude, latitude
    x, y = longitude - 0.0065, latitude - 0.006
    for _ in range(_INVERSE_ROUNDS):
        east, north = _twist(x, y)
        miss_x, miss_y = longitude - east, latitude - north
        x, y = x + miss_x, y + miss_y
        if abs(miss_x) < _INVERSE_DEGREES and abs(miss_y) < _INVERSE_DEGREES:
            break
    return x, y


def _twist(x: float, y: float) -> Point:
    distance = math.hypot(x, y) + 0.00002 * math.sin(y * _BAIDU)
    angle = math.atan2(y, x) + 0.000003 * math.cos(x * _BAIDU)
    return distance * math.cos(angle) + 0.0065, distance * math.sin(angle) + 0.006
