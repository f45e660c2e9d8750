"""Envelopes open with both keys together, and with nothing else."""

import pytest

from linli.deliberation import envelopes


@pytest.fixture
def keys():
    return [envelopes.new_key(), envelopes.new_key()]


def sealed(keys, *contents, vote="7"):
    tellers = b"".join(envelopes.public_of(key=key) for key in keys)
    return [envelopes.seal(content=one, length=64, tellers=tellers, vote=vote) for one in contents]


def test_both_keys_open_all_and_the_order_is_lost(keys):
    said = [b"%d" % number for number in range(30)]
    found = envelopes.open_all(envelopes=sealed(keys, *said), keys=keys, vote="7")
    assert sorted(found) == sorted(said)
    assert found != said


def test_one_key_alone_or_another_vote_opens_nothing(keys):
    letters = sealed(keys, b"YES")
    for pair, vote in (
        ([keys[0], keys[0]], "7"),
        ([keys[1], envelopes.new_key()], "7"),
        (keys, "8"),
    ):
        with pytest.raises(envelopes.EnvelopeBroken):
            envelopes.open_all(envelopes=letters, keys=pair, vote=vote)


@pytest.mark.parametrize("place", [0, 1, 40, -1])
def test_an_altered_envelope_is_noticed(keys, place):
    (letter,) = sealed(keys, b"YES")
    altered = bytearray(letter)
    altered[place] ^= 1
    with pytest.raises(envelopes.EnvelopeBroken):
        envelopes.open_all(envelopes=[bytes(altered)], keys=keys, vote="7")


def test_all_envelopes_have_one_length_and_no_two_are_alike(keys):
    letters = sealed(keys, b"", b"YES", b"x" * 64, b"YES")
    assert len({len(one) for one in letters}) == 1
    assert len(set(letters)) == 4


def test_a_key_is_read_as_people_write_it_and_a_slip_of_the_pen_is_noticed(keys):
    key = keys[0]
    spoken = key.replace("-", " ").lower().replace("0", "o").replace("1", "l")
    assert envelopes.public_of(key=spoken) == envelopes.public_of(key=key)
    other = "2" if key[0] != "2" else "3"
    for wrong in (other + key[1:], key[:-1], key + "0", "", "密钥"):
        with pytest.raises(envelopes.KeyMistyped):
            envelopes.public_of(key=wrong)
