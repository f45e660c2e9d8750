"""Lists leave as workbooks: what the page shows, masked or for a reason, and never unseen."""

import io

import openpyxl
import pytest
from django.urls import reverse

from linli.core.models import Event
from linli.people import events, services
from linli.people.models import NeedGroup
from linli.people.personal import Person
from linli.visits.tests.scenes import running
from tests.cast import NOW, RoleName, give

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NUMBER, PHONE = "11010519491231002X", "13800138000"
HELP = "需要有人每周代为取药"
REASON = "街道核对疫苗接种名单"


@pytest.fixture
def home(cast):
    """One household with an elder whose name looks like a formula, and a child without a phone."""
    desk = cast.actor(cast.zhou_min)
    household = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    for person in (
        Person(name="=1+1", id_number=NUMBER, phone=PHONE, relation="HEAD"),
        Person(name="张小丰", birth_date=NOW.date().replace(year=2020), relation="GRANDCHILD"),
    ):
        services.add_resident(household_id=household.pk, person=person, actor=desk, at=NOW)
    return household


@pytest.fixture
def elder(home):
    return home.residents.earliest("pk")


@pytest.fixture
def need(cast, elder):
    secretary = cast.actor(cast.shen)
    services.begin_need_groups(community_id=cast.community.pk, actor=secretary, at=NOW)
    return services.record_need(
        resident_id=elder.pk,
        group_id=NeedGroup.objects.get(name="独居老人").pk,
        help_needed=HELP,
        cadence="WEEKLY",
        responsible_id=cast.xu.pk,
        actor=secretary,
        at=NOW,
    )


def sheet(answer):
    """Return the rows of an answer's first sheet, with the types of its cells."""
    assert answer.status_code == 200, answer
    assert "attachment" in answer["Content-Disposition"]
    page = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert not {cell.data_type for row in page for cell in row} & {"f", "e"}
    return [[cell.value for cell in row] for row in page]


def exported():
    return list(Event.objects.filter(name=events.ROSTER_EXPORTED).order_by("id"))


def test_a_list_leaves_with_the_rows_and_columns_shown_and_masked(cast, home, signed_in):
    rows = sheet(signed_in(cast.xu).post("/residents/export/"))
    assert rows[0] == ["姓名", "地址", "与户主关系", "出生日期", "电话"]
    assert [row[0] for row in rows[1:]] == ["=1+1", "张小丰"]
    assert rows[1][1:3] == ["翠园 3幢 1单元 502", "户主"]
    assert rows[1][4] == "138****8000"
    assert not rows[2][4]
    (event,) = exported()
    assert event.actor == cast.actor(cast.xu).key
    assert event.community_id == cast.community.pk
    assert event.facts["list"] == "residents"
    assert (event.facts["rows"], event.facts["open"], event.facts["reason"]) == (2, False, "")
    assert not Event.objects.filter(name=events.NUMBER_TAKEN_OUT).exists()


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("age=child", ["张小丰"]),
        ("age=elder", ["=1+1"]),
        ("q=8000", ["=1+1"]),
        ("gone=1", []),
        # What is no choice finds nothing and widens nothing: neither a grid that has ended, nor
        # what the others would have found.
        ("grid=999999", []),
        ("age=ancient", []),
        ("age=child&registration=MOON", []),
        ("gone=2", []),
        ("after=99999999999", ["=1+1", "张小丰"]),  # the whole list, not what is left of a page
    ],
)
def test_the_filter_of_the_page_is_the_filter_of_the_file(cast, home, signed_in, asked, names):
    browser = signed_in(cast.zhou_min)
    assert [row[0] for row in sheet(browser.post(f"/residents/export/?{asked}"))[1:]] == names
    (event,) = exported()
    assert event.facts["rows"] == len(names)
    assert "8000" not in str(event.facts)
    assert event.facts["searched"] == asked.startswith("q=")


def test_the_page_offers_what_its_filter_shows(cast, home, signed_in):
    page = signed_in(cast.zhou_min).get("/residents/?age=child&after=0").content.decode()
    assert 'action="/residents/export/?age=child"' in page
    assert "/residents/export/?age=child&amp;full=1" in page
    assert "full=1" not in signed_in(cast.xu).get("/residents/").content.decode()


