"""Workbooks as offices have them come onto the roster: read, checked, shown, brought in once."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linli.core.errors import NotFound, Several
from linli.core.models import Event
from linli.core.sheets import CellWrong, ImportRefused, read_date
from linli.flows.worker import BOOK_JOBS, tick
from linli.people import personal as person
from linli.people import queries
from linli.people.books import receiving
from linli.people.models import (
    Household,
    Resident,
    RosterFile,
    RosterHeading,
    RosterImport,
    RosterRow,
    Stay,
)
from linli.people.queries import ResidentFilter
from linli.people.tests.dirty import book, clean, number_of, under_titles
from linli.territory.models import Dwelling, Entrance
from tests.cast import NOW

pytestmark = pytest.mark.django_db

ZHANG, LI, WANG = (number_of(born=date(1949, 12, day)) for day in (1, 2, 3))


@pytest.fixture
def desk(cast):
    for building, unit in ((cast.building, "2"), (cast.next_building, "1")):
        entrance, _ = Entrance.objects.get_or_create(
            building=building, code=unit, defaults={"name": f"{unit}单元"}
        )
        for room in ("101", "102", "501"):
            Dwelling.objects.create(entrance=entrance, room=room)
    Dwelling.objects.create(entrance=cast.entrance, room="501")
    return cast.actor(cast.zhou_min)


def hand_in(cast, actor, data, *, register="RESIDENTS", name="名册.xlsx"):
    return receiving.receive(
        upload=SimpleUploadedFile(name, data),
        register=register,
        community_id=cast.community.pk,
        actor=actor,
        at=NOW,
    )


def worked(row):
    """Let the worker do all there is to do, and return the import as it stands then."""
    for _ in range(1_000):
        if not tick(at=NOW, jobs=BOOK_JOBS)["roster_imports"]:
            break
    row.refresh_from_db()
    return row


def checked(cast, actor, data, **more):
    row = worked(hand_in(cast, actor, data, **more))
    assert row.state == "CHECKED", (row.state, row.problem)
    return row


def brought_in(cast, actor, data, **more):
    row = checked(cast, actor, data, **more)
    receiving.decide(token=row.token, actor=actor, at=NOW)
    return worked(row)


def counts(row):
    found = receiving.counts_of(row=row)
    return found.new, found.changed, found.unchanged, found.wrong


def faults(row):
    """Return what is wrong: line, column, and sentence."""
    return [
        (one.line, fault.column, fault.sentence)
        for one in receiving.opened_rows(row=row, outcome="WRONG")
        for fault in one.faults
    ]


def roster(actor):
    page = queries.page_of_residents(actor=actor, wanted=ResidentFilter(), on=NOW.date())
    return {one.person.name: (one.person, one.address) for one in page.rows}


# --- From upload to the end ---------------------------------------------------------------------


def test_a_clean_list_comes_in_whole(cast, desk):
    data = clean(
        [
            ("张三", ZHANG, "翠园3幢1单元502", "13800138000"),
            ("李四", LI, "翠园3幢1单元502", ""),
            ("王五", WANG, "翠园5幢1单元101", "无"),
        ]
    )
    row = checked(cast, desk, data)
    assert counts(row) == (3, 0, 0, 0)
    assert not Resident.objects.exists()
    receiving.decide(token=row.token, actor=desk, at=NOW)
    assert worked(row).state == "DONE"
    known = roster(desk)
    assert {name: address for name, (_, address) in known.items()} == {
        "张三": "翠园 3幢 1单元 502",
        "李四": "翠园 3幢 1单元 502",
        "王五": "翠园 5幢 1单元 101",
    }
    assert known["张三"][0].phone == "13800138000"
    assert known["王五"][0].phone == ""
    assert (Household.objects.count(), Stay.objects.count()) == (2, 3)


def test_whoever_came_in_is_found_and_has_a_thread_of_their_own(cast, desk):
    brought_in(cast, desk, clean([("张三丰", ZHANG, "翠园3幢1单元502", "")]))
    for query in ("zsf", "三丰", ZHANG, ZHANG[-4:], "翠园"):
        found = queries.page_of_residents(
            actor=desk, wanted=ResidentFilter(query=query), on=NOW.date()
        )
        assert [one.person.name for one in found.rows] == ["张三丰"], query
    resident = Resident.objects.get()
    added = Event.objects.get(name="people.resident_added")
    assert (added.trace, added.subject_id) == (resident.row_key, resident.pk)
    assert added.cause.name == "people.roster_import_decided"
    done = Event.objects.get(name="people.roster_imported")
    assert done.facts["applied"] == 1
    assert "张三丰" not in str(list(Event.objects.values_list("facts", flat=True)))


def test_the_same_file_twice_changes_nothing(cast, desk):
    data = clean(
        [("张三", ZHANG, "翠园3幢1单元502", "13800138000"), ("王五", "", "翠园5幢1单元101", "")]
    )
    brought_in(cast, desk, data)
    events = Event.objects.filter(name__startswith="people.resident").count()
    row = checked(cast, desk, data)
    assert counts(row) == (0, 0, 2, 0)
    receiving.decide(token=row.token, actor=desk, at=NOW)
    assert worked(row).state == "DONE"
    assert Event.objects.filter(name__startswith="people.resident").count() == events


def test_nothing_personal_of_a_file_is_readable_and_nothing_is_left_of_it(cast, desk):
    data = clean([("张三丰", ZHANG, "翠园3幢1单元502", "13800138000")])
    row = checked(cast, desk, data)
    kept = bytes(RosterFile.objects.get().content_sealed)
    assert not kept.startswith(b"PK")
    said = bytes(RosterRow.objects.get().said_sealed)
    assert "张三丰".encode() not in said
    assert ZHANG.encode() not in said
    receiving.decide(token=row.token, actor=desk, at=NOW)
    worked(row)
    assert not RosterFile.objects.exists()
    assert not RosterRow.objects.exists()


def test_a_file_that_nobody_decides_about_is_gone_after_two_days(cast, desk):
    row = checked(cast, desk, clean([("张三", ZHANG, "翠园3幢1单元502", "")]))
    tick(at=NOW + timedelta(days=2), jobs=BOOK_JOBS)
    row.refresh_from_db()
    assert row.state == "DROPPED"
    assert not RosterFile.objects.exists()
    assert not RosterRow.objects.exists()


def test_a_list_that_is_never_kept_hides_neither_in_a_files_name_nor_in_a_column(cast, desk):
    heads = ("姓名", "身份证号", "住址", "联系电话", "工作单位")
    where = "翠园5幢1单元101"
    rows = [
        ("张三丰", "", where, "", "社区矫正对象"),
        ("李秀兰", "", where, "", "区信访局"),
    ]
    data = clean(rows, heads=heads)
    with pytest.raises(ImportRefused, match="吸毒人员名单"):
        hand_in(cast, desk, data, name="吸毒人员名单.xlsx")
    row = checked(cast, desk, data)
    assert [(line, column) for line, column, _said in faults(row)] == [(2, "employer")]


def test_wrong_rows_hold_the_others_back_until_somebody_says_so(cast, desk):
    data = clean([("张三", ZHANG, "翠园3幢1单元502", ""), ("李四", LI, "翠园9幢1单元101", "")])
    row = checked(cast, desk, data)
    assert counts(row) == (1, 0, 0, 1)
    with pytest.raises(receiving.ImportHasFaults):
        receiving.decide(token=row.token, actor=desk, at=NOW)
    assert worked(row).state == "CHECKED"
    receiving.decide(token=row.token, actor=desk, at=NOW, only_good=True)
    assert worked(row).state == "DONE"
    assert set(roster(desk)) == {"张三"}


def test_a_kill_between_two_batches_loses_and_doubles_nobody(cast, desk, monkeypatch):
    from linli.people.books import running

    monkeypatch.setattr(running, "BATCH", 2)
    people = [
        (f"居民{at}", number_of(born=date(1980, 1, at + 1)), "翠园3幢2单元101", "")
        for at in range(5)
    ]
    row = checked(cast, desk, clean(people))
    receiving.decide(token=row.token, actor=desk, at=NOW)
    running.work(at=NOW)
    assert Resident.objects.count() == 2
    # The next batch dies half-way, after it said that it is at work.
    with monkeypatch.context() as broken:
        broken.setattr(running, "_mark", _die)
        with pytest.raises(KeyboardInterrupt):
            running.work(at=NOW)
    assert Resident.objects.count() == 2
    assert running.work(at=NOW + timedelta(seconds=1)) == 0, "the dead worker's word still counts"
    assert running.work(at=NOW + timedelta(minutes=3)) == 1
    assert worked(row).state == "DONE"
    assert len(roster(desk)) == 5
    assert Event.objects.filter(name="people.resident_added").count() == 5


def _die(*_given):
    raise KeyboardInterrupt


def test_whoever_no_longer_keeps_the_roster_brings_nothing_in(cast, desk):
    row = checked(cast, desk, clean([("张三", ZHANG, "翠园3幢1单元502", "")]))
    receiving.decide(token=row.token, actor=desk, at=NOW)
    cast.zhou_min.roles.update(until_date=NOW.date() - timedelta(days=1))
    assert worked(row).state == "FAILED"
    assert not Resident.objects.exists()


@pytest.mark.parametrize("who", ["xu", "wang", "gu", "outsider", "nobody_yet"])
def test_only_the_office_hands_files_in(cast, desk, who):
    row = checked(cast, desk, clean([("张三", ZHANG, "翠园3幢1单元502", "")]))
    other = cast.actor(getattr(cast, who))
    with pytest.raises(NotFound):
        hand_in(cast, other, clean([]))
    with pytest.raises(NotFound):
        receiving.decide(token=row.token, actor=other, at=NOW)


# --- What offices have --------------------------------------------------------------------------


def test_titles_above_and_totals_below_are_no_rows(cast, desk):
    data = under_titles(
        [
            (1, "张　三", "男", ZHANG, "翠园3幢1单元502"),
            (2, "李四", "男", LI.lower(), "翠园 3 幢 1 单元 502 室"),
            (3, None, None, None, None),
            (4, "王五", "男", f" {WANG[:6]} {WANG[6:]} ", "翠园三幢一单元５０２"),
        ],
        heads=("序号", "姓 名", "性别", "身份证号码", "家庭住址"),
    )
    row = checked(cast, desk, data)
    assert faults(row) == []
    assert counts(row) == (3, 0, 0, 0)


@pytest.mark.parametrize(
    "written",
    [
        *("2024-01-02", "2024/1/2", "2024.1.2", "2024年1月2日", "20240102", 20240102, 45293),
        *(
            "2024年1月2日生",
            "2024年1月2日出生",
            "二〇二四年一月二日",
            "二零二四年一月二日",
            "45293",
        ),
        date(2024, 1, 2),
    ],
)
def test_dates_in_every_form_are_the_same_day(cast, desk, written):
    heads = ("姓名", "出生日期", "住址")
    data = book({"居民": [heads, ("小明", written, "翠园3幢1单元502")]})
    brought_in(cast, desk, data)
    assert roster(desk)["小明"][0].birth_date == date(2024, 1, 2)


@pytest.mark.parametrize("written", ["5/6/1990", "85年3月", "19903", "一九九〇年十五月六日"])
def test_a_day_that_may_be_another_is_refused(written):
    with pytest.raises(CellWrong) as wrong:
        read_date(written)
    told = "This is not a date" in str(wrong.value) or "这不是日期" in str(wrong.value)
    assert told == (written not in ("5/6/1990", "85年3月"))


def test_characters_count_to_thirty_one():
    assert read_date("一九四九年十二月三十一日") == date(1949, 12, 31)
    assert read_date("一九九〇年十月二十日") == date(1990, 10, 20)
    assert read_date("一九九〇年五月") == date(1990, 5, 1)


def test_a_month_is_its_first_day_and_an_elder_has_an_old_serial(cast, desk):
    heads = ("姓名", "出生年月", "住址")
    rows = [("小明", "2024年1月", "翠园3幢1单元502"), ("老张", 14611, "翠园3幢1单元502")]
    brought_in(cast, desk, book({"居民": [heads, *rows]}))
    known = roster(desk)
    assert known["小明"][0].birth_date == date(2024, 1, 1)
    assert known["老张"][0].birth_date == date(1940, 1, 1)


def test_numbers_that_a_spreadsheet_spoilt_are_named(cast, desk):
    data = clean(
        [
            ("张三", 1.10105194912e17, "翠园3幢1单元502", ""),
            ("李四", "1.10105E+17", "翠园3幢1单元502", ""),
            ("王五", "110105194912310021", "翠园3幢1单元502", ""),
            ("赵六", f"'{ZHANG}", "翠园3幢1单元502", 13800138000.0),
        ]
    )
    row = checked(cast, desk, data)
    told = faults(row)
    assert [(line, column) for line, column, _ in told] == [
        *((2, "id_number"), (3, "id_number"), (4, "id_number")),
    ]
    assert "15" in told[0][2]
    assert "15" in told[1][2]
    assert counts(row) == (1, 0, 0, 3)
    receiving.decide(token=row.token, actor=desk, at=NOW, only_good=True)
    worked(row)
    assert roster(desk)["赵六"][0].phone == "13800138000"


@pytest.mark.parametrize("blank", ["无", "—", "/", "-", "--", "暂无", " ", None])
def test_blanks_in_every_form_say_nothing(cast, desk, blank):
    brought_in(cast, desk, clean([("张三", blank, "翠园3幢1单元502", blank)]))
    person = roster(desk)["张三"][0]
    assert (person.id_number, person.phone) == ("", "")


def test_a_blank_cell_leaves_what_is_known(cast, desk):
    brought_in(cast, desk, clean([("张三", ZHANG, "翠园3幢1单元502", "13800138000")]))
    row = checked(cast, desk, clean([("张三", ZHANG, "翠园3幢1单元502", "")]))
    assert counts(row) == (0, 0, 1, 0)


def test_a_household_under_one_merged_address(cast, desk):
    heads = ("住址", "姓名", "与户主关系")
    rows = [
        ("翠园3幢1单元502", "张三", "户主"),
        (None, "李四", "妻子"),
        (None, "张小三", "长子"),
        ("翠园5幢1单元101", "王五", "户主"),
        (None, "王小五", "之子"),
    ]
    data = book({"居民": [heads, *rows]}, merged={"居民": ["A2:A4"]})
    brought_in(cast, desk, data)
    known = roster(desk)
    assert known["张小三"][1] == "翠园 3幢 1单元 502"
    assert known["王小五"][1] == "翠园 5幢 1单元 101"
    assert (known["李四"][0].relation, known["张小三"][0].relation) == ("SPOUSE", "CHILD")


def test_a_heading_that_stands_twice_is_asked_about_unless_it_says_nothing_more(cast, desk):
    heads = ("姓名", "住址", "联系电话", "联系电话")
    first = "张三", "翠园3幢1单元502", "13800138000"
    assert worked(hand_in(cast, desk, book({"居民": [heads, (*first, "")]}))).state == "CHECKED"
    assert (
        worked(hand_in(cast, desk, book({"居民": [heads, (*first, first[2])]}))).state == "CHECKED"
    )
    row = worked(hand_in(cast, desk, book({"居民": [heads, (*first, "83190000")]})))
    assert row.state == "READ"
    assert receiving.headings_known(row=row)[0] == [*heads[:3], "联系电话 2"]
    receiving.tell_columns(token=row.token, columns={"联系电话 2": ""}, actor=desk, at=NOW)
    assert worked(row).state == "CHECKED"


def test_the_same_as_above_is_what_was_written_out_last(cast, desk):
    heads = ("姓名", "住址", "与户主关系")
    rows = [
        ("张三", "翠园3幢1单元502", "户主"),
        ("李四", "同上", "配偶"),
        ("张小三", "〃", "子女"),
    ]
    brought_in(cast, desk, book({"居民": [heads, *rows]}))
    assert {address for _, address in roster(desk).values()} == {"翠园 3幢 1单元 502"}


def test_several_sheets_with_the_door_in_columns(cast, desk):
    heads = ("姓名", "小区名称", "楼栋号", "单元", "房号", "手机号码")
    sheets = {
        "说明": [["本表由网格员填写"]],
        "3幢": [heads, ("张三", "翠园", "3幢", "1单元", 502, 13800138000)],
        "5幢": [heads, ("王五", "翠园", 5, 1, "101室", "")],
        "空表": [heads],
    }
    brought_in(cast, desk, book(sheets))
    assert {name: address for name, (_, address) in roster(desk).items()} == {
        "张三": "翠园 3幢 1单元 502",
        "王五": "翠园 5幢 1单元 101",
    }


def test_a_door_that_does_not_exist_is_told_by_its_part(cast, desk):
    heads = ("姓名", "小区", "楼栋", "单元", "室号")
    rows = [
        ("甲", "兰园", "3", "1", "502"),
        ("乙", "翠园", "8", "1", "502"),
        ("丙", "翠园", "3", "1", "909"),
        ("丁", "翠园", "3", "", "501"),
        ("戊", "翠园", "3", "1", ""),
    ]
    row = checked(cast, desk, book({"居民": [heads, *rows]}))
    assert [(line, column) for line, column, _ in faults(row)] == [
        *((2, "estate"), (3, "building"), (4, "room"), (5, "room"), (6, "room")),
    ]


def test_an_estate_in_short_is_the_only_one_that_begins_so(cast, desk):
    cast.estate.name = "桃溪新村"
    cast.estate.save()
    entrance = Entrance.objects.create(building=cast.far_building, code="1", name="1单元")
    Dwelling.objects.create(entrance=entrance, room="101")
    heads = ("姓名", "家庭详细住址")
    rows = [
        ("甲", "桃溪3幢1单元502"),
        ("乙", "府东社区桃溪三幢一单元502"),
        ("丙", "桃花3幢1单元502"),
    ]
    row = checked(cast, desk, book({"居民": [heads, *rows]}))
    assert [line for line, _, _ in faults(row)] == [4]
    cast.other_estate.name = "桃溪花园"
    cast.other_estate.save()
    row = checked(cast, desk, book({"居民": [heads, *rows[:1]]}))
    assert [line for line, _, _ in faults(row)] == [2]


def test_headings_nobody_knows_are_asked_once(cast, desk):
    heads = ("姓名", "住址", "联络号码", "爱好")
    rows = [("张三", "翠园3幢1单元502", "13800138000", "下棋")]
    row = worked(hand_in(cast, desk, book({"居民": [heads, *rows]})))
    assert row.state == "READ"
    headings, known = receiving.headings_known(row=row)
    assert (headings, set(known)) == (list(heads), {"姓名", "住址"})
    receiving.tell_columns(
        token=row.token, columns={"联络号码": "phone", "爱好": ""}, actor=desk, at=NOW
    )
    assert counts(worked(row)) == (1, 0, 0, 0)
    assert dict(RosterHeading.objects.values_list("heading", "column")) == {
        "联络号码": "phone",
        "爱好": "",
    }
    again = worked(hand_in(cast, desk, book({"居民": [heads, ("李四", rows[0][1], "", "")]})))
    assert again.state == "CHECKED"


def test_without_a_column_of_names_the_file_waits(cast, desk):
    data = book({"居民": [("住址", "联系电话"), ("翠园3幢1单元502", "13800138000")]})
    row = worked(hand_in(cast, desk, data))
    assert row.state == "READ"
    with pytest.raises(receiving.ColumnsNotNamed, match="姓名"):
        receiving.tell_columns(token=row.token, columns={}, actor=desk, at=NOW)


def test_the_same_person_twice_in_one_file(cast, desk):
    data = clean(
        [
            ("张三", ZHANG, "翠园3幢1单元502", ""),
            ("张三", ZHANG, "翠园5幢1单元101", ""),
            ("王五", "", "翠园5幢1单元101", ""),
            ("王五", "", "翠园5幢1单元101", ""),
        ]
    )
    row = checked(cast, desk, data)
    assert [(line, column) for line, column, _ in faults(row)] == [(3, "id_number"), (5, "name")]


def test_what_a_file_knows_better_changes_columns_by_name(cast, desk):
    brought_in(cast, desk, clean([("张三", "", "翠园3幢1单元502", "13800138000")]))
    data = clean([("张三", ZHANG, "翠园3幢1单元502", "13900139000")])
    row = checked(cast, desk, data)
    (only,) = receiving.opened_rows(row=row, outcome="CHANGED")
    assert set(only.fields) == {"id_number", "id_kind", "phone", "sex", "birth_date"}
    receiving.decide(token=row.token, actor=desk, at=NOW)
    worked(row)
    person = roster(desk)["张三"][0]
    assert (person.id_number, person.phone) == (ZHANG, "13900139000")
    assert Resident.objects.count() == 1


def test_somebody_known_by_number_moves_house(cast, desk):
    brought_in(cast, desk, clean([("张三", ZHANG, "翠园3幢1单元502", "")]))
    row = checked(cast, desk, clean([("张三", ZHANG, "翠园5幢1单元101", "")]))
    assert counts(row) == (0, 1, 0, 0)
    receiving.decide(token=row.token, actor=desk, at=NOW)
    assert worked(row).state == "DONE"
    assert roster(desk)["张三"][1] == "翠园 5幢 1单元 101"
    assert Stay.objects.count() == 2


def test_a_number_of_somebody_else_neither_renames_nor_moves_them(cast, desk):
    brought_in(cast, desk, clean([("张三", ZHANG, "翠园3幢1单元502", "")]))
    row = checked(cast, desk, clean([("李四", ZHANG, "翠园5幢1单元101", "")]))
    assert [(line, column) for line, column, _ in faults(row)] == [(2, "name")]
    assert counts(row) == (0, 0, 0, 1)
    spaced = checked(cast, desk, clean([("张　三", ZHANG, "翠园3幢1单元502", "")]))
    assert counts(spaced) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "name",
    [
        *("空房", "空置", "无人", "租客", "户主", "房东", "住户", "业主", "暂无", "不详"),
        *("吴八、吴九", "吴十/吴百", "吴六，吴七", "吴小六\n吴小七", "<b>吴</b>", "吴?", "未知"),
    ],
)
def test_what_is_no_name_is_wrong_in_a_workbook_and_in_a_form(cast, desk, name):
    row = checked(cast, desk, clean([(name, "", "翠园3幢1单元502", "")]))
    assert [(line, column) for line, column, _ in faults(row)] == [(2, "name")]
    assert not Household.objects.exists()
    with pytest.raises(Several) as refused:
        person.checked(person=person.Person(name=name), on=NOW.date())
    assert [one.field for one in refused.value.faults] == ["name"]


def test_a_name_wrapped_in_its_cell_is_one_name(cast, desk):
    brought_in(cast, desk, clean([("欧阳\n修", "", "翠园3幢1单元502", "")]))
    assert set(roster(desk)) == {"欧阳修"}


def test_who_may_be_the_same_or_is_named_by_courtesy_is_pointed_out(cast, desk):
    heads = ("姓名", "出生日期", "住址")
    home = "翠园3幢1单元502"
    brought_in(cast, desk, book({"居民": [heads, ("张三", "1950-03-01", home)]}))
    again = [("张三", "1950-03-02", home), ("王女士", "", home), ("李四", "", home)]
    row = checked(cast, desk, book({"居民": [heads, *again]}))
    assert counts(row) == (3, 0, 0, 0)
    hinted = receiving.opened_rows(row=row, outcome="HINTED")
    assert [one.said["name"] for one in hinted] == ["张三", "王女士"]


def test_numbers_that_an_export_masked_say_nothing(cast, desk):
    home = "翠园3幢1单元502"
    people = [("张三", ZHANG, home, "13800138000"), ("李四", LI, home, "13900139000")]
    brought_in(cast, desk, clean(people))
    masked = [("张三", "110105********0021", home, "138****8000"), ("李四", "*" * 18, home, "****")]
    row = checked(cast, desk, clean([*masked, ("王五", "", home, "138****0201")]))
    assert counts(row) == (1, 0, 2, 0)
    assert len(receiving.opened_rows(row=row, outcome="HINTED")) == 1


def test_a_row_that_no_longer_fits_is_left_out_and_told(cast, desk):
    row = checked(cast, desk, clean([("张三", ZHANG, "翠园3幢1单元502", "")]))
    brought_in(cast, desk, clean([("张三", ZHANG, "翠园5幢1单元101", "")]))
    receiving.decide(token=row.token, actor=desk, at=NOW)
    assert worked(row).state == "DONE"
    assert receiving.counts_of(row=row).left_out == 1
    assert Resident.objects.count() == 1


# --- Households ---------------------------------------------------------------------------------


def test_households_come_in_by_their_doors(cast, desk):
    heads = ("小区", "楼栋", "单元", "室号", "居住情况", "单位")
    rows = [
        ("翠园", "3幢", "1", "502", "自住", "机床厂"),
        ("翠园", "5幢", "", "101", "出租", ""),
        ("翠园", "5幢", "", "102", "", ""),
        ("翠园", "5幢", "", "102", "空置", ""),
        ("翠园", "5幢", "", "501", "闹鬼", ""),
    ]
    row = checked(cast, desk, book({"住户": [heads, *rows]}), register="HOUSEHOLDS")
    assert counts(row) == (3, 0, 0, 2)
    receiving.decide(token=row.token, actor=desk, at=NOW, only_good=True)
    assert worked(row).state == "DONE"
    kept = Household.objects.order_by("id").values_list("dwelling__room", "status", "employer")
    assert sorted(kept) == [
        ("101", "LET", ""),
        ("102", "UNKNOWN", ""),
        ("502", "LIVES_HERE", "机床厂"),
    ]
    rows[1] = ("翠园", "5幢", "", "101", "空关", "")
    row = checked(cast, desk, book({"住户": [heads, *rows[:3]]}), register="HOUSEHOLDS")
    assert counts(row) == (0, 1, 2, 0)


def test_a_home_with_people_in_it_is_not_vacant(cast, desk):
    brought_in(cast, desk, clean([("张三", ZHANG, "翠园3幢1单元502", "")]))
    heads = ("住址", "居住情况")
    data = book({"住户": [heads, ("翠园3幢1单元502", "空置"), ("翠园5幢1单元101", "空置")]})
    row = checked(cast, desk, data, register="HOUSEHOLDS")
    assert [(line, column) for line, column, _ in faults(row)] == [(2, "status")]
    assert counts(row) == (1, 0, 0, 1)


# --- What is refused at once --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("名册.csv", "姓名和住址：张三，翠园".encode("gb18030")),
        ("名册.json", b'{"name": "x", "address": "y"}'),
        ("名册.xlsx", b"%PDF-1.7 nothing"),
        ("名册.xlsx", b"PK\x03\x04 broken"),
    ],
)
def test_what_is_no_workbook_is_refused_with_what_to_do(cast, desk, name, data):
    with pytest.raises(ImportRefused):
        hand_in(cast, desk, data, name=name)
    assert not RosterImport.objects.exists()


def test_a_workbook_without_a_table_fails_with_a_sentence(cast, desk):
    row = worked(hand_in(cast, desk, book({"Sheet1": [["工作总结"], ["一、加强学习"]]})))
    assert row.state == "FAILED"
    assert "姓名" in row.problem
    assert not RosterFile.objects.exists()
