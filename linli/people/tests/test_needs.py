"""Needs: help, never a diagnosis; no forbidden list; seen by few and opened for a reason."""

import pytest
from django.db import connection

from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import NeedGroup, PriorityNeed
from linli.people.personal import Person
from linli.people.queries import NeedFilter
from tests.cast import NOW, RoleName, give

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
HELP = "需要有人帮忙取药，上下楼要人扶"


@pytest.fixture
def secretary(cast):
    return cast.actor(cast.shen)


@pytest.fixture
def elder(cast, secretary):
    household = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=secretary, at=NOW
    )
    return services.add_resident(
        household_id=household.pk, person=Person(name="李奶奶"), actor=secretary, at=NOW
    )


@pytest.fixture
def group(cast, secretary):
    services.begin_need_groups(community_id=cast.community.pk, actor=secretary, at=NOW)
    return NeedGroup.objects.get(name="独居老人")


def given(cast, elder, group, **more):
    return {
        "resident_id": elder.pk,
        "group_id": group.pk,
        "help_needed": HELP,
        "cadence": "WEEKLY",
        "responsible_id": cast.xu.pk,
        "actor": cast.actor(cast.shen),
        "at": NOW,
        **more,
    }


@pytest.fixture
def need(cast, elder, group):
    return services.record_need(**given(cast, elder, group))


@pytest.mark.parametrize(
    "name",
    [
        "社区矫正对象", "吸毒人员", "精神障碍患者", "稳控人员", "信访重点人", "信 访户", "信·访",
        "社区 矫正", "刑满释放", "ＡＡ稳控", "社矫人员", "精障", "缠访", "两劳人员", "法轮功",
        "三类人员", "重点人员", "xinfang", "糖尿病患者",
    ],
)  # fmt: skip
def test_a_list_that_must_not_be_cannot_be_made(cast, secretary, name):
    with pytest.raises(services.ListNeverKept):
        services.add_need_group(community_id=cast.community.pk, name=name, actor=secretary, at=NOW)
    assert not NeedGroup.objects.exists()


def test_the_groups_are_the_communitys_own(cast, secretary, group):
    community = {"community_id": cast.community.pk, "actor": secretary, "at": NOW}
    assert services.begin_need_groups(**community) == 0
    services.add_need_group(name="失独家庭", **community)
    with pytest.raises(services.GroupThere):
        services.add_need_group(name=" 失独家庭 ", **community)
    with pytest.raises(services.GroupNameMissing):
        services.add_need_group(name=" ", **community)
    services.end_need_group(group_id=group.pk, actor=secretary, at=NOW)
    groups = queries.list_need_groups(community_ids=[cast.community.pk])
    names = [one.name for one in groups]
    assert names == ["困难家庭", "困境和留守儿童", "残疾人", "失独家庭"]


@pytest.mark.parametrize(
    "words",
    ["患有糖尿病", "癌 症晚期", "精神分裂", "需要陪护，中风后", "HIV阳性", "乙肝", "正在社区服刑"],
)
def test_a_diagnosis_is_refused_with_a_sentence(cast, elder, group, words):
    with pytest.raises(services.DiagnosisWritten) as refused:
        services.record_need(**given(cast, elder, group, help_needed=words))
    assert refused.value.field == "help"
    assert not PriorityNeed.objects.exists()


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"help_needed": " "}, services.HelpMissing),
        ({"cadence": "DAILY"}, services.CadenceUnknown),
        ({"group_id": 0}, services.GroupUnknown),
        ({"responsible_id": 0}, services.ResponsibleUnknown),
    ],
)
def test_what_is_missing_is_said(cast, elder, group, more, refusal):
    with pytest.raises(refusal):
        services.record_need(**given(cast, elder, group, **more))


def test_nobody_is_in_a_group_twice(cast, elder, group, need):
    with pytest.raises(services.NeedThere):
        services.record_need(**given(cast, elder, group))


def test_the_database_tells_nothing(need, group):
    with connection.cursor() as cursor:
        for table in ("people_priorityneed", "core_event"):
            cursor.execute(f"SELECT * FROM {table}")
            for row in cursor.fetchall():
                said = " ".join(
                    bytes(one).decode("latin-1")
                    if isinstance(one, bytes | memoryview)
                    else str(one)
                    for one in row
                )
                for secret in (HELP, "取药", "独居", "李奶奶", HELP.encode().decode("latin-1")):
                    assert secret not in said
    assert not Event.objects.filter(
        subject_kind="people.need", facts__has_key="resident_id"
    ).exists()


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("shen", True), ("xu", True), ("zhou_min", False), ("li", False), ("wang", False),
        ("sun", False), ("gu", False), ("fang", False), ("chen", False), ("outsider", False),
        ("nobody_yet", False),
    ],
)  # fmt: skip
def test_who_sees_a_need_and_whose_look_is_written_down(cast, need, who, sees):
    actor = cast.actor(getattr(cast, who))
    look = {"actor": actor, "at": NOW}
    refused = Event.objects.filter(name="people.need_look_refused")
    if sees:
        assert services.get_need(need_id=need.pk, **look) == need
        assert services.open_need(need_id=need.pk, reason="上门前了解", **look) == HELP
        assert not refused.exists()
        return
    is_here = cast.community.pk in actor.community_ids
    with pytest.raises(services.NeedsNotYours if is_here else NotFound):
        services.get_need(need_id=need.pk, **look)
    assert [one.actor for one in refused] == [actor.key]
    with pytest.raises(NotFound):
        services.open_need(need_id=need.pk, reason="看看", **look)
    assert not Event.objects.filter(name="people.need_opened").exists()
    assert queries.list_needs(actor=actor, on=TODAY, wanted=NeedFilter()) == []


