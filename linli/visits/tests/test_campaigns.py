"""A campaign over one building: drafted, planned, started, walked, closed."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from linli.core.errors import Invalid, NotEntitled, NotFound
from linli.core.models import Event
from linli.people import services as people
from linli.visits import queries, services
from linli.visits.models import Campaign, Visit
from linli.visits.services import Recorded
from linli.visits.services.rounds import workdays_at
from linli.visits.tests.scenes import FIRST, households, running, wanted
from linli.visits.workflow import MOVES, CampaignState, CampaignStep
from tests.cast import NOW

ACT = {
    CampaignStep.PLAN: services.plan_campaign,
    CampaignStep.START: services.start_campaign,
    CampaignStep.CLOSE: services.close_campaign,
    CampaignStep.CANCEL: services.cancel_campaign,
}


@pytest.fixture
def desk(cast):
    return cast.actor(cast.zhou_min)


def drafted(cast, desk, **more):
    return services.create_campaign(
        community_id=cast.community.pk, wanted=wanted(cast, **more), actor=desk, at=NOW
    )


def test_one_call_falls_due_on_every_household_of_the_building(cast):
    homes = households(cast, cast.building, 6)
    households(cast, cast.next_building, 2)
    campaign = running(cast)
    visits = Visit.objects.filter(campaign=campaign).order_by("position")
    assert [one.household_id for one in visits] == [one.pk for one in homes]
    assert {(one.account_id, one.due_date) for one in visits} == {(cast.xu.pk, FIRST)}
    assert campaign.plan["shares"][0]["households"] == 6


def test_the_form_that_comes_with_linli_is_published_once(cast, desk):
    first = drafted(cast, desk)
    second = drafted(cast, desk, name="另一次")
    assert first.form_version == second.form_version
    assert Event.objects.filter(name="visits.form_published").count() == 1


def test_a_plan_without_room_says_what_is_missing_and_changes_nothing(cast, desk):
    households(cast, cast.building, 12)
    campaign = drafted(cast, desk, visits_per_day=1, until_date=FIRST + timedelta(days=2))
    with pytest.raises(services.NotEnoughHands) as refused:
        services.plan_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    assert refused.value.facts == {"doors": 12, "room": 3, "people": 3, "days": 9}
    assert Campaign.objects.get().state == CampaignState.DRAFT


def test_nobody_is_sent_out_on_days_that_are_past(cast, desk):
    households(cast, cast.building, 2)
    past = drafted(cast, desk, from_date=date(2020, 1, 1), until_date=date(2020, 1, 31))
    with pytest.raises(services.CampaignPast):
        services.plan_campaign(campaign_id=past.pk, actor=desk, at=NOW)
    planned = drafted(cast, desk, until_date=FIRST)
    services.plan_campaign(campaign_id=planned.pk, actor=desk, at=NOW)
    with pytest.raises(services.CampaignPast):
        services.start_campaign(campaign_id=planned.pk, actor=desk, at=NOW + timedelta(days=1))
    assert set(Campaign.objects.values_list("state", flat=True)) == {"DRAFT", "PLANNED"}
    services.start_campaign(campaign_id=planned.pk, actor=desk, at=NOW)  # on its last day


def test_a_campaign_of_many_years_is_a_slip(cast, desk):
    households(cast, cast.building, 2)
    for first, last in (
        (date.min, date.max),
        (FIRST, FIRST + timedelta(days=400)),
    ):
        with pytest.raises(services.CampaignTooLong):
            drafted(cast, desk, from_date=first, until_date=last)
    long = drafted(cast, desk, until_date=FIRST + timedelta(days=399))
    services.plan_campaign(campaign_id=long.pk, actor=desk, at=NOW)
    Campaign.objects.filter(pk=long.pk).update(until_date=date.max)  # drafted before the limit
    with pytest.raises(services.CampaignTooLong):
        services.plan_campaign(campaign_id=long.pk, actor=desk, at=NOW)


def test_the_days_that_are_said_to_be_missing_are_enough(cast, desk):
    """Over the holidays of May: days off make no room, and are not asked for."""
    households(cast, cast.building, 12)
    first = date(2026, 4, 29)
    campaign = drafted(
        cast, desk, visits_per_day=1, from_date=first, until_date=first + timedelta(days=5)
    )
    with pytest.raises(services.NotEnoughHands) as refused:
        services.plan_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    # 29 and 30 April are worked, 1 to 5 May are not.
    assert refused.value.facts == {"doors": 12, "room": 2, "people": 5, "days": 10}
    calendar = workdays_at(at=NOW)
    last, missing = first + timedelta(days=5), 10
    while missing:
        last += timedelta(days=1)
        missing -= calendar(last)
    longer = wanted(cast, visits_per_day=1, from_date=first, until_date=last)
    services.change_campaign(campaign_id=campaign.pk, wanted=longer, actor=desk, at=NOW)
    services.plan_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    services.start_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    days = set(Visit.objects.values_list("due_date", flat=True))
    assert len(days) == 12
    assert all(calendar(day) for day in days)
    assert date(2026, 5, 9) in days  # a Saturday that is worked instead


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"visitor_ids": []}, services.NobodyGoes),
        ({"building_ids": [], "grid_ids": ["other"]}, services.NobodyThere),
    ],
)
def test_a_plan_needs_people_and_doors(cast, desk, more, refusal):
    households(cast, cast.building, 1)
    if "grid_ids" in more:
        more = {**more, "grid_ids": [cast.other_grid.pk]}
    campaign = drafted(cast, desk, **more)
    with pytest.raises(refusal):
        services.plan_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "　"}, "name"),
        ({"until_date": FIRST - timedelta(days=1)}, "until_date"),
        ({"visits_per_day": 0}, "visits_per_day"),
        ({"grid_ids": [10**9]}, "grids"),
        ({"building_ids": [10**9]}, "buildings"),
        ({"visitor_ids": [10**9]}, "visitors"),
        ({"form_version_id": 10**9}, "form"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(cast, desk, more, field):
    with pytest.raises(Invalid) as refused:
        drafted(cast, desk, **more)
    assert refused.value.field == field
    assert not Campaign.objects.exists()


def test_places_and_people_of_another_community_are_unknown(cast, desk):
    for more in (
        {"grid_ids": [cast.elsewhere_grid.pk]},
        {"building_ids": [cast.elsewhere_building.pk]},
        {"visitor_ids": [cast.outsider.pk]},
    ):
        with pytest.raises(Invalid):
            drafted(cast, desk, **more)


@pytest.mark.parametrize("who", ["li", "xu", "wang", "gu", "chen", "outsider", "nobody_yet"])
def test_only_the_office_runs_campaigns(cast, who):
    actor = cast.actor(cast.accounts[who])
    with pytest.raises(NotEntitled):
        drafted(cast, actor)
    campaign = drafted(cast, cast.actor(cast.shen))
    with pytest.raises((NotEntitled, NotFound)):
        services.plan_campaign(campaign_id=campaign.pk, actor=actor, at=NOW)


@pytest.mark.parametrize("step", [*ACT, CampaignStep.CHANGE])
@pytest.mark.parametrize("state", list(CampaignState))
def test_every_step_is_taken_from_its_states_only(cast, desk, state, step):
    households(cast, cast.building, 2)
    campaign = drafted(cast, desk)
    Campaign.objects.update(state=state)

    def act():
        if step is CampaignStep.CHANGE:
            return services.change_campaign(
                campaign_id=campaign.pk, wanted=wanted(cast), actor=desk, at=NOW
            )
        return ACT[step](campaign_id=campaign.pk, actor=desk, at=NOW)

    if state in MOVES[step].sources:
        assert act().state == MOVES[step].target
        return
    with pytest.raises(services.StepNotAllowed):
        act()
    assert Campaign.objects.get().state == state


def test_what_moved_in_after_planning_is_called_on_too(cast, desk):
    households(cast, cast.building, 2)
    campaign = drafted(cast, desk)
    services.plan_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    people.open_household(dwelling_id=cast.dwelling.pk, status="UNKNOWN", actor=desk, at=NOW)
    services.start_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    assert Visit.objects.count() == 3


def test_closing_says_who_was_not_called_on(cast, desk):
    households(cast, cast.building, 3)
    campaign = running(cast)
    first = Visit.objects.earliest("position")
    services.record_visit(
        visit_id=first.pk,
        recorded=Recorded(submission_key=uuid4(), outcome="MET"),
        actor=cast.actor(cast.xu),
        at=NOW,
    )
    services.close_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    total, _grids = queries.coverage_of(campaign=campaign, actor=desk)
    assert (total.counts["met"], total.counts["missed"], total.met_percent) == (1, 2, 33)
    assert Event.objects.get(name="visits.campaign_closed").facts == {"left": 2}


def test_coverage_adds_up_and_opens_its_list(cast, desk):
    households(cast, cast.building, 4)
    households(cast, cast.far_building, 2)
    campaign = running(cast, building_ids=[])
    outcomes = iter(["MET", "DECLINED", "NOT_AT_HOME", "VACANT", "LIVES_ELSEWHERE"])
    for visit in list(Visit.objects.order_by("position"))[:5]:
        services.record_visit(
            visit_id=visit.pk,
            recorded=Recorded(submission_key=uuid4(), outcome=next(outcomes)),
            actor=desk,
            at=NOW,
        )
    total, grids = queries.coverage_of(campaign=campaign, actor=desk)
    assert [one.total for one in grids] == [4, 2]
    assert (total.total, total.settled, total.counts["again"], total.counts["due"]) == (6, 4, 1, 1)
    for group, figure in total.counts.items():
        page = queries.page_of_visits(campaign=campaign, actor=desk, group=group)
        assert len(page.rows) == figure, group
    far = queries.page_of_visits(campaign=campaign, actor=desk, grid_id=cast.other_grid.pk)
    assert [row.address for row in far.rows] == ["桂苑 1幢 1单元 101", "桂苑 1幢 1单元 102"]


def test_a_grid_lead_sees_figures_and_doors_of_the_own_grid(cast):
    households(cast, cast.building, 1)
    households(cast, cast.far_building, 2)
    campaign = running(cast, building_ids=[])
    lead = cast.actor(cast.li)
    total, grids = queries.coverage_of(campaign=campaign, actor=lead)
    assert (total.total, len(grids)) == (1, 1)
    assert len(queries.page_of_visits(campaign=campaign, actor=lead).rows) == 1


def test_five_thousand_households_start_in_one_go(cast, desk, django_assert_max_num_queries):
    from linli.people.models import Household
    from linli.people.services.households import places_at
    from linli.territory.models import Dwelling, Entrance

    entrance = Entrance.objects.create(building=cast.next_building, code="9", name="9单元")
    doors = Dwelling.objects.bulk_create(
        Dwelling(entrance=entrance, room=str(number)) for number in range(5_017)
    )
    places = places_at(building=cast.next_building)
    Household.objects.bulk_create(
        Household(dwelling=door, status="UNKNOWN", **places) for door in doors
    )
    visitors = [cast.xu.pk, cast.li.pk, cast.sun.pk, cast.wang.pk]
    campaign = drafted(
        cast, desk, visitor_ids=visitors, building_ids=[], until_date=date(2026, 6, 30)
    )
    services.plan_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    with django_assert_max_num_queries(130):
        services.start_campaign(campaign_id=campaign.pk, actor=desk, at=NOW)
    assert Visit.objects.count() == 5_017
