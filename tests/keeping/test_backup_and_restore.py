"""What was backed up comes back row by row, or nothing changes."""

import os
import resource
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.keeping.conftest import SERVER, Office, on_server

WRITER = """
import django; django.setup()
import uuid
from django.db import transaction
from django.utils import timezone
from linli.core import events
from linli.core.actor import system
from linli.core.ref import Ref
for number in range(100_000):
    with transaction.atomic():
        trace = uuid.uuid4()
        for _ in range(3):
            events.record(name="test.happened", subject=Ref("test.thing", number), trace=trace,
                actor=system(name="test"), at=timezone.now(), community_id=None)
    if not number:
        print("writing", flush=True)
"""

DIE = """
import os, sys
from linli.config import environment
environment.make_no_keys()
import django; django.setup()
from linli.keeping import databases, restore
def die(**_): os._exit(137)
if sys.argv[1] == "between":
    databases.take_place = die
else:
    restore._end = die
from linli.cli import main
sys.argv[0] = "linli"
main(sys.argv[2:])
"""


def give_keys(source: Office, to: Office) -> None:
    shutil.copytree(source.home / "keys", to.home / "keys")


def refused(office: Office, *words: object) -> str:
    done = office.linli(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_it_comes_back_row_by_row_at_another_place(office, new_place):
    rows, tree = office.rows(), office.tree()
    file = office.backup()
    give_keys(office, new_place)
    done = new_place.linli("restore", file)
    assert done.returncode == 0, done.stderr
    assert "Restored as it was at" in done.stdout
    assert new_place.rows() == rows
    assert new_place.tree() == tree
    assert len(rows) > 40
    assert sum(map(len, rows.values())) > 500
    assert len([name for name in tree if name.startswith("media")]) > 10
    assert (new_place.home / "keys" / "data.key").stat().st_mode & 0o077 == 0
    assert new_place.linli("audit", "verify").returncode == 0


def test_a_backup_while_somebody_writes_holds_nothing_half(office, new_place):
    writer = office.start("-c", WRITER)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        file = office.backup()
        assert writer.poll() is None, "nobody was writing any more"
    finally:
        writer.kill()
        writer.communicate()
    give_keys(office, new_place)
    done = new_place.linli("restore", file)
    assert done.returncode == 0, done.stderr
    script = (
        "import django; django.setup()\n"
        "from collections import Counter\n"
        "from linli.core.models import Event\n"
        "found = Event.objects.filter(name='test.happened').values_list('trace', flat=True)\n"
        "print(set(Counter(found).values()))"
    )
    assert new_place.python("-c", script).stdout == "{3}\n"


def test_data_that_are_there_stay_unless_somebody_says_replace(office):
    file = office.backup()
    script = "import django; django.setup()\nfrom linli.core.models import *\n"
    script += "CalendarDay.objects.create(date='2031-01-01', is_workday=True, set_by='x', "
    script += "set_at='2031-01-01T00:00Z')"
    assert office.python("-c", script).returncode == 0
    rows = office.rows()
    assert "--replace" in refused(office, "restore", file)
    assert office.rows() == rows
    done = office.linli("restore", file, "--replace")
    assert done.returncode == 0, done.stderr
    assert office.rows() != rows
    aside = next(office.home.parent.glob("data.before-*"))
    old = Office(home=aside, database="")
    if SERVER:
        old.database = done.stdout.partition("from before is called ")[2].split()[0]
    assert old.rows() == rows
    assert old.tree() == office.tree()


def test_other_keys_are_said_before_anything_is_written(office, new_place):
    file = office.backup()
    (new_place.home / "keys").mkdir(parents=True)
    for name in ("data", "digest"):
        (new_place.home / "keys" / f"{name}.key").write_text("ab" * 32)
    said = refused(new_place, "restore", file)
    assert "are not those of this backup" in said
    assert [path.name for path in new_place.home.parent.iterdir()] == ["data"]
    done = new_place.linli("restore", file, "--keys", office.home / "keys")
    assert done.returncode == 0, done.stderr
    assert new_place.rows() == office.rows()


def test_without_keys_a_backup_stays_closed_and_a_second_try_finds_them_still_missing(
    office, new_place
):
    file = office.backup()
    for _ in range(2):
        assert "linli keys enter" in refused(new_place, "restore", file)
    assert not new_place.home.exists()


def test_keys_under_a_passphrase_open_it_anywhere(office, new_place, tmp_path):
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("这是一句十二字以上的口令吧\n")
    wrong.write_text("这不是那一句十二字的口令吧\n")
    file = office.backup("--with-keys", "--passphrase-file", right)
    assert "passphrase does not open" in refused(
        new_place, "restore", file, "--passphrase-file", wrong
    )
    assert not new_place.home.exists()
    done = new_place.linli("restore", file, "--passphrase-file", right)
    assert done.returncode == 0, done.stderr
    assert new_place.tree() == office.tree()


def test_keys_from_paper_open_it_too(office, new_place):
    file = office.backup()
    printed = office.linli("keys", "print").stdout.splitlines()
    lines = [line.strip() for line in printed if line.startswith("  ")]
    assert len(lines) == 2
    spoilt = new_place.linli("keys", "enter", input=f"{lines[1]}\n{lines[0]}\n")
    assert spoilt.returncode == 2
    done = new_place.linli("keys", "enter", input="\n".join(lines) + "\n")
    assert done.returncode == 0, done.stderr
    done = new_place.linli("restore", file)
    assert done.returncode == 0, done.stderr
    assert new_place.rows() == office.rows()


def test_lost_and_spoilt_photos_are_named_and_the_rest_comes_back(office, new_place):
    photos = sorted((office.home / "media" / "attachments").rglob("*.*"))
    photos[0].unlink()
    photos[1].write_bytes(photos[1].read_bytes()[:-1])
    done = office.linli("backup")
    assert done.returncode == 0
    assert photos[0].name in done.stdout
    assert photos[1].name in done.stdout
    give_keys(office, new_place)
    done = new_place.linli("restore", office.backups[-1])
    assert done.returncode == 0, done.stderr
    assert "2 photos were missing or damaged already" in done.stdout
    assert new_place.tree() == office.tree()


def test_a_damaged_or_foreign_file_changes_nothing(office, new_place, tmp_path):
    data = bytearray(office.backup().read_bytes())
    data[len(data) // 2] ^= 1
    (spoilt := tmp_path / "spoilt.tar").write_bytes(data)
    (text := tmp_path / "text.tar").write_text("not a backup")
    give_keys(office, new_place)
    for file in (spoilt, text):
        assert "damaged or not whole" in refused(new_place, "restore", file)
    assert "nothing-here" in refused(new_place, "restore", tmp_path / "nothing-here.tar")
    assert [path.name for path in new_place.home.parent.iterdir()] == ["data"]


def test_a_backup_of_a_newer_linli_is_refused(office, new_place):
    office.more = {"DJANGO_SETTINGS_MODULE": "tests.keeping.next_settings"}
    assert office.linli("upgrade").returncode == 0
    file = office.backup()
    give_keys(office, new_place)
    assert "newer than this Linli" in refused(new_place, "restore", file)


def test_an_older_backup_is_brought_up_to_date(office, new_place):
    file = office.backup()
    give_keys(office, new_place)
    new_place.more = {"DJANGO_SETTINGS_MODULE": "tests.keeping.next_settings"}
    done = new_place.linli("restore", file)
    assert done.returncode == 0, done.stderr
    assert len(new_place.rows()["nextversion_novelty"]) == 1


def test_only_so_many_are_kept(office):
    for number in range(4):
        name = office.home.with_name("data-backups") / f"linli-2026010{number}-030000.tar"
        name.parent.mkdir(exist_ok=True)
        name.touch()
    other = name.with_name("by-hand.tar")
    other.touch()
    done = office.linli("backup", "--keep", 3)
    assert "2 older backups were removed." in done.stdout
    left = [path.name for path in office.backups]
    assert left[:3] == ["by-hand.tar", "linli-20260102-030000.tar", "linli-20260103-030000.tar"]
    assert len(left) == 4


def test_a_stick_that_is_not_plugged_in_is_no_place_for_a_backup(office, tmp_path):
    done = office.linli("backup", str(tmp_path / "usb" / "linli.tar"))
    assert done.returncode == 2
    assert "There is no folder" in done.stderr
    assert not (tmp_path / "usb").exists()


def test_running_processes_stop_a_restore_not_a_backup(office):
    worker = office.start("-m", "linli.cli", "worker")
    try:
        until = time.monotonic() + 30
        while not (office.home / ".running").exists() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        file = office.backup()
        assert "is running" in refused(office, "restore", file, "--replace")
        assert "is running" in refused(office, "upgrade")
    finally:
        worker.terminate()
        worker.communicate(timeout=30)


# --- The disk ---------------------------------------------------------------------------------


@contextmanager
def small_disk(at: Path, *, kilobytes: int):
    at.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=700", "linli-test", str(at)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("a small disk takes root and a kernel that lets it mount one")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


@pytest.mark.parametrize("kilobytes", [100, 700])
def test_a_full_disk_leaves_no_half_backup_and_says_so(office, tmp_path, kilobytes):
    folder = tmp_path / "stick"
    with small_disk(folder, kilobytes=kilobytes):
        said = refused(office, "backup", "--into", folder)
        assert "room" in said
        assert list(folder.iterdir()) == []
    assert '"failed_at": "20' in (office.home / "backup.json").read_text()


def test_a_full_disk_stops_a_restore_before_it_begins(office, new_place):
    file = office.backup()
    with small_disk(new_place.home.parent, kilobytes=600):
        give_keys(office, new_place)
        assert "not enough room" in refused(new_place, "restore", file)
        assert [path.name for path in new_place.home.parent.iterdir()] == ["data"]


def test_a_file_that_grows_too_large_leaves_nothing_half(office, new_place):
    file = office.backup()
    give_keys(office, new_place)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    for words, place in ((("restore", file), new_place), (("backup",), office)):
        done = place.linli(*words, preexec_fn=limit)
        assert done.returncode == 2, done.stderr
        assert "room" in done.stderr
        assert "Traceback" not in done.stderr
    assert [path.name for path in new_place.home.parent.iterdir()] == ["data"]
    assert office.backups == [file]


# --- The plug ---------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["keys", "media", "manifest.json", "later"])
def test_killed_in_the_middle_the_old_data_are_untouched_and_the_next_try_works(office, moment):
    file = office.backup()
    rows, tree = office.rows(), office.tree()
    process = office.start("-m", "linli.cli", "restore", str(file), "--replace")
    until = time.monotonic() + 60
    pattern = f".data.restoring-*/{moment}" if moment != "later" else ".data.restoring-*/*.sqlite3*"
    if moment == "later" and SERVER:
        pattern = ".data.restoring-*/manifest.json"
    while not list(office.home.parent.glob(pattern)) and time.monotonic() < until:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    if moment == "later":
        time.sleep(0.5)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    time.sleep(0.5 if moment != "later" else 4)  # the child that checks ends by itself
    assert office.rows() == rows
    assert office.tree() == tree
    done = office.linli("restore", file, "--replace")
    assert done.returncode == 0, done.stderr
    assert office.rows() == rows
    assert not list(office.home.parent.glob(".data.*"))


@pytest.mark.parametrize("moment", ["between", "end"])
def test_killed_at_the_last_step_it_is_finished_before_anything_starts(office, new_place, moment):
    if moment == "between" and not SERVER:
        pytest.skip("with SQLite one exchange is all there is")
    file, rows = office.backup(), office.rows()
    give_keys(office, new_place)
    (new_place.home / "media").mkdir()
    (new_place.home / "media" / "old.jpg").write_bytes(b"old")
    done = new_place.python("-c", DIE, moment, "restore", str(file), "--replace")
    assert done.returncode == 137
    assert "linli restore --finish" in refused(new_place, "serve", "--port", 9)
    done = new_place.linli("restore", "--finish")
    assert done.returncode == 0, done.stderr
    assert new_place.rows() == rows
    assert new_place.tree() == office.tree()
    aside = next(new_place.home.parent.glob("data.before-*"))
    assert (aside / "media" / "old.jpg").read_bytes() == b"old"


# --- The server's own tools ---------------------------------------------------------------------


@pytest.mark.skipif(not SERVER, reason="needs PostgreSQL")
def test_missing_and_old_tools_are_named(office, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    office.more = {"PATH": str(folder)}
    assert "pg_dump is not installed" in refused(office, "backup")
    (old := folder / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.3'\n")
    old.chmod(0o755)
    assert "is of version 9" in refused(office, "backup")
    assert office.backups == []


@pytest.mark.skipif(not SERVER, reason="needs PostgreSQL")
def test_a_user_who_may_not_create_databases_is_told(office, new_place):
    file = office.backup()
    give_keys(office, new_place)
    role = f"linli_keeping_{os.getpid()}"
    on_server("CREATE ROLE {} LOGIN", role)
    try:
        from urllib.parse import urlsplit

        parts = urlsplit(new_place.environment["LINLI_DATABASE_URL"])
        host = parts.netloc.rpartition("@")[2]
        new_place.more = {"LINLI_DATABASE_URL": parts._replace(netloc=f"{role}@{host}").geturl()}
        assert f"ALTER ROLE {role} CREATEDB" in refused(new_place, "restore", file)
    finally:
        on_server("DROP ROLE {}", role)


@pytest.mark.skipif(bool(SERVER), reason="SQLite only")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_root_does_not_write_into_somebody_elses_data(office):
    shutil.chown(office.home, user="nobody")
    assert "sudo -u nobody linli" in refused(office, "backup")
    assert not (office.home / "linli.sqlite3-wal").exists()


# --- Upgrading --------------------------------------------------------------------------------


def test_an_upgrade_that_fails_half_way_leaves_the_old_state(office):
    rows = office.rows()
    office.more = {
        "DJANGO_SETTINGS_MODULE": "tests.keeping.next_settings",
        "NEXT_VERSION_FAILS": "1",
    }
    said = refused(office, "upgrade")
    assert "nobody foresaw" in said
    assert "The data are as they were before" in said
    assert office.rows() == rows
    assert len(office.backups) == 1
    assert office.backups[0].name in said
    assert not (office.home / ".upgrading").exists()
    del office.more["NEXT_VERSION_FAILS"]
    done = office.linli("upgrade")
    assert done.returncode == 0, done.stderr
    assert len(office.rows()["nextversion_novelty"]) == 1
    assert office.linli("upgrade").stdout.startswith("The database is up to date already.")


def test_a_backup_that_is_not_there_is_said_to_be_missing(new_place):
    done = new_place.linli("restore", str(new_place.home.parent / "none.tar"))
    assert done.returncode == 2
    assert "There is no backup at" in done.stderr
    assert not new_place.home.exists()
