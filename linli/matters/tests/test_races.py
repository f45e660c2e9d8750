"""A hundred people act on one matter at once: one wins and everybody else is told why."""

from uuid import uuid4

import pytest

from linli.core.actor import NOBODY
from linli.core.models import Event
from linli.matters import queries, services
from linli.matters.models import Matter, Order, Rating
from linli.matters.services import AlreadyRated, StepNotAllowed
from linli.matters.tests.stages import LATER, a_report, reported, stage_at
from linli.matters.workflow import State
from tests.cast import Cast, make_cast
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 100


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def test_a_hundred_dispatch_and_one_order_is_sent(cast: Cast) -> None:
    stage = stage_at(cast, State.ACCEPTED)
    desk = [cast.actor(who) for who in (cast.shen, cast.zhou_min, cast.zhou_ning, cast.xu)]
    companies = [cast.property_company.pk, cast.power_company.pk]
    outcome = race(
        racers=CROWD,
        act=lambda number: services.dispatch(
            matter_id=stage.id,
            actor=desk[number % len(desk)],
            at=LATER,
            organisation_id=companies[number % 2],
        ),
    )
    assert len(outcome.results) == 1
    assert {type(refusal) for refusal in outcome.refusals} == {StepNotAllowed}
    assert all(str(refusal) for refusal in outcome.refusals)
    assert Order.objects.filter(matter_id=stage.id).count() == 1
    assert Event.objects.filter(subject_id=stage.id, name="matters.dispatched").count() == 1
    assert stage.matter.order is not None


def test_a_hundred_taps_on_rate_are_one_rating(cast: Cast) -> None:
    stage = stage_at(cast, State.VERIFIED)
    resident = queries.actor_of_reporter(reporter=stage.report.reporter)
    outcome = race(
        racers=CROWD,
        act=lambda number: services.rate(
            matter_id=stage.id,
            reporter_id=stage.report.reporter.pk,
            actor=resident,
            at=LATER,
            solved=True,
            satisfaction="SATISFIED",
        ),
    )
    assert len(outcome.results) == 1
    assert {type(refusal) for refusal in outcome.refusals} <= {StepNotAllowed, AlreadyRated}
    assert Rating.objects.count() == 1
    assert Event.objects.filter(subject_id=stage.id, name="matters.closed").count() == 1


def test_a_hundred_sendings_of_one_form_are_one_matter(cast: Cast) -> None:
    form = a_report(cast, submission_key=uuid4())
    outcome = race(
        racers=CROWD, act=lambda number: services.report(report=form, actor=NOBODY, at=LATER)
    )
    assert not outcome.refusals
    assert Matter.objects.count() == 1
    assert len({result.tracking_code for result in outcome.results}) == 1
    assert sum(result.is_new for result in outcome.results) == 1


def test_two_merges_at_once_never_lose_a_matter(cast: Cast) -> None:
    first, second = reported(cast).matter, reported(cast).matter
    desk = cast.actor(cast.zhou_min)
    pairs = [(first.pk, second.pk), (second.pk, first.pk)]
    race(
        racers=10,
        act=lambda number: services.merge(
            matter_id=pairs[number % 2][0], into_id=pairs[number % 2][1], actor=desk, at=LATER
        ),
    )
    states = list(Matter.objects.order_by("state").values_list("state", flat=True))
    assert states == [State.MERGED, State.REPORTED]


def test_twenty_sweepers_raise_a_matter_one_level(cast: Cast) -> None:
    matter = reported(cast).matter
    assert matter.level_due_at is not None
    race(racers=20, act=lambda number: services.escalate_overdue(at=matter.level_due_at))
    matter.refresh_from_db()
    assert matter.level == cast.grid_level
    assert Event.objects.filter(subject_id=matter.pk, name="matters.climbed").count() == 1
