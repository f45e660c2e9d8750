"""Workbooks that go out: the blank template, and the register in the template's own form."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from linli.territory.imports.layout import SHEET_OF, SHEETS, Column, Sheet, Table
from linli.territory.models import Area as AreaRow
from linli.territory.models import Building, Dwelling, Estate, GridKind, Level, Place

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_LEVEL_NAMES = {
    Level.CITY: "市",
    Level.DISTRICT: "区",
    Level.SUBDISTRICT: "街道",
    Level.COMMUNITY: "社区",
    Level.LARGE_GRID: "大网格",
    Level.GRID: "网格",
    Level.MICRO_GRID: "微网格",
}
_KIND_NAMES = {GridKind.COMPREHENSIVE: "综合", GridKind.DEDICATED: "专属"}
_NUMBERS = frozenset({"households_planned", "storeys", "storey", "longitude", "latitude"})
_ROWS_READY = 2_000  # rows of the template whose cells are text already

_HOW_TO = (
    "一、本表用于一次性导入或更新一个社区的网格、小区、楼栋、单元、户室和点位。",
    "二、用不到的工作表可以留空或删除；列的顺序可以调整，列名请勿修改。带 * 的列必须填写。",
    "三、从第二行起填写。编码列已设为文本格式，请勿改成数字，以免丢失前面的 0 或末尾数字。",
    "四、网格编码为社区 12 位编码后每级加 3 位；也可以只写本级的 3 位（如 001），系统自动补全。",
    "五、一栋楼只归一个综合网格；一个小区可以跨网格。专属网格（商圈、学校、园区等）不登记楼栋。",
    "六、经纬度以度为单位。导入时须选明坐标系：WGS-84（GPS、天地图）、GCJ-02（高德、腾讯）"
    "或 BD-09（百度）。",
    "七、空着的单元格不改动原有内容；“无”“—”“/”按空处理。同一份表导入两次，第二次不会产生任何变化。",
    "八、导入前先显示预览：新增、变更、不变各多少，问题在哪一表、哪一行、哪一列；确认后才写入。",
    "九、本表不收集任何居民个人信息，请勿增加姓名、电话、身份证号等列。",
)


def write_template() -> bytes:
    """Return the blank workbook: instructions with examples, then each sheet with its headings."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        _write_how_to(book)
        heading, text = _formats(book)
        for sheet in SHEETS:
            page = book.add_worksheet(sheet.title)
            _write_headings(page, sheet, heading, text)
            _offer_choices(page, sheet)
    return stream.getvalue()


def write_register(*, tables: Mapping[Table, Iterable[Any]]) -> bytes:
    """Return a workbook of register rows, in the columns that an import takes."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        heading, text = _formats(book)
        for table, rows in tables.items():
            sheet = SHEET_OF[table]
            page = book.add_worksheet(sheet.title)
            _write_headings(page, sheet, heading, text)
            for number, row in enumerate(rows, start=1):
                for place, value in enumerate(_line(sheet, row)):
                    if value is None or value == "":
                        continue
                    if isinstance(value, str):
                        page.write_string(number, place, value, text)
                    else:
                        page.write_number(number, place, value)
    return stream.getvalue()


def _write_how_to(book: Any) -> None:
    page = book.add_worksheet("说明")
    title = book.add_format({"bold": True, "font_size": 16})
    body = book.add_format({"text_wrap": True, "valign": "top", "align": "left"})
    heading, _text = _formats(book)
    page.set_column(0, 1, 12)
    page.set_column(2, 2, 8)
    page.set_column(3, 3, 16)
    page.set_column(4, 4, 64)
    page.merge_range(0, 0, 0, 4, "邻里 · 社区底册导入模板", title)
    page.set_row(0, 28)
    for number, line in enumerate(_HOW_TO, start=1):
        page.merge_range(number, 0, number, 4, line, body)
        page.set_row(number, 34 if len(line) > 52 else 18)
    number = len(_HOW_TO) + 2
    page.write_row(number, 0, ("工作表", "列", "必填", "示例", "说明"), heading)
    for sheet in SHEETS:
        for column in sheet.columns:
            number += 1
            must = "是" if column.required else ""
            page.write_row(
                number, 0, (sheet.title, column.heading, must, column.example, column.note), body
            )


def _formats(book: Any) -> tuple[Any, Any]:
    heading = book.add_format({"bold": True, "bg_color": "#E8F0EC", "border": 1})
    text = book.add_format({"num_format": "@"})
    return heading, text


def _write_headings(page: Any, sheet: Sheet, heading: Any, text: Any) -> None:
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, _width(column), None if _is_number(column) else text)
        page.write(0, place, column.heading + ("*" if column.required else ""), heading)
    page.freeze_panes(1, 0)


def _offer_choices(page: Any, sheet: Sheet) -> None:
    choices = {
        "level": ["大网格", "网格", "微网格"],
        "kind": ["综合", "专属"],
    }
    for place, column in enumerate(sheet.columns):
        if sheet.table == Table.AREA and column.key in choices:
            page.data_validation(
                1,
                place,
                _ROWS_READY,
                place,
                {"validate": "list", "source": choices[column.key], "error_type": "warning"},
            )


def _width(column: Column) -> int:
    wide = {"code": 22, "name": 20, "address": 30, "boundary": 40, "parent": 22, "grid": 22}
    return wide.get(column.key, 14)


def _is_number(column: Column) -> bool:
    return column.key in _NUMBERS


def _line(sheet: Sheet, row: Any) -> Sequence[Any]:
    values = _VALUES[sheet.table](row)
    return [values.get(column.key) for column in sheet.columns]


def _area(row: AreaRow) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "level": _LEVEL_NAMES[Level(row.level)],
        "kind": _KIND_NAMES[GridKind(row.kind)] if row.kind else "",
        "parent": row.parent.code if row.parent else "",
        "households_planned": row.households_planned,
    }


def _estate(row: Estate) -> dict[str, Any]:
    return {"code": row.code, "name": row.name, "address": row.address}


def _building(row: Building) -> dict[str, Any]:
    return {
        "estate": row.estate.code,
        "code": row.code,
        "name": row.name,
        "grid": row.grid.code,
        "micro_grid": row.micro_grid.code if row.micro_grid else "",
        "storeys": row.storeys,
        "longitude": row.longitude,
        "latitude": row.latitude,
    }


def _dwelling(row: Dwelling) -> dict[str, Any]:
    building = row.entrance.building
    return {
        "estate": building.estate.code,
        "building": building.code,
        "entrance": row.entrance.code,
        "room": row.room,
        "storey": row.storey,
    }


def _entrance(row: Any) -> dict[str, Any]:
    return {
        "estate": row.building.estate.code,
        "building": row.building.code,
        "code": row.code,
        "name": row.name,
    }


def _place(row: Place) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "grid": row.grid.code if row.grid else "",
        "estate": row.estate.code if row.estate else "",
        "longitude": row.longitude,
        "latitude": row.latitude,
    }


_VALUES: Mapping[Table, Any] = {
    Table.AREA: _area,
    Table.ESTATE: _estate,
    Table.BUILDING: _building,
    Table.ENTRANCE: _entrance,
    Table.DWELLING: _dwelling,
    Table.PLACE: _place,
}
