"""Casting: one vote for each entry on the roll, by whatever channel.

Nothing of it goes into the event log: whoever took part stands in `Participation`, and what they
said in a ballot, or in an envelope that only the tellers open. Only that the desk put a ballot in
another's place is told, without what either says.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from linli.core import bulk, codes, crypto
from linli.core.actor import NOBODY, Actor
from linli.core.clocks import SHANGHAI
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.prepared import Prepared
from linli.deliberation import envelopes, events, queries
from linli.deliberation.marks import (
    PARTICIPATION_COLUMNS,
    mark_of_ballot,
    mark_of_participation,
)
from linli.deliberation.models import Envelope, OpenBallot, Participation, RollEntry, Vote
from linli.deliberation.queries.access import READERS
from linli.deliberation.queries.votes import CODE_FIELD, box_left, rules_of
from linli.deliberation.services._recording import words, words_or_none
from linli.deliberation.services._votes import hold_open, lock_vote, tell_of
from linli.deliberation.tally import ChoiceInvalid, Rules, require_valid
from linli.deliberation.workflow import BallotChannel, VoteState
from linli.language.danger import emergency_kind
from linli.language.mask import scrub_personal_data

HELPER_LENGTH_MAX, COMMENT_LENGTH_MAX, WHY_LENGTH_MAX = 40, 400, 200
_STEP = 64


class VoteNotOpen(Refused):
    """It has not begun, or it is over."""

    sentence = _("This vote is not open. Nothing was entered.")


class AlreadyVoted(Refused):
    """A secret ballot is cast once."""

    sentence = _("A ballot was cast under this number already. A secret ballot cannot be changed.")


class BallotStands(Invalid):
    """At the desk no ballot takes another's place without a reason."""

    sentence = _(
        "A ballot stands under number %(number)s already, %(how)s, of %(at)s. If this one is to "
        "take its place, please say why; whoever voted reads it."
    )
    field = "why"


_HOW = {
    BallotChannel.ONLINE: _("cast online"),
    BallotChannel.PAPER: _("entered from paper"),
    BallotChannel.ASSISTED: _("cast with help"),
}


class NotOnPaper(Invalid):
    """The choice is none that the paper offers."""

    sentence = _("Please choose from what is on the paper.")
    field = "choice"


class NumberUnknown(Invalid):
    """No such number on the roll."""

    sentence = _("There is no number %(number)s on this roll.")
    field = "number"


class BoxEmpty(Refused):
    """More papers than people who handed one in."""

    sentence = _(
        "All papers that were handed in are entered. Please first mark who else handed one in."
    )


class PaperGoesIntoBox(Invalid):
    """The paper of a secret ballot is entered without its number."""

    sentence = _("This is a secret ballot: mark the number, and enter the paper from the box.")
    field = "choice"


class OpenedTogether(Refused):
    """Only a secret ballot has a box."""

    sentence = _("Papers of an open vote are entered by their number.")


