"""The workbooks a community office really has, and what the office expects of each.

Written by somebody who knows an office's habits and had not read the importer: every expectation below stood before the
importer was looked at. All persons are invented; an ID number has a right check digit unless it is meant to be wrong.

    python tests/dirty/office_books.py DIRECTORY      writes every workbook there, and the table as EXPECTATIONS.md

The same call makes the same bytes. Rows are counted as Excel counts them.
"""

# ruff: noqa: E501, DTZ001 — a row of a sheet is one line, each writer is kept by its decorator
from __future__ import annotations

import datetime as dt
import io
import re
import struct
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.datavalidation import DataValidation

# --- who is in them ---------------------------------------------------------------------------------------------------


def check_digit(seventeen: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(seventeen, weights, strict=True)) % 11]


def id_of(born: str, order: int, area: str = "320102") -> str:
    seventeen = f"{area}{born.replace('-', '')}{order:03d}"
    return seventeen + check_digit(seventeen)


NAMES = [
    "张建国",
    "李秀英",
    "王德明",
    "陈桂兰",
    "刘志强",
    "赵玉珍",
    "周文华",
    "吴春梅",
    "徐海涛",
    "孙丽萍",
    "马长林",
    "朱美玲",
    "胡宝山",
    "郭素琴",
    "何家豪",
    "高雅婷",
    "林永福",
    "罗凤霞",
    "梁国栋",
    "宋月娥",
    "郑小军",
    "谢红梅",
    "韩立新",
    "唐淑芬",
    "冯大海",
    "董晓燕",
    "程万里",
    "曹银凤",
    "袁思远",
    "邓冬梅",
    "许光明",
    "傅兰芝",
]


@dataclass(frozen=True)
class Who:
    name: str
    sex: str
    born: str
    id: str
    phone: str
    place: tuple[int, int, int]

    @property
    def address(self) -> str:
        return "台城花园{}号楼{}单元{}".format(*self.place)


def who(index: int) -> Who:
    """The index-th invented person; two live in each room."""
    male = index % 2 == 0
    born = dt.date(1938, 2, 3) + dt.timedelta(days=index * 677)
    order = 2 * index + 11 if male else 2 * index + 12
    room = index // 2
    return Who(
        NAMES[index],
        "男" if male else "女",
        born.isoformat(),
        id_of(born.isoformat(), order),
        f"139{index:02d}5501{index:02d}",
        ((1, 2, 3, 5)[room % 4], 1 + room % 3, 101 + 100 * (room % 5) + room % 2),
    )


def seen(person: Who, *keys: str, **other: Any) -> dict[str, Any]:
    """What must be read for a person: the fields named (all of them if none is), changed by `other`."""
    every = {
        "name": person.name, "sex": person.sex, "born": person.born, "id": person.id, "phone": person.phone,
        "place": "/".join(map(str, person.place)),
    }  # fmt: skip
    return {key: every[key] for key in keys or every} | other


# --- the table --------------------------------------------------------------------------------------------------------


@dataclass
class Book:
    """One workbook and what the office expects when it is brought in.

    people    how each person must be read, keyed by (sheet number from 1, row); a field that is not named is not asked
    homes     how many households are in it
    refused   (sheet, row) -> the heading of the cell at fault: the row does not come in, and the words name that heading
    told      (sheet, row) -> what somebody must be told about, whether or not the row comes in
    quiet     (sheet, row) that is no person at all: neither brought in nor held against the office
    whole     why the whole file is refused, in a few words; a crash or an empty success is not an answer
    never     text that must be stored nowhere
    changed   where the first expectation was not fair: what it was, and why
    """

    file: str
    register: str
    habit: str
    write: Callable[[Path], None]
    people: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    homes: int | None = None
    refused: dict[tuple[int, int], str] = field(default_factory=dict)
    told: dict[tuple[int, int], str] = field(default_factory=dict)
    quiet: list[tuple[int, int]] = field(default_factory=list)
    whole: str = ""
    never: tuple[str, ...] = ()
    note: str = ""
    changed: str = ""  # what was asked for at first, and why that was not fair


BOOKS: dict[str, Book] = {}


def book(file: str, habit: str, register: str = "residents", **expected: Any) -> Callable[..., Any]:
    def keep(write: Callable[[Path], None]) -> Callable[[Path], None]:
        BOOKS[file] = Book(file, register, habit, write, **expected)
        return write

    return keep


def sheet_rows(
    first: int, people: list[dict[str, Any]], sheet: int = 1
) -> dict[tuple[int, int], dict[str, Any]]:
    return {(sheet, first + offset): person for offset, person in enumerate(people)}


# --- how they are written ---------------------------------------------------------------------------------------------

WHEN = dt.datetime(2026, 3, 2, 9, 30)
THIN = Border(*(Side(style="thin"),) * 4)


def save(workbook: Workbook, path: Path, **patches: Callable[[str], str]) -> None:
    """Write the workbook so that the same call gives the same bytes; `sheet1=…` rewrites that sheet's XML."""
    workbook.properties.creator = "社区居委会"
    buffer = io.BytesIO()
    workbook.save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(
                    rb"\d{4}-\d\d-\d\dT[\d:]+Z", WHEN.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), data
                )
            patch = patches.get(Path(name).stem)
            if patch and name.startswith("xl/worksheets/"):
                data = patch(data.decode()).encode()
            new.writestr(zipfile.ZipInfo(name, WHEN.timetuple()[:6]), data, zipfile.ZIP_DEFLATED)


def fill(sheet: Any, rows: list[list[Any]], start: int = 1) -> None:
    for number, row in enumerate(rows, start):
        for column, value in enumerate(row, 1):
            if value is not None:
                sheet.cell(number, column, value)


def titled(
    headings: list[str], rows: list[list[Any]], title: str = "台城花园社区居民花名册"
) -> Workbook:
    """The usual sheet: a merged title, a merged line of who fills it in, the headings in row 3."""
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = "Sheet1"
    width = len(headings)
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    sheet["A1"] = title
    sheet["A1"].font = Font(bold=True, size=18)
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=width)
    sheet["A2"] = "填报单位：台城花园社区居委会（盖章）            填表日期：2026年3月1日"
    fill(sheet, [headings, *rows], 3)
    for row in sheet.iter_rows(min_row=3, max_row=3 + len(rows), max_col=width):
        for cell in row:
            cell.border = THIN
    return workbook


def plain(headings: list[str], rows: list[list[Any]]) -> Workbook:
    workbook = Workbook()
    fill(workbook.active, [headings, *rows])
    return workbook


def csv_text(rows: list[list[str]], gap: str = ",") -> str:
    def cell(value: str) -> str:
        return (
            '"' + value.replace('"', '""') + '"'
            if any(c in value for c in (gap, '"', "\n"))
            else value
        )

    return "".join(gap.join(map(cell, row)) + "\r\n" for row in rows)


