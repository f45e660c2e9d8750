"""`linli backup`: one file that holds the data, made while Linli runs."""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from linli.core import backups
from linli.core.clocks import SHANGHAI
from linli.core.errors import Refused
from linli.core.models import Attachment
from linli.keeping import archive, databases
from linli.keeping import keys as keyring

Say = Callable[[str], None]

_NAME = re.compile(r"^linli-\d{8}-\d{6}\.tar$")
_STAGING = ".linli-backup-"
_SPARE_BYTES = 16 * 1024 * 1024


class RotationUnfinished(Refused):
    """Half of the data are sealed under one key, half under another."""

    sentence = gettext_lazy(
        "A rotation of the key was begun and is not at its end. Please stop Linli and finish it: "
        "linli keys rotate"
    )


class NotTheOwner(Refused):
    """Files made by another user could not be read by Linli itself afterwards."""

    sentence = gettext_lazy(
        "%(path)s belongs to the user “%(owner)s”. Run this command as that user: "
        "sudo -u %(owner)s linli …"
    )


class FileThere(Refused):
    """A backup never overwrites another."""

    sentence = gettext_lazy("%(path)s is there already; nothing was overwritten.")


class FolderMissing(Refused):
    """Such as a stick that is not plugged in: a folder of its name would lie on this disk."""

    sentence = gettext_lazy("There is no folder %(path)s; nothing was written.")


class DiskFull(Refused):
    """Told beforehand where that can be known."""

    sentence = gettext_lazy(
        "There is not enough room in %(folder)s: about %(needed)s MB are needed, %(free)s MB are "
        "free. Nothing was changed."
    )


class DiskRanFull(Refused):
    """Somebody else filled it meanwhile, or the file is too large for this kind of disk."""

    sentence = gettext_lazy(
        "There was not enough room in %(folder)s (%(free)s MB are free), or the disk takes no "
        "file so large. Nothing half was left behind."
    )


class CannotWrite(Refused):
    """The folder is not there, not ours, or read-only."""

    sentence = gettext_lazy("%(path)s cannot be written (%(reason)s).")


