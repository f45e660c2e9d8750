"""What every step of a vote shares: locks, the one conditional UPDATE, its events."""

from datetime import datetime
from typing import Any

from django.db import connection

from linli.core.actor import Actor
from linli.deliberation import queries
from linli.deliberation.models import Vote
from linli.deliberation.services._recording import tell
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import VOTE_MOVES, VoteState, VoteStep


def vote_of_runner(vote_id: int, actor: Actor, *, lock: bool = False) -> Vote:
    """Return a vote of a forum that this person runs."""
    vote = queries.get_vote(actor=actor, vote_id=vote_id)
    queries.require_runner(actor=actor, community_id=vote.community_id)
    return lock_vote(vote_id=vote_id) if lock else vote


def lock_vote(*, vote_id: int) -> Vote:
    """Return a vote that nobody else moves, and into which nobody casts, until we are done."""
    rows = Vote.objects.select_for_update(of=("self",)).select_related("forum")
    return rows.get(pk=vote_id)


def hold_open(*, vote_id: int, at: datetime) -> bool:
    """Tell whether a vote is open, and let nobody move it while we cast; others cast beside us.

    PostgreSQL's shared lock waits for a close, and a close for it. On SQLite only one writes.
    """
    table = connection.ops.quote_name(Vote._meta.db_table)
    shared = " FOR SHARE" if connection.features.has_select_for_update else ""
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:  # It is asked for every ballot while others wait.
        cursor.execute(
            f"SELECT 1 FROM {table} WHERE id = %s AND state = %s AND opens_at <= %s"
            f" AND closes_at > %s{shared}",
            [vote_id, VoteState.OPEN.value, moment, moment],
        )
        return cursor.fetchone() is not None


def move_vote(vote: Vote, step: VoteStep, **values: Any) -> None:
    """Take a step by one conditional UPDATE.

    :raises StepNotAllowed: when it stands elsewhere by now.
    """
    move = VOTE_MOVES[step]
    sources = [str(one) for one in move.sources]
    rows = Vote.objects.filter(pk=vote.pk, state__in=sources)
    if not rows.update(state=move.target, **values):
        raise StepNotAllowed


def tell_of(
    vote: Vote, name: str, actor: Actor, at: datetime, facts: dict[str, Any] | None = None
) -> None:
    """Write what happened to a vote."""
    tell(
        name=name,
        kind=queries.VOTE,
        pk=vote.pk,
        trace=vote.trace,
        community_id=vote.community_id,
        actor=actor,
        at=at,
        facts=facts,
    )
