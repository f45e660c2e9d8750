"""Reads of votes: how they stand, what was counted, and what anybody may check."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet

from linli.core import codes, crypto
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.deliberation import ballots_file, tally
from linli.deliberation.models import (
    CountedBallot,
    Envelope,
    OpenBallot,
    Participation,
    Party,
    RollEntry,
    Teller,
    Vote,
)
from linli.deliberation.pabulib import Election, Project, write_pabulib
from linli.deliberation.queries.access import READERS, communities_of, sits_in, votes_open_to
from linli.deliberation.workflow import BallotChannel, TopicLevel, VotePurpose, VoteState
from linli.territory.models import Area, Building

CODE_FIELD = "deliberation_rollentry.code"
WITHHELD_UNDER = 5
"""A figure of fewer people is not shown: it would tell who they are."""


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many took part, and by which channel; None where so few would be known."""

    took_part: int
    roll: int
    channels: Mapping[str, int | None]

    @property
    def percent(self) -> int:
        """Return the whole per cent that took part."""
        return 100 * self.took_part // self.roll if self.roll else 0


@dataclass(frozen=True, slots=True)
class Published:
    """What anybody may read of a vote that was counted."""

    rules: tally.Rules
    ballots: tuple[ballots_file.Ballot, ...]


def rules_of(*, vote: Vote) -> tally.Rules:
    """Return how a vote is counted; of a draft with the options it has now and nobody on its roll.

    Once it is open all of it is frozen.
    """
    rules = ballots_file.rules_read(vote.rules)
    if vote.state != VoteState.DRAFT:
        return rules
    return replace(rules, options=options_of(vote=vote))


def options_of(*, vote: Vote) -> tuple[tally.Option, ...]:
    """Return the options of a vote; on ballots they are named by their position."""
    return tuple(
        tally.Option(id=str(one.position), name=one.name, cost=Fraction(one.cost_yuan))
        for one in vote.options.order_by("position")
    )


def votes_at_work(*, actor: Actor) -> QuerySet[Vote]:
    """Return the votes of those who work for a community, sit in the forum, or tell the ballots.

    What a public forum votes on, everybody else reads on the page for residents.
    """
    here = Q(community__in=communities_of(actor=actor, roles=READERS))
    if actor.account_id is not None:
        seats = Party.objects.filter(sits_in(actor=actor), ended_at=None)
        told = Teller.objects.filter(account=actor.account_id)
        here |= Q(forum__in=seats.values("forum")) | Q(pk__in=told.values("vote"))
    return votes_open_to(actor=actor).filter(here)


def get_vote_at_work(*, actor: Actor, vote_id: int) -> Vote:
    """Return a vote for a page of the office.

    :raises NotFound: when there is none, or this person has nothing to do with it.
    """
    rows = votes_at_work(actor=actor).select_related("forum", "community", "topic")
    found = rows.filter(pk=vote_id).first()
    if found is None:
        raise NotFound
    return found


def list_votes(*, actor: Actor, forum_id: int | None = None) -> list[Vote]:
    """Return the votes with which this person has to do, the newest first."""
    rows = votes_at_work(actor=actor).select_related("forum", "topic")
    if forum_id is not None:
        rows = rows.filter(forum=forum_id)
    return list(rows.order_by("-id")[:200])


_TOLD_FOR = timedelta(days=90)


def public_votes(*, community_id: int, at: datetime) -> list[Vote]:
    """Return what a community's public forums vote on now or counted lately, the running first.

    Whether people are satisfied with a topic is asked, and told, with the topic.
    """
    running = Q(state=VoteState.OPEN, closes_at__gt=at)
    lately = Q(state=VoteState.COUNTED, counted_at__gt=at - _TOLD_FOR)
    rows = Vote.objects.filter(running | lately, community_id=community_id, forum__is_public=True)
    return list(rows.exclude(purpose=VotePurpose.JUDGEMENT).order_by("-state", "closes_at")[:10])


def scope_said(*, vote: Vote) -> list[str]:
    """Return where those on the roll live, by name; nothing for the whole community."""
    ids = vote.scope["ids"]
    if vote.scope["level"] == TopicLevel.GRID:
        rows = Area.objects.filter(pk__in=ids).order_by("code")
        return list(rows.values_list("name", flat=True))
    buildings = Building.objects.filter(pk__in=ids).select_related("estate").order_by("pk")
    return [f"{one.estate.name} {one.name}" for one in buildings]


def is_teller(*, actor: Actor, vote: Vote) -> bool:
    """Tell whether this very person, and no stand-in, opens the ballots."""
    return actor.account_id is not None and vote.tellers.filter(account=actor.account_id).exists()


# --- Taking part ------------------------------------------------------------------------------


def entry_by_code(*, code: str) -> RollEntry:
    """Return the entry to which a slip's code belongs, with its vote.

    :raises NotFound: when there is none.
    """
    digest = crypto.digest(value=code, field=CODE_FIELD)
    rows = RollEntry.objects.select_related("vote__forum", "vote__community")
    entry = rows.filter(code_digest=digest).first()
    if entry is None:
        raise NotFound
    return entry


