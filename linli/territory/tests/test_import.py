import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.core.actor import Actor
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.core.sheets import (
    ImportRefused,
    NotAWorkbook,
    OldWorkbook,
    SheetTooLarge,
    TextTable,
    WorkbookDamaged,
    WorkbookTooLarge,
)
from linli.territory import queries
from linli.territory.geometry import Datum
from linli.territory.imports import (
    Plan,
    PlanHasFaults,
    PlanOutdated,
    Source,
    Table,
    bring_in,
    preview,
    read_geojson,
    read_workbook,
    write_register,
    write_template,
)
from linli.territory.imports.causes import ranges_of
from linli.territory.imports.planning import plan_against
from linli.territory.imports.register import Register
from linli.territory.imports.source import NoKnownSheet, NotGeoJson, NothingInFile, RawRow
from linli.territory.models import Area, Building, Dwelling, Entrance, Estate, Place
from linli.territory.tests.workbooks import Rows, estates_of_lb_01, workbook
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

GRIDS: Rows = [["编码", "名称", "层级"], ["009", "第九网格", "网格"]]
ESTATES: Rows = [["编码", "名称"], ["LY", "柳苑"]]
BUILDINGS: Rows = [["小区编码", "楼栋编码", "网格编码"], ["LY", "1", "009"]]


def take(cast: Cast, data: bytes, **options: Any) -> Plan:
    return bring(cast, read_workbook(data=data), **options)


def bring(cast: Cast, source: Source, **options: Any) -> Plan:
    return bring_in(
        community_id=options.pop("community_id", cast.community.pk),
        source=source,
        datum=options.pop("datum", Datum.WGS_84),
        actor=options.pop("actor", cast.actor(cast.zhou_min)),
        at=NOW,
        **options,
    )


def look(cast: Cast, data: bytes, actor: Actor | None = None) -> Plan:
    return preview(
        community_id=cast.community.pk,
        source=read_workbook(data=data),
        datum=Datum.WGS_84,
        actor=actor or cast.actor(cast.zhou_min),
    )


def said(plan: Plan) -> list[tuple[str, int, str]]:
    return [(fault.sheet, fault.row, fault.column) for fault in plan.faults]


# --- What goes well -----------------------------------------------------------------------------


def test_a_community_of_26_estates_moves_in_from_one_workbook(cast: Cast) -> None:
    data = workbook(estates_of_lb_01())
    began = time.monotonic()
    plan = take(cast, data, community_id=cast.elsewhere.pk, actor=cast.actor(cast.outsider))
    assert time.monotonic() - began < 30
    inside = Area.objects.filter(community=cast.elsewhere).exclude(pk=cast.elsewhere_grid.pk)
    assert inside.filter(level="LARGE_GRID").count() == 3
    assert inside.filter(level="GRID", kind="COMPREHENSIVE").count() == 13
    assert inside.filter(level="GRID", kind="DEDICATED").count() == 2
    assert Estate.objects.filter(community=cast.elsewhere, code__startswith="XQ").count() == 26
    mine = Building.objects.filter(estate__code__startswith="XQ")
    assert mine.count() == 130
    assert all(building.grid.kind == "COMPREHENSIVE" for building in mine.select_related("grid"))
    assert (
        Dwelling.objects.filter(entrance__building__estate__code__startswith="XQ").count() == 5200
    )
    spanning = Building.objects.filter(estate__code="XQ02").values("grid").distinct().count()
    assert spanning == 2
    assert plan.is_clean
    again = take(cast, data, community_id=cast.elsewhere.pk, actor=cast.actor(cast.outsider))
    assert again.changes_nothing


def test_the_same_file_twice_changes_nothing_and_tells_nothing(cast: Cast) -> None:
    data = workbook({"区域": GRIDS, "小区": ESTATES, "楼栋": BUILDINGS})
    take(cast, data)
    events = Event.objects.count()
    plan = take(cast, data)
    assert plan.changes_nothing
    assert [count.unchanged for count in plan.counts] == [1, 1, 1]
    assert Event.objects.count() == events


def test_an_import_is_one_event_that_causes_the_others(cast: Cast) -> None:
    take(cast, workbook({"区域": GRIDS, "小区": ESTATES, "楼栋": BUILDINGS}))
    whole = Event.objects.get(name="territory.register_imported")
    assert whole.facts["new_changed_unchanged_bad"]["building"] == [1, 0, 0, 0]
    caused = Event.objects.filter(cause=whole).values_list("name", flat=True)
    assert sorted(caused) == [
        "territory.area_added",
        "territory.building_added",
        "territory.estate_added",
    ]


