"""What a handler does with an order, and how a third judges an objection."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import attachments as core_attachments
from linli.core.actor import Actor
from linli.core.calendars import calendar_at
from linli.core.clocks import Clock
from linli.core.clocks import extend as extend_due
from linli.core.clocks import resume as resume_due
from linli.core.errors import Invalid, Refused
from linli.core.models import Attachment
from linli.matters import events
from linli.matters.models import Matter, Method, Order, ReturnReason, TimeRequest
from linli.matters.services._moving import (
    earliest,
    limit_from,
    move,
    must_not_have_handled,
    optional_text,
    ref_of,
    required_text,
    take_up,
)
from linli.matters.services.closing import put_right
from linli.matters.services.desk import release_orders, set_order
from linli.matters.workflow import OrderState, State, Step

REASON_LENGTH_MAX = 400
SHORT_REASON_LENGTH_MAX = 200
PAUSE_DAYS_MAX = 180
EXTENSION_AMOUNT_MAX = 90


class ReturnReasonMissing(Invalid):
    """A return names one of the community's reasons."""

    sentence = _("Please choose why this is given back.")
    field = "reason"


class PhotoMissing(Invalid):
    """The category asks for a photo of the result."""

    sentence = _("“%(category)s” asks for a photo of the result. Please add one.")
    field = "photos"


class TooManyExtensions(Refused):
    """The time limit was extended as often as it may be."""

    sentence = _("The limit was extended %(count)s times already; that is as often as it may be.")


class AmountInvalid(Invalid):
    """An extension is a small number of the clock's units."""

    sentence = _("Please enter a whole number from 1 to %(most)s.")
    field = "amount"


class PauseInvalid(Invalid):
    """A pause ends at a moment that is still to come and not too far off."""

    sentence = _("A pause ends on a day to come, within %(days)s days.")
    field = "until"


class AlreadyAsked(Refused):
    """An earlier request for time is still open."""

    sentence = _("You have already asked for time. The community will answer first.")


class NothingAsked(Refused):
    """Nobody asked for time."""

    sentence = _("There is no open request for time.")


@transaction.atomic
def take(*, matter_id: int, actor: Actor, at: datetime) -> Matter:
    """Take an order. A unit that had given the matter back is released from it now."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.TAKE)
    move(matter=matter, step=Step.TAKE, name=events.TAKEN, actor=actor, at=at)
    order = _order_of(matter)
    order.state, order.taken_by_id, order.taken_at = OrderState.TAKEN, actor.account_id, at
    order.save(update_fields=["state", "taken_by", "taken_at"])
    release_orders(matter=matter, states=frozenset({OrderState.RETURNED}), at=at, but_id=order.pk)
    return matter


@transaction.atomic
def object_to(*, matter_id: int, actor: Actor, at: datetime, reason: str) -> Matter:
    """Object to an order before taking it; a third will judge."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.OBJECT)
    said = required_text(text=reason, field="reason", limit=REASON_LENGTH_MAX)
    move(matter=matter, step=Step.OBJECT, name=events.OBJECTED, actor=actor, at=at)
    order = _order_of(matter)
    order.state, order.objection = OrderState.OBJECTED, said
    order.save(update_fields=["state", "objection"])
    return matter


@transaction.atomic
def uphold(*, matter_id: int, actor: Actor, at: datetime, judgement: str) -> Matter:
    """Find that the objection is right: the matter is to be dispatched to somebody else."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.UPHOLD)
    said = required_text(text=judgement, field="judgement", limit=REASON_LENGTH_MAX)
    order = _order_of(matter)
    move(
        matter=matter,
        step=Step.UPHOLD,
        name=events.OBJECTION_UPHELD,
        actor=actor,
        at=at,
        facts={"order_id": order.pk, "organisation_id": order.organisation_id},
        order_id=None,
    )
    matter.order = None
    order.state, order.ended_at = OrderState.RELEASED, at
    order.judged_by_id, order.judgement = actor.account_id, said
    order.save(update_fields=["state", "ended_at", "judged_by", "judgement"])
    return matter


@transaction.atomic
def overrule(*, matter_id: int, actor: Actor, at: datetime, judgement: str) -> Matter:
    """Find that the order stands: the handler is to take it."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.OVERRULE)
    said = required_text(text=judgement, field="judgement", limit=REASON_LENGTH_MAX)
    move(
        matter=matter,
        step=Step.OVERRULE,
        name=events.OBJECTION_OVERRULED,
        actor=actor,
        at=at,
        # An order that comes back for a second time in rework is still rework.
        target=State.REWORK if matter.round > 1 else State.DISPATCHED,
    )
    order = _order_of(matter)
    order.state, order.judged_by_id, order.judgement = OrderState.SENT, actor.account_id, said
    order.save(update_fields=["state", "judged_by", "judgement"])
    return matter


