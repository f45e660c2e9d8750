"""Read a GeoJSON FeatureCollection: areas and estates as polygons, buildings and places."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.territory.imports.layout import LEVEL_WORDS, SHEET_OF, Table
from linli.territory.imports.source import Fault, NotGeoJson, NothingInFile, RawRow, Source

SHEET = "GeoJSON"
"""What stands for the sheet in faults; a feature's place in the file, from 1, is its row."""

_FEATURES_MAX = 50_000
_TABLE_WORDS: Mapping[str, Table] = {
    "小区": Table.ESTATE,
    "estate": Table.ESTATE,
    "楼栋": Table.BUILDING,
    "building": Table.BUILDING,
    "点位": Table.PLACE,
    "place": Table.PLACE,
}


def read_geojson(*, data: bytes) -> Source:
    """Return one row for each feature.

    Properties are ``level`` (or 层级), ``code``, ``name``, ``kind``, ``parent``; a building has
    ``estate``, ``code`` and may name its ``grid``; Chinese headings of the workbook serve as well.

    :raises NotGeoJson: when it is no FeatureCollection.
    :raises NothingInFile: when the collection is empty.
    """
    features = _features(data)
    if not features:
        raise NothingInFile
    rows: list[RawRow] = []
    faults: list[Fault] = []
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            sentence = _("This feature has no properties.")
            faults.append(Fault(SHEET, number, "properties", sentence))
            continue
        row = _read_feature(number, feature["properties"], feature.get("geometry"))
        if isinstance(row, Fault):
            faults.append(row)
        else:
            rows.append(row)
    return Source(rows=tuple(rows), faults=tuple(faults))


def _features(data: bytes) -> list[Any]:
    try:
        # Drawing programs on Chinese Windows write either.
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("gb18030")
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotGeoJson from error
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise NotGeoJson
    features = found.get("features")
    if not isinstance(features, list) or len(features) > _FEATURES_MAX:
        raise NotGeoJson
    return features


def _read_feature(number: int, properties: dict[str, Any], geometry: Any) -> RawRow | Fault:
    said = {str(name).strip().lower(): value for name, value in properties.items()}
    level = str(said.get("level") or said.get("层级") or said.get("layer") or "").strip().lower()
    table = _TABLE_WORDS.get(level)
    if table is None and level in LEVEL_WORDS:
        table = Table.AREA
    if table is None and not level and ("estate" in said or "小区编码" in said):
        table = Table.BUILDING
    if table is None:
        sentence = _("Say in “level” what this is: %(words)s.") % {
            "words": "、".join(("大网格", "网格", "微网格", *_TABLE_WORDS))
        }
        return Fault(SHEET, number, "level", sentence, level)
    cells = _cells(table, said, geometry)
    if isinstance(cells, str):
        return Fault(SHEET, number, "geometry", cells)
    return RawRow(table, SHEET, number, cells)


def _cells(table: Table, said: Mapping[str, Any], geometry: Any) -> dict[str, Any] | str:
    cells: dict[str, Any] = {}
    for column in SHEET_OF[table].columns:
        for name in (column.key, column.heading, *column.also):
            if name.lower() in said:
                value = said[name.lower()]
                # A nested value has no meaning in a cell; it is shown as it was written.
                plain = isinstance(value, (str, int, float, bool)) or value is None
                cells[column.key] = value if plain else json.dumps(value, ensure_ascii=False)
                break
    if table == Table.AREA and cells.get("level") is None:
        cells["level"] = said.get("layer")
    for column in SHEET_OF[table].columns:
        if column.required:
            cells.setdefault(column.key, "")
    if geometry is None:
        return cells
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if table in (Table.AREA, Table.ESTATE):
        cells["boundary"] = geometry if isinstance(geometry, dict) else {}
    elif kind == "Point" and _is_point(geometry.get("coordinates")):
        cells["longitude"], cells["latitude"] = geometry["coordinates"][:2]
    elif table == Table.BUILDING and kind in ("Polygon", "MultiPolygon"):
        cells["footprint"] = geometry
    else:
        return _("A place needs a Point; a building a Point or a Polygon.")
    return cells


def _is_point(coordinates: Any) -> bool:
    return (
        isinstance(coordinates, list)
        and len(coordinates) >= 2
        and all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in coordinates)
    )