def test_a_changed_row_changes_only_what_it_says(cast: Cast) -> None:
    plan = take(
        cast,
        workbook(
            {"楼栋": [["小区", "楼号", "名称", "网格", "层数"], ["翠园", "3", "三号楼", "", "—"]]}
        ),
    )
    cast.building.refresh_from_db()
    assert (cast.building.name, cast.building.storeys) == ("三号楼", 6)
    assert (cast.building.grid, cast.building.longitude) == (cast.grid, 118.801)
    assert plan.rows[0].fields == ("name",)


def test_a_building_that_moves_to_another_grid_is_told_on_its_own(cast: Cast) -> None:
    rows = [["小区编码", "楼栋编码", "网格编码"], ["CY", "5", cast.other_grid.code]]
    with pytest.raises(PlanHasFaults):  # its point lies in the first grid
        take(cast, workbook({"楼栋": rows}))
    Building.objects.filter(pk=cast.next_building.pk).update(longitude=118.8041)
    take(cast, workbook({"楼栋": rows}))
    cast.next_building.refresh_from_db()
    assert cast.next_building.grid == cast.other_grid
    moved = Event.objects.get(name="territory.building_regridded")
    assert moved.facts == {"grid_id": cast.other_grid.pk}


def test_titles_merged_cells_stars_and_floats_are_understood(cast: Cast) -> None:
    rows: Rows = [
        ["府东社区楼栋登记表"],
        ["填表人：某某", None, None, "2026年3月"],
        ["*小区（必填）", "楼号 *", "所属网格", "层 数"],
        ["翠园", 7.0, "第一网格", "６层"],
        [None, "8.0", "第一网格", 6],
        [None, None, None, None],
        ["桂苑", "2", "第二网格", "无"],
    ]

    def merge(book: Any) -> None:
        page = book.get_worksheet_by_name("楼栋")
        page.merge_range("A1:D1", "府东社区楼栋登记表")
        page.merge_range("A4:A5", "翠园")

    take(cast, workbook({"楼栋": rows}, merge=merge))
    found = Building.objects.filter(code__in=["7", "8", "2"]).values_list(
        "estate__name", "code", "name", "grid__name", "storeys"
    )
    assert sorted(found) == [
        ("桂苑", "2", "2号楼", "第二网格", None),
        ("翠园", "7", "7号楼", "第一网格", 6),
        ("翠园", "8", "8号楼", "第一网格", 6),
    ]


def test_a_point_alone_finds_its_grid_and_the_datum_counts(cast: Cast) -> None:
    rows = [["小区", "楼号", "经度", "纬度"], ["翠园", "9", 118.8071, 32.0502]]
    take(cast, workbook({"楼栋": rows}), datum=Datum.GCJ_02)
    made = Building.objects.get(code="9")
    assert made.grid == cast.grid  # in GCJ-02 it is some 500 m further west
    assert made.longitude == pytest.approx(118.8018, abs=0.001)


def test_short_codes_hang_behind_their_parents(cast: Cast) -> None:
    rows = [
        ["编码", "名称", "层级", "上级"],
        ["8", "东片", "大网格", ""],
        ["21", "新一网格", "网格", "东片"],
        ["001", "楼道微网格", "微网格", "新一网格"],
        [f"{cast.community.code}077", "大码网格", "网格", "/"],
    ]
    take(cast, workbook({"区域": rows}))
    base = cast.community.code
    assert Area.objects.get(name="东片").code == f"{base}008"
    micro = Area.objects.get(name="楼道微网格")
    assert micro.code == f"{base}008021001"
    assert (micro.grid.name, micro.large_grid.name) == ("新一网格", "东片")  # type: ignore[union-attr]
    assert Area.objects.get(name="大码网格").parent == cast.community


