"""`linli check`: is this installation fit for real use?"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.checks import run_checks
from django.db import OperationalError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.core import backups, certificates
from linli.core.clocks import SHANGHAI
from linli.core.errors import Refused
from linli.core.keyprints import other_keys
from linli.core.models import Delivery, Event, Seal
from linli.core.typesetting import chinese_font
from linli.keeping import backup, databases
from linli.keeping import keys as keyring

Say = Callable[[str], None]

WORKER_SILENT = timedelta(minutes=5)
"""The worker seals every minute; a longer silence with work waiting means that it is away."""

CLOCK_SLACK = timedelta(minutes=5)
_FREE_BYTES_LEAST = 1024**3
_FREE_SHARE_LEAST = 0.05
_BUILT = datetime(2026, 1, 1, tzinfo=UTC)


class NothingSetUp(Refused):
    """There is no installation to look at."""

    sentence = gettext_lazy(
        "Nothing is set up in %(home)s yet. Begin with “linli setup”, or set LINLI_HOME (and "
        "LINLI_DATABASE_URL) to where your data lies."
    )


class Grade(Enum):
    """How bad a finding is: a fault has to be put right before people depend on it."""

    GOOD = "✓"
    WARNING = "!"
    FAULT = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and the sentence about it."""

    grade: Grade
    sentence: str


def check(*, at: datetime, say: Say) -> bool:
    """Say what was found and tell whether nothing was at fault.

    :raises NothingSetUp: when there is nothing to look at.
    """
    if not Path(settings.HOME).is_dir() or databases.is_empty():
        raise NothingSetUp(home=settings.HOME)
    found = list(findings(at=at))
    for finding in found:
        say(f"{finding.grade.value} {finding.sentence}")
    faults = sum(finding.grade is Grade.FAULT for finding in found)
    warnings = sum(finding.grade is Grade.WARNING for finding in found)
    say("")
    if faults:
        say(_("Not fit for real use yet: %(faults)s to put right.") % {"faults": faults})
    elif warnings:
        say(_("Fit for real use; %(warnings)s to look at.") % {"warnings": warnings})
    else:
        say(_("Fit for real use."))
    return not faults


def findings(*, at: datetime) -> Iterator[Finding]:
    """Look at everything that an installation needs, the plain things first."""
    yield from _settings()
    yield from _public_address()
    yield from _keys()
    yield from _machine(at)
    yield from _database()
    yield from _worker_and_clock(at)
    yield from _backups(at)


def _good(sentence: str) -> Finding:
    return Finding(Grade.GOOD, sentence)


def _warning(sentence: str) -> Finding:
    return Finding(Grade.WARNING, sentence)


def _fault(sentence: str) -> Finding:
    return Finding(Grade.FAULT, sentence)


def _settings() -> Iterator[Finding]:
    for message in run_checks():
        if message.is_serious() and not message.is_silenced():
            yield _fault(f"{message.id}: {message.msg}")
    if settings.DEBUG:
        yield _fault(_("LINLI_DEBUG is on: faults show code and settings to everybody."))
    if settings.NOTIFY_DRY_RUN:
        yield _warning(_("LINLI_NOTIFY_DRY_RUN is on: no message leaves."))


def _public_address() -> Iterator[Finding]:
    url = settings.PUBLIC_URL
    if not url:
        yield _warning(
            _("LINLI_PUBLIC_URL is empty: posters carry a phone number and no QR code that opens.")
        )
        return
    if not settings.SERVED_OVER_HTTPS:
        yield _fault(_("%(url)s is not HTTPS: passwords travel in the open.") % {"url": url})
    else:
        yield _good(_("People reach Linli at %(url)s.") % {"url": url})
        # With a certificate of its own Linli serves HTTPS itself, and trusts nobody's headers.
        if not settings.TRUSTED_PROXIES and not certificates.server_files()[0].exists():
            yield _fault(
                _("LINLI_TRUSTED_PROXIES is 0, though HTTPS ends at a proxy: set it to 1.")
            )
    if "*" in settings.ALLOWED_HOSTS:
        yield _warning(_("LINLI_ALLOWED_HOSTS is *: name your own host there."))


def _keys() -> Iterator[Finding]:
    folder = Path(settings.HOME) / "keys"
    try:
        keyring.read_keys(folder=folder)
    except keyring.KeysMissing as missing:
        yield _fault(str(missing))
        return
    if settings.OLD_DATA_KEY is not None:
        yield _fault(str(backup.RotationUnfinished()))
    with suppress(OperationalError, ProgrammingError):  # an older database has no such table yet
        if other := other_keys():
            yield _fault(str(other))
    open_to_others = [
        path
        for path in (Path(settings.HOME), folder, *folder.glob("*.key"))
        if path.stat().st_mode & 0o077
    ]
    for path in open_to_others:
        yield _fault(
            _("%(path)s can be read by others on this machine: chmod go= %(path)s") % {"path": path}
        )
    if not open_to_others:
        yield _good(_("Only their owner can read the keys."))


