"""A sealed field opens in its own place only, and is found by a keyed digest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.core import crypto

PLACE = {"field": "reporter.phone", "row": "row-1"}


@given(st.text(min_size=1, max_size=200))
def test_what_was_sealed_is_opened_again(text):
    assert crypto.unseal(sealed=crypto.seal(value=text, **PLACE), **PLACE) == text


def test_nothing_stays_nothing():
    assert crypto.seal(value="", **PLACE) == b""
    assert crypto.unseal(sealed=b"", **PLACE) == ""
    assert crypto.digest(value="", field="reporter.phone") == ""


def test_same_value_is_never_sealed_the_same_way_twice():
    assert len({crypto.seal(value="13812348000", **PLACE) for _ in range(50)}) == 50


def test_ciphertext_does_not_hold_the_value():
    assert b"13812348000" not in crypto.seal(value="13812348000", **PLACE)


@pytest.mark.parametrize(
    "place",
    [{"field": "reporter.name", "row": "row-1"}, {"field": "reporter.phone", "row": "row-2"}],
)
def test_ciphertext_moved_to_another_row_or_field_is_refused(place):
    sealed = crypto.seal(value="13812348000", **PLACE)
    with pytest.raises(crypto.SealBroken) as broken:
        crypto.unseal(sealed=sealed, **place)
    assert "13812348000" not in str(broken.value)


@given(st.integers(0, 39), st.integers(1, 255))
def test_altered_ciphertext_is_refused(position, change):
    sealed = bytearray(crypto.seal(value="13812348000", **PLACE))
    if position == 0:
        return  # The version; there is only one so far.
    sealed[position % len(sealed) or 1] ^= change
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(sealed=bytes(sealed), **PLACE)


@pytest.mark.parametrize("length", [1, 5, 13, 20])
def test_truncated_ciphertext_is_refused(length):
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(sealed=crypto.seal(value="13812348000", **PLACE)[:length], **PLACE)


def test_another_key_opens_nothing(settings):
    sealed = crypto.seal(value="13812348000", **PLACE)
    settings.DATA_KEY = b"\x01" * 32
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(sealed=sealed, **PLACE)


def test_digest_finds_the_same_value_in_the_same_field_only(settings):
    first = crypto.digest(value="13812348000", field="reporter.phone")
    assert first == crypto.digest(value="13812348000", field="reporter.phone")
    assert first != crypto.digest(value="13812348001", field="reporter.phone")
    assert first != crypto.digest(value="13812348000", field="account.phone")
    settings.DIGEST_KEY = b"\x01" * 32
    assert first != crypto.digest(value="13812348000", field="reporter.phone")


def test_memoryview_as_postgresql_gives_it_is_opened():
    sealed = memoryview(crypto.seal(value="张三", **PLACE))
    assert crypto.unseal(sealed=sealed, **PLACE) == "张三"


def test_a_file_opens_in_its_own_place_only():
    sealed = crypto.seal_bytes(value=b"PK\x00\xff", **PLACE)
    assert crypto.unseal_bytes(sealed=sealed, **PLACE) == b"PK\x00\xff"
    with pytest.raises(crypto.SealBroken):
        crypto.unseal_bytes(sealed=sealed, field=PLACE["field"], row="row-2")
    with pytest.raises(crypto.SealBroken):
        crypto.unseal(sealed=sealed, **PLACE)
