"""Codes are understood as people write them, and refused with a reason."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.core.codes import (
    AreaCode,
    InvalidCode,
    is_id_number,
    is_mobile,
    is_phone,
    new_tracking_code,
    normalise_phone,
    normalise_tracking_code,
    parse_area_code,
    show_tracking_code,
    township_kind,
)

seeds = st.binary(min_size=6, max_size=6)


@pytest.mark.parametrize(
    ("code", "level", "short", "parent"),
    [
        ("31", "PROVINCE", "31", ""),
        ("310000", "PROVINCE", "31", ""),
        ("3101", "CITY", "3101", "31"),
        ("310115", "DISTRICT", "310115", "3101"),
        ("310115000000", "DISTRICT", "310115", "3101"),
        ("310115004", "SUBDISTRICT", "310115004", "310115"),
        ("310115004000", "SUBDISTRICT", "310115004", "310115"),
        ("310115004001", "COMMUNITY", "310115004001", "310115004"),
        ("310115004001002", "GRID", "310115004001002", "310115004001"),
        ("310115004001002003", "GRID", "310115004001002003", "310115004001002"),
        ("310115004001002003004", "GRID", "310115004001002003004", "310115004001002003"),
        # 东莞 has no districts.
        ("441900003000", "SUBDISTRICT", "441900003", "4419"),
        ("441900003001", "COMMUNITY", "441900003001", "441900003"),
    ],
)
def test_area_code_knows_its_level_and_parent(
    code: str, level: str, short: str, parent: str
) -> None:
    area = parse_area_code(code=code)
    assert (area.level, area.code, area.parent) == (level, short, parent)


def test_area_code_is_taken_apart() -> None:
    assert parse_area_code(code=" 310115004001002003 ") == AreaCode(
        code="310115004001002003",
        level="GRID",
        province="31",
        city="01",
        district="15",
        subdistrict="004",
        community="001",
        grids=("002", "003"),
    )


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "DIGITS"),
        ("31011A", "DIGITS"),
        ("３１", "DIGITS"),
        ("3", "LENGTH"),
        ("31011500400", "LENGTH"),
        ("310115004001002003004005", "LENGTH"),
        ("99", "PROVINCE"),
        ("000000", "PROVINCE"),
        ("310015", "ZERO_PART"),
        ("310115000001", "ZERO_PART"),
        ("310000004", "ZERO_PART"),
        ("310115004000002", "ZERO_PART"),
        ("310115004001000", "ZERO_PART"),
    ],
)
def test_wrong_area_code_is_refused_with_its_reason(code: str, reason: str) -> None:
    with pytest.raises(InvalidCode) as caught:
        parse_area_code(code=code)
    assert (caught.value.code_name, caught.value.reason) == ("AREA", reason)


@pytest.mark.parametrize(
    ("township", "kind"),
    [
        ("001", "SUBDISTRICT"),
        ("099", "SUBDISTRICT"),
        ("100", "TOWN"),
        ("199", "TOWN"),
        ("200", "TOWNSHIP"),
        ("399", "TOWNSHIP"),
        ("400", "SIMILAR"),
        ("599", "SIMILAR"),
    ],
)
def test_township_kind_follows_its_number(township: str, kind: str) -> None:
    assert township_kind(code=f"310115{township}") == kind
    assert township_kind(code=f"310115{township}001002") == kind


@pytest.mark.parametrize(("code", "reason"), [("310115", "LEVEL"), ("310115600", "TOWNSHIP")])
def test_code_without_a_township_kind_is_refused(code: str, reason: str) -> None:
    with pytest.raises(InvalidCode) as caught:
        township_kind(code=code)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("13800138000", "13800138000"),
        (" +86 138-0013-8000 ", "13800138000"),
        ("8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("021-68546854", "02168546854"),
        ("021-6854-6854", "02168546854"),
        ("(021) 6854 6854", "02168546854"),
        ("（０２１）６８５４６８５４", "02168546854"),
        ("+86 21 68546854", "02168546854"),
        ("0571-8765432", "05718765432"),
        ("0571-87654321", "057187654321"),
        ("021-68546854-801", "02168546854-801"),
        ("021-68546854 转 801", "02168546854-801"),
        ("02168546854 分机号: 12", "02168546854-12"),
        ("02168546854ext.12", "02168546854-12"),
    ],
)
def test_phone_is_brought_to_its_digits(text: str, plain: str) -> None:
    assert normalise_phone(text=text) == plain
    assert normalise_phone(text=plain) == plain
    assert is_phone(text=text)
    assert is_mobile(text=text) == plain.startswith("1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "EMPTY"),
        ("无", "CHARACTERS"),
        ("1380013800a", "CHARACTERS"),
        ("12800138000", "NUMBER"),
        ("1380013800", "NUMBER"),
        ("138001380000", "NUMBER"),
        ("68546854", "NUMBER"),
        ("12345", "NUMBER"),
        ("021-18546854", "NUMBER"),
        ("13800138000转12", "EXTENSION"),
    ],
)
def test_wrong_phone_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidCode) as caught:
        normalise_phone(text=text)
    assert (caught.value.reason, caught.value.value) == (reason, text)
    assert not is_phone(text=text)
    assert not is_mobile(text=text)


def test_message_does_not_tell_the_number() -> None:
    with pytest.raises(InvalidCode, match=r"^PHONE: NUMBER$"):
        normalise_phone(text="1380013800")


@pytest.mark.parametrize(
    "text", ["11010519491231002X", "440524188001010014", " 11010519491231002x"]
)
def test_golden_id_numbers_are_valid(text: str) -> None:
    assert is_id_number(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "110105194912310021",
        "11010519490231002X",
        "110105491231002",
        "1101051949123100２X",
        "01010519491231002X",
        "11010519491231002XX",
    ],
)
def test_other_id_numbers_are_not(text: str) -> None:
    assert not is_id_number(text=text)


@given(st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_an_id_number_is_noticed(place: int, digit: str) -> None:
    golden = "440524188001010014"
    changed = golden[:place] + digit + golden[place + 1 :]
    assert is_id_number(text=changed) == (changed == golden)


def test_tracking_codes_use_what_randomness_gives() -> None:
    assert new_tracking_code(randbytes=bytes) == "0000000000"
    assert len({new_tracking_code() for _ in range(1000)}) == 1000
    assert new_tracking_code(randbytes=lambda count: b"\xff" * count).startswith("ZZZZZZZZZ")


@given(seeds)
def test_tracking_code_survives_the_phone(seed: bytes) -> None:
    code = new_tracking_code(randbytes=lambda _: seed)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{10}", code)
    shown = show_tracking_code(code=code)
    assert re.fullmatch(r"\w{4}-\w{4}-\w{2}", shown)
    for heard in (code, shown, shown.lower(), f" {shown.replace('-', ' ')} "):
        assert normalise_tracking_code(text=heard) == code
    misread = shown.replace("0", "o").replace("1", "l")
    assert normalise_tracking_code(text=misread) == code


@given(seeds, st.integers(0, 9), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_character_is_noticed(seed: bytes, place: int, other: str) -> None:
    code = new_tracking_code(randbytes=lambda _: seed)
    changed = code[:place] + other + code[place + 1 :]
    if changed != code:
        with pytest.raises(InvalidCode, match="CHECK"):
            normalise_tracking_code(text=changed)


@given(seeds)
def test_swapped_neighbours_are_noticed(seed: bytes) -> None:
    code = new_tracking_code(randbytes=lambda _: seed)
    for place, (left, right) in enumerate(pairwise(code)):
        if left != right:
            changed = code[:place] + right + left + code[place + 2 :]
            with pytest.raises(InvalidCode, match="CHECK"):
                normalise_tracking_code(text=changed)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "LENGTH"),
        ("7K3F9QXM2", "LENGTH"),
        ("UUUUUUUUUU", "CHARACTERS"),
        ("路" * 10, "CHARACTERS"),
    ],
)
def test_wrong_tracking_code_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidCode) as caught:
        normalise_tracking_code(text=text)
    assert (caught.value.code_name, caught.value.reason) == ("TRACKING", reason)
