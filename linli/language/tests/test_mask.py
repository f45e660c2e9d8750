"""Personal data stays hidden, on the screen and in public text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.language.mask import (
    find_personal_data,
    mask_id_number,
    mask_name,
    mask_phone,
    scrub_doors,
    scrub_personal_data,
)


@pytest.mark.parametrize(
    ("phone", "expected"),
    [
        ("13800138000", "138****8000"),
        ("+86 138-0013-8000", "138****8000"),
        ("8613800138000", "138****8000"),
        ("021-68546854", "021-****6854"),
        ("+86 21 68546854", "021-****6854"),
        ("02168546854-801", "021-****6854"),
        ("0571 8765432", "0571-***5432"),
        ("12345", "****"),
        ("", ""),
    ],
)
def test_phone_keeps_its_ends(phone: str, expected: str) -> None:
    assert mask_phone(phone=phone) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("张三", "张*"),
        ("张", "张*"),
        ("欧阳修", "欧**"),
        ("阿卜杜拉·买买提", "阿***"),
        ("John", "J***"),
        ("Jo Smith", "J***"),
        ("", ""),
    ],
)
def test_name_keeps_its_first_character(name: str, expected: str) -> None:
    assert mask_name(name=name) == expected


@pytest.mark.parametrize(
    ("id_number", "expected"),
    [
        ("11010519491231002x", "110105********002X"),
        ("110105491231002", "110105*****1002"),
        ("H12345678", "*******78"),
        ("123", "***"),
        ("", ""),
    ],
)
def test_id_number_keeps_its_ends(id_number: str, expected: str) -> None:
    assert mask_id_number(id_number=id_number) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请联系张三13800138000。", "请联系张三138****8000。"),
        ("手机１３８ ００１３ ８０００，谢谢", "手机138****8000，谢谢"),
        ("+86 138-0013-8000 或 8613900139000", "138****8000 或 139****9000"),
        ("1 3 8 0 0 1 3 8 0 0 0", "138****8000"),
        ("编号1234567 13800138000", "编号1234567 138****8000"),
        ("座机021-68546854转801", "座机021-****6854转801"),
        ("（0571）8765 4321", "0571-****4321"),
        ("+86 21 6854 6854", "021-****6854"),
        ("物业电话：68546854", "物业电话：****6854"),
        ("身份证11010519491231002X！", "身份证110105********002X！"),
        ("110105 19491231 002x", "110105********002X"),
        ("1101 0519 4912 3100 21", "110105********0021"),
        ("13800138000、13900139000", "138****8000、139****9000"),
    ],
)
def test_personal_data_in_text_is_masked(text: str, expected: str) -> None:
    assert find_personal_data(text=text)
    assert scrub_personal_data(text=text) == expected
    assert find_personal_data(text=expected) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "拨打12345、110或119",
        "客服400-820-8820",
        "3号楼2单元501室，2026年1月2日",
        "工单号2026010112345678901",
        "网格310115001001001002",
        "编号12345678",
        "面积 1500 平方米，预算 120000 元",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert find_personal_data(text=text) == ()
    assert scrub_personal_data(text=text) == text


def test_found_data_is_given_as_written() -> None:
    text = "１３８ ００１３ ８０００ / 021-68546854 / 11010519491231002X"
    assert find_personal_data(text=text) == tuple(text.split(" / "))


@given(st.text(), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text())
def test_mobile_number_never_survives(before: str, mobile: str, after: str) -> None:
    assert mobile not in scrub_personal_data(text=f"{before},{mobile},{after}")


@given(st.text())
def test_text_without_personal_data_is_left_alone(text: str) -> None:
    if not find_personal_data(text=text):
        assert scrub_personal_data(text=text) == text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("桃溪3幢1单元501室：漏水", "桃溪3幢1单元***室：漏水"),
        ("３幢１单元５０１", "３幢１单元***"),
        ("住3-1-501的人", "住3-***的人"),
        ("12-1203来电", "12-***来电"),
        ("3幢501、五〇一室", "3幢***、***室"),
    ],
)
def test_the_door_somebody_lives_behind_is_hidden(said: str, expected: str) -> None:
    assert scrub_doors(text=said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "3幢120户居民，12户同意",
        "2026-03-06，决议2026-03",
        "预算50-100元，200-250平方米",
        "3号楼2单元门口，共501人",
        "3幢201间空房",
    ],
)
def test_what_is_no_door_stays(said: str) -> None:
    assert scrub_doors(text=said) == said
