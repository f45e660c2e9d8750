"""Who is without a pair: those in need and nobody else, with the nearest who are willing."""

import pytest

from linli.people import queries, services
from linli.people.models import Cadence, Tie
from linli.people.personal import Person
from linli.territory.models import Dwelling, Entrance
from tests.cast import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture
def secretary(cast):
    return cast.actor(cast.shen)


def living(cast, secretary, building, room, name):
    door, _new = Entrance.objects.get_or_create(
        building=building, code="1", defaults={"name": "1单元"}
    )
    home = services.open_household(
        dwelling_id=Dwelling.objects.create(entrance=door, room=room).pk,
        status="LIVES_HERE",
        actor=secretary,
        at=NOW,
    )
    return services.add_resident(
        household_id=home.pk, person=Person(name=name), actor=secretary, at=NOW
    )


def in_need(cast, secretary, resident, group="独居老人"):
    services.begin_need_groups(community_id=cast.community.pk, actor=secretary, at=NOW)
    groups = queries.list_need_groups(community_ids=[cast.community.pk])
    return services.record_need(
        resident_id=resident.pk,
        group_id=next(one.pk for one in groups if one.name == group),
        help_needed="需要有人帮忙买菜",
        cadence=Cadence.WEEKLY,
        responsible_id=cast.xu.pk,
        actor=secretary,
        at=NOW,
    )


def willing(cast, secretary, **who):
    return services.name_tie_holder(
        community_id=cast.community.pk, kind="PAIRING", actor=secretary, at=NOW, **who
    )


def unpaired(actor, cast):
    return queries.list_unpaired(actor=actor, community_id=cast.community.pk, on=TODAY)


def test_the_nearest_who_are_willing_come_first(cast, secretary):
    elder = living(cast, secretary, cast.building, "101", "李奶奶")
    far = living(cast, secretary, cast.far_building, "101", "钱远")
    near = living(cast, secretary, cast.next_building, "101", "赵近")
    for one in (far, near, elder):
        willing(cast, secretary, resident_id=one.pk)
    in_need(cast, secretary, elder)
    (row,) = unpaired(secretary, cast)
    assert (row.resident.person.name, row.groups) == ("李奶奶", ("独居老人",))
    assert [one.name for one in row.nearest] == ["赵近", "钱远"]  # Nobody is paired with oneself.
    assert 60 < row.nearest[0].metres < 120 < row.nearest[1].metres


def test_who_is_paired_or_left_is_not_listed_and_who_lost_a_pair_is(cast, secretary):
    elder = living(cast, secretary, cast.building, "101", "李奶奶")
    holder = willing(cast, secretary, account_id=cast.xu.pk)
    need = in_need(cast, secretary, elder)
    tie = services.make_tie(holder_id=holder.pk, resident_id=elder.pk, actor=secretary, at=NOW)
    assert unpaired(secretary, cast) == []
    services.end_tie(tie_id=tie.pk, ending="HOLDER_GONE", actor=secretary, at=NOW)
    (row,) = unpaired(secretary, cast)
    assert [one.name for one in row.nearest] == ["许中杰"]
    assert Tie.objects.get().until_date is not None
    services.end_need(need_id=need.pk, actor=secretary, at=NOW)
    assert unpaired(secretary, cast) == []


@pytest.mark.parametrize(
    ("who", "total"),
    [("shen", 1), ("zhou_min", 0), ("li", 0), ("xu", 0), ("gu", 0), ("outsider", 0)],
)
def test_only_those_entitled_learn_of_it(cast, secretary, who, total):
    in_need(cast, secretary, living(cast, secretary, cast.building, "101", "李奶奶"))
    actor = cast.actor(getattr(cast, who))
    assert len(unpaired(actor, cast)) == total
    assert queries.count_unpaired(actor=actor, community_id=cast.community.pk) == total