@transaction.atomic
def return_order(
    *, matter_id: int, actor: Actor, at: datetime, reason_id: int | None, note: str = ""
) -> Matter:
    """Give a matter back with a reason. The unit answers for it until another takes it.

    :raises ReturnReasonMissing: when the reason is not one of the community's.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.RETURN)
    said = optional_text(text=note, field="note", limit=REASON_LENGTH_MAX)
    reason = ReturnReason.objects.filter(
        pk__in=[reason_id], community_id=matter.community_id, ended_at=None
    ).first()
    if reason is None:
        raise ReturnReasonMissing
    move(
        matter=matter,
        step=Step.RETURN,
        name=events.RETURNED,
        actor=actor,
        at=at,
        facts={"reason": reason.code},
    )
    order = _order_of(matter)
    order.state, order.return_reason, order.return_note = OrderState.RETURNED, reason, said
    order.save(update_fields=["state", "return_reason", "return_note"])
    _drop_open_request(order=order, actor=actor, at=at)
    return matter


@transaction.atomic
def refuse_return(*, matter_id: int, actor: Actor, at: datetime, reason: str) -> Matter:
    """Refuse a return: the unit that has the matter goes on with it."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.REFUSE_RETURN)
    said = required_text(text=reason, field="reason", limit=REASON_LENGTH_MAX)
    move(matter=matter, step=Step.REFUSE_RETURN, name=events.RETURN_REFUSED, actor=actor, at=at)
    order = _order_of(matter)
    order.state, order.judgement, order.judged_by_id = OrderState.TAKEN, said, actor.account_id
    order.save(update_fields=["state", "judgement", "judged_by"])
    return matter


@transaction.atomic
def settle(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    note: str,
    attachments: Sequence[UUID] = (),
) -> Matter:
    """Settle a matter on the spot, without an order to anybody: 小事不出户."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.SETTLE)
    said = required_text(text=note, field="note")
    _claim_results(matter=matter, attachments=attachments, actor=actor, at=at)
    changes: dict[str, Any] = {
        "resolved_at": at,
        "settled_level_id": matter.level_id,
        "level_due_at": None,
    }
    if matter.accepted_at is None:
        condition = matter.condition
        changes |= {
            "accepted_at": at,
            "accepted_by_id": actor.account_id,
            "due_at": earliest(
                limit_from(clock=condition.clock, amount=condition.amount, start=at),
                matter.hotline_due_at,
            ),
        }
    event = move(
        matter=matter, step=Step.SETTLE, name=events.SETTLED, actor=actor, at=at, **changes
    )
    order = Order.objects.create(
        matter=matter,
        round=matter.round,
        state=OrderState.DONE,
        account_id=actor.account_id,
        dispatched_by_id=actor.account_id,
        dispatched_at=at,
        taken_by_id=actor.account_id,
        taken_at=at,
        resolved_by_id=actor.account_id,
        resolved_at=at,
        resolution=said,
        ended_at=at,
    )
    set_order(matter=matter, order=order)
    if not matter.category.check_on_site:
        put_right(matter=matter, actor=actor, at=at, cause=event, name=events.ANSWERED)
    return matter


@transaction.atomic
def resolve(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    note: str,
    attachments: Sequence[UUID] = (),
) -> Matter:
    """Report a matter done, with what was done and, where the category demands it, a photo.

    :raises PhotoMissing: when the category demands a photo and there is none.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.RESOLVE)
    said = required_text(text=note, field="note")
    _claim_results(matter=matter, attachments=attachments, actor=actor, at=at)
    event = move(
        matter=matter,
        step=Step.RESOLVE,
        name=events.RESOLVED,
        actor=actor,
        at=at,
        facts={"photos": len(attachments)},
        resolved_at=at,
        settled_level_id=matter.level_id,
        level_due_at=None,
    )
    order = _order_of(matter)
    order.state, order.resolved_by_id, order.resolved_at = OrderState.DONE, actor.account_id, at
    order.resolution, order.ended_at = said, at
    order.save(update_fields=["state", "resolved_by", "resolved_at", "resolution", "ended_at"])
    _drop_open_request(order=order, actor=actor, at=at)
    if not matter.category.check_on_site:
        put_right(matter=matter, actor=actor, at=at, cause=event, name=events.ANSWERED)
    return matter