def compound(streams: dict[str, bytes]) -> bytes:
    """The smallest OLE2 file with these streams, each of 4,096 bytes or more: the coat of .xls and of a locked .xlsx."""
    size = 512
    chunks = [data + b"\0" * (-len(data) % size) for data in streams.values()]
    fat = [0xFFFFFFFD, 0xFFFFFFFE]  # sector 0 the table, sector 1 the directory
    starts = []
    for chunk in chunks:
        starts.append(len(fat))
        count = len(chunk) // size
        fat += [len(fat) + step + 1 for step in range(count - 1)] + [0xFFFFFFFE]
    assert len(fat) <= 128
    assert len(streams) <= 3

    def entry(name: str, kind: int, start: int, length: int, child: int, right: int) -> bytes:
        raw = name.encode("utf-16-le")
        links = struct.pack("<III", 0xFFFFFFFF, right, child)
        return (
            raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, kind, 1) + links
            + b"\0" * 36 + struct.pack("<IQ", start, length)
        )  # fmt: skip

    none = 0xFFFFFFFF
    directory = entry("Root Entry", 5, 0xFFFFFFFE, 0, 1, none)
    for number, (name, data) in enumerate(streams.items(), 1):
        directory += entry(
            name,
            2,
            starts[number - 1],
            len(data),
            none,
            number + 1 if number < len(streams) else none,
        )
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
        + struct.pack("<109I", *[none] * 108 + [none]).replace(b"\xff\xff\xff\xff", b"\0\0\0\0", 1)
    )  # fmt: skip
    table = struct.pack("<128I", *fat + [none] * (128 - len(fat)))
    return header + table + directory.ljust(size, b"\0") + b"".join(chunks)


# --- the workbooks ----------------------------------------------------------------------------------------------------

USUAL = ["序号", "姓名", "性别", "身份证号", "联系电话", "住址"]


def usual(number: int, person: Who) -> list[Any]:
    return [number, person.name, person.sex, person.id, person.phone, person.address]


@book(
    "01居民花名册.xlsx",
    "a merged title, who fills it in, and at the foot the clerk, the date and a note",
    people=sheet_rows(4, [seen(who(i)) for i in range(6)]),
    homes=3,
    quiet=[(1, 10), (1, 11), (1, 12)],
)
def _(path: Path) -> None:
    workbook = titled(USUAL, [usual(i + 1, who(i)) for i in range(6)])
    sheet = workbook.active
    fill(sheet, [
        [None],
        ["填表人：王芳", None, None, "审核人：李军", None, "填表日期：2026.3.1"],
        ["注：1.本表由社区网格员填写;2.身份证号须为18位。"],
    ], 10)  # fmt: skip
    sheet.merge_cells("A12:F12")
    save(workbook, path)


@book(
    "02两行表头.xlsx",
    "two heading rows: groups merged across, single headings merged down",
    people=sheet_rows(4, [seen(who(i)) for i in range(5)]),
    homes=3,
    quiet=[(1, 2), (1, 3)],
)
def _(path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    fill(sheet, [
        ["2026年社区居民信息采集表"],
        ["序号", "基本信息", None, None, "现住址", None, None, "联系方式", None, "备注"],
        [None, "姓名", "性别", "身份证号码", "楼栋", "单元", "室号", "手机", "固话", None],
    ])  # fmt: skip
    for area in ("A1:J1", "A2:A3", "B2:D2", "E2:G2", "H2:I2", "J2:J3"):
        sheet.merge_cells(area)
    for number in range(5):
        person = who(number)
        fill(
            sheet,
            [[number + 1, person.name, person.sex, person.id, *person.place, person.phone]],
            number + 4,
        )
    save(workbook, path)


@book(
    "03隐藏行列筛选.xlsx",
    "somebody left a filter on: half of the rows are hidden, and so is the column of ID numbers; all are residents",
    people=sheet_rows(2, [seen(who(i)) for i in range(8)]),
    homes=4,
)
def _(path: Path) -> None:
    workbook = plain(USUAL, [usual(i + 1, who(i)) for i in range(8)])
    sheet = workbook.active
    sheet.auto_filter.ref = "A1:F9"
    sheet.auto_filter.add_filter_column(2, ["女"])
    for row in range(2, 10, 2):
        sheet.row_dimensions[row].hidden = True
    sheet.column_dimensions["D"].hidden = True
    save(workbook, path)


BLANKS = ["无", "—", "/", " ", "不详", "-", "暂无", "未知", "——", "\\", "N/A", "空", "/ ", "\u3000"]


@book(
    "04空白的写法.xlsx",
    "fourteen ways to write that nothing is known, in the telephone, the ID number and the note",
    people=sheet_rows(
        4, [seen(who(i), "name", "sex", "place", phone="", id="", note="") for i in range(14)]
    ),
    never=("不详", "暂无", "未知", "N/A"),
)
def _(path: Path) -> None:
    rows = [
        [i + 1, who(i).name, who(i).sex, blank, blank, who(i).address, blank, blank]
        for i, blank in enumerate(BLANKS)
    ]
    save(titled([*USUAL, "工作单位", "备注"], rows), path)


DATES: list[tuple[Any, str]] = [
    ("1958.3.7", "1958-03-07"),
    ("1958年3月7日", "1958-03-07"),
    ("19580307", "1958-03-07"),
    (19580307, "1958-03-07"),
    (21251, "1958-03-07"),  # Excel's serial, the cell's format lost
    (dt.datetime(1958, 3, 7), "1958-03-07"),
    ("58/3/7", "1958-03-07"),
    ("1958-03-07   ", "1958-03-07"),
    ("1958/03/07", "1958-03-07"),
    ("1958-3-7 00:00:00", "1958-03-07"),
    ("1958.03.07", "1958-03-07"),
    ("1958、3、7", "1958-03-07"),
    ("一九五八年三月七日", "1958-03-07"),
]


@book(
    "05出生日期各种写法.xlsx",
    "thirteen ways to write 7 March 1958, the ID number unknown",
    people=sheet_rows(4, [{"name": NAMES[i], "born": day} for i, (_, day) in enumerate(DATES)]),
)
def _(path: Path) -> None:
    rows = [
        [i + 1, NAMES[i], "男", value, "3", "2", str(501)] for i, (value, _) in enumerate(DATES)
    ]
    save(titled(["序号", "姓名", "性别", "出生日期", "楼栋", "单元", "室"], rows), path)


@book(
    "06说不清的日期.xlsx",
    "a month without a day, no such day, a day to come, 05/3/7, age instead of a date, a date that is not the ID's",
    people={
        (1, 9): seen(who(5), "name", "id", "born"),
        (1, 11): seen(who(8), "name", "id", "born"),
    },
    told={(1, 4): "出生日期", (1, 8): "出生日期", (1, 12): "出生日期"},
    refused={(1, 5): "出生日期", (1, 6): "出生日期", (1, 7): "出生日期", (1, 10): "出生日期"},
    note="with the ID number there, the ID's date serves (rows 9, 11)",
    changed="1958年3月 was never to become the first of March; decision 0024 keeps it as that, and now the row says so",
)
def _(path: Path) -> None:
    values = [
        "1958年3月",
        "1958.2.30",
        "2058-3-7",
        "05/3/7",
        "约60岁",
        "1947年5月",
        "1950-01-01",
        "2/30",
        "68岁",
    ]
    rows = []
    for i, value in enumerate(values):
        person = who(i)
        number = person.id if i in (6,) else ""
        rows.append([i + 1, person.name, number, value, person.address])
    rows[5][2], rows[7][2] = who(5).id, who(8).id
    rows[7][1] = who(8).name
    rows[5][3] = f"{who(5).born[:4]}年{int(who(5).born[5:7])}月"
    rows[7][3] = who(8).born.replace("-", ".")
    rows[8][1] = who(9).name
    save(titled(["序号", "姓名", "身份证号", "出生日期", "住址"], rows), path)


def lossy_that_checks() -> int:
    """A number of Excel's (15 digits, then zeros) that passes as somebody else's ID number by chance."""
    for order in range(10, 1000, 10):
        for day in range(1, 29):
            number = id_of(f"1958-03-{day:02d}", order)
            if number.endswith("000"):
                return int(number)
    raise AssertionError("there is one")


@book(
    "07身份证成了数字.xlsx",
    "ID numbers that Excel turned into numbers: 15 digits are left, the rest is gone for ever",
    people={(1, 7): seen(who(3), "name", "id"), (1, 8): seen(who(4), "name", "id")},
    refused={(1, row): "身份证号" for row in (4, 5, 6, 9, 10)},
    note="row 6 is the trap: the number left over passes the check digit by chance, and is somebody else's. "
    "Row 8: digits with .0 behind, as text, that no float can hold, are the number itself. Row 10: fifteen digits of the "
    "first generation; never made into eighteen by a program",
)
def _(path: Path) -> None:
    whole = int(who(0).id[:15] + "000")
    values: list[Any] = [
        float(whole), f"{float(who(1).id[:17] + '0'):.5E}", lossy_that_checks(),
        who(3).id, who(4).id + ".0",
        int(who(5).id[:15]) * 1000, who(6).id[:6] + who(6).id[8:17],
    ]  # fmt: skip
    rows = [[i + 1, who(i).name, value, who(i).address] for i, value in enumerate(values)]
    workbook = titled(["序号", "姓名", "身份证号", "住址"], rows)
    for row in (4, 6, 9):
        workbook.active.cell(row, 3).number_format = "0.00000E+00"
    save(workbook, path)


def with_x(start: int = 11) -> Who:
    for order in range(start, 999, 2):
        number = id_of("1962-08-15", order)
        if number.endswith("X"):
            return Who("秦玉霞", "男", "1962-08-15", number, "13900550199", (3, 2, 501))
    raise AssertionError("there is one")


WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}  # as an input method leaves them
HAND = with_x()


