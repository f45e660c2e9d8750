"""How a matter ends: verified by another, rated by those who asked, or done again."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor, ActorKind, system
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.models import Event
from linli.matters import events, queries
from linli.matters.models import Matter, Method, Note, Order, Rating, Reporter
from linli.matters.services._moving import (
    earliest,
    limit_from,
    move,
    must_not_have_handled,
    optional_text,
    record_of,
    required_text,
    take_up,
)
from linli.matters.services.desk import release_orders, set_order
from linli.matters.workflow import (
    GOES_ON_WITHOUT_REPORTER,
    ORDER_LIVE,
    Kind,
    OrderState,
    Party,
    Satisfaction,
    Step,
    rating_asks_for_rework,
)

COMMENT_LENGTH_MAX = 400


class AlreadyRated(Refused):
    """This person has rated this round."""

    sentence = _("You have rated this already. Thank you.")


class RatingIncomplete(Invalid):
    """A rating says whether it is solved and how satisfied one is."""

    sentence = _("Please say how satisfied you are.")
    field = "satisfaction"


class OwnerMissing(Invalid):
    """Nobody handled it who could do it again."""

    sentence = _("Nobody has handled this yet. Please dispatch it first.")


@transaction.atomic
def verify(*, matter_id: int, actor: Actor, at: datetime, note: str = "") -> Matter:
    """Confirm that a matter was put right; those who asked may then rate.

    :raises HandlerMayNotJudge: when this person handled it.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.VERIFY)
    must_not_have_handled(matter=matter, actor=actor)
    said = optional_text(text=note, field="note")
    put_right(matter=matter, actor=actor, at=at)
    if said and actor.account_id is not None:
        Note.objects.create(matter=matter, text=said, written_by_id=actor.account_id, written_at=at)
    return matter


def put_right(
    *,
    matter: Matter,
    actor: Actor,
    at: datetime,
    cause: Event | None = None,
    name: str = events.VERIFIED,
) -> None:
    """Close what was put right: open to ratings, or for good when there is nobody to ask.

    What was only answered (`name` is ANSWERED) has no verifier: its event does not claim one.
    """
    days = Method.objects.get(pk=matter.community_id).rating_days
    asks = queries.waiting_to_rate(matter=matter).exists()
    event = move(
        matter=matter,
        step=Step.VERIFY,
        name=name,
        actor=actor,
        at=at,
        cause=cause,
        facts={"round": matter.round},
        verified_by_id=actor.account_id if name == events.VERIFIED else None,
        closed_at=at,
        level_due_at=None,
        rating_until=at + timedelta(days=days) if asks else None,
    )
    if not asks:
        close(matter=matter, actor=system(name="closing"), at=at, cause=event)


def close(*, matter: Matter, actor: Actor, at: datetime, cause: Event | None = None) -> None:
    """Close a matter for good, inside a transaction. Silence leaves no rating: 未评价."""
    ratings = Rating.objects.filter(
        reporter__in=queries.reporters_of(matter=matter), round=matter.round
    )
    move(
        matter=matter,
        step=Step.CLOSE,
        name=events.CLOSED,
        actor=actor,
        at=at,
        cause=cause,
        facts={"ratings": ratings.count()},
        rating_until=None,
    )


@transaction.atomic
def send_to_rework(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    reason: str,
    due_at: datetime | None = None,
) -> Matter:
    """Send a matter back to whoever handled it, with a deadline: it is not put right yet.

    :raises HandlerMayNotJudge: when this person handled it.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.REWORK)
    must_not_have_handled(matter=matter, actor=actor)
    said = required_text(text=reason, field="reason")
    if actor.account_id is not None:
        Note.objects.create(matter=matter, text=said, written_by_id=actor.account_id, written_at=at)
    _begin_rework(matter=matter, actor=actor, at=at, because="verification", due_at=due_at)
    return matter


@transaction.atomic
def rate(
    *,
    matter_id: int,
    reporter_id: int,
    actor: Actor,
    at: datetime,
    solved: bool,
    satisfaction: str,
    comment: str = "",
) -> Rating:
    """Record what one who asked says: their own words, or told to staff who did not handle it.

    Not solved or not satisfied begins a new round at once. When all have rated, it is closed.

    :raises AlreadyRated: when this person rated this round.
    :raises HandlerMayNotJudge: when a handler would record somebody else's rating.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.RATE)
    reporter = reporter_of(matter=matter, reporter_id=reporter_id)
    own = is_own(reporter=reporter, actor=actor)
    if not own:
        if not queries.parties_of(actor=actor, matter=matter) & {Party.DESK, Party.FIELD}:
            raise NotEntitled
        must_not_have_handled(matter=matter, actor=actor)
    if satisfaction not in set(Satisfaction):
        raise RatingIncomplete
    said = optional_text(text=comment, field="comment", limit=COMMENT_LENGTH_MAX)
    event = move(
        matter=matter,
        step=Step.RATE,
        name=events.RATED,
        actor=actor,
        at=at,
        facts={"solved": solved, "satisfaction": satisfaction, "round": matter.round},
    )
    try:
        with transaction.atomic():
            rating = Rating.objects.create(
                reporter=reporter,
                matter_id=reporter.matter_id,
                community_id=matter.community_id,
                round=matter.round,
                solved=solved,
                satisfaction=satisfaction,
                comment=said,
                recorded_by_id=None if own else actor.account_id,
                rated_at=at,
            )
    except IntegrityError:
        raise AlreadyRated from None
    if rating_asks_for_rework(solved=solved, satisfaction=Satisfaction(satisfaction)):
        _begin_rework(
            matter=matter,
            actor=system(name="rating"),
            at=at,
            because="rating",
            due_at=None,
            cause=event,
        )
    elif not queries.waiting_to_rate(matter=matter).exists():
        close(matter=matter, actor=system(name="rating"), at=at, cause=event)
    return rating


