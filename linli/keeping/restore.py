"""`linli restore`: bring a backup back, all of it or nothing.

Everything is put together and checked beside the data: a folder next to LINLI_HOME, and on
PostgreSQL a database next to ours. Only what is whole takes the place of the old, by exchanging two
names; the old is kept aside. Until that moment a power cut leaves everything as it was.
"""

import ctypes
import errno
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linli import serving
from linli.core import backups
from linli.core.clocks import SHANGHAI
from linli.core.errors import Refused
from linli.keeping import archive, databases, staged
from linli.keeping import keys as keyring
from linli.keeping.backup import CannotWrite, DiskRanFull, require_owner, require_room

Say = Callable[[str], None]

_UNFINISHED = ".unfinished"
_RENAME_EXCHANGE = 2  # from <linux/fs.h>
_AT_FDCWD = -100


class NotEmpty(Refused):
    """There are data already."""

    sentence = gettext_lazy(
        "There are data in %(home)s already. Nothing was changed. To put the backup in their "
        "place and keep them aside, add --replace."
    )


class BackupMissing(Refused):
    """There is no such file."""

    sentence = gettext_lazy("There is no backup at %(path)s.")


class OtherDatabase(Refused):
    """A backup of SQLite cannot become PostgreSQL, nor the other way round."""

    sentence = gettext_lazy(
        "This backup holds a %(there)s database, but Linli is set to %(here)s here. Set "
        "LINLI_DATABASE_URL accordingly. Nothing was changed."
    )


