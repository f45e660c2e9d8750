"""Who is told of a meeting: those who sit for its parties, and those who sign its minutes."""

from collections.abc import Collection
from datetime import datetime

from linli.core.actor import system
from linli.core.models import Event
from linli.deliberation import queries as deliberation
from linli.deliberation.models import Meeting
from linli.deliberation.queries.meetings import people_of_parties
from linli.deliberation.queries.minutes import place_of
from linli.deliberation.workflow import MeetingState
from linli.flows import audience
from linli.notify import services as notify
from linli.notify.models import Topic

_READER = system(name="reactions")


def meeting_path(*, meeting_id: int) -> str:
    """Return where an invitation leads: whoever is invited reads the agenda there."""
    return f"/deliberate/meetings/{meeting_id}/"


def minutes_path(*, meeting_id: int) -> str:
    """Return where the minutes are read and signed."""
    return f"/forums/meetings/{meeting_id}/minutes/"


def tell_of_plan(event: Event, at: datetime) -> None:
    """Invite those who sit for the parties that must be there."""
    meeting = _meeting(event)
    if meeting.state == MeetingState.PLANNED and meeting.starts_at > at:
        _tell(event, at, meeting, to=_invited(meeting, at), code="meeting_planned")


def tell_of_change(event: Event, at: datetime) -> None:
    """Tell those invited that time or place are other ones; of a new title nobody need hear."""
    meeting = _meeting(event)
    if event.facts.get("is_elsewhere") and meeting.state == MeetingState.PLANNED:
        _tell(event, at, meeting, to=_invited(meeting, at), code="meeting_changed")


def tell_of_cancellation(event: Event, at: datetime) -> None:
    """Tell those invited that they need not come."""
    meeting = _meeting(event)
    if meeting.state == MeetingState.CANCELLED and meeting.starts_at > at:
        _tell(event, at, meeting, to=_invited(meeting, at), code="meeting_cancelled")


def tell_who_signs(event: Event, at: datetime) -> None:
    """Ask chair and recorder for their signatures."""
    meeting = _meeting(event)
    if meeting.state != MeetingState.ENDED:
        return
    signed = set(meeting.signatures.values_list("account_id", flat=True))
    to = {key for key in (meeting.chair_id, meeting.recorder_id) if key is not None} - signed
    path = minutes_path(meeting_id=meeting.pk)
    _tell(event, at, meeting, to=to, code="minutes_to_sign", path=path)


def _meeting(event: Event) -> Meeting:
    return deliberation.get_meeting(actor=_READER, meeting_id=event.subject_id)


def _invited(meeting: Meeting, at: datetime) -> set[int]:
    """Return who sits for the required parties, chairs or records."""
    parties = [one for one in deliberation.parties_of(forum=meeting.forum) if one.is_required]
    found = set().union(*people_of_parties(parties=parties, at=at).values(), ())
    return found | {key for key in (meeting.chair_id, meeting.recorder_id) if key is not None}


def _tell(
    event: Event,
    at: datetime,
    meeting: Meeting,
    *,
    to: Collection[int],
    code: str,
    path: str = "",
) -> None:
    others = set(to) - {audience.account_of_actor(event)}
    if not others:
        return
    notify.tell(
        account_ids=others,
        event=event,
        topic=Topic.ORDER,
        code=code,
        facts={
            "name": meeting.name,
            "forum": meeting.forum.name,
            "where": place_of(meeting=meeting),
            "from": meeting.starts_at.isoformat(),
        },
        path=path or meeting_path(meeting_id=meeting.pk),
        at=at,
    )
