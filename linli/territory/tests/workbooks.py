"""Workbooks made for tests, from plain lists."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter

Rows = Sequence[Sequence[Any]]


def workbook(sheets: Mapping[str, Rows], *, merge: Callable[[Any], None] | None = None) -> bytes:
    """Return an .xlsx with these sheets; `merge` may do more to the workbook before it closes."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        dates = book.add_format({"num_format": "m-d"})
        for title, rows in sheets.items():
            page = book.add_worksheet(title)
            for at, row in enumerate(rows):
                for place, value in enumerate(row):
                    if hasattr(value, "isoformat"):
                        page.write_datetime(at, place, value, dates)
                    elif isinstance(value, str):
                        page.write_string(at, place, value)
                    elif value is not None:
                        page.write(at, place, value)
        if merge is not None:
            merge(book)
    return stream.getvalue()


WEST, SOUTH, CELL = 117.700, 39.040, 0.004


def _box(column: float, row: float, width: float = 1.0, height: float = 1.0) -> str:
    x, y = WEST + column * CELL, SOUTH + row * CELL
    right, top = x + width * CELL, y + height * CELL
    corners = [(x, y), (right, y), (right, top), (x, top), (x, y)]
    return ";".join(f"{one:.6f},{other:.6f}" for one, other in corners)


def estates_of_lb_01() -> dict[str, Rows]:
    """Return a community like LB-01: 26 estates, 3 large and 13 small grids, 5,200 dwellings."""
    areas: list[list[Any]] = [
        ["编码", "名称", "层级", "网格类型", "上级编码", "规划户数", "边界"],
        ["101", "东片大网格", "大网格", "", "", "", _box(0, 0, 5, 1)],
        ["102", "中片大网格", "大网格", "", "", "", _box(0, 1, 4, 1)],
        ["103", "西片大网格", "大网格", "", "", "", _box(0, 2, 4, 1)],
    ]
    cells = [(column, row) for row, many in ((0, 5), (1, 4), (2, 4)) for column in range(many)]
    for number, (column, row) in enumerate(cells, start=1):
        areas.append(
            [
                f"{number:03d}",
                f"第{number}网格",
                "网格",
                "综合",
                f"10{row + 1}",
                400,
                _box(column, row),
            ]
        )
    areas.append(["201", "滨海商圈", "网格", "专属", "", "", _box(4, 1, 1, 1)])
    areas.append(["202", "第一中学", "网格", "专属", "", "", _box(4, 2, 1, 1)])
    estates: list[list[Any]] = [["编码", "名称", "地址"]]
    buildings: list[list[Any]] = [["小区编码", "楼栋编码", "网格编码", "层数", "经度", "纬度"]]
    entrances: list[list[Any]] = [["小区编码", "楼栋编码", "单元编码"]]
    dwellings: list[list[Any]] = [["小区编码", "楼栋编码", "单元编码", "房号"]]
    for estate in range(26):
        code = f"XQ{estate + 1:02d}"
        estates.append([code, f"海滨第{estate + 1}小区", f"滨海路 {estate + 1} 号"])
        for building in range(1, 6):
            # Every other estate spans two grids: its last building stands in the next one.
            spans = estate % 2 and building == 5
            at = (estate // 2 + int(bool(spans))) % 13
            column, row = cells[at]
            x = WEST + (column + 0.1 + 0.15 * building) * CELL
            y = SOUTH + (row + 0.3 + 0.3 * (estate % 2)) * CELL
            named = f"{at + 1:03d}" if building % 2 else "—"
            buildings.append([code, building, named, 10, round(x, 6), round(y, 6)])
            for entrance in (1, 2):
                entrances.append([code, float(building), entrance])
                for storey in range(1, 11):
                    for door in (1, 2):
                        dwellings.append([code, building, entrance, storey * 100 + door])
    places = [
        ["编码", "名称", "小区编码", "经度", "纬度"],
        ["DM", "东门", "XQ01", 117.7005, 39.0405],
    ]
    return {
        "区域": areas,
        "小区": estates,
        "楼栋": buildings,
        "单元": entrances,
        "户室": dwellings,
        "点位": places,
    }
