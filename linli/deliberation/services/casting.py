"""Casting: one vote for each entry on the roll, by whatever channel.

Nothing of it goes into the event log: whoever took part stands in `Participation`, and what they
said in a ballot, or in an envelope that only the tellers open.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from linli.core import bulk, codes, crypto
from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.deliberation import envelopes, queries
from linli.deliberation.models import Envelope, OpenBallot, Participation, RollEntry, Vote
from linli.deliberation.queries.access import READERS
from linli.deliberation.queries.votes import CODE_FIELD, box_left, rules_of
from linli.deliberation.services._recording import words, words_or_none
from linli.deliberation.services._votes import hold_vote, lock_vote
from linli.deliberation.tally import ChoiceInvalid, Rules, require_valid
from linli.deliberation.workflow import BallotChannel, VoteState
from linli.language.danger import emergency_kind
from linli.language.mask import scrub_personal_data

HELPER_LENGTH_MAX, COMMENT_LENGTH_MAX = 40, 400
_STEP = 64


class VoteNotOpen(Refused):
    """It has not begun, or it is over."""

    sentence = _("This vote is not open. Nothing was entered.")


class AlreadyVoted(Refused):
    """A secret ballot is cast once."""

    sentence = _("A ballot was cast under this number already. A secret ballot cannot be changed.")


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
    account_id: int | None = None
    helper: str = ""
    comment: str = ""


def cast(*, code: str, choice: Any, at: datetime, comment: str = "") -> Cast:
    """Take the ballot of whoever holds a slip.

    :raises NotFound: when no slip has this code.
    :raises VoteNotOpen: before it opens and after it closes.
    :raises AlreadyVoted: on the second ballot of a secret vote; an open one's last ballot counts.
    """
    digest = crypto.digest(value=code, field=CODE_FIELD)
    entry = RollEntry.objects.select_related("vote").filter(code_digest=digest).first()
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
) -> Cast:
    """Enter what somebody said on paper, or with help; it counts as any other ballot.

    On paper, a secret ballot's choice stays in the box (see `put_in_box`).

    :raises NumberUnknown: when nobody has this number.
    """
    entry = _entry(vote_id, number, actor)
    is_assisted = channel == BallotChannel.ASSISTED
    by = _By(
        channel=channel,
        account_id=actor.account_id,
        helper=words(text=helper, field="helper", limit=HELPER_LENGTH_MAX) if is_assisted else "",
        comment=_comment(comment),
    )
    if channel == BallotChannel.ONLINE:
        raise Invalid(field="channel")
    if entry.vote.is_secret and channel == BallotChannel.PAPER:
        if choice is not None:
            raise PaperGoesIntoBox
        try:
            with transaction.atomic():
                _require_open(entry, at)
                _take_part(entry, by, at)
        except IntegrityError:
            raise AlreadyVoted from None
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
    try:
        with transaction.atomic():
            _require_open(entry, at)
            _take_part(entry, by, at)
            bulk.insert(model=Envelope, rows=[envelope])
    except IntegrityError:
        raise AlreadyVoted from None
    return Cast(vote=vote, entry=entry, receipt=receipt)


def _require_open(entry: RollEntry, at: datetime) -> None:
    """Look whether the vote is open, and keep it from closing under our hands.

    :raises VoteNotOpen: when it is not open at that moment.
    """
    vote = hold_vote(vote_id=entry.vote_id)
    if vote.state != VoteState.OPEN or not vote.opens_at <= at < vote.closes_at:
        raise VoteNotOpen


def _require_choice(rules: Rules, choice: Any) -> None:
    try:
        require_valid(rules=rules, choice=choice)
    except ChoiceInvalid:
        raise NotOnPaper from None


def _take_part(entry: RollEntry, by: _By, at: datetime) -> None:
    """Write that an entry took part; the database lets it be written once.

    :raises IntegrityError: when it did before.
    """
    row = {"entry_id": entry.pk, "vote_id": entry.vote_id, "took_part_at": at, **_how(by)}
    bulk.insert(model=Participation, rows=[row])


def _how(by: _By) -> dict[str, Any]:
    return {"channel": by.channel, "entered_by_id": by.account_id, "helper": by.helper}


def _stand(entry: RollEntry, choice: Any, receipt: str, by: _By, at: datetime) -> Cast:
    """Write an open ballot: it stands in place of the one before, which stays as history."""
    if connection.features.has_select_for_update:
        RollEntry.objects.select_for_update(no_key=True).only("pk").get(pk=entry.pk)
    before = entry.ballots.aggregate(last=Max("number"))["last"]
    if before is None:
        _take_part(entry, by, at)
    else:
        entry.ballots.filter(stands=True).update(stands=False)
        Participation.objects.filter(entry=entry).update(**_how(by))
    ballot = {
        "entry_id": entry.pk,
        "vote_id": entry.vote_id,
        "number": (before or 0) + 1,
        "choice": choice,
        "comment": by.comment,
        "receipt": receipt,
        "cast_at": at,
        **_how(by),
    }
    bulk.insert(model=OpenBallot, rows=[ballot])
    return Cast(vote=entry.vote, entry=entry, receipt=receipt, is_again=before is not None)


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