def _machine(at: datetime) -> Iterator[Finding]:
    disk = shutil.disk_usage(settings.HOME)
    told = {"free": disk.free >> 20, "home": settings.HOME}
    if disk.free < _FREE_BYTES_LEAST:
        yield _fault(_("Only %(free)s MB are free where %(home)s lies.") % told)
    elif disk.free < disk.total * _FREE_SHARE_LEAST:
        yield _warning(_("Only %(free)s MB are free where %(home)s lies.") % told)
    else:
        yield _good(_("%(free)s MB are free where %(home)s lies.") % told)
    offset = ZoneInfo("Asia/Shanghai").utcoffset(datetime(2026, 7, 1))  # noqa: DTZ001
    if offset != timedelta(hours=8):
        yield _fault(_("The time zone data of this machine do not know Asia/Shanghai."))
    if at < _BUILT:
        yield _fault(_("The clock of this machine says %(at)s.") % {"at": _local(at)})
    if chinese_font():
        yield _good(_("Posters are printed with %(font)s.") % {"font": chinese_font()})
    else:
        yield _warning(
            _("No Chinese font was found, so posters cannot be printed: apt install fonts-noto-cjk")
        )


def _database() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield _fault(_("The database is not up to date: linli upgrade"))
    if databases.engine() == databases.POSTGRESQL:
        if shutil.which("pg_dump") is None:
            yield _fault(_("pg_dump is not installed, so no backup can be made."))
        with connection.cursor() as cursor:
            cursor.execute("SHOW max_connections")
            limit = int(cursor.fetchone()[0])
        pool = settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
        yield _good(
            _(
                "PostgreSQL takes %(limit)s connections; each process of Linli opens %(pool)s at "
                "most, so there may be %(count)s processes."
            )
            % {"limit": limit, "pool": pool, "count": max(1, (limit - 10) // pool)}
        )


def _worker_and_clock(at: datetime) -> Iterator[Finding]:
    last = Event.objects.order_by("-id").values_list("happened_at", flat=True).first()
    if last is not None and last > at + CLOCK_SLACK:
        yield _fault(
            _("The clock of this machine (%(at)s) is behind the last event (%(last)s).")
            % {"at": _local(at), "last": _local(last)}
        )
    late = at - WORKER_SILENT
    # One that waits for its next try is not late: its time is put off each time.
    owed = Delivery.objects.filter(state=Delivery.State.PENDING, due_at__lt=late)
    unsealed = Event.objects.filter(sealed__isnull=True, happened_at__lt=late)
    if owed.exists() or unsealed.exists():
        yield _fault(
            _("The worker is not running: work has been waiting for %(minutes)s minutes and more.")
            % {"minutes": WORKER_SILENT.seconds // 60}
        )
    else:
        sealed_at = Seal.objects.order_by("-id").values_list("sealed_at", flat=True).first()
        when = _local(sealed_at) if sealed_at else "—"
        yield _good(_("Nothing waits for the worker; it last sealed at %(at)s.") % {"at": when})
    dead = Delivery.objects.filter(state=Delivery.State.DEAD).count()
    if dead:
        yield _warning(_("%(n)s reactions were given up; see the log.") % {"n": dead})


def _backups(at: datetime) -> Iterator[Finding]:
    state = backups.last_backup()
    if state.has_failed:
        yield _fault(
            _("The last backup failed at %(at)s: %(reason)s")
            % {"at": _local(datetime.fromisoformat(state.failed_at)), "reason": state.reason}
        )
    if not state.made_at:
        yield _fault(_("No backup was ever made: linli backup"))
    else:
        told = {"at": _local(datetime.fromisoformat(state.made_at)), "path": state.path}
        if state.is_stale(at=at):
            yield _fault(_("The last backup is of %(at)s: look at the nightly timer.") % told)
        elif not Path(state.path).exists():
            yield _warning(_("The last backup of %(at)s is no longer at %(path)s.") % told)
        else:
            yield _good(_("The last backup is of %(at)s: %(path)s.") % told)
    if _is_on_the_same_disk(Path(settings.BACKUP_FOLDER)):
        yield _warning(
            _("Backups lie on the same disk as the data: copy them to another one, too.")
        )
    if not settings.AUDIT_MAIL:
        yield _warning(_("LINLI_AUDIT_MAIL is empty: nobody else keeps the root of the event log."))


def _is_on_the_same_disk(folder: Path) -> bool:
    return folder.exists() and folder.stat().st_dev == Path(settings.HOME).stat().st_dev


def _local(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
