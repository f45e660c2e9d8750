"""The other registers from workbooks: party members, teams, needs, talents, organisations."""

from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from linli.core.codes import is_credit_code
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.core.sheets import OldWorkbook
from linli.flows.worker import BOOK_JOBS, tick
from linli.people import queries, services
from linli.people.books import receiving
from linli.people.models import (
    Organisation,
    PartyMember,
    PriorityNeed,
    Resident,
    RosterRow,
    Talent,
    TeamMember,
)
from linli.people.personal import Person
from linli.people.tests.dirty import book, under_titles
from tests.cast import NOW, RoleName, give

pytestmark = pytest.mark.django_db

ZHANG, PHONE, DOOR = "11010519491231002X", "13800138000", "翠园3幢1单元502"
OLD_XLS = Path(__file__).with_name("files") / "roster-of-2003.xls"


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


@pytest.fixture
def secretary(cast):
    return cast.actor(cast.shen)


@pytest.fixture
def home(cast, desk):
    return services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )


@pytest.fixture
def people(home, desk):
    """Three on the roster: 张三丰 by number, 李秀兰 by telephone, 王小明 by door, who is ten."""
    known = (
        Person(name="张三丰", id_number=ZHANG),
        Person(name="李秀兰", phone=PHONE),
        Person(name="王小明", birth_date=date(2016, 1, 1)),
    )
    return [
        services.add_resident(household_id=home.pk, person=one, actor=desk, at=NOW) for one in known
    ]


def handed_in(cast, actor, register, data):
    return worked(
        receiving.receive(
            upload=SimpleUploadedFile("名册.xlsx", data),
            register=register,
            community_id=cast.community.pk,
            actor=actor,
            at=NOW,
        )
    )


def worked(row):
    for _ in range(1_000):
        if not tick(at=NOW, jobs=BOOK_JOBS)["roster_imports"]:
            break
    row.refresh_from_db()
    return row


def checked(cast, actor, register, *rows):
    row = handed_in(cast, actor, register, book({"名册": rows}))
    assert row.state == "CHECKED", (row.state, row.problem)
    return row


def brought_in(cast, actor, register, *rows, only_good=False):
    row = checked(cast, actor, register, *rows)
    assert only_good or not faults(row)
    receiving.decide(token=row.token, actor=actor, at=NOW, only_good=only_good)
    row = worked(row)
    assert row.state == "DONE", row.problem
    assert not receiving.counts_of(row=row).left_out
    return row


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


def places(row):
    return [(line, column) for line, column, _ in faults(row)]


# --- Party members ------------------------------------------------------------------------------

PARTY_HEADS = ("党员姓名", "身份证号码", "联系电话", "所在支部", "党员类别", "入党时间", "工作单位")


@pytest.fixture
def tree(cast, secretary):
    def unit(level, name, under=None):
        return services.add_party_unit(
            community_id=cast.community.pk,
            level=level,
            name=name,
            parent_id=under and under.pk,
            area_id=None if level == "COMMITTEE" else cast.grid.pk,
            actor=secretary,
            at=NOW,
        )

    top = unit("COMMITTEE", "中共府东社区委员会")
    first, second = unit("BRANCH", "第一党支部", top), unit("BRANCH", "中共府东社区第二支部", top)
    return first, second, unit("GROUP", "翠园党小组", first)


PARTY_ROWS = (
    ("张三丰", ZHANG, "", "第一支部", "离退休党员", "1975-07-01", ""),
    ("李秀兰", "无", PHONE, "第二党支部", "社区党员", "/", ""),
    ("赵在职", "", "13900139000", "第一党支部", "在职党员", "2010年7月", "区人民医院（东院）"),
)


@pytest.mark.usefixtures("people")
def test_party_members_come_in_and_the_same_file_changes_nothing(cast, secretary, tree):
    first, second, _group = tree
    row = checked(cast, secretary, "PARTY", PARTY_HEADS, *PARTY_ROWS)
    assert (faults(row), counts(row)) == ([], (3, 0, 0, 0))
    assert receiving.headings_left_out(row=row) == ["入党时间"]
    assert not PartyMember.objects.exists()
    receiving.decide(token=row.token, actor=secretary, at=NOW)
    assert worked(row).state == "DONE"
    found = {(one.unit_id, one.kind, one.employer, one.resident_id is None)
             for one in PartyMember.objects.all()}  # fmt: skip
    assert found == {
        (first.pk, "RETIRED", "", False),
        (second.pk, "COMMUNITY", "", False),
        (first.pk, "IN_SERVICE", "区人民医院（东院）", True),
    }
    assert {one.grid_id for one in PartyMember.objects.all()} == {cast.grid.pk}
    assert Event.objects.filter(name="people.party_member_added").count() == 3
    assert not RosterRow.objects.filter(outcome="APPLIED").exists()
    again = checked(cast, secretary, "PARTY", PARTY_HEADS, *PARTY_ROWS)
    assert counts(again) == (0, 0, 3, 0)