@book(
    "08身份证的手误.xlsx",
    "ID numbers by hand: small x, wide digits, apostrophe, spaces, tab, invisible marks, a cross for X; and five wrong ones",
    people={
        **sheet_rows(4, [seen(with_x(11 + 60 * i), "id", name=NAMES[i]) for i in range(9)]),
    },
    refused={(1, row): "身份证号" for row in (13, 14, 15, 16, 17)},
    note="rows 13-17: check digit wrong, 17 digits, letter O for nought, month 13, two numbers in one cell",
)
def _(path: Path) -> None:
    marks: list[Callable[[str], str]] = [
        str.lower, lambda n: n.translate(WIDE), lambda n: "'" + n, lambda n: f"{n[:6]} {n[6:14]} {n[14:]}",
        lambda n: n + "\t", lambda n: "\u200b" + n + "\u00a0", lambda n: n[:-1] + "×", lambda n: n + " ",
        lambda n: f"{n[:6]}-{n[6:14]}-{n[14:]}",
    ]  # fmt: skip
    rows = [
        [i + 1, NAMES[i], mark(with_x(11 + 60 * i).id), who(i).address]
        for i, mark in enumerate(marks)
    ]
    good = [who(i).id for i in range(10, 16)]
    wrong = [
        good[0][:17] + ("1" if good[0][17] != "1" else "2"), good[1][:17], good[2].replace("0", "O"),
        "32010219581307" + "0013", good[3] + "/" + good[4],
    ]  # fmt: skip
    rows += [[10 + i, NAMES[10 + i], number, who(10 + i).address] for i, number in enumerate(wrong)]
    save(titled(["序号", "姓名", "身份证号", "住址"], rows), path)


SPELT = [
    ("张 三", "张三"), ("王\u3000芳", "王芳"), ("阿依古丽·买买提", "阿依古丽·买买提"), ("古丽娜尔•吐尔逊", "古丽娜尔·吐尔逊"),
    ("艾合买提.依明".translate(WIDE), "艾合买提·依明"), ("迪丽拜尔・玉素甫", "迪丽拜尔·玉素甫"), ("John Smith", "John Smith"),
    ("  李 四  ", "李四"), ("欧阳 明 珠", "欧阳明珠"), ("王䶮", "王䶮"),
]  # fmt: skip


@book(
    "09姓名的写法.xlsx",
    "names spread with spaces to look even, dots of four kinds, a foreigner, a rare character; no name; a name and a remark",
    people=sheet_rows(4, [seen(who(i), "id", name=name) for i, (_, name) in enumerate(SPELT)]),
    refused={(1, 14): "姓名", (1, 15): "姓名"},
    told={(1, 16): "姓名", (1, 17): "姓名"},
    note="row 14 has no name, row 15 has a number for one; row 16 is 李军（户主）, row 17 王? with a character lost: "
    "neither is a name to be kept as it stands without a word",
)
def _(path: Path) -> None:
    names: list[Any] = [spelt for spelt, _ in SPELT] + ["", 12, "李军（户主）", "王?"]
    rows = [[i + 1, name, who(i).id, who(i).address] for i, name in enumerate(names)]
    save(titled(["序号", "姓名", "身份证号", "住址"], rows), path)


PHONES: list[tuple[Any, str]] = [
    ("139-5501-2001", "13955012001"), ("139 5501 2002", "13955012002"), ("+86 13955012003", "13955012003"),
    ("0086-13955012004", "13955012004"), (13955012005, "13955012005"), (13955012006.0, "13955012006"),
    ("13955012007".translate(WIDE), "13955012007"), ("13955012008/13955013008", "13955012008"),
    ("13955012009、025-83331009", "13955012009"), ("13955012010(儿子)", "13955012010"),
    ("025-83331011", "02583331011"), ("13955012012.0", "13955012012"), ("手机：13955012013", "13955012013"),
]  # fmt: skip


