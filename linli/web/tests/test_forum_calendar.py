"""A forum's calendar, read back as another program would."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from linli.core.clocks import SHANGHAI
from linli.deliberation.models import Forum
from linli.deliberation.services import calendar, meetings
from linli.deliberation.tests.scenes import forum
from linli.deliberation.tests.sittings import EVENING, planned, wanted
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def read(of, browser=None):
    answer = (browser or Client()).get(f"/deliberate/forums/{of.pk}/calendar.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    return Calendar.from_ical(answer.content)


def events_of(read_calendar):
    return {str(one["uid"]): one for one in read_calendar.walk("VEVENT")}


def test_a_calendar_holds_regular_days_and_planned_meetings_at_our_time(cast):
    of = forum(cast)
    before = events_of(read(of))
    assert len(before) == 13  # a year and the day
    march = next(one for one in before.values() if one["dtstart"].dt == EVENING)
    assert (str(march["status"]), str(march["dtstart"].params["TZID"])) == (
        "TENTATIVE",
        "Asia/Shanghai",
    )
    meeting = planned(cast, of)
    after = events_of(read(of))
    assert len(after) == 13
    own = after[f"meeting-{meeting.trace}@linli"]
    assert (str(own["summary"]), str(own["location"])) == ("三月例会", "社区二楼议事厅")
    assert own["dtstart"].dt == EVENING
    assert str(own["status"]) == "CONFIRMED"
    zones = [str(one["tzid"]) for one in read(of).walk("VTIMEZONE")]
    assert zones == ["Asia/Shanghai"]


def test_a_change_keeps_the_identifier_and_counts_up(cast):
    of, desk = forum(cast), cast.actor(cast.shen)
    meeting = planned(cast, of)
    uid = f"meeting-{meeting.trace}@linli"
    first = events_of(read(of))[uid]
    later = EVENING + timedelta(minutes=30)
    meetings.change_meeting(
        meeting_id=meeting.pk, wanted=wanted(cast, starts_at=later), actor=desk, at=NOW
    )
    second = events_of(read(of))[uid]
    assert second["dtstart"].dt == later
    assert second["sequence"] > first["sequence"]
    meetings.cancel_meeting(meeting_id=meeting.pk, reason="停电", actor=desk, at=NOW)
    third = events_of(read(of))[uid]
    assert (str(third["status"]), str(third["description"])) == ("CANCELLED", "停电")
    assert third["sequence"] > second["sequence"]


def test_what_was_decided_about_a_holiday_is_told(cast):
    of, desk = forum(cast), cast.actor(cast.shen)
    may = datetime(2026, 5, 1, 19, 0, tzinfo=SHANGHAI)
    uid = f"day-{of.trace}-20260501@linli"
    said = {"forum_id": of.pk, "day": may.date(), "actor": desk, "at": NOW, "reason": "五一放假"}
    asks = events_of(read(of))[uid]
    assert (str(asks["status"]), asks["dtstart"].dt) == ("TENTATIVE", may)
    calendar.decide_day(held_on=may.date() + timedelta(days=7), **said)
    assert events_of(read(of))[uid]["dtstart"].dt == may + timedelta(days=7)
    calendar.decide_day(held_on=None, **said)
    left_out = events_of(read(of))[uid]
    assert (str(left_out["status"]), str(left_out["description"])) == ("CANCELLED", "五一放假")


def test_nothing_personal_leaves_and_a_closed_forum_has_none(cast):
    of = forum(cast)
    planned(cast, of)
    text = Client().get(f"/deliberate/forums/{of.pk}/calendar.ics").content.decode()
    assert not [name for name in ("沈书记", "周敏", "钱经理") if name in text]
    Forum.objects.filter(pk=of.pk).update(is_public=False)
    assert Client().get(f"/deliberate/forums/{of.pk}/calendar.ics").status_code == 404
