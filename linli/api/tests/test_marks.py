"""Marks of pages: what we made comes back as it was, and nothing else is taken."""

from types import SimpleNamespace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from linli.api.paging import MarkInvalid, cut, key_of, mark_of

NAMES = st.sampled_from(["matters", "matters-due", "events-of-1", "feed"])
KEYS = st.text(min_size=1, max_size=60).filter(
    lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text)
)


@given(name=NAMES, key=KEYS)
def test_a_mark_brings_its_key_back(name, key):
    mark = mark_of(name=name, key=key)
    assert key_of(name=name, mark=mark) == key
    assert mark.isascii()
    assert set(mark) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(name=NAMES, other=NAMES, key=KEYS)
def test_a_mark_of_one_list_is_none_of_another(name, other, key):
    assume(name != other)
    with pytest.raises(MarkInvalid):
        key_of(name=other, mark=mark_of(name=name, key=key))


@given(name=NAMES, text=st.text(min_size=1, max_size=80))
def test_what_we_did_not_make_is_refused(name, text):
    with pytest.raises(MarkInvalid):
        key_of(name=name, mark=text)


@given(name=NAMES, key=KEYS, at=st.integers(0, 200), letter=st.characters(codec="ascii"))
def test_a_mark_that_was_touched_is_refused(name, key, at, letter):
    mark = mark_of(name=name, key=key)
    at %= len(mark)
    touched = mark[:at] + letter + mark[at + 1 :]
    assume(touched != mark)
    with pytest.raises(MarkInvalid):
        key_of(name=name, mark=touched)


@given(total=st.integers(0, 60), limit=st.integers(1, 20))
def test_pages_of_a_short_list_are_the_list(total, limit):
    rows = [SimpleNamespace(id=number * 3 + 1) for number in range(total)]
    seen, after, pages = [], "", 0
    while True:
        page, mark = cut(rows=rows, key=lambda row: row.id, name="places", after=after, limit=limit)
        seen += page
        pages += 1
        if mark is None:
            break
        assert len(page) == limit
        after = mark
    assert seen == rows
    assert pages == max(1, -(-total // limit))
