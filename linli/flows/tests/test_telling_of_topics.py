"""Whoever answers for a topic hears that it is late, and that it comes back."""

from datetime import timedelta

import pytest

from linli.deliberation.models import Topic
from linli.deliberation.services import results
from linli.deliberation.tests.scenes import talked_over
from linli.deliberation.workflow import ReturnCause
from linli.flows import deliberating, worker
from linli.notify.models import Message
from tests.cast import NOW

LATER = NOW + timedelta(days=20)


@pytest.fixture
def desk(cast):
    return cast.actor(cast.shen)


def test_whoever_answers_for_a_round_is_told(cast, desk):
    topic, _meeting = talked_over(cast, owner_id=cast.zhou_min.pk)
    late = topic.due_at + timedelta(seconds=1)
    deliberating.tell_of_late_topics(at=late)
    worker.run_due(at=late)
    (told,) = Message.objects.filter(code="topic_late")
    assert (told.account, told.facts["title"]) == (cast.zhou_min, topic.title)
    Topic.objects.filter(pk=topic.pk).update(state="PUBLISHED", published_at=LATER)
    following = results.return_topic(
        topic_id=topic.pk,
        cause=ReturnCause.NOT_ACTED_ON,
        reason="没人办",
        owner_id=cast.zhou_ning.pk,
        actor=desk,
        at=late,
    )
    worker.run_due(at=late)
    (told,) = Message.objects.filter(code="topic_again")
    assert told.account == cast.zhou_ning
    assert told.path == f"/forums/topics/{following.pk}/"
