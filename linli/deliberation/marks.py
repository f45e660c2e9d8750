"""Marks of ballots: by them it shows whether a row was altered after it was written.

A mark is a digest under a key that is not in the database, over what one row says. It joins
nothing: that of a participation covers who took part, how and when, and no choice.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from linli.core import crypto
from linli.deliberation.digests import digest_of

HOW_COLUMNS = ("channel", "entered_by_id", "helper")
PARTICIPATION_COLUMNS = ("entry_id", "vote_id", *HOW_COLUMNS, "took_part_at")
BALLOT_COLUMNS = (
    *("entry_id", "vote_id", "number", "choice", "comment", "receipt"),
    *(*HOW_COLUMNS, "cast_at", "replaced_why"),
)


def mark_of_participation(*, row: Mapping[str, Any]) -> str:
    """Return the mark (64 hexadecimal characters) of a row given by `PARTICIPATION_COLUMNS`."""
    return _mark(row, PARTICIPATION_COLUMNS, "deliberation_participation.mark")


def mark_of_ballot(*, row: Mapping[str, Any]) -> str:
    """Return the mark (64 hexadecimal characters) of a row given by `BALLOT_COLUMNS`."""
    return _mark(row, BALLOT_COLUMNS, "deliberation_openballot.mark")


def marks_root(*, participations: Iterable[str], ballots: Iterable[str]) -> str:
    """Return the digest of all marks of a vote, whatever their order."""
    return digest_of([sorted(participations), sorted(ballots)])


def _mark(row: Mapping[str, Any], columns: tuple[str, ...], field: str) -> str:
    said = json.dumps(
        [_plain(row[name]) for name in columns],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return crypto.digest(value=said, field=field)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
