"""What the services of opinions share: who may, one step, and its event."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from linli.core.actor import Actor
from linli.core.models import Event
from linli.deliberation.models import Opinion
from linli.deliberation.queries import access
from linli.deliberation.services._recording import tell as record
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import OPINION_MOVES, OpinionStep


def to_run(opinion_id: int, actor: Actor) -> Opinion:
    """Return an opinion of a community whose forums this person runs."""
    opinion = access.get_opinion(actor=actor, opinion_id=opinion_id)
    access.require_runner(actor=actor, community_id=opinion.community_id)
    return opinion


def move(opinion: Opinion, step: OpinionStep, **changed: object) -> None:
    """Take a step by one conditional update.

    :raises StepNotAllowed: when it is not where the step starts from.
    """
    allowed = OPINION_MOVES[step]
    rows = Opinion.objects.filter(pk=opinion.pk, state__in=sorted(allowed.sources))
    if not rows.update(state=allowed.target, **changed):
        raise StepNotAllowed
    opinion.refresh_from_db()


def tell(
    opinion: Opinion,
    name: str,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, object] | None = None,
    *,
    trace: UUID | None = None,
    cause: Event | None = None,
) -> Event:
    """Write what happened to an opinion, on its own thread unless another is named."""
    return record(
        name=name,
        kind=access.OPINION,
        pk=opinion.pk,
        trace=trace or opinion.trace,
        community_id=opinion.community_id,
        actor=actor,
        at=at,
        facts=facts,
        cause=cause,
    )
