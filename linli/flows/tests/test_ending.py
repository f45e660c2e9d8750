"""Taking estates, buildings and named places out of use."""

from datetime import timedelta

import pytest

from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.flows.ending import (
    HouseholdsStillThere,
    MattersOpenThere,
    end_building,
    end_estate,
    end_place,
)
from linli.matters.models import Matter
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State
from linli.people import services as people
from linli.people.services import RoleNeedsPlace
from linli.territory import queries, services
from linli.territory.geometry import Datum
from linli.territory.imports import preview, read_workbook
from linli.territory.models import Building, Poster
from linli.territory.queries import Listing, PlaceEnded, PosterWithdrawn
from linli.territory.tests.test_import import said
from linli.territory.tests.workbooks import workbook
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


def labels(cast: Cast) -> set[str]:
    found = queries.search_places(community_id=cast.community.pk, query="cy", limit=50)
    return {one.label for one in found}


def drawn(cast: Cast) -> set[tuple[str, int]]:
    features = queries.map_of(community_id=cast.community.pk)["features"]
    return {(one["properties"]["layer"], one["properties"]["id"]) for one in features}


def test_a_building_that_was_pulled_down_leaves_choices_and_map_and_stays_in_records(
    cast: Cast,
) -> None:
    shen = cast.actor(cast.shen)
    poster = services.make_poster(building_id=cast.building.pk, actor=shen, at=NOW)
    at_door = services.make_poster(entrance_id=cast.entrance.pk, actor=shen, at=NOW)
    assert "翠园 3幢" in labels(cast)
    assert ("building", cast.building.pk) in drawn(cast)

    ended = end_building(building_id=cast.building.pk, actor=shen, at=LATER)
    assert ended.ended_at == LATER
    assert "翠园 3幢" not in labels(cast)
    assert ("building", cast.building.pk) not in drawn(cast)
    assert cast.building not in queries.list_buildings(community_id=cast.community.pk)
    entrances = queries.list_entrances(community_id=cast.community.pk)
    assert all(one.building_id != cast.building.pk for one in entrances)

    # Nothing new is reported there, from a page that was open or from a poster on the wall.
    with pytest.raises(PlaceEnded, match="翠园 3幢"):
        queries.locate(building_id=cast.building.pk)
    with pytest.raises(PlaceEnded):
        queries.locate(entrance_id=cast.entrance.pk)
    for one in (poster, at_door):
        with pytest.raises(PosterWithdrawn):
            queries.locate(poster_token=one.token)
    assert not Poster.objects.filter(withdrawn_at__isnull=True, building=cast.building).exists()

    # What was recorded before still says where it was.
    old = queries.locate(building_id=cast.building.pk, with_ended=True)
    assert (old.grid_id, queries.describe(location=old)) == (cast.grid.pk, "翠园 3幢")
    event = Event.objects.get(name="territory.building_ended")
    assert event.facts == {"code": "3", "grid": cast.grid.pk}

    def listed(*, ended: bool) -> list[str]:
        rows = queries.list_register(
            actor=shen, community_id=cast.community.pk, listing=Listing.BUILDINGS, ended=ended
        )
        return [row.code for row in rows]

    assert (listed(ended=False), listed(ended=True)) == (["1", "5"], ["3"])


def test_what_has_ended_takes_no_change_nobody_and_nothing(cast: Cast) -> None:
    shen = cast.actor(cast.shen)
    end_building(building_id=cast.building.pk, actor=shen, at=NOW)
    said_by = {"actor": shen, "at": LATER}
    key = cast.building.pk
    for refused in (
        lambda: end_building(building_id=key, **said_by),
        lambda: services.change_building(building_id=key, code="3", name="三", **said_by),
        lambda: services.draw_building(building_id=key, footprint=None, **said_by),
        lambda: services.add_entrance(building_id=key, code="9", name="9单元", **said_by),
        lambda: services.change_entrance(
            entrance_id=cast.entrance.pk, code="1", name="东", **said_by
        ),
        lambda: services.add_dwellings(entrance_id=cast.entrance.pk, rooms="101", **said_by),
        lambda: services.make_poster(building_id=key, **said_by),
        lambda: services.make_poster(entrance_id=cast.entrance.pk, **said_by),
    ):
        with pytest.raises(services.NoLongerInUse, match="3幢"):
            refused()
    with pytest.raises(RoleNeedsPlace):
        people.give_role(
            account_id=cast.nobody_yet.pk, role="BUILDING_LEAD", building_id=key, **said_by
        )


