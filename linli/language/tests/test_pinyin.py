"""Names are found by the first letters of their pinyin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.language.pinyin import initials, matches_initials


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("张三", "zs"),
        ("重庆路", "cql"),
        ("张三 3号楼", "zs3hl"),
        ("Ａ座，b", "azb"),
        ("", ""),
        ("👍", ""),
    ],
)
def test_initials_are_lower_case_letters(text: str, expected: str) -> None:
    assert initials(text=text) == expected


@pytest.mark.parametrize("query", ["zs", "ZS", "zsf", "sf", "f", " z s "])
def test_letters_in_a_row_find_the_name(query: str) -> None:
    assert matches_initials(query=query, text="张三丰")


@pytest.mark.parametrize("query", ["zf", "zsfx", "", " ", "张"])
def test_other_letters_do_not(query: str) -> None:
    assert not matches_initials(query=query, text="张三丰")


def test_every_reading_of_a_surname_counts() -> None:
    assert matches_initials(query="ss", text="单爽")
    assert matches_initials(query="ds", text="单爽")
    assert matches_initials(query="zm", text="曾敏")


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=4))
def test_name_is_found_by_its_own_initials(name: str) -> None:
    assert matches_initials(query=initials(text=name), text=name)


@given(st.text(), st.text())
def test_any_text_gets_an_answer(query: str, text: str) -> None:
    assert initials(text=text).isascii()
    assert matches_initials(query=query, text=text) in (True, False)