class NotTheSame(Refused):
    """What came back differs from what the backup says."""

    sentence = gettext_lazy(
        "What came back is not what was backed up (%(what)s), so it was thrown away. "
        "The data are as they were."
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `linli restore` was told. `ask` returns a passphrase when one is needed."""

    file: Path
    replace: bool
    keys: Path | None
    had_keys: bool
    ask: Callable[[], str]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where things are put together, and where the old goes."""

    home: Path
    staging: Path
    aside: Path
    database: str = ""
    staging_database: str = ""
    aside_database: str = ""


def restore(*, wanted: Wanted, at: datetime, say: Say) -> None:
    """Bring a backup back and say what there is now.

    :raises Refused: with a sentence; then the data are as they were.
    """
    home = Path(settings.HOME)
    require_owner(path=home)
    finish(say=say)
    if not wanted.file.is_file():
        raise BackupMissing(path=wanted.file)
    try:
        with serving.alone(home=home), archive.opened(path=wanted.file) as opened:
            keys = _keys_for(opened, wanted, home)
            _require_fit(opened.manifest)
            is_empty = databases.is_empty() and not _has_files(home / "media")
            if not is_empty and not wanted.replace:
                raise NotEmpty(home=home)
            places = _places(home, at)
            home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sweep(places)
            require_room(folder=home.parent, needed_bytes=opened.manifest.unpacked_bytes)
            _bring_back(opened, keys, places, say=say)
    except FileNotFoundError as error:
        raise CannotWrite(path=error.filename, reason=error.strerror) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            free = shutil.disk_usage(home.parent).free >> 20
            raise DiskRanFull(folder=home.parent, free=free) from error
        place = error.filename or home.parent
        raise CannotWrite(path=place, reason=error.strerror or error) from error


def finish(*, say: Say) -> None:
    """Take the last step of a restore that was cut off between its two exchanges."""
    journal = serving.journal_of(home=Path(settings.HOME))
    if not journal.exists():
        return
    told = json.loads(journal.read_text(encoding="utf-8"))
    staging = told["staging_database"]
    if staging and staging in databases.databases_like(prefix=staging):
        databases.require_unused(name=told["database"])
        databases.take_place(new=staging, of=told["database"], old=told["aside_database"])
    _end(home=Path(told["home"]), staging=Path(told["staging"]), aside=Path(told["aside"]))
    say(_("A restore that was cut off at its last step is finished now."))


# --- Before anything is written ---------------------------------------------------------------


def _keys_for(opened: archive.Archive, wanted: Wanted, home: Path) -> dict[str, bytes]:
    """Return the keys that belong to a backup, from where somebody says, here, or inside it."""
    place: Path | str = wanted.keys or home / "keys"
    expected = opened.manifest.fingerprints
    keys: dict[str, bytes] | None = None
    if wanted.keys is not None or wanted.had_keys:
        keys = keyring.read_keys(folder=Path(place))
    fits = keys is not None and all(
        here == expected.get(name) for name, here in keyring.fingerprints(keys=keys).items()
    )
    if not fits and wanted.keys is None and opened.manifest.has_keys:
        data = opened.read(name=archive.KEYS)
        keys, place = keyring.unlock(data=data, passphrase=wanted.ask()), archive.KEYS
    if keys is None:
        raise keyring.KeysMissing(folder=place)
    keyring.require_match(keys=keys, expected=expected, folder=place)
    opened.require_written_by(keys=keys)
    return keys


def _require_fit(manifest: archive.Manifest) -> None:
    if manifest.engine != databases.engine():
        raise OtherDatabase(there=manifest.engine, here=databases.engine())
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    if {(app, name) for app, name in manifest.migrations} - set(known):
        raise archive.ArchiveNewer(there=manifest.linli, here=version("linli"))


def _places(home: Path, at: datetime) -> _Places:
    stamp = f"{at.astimezone(SHANGHAI):%Y%m%d%H%M%S}"
    database = staging = aside = ""
    if databases.engine() == databases.POSTGRESQL:
        database = str(connection.settings_dict["NAME"])
        # PostgreSQL cuts names at 63 characters; the stamp must survive.
        staging, aside = (f"{database[:36]}_{word}_{stamp}" for word in ("restoring", "before"))
        databases.require_unused(name=database)
    return _Places(
        home=home,
        staging=home.parent / f".{home.name}.restoring-{stamp}",
        aside=home.parent / f"{home.name}.before-{stamp}",
        database=database,
        staging_database=staging,
        aside_database=aside,
    )


def _sweep(places: _Places) -> None:
    """Remove what a restore that was killed has left; what holds old data bears no such mark."""
    for left in places.home.parent.glob(f".{places.home.name}.restoring-*"):
        if (left / _UNFINISHED).exists():
            shutil.rmtree(left, ignore_errors=True)
    if places.database:
        for name in databases.databases_like(prefix=f"{places.database[:36]}_restoring_"):
            databases.drop_database(name=name)


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(path.is_file() for path in folder.rglob("*"))


# --- Beside the data ----------------------------------------------------------------------------


def _bring_back(
    opened: archive.Archive, keys: dict[str, bytes], places: _Places, *, say: Say
) -> None:
    made_database = False
    try:
        _fill_staging(opened, keys, places)
        if places.staging_database:
            made_database = True
            databases.create_database(name=places.staging_database)
        packed = places.staging / opened.manifest.database
        databases.unpack(
            engine_name=opened.manifest.engine,
            packed=packed,
            to=places.staging_database or str(places.staging / databases.SQLITE_FILE),
        )
        packed.unlink()
        found = _checked(opened.manifest, places)
        if not places.staging_database:
            databases.checkpoint(path=places.staging / databases.SQLITE_FILE)
        os.sync()
        _exchange(places)
    except BaseException:
        if made_database:
            with suppress(Exception):  # What went wrong first is what has to be told.
                databases.drop_database(name=places.staging_database)
        if (places.staging / _UNFINISHED).exists():
            shutil.rmtree(places.staging, ignore_errors=True)
        raise
    with suppress(OSError):  # Only a note for the office.
        backups.note_backup(
            path=opened.path.absolute(),
            size_bytes=opened.path.stat().st_size,
            at=datetime.fromisoformat(opened.manifest.made_at),
        )
    _tell(opened.manifest, found, places, say=say)


def _fill_staging(opened: archive.Archive, keys: dict[str, bytes], places: _Places) -> None:
    places.staging.mkdir(mode=0o700, parents=True)
    (places.staging / _UNFINISHED).touch()
    (places.staging / "media").mkdir(mode=0o700)
    keyring.write_keys(keys=keys, folder=places.staging / "keys")
    opened.extract(name=opened.manifest.database, to=places.staging / opened.manifest.database)
    for name in opened.manifest.media_names:
        opened.extract(name=archive.MEDIA + name, to=places.staging / "media" / name)


def _checked(manifest: archive.Manifest, places: _Places) -> dict[str, Any]:
    told = places.staging / "manifest.json"
    told.write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    url = ""
    if places.staging_database:
        parts = urlsplit(settings.DATABASE_URL)
        url = parts._replace(path=f"/{places.staging_database}").geturl()
    found = staged.run(words=["check", str(told)], home=places.staging, database_url=url)
    told.unlink()
    faults = {
        "counts": found["counts"],
        "seal": found["seal_differs"],
        "media": found["files"],
        "keys": found["closed"],
    }
    if wrong := [f"{name}: {fault}" for name, fault in faults.items() if fault]:
        raise NotTheSame(what="; ".join(wrong)[:300])
    return found


# --- The exchange -------------------------------------------------------------------------------


def _exchange(places: _Places) -> None:
    journal = serving.journal_of(home=places.staging)
    told = {name: str(place) for name, place in asdict(places).items()}
    journal.write_text(json.dumps(told), encoding="utf-8")
    if places.database:
        databases.require_unused(name=places.database)
    # From here on the folder may hold the only copy of something: it is never swept away.
    (places.staging / _UNFINISHED).unlink()
    is_exchanged = False
    try:
        exchange(one=places.staging, other=places.home)
        is_exchanged = True
        if places.database:
            databases.take_place(
                new=places.staging_database, of=places.database, old=places.aside_database
            )
    except BaseException:
        if is_exchanged:
            exchange(one=places.home, other=places.staging)
        (places.staging / _UNFINISHED).touch()
        raise
    _end(home=places.home, staging=places.staging, aside=places.aside)


def _end(*, home: Path, staging: Path, aside: Path) -> None:
    if staging.exists():  # It holds what was there before.
        staging.rename(aside)
    serving.journal_of(home=home).unlink(missing_ok=True)


def exchange(*, one: Path, other: Path) -> None:
    """Let two folders change names at one stroke; without a second one, rename the first."""
    if not other.exists() or not one.exists():
        source, target = (one, other) if one.exists() else (other, one)
        source.rename(target)
        return
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is not None:
        names = [os.fsencode(path) for path in (one, other)]
        if not renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE):
            return
    # An old kernel or file system: two renamings, a moment apart.
    between = one.with_name(f"{one.name}.between")
    other.rename(between)
    one.rename(other)
    between.rename(one)


def _tell(manifest: archive.Manifest, found: dict[str, Any], places: _Places, *, say: Say) -> None:
    made_at = datetime.fromisoformat(manifest.made_at).astimezone(SHANGHAI)
    say(
        _("Restored as it was at %(at)s: %(rows)s rows, %(photos)s photos and papers.")
        % {
            "at": f"{made_at:%Y-%m-%d %H:%M}",
            "rows": sum(manifest.counts.values()),
            "photos": len(manifest.media_names),
        }
    )
    if found["altered"]:
        say(_("Attention: the event log was altered before it was backed up: linli audit verify"))
    if lost := len(manifest.missing) + len(manifest.damaged):
        say(
            ngettext(
                "Attention: %(n)s photo was missing or damaged already when it was backed up.",
                "Attention: %(n)s photos were missing or damaged already when they were backed up.",
                lost,
            )
            % {"n": lost}
        )
    if places.aside.exists():
        say(_("What was there before lies in %(path)s.") % {"path": places.aside})
    if places.aside_database:
        say(
            _("The database from before is called %(name)s on the server, if there was one.")
            % {"name": places.aside_database}
        )
