"""What somebody has before them: today's doors, and one of them with its story."""

import json
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import Count, F, QuerySet

from linli.core import attachments, crypto
from linli.core.actor import Actor
from linli.core.models import Attachment, Event
from linli.core.ref import Ref
from linli.people import queries as people
from linli.people.models import Household
from linli.visits.models import Cadence, CampaignKind, Visit
from linli.visits.queries.access import CADENCE, DOOR, VISIT, visits_open_to
from linli.visits.queries.campaigns import VisitRow
from linli.visits.workflow import CampaignState, VisitState

ANSWERS_FIELD = "visits_visit.answers"
CAUSE_FIELD = "visits_visit.cause"
SHOWN_MOST = 100


def due_visits(*, actor: Actor, on: date) -> list[VisitRow]:
    """Return the calls that wait for this person by that day, in walking order.

    Those of whoever they stand in for are theirs too.
    """
    rows = _due(actor, on).select_related(*DOOR, "campaign")
    # What cannot wait comes first, the soonest before.
    in_order = rows.order_by(F("due_by").asc(nulls_last=True), "campaign_id", "position", "id")
    found = in_order[:SHOWN_MOST]
    return [
        VisitRow(visit=one, address=people.address_of(household=one.household)) for one in found
    ]


def count_due(*, actor: Actor, on: date) -> int:
    """Return how many calls wait for this person by that day."""
    return _due(actor, on).count()


def later_days(*, actor: Actor, on: date) -> list[tuple[date, int]]:
    """Return the next days on which calls fall due, with how many."""
    rows = Visit.objects.filter(
        account_id__in=actor.account_ids,
        state=VisitState.DUE,
        due_date__gt=on,
        campaign__state=CampaignState.RUNNING,
    )
    counted = rows.values("due_date").annotate(total=Count("id")).order_by("due_date")
    return [(row["due_date"], row["total"]) for row in counted[:5]]


def earlier_calls(*, visit: Visit) -> list[Visit]:
    """Return the calls on the same household in the same campaign before this one."""
    rows = Visit.objects.filter(
        campaign_id=visit.campaign_id, household_id=visit.household_id, round=visit.round
    )
    return list(rows.filter(attempt__lt=visit.attempt).order_by("attempt"))


def answers_of(*, visit: Visit) -> dict[str, object]:
    """Return what was answered at the door, opened for somebody who may see the visit."""
    text = crypto.unseal(sealed=visit.answers_sealed, field=ANSWERS_FIELD, row=str(visit.row_key))
    found: dict[str, object] = json.loads(text) if text else {}
    return found


def photos_of(*, visit: Visit) -> list[Attachment]:
    """Return the photos of a visit, for somebody who may see it."""
    return attachments.attachments_of(subject=Ref(kind=VISIT, id=visit.pk))


def cause_of(*, visit: Visit) -> str:
    """Return what happened before a call, as a code, for somebody who may see the visit."""
    if not visit.cause_sealed:
        return ""
    return crypto.unseal(sealed=visit.cause_sealed, field=CAUSE_FIELD, row=str(visit.row_key))


def findings_of(*, visit: Visit) -> list[Ref]:
    """Return what was found on a visit and became something in another room."""
    rows = visit.findings.order_by("id").values_list("ref", flat=True)
    return [Ref.parse(text=text) for text in rows]


def cadence_of(*, household_id: int) -> Cadence | None:
    """Return how a household is called on regularly, or None.

    For whoever was given the household; see `people.queries.get_household`.
    """
    rows = Cadence.objects.select_related("account").filter(ended_at=None)
    return rows.filter(household_id=household_id, campaign__kind=CampaignKind.CADENCE).first()


def rhythm_of_need(*, actor: Actor, household: Household) -> Cadence | None:
    """Return how a household is called on because of a need, to those who may know of it."""
    rows = Cadence.objects.select_related("account").filter(
        household=household, ended_at=None, campaign__kind=CampaignKind.PRIORITY
    )
    if household.community_id not in people.entitled_in(actor=actor):
        rows = rows.filter(account_id__in=actor.account_ids)
    return rows.first()


def calls_on(*, actor: Actor, household_id: int) -> list[Visit]:
    """Return the latest calls on a household that this person may see, newest first."""
    rows = visits_open_to(actor=actor).filter(household_id=household_id)
    found = rows.select_related("campaign", "account", "recorded_by").order_by("-due_date", "-id")
    return list(found[:SHOWN_MOST])


def visits_on_trace(*, actor: Actor, trace: UUID) -> list[Visit]:
    """Return the visits of a thread that this person may see."""
    return list(visits_open_to(actor=actor).filter(trace=trace).order_by("attempt"))


def events_on(*, visits: Sequence[Visit]) -> list[Event]:
    """Return what happened on these visits, oldest first."""
    rows = Event.objects.filter(
        trace__in={one.trace for one in visits},
        subject_kind=VISIT,
        subject_id__in=[one.pk for one in visits],
    )
    return list(rows.order_by("id"))


def events_of_rhythm(*, trace: UUID) -> list[Event]:
    """Return what happened to regular visits and their calls on a thread, oldest first.

    For whoever was given the link or household whose thread it is.
    """
    kinds = (CADENCE, VISIT)
    return list(Event.objects.filter(trace=trace, subject_kind__in=kinds).order_by("id"))


def rhythm_of(*, trace: UUID) -> Cadence | None:
    """Return the regular visits on a thread, or None; for whoever was given what it is of."""
    rows = Cadence.objects.select_related("account").filter(ended_at=None)
    return rows.filter(trace=trace).first()


def _due(actor: Actor, on: date) -> QuerySet[Visit]:
    return Visit.objects.filter(
        account_id__in=actor.account_ids,
        state=VisitState.DUE,
        due_date__lte=on,
        campaign__state=CampaignState.RUNNING,
    )
