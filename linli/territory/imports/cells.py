"""Read cells that hold degrees or a shape."""

import json
import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.core.errors import Invalid
from linli.core.sheets import CellWrong, is_blank
from linli.language.normal import normalise

_WKT = re.compile(r"^(MULTI)?POLYGON *Z? *\(", re.IGNORECASE)


def read_degrees(value: Any) -> float | None:
    """Return the cell as degrees; a blank cell is None.

    :raises CellWrong: for anything else, degrees and minutes among them.
    """
    if is_blank(value):
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    text = normalise(text=str(value)).rstrip("°")
    if re.fullmatch(r"-?\d{1,3}(\.\d+)?", text):
        return float(text)
    raise CellWrong(_("Degrees with decimals are needed here, such as 121.5272."))


def read_shape(value: Any) -> dict[str, Any] | None:
    """Return a GeoJSON geometry from GeoJSON, WKT or “lon,lat;lon,lat;…”; a blank cell is None.

    :raises CellWrong: when it is none of them.
    """
    if isinstance(value, dict):
        return value
    if is_blank(value):
        return None
    text = str(value).strip()
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CellWrong(_not_a_shape()) from error
        return found if isinstance(found, dict) else None
    plain = normalise(text=text)
    if _WKT.match(plain):
        return _from_wkt(plain)
    return {"type": "Polygon", "coordinates": [_pairs(plain)]}


class ShapeNotReadable(Invalid):
    """The text is no boundary in any of the three forms."""

    sentence = gettext_lazy(
        "This is not a boundary. Write “longitude,latitude;longitude,latitude;…”, or WKT or "
        "GeoJSON."
    )
    field = "boundary"


def read_shape_text(*, text: str) -> dict[str, Any] | None:
    """Return the GeoJSON geometry that was typed; None for an empty text.

    :raises ShapeNotReadable: when it is none.
    """
    try:
        return read_shape(text)
    except CellWrong as wrong:
        raise ShapeNotReadable from wrong


def write_shape(*, shape: dict[str, Any] | None) -> str:
    """Return a boundary as `read_shape_text` takes it: points where that says it all."""
    if shape is None:
        return ""
    rings = shape["coordinates"]
    if shape["type"] == "Polygon" and len(rings) == 1:
        return ";".join(f"{x:.7f},{y:.7f}" for x, y in rings[0])
    return json.dumps(shape)


def _from_wkt(text: str) -> dict[str, Any]:
    """Read WKT by its brackets, so that an open ring is told as one instead of as bad text."""
    multi = text.upper().startswith("MULTI")
    body = text[text.index("(") :]
    polygons = [
        [_pairs(ring.replace(",", ";")) for ring in re.findall(r"\(([^()]*)\)", polygon)]
        for polygon in (re.findall(r"\((?:[^()]|\([^()]*\))*\)", body[1:-1]) if multi else [body])
    ]
    if multi:
        return {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Polygon", "coordinates": polygons[0]}


def _pairs(text: str) -> list[list[float]]:
    points = []
    for one in re.split(r"[;|]", text):
        numbers = re.split(r"[,、\s]+", one.strip())
        if numbers == [""]:
            continue
        try:
            points.append([float(number) for number in numbers])
        except ValueError as error:
            raise CellWrong(_not_a_shape()) from error
    return points


def _not_a_shape() -> str:
    return _(
        "This is not a boundary. Write “longitude,latitude;longitude,latitude;…”, or WKT or "
        "GeoJSON."
    )