# --- Time -------------------------------------------------------------------------------------


@transaction.atomic
def ask_time(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    kind: str,
    reason: str,
    amount: int | None = None,
    until: datetime | None = None,
) -> TimeRequest:
    """Ask the desk for an extension (by `amount` of the condition's clock) or a pause (`until`).

    :raises AlreadyAsked: when an earlier request is still open.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.ASK_TIME)
    said = required_text(text=reason, field="reason", limit=SHORT_REASON_LENGTH_MAX)
    order = _order_of(matter)
    if kind == TimeRequest.Kind.EXTENSION:
        amount, until = _checked_amount(amount), None
    else:
        kind, amount, until = TimeRequest.Kind.PAUSE, None, _checked_until(until, at=at)
    move(
        matter=matter,
        step=Step.ASK_TIME,
        name=events.TIME_ASKED,
        actor=actor,
        at=at,
        facts={"kind": kind},
    )
    if order.time_requests.filter(state=TimeRequest.State.ASKED).exists():
        raise AlreadyAsked
    assert actor.account_id is not None
    return TimeRequest.objects.create(
        order=order,
        kind=kind,
        amount=amount,
        until=until,
        reason=said,
        asked_by_id=actor.account_id,
        asked_at=at,
    )


@transaction.atomic
def extend(
    *, matter_id: int, actor: Actor, at: datetime, amount: int | None, reason: str
) -> Matter:
    """Extend the time limit by `amount` of the condition's clock; grants an open request.

    :raises TooManyExtensions: when it was extended as often as the community allows.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.EXTEND)
    must_not_have_handled(matter=matter, actor=actor)
    amount = _checked_amount(amount)
    order = _order_of(matter)
    most = Method.objects.get(pk=matter.community_id).extensions_max
    granted = TimeRequest.objects.filter(
        order__matter=matter, kind=TimeRequest.Kind.EXTENSION, state=TimeRequest.State.GRANTED
    ).count()
    if granted >= most:
        raise TooManyExtensions(count=granted)
    due = extend_due(
        clock=Clock(matter.condition.clock),
        due=matter.due_at,
        amount=amount,
        calendar=calendar_at(at=at),
    )
    move(
        matter=matter,
        step=Step.EXTEND,
        name=events.EXTENDED,
        actor=actor,
        at=at,
        facts={"amount": amount, "clock": matter.condition.clock},
        due_at=earliest(due, matter.hotline_due_at),
        overdue_told_at=None,
    )
    _grant(
        order=order,
        kind=TimeRequest.Kind.EXTENSION,
        amount=amount,
        until=None,
        reason=reason,
        actor=actor,
        at=at,
    )
    return matter