@pytest.mark.usefixtures("people")
def test_a_member_moves_and_changes_kind_by_a_file(cast, secretary, tree):
    brought_in(cast, secretary, "PARTY", PARTY_HEADS, *PARTY_ROWS)
    services.add_kind(
        community_id=cast.community.pk, use="DUTY", name="宣传员", actor=secretary, at=NOW
    )
    heads = ("姓名", "身份证号", "支部", "党小组", "党员类型", "网格", "网格岗位")
    moved = ("张三丰", ZHANG, "第一党支部", "翠园党小组", "社区党员", "2网格", "宣传员")
    row = checked(cast, secretary, "PARTY", heads, moved)
    (only,) = receiving.opened_rows(row=row, outcome="CHANGED")
    assert set(only.fields) == {"unit", "member_kind", "grid", "duties"}
    brought_in(cast, secretary, "PARTY", heads, moved)
    member = PartyMember.objects.get(resident__id_digest__gt="", until_date=None)
    assert (member.unit_id, member.kind) == (tree[2].pk, "COMMUNITY")
    assert member.grid_id == cast.other_grid.pk
    assert [one.name for one in member.duties.all()] == ["宣传员"]
    assert counts(checked(cast, secretary, "PARTY", heads, moved)) == (0, 0, 1, 0)


@pytest.mark.usefixtures("people", "tree")
def test_who_cannot_be_a_member_is_told_by_column(cast, secretary):
    row = checked(
        cast,
        secretary,
        "PARTY",
        PARTY_HEADS,
        ("钱不在", "", "13900139001", "第一党支部", "社区党员", "", ""),  # not on the roster
        ("李秀兰", "", "", "第一党支部", "社区党员", "", ""),  # a name alone
        ("张三", ZHANG, "", "第一党支部", "社区党员", "", ""),  # another name
        ("李秀兰", "", PHONE, "第九党支部", "社区党员", "", ""),
        ("李秀兰", "", PHONE, "第一党支部", "预备党员", "", ""),
        ("李秀兰", "", PHONE, "第一党支部", "", "", ""),
        ("张三丰", ZHANG, "", "第一党支部", "社区党员", "", ""),
        ("张三丰", ZHANG, "", "第二支部", "社区党员", "", ""),  # twice
    )
    told = faults(row)
    assert places(row) == [
        *((2, "name"), (3, "name"), (4, "name"), (5, "unit")),
        *((6, "member_kind"), (7, "member_kind"), (9, "name")),
    ]
    assert "居民名册" in told[0][2]
    assert "第一党支部" in told[3][2]


@pytest.mark.parametrize("heading", ["党费缴纳", "是否发展对象", "处分情况", "所患疾病", "糖尿病"])
@pytest.mark.usefixtures("people", "tree")
def test_a_column_that_is_never_kept_is_refused_in_words(cast, secretary, heading):
    heads = (*PARTY_HEADS, heading)
    row = handed_in(cast, secretary, "PARTY", book({"党员": [heads, (*PARTY_ROWS[0], "1")]}))
    assert row.state == "FAILED"
    assert heading in row.problem
    assert "不予保存" in row.problem


def test_the_partys_file_is_the_secretarys(cast, desk, secretary):
    with pytest.raises(NotFound):
        handed_in(cast, desk, "PARTY", book({"党员": [PARTY_HEADS, *PARTY_ROWS]}))
    row = handed_in(cast, secretary, "PARTY", book({"党员": [PARTY_HEADS, *PARTY_ROWS]}))
    assert row not in receiving.imports_of(actor=desk)
    with pytest.raises(NotFound):
        receiving.get_import(actor=desk, token=row.token)
    assert row in receiving.imports_of(actor=secretary)


# --- Grid teams ---------------------------------------------------------------------------------


