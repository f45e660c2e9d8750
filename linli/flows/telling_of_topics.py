"""Whoever answers for a topic is told when it is late, and when it comes back for another round."""

from datetime import datetime

from linli.core.actor import system
from linli.core.models import Event
from linli.deliberation import queries as deliberation
from linli.deliberation.models import Topic as TalkedOver
from linli.deliberation.workflow import TopicState
from linli.flows import audience
from linli.notify import services as notify
from linli.notify.models import Topic

_READER = system(name="reactions")


def tell_owner_late(event: Event, at: datetime) -> None:
    """Tell whoever answers for a topic that its step is not finished in time."""
    topic = deliberation.get_topic(actor=_READER, topic_id=event.subject_id)
    if not topic.has_ended and topic.late_at is not None:
        _tell(event, at, topic, code="topic_late", about=Topic.DEADLINE)


def tell_owner_of_round(event: Event, at: datetime) -> None:
    """Tell whoever answers for the new round that it is theirs, and until when."""
    topic = deliberation.get_topic(actor=_READER, topic_id=event.facts["next_id"])
    if not topic.has_ended:
        _tell(event, at, topic, code="topic_again", about=Topic.ORDER)


def tell_owner_to_ask(event: Event, at: datetime) -> None:
    """Tell whoever answers for a topic that it is judged, so that slips reach people."""
    topic = deliberation.get_topic(actor=_READER, topic_id=event.subject_id)
    if topic.state == TopicState.JUDGING:
        path = f"/forums/votes/{event.facts['vote_id']}/"
        _tell(event, at, topic, code="judgement_open", about=Topic.ORDER, path=path)


def _tell(
    event: Event, at: datetime, topic: TalkedOver, *, code: str, about: Topic, path: str = ""
) -> None:
    if topic.owner_id == audience.account_of_actor(event):
        return
    facts = {"title": topic.title, "round": topic.round}
    if topic.due_at is not None:
        facts["due"] = topic.due_at.isoformat()
    notify.tell(
        account_ids=[topic.owner_id],
        event=event,
        topic=about,
        code=code,
        facts=facts,
        path=path or f"/forums/topics/{topic.pk}/",
        at=at,
    )
