"""Regular days: the first Friday of every month, and those that fall on a holiday."""

from datetime import date, datetime, time

import pytest

from linli.core.clocks import SHANGHAI, china_calendar
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.deliberation.models import CalendarDecision
from linli.deliberation.queries.calendar import coming_days, is_day_off, regular_days
from linli.deliberation.services import calendar, forums, meetings
from linli.deliberation.tests.scenes import forum
from linli.deliberation.tests.sittings import planned, wanted
from linli.deliberation.workflow import Rhythm
from tests.cast import NOW

pytestmark = pytest.mark.django_db

MAY = date(2026, 5, 1)


def first_fridays(of, year):
    return regular_days(forum=of, first=date(year, 1, 1), last=date(year, 12, 31), at=NOW)


def decide(cast, of, day=MAY, held_on=None, reason="五一放假", who="shen", at=NOW):
    actor = cast.actor(getattr(cast, who))
    return calendar.decide_day(
        forum_id=of.pk, day=day, held_on=held_on, reason=reason, actor=actor, at=at
    )


def plan(cast, of, at, **more):
    return planned(cast, of, starts_at=at, **more)


def test_the_first_fridays_of_2026_that_ask_for_a_decision(cast):
    days = first_fridays(forum(cast), 2026)
    assert len(days) == 12
    assert [(one.day, one.off) for one in days if one.asks] == [
        (date(2026, 1, 2), "休息日（由 2026-01-04 调休）"),
        (MAY, "劳动节"),
        (date(2026, 10, 2), "国庆节"),
    ]


def test_every_first_friday_of_october_asks_also_where_no_notice_is_out(cast):
    of = forum(cast)
    for year in (2025, 2026, 2027, 2028):
        (october,) = [one for one in first_fridays(of, year) if one.day.month == 10]
        assert october.asks, october.day
    provisional = china_calendar(years=range(2029, 2031))
    assert provisional.is_provisional(2029)
    assert is_day_off(day=date(2029, 10, 5), calendar=provisional)
    assert not is_day_off(day=date(2029, 11, 2), calendar=provisional)


def test_a_weekend_is_what_the_forum_chose_and_asks_nothing(cast):
    of = forum(cast, rhythm=Rhythm(nth=2, weekday=5, at=time(9, 30)))
    (march,) = [one for one in first_fridays(of, 2026) if one.day.month == 3]
    assert (march.day, march.asks, march.waits) == (date(2026, 3, 14), False, True)


def test_a_meeting_of_a_holiday_waits_for_the_decision(cast):
    of, on_the_day = forum(cast), datetime(2026, 5, 1, 19, 0, tzinfo=SHANGHAI)
    with pytest.raises(meetings.DecisionAwaited):
        plan(cast, of, on_the_day, regular_day=MAY)
    with pytest.raises(calendar.DayReasonMissing):
        decide(cast, of, held_on=date(2026, 5, 8), reason=" ")
    decide(cast, of, held_on=date(2026, 5, 8))
    with pytest.raises(meetings.DayElsewhere):
        plan(cast, of, on_the_day, regular_day=MAY)
    meeting = plan(cast, of, datetime(2026, 5, 8, 19, 0, tzinfo=SHANGHAI), regular_day=MAY)
    with pytest.raises(calendar.DayIsPlanned):
        decide(cast, of, held_on=MAY)
    with pytest.raises(meetings.DayTaken):
        plan(cast, of, datetime(2026, 5, 8, 20, 0, tzinfo=SHANGHAI), regular_day=MAY)
    assert meeting.regular_day == MAY


