"""What follows for opinions: authors are told, staff reminded, matters become opinions."""

from datetime import timedelta

import pytest

from linli.core.errors import NotFound
from linli.deliberation.models import Opinion, OpinionMap
from linli.deliberation.services import merging, opinions, topics
from linli.deliberation.tests.said import opinion, opinion_map, topic, two_camps
from linli.deliberation.tests.scenes import forum
from linli.flows.raising import MatterRestricted, raise_opinion_of_matter
from linli.flows.worker import DRAWING_JOBS, MATTER_JOBS, run_due, tick
from linli.matters import services as matters
from linli.matters.models import Matter
from linli.matters.tests.stages import a_report, reported
from linli.notify.models import Message
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def told(code):
    run_due(at=NOW)
    rows = Message.objects.filter(code=code)
    return sorted(rows.values_list("account__username", flat=True))


def test_an_author_with_an_account_hears_of_the_answer(cast):
    found = opinion(cast, actor=cast.actor(cast.nobody_yet))
    opinion(cast)
    opinions.answer_opinion(
        opinion_id=found.pk, text="下周就装。", actor=cast.actor(cast.zhou_min), at=NOW
    )

    assert told("opinion_answered") == ["nobody_yet"]
    message = Message.objects.get(code="opinion_answered")
    assert message.path == f"/deliberate/mine/{found.pk}/"
    assert "下周" not in str(message.facts)


def test_authors_hear_of_their_topic_and_of_each_step_it_takes(cast):
    on = topic(cast, forum(cast))
    found = [opinion(cast, actor=cast.actor(cast.nobody_yet)).pk for _n in range(2)]
    desk = cast.actor(cast.zhou_min)
    merging.merge_opinions(opinion_ids=found, topic_id=on.pk, actor=desk, at=NOW)
    assert told("opinion_in_topic") == ["nobody_yet"] * 2

    topics.drop_topic(topic_id=on.pk, reason="不归我们管。", actor=desk, at=NOW)
    assert told("topic_dropped") == ["nobody_yet"]


def test_an_author_hears_that_their_topic_answers_them_no_longer(cast):
    on = topic(cast, forum(cast))
    found = opinion(cast, actor=cast.actor(cast.nobody_yet))
    desk = cast.actor(cast.zhou_min)
    merging.merge_opinions(opinion_ids=[found.pk], topic_id=on.pk, actor=desk, at=NOW)
    merging.take_out(opinion_id=found.pk, reason="是另一件事", actor=desk, at=NOW)

    assert told("opinion_taken_out") == ["nobody_yet"]
    assert "另一件事" not in str(Message.objects.get(code="opinion_taken_out").facts)


def test_staff_are_reminded_of_what_waits_too_long(cast):
    opinion(cast)
    later = NOW + timedelta(days=8)
    job = next(job for job in MATTER_JOBS if job.name == "tell_of_waiting_opinions")

    assert tick(at=later, jobs=(job,)) == {job.name: 1}
    run_due(at=later)
    rows = Message.objects.filter(code="opinions_wait")
    assert set(rows.values_list("account__username", flat=True)) == {
        "shen",
        "zhou_min",
        "zhou_ning",
    }


def test_the_worker_draws_maps(cast):
    found = opinion_map(cast, forum(cast))
    two_camps(found)
    assert tick(at=NOW, jobs=DRAWING_JOBS) == {"draw_opinion_maps": 1}
    assert len(OpinionMap.objects.get().drawn["groups"]) == 2


def test_a_matter_becomes_one_opinion_on_its_own_thread(cast):
    matter = reported(cast).matter
    desk = cast.actor(cast.zhou_min)
    first = raise_opinion_of_matter(matter_id=matter.pk, actor=desk, at=NOW)
    again = raise_opinion_of_matter(matter_id=matter.pk, actor=desk, at=NOW)

    assert (first.is_new, again.is_new) == (True, False)
    found = Opinion.objects.get()
    assert (found.channel, found.trace) == ("MATTER", matter.trace)
    assert found.source == f"matters.matter:{matter.pk}"
    assert found.grid_id == matter.grid_id


def test_what_is_restricted_or_elsewhere_becomes_none(cast):
    matter = reported(cast).matter
    with pytest.raises(NotFound):
        raise_opinion_of_matter(matter_id=matter.pk, actor=cast.actor(cast.outsider), at=NOW)
    Matter.objects.filter(pk=matter.pk).update(is_restricted=True)
    with pytest.raises(MatterRestricted):
        raise_opinion_of_matter(matter_id=matter.pk, actor=cast.actor(cast.shen), at=NOW)
    assert not Opinion.objects.exists()


def test_who_is_forgotten_as_a_reporter_is_forgotten_as_an_author(cast):
    asked = matters.report(report=a_report(cast), actor=cast.actor(cast.nobody_yet), at=NOW)
    desk = cast.actor(cast.shen)
    made = raise_opinion_of_matter(matter_id=asked.matter.pk, actor=desk, at=NOW).opinion
    own = opinion(cast, actor=cast.actor(cast.nobody_yet))
    assert made.account == cast.nobody_yet
    matters.erase_reporter(
        matter_id=asked.matter.pk, reporter_id=asked.reporter.pk, actor=desk, at=NOW
    )
    run_due(at=NOW)
    for one, is_known in ((made, False), (own, True)):
        one.refresh_from_db()
        assert one.knows_author is is_known


def test_what_becomes_restricted_leaves_its_opinion_without_words(cast):
    matter = reported(cast).matter
    desk = cast.actor(cast.shen)
    made = raise_opinion_of_matter(matter_id=matter.pk, actor=desk, at=NOW).opinion
    other = opinion(cast)
    for category, said in ((cast.hazard, matter.text), (cast.referral, opinions.SEALED_OFF)):
        matters.recategorise(matter_id=matter.pk, actor=desk, at=NOW, category_id=category.pk)
        run_due(at=NOW)
        made.refresh_from_db()
        assert made.text == said
    other.refresh_from_db()
    assert other.text != opinions.SEALED_OFF
