"""Papers that expire: listed ahead for those entitled, never a diagnosis, nothing in the clear."""

from datetime import date

import pytest

from linli.core.errors import NotFound
from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Paper
from linli.people.personal import Person
from linli.territory.models import Dwelling
from tests.cast import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()  # 2026-03-04


@pytest.fixture
def secretary(cast):
    return cast.actor(cast.shen)


@pytest.fixture
def resident(cast, secretary):
    return living(cast, secretary, "李奶奶", "101")


def living(cast, secretary, name, room):
    door = Dwelling.objects.create(entrance=cast.entrance, room=room)
    home = services.open_household(
        dwelling_id=door.pk, status="LIVES_HERE", actor=secretary, at=NOW
    )
    return services.add_resident(
        household_id=home.pk, person=Person(name=name), actor=secretary, at=NOW
    )


def paper(resident, actor, *day, name="残疾证"):
    return services.add_paper(
        resident_id=resident.pk, name=name, expires_on=date(*day), actor=actor, at=NOW
    )


def listed(actor, on=TODAY, **more):
    rows = queries.list_expiring(actor=actor, on=on, **more)
    return [(row.name, row.days_left) for row in rows]


def test_what_expired_and_what_expires_within_ninety_days_is_listed(cast, resident, secretary):
    paper(resident, secretary, 2026, 6, 2)
    paper(resident, secretary, 2026, 6, 3, name="公交卡")
    old = paper(resident, secretary, 2026, 3, 1, name="低保年审")
    assert listed(secretary) == [("低保年审", -3), ("残疾证", 90)]
    assert listed(secretary, grid_id=cast.other_grid.pk) == []
    services.renew_paper(
        paper_id=old.pk, expires_on=date(2027, 3, 1), version=1, actor=secretary, at=NOW
    )
    assert listed(secretary) == [("残疾证", 90)]
    with pytest.raises(services.ChangedMeanwhile):
        services.renew_paper(
            paper_id=old.pk, expires_on=date(2028, 3, 1), version=1, actor=secretary, at=NOW
        )


def test_a_paper_is_no_diagnosis_and_is_entered_once(resident, secretary):
    paper(resident, secretary, 2026, 4, 1)
    with pytest.raises(services.PaperThere):
        paper(resident, secretary, 2027, 4, 1)
    for name in ("糖尿病 证", "精神.障碍证明", "社区矫正宣告书", "精神残疾二级证"):
        with pytest.raises(services.PaperNameRefused):
            paper(resident, secretary, 2026, 4, 1, name=name)
    for name in (" — ", "长" * 41):
        with pytest.raises(services.PaperNameMissing):
            paper(resident, secretary, 2026, 4, 1, name=name)
    with pytest.raises(services.PaperDayInvalid):
        paper(resident, secretary, 206, 4, 1, name="居住证")


@pytest.mark.parametrize("who", ["zhou_min", "li", "xu", "wang", "gu", "fang", "outsider"])
def test_for_others_there_is_none(cast, resident, secretary, who):
    known = paper(resident, secretary, 2026, 4, 1)
    other = cast.actor(getattr(cast, who))
    assert listed(other) == []
    assert queries.papers_of(actor=other, resident=resident, on=TODAY) == []
    given = {"actor": other, "at": NOW}
    with pytest.raises(NotFound):
        paper(resident, other, 2026, 4, 1, name="居住证")
    with pytest.raises(NotFound):
        services.renew_paper(paper_id=known.pk, expires_on=date(2027, 1, 1), version=1, **given)
    with pytest.raises(NotFound):
        services.end_paper(paper_id=known.pk, **given)


def test_nothing_about_it_stands_in_the_clear(resident, secretary):
    known = paper(resident, secretary, 2026, 4, 1)
    row = Paper.objects.get(pk=known.pk)
    assert "残疾".encode() not in bytes(row.name_sealed)
    assert "残疾" not in row.name_digest
    told = Event.objects.get(trace=known.row_key)
    assert (told.subject_id, told.facts) == (known.pk, {"expires_on": "2026-04-01"})


def test_it_ends_with_whoever_leaves_and_follows_a_merge(cast, resident, secretary):
    double = living(cast, secretary, "李奶奶", "102")
    paper(resident, secretary, 2026, 4, 1)
    paper(double, secretary, 2026, 4, 2)
    paper(double, secretary, 2026, 4, 3, name="居住证")
    services.merge(keep_id=resident.pk, double_id=double.pk, actor=secretary, at=NOW)
    assert listed(secretary) == [("残疾证", 28), ("居住证", 30)]
    services.depart(
        resident_id=resident.pk, departure="MOVED_OUT", on=TODAY, actor=secretary, at=NOW
    )
    assert listed(secretary) == []
    assert Paper.objects.filter(until_date=TODAY).count() == 3