def test_a_social_worker_is_entitled_in_their_community_only(cast, need):
    give(cast.nobody_yet, RoleName.SOCIAL_WORKER, cast.community)
    give(cast.outside_handler, RoleName.SOCIAL_WORKER, cast.elsewhere)
    for account, total in ((cast.nobody_yet, 1), (cast.outside_handler, 0)):
        rows = queries.list_needs(actor=cast.actor(account), on=TODAY, wanted=NeedFilter())
        assert len(rows) == total


def test_whoever_is_paired_sees_their_own_while_it_lasts(cast, secretary, elder, need):
    holder = services.name_tie_holder(
        community_id=cast.community.pk,
        kind="PAIRING",
        account_id=cast.sun.pk,
        actor=secretary,
        at=NOW,
    )
    tie = services.make_tie(holder_id=holder.pk, resident_id=elder.pk, actor=secretary, at=NOW)
    sun = {"actor": cast.actor(cast.sun), "at": NOW}
    assert services.open_need(need_id=need.pk, reason="今天去看她", **sun) == HELP
    with pytest.raises(services.NeedsNotYours):
        services.end_need(need_id=need.pk, **sun)
    services.end_tie(tie_id=tie.pk, ending="DONE", actor=secretary, at=NOW)
    with pytest.raises(services.NeedsNotYours):
        services.get_need(need_id=need.pk, **sun)


def test_the_words_are_opened_for_a_reason_that_the_responsible_reads(cast, secretary, need):
    with pytest.raises(services.OpeningReasonMissing):
        services.open_need(need_id=need.pk, reason=" ", actor=secretary, at=NOW)
    services.open_need(need_id=need.pk, reason="上门 13800138000", actor=secretary, at=NOW)
    told = queries.events_of_need(need=need)[-1]
    assert told.name == "people.need_opened"
    assert told.facts == {"reason": "上门 138****8000"}


def test_a_need_is_corrected_once_and_ends(cast, secretary, need):
    change = {
        "need_id": need.pk,
        "cadence": "MONTHLY",
        "responsible_id": cast.sun.pk,
        "actor": secretary,
        "at": NOW,
        "version": 1,
    }
    changed = services.change_need(**change)
    assert (changed.cadence, changed.responsible) == ("MONTHLY", cast.sun)
    assert services.open_need(need_id=need.pk, reason="核对", actor=secretary, at=NOW) == HELP
    with pytest.raises(services.ChangedMeanwhile):
        services.change_need(**change)
    services.end_need(need_id=need.pk, actor=secretary, at=NOW)
    assert services.get_need(need_id=need.pk, actor=secretary, at=NOW).until_date == TODAY
    with pytest.raises(services.NeedsNotYours):
        services.get_need(need_id=need.pk, actor=cast.actor(cast.sun), at=NOW)


def test_who_leaves_is_in_need_no_longer_and_a_double_keeps_its_need(
    cast, secretary, elder, group, need
):
    services.depart(resident_id=elder.pk, departure="DIED", on=TODAY, actor=secretary, at=NOW)
    assert not PriorityNeed.objects.filter(until_date=None).exists()
    first, second = (
        services.add_resident(
            household_id=elder.household_id, person=Person(name=name), actor=secretary, at=NOW
        )
        for name in ("王爷爷", "王大爷")
    )
    kept = services.record_need(**given(cast, second, group))
    services.merge(keep_id=first.pk, double_id=second.pk, actor=secretary, at=NOW)
    kept.refresh_from_db()
    assert (kept.resident, kept.until_date) == (first, None)


def test_the_register_is_narrowed(cast, secretary, elder, group, need):
    def listed(**wanted):
        rows = queries.list_needs(actor=secretary, on=TODAY, wanted=NeedFilter(**wanted))
        return [(row.resident.person.name, row.group) for row in rows]

    here = [("李奶奶", "独居老人")]
    assert listed() == listed(group_id=group.pk) == listed(grid_id=cast.grid.pk) == here
    assert listed(grid_id=cast.other_grid.pk) == listed(group_id=group.pk + 1) == []
