"""The community's own map, which needs no tile server."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from linli.territory.models import Area, Building, Estate, Place


def map_of(*, community_id: int) -> dict[str, Any]:
    """Return the community's own map as one GeoJSON FeatureCollection, without dwellings.

    Each feature's properties hold ``layer`` (community, large_grid, grid, micro_grid, estate,
    building, place), ``id``, ``name``, and for grids ``kind``.
    """
    features = [
        *_area_features(community_id),
        *_estate_features(community_id),
        *_building_features(community_id),
        *_place_features(community_id),
    ]
    return {"type": "FeatureCollection", "features": features}


def _area_features(community_id: int) -> Iterable[dict[str, Any]]:
    rows = Area.objects.filter(
        Q(pk=community_id) | Q(community_id=community_id),
        ended_at__isnull=True,
        boundary__isnull=False,
    ).values_list("id", "name", "code", "level", "kind", "boundary")
    for id_, name, code, level, kind, boundary in rows.order_by("id"):
        facts = {"id": id_, "name": name, "code": code, "kind": kind}
        yield _feature(level.lower(), boundary, **facts)


def _estate_features(community_id: int) -> Iterable[dict[str, Any]]:
    rows = Estate.objects.filter(
        community_id=community_id, boundary__isnull=False, ended_at__isnull=True
    )
    for id_, name, code, boundary in rows.order_by("id").values_list(
        "id", "name", "code", "boundary"
    ):
        yield _feature("estate", boundary, id=id_, name=name, code=code)


def _building_features(community_id: int) -> Iterable[dict[str, Any]]:
    rows = Building.objects.filter(
        estate__community_id=community_id, ended_at__isnull=True
    ).values_list(
        "id", "name", "code", "estate__name", "grid_id", "longitude", "latitude", "footprint"
    )
    for id_, name, code, estate, grid_id, x, y, footprint in rows.order_by("id"):
        shape = footprint or _spot(x, y)
        if shape is not None:
            facts = {"id": id_, "name": f"{estate} {name}", "code": code, "grid": grid_id}
            yield _feature("building", shape, **facts)


def _place_features(community_id: int) -> Iterable[dict[str, Any]]:
    rows = Place.objects.filter(
        community_id=community_id, longitude__isnull=False, ended_at__isnull=True
    )
    for id_, name, code, grid_id, x, y in rows.order_by("id").values_list(
        "id", "name", "code", "grid_id", "longitude", "latitude"
    ):
        spot = _spot(x, y)
        if spot is not None:
            yield _feature("place", spot, id=id_, name=name, code=code, grid=grid_id)


def _spot(longitude: float | None, latitude: float | None) -> dict[str, Any] | None:
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _feature(layer: str, shape: Mapping[str, Any] | None, **facts: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": shape, "properties": {"layer": layer, **facts}}
