"""Everything that one matter's page shows, read in a number of queries that never grows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from linli.core.attachments import attachments_of
from linli.core.models import Attachment, Event
from linli.core.ref import Ref
from linli.matters import queries
from linli.matters.models import (
    Matter,
    Mediation,
    Note,
    Order,
    Problem,
    Rating,
    Reporter,
    TimeRequest,
    Told,
)
from linli.matters.workflow import ORDER_LIVE, OrderState


@dataclass(frozen=True, slots=True)
class Dossier:
    """One matter with all that hangs on it, each list oldest first."""

    matter: Matter
    orders: Sequence[Order]
    time_requests: Sequence[TimeRequest]
    notes: Sequence[Note]
    mediations: Sequence[Mediation]
    reporters: Sequence[Reporter]
    told: Mapping[int, Sequence[Told]]  # by reporter
    ratings: Mapping[int, Sequence[Rating]]  # by reporter
    merged: Sequence[Matter]
    problems: Sequence[Problem]
    attachments: Sequence[Attachment]
    events: Sequence[Event]

    @property
    def holder(self) -> Order | None:
        """Return the order whose unit answers for the matter: the live one, or one given back."""
        live = [order for order in self.orders if order.state in ORDER_LIVE]
        held = live or [order for order in self.orders if order.state == OrderState.RETURNED]
        return held[-1] if held else None

    @property
    def asked_time(self) -> TimeRequest | None:
        """Return the request for time that waits for an answer."""
        waiting = [one for one in self.time_requests if one.state == TimeRequest.State.ASKED]
        return waiting[-1] if waiting else None

    @property
    def report_photos(self) -> list[Attachment]:
        """Return what was sent with the report."""
        return [one for one in self.attachments if one.purpose == Attachment.Purpose.REPORT]

    @property
    def result_photos(self) -> list[Attachment]:
        """Return what shows the result."""
        return [one for one in self.attachments if one.purpose == Attachment.Purpose.RESULT]


def asked_time_of(*, matter: Matter) -> TimeRequest | None:
    """Return the request for time that waits for an answer."""
    if matter.order_id is None:
        return None
    return (
        TimeRequest.objects.filter(order_id__in=[matter.order_id], state=TimeRequest.State.ASKED)
        .select_related("asked_by")
        .first()
    )


def dossier_of(*, matter: Matter) -> Dossier:
    """Read everything about a matter that somebody was already allowed to see."""
    orders = list(
        matter.orders.select_related(
            "organisation",
            "account",
            "dispatched_by",
            "taken_by",
            "judged_by",
            "resolved_by",
            "return_reason",
        )
        .prefetch_related(
            Prefetch(
                "time_requests",
                TimeRequest.objects.select_related("asked_by", "decided_by").order_by("id"),
            )
        )
        .order_by("id")
    )
    reporters = list(
        queries.reporters_of(matter=matter)
        .select_related("entered_by", "account")
        .prefetch_related(
            Prefetch("told", Told.objects.select_related("told_by").order_by("id")),
            Prefetch("ratings", Rating.objects.select_related("recorded_by").order_by("id")),
        )
    )
    merged = list(matter.merged_matters.select_related("building", "estate").order_by("id"))
    return Dossier(
        matter=matter,
        orders=orders,
        time_requests=[one for order in orders for one in order.time_requests.all()],
        notes=list(matter.notes.select_related("written_by").order_by("id")),
        mediations=list(matter.mediations.select_related("mediator").order_by("id")),
        reporters=reporters,
        told={one.pk: list(one.told.all()) for one in reporters},
        ratings={one.pk: list(one.ratings.all()) for one in reporters},
        merged=merged,
        problems=list(matter.problems.select_related("problem_list").order_by("id")),
        attachments=attachments_of(subject=Ref(queries.SUBJECT, matter.pk)),
        events=list(
            Event.objects.filter(
                subject_kind=queries.SUBJECT,
                subject_id__in=[matter.pk, *(one.pk for one in merged)],
            ).order_by("id")
        ),
    )
