"""What every service on meetings shares: who may, taking a step, and telling of it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F

from linli.core.actor import Actor
from linli.core.errors import NotEntitled
from linli.core.models import Event
from linli.deliberation import events, queries
from linli.deliberation.models import Meeting
from linli.deliberation.queries.meetings import get_meeting_inside, keeps
from linli.deliberation.services._recording import tell
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import MEETING_MOVES, MeetingState, MeetingStep

WRITTEN_DOWN = frozenset({MeetingState.OPEN, MeetingState.ENDED})
"""While it goes on and until both have signed, what was said can be written and corrected."""


def run_by(actor: Actor, meeting_id: int) -> Meeting:
    """Return a meeting for whoever runs the community's forums."""
    meeting = queries.get_meeting(actor=actor, meeting_id=meeting_id)
    queries.require_runner(actor=actor, community_id=meeting.community_id)
    return meeting


def kept_by(actor: Actor, meeting_id: int) -> Meeting:
    """Return a meeting for whoever writes it down."""
    meeting = get_meeting_inside(actor=actor, meeting_id=meeting_id)
    if not keeps(actor=actor, meeting=meeting):
        raise NotEntitled
    return meeting


def move(meeting: Meeting, step: MeetingStep, **values: Any) -> None:
    """Take a step by one conditional update, which also locks the meeting.

    :raises StepNotAllowed: when it is not where this step begins.
    """
    moves = MEETING_MOVES[step]
    row = Meeting.objects.filter(pk=meeting.pk, state__in=moves.sources)
    if not row.update(state=moves.target, **values):
        raise StepNotAllowed
    meeting.refresh_from_db()


def hold(meeting: Meeting, states: Collection[MeetingState]) -> None:
    """Lock a meeting that is in one of these states until the transaction ends.

    :raises StepNotAllowed: when it is in another.
    """
    row = Meeting.objects.filter(pk=meeting.pk, state__in=states)
    if not row.update(name=F("name")):  # Changes nothing, and takes the row's lock.
        raise StepNotAllowed
    meeting.refresh_from_db()


def tell_of(meeting: Meeting, name: str, actor: Actor, at: datetime, **facts: Any) -> Event:
    """Write what happened to a meeting, on its thread."""
    return tell(
        name=name,
        kind=queries.MEETING,
        pk=meeting.pk,
        trace=meeting.trace,
        community_id=meeting.community_id,
        actor=actor,
        at=at,
        facts=facts,
    )


def tell_of_topics(meeting: Meeting, actor: Actor, at: datetime, *, present: int) -> None:
    """Say on the thread of each topic on the agenda that it was talked over, and by how many."""
    for item in meeting.items.filter(topic__isnull=False).select_related("topic").order_by("pk"):
        assert item.topic is not None
        tell(
            name=events.TOPIC_TALKED_OVER,
            kind=queries.TOPIC,
            pk=item.topic.pk,
            trace=item.topic.trace,
            community_id=meeting.community_id,
            actor=actor,
            at=at,
            facts={"meeting_id": meeting.pk, "present": present},
        )


def write_down(meeting: Meeting, actor: Actor, at: datetime, name: str, **facts: Any) -> int:
    """Tell that the record changed, and take signatures away that stood under another wording.

    Return how many fell.
    """
    fell, _rows = meeting.signatures.all().delete()
    tell_of(meeting, name, actor, at, **facts, **({"signatures_fell": fell} if fell else {}))
    return fell
