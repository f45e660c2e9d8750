"""Shares are exact, and nothing divided by nothing is no hundred per cent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.indicators import CATALOGUE, PARTS, per_cent, share


@pytest.mark.parametrize(("part", "whole", "text"), [(911, 972, "93.72 %"), (737, 972, "75.82 %")])
def test_the_golden_month_comes_out_to_the_hundredth(part, whole, text):
    assert per_cent(points=share(numerator=part, denominator=whole)) == text


def test_out_of_nothing_is_a_dash_and_not_a_hundred_per_cent():
    assert share(numerator=0, denominator=0) is None
    assert per_cent(points=None) == "—"


def test_nearly_all_is_not_all():
    assert per_cent(points=share(numerator=99_999, denominator=100_000)) == "99.99 %"
    assert per_cent(points=share(numerator=7, denominator=7)) == "100.00 %"


@given(whole=st.integers(1, 10**9), part=st.integers(0, 10**9))
def test_a_share_is_off_by_at_most_half_a_hundredth(whole, part):
    part = min(part, whole)
    points = share(numerator=part, denominator=whole)
    assert points is not None
    assert 0 <= points <= 10_000
    assert abs(points * whole - part * 10_000) * 2 <= whole or points == 9_999


def test_every_indicator_is_made_of_known_parts_and_says_what_it_counts():
    for one in CATALOGUE.values():
        assert set(one.numerator) <= PARTS
        assert not one.denominator or one.denominator in PARTS
        assert str(one.counts)
        assert bool(str(one.out_of)) == bool(one.denominator)
