import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.territory import geometry
from linli.territory.geometry import BoundaryFault, BoundaryWrong, Datum, PointIndex, Zone

IN_CHINA = st.tuples(st.floats(73.7, 135.0), st.floats(3.9, 53.5))
ANYWHERE = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def polygon(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(point) for point in points]]}


def square(x: float, y: float, side: float = 0.001) -> dict[str, Any]:
    return polygon((x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y))


def fault_of(geojson: Any) -> BoundaryFault:
    with pytest.raises(BoundaryWrong) as caught:
        geometry.read_boundary(geojson=geojson)
    return caught.value.fault


def test_golden_figure_of_gcj_02() -> None:
    x, y = geometry.from_wgs84(longitude=121.5272106, latitude=31.1774276, datum=Datum.GCJ_02)
    assert (round(y, 8), round(x, 8)) == (31.17530398, 121.53154186)
    back = geometry.to_wgs84(longitude=121.53154186, latitude=31.17530398, datum=Datum.GCJ_02)
    assert back == pytest.approx((121.5272106, 31.1774276), abs=1e-8)


@given(IN_CHINA, st.sampled_from(Datum))
def test_every_datum_comes_back_to_the_same_point(point: tuple[float, float], datum: Datum) -> None:
    there = geometry.from_wgs84(longitude=point[0], latitude=point[1], datum=datum)
    back = geometry.to_wgs84(longitude=there[0], latitude=there[1], datum=datum)
    assert math.dist(point, back) < 1e-8


@given(IN_CHINA)
def test_chinese_datums_are_off_by_metres_not_kilometres(point: tuple[float, float]) -> None:
    for datum in (Datum.GCJ_02, Datum.BD_09):
        there = geometry.from_wgs84(longitude=point[0], latitude=point[1], datum=datum)
        assert 1e-5 < math.dist(point, there) < 0.04


@given(ANYWHERE, st.sampled_from(Datum))
def test_outside_china_nothing_is_shifted(point: tuple[float, float], datum: Datum) -> None:
    x, y = point
    if not geometry.is_in_china(longitude=x, latitude=y):
        assert geometry.to_wgs84(longitude=x, latitude=y, datum=datum) == point


A, B, C, D = (118.80, 32.05), (118.81, 32.05), (118.81, 32.06), (118.80, 32.06)


@pytest.mark.parametrize(
    ("geojson", "fault"),
    [
        (None, BoundaryFault.NOT_A_POLYGON),
        ("POLYGON", BoundaryFault.NOT_A_POLYGON),
        ({}, BoundaryFault.NOT_A_POLYGON),
        ({"type": "Point", "coordinates": [118.8, 32.05]}, BoundaryFault.NOT_A_POLYGON),
        ({"type": "Polygon", "coordinates": []}, BoundaryFault.NOT_A_POLYGON),
        ({"type": "Polygon", "coordinates": None}, BoundaryFault.NOT_A_POLYGON),
        ({"type": "Polygon", "coordinates": [[]]}, BoundaryFault.TOO_FEW_POINTS),
        ({"type": "Polygon", "coordinates": [["a", "b"]]}, BoundaryFault.NOT_NUMBERS),
        ({"type": "Polygon", "coordinates": [[[118.8]]]}, BoundaryFault.NOT_NUMBERS),
        ({"type": "Polygon", "coordinates": [[[True, 1]]]}, BoundaryFault.NOT_NUMBERS),
        ({"type": "Polygon", "coordinates": [[[float("nan"), 1]]]}, BoundaryFault.NOT_NUMBERS),
        (polygon(A, B, C, D), BoundaryFault.OPEN_RING),
        (polygon(A, B, A), BoundaryFault.TOO_FEW_POINTS),
        (polygon(A, C, B, D, A), BoundaryFault.SELF_CROSSING),
        (polygon(A, (118.805, 32.05), B, A), BoundaryFault.ZERO_AREA),
        (polygon(*[(y, x) for x, y in (A, B, C, A)]), BoundaryFault.SWAPPED),
        (polygon((13224000.0, 3770000.0), *[A] * 3), BoundaryFault.OUT_OF_RANGE),
        (
            {
                "type": "Polygon",
                "coordinates": [
                    square(118.8, 32.05)["coordinates"][0],
                    square(118.9, 32.05)["coordinates"][0],
                ],
            },
            BoundaryFault.HOLE_OUTSIDE,
        ),
    ],
)
def test_bad_boundary_is_named(geojson: Any, fault: BoundaryFault) -> None:
    assert fault_of(geojson) == fault


