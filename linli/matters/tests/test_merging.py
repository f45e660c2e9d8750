"""Three neighbours report one lamp: suggested, merged by a person, everybody told, undone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from linli.core.actor import NOBODY
from linli.matters import queries, services
from linli.matters.models import Matter
from linli.matters.queries import duplicates
from linli.matters.tests.stages import LATER, Stage, reported, stage_at
from linli.matters.workflow import State
from linli.territory.queries import locate
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def neighbours(cast: Cast) -> tuple[Stage, Stage, Stage]:
    return (
        Stage(cast, text="3幢门口路灯坏了"),
        Stage(cast, text="翠园3幢楼下的路灯不亮，晚上很黑"),
        Stage(cast, text="三号楼门口路灯又坏了没人修"),
    )


def test_the_same_lamp_is_suggested_and_another_thing_is_not(
    cast: Cast, neighbours: tuple[Stage, Stage, Stage]
) -> None:
    reported(cast, text="楼道里有人乱堆纸箱", category_id=cast.disorder.pk)
    reported(cast, text="3幢门口路灯坏了", location=locate(building_id=cast.far_building.pk))
    third = neighbours[2].matter
    found = queries.suggest_duplicates(
        spot=queries.spot_of(matter=third), text=third.text, at=LATER
    )
    assert {one.matter.pk for one in found} == {neighbours[0].id, neighbours[1].id}
    assert found[0].score >= found[1].score


@pytest.fixture
def _built_anew() -> Iterator[None]:
    """What is looked at is built into SQL once; a test that changes it has it built again."""
    yield
    duplicates._open_near.cache_clear()


@pytest.mark.usefixtures("_built_anew")
@pytest.mark.parametrize(("most", "is_first_found"), [(3, True), (2, False)])
def test_on_a_day_of_thousands_the_newest_open_ones_are_looked_at(
    most: int,
    is_first_found: bool,
    cast: Cast,
    neighbours: tuple[Stage, Stage, Stage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second, third = (one.matter for one in neighbours)
    before = second.reported_at - timedelta(hours=1)
    Matter.objects.filter(pk=first.pk).update(reported_at=before)
    monkeypatch.setattr(duplicates, "_LOOKED_AT_MOST", most)
    duplicates._open_near.cache_clear()
    spot = queries.spot_of(matter=third)
    found = queries.suggest_duplicates(spot=spot, text=third.text, at=LATER)
    assert {one.matter.pk for one in found} == {second.pk, *([first.pk] if is_first_found else [])}


def test_everybody_who_asked_follows_and_rates_the_one_that_stands(
    cast: Cast, neighbours: tuple[Stage, Stage, Stage]
) -> None:
    first, second, third = neighbours
    desk = cast.actor(cast.zhou_min)
    for other in (second, third):
        services.merge(matter_id=other.id, into_id=first.id, actor=desk, at=NOW)
    for step in ("accept", "dispatch", "take", "resolve", "verify"):
        getattr(first, step)()
    assert queries.waiting_to_rate(matter=first.matter).count() == 3
    for stage in neighbours:
        reporter = queries.reporter_by_code(code=stage.report.tracking_code, at=NOW)
        assert queries.standing(matter=reporter.matter) == first.matter
        assert first.matter.state == State.VERIFIED
        services.rate(
            matter_id=first.id,
            reporter_id=reporter.pk,
            actor=queries.actor_of_reporter(reporter=reporter),
            at=LATER,
            solved=True,
            satisfaction="SATISFIED",
        )
    assert first.matter.state == State.CLOSED


def test_a_merge_can_be_undone_and_everybody_is_back_with_what_they_said(
    cast: Cast, neighbours: tuple[Stage, Stage, Stage]
) -> None:
    first, second, _ = neighbours
    desk = cast.actor(cast.zhou_min)
    services.merge(matter_id=second.id, into_id=first.id, actor=desk, at=NOW)
    services.unmerge(matter_id=second.id, actor=desk, at=LATER)
    assert second.matter.state == State.REPORTED
    assert queries.reporters_of(matter=first.matter).get() == first.report.reporter
    assert queries.reporters_of(matter=second.matter).get() == second.report.reporter


def test_what_was_merged_follows_when_its_matter_is_merged_further(
    cast: Cast, neighbours: tuple[Stage, Stage, Stage]
) -> None:
    first, second, third = neighbours
    desk = cast.actor(cast.zhou_min)
    services.merge(matter_id=third.id, into_id=second.id, actor=desk, at=NOW)
    services.merge(matter_id=second.id, into_id=first.id, actor=desk, at=NOW)
    assert third.matter.merged_into == first.matter
    assert queries.reporters_of(matter=first.matter).count() == 3


def test_what_cannot_stand_for_it_is_refused(cast: Cast) -> None:
    desk = cast.actor(cast.shen)
    matter = reported(cast).matter
    restricted = reported(cast, category_id=cast.referral.pk).matter
    closed = stage_at(cast, State.CLOSED).matter
    for other in (matter, restricted, closed):
        with pytest.raises(services.MergeRefused):
            services.merge(matter_id=matter.pk, into_id=other.pk, actor=desk, at=NOW)
    assert Matter.objects.get(pk=matter.pk).state == State.REPORTED


def test_a_danger_goes_on_when_whoever_reported_it_withdraws(cast: Cast) -> None:
    lamp, wall = Stage(cast), Stage(cast, category_id=cast.hazard.pk, text="外墙砖松了")
    for stage in (lamp, wall):
        reporter = stage.report.reporter
        services.withdraw(
            matter_id=stage.id,
            reporter_id=reporter.pk,
            actor=queries.actor_of_reporter(reporter=reporter),
            at=NOW,
        )
    assert lamp.matter.state == State.WITHDRAWN
    assert wall.matter.state == State.REPORTED
    assert not queries.waiting_to_rate(matter=wall.matter).exists()


def test_nobody_in_particular_sees_nothing(cast: Cast) -> None:
    reported(cast)
    assert not queries.visible_to(actor=NOBODY).exists()