@transaction.atomic
def withdraw(
    *, matter_id: int, reporter_id: int, actor: Actor, at: datetime, reason: str = ""
) -> Matter:
    """Withdraw what one person asked. The matter goes on while others ask, or while it is a danger.

    :raises StepNotAllowed: when it is done already.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.WITHDRAW)
    reporter = reporter_of(matter=matter, reporter_id=reporter_id)
    if not is_own(reporter=reporter, actor=actor) and Party.DESK not in queries.parties_of(
        actor=actor, matter=matter
    ):
        raise NotEntitled
    said = optional_text(text=reason, field="reason")
    asked = queries.reporters_of(matter=matter).filter(withdrawn_at=None)
    if not asked.filter(pk=reporter.pk).update(withdrawn_at=at):
        raise NotFound
    goes_on = Kind(matter.kind) in GOES_ON_WITHOUT_REPORTER or asked.exists()
    if goes_on:
        record_of(
            matter=matter,
            name=events.WITHDRAWN,
            actor=actor,
            at=at,
            facts={"goes_on": True, "reporter_id": reporter.pk},
        )
    else:
        move(
            matter=matter,
            step=Step.WITHDRAW,
            name=events.WITHDRAWN,
            actor=actor,
            at=at,
            facts={"goes_on": False, "reporter_id": reporter.pk},
            closed_at=at,
            level_due_at=None,
            paused_at=None,
            paused_until=None,
            published_at=None,
        )
        release_orders(matter=matter, states=ORDER_LIVE | {OrderState.RETURNED}, at=at)
    if said and actor.account_id is not None:
        Note.objects.create(matter=matter, text=said, written_by_id=actor.account_id, written_at=at)
    return matter


def _begin_rework(
    *,
    matter: Matter,
    actor: Actor,
    at: datetime,
    because: str,
    due_at: datetime | None,
    cause: Event | None = None,
) -> None:
    """Begin the next round with an owner, who is whoever handled it, and a deadline."""
    before = matter.order
    if before is None:
        raise OwnerMissing
    condition = matter.condition
    usual = limit_from(clock=condition.clock, amount=condition.rework_amount, start=at)
    move(
        matter=matter,
        step=Step.REWORK,
        name=events.REWORK_ASKED,
        actor=actor,
        at=at,
        cause=cause,
        facts={"because": because, "round": matter.round + 1},
        round=matter.round + 1,
        due_at=earliest(usual, due_at) if due_at is not None and due_at > at else usual,
        overdue_told_at=None,
        resolved_at=None,
        closed_at=None,
        rating_until=None,
        verified_by_id=None,
    )
    order = Order.objects.create(
        matter=matter,
        round=matter.round,
        organisation_id=before.organisation_id,
        account_id=before.account_id,
        dispatched_by_id=actor.account_id,
        dispatched_at=at,
    )
    set_order(matter=matter, order=order)


def reporter_of(*, matter: Matter, reporter_id: int) -> Reporter:
    """Return one who asked for this matter or for one merged into it.

    :raises NotFound: when they asked for something else.
    """
    reporter = queries.reporters_of(matter=matter).filter(pk=reporter_id).first()
    if reporter is None:
        raise NotFound
    return reporter


def is_own(*, reporter: Reporter, actor: Actor) -> bool:
    """Tell whether this person is the one who asked."""
    if actor.kind == ActorKind.REPORTER:
        return reporter.pk == actor.id
    return reporter.account_id is not None and reporter.account_id in actor.account_ids
