"""From a matter over a topic, a resolution and its task to a judgement, all on one thread."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from linli.core.models import Event
from linli.deliberation.models import Judgement, Motion, OpenBallot, Resolution, Topic
from linli.deliberation.queries import results as reading
from linli.deliberation.queries.proving import (
    tampered_minutes,
    tampered_publications,
    tampered_resolutions,
)
from linli.deliberation.queries.votes import slip_code_of
from linli.deliberation.services import casting, forums, merging, opening, results, topics
from linli.deliberation.services.errors import StepNotAllowed, WordsMissing
from linli.deliberation.services.results import ResolutionInput, TaskInput
from linli.deliberation.tests.said import opinion
from linli.deliberation.tests.said import topic as raised
from linli.deliberation.tests.scenes import forum, talked_over
from linli.deliberation.tests.sittings import planned
from linli.deliberation.workflow import (
    Decision,
    ReturnCause,
    Satisfaction,
    TaskState,
    TopicLevel,
    TopicState,
)
from linli.flows import deliberating, worker
from linli.matters import services as matters
from linli.matters.models import Matter, Reporter
from linli.visits.tests.scenes import households
from tests.cast import NOW

LATER = NOW + timedelta(days=20)
DUE = date(2026, 5, 1)


@pytest.fixture
def desk(cast):
    return cast.actor(cast.shen)


def decided(cast, topic, meeting, **more):
    values = {
        "decision": Decision.ADOPTED,
        "text": "在向阳绿地装晾衣架八组，由物业公司办理。",
        "meeting_id": meeting.pk,
        "tasks": [TaskInput("装晾衣架八组", DUE, organisation_id=cast.property_company.pk)],
    }
    wanted = ResolutionInput(**(values | more))
    return results.resolve(topic_id=topic.pk, wanted=wanted, actor=cast.actor(cast.shen), at=LATER)


def carried_out(cast, topic, *, at=LATER):
    """Carry the only task of a topic out: taken, done, verified by somebody else."""
    (matter,) = Matter.objects.filter(trace=topic.trace, kind="TASK", state="DISPATCHED")
    chen = cast.actor(cast.chen)
    matters.take(matter_id=matter.pk, actor=chen, at=at)
    matters.resolve(matter_id=matter.pk, actor=chen, at=at, note="装好了")
    matters.verify(matter_id=matter.pk, actor=cast.actor(cast.zhou_min), at=at)
    worker.run_due(at=at)


def answered(judgement, *, satisfied, dissatisfied=0, unknown=0, at=LATER, comment=""):
    """Answer as so many households, in the order of the roll."""
    roll = list(judgement.vote.roll.order_by("number"))
    said = [Satisfaction.SATISFIED] * satisfied
    said += [Satisfaction.DISSATISFIED] * dissatisfied + [Satisfaction.UNKNOWN] * unknown
    assert len(said) <= len(roll)
    for entry, choice in zip(roll, said, strict=False):
        text = comment if choice is Satisfaction.DISSATISFIED else ""
        casting.cast(code=slip_code_of(entry=entry), choice=choice, comment=text, at=at)


def judging_topic(cast, *, homes, least=10):
    """Return a topic that was carried out and is being judged by so many households."""
    households(cast, cast.building, homes)
    topic, meeting = talked_over(cast, level=TopicLevel.BUILDING, building_id=cast.building.pk)
    desk = cast.actor(cast.shen)
    forums.set_judgement_rule(
        forum_id=topic.forum_id,
        from_date=date(2026, 3, 5),
        percent=85,
        counts_basically=True,
        answers_least=least,
        actor=desk,
        at=NOW,
    )
    decided(cast, topic, meeting)
    deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    carried_out(cast, topic)
    topic.refresh_from_db()
    assert topic.state == TopicState.JUDGING
    return topic, Judgement.objects.get(topic=topic)


def closed(judgement, *, after=timedelta(days=8)):
    at = LATER + after
    deliberating.run_votes(at=at)
    worker.run_due(at=at)
    judgement.refresh_from_db()
    judgement.topic.refresh_from_db()
    return judgement.topic


def test_a_resolution_is_published_carried_out_and_judged_on_one_thread(cast, desk):
    topic, judgement = judging_topic(cast, homes=20, least=10)
    answered(judgement, satisfied=17, dissatisfied=3)
    assert closed(judgement).state == TopicState.CLOSED
    assert (judgement.satisfied, judgement.answered, judgement.verdict) == (17, 20, "SATISFIED")
    names = list(
        Event.objects.filter(trace=topic.trace).order_by("pk").values_list("name", flat=True)
    )
    assert tampered_minutes() == []  # A resolution after the signatures alters no minutes.
    in_order = [
        "deliberation.topic_raised",
        "deliberation.resolved",
        "deliberation.topic_published",
        "matters.reported",
        "deliberation.topic_carried_out",
        "deliberation.task_given",
        "matters.taken",
        "matters.verified",
        "deliberation.task_ended",
        "deliberation.topic_judged",
        "deliberation.vote_counted",
        "deliberation.topic_closed",
    ]
    assert [name for name in names if name in in_order] == in_order


def test_below_the_share_it_comes_back_with_an_owner_and_a_deadline(cast):
    topic, judgement = judging_topic(cast, homes=20, least=10)
    answered(judgement, satisfied=16, dissatisfied=4, comment="晾衣架太高，老人够不着")
    assert closed(judgement).state == TopicState.RETURNED
    following = Topic.objects.get(previous=topic)
    assert (following.round, following.trace, following.state) == (
        2,
        topic.trace,
        TopicState.GATHERING,
    )
    assert following.owner == topic.owner
    assert following.due_at == LATER + timedelta(days=8) + timedelta(days=30)
    assert judgement.topic.return_cause == ReturnCause.DISSATISFIED
    said = following.opinions.all()
    assert {one.text for one in said} == {"晾衣架太高，老人够不着"}
    assert len(said) == 4
    assert all(one.channel == "JUDGEMENT" and one.account is None for one in said)


def test_too_few_answers_extend_it_and_in_the_end_are_no_satisfaction(cast):
    topic, judgement = judging_topic(cast, homes=20, least=10)
    answered(judgement, satisfied=9, unknown=5)
    assert closed(judgement).state == TopicState.JUDGING
    assert judgement.extensions == 1
    for week in range(2, 6):
        closed(judgement, after=timedelta(days=8 * week))
    assert judgement.extensions == 3
    assert judgement.verdict == "TOO_FEW"
    assert judgement.topic.state == TopicState.RETURNED
    assert Topic.objects.filter(previous=topic).exists()


def test_extended_it_may_still_be_answered(cast):
    _topic, judgement = judging_topic(cast, homes=20, least=10)
    answered(judgement, satisfied=9)
    closed(judgement)
    later = LATER + timedelta(days=9)
    answered(judgement, satisfied=12, at=later)
    assert closed(judgement, after=timedelta(days=17)).state == TopicState.CLOSED
    assert (judgement.satisfied, judgement.answered) == (12, 12)


def test_a_task_given_up_is_acted_on_without_a_result(cast, desk):
    topic, meeting = talked_over(cast)
    decided(cast, topic, meeting)
    deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    (matter,) = Matter.objects.filter(trace=topic.trace)
    asked = Reporter.objects.get(matter=matter)
    matters.withdraw(matter_id=matter.pk, reporter_id=asked.pk, actor=desk, at=LATER)
    worker.run_due(at=LATER)
    topic.refresh_from_db()
    assert (topic.state, topic.return_cause) == (
        TopicState.RETURNED,
        ReturnCause.WITHOUT_RESULT,
    )
    assert topic.resolutions.get().tasks.get().state == TaskState.FAILED


def test_decided_and_taken_up_by_nobody_it_comes_back(cast, desk):
    topic, meeting = talked_over(cast)
    decided(cast, topic, meeting)
    deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    worker.run_due(at=LATER)
    assert deliberating.send_stalled_back(at=LATER + timedelta(days=13)) == 0
    assert deliberating.send_stalled_back(at=LATER + timedelta(days=14)) == 1
    assert deliberating.send_stalled_back(at=LATER + timedelta(days=14)) == 0
    topic.refresh_from_db()
    assert topic.return_cause == ReturnCause.NOT_ACTED_ON


def test_however_many_there_are_all_are_looked_at(cast, monkeypatch):
    monkeypatch.setattr(reading, "_AT_ONCE", 2)
    households(cast, cast.building, 2)
    hall = forum(cast)
    published = {"entered_at": NOW, "published_at": NOW}
    carried = [raised(cast, hall, state="CARRYING_OUT", **published) for _n in range(5)]
    adopted = [raised(cast, hall, state="PUBLISHED", **published) for _n in range(5)]
    meeting = planned(cast, hall)
    for one in adopted:
        for number in ("2026-01", "2026-02"):
            Resolution.objects.create(
                topic=one,
                number=number,
                decision=Decision.ADOPTED,
                text="装八组",
                meeting=meeting,
                adopted_at=NOW,
            )
    assert [one.pk for one in reading.list_carried_out()] == [one.pk for one in carried]
    assert deliberating.send_stalled_back(at=NOW + timedelta(days=14)) == 5
    asked = Topic.objects.filter(state=TopicState.JUDGING).values_list("pk", flat=True)
    assert sorted(asked) == [one.pk for one in adopted]


def test_long_after_it_was_due_what_is_not_done_comes_back(cast, desk):
    topic, meeting = talked_over(cast)
    decided(cast, topic, meeting)
    deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    (matter,) = Matter.objects.filter(trace=topic.trace)
    matters.take(matter_id=matter.pk, actor=cast.actor(cast.chen), at=LATER)
    matter.refresh_from_db()
    assert deliberating.send_stalled_back(at=matter.due_at + timedelta(days=14)) == 0
    late = matter.due_at + timedelta(days=14, seconds=1)
    assert deliberating.send_stalled_back(at=late) == 1
    topic.refresh_from_db()
    assert topic.return_cause == ReturnCause.WITHOUT_RESULT


@pytest.mark.parametrize(
    ("most", "offered", "expected"),
    [
        (2, "BUILDING GRID COMMUNITY", "BUILDING GRID COMMUNITY COMMUNITY"),
        (1, "BUILDING GRID COMMUNITY", "GRID COMMUNITY COMMUNITY COMMUNITY"),
        (4, "BUILDING GRID COMMUNITY", "BUILDING BUILDING BUILDING GRID"),
        (2, "BUILDING COMMUNITY", "BUILDING COMMUNITY COMMUNITY COMMUNITY"),
        (2, "BUILDING", "BUILDING BUILDING BUILDING BUILDING"),
    ],
)
def test_each_round_beyond_the_limit_goes_up_a_level(cast, desk, most, offered, expected):
    hall = forum(cast, rounds_most=most, levels=tuple(map(TopicLevel, offered.split())))
    topic = raised(cast, hall, level="BUILDING", grid=cast.grid, building=cast.building)
    levels = []
    for _round in range(4):
        Topic.objects.filter(pk=topic.pk).update(state="PUBLISHED", published_at=LATER)
        topic = results.return_topic(
            topic_id=topic.pk,
            cause=ReturnCause.NOT_ACTED_ON,
            reason="没人办",
            actor=desk,
            at=LATER,
        )
        levels.append(topic.level)
    assert topic.round == 5
    assert levels == expected.split()


def test_without_a_quorum_there_is_no_decision(cast, desk):
    topic, meeting = talked_over(cast, present=1)
    for decision in (Decision.ADOPTED, Decision.REJECTED):
        with pytest.raises(results.QuorumMissed):
            decided(cast, topic, meeting, decision=decision, tasks=())
    decided(cast, topic, meeting, decision=Decision.NO_DECISION, tasks=())
    assert topic.resolutions.get().decision == Decision.NO_DECISION


def test_a_topic_is_not_published_before_its_conditions_hold(cast, desk):
    topic, meeting = talked_over(cast, signed=False)
    with pytest.raises(topics.NotReady) as refused:
        deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    assert [str(one.condition) for one in refused.value.missing] == ["MINUTES", "RESULT"]
    decided(cast, topic, meeting)
    with pytest.raises(topics.NotReady) as refused:
        deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    assert [str(one.condition) for one in refused.value.missing] == ["MINUTES"]
    assert not Matter.objects.exists()
    with pytest.raises(StepNotAllowed):
        results.close_topic(topic_id=topic.pk, actor=desk, at=LATER)


def test_what_is_only_explained_closes_when_it_is_published(cast, desk):
    topic, meeting = talked_over(cast)
    decided(cast, topic, meeting, decision=Decision.ANSWERED, tasks=())
    deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    assert results.close_topic(topic_id=topic.pk, actor=desk, at=LATER).state == "CLOSED"


def test_what_was_carried_out_is_not_closed_by_hand(cast, desk):
    topic, meeting = talked_over(cast)
    decided(cast, topic, meeting)
    deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    with pytest.raises(results.SomethingToJudge):
        results.close_topic(topic_id=topic.pk, actor=desk, at=LATER)


def test_a_correction_stands_beside_what_it_corrects(cast, desk):
    topic, meeting = talked_over(cast)
    decided(cast, topic, meeting, tasks=(), decision=Decision.ANSWERED)
    published = deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    before = (published.content, published.digest)
    right = results.correct(
        publication_id=published.pk, text="应为八组，不是六组。", actor=desk, at=LATER
    )
    published.refresh_from_db()
    assert (published.content, published.digest) == before
    assert (right.corrects, right.number) == (published, 2)


def test_only_what_was_adopted_gives_tasks_and_to_people_of_here(cast, desk):
    topic, meeting = talked_over(cast)
    with pytest.raises(results.TasksNeedAdoption):
        decided(cast, topic, meeting, decision=Decision.REJECTED)
    for task in (
        TaskInput("装", DUE, organisation_id=cast.outside_company.pk),
        TaskInput("装", DUE),
        TaskInput("装", date(2026, 3, 1), organisation_id=cast.property_company.pk),
    ):
        with pytest.raises(results.TaskUnusable):
            decided(cast, topic, meeting, tasks=[task])
    with pytest.raises(results.DecidedNowhere):
        decided(cast, topic, meeting, meeting_id=None)
    assert not topic.resolutions.exists()


def test_a_wide_matter_becomes_a_topic_on_its_thread(cast, desk, lamp_matter):
    topic, _meeting = talked_over(cast, matter=lamp_matter)
    assert topic.trace == lamp_matter.trace
    assert topic.source == f"matters.matter:{lamp_matter.pk}"


@pytest.fixture
def lamp_matter(cast):
    from linli.matters.services import Report
    from linli.matters.workflow import Channel
    from linli.territory.queries import locate

    return matters.report(
        report=Report(
            submission_key=uuid4(),
            community_id=cast.community.pk,
            text="没有地方晾被子",
            category_id=cast.lamp.pk,
            location=locate(community_id=cast.community.pk, building_id=cast.building.pk),
            channel=Channel.FIELD,
        ),
        actor=cast.actor(cast.xu),
        at=NOW,
    ).matter


def test_a_comment_that_cries_for_help_is_refused_and_never_stops_a_judgement(cast):
    _topic, judgement = judging_topic(cast, homes=20, least=10)
    entry = judgement.vote.roll.order_by("number").first()
    with pytest.raises(casting.DangerTold):
        casting.cast(
            code=slip_code_of(entry=entry),
            choice=Satisfaction.DISSATISFIED,
            comment="家里有人要自杀",
            at=LATER,
        )
    answered(judgement, satisfied=5, dissatisfied=5, comment="不好 电话13812345678")
    OpenBallot.objects.filter(vote=judgement.vote, choice="DISSATISFIED").update(
        comment="家里有人要自杀"
    )
    assert closed(judgement).state == TopicState.RETURNED
    assert not OpenBallot.objects.filter(comment__contains="13812345678").exists()


def test_the_office_neither_calls_a_judgement_off_nor_puts_it_off(cast, desk):
    topic, judgement = judging_topic(cast, homes=20)
    given = {"vote_id": judgement.vote_id, "actor": desk, "at": LATER}
    with pytest.raises(opening.JudgementStands):
        opening.cancel_vote(reason="不问了", **given)
    with pytest.raises(opening.JudgementStands):
        opening.extend_vote(until=LATER + timedelta(days=60), **given)
    results.return_topic(
        topic_id=topic.pk,
        cause=ReturnCause.DISSATISFIED,
        reason="居民当面说不行",
        actor=desk,
        at=LATER,
    )
    judgement.vote.refresh_from_db()
    assert judgement.vote.state == "CANCELLED"


def test_a_small_place_satisfies_by_all_who_live_there(cast):
    _topic, judgement = judging_topic(cast, homes=5, least=10)
    answered(judgement, satisfied=5)
    assert closed(judgement).state == TopicState.CLOSED
    assert judgement.vote.result["outcome"] == "SATISFIED"


def test_a_round_that_people_are_owed_is_not_dropped(cast, desk):
    topic, _meeting = talked_over(cast)
    Topic.objects.filter(pk=topic.pk).update(state="PUBLISHED", published_at=LATER)
    following = results.return_topic(
        topic_id=topic.pk, cause=ReturnCause.NOT_ACTED_ON, reason="没人办", actor=desk, at=LATER
    )
    with pytest.raises(topics.RoundOwed):
        topics.drop_topic(topic_id=following.pk, reason="算了", actor=desk, at=LATER)


def test_what_was_adopted_without_a_task_is_asked_about_too(cast, desk):
    households(cast, cast.building, 4)
    topic, meeting = talked_over(cast)
    decided(cast, topic, meeting, tasks=())
    deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    with pytest.raises(results.SomethingToJudge):
        results.close_topic(topic_id=topic.pk, actor=desk, at=LATER)
    assert deliberating.send_stalled_back(at=LATER + timedelta(days=14)) == 1
    topic.refresh_from_db()
    assert topic.state == TopicState.JUDGING


def test_a_resolution_says_what_the_show_of_hands_said(cast, desk):
    topic, meeting = talked_over(cast)
    Motion.objects.create(
        item=meeting.items.get(topic=topic),
        position=1,
        text="装八组",
        state="LOST",
        no=3,
        present=3,
        decided_at=LATER,
    )
    with pytest.raises(results.DecidedOtherwise):
        decided(cast, topic, meeting)
    decided(cast, topic, meeting, decision=Decision.REJECTED, tasks=())
    with pytest.raises(results.DecidedOnce):
        decided(cast, topic, meeting, decision=Decision.NO_DECISION, tasks=())


@pytest.mark.parametrize("hurt", ["resolution", "task", "publication"])
def test_whoever_changes_what_was_decided_is_named(cast, desk, hurt):
    topic, meeting = talked_over(cast)
    resolution = decided(cast, topic, meeting)
    published = deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)
    assert (tampered_resolutions(), tampered_publications()) == ([], [])
    if hurt == "resolution":
        Resolution.objects.filter(pk=resolution.pk).update(text="装两组")
    elif hurt == "task":
        resolution.tasks.update(due_date=date(2027, 1, 1))
    else:
        published.content["resolutions"][0]["text"] = "装两组"
        published.save()
    found = [*tampered_resolutions(), *tampered_publications()]
    assert [one.id for one in found] == [published.pk if hurt == "publication" else resolution.pk]


# --- Taken out after publication ---------------------------------------------------------------


def published_with(cast, desk, topic, meeting):
    decided(cast, topic, meeting, tasks=(), decision=Decision.ANSWERED)
    return deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=LATER)


def test_what_was_published_with_an_opinion_is_corrected_when_it_is_taken_out(cast, desk):
    topic, meeting = talked_over(cast)
    published = published_with(cast, desk, topic, meeting)
    found, before = topic.opinions.get(), (published.content, published.digest)
    with pytest.raises(WordsMissing):
        merging.take_out(opinion_id=found.pk, actor=desk, at=LATER)

    merging.take_out(opinion_id=found.pk, reason="说的是另一处 13800138000", actor=desk, at=LATER)
    published.refresh_from_db()
    assert (published.content, published.digest) == before
    right = published.corrections.get()
    assert "说的是另一处 138****8000" in right.content["text"]
    assert tampered_publications() == []
    found.refresh_from_db()
    assert (found.state, found.topic) == ("NEW", None)
    told = Event.objects.get(name="deliberation.opinion_taken_out")
    assert told.facts == {"topic_id": topic.pk, "reason": "说的是另一处 138****8000"}


def test_what_came_after_publication_is_taken_out_without_a_correction(cast, desk):
    topic, meeting = talked_over(cast)
    published = published_with(cast, desk, topic, meeting)
    late = LATER + timedelta(hours=1)
    said_later = opinion(cast)
    given = {"actor": desk, "at": late}
    merging.merge_opinions(opinion_ids=[said_later.pk], topic_id=topic.pk, **given)
    merging.take_out(opinion_id=said_later.pk, reason="并错了", **given)
    assert not published.corrections.exists()


def test_before_publication_no_reason_is_asked_for(cast, desk):
    topic, _meeting = talked_over(cast)
    found = topic.opinions.get()
    merging.take_out(opinion_id=found.pk, actor=desk, at=LATER)
    found.refresh_from_db()
    assert found.is_new
