from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.core.actor import system
from linli.core.errors import NotFound
from linli.territory import queries, services
from linli.territory.geometry import Datum, from_wgs84
from linli.territory.models import Area, MapRevision
from linli.territory.queries import OutsideEveryGrid, PlaceNotNamed, PosterWithdrawn, locate
from tests.cast import NOW, Cast, rectangle

pytestmark = pytest.mark.django_db


def test_an_entrance_brings_every_key(cast: Cast) -> None:
    found = locate(community_id=cast.community.pk, entrance_id=cast.entrance.pk)
    assert found.columns() == {
        "city_id": cast.city.pk,
        "district_id": cast.district.pk,
        "subdistrict_id": cast.subdistrict.pk,
        "community_id": cast.community.pk,
        "large_grid_id": None,
        "grid_id": cast.grid.pk,
        "micro_grid_id": cast.micro_grid.pk,
        "estate_id": cast.estate.pk,
        "building_id": cast.building.pk,
        "entrance_id": cast.entrance.pk,
        "place_id": None,
        "place_text": "",
        "longitude": 118.801,
        "latitude": 32.052,
    }


def test_location_has_the_columns_of_a_matter(cast: Cast) -> None:
    from linli.matters.models import Matter  # the room above; only to compare names

    columns = {field.attname for field in Matter._meta.concrete_fields}
    assert set(locate(building_id=cast.building.pk).columns()) <= columns


def test_a_point_finds_its_grid(cast: Cast) -> None:
    found = locate(community_id=cast.community.pk, longitude=118.807, latitude=32.052)
    assert (found.grid_id, found.longitude) == (cast.other_grid.pk, 118.807)
    shifted = from_wgs84(longitude=118.807, latitude=32.052, datum=Datum.GCJ_02)
    phone = locate(longitude=shifted[0], latitude=shifted[1], datum=Datum.GCJ_02)
    assert phone == found


def test_a_point_outside_every_grid_says_what_to_do(cast: Cast) -> None:
    with pytest.raises(OutsideEveryGrid) as caught:
        locate(community_id=cast.community.pk, longitude=118.9, latitude=32.052)
    assert caught.value.field == "place_text"
    assert "楼" in str(caught.value)


def test_words_file_it_at_the_community_though_the_point_is_outside(cast: Cast) -> None:
    found = locate(
        community_id=cast.community.pk, longitude=118.9, latitude=32.05, place_text=" 河边 步道 "
    )
    assert (found.community_id, found.grid_id) == (cast.community.pk, None)
    assert (found.place_text, found.longitude) == ("河边 步道", None)


def test_a_community_without_drawn_grids_takes_the_point_as_it_is(cast: Cast) -> None:
    Area.objects.filter(community=cast.community).update(boundary=None)
    found = locate(community_id=cast.community.pk, longitude=118.801, latitude=32.051)
    assert (found.grid_id, found.longitude, found.latitude) == (None, 118.801, 32.051)


def test_a_picked_building_keeps_the_phone_s_point_only_inside_a_grid(cast: Cast) -> None:
    near = locate(building_id=cast.building.pk, longitude=118.8011, latitude=32.0521)
    assert (near.building_id, near.longitude) == (cast.building.pk, 118.8011)
    far = locate(building_id=cast.building.pk, longitude=121.5, latitude=31.2)
    assert far.longitude == cast.building.longitude


def test_an_estate_in_one_grid_brings_the_grid_and_one_that_spans_does_not(cast: Cast) -> None:
    assert locate(estate_id=cast.estate.pk).grid_id == cast.grid.pk
    cast.next_building.grid = cast.other_grid
    cast.next_building.save()
    spanning = locate(estate_id=cast.estate.pk)
    assert (spanning.estate_id, spanning.grid_id) == (cast.estate.pk, None)
    assert spanning.community_id == cast.community.pk


def test_nothing_given_is_refused(cast: Cast) -> None:
    for given in ({}, {"community_id": cast.community.pk}, {"place_text": "某处"}):
        with pytest.raises(PlaceNotNamed):
            locate(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["building_id", "entrance_id", "place_id", "estate_id", "area_id"])
