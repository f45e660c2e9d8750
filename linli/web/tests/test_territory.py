"""The register of places through HTTP: who sees what, and that nothing typed is lost."""

import io
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from linli.core.actor import system
from linli.core.models import Attachment
from linli.matters.models import Matter
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State
from linli.people import services as people
from linli.people.models import Role
from linli.territory import services
from linli.territory.models import Area, Building, Community, Dwelling, Entrance, Estate, Poster
from linli.territory.tests.workbooks import workbook
from tests.cast import NOW, SINCE, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(cast: Cast, signed_in: Any, clock: Any) -> Client:
    return signed_in(cast.zhou_min)


def text_of(response: Any) -> str:
    return response.content.decode()


def pages(cast: Cast) -> list[str]:
    return [
        "/places/",
        f"/places/?list=buildings&area={cast.grid.pk}&q=cy3",
        "/places/?list=estates",
        "/places/?list=places",
        "/places/export.xlsx?list=buildings",
        "/places/checks/",
        f"/places/estates/{cast.estate.pk}/",
        f"/places/buildings/{cast.building.pk}/",
        "/places/map/",
        "/places/posters/",
        "/places/template.xlsx",
    ]


def writing_pages(cast: Cast) -> list[str]:
    return [
        "/places/areas/add/",
        f"/places/areas/{cast.grid.pk}/edit/",
        f"/places/areas/{cast.micro_grid.pk}/edit/",
        f"/places/areas/{cast.community.pk}/draw/",
        f"/places/areas/{cast.grid.pk}/draw/",
        "/places/estates/add/",
        f"/places/estates/{cast.estate.pk}/edit/",
        f"/places/buildings/add/?estate={cast.estate.pk}",
        f"/places/buildings/{cast.building.pk}/edit/",
        f"/places/buildings/{cast.building.pk}/entrances/",
        f"/places/entrances/{cast.entrance.pk}/",
        f"/places/entrances/{cast.entrance.pk}/rooms/",
        "/places/spots/add/",
        f"/places/spots/{cast.place.pk}/",
        "/places/import/",
    ]


def test_every_page_opens_for_those_who_work_there(
    cast: Cast, browser: Client, signed_in: Any
) -> None:
    for address in pages(cast):
        for account in (cast.shen, cast.xu, cast.gu):
            asked = address
            if account == cast.gu:
                asked += ("&" if "?" in address else "?") + f"community={cast.community.pk}"
            assert signed_in(account).get(asked).status_code == 200, (address, account.name)
    for address in writing_pages(cast):
        assert browser.get(address).status_code == 200, address
        assert signed_in(cast.xu).get(address).status_code == 403, address


def test_whoever_is_from_elsewhere_finds_nothing(
    cast: Cast, signed_in: Any, client: Client
) -> None:
    outsider = signed_in(cast.outsider)
    for address in pages(cast) + writing_pages(cast):
        asked = address + ("&" if "?" in address else "?") + f"community={cast.community.pk}"
        if "template" in address:
            continue
        assert outsider.get(asked).status_code == 404, address
        assert signed_in(cast.qian).get(asked).status_code == 404, address
        assert client.get(asked).status_code == 302, address


