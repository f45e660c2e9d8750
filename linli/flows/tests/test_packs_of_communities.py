"""Five communities deliberate on their own packs: what each describes, with its figures."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from linli.core.models import Event
from linli.deliberation import queries
from linli.deliberation.models import Meeting, Task, Topic
from linli.deliberation.queries.calendar import regular_days
from linli.deliberation.queries.meetings import missing_of
from linli.deliberation.services import attending, forums, meetings, opinions, results, topics
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.opinions import OpinionInput
from linli.deliberation.services.talks import TalkInput, record_talk
from linli.deliberation.services.topics import TopicInput
from linli.deliberation.workflow import (
    JudgementRules,
    OpinionKind,
    Satisfaction,
    TopicLevel,
    TopicState,
    judge,
)
from linli.flows import deliberating
from linli.flows.packs.check import check_pack
from linli.flows.packs.load import load_pack
from linli.flows.packs.memory import CHANGED, CREATED, ENDED, UNCHANGED
from linli.flows.tests.communities import (
    PACKS,
    SIX_DAYS,
    carried_out,
    judged,
    moved_in,
    planned,
    raised,
    sheet_of,
    sign,
    speak_for,
    talked_over,
)
from linli.flows.tests.test_packs_load import row_counts
from linli.matters import registers, services
from linli.matters.models import Category, Matter
from linli.matters.services import Report, lists
from linli.matters.workflow import Channel
from linli.territory.models import Building, Place
from linli.territory.queries import locate
from tests.cast import NOW

pytestmark = pytest.mark.django_db

COMMUNITIES = ("taicheng", "jiangwan", "nanwan", "yongding", "beimiaoqiao")
LATER = NOW + timedelta(days=20)


@pytest.mark.parametrize("name", COMMUNITIES)
def test_a_pack_is_in_order_and_doubles_nothing(name):
    for hour in (0, 9, 23):
        assert check_pack(path=PACKS / name, at=NOW.replace(hour=hour)).faults == ()
    first = load_pack(path=PACKS / name, at=NOW)
    before = row_counts()
    again = load_pack(path=PACKS / name, at=NOW + timedelta(days=3))
    assert row_counts() == before
    assert again.total(CREATED) == again.total(CHANGED) == again.total(ENDED) == 0
    assert again.total(UNCHANGED) == first.total(CREATED)


def test_all_of_them_move_into_one_place_and_each_runs_its_own_forums():
    forums_of = {}
    for name in COMMUNITIES:
        here = moved_in(name)
        seen = queries.list_forums(actor=here.actor("STAFF"))
        forums_of[name] = [one.code for one in seen if one.community_id == here.area.pk]
    assert forums_of == {
        "taicheng": ["city-wall", "joint-talks"],
        "jiangwan": ["four-sides", "bright-ideas"],
        "nanwan": ["nothing-too-hard"],
        "yongding": ["sunlight"],
        "beimiaoqiao": ["dusk"],
    }


# --- 台城花园 -----------------------------------------------------------------------------------


def test_the_city_wall_has_three_levels_three_fields_five_steps_and_six_rules():
    wall = moved_in("taicheng").forum("city-wall")
    assert wall.levels == ["BUILDING", "GRID", "COMMUNITY"]
    fields = [one.name for one in queries.fields_of(forum=wall)]
    assert fields == ["设施维护", "环境美化", "治安管理"]
    steps = queries.steps_of(procedure=queries.procedure_of(forum=wall))
    assert [one.name for one in steps] == [
        "收集民意",
        "确定议题",
        "酝酿准备",
        "组织协商",
        "公开结果",
    ]
    rules = queries.ground_rules_of(forum=wall)
    assert len(rules.rules) == 6
    assert set(rules.rules) == {"待填"}


def test_rules_are_frozen_for_a_meeting_that_has_opened():
    here = moved_in("taicheng")
    wall, desk = here.forum("city-wall"), here.actor("STAFF")
    first = queries.ground_rules_of(forum=wall)
    meeting = planned(here, wall, at=NOW + SIX_DAYS)
    by = {"meeting_id": meeting.pk, "actor": desk, "at": NOW + SIX_DAYS}
    attending.enter_sheet(**by, lines=sheet_of(wall))
    meetings.open_meeting(**by)
    written = ["一次只议一件事。"] * 6
    forums.publish_ground_rules(
        forum_id=wall.pk, rules=written, actor=desk, at=NOW + timedelta(days=7)
    )
    assert queries.ground_rules_of(forum=wall).number == 2
    assert Meeting.objects.get(pk=meeting.pk).ground_rules == first


def test_first_fridays_on_a_holiday_ask_for_a_decision():
    wall = moved_in("taicheng").forum("city-wall")
    days = regular_days(forum=wall, first=date(2026, 1, 1), last=date(2026, 12, 31), at=NOW)
    assert len(days) == 12
    assert all(one.day.weekday() == 4 and one.day.day <= 7 for one in days)
    asked = [one.day for one in days if one.asks]
    assert asked == [date(2026, 1, 2), date(2026, 5, 1), date(2026, 10, 2)]
    for year in (2025, 2027):
        first, last = date(year, 10, 1), date(year, 10, 31)
        (october,) = regular_days(forum=wall, first=first, last=last, at=NOW)
        assert october.asks


def test_the_talks_on_living_together_are_held_four_times_a_year():
    talks = moved_in("taicheng").forum("joint-talks")
    days = regular_days(forum=talks, first=date(2026, 1, 1), last=date(2026, 12, 31), at=NOW)
    assert [one.day.month for one in days] == [3, 6, 9, 12]


def test_a_topic_at_the_wrong_level_moves_with_a_reason():
    here = moved_in("taicheng")
    wall, desk = here.forum("city-wall"), here.actor("STAFF")
    building = Building.objects.get(estate__code="TC", code="1")
    topic = raised(here, wall, "门禁", level=TopicLevel.BUILDING, building_id=building.pk)
    where = {"topic_id": topic.pk, "level": TopicLevel.GRID, "grid_id": building.grid_id}
    with pytest.raises(topics.LevelNotHere):
        topics.move_topic(
            **where | {"level": TopicLevel.BUILDING, "building_id": building.pk},
            reason="不变",
            actor=desk,
            at=NOW,
        )
    moved = topics.move_topic(**where, reason="不止一幢楼的事", actor=desk, at=NOW)
    assert (moved.level, moved.grid_id) == ("GRID", building.grid_id)
    told = Event.objects.get(trace=topic.trace, name="deliberation.topic_moved")
    assert told.facts["reason"] == "不止一幢楼的事"


def test_no_step_is_skipped_and_nothing_closes_before_publication():
    here = moved_in("taicheng")
    topic = raised(here, here.forum("city-wall"), "楼道灯")
    by = {"topic_id": topic.pk, "actor": here.actor("STAFF"), "at": NOW}
    with pytest.raises(results.NotYetPublishing, match="确定议题"):
        deliberating.publish_topic(**by)
    for state in ("SETTLED", "PREPARING"):
        assert topics.advance_topic(**by).state == state
    with pytest.raises(topics.NotReady, match="组织协商"):
        topics.advance_topic(**by)  # Nothing was given out to read.
    with pytest.raises(StepNotAllowed):
        results.close_topic(**by)


def test_84_9_percent_goes_back_and_85_0_does_not():
    wall = moved_in("taicheng").forum("city-wall")
    rule = queries.judgement_rule_of(forum=wall, on=date(2026, 3, 4))
    rules = JudgementRules(rule.percent, rule.counts_basically, rule.answers_least)

    def verdict(satisfied: int, answered: int) -> str:
        others = answered - satisfied
        answers = {Satisfaction.SATISFIED: satisfied, Satisfaction.DISSATISFIED: others}
        return judge(answers=answers, rules=rules).verdict

    assert [verdict(849, 1000), verdict(850, 1000)] == ["RETURN", "SATISFIED"]
    assert verdict(0, 0) == "TOO_FEW"


@pytest.mark.parametrize(("satisfied", "state"), [(17, "CLOSED"), (16, "RETURNED")])
def test_what_its_building_says_closes_a_topic_or_sends_it_back(satisfied, state):
    here = moved_in("taicheng")
    building = Building.objects.get(estate__code="TC", code="1")
    place = {"level": TopicLevel.BUILDING, "building_id": building.pk}
    topic = raised(here, here.forum("city-wall"), "晾衣绳", **place)
    judgement = carried_out(here, topic, talked_over(here, topic), at=LATER)
    ended = judged(judgement, satisfied=satisfied, dissatisfied=20 - satisfied, at=LATER)
    assert ended.state == state
    following = Topic.objects.filter(previous=topic).first()
    assert (following is not None) == (state == "RETURNED")
    if following is not None:
        assert (following.round, following.trace) == (2, topic.trace)
        assert following.owner == topic.owner
        assert following.due_at == LATER + timedelta(days=8 + 30)


def test_128_problems_of_a_numbered_list_are_closed_with_evidence():
    here = moved_in("taicheng")
    desk, secretary = here.actor("STAFF"), here.actor("SECRETARY")
    kinds = ("parking", "charging", "drying", "vaccination")
    rows = Category.objects.filter(community=here.area, code__in=kinds).order_by("code")
    categories = list(rows.values_list("pk", flat=True))
    assert len(categories) == 4
    keys = [problem(here, f"第{number}件", categories[number % 4]) for number in range(1, 129)]
    wanted = {"community_id": here.area.pk, "name": "急难愁盼问题", "actor": desk, "at": NOW}
    listed = lists.open_problem_list(**wanted)
    lists.add_problems(problem_list_id=listed.pk, matter_ids=keys, actor=desk, at=NOW)
    numbers = listed.problems.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 129))
    for done, key in enumerate(keys, 1):
        services.settle(matter_id=key, actor=desk, at=LATER, note="已落实，现场可查")
        services.verify(matter_id=key, actor=secretary, at=LATER)
        if done in (127, 128):
            progress = registers.progress_of(actor=desk, problem_list=listed)
            assert (progress.total, progress.closed, progress.proven) == (128, done, done)
            assert progress.is_done == (done == 128)


def problem(here, text, category_id, **more):
    """Return the number of a matter that somebody brought to the counter."""
    values = {
        "submission_key": uuid4(),
        "community_id": here.area.pk,
        "text": text,
        "category_id": category_id,
        "location": locate(community_id=here.area.pk, area_id=here.area.pk),
        "channel": Channel.COUNTER,
    }
    report = Report(**(values | more))
    return services.report(report=report, actor=here.actor("STAFF"), at=NOW).matter.pk


# --- 江湾 ---------------------------------------------------------------------------------------


def test_four_seats_are_to_be_filled_and_a_missing_one_shows_before_the_meeting():
    here = moved_in("jiangwan")
    four, desk = here.forum("four-sides"), here.actor("STAFF")
    parties = queries.parties_of(forum=four)
    assert [one.name for one in parties] == ["待填（一）", "待填（二）", "待填（三）", "待填（四）"]
    assert all(one.is_required for one in parties)
    meeting = planned(here, four, at=NOW + SIX_DAYS)
    by = {"meeting_id": meeting.pk, "actor": desk, "at": NOW + SIX_DAYS}
    attending.enter_sheet(**by, lines=sheet_of(four, without="待填（四）"))
    assert [one.name for one in missing_of(meeting=meeting)] == ["待填（四）"]
    with pytest.raises(meetings.MissingReasonNeeded, match="待填（四）"):
        meetings.open_meeting(**by)
    attending.enter_sheet(**by, lines="待填（四）：某某")
    assert meetings.open_meeting(**by).state == "OPEN"


def test_a_bright_idea_gets_an_answer_that_everybody_sees():
    here = moved_in("jiangwan")
    box, desk = here.forum("bright-ideas"), here.actor("STAFF")
    idea = opinions.say(
        opinion=OpinionInput(
            submission_key=uuid4(),
            community_id=here.area.pk,
            text="滑梯旁装一排长椅",
            kind=OpinionKind.IDEA,
            forum_id=box.pk,
        ),
        actor=desk,
        at=NOW,
    ).opinion
    with pytest.raises(opinions.NotAnsweredYet):
        opinions.show_opinion(opinion_id=idea.pk, summary="装长椅", actor=desk, at=NOW)
    opinions.answer_opinion(opinion_id=idea.pk, text="本月装好。", actor=desk, at=NOW)
    opinions.show_opinion(opinion_id=idea.pk, summary="装长椅", actor=desk, at=NOW)
    idea.refresh_from_db()
    assert (idea.state, idea.answer, idea.public_summary) == ("ANSWERED", "本月装好。", "装长椅")


def test_eighteen_grids_of_two_kinds():
    here = moved_in("jiangwan")
    kinds = list(here.area.children.values_list("kind", flat=True))
    assert (kinds.count("COMPREHENSIVE"), kinds.count("DEDICATED")) == (12, 6)


# --- 南湾, 永定 ---------------------------------------------------------------------------------


def solved(here, code, titles):
    """Walk each topic from its first opinion to the households that are satisfied."""
    forum = here.forum(code)
    for title in titles:
        topic = raised(here, forum, title)
        judgement = carried_out(here, topic, talked_over(here, topic), at=LATER)
        assert judged(judgement, satisfied=12, at=LATER).state == TopicState.CLOSED
    return Topic.objects.filter(forum=forum, state=TopicState.CLOSED).count()


def test_at_least_ten_topics_are_solved_in_nanwan():
    named = ["小区晾晒", "房屋漏水", "出入口人车分流"]
    others = [f"居民难题{number}" for number in range(4, 11)]
    assert solved(moved_in("nanwan"), "nothing-too-hard", named + others) >= 10


def test_seven_topics_are_solved_by_the_sunlight_council():
    titles = ["入学", "高空抛物", "北小门", "停车", "充电桩", "防疫", "文明城市"]
    here = moved_in("yongding")
    assert solved(here, "sunlight", titles) == 7
    tasks = Task.objects.select_related("party", "organisation")
    assert {one.party.duty for one in tasks} == {"服务方"}
    assert {one.organisation.kind for one in tasks} == {"PROPERTY_COMPANY"}


def test_four_parties_with_their_duties_and_a_missing_one_shows():
    here = moved_in("yongding")
    council, desk = here.forum("sunlight"), here.actor("STAFF")
    parties = queries.parties_of(forum=council)
    assert [one.name for one in parties] == ["党总支", "居委会", "物业公司", "业主治理小组"]
    duties = "".join(one.duty for one in parties)
    assert all(duty in duties for duty in ("指导员", "信息员", "服务方"))
    assert [one.name for one in parties if one.carries_out] == ["物业公司"]
    meeting = planned(here, council, at=NOW + SIX_DAYS)
    by = {"meeting_id": meeting.pk, "actor": desk, "at": NOW + SIX_DAYS}
    attending.enter_sheet(**by, lines=sheet_of(council, without="物业公司"))
    with pytest.raises(meetings.MissingReasonNeeded, match="物业公司"):
        meetings.open_meeting(**by)
    opened = meetings.open_meeting(**by, missing_reason="项目经理出差")
    assert opened.missing_reason == "项目经理出差"


# --- 北庙桥 -------------------------------------------------------------------------------------


def test_the_drying_racks_run_on_one_thread_from_the_complaint_to_the_approval():
    here = moved_in("beimiaoqiao")
    desk, dusk = here.actor("STAFF"), here.forum("dusk")
    drying = Category.objects.get(community=here.area, code="drying")
    building = Building.objects.get(estate__code="GM", code="1")
    where = locate(community_id=here.area.pk, building_id=building.pk)
    number = problem(here, "晾衣水滴到楼下", drying.pk, location=where)
    topic = deliberating.raise_topic_of_matter(
        matter_id=number,
        forum_id=dusk.pk,
        wanted=TopicInput(title="在哪里晾衣", level=TopicLevel.BUILDING, building_id=building.pk),
        actor=desk,
        at=NOW,
    )
    speak_for(here, topic)
    evening = NOW + timedelta(hours=9)
    topics.advance_topic(topic_id=topic.pk, actor=desk, at=evening)
    talk = record_talk(
        forum_id=dusk.pk,
        talk=TalkInput(
            held_at=evening,
            said="大家同意装在向阳的绿化地上。",
            people_count=26,
            topic_id=topic.pk,
            place_id=Place.objects.get(community=here.area, code="square").pk,
            chair_id=here.account("GRID_WORKER").pk,
            recorder_id=here.account("STAFF").pk,
        ),
        actor=here.actor("GRID_WORKER"),
        at=evening + timedelta(hours=1),
    )
    sign(talk, at=evening + timedelta(hours=2))
    judgement = carried_out(here, topic, talk, at=LATER)
    assert judgement.vote.roll_count == 20
    assert judged(judgement, satisfied=18, dissatisfied=2, at=LATER).state == TopicState.CLOSED
    thread = Event.objects.filter(trace=topic.trace).order_by("pk")
    told = list(thread.values_list("name", flat=True))
    assert Matter.objects.get(pk=number).trace == topic.trace
    in_order = [
        "matters.reported",
        "deliberation.topic_raised",
        "deliberation.topic_talked_over",
        "deliberation.resolved",
        "deliberation.topic_published",
        "deliberation.task_given",
        "matters.resolved",
        "matters.verified",
        "deliberation.topic_judged",
        "deliberation.topic_closed",
    ]
    # The task is reported like any matter, so the complaint's own report comes first of two.
    places = [told.index(name) for name in in_order]
    assert places == sorted(places)