@pytest.fixture
def kinds(cast, desk):
    def kind(name, filled_by=""):
        return services.add_kind(
            community_id=cast.community.pk,
            use="TEAM",
            name=name,
            filled_by=filled_by,
            actor=desk,
            at=NOW,
        )

    return kind("网格员", "GRID_WORKER"), kind("党员"), kind("居民骨干"), kind("政法网格员")


TEAM_ROWS = (
    ("第一网格", "专职网格员", "许中杰", ""),  # by his role already
    ("第一网格", "居民骨干", "李秀兰", PHONE),
    ("320102003005002", "居民骨干", "张 三丰", ZHANG),
    ("2网格", "政法网格员", "周敏", ""),
)


@pytest.mark.usefixtures("people", "kinds")
def test_teams_come_in_a_person_in_a_row(cast, desk):
    heads = ("网格", "人员类型", "姓名", "联系方式")
    rows = [(*one[:3], "" if one[3] == ZHANG else one[3]) for one in TEAM_ROWS]
    row = checked(cast, desk, "TEAMS", heads, *rows)
    assert places(row) == [(4, "name")]  # 张三丰 without a number
    heads = (*heads, "身份证号")
    rows = [(*one, ZHANG if "三丰" in one[2] else "") for one in rows]
    row = brought_in(cast, desk, "TEAMS", heads, *rows)
    found = TeamMember.objects.values_list("grid__name", "kind__name", "account__name")
    assert set(found) == {
        ("第一网格", "居民骨干", None),
        ("第二网格", "居民骨干", None),
        ("第二网格", "政法网格员", "周敏"),
    }
    assert counts(checked(cast, desk, "TEAMS", heads, *rows)) == (0, 0, 4, 0)


@pytest.mark.usefixtures("people", "kinds")
def test_teams_come_in_a_grid_in_a_row(cast, desk):
    heads = ("序号", "网格名称", "专职网格员", "居民骨干", "民警", "备注")
    rows = [
        (1, "第一网格", "许中杰", f"李秀兰（{PHONE}）、周宁", "无", ""),
        (2, "第二网格", "孙丽", "", "钱不在13900139001", "x"),
    ]
    row = handed_in(cast, desk, "TEAMS", under_titles(rows, heads))
    assert row.state == "CHECKED", row.problem
    assert counts(row) == (2, 0, 2, 1)
    assert places(row) == [(5, "name")]
    receiving.decide(token=row.token, actor=desk, at=NOW, only_good=True)
    worked(row)
    found = TeamMember.objects.values_list("grid__name", "kind__name", "account__name")
    assert set(found) == {("第一网格", "居民骨干", None), ("第一网格", "居民骨干", "周宁")}


@pytest.mark.parametrize("said", ["李秀兰（138 0013 8000）", "李秀兰：138-0013-8000"])
@pytest.mark.usefixtures("people", "kinds")
def test_a_telephone_beside_a_name_may_be_written_with_gaps(cast, desk, said):
    row = checked(cast, desk, "TEAMS", ("网格", "居民骨干"), ("第一网格", said))
    (only,) = receiving.opened_rows(row=row, outcome="NEW")
    assert (only.said["name"], only.said["phone"]) == ("李秀兰", PHONE)


@pytest.mark.usefixtures("people", "kinds")
def test_a_kind_the_community_calls_otherwise_is_named_once(cast, desk, kinds):
    heads = ("网格", "网格员", "热心人")
    data = book({"队伍": [heads, ("第一网格", "许中杰", f"李秀兰{PHONE}")]})
    row = handed_in(cast, desk, "TEAMS", data)
    assert row.state == "READ"
    told = {"热心人": f"kind_{kinds[2].pk}"}
    receiving.tell_columns(token=row.token, columns=told, actor=desk, at=NOW)
    assert counts(worked(row)) == (1, 0, 1, 0)
    assert handed_in(cast, desk, "TEAMS", data).state == "CHECKED"


def test_teams_without_names_or_kinds_are_asked_for(cast, desk, kinds):
    row = handed_in(cast, desk, "TEAMS", book({"队伍": [("网格", "电话"), ("第一网格", PHONE)]}))
    assert row.state == "READ"
    with pytest.raises(receiving.ColumnsNotNamed, match="姓名"):
        receiving.tell_columns(token=row.token, columns={}, actor=desk, at=NOW)


# --- Those served first -------------------------------------------------------------------------

