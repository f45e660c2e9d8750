"""The close and the count: until then nobody can know a result, for there is none."""

import json
import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor, system
from linli.core.errors import Invalid, NotEntitled, Refused
from linli.deliberation import envelopes, events, queries, tally
from linli.deliberation.ballots_file import Ballot, result_said, write_ballots
from linli.deliberation.digests import digest_of
from linli.deliberation.models import CountedBallot, Envelope, OpenBallot, Vote
from linli.deliberation.queries.integrity import ballots_root, cast_root
from linli.deliberation.queries.votes import WITHHELD_UNDER, box_left, is_teller, rules_of
from linli.deliberation.services._sweeping import each
from linli.deliberation.services._votes import lock_vote, move_vote, tell_of
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.opening import require_over
from linli.deliberation.workflow import VoteState, VoteStep

_BATCH = 1_000


class KeyWrong(Invalid):
    """A key that is none, or of another vote."""

    sentence = _(
        "These are not the keys of both tellers of this vote. Please compare them with what was "
        "written down; an old key of a teller who made a new one is of no use."
    )
    field = "keys"


class PapersLeftInBox(Refused):
    """The tellers count once."""

    sentence = _(
        "%(count)s papers that were handed in are not entered yet. Please enter them from the box; "
        "one that says nothing valid is entered as a blank one."
    )


