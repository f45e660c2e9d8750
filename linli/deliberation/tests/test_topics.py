"""Topics walk the steps of their forum: none is left out, and nothing closes unpublished."""

from datetime import timedelta
from uuid import uuid4

import pytest

from linli.core import crypto
from linli.core.errors import NotEntitled, NotFound, Several
from linli.core.models import Event
from linli.deliberation import queries
from linli.deliberation.models import Opinion, Paper, Topic
from linli.deliberation.queries import TopicFilter
from linli.deliberation.services import forums, papers, topics
from linli.deliberation.services.errors import StepNotAllowed, WordsMissing
from linli.deliberation.services.topics import TopicInput
from linli.deliberation.tests.scenes import forum, talked_over
from linli.deliberation.workflow import (
    FIVE_STEPS,
    TOPIC_SOURCES,
    Condition,
    OpinionChannel,
    OpinionKind,
    ProcedureStep,
    TopicLevel,
    TopicState,
    TopicStep,
)
from tests.cast import NOW


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


@pytest.fixture
def hall(cast):
    return forum(cast)


def opinion(cast, text="楼下没有地方晾被子"):
    key = uuid4()
    return Opinion.objects.create(
        community=cast.community,
        kind=OpinionKind.OPINION,
        channel=OpinionChannel.COUNTER,
        text=text,
        submission_key=key,
        code_digest=crypto.digest(value=key.hex, field="deliberation_opinion.code"),
        said_at=NOW,
    )


def raised(cast, hall, **more):
    values = {"title": "晾衣架装在哪里", "why": "阳台小，被子没处晒"} | more
    return topics.raise_topic(
        forum_id=hall.pk, wanted=TopicInput(**values), actor=cast.actor(cast.zhou_min), at=NOW
    )


def at_state(topic, state, **more):
    """Put a topic into a state as the table allows it, whatever the way there."""
    values = {"state": state} | more
    if state in (
        TopicState.PUBLISHED,
        TopicState.CARRYING_OUT,
        TopicState.JUDGING,
        TopicState.CLOSED,
    ):
        values["published_at"] = NOW
    if state in (TopicState.CLOSED, TopicState.RETURNED, TopicState.DROPPED):
        values["ended_at"] = NOW
    Topic.objects.filter(pk=topic.pk).update(**values)


def test_a_topic_goes_through_its_steps_when_their_conditions_hold(cast, desk, hall):
    field = hall.fields.get(name="设施维护")
    topic = raised(cast, hall, field_id=field.pk)
    given = {"topic_id": topic.pk, "actor": desk}
    with pytest.raises(topics.NotReady) as refused:
        topics.advance_topic(**given, at=NOW)
    assert [one.condition for one in refused.value.missing] == [Condition.OPINIONS]
    topics.take_in(topic=topic, opinion_ids=[opinion(cast).pk], actor=desk, at=NOW)
    assert topics.advance_topic(**given, at=NOW).state == TopicState.SETTLED
    assert topics.advance_topic(**given, at=NOW).state == TopicState.PREPARING
    papers.give_out_paper(
        **given, at=NOW, title="三个位置的比较", text="向阳绿地、车棚顶、楼间空地"
    )
    with pytest.raises(topics.NotReady) as refused:
        topics.advance_topic(**given, at=NOW + timedelta(days=3, seconds=-1))
    assert [one.condition for one in refused.value.missing] == [Condition.PAPERS]
    topic = topics.advance_topic(**given, at=NOW + timedelta(days=3))
    assert topic.state == TopicState.DELIBERATING
    with pytest.raises(topics.LastStep):
        topics.advance_topic(**given, at=NOW + timedelta(days=4))
    told = Event.objects.filter(trace=topic.trace, name="deliberation.topic_advanced")
    assert [one.facts["step"] for one in told.order_by("pk")] == [
        "确定议题",
        "酝酿准备",
        "组织协商",
    ]


def test_without_a_reason_or_a_field_a_topic_is_not_settled(cast, desk, hall):
    topic = raised(cast, hall, why="")
    topics.take_in(topic=topic, opinion_ids=[opinion(cast).pk], actor=desk, at=NOW)
    with pytest.raises(topics.NotReady) as refused:
        topics.advance_topic(topic_id=topic.pk, actor=desk, at=NOW)
    assert [one.condition for one in refused.value.missing] == [Condition.WHY]
    field = hall.fields.get(name="环境美化")
    wanted = TopicInput(title=topic.title, why="大家都问", field_id=field.pk)
    topics.change_topic(topic_id=topic.pk, wanted=wanted, actor=desk, at=NOW)
    assert topics.advance_topic(topic_id=topic.pk, actor=desk, at=NOW).position == 1


