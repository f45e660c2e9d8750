"""Bring a whole community in from one workbook or GeoJSON file, and hand its register out again."""

from linli.core.sheets import ImportRefused
from linli.territory.imports.applying import PlanHasFaults, PlanOutdated, bring_in, preview
from linli.territory.imports.cells import ShapeNotReadable, read_shape_text, write_shape
from linli.territory.imports.geojson import read_geojson
from linli.territory.imports.layout import SHEET_OF, Table
from linli.territory.imports.papers import MEDIA_TYPE, write_register, write_template
from linli.territory.imports.plan import Change, Count, Plan, PlannedRow
from linli.territory.imports.receiving import carry_out, get_upload, read_upload, receive
from linli.territory.imports.source import Fault, RawRow, Source
from linli.territory.imports.workbook import read_workbook

__all__ = [
    "MEDIA_TYPE",
    "SHEET_OF",
    "Change",
    "Count",
    "Fault",
    "ImportRefused",
    "Plan",
    "PlanHasFaults",
    "PlanOutdated",
    "PlannedRow",
    "RawRow",
    "ShapeNotReadable",
    "Source",
    "Table",
    "bring_in",
    "carry_out",
    "get_upload",
    "preview",
    "read_geojson",
    "read_shape_text",
    "read_upload",
    "read_workbook",
    "receive",
    "write_register",
    "write_shape",
    "write_template",
]