NEED_HEADS = ("对象姓名", "身份证号", "电话", "重点人群类别", "帮扶需求", "走访频次", "帮扶责任人")
HELP = "需要有人代取药、买菜，上下楼要人扶"
NEED_ROWS = (
    ("张三丰", ZHANG, "", "独居老人", HELP, "每周一次", "许中杰"),
    ("李秀兰", "", PHONE, "困难家庭", "需要有人教用手机", "每月", "周敏"),
)


@pytest.fixture
def groups(cast, secretary):
    services.begin_need_groups(community_id=cast.community.pk, actor=secretary, at=NOW)


@pytest.mark.usefixtures("people", "groups")
def test_needs_come_in_sealed_and_the_same_file_changes_nothing(cast, secretary):
    brought_in(cast, secretary, "NEEDS", NEED_HEADS, *NEED_ROWS)
    found = PriorityNeed.objects.values_list("cadence", "responsible__name")
    assert set(found) == {("WEEKLY", "许中杰"), ("MONTHLY", "周敏")}
    need = PriorityNeed.objects.get(cadence="WEEKLY")
    said = services.open_need(need_id=need.pk, reason="安排走访", actor=secretary, at=NOW)
    assert said == HELP
    assert HELP not in str(list(Event.objects.values_list("facts", flat=True)))
    row = checked(cast, secretary, "NEEDS", NEED_HEADS, *NEED_ROWS)
    assert counts(row) == (0, 0, 2, 0)
    blank = ("张三丰", ZHANG, "", "独居老人", "", "每季度", "")
    row = brought_in(cast, secretary, "NEEDS", NEED_HEADS, blank)
    need.refresh_from_db()
    assert (need.cadence, need.responsible_id) == ("QUARTERLY", cast.xu.pk)
    said = services.open_need(need_id=need.pk, reason="安排走访", actor=secretary, at=NOW)
    assert said == HELP


@pytest.mark.usefixtures("people", "groups")
def test_a_diagnosis_and_a_list_that_is_never_kept_are_refused(cast, secretary):
    row = checked(
        cast,
        secretary,
        "NEEDS",
        NEED_HEADS,
        ("张三丰", ZHANG, "", "独居老人", "糖尿病，需要取药", "每周", "许中杰"),
        ("张三丰", ZHANG, "", "精神障碍患者", "陪同", "每周", "许中杰"),
        ("张三丰", ZHANG, "", "社区·矫正对象", "陪同", "每周", "许中杰"),
        ("张三丰", ZHANG, "", "高个子", "陪同", "每周", "许中杰"),
        ("张三丰", ZHANG, "", "困难家庭", "", "", "路人"),
        ("钱不在", "", "13900139001", "困难家庭", "陪同", "每周", "许中杰"),
    )
    told = faults(row)
    assert places(row) == [
        *((2, "help"), (3, "group"), (4, "group"), (5, "group")),
        *((6, "responsible"), (7, "name")),
    ]
    assert "糖尿病" in told[0][2]
    assert "精神障碍" in told[1][2]
    assert "矫正" in told[2][2]
    assert "独居老人" in told[3][2]
    assert counts(row) == (0, 0, 0, 6)


@pytest.mark.usefixtures("people", "groups")
@pytest.mark.parametrize("title", ["2026年社区矫正人员花名册", "吸毒人员"])
def test_a_list_that_is_never_kept_is_refused_by_its_title(cast, secretary, title):
    rows = [(title,), NEED_HEADS, *NEED_ROWS]
    row = handed_in(cast, secretary, "NEEDS", book({"Sheet1": rows}))
    assert row.state == "FAILED"
    assert title in row.problem
    assert not PriorityNeed.objects.exists()


@pytest.mark.usefixtures("people", "groups")
def test_needs_are_brought_in_by_those_entitled_only(cast, desk, secretary):
    data = book({"走访": [NEED_HEADS, *NEED_ROWS]})
    with pytest.raises(NotFound):
        handed_in(cast, desk, "NEEDS", data)
    give(cast.li, RoleName.SOCIAL_WORKER, cast.community)
    assert handed_in(cast, cast.actor(cast.li), "NEEDS", data).state == "CHECKED"
    with pytest.raises(NotFound):
        handed_in(cast, cast.actor(cast.li), "RESIDENTS", data)


