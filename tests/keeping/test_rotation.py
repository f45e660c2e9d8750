"""The key is rotated, stopped in the middle, taken up again; other keys are said at the start."""

import os
import shutil

import pytest

OPENED = """
import django; django.setup()
from django.conf import settings
from linli.core import crypto, sealed
total, today = 0, 0
for model, field in sealed.sealed_fields():
    for one in model.objects.all():
        kept = getattr(one, field.attname)
        if kept:
            known = {"sealed": kept, "field": field.label, "row": field.row_of(one)}
            assert crypto.unseal(**known)
            total += 1
            today += crypto.is_of_today(**known)
print(total, today)
"""

STOPPED = """
import os, django; django.setup()
from django.utils import timezone
from linli.core import sealed
from linli.keeping import rotation
sealed.BATCH = 5
batches = sealed.reseal
def killed(**given):
    for count in batches(**given):
        yield count
        if count:
            os._exit(9)
sealed.reseal = killed
rotation.rotate(at=timezone.now(), say=print)
"""


def opened(office):
    """Return how many sealed fields open, and how many of them under the key of today."""
    done = office.python("-c", OPENED)
    assert done.returncode == 0, done.stderr
    return tuple(map(int, done.stdout.split()))


def key(office, name="data"):
    path = office.home / "keys" / f"{name}.key"
    return path.read_text() if path.exists() else None


def test_everything_is_sealed_anew_and_the_old_key_opens_nothing(office):
    before, total = key(office), opened(office)[0]
    assert total > 20  # phones of accounts, contacts and codes of reporters
    done = office.linli("keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert key(office) != before
    assert key(office, "data.old") is None
    assert opened(office) == (total, total)
    (office.home / "keys" / "data.key").write_text(before)
    assert "SealBroken" in office.python("-c", OPENED).stderr
    assert "keys_rotated" in repr(office.rows()["core_event"])


def test_stopped_in_the_middle_both_keys_open_and_the_next_run_finishes(office):
    before, total = key(office), opened(office)[0]
    assert office.python("-c", STOPPED).returncode == 9
    assert key(office, "data.old") == before
    assert 0 < opened(office)[1] < opened(office)[0] == total
    half = key(office)
    refused = office.linli("backup")
    assert refused.returncode == 2
    assert "linli keys rotate" in refused.stderr
    done = office.linli("keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert key(office) == half  # not a third one
    assert key(office, "data.old") is None
    assert opened(office) == (total, total)


@pytest.mark.parametrize("name", ["data", "digest"])
def test_other_keys_and_lost_ones_are_said_before_anything_is_read(office, name):
    assert office.linli("keys", "rotate").returncode == 0  # now the data know their keys
    path = office.home / "keys" / f"{name}.key"
    shutil.move(path, office.home / "kept")
    for lost in (True, False):
        if not lost:
            path.write_text("ab" * 32)
        for words in (("worker",), ("serve", "--port", "1")):
            said = office.linli(*words)
            assert said.returncode == 2, said.stdout
            # On PostgreSQL nothing beside the keys tells a lost digest key from a first start.
            is_told = lost and (name == "data" or not os.environ.get("LINLI_DATABASE_URL"))
            assert ("is missing" if is_told else "not those of these data") in said.stderr
            assert path.exists() != is_told, "a lost key that is known as lost is not made anew"
    path.unlink()
    shutil.move(office.home / "kept", path)
    assert opened(office)[0] > 20
