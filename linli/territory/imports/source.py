"""What was read from a file, before anybody asks whether it makes sense."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core.sheets import ImportRefused
from linli.territory.imports.layout import Table


class NoKnownSheet(ImportRefused):
    """None of the sheets is one of ours."""

    sentence = _(
        "This workbook has none of the sheets %(titles)s. Start from the template, or rename the "
        "sheets."
    )


class NotGeoJson(ImportRefused):
    """Not a GeoJSON file, or not a collection of features."""

    sentence = _(
        "This is not a GeoJSON file with a FeatureCollection. Export it again from the drawing "
        "program as GeoJSON."
    )


class NothingInFile(ImportRefused):
    """The file holds no row."""

    sentence = _("There is nothing in this file: not a single row under the headings.")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: sheet, row as the program shows it, heading of the column."""

    sheet: str
    row: int  # 0 when it is about the sheet as a whole
    column: str
    sentence: str
    value: str = ""
    follows: bool = False  # it is put right with the row that this one points to
    missing: tuple[str, ...] = ()  # what the row names and nobody knows: the sheet, then the name


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file. A key that is missing has no column there."""

    table: Table
    sheet: str
    row: int
    cells: Mapping[str, Any]

    def fault(self, *, column: str, sentence: str) -> Fault:
        """Return a fault of this row; `column` is the heading."""
        return Fault(self.sheet, self.row, column, sentence)


@dataclass(frozen=True)
class Source:
    """Everything read from one file."""

    rows: tuple[RawRow, ...]
    faults: tuple[Fault, ...] = ()
    headings: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(sheet, key) → the heading as the file writes it."""

    def heading(self, *, row: RawRow, key: str) -> str:
        """Return how the file calls the column `key`."""
        return self.headings.get((row.sheet, key), key)