def test_an_open_matter_there_is_pointed_out_first(cast: Cast) -> None:
    shen = cast.actor(cast.shen)
    matter = stage_at(cast, State.REPORTED)
    key = matter.id
    Matter.objects.filter(pk=key).update(building=cast.building, place=cast.place)
    with pytest.raises(MattersOpenThere) as refused:
        end_building(building_id=cast.building.pk, actor=shen, at=NOW)
    assert refused.value.facts == {"total": 1}
    assert Building.objects.get(pk=cast.building.pk).ended_at is None
    with pytest.raises(MattersOpenThere):
        end_place(place_id=cast.place.pk, actor=shen, at=NOW)
    end_building(building_id=cast.building.pk, actor=shen, at=NOW, anyway=True)
    found = Matter.objects.get(pk=key)
    assert (found.building, found.state) == (cast.building, State.REPORTED)
    Matter.objects.filter(pk=key).update(state=State.CLOSED, closed_at=NOW)
    assert end_place(place_id=cast.place.pk, actor=shen, at=NOW).ended_at == NOW


def test_a_household_behind_its_doors_is_pointed_out_first(cast: Cast) -> None:
    shen = cast.actor(cast.shen)
    home = people.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=shen, at=NOW
    )
    with pytest.raises(HouseholdsStillThere) as refused:
        end_building(building_id=cast.building.pk, actor=shen, at=NOW)
    assert refused.value.facts == {"total": 1}
    assert Building.objects.get(pk=cast.building.pk).ended_at is None
    people.end_household(household_id=home.pk, on=NOW.date(), actor=shen, at=NOW)
    assert end_building(building_id=cast.building.pk, actor=shen, at=NOW).ended_at == NOW


def test_an_estate_ends_after_what_stands_in_it_and_its_grid_after_that(cast: Cast) -> None:
    shen = cast.actor(cast.shen)
    with pytest.raises(services.EstateInUse) as refused:
        end_estate(estate_id=cast.estate.pk, actor=shen, at=NOW)
    assert refused.value.facts == {"name": "翠园", "buildings": 2, "places": 1}
    end_place(place_id=cast.place.pk, actor=shen, at=NOW)
    for building in (cast.building, cast.next_building):
        end_building(building_id=building.pk, actor=shen, at=NOW)
    assert end_estate(estate_id=cast.estate.pk, actor=shen, at=NOW).ended_at == NOW
    assert labels(cast) == set()
    with pytest.raises(PlaceEnded):
        queries.locate(estate_id=cast.estate.pk)
    with pytest.raises(services.NoLongerInUse):
        services.add_building(
            estate_id=cast.estate.pk,
            code="9",
            name="9幢",
            grid_id=cast.grid.pk,
            actor=shen,
            at=NOW,
        )
    # The grid's buildings are gone, so only its micro-grid holds it.
    services.end_area(area_id=cast.micro_grid.pk, actor=shen, at=NOW)
    assert services.end_area(area_id=cast.grid.pk, actor=shen, at=NOW).ended_at == NOW


def test_a_workbook_does_not_bring_it_back(cast: Cast) -> None:
    shen = cast.actor(cast.shen)
    end_building(building_id=cast.building.pk, actor=shen, at=NOW)
    rows = {
        "楼栋": [["小区编码", "楼栋编码", "网格编码"], ["CY", "3", "第一网格"]],
        "单元": [["小区", "楼栋", "单元"], ["翠园", "3", "7"]],
    }
    plan = preview(
        community_id=cast.community.pk,
        source=read_workbook(data=workbook(rows)),
        datum=Datum.WGS_84,
        actor=shen,
    )
    assert said(plan) == [("楼栋", 2, "楼栋编码"), ("单元", 2, "楼栋")]
    assert len(plan.causes) == 1


def test_only_those_who_keep_the_register_end_anything(cast: Cast) -> None:
    for account, refusal in (
        (cast.xu, NotEntitled),
        (cast.gu, NotEntitled),
        (cast.qian, NotFound),
        (cast.outsider, NotFound),
    ):
        actor = cast.actor(account)
        with pytest.raises(refusal):
            end_building(building_id=cast.building.pk, actor=actor, at=NOW)
        with pytest.raises(refusal):
            end_place(place_id=cast.place.pk, actor=actor, at=NOW)
        with pytest.raises(refusal):
            end_estate(estate_id=cast.estate.pk, actor=actor, at=NOW)
