"""Look at an upload before it is read: what it is, and how far it reaches when it is unpacked."""

import io
import re
import zipfile
import zlib

from django.utils.translation import gettext_lazy as _

from linli.core.errors import Invalid

UNPACKED_BYTES_MAX = 200 * 1024 * 1024
ROWS_MAX, COLUMNS_MAX = 100_000, 100
_CHUNK = 1 << 20

_TAG = re.compile(rb"<(?:\w+:)?(c|row)(\s[^>]*?)?(/?)>")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?\bref=[\"']"
    rb"\$?([A-Z]{0,3})\$?(\d{0,7}):\$?([A-Z]{0,3})\$?(\d{0,7})[\"']",
    re.IGNORECASE,
)
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384  # of any sheet
_AT = re.compile(rb"\br=[\"']([A-Z]{0,3})(\d{1,9})[\"']")
_OLE = b"\xd0\xcf\x11\xe0"


class ImportRefused(Invalid):
    """The file as a whole cannot be read."""

    field = "file"


class NotAWorkbook(ImportRefused):
    """Neither a workbook nor anything else that is taken."""

    sentence = _(
        "This file is not an .xlsx workbook. Open it in WPS or Excel, choose “Save as”, and take "
        "the type “Excel workbook (*.xlsx)”."
    )


class OldWorkbook(ImportRefused):
    """An .xls of before 2007, or a workbook locked by a password: both begin the same way."""

    sentence = _(
        "This is an old .xls workbook, or one that is locked by a password. Open it in WPS or "
        "Excel and save it as “Excel workbook (*.xlsx)”, without a password."
    )


class TextTable(ImportRefused):
    """A .csv given as a workbook."""

    sentence = _(
        "This is a plain text table (.csv). Open it in WPS or Excel and save it as “Excel "
        "workbook (*.xlsx)”, so that codes keep their zeros."
    )


class WorkbookDamaged(ImportRefused):
    """A workbook by its first bytes, but it cannot be read."""

    sentence = _("This workbook is damaged and cannot be read. Save it anew and try again.")


class WorkbookTooLarge(ImportRefused):
    """Unpacked, the workbook is larger than any community's register."""

    sentence = _(
        "Unpacked, this workbook is larger than %(limit)s MB. Delete what does not belong to the "
        "register, such as pictures, and try again."
    )


class SheetTooLarge(ImportRefused):
    """A sheet reaches further than any register does."""

    sentence = _(
        "The sheet “%(sheet)s” reaches to row %(rows)s and column %(columns)s. Delete what stands "
        "far below or beside the table, or split the file; at most %(limit)s rows are taken."
    )


def refuse_what_is_no_workbook(*, data: bytes) -> None:
    """Say what a file is that is no .xlsx.

    :raises ImportRefused: with what to do instead.
    """
    if data.startswith(_OLE):
        raise OldWorkbook
    if not data.startswith(b"PK"):
        head = data[:4096]
        if b"\0" not in head and (b"," in head or b"\t" in head) and b"{" not in head[:1]:
            raise TextTable
        raise NotAWorkbook


def refuse_bombs(*, data: bytes, rows_max: int = ROWS_MAX, cells_max: int | None = None) -> None:
    """Unpack once without keeping anything, counting bytes and how far each sheet reaches.

    A workbook of a few kilobytes can unpack to gigabytes, or hold one cell in the last column of
    the last row; the reader would make room for everything between.

    `cells_max` is for a reader that also makes a cell of each that only carries a style, or that
    lies in a merged block.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise NotAWorkbook
            left = UNPACKED_BYTES_MAX
            # By entry, not by name: of two parts of one name the reader may take the other.
            for entry in archive.infolist():
                left = _unpack(archive, entry, left, rows_max, cells_max)
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise WorkbookDamaged from error


def _unpack(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    left: int,
    rows_max: int,
    cells_max: int | None,
) -> int:
    """Read one part to its end and return how many bytes may still follow."""
    reach = _Reach() if cells_max is None else _ReachOfAll()
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise WorkbookTooLarge(limit=UNPACKED_BYTES_MAX >> 20)
            # Every part, for a sheet may hide under any name.
            reach.follow(tail + chunk)
            tail = chunk[-256:]
    is_full = cells_max is not None and reach.cells > cells_max
    if is_full or reach.rows > rows_max or reach.columns > COLUMNS_MAX:
        raise SheetTooLarge(
            sheet=entry.filename.rpartition("/")[2],
            rows=reach.drawn[0] if is_full else reach.rows,
            columns=reach.drawn[1] if is_full else reach.columns,
            limit=rows_max,
        )
    return left


class _Reach:
    """How far the cells of a sheet reach that hold something."""

    def __init__(self) -> None:
        self.rows = self.columns = self.cells = 0
        self.drawn = (0, 0)
        self._row = 0

    def follow(self, text: bytes) -> None:
        for tag, attributes, empty in _TAG.findall(text):
            place = _AT.search(attributes)
            if tag == b"row":
                self._row = int(place[2]) if place else self._row + 1
            elif not empty:  # A cell that only carries a style ends in “/>”.
                self.rows = max(self.rows, int(place[2]) if place else self._row)
                self.columns = max(self.columns, _column_number(place[1]) if place else 1)


class _ReachOfAll(_Reach):
    """How far its cells reach and how many there are, with blank ones and those of merged blocks.

    The end of a chunk is looked at twice, so that a few are counted twice.
    """

    def follow(self, text: bytes) -> None:
        super().follow(text)
        for tag, attributes, _empty in _TAG.findall(text):
            self.cells += 1
            place = _AT.search(attributes)
            if tag == b"c" and place:
                self._draw(int(place[2]), _column_number(place[1]))
        self._draw(self._row, 0)
        for left, top, right, bottom in _MERGED.findall(text):
            last = int(bottom or _LAST_ROW), _column_number(right.upper()) or _LAST_COLUMN
            tall, wide = last[0] - int(top or 1) + 1, last[1] - _column_number(left.upper()) + 1
            self.cells += max(tall, 0) * max(wide, 0)
            self._draw(*last)

    def _draw(self, row: int, column: int) -> None:
        self.drawn = max(self.drawn[0], row), max(self.drawn[1], column)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
