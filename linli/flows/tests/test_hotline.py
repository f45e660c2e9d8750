"""The city's workbook comes in whole, twice without doubling, and its replies go out."""

import io
import uuid
from datetime import date, datetime, timedelta

import pytest
import xlsxwriter

from linli.core.clocks import SHANGHAI
from linli.core.errors import Invalid, NotEntitled, NotFound
from linli.core.sheets import NotAWorkbook, OldWorkbook, TextTable
from linli.flows import hotline
from linli.matters import queries, registers, services
from linli.matters.models import Matter, Reporter
from linli.matters.services import Report
from linli.matters.workflow import Channel
from linli.territory.queries import locate
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


HEADINGS = (
    "工单编号",
    "受理时间",
    "来电人",
    "联系电话",
    "诉求内容",
    "诉求地址",
    "办理时限",
    "诉求分类",
)
LAMP = (
    "20260304-0001",
    "2026-03-03 21:10",
    "张女士",
    "13812348000",
    "楼下路灯坏了好几天，老人出门看不清。",
    "府东社区翠园3幢1单元门口",
    "2026-03-06",
    "城市照明",
)
NOISE = (
    "20260304-0002",
    moment(2026, 3, 4, 8, 5).replace(tzinfo=None),
    "无",
    13905170000.0,
    "每天半夜楼上很吵，无法休息。",
    "/",
    date(2026, 3, 10),
    "——",
)


def a_workbook(*rows, headings=HEADINGS, title: str = "", merged=(), sheet: str = "工单") -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        dated = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        at = 0
        if title:
            page.merge_range(0, 0, 0, len(headings) - 1, title)
            at = 1
        page.write_row(at, 0, headings)
        for number, row in enumerate(rows, start=at + 1):
            for place, value in enumerate(row):
                if isinstance(value, (datetime, date)):
                    page.write_datetime(number, place, value, dated)
                else:
                    page.write(number, place, value)
        for first, last, value in merged:
            page.merge_range(*first, *last, value)
    return stream.getvalue()


def plan_of(cast: Cast, data: bytes, **given):
    table = hotline.read_table(data=data, remembered={})
    columns = hotline.match_columns(table=table, remembered={})
    asked = {"community_id": cast.community.pk, "at": NOW} | given
    return hotline.make_plan(table=table, columns=columns, **asked)


def take_in(cast: Cast, data: bytes, *, who: str = "zhou_min", good_only: bool = False, **given):
    plan = plan_of(cast, data, default_category_id=cast.question.pk)
    return hotline.apply(
        plan=plan,
        community_id=cast.community.pk,
        actor=cast.actor(getattr(cast, who)),
        at=NOW,
        good_only=good_only,
        **given,
    )


def test_orders_come_in_with_number_deadline_caller_place_and_category(cast: Cast):
    applied = take_in(cast, a_workbook(LAMP, NOISE, title="12345 热线派发工单（3月4日）"))
    lamp, noise = applied.matters
    assert (lamp.hotline_number, lamp.channel) == ("20260304-0001", Channel.HOTLINE_12345)
    assert lamp.hotline_due_at == moment(2026, 3, 7)  # 24:00 of the 6th
    assert (lamp.category, lamp.building, lamp.entrance) == (
        cast.lamp,
        cast.building,
        cast.entrance,
    )
    assert lamp.place_text == "府东社区翠园3幢1单元门口"
    assert (noise.category, noise.building, noise.place_text) == (cast.dispute, None, "")
    assert noise.community == cast.community
    first, second = Reporter.objects.order_by("id")
    assert services.masked_contact(reporter=first).phone == "138****8000"
    assert services.masked_contact(reporter=second).phone == "139****0000"
    assert services.masked_contact(reporter=second).name == ""
    assert first.reported_at == moment(2026, 3, 3, 21, 10)


def test_the_same_workbook_again_doubles_nothing(cast: Cast):
    data = a_workbook(LAMP, NOISE)
    take_in(cast, data)
    again = take_in(cast, data)
    assert (again.matters, again.here) == ((), 2)
    assert Matter.objects.count() == 2


def test_two_people_who_bring_in_one_workbook_at_once_double_nothing(cast: Cast):
    data = a_workbook(LAMP, NOISE)
    plan = plan_of(cast, data, default_category_id=cast.question.pk)
    take_in(cast, data)  # The other was faster; our preview still says that both are new.
    applied = hotline.apply(
        plan=plan, community_id=cast.community.pk, actor=cast.actor(cast.zhou_ning), at=NOW
    )
    assert (applied.matters, applied.here) == ((), 2)