class DangerTold(Invalid):
    """Somebody may be in danger, and no comment is read before the vote closes."""

    sentence = _(
        "This reads as if somebody were in danger. Please call for help first, then report it; "
        "a comment is read only after the vote."
    )
    field = "comment"


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot that was taken: its receipt is shown to the voter now, and to nobody later.

    The receipt is empty where a paper of a secret ballot went into the box.
    """

    vote: Vote
    entry: RollEntry
    receipt: str
    is_again: bool = False  # an open vote's ballot before it no longer stands


@dataclass(frozen=True, slots=True)
class _By:
    """How a ballot came in."""

    channel: BallotChannel
    actor: Actor = NOBODY  # who enters it; whoever votes by a slip is nobody
    helper: str = ""
    comment: str = ""
    why: str = ""  # it takes another's place

    @property
    def columns(self) -> dict[str, Any]:
        """Return it as the rows have it."""
        return {
            "channel": str(self.channel),
            "entered_by_id": self.actor.account_id,
            "helper": self.helper,
        }


_BY_CODE = Prepared(
    lambda digest: RollEntry.objects.select_related("vote").filter(code_digest=digest)
)


def cast(*, code: str, choice: Any, at: datetime, comment: str = "") -> Cast:
    """Take the ballot of whoever holds a slip.

    :raises NotFound: when no slip has this code.
    :raises VoteNotOpen: before it opens and after it closes.
    :raises AlreadyVoted: on the second ballot of a secret vote; an open one's last ballot counts.
    """
    digest = crypto.digest(value=code, field=CODE_FIELD)
    entry = _BY_CODE.first(digest=digest)
    if entry is None:
        raise NotFound
    by = _By(channel=BallotChannel.ONLINE, comment=_comment(comment))
    return _take(entry, choice, by, at)


def enter_ballot(
    *,
    vote_id: int,
    number: int,
    channel: BallotChannel,
    actor: Actor,
    at: datetime,
    choice: Any = None,
    helper: str = "",
    comment: str = "",
    why: str = "",
) -> Cast:
    """Enter what somebody said on paper, or with help; it counts as any other ballot.

    On paper, a secret ballot's choice stays in the box (see `put_in_box`). Where a ballot of an
    open vote stands already, `why` says why this one takes its place.

    :raises NumberUnknown: when nobody has this number.
    :raises BallotStands: when one stands and no reason is given.
    """
    entry = _entry(vote_id, number, actor)
    is_assisted = channel == BallotChannel.ASSISTED
    by = _By(
        channel=channel,
        actor=actor,
        helper=words(text=helper, field="helper", limit=HELPER_LENGTH_MAX) if is_assisted else "",
        comment=_comment(comment),
        why=scrub_personal_data(text=words_or_none(text=why, field="why", limit=WHY_LENGTH_MAX)),
    )
    if channel == BallotChannel.ONLINE:
        raise Invalid(field="channel")
    if entry.vote.is_secret and channel == BallotChannel.PAPER:
        if choice is not None:
            raise PaperGoesIntoBox
        with transaction.atomic():
            _require_open(entry, at)
            if not _takes_part(entry, by, at):
                raise AlreadyVoted
        return Cast(vote=entry.vote, entry=entry, receipt="")
    return _take(entry, choice, by, at)


def _comment(text: str) -> str:
    """Return what somebody adds to a ballot: without numbers, and never a cry for help.

    :raises DangerTold: when it tells of somebody in danger; no comment is read before the close.
    """
    said = words_or_none(text=text, field="comment", limit=COMMENT_LENGTH_MAX)
    if emergency_kind(text=said) is not None:
        raise DangerTold
    return scrub_personal_data(text=said)


@transaction.atomic
def put_in_box(*, vote_id: int, choice: Any, actor: Actor) -> None:
    """Enter a paper of a secret ballot that came out of the box, without knowing whose it is.

    No time is written. It may be done after the close, until the tellers open the envelopes.

    :raises BoxEmpty: when as many were entered as people handed one in.
    """
    _require_clerk(vote_id, actor)
    vote = lock_vote(vote_id=vote_id)
    if not vote.is_secret:
        raise OpenedTogether
    if vote.state not in (VoteState.OPEN, VoteState.CLOSED):
        raise VoteNotOpen
    if box_left(vote=vote) < 1:
        raise BoxEmpty
    rules = rules_of(vote=vote)
    _require_choice(rules, choice)
    envelope = _enclosed(vote, rules, codes.new_tracking_code(), choice)
    bulk.insert(model=Envelope, rows=[envelope])


def _entry(vote_id: int, number: int, actor: Actor) -> RollEntry:
    _require_clerk(vote_id, actor)
    rows = RollEntry.objects.select_related("vote")
    entry = rows.filter(vote=vote_id, number=number).first()
    if entry is None:
        raise NumberUnknown(number=number)
    return entry


def _require_clerk(vote_id: int, actor: Actor) -> None:
    vote = queries.get_vote(actor=actor, vote_id=vote_id)
    if actor.account_id is None or not queries.may_read(
        actor=actor, community_id=vote.community_id
    ):
        raise NotEntitled if actor.roles & READERS else NotFound


# --- One ballot -------------------------------------------------------------------------------


def _take(entry: RollEntry, choice: Any, by: _By, at: datetime) -> Cast:
    """Take a ballot; what it takes to do so is made ready before the transaction begins.

    Rules, options and keys of an open vote are frozen: only its state is asked for once more.
    """
    vote = entry.vote
    if vote.state != VoteState.OPEN:
        raise VoteNotOpen
    rules = rules_of(vote=vote)
    _require_choice(rules, choice)
    receipt = codes.new_tracking_code()
    envelope = _enclosed(vote, rules, receipt, choice) if vote.is_secret else None
    if envelope is None:
        with transaction.atomic():
            _require_open(entry, at)
            return _stand(entry, choice, receipt, by, at)
    with transaction.atomic():
        _require_open(entry, at)
        if not _takes_part(entry, by, at):
            raise AlreadyVoted
        bulk.insert(model=Envelope, rows=[envelope])
    return Cast(vote=vote, entry=entry, receipt=receipt)


def _require_open(entry: RollEntry, at: datetime) -> None:
    """Look whether the vote is open, and keep it from closing under our hands.

    :raises VoteNotOpen: when it is not open at that moment.
    """
    if not hold_open(vote_id=entry.vote_id, at=at):
        raise VoteNotOpen


def _require_choice(rules: Rules, choice: Any) -> None:
    try:
        require_valid(rules=rules, choice=choice)
    except ChoiceInvalid:
        raise NotOnPaper from None


def _takes_part(entry: RollEntry, by: _By, at: datetime) -> bool:
    """Write that an entry takes part; False when it did before, for the database takes it once."""
    row = {"entry_id": entry.pk, "vote_id": entry.vote_id, "took_part_at": at, **by.columns}
    row["mark"] = mark_of_participation(row=row)
    return bulk.insert(model=Participation, rows=[row], skips_known=True) == 1


def _stand(entry: RollEntry, choice: Any, receipt: str, by: _By, at: datetime) -> Cast:
    """Write an open ballot: it stands in place of the one before, which stays as history."""
    is_again = not _takes_part(entry, by, at)
    ballot = {
        "entry_id": entry.pk,
        "vote_id": entry.vote_id,
        "number": _make_room(entry, by, at) if is_again else 1,
        "choice": choice,
        "comment": by.comment,
        "receipt": receipt,
        "cast_at": at,
        "replaced_why": by.why if is_again else "",
        **by.columns,
    }
    ballot["mark"] = mark_of_ballot(row=ballot)
    bulk.insert(model=OpenBallot, rows=[ballot])
    return Cast(vote=entry.vote, entry=entry, receipt=receipt, is_again=is_again)


def _make_room(entry: RollEntry, by: _By, at: datetime) -> int:
    """Let no ballot of an entry stand any more, and return the number of the next.

    :raises BallotStands: when the desk does so without a reason.
    """
    if connection.features.has_select_for_update:
        RollEntry.objects.select_for_update(no_key=True).only("pk").get(pk=entry.pk)
    before = entry.ballots.get(stands=True)
    if by.actor.account_id is not None:
        if not by.why:
            told = before.cast_at.astimezone(SHANGHAI)
            raise BallotStands(
                number=entry.number,
                how=_HOW[BallotChannel(before.channel)],
                at=f"{told:%Y-%m-%d %H:%M}",
            )
        _tell_replaced(entry, before, by, at)
    entry.ballots.filter(stands=True).update(stands=False)
    took_part = Participation.objects.filter(entry=entry)
    row = {**took_part.values(*PARTICIPATION_COLUMNS).get(), **by.columns}
    took_part.update(**by.columns, mark=mark_of_participation(row=row))
    return before.number + 1


def _tell_replaced(entry: RollEntry, before: OpenBallot, by: _By, at: datetime) -> None:
    """Write into the vote's thread that the desk put a ballot in another's place; not what it says.

    The voter reads it under the code of their slip.
    """
    facts = {"number": entry.number, "was": before.channel, "is": str(by.channel)}
    tell_of(entry.vote, events.BALLOT_REPLACED, by.actor, at, facts)


# --- One envelope -----------------------------------------------------------------------------


def _enclosed(vote: Vote, rules: Rules, receipt: str, choice: Any) -> dict[str, Any]:
    """Return the row of an envelope with a ballot and its receipt in it."""
    content = envelopes.seal(
        content=json.dumps([receipt, choice]).encode(),
        length=_length_of(rules),
        tellers=bytes(vote.public_key),
        vote=str(vote.pk),
    )
    return {"vote_id": vote.pk, "content": content}


def _length_of(rules: Rules) -> int:
    """Return a length that no ballot of this vote passes: an id with its points for every option.

    All envelopes have it, so that none tells how much its voter said.
    """
    longest = _STEP + sum(len(json.dumps([one.id, 0])) + 4 for one in rules.options)
    return -(-longest // _STEP) * _STEP
