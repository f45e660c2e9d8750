"""Every figure is counted right, and opens exactly the cases it counted."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from linli.core.errors import NotEntitled, NotFound
from linli.insight import queries
from linli.insight.indicators import CATALOGUE, HOTLINE, USUAL_WEIGHTS, Source, Weights
from linli.insight.periods import PeriodKind, period_of
from linli.insight.tests.scenes import MONTH_LATER, Scene, make_month
from linli.matters import services
from linli.matters.models import RateWeights, Rating
from linli.matters.reference import Change, WeightsInvalid, set_rate_weights
from linli.matters.workflow import Channel
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
MONTH = period_of(kind=PeriodKind.MONTH, day=NOW.date())


@pytest.fixture
def month(cast: Cast):
    return make_month(cast)


def ask(cast: Cast, who: str = "shen", **given):
    actor = cast.actor(getattr(cast, who), at=MONTH_LATER)
    place = queries.get_place(actor=actor, area_id=given.pop("area_id", None))
    at = given.pop("at", MONTH_LATER)
    return queries.overview(actor=actor, place=place, period=MONTH, at=at, **given)


def test_counts_are_those_of_the_month(cast, month):
    figures = ask(cast).figures
    counted = {code: figure.numerator for code, figure in figures.items()}
    # Neither the referral nor the emergency, and not what was reported in February.
    assert counted["received"] == 17
    assert counted["filed"] == 11 + 1  # those taken, closed or paused, one settled, one accepted
    assert counted["overdue"] == 6
    assert counted["rework_share"] == 1
    assert (counted["hazards"], counted["disputes"], counted["questions"]) == (1, 1, 1)
    assert counted["referrals"] == 1


def test_rates_say_out_of_how_many(cast, month):
    figures = ask(cast).figures
    closing, in_time = figures["closing_rate"], figures["in_time_rate"]
    # Due: one accepted and left, nine closed and one settled on the spot; the paused one is not.
    assert (closing.numerator, closing.denominator) == (10, 11)
    # One was done late, and one was done again late.
    assert (in_time.numerator, in_time.denominator) == (8, 11)
    assert closing.text == "90.91 %"
    content = figures["satisfied_share"]
    assert (content.numerator, content.denominator) == (4, 5)


def test_the_three_rates_of_12345_leave_out_who_could_not_be_asked(cast, month):
    figures = ask(cast).figures
    assert [figures[code].denominator for code in HOTLINE] == [3, 3, 3]
    assert figures["hotline_responded"].numerator == 3
    assert figures["hotline_solved"].numerator == 2
    assert figures["hotline_satisfied"].text == "63.33 %"  # (1 + 0.9) / 3


def weigh(cast, area, from_date, basically_satisfied):
    return RateWeights.objects.create(
        area=area,
        from_date=from_date,
        satisfied=1_000,
        basically_satisfied=basically_satisfied,
    )


def test_what_an_answer_counts_for_is_the_communitys_from_a_day_on(cast, month):
    assert ask(cast).weights == USUAL_WEIGHTS
    weigh(cast, cast.community, MONTH.from_date - timedelta(days=60), 1_000)
    weigh(cast, cast.community, MONTH.until_date, 500)
    weigh(cast, cast.community, MONTH.until_date + timedelta(days=1), 0)
    found = ask(cast)
    assert found.weights == Weights(1_000, 500, MONTH.until_date)  # as on the last day
    assert found.figures["hotline_satisfied"].text == "50.00 %"  # (1 + 0.5) / 3


def test_a_community_that_set_nothing_counts_as_the_city_does(cast, month):
    weigh(cast, cast.city, MONTH.from_date, 1_000)
    assert ask(cast).figures["hotline_satisfied"].text == "66.67 %"
    weigh(cast, cast.community, MONTH.from_date, 800)
    assert ask(cast).figures["hotline_satisfied"].text == "60.00 %"
    assert ask(cast, "gu").figures["hotline_satisfied"].text == "66.67 %"


def test_weights_are_set_by_the_office_and_make_sense(cast):
    given = {"community_id": cast.community.pk, "from_date": NOW.date(), "at": NOW}
    shen = cast.actor(cast.shen)
    for weights in ((1_001, 900), (900, 901)):
        both = {"satisfied": weights[0], "basically_satisfied": weights[1]}
        with pytest.raises(WeightsInvalid):
            set_rate_weights(**given, **both, actor=shen)
    both = {"satisfied": 1_000, "basically_satisfied": 900}
    with pytest.raises(NotEntitled):
        set_rate_weights(**given, **both, actor=cast.actor(cast.chen))
    assert set_rate_weights(**given, **both, actor=shen)[1] == Change.CREATED
    assert set_rate_weights(**given, **both, actor=shen)[1] == Change.UNCHANGED
    with pytest.raises(IntegrityError):
        RateWeights.objects.update(satisfied=800)


def test_a_settlement_rate_for_each_level(cast, month):
    levels = {one.level.name: one for one in ask(cast).levels}
    home = levels["小事不出户"]
    assert (home.settled, home.reached) == (9, 13)
    assert levels["琐事不出格"].reached == 3  # 桂苑 has no building lead: the grid answers first
    assert levels["大事不出网"].text == "—"


@pytest.mark.parametrize("who", ["shen", "zhou_min", "gu", "li"])
def test_every_figure_opens_exactly_the_cases_it_counted(cast, month, who):
    found = ask(cast, who)
    actor = cast.actor(getattr(cast, who), at=MONTH_LATER)
    asked = {"actor": actor, "place": found.place, "period": MONTH, "at": MONTH_LATER}
    for code, figure in found.figures.items():
        assert queries.cases(**asked, code=code).count() == figure.numerator, code
        if figure.denominator is not None:
            whole = queries.cases(**asked, code=code, part="denominator")
            rest = queries.cases(**asked, code=code, part="rest")
            assert whole.count() == figure.denominator, code
            assert rest.count() == figure.rest, code
        for one in found.areas:
            area_id = one.area.pk if one.area else 0
            listed = queries.cases(**asked, code=code, area_id=area_id)
            assert listed.count() == one.figures[code].numerator, (code, one.area)
    for level in found.levels:
        listed = queries.cases(**asked, code=queries.LEVEL_RATE, key=level.level.pk)
        reached = queries.cases(
            **asked, code=queries.LEVEL_RATE, key=level.level.pk, part="denominator"
        )
        assert (listed.count(), reached.count()) == (level.settled, level.reached)
    for load in found.loads:
        listed = queries.cases(**asked, code=queries.WORKLOAD, key=load.organisation_id or 0)
        assert listed.count() == load.open_total


def test_the_parts_add_up_to_the_whole(cast, month):
    found = ask(cast)
    for code, figure in found.figures.items():
        assert sum(one.figures[code].numerator for one in found.areas) == figure.numerator


@pytest.mark.parametrize("who", ["zhou_min", "gu", "li"])
def test_referrals_are_counted_only_for_those_in_charge(cast, month, who):
    assert "referrals" not in ask(cast, who).figures
    actor = cast.actor(getattr(cast, who), at=MONTH_LATER)
    place = queries.get_place(actor=actor, area_id=None)
    with pytest.raises(NotFound):
        queries.cases(actor=actor, place=place, period=MONTH, at=MONTH_LATER, code="referrals")


def test_the_month_is_compared_with_the_one_before(cast, month):
    received = ask(cast).figures["received"]
    assert received.before is not None
    assert received.before.numerator == 1
    assert received.change == 16
    assert ask(cast).figures["overdue"].before is None


def test_the_number_of_queries_does_not_grow(cast, month, django_assert_max_num_queries):
    actor = cast.actor(cast.shen, at=MONTH_LATER)
    place = queries.get_place(actor=actor, area_id=None)
    # One for each source and span, for each by an index of its own, and eight for what is around.
    with django_assert_max_num_queries(2 * len(Source) - 1 + 8):
        queries.overview(actor=actor, place=place, period=MONTH, at=MONTH_LATER)


def test_above_the_communities_what_was_counted_stands_for_a_minute(cast, month):
    first = ask(cast, "gu")
    Scene(cast)
    assert first.counted_at == MONTH_LATER
    assert ask(cast, "gu").figures == first.figures
    assert ask(cast, "shen").figures["received"].numerator == 18  # a community's are of now
    later = ask(cast, "gu", at=MONTH_LATER + queries.KEPT)
    assert later.counted_at == MONTH_LATER + queries.KEPT
    assert later.figures["received"].numerator == first.figures["received"].numerator + 1


def test_of_several_answers_in_a_period_the_last_counts(cast, month):
    again = month["reworked"].rated("SATISFIED", at=NOW + timedelta(days=15))
    content = ask(cast).figures["satisfied_share"]
    assert (content.numerator, content.denominator) == (5, 5)
    assert Rating.objects.filter(matter=again.id).count() == 2
    week = period_of(kind=PeriodKind.WEEK, day=NOW.date())
    actor = cast.actor(cast.shen, at=MONTH_LATER)
    of_the_week = queries.overview(
        actor=actor, place=cast.community, period=week, at=MONTH_LATER
    ).figures["satisfied_share"]
    assert (of_the_week.numerator, of_the_week.denominator) == (4, 5)


def test_a_merged_order_of_12345_counts_by_the_close_of_the_other(cast, month):
    other = Scene(cast)
    merged = Scene(cast, channel=Channel.HOTLINE_12345, hotline_number="A9")
    merged.do(services.merge, "zhou_min", into_id=other.id)
    assert ask(cast).figures["hotline_solved"].denominator == 3
    other.closed(at=NOW + timedelta(days=2))
    assert ask(cast).figures["hotline_solved"].denominator == 4
    asked = {"actor": cast.actor(cast.shen, at=MONTH_LATER), "place": cast.community}
    listed = queries.cases(
        **asked, period=MONTH, at=MONTH_LATER, code="hotline_solved", part="rest"
    )
    assert merged.id in {matter.pk for matter in listed}


def test_somebody_above_begins_with_all_communities_and_may_choose_one(cast, month):
    found = ask(cast, "gu")
    assert found.place == cast.subdistrict
    assert [one.area for one in found.areas] == [cast.community, cast.elsewhere]
    assert ask(cast, "gu", area_id=cast.community.pk).place == cast.community


def test_a_grid_lead_has_one_grid(cast, month):
    found = ask(cast, "li")
    assert [one.area for one in found.areas] == [cast.grid]
    assert found.figures["disputes"].numerator == 0


@pytest.mark.parametrize("who", ["chen", "xu", "nobody_yet", "outsider"])
def test_a_place_that_is_not_theirs_does_not_exist(cast, month, who):
    actor = cast.actor(getattr(cast, who), at=MONTH_LATER)
    with pytest.raises(NotFound):
        queries.get_place(actor=actor, area_id=cast.community.pk)


def test_an_empty_place_has_dashes_and_no_rates(cast):
    figures = ask(cast).figures
    assert all(figure.numerator == 0 for figure in figures.values())
    rates = [code for code, one in CATALOGUE.items() if one.denominator]
    assert {figures[code].text for code in rates} == {"—"}
