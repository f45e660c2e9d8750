"""Typed and pasted text in one shape; blanks are known as blanks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.language.normal import is_blank_text, is_spreadsheet_blank, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  ３号楼，Ａ座\t坏了\r\n请修 ", "3号楼,A座 坏了 请修"),
        ("路\u200b灯\ufeff坏\u0000了", "路灯坏了"),
        ("葛\U000e0100飾", "葛飾"),
        ("①栋", "1栋"),
        ("张\u3000三", "张 三"),
        ("", ""),
    ],
)
def test_text_takes_its_plain_shape(text: str, expected: str) -> None:
    assert normalise(text=text) == expected


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text=text)
    assert normalise(text=once) == once
    assert once == once.strip()
    assert "  " not in once


@pytest.mark.parametrize(
    "text", ["", "   ", "。。。！", "👍👍", "1️⃣", "👨‍👩‍👧", "🈶", "㊗️", "ℹ️", "\u3164\u200b", "🇨🇳"]
)
def test_text_without_a_word_is_blank(text: str) -> None:
    assert is_blank_text(text=text)


@pytest.mark.parametrize("text", ["灯", "a", "7", "👍好", "①", "𠮷", "ok👌"])
def test_text_with_a_word_is_not_blank(text: str) -> None:
    assert not is_blank_text(text=text)


@pytest.mark.parametrize(
    "value",
    [
        None,
        float("nan"),
        "",
        "  ",
        "\u3000",
        "无",
        " 无 ",
        "—",
        "——",
        "/",
        "／",
        "-",
        "－",
        "--",
        "、",
        "N/A",
        "n/a",
        "null",
    ],
)
def test_cell_that_says_nothing_is_blank(value: object) -> None:
    assert is_spreadsheet_blank(value=value)


@pytest.mark.parametrize("value", [0, 0.0, False, "0", "无名路", "3-1", "无锡", "张三", "A/B"])
def test_cell_with_a_value_is_not_blank(value: object) -> None:
    assert not is_spreadsheet_blank(value=value)