@pytest.mark.usefixtures("people", "groups")
def test_who_lost_the_right_meanwhile_brings_nothing_in(cast):
    role = give(cast.li, RoleName.SOCIAL_WORKER, cast.community)
    worker = cast.actor(cast.li)
    row = handed_in(cast, worker, "NEEDS", book({"走访": [NEED_HEADS, *NEED_ROWS]}))
    receiving.decide(token=row.token, actor=worker, at=NOW)
    role.delete()
    assert worked(row).state == "FAILED"
    assert not PriorityNeed.objects.exists()


# --- Local talents ------------------------------------------------------------------------------

TALENT_HEADS = ("姓名", "身份证号", "电话", "住址", "技能特长", "是否同意公示", "同意日期")


def test_talents_come_in_with_their_consent_and_no_other(cast, desk, people):
    zhang, li, _child = people
    rows = (
        ("张三丰", ZHANG, "", "", "水电维修、书法", "是", "2026-01-05"),
        ("李秀兰", "", PHONE, "", "剪纸", "否", ""),
    )
    row = brought_in(cast, desk, "TALENTS", TALENT_HEADS, *rows)
    talent = Talent.objects.get()
    assert (talent.resident_id, talent.skills) == (zhang.pk, "水电维修 书法")
    assert talent.consented_on == date(2026, 1, 5)
    row = checked(cast, desk, "TALENTS", TALENT_HEADS, *rows)
    assert counts(row) == (0, 0, 2, 0)
    row = checked(
        cast,
        desk,
        "TALENTS",
        TALENT_HEADS,
        ("李秀兰", "", PHONE, "", "剪纸", "是", ""),  # agreed, but when?
        ("王小明", "", "", DOOR, "下棋", "是", "2026-01-05"),  # ten years old
        ("张三丰", ZHANG, "", "", "太极", "否", "2026-01-05"),  # no and yes
    )
    assert places(row) == [(2, "consented_on"), (3, "name"), (4, "consent")]
    assert "同意" in faults(row)[0][2]
    assert not Talent.objects.filter(resident=li).exists()


@pytest.mark.usefixtures("people")
def test_who_no_longer_agrees_is_taken_off_by_a_file(cast, desk):
    yes = ("张三丰", ZHANG, "", "", "水电维修", "是", "2026-01-05")
    brought_in(cast, desk, "TALENTS", TALENT_HEADS, yes)
    no = ("张三丰", ZHANG, "", "", "水电维修", "否", "")
    row = brought_in(cast, desk, "TALENTS", TALENT_HEADS, no)
    assert receiving.counts_of(row=row).applied == 0  # its rows are gone; the talent is, too
    talent = Talent.objects.get()
    assert (talent.skills, talent.withdrawn_on) == ("", NOW.date())


@pytest.mark.usefixtures("people")
def test_a_talent_changes_what_the_row_says_and_keeps_the_rest(cast, desk):
    force = services.add_kind(
        community_id=cast.community.pk, use="FORCE", name="离退休干部", actor=desk, at=NOW
    )
    heads = ("姓名", "身份证号", "特长", "同意日期", "力量类别")
    brought_in(cast, desk, "TALENTS", heads, ("张三丰", ZHANG, "书法", "2026-01-05", "离退休干部"))
    brought_in(cast, desk, "TALENTS", heads, ("张三丰", ZHANG, "书法 太极", "", ""))
    talent = Talent.objects.get()
    assert (talent.skills, talent.consented_on) == ("书法 太极", date(2026, 1, 5))
    assert list(talent.forces.all()) == [force]
    wrong = checked(cast, desk, "TALENTS", heads, ("张三丰", ZHANG, "书法", "", "神仙"))
    assert places(wrong) == [(2, "forces")]


# --- Organisations ------------------------------------------------------------------------------

CREDIT = "91350100M000100Y43"
UNIT_HEADS = ("单位名称", "统一社会信用代码", "单位性质", "联系人", "办公电话", "服务小区")


def test_organisations_come_in_by_code_or_name(cast, desk):
    before = Organisation.objects.count()
    rows = (
        ("清风社工服务中心（府东）", CREDIT, "民非", "王某", "025-83190000", ""),
        (cast.property_company.name, "", "物业公司", "", "95598", "翠园、桂苑"),
        ("府东小学", "", "学校", "", "", ""),
    )
    row = checked(cast, desk, "ORGANISATIONS", UNIT_HEADS, *rows)
    assert (faults(row), counts(row)) == ([], (2, 1, 0, 0))
    assert receiving.headings_left_out(row=row) == ["联系人"]
    brought_in(cast, desk, "ORGANISATIONS", UNIT_HEADS, *rows)
    assert Organisation.objects.count() == before + 2
    made = Organisation.objects.get(code=CREDIT)
    assert (made.name, made.kind) == ("清风社工服务中心（府东）", "SOCIAL_ORGANISATION")
    cast.property_company.refresh_from_db()
    assert cast.property_company.phone == "95598"
    assert cast.property_company.estates.count() == 2
    assert counts(checked(cast, desk, "ORGANISATIONS", UNIT_HEADS, *rows)) == (0, 0, 3, 0)


