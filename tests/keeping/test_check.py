"""`linli check` says what stands between an installation and real use."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import translation

from linli.core import backups, events, seals
from linli.core.actor import system
from linli.core.ref import Ref
from linli.keeping import fitness
from tests.cast import NOW, Cast


def test_it_names_what_is_missing_and_ends_well_once_it_is_there(office):
    done = office.linli("check")
    assert done.returncode == 1
    assert "✗ No backup was ever made" in done.stdout
    # The story of the demonstration is older than its seals' next minute: the worker is away.
    office.backup()
    (office.home / "keys" / "data.key").chmod(0o644)
    done = office.linli("check")
    assert "No backup was ever made" not in done.stdout
    assert "data.key can be read by others" in done.stdout
    office.more = {"LINLI_DEBUG": "1", "LINLI_PUBLIC_URL": "http://linli.example.org"}
    done = office.linli("check")
    assert done.returncode == 1
    assert "LINLI_DEBUG is on" in done.stdout
    assert "is not HTTPS" in done.stdout
    office.more = {"LINLI_PUBLIC_URL": "https://linli.example.org"}
    assert "LINLI_TRUSTED_PROXIES is 0" in office.linli("check").stdout
    # Served by Linli itself there is no proxy, and a header that anybody sends is not believed.
    office.linli("https", "make", "192.168.1.10")
    assert "LINLI_TRUSTED_PROXIES" not in office.linli("check").stdout


def test_where_nothing_is_it_makes_nothing(new_place):
    done = new_place.linli("check")
    assert done.returncode == 2
    assert "linli setup" in done.stderr
    assert not new_place.home.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINLI_PUBLIC_URL", "linli.example.org"),
        ("LINLI_PUBLIC_URL", "https://linli.example.org/path"),
        ("LINLI_ALLOWED_HOSTS", "https://linli.example.org"),
        ("LINLI_DATABASE_URL", "postgresql://linli@127.0.0.1/linli?sslmode=require"),
        ("LINLI_DATABASE_URL", "postgresql://linli@127.0.0.1:five/linli"),
        ("LINLI_DATABASE_POOL", "1"),
        ("LINLI_DATABASE_POOL", "many"),
        ("LINLI_TRUSTED_PROXIES", "yes"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_at_once(new_place, name, value):
    new_place.more = {name: value}
    done = new_place.linli("check")
    assert done.returncode == 2
    assert name in done.stderr
    assert "Traceback" not in done.stderr


# --- What the secretary sees ------------------------------------------------------------------


@pytest.fixture
def noted(settings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


def page_of(signed_in, account) -> str:
    with translation.override("zh-hans"):
        return str(signed_in(account).get("/overview/").content.decode())


@pytest.mark.django_db
def test_the_secretary_is_told_of_a_backup_that_failed_and_others_are_not(
    cast: Cast, signed_in, clock, noted: Path
):
    backups.note_backup(path=noted / "b.tar", size_bytes=9, at=NOW - timedelta(days=1))
    assert "备份" not in page_of(signed_in, cast.shen)
    backups.note_failure(reason="磁盘满了", at=NOW)
    assert "的备份失败：磁盘满了" in page_of(signed_in, cast.shen)
    assert "的备份失败" not in page_of(signed_in, cast.zhou_min)
    assert backups.last_backup().path == str(noted / "b.tar")
    backups.note_backup(path=noted / "b.tar", size_bytes=9, at=NOW + timedelta(minutes=1))
    assert "的备份失败" not in page_of(signed_in, cast.shen)
    clock.forward(days=3)
    assert "最近一次备份是" in page_of(signed_in, cast.shen)


def test_a_note_that_is_spoilt_is_no_note(noted: Path):
    (noted / "backup.json").write_text('{"made_at": "yesterday"}')
    assert backups.last_backup() == backups.BackupState()
    (noted / "backup.json").write_text("{")
    assert backups.last_backup() == backups.BackupState()


# --- Clock and worker -------------------------------------------------------------------------


def happened(at) -> None:
    with transaction.atomic():
        events.record(
            name="test.happened",
            subject=Ref("test.thing", 1),
            trace=uuid.uuid4(),
            actor=system(name="test"),
            at=at,
            community_id=None,
        )


def faults(at) -> str:
    with translation.override("en"):
        found = fitness.findings(at=at)
        return "\n".join(one.sentence for one in found if one.grade is fitness.Grade.FAULT)


@pytest.mark.django_db
def test_a_worker_that_is_away_is_noticed_by_the_work_that_waits(noted: Path):
    happened(NOW)
    assert "worker is not" not in faults(NOW + timedelta(minutes=2))
    assert "The worker is not running" in faults(NOW + timedelta(minutes=6))
    seals.seal_events(at=NOW + timedelta(minutes=6))
    assert "worker is not" not in faults(NOW + timedelta(minutes=7))


@pytest.mark.django_db
def test_a_clock_that_was_set_back_is_noticed_by_what_happened_later(noted: Path):
    happened(NOW)
    assert "is behind the last event" in faults(NOW - timedelta(days=1))
    assert "is behind the last event" not in faults(NOW)