def test_geojson_brings_grids_estates_buildings_and_places(cast: Cast) -> None:
    def square(x: float, y: float, side: float = 0.001) -> dict[str, Any]:
        ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
        return {"type": "Polygon", "coordinates": [ring]}

    features = [
        {
            "type": "Feature",
            "properties": {"level": "网格", "code": "031", "name": "北网格", "kind": "综合"},
            "geometry": square(118.801, 32.060, 0.004),
        },
        {
            "type": "Feature",
            "properties": {"level": "小区", "code": "BEIY", "name": "北苑"},
            "geometry": square(118.802, 32.061, 0.002),
        },
        {
            "type": "Feature",
            "properties": {"estate": "北苑", "code": 1.0},
            "geometry": square(118.8025, 32.0615, 0.0002),
        },
        {
            "type": "Feature",
            "properties": {"level": "place", "code": "BM", "name": "北门"},
            "geometry": {"type": "Point", "coordinates": [118.8031, 32.0621]},
        },
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode("gb18030")
    plan = bring(cast, read_geojson(data=data))
    assert plan.is_clean
    building = Building.objects.get(estate__code="BEIY")
    assert (building.code, building.name, building.grid.name) == ("1", "1号楼", "北网格")
    assert building.longitude == pytest.approx(118.8026)
    assert Place.objects.get(code="BM").grid == building.grid
    assert queries.grid_at(longitude=118.8015, latitude=32.0605) == building.grid
    assert bring(cast, read_geojson(data=data)).changes_nothing


def test_the_blank_template_is_read_as_empty_and_the_export_as_unchanged(cast: Cast) -> None:
    with pytest.raises(NothingInFile):
        read_workbook(data=write_template())
    tables: dict[Table, Any] = {
        Table.AREA: queries.list_areas(community_id=cast.community.pk),
        Table.ESTATE: queries.list_estates(community_id=cast.community.pk),
        Table.BUILDING: queries.list_buildings(community_id=cast.community.pk),
        Table.ENTRANCE: queries.list_entrances(building_id=cast.building.pk),
        Table.DWELLING: queries.list_dwellings(entrance_id=cast.entrance.pk),
        Table.PLACE: queries.list_places(community_id=cast.community.pk),
    }
    plan = take(cast, write_register(tables=tables))
    assert plan.is_clean
    assert plan.changes_nothing
    assert len(plan.rows) == 3 + 2 + 3 + 2 + 1 + 1


# --- What goes wrong ----------------------------------------------------------------------------

A = "118.820,32.060;118.824,32.060;118.824,32.064;118.820,32.064;118.820,32.060"
OVER_A = "118.822,32.062;118.826,32.062;118.826,32.066;118.822,32.066;118.822,32.062"
OPEN = "118.820,32.060;118.824,32.060;118.824,32.064;118.820,32.064"
CROSSED = "118.820,32.060;118.824,32.064;118.824,32.060;118.820,32.064;118.820,32.060"
HEAD = ["编码", "名称", "层级", "网格类型", "上级编码", "规划户数", "边界"]
BHEAD = ["小区编码", "楼栋编码", "网格编码", "层数", "经度", "纬度"]


def grid(code: Any = "009", **cells: Any) -> list[Any]:
    row = {"编码": code, "名称": "某网格", "层级": "网格", **cells}
    return [row.get(heading) for heading in HEAD]


def building(**cells: Any) -> list[Any]:
    row = {"小区编码": "CY", "楼栋编码": "99", "网格编码": "第一网格", **cells}
    return [row.get(heading) for heading in BHEAD]


@pytest.mark.parametrize(
    ("sheet", "rows", "where"),
    [
        ("区域", [HEAD, grid("12345")], (2, "编码")),
        ("区域", [HEAD, grid("３２０１")], (2, "编码")),
        ("区域", [HEAD, grid("abc")], (2, "编码")),
        ("区域", [HEAD, grid(320102003005001001)], (2, "编码")),
        ("区域", [HEAD, grid("999999999999001")], (2, "编码")),
        ("区域", [HEAD, grid("")], (2, "编码")),
        ("区域", [HEAD, grid(datetime(2026, 3, 1))], (2, "编码")),  # noqa: DTZ001
        ("区域", [HEAD, grid(True)], (2, "编码")),
        ("区域", [HEAD, grid(), grid()], (3, "编码")),
        ("区域", [HEAD, grid(名称="")], (2, "名称")),
        ("区域", [HEAD, grid(名称="长" * 61)], (2, "名称")),
        ("区域", [HEAD, grid(层级="片区")], (2, "层级")),
        ("区域", [HEAD, grid(层级="微网格")], (2, "上级编码")),
        ("区域", [HEAD, grid(网格类型="混合")], (2, "网格类型")),
        ("区域", [HEAD, grid(上级编码="没有")], (2, "上级编码")),
        ("区域", [HEAD, grid(规划户数="约四百")], (2, "规划户数")),
        ("区域", [HEAD, grid(规划户数=-1)], (2, "规划户数")),
        ("区域", [HEAD, grid(规划户数=400.5)], (2, "规划户数")),
        ("区域", [HEAD, grid(边界=OPEN)], (2, "边界")),
        ("区域", [HEAD, grid(边界=CROSSED)], (2, "边界")),
        ("区域", [HEAD, grid(边界="POLYGON((118.8 32.0, 118.9 32.0, 118.9 32.1))")], (2, "边界")),
        ("区域", [HEAD, grid(边界="东到河，西到路")], (2, "边界")),
        ("区域", [HEAD, grid(边界="{坏的")], (2, "边界")),
        ("区域", [HEAD, grid("310115", 层级="区")], (2, "编码")),
        ("区域", [HEAD, grid("001", 层级="大网格")], (2, "层级")),
        ("区域", [HEAD, grid("001", 网格类型="专属")], (2, "网格类型")),
        ("区域", [["编码", "名称"], ["001", "第一"]], (1, "层级")),
        ("区域", [["随便", "写的"], ["一", "二"]], (0, "")),
        ("小区", [["编码", "名称"], ["X1", "某"], ["X1", "某"]], (3, "编码")),
        ("小区", [["名称", "地址"], ["某", "某"]], (1, "编码")),
        ("楼栋", [BHEAD, building(小区编码="没有")], (2, "小区编码")),
        ("楼栋", [BHEAD, building(楼栋编码="")], (2, "楼栋编码")),
        ("楼栋", [BHEAD, building(网格编码="")], (2, "网格编码")),
        ("楼栋", [BHEAD, building(网格编码="没有")], (2, "网格编码")),
        ("楼栋", [BHEAD, building(网格编码="翠园微网格")], (2, "网格编码")),
        ("楼栋", [BHEAD, building(层数="六")], (2, "层数")),
        ("楼栋", [BHEAD, building(层数=1e9)], (2, "层数")),
        ("楼栋", [BHEAD, building(经度=118.801)], (2, "纬度")),
        ("楼栋", [BHEAD, building(经度="118°48′", 纬度=32.052)], (2, "经度")),
        ("楼栋", [BHEAD, building(经度=32.052, 纬度=118.801)], (2, "经度")),
        ("楼栋", [BHEAD, building(经度=118.807, 纬度=32.052)], (2, "经度")),
        ("楼栋", [BHEAD, building(网格编码="", 经度=118.9, 纬度=32.9)], (2, "网格编码")),
        ("单元", [["小区", "楼栋", "单元"], ["翠园", "77", "1"]], (2, "楼栋")),
        ("户室", [["小区", "楼栋", "单元", "房号"], ["翠园", "3", "9", "101"]], (2, "单元")),
        ("户室", [["小区", "楼栋", "单元", "房号"], ["翠园", "3", "1", "无"]], (2, "房号")),
        ("点位", [["编码", "名称", "网格"], ["P", "某", "没有"]], (2, "网格")),
    ],
)
def test_every_fault_names_its_row_and_column_and_changes_nothing(
    cast: Cast, sheet: str, rows: Rows, where: tuple[int, str]
) -> None:
    data = workbook({sheet: rows})
    plan = look(cast, data)
    assert said(plan)[0] == (sheet, *where)
    assert len(plan.faults) == 1
    assert plan.faults[0].sentence
    counted = [model.objects.count() for model in (Area, Estate, Building, Entrance, Place, Event)]
    with pytest.raises(PlanHasFaults):
        take(cast, data)
    assert counted == [
        model.objects.count() for model in (Area, Estate, Building, Entrance, Place, Event)
    ]


def test_overlapping_grids_are_both_named_unless_they_are_of_two_kinds(cast: Cast) -> None:
    both = [HEAD, grid("011", 边界=A), grid("012", 边界=OVER_A, 名称="另一网格")]
    plan = look(cast, workbook({"区域": both}))
    assert said(plan) == [("区域", 2, "边界"), ("区域", 3, "边界")]
    assert "另一网格" in plan.faults[0].sentence
    apart = [HEAD, grid("011", 边界=A), grid("012", 边界=OVER_A, 网格类型="专属")]
    assert look(cast, workbook({"区域": apart})).is_clean


def test_a_grid_that_overlaps_one_of_the_register_is_named(cast: Cast) -> None:
    over = "118.803,32.051;118.806,32.051;118.806,32.053;118.803,32.053;118.803,32.051"
    plan = look(cast, workbook({"区域": [HEAD, grid(边界=over)]}))
    assert said(plan) == [("区域", 2, "边界"), ("区域", 2, "边界")]


def test_rows_that_depend_on_a_bad_row_are_bad_and_the_good_ones_can_be_taken(cast: Cast) -> None:
    data = workbook(
        {
            "区域": [HEAD, grid("009", 规划户数="多"), grid("010", 名称="好网格")],
            "小区": ESTATES,
            "楼栋": [
                ["小区编码", "楼栋编码", "网格编码"],
                ["LY", "1", "009"],
                ["LY", "2", "好网格"],
            ],
            "单元": [["小区", "楼栋", "单元"], ["LY", "1", "1"], ["LY", "2", "1"]],
        }
    )
    with pytest.raises(PlanHasFaults):
        take(cast, data)
    assert not Estate.objects.filter(code="LY").exists()
    plan = take(cast, data, only_good=True)
    assert said(plan) == [("区域", 2, "规划户数"), ("楼栋", 2, "网格编码"), ("单元", 2, "楼栋")]
    assert [fault.row for fault in plan.causes] == [2]  # the others are right with it
    assert list(Building.objects.filter(estate__code="LY").values_list("code", flat=True)) == ["2"]
    assert Entrance.objects.filter(building__estate__code="LY").count() == 1
    assert {count.table: count.bad for count in plan.counts} == {
        Table.AREA: 1,
        Table.ESTATE: 0,
        Table.BUILDING: 1,
        Table.ENTRANCE: 1,
    }


def test_a_wrong_estate_code_is_named_once_with_all_rows_that_use_it(cast: Cast) -> None:
    buildings = [BHEAD, *(building(小区编码="XQ99", 楼栋编码=str(n)) for n in range(1, 38))]
    buildings[4] = building(小区编码="CY", 楼栋编码="66", 经度=118.801, 纬度=32.052)
    entrances = [["小区", "楼栋", "单元"], ["XQ99", "1", "1"], ["翠园", "3", "7"]]
    plan = look(cast, workbook({"楼栋": buildings, "单元": entrances}))
    assert len(plan.faults) == 37
    (cause,) = plan.causes
    assert (cause.sheet, cause.row, cause.column, cause.value) == ("楼栋", 2, "小区编码", "XQ99")
    assert "37" in cause.sentence
    assert "楼栋 2–4, 6–38；单元 2" in cause.sentence
    assert {count.table: count.bad for count in plan.counts} == {
        Table.BUILDING: 36,
        Table.ENTRANCE: 1,
    }
    with pytest.raises(PlanHasFaults) as refused:
        take(cast, workbook({"楼栋": buildings}))
    assert "1" in str(refused.value)


def test_the_same_building_number_missing_in_two_estates_is_two_causes(cast: Cast) -> None:
    rows = [["小区", "楼栋", "单元"], ["翠园", "77", "1"], ["桂苑", "77", "1"], ["翠园", "77", "2"]]
    plan = look(cast, workbook({"单元": rows}))
    assert [(cause.row, cause.column) for cause in plan.causes] == [(2, "楼栋"), (3, "楼栋")]
    assert "单元 2, 4" in plan.causes[0].sentence
    assert "77" not in plan.causes[1].sentence  # a single row says what it always said


@pytest.mark.parametrize(
    ("rows", "said_so"),
    [
        ([5], "5"),
        ([5, 5, 6], "5–6"),
        ([9, 5, 6, 7], "5–7, 9"),
        (range(1, 41, 2), "1, 3, 5, 7, 9, 11, 13, 15, …"),
    ],
)
def test_row_numbers_are_said_in_few_words(rows: list[int], said_so: str) -> None:
    assert ranges_of(rows=rows) == said_so


def test_a_register_that_moved_since_the_preview_is_not_overwritten(cast: Cast) -> None:
    data = workbook({"小区": ESTATES})
    seen = look(cast, data).fingerprint
    Estate.objects.create(community=cast.community, code="LY", name="别人先建")
    with pytest.raises(PlanOutdated):
        take(cast, data, expected=seen)
    assert Estate.objects.get(code="LY").name == "别人先建"


def test_only_those_who_keep_the_register_may_import(cast: Cast) -> None:
    data = workbook({"小区": ESTATES})
    for account in (cast.outsider, cast.qian, cast.nobody_yet):
        with pytest.raises(NotFound):
            look(cast, data, actor=cast.actor(account))
    for account in (cast.xu, cast.li, cast.gu, cast.wang, cast.fang):
        with pytest.raises(NotEntitled):
            look(cast, data, actor=cast.actor(account))


# --- Files that are none ------------------------------------------------------------------------


def _zip(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return stream.getvalue()


def _far_cell() -> bytes:
    def merge(book: Any) -> None:
        book.get_worksheet_by_name("小区").write(1_048_575, 16_383, "x")

    return workbook({"小区": ESTATES}, merge=merge)


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (lambda: b"", NotAWorkbook),
        (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, OldWorkbook),
        (lambda: "编码,名称\n1,某\n".encode("gbk"), TextTable),
        (lambda: "编码\t名称\n1\t某\n".encode(), TextTable),
        (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 64, NotAWorkbook),
        (lambda: b"PK\x03\x04" + b"\0" * 64, WorkbookDamaged),
        (lambda: workbook({"小区": ESTATES})[:-200], WorkbookDamaged),
        (lambda: _zip({"word/document.xml": b"<w/>"}), NotAWorkbook),
        (lambda: _zip({"xl/workbook.xml": b"<broken"}), WorkbookDamaged),
        (
            lambda: _zip({"xl/workbook.xml": b"<w/>", "xl/media/a.bin": b"\0" * (210 << 20)}),
            WorkbookTooLarge,
        ),
        (_far_cell, SheetTooLarge),
        (lambda: workbook({"通讯录": [["a"]]}), NoKnownSheet),
        (lambda: workbook({"小区": [["编码", "名称"]]}), NothingInFile),
    ],
)
def test_a_file_that_is_no_register_says_what_to_do(
    make: Callable[[], bytes], refusal: type[ImportRefused]
) -> None:
    with pytest.raises(ImportRefused) as caught:
        read_workbook(data=make())
    assert type(caught.value) is refusal
    assert str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"type": "Feature"}',
        b'{"type": "FeatureCollection"}',
        b'{"type": "FeatureCollection", "features": 5}',
        b"[" * 100_000,
        b"\xff\xfe\x00\xd8",
    ],
)
def test_what_is_no_geojson_is_refused(data: bytes) -> None:
    with pytest.raises(NotGeoJson):
        read_geojson(data=data)