def test_what_lies_elsewhere_or_nowhere_is_not_found(cast: Cast, name: str) -> None:
    elsewhere = {"building_id": cast.elsewhere_building.pk, "area_id": cast.elsewhere_grid.pk}
    for key in {999_999, elsewhere.get(name, 999_999)}:
        with pytest.raises(NotFound):
            locate(community_id=cast.community.pk, **{name: key})


def test_a_poster_knows_its_place_until_it_is_withdrawn(cast: Cast) -> None:
    actor = cast.actor(cast.zhou_min)
    poster = services.make_poster(actor=actor, at=NOW, place_id=cast.place.pk)
    assert locate(poster_token=poster.token).place_id == cast.place.pk
    services.withdraw_poster(poster_id=poster.pk, actor=actor, at=NOW)
    with pytest.raises(PosterWithdrawn):
        locate(poster_token=poster.token)
    for token in ("nothing", "x" * 500):
        with pytest.raises(NotFound):
            locate(poster_token=token)


def test_the_index_is_built_once_and_anew_when_the_map_moves(cast: Cast) -> None:
    keeper = system(name="test")
    drawn = rectangle(118.800, 118.803)
    services.draw_area(area_id=cast.grid.pk, boundary=drawn, actor=keeper, at=NOW)
    assert queries.grid_at(longitude=118.8035, latitude=32.052) is None
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert queries.grid_at(longitude=118.8035, latitude=32.052) is None
    assert len(asked) == 1
    services.draw_area(
        area_id=cast.grid.pk, boundary=rectangle(118.800, 118.804), actor=keeper, at=NOW
    )
    assert queries.grid_at(longitude=118.8035, latitude=32.052) == cast.grid
    services.end_area(area_id=_spare(cast).pk, actor=keeper, at=NOW)
    assert MapRevision.objects.count() == 1


def _spare(cast: Cast) -> Area:
    return services.add_area(
        code=f"{cast.community.code}009",
        name="备用网格",
        level="GRID",
        kind="DEDICATED",
        parent_id=cast.community.pk,
        boundary=rectangle(118.8001, 118.8002),
        actor=system(name="test"),
        at=NOW,
    )


def test_a_dedicated_grid_over_a_comprehensive_one_does_not_answer(cast: Cast) -> None:
    spare = _spare(cast)
    assert queries.grid_at(longitude=118.80015, latitude=32.052) == cast.grid
    assert locate(area_id=spare.pk).grid_id == spare.pk


def test_places_are_described_in_words(cast: Cast) -> None:
    def words(**given: Any) -> str:
        return queries.describe(location=locate(community_id=cast.community.pk, **given))

    assert words(entrance_id=cast.entrance.pk) == "翠园 3幢 1单元"
    assert words(building_id=cast.building.pk, place_text="楼道里") == "翠园 3幢，楼道里"
    assert words(place_text="河边") == "河边"
    assert words(area_id=cast.grid.pk) == "第一网格"
    assert words(estate_id=cast.estate.pk) == "翠园"


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("翠园", "翠园"),
        ("cy", "翠园"),
        ("翠园3", "翠园 3幢"),
        ("cy3", "翠园 3幢"),
        ("翠园 ５", "翠园 5幢"),
        ("gy 1", "桂苑 1幢"),
        ("南门", "翠园南门"),
        ("没有这里", None),
        ("", None),
        ("翠园13", None),
    ],
)
def test_search_finds_by_name_code_and_initials(cast: Cast, query: str, first: str | None) -> None:
    found = queries.search_places(community_id=cast.community.pk, query=query, limit=5)
    labels = [one.label for one in found]
    assert (labels[0] if labels else None) == first


def test_search_stays_in_the_community(cast: Cast) -> None:
    assert queries.search_places(community_id=cast.elsewhere.pk, query="翠园", limit=5) == []


def test_the_map_shows_no_dwelling(cast: Cast) -> None:
    drawn = queries.map_of(community_id=cast.community.pk)
    layers = {feature["properties"]["layer"] for feature in drawn["features"]}
    assert layers == {"community", "grid", "building", "place"} - (
        set() if cast.place.longitude else {"place"}
    )