def test_who_runs_no_forum_merges_no_opinions_by_raising_a_topic(cast, desk, hall):
    found = [opinion(cast).pk, opinion(cast).pk]
    wanted = TopicInput(title="晾衣架装在哪里")
    given = {"forum_id": hall.pk, "wanted": wanted, "at": NOW}
    worker = cast.actor(cast.xu)
    with pytest.raises(NotEntitled):
        topics.raise_topic(**given, actor=worker, opinion_ids=found[:1])
    assert not Topic.objects.exists()
    on = topics.raise_topic(**given, actor=worker)
    with pytest.raises(NotEntitled):
        topics.take_in(topic=on, opinion_ids=found, actor=worker, at=NOW)
    assert topics.take_in(topic=on, opinion_ids=found, actor=desk, at=NOW) == 2


_ACT = {
    TopicStep.ADVANCE: lambda given: topics.advance_topic(**given),
    TopicStep.MOVE: lambda given: topics.move_topic(
        **given, level=TopicLevel.COMMUNITY, reason="涉及全社区"
    ),
    TopicStep.DROP: lambda given: topics.drop_topic(**given, reason="已由城管局答复"),
}


@pytest.mark.parametrize("step", _ACT)
@pytest.mark.parametrize("state", list(TopicState))
def test_a_step_is_taken_from_its_states_and_from_no_other(cast, desk, state, step):
    steps = [ProcedureStep(one.name, one.state) for one in FIVE_STEPS]
    hall = forums.open_forum(
        community_id=cast.community.pk,
        wanted=forums.ForumInput(name="试"),
        actor=desk,
        at=NOW,
        steps=steps,
    )
    topic = raised(cast, hall, level=TopicLevel.GRID, grid_id=cast.grid.pk)
    places = [one.state for one in steps]
    at_state(topic, state, position=places.index(state) if state in places else 4)
    given = {"topic_id": topic.pk, "actor": desk, "at": NOW}
    if state is TopicState.DELIBERATING and step is TopicStep.ADVANCE:
        with pytest.raises(topics.LastStep):
            _ACT[step](given)
    elif state in TOPIC_SOURCES[step]:
        before = Event.objects.count()
        _ACT[step](given)
        assert Event.objects.count() == before + 1
    else:
        with pytest.raises(StepNotAllowed):
            _ACT[step](given)
        topic.refresh_from_db()
        assert topic.state == state


def test_a_topic_at_the_wrong_level_moves_with_a_reason(cast, desk, hall):
    topic = raised(cast, hall, level=TopicLevel.BUILDING, building_id=cast.building.pk)
    assert topic.grid_id == cast.grid.pk
    given = {"topic_id": topic.pk, "actor": desk, "at": NOW}
    with pytest.raises(WordsMissing):
        topics.move_topic(**given, level=TopicLevel.COMMUNITY, reason=" ")
    moved = topics.move_topic(
        **given, level=TopicLevel.GRID, grid_id=cast.grid.pk, reason="三幢楼都有"
    )
    assert (moved.level, moved.building_id) == (TopicLevel.GRID, None)
    facts = Event.objects.get(name="deliberation.topic_moved").facts
    assert facts == {"from_level": "BUILDING", "to_level": "GRID", "reason": "三幢楼都有"}
    with pytest.raises(topics.LevelNotHere):
        topics.move_topic(**given, level=TopicLevel.GRID, grid_id=cast.grid.pk, reason="再来")
    with pytest.raises(topics.PlaceMissing):
        topics.move_topic(
            **given, level=TopicLevel.GRID, grid_id=cast.elsewhere_grid.pk, reason="别处"
        )


def test_what_is_wrong_with_a_topic_is_told_all_at_once(cast, hall):
    with pytest.raises(Several) as refused:
        raised(cast, hall, title="", level=TopicLevel.GRID, field_id=99999)
    assert [one.field for one in refused.value.faults] == ["title", "place", "field"]
    assert not Topic.objects.exists()


def test_only_whoever_runs_the_forum_or_answers_for_the_topic_leads_it(cast, hall):
    topic = raised(cast, hall, owner_id=cast.xu.pk)
    for account in (cast.zhou_min, cast.shen, cast.xu):
        assert queries.may_lead(actor=cast.actor(account), topic=topic)
    for account in (cast.sun, cast.qian):
        with pytest.raises(NotEntitled):
            topics.drop_topic(topic_id=topic.pk, reason="不要", actor=cast.actor(account), at=NOW)
    hall.is_public = False
    hall.save()
    with pytest.raises(NotFound):
        topics.drop_topic(topic_id=topic.pk, reason="不要", actor=cast.actor(cast.outsider), at=NOW)
    assert queries.get_topic(actor=cast.actor(cast.qian), topic_id=topic.pk)  # sits for a party
    with pytest.raises(NotFound):
        queries.get_topic(actor=cast.actor(cast.ma), topic_id=topic.pk)


