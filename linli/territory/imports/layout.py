"""The shape of an import: which sheets there are, and which columns each of them has.

A workbook is an office's own paper, so its headings are Chinese whatever the language of the
screen; the English names are taken as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from linli.territory.models import GridKind, Level


class Table(StrEnum):
    """What a row is about, in the order in which rows depend on each other."""

    AREA = "AREA"
    ESTATE = "ESTATE"
    BUILDING = "BUILDING"
    ENTRANCE = "ENTRANCE"
    DWELLING = "DWELLING"
    PLACE = "PLACE"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key in the code, its heading, other headings taken for it, and an example."""

    key: str
    heading: str
    also: tuple[str, ...] = ()
    required: bool = False  # the column has to be there
    example: str | float = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of the workbook."""

    table: Table
    title: str
    also: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        """Return the column with this key."""
        return next(column for column in self.columns if column.key == key)


_LONGITUDE = Column("longitude", "经度", ("lng", "lon", "longitude", "x"), example=121.5272)
_LATITUDE = Column("latitude", "纬度", ("lat", "latitude", "y"), example=31.1774)
_ESTATE = Column(
    "estate",
    "小区编码",
    ("小区", "所属小区", "小区名称", "estate"),
    required=True,
    example="YGHY",
    note="“小区”表中的编码或名称",
)
_BUILDING = Column(
    "building",
    "楼栋编码",
    ("楼栋", "所属楼栋", "楼号", "幢号", "building"),
    required=True,
    example="3",
    note="“楼栋”表中的编码或名称",
)

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        Table.AREA,
        "区域",
        ("网格", "areas", "grids"),
        (
            Column(
                "code",
                "编码",
                ("区域编码", "网格编码", "网格编号", "代码", "code"),
                required=True,
                example="001",
                note="完整编码（社区 12 位码后每级加 3 位）；也可只写本级 3 位，如 001",
            ),
            Column(
                "name", "名称", ("区域名称", "网格名称", "name"), required=True, example="第一网格"
            ),
            Column(
                "level",
                "层级",
                ("级别", "level"),
                required=True,
                example="网格",
                note="大网格、网格、微网格",
            ),
            Column(
                "kind",
                "网格类型",
                ("类型", "网格类别", "kind"),
                example="综合",
                note="综合或专属，只有“网格”一级填写；不填为综合",
            ),
            Column(
                "parent",
                "上级编码",
                ("上级", "上级名称", "所属大网格", "parent"),
                note="上级区域的编码或名称；不填时按编码找上级，找不到就挂在社区下",
            ),
            Column(
                "households_planned",
                "规划户数",
                ("户数", "households"),
                example=420,
                note="城市网格一般 300—500 户",
            ),
            Column(
                "boundary",
                "边界",
                ("范围", "坐标串", "boundary"),
                note="“经度,纬度;经度,纬度;…”，首尾相同；也可填 WKT，或另用 GeoJSON 文件导入",
            ),
        ),
    ),
    Sheet(
        Table.ESTATE,
        "小区",
        ("小区名单", "estates"),
        (
            Column("code", "编码", ("小区编码", "代码", "code"), required=True, example="YGHY"),
            Column("name", "名称", ("小区名称", "小区", "name"), required=True, example="阳光花园"),
            Column("address", "地址", ("小区地址", "address"), example="府东路 18 号"),
            Column("boundary", "边界", ("范围", "坐标串", "boundary")),
        ),
    ),
    Sheet(
        Table.BUILDING,
        "楼栋",
        ("楼幢", "buildings"),
        (
            _ESTATE,
            Column(
                "code",
                "楼栋编码",
                ("编码", "楼号", "幢号", "栋号", "楼栋号", "code"),
                required=True,
                example="3",
            ),
            Column(
                "name",
                "名称",
                ("楼栋名称", "楼栋", "name"),
                example="3号楼",
                note="不填为“编码+号楼”",
            ),
            Column(
                "grid",
                "网格编码",
                ("网格", "所属网格", "网格名称", "grid"),
                example="001",
                note="综合网格的编码或名称；不填时按坐标找所在网格",
            ),
            Column("micro_grid", "微网格编码", ("微网格", "所属微网格", "micro_grid")),
            Column("storeys", "层数", ("楼层数", "storeys"), example=6),
            _LONGITUDE,
            _LATITUDE,
        ),
    ),
    Sheet(
        Table.ENTRANCE,
        "单元",
        ("entrances",),
        (
            _ESTATE,
            _BUILDING,
            Column(
                "code", "单元编码", ("编码", "单元", "单元号", "code"), required=True, example="1"
            ),
            Column("name", "名称", ("单元名称", "name"), example="1单元", note="不填为“编码+单元”"),
        ),
    ),
    Sheet(
        Table.DWELLING,
        "户室",
        ("户", "房屋", "dwellings"),
        (
            _ESTATE,
            _BUILDING,
            Column(
                "entrance",
                "单元编码",
                ("单元", "单元号", "entrance"),
                required=True,
                example="1",
                note="“单元”表中的编码或名称",
            ),
            Column(
                "room", "房号", ("室号", "门牌", "房间号", "room"), required=True, example="502"
            ),
            Column("storey", "楼层", ("所在层", "storey"), example=5, note="不填时按房号推算"),
        ),
    ),
    Sheet(
        Table.PLACE,
        "点位",
        ("场所", "places"),
        (
            Column("code", "编码", ("点位编码", "代码", "code"), required=True, example="NM"),
            Column(
                "name", "名称", ("点位名称", "点位", "name"), required=True, example="南门快递柜"
            ),
            Column(
                "grid",
                "网格编码",
                ("网格", "所属网格", "网格名称", "grid"),
                note="不填时按坐标找所在网格",
            ),
            Column("estate", "小区编码", ("小区", "所属小区", "小区名称", "estate")),
            _LONGITUDE,
            _LATITUDE,
        ),
    ),
)

SHEET_OF: Mapping[Table, Sheet] = {sheet.table: sheet for sheet in SHEETS}

LEVEL_WORDS: Mapping[str, str] = {
    "市": Level.CITY,
    "城市": Level.CITY,
    "区": Level.DISTRICT,
    "县": Level.DISTRICT,
    "区县": Level.DISTRICT,
    "街道": Level.SUBDISTRICT,
    "镇": Level.SUBDISTRICT,
    "乡镇": Level.SUBDISTRICT,
    "社区": Level.COMMUNITY,
    "大网格": Level.LARGE_GRID,
    "网格": Level.GRID,
    "小网格": Level.GRID,
    "微网格": Level.MICRO_GRID,
    **{level.value.lower(): level.value for level in Level},
}

KIND_WORDS: Mapping[str, str] = {
    "综合": GridKind.COMPREHENSIVE,
    "综合网格": GridKind.COMPREHENSIVE,
    "专属": GridKind.DEDICATED,
    "专属网格": GridKind.DEDICATED,
    "专业网格": GridKind.DEDICATED,
    **{kind.value.lower(): kind.value for kind in GridKind},
}
