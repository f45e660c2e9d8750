"""A public forum's calendar for people's own: planned meetings and regular days, as iCalendar.

Source: RFC 5545. Identifiers never change, so that a calendar moves what it knows instead of
showing it twice. Nothing personal stands in it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar, Event, Timezone, vDuration

from linli.core.clocks import SHANGHAI
from linli.core.errors import NotFound
from linli.deliberation import queries
from linli.deliberation.queries.calendar import regular_days
from linli.deliberation.queries.meetings import meetings_for_calendar
from linli.deliberation.queries.minutes import place_of
from linli.people.queries import local_day
from linli.web.access import Request
from linli.web.address import whole_address
from linli.web.workbooks import download

MEDIA_TYPE = "text/calendar; charset=utf-8"
_LASTS = timedelta(minutes=90)
_BACK, _AHEAD = timedelta(days=90), timedelta(days=366)


@require_safe
def calendar(request: Request, forum_id: int) -> HttpResponse:
    """Give the calendar of a public forum."""
    forum = queries.get_forum(actor=request.actor, forum_id=forum_id)
    if not forum.is_public:
        raise NotFound
    content = _calendar(request, forum).to_ical()
    return download(content=content, name=f"{forum.name}.ics", media_type=MEDIA_TYPE)


def _calendar(request: Request, forum: Any) -> Calendar:
    made = Calendar()
    made.add("prodid", "-//Linli//Deliberation//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", forum.name)
    made.add("x-wr-calname", forum.name)
    made.add("x-wr-timezone", SHANGHAI.key)
    today = local_day(at=request.now)
    made.add_component(
        Timezone.from_tzid(SHANGHAI.key, first_date=today - _BACK, last_date=today + _AHEAD)
    )
    for meeting in meetings_for_calendar(forum=forum, since=request.now - _BACK):
        made.add_component(_meeting(request, meeting))
    first = max(today, local_day(at=forum.opened_at))
    for day in regular_days(forum=forum, first=first, last=today + _AHEAD, at=request.now):
        if day.meeting is None:
            made.add_component(_day(request, forum, day))
    return made


def _meeting(request: Request, meeting: Any) -> Event:
    event = _event(request, f"meeting-{meeting.trace}", meeting.name, meeting.starts_at)
    event.add("location", place_of(meeting=meeting))
    is_off = meeting.state == "CANCELLED"
    event.add("status", "CANCELLED" if is_off else "CONFIRMED")
    event.add("sequence", meeting.changes)
    lines = [f"{n}. {item.title}" for n, item in enumerate(meeting.items.all(), start=1)]
    said = [_("Agenda"), *lines] if lines else []
    if is_off and meeting.summary:
        said = [meeting.summary]
    if said:
        event.add("description", "\n".join(said))
    path_to = reverse("public_meeting", args=[meeting.pk])
    if address := whole_address(request=request, path=path_to):
        event.add("url", address)
    return event


def _day(request: Request, forum: Any, day: Any) -> Event:
    """Return a regular day that nobody planned yet: tentative, or cancelled if it is left out."""
    event = _event(request, f"day-{forum.trace}-{day.day:%Y%m%d}", forum.name, day.starts_at)
    event.add("status", "CANCELLED" if day.is_left_out else "TENTATIVE")
    event.add("sequence", 0 if day.decision is None else int(day.decision.decided_at.timestamp()))
    reason = day.decision.reason if day.decision is not None else ""
    if day.asks:
        reason = _("This regular day falls on a day off; it is still to be decided.")
    if reason:
        event.add("description", reason)
    return event


def _event(request: Request, uid: str, name: str, starts_at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uid}@linli")
    event.add("dtstamp", request.now.astimezone(UTC))
    event.add("dtstart", starts_at.astimezone(SHANGHAI))
    event.add("duration", vDuration(_LASTS))
    event.add("summary", name)
    return event


urlpatterns = [
    path("deliberate/forums/<int:forum_id>/calendar.ics", calendar, name="forum_calendar")
]
