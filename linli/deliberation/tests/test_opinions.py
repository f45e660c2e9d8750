"""Opinions: every channel, one answer each, and nobody named."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from linli.core.actor import NOBODY
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation.models import Forum, Opinion
from linli.deliberation.queries import access
from linli.deliberation.queries import opinions as queries
from linli.deliberation.queries.opinions import OpinionFilter
from linli.deliberation.services import merging, opinions
from linli.deliberation.services.errors import StepNotAllowed, WordsMissing, WordsTooLong
from linli.deliberation.services.opinions import OpinionInput
from linli.deliberation.tests.said import opinion, said, topic
from linli.deliberation.tests.scenes import forum
from linli.deliberation.workflow import (
    OPINION_MOVES,
    OpinionChannel,
    OpinionState,
    OpinionStep,
)
from tests.cast import NOW
from tests.racing import race

pytestmark = pytest.mark.django_db


def names_of(opinion_id):
    rows = Event.objects.filter(subject_kind=access.OPINION, subject_id=opinion_id)
    return list(rows.order_by("id").values_list("name", flat=True))


# --- Coming in --------------------------------------------------------------------------------


def test_anybody_says_something_and_follows_it_by_its_code(cast):
    came_in = said(cast)

    assert came_in.is_new
    assert queries.opinion_by_code(code=came_in.code).pk == came_in.opinion.pk
    assert came_in.opinion.state == OpinionState.NEW
    assert names_of(came_in.opinion.pk) == [events.OPINION_SAID]
    with pytest.raises(queries.UnknownCode):
        queries.opinion_by_code(code="7K3F-9QXM-2P")


def test_the_same_form_sent_twice_is_one_opinion(cast):
    given = OpinionInput(submission_key=uuid4(), community_id=cast.community.pk, text="楼道灯太暗")
    first = opinions.say(opinion=given, actor=NOBODY, at=NOW)
    again = opinions.say(opinion=given, actor=NOBODY, at=NOW)

    assert not again.is_new
    assert (again.opinion.pk, again.code) == (first.opinion.pk, first.code)


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_many_times_at_once_is_one_opinion(cast):
    given = OpinionInput(submission_key=uuid4(), community_id=cast.community.pk, text="楼道灯太暗")
    outcome = race(racers=8, act=lambda _n: opinions.say(opinion=given, actor=NOBODY, at=NOW).code)

    assert outcome.refusals == []
    assert len(set(outcome.results)) == 1
    assert Opinion.objects.count() == 1


@pytest.mark.parametrize("channel", sorted(OpinionChannel))
def test_every_channel_is_kept_with_who_brought_it(cast, channel):
    found = opinion(cast, actor=cast.actor(cast.xu), channel=channel, people_count=3)

    assert (found.channel, found.people_count) == (channel, 3)
    is_own = channel == OpinionChannel.ONLINE
    assert found.account_id == (cast.xu.pk if is_own else None)
    assert found.entered_by_id == (None if is_own else cast.xu.pk)


@pytest.mark.parametrize("channel", sorted(opinions.BY_STAFF))
def test_only_who_works_here_names_a_channel_of_staff(cast, channel):
    for actor in (NOBODY, cast.actor(cast.outsider), cast.actor(cast.qian)):
        with pytest.raises(NotFound):
            opinion(cast, actor=actor, channel=channel)


def test_telephone_and_id_numbers_are_masked_before_they_are_kept(cast):
    found = opinion(cast, "找我 13800138000，身份证 11010519491231002X")

    assert "13800138000" not in found.text
    assert "11010519491231002X" not in found.text
    assert "138****8000" in found.text


def test_what_tells_of_danger_is_a_report(cast):
    for text in ("隔壁老公在打老婆", "四楼着火了快来人"):
        with pytest.raises(opinions.EmergencyTold):
            opinion(cast, text)

    assert opinion(cast, "四楼着火了快来人", is_no_emergency=True).pk
    with pytest.raises(opinions.EmergencyTold):
        opinion(cast, "隔壁老公在打老婆", is_no_emergency=True)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"text": "  "}, WordsMissing),
        ({"text": "长" * 2001}, WordsTooLong),
        ({"people_count": 0}, opinions.PeopleUncounted),
        ({"phone": "12", "agreed_privacy": True}, opinions.PhoneInvalid),
        ({"phone": "13800138000"}, opinions.ConsentMissing),
        ({"name": "张三"}, opinions.ConsentMissing),
        ({"forum_id": 999_999}, opinions.ForumClosed),
        ({"grid_id": 999_999}, opinions.PlaceElsewhere),
    ],
)
def test_what_cannot_be_kept_is_refused(cast, wrong, refusal):
    with pytest.raises(refusal):
        said(cast, **({"text": "楼道灯太暗"} | wrong))
    assert not Opinion.objects.exists()


def test_the_place_is_one_of_the_community_and_gives_the_grid(cast):
    found = opinion(cast, building_id=cast.building.pk)

    assert (found.building_id, found.grid_id) == (cast.building.pk, cast.grid.pk)
    with pytest.raises(opinions.PlaceElsewhere):
        opinion(cast, building_id=cast.elsewhere_building.pk)
    with pytest.raises(opinions.PlaceElsewhere):
        opinion(cast, grid_id=cast.elsewhere_grid.pk)


def test_a_forum_takes_opinions_only_while_it_does(cast):
    opened = forum(cast)
    assert opinion(cast, forum_id=opened.pk).forum_id == opened.pk

    Forum.objects.filter(pk=opened.pk).update(takes_opinions=False)
    with pytest.raises(opinions.ForumClosed):
        opinion(cast, forum_id=opened.pk)


# --- Answering --------------------------------------------------------------------------------


def test_opinions_are_merged_into_a_topic_that_answers_them(cast):
    on = topic(cast, forum(cast))
    found = [opinion(cast), opinion(cast, "想要一个晾衣架")]
    ids = [one.pk for one in found]
    desk = cast.actor(cast.zhou_min)

    assert merging.merge_opinions(opinion_ids=ids, topic_id=on.pk, actor=desk, at=NOW) == 2
    assert merging.merge_opinions(opinion_ids=ids, topic_id=on.pk, actor=desk, at=NOW) == 0
    states = Opinion.objects.filter(topic=on).values_list("state", flat=True)
    assert list(states) == ["MERGED", "MERGED"]
    told = Event.objects.filter(name=events.OPINION_MERGED, trace=on.trace)
    assert [one.facts for one in told] == [{"topic_id": on.pk}] * 2


def test_one_that_another_topic_has_stops_the_whole_merge(cast):
    there = forum(cast)
    first, second = topic(cast, there), topic(cast, there, title="停车")
    taken, free = opinion(cast), opinion(cast)
    desk = cast.actor(cast.zhou_min)
    merging.merge_opinions(opinion_ids=[taken.pk], topic_id=first.pk, actor=desk, at=NOW)

    with pytest.raises(StepNotAllowed):
        merging.merge_opinions(
            opinion_ids=[free.pk, taken.pk], topic_id=second.pk, actor=desk, at=NOW
        )
    free.refresh_from_db()
    assert free.is_new


def test_a_topic_of_elsewhere_or_that_ended_takes_nothing_in(cast):
    ended = topic(cast, forum(cast), state="DROPPED", ended_at=NOW)
    found = opinion(cast)
    desk = cast.actor(cast.zhou_min)

    for topic_id in (ended.pk, 999_999):
        with pytest.raises(merging.TopicElsewhere):
            merging.merge_opinions(opinion_ids=[found.pk], topic_id=topic_id, actor=desk, at=NOW)
    with pytest.raises(merging.NothingTicked):
        merging.merge_opinions(opinion_ids=[], topic_id=ended.pk, actor=desk, at=NOW)


def brought_to(cast, state):
    found = opinion(cast)
    desk = cast.actor(cast.zhou_min)
    on = topic(cast, forum(cast))
    if state == OpinionState.MERGED:
        merging.merge_opinions(opinion_ids=[found.pk], topic_id=on.pk, actor=desk, at=NOW)
    if state == OpinionState.ANSWERED:
        opinions.answer_opinion(opinion_id=found.pk, text="下周就装。", actor=desk, at=NOW)
    return found, topic(cast, on.forum, title="另一个")


@pytest.mark.parametrize("state", sorted(OpinionState))
@pytest.mark.parametrize("step", sorted(OpinionStep))
def test_every_step_is_open_only_from_its_states(cast, state, step):
    found, other = brought_to(cast, state)
    desk = cast.actor(cast.zhou_min)
    act = {
        OpinionStep.MERGE: lambda: merging.merge_opinions(
            opinion_ids=[found.pk], topic_id=other.pk, actor=desk, at=NOW
        ),
        OpinionStep.TAKE_OUT: lambda: merging.take_out(opinion_id=found.pk, actor=desk, at=NOW),
        OpinionStep.ANSWER: lambda: opinions.answer_opinion(
            opinion_id=found.pk, text="已经装好。", actor=desk, at=NOW
        ),
    }[step]
    move = OPINION_MOVES[step]

    if state in move.sources:
        act()
        found.refresh_from_db()
        assert found.state == move.target
    else:
        with pytest.raises(StepNotAllowed):
            act()
        found.refresh_from_db()
        assert found.state == state


def test_an_answer_is_in_words_and_names_no_number(cast):
    found = opinion(cast)
    desk = cast.actor(cast.zhou_min)
    with pytest.raises(WordsMissing):
        opinions.answer_opinion(opinion_id=found.pk, text=" ", actor=desk, at=NOW)

    answered = opinions.answer_opinion(
        opinion_id=found.pk, text="请找王师傅 13800138000", actor=desk, at=NOW
    )
    assert answered.answer == "请找王师傅 138****8000"
    assert answered.answered_by_id == cast.zhou_min.pk


def test_who_runs_no_forum_answers_nothing(cast):
    found = opinion(cast)
    for actor, refusal in (
        (cast.actor(cast.xu), NotEntitled),
        (cast.actor(cast.outsider), NotFound),
        (cast.actor(cast.nobody_yet), NotFound),
        (NOBODY, NotFound),
    ):
        with pytest.raises(refusal):
            opinions.answer_opinion(opinion_id=found.pk, text="好", actor=actor, at=NOW)


def test_only_what_is_answered_is_shown_in_the_idea_box_and_in_words_of_staff(cast):
    found = opinion(cast, "三楼张家的被子总滴水", kind="IDEA")
    desk = cast.actor(cast.zhou_min)
    summary = {"opinion_id": found.pk, "summary": "想有个公共晾衣架", "actor": desk, "at": NOW}
    with pytest.raises(opinions.NotAnsweredYet):
        opinions.show_opinion(**summary)

    opinions.answer_opinion(opinion_id=found.pk, text="下周就装。", actor=desk, at=NOW)
    opinions.show_opinion(**summary)
    shown, older = queries.page_of_ideas(community_id=cast.community.pk)
    assert [one.public_summary for one in shown] == ["想有个公共晾衣架"]
    assert older == ""
    assert queries.page_of_ideas(community_id=cast.elsewhere.pk) == ([], "")

    opinions.hide_opinion(opinion_id=found.pk, actor=desk, at=NOW)
    assert queries.page_of_ideas(community_id=cast.community.pk) == ([], "")


def test_what_is_taken_out_of_its_topic_leaves_the_idea_box(cast):
    found, _other = brought_to(cast, OpinionState.MERGED)
    desk = cast.actor(cast.zhou_min)
    opinions.show_opinion(opinion_id=found.pk, summary="晾衣架", actor=desk, at=NOW)

    taken = merging.take_out(opinion_id=found.pk, actor=desk, at=NOW)
    assert taken.is_new
    assert not taken.is_shown


# --- Whoever said it --------------------------------------------------------------------------


def named(cast):
    return said(cast, name="欧阳小梅", phone="138 0013 8000", agreed_privacy=True)


def test_name_and_phone_are_opened_for_a_reason_that_is_logged(cast):
    found = named(cast).opinion
    desk = cast.actor(cast.zhou_min)
    with pytest.raises(WordsMissing):
        opinions.open_author(opinion_id=found.pk, reason="", actor=desk, at=NOW)
    with pytest.raises(NotEntitled):
        opinions.open_author(opinion_id=found.pk, reason="问", actor=cast.actor(cast.xu), at=NOW)

    author = opinions.open_author(opinion_id=found.pk, reason="回访", actor=desk, at=NOW)
    assert (author.name, author.phone) == ("欧阳小梅", "13800138000")
    assert Event.objects.get(name=events.AUTHOR_OPENED).facts == {"reason": "回访"}


def test_an_author_is_forgotten_and_what_was_said_stays(cast):
    came_in = named(cast)
    author = access.actor_of_author(opinion=came_in.opinion)
    stranger = access.actor_of_author(opinion=opinion(cast))
    with pytest.raises(NotFound):
        opinions.erase_author(opinion_id=came_in.opinion.pk, actor=stranger, at=NOW)

    opinions.erase_author(opinion_id=came_in.opinion.pk, actor=author, at=NOW)
    opened = opinions.open_author(
        opinion_id=came_in.opinion.pk, reason="回访", actor=cast.actor(cast.zhou_min), at=NOW
    )
    assert (opened.name, opened.phone) == ("", "")
    assert queries.opinion_by_code(code=came_in.code).text == "楼下没地方晾被子"


def test_no_event_holds_what_was_said_or_by_whom(cast):
    came_in = named(cast)
    desk = cast.actor(cast.zhou_min)
    opinions.answer_opinion(opinion_id=came_in.opinion.pk, text="下周就装。", actor=desk, at=NOW)
    opinions.open_author(opinion_id=came_in.opinion.pk, reason="回访", actor=desk, at=NOW)

    told = str(list(Event.objects.values_list("facts", flat=True)))
    for secret in ("欧阳", "13800138000", "被子", came_in.code, "下周"):
        assert secret not in told


def test_a_stranger_reads_no_opinion_and_authors_their_own(cast):
    own = opinion(cast, actor=cast.actor(cast.nobody_yet))
    by_code = opinion(cast)
    for actor in (NOBODY, cast.actor(cast.outsider), cast.actor(cast.qian)):
        with pytest.raises(NotFound):
            access.get_opinion(actor=actor, opinion_id=own.pk)

    assert access.get_opinion(actor=cast.actor(cast.nobody_yet), opinion_id=own.pk).pk == own.pk
    author = access.actor_of_author(opinion=by_code)
    assert access.get_opinion(actor=author, opinion_id=by_code.pk).pk == by_code.pk
    with pytest.raises(NotFound):
        access.get_opinion(actor=author, opinion_id=own.pk)
    assert [one.pk for one in queries.own_opinions(actor=cast.actor(cast.nobody_yet))] == [own.pk]


# --- Lists ------------------------------------------------------------------------------------


def test_the_queue_is_read_from_the_oldest_on_and_page_by_page(cast, monkeypatch):
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    found = [opinion(cast, f"意见 {number}").pk for number in range(5)]
    wanted = OpinionFilter(community_id=cast.community.pk, state="NEW")
    desk = cast.actor(cast.zhou_min)

    first = queries.page_of_opinions(actor=desk, wanted=wanted)
    second = queries.page_of_opinions(actor=desk, wanted=wanted, after=first.next_after)
    third = queries.page_of_opinions(actor=desk, wanted=wanted, after=second.next_after)
    read = [one.pk for page in (first, second, third) for one in page.rows]
    assert read == found
    assert third.next_after == ""
    latest = queries.page_of_opinions(actor=desk, wanted=replace(wanted, state=""))
    assert [one.pk for one in latest.rows] == found[:-3:-1]
    outside = queries.page_of_opinions(actor=cast.actor(cast.outsider), wanted=wanted)
    assert outside.rows == []


def test_what_looks_alike_is_suggested_and_a_person_decides(cast):
    first = opinion(cast, "楼下没有地方晾被子")
    opinion(cast, "停车位太少")
    alike = queries.suggestions_for(
        actor=cast.actor(cast.zhou_min),
        text="楼下没有地方晾衣服",
        community_id=cast.community.pk,
    )
    assert [one.opinion.pk for one in alike] == [first.pk]
    on = topic(cast, forum(cast), title="楼下没有地方晾晒")
    topic(cast, on.forum, title="停车")
    likely = queries.topics_to_answer(
        actor=cast.actor(cast.zhou_min),
        text="楼下没有地方晾衣服",
        community_id=cast.community.pk,
    )
    assert likely[0].topic.pk == on.pk


def test_what_waits_longer_than_a_week_is_told_once(cast):
    found = opinion(cast)
    opinion(cast)
    later = NOW + timedelta(days=opinions.WAITS_DAYS, minutes=1)

    assert opinions.tell_of_waiting(at=NOW + timedelta(days=6)) == 0
    assert opinions.tell_of_waiting(at=later) == 2
    assert opinions.tell_of_waiting(at=later + timedelta(days=1)) == 0
    told = Event.objects.get(name=events.OPINIONS_WAIT)
    assert (told.subject_id, told.facts) == (found.pk, {"count": 2, "days": 7})