@pytest.mark.parametrize(
    "feature",
    [
        None,
        5,
        {"type": "Feature"},
        {"properties": {}},
        {"properties": {"level": "银河"}},
        {"properties": {"level": "网格", "code": {"a": 1}, "name": ["x"]}, "geometry": 5},
        {
            "properties": {"level": "网格", "code": "009", "name": "x"},
            "geometry": {"type": "Point"},
        },
        {"properties": {"estate": "翠园", "code": "8"}, "geometry": {"type": "LineString"}},
        {"properties": {"level": "点位", "code": "8", "name": "x"}, "geometry": {"type": "Point"}},
    ],
)
def test_a_bad_feature_is_named_by_its_number(cast: Cast, feature: Any) -> None:
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    plan = preview(
        community_id=cast.community.pk,
        source=read_geojson(data=data),
        datum=Datum.WGS_84,
        actor=cast.actor(cast.shen),
    )
    assert {fault.row for fault in plan.faults} == {1}
    assert not plan.rows


CELL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["CY", "3", "翠园", "第一网格", "001", "无", "118.801", "32.052"]),
)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=6, max_size=6), max_size=5))
def test_whatever_stands_in_the_cells_a_plan_comes_out(rows: list[list[Any]]) -> None:
    community = Area(pk=1, code="320102003005", name="府东社区", level="COMMUNITY")
    keys = ["estate", "code", "grid", "storeys", "longitude", "latitude"]
    source = Source(
        rows=tuple(
            RawRow(Table.BUILDING, "楼栋", at, dict(zip(keys, row, strict=True)))
            for at, row in enumerate(rows)
        )
    )
    empty = Register(community, {table: {} for table in Table}, {})
    plan = plan_against(register=empty, source=source, datum=Datum.GCJ_02)
    assert len(plan.rows) + plan.bad.get(Table.BUILDING, 0) == len(rows)