def test_a_list_asks_a_fixed_number_of_queries(
    cast: Cast, browser: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        services.add_building(
            estate_id=cast.estate.pk,
            code=f"N{number}",
            name=f"新{number}号楼",
            grid_id=cast.grid.pk,
            actor=cast.actor(cast.shen),
            at=NOW,
        )
    for listing in ("areas", "estates", "buildings", "places"):
        with django_assert_max_num_queries(42):
            browser.get("/places/", {"list": listing})
    second = text_of(browser.get("/places/", {"list": "buildings", "page": "2"}))
    assert "2 / 2" in second


def test_search_finds_by_initials_and_exports_exactly_that(cast: Cast, browser: Client) -> None:
    page = text_of(browser.get("/places/", {"list": "buildings", "q": "cy3"}))
    assert "翠园 3幢" in page
    assert "翠园 5幢" not in page
    export = browser.get("/places/export.xlsx", {"list": "buildings", "q": "cy3"})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(export.content)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert rows[0][:3] == ["小区编码*", "楼栋编码*", "名称"]
    assert [row[1] for row in rows[1:]] == ["3"]


def test_a_building_is_added_and_an_error_keeps_what_was_typed(cast: Cast, browser: Client) -> None:
    typed = {
        "estate": cast.estate.pk,
        "code": "3",
        "name": "长名字的新楼",
        "grid": cast.grid.pk,
        "datum": "WGS_84",
    }
    refused = browser.post("/places/buildings/add/", typed)
    assert refused.status_code == 422
    assert "编码 3 已被使用" in text_of(refused)
    assert "长名字的新楼" in text_of(refused)
    done = browser.post("/places/buildings/add/", {**typed, "code": "33"}, follow=True)
    assert "已添加楼栋" in text_of(done)
    assert Building.objects.get(code="33").grid == cast.grid


def test_every_form_writes_what_it_says(cast: Cast, browser: Client) -> None:
    code = f"{cast.community.code}005"
    sent: list[tuple[str, dict[str, Any]]] = [
        (
            "/places/areas/add/",
            {
                "level": "GRID",
                "code": code,
                "name": "第五网格",
                "kind": "DEDICATED",
                "parent": cast.community.pk,
            },
        ),
        (
            f"/places/areas/{cast.grid.pk}/edit/",
            {
                "name": "一号网格",
                "kind": "COMPREHENSIVE",
                "parent": cast.community.pk,
                "households_planned": "400",
            },
        ),
        (f"/places/areas/{cast.micro_grid.pk}/edit/", {"name": "新微网格"}),
        (
            f"/places/areas/{cast.micro_grid.pk}/draw/",
            {
                "boundary": "118.8,32.05;118.801,32.05;118.801,32.051;118.8,32.05",
                "datum": "WGS_84",
            },
        ),
        ("/places/estates/add/", {"code": "LY", "name": "柳苑"}),
        (f"/places/estates/{cast.estate.pk}/edit/", {"code": "CY", "name": "翠园小区"}),
        (
            f"/places/buildings/{cast.building.pk}/edit/",
            {"code": "3", "name": "三幢", "grid": "", "micro_grid": "", "datum": "GCJ_02"},
        ),
        (f"/places/buildings/{cast.building.pk}/entrances/", {"code": "3", "name": "3单元"}),
        (f"/places/entrances/{cast.entrance.pk}/", {"code": "1", "name": "东单元"}),
        (f"/places/entrances/{cast.entrance.pk}/rooms/", {"rooms": "901 902"}),
        (
            "/places/spots/add/",
            {"code": "DT", "name": "凉亭", "grid": "", "estate": "", "datum": "WGS_84"},
        ),
        (
            f"/places/spots/{cast.place.pk}/",
            {"code": "NM", "name": "大南门", "grid": "", "estate": "", "datum": "WGS_84"},
        ),
    ]
    for address, typed in sent:
        response = browser.post(address, typed)
        assert response.status_code == 302, (address, text_of(response)[-3000:])
    assert Area.objects.get(code=code).kind == "DEDICATED"
    cast.grid.refresh_from_db()
    assert (cast.grid.name, cast.grid.households_planned) == ("一号网格", 400)
    cast.micro_grid.refresh_from_db()
    assert cast.micro_grid.boundary is not None
    assert Estate.objects.get(code="CY").name == "翠园小区"
    cast.building.refresh_from_db()
    assert (cast.building.name, cast.building.grid) == ("三幢", cast.grid)
    assert Dwelling.objects.filter(entrance=cast.entrance, room__startswith="90").count() == 2


def test_a_crossed_boundary_is_told_beside_the_field(cast: Cast, browser: Client) -> None:
    crossed = "118.8,32.05;118.81,32.06;118.81,32.05;118.8,32.06;118.8,32.05"
    response = browser.post(
        f"/places/areas/{cast.grid.pk}/draw/", {"boundary": crossed, "datum": "WGS_84"}
    )
    assert response.status_code == 422
    assert "边界自相交叉" in text_of(response)
    assert crossed in text_of(response)
    bad = browser.post(
        f"/places/areas/{cast.grid.pk}/draw/", {"boundary": "东到河", "datum": "WGS_84"}
    )
    assert "这不是边界" in text_of(bad)


def test_a_grid_with_buildings_stays_and_says_why(cast: Cast, browser: Client) -> None:
    answer = browser.post(f"/places/areas/{cast.grid.pk}/end/", follow=True)
    assert "还有 2 栋楼" in text_of(answer)
    cast.grid.refresh_from_db()
    assert cast.grid.ended_at is None


def test_an_empty_community_leads_to_the_import(cast: Cast, signed_in: Any, clock: Any) -> None:
    empty = services.add_area(
        code="320102003007",
        name="新设社区",
        level="COMMUNITY",
        parent_id=cast.subdistrict.pk,
        actor=system(name="test"),
        at=NOW,
    )
    Role.objects.create(
        account=cast.nobody_yet, name="STAFF", area=empty, from_date=SINCE, given_by="test"
    )
    newcomer = signed_in(cast.nobody_yet)
    assert "导入工作簿" in text_of(newcomer.get("/places/"))
    for address in ("checks/", "map/", "posters/", "import/", "buildings/add/", "spots/add/"):
        assert newcomer.get(f"/places/{address}").status_code == 200, address


# --- Open to anybody ----------------------------------------------------------------------------


def test_anybody_may_find_estates_and_buildings_but_no_dwelling(
    cast: Cast, client: Client, clock: Any
) -> None:
    asked = {"q": "翠园3", "community": cast.community.pk}
    found = json.loads(client.get("/places/find/", asked).content)["found"]
    assert found[0] == {
        "kind": "BUILDING",
        "id": cast.building.pk,
        "label": "翠园 3幢",
        "grid": "第一网格",
    }
    fragment = client.get("/places/find/", asked, headers={"HX-Request": "true"})
    assert f'data-id="{cast.building.pk}"' in text_of(fragment)
    drawing = text_of(client.get("/places/map.json", {"community": cast.community.pk}))
    assert "第一网格" in drawing
    assert "502" not in drawing.replace(str(cast.dwelling.pk), "")
    assert client.get("/places/find/", {"q": "x"}).status_code == 404  # two communities
    assert client.get("/places/map.json", {"community": "999999"}).status_code == 404


# --- Import -------------------------------------------------------------------------------------

GOOD = {"小区": [["编码", "名称"], ["LY", "柳苑"]]}
HALF = {"小区": [["编码", "名称"], ["LY", "柳苑"], ["", "没有编码"]]}


def upload(data: bytes, name: str = "底册.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_a_workbook_is_looked_at_and_then_brought_in(cast: Cast, browser: Client) -> None:
    sent = browser.post("/places/import/", {"file": upload(workbook(GOOD)), "datum": "GCJ_02"})
    assert sent.status_code == 302
    assert parse_qs(urlsplit(sent["Location"]).query)["datum"] == ["GCJ_02"]
    page = browser.get(sent["Location"])
    assert "文件没有问题" in text_of(page)
    assert not Estate.objects.filter(code="LY").exists()
    decision = {"datum": "GCJ_02", "fingerprint": page.context["plan"].fingerprint}
    done = browser.post(sent["Location"], decision, follow=True)
    assert "新增 1 条" in text_of(done)
    assert Estate.objects.get(code="LY").name == "柳苑"
    assert Attachment.objects.get().subject_id == cast.community.pk
    again = browser.get(sent["Location"])
    assert "无需导入" in text_of(again)


def test_faults_are_shown_and_the_good_rows_can_be_taken(cast: Cast, browser: Client) -> None:
    sent = browser.post("/places/import/", {"file": upload(workbook(HALF)), "datum": "WGS_84"})
    page = browser.get(sent["Location"])
    assert "文件中有 1 处问题" in text_of(page)
    assert "此格为空" in text_of(page)
    decision = {"datum": "WGS_84", "fingerprint": page.context["plan"].fingerprint}
    refused = browser.post(sent["Location"], decision)
    assert refused.status_code == 200
    assert not Estate.objects.filter(code="LY").exists()
    browser.post(sent["Location"], {**decision, "only_good": "1"})
    assert Estate.objects.filter(code="LY").exists()


def test_a_file_is_kept_while_the_coordinate_system_is_still_missing(
    cast: Cast, browser: Client
) -> None:
    first = browser.post("/places/import/", {"file": upload(workbook(GOOD))})
    assert first.status_code == 422
    assert "请选择坐标系" in text_of(first)
    assert "不必重新选择" in text_of(first)
    token = first.context["kept"].token
    second = browser.post("/places/import/", {"upload": str(token), "datum": "BD_09"})
    assert second.status_code == 302
    assert str(token) in second["Location"]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("底册.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 512, "旧式 .xls"),
        ("底册.csv", "编码,名称\n".encode("gbk"), ".csv"),
        ("照片.png", b"\x89PNG\r\n", "不是 .xlsx 工作簿"),
        ("底册.xlsx", b"PK\x03\x04rubbish", ""),
        ("地图.geojson", b"{", ""),
        ("底册.xlsx", b"", ""),
    ],
)
def test_another_file_says_what_to_do(
    cast: Cast, browser: Client, name: str, data: bytes, words: str
) -> None:
    sent = browser.post(
        "/places/import/", {"file": upload(data, name), "datum": "WGS_84"}, follow=True
    )
    assert sent.status_code in (200, 422)
    assert words in text_of(sent)
    assert "field-error" in text_of(sent)


def test_an_empty_form_asks_for_the_file(cast: Cast, browser: Client) -> None:
    answer = browser.post("/places/import/", {})
    assert answer.status_code == 422
    assert "field-error" in text_of(answer)


def test_somebody_else_s_upload_is_not_found(cast: Cast, browser: Client, signed_in: Any) -> None:
    sent = browser.post("/places/import/", {"file": upload(workbook(GOOD)), "datum": "GCJ_02"})
    assert signed_in(cast.shen).get(sent["Location"]).status_code == 404
    assert browser.get(sent["Location"].replace("GCJ_02", "MARS")).status_code == 404


# --- Posters ------------------------------------------------------------------------------------


def test_posters_carry_a_code_or_the_phone(
    cast: Cast, browser: Client, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = ""
    chosen = {"building": [cast.building.pk], "entrance": [cast.entrance.pk]}
    made = browser.post("/places/posters/", chosen)
    page = text_of(browser.get(made["Location"]))
    assert "025-00000000" in page
    assert "<svg viewBox" not in page
    settings.PUBLIC_URL = "https://fudong.example.cn"
    page = text_of(browser.get(made["Location"]))
    token = Poster.objects.get(building=cast.building).token
    assert f"https://fudong.example.cn/q/{token}/" in page
    assert page.count("qrline") == 2
    pdf = browser.get(made["Location"].replace("print/", "").replace("posters/", "posters.pdf"))
    assert pdf.content.startswith(b"%PDF")
    poster = Poster.objects.get(building=cast.building)
    code = browser.get(f"/places/posters/{poster.pk}/qr.png")
    assert code.content.startswith(b"\x89PNG")


def test_without_address_and_phone_a_poster_is_refused_with_a_way_out(
    cast: Cast, browser: Client, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = settings.OFFICE_PHONE = ""
    Community.objects.update(office_phone="")
    made = browser.post("/places/posters/", {"place": [cast.place.pk]})
    answer = browser.get(made["Location"])
    assert answer.status_code == 409
    assert "办公电话" in text_of(answer)


def test_a_poster_out_of_use_is_no_longer_printed(
    cast: Cast, browser: Client, signed_in: Any
) -> None:
    browser.post("/places/posters/", {"place": [cast.place.pk]})
    poster = Poster.objects.get()
    assert signed_in(cast.xu).post(f"/places/posters/{poster.pk}/withdraw/").status_code == 403
    assert (
        signed_in(cast.outsider).post(f"/places/posters/{poster.pk}/withdraw/").status_code == 404
    )
    browser.post(f"/places/posters/{poster.pk}/withdraw/")
    assert browser.get(f"/places/posters/print/?ids={poster.pk}").status_code == 404
    assert browser.post("/places/posters/", {}, follow=True).status_code == 200


def test_a_building_goes_out_of_use_after_what_is_open_there_was_shown(
    cast: Cast, browser: Client
) -> None:
    matter = stage_at(cast, State.REPORTED)
    Matter.objects.filter(pk=matter.id).update(building=cast.building)
    address = f"/places/buildings/{cast.building.pk}/end/"
    asked = text_of(browser.get(address))
    assert "还有 1 件未办结" in asked
    assert Matter.objects.get(pk=matter.id).title in asked
    refused = browser.post(address)
    assert refused.status_code == 422
    assert "此处还有 1 件未办结的事项。请先查看" in text_of(refused)
    done = text_of(browser.post(address, {"anyway": "on"}, follow=True))
    assert "翠园 3幢已停用" in done
    assert address not in done  # its page offers no more steps
    listed = text_of(browser.get("/places/?list=buildings"))
    assert f"/places/buildings/{cast.building.pk}/" not in listed
    ended = text_of(browser.get("/places/?list=buildings&state=ended"))
    assert f"/places/buildings/{cast.building.pk}/" in ended
    assert "翠园 5幢" not in ended
    assert browser.post(address, {"anyway": "on"}).status_code == 422


def test_a_building_goes_out_of_use_after_its_households_were_shown(
    cast: Cast, browser: Client
) -> None:
    people.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=cast.actor(cast.shen), at=NOW
    )
    address = f"/places/buildings/{cast.building.pk}/end/"
    assert "楼里还有1户在册" in text_of(browser.get(address))
    refused = browser.post(address)
    assert refused.status_code == 422
    assert "请先迁出或注销住户" in text_of(refused)
    assert "翠园 3幢已停用" in text_of(browser.post(address, {"anyway": "on"}, follow=True))


def test_nothing_that_ended_offers_a_form(cast: Cast, browser: Client) -> None:
    browser.post(f"/places/spots/{cast.place.pk}/end/")
    building = f"/places/buildings/{cast.building.pk}"
    entrance = Entrance.objects.filter(building=cast.building).first()
    assert entrance
    browser.post(f"{building}/end/", {"anyway": "on"})
    for address in (
        f"/places/spots/{cast.place.pk}/",
        f"/places/spots/{cast.place.pk}/end/",
        f"{building}/edit/",
        f"{building}/end/",
        f"{building}/entrances/",
        f"/places/entrances/{entrance.pk}/",
        f"/places/entrances/{entrance.pk}/rooms/",
    ):
        answer = browser.get(address)
        assert answer.status_code == 409, address
        assert "已停用" in text_of(answer)


def test_a_file_with_nothing_in_it_was_chosen_all_the_same(cast: Cast, browser: Client) -> None:
    blank = browser.get("/places/template.xlsx").getvalue()
    sent = browser.post("/places/import/", {"file": upload(blank), "datum": "WGS_84"}, follow=True)
    assert "文件里没有内容" in text_of(sent)
    assert "请选择文件" not in text_of(sent)


def test_an_estate_that_is_not_empty_says_what_to_do_first(cast: Cast, browser: Client) -> None:
    refused = browser.post(f"/places/estates/{cast.estate.pk}/end/")
    assert "2 栋楼、1 个点位" in text_of(refused)
    gone = browser.post(f"/places/spots/{cast.place.pk}/end/", follow=True)
    assert "翠园南门已停用" in text_of(gone)