def test_it_is_held_all_the_same_or_left_out(cast):
    of = forum(cast)
    decide(cast, of, held_on=MAY, reason="")
    (may,) = [one for one in first_fridays(of, 2026) if one.day == MAY]
    assert (may.asks, may.waits, may.held_on) == (False, True, MAY)
    decide(cast, of, held_on=None)
    (may,) = [one for one in first_fridays(of, 2026) if one.day == MAY]
    assert (may.is_left_out, may.waits) == (True, False)
    with pytest.raises(meetings.DayLeftOut):
        plan(cast, of, datetime(2026, 5, 1, 19, 0, tzinfo=SHANGHAI), regular_day=MAY)
    assert CalendarDecision.objects.count() == 1
    said = Event.objects.filter(name="deliberation.calendar_decided").order_by("id")
    assert [one.facts["held_on"] for one in said] == ["2026-05-01", None]


def test_only_regular_days_are_decided_and_only_by_the_office(cast):
    of = forum(cast)
    with pytest.raises(NotFound):
        decide(cast, of, day=date(2026, 5, 12))  # A working day like any other.
    with pytest.raises(calendar.DayPast):
        decide(cast, of, held_on=date(2026, 3, 3))
    with pytest.raises(NotFound):
        decide(cast, of, who="outsider")
    with pytest.raises(NotEntitled):
        decide(cast, of, who="xu")


def on(day, hour=19):
    return datetime(2026, 5, day, hour, 0, tzinfo=SHANGHAI)


def move(cast, meeting, at, **more):
    return meetings.change_meeting(
        meeting_id=meeting.pk,
        wanted=wanted(cast, starts_at=at, regular_day=meeting.regular_day, **more),
        actor=cast.actor(cast.shen),
        at=NOW,
    )


@pytest.mark.parametrize("day", [1, 4])  # A regular day, and another day of the same holiday.
def test_no_free_meeting_goes_round_the_decision_about_a_day_off(cast, day):
    of = forum(cast)
    with pytest.raises(meetings.DecisionAwaited, match=f"2026-05-0{day}"):
        plan(cast, of, on(day), regular_day=None)
    decide(cast, of, day=date(2026, 5, day), held_on=None)
    with pytest.raises(meetings.DayLeftOut):
        plan(cast, of, on(day), regular_day=None)
    decide(cast, of, day=date(2026, 5, day), held_on=date(2026, 5, day))
    assert plan(cast, of, on(day), regular_day=None).starts_at == on(day)


def test_a_meeting_is_not_moved_onto_a_day_off_of_which_nobody_decided(cast):
    of = forum(cast)
    meeting = plan(cast, of, on(12), regular_day=None)
    with pytest.raises(meetings.DecisionAwaited):
        move(cast, meeting, on(4))
    decide(cast, of, day=date(2026, 5, 4), held_on=date(2026, 5, 4))
    assert move(cast, meeting, on(4)).starts_at == on(4)


def test_a_meeting_is_not_moved_from_the_day_that_was_decided(cast):
    of = forum(cast)
    decide(cast, of, held_on=date(2026, 5, 8))
    meeting = plan(cast, of, on(8), regular_day=MAY)
    for day in (1, 4, 11):
        with pytest.raises(meetings.DayElsewhere, match="2026-05-08"):
            move(cast, meeting, on(day))
    assert move(cast, meeting, on(8, 20), place_text="二楼").starts_at == on(8, 20)


def test_no_meeting_is_planned_for_another_day_than_a_regular_one(cast):
    of = forum(cast)
    with pytest.raises(meetings.DayNotRegular):
        planned(cast, of, regular_day=date(2026, 3, 7))


def test_the_office_sees_what_is_coming(cast):
    of = forum(cast)
    coming = coming_days(actor=cast.actor(cast.zhou_min), at=NOW)
    assert [one.day.month for one in coming] == [3, 4, 5, 6]
    assert coming_days(actor=cast.actor(cast.outsider), at=NOW) == []
    forums.change_forum(
        forum_id=of.pk,
        wanted=forums.ForumInput(name="府东议事会"),
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    assert coming_days(actor=cast.actor(cast.zhou_min), at=NOW) == []
    assert wanted(cast).regular_day == date(2026, 3, 6)
