"""Whether votes are what they were when the event log sealed them."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from linli.core.models import Event
from linli.core.ref import Ref
from linli.deliberation import events
from linli.deliberation.marks import (
    BALLOT_COLUMNS,
    PARTICIPATION_COLUMNS,
    mark_of_ballot,
    mark_of_participation,
    marks_root,
)
from linli.deliberation.models import CountedBallot, OpenBallot, Participation, RollEntry, Vote
from linli.deliberation.queries.access import VOTE
from linli.deliberation.workflow import VoteState

_FROZEN = (VoteState.OPEN, VoteState.CLOSED, VoteState.COUNTED)
ROLL_COLUMNS = ("number", "resident_id", "household_id", "area_hundredths", "heads")
"""What of an entry is frozen."""
_BATCH = 1_000


def roll_root(*, rows: Sequence[tuple[Any, ...]]) -> str:
    """Return the SHA-256 of a frozen roll, each entry as `ROLL_COLUMNS`."""
    return _digest([list(row) for row in sorted(rows)])


def ballots_root(*, ballots: Sequence[tuple[str, Any, Any]]) -> str:
    """Return the digest of a set of ballots, whatever their order: receipt, choice and weight."""
    return _digest([list(one) for one in sorted(ballots, key=lambda one: one[0])])


def tampered_rolls() -> list[Ref]:
    """Return every vote whose roll is not the one that was frozen when it opened."""
    return [
        _ref(vote)
        for vote in Vote.objects.filter(state__in=_FROZEN).order_by("pk").iterator()
        if _roll_root(vote) != _facts(vote, events.VOTE_OPENED).get("digest")
    ]


def tampered_casts() -> list[Ref]:
    """Return every vote of which a ballot, or who took part how and when, was altered since.

    Each row bears a mark; after the close the event log has the root of all of them.
    """
    return [
        _ref(vote)
        for vote in Vote.objects.filter(state__in=_FROZEN).order_by("pk").iterator()
        if _was_altered(vote)
    ]


def cast_root(*, vote: Vote) -> tuple[str, int]:
    """Return the root of a vote's marks, and how many took part."""
    took_part = list(Participation.objects.filter(vote=vote).values_list("mark", flat=True))
    ballots = OpenBallot.objects.filter(vote=vote).values_list("mark", flat=True)
    return marks_root(participations=took_part, ballots=ballots), len(took_part)


def _was_altered(vote: Vote) -> bool:
    root = _facts(vote, events.VOTE_CLOSED).get("cast")
    if root is not None and cast_root(vote=vote)[0] != root:
        return True
    took_part: dict[int, dict[str, Any]] = {}
    rows = Participation.objects.filter(vote=vote).values(*PARTICIPATION_COLUMNS, "mark")
    for row in rows.iterator(chunk_size=_BATCH):
        if row["mark"] != mark_of_participation(row=row):
            return True
        took_part[row["entry_id"]] = row
    return not vote.is_secret and _has_other_ballots(vote, took_part)


def _has_other_ballots(vote: Vote, took_part: Mapping[int, Mapping[str, Any]]) -> bool:
    """Tell whether a ballot was altered, added or taken out; the last of each entry stands."""
    last: dict[int, int] = {}
    rows = OpenBallot.objects.filter(vote=vote).order_by("entry_id", "number")
    standing: dict[int, int] = {}
    for row in rows.values(*BALLOT_COLUMNS, "stands", "mark").iterator(chunk_size=_BATCH):
        key, number = row["entry_id"], row["number"]
        if row["mark"] != mark_of_ballot(row=row) or number != last.get(key, 0) + 1:
            return True
        last[key] = number
        if row["stands"]:
            standing[key] = number
    return last != standing or last.keys() != took_part.keys()


def tampered_ballots() -> list[Ref]:
    """Return every vote that has other ballots than were counted."""
    return [
        _ref(vote)
        for vote in _counted()
        if _is_other(vote, str(_facts(vote, events.VOTE_COUNTED).get("digest")))
    ]


def tampered_results() -> list[Ref]:
    """Return every vote that has another result than was announced."""
    return [
        _ref(vote)
        for vote in _counted()
        if _digest(vote.result) != _facts(vote, events.VOTE_COUNTED).get("result")
    ]


def _counted() -> Iterator[Vote]:
    return Vote.objects.filter(state=VoteState.COUNTED).order_by("pk").iterator()


def _ref(vote: Vote) -> Ref:
    return Ref(kind=VOTE, id=vote.pk)


def _facts(vote: Vote, name: str) -> dict[str, Any]:
    rows = Event.objects.filter(subject_kind=VOTE, subject_id=vote.pk, name=name)
    found = rows.order_by("id").values_list("facts", flat=True).first()
    return dict(found or {})


def _roll_root(vote: Vote) -> str:
    rows = RollEntry.objects.filter(vote=vote)
    return roll_root(rows=list(rows.values_list(*ROLL_COLUMNS)))


def _is_other(vote: Vote, root: str) -> bool:
    rows = CountedBallot.objects.filter(vote=vote)
    found = list(rows.values_list("receipt", "choice", "weight"))
    if ballots_root(ballots=found) != root:
        return True
    if vote.is_secret:
        return False
    standing = OpenBallot.objects.filter(vote=vote, stands=True)
    said = {receipt: choice for receipt, choice, _weight in found}
    return dict(standing.values_list("receipt", "choice")) != said


def _digest(said: Any) -> str:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
