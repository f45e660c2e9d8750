"""Numbers in characters, as they stand in dates and on doors."""

import pytest

from linli.language.numerals import below_a_hundred


@pytest.mark.parametrize(
    ("word", "number"),
    [
        *(("一", 1), ("九", 9), ("十", 10), ("十二", 12), ("二十", 20), ("九十九", 99)),
        *(("〇", 0), ("", 0), ("十十", 0), ("三一", 0), ("一百", 0), ("十二三", 0), ("楼", 0)),
    ],
)
def test_a_number_below_a_hundred_is_read(word, number):
    assert below_a_hundred(word=word) == number
