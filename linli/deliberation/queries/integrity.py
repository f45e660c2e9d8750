"""Whether votes are what they were when the event log sealed them."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation.models import CountedBallot, OpenBallot, RollEntry, Vote
from linli.deliberation.queries.access import VOTE

_FROZEN = ("OPEN", "CLOSED", "COUNTED")
ROLL_COLUMNS = ("number", "resident_id", "household_id", "area_hundredths", "heads")
"""What of an entry is frozen."""


@dataclass(frozen=True, slots=True)
class AlteredVote:
    """A vote that is no longer what was sealed; `what` is ROLL, BALLOTS or RESULT."""

    vote_id: int
    title: str
    what: str


def roll_root(*, rows: Sequence[tuple[Any, ...]]) -> str:
    """Return the SHA-256 of a frozen roll, each entry as `ROLL_COLUMNS`."""
    return _digest([list(row) for row in sorted(rows)])


def ballots_root(*, ballots: Sequence[tuple[str, Any, Any]]) -> str:
    """Return the digest of a set of ballots, whatever their order: receipt, choice and weight."""
    return _digest([list(one) for one in sorted(ballots, key=lambda one: one[0])])


def altered_votes() -> Iterator[AlteredVote]:
    """Yield every vote whose roll, ballots or result differ from what the event log says."""
    for vote in Vote.objects.filter(state__in=_FROZEN).order_by("pk").iterator():
        opened = _facts(vote, events.VOTE_OPENED)
        if not vote.roll_digest or _roll_root(vote) != opened.get("digest"):
            yield AlteredVote(vote_id=vote.pk, title=vote.title, what="ROLL")
        if vote.state != "COUNTED":
            continue
        counted = _facts(vote, events.VOTE_COUNTED)
        if _is_other(vote, str(counted.get("digest"))):
            yield AlteredVote(vote_id=vote.pk, title=vote.title, what="BALLOTS")
        if _digest(vote.result) != counted.get("result"):
            yield AlteredVote(vote_id=vote.pk, title=vote.title, what="RESULT")


def count_frozen_votes() -> int:
    """Return how many votes there are to be looked at."""
    return Vote.objects.filter(state__in=_FROZEN).count()


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