def test_an_opinion_belongs_to_one_topic(cast, desk, hall):
    first, second = raised(cast, hall), raised(cast, hall, title="车位")
    said = opinion(cast)
    topics.take_in(topic=first, opinion_ids=[said.pk], actor=desk, at=NOW)
    with pytest.raises(StepNotAllowed):
        topics.take_in(topic=second, opinion_ids=[said.pk], actor=desk, at=NOW)
    said.refresh_from_db()
    assert said.topic == first


def test_personal_numbers_do_not_stand_in_a_topic(cast, hall):
    topic = raised(cast, hall, why="找王阿姨 13812345678 问过")
    assert "13812345678" not in topic.why


def test_a_late_step_is_told_once(cast, desk, hall):
    topic = raised(cast, hall)
    late = NOW + timedelta(days=14, seconds=1)
    assert topics.tell_of_late_topics(at=NOW + timedelta(days=14), actor=desk) == 0
    assert topics.tell_of_late_topics(at=late, actor=desk) == 1
    assert topics.tell_of_late_topics(at=late, actor=desk) == 0
    assert Event.objects.filter(name="deliberation.topic_late", subject_id=topic.pk).count() == 1


def test_a_topic_keeps_the_steps_it_began_with(cast, desk, hall):
    topic = raised(cast, hall)
    shorter = [FIVE_STEPS[0], FIVE_STEPS[3], FIVE_STEPS[4]]
    forums.publish_procedure(forum_id=hall.pk, steps=shorter, actor=desk, at=NOW)
    assert [one.name for one in queries.path_of(topic=topic)] == [one.name for one in FIVE_STEPS]
    newer = raised(cast, hall, title="新的")
    assert len(queries.path_of(topic=newer)) == 3


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        (FIVE_STEPS[:2], "FEW"),
        ((FIVE_STEPS[0], FIVE_STEPS[1], FIVE_STEPS[4]), "ENDS"),
        ((FIVE_STEPS[0], FIVE_STEPS[3], FIVE_STEPS[1], FIVE_STEPS[4]), "ORDER"),
        ((FIVE_STEPS[0], FIVE_STEPS[3], FIVE_STEPS[3], FIVE_STEPS[4]), "NAME"),
        ((*FIVE_STEPS[:3], FIVE_STEPS[3]), "ENDS"),
        (
            (
                FIVE_STEPS[0],
                ProcedureStep("议", TopicState.DELIBERATING, ((Condition.PAPERS, 0),)),
                FIVE_STEPS[4],
            ),
            "CONDITION",
        ),
    ],
)
def test_steps_that_lead_nowhere_are_refused(cast, desk, hall, steps, why):
    with pytest.raises(forums.StepsUnusable) as refused:
        forums.publish_procedure(forum_id=hall.pk, steps=steps, actor=desk, at=NOW)
    assert refused.value.facts["why"] == why
    assert str(refused.value)
    assert hall.procedures.count() == 1


def test_a_forum_with_topics_under_way_is_not_ended(cast, desk, hall):
    topic = raised(cast, hall)
    with pytest.raises(forums.ForumHasTopics):
        forums.end_forum(forum_id=hall.pk, actor=desk, at=NOW)
    topics.drop_topic(topic_id=topic.pk, reason="已解决", actor=desk, at=NOW)
    forums.end_forum(forum_id=hall.pk, actor=desk, at=NOW)
    with pytest.raises(topics.ForumEnded):
        raised(cast, hall)


def test_lists_show_what_is_under_way_page_by_page(cast, desk, hall):
    made = [raised(cast, hall, title=f"第{n}件") for n in range(queries.topics.PAGE_SIZE + 2)]
    topics.drop_topic(topic_id=made[0].pk, reason="重复", actor=desk, at=NOW)
    first = queries.page_of_topics(actor=desk, wanted=TopicFilter())
    second = queries.page_of_topics(actor=desk, wanted=TopicFilter(), before=first.older)
    shown = [one.pk for one in (*first.rows, *second.rows)]
    assert shown == [one.pk for one in reversed(made[1:])]
    assert second.older is None
    ended = queries.page_of_topics(actor=desk, wanted=TopicFilter(state="ENDED"))
    assert [one.pk for one in ended.rows] == [made[0].pk]


def test_a_meeting_before_the_papers_does_not_stand_for_the_talk_they_are_for(cast):
    topic, meeting = talked_over(cast)
    result = queries.steps_of(procedure=topic.procedure)[-1]

    def missing():
        found = queries.missing_for(
            topic=topic, step=result, at=meeting.starts_at + timedelta(days=1)
        )
        return {one.condition for one in found}

    assert missing() == {Condition.RESULT}
    for days, holds in ((3, True), (2, False)):
        given = meeting.starts_at - timedelta(days=days)
        Paper.objects.filter(topic=topic).update(given_out_at=given)
        assert (missing() == {Condition.RESULT}) is holds
    assert missing() == {Condition.QUORUM, Condition.MINUTES, Condition.RESULT}
