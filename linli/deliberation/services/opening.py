"""A vote while it runs: frozen at its opening, extended or called off; slips that were printed."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import codes, crypto
from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.deliberation import envelopes, events
from linli.deliberation.models import Envelope, Participation, RollEntry, Vote
from linli.deliberation.queries.integrity import ROLL_COLUMNS, roll_root
from linli.deliberation.queries.rolls import Voter, electorate_of
from linli.deliberation.queries.votes import CODE_FIELD, WITHHELD_UNDER, options_of
from linli.deliberation.services._recording import words
from linli.deliberation.services._votes import move_vote, tell_of, vote_of_runner
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.votes import LASTS_MOST, TimesInvalid
from linli.deliberation.workflow import VOTE_MOVES, VoteState, VoteStep
from linli.people.queries import local_day

_BATCH = 1_000


class TellerKeysMissing(Refused):
    """A teller has made no key yet."""

    sentence = _("Before a secret ballot opens, both tellers have to make their keys.")


class NobodyOnRoll(Refused):
    """No resident or household is in the scope."""

    sentence = _(
        "Nobody in this place may vote: the roster has no household there, or no dates of birth."
    )


class AreasMissing(Refused):
    """Owners' joint decisions count areas."""

    sentence = _("The area of %(count)s doors is missing. Please enter it before the vote opens.")


class RollTooSmall(Refused):
    """So few that each would be known."""

    sentence = _(
        "Only %(count)s may vote here. With fewer than %(least)s a secret ballot is none; please "
        "vote openly."
    )


class NotOverYet(Refused):
    """Who was told a day may vote until then."""

    sentence = _(
        "Everybody was told that they may vote until the end. It closes earlier only when all have "
        "voted."
    )


# --- Opening ----------------------------------------------------------------------------------


class JudgementStands(Refused):
    """What people say of a result is neither called off nor put off by those it judges."""

    sentence = _("Whether people are satisfied is asked to the end; it is not called off by hand.")


@transaction.atomic
def open_vote(*, vote_id: int, actor: Actor, at: datetime) -> Vote:
    """Open a vote: freeze the roll, the options and the rules, and give each entry a slip's code.

    :raises NobodyOnRoll: when nobody would be on it.
    :raises AreasMissing: for a joint decision of owners of whom areas are missing.
    :raises TellerKeysMissing: for a secret ballot that nobody could open.
    """
    vote = vote_of_runner(vote_id, actor, lock=True)
    if VoteState(vote.state) not in VOTE_MOVES[VoteStep.OPEN].sources:
        raise StepNotAllowed
    if vote.closes_at <= at:
        raise TimesInvalid
    found = electorate_of(vote=vote, on=local_day(at=at))
    if found.areas_missing:
        raise AreasMissing(count=found.areas_missing)
    if not found.voters:
        raise NobodyOnRoll
    if vote.is_secret and len(found.voters) < WITHHELD_UNDER:
        raise RollTooSmall(count=len(found.voters), least=WITHHELD_UNDER)
    options = [
        {"id": one.id, "name": one.name, "cost": str(one.cost)} for one in options_of(vote=vote)
    ]
    entries = [_entry(vote, number, one) for number, one in enumerate(found.voters, start=1)]
    digest = roll_root(rows=[_said(one) for one in entries])
    move_vote(
        vote,
        VoteStep.OPEN,
        opens_at=at,
        opened_at=at,
        roll_count=len(entries),
        roll_digest=digest,
        rules={**vote.rules, "roll": len(entries), "options": options},
        public_key=_tellers_key(vote),
    )
    RollEntry.objects.bulk_create(entries, batch_size=_BATCH)
    tell_of(vote, events.VOTE_OPENED, actor, at, {"roll": len(entries), "digest": digest})
    return Vote.objects.get(pk=vote.pk)


def _said(entry: RollEntry) -> tuple[Any, ...]:
    return tuple(getattr(entry, name) for name in ROLL_COLUMNS)


def _tellers_key(vote: Vote) -> bytes:
    if not vote.is_secret:
        return b""
    keys = [bytes(one.public_key) for one in vote.tellers.order_by("position")]
    if len(keys) != envelopes.TELLERS or not all(keys):
        raise TellerKeysMissing
    return b"".join(keys)


def _entry(vote: Vote, number: int, voter: Voter) -> RollEntry:
    code = codes.new_tracking_code()
    return RollEntry(
        vote=vote,
        number=number,
        resident_id=voter.resident_id,
        household_id=voter.household_id,
        area_hundredths=voter.area_hundredths,
        heads=voter.heads,
        code_sealed=crypto.seal(value=code, field=CODE_FIELD, row=f"{vote.pk}/{number}"),
        code_digest=crypto.digest(value=code, field=CODE_FIELD),
    )


# --- While it is open -------------------------------------------------------------------------


@transaction.atomic
def extend_vote(*, vote_id: int, until: datetime, actor: Actor, at: datetime) -> Vote:
    """Let people vote longer.

    :raises TimesInvalid: when it would end earlier than was said.
    """
    vote = vote_of_runner(vote_id, actor, lock=True)
    if vote.is_judgement and not actor.is_system:
        raise JudgementStands
    if not max(vote.closes_at, at) < until <= at + LASTS_MOST:
        raise TimesInvalid(field="until")
    if vote.closes_at <= at and not actor.is_system:
        raise StepNotAllowed  # Over; only the rule that asks on where too few answered goes on.
    move_vote(vote, VoteStep.EXTEND, closes_at=until)
    tell_of(vote, events.VOTE_EXTENDED, actor, at, {"until": local_day(at=until).isoformat()})
    return Vote.objects.get(pk=vote.pk)


@transaction.atomic
def cancel_vote(*, vote_id: int, reason: str, actor: Actor, at: datetime) -> Vote:
    """Call a vote off, for a reason that voters read; what was cast secretly is destroyed."""
    vote = vote_of_runner(vote_id, actor, lock=True)
    if vote.is_judgement and not actor.is_system:
        raise JudgementStands
    why = words(text=reason, field="reason", limit=200)
    move_vote(vote, VoteStep.CANCEL, rules={**vote.rules, "cancelled_why": why}, public_key=b"")
    Envelope.objects.filter(vote=vote).delete()
    vote.tellers.update(public_key=b"")
    tell_of(vote, events.VOTE_CANCELLED, actor, at)
    return Vote.objects.get(pk=vote.pk)


@transaction.atomic
def record_slips_printed(
    *, vote_id: int, first: int, last: int, actor: Actor, at: datetime
) -> Vote:
    """Write down that slips were printed: whoever holds a slip can vote."""
    vote = vote_of_runner(vote_id, actor)
    if vote.state != VoteState.OPEN:
        raise StepNotAllowed
    tell_of(vote, events.SLIPS_PRINTED, actor, at, {"first": first, "last": last})
    return vote


def require_over(*, vote: Vote, at: datetime) -> None:
    """Look whether a vote may be closed.

    :raises NotOverYet: when somebody may still vote.
    """
    took_part = Participation.objects.filter(vote=vote).count()
    if at < vote.closes_at and took_part < vote.roll_count:
        raise NotOverYet