@book(
    "10电话的写法.xlsx",
    "telephones with dashes, +86, wide digits, two in a cell, whose it is, a landline, numbers; three that are no telephone",
    people=sheet_rows(
        4, [seen(who(i), "id", "name", phone=phone) for i, (_, phone) in enumerate(PHONES)]
    ),
    told={(1, 11): "13955013008", (1, 12): "025-83331009", (1, 13): "儿子"}
    | {(1, row): "联系电话" for row in (17, 18, 19)},
    note="rows 11-13: the second telephone and whose it is must be kept somewhere, or told, not dropped without a word; "
    "rows 17-19: 12 digits, 10 digits, 2.5E+10",
)
def _(path: Path) -> None:
    values = [value for value, _ in PHONES] + ["139550120145", "1395501201", 1.395501e10 * 2]
    rows = [
        [i + 1, who(i).name, who(i).id, value, who(i).address] for i, value in enumerate(values)
    ]
    save(titled(["序号", "姓名", "身份证号", "联系电话", "住址"], rows), path)


@book(
    "11一人两行.xlsx",
    "the same person twice: word for word, with another telephone, and one ID number under two names",
    people={
        (1, 4): seen(who(0)), (1, 6): seen(who(1), "id", "name"), (1, 8): seen(who(2)),
    },
    told={(1, 5): "身份证号", (1, 7): "身份证号", (1, 9): "身份证号"},
    homes=2,
    note="three persons come out, or the doubtful rows 7 and 9 are refused; never two persons with one ID number",
    changed="the words were to name the telephone or the name; they name the ID number that is there twice, and its row",
)  # fmt: skip
def _(path: Path) -> None:
    rows = [
        usual(1, who(0)),
        usual(2, who(0)),
        usual(3, who(1)),
        usual(4, who(1)),
        usual(5, who(2)),
        usual(6, who(2)),
    ]
    rows[3][4] = "13955019999"
    rows[5][1] = "秦二"
    save(titled(USUAL, rows), path)


FAMILY = [
    ("李国强", "户主", "1951-05-06", 11), ("王淑珍", "妻", "1953-07-08", 22), ("李明", "之子", "1978-01-09", 13),
    ("赵敏", "儿媳", "1980-11-12", 24), ("李小宝", "孙", "2010-06-01", 15),
    ("陈玉兰", "户主", "1946-09-10", 26), ("刘洋", "长子", "1970-02-14", 17),
    ("周婷", "户主", "1988-12-25", 28), ("吴刚", "夫", "1986-10-30", 19), ("吴晓月", "长女", "2015-08-08", 20),
]  # fmt: skip
HOMES = [("3", "2", "501", 5), ("1", "1", "201", 2), ("5", "3", "602", 3)]


def family(first: int) -> dict[tuple[int, int], dict[str, Any]]:
    found, number = {}, 0
    for building, unit, room, size in HOMES:
        for name, relation, born, order in FAMILY[number : number + size]:
            found[(1, first + number)] = {
                "name": name, "relation": relation, "id": id_of(born, order), "place": f"{building}/{unit}/{room}",
            }  # fmt: skip
            number += 1
    return found


def family_book(merged: bool) -> Workbook:
    headings = [
        "户号",
        "户主",
        "楼栋",
        "单元",
        "门牌",
        "姓名",
        "与户主关系",
        "身份证号",
        "家庭人口",
    ]
    rows: list[list[Any]] = []
    for home, (building, unit, room, size) in enumerate(HOMES, 1):
        members = FAMILY[len(rows) : len(rows) + size]
        for place, (name, relation, born, order) in enumerate(members):
            shared = [home, members[0][0], building, unit, room] if place == 0 else [None] * 5
            rows.append(
                [*shared, name, relation, id_of(born, order), f"{size}人" if place == 0 else None]
            )
    workbook = titled(headings, rows, "台城花园社区家庭户登记表")
    if merged:
        start = 4
        for *_, size in HOMES:
            for column in (1, 2, 3, 4, 5, 9):
                workbook.active.merge_cells(
                    start_row=start,
                    end_row=start + size - 1,
                    start_column=column,
                    end_column=column,
                )
            start += size
    return workbook


@book(
    "12按户合并单元格.xlsx",
    "one row a person, the household's cells (number, head, address, how many) merged down over its members",
    people=family(4),
    homes=3,
)
def _(path: Path) -> None:
    save(family_book(merged=True), path)


@book(
    "13按户只填首行.xlsx",
    "the same without merging: the household is written beside its head only, the members' cells stay empty",
    people=family(4),
    homes=3,
    note="a reader understands that an empty address goes on with the one above; a program may do so, or say which rows have "
    "no address: what it may not do is to lose the members or to give them another home without a word",
    changed="the members were asked to be told; who is related to the head above lives where the head lives, as a reader takes it",
)
def _(path: Path) -> None:
    save(family_book(merged=False), path)


ADDRESSES = [
    ("台城花园3号楼2单元501", "3/2/501"), ("台城花园3幢2单元501室", "3/2/501"), ("3-2-501", "3/2/501"),
    ("3栋2单元501", "3/2/501"), ("南京市玄武区玄武门街道台城花园3号楼2单元501室", "3/2/501"), ("3#2单元501", "3/2/501"),
    ("三号楼二单元501室", "3/2/501"), ("台城花园 3号楼 2单元 501", "3/2/501"), ("台城花园3号楼2单元501".translate(WIDE), "3/2/501"),
    ("3号楼2-501", "3/2/501"),
]  # fmt: skip


@book(
    "14住址一格写完.xlsx",
    "the whole address in one cell, ten ways for one home; then one without an entrance, one with a city but no room, one "
    "that is nowhere",
    people=sheet_rows(
        4, [seen(who(i), "id", "name", place=place) for i, (_, place) in enumerate(ADDRESSES)]
    ),
    homes=1,
    told={(1, 14): "住址", (1, 15): "住址", (1, 16): "住址"},
    note="rows 14-16 (台城花园3号楼501, 南京市玄武区台城花园, 桥北菜场旁平房) are not to be put into a home by guess",
)
def _(path: Path) -> None:
    values = [text for text, _ in ADDRESSES] + [
        "台城花园3号楼501",
        "南京市玄武区台城花园",
        "桥北菜场旁平房",
    ]
    rows = [[i + 1, who(i).name, who(i).id, text] for i, text in enumerate(values)]
    save(titled(["序号", "姓名", "身份证号码", "家庭住址"], rows), path)


BUILDINGS: list[tuple[Any, Any, Any]] = [
    ("3#", "2", "501"), ("3幢".translate(WIDE), "2单元", "501室"), ("三号楼", "二单元", "501"), ("3栋", 2, 501), (3, 2.0, 501.0),
    ("03", "02", "501"), ("3号楼", "2单元", "501 "), ("3号", "2单元", "501"), ("第3幢", "2", "501房"), ("3#楼", "2#", "501"),
    ("3.0", "2.0", "501.0"),
]  # fmt: skip


@book(
    "15楼栋的写法.xlsx",
    "building, entrance and room in columns of their own, eleven ways for the same home",
    people=sheet_rows(
        4, [seen(who(i), "id", "name", place="3/2/501") for i in range(len(BUILDINGS))]
    ),
    homes=1,
)
def _(path: Path) -> None:
    rows = [[i + 1, who(i).name, who(i).id, *place] for i, place in enumerate(BUILDINGS)]
    save(titled(["序号", "姓名", "身份证号", "楼栋号", "单元号", "房号"], rows), path)


