"""Rows of the capability list that belong to the territory, each walked through by its number."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.core.actor import system
from linli.flows.packs import load_pack
from linli.people import services as people
from linli.people.models import Account
from linli.people.services import SetUp, UpperArea
from linli.territory import queries
from linli.territory.models import Area, Building, Estate, GridKind, Level
from linli.territory.tests.workbooks import Rows, estates_of_lb_01, workbook
from tests.cast import NOW

pytestmark = pytest.mark.django_db

SHELL = system(name="shell")
FUDONG = Path(__file__).resolve().parents[3] / "packs" / "fudong"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def set_up(*, code: str, name: str, upper: list[UpperArea]) -> SetUp:
    made = people.set_up_community(
        code=code,
        name=name,
        upper=upper,
        secretary_username="first",
        secretary_name="首任书记",
        actor=SHELL,
        at=NOW,
    )
    has_own_password(made.secretary)
    return made


def has_own_password(account: Account) -> None:
    """Leave the first sign-in, which asks for a password of one's own, to other tests."""
    Account.objects.filter(pk=account.pk).update(must_change_password=False)
    account.refresh_from_db()


def brings_in(browser: Client, community: Area, data: bytes) -> str:
    """Choose the workbook, look at the preview, bring it in; return the page that follows."""
    upload = SimpleUploadedFile("底册.xlsx", data, content_type=XLSX)
    sent = {"file": upload, "datum": "WGS_84", "community": community.pk}
    chosen = browser.post("/places/import/", sent)
    assert chosen.status_code == 302, chosen.content.decode()[-2000:]
    preview = browser.get(chosen.headers["Location"]).content.decode()
    fingerprint = re.search(r'name="fingerprint" value="(\w+)"', preview)
    assert fingerprint is not None
    agreed = {"community": community.pk, "datum": "WGS_84", "fingerprint": fingerprint[1]}
    return browser.post(chosen.headers["Location"], agreed, follow=True).content.decode()


def counted(page: str) -> dict[str, int]:
    """Return what the register page says of the community, where it is a number."""
    facts = re.findall(r'<dt>([^<]+)</dt><dd class="number">(\d+)</dd>', page)
    return {name: int(total) for name, total in facts if "编码" not in name}


def legend(page: str) -> dict[str, int]:
    """Return how many grids of each kind the map says it draws."""
    found = re.findall(r'</span>([^<>]+网格) <span class="soft number">(\d+)</span>', page)
    return {name: int(total) for name, total in found}


