"""12345 orders come in from the city's workbook, and their replies go out in its form."""

from linli.flows.hotline.applying import Applied, RowsWrong, apply
from linli.flows.hotline.fields import FIELDS, REPLY_FIELDS, Field
from linli.flows.hotline.planning import Fault, Plan, PlanRow, Status, make_plan
from linli.flows.hotline.reading import (
    ColumnsMissing,
    NoTable,
    Table,
    match_columns,
    read_table,
    require_columns,
)
from linli.flows.hotline.replies import reply_headings, reply_rows

__all__ = [
    "FIELDS",
    "REPLY_FIELDS",
    "Applied",
    "ColumnsMissing",
    "Fault",
    "Field",
    "NoTable",
    "Plan",
    "PlanRow",
    "RowsWrong",
    "Status",
    "Table",
    "apply",
    "make_plan",
    "match_columns",
    "read_table",
    "reply_headings",
    "reply_rows",
    "require_columns",
]