def test_an_order_that_was_entered_by_hand_is_here_already(cast: Cast):
    services.report(
        report=Report(
            submission_key=uuid.uuid4(),
            community_id=cast.community.pk,
            text="路灯坏了",
            category_id=cast.lamp.pk,
            location=locate(building_id=cast.building.pk),
            channel=Channel.HOTLINE_12345,
            hotline_number="20260304-0001",
        ),
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    plan = plan_of(cast, a_workbook(LAMP, NOISE))
    assert [row.number for row in plan.here] == ["20260304-0001"]
    assert [row.number for row in plan.new] == ["20260304-0002"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (0, "", "工单编号"),
        (0, 2026030412345678.0, "工单编号"),
        (0, True, "工单编号"),
        (1, "昨天", "受理时间"),
        (1, "2026-02-30", "受理时间"),
        (1, "3026-03-04", "受理时间"),
        (1, "2026-05-01", "受理时间"),
        (3, "打不通", "联系电话"),
        (4, "", "诉求内容"),
        (4, "👍👍", "诉求内容"),
        (4, "灯" * 5_001, "诉求内容"),
        (6, "2026-03-01", "办理时限"),
        (6, 12, "办理时限"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column_and_changes_nothing(cast, column, value, said):
    wrong = (*LAMP[:column], value, *LAMP[column + 1 :])
    data = a_workbook(NOISE, wrong)
    plan = plan_of(cast, data)
    assert [(fault.row, fault.column) for fault in plan.faults] == [(3, said)]
    assert str(plan.faults[0].sentence)
    with pytest.raises(hotline.RowsWrong):
        take_in(cast, data)
    assert not Matter.objects.exists()
    assert len(take_in(cast, data, good_only=True).matters) == 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-03 21:10:05", moment(2026, 3, 3, 21, 10, 5)),
        ("2026/3/3 9:05", moment(2026, 3, 3, 9, 5)),
        ("2026年3月3日 9时05分", moment(2026, 3, 3, 9, 5)),
        ("2026年3月3日", moment(2026, 3, 3)),
        ("2026.3.3", moment(2026, 3, 3)),
        ("20260303", moment(2026, 3, 3)),
        (20260303, moment(2026, 3, 3)),
        ("20260303 2110", moment(2026, 3, 3, 21, 10)),
        ("2026-03-03T21:10:00.000", moment(2026, 3, 3, 21, 10)),
        ("２０２６－０３－０３　２１：１０", moment(2026, 3, 3, 21, 10)),
        (46084.881944444445, moment(2026, 3, 3, 21, 10)),
        ("无", None),
    ],
)
def test_dates_are_read_as_people_and_programs_write_them(cast, written, read):
    row = plan_of(cast, a_workbook((LAMP[0], written, *LAMP[2:]), NOISE)).rows[0]
    assert row.received_at == read


def test_one_number_twice_in_a_workbook_is_a_fault(cast: Cast):
    plan = plan_of(cast, a_workbook(LAMP, LAMP))
    assert [(row.row, row.status) for row in plan.rows] == [(2, "NEW"), (3, "WRONG")]


def test_a_merged_cell_speaks_for_all_its_rows(cast: Cast):
    address = "府东社区翠园5幢"
    rows = [(*LAMP[:5], "", *LAMP[6:]), (*NOISE[:5], "", *NOISE[6:])]
    data = a_workbook(*rows, merged=[((1, 5), (2, 5), address)])
    assert [row.spot.building_id for row in plan_of(cast, data).new] == [
        cast.next_building.pk,
        cast.next_building.pk,
    ]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("玄北区府前街道府东社区翠园小区3栋502", "building"),
        ("翠园 ３号楼", "building"),
        ("翠园南门口", "place"),
        ("翠园小区内", "estate"),
        ("翠园99幢", "estate"),
        ("某某路1号", ""),
    ],
)
def test_a_place_is_found_by_the_words_of_its_address(cast, address, found):
    row = (*LAMP[:4], "路灯坏了", address, *LAMP[6:])
    spot = plan_of(cast, a_workbook(row, NOISE)).rows[0].spot
    wanted = {
        "building": (cast.building.pk, None),
        "place": (None, cast.place.pk),
        "estate": (None, None),
        "": (None, None),
    }[found]
    assert (spot.building_id, spot.place_id) == wanted
    assert bool(spot.estate_id or spot.place_id) == bool(found)


def test_headings_of_another_city_are_asked_for_and_remembered(cast: Cast):
    headings = ("案号", "说了什么", "时间")
    data = a_workbook(("7-1", "路灯坏了", "2026-03-03"), headings=headings)
    table = hotline.read_table(data=data, remembered={})
    with pytest.raises(hotline.ColumnsMissing):
        hotline.require_columns(columns=hotline.match_columns(table=table, remembered={}))
    kept = {"number": "案号", "text": "说了什么", "received_at": "时间"}
    services.remember_columns(
        community_id=cast.community.pk, actor=cast.actor(cast.zhou_min), at=NOW, hotline=kept
    )
    remembered = registers.method_of(community_id=cast.community.pk).hotline_columns
    columns = hotline.match_columns(table=table, remembered=remembered)
    assert columns == {"number": 0, "text": 1, "received_at": 2}


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", NotAWorkbook),
        (b"number,text\n1,2\n", TextTable),
        (b"\xd0\xcf\x11\xe0 old", OldWorkbook),
        (b"PK\x03\x04 not really", Invalid),
        (a_workbook(headings=("只有标题",)), hotline.NoTable),
        (a_workbook(), hotline.NoTable),
    ],
)
def test_a_file_that_is_no_workbook_of_orders_is_refused(data, refusal):
    with pytest.raises(refusal):
        hotline.read_table(data=data, remembered={})