def test_organisations_that_cannot_be_are_told_by_column(cast, desk):
    services.end_organisation(organisation_id=cast.power_company.pk, actor=desk, at=NOW)
    row = checked(
        cast,
        desk,
        "ORGANISATIONS",
        UNIT_HEADS,
        ("甲公司", "91350100M000100Y44", "企业", "", "", ""),
        ("乙公司", "", "", "", "", ""),
        ("丙公司", "", "企业", "", "12", ""),
        ("丁公司", "", "企业", "", "", "兰园"),
        ("戊公司", cast.power_company.code, "企业", "", "", ""),
        ("己公司", "", "企业", "", "", ""),
        ("己公司", "", "企业", "", "", ""),
    )
    assert places(row) == [
        *((2, "code"), (3, "organisation_kind"), (4, "office_phone"), (5, "estates")),
        *((6, "code"), (8, "name")),
    ]


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("91350100M000100Y43", True), (" 91350100m000100y43 ", True),
        ("91350100M000100Y44", False), ("91350100M000100I43", False), ("9135", False),
    ],
)  # fmt: skip
def test_a_credit_code_has_its_check_character(code, is_one):
    assert is_credit_code(text=code) is is_one


# --- All of them --------------------------------------------------------------------------------


@pytest.mark.usefixtures("people", "groups", "kinds", "tree")
def test_a_stop_between_two_batches_loses_and_doubles_nobody(cast, secretary, monkeypatch):
    from linli.people.books import running

    monkeypatch.setattr(running, "BATCH_OF_CHANGED", 1)
    row = checked(cast, secretary, "NEEDS", NEED_HEADS, *NEED_ROWS)
    receiving.decide(token=row.token, actor=secretary, at=NOW)
    running.work(at=NOW)
    assert PriorityNeed.objects.count() == 1
    assert worked(row).state == "DONE"
    assert PriorityNeed.objects.count() == 2


@pytest.mark.usefixtures("people", "groups")
def test_a_row_that_no_longer_fits_is_left_out_and_told(cast, secretary):
    row = checked(cast, secretary, "NEEDS", NEED_HEADS, *NEED_ROWS)
    brought_in(cast, secretary, "NEEDS", NEED_HEADS, NEED_ROWS[0])
    receiving.decide(token=row.token, actor=secretary, at=NOW)
    assert worked(row).state == "DONE"
    (out,) = receiving.opened_rows(row=row, outcome="LEFT_OUT")
    assert (out.line, bool(out.faults[0].sentence)) == (2, True)
    assert PriorityNeed.objects.count() == 2


# --- A workbook of 2003 -------------------------------------------------------------------------


@pytest.mark.usefixtures("home")
def test_an_old_xls_is_read_with_its_dates_and_merged_cells(cast, desk):
    row = handed_in(cast, desk, "RESIDENTS", OLD_XLS.read_bytes())
    assert row.state == "CHECKED", row.problem
    assert (faults(row), counts(row)) == ([], (3, 0, 0, 0))
    receiving.decide(token=row.token, actor=desk, at=NOW)
    worked(row)
    page = queries.page_of_residents(
        actor=desk, wanted=queries.ResidentFilter(), on=NOW.date()
    ).rows
    known = {one.person.name: one for one in page}
    assert known["李秀兰"].person.birth_date == date(1952, 3, 1)
    assert known["李秀兰"].person.id_number == ""
    assert known["张小山"].address == "翠园 3幢 1单元 502"
    assert known["张三丰"].person.phone == PHONE
    assert Resident.objects.count() == 3


def test_an_xls_that_cannot_be_read_says_how_to_save_it(cast, desk):
    locked = OLD_XLS.read_bytes()[:512] + b"\0" * 4096
    row = handed_in(cast, desk, "RESIDENTS", locked)
    assert row.state == "FAILED"
    assert row.problem == str(OldWorkbook())
