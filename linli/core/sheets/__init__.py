"""Tables that come as spreadsheets: what a file may do, what cells mean, where they stand."""

from linli.core.sheets.cells import CellWrong, is_blank, read_date, read_text, read_whole
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
from linli.core.sheets.tables import fill_merged, plain_heading

__all__ = [
    "CellWrong",
    "ImportRefused",
    "NotAWorkbook",
    "OldWorkbook",
    "SheetTooLarge",
    "TextTable",
    "WorkbookDamaged",
    "WorkbookTooLarge",
    "fill_merged",
    "is_blank",
    "plain_heading",
    "read_date",
    "read_text",
    "read_whole",
    "refuse_bombs",
    "refuse_what_is_no_workbook",
]