def test_an_emergency_goes_to_those_in_charge(cast: Cast):
    row = (*LAMP[:4], "隔壁男人正在打老婆，救命", *LAMP[5:])
    applied = take_in(cast, a_workbook(row, NOISE))
    assert applied.restricted == 1


def test_a_row_without_a_category_asks_for_one(cast: Cast):
    row = (*LAMP[:4], "请问几点开门？", LAMP[5], LAMP[6], "其他")
    plan = plan_of(cast, a_workbook(row, NOISE))
    given = {"community_id": cast.community.pk, "actor": cast.actor(cast.zhou_min), "at": NOW}
    with pytest.raises(Invalid):
        hotline.apply(plan=plan, **given)
    assert not Matter.objects.exists()
    hotline.apply(plan=plan, categories={2: cast.question.pk}, **given)
    assert Matter.objects.filter(category=cast.question).count() == 1


@pytest.mark.parametrize(
    ("who", "refusal"), [("outsider", NotFound), ("chen", NotFound), ("xu", NotEntitled)]
)
def test_only_those_who_keep_the_desk_bring_orders_in(cast, who, refusal):
    with pytest.raises(refusal):
        take_in(cast, a_workbook(LAMP), who=who)


def test_the_reply_says_who_did_what_and_what_the_caller_says(cast: Cast):
    lamp, noise = take_in(cast, a_workbook(LAMP, NOISE)).matters
    desk, company = cast.actor(cast.zhou_min), cast.actor(cast.chen)
    day = NOW + timedelta(days=1)
    services.accept(matter_id=lamp.pk, actor=desk, at=NOW)
    services.dispatch(
        matter_id=lamp.pk, actor=desk, at=NOW, organisation_id=cast.property_company.pk
    )
    services.take(matter_id=lamp.pk, actor=company, at=NOW)
    services.resolve(matter_id=lamp.pk, actor=company, at=day, note="更换灯泡两只")
    services.verify(matter_id=lamp.pk, actor=cast.actor(cast.zhou_ning), at=day)
    reporter = Reporter.objects.get(matter=lamp)
    services.tell(
        matter_id=lamp.pk, reporter_id=reporter.pk, actor=desk, at=day, means="PHONE", text="已修好"
    )
    services.decline(matter_id=noise.pk, actor=desk, at=day, reason="属公安部门职责")
    waiting = registers.hotline_to_reply(actor=desk, community_id=cast.community.pk)
    replies = {row["number"]: row for row in hotline.reply_rows(matters=waiting)}
    one, other = replies["20260304-0001"], replies["20260304-0002"]
    assert (one["handled_by"], one["resolution"]) == ("安居物业", "更换灯泡两只")
    assert one["told"] == "电话告知，周敏，2026-03-05 10:00，已修好"
    assert (one["solved"], one["satisfied"]) == ("", "未评价")
    assert (other["result"], other["resolution"]) == ("不予受理", "属公安部门职责")


def test_a_reply_is_marked_once(cast: Cast):
    take_in(cast, a_workbook(LAMP, NOISE))
    desk = cast.actor(cast.zhou_min)
    ids = list(Matter.objects.order_by("id").values_list("id", flat=True))
    services.decline(matter_id=ids[0], actor=desk, at=NOW, reason="不属于本社区")
    given = {"community_id": cast.community.pk, "matter_ids": ids, "actor": desk, "at": NOW}
    assert services.mark_replied(**given) == 1  # The other is still being handled.
    assert services.mark_replied(**given) == 0
    assert registers.hotline_replied(actor=desk, community_id=cast.community.pk).count() == 1
    with pytest.raises(NotFound):
        services.mark_replied(**(given | {"actor": cast.actor(cast.outsider)}))


def test_the_form_of_the_city_names_the_columns():
    usual = hotline.reply_headings(columns={})
    assert usual["resolution"] == "处理情况"
    assert hotline.reply_headings(columns={"number": "单号", "bogus": "x"}) == {"number": "单号"}


def test_the_matters_are_found_by_their_number(cast: Cast):
    take_in(cast, a_workbook(LAMP, NOISE))
    wanted = queries.MatterFilter(query="20260304-0001")
    assert len(queries.list_matters(actor=cast.actor(cast.zhou_min), wanted=wanted)) == 1