def test_numbers_leave_in_full_for_a_reason_and_each_is_written_down(cast, home, elder, signed_in):
    browser = signed_in(cast.zhou_min)
    rows = sheet(browser.post("/residents/export/?full=1", {"reason": f"{REASON} 13912345678"}))
    assert rows[1][4] == PHONE
    (event,) = exported()
    assert event.facts["open"] is True
    assert REASON in event.facts["reason"]
    assert "13912345678" not in event.facts["reason"]
    (taken,) = Event.objects.filter(name=events.NUMBER_TAKEN_OUT)
    assert (taken.trace, taken.cause_id) == (elder.row_key, event.pk)
    assert taken.facts["field"] == "phone"


def test_without_a_reason_nothing_leaves(cast, home, signed_in):
    browser = signed_in(cast.zhou_min)
    answer = browser.post("/residents/export/?full=1&age=elder", {"reason": " "}, follow=True)
    assert answer.redirect_chain[0][0] == "/residents/?age=elder"
    assert "请填写导出完整内容的用途" in answer.content.decode()
    assert not exported()


def test_whoever_does_not_keep_the_registers_takes_nothing_in_full(cast, home, signed_in):
    answer = signed_in(cast.xu).post("/residents/export/?full=1", {"reason": REASON})
    assert answer.status_code == 403
    assert PHONE not in answer.content.decode()
    assert not exported()


def test_nobody_takes_out_what_is_not_theirs(cast, home, signed_in):
    assert len(sheet(signed_in(cast.sun).post("/residents/export/"))) == 1
    assert len(sheet(signed_in(cast.outsider).post("/residents/export/"))) == 1
    assert signed_in(cast.chen).post("/residents/export/").status_code == 404
    told = [(event.community_id, event.facts["rows"]) for event in exported()]
    assert told == [(cast.community.pk, 0), (cast.elsewhere.pk, 0)]


def test_a_list_that_is_too_long_is_refused_with_what_to_do(cast, home, signed_in, monkeypatch):
    monkeypatch.setattr("linli.people.services.exports.EXPORT_ROWS_MAX", 1)
    answer = signed_in(cast.zhou_min).post("/residents/export/", follow=True)
    assert "请缩小筛选范围" in answer.content.decode()
    assert not exported()


def test_the_restricted_register_leaves_without_names_or_for_a_reason(cast, need, signed_in):
    browser = signed_in(cast.shen)
    masked = sheet(browser.post("/residents/needs/export/"))
    assert masked[1][:3] == ["=***", "翠园 3幢", "独居老人"]
    opened = sheet(browser.post("/residents/needs/export/?full=1", {"reason": REASON}))
    assert opened[1][:2] == ["=1+1", "翠园 3幢 1单元 502"]
    assert HELP not in str(masked + opened)
    (taken,) = Event.objects.filter(name=events.NEED_TAKEN_OUT)
    assert taken.trace == need.row_key
    assert REASON in browser.get(reverse("need", kwargs={"need_id": need.pk})).content.decode()


@pytest.mark.parametrize("who", ["zhou_min", "li", "wang", "fang"])
def test_the_restricted_register_leaves_with_nobody_else(cast, need, signed_in, who):
    answer = signed_in(getattr(cast, who)).post("/residents/needs/export/?full=1", {"reason": "x"})
    assert answer.status_code == 403
    assert not exported()
    assert Event.objects.filter(name=events.NEED_LOOK_REFUSED).exists()


def test_whoever_answers_for_one_takes_that_one_without_the_name(cast, need, signed_in):
    browser = signed_in(cast.xu)
    assert sheet(browser.post("/residents/needs/export/"))[1][0] == "=***"
    answer = browser.post("/residents/needs/export/?full=1", {"reason": REASON})
    assert answer.status_code == 403


def test_a_social_worker_may_take_it_with_names(cast, need, signed_in):
    give(cast.ma, RoleName.SOCIAL_WORKER, cast.community)
    browser = signed_in(cast.ma)
    rows = sheet(browser.post("/residents/needs/export/?full=1", {"reason": REASON}))
    assert rows[1][0] == "=1+1"