@transaction.atomic
def pause(
    *, matter_id: int, actor: Actor, at: datetime, until: datetime | None, reason: str
) -> Matter:
    """Stop the clock until a day to come; it starts again by itself. Grants an open request.

    :raises PauseInvalid: when `until` is past or too far off.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.PAUSE)
    must_not_have_handled(matter=matter, actor=actor)
    ends = _checked_until(until, at=at)
    move(
        matter=matter,
        step=Step.PAUSE,
        name=events.PAUSED,
        actor=actor,
        at=at,
        facts={"until": ends.isoformat()},
        paused_at=at,
        paused_until=ends,
    )
    _grant(
        order=_order_of(matter),
        kind=TimeRequest.Kind.PAUSE,
        amount=None,
        until=ends,
        reason=reason,
        actor=actor,
        at=at,
    )
    return matter


@transaction.atomic
def refuse_time(*, matter_id: int, actor: Actor, at: datetime, reason: str) -> Matter:
    """Refuse an open request for time.

    :raises NothingAsked: when there is none.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.REFUSE_TIME)
    must_not_have_handled(matter=matter, actor=actor)
    said = required_text(text=reason, field="reason", limit=SHORT_REASON_LENGTH_MAX)
    move(matter=matter, step=Step.REFUSE_TIME, name=events.TIME_REFUSED, actor=actor, at=at)
    refused = _order_of(matter).time_requests.filter(state=TimeRequest.State.ASKED)
    if not refused.update(
        state=TimeRequest.State.REFUSED,
        decided_by_id=actor.account_id,
        decided_at=at,
        answer=said,
    ):
        raise NothingAsked
    return matter


@transaction.atomic
def resume(*, matter_id: int, actor: Actor, at: datetime) -> Matter:
    """Start the clock again: the time that was left when it stopped is left now."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.RESUME)
    assert matter.paused_at is not None
    shift = at - matter.paused_at
    due = resume_due(
        clock=Clock(matter.condition.clock),
        due=matter.due_at,
        paused_at=matter.paused_at,
        resumed_at=max(at, matter.paused_at),
        calendar=calendar_at(at=at),
    )
    move(
        matter=matter,
        step=Step.RESUME,
        name=events.RESUMED,
        actor=actor,
        at=at,
        # The city's own deadline for a 12345 order does not pause.
        due_at=earliest(due, matter.hotline_due_at),
        paused_at=None,
        paused_until=None,
        level_due_at=matter.level_due_at and matter.level_due_at + shift,
    )
    return matter


# --- Small parts --------------------------------------------------------------------------------


def _order_of(matter: Matter) -> Order:
    assert matter.order is not None, "a matter with a handler has an order"
    return matter.order


def _claim_results(
    *, matter: Matter, attachments: Sequence[UUID], actor: Actor, at: datetime
) -> None:
    if attachments:
        core_attachments.claim(
            tokens=attachments, subject=ref_of(matter=matter), actor=actor, at=at
        )
    if matter.category.photo_required:
        results = core_attachments.attachments_of(subject=ref_of(matter=matter))
        since = matter.order.dispatched_at if matter.order is not None else matter.reported_at
        shown = [
            one
            for one in results
            if one.purpose == Attachment.Purpose.RESULT and one.uploaded_at >= since
        ]
        if not shown:
            raise PhotoMissing(category=matter.category.name)


def _checked_amount(amount: int | None) -> int:
    if amount is None or not 1 <= amount <= EXTENSION_AMOUNT_MAX:
        raise AmountInvalid(most=EXTENSION_AMOUNT_MAX)
    return amount


def _checked_until(until: datetime | None, *, at: datetime) -> datetime:
    if until is None or not at < until <= at + timedelta(days=PAUSE_DAYS_MAX):
        raise PauseInvalid(days=PAUSE_DAYS_MAX)
    return until


def _grant(
    *,
    order: Order,
    kind: str,
    amount: int | None,
    until: datetime | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Grant the open request of this kind, or write down a grant that nobody asked for."""
    said = required_text(text=reason, field="reason", limit=SHORT_REASON_LENGTH_MAX)
    decided = {
        "state": TimeRequest.State.GRANTED,
        "amount": amount,
        "until": until,
        "decided_by_id": actor.account_id,
        "decided_at": at,
        "answer": said,
    }
    asked = order.time_requests.filter(state=TimeRequest.State.ASKED, kind=kind)
    if asked.update(**decided) or actor.account_id is None:
        return
    TimeRequest.objects.create(
        order=order, kind=kind, reason=said, asked_by_id=actor.account_id, asked_at=at, **decided
    )


def _drop_open_request(*, order: Order, actor: Actor, at: datetime) -> None:
    """A request for time falls when its order is done or given back."""
    order.time_requests.filter(state=TimeRequest.State.ASKED).update(
        state=TimeRequest.State.REFUSED, decided_by_id=actor.account_id, decided_at=at
    )
