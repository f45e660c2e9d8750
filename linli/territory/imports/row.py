"""One row of a file while it is read."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from linli.core.sheets import CellWrong, is_blank, read_text, read_whole
from linli.territory.imports.layout import SHEET_OF
from linli.territory.imports.plan import Key
from linli.territory.imports.source import Fault, RawRow, Source


class BadRow(Exception):
    """The row has been found out; its faults are kept already."""


class Row:
    """One row while it is read: gathers the faults of its cells."""

    def __init__(self, raw: RawRow, source: Source) -> None:
        self.raw = raw
        self.faults: list[Fault] = []
        self.within: Key = ()  # the estate or building it was found to belong to
        self._source = source

    def wrong(self, key: str, sentence: str, *, follows: bool = False, missing: Key = ()) -> None:
        """Keep a fault of the cell under this column."""
        shown = self.raw.cells.get(key, "")
        value = "" if isinstance(shown, dict) or is_blank(shown) else str(shown)
        heading = self._source.heading(row=self.raw, key=key)
        if heading == key and key in (c.key for c in SHEET_OF[self.raw.table].columns):
            heading = SHEET_OF[self.raw.table].column(key).heading
        where = self.raw.sheet, self.raw.row, heading
        self.faults.append(Fault(*where, sentence, value[:60], follows, missing))

    def read(self, key: str, read: Callable[[Any], Any]) -> Any:
        """Return what `read` makes of a cell; a cell that is wrong is kept as a fault, and None."""
        try:
            return read(self.raw.cells.get(key))
        except CellWrong as wrong:
            self.wrong(key, str(wrong))
            return None

    def text(self, key: str, *, limit: int, required: bool = False) -> str:
        """Return a cell's text, or "" where there is none."""
        before = len(self.faults)
        text: str = self.read(key, lambda cell: read_text(cell, limit=limit)) or ""
        if required and not text and len(self.faults) == before:
            self.wrong(key, _("This cell is empty."))
        return text

    def whole(self, key: str, *, least: int, most: int) -> int | None:
        """Return a cell's whole number, or None where there is none."""
        number: int | None = self.read(key, lambda cell: read_whole(cell, least=least, most=most))
        return number

    def settle(self) -> None:
        """Go on only with a row that is good so far. :raises BadRow: when it is not."""
        if self.faults:
            raise BadRow