def slip_code_of(*, entry: RollEntry) -> str:
    """Return the code of a slip, to print it; whoever calls records that it was printed."""
    row = f"{entry.vote_id}/{entry.number}"
    return crypto.unseal(sealed=entry.code_sealed, field=CODE_FIELD, row=row)


def participation_of(*, entry: RollEntry) -> Participation | None:
    """Return how and when an entry took part, if it did."""
    return Participation.objects.filter(entry=entry).first()


def replaced_at_desk(*, entry: RollEntry) -> OpenBallot | None:
    """Return the ballot that stands if the desk put it in another's place; the voter reads why."""
    return entry.ballots.filter(stands=True).exclude(replaced_why="").first()


def turnout_of(*, vote: Vote) -> Turnout:
    """Return how many took part so far; it is all that is known of an open vote."""
    rows = Participation.objects.filter(vote=vote).values_list("channel", flat=True)
    counted = Counter(rows)
    found = {str(one): counted.get(one.value, 0) for one in BallotChannel}
    return Turnout(took_part=counted.total(), roll=vote.roll_count, channels=withheld(found))


def withheld(counts: Mapping[str, int]) -> dict[str, int | None]:
    """Return figures by group, None for those under five.

    The sum is known: so no group is withheld alone, and those that are come to five or more, where
    there are enough. A group without anybody stays 0.
    """
    few = {name for name, number in counts.items() if 0 < number < WITHHELD_UNDER}
    others = sorted(counts.keys() - few, key=lambda name: (counts[name], name))
    for name in (one for one in others if few and counts[one]):
        if len(few) > 1 and sum(counts[one] for one in few) >= WITHHELD_UNDER:
            break
        few.add(name)
    return {name: None if name in few else number for name, number in counts.items()}


def box_left(*, vote: Vote) -> int:
    """Return how many papers of a secret vote were handed in and are not in an envelope yet."""
    papers = Participation.objects.filter(vote=vote, channel=BallotChannel.PAPER).count()
    others = Participation.objects.filter(vote=vote).count() - papers
    return papers - (Envelope.objects.filter(vote=vote).count() - others)


# --- What was counted -------------------------------------------------------------------------


def published_of(*, actor: Actor, vote_id: int) -> tuple[Vote, Published]:
    """Return a counted vote with every ballot, in the order of receipts, which says nothing.

    :raises NotFound: before it is counted, or when so few voted that each would be known.
    """
    rows = votes_open_to(actor=actor).select_related("forum", "community", "topic")
    vote = rows.filter(pk=vote_id, state=VoteState.COUNTED).first()
    if vote is None or vote.result is None or vote.result["is_withheld"]:
        raise NotFound
    return vote, Published(rules=rules_of(vote=vote), ballots=counted_ballots(vote=vote))


def counted_ballots(*, vote: Vote) -> tuple[ballots_file.Ballot, ...]:
    """Return the ballots that were counted, by receipt."""
    rows = CountedBallot.objects.filter(vote=vote).order_by("receipt")
    return tuple(
        ballots_file.Ballot(receipt=receipt, choice=choice)
        for receipt, choice in rows.values_list("receipt", "choice")
    )


def ballots_document(*, vote: Vote, published: Published) -> str:
    """Return the file by which anybody recounts; owners' areas are in none.

    :raises NotFound: for a joint decision of owners.
    """
    if published.rules.kind == tally.Kind.OWNERS:
        raise NotFound
    return ballots_file.write_ballots(
        title=vote.title, rules=published.rules, ballots=published.ballots
    )


def budget_document(*, vote: Vote, published: Published) -> str:
    """Return a budget's ballots as a Pabulib file.

    :raises NotFound: for a vote of another kind.
    """
    rules = published.rules
    if rules.kind != tally.Kind.BUDGET:
        raise NotFound
    election = Election(
        budget=rules.money,
        projects=tuple(Project(id=one.id, cost=one.cost, name=one.name) for one in rules.options),
        votes={one.receipt: tuple(one.choice) for one in published.ballots},
        meta={"description": vote.title, "rule": rules.rule, "instance": str(vote.pk)},
    )
    return write_pabulib(election=election)


def public_result(*, vote: Vote) -> dict[str, Any] | None:
    """Return a result as anybody may read it; None before the count.

    What an owner's door measures stands in its title deed: where fewer than five owners said the
    same, how much that is by area is told of none of the groups, for the whole is known.
    """
    result: dict[str, Any] | None = vote.result
    if result is None or vote.kind != tally.Kind.OWNERS:
        return result
    groups = result["figures"].values()
    if not any(one["area_hundredths"] and one["heads"] < WITHHELD_UNDER for one in groups):
        return result
    figures = {
        name: {"heads": one["heads"], "area_hundredths": None}
        for name, one in result["figures"].items()
    }
    return {**result, "figures": figures}


def comments_of(*, vote: Vote) -> list[str]:
    """Return what was written beside the ballots that count; of an open vote that is counted."""
    if vote.state != VoteState.COUNTED or vote.is_secret:
        return []
    rows = OpenBallot.objects.filter(vote=vote, stands=True).exclude(comment="")
    return sorted(rows.values_list("comment", flat=True))


def show_receipt(*, receipt: str) -> str:
    """Return a receipt in groups, as a voter writes it down."""
    return codes.show_tracking_code(code=receipt)
