"""When the data were last backed up, as a small file beside them.

It is a file and not a row, so that a backup that fails because the database is away can say so.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

STALE_AFTER = timedelta(hours=50)
"""A nightly backup that was missed once is a mishap, twice a fault."""

_NAME = "backup.json"


@dataclass(frozen=True, slots=True)
class BackupState:
    """The last good backup and the last failure; times are ISO 8601, or empty."""

    made_at: str = ""
    path: str = ""
    size_bytes: int = 0
    failed_at: str = ""
    reason: str = ""

    @property
    def has_failed(self) -> bool:
        """Tell whether the latest attempt failed."""
        return bool(self.failed_at) and self.failed_at > self.made_at

    def is_stale(self, *, at: datetime) -> bool:
        """Tell whether the last good one is too old; never made is not stale but absent."""
        return bool(self.made_at) and at - datetime.fromisoformat(self.made_at) > STALE_AFTER


def last_backup() -> BackupState:
    """Return what is known of backups; nothing, when the note is missing or spoilt."""
    try:
        known = json.loads(_path().read_text(encoding="utf-8"))
        state = BackupState(**known)
        for moment in filter(None, (state.made_at, state.failed_at)):
            datetime.fromisoformat(moment)
    except (OSError, ValueError, TypeError):
        return BackupState()
    return state


def note_backup(*, path: Path, size_bytes: int, at: datetime) -> None:
    """Write down that a backup was made."""
    _write(BackupState(made_at=at.isoformat(), path=str(path), size_bytes=size_bytes))


def note_failure(*, reason: str, at: datetime) -> None:
    """Write down that one failed; the last good one stays known."""
    last = last_backup()
    _write(
        BackupState(
            made_at=last.made_at,
            path=last.path,
            size_bytes=last.size_bytes,
            failed_at=at.isoformat(),
            reason=reason[:300],
        )
    )


def _path() -> Path:
    return Path(settings.HOME) / _NAME


def _write(state: BackupState) -> None:
    staged = _path().with_suffix(".part")
    staged.write_text(json.dumps(asdict(state), ensure_ascii=False), encoding="utf-8")
    staged.replace(_path())
