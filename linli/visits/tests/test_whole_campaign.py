"""A campaign from its plan to an outcome for every household, through the services alone."""

import os
from collections import Counter
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest

from linli.core.clocks import SHANGHAI
from linli.people.models import Household
from linli.people.services.households import places_at
from linli.territory.models import Dwelling, Entrance
from linli.visits import queries, services
from linli.visits.models import Visit
from linli.visits.queries import GROUPS
from linli.visits.services import Recorded
from linli.visits.services.rounds import workdays_at
from linli.visits.tests.scenes import wanted
from linli.visits.workflow import window_of
from tests.cast import NOW

IS_FULL = os.environ.get("LINLI_SOAK") == "full"
FIRST, LAST = date(2026, 4, 1), date(2026, 6, 30)
HOURS = {"": 10, "MORNING": 9, "AFTERNOON": 15, "EVENING": 19, "WEEKEND": 10}

STORIES = (
    *(["MET"] for _one in range(10)),
    ["DECLINED"],
    ["VACANT"],
    ["LIVES_ELSEWHERE"],
    ["NOT_AT_HOME", "MET"],
    ["NOT_AT_HOME", "MET"],
    ["NOT_AT_HOME", "NOT_AT_HOME", "MET"],
    ["NOT_AT_HOME", "NOT_AT_HOME", "NOT_AT_HOME", "DECLINED"],
    ["NOT_AT_HOME", "NOT_AT_HOME", "NOT_AT_HOME", "NOT_AT_HOME"],
)
"""What comes of the calls on a household, in turn; the households take these stories in turn."""


def settle(cast, many):
    """Put so many households behind the doors of two buildings, in two grids."""
    for building, share in ((cast.building, many // 3), (cast.far_building, many - many // 3)):
        entrance = Entrance.objects.create(building=building, code="9", name="9单元")
        doors = Dwelling.objects.bulk_create(
            Dwelling(entrance=entrance, room=str(number)) for number in range(share)
        )
        places = places_at(building=building)
        Household.objects.bulk_create(
            Household(dwelling=door, status="UNKNOWN", **places) for door in doors
        )


def start(cast, desk, per_day):
    campaign = services.create_campaign(
        community_id=cast.community.pk,
        wanted=wanted(
            cast,
            from_date=FIRST,
            until_date=LAST,
            visits_per_day=per_day,
            building_ids=[],
            visitor_ids=[cast.xu.pk, cast.li.pk, cast.sun.pk, cast.wang.pk],
        ),
        actor=desk,
        at=NOW,
    )
    services.plan_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    return services.start_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)


def walk(cast, campaign):
    """Go out day by day, each person on their own calls, until none is left; return the stories."""
    story_of = {
        household_id: STORIES[number % len(STORIES)]
        for number, household_id in enumerate(
            campaign.visits.order_by("position").values_list("household_id", flat=True)
        )
    }
    actors = {one.pk: cast.actor(one) for one in (cast.xu, cast.li, cast.sun, cast.wang)}
    day = FIRST
    while campaign.visits.filter(state="DUE").exists():
        assert day < LAST + timedelta(days=30), "calls come back for ever"
        due = campaign.visits.filter(state="DUE", due_date=day).order_by("position")
        for visit in list(due):
            at = datetime.combine(day, time(HOURS[visit.window]), SHANGHAI)
            services.record_visit(
                visit_id=visit.pk,
                recorded=Recorded(
                    submission_key=uuid4(),
                    outcome=story_of[visit.household_id][visit.attempt - 1],
                ),
                actor=actors[visit.account_id],
                at=at,
            )
        day += timedelta(days=1)
    return story_of


def hours_tried(visits):
    """Return at which kinds of hours each household was called on."""
    is_workday = workdays_at(at=NOW)
    tried = {}
    for household_id, at in visits.values_list("household_id", "happened_at"):
        local = at.astimezone(SHANGHAI)
        tried.setdefault(household_id, []).append(window_of(local=local, is_workday=is_workday))
    return tried


def listed(campaign, desk, group, grid_id=None):
    """Return the households of the whole list behind a figure, page by page."""
    found, after = [], ""
    while True:
        page = queries.page_of_visits(
            campaign=campaign, actor=desk, group=group, grid_id=grid_id, after=after
        )
        found += [row.visit.household_id for row in page.rows]
        if not page.next_after:
            return found
        after = page.next_after


@pytest.mark.parametrize(
    ("many", "per_day"),
    [pytest.param(*(5_017, 30) if IS_FULL else (72, 3), marks=pytest.mark.soak)],
)
def test_every_household_has_an_outcome_in_the_end(cast, many, per_day):
    desk = cast.actor(cast.zhou_min)
    settle(cast, many)
    campaign = start(cast, desk, per_day)
    assert campaign.plan["households"] == many
    is_workday = workdays_at(at=NOW)
    first_days = set(Visit.objects.values_list("due_date", flat=True))
    assert all(is_workday(day) for day in first_days), "holidays are nobody's working days"
    per_person = Counter(Visit.objects.values_list("account_id", "due_date"))
    assert max(per_person.values()) <= per_day

    story_of = walk(cast, campaign)
    assert len(story_of) == many
    assert Visit.objects.count() == sum(len(story) for story in story_of.values())
    # Nobody was tried twice at the same kind of hours.
    for household_id, hours in hours_tried(campaign.visits).items():
        assert len(hours) == len(set(hours)) == len(story_of[household_id])

    total, grids = queries.coverage_of(campaign=campaign, actor=desk)
    ends = Counter(story[-1] for story in story_of.values())
    assert (total.total, total.settled) == (many, many)
    assert (total.counts["met"], total.counts["not_at_home"]) == (
        ends["MET"],
        ends["NOT_AT_HOME"],
    )
    assert sum(one.total for one in grids) == many
    for grid in grids:
        behind = {group: listed(campaign, desk, group, grid.grid_id) for group in GROUPS}
        for group, figure in grid.counts.items():
            assert len(behind[group]) == figure, group
        apart = [key for group, keys in behind.items() if group != "all" for key in keys]
        assert sorted(apart) == sorted(behind["all"]), "each household is in exactly one list"
    everybody = {key for grid in grids for key in listed(campaign, desk, "all", grid.grid_id)}
    assert everybody == set(Household.objects.values_list("id", flat=True))
    services.close_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    assert not Visit.objects.filter(state="MISSED").exists()
