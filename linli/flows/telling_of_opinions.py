"""Who is told of an opinion: its author when it is answered or moves, staff when it waits.

Whoever has no account follows by the code they got. No message says what was said.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from linli.core.actor import system
from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation import queries as deliberation
from linli.deliberation.queries import opinions
from linli.deliberation.queries.access import RUNNERS
from linli.flows import audience
from linli.notify import services as notify
from linli.notify.models import Topic
from linli.people import queries as people

_READER = system(name="reactions")
_QUEUE = "/forums/opinions/"

_MOVED = {
    events.TOPIC_ADVANCED: "topic_step",
    events.TOPIC_PUBLISHED: "topic_published",
    events.TOPIC_CARRIED_OUT: "topic_carried_out",
    events.TOPIC_JUDGED: "topic_judged",
    events.TOPIC_CLOSED: "topic_closed",
    events.TOPIC_RETURNED: "topic_returned",
    events.TOPIC_DROPPED: "topic_dropped",
}


def opinion_path(*, opinion_id: int) -> str:
    """Return where an author reads what became of their opinion."""
    return f"/deliberate/mine/{opinion_id}/"


def tell_author_answered(event: Event, at: datetime) -> None:
    """Tell the author that there is an answer."""
    opinion = deliberation.get_opinion(actor=_READER, opinion_id=event.subject_id)
    if opinion.is_answered and opinion.account_id is not None:
        path = opinion_path(opinion_id=opinion.pk)
        _tell(event, at, [opinion.account_id], code="opinion_answered", path=path)


def tell_author_merged(event: Event, at: datetime) -> None:
    """Tell the author which topic answers them now."""
    opinion = deliberation.get_opinion(actor=_READER, opinion_id=event.subject_id)
    if opinion.is_merged and opinion.topic is not None and opinion.account_id is not None:
        path = opinion_path(opinion_id=opinion.pk)
        title = opinion.topic.title
        _tell(event, at, [opinion.account_id], code="opinion_in_topic", path=path, title=title)


def tell_author_taken_out(event: Event, at: datetime) -> None:
    """Tell the author that the topic answers them no longer, and where the reason stands."""
    opinion = deliberation.get_opinion(actor=_READER, opinion_id=event.subject_id)
    if opinion.is_new and opinion.account_id is not None:
        path = opinion_path(opinion_id=opinion.pk)
        _tell(event, at, [opinion.account_id], code="opinion_taken_out", path=path)


def tell_authors_of_move(event: Event, at: datetime) -> None:
    """Tell those whose opinions a topic answers that it moved, each once."""
    topic = deliberation.get_topic(actor=_READER, topic_id=event.subject_id)
    path = f"/deliberate/topics/{topic.pk}/" if topic.forum.is_public else "/deliberate/mine/"
    step = event.facts.get("step", "")
    to = opinions.authors_of(topic_id=topic.pk)
    _tell(event, at, to, code=_MOVED[event.name], path=path, title=topic.title, step=step)


def tell_staff_of_waiting(event: Event, at: datetime) -> None:
    """Remind those who run the community's forums of what waits too long."""
    place = {"community_id": event.community_id}
    answering = people.Answering(places=[place], at=at)
    to = {key for role in sorted(RUNNERS) for key in answering.holders(role=role, place=place)}
    count, days = event.facts["count"], event.facts["days"]
    _tell(
        event,
        at,
        to,
        code="opinions_wait",
        path=_QUEUE,
        topic=Topic.DEADLINE,
        count=count,
        days=days,
    )


def _tell(
    event: Event,
    at: datetime,
    account_ids: Collection[int],
    *,
    code: str,
    path: str,
    topic: Topic = Topic.PROGRESS,
    **facts: Any,
) -> None:
    others = set(account_ids) - {audience.account_of_actor(event)}
    if others:
        notify.tell(
            account_ids=sorted(others),
            event=event,
            topic=topic,
            code=code,
            facts=facts,
            path=path,
            at=at,
        )
