"""`linli keys rotate`: a new key for names, numbers and phones; the old one opens nothing any more.

The folder keys/ tells how far it is. ``data.old.key`` beside ``data.key``: a rotation is under way,
both open what they sealed, only the new one seals. Killed at any line, the next run goes on.
Digests stay under their own key: they open nothing.
"""

import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli import serving
from linli.config.environment import OLD_DATA
from linli.core import sealed
from linli.core.actor import system
from linli.core.keyprints import note_rotation, require_own_keys
from linli.keeping import backup
from linli.keeping import keys as keyring
from linli.web.signing_in import reseal_second_factors

Say = Callable[[str], None]

_ACTOR = system(name="keys")


def rotate(*, at: datetime, say: Say) -> None:
    """Seal every field anew under a new key, then forget the old one.

    :raises KeysMissing: when there are no keys.
    :raises KeysOfOthers: when they are not those of the data.
    :raises StillRunning: when a server or worker has the data open.
    """
    home = Path(settings.HOME)
    backup.require_owner(path=home)
    with serving.alone(home=home):
        keyring.read_keys(folder=home / "keys")
        require_own_keys()
        _begin(home / "keys", say)
        total = _reseal(say)
        note_rotation(fields=total, actor=_ACTOR, at=at)
        (home / "keys" / f"{OLD_DATA}.key").unlink()
        settings.OLD_DATA_KEY = None
    say(
        ngettext("%(n)s field is sealed anew.", "%(n)s fields are sealed anew.", total)
        % {"n": total}
    )
    say(_("Make a backup now, and put the new key on paper: linli keys print"))
    say(_("Keep the old paper as long as you keep backups from before: they open with it only."))


def _begin(folder: Path, say: Say) -> None:
    """Put a new key in the place of the old one, which stays beside it until the end."""
    current, old = folder / "data.key", folder / f"{OLD_DATA}.key"
    if not old.exists():
        _write(old, current.read_bytes())
    elif current.read_bytes() != old.read_bytes():
        say(_("Going on with the rotation that was begun."))
        return
    _write(current, f"{secrets.token_hex(keyring.KEY_BYTES)}\n".encode())
    keys = keyring.read_keys(folder=folder)
    settings.OLD_DATA_KEY = bytes.fromhex(old.read_text(encoding="ascii").strip())
    settings.DATA_KEY = keys["data"]


def _write(path: Path, data: bytes) -> None:
    """Write a key whole or not at all, and onto the disk before anything is sealed under it."""
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _reseal(say: Say) -> int:
    total = reseal_second_factors()
    for model, field in sealed.sealed_fields():
        done = 0
        for count in sealed.reseal(model=model, field=field):
            done += count
            if done and done % (100 * sealed.BATCH) == 0:
                say(f"  {field.label}: {done}")
        total += done
    return total
