"""An empty, real community moves in: 26 estates, 3 large and 13 small grids from one workbook."""

from copy import deepcopy

import pytest

from linli.matters.models import Matter
from linli.territory.models import Area, Building, Dwelling, Entrance, Estate, GridKind, Level
from linli.territory.tests.workbooks import estates_of_lb_01, workbook
from tests.journeys.hands import (
    press,
    read,
    report_as_resident,
    sign_in_for_the_first_time,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def brings(page, data):
    """Choose a workbook, say in which coordinate system it is, and look at what it would do."""
    page.goto("/places/import/")
    page.set_input_files(
        "input[type=file]",
        {
            "name": "滨海社区底册.xlsx",
            "mimeType": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "buffer": data,
        },
    )
    page.get_by_label("WGS-84").check()
    press(page, "预览")


def counts():
    """Return how much of everything stands in the register."""
    inside = Area.objects.exclude(grid_id=None, parent__level=Level.SUBDISTRICT)
    return {
        "estates": Estate.objects.count(),
        "large": inside.filter(level=Level.LARGE_GRID).count(),
        "small": inside.filter(level=Level.GRID, kind=GridKind.COMPREHENSIVE).count(),
        "buildings": Building.objects.count(),
    }


NOTHING = {"estates": 0, "large": 0, "small": 0, "buildings": 0}


def with_mistakes(sheets):
    """Return the workbook as it is first typed: four cells are wrong."""
    sheets = deepcopy(sheets)
    sheets["区域"][5][2] = "小网格子"
    sheets["楼栋"][8][4] = 17.7
    sheets["户室"][40][3] = ""
    sheets["点位"][1][2] = "XQ99"
    return sheets


MISTAKES = {
    ("区域", "6", "层级"),
    ("楼栋", "9", "经度"),
    ("户室", "41", "房号"),
    ("点位", "2", "小区编码"),
}


def test_moving_in_from_a_workbook(secretary, browse, clock):
    page = browse()
    sign_in_for_the_first_time(page, secretary.password, username="guo")
    page.goto("/places/")
    read(page, "底册还是空的")

    # The first workbook has mistakes: each is said by sheet, row and column, and nothing changes.
    sheets = estates_of_lb_01()
    brings(page, workbook(with_mistakes(sheets)))
    read(page, "处问题", "尚未写入任何内容")
    faults = [row.split("\t") for row in page.locator(".table-cards tr").all_inner_texts()[1:]]
    named = {tuple(fault[:3]) for fault in faults}
    assert named >= MISTAKES
    assert len(named) < 10  # what follows from them is said as well, and is not a flood
    assert page.get_by_role("button", name="确认导入").count() == 0
    assert counts() == NOTHING

    # Put right, it is looked at once more and brought in.
    brings(page, workbook(sheets))
    assert counts() == NOTHING
    press(page, "确认导入")
    read(page, "导入完成")
    assert counts() == {"estates": 26, "large": 3, "small": 13, "buildings": 130}
    assert (Entrance.objects.count(), Dwelling.objects.count()) == (260, 5200)

    # The same file once more changes nothing.
    brings(page, workbook(sheets))
    read(page, "文件内容与底册一致，无需导入。")
    assert page.get_by_role("button", name="确认导入").count() == 0

    # The register and the map show them.
    page.goto("/places/?list=areas")
    levels = page.locator("[data-label=层级]").all_inner_texts()
    kinds = page.locator("[data-label=网格类型]").all_inner_texts()
    assert (levels.count("大网格"), levels.count("网格")) == (3, 15)
    assert sum(kind.startswith("综合") for kind in kinds) == 13
    page.goto("/places/?list=estates")
    assert page.locator(".table-cards tbody tr").count() == 26
    page.goto("/places/map/")
    page.locator(".map.leaflet-container").wait_for()
    page.get_by_text("以列表查看").click()
    read(page, "第13网格", "东片大网格")
    listed = page.locator("main details li").all_inner_texts()
    assert sum("大网格" in line for line in listed) >= 3

    # Every building stands in exactly one comprehensive grid, and that grid is in a large one.
    for building in Building.objects.select_related("grid__large_grid"):
        assert building.grid.kind == GridKind.COMPREHENSIVE
        assert building.grid.large_grid is not None

    # The first resident reports, and it lands where it belongs.
    report_as_resident(
        browse(phone=True), text="楼道灯不亮", place="海滨第2小区 5号楼", path="/report/"
    )
    matter = Matter.objects.get()
    assert (matter.estate.code, matter.building.code) == ("XQ02", "5")
    assert matter.grid == matter.building.grid
    assert matter.grid.name == "第2网格"
    assert matter.large_grid.name == "东片大网格"
    page.goto("/desk/")
    read(page, "楼道灯不亮", "海滨第2小区")