class EnvelopeDamaged(Refused):
    """An envelope was altered; nothing is counted."""

    sentence = _(
        "An envelope does not open: it was altered in the database. Nothing was counted; please "
        "call whoever looks after this server."
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A ballot at the count; `weight` is of owners."""

    receipt: str
    choice: Any
    weight: dict[str, int] | None = None


@transaction.atomic
def close_vote(*, vote_id: int, actor: Actor, at: datetime) -> Vote:
    """Close a vote whose time is over; an open one is counted in the same moment.

    :raises NotOverYet: when somebody may still vote.
    """
    vote = queries.get_vote(actor=actor, vote_id=vote_id)
    queries.require_runner(actor=actor, community_id=vote.community_id)
    vote = lock_vote(vote_id=vote_id)
    if vote.state == VoteState.OPEN:
        require_over(vote=vote, at=at)
    move_vote(vote, VoteStep.CLOSE, closed_at=at)
    root, turnout = cast_root(vote=vote)
    tell_of(vote, events.VOTE_CLOSED, actor, at, {"turnout": turnout, "cast": root})
    if vote.is_secret:
        return Vote.objects.get(pk=vote.pk)
    return _count(vote, _open_ballots(vote), actor, at)


def close_due_votes(*, at: datetime, but: Collection[int] = ()) -> int:
    """Close every vote whose time is over, `but` some, each by itself, and return how many."""
    due = Vote.objects.filter(state=VoteState.OPEN, closes_at__lte=at).exclude(pk__in=but)
    keys = list(due.order_by("closes_at", "id").values_list("pk", flat=True))

    def close(key: int) -> bool:
        close_vote(vote_id=key, actor=system(name="votes"), at=at)
        return True

    return each(keys, close, what="closing a vote").done


@transaction.atomic
def count_vote(*, vote_id: int, keys: Sequence[str], actor: Actor, at: datetime) -> Vote:
    """Count a secret ballot by the keys of both tellers, one of whom does it.

    Envelopes are opened in memory, all ballots are written in one go in a shuffled order, and
    envelopes and keys are destroyed: nothing is left that leads from a ballot to a voter.

    :raises NotEntitled: for anybody but a teller in person.
    :raises KeyWrong: when a key is not one of theirs.
    """
    vote = queries.get_vote(actor=actor, vote_id=vote_id)
    if not is_teller(actor=actor, vote=vote):
        raise NotEntitled
    vote = lock_vote(vote_id=vote_id)
    if vote.state != VoteState.CLOSED:
        raise StepNotAllowed
    if left := box_left(vote=vote):
        raise PapersLeftInBox(count=left)
    found = _opened(vote, _in_order(vote, keys))
    rows = Envelope.objects.filter(vote=vote)
    counted = _count(vote, found, actor, at)
    rows.delete()
    vote.tellers.update(public_key=b"")
    return counted


def _in_order(vote: Vote, keys: Sequence[str]) -> list[str]:
    """Return the keys as the tellers were named, whoever was typed first."""
    try:
        by_public = {envelopes.public_of(key=key): key for key in keys}
    except envelopes.KeyMistyped:
        raise KeyWrong from None
    wanted = [bytes(one.public_key) for one in vote.tellers.order_by("position")]
    if b"".join(wanted) != bytes(vote.public_key) or set(by_public) != set(wanted):
        raise KeyWrong
    return [by_public[one] for one in wanted]


def _opened(vote: Vote, keys: Sequence[str]) -> list[_Found]:
    contents = Envelope.objects.filter(vote=vote).values_list("content", flat=True)
    try:
        said = envelopes.open_all(
            envelopes=[bytes(one) for one in contents], keys=keys, vote=str(vote.pk)
        )
    except envelopes.EnvelopeBroken:
        raise EnvelopeDamaged from None
    read = [json.loads(one) for one in said]
    return [_Found(receipt=receipt, choice=choice) for receipt, choice in read]


def _open_ballots(vote: Vote) -> list[_Found]:
    rows = OpenBallot.objects.filter(vote=vote, stands=True).select_related("entry")
    is_owners = vote.kind == tally.Kind.OWNERS
    return [
        _Found(
            receipt=one.receipt,
            choice=one.choice,
            weight={"area": one.entry.area_hundredths, "heads": one.entry.heads}
            if is_owners
            else None,
        )
        for one in rows
    ]


def _count(vote: Vote, found: list[_Found], actor: Actor, at: datetime) -> Vote:
    """Write the ballots and what they come to, all at once."""
    secrets.SystemRandom().shuffle(found)
    result = _result(vote, found)
    root = ballots_root(ballots=[(one.receipt, one.choice, one.weight) for one in found])
    CountedBallot.objects.bulk_create(
        (
            CountedBallot(vote=vote, receipt=one.receipt, choice=one.choice, weight=one.weight)
            for one in found
        ),
        batch_size=_BATCH,
    )
    move_vote(
        vote,
        VoteStep.COUNT,
        counted_at=at,
        result=result,
        ballots_digest=root,
        public_key=b"",
    )
    facts = {
        "turnout": len(found),
        "outcome": result["outcome"],
        "digest": root,
        "result": digest_of(result),
    }
    tell_of(vote, events.VOTE_COUNTED, actor, at, facts)
    return Vote.objects.get(pk=vote.pk)


def _result(vote: Vote, found: Sequence[_Found]) -> dict[str, Any]:
    """Return the result as it is announced: figures, and the checksum of the published list.

    Of a secret ballot in which fewer than five took part only the outcome is told: figures would
    say who said what.
    """
    rules = rules_of(vote=vote)
    if rules.kind == tally.Kind.OWNERS:
        return _owners_result(vote, found)
    ballots = sorted((Ballot(one.receipt, one.choice) for one in found), key=lambda b: b.receipt)
    counted = tally.count(rules=rules, ballots=[one.choice for one in ballots])
    said = result_said(counted)
    if vote.is_secret and len(found) < WITHHELD_UNDER:
        return {**said, "figures": {}, "is_withheld": True, "checksum": ""}
    text = write_ballots(title=vote.title, rules=rules, ballots=ballots)
    told = {**said, "is_withheld": False, "checksum": json.loads(text)["checksum"]}
    if rules.kind != tally.Kind.BUDGET:
        return told
    return {**told, **_spent(rules, [one.choice for one in ballots])}


def _spent(rules: tally.Rules, choices: Sequence[Any]) -> dict[str, Any]:
    """Return why each project of a budget is paid for or is not; amounts as fractions."""
    found = tally.spent(rules=rules, ballots=choices)
    bought = [
        {
            "id": one.project.id,
            "is_bought": True,
            "supporters": one.supporters,
            "paid_in_full": one.paid_in_full,
            "price": str(one.price),
        }
        for one in found.bought
    ]
    missed = [
        {
            "id": one.project.id,
            "is_bought": False,
            "supporters": one.supporters,
            "left": str(one.money),
        }
        for one in found.missed
    ]
    return {
        "share": str(found.share),
        "spent": str(found.cost),
        "projects": [*bought, *missed],
    }


def _owners_result(vote: Vote, found: Sequence[_Found]) -> dict[str, Any]:
    """Count a joint decision by heads and by area, of the whole roll."""
    heads: Counter[str] = Counter()
    areas: Counter[str] = Counter()
    for one in found:
        assert one.weight is not None, "owners' ballots weigh"
        heads[one.choice] += one.weight["heads"]
        areas[one.choice] += one.weight["area"]
    roll = [(one.heads, one.area_hundredths) for one in vote.roll.all()]
    whole = tally.Weight(heads=sum(one for one, _a in roll), area_dm2=sum(a for _h, a in roll))
    cast = {view: tally.Weight(heads=heads[view], area_dm2=areas[view]) for view in tally.View}
    outcome, took_part = tally.count_owners(
        roll=whole, cast=cast, is_weighty=bool(vote.rules["is_weighty"])
    )
    figures = {
        view.value: {"heads": one.heads, "area_hundredths": one.area_dm2}
        for view, one in cast.items()
    }
    return {
        "outcome": outcome.value,
        "turnout": len(found),
        "figures": figures,
        "chosen": [],
        "tied": [],
        "roll": {"heads": whole.heads, "area_hundredths": whole.area_dm2},
        "took_part": {"heads": took_part.heads, "area_hundredths": took_part.area_dm2},
        "is_withheld": False,
        "checksum": "",
    }