def test_a_hole_inside_is_kept_and_does_not_count_as_inside() -> None:
    ring = square(118.8, 32.05, 0.01)["coordinates"][0]
    hole = square(118.804, 32.054, 0.002)["coordinates"][0]
    drawn = geometry.read_boundary(geojson={"type": "Polygon", "coordinates": [ring, hole]})
    assert not geometry.contains(boundary=drawn, longitude=118.805, latitude=32.055)
    assert geometry.contains(boundary=drawn, longitude=118.801, latitude=32.051)


def test_third_coordinate_is_dropped() -> None:
    drawn = geometry.read_boundary(
        geojson={"type": "Polygon", "coordinates": [[[*point, 12.5] for point in (A, B, C, A)]]}
    )
    assert all(len(point) == 2 for point in drawn["coordinates"][0])


def test_a_boundary_is_moved_out_of_its_datum() -> None:
    drawn = geometry.read_boundary(geojson=square(121.53154186, 31.17530398), datum=Datum.GCJ_02)
    assert drawn["coordinates"][0][0] == pytest.approx([121.5272106, 31.1774276], abs=1e-6)


def test_overlaps_tolerate_a_street_s_width_of_inexactness() -> None:
    boundaries = {
        "a": square(118.8, 32.05, 0.004),
        "b": square(118.80399999, 32.05, 0.004),  # a millimetre
        "c": square(118.802, 32.053, 0.004),
    }
    found = geometry.overlaps(boundaries=boundaries)
    assert [pair[:2] for pair in found] == [("a", "c"), ("b", "c")]
    assert [pair[:2] for pair in geometry.overlaps(boundaries=boundaries, of=["a"])] == [("a", "c")]


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=12, unique=True),
    st.floats(0, 8),
    st.floats(0, 8),
)
def test_a_point_is_found_in_the_cell_it_lies_in(
    cells: list[tuple[int, int]], x: float, y: float
) -> None:
    zones = [
        Zone(id=at, community_id=1, rank=0, boundary=square(column, row, 1.0))
        for at, (column, row) in enumerate(cells)
    ]
    found = PointIndex(zones=zones).find(longitude=x, latitude=y)
    holding = [at for at, (i, j) in enumerate(cells) if i <= x <= i + 1 and j <= y <= j + 1]
    assert found in holding if holding else found is None


def test_comprehensive_grids_come_first_then_the_smallest_dedicated() -> None:
    index = PointIndex(
        zones=[
            Zone(id=1, community_id=1, rank=1, boundary=square(0, 0, 4)),
            Zone(id=2, community_id=1, rank=1, boundary=square(1, 1, 1)),
            Zone(id=3, community_id=1, rank=0, boundary=square(0, 0, 1.5)),
            Zone(id=4, community_id=2, rank=0, boundary=square(0, 0, 9)),
        ]
    )
    assert index.find(longitude=1.2, latitude=1.2, community_id=1) == 3
    assert index.find(longitude=1.8, latitude=1.8, community_id=1) == 2
    assert index.find(longitude=3, latitude=3, community_id=1) == 1
    assert index.find(longitude=8, latitude=8, community_id=1) is None
    assert index.find(longitude=8, latitude=8) == 4


def test_area_is_right_within_a_thousandth() -> None:
    drawn = geometry.geometry_of(boundary=square(118.8, 32.05, 0.01))
    assert geometry.area_m2(geometry=drawn) == pytest.approx(1113.2 * 1113.2 * 0.8476, rel=1e-3)