@dataclass
class Photos:
    """What became of the files that the snapshot refers to."""

    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written and read again."""

    path: Path
    size_bytes: int
    photos: Photos


def back_up(
    *, to: Path | None, into: Path, keep: int, passphrase: str, at: datetime, say: Say
) -> Made:
    """Write a backup to the file `to`, or under a name of its own `into` a folder.

    `keep` > 0 keeps so many in the folder and removes older ones, after the new one was read
    again. With a `passphrase` the keys go along, under it. A failure is noted for the office.

    :raises Refused: with a sentence; nothing half remains.
    """
    require_owner(path=Path(settings.HOME))
    try:
        if settings.OLD_DATA_KEY is not None:
            raise RotationUnfinished
        made = _write(to=to, into=into, passphrase=passphrase, at=at)
    except Exception as error:
        reason = str(error) if isinstance(error, Refused) else type(error).__name__
        _note(lambda: backups.note_failure(reason=reason, at=at))
        raise
    _note(lambda: backups.note_backup(path=made.path, size_bytes=made.size_bytes, at=at))
    _tell(made, with_keys=bool(passphrase), say=say)
    if to is None and keep:
        _remove_older(into, keep=keep, say=say)
    return made


def require_owner(*, path: Path) -> None:
    """Refuse to write as another user than the one who owns the data.

    :raises NotTheOwner: when it is somebody else's.
    """
    while not path.exists() and path != path.parent:
        path = path.parent
    others = path.stat().st_uid != os.geteuid()
    if others and (os.geteuid() == 0 or path == Path(settings.HOME)):
        try:
            owner = path.owner()
        except KeyError:  # an account that is gone
            owner = str(path.stat().st_uid)
        raise NotTheOwner(path=path, owner=owner)


def require_room(*, folder: Path, needed_bytes: int) -> None:
    """Refuse what the disk cannot hold.

    :raises DiskFull: when it has too little room.
    """
    free = shutil.disk_usage(folder).free
    if free < needed_bytes + _SPARE_BYTES:
        raise DiskFull(folder=folder, needed=(needed_bytes + _SPARE_BYTES) >> 20, free=free >> 20)


def _write(*, to: Path | None, into: Path, passphrase: str, at: datetime) -> Made:
    name = f"linli-{at.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.tar"
    target = (to or into / name).absolute()
    if target.exists():
        raise FileThere(path=target)
    if to is not None and not target.parent.is_dir():
        raise FolderMissing(path=target.parent)
    keys = keyring.read_keys(folder=Path(settings.HOME) / "keys")
    staging = target.parent / f"{_STAGING}{secrets.token_hex(4)}"
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(target.parent, at=at)
        staging.mkdir(mode=0o700)
        try:
            return _fill(target=target, staging=staging, keys=keys, passphrase=passphrase, at=at)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            free = shutil.disk_usage(target.parent).free >> 20
            raise DiskRanFull(folder=target.parent, free=free) from error
        raise CannotWrite(path=target, reason=error.strerror or error) from error


def _fill(
    *, target: Path, staging: Path, keys: dict[str, bytes], passphrase: str, at: datetime
) -> Made:
    locked = keyring.lock(keys=keys, passphrase=passphrase) if passphrase else b""
    part = staging / "archive"
    photos = Photos()
    if databases.engine() == databases.SQLITE:
        require_room(folder=staging, needed_bytes=databases.database_file().stat().st_size)
    part.touch(mode=0o600)
    with databases.snapshot(folder=staging) as taken, part.open("wb") as file:
        writer = archive.Writer(file=file, at=at)
        writer.add_path(name=databases.MEMBERS[taken.engine], path=taken.path)
        for row in taken.photos:
            _add_photo(row, writer, photos)
        if locked:
            writer.add_bytes(name=archive.KEYS, data=locked)
        writer.close(
            manifest=_manifest(taken, photos, keys=keys, has_keys=bool(locked), at=at), keys=keys
        )
        file.flush()
        os.fsync(file.fileno())
    with archive.opened(path=part) as written:  # What cannot be read is not a backup.
        written.require_written_by(keys=keys)
    if target.exists():
        raise FileThere(path=target)
    part.rename(target)
    _sync_folder(target.parent)
    return Made(path=target, size_bytes=target.stat().st_size, photos=photos)


def _manifest(
    taken: databases.Snapshot,
    photos: Photos,
    *,
    keys: dict[str, bytes],
    has_keys: bool,
    at: datetime,
) -> dict[str, Any]:
    return {
        "format": archive.FORMAT,
        "linli": version("linli"),
        "made_at": at.isoformat(),
        "engine": taken.engine,
        "server": taken.server,
        "migrations": taken.migrations,
        "counts": taken.counts,
        "seal_id": taken.seal_id,
        "seal_digest": taken.seal_digest,
        "fingerprints": keyring.fingerprints(keys=keys),
        "database": databases.MEMBERS[taken.engine],
        "database_bytes": taken.unpacked_bytes,
        "missing": photos.missing,
        "damaged": photos.damaged,
        "has_keys": has_keys,
    }


def _add_photo(row: databases.PhotoRow, writer: archive.Writer, photos: Photos) -> None:
    path = Path(settings.MEDIA_ROOT) / row.name
    try:
        written = writer.add_path(name=archive.MEDIA + row.name, path=path)
    except FileNotFoundError:
        # Erased or dropped while we read, as its row then says, or lost.
        if Attachment.objects.filter(file=row.name, erased_at=None).exists():
            photos.missing.append(row.name)
        return
    if row.sha256 != written.sha256:
        photos.damaged.append(row.name)


def _tell(made: Made, *, with_keys: bool, say: Say) -> None:
    size = f"{made.size_bytes / (1024 * 1024):.1f}"
    say(
        _("Backed up to %(path)s (%(size)s MB); it was read again and is whole.")
        % {"path": made.path, "size": size}
    )
    if with_keys:
        say(_("The keys are in it, under your passphrase. Keep the two apart."))
    else:
        say(
            _(
                "The keys are not in it. Keep a copy of %(folder)s (or its print: linli keys "
                "print) at another place: without them names and phone numbers stay closed."
            )
            % {"folder": Path(settings.HOME) / "keys"}
        )
    _tell_photos(made.photos, say=say)


def _tell_photos(photos: Photos, *, say: Say) -> None:
    if count := len(photos.missing):
        say(
            ngettext(
                "Attention: %(n)s photo is missing from the folder media: %(names)s",
                "Attention: %(n)s photos are missing from the folder media: %(names)s",
                count,
            )
            % {"n": count, "names": ", ".join(photos.missing[:5])}
        )
    if count := len(photos.damaged):
        say(
            ngettext(
                "Attention: %(n)s photo is not as it was taken in: %(names)s",
                "Attention: %(n)s photos are not as they were taken in: %(names)s",
                count,
            )
            % {"n": count, "names": ", ".join(photos.damaged[:5])}
        )


def _remove_older(folder: Path, *, keep: int, say: Say) -> None:
    ours = sorted(path for path in folder.iterdir() if _NAME.match(path.name))
    older = ours[:-keep]
    for path in older:
        path.unlink(missing_ok=True)
    if older:
        say(
            ngettext(
                "%(n)s older backup was removed.", "%(n)s older backups were removed.", len(older)
            )
            % {"n": len(older)}
        )


def _sweep(folder: Path, *, at: datetime) -> None:
    """Remove what a backup that was killed has left, once it is surely not at work any more."""
    for left in folder.glob(f"{_STAGING}*"):
        if at.timestamp() - left.stat().st_mtime > 24 * 3600:
            shutil.rmtree(left, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _note(write: Callable[[], None]) -> None:
    try:
        write()
    except OSError:
        return  # A disk that is full must not hide why.