RELATIONS = [
    "户主",
    "妻",
    "之子",
    "长子",
    "次女",
    "儿媳",
    "女婿",
    "孙",
    "外孙女",
    "父亲",
    "岳母",
    "保姆",
    "配偶",
    "本人",
    "非亲属",
]


@book(
    "16与户主关系.xlsx",
    "fifteen words for how one is related to the head of the household",
    people=sheet_rows(4, [seen(who(i), "id", "name") for i in range(15)]),
    note="every one of these words is a right one: no row is refused for it, and the head is known as the head",
)
def _(path: Path) -> None:
    rows = [
        [i + 1, who(i).name, word, who(i).id, *who(0).place] for i, word in enumerate(RELATIONS)
    ]
    save(titled(["序号", "姓名", "与户主的关系", "公民身份号码", "楼栋", "单元", "室"], rows), path)


@book(
    "17每栋一张表.xlsx",
    "a summary sheet first, a sheet for each building, a hidden sheet with the values of the drop-downs",
    people={
        **sheet_rows(3, [seen(who(i)) for i in (0, 1, 8, 9)], 2),
        **sheet_rows(3, [seen(who(i)) for i in (2, 3)], 3),
        **sheet_rows(3, [seen(who(i)) for i in (4, 5, 12)], 4),
    },
    homes=5,
    note="nothing of 统计表 or of the hidden sheet becomes a person; all three buildings come in, in one go or one by one",
)
def _(path: Path) -> None:
    workbook = Workbook()
    summary = workbook.active
    summary.title = "统计表"
    fill(
        summary,
        [
            ["楼栋", "户数", "人数"],
            ["1号楼", 2, 4],
            ["2号楼", 1, 2],
            ["3号楼", 2, 3],
            ["合计", 5, 9],
        ],
    )
    for name, group in (("1号楼", (0, 1, 8, 9)), ("2号楼", (2, 3)), ("3号楼", (4, 5, 12))):
        sheet = workbook.create_sheet(name)
        sheet.merge_cells("A1:F1")
        sheet["A1"] = f"台城花园{name}居民名单"
        fill(sheet, [USUAL, *(usual(n, who(i)) for n, i in enumerate(group, 1))], 2)
        rule = DataValidation(type="list", formula1="下拉!$A$1:$A$2")
        sheet.add_data_validation(rule)
        rule.add("C3:C100")
    lists = workbook.create_sheet("下拉")
    fill(lists, [["男", "户主"], ["女", "配偶"], ["姓名", "身份证号"]])
    lists.sheet_state = "hidden"
    save(workbook, path)


@book(
    "18楼号在表名里.xlsx",
    "a sheet for each building, and the building is written nowhere but on the sheet's tab",
    people={
        (1, 2): seen(who(0), "id", "name", "place"),
        (2, 2): seen(who(2), "id", "name", "place"),
    },
    changed="it would have been enough to say that the building is missing; the tab is read now",
)
def _(path: Path) -> None:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, index in (("1号楼", 0), ("2号楼", 2)):
        fill(
            workbook.create_sheet(name),
            [
                ["姓名", "身份证号", "单元", "房号"],
                [who(index).name, who(index).id, who(index).place[1], who(index).place[2]],
            ],
        )
    save(workbook, path)


COMPUTED = ["序号", "姓名", "身份证号", "性别", "出生日期", "年龄", "住址"]


def computed() -> Workbook:
    rows = []
    for i in range(4):
        row = i + 4
        rows.append([
            i + 1, who(i).name, who(i).id, f'=IF(MOD(MID(C{row},17,1),2)=1,"男","女")',
            f'=TEXT(MID(C{row},7,8),"0-00-00")', f"=YEAR(TODAY())-MID(C{row},7,4)", who(i).address,
        ])  # fmt: skip
    return titled(COMPUTED, rows)


@book(
    "19公式有结果.xlsx",
    "sex, day of birth and age computed from the ID number by formulas, saved by Excel with their results",
    people=sheet_rows(4, [seen(who(i), "name", "id", "sex", "born", "place") for i in range(4)]),
    never=("=MID", "=TEXT", "=IF"),
)
def _(path: Path) -> None:
    def results(xml: str) -> str:
        for i in range(4):
            for column, value in (
                ("D", who(i).sex),
                ("E", who(i).born),
                ("F", str(2026 - int(who(i).born[:4]))),
            ):
                xml = re.sub(
                    rf'<c r="{column}{i + 4}"([^>]*)><f>(.*?)</f><v\s*/?>(</v>)?',
                    rf'<c r="{column}{i + 4}"\1 t="str"><f>\2</f><v>{value}</v>',
                    xml,
                )
        return xml

    save(computed(), path, sheet1=results)


@book(
    "20公式没有结果.xlsx",
    "the same, made by a program that writes formulas without results: as if those cells were empty",
    people=sheet_rows(4, [seen(who(i), "name", "id", "born", "place") for i in range(4)]),
    never=("=MID", "=TEXT", "=IF"),
    note="day of birth and sex are in the ID number; nothing known is asked again",
)
def _(path: Path) -> None:
    save(computed(), path)


@book(
    "21公式出错.xlsx",
    "#REF!, #N/A, #VALUE! and #NAME? where a formula lost its source",
    people={(1, 4): seen(who(0), "name", "id"), (1, 5): seen(who(1), "name", "id", phone="")},
    refused={(1, 6): "身份证号", (1, 7): "姓名"},
    told={(1, 8): "联系电话"},
    changed="#N/A was to be told; a look-up that found nothing means blank in every office, and is read as that",
    never=("#N/A", "#REF!", "#VALUE!", "#NAME?"),
)
def _(path: Path) -> None:
    rows = [usual(i + 1, who(i)) for i in range(5)]
    rows[1][4], rows[2][3], rows[3][1], rows[4][4] = "#N/A", "#REF!", "#VALUE!", "#NAME?"
    save(titled(USUAL, rows), path)


@book(
    "22几千行空格式.xlsx",
    "four residents, then 3,000 empty rows with borders and a ready serial number, comments, a filter, frozen panes",
    people=sheet_rows(4, [seen(who(i)) for i in range(4)]),
    homes=2,
    quiet=[(1, 8), (1, 500), (1, 3003)],
    note="the serial numbers run on to 300 without anybody beside them; that is no row and no fault",
)
def _(path: Path) -> None:
    workbook = titled(USUAL, [usual(i + 1, who(i)) for i in range(4)])
    sheet = workbook.active
    for row in range(8, 3004):
        for column in range(1, 7):
            sheet.cell(row, column).border = THIN
        if row <= 303:
            sheet.cell(row, 1, row - 3)
    sheet["B4"].comment = Comment("女儿电话 13900000000,每周三来", "王芳")
    sheet.auto_filter.ref = "A3:F3003"
    sheet.freeze_panes = "C4"
    sheet["B5"].fill = PatternFill("solid", fgColor="FFFF00")
    save(workbook, path)


