"""What a reader of values does not see in an .xlsx: cells whose formula broke, rows struck through.

It costs a second look at the XML, and more only for sheets that have such cells.
"""

import html
import io
import re
import zipfile
from dataclasses import dataclass, field

# Bounded, so that a broken part costs no more than another of its length.
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^<>]{1,2000})>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^<>]{1,4000})>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*[\"']([^\"'<>]*)[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<>]{1,20})<")
_FONT = re.compile(rb"<(?:\w+:)?font(?=[\s/>])")
_STRIKE = re.compile(rb"<(?:\w+:)?strike(?:\s*/?>|\s+val=\"(?:1|true)\")")
_FORMAT = re.compile(rb"<(?:\w+:)?xf\s[^<>]*?fontId=\"(\d{1,6})\"")
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_STYLES_MAX = 200  # of those struck through; no office has more
_BROKEN_WITHIN = 10_000  # characters from a cell to its value; its formula stands between


@dataclass(slots=True)
class Marks:
    """Of one sheet: what broken cells show, by row and column from 0; rows struck through."""

    broken: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: set[int] = field(default_factory=set)


def marks_of(*, data: bytes) -> dict[str, Marks]:
    """Return the marks of each sheet of an .xlsx that has any, by the sheet's name."""
    found: dict[str, Marks] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = set(archive.namelist())
        styles = archive.read("xl/styles.xml") if "xl/styles.xml" in parts else b""
        struck = _struck_styles(styles)
        for name, part in _sheets(archive, parts).items():
            xml = archive.read(part)
            if b't="e"' in xml or struck:
                marks = _marks_in(xml, struck)
                if marks.broken or marks.struck:
                    found[name] = marks
    return found


def _sheets(archive: zipfile.ZipFile, parts: set[str]) -> dict[str, str]:
    """Return which part holds which sheet."""
    relations = "xl/_rels/workbook.xml.rels"
    if relations not in parts:
        return {}
    targets = {}
    for one in _RELATION.findall(archive.read(relations)):
        said = dict(_ATTRIBUTE.findall(one))
        target = said.get(b"Target", b"").decode("utf-8", "replace").lstrip("/")
        targets[said.get(b"Id")] = target if target.startswith("xl/") else f"xl/{target}"
    found = {}
    for one in _SHEET.findall(archive.read("xl/workbook.xml")):
        said = dict(_ATTRIBUTE.findall(one))
        key = next((value for name, value in said.items() if name.endswith(b":id")), None)
        if (part := targets.get(key, "")) in parts:
            found[html.unescape(said.get(b"name", b"").decode("utf-8", "replace"))] = part
    return found


def _struck_styles(styles: bytes) -> set[int]:
    """Return the cell formats whose letters are struck through."""
    if b"strike" not in styles:
        return set()
    fonts = _FONT.split(styles.partition(b"</fonts>")[0])[1:]
    struck = {at for at, font in enumerate(fonts) if _STRIKE.search(font)}
    formats = _FORMAT.findall(styles.partition(b"<cellXfs")[2].partition(b"</cellXfs>")[0])
    return {at for at, font in enumerate(formats) if int(font) in struck}


def _marks_in(xml: bytes, struck: set[int]) -> Marks:
    marks = Marks()
    # Only cells that matter match: a list of 100,000 rows has a million others.
    wanted = b"|".join([b't="e"', *(b's="%d"' % style for style in sorted(struck)[:_STYLES_MAX])])
    cells = re.compile(rb"<(?:\w+:)?c\s(?=[^<>]*?\b(?:%s))([^<>]{1,300})>" % wanted)
    for cell in cells.finditer(xml):
        said = dict(_ATTRIBUTE.findall(cell[1]))
        place = _PLACE.fullmatch(said.get(b"r", b"").decode("ascii", "replace"))
        if place is None or cell[1].endswith(b"/"):  # a cell that only carries a style
            continue
        row, column = int(place[2]) - 1, _column(place[1])
        if said.get(b"t") == b"e":
            value = _VALUE.search(xml, cell.end(), cell.end() + _BROKEN_WITHIN)
            marks.broken[row, column] = value[1].decode("utf-8", "replace") if value else "#"
        if said.get(b"s", b"0").isdigit() and int(said.get(b"s", b"0")) in struck:
            marks.struck.add(row)
    return marks


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
