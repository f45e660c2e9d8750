"""Deciding what becomes of a regular day on which people are free, or that suits nobody."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused
from linli.deliberation import events, queries
from linli.deliberation.models import CalendarDecision
from linli.deliberation.queries.calendar import day_to_decide
from linli.deliberation.services._recording import tell, words_or_none
from linli.people.queries import local_day

REASON_LENGTH_MAX = 120


class DayReasonMissing(Invalid):
    """Whoever looks forward to a meeting reads why it is not when it always is."""

    sentence = _("Please say why the meeting is moved or left out: everybody reads it.")
    field = "reason"


class DayPast(Invalid):
    """A meeting is held today at the earliest."""

    sentence = _("This day is past already. Please choose another.")
    field = "held_on"


class DayIsPlanned(Refused):
    """The meeting of this day stands; it is changed, or cancelled first."""

    sentence = _("The meeting of this day is planned already. Please change or cancel it instead.")


@transaction.atomic
def decide_day(
    *,
    forum_id: int,
    day: date,
    held_on: date | None,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> CalendarDecision:
    """Decide about a regular day: hold it all the same, on another day, or (None) leave it out.

    Of any other day off it is decided whether the forum meets on it.

    A decision can be taken anew as long as no meeting of that day is planned.

    :raises NotFound: when it is neither a regular day of the forum nor a day off.
    :raises DayIsPlanned: when its meeting is planned.
    :raises DayReasonMissing: when it is moved or left out without a reason.
    :raises DayPast: when the day to hold it on is over.
    """
    forum = queries.get_forum(actor=actor, forum_id=forum_id)
    queries.require_runner(actor=actor, community_id=forum.community_id)
    found = day_to_decide(forum=forum, day=day, at=at)
    if found is None:
        raise NotFound
    if found.meeting is not None:
        raise DayIsPlanned
    said = words_or_none(text=reason, field="reason", limit=REASON_LENGTH_MAX)
    if held_on != day and not said:
        raise DayReasonMissing
    if held_on is not None and held_on < local_day(at=at):
        raise DayPast
    decision, _made = CalendarDecision.objects.update_or_create(
        forum=forum,
        day=day,
        defaults={
            "held_on": held_on,
            "reason": said,
            "decided_by": actor.key,
            "decided_at": at,
        },
    )
    tell(
        name=events.CALENDAR_DECIDED,
        kind=queries.FORUM,
        pk=forum.pk,
        trace=forum.trace,
        community_id=forum.community_id,
        actor=actor,
        at=at,
        facts={"day": day.isoformat(), "held_on": held_on.isoformat() if held_on else None},
    )
    return decision
