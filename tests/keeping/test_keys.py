"""The keys travel under a passphrase or on paper, and are never mixed up."""

import pytest

from linli.keeping import keys as keyring

KEYS = {"data": bytes(range(32)), "digest": bytes(range(1, 33)), "web": bytes(32)}


def test_a_passphrase_opens_what_it_locked_and_no_other_does():
    locked = keyring.lock(keys=KEYS, passphrase="十二个字以上的一句口令才行")
    assert keyring.unlock(data=locked, passphrase="十二个字以上的一句口令才行") == KEYS
    with pytest.raises(keyring.PassphraseWrong):
        keyring.unlock(data=locked, passphrase="十二个字以上的另一句口令啊")


def test_a_short_passphrase_is_refused():
    with pytest.raises(keyring.PassphraseTooShort):
        keyring.lock(keys=KEYS, passphrase="12345678901")


def test_paper_brings_a_key_back_and_names_a_typing_mistake():
    line = keyring.on_paper(name="data", key=KEYS["data"])
    assert keyring.from_paper(name="data", line=line.upper()) == KEYS["data"]
    for spoilt in (line[:-1] + "z", line.replace("0", "1", 1), line[5:], line + "0"):
        with pytest.raises(keyring.KeyLineWrong):
            keyring.from_paper(name="data", line=spoilt)
    with pytest.raises(keyring.KeyLineWrong):
        keyring.from_paper(name="digest", line=line)


def test_keys_are_never_written_over(tmp_path):
    keyring.write_keys(keys=KEYS, folder=tmp_path)
    keyring.write_keys(keys=KEYS, folder=tmp_path)
    assert (tmp_path / "data.key").stat().st_mode & 0o077 == 0
    with pytest.raises(keyring.KeysAlreadyHere):
        keyring.write_keys(keys={**KEYS, "data": bytes(32)}, folder=tmp_path)
    assert keyring.read_keys(folder=tmp_path) == KEYS


def test_a_fingerprint_tells_keys_apart_and_is_not_the_key():
    one = keyring.fingerprints(keys=KEYS)
    other = keyring.fingerprints(keys={**KEYS, "data": bytes(32)})
    assert one["digest"] == other["digest"]
    assert one["data"] != other["data"]
    assert one["data"] not in KEYS["data"].hex()
