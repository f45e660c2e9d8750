"""Tables that come as spreadsheets: what a file may do, what cells mean, where they stand."""

from linli.core.sheets.cells import (
    CellWrong,
    is_blank,
    is_month,
    read_date,
    read_text,
    read_whole,
    says_nothing_in_words,
)
from linli.core.sheets.guards import (
    ImportRefused,
    NotAWorkbook,
    OldWorkbook,
    SheetTooLarge,
    TextTable,
    WorkbookDamaged,
    WorkbookTooLarge,
    refuse_bombs,
    refuse_what_is_no_workbook,
)
from linli.core.sheets.marks import Marks, marks_of
from linli.core.sheets.plain import is_plain_table, read_plain
from linli.core.sheets.tables import fill_merged, plain_heading

__all__ = [
    "CellWrong",
    "ImportRefused",
    "Marks",
    "NotAWorkbook",
    "OldWorkbook",
    "SheetTooLarge",
    "TextTable",
    "WorkbookDamaged",
    "WorkbookTooLarge",
    "fill_merged",
    "is_blank",
    "is_month",
    "is_plain_table",
    "marks_of",
    "plain_heading",
    "read_date",
    "read_plain",
    "read_text",
    "read_whole",
    "refuse_bombs",
    "refuse_what_is_no_workbook",
    "says_nothing_in_words",
]
