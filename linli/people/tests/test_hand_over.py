"""Leave hands everything to a stand-in in one step."""

from datetime import date, timedelta

import pytest

from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Account, Handover
from linli.people.services.handovers import HandoverDatesInvalid, LeaveNotYoursToArrange
from tests.cast import NOW, Cast, give

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


def leave(
    cast: Cast,
    absent: Account,
    stand_in: Account,
    *,
    by: Account | None = None,
    first: date = TODAY,
    days: int = 3,
) -> Handover:
    return services.hand_over(
        absent_id=absent.pk,
        stand_in_id=stand_in.pk,
        from_date=first,
        until_date=first + timedelta(days=days),
        actor=cast.actor(by or absent),
        at=NOW,
    )


def test_everything_is_the_stand_ins_until_the_last_day(cast: Cast) -> None:
    leave(cast, cast.xu, cast.sun)
    assert cast.actor(cast.sun).account_ids == {cast.sun.pk, cast.xu.pk}
    place = {"grid_id": cast.grid.pk}
    for day, who in ((0, cast.sun), (3, cast.sun), (4, cast.xu)):
        answering = queries.Answering(places=[place], at=NOW + timedelta(days=day))
        assert answering.holders(role="GRID_WORKER", place=place) == {who.pk}
    event = Event.objects.get(name="people.handed_over")
    assert event.community_id == cast.community.pk
    assert event.facts["stand_in_id"] == cast.sun.pk


def test_it_ends_early_in_one_step(cast: Cast) -> None:
    handover = leave(cast, cast.xu, cast.sun)
    for other in (cast.sun, cast.zhou_min, cast.outsider):
        with pytest.raises(LeaveNotYoursToArrange):
            services.end_handover(handover_id=handover.pk, actor=cast.actor(other), at=NOW)
    services.end_handover(handover_id=handover.pk, actor=cast.actor(cast.shen), at=NOW)
    assert cast.actor(cast.sun).account_ids == {cast.sun.pk}
    with pytest.raises(NotFound):
        services.end_handover(handover_id=handover.pk, actor=cast.actor(cast.shen), at=NOW)


def test_the_secretary_arranges_it_for_somebody_who_is_ill(cast: Cast) -> None:
    leave(cast, cast.xu, cast.sun, by=cast.shen)
    leave(cast, cast.chen, cast.qian, by=cast.qian)
    for stranger in (cast.zhou_min, cast.outsider, cast.qian, cast.li):
        with pytest.raises(LeaveNotYoursToArrange):
            leave(cast, cast.wang, cast.sun, by=stranger)


def test_a_stand_in_does_not_prolong_the_absence(cast: Cast) -> None:
    leave(cast, cast.shen, cast.zhou_min)
    with pytest.raises(LeaveNotYoursToArrange):
        leave(cast, cast.shen, cast.zhou_min, by=cast.zhou_min, first=TODAY + timedelta(days=9))


def test_the_stand_in_is_of_the_same_house(cast: Cast) -> None:
    for stranger in (cast.outsider, cast.chen, cast.nobody_yet, cast.gu, cast.xu):
        with pytest.raises(services.StandInElsewhere):
            leave(cast, cast.xu, stranger)
    with pytest.raises(services.StandInElsewhere):
        leave(cast, cast.chen, cast.ma)
    Account.objects.filter(pk=cast.sun.pk).update(is_active=False)
    with pytest.raises(services.StandInElsewhere):
        leave(cast, cast.xu, cast.sun)


def test_who_has_two_houses_needs_a_stand_in_of_both(cast: Cast) -> None:
    give(cast.chen, "BUILDING_LEAD", cast.building)
    with pytest.raises(services.StandInElsewhere):
        leave(cast, cast.chen, cast.qian)
    give(cast.qian, "BUILDING_LEAD", cast.next_building)
    leave(cast, cast.chen, cast.qian)
    candidates = queries.stand_in_candidates(account_id=cast.chen.pk, at=NOW)
    assert [account.pk for account in candidates] == [cast.qian.pk]


def test_chains_are_refused_in_both_directions(cast: Cast) -> None:
    leave(cast, cast.xu, cast.sun)
    with pytest.raises(services.StandInForOthers):
        leave(cast, cast.sun, cast.li)
    with pytest.raises(services.StandInAbsent):
        leave(cast, cast.li, cast.xu)
    # One day later nothing hangs on it any more.
    after = TODAY + timedelta(days=4)
    leave(cast, cast.sun, cast.li, first=after)
    # Standing in for two at once is no chain.
    leave(cast, cast.zhou_min, cast.zhou_ning)
    leave(cast, cast.fang, cast.zhou_ning)
    assert cast.actor(cast.zhou_ning).stands_in_for == {cast.zhou_min.pk, cast.fang.pk}


def test_days_do_not_overlap_and_lie_ahead(cast: Cast) -> None:
    leave(cast, cast.xu, cast.sun)
    for first in (TODAY, TODAY + timedelta(days=3)):
        with pytest.raises(services.HandoverOverlaps):
            leave(cast, cast.xu, cast.li, first=first)
    leave(cast, cast.xu, cast.li, first=TODAY + timedelta(days=4))
    with pytest.raises(HandoverDatesInvalid):
        leave(cast, cast.wang, cast.li, days=-1)
    with pytest.raises(HandoverDatesInvalid):
        leave(cast, cast.wang, cast.li, first=TODAY - timedelta(days=1))


def test_candidates_are_those_who_would_be_accepted(cast: Cast) -> None:
    found = {one.pk for one in queries.stand_in_candidates(account_id=cast.xu.pk, at=NOW)}
    accepted = set()
    for name, somebody in cast.accounts.items():
        if somebody == cast.xu:
            continue
        try:
            handover = leave(cast, cast.xu, somebody)
        except services.StandInElsewhere:
            continue
        accepted.add(somebody.pk)
        services.end_handover(handover_id=handover.pk, actor=cast.actor(cast.xu), at=NOW)
        assert name not in ("outsider", "chen", "gu")
    assert found == accepted