@book(
    "23小计合计.xlsx",
    "a subtotal after each building and a total at the foot",
    people={
        **sheet_rows(4, [seen(who(i)) for i in (0, 1)]),
        **sheet_rows(7, [seen(who(i)) for i in (2, 3, 10)]),
    },
    homes=3,
    quiet=[(1, 6), (1, 10), (1, 11), (1, 12)],
)
def _(path: Path) -> None:
    rows = [usual(1, who(0)), usual(2, who(1)), ["小计", "2人", None, None, None, "1号楼1户"]]
    rows += [usual(3, who(2)), usual(4, who(3)), usual(5, who(10)), [None, "小 计", "3人"]]
    rows += [["合计：", None, "男3 女2", None, None, "共3户5人"], ["总计（人）", 5]]
    save(titled(USUAL, rows), path)


SEXES: list[Any] = ["1", "2", 1, 2.0, "男", "女", "M", "F", "男性", "女 ", "m", "女性"]


@book(
    "24性别的写法.xlsx",
    "sex as 1/2, M/F, 男性; then one that is not what the ID number says, and one that nobody can read",
    people=sheet_rows(4, [seen(who(i), "name", "id", "sex") for i in range(12)]),
    refused={(1, 16): "性别", (1, 17): "性别"},
    changed="the row with “?” was to come in all the same; a refusal that offers 男、女 is as good",
)
def _(path: Path) -> None:
    values = [*SEXES, "女", "?"]
    rows = [
        [i + 1, who(i).name, value, who(i).id, who(i).address] for i, value in enumerate(values)
    ]
    for i in range(12):  # the word beside each person is the right one
        male = who(i).sex == "男"
        assert (str(values[i]).strip()[0] in "1男Mm") == male
    save(titled(["序号", "姓名", "性别", "身份证号", "住址"], rows), path)


@book(
    "25表头带星号换行.xlsx",
    "headings with stars, line breaks, spaces, remarks in brackets",
    people=sheet_rows(2, [seen(who(i)) for i in range(3)]),
    homes=2,
)
def _(path: Path) -> None:
    headings = [
        "序\n号", "*姓 名", "性别\n（下拉选择）", "身份\n证号*", "出生\n日期", "联系电话（必填）", "※楼栋", "单元\n号", "室 号：",
        "备    注",
    ]  # fmt: skip
    rows = [
        [i + 1, p.name, p.sex, p.id, p.born, p.phone, *p.place, ""]
        for i, p in ((i, who(i)) for i in range(3))
    ]
    save(plain(headings, rows), path)


@book(
    "26备注里什么都有.xlsx",
    "remarks that mix party membership, living alone, an illness and a telephone; columns that no office may keep here",
    people=sheet_rows(4, [seen(who(i), "name", "id", "phone") for i in range(4)]),
    never=("精神", "吸毒", "信访", "社区矫正", "透析"),
    note="the columns 重点人员类别 and 病情 are not brought in whoever maps them (rules.md); a remark that names such a thing "
    "is at the least pointed out before it is kept",
)
def _(path: Path) -> None:
    notes = ["党员;独居;女儿电话13900550177", "每周三透析", "低保,租客3人", "精神二级,信访"]
    marks = ["", "", "吸毒", "社区矫正"]
    illness = ["高血压", "尿毒症", "", "精神分裂"]
    rows = [[*usual(i + 1, who(i)), marks[i], illness[i], notes[i]] for i in range(4)]
    save(titled([*USUAL, "重点人员类别", "病情", "备注"], rows), path)


CSV_ROWS = [USUAL] + [[str(v) for v in usual(i + 1, who(i))] for i in range(5)]


@book(
    "27导出GBK.csv",
    'a CSV out of another system: GBK with a four-byte name, ID numbers as ="…" and behind a tab, a line break in an address',
    people=sheet_rows(
        2, [seen(who(0)), seen(who(1)), seen(who(2)), seen(who(3), name="王䶮"), seen(who(4))]
    ),
    homes=3,
)
def _(path: Path) -> None:
    rows = [list(row) for row in CSV_ROWS]
    rows[1][3] = f'="{rows[1][3]}"'
    rows[2][3] = "\t" + rows[2][3]
    rows[2][4] = "\t" + rows[2][4]
    rows[3][5] = rows[3][5].replace("号楼", "号楼\n")
    rows[4][1] = "王䶮"
    path.write_bytes(csv_text(rows).encode("gb18030"))


@book(
    "28逗号文本改名.xls",
    "a CSV, UTF-8 with its mark, that somebody named .xls",
    people=sheet_rows(2, [seen(who(i)) for i in range(5)]),
    homes=3,
)
def _(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + csv_text(CSV_ROWS).encode())


