"""What the index holds, and what a search asks of it."""

import re

from hypothesis import given
from hypothesis import strategies as st

from linli.language.terms import Term, index_terms, search_terms

_WORDS = st.text(st.sampled_from("路灯坏了楼道三号幢单元13 ab,，。\n２"), max_size=40)
_NUMBER = re.compile(r"[0-9a-z２]+|[^0-9a-z２]")


def is_found(*, part: str, text: str) -> bool:
    """Tell whether a search for `part` finds `text`, as both databases decide it."""
    held = index_terms(text=text)
    return all(
        any(one.startswith(term.text) for one in held) if term.is_prefix else term.text in held
        for term in search_terms(text=part)
    )


def test_text_is_cut_into_pairs_words_and_what_stands_at_their_border() -> None:
    assert index_terms(text="3号楼路灯") == {"3", "3号", "号楼", "楼路", "路灯"}
    assert index_terms(text="１３幢，A座") == {"13", "13幢", "幢", "a", "a座", "座"}
    assert index_terms(text="路\n灯") == {"路灯"}
    assert index_terms(text="见 2026-12") == {"见", "见2026", "2026", "12", "2026-12"}
    assert index_terms(text="👍 …") == frozenset()


def test_a_search_asks_for_all_of_it() -> None:
    assert search_terms(text="翠园3幢") == (Term("园3"), Term("翠园"), Term("3幢"))
    assert search_terms(text="路灯  LED") == (Term("路灯"), Term("led", is_prefix=True))
    assert search_terms(text="2026-123") == (Term("2026-123"),)
    assert search_terms(text="12 502") == (Term("12"), Term("502", is_prefix=True))


def test_one_character_alone_asks_for_nothing() -> None:
    assert search_terms(text="灯") == search_terms(text=" ，") == search_terms(text="") == ()
    assert search_terms(text="灯 路灯") == (Term("路灯"),)


def test_a_building_is_not_another_one_whose_number_begins_the_same() -> None:
    assert is_found(part="翠园3幢", text="翠园3幢2单元")
    assert is_found(part="翠园 3幢", text="翠园小区3幢")
    assert not is_found(part="3幢", text="翠园13幢3单元")
    assert not is_found(part="翠园1", text="翠园11幢")


@given(_WORDS, st.integers(0, 39), st.integers(2, 40))
def test_every_part_of_a_text_that_cuts_no_number_finds_it(text: str, start: int, length: int):
    pieces = _NUMBER.findall(text)
    part = "".join(pieces[start : start + length])
    assert is_found(part=part, text=text)


@given(_WORDS)
def test_every_two_characters_in_a_row_find_their_text(text: str) -> None:
    for pair in re.findall(r"(?=([\u4e00-\u9fff]{2}))", text):
        assert search_terms(text=pair) == (Term(pair),)
        assert is_found(part=pair, text=text)


@given(st.text(max_size=60))
def test_whatever_is_typed_neither_fails_nor_holds_what_a_query_could_trip_over(text: str) -> None:
    for term in (*(one.text for one in search_terms(text=text)), *index_terms(text=text)):
        assert term
        assert not set(term) & set("'\"\\ @*")
