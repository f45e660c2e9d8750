"""Sentences that services and imports share."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.territory.geometry import BoundaryFault, Datum, Point
from linli.territory.models import GridKind, Level

LEVELS: dict[str, Any] = {
    Level.CITY: pgettext_lazy("level", "City"),
    Level.DISTRICT: pgettext_lazy("level", "District"),
    Level.SUBDISTRICT: pgettext_lazy("level", "Subdistrict"),
    Level.COMMUNITY: pgettext_lazy("level", "Community"),
    Level.LARGE_GRID: pgettext_lazy("level", "Large grid"),
    Level.GRID: pgettext_lazy("level", "Grid"),
    Level.MICRO_GRID: pgettext_lazy("level", "Micro-grid"),
}

KINDS: dict[str, Any] = {
    GridKind.COMPREHENSIVE: _("Comprehensive grid"),
    GridKind.DEDICATED: _("Dedicated grid"),
}

DATUMS: dict[str, Any] = {
    Datum.WGS_84: _("WGS-84 (GPS, Tianditu, OpenStreetMap)"),
    Datum.GCJ_02: _("GCJ-02 (AutoNavi, Tencent, a phone's map)"),
    Datum.BD_09: _("BD-09 (Baidu)"),
}

BOUNDARIES: dict[BoundaryFault, Any] = {
    BoundaryFault.NOT_A_POLYGON: _("The boundary has to be a Polygon or a MultiPolygon."),
    BoundaryFault.NOT_NUMBERS: _("The boundary holds something that is not a number."),
    BoundaryFault.OUT_OF_RANGE: _(
        "The boundary has a point that is nowhere on earth. Coordinates have to be in degrees."
    ),
    BoundaryFault.SWAPPED: _(
        "Longitude and latitude are the wrong way round: longitude comes first, such as 121.53, "
        "31.18."
    ),
    BoundaryFault.TOO_FEW_POINTS: _("The boundary needs at least three different points."),
    BoundaryFault.TOO_MANY_POINTS: _(
        "The boundary has more than 20,000 points. Simplify it in the drawing program first."
    ),
    BoundaryFault.OPEN_RING: _(
        "The boundary is open: its last point has to be the same as its first."
    ),
    BoundaryFault.SELF_CROSSING: _("The boundary crosses itself."),
    BoundaryFault.HOLE_OUTSIDE: _("The boundary has a hole or an island in a wrong place."),
    BoundaryFault.ZERO_AREA: _("The boundary encloses nothing: all its points lie on one line."),
}


def say_boundary_fault(*, fault: BoundaryFault, near: Point | None) -> str:
    """Return what is wrong with a boundary and, where it helps, near which point."""
    sentence = str(BOUNDARIES[fault])
    if near is None:
        return sentence
    place = _("Look near %(longitude)s, %(latitude)s.") % {
        "longitude": f"{near[0]:.6f}",
        "latitude": f"{near[1]:.6f}",
    }
    return f"{sentence} {place}"
