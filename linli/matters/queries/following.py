"""The story of one matter: who follows it, who holds it, what happened, who may rate."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from linli.core import codes, crypto
from linli.core.actor import Actor, ActorKind
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.matters.models import (
    Matter,
    Order,
    Reporter,
)
from linli.matters.queries.access import SUBJECT, reporters_of, visible_to
from linli.matters.workflow import (
    ORDER_LIVE,
    SETTLED,
    OrderState,
)


class UnknownCode(NotFound):
    """No report bears this tracking code, or its time is over."""


def reporter_by_code(*, code: str, at: datetime) -> Reporter:
    """Return the reporter whom a tracking code belongs to, with the matter that now stands for it.

    :raises UnknownCode: when there is none, or it closed too long ago to be shown.
    """
    try:
        plain = codes.normalise_tracking_code(text=code)
    except codes.InvalidCode as error:
        raise UnknownCode from error
    reporter = (
        Reporter.objects.select_related("matter__merged_into", "matter__community__matter_method")
        .filter(code_digest=crypto.digest(value=plain, field="reporter.code"))
        .first()
    )
    if reporter is None:
        raise UnknownCode
    matter = standing(matter=reporter.matter)
    days = reporter.matter.community.matter_method.tracking_days
    if matter.closed_at is not None and matter.closed_at + timedelta(days=days) < at:
        raise UnknownCode
    return reporter


def actor_of_reporter(*, reporter: Reporter) -> Actor:
    """Return the actor that somebody with this tracking code is."""
    return Actor(kind=ActorKind.REPORTER, id=reporter.pk)


def standing(*, matter: Matter) -> Matter:
    """Return the matter that stands for this one: itself, or what it was merged into."""
    return matter.merged_into if matter.merged_into is not None else matter


def events_of(*, matter: Matter) -> QuerySet[Event]:
    """Return everything that happened to a matter and to what was merged into it, oldest first."""
    ids: Sequence[int] = [matter.pk, *matter.merged_matters.values_list("pk", flat=True)]
    return Event.objects.filter(subject_kind=SUBJECT, subject_id__in=ids).order_by("id")


def list_by_trace(*, actor: Actor, trace: UUID) -> QuerySet[Matter]:
    """Return the matters of one thread that this person sees."""
    return visible_to(actor=actor).filter(trace=trace).order_by("id")


def holder_of(*, matter: Matter) -> Order | None:
    """Return the order whose unit answers for the matter: the live one, or the last given back."""
    if matter.order is not None and matter.order.state in ORDER_LIVE:
        return matter.order
    held = matter.orders.filter(state=OrderState.RETURNED).select_related("organisation", "account")
    return held.order_by("-id").first()


def waiting_to_rate(*, matter: Matter) -> QuerySet[Reporter]:
    """Return those who asked, want to be asked, and have not rated this round."""
    rated = Reporter.objects.filter(pk=OuterRef("pk"), ratings__round=matter.round)
    return (
        reporters_of(matter=matter)
        .filter(wants_answer=True, withdrawn_at=None)
        .filter(~Exists(rated))
    )


def is_settled(*, matter: Matter) -> bool:
    """Tell whether nothing more is to be done about it."""
    return matter.state in SETTLED
