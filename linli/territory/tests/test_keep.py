"""Keeping the register by hand: every service, its refusals and its events."""

from collections.abc import Callable
from typing import Any

import pytest

from linli.core.actor import system
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused, Several
from linli.core.models import Event
from linli.territory import queries, services
from linli.territory.models import Area, Building, Dwelling, Poster
from tests.cast import NOW, Cast, rectangle

pytestmark = pytest.mark.django_db


def last_event() -> Event:
    return Event.objects.latest("id")


def new_grid(cast: Cast, **options: Any) -> Area:
    given = {
        "code": f"{cast.community.code}007",
        "name": "第七网格",
        "level": "GRID",
        "kind": "COMPREHENSIVE",
        "parent_id": cast.community.pk,
        "actor": cast.actor(cast.shen),
        "at": NOW,
    }
    return services.add_area(**{**given, **options})


def test_a_grid_carries_the_keys_of_everything_above_it(cast: Cast) -> None:
    large = new_grid(cast, code=f"{cast.community.code}100", level="LARGE_GRID", kind="", name="东")
    grid = new_grid(cast, code=f"{cast.community.code}100001", parent_id=large.pk)
    micro = new_grid(
        cast, code=f"{grid.code}001", level="MICRO_GRID", kind="", name="微", parent_id=grid.pk
    )
    assert (micro.city, micro.subdistrict, micro.community, micro.large_grid, micro.grid) == (
        cast.city,
        cast.subdistrict,
        cast.community,
        large,
        grid,
    )
    assert last_event().name == "territory.area_added"
    services.change_area(
        area_id=grid.pk,
        name="改挂",
        parent_id=cast.community.pk,
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    micro.refresh_from_db()
    assert micro.large_grid is None
    assert last_event().facts == {
        "code": grid.code,
        "fields": ["large_grid_id", "name", "parent_id"],
    }


def test_a_development_zone_has_no_street_and_a_city_may_have_no_district(cast: Cast) -> None:
    keeper = system(name="test")
    zone = services.add_area(
        code="320171400",
        name="开发区",
        level="DISTRICT",
        parent_id=cast.city.pk,
        actor=keeper,
        at=NOW,
    )
    community = services.add_area(
        code="320171400001",
        name="海缘社区",
        level="COMMUNITY",
        parent_id=zone.pk,
        actor=keeper,
        at=NOW,
    )
    assert (community.district, community.subdistrict) == (zone, None)
    assert community.profile.office_hours
    grid = new_grid(cast, code="320171400001001", parent_id=community.pk, actor=keeper)
    assert queries.locate(area_id=grid.pk).district_id == zone.pk


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"code": "12"}, "code"),
        ({"code": "999999999999001"}, "code"),
        ({"code": "320102003006009"}, "code"),
        ({"code": "320102003005001"}, "code"),
        ({"kind": ""}, "kind"),
        ({"kind": "MIXED"}, "kind"),
        ({"level": "MICRO_GRID", "kind": ""}, "parent"),
        ({"level": "ROOM"}, "level"),
        ({"parent_id": 999_999}, "parent"),
        ({"households_planned": -1}, "households_planned"),
        ({"boundary": {"type": "Polygon", "coordinates": [[[118.8, 32.05]]]}}, "boundary"),
        ({"boundary": rectangle(118.801, 118.803)}, "boundary"),
    ],
)
def test_a_bad_area_names_its_field(cast: Cast, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        new_grid(cast, **given)
    assert caught.value.field == field
    assert str(caught.value)


def test_several_faults_are_told_at_once(cast: Cast) -> None:
    with pytest.raises(Several) as caught:
        new_grid(cast, name="", code="x", households_planned=-5)
    assert {fault.field for fault in caught.value.faults} == {"name", "code", "households_planned"}


def test_a_grid_with_buildings_neither_ends_nor_becomes_dedicated(cast: Cast) -> None:
    actor = cast.actor(cast.shen)
    with pytest.raises(services.AreaInUse) as caught:
        services.end_area(area_id=cast.grid.pk, actor=actor, at=NOW)
    assert "2" in str(caught.value)
    with pytest.raises(services.AreaInUse):
        services.change_area(
            area_id=cast.grid.pk, name="第一网格", kind="DEDICATED", actor=actor, at=NOW
        )
    empty = new_grid(cast)
    services.end_area(area_id=empty.pk, actor=actor, at=NOW)
    with pytest.raises(services.AreaEnded):
        services.change_area(area_id=empty.pk, name="又来", actor=actor, at=NOW)


def test_a_building_stands_in_one_comprehensive_grid_of_its_community(cast: Cast) -> None:
    dedicated = new_grid(cast, kind="DEDICATED", boundary=rectangle(118.80, 118.8005))
    ended = new_grid(cast, code=f"{cast.community.code}008", name="旧")
    services.end_area(area_id=ended.pk, actor=cast.actor(cast.shen), at=NOW)

    def add(**given: Any) -> Building:
        return services.add_building(
            **{
                "estate_id": cast.estate.pk,
                "code": "12",
                "name": "12幢",
                "actor": cast.actor(cast.zhou_min),
                "at": NOW,
                **given,
            }
        )

    for grid in (dedicated, ended, cast.elsewhere_grid, cast.micro_grid, cast.community):
        with pytest.raises(services.GridNotUsable):
            add(grid_id=grid.pk)
    with pytest.raises(services.NoGridHere):
        add()
    with pytest.raises(services.NoGridHere):
        add(longitude=119.9, latitude=32.052)
    with pytest.raises(services.MicroGridElsewhere):
        add(grid_id=cast.other_grid.pk, micro_grid_id=cast.micro_grid.pk)
    with pytest.raises(services.CodeTaken):
        add(grid_id=cast.grid.pk, code="3")
    assert add(longitude=118.8061, latitude=32.052).grid == cast.other_grid


def test_a_building_moved_to_another_grid_is_told_on_its_own(cast: Cast) -> None:
    services.change_building(
        building_id=cast.building.pk,
        code="3",
        name="3幢",
        grid_id=cast.other_grid.pk,
        storeys=6,
        longitude=118.8041,
        latitude=32.052,
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    assert last_event().name == "territory.building_regridded"
    cast.building.refresh_from_db()
    assert (cast.building.grid, cast.building.micro_grid) == (cast.other_grid, None)


def test_rooms_are_read_from_one_text_and_come_once(cast: Cast) -> None:
    def add(rooms: str) -> list[Dwelling]:
        return services.add_dwellings(
            entrance_id=cast.entrance.pk, rooms=rooms, actor=cast.actor(cast.zhou_min), at=NOW
        )

    made = add("101 102，502、1201\n甲")
    assert [(one.room, one.storey) for one in made] == [
        ("101", 1),
        ("102", 1),
        ("1201", 12),
        ("甲", None),
    ]
    assert add("101，102") == []
    with pytest.raises(services.FieldMissing):
        add(" ，")


def test_estates_entrances_and_places_are_kept(cast: Cast) -> None:
    who: dict[str, Any] = {"actor": cast.actor(cast.zhou_min), "at": NOW}
    estate = services.add_estate(community_id=cast.community.pk, code="LY", name="柳苑", **who)
    assert estate.initials == "ly"
    services.change_estate(estate_id=estate.pk, code="LY", name="杨柳苑", address="1 号", **who)
    estate.refresh_from_db()
    assert (estate.name, estate.initials) == ("杨柳苑", "yly")
    entrance = services.add_entrance(
        building_id=cast.far_building.pk, code="1", name="1单元", **who
    )
    services.change_entrance(entrance_id=entrance.pk, code="1", name="东单元", **who)
    place = services.add_place(
        community_id=cast.community.pk,
        code="GY",
        name="桂苑凉亭",
        longitude=118.806,
        latitude=32.051,
        estate_id=cast.other_estate.pk,
        **who,
    )
    assert place.grid == cast.other_grid
    services.change_place(place_id=place.pk, code="GY", name="桂苑亭", **who)
    place.refresh_from_db()
    assert (place.grid, place.estate, place.longitude) == (None, None, None)
    before = Event.objects.count()
    services.change_place(place_id=place.pk, code="GY", name="桂苑亭", **who)
    assert Event.objects.count() == before
    with pytest.raises(services.CodeTaken):
        services.add_estate(community_id=cast.community.pk, code="CY", name="又一个", **who)


def test_a_poster_is_made_once_and_withdrawn_once(cast: Cast) -> None:
    who: dict[str, Any] = {"actor": cast.actor(cast.zhou_min), "at": NOW}
    posters = services.make_posters(
        building_ids=[cast.building.pk],
        entrance_ids=[cast.entrance.pk],
        place_ids=[cast.place.pk],
        **who,
    )
    assert len({poster.token for poster in posters}) == 3
    again = services.make_poster(building_id=cast.building.pk, **who)
    assert again == posters[0]
    services.withdraw_poster(poster_id=again.pk, **who)
    with pytest.raises(NotFound):
        services.withdraw_poster(poster_id=again.pk, **who)
    assert services.make_poster(building_id=cast.building.pk, **who) != again
    assert Poster.objects.filter(withdrawn_at__isnull=True).count() == 3


def _writes(cast: Cast) -> dict[str, Callable[..., Any]]:
    community, code = cast.community, f"{cast.community.code}007"
    spare = new_grid(cast, code=f"{community.code}008")
    return {
        "area": lambda **who: new_grid(cast, **who),
        "rename": lambda **who: services.change_area(area_id=cast.grid.pk, name="改", **who),
        "draw": lambda **who: services.draw_area(area_id=cast.grid.pk, boundary=None, **who),
        "end": lambda **who: services.end_area(area_id=spare.pk, **who),
        "profile": lambda **who: services.set_profile(
            community_id=community.pk, office_phone="1", **who
        ),
        "estate": lambda **who: services.add_estate(
            community_id=community.pk, code=code, name="x", **who
        ),
        "building": lambda **who: services.add_building(
            estate_id=cast.estate.pk, code="9", name="9", grid_id=cast.grid.pk, **who
        ),
        "entrance": lambda **who: services.add_entrance(
            building_id=cast.building.pk, code="9", name="9", **who
        ),
        "dwelling": lambda **who: services.add_dwellings(
            entrance_id=cast.entrance.pk, rooms="901", **who
        ),
        "place": lambda **who: services.add_place(
            community_id=community.pk, code="9", name="9", **who
        ),
        "poster": lambda **who: services.make_poster(building_id=cast.building.pk, **who),
    }


def test_only_those_who_keep_the_register_write_it(cast: Cast) -> None:
    for name, write in _writes(cast).items():
        for account in (cast.outsider, cast.qian, cast.outside_handler, cast.nobody_yet):
            with pytest.raises(NotFound):
                write(actor=cast.actor(account), at=NOW)
        for account in (cast.xu, cast.li, cast.wang, cast.gu, cast.fang):
            with pytest.raises(NotEntitled):
                write(actor=cast.actor(account), at=NOW)
        before = Event.objects.count()
        write(actor=cast.actor(cast.zhou_min), at=NOW)
        assert Event.objects.count() == before + 1, name


def test_readers_read_and_outsiders_see_nothing(cast: Cast) -> None:
    for account in (cast.shen, cast.xu, cast.wang, cast.gu, cast.fang):
        actor = cast.actor(account)
        assert queries.get_community(actor=actor, community_id=cast.community.pk)
        assert queries.get_building(actor=actor, id=cast.building.pk) == cast.building
        assert queries.get_area(actor=actor, id=cast.grid.pk) == cast.grid
    assert queries.get_area(actor=cast.actor(cast.shen), id=cast.city.pk) == cast.city
    assert len(queries.list_communities(actor=cast.actor(cast.gu))) == 2
    for account in (cast.outsider, cast.qian, cast.nobody_yet):
        actor = cast.actor(account)
        for get in (
            lambda actor=actor: queries.get_community(actor=actor, community_id=cast.community.pk),
            lambda actor=actor: queries.get_area(actor=actor, id=cast.grid.pk),
            lambda actor=actor: queries.get_estate(actor=actor, id=cast.estate.pk),
            lambda actor=actor: queries.get_building(actor=actor, id=cast.building.pk),
            lambda actor=actor: queries.get_entrance(actor=actor, id=cast.entrance.pk),
            lambda actor=actor: queries.get_place(actor=actor, id=cast.place.pk),
            lambda actor=actor: queries.list_checks(actor=actor, community_id=cast.community.pk),
            lambda actor=actor: queries.list_posters(actor=actor, community_id=cast.community.pk),
        ):
            with pytest.raises(NotFound):
                get()


def test_checks_name_what_to_look_at(cast: Cast) -> None:
    actor = cast.actor(cast.shen)
    new_grid(cast, households_planned=620)
    services.change_area(
        area_id=cast.grid.pk, name="第一网格", households_planned=120, actor=actor, at=NOW
    )
    found = queries.list_checks(actor=actor, community_id=cast.community.pk)
    said = {(check.code, check.name, check.figure) for check in found}
    assert ("TOO_FEW", "第一网格", 120) in said
    assert ("TOO_MANY", "第七网格", 620) in said
    assert ("NO_BUILDINGS", "第七网格", 0) in said
    assert ("NO_BOUNDARY", "第七网格", 0) in said
    assert not any(check.code == "UNCOVERED" for check in found)
    services.draw_area(area_id=cast.other_grid.pk, boundary=None, actor=actor, at=NOW)
    found = queries.list_checks(actor=actor, community_id=cast.community.pk)
    assert any(check.code == "UNCOVERED" for check in found)


def test_every_refusal_is_a_sentence_in_chinese(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        services.end_area(area_id=cast.grid.pk, actor=cast.actor(cast.shen), at=NOW)
    assert str(caught.value).startswith("第一网格内还有 2 栋楼")