@book(
    "29Unicode文本.xls",
    "Excel's “Unicode text”: UTF-16 with tabs, named .xls",
    people=sheet_rows(2, [seen(who(i)) for i in range(5)]),
    homes=3,
)
def _(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" + csv_text(CSV_ROWS, "\t").encode("utf-16-le"))


@book(
    "30网页表格.xls",
    "an upper office's system exports a web page and calls it .xls: GBK, a title over all columns, &nbsp;",
    people=sheet_rows(3, [seen(who(i)) for i in range(4)]),
    homes=2,
)
def _(path: Path) -> None:
    cells = "".join(
        "<tr>"
        + "".join(
            f"<td style=\"mso-number-format:'\\@'\">{v}&nbsp;</td>" for v in usual(i + 1, who(i))
        )
        + "</tr>\r\n"
        for i in range(4)
    )
    page = (
        '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>'
        '<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><style>td{border:1px}</style></head><body>'
        '<table border="1"><tr><td colspan="6"><b>人口信息查询结果</b></td></tr>\r\n<tr>'
        + "".join(f"<th>{h}</th>" for h in USUAL)
        + f"</tr>\r\n{cells}</table></body></html>"
    )
    path.write_bytes(page.encode("gbk"))


@book(
    "31加了密码.xlsx",
    "a workbook with a password",
    whole="it has a password; save it without one",
)
def _(path: Path) -> None:
    noise = bytes((i * 131 + i // 7) % 256 for i in range(5000))
    path.write_bytes(
        compound(
            {"EncryptionInfo": b"\4\0\4\0\x40\0\0\0" + noise[:4100], "EncryptedPackage": noise}
        )
    )


@book(
    "32扩展名不对.xls",
    "an .xlsx that somebody renamed .xls",
    people=sheet_rows(4, [seen(who(i)) for i in range(3)]),
    homes=2,
)
def _(path: Path) -> None:
    save(titled(USUAL, [usual(i + 1, who(i)) for i in range(3)]), path)


@book("33空文件.xlsx", "a file of no bytes", whole="there is nothing in it")
def _(path: Path) -> None:
    path.write_bytes(b"")


@book("34只有表头.xlsx", "the headings and nobody under them", whole="there are no rows in it")
def _(path: Path) -> None:
    save(titled(USUAL, []), path)


@book("35照片改名.xlsx", "a photograph renamed .xlsx", whole="it is no spreadsheet")
def _(path: Path) -> None:
    path.write_bytes(
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + bytes(range(256)) * 40 + b"\xff\xd9"
    )


@book("36文档改名.xlsx", "a .docx renamed .xlsx", whole="it is no spreadsheet")
def _(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (
            (
                "[Content_Types].xml",
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            ),
            ("word/document.xml", "<document>居民名单</document>"),
        ):
            archive.writestr(zipfile.ZipInfo(name, WHEN.timetuple()[:6]), text)


@book(
    "37老版本Excel.xls",
    "a true .xls of Excel 2003, ID numbers as text, telephones as numbers, a day of birth as a date",
    people=sheet_rows(3, [seen(who(i)) for i in range(4)]),
    homes=2,
    refused={(1, 7): "身份证号"},
    note="either it is read as well as any other, or the whole file is refused with how to save it anew; never half of it",
)
def _(path: Path) -> None:
    path.write_bytes((Path(__file__).parent / "excel2003.xls").read_bytes())


def make_excel2003(
    path: Path,
) -> None:  # pragma: no cover — was run once, with xlwt 1.3.0, which the project does not need
    import xlwt

    old = xlwt.Workbook(encoding="utf-8")
    sheet = old.add_sheet("Sheet1")
    sheet.write_merge(0, 0, 0, 6, "居民花名册")
    for column, heading in enumerate([*USUAL, "出生日期"]):
        sheet.write(1, column, heading)
    day = xlwt.easyxf(num_format_str="yyyy-m-d")
    for i in range(5):
        row = [*usual(i + 1, who(i)), dt.date.fromisoformat(who(i).born)]
        row[4] = int(row[4])
        if i == 4:
            row[3] = float(row[3].replace("X", "0"))
        for column, value in enumerate(row):
            sheet.write(i + 2, column, value, *([day] if column == 6 else []))
    old.save(str(path))


@book(
    "38多出来的列.xlsx",
    "columns nobody asked for, two columns called 电话, one heading missing",
    people=sheet_rows(2, [seen(who(i), "name", "id", "phone", "place") for i in range(4)]),
    note="the unknown columns are shown to be mapped or left out; of the two called 电话 the first that is filled serves and the "
    "second is not mixed into it",
)
def _(path: Path) -> None:
    headings = ["姓名", "微信号", "身份证号", "电话", "电话", "住址", "车牌号", None, "网格员"]
    rows = [
        [
            p.name,
            f"wx{p.phone}",
            p.id,
            p.phone,
            "025-8333100" + str(i),
            p.address,
            "苏A·12345",
            "√",
            "王芳",
        ]
        for i, p in ((i, who(i)) for i in range(4))
    ]
    save(plain(headings, rows), path)


@book(
    "39左右两栏.xlsx",
    "two lists side by side to save paper, the same headings twice",
    whole="two lists stand side by side",
    note="six persons; a program need not understand it, but must not bring in three and keep quiet about the other three",
    changed="the first three were to come in with a word about the others; the file is refused whole, which loses nobody. "
    "The sheet had no addresses, a mistake of whoever wrote it",
)
def _(path: Path) -> None:
    headings = ["序号", "姓名", "身份证号", "住址"] * 2
    rows = [
        [cell for k in (i, i + 3) for cell in (k + 1, who(k).name, who(k).id, who(k).address)]
        for i in range(3)
    ]
    save(titled(headings, rows), path)


@book(
    "40每页重复表头.xlsx",
    "copied together from pages: the title and the headings come again every four persons",
    people={
        **sheet_rows(4, [seen(who(i)) for i in range(4)]),
        **sheet_rows(11, [seen(who(i)) for i in range(4, 8)]),
    },
    homes=4,
    quiet=[(1, 8), (1, 9), (1, 10)],
)
def _(path: Path) -> None:
    rows = [usual(i + 1, who(i)) for i in range(4)]
    rows += [
        ["台城花园社区居民花名册"],
        ["填报单位：台城花园社区居委会（盖章）            填表日期：2026年3月1日"],
        USUAL,
    ]
    rows += [usual(i + 1, who(i)) for i in range(4, 8)]
    workbook = titled(USUAL, rows)
    workbook.active.merge_cells("A8:F8")
    workbook.active.merge_cells("A9:F9")
    save(workbook, path)


@book(
    "41同上.xlsx",
    "同上, 〃 and “ for “as above”",
    people={
        (1, 4): seen(who(0), "name", "id", "place"),
        **{(1, row): seen(who(row - 4), "name", "id") | seen(who(0), "place") for row in (5, 6, 7)},
        (1, 8): seen(who(4), "name", "id", "place"),
    },
    never=("同上", "〃"),
    note="as above is read as the cell above, or the row is refused; it is never an address",
    changed="the rows were told of; they are read as the cell above, which is what was meant",
)
def _(path: Path) -> None:
    rows = [usual(i + 1, who(i)) for i in range(5)]
    rows[1][5], rows[2][5], rows[3][5] = "同上", "〃", "″"
    save(titled(USUAL, rows), path)


@book(
    "42划掉的人.xlsx",
    "who died or moved away is struck through and stays in the list",
    people={(1, 4): seen(who(0)), (1, 6): seen(who(2))},
    told={(1, 5): "姓名", (1, 7): "姓名"},
    note="somebody struck through must not come in as living here without a word",
    changed="the words were to repeat the remark; they say that the row is struck through and what to do",
)
def _(path: Path) -> None:
    rows = [[*usual(i + 1, who(i)), ""] for i in range(4)]
    rows[1][6], rows[3][6] = "已故2025.3", "2024年迁出"
    workbook = titled([*USUAL, "备注"], rows)
    for row in (5, 7):
        for cell in workbook.active[row]:
            cell.font = Font(strike=True, color="FF0000")
    save(workbook, path)


@book(
    "43系统导出的表.xlsx",
    "made by a Java program: strings in line, and the sheet says that it ends at A1",
    people=sheet_rows(4, [seen(who(i)) for i in range(5)]),
    homes=3,
)
def _(path: Path) -> None:
    workbook = titled(USUAL, [usual(i + 1, who(i)) for i in range(5)])
    for row in workbook.active.iter_rows(min_row=4, max_row=8, min_col=2, max_col=2):
        row[0].value = CellRichText(
            row[0].value[:1], TextBlock(InlineFont(b=True), row[0].value[1:])
        )
    save(
        workbook,
        path,
        sheet1=lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', xml),
    )


@book(
    "44苹果日期.xlsx",
    "a workbook that counts its days from 1904",
    people=sheet_rows(4, [{"name": who(i).name, "born": who(i).born} for i in range(3)]),
)
def _(path: Path) -> None:
    rows = [
        [i + 1, who(i).name, who(i).sex, dt.datetime.fromisoformat(who(i).born), who(i).address]
        for i in range(3)
    ]
    workbook = titled(["序号", "姓名", "性别", "出生年月", "住址"], rows)
    workbook.epoch = CALENDAR_MAC_1904
    save(workbook, path)


@book(
    "45外籍和港澳.xlsx",
    "passports and travel permits in the column of ID numbers, the kind in a column of its own",
    people=sheet_rows(
        4,
        [
            seen(who(i), "name", id=number)
            for i, number in enumerate((who(0).id, "E12345678", "H12345678", "01234567"))
        ],
    ),
    changed="a passport was no ID number to us; the roster keeps the numbers of other papers by their kind",
)
def _(path: Path) -> None:
    papers = [
        ("居民身份证", who(0).id),
        ("护照", "E12345678"),
        ("港澳居民来往内地通行证", "H12345678"),
        ("台胞证", "01234567"),
    ]
    rows = [
        [i + 1, who(i).name, kind, number, who(i).address]
        for i, (kind, number) in enumerate(papers)
    ]
    save(titled(["序号", "姓名", "证件类型", "证件号码", "住址"], rows), path)


# --- households -------------------------------------------------------------------------------------------------------

STATES = [
    ("自住", "lives_here"), ("出租", "let"), ("空置", "vacant"), ("人户分离", "elsewhere"), ("常住", "lives_here"),
    ("空关", "vacant"), ("已出租", "let"), ("空房", "vacant"),
]  # fmt: skip


def homes_of(first: int, count: int) -> dict[tuple[int, int], dict[str, Any]]:
    return sheet_rows(
        first,
        [
            {
                "place": f"2/1/{101 + 100 * i}",
                "status": STATES[i][1],
                "head": "" if "空" in STATES[i][0] else NAMES[i],
            }
            for i in range(count)
        ],
    )


@book(
    "46住户情况表.xlsx",
    "one row a household: building merged down, state of the home in eight words, people as 3人, area as 89.5㎡, a total",
    register="households",
    people=homes_of(4, 8),
    homes=8,
    changed="the head's name was to be kept; a head is a resident, and comes in with the list of residents",
    quiet=[(1, 12), (1, 13)],
)
def _(path: Path) -> None:
    rows: list[list[Any]] = []
    for i, (word, _) in enumerate(STATES):
        empty = "空" in word
        rows.append([
            i + 1, "2幢" if i == 0 else None, "1单元" if i == 0 else None, 101 + 100 * i, "—" if empty else NAMES[i],
            "/" if empty else who(i).phone, word, "0" if empty else "3人", "89.5㎡", "",
        ])  # fmt: skip
    rows += [["合计", None, None, "8户", None, None, None, "15人"], ["制表：王芳    2026年3月"]]
    workbook = titled(
        ["序号", "楼栋", "单元", "房号", "户主", "联系电话", "居住状况", "人口数", "面积", "备注"],
        rows,
        "住户情况表",
    )
    workbook.active.merge_cells("B4:B11")
    workbook.active.merge_cells("C4:C11")
    save(workbook, path)


@book(
    "47说不清的门牌.xlsx",
    "two flats made one, a range of rooms, a room twice, a building nobody knows, no room, a state that is no word",
    register="households",
    people={(1, 4): {"place": "3/1/101"}, (1, 7): {"place": "3/1/301"}},
    refused={(1, 5): "房号", (1, 6): "房号", (1, 10): "房号"},
    told={(1, 8): "301", (1, 9): "楼栋", (1, 11): "居住状况"},
    note="101/102 and 201-203 are not one room and nobody knows how many households they are",
)
def _(path: Path) -> None:
    rows = [
        [1, "3#", 1, "101", NAMES[0], "自住"], [2, "3#", 1, "101/102", NAMES[1], "自住"],
        [3, "3#", 1, "201-203", NAMES[2], "出租"], [4, "3#", 1, 301, NAMES[3], "自住"],
        [5, "3幢", "1单元", "301室", NAMES[3], "自住"], [6, "88幢", 1, 101, NAMES[4], "自住"],
        [7, "3#", 1, None, NAMES[5], "自住"], [8, "3#", 1, 401, NAMES[6], "看情况"],
    ]  # fmt: skip
    save(titled(["序号", "楼栋", "单元", "房号", "户主姓名", "居住状况"], rows, "住户情况表"), path)


@book(
    "48一户一行家人在后.xlsx",
    "one row a household with the address in one cell and the members in columns to the right, names only",
    register="households",
    people={
        (1, 4): {"place": "3/2/501", "head": "李国强"},
        (1, 5): {"place": "1/1/201", "head": "陈玉兰"},
    },
    homes=2,
    note="the columns 成员1 … are unknown ones and are shown as such; nobody is made a resident of a bare name in silence",
    changed="as in 46, the head is no column of a household",
)
def _(path: Path) -> None:
    rows = [
        [1, "台城花园3号楼2单元501", "李国强", "13955014001", "王淑珍", "李明", "李小宝"],
        [2, "台城花园1号楼1单元201室", "陈玉兰", "025-83334002", "刘洋", "/", "/"],
    ]
    save(
        titled(
            ["序号", "门牌地址", "户主姓名", "户主电话", "成员1", "成员2", "成员3"],
            rows,
            "家庭户登记表",
        ),
        path,
    )


# --- all of them ------------------------------------------------------------------------------------------------------


def write_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for entry in BOOKS.values():
        entry.write(folder / entry.file)


def table() -> str:
    lines = [
        "# What the office expects of its own workbooks",
        "",
        "Written before the importer was read; made by `office_books.py`. Where an expectation was not fair, the last",
        "column says what it was and why it is another now. “Told” rows may come in or not, but somebody must hear of",
        "them; “refused” rows may not come in; “quiet” rows are no rows at all.",
        "",
        "| workbook | habit | comes out | refused (row: heading) | told (row: about) | quiet rows | never / note | changed since, and why |",
        "|---|---|---|---|---|---|---|---|",
    ]

    def rows(found: dict[tuple[int, int], str]) -> str:
        return "; ".join(
            f"{'' if s == 1 else f'sheet {s} '}{r}: {w}" for (s, r), w in found.items()
        )

    for entry in BOOKS.values():
        thing = "homes" if entry.register == "households" else "persons"
        out = (
            f"the file is refused: {entry.whole}" if entry.whole else f"{len(entry.people)} {thing}"
        )
        out += f", {entry.homes} homes" if entry.homes and thing == "persons" else ""
        last = " · ".join(
            filter(None, ["never " + " ".join(entry.never) if entry.never else "", entry.note])
        )
        cells = [
            entry.file, entry.habit, out, rows(entry.refused), rows(entry.told),
            ", ".join(str(r) for _, r in entry.quiet), last,
            entry.changed,
        ]  # fmt: skip
        lines.append(
            "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
    Path(sys.argv[1], "EXPECTATIONS.md").write_text(table(), encoding="utf-8")