@pytest.mark.parametrize(
    ("address", "heading", "said", "total"),
    [
        ("/residents/households/export/", "居住情况", "在住", 1),
        ("/residents/talents/export/", "专长", "=书法", 1),
        ("/residents/teams/export/", "网格", "1 =1+1", 2),
        ("/residents/patches/export/", "责任田", "1 =1+1", 1),
        ("/residents/party/export/", "组织", "府东党委", 1),
        ("/residents/coming/export/", "姓名", "=1+1", 1),
        ("/people/organisations/export/", "名称", "安居物业", 3),
        ("/visits/{campaign}/households/export/?group=due", "地址", "翠园 3幢 1单元 502", 1),
    ],
)
def test_every_list_leaves_the_same_way(
    cast, home, elder, signed_in, address, heading, said, total
):
    secretary = {"actor": cast.actor(cast.shen), "at": NOW}
    community = cast.community.pk
    kind = services.add_kind(community_id=community, use="TEAM", name="骨干", **secretary)
    services.join_team(grid_id=cast.grid.pk, kind_id=kind.pk, resident_id=elder.pk, **secretary)
    vest = services.add_kind(community_id=community, use="PATCH", name="马甲", **secretary)
    patch = services.add_patch(grid_id=cast.grid.pk, name="草坪", **secretary)
    services.claim_patch(patch_id=patch.pk, kind_id=vest.pk, resident_id=elder.pk, **secretary)
    services.list_talent(resident_id=elder.pk, skills="=书法", consented_on=NOW.date(), **secretary)
    services.add_party_unit(community_id=community, level="COMMITTEE", name="府东党委", **secretary)
    age = NOW.year - 1949
    services.add_entitlement(community_id=community, name="津贴", age_years=age, **secretary)
    services.edit_resident(
        resident_id=elder.pk,
        person=Person(name="=1+1", birth_date=NOW.date().replace(year=1949, day=20), phone=PHONE),
        version=elder.version,
        **secretary,
    )
    campaign = running(cast)
    browser = signed_in(cast.shen)
    where = address.format(campaign=campaign.pk)
    page = browser.get(where.replace("export/", ""))
    assert f'action="{where}"' in page.content.decode()
    rows = sheet(browser.post(where))
    assert heading in str(rows[0])
    assert said in {value for row in rows[1:] for value in row}, rows
    (event,) = exported()
    assert event.facts["rows"] == total == len(rows) - 1
    told = browser.get("/residents/openings/").content.decode()
    assert f"{total} 行" in told


def test_the_secretary_reads_who_took_what_and_why(cast, home, elder, need, signed_in):
    worker = signed_in(cast.zhou_min)
    worker.post("/residents/export/?full=1&age=elder", {"reason": REASON})
    worker.post(f"/residents/{elder.pk}/open/phone/", {"reason": "电话回访"})
    signed_in(cast.li).get("/residents/needs/")
    page = signed_in(cast.shen).get("/residents/openings/").content.decode()
    for said in ("周敏", REASON, "电话回访", "1 行", "完整", "60周岁", "李网格长"):
        assert said in page, said
    assert PHONE not in page
    for who in ("zhou_min", "xu", "gu"):
        assert signed_in(getattr(cast, who)).get("/residents/openings/").status_code == 404
    assert REASON not in signed_in(cast.outsider).get("/residents/openings/").content.decode()


def test_many_rows_are_read_in_few_queries(cast, home, signed_in, django_assert_max_num_queries):
    desk = cast.actor(cast.zhou_min)
    for number in range(60):
        services.add_resident(
            household_id=home.pk,
            person=Person(name=f"住户{number}", phone=PHONE),
            actor=desk,
            at=NOW,
        )
    browser = signed_in(cast.zhou_min)
    with django_assert_max_num_queries(40):
        rows = sheet(browser.post("/residents/export/?full=1", {"reason": REASON}))
    assert len(rows) == 63
    assert Event.objects.filter(name=events.NUMBER_TAKEN_OUT).count() == 61