def grids_of_jw_03() -> dict[str, Rows]:
    """Return 12 comprehensive grids side by side, with 6 dedicated ones inside the first six."""

    def box(x: float, y: float, side: float) -> str:
        corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
        return ";".join(f"{one:.6f},{other:.6f}" for one, other in corners)

    rows: list[list[Any]] = [["编码", "名称", "层级", "网格类型", "边界"]]
    for at in range(12):
        x, y = 121.50 + 0.004 * (at % 4), 31.17 + 0.004 * (at // 4)
        rows.append([f"{at + 1:03d}", f"第{at + 1}网格", "网格", "综合", box(x, y, 0.004)])
        if at < 6:
            inside = box(x + 0.001, y + 0.001, 0.001)
            rows.append([f"{at + 101:03d}", f"第{at + 1}单位", "网格", "专属", inside])
    return {"区域": rows}


def test_jw_03_twelve_comprehensive_and_six_dedicated_grids_are_counted_apart(
    signed_in: Any, clock: Any
) -> None:
    made = set_up(
        code="310115001001",
        name="江湾城社区",
        upper=[UpperArea(level=Level.CITY, name="上海市", code="3101")],
    )
    browser = signed_in(made.secretary)
    page = brings_in(browser, made.community, workbook(grids_of_jw_03()))
    assert counted(page) == {"综合网格": 12, "专属网格": 6}
    assert page.count('<span class="tag tag-dedicated">') == 6  # in the tree
    listed = browser.get("/places/?list=areas").content.decode()
    kinds = re.findall(r'data-label="网格类型">([^<]+)<', listed)
    assert (kinds.count("综合网格"), kinds.count("专属网格")) == (12, 6)
    drawn = browser.get("/places/map/").content.decode()
    assert legend(drawn) == {"综合网格": 12, "专属网格": 6}
    # A point inside a dedicated grid still finds the comprehensive one that it lies in.
    grid = queries.grid_at(longitude=121.5015, latitude=31.1715)
    assert grid is not None
    assert (grid.name, grid.kind) == ("第1网格", GridKind.COMPREHENSIVE)
    # One that ends is counted no more.
    ended = Area.objects.get(name="第6单位")
    browser.post(f"/places/areas/{ended.pk}/end/")
    assert counted(browser.get("/places/").content.decode()) == {"综合网格": 12, "专属网格": 5}


def test_lb_01_a_development_zone_without_a_subdistrict_has_two_levels_of_grids(
    signed_in: Any, clock: Any
) -> None:
    made = set_up(
        code="350602999901",
        name="凌波社区",
        upper=[
            UpperArea(level=Level.CITY, name="漳州市"),
            UpperArea(level=Level.DISTRICT, name="某开发区"),
        ],
    )
    community = made.community
    assert (community.parent.level, community.subdistrict) == (Level.DISTRICT, None)  # type: ignore[union-attr]
    sheets = estates_of_lb_01()
    # As LB-01 has it: 13 small grids, all of them comprehensive.
    sheets["区域"] = [row for row in sheets["区域"] if row[3] != "专属"]
    page = brings_in(signed_in(made.secretary), community, workbook(sheets))
    assert counted(page) == {"大网格": 3, "综合网格": 13}
    assert "漳州市 / 某开发区" in page
    assert Estate.objects.filter(community=community).count() == 26
    buildings = Building.objects.filter(estate__community=community).select_related("grid")
    assert buildings.count() == 130
    for building in buildings:
        assert building.grid.kind == GridKind.COMPREHENSIVE
        assert building.grid.large_grid_id is not None
    spanning = {b.estate_id for b in buildings}
    grids = {key: {b.grid_id for b in buildings if b.estate_id == key} for key in spanning}
    assert sum(len(found) == 2 for found in grids.values()) == 13  # every other estate
    here = queries.locate(building_id=buildings[0].pk)
    assert here.subdistrict_id is None
    assert None not in (here.city_id, here.district_id, here.large_grid_id, here.grid_id)


def test_fd_01_six_grids_cover_the_whole_community(signed_in: Any, clock: Any) -> None:
    load_pack(path=FUDONG, at=NOW, with_story=False)
    community = Area.objects.get(level=Level.COMMUNITY)
    grids = Area.objects.filter(community=community, level=Level.GRID).order_by("code")
    assert grids.count() == 6
    secretary = Account.objects.filter(roles__name="SECRETARY").order_by("id").first()
    assert secretary is not None
    has_own_password(secretary)
    browser = signed_in(secretary)
    assert counted(browser.get("/places/").content.decode()) == {"综合网格": 6}
    assert legend(browser.get("/places/map/").content.decode()) == {"综合网格": 6, "专属网格": 0}

    def wrong() -> set[str]:
        return {one.code for one in queries.list_checks(actor=SHELL, community_id=community.pk)}

    # Covered: nothing overlaps, no ground is left over, no grid is empty or without a boundary.
    assert not wrong() & {"UNCOVERED", "OVERLAP", "NO_BUILDINGS", "NO_BOUNDARY"}
    for building in Building.objects.select_related("grid"):
        at = queries.grid_at(longitude=building.longitude or 0, latitude=building.latitude or 0)
        assert at == building.grid
    # And were one not drawn, the register would say so.
    Area.objects.filter(pk=grids[0].pk).update(boundary=None)
    assert {"UNCOVERED", "NO_BOUNDARY"} <= wrong()
