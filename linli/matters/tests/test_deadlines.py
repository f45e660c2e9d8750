"""Deadlines through pauses, extensions and swapped days, and what time itself does."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.core.clocks import SHANGHAI, Clock, china_calendar, due_at
from linli.core.models import Event
from linli.matters import queries, services
from linli.matters.models import Condition, Matter
from linli.matters.tests.stages import PATHS, Stage, reported, stage_at
from linli.matters.workflow import State
from linli.people.models import RoleName
from tests.cast import NOW, Cast, give

pytestmark = pytest.mark.django_db

CALENDAR = china_calendar(years=range(2025, 2028))
# From before the Spring Festival of 2026 (swapped days 02-14 and 02-28) to after National Day.
MOMENTS = st.datetimes(
    min_value=datetime(2026, 2, 1),  # noqa: DTZ001 - hypothesis wants naive bounds
    max_value=datetime(2026, 10, 20),  # noqa: DTZ001
    timezones=st.just(SHANGHAI),
)
SPANS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30))


def _taken_at(cast: Cast, moment: datetime, clock: Clock, amount: int) -> Stage:
    Condition.objects.filter(category=cast.lamp).update(clock=clock, amount=amount)
    stage = Stage(cast, at=moment)
    stage.at = moment
    for step in PATHS[State.TAKEN]:
        getattr(stage, step)()
    return stage


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    moment=MOMENTS,
    clock=st.sampled_from(Clock),
    amount=st.integers(1, 20),
    worked=SPANS,
    away=SPANS,
    extension=st.integers(1, 10),
)
def test_a_deadline_moves_by_what_was_granted_and_by_nothing_else(
    cast: Cast,
    moment: datetime,
    clock: Clock,
    amount: int,
    worked: timedelta,
    away: timedelta,
    extension: int,
) -> None:
    stage = _taken_at(cast, moment, clock, amount)
    first = stage.matter.due_at
    assert first == due_at(clock=clock, amount=amount, start=moment, calendar=CALENDAR)
    desk = cast.actor(cast.zhou_ning)

    paused = moment + worked
    services.pause(
        matter_id=stage.id, actor=desk, at=paused, until=paused + timedelta(days=90), reason="等料"
    )
    assert stage.matter.due_at == first
    services.resume(matter_id=stage.id, actor=desk, at=paused)
    assert stage.matter.due_at == first, "a pause of no length changes nothing"

    services.pause(
        matter_id=stage.id, actor=desk, at=paused, until=paused + timedelta(days=90), reason="等料"
    )
    services.resume(matter_id=stage.id, actor=desk, at=paused + away)
    resumed = stage.matter.due_at
    assert first <= resumed
    if first < paused:
        assert resumed < paused + away or away == timedelta(0), "late stays late"
    else:
        assert resumed >= paused + away, "what was not late is not late on resuming"

    services.extend(
        matter_id=stage.id, actor=desk, at=paused + away, amount=extension, reason="缺配件"
    )
    assert stage.matter.due_at > resumed


def test_a_swapped_saturday_counts_as_a_working_day(cast: Cast) -> None:
    # Friday 2026-02-13; Saturday the 14th is worked for the Spring Festival that follows.
    friday = datetime(2026, 2, 13, 10, 0, tzinfo=SHANGHAI)
    stage = _taken_at(cast, friday, Clock.WORKING_DAYS, 1)
    assert stage.matter.due_at == datetime(2026, 2, 14, 18, 0, tzinfo=SHANGHAI)
    stage = _taken_at(cast, friday, Clock.WORKING_DAYS, 2)
    assert stage.matter.due_at == datetime(2026, 2, 24, 18, 0, tzinfo=SHANGHAI)


def test_extensions_end_somewhere(cast: Cast) -> None:
    stage = stage_at(cast, State.TAKEN)
    given = {"matter_id": stage.id, "actor": cast.actor(cast.zhou_ning), "at": NOW}
    for _ in range(2):
        services.extend(amount=1, reason="缺配件", **given)
    with pytest.raises(services.TooManyExtensions):
        services.extend(amount=1, reason="缺配件", **given)


def test_what_the_handler_asks_is_granted_or_refused_once(cast: Cast) -> None:
    stage = stage_at(cast, State.TAKEN)
    handler, desk = cast.actor(cast.chen), cast.actor(cast.zhou_ning)
    asked = {"matter_id": stage.id, "actor": handler, "at": NOW}
    services.ask_time(kind="EXTENSION", amount=2, reason="缺配件", **asked)
    with pytest.raises(services.AlreadyAsked):
        services.ask_time(kind="EXTENSION", amount=2, reason="缺配件", **asked)
    services.refuse_time(matter_id=stage.id, actor=desk, at=NOW, reason="仓库有货")
    with pytest.raises(services.NothingAsked):
        services.refuse_time(matter_id=stage.id, actor=desk, at=NOW, reason="仓库有货")
    services.ask_time(kind="EXTENSION", amount=2, reason="真的缺", **asked)
    before = stage.matter.due_at
    services.extend(matter_id=stage.id, actor=desk, at=NOW, amount=2, reason="同意")
    assert stage.matter.due_at > before
    request = stage.matter.order.time_requests.order_by("-id").first()
    assert (request.state, request.reason) == ("GRANTED", "真的缺")


def test_a_request_that_nobody_answers_climbs_from_household_to_grid_to_network(
    cast: Cast,
) -> None:
    matter = reported(cast).matter
    assert matter.level == cast.home_level
    for level in (cast.grid_level, cast.net_level):
        services.escalate_overdue(at=matter.level_due_at - timedelta(seconds=1))
        assert Matter.objects.get(pk=matter.pk).level != level
        services.escalate_overdue(at=matter.level_due_at)
        matter.refresh_from_db()
        assert matter.level == level
    services.escalate_overdue(at=matter.level_due_at + timedelta(days=1))
    matter.refresh_from_db()
    assert (matter.level, matter.level_due_at) == (cast.net_level, None)
    names = Event.objects.filter(trace=matter.trace).values_list("name", flat=True)
    assert list(names).count("matters.climbed") == 2


def test_where_no_building_lead_lives_the_grid_answers_first(cast: Cast) -> None:
    from linli.territory.queries import locate

    matter = reported(cast, location=locate(building_id=cast.next_building.pk)).matter
    assert matter.level == cast.grid_level
    give(cast.nobody_yet, RoleName.BUILDING_LEAD, cast.next_building)
    matter = reported(cast, location=locate(building_id=cast.next_building.pk)).matter
    assert matter.level == cast.home_level


def test_becoming_overdue_is_told_once_a_deadline(cast: Cast) -> None:
    stage = stage_at(cast, State.TAKEN)
    late = stage.matter.due_at + timedelta(minutes=1)
    for _ in range(3):
        services.escalate_overdue(at=late)
    overdue = Event.objects.filter(subject_id=stage.id, name="matters.overdue")
    assert overdue.count() == 1
    services.extend(
        matter_id=stage.id, actor=cast.actor(cast.zhou_ning), at=late, amount=1, reason="同意"
    )
    services.escalate_overdue(at=stage.matter.due_at + timedelta(minutes=1))
    assert overdue.count() == 2


def test_a_paused_matter_is_neither_late_nor_climbs_and_goes_on_by_itself(cast: Cast) -> None:
    stage = stage_at(cast, State.PAUSED)
    until = stage.matter.paused_until
    services.escalate_overdue(at=until)
    assert not Event.objects.filter(name__in=["matters.overdue", "matters.climbed"]).exists()
    assert services.resume_due(at=until - timedelta(seconds=1)) == 0
    assert services.resume_due(at=until) == 1
    assert stage.matter.state == State.TAKEN


def test_silence_closes_without_a_rating(cast: Cast) -> None:
    stage = stage_at(cast, State.VERIFIED)
    ends = stage.matter.rating_until
    assert ends == NOW + timedelta(days=7)
    assert services.close_silent(at=ends - timedelta(seconds=1)) == 0
    assert services.close_silent(at=ends) == 1
    assert stage.matter.state == State.CLOSED
    closed = Event.objects.get(subject_id=stage.id, name="matters.closed")
    assert closed.facts == {"ratings": 0}


def test_an_unsatisfied_answer_brings_rework_with_an_owner_and_a_deadline(cast: Cast) -> None:
    stage = stage_at(cast, State.VERIFIED)
    stage.rate(solved=False, satisfaction="DISSATISFIED")
    matter = stage.matter
    assert (matter.state, matter.round) == (State.REWORK, 2)
    assert matter.order.organisation == cast.property_company
    assert matter.order.state == "SENT"
    assert matter.due_at > NOW
    assert matter.trace == stage.report.matter.trace
    stage.take()
    stage.resolve()
    stage.verify()
    stage.rate()
    assert stage.matter.state == State.CLOSED
    assert queries.reporters_of(matter=matter).get().ratings.count() == 2


def test_the_citys_own_deadline_is_never_moved_later(cast: Cast) -> None:
    city = NOW + timedelta(days=1)
    stage = Stage(cast, hotline_number="12345-1", hotline_due_at=city)
    for step in PATHS[State.TAKEN]:
        getattr(stage, step)()
    assert stage.matter.due_at == city
    stage._do(services.extend, "zhou_ning", amount=5, reason="同意")
    assert stage.matter.due_at == city
