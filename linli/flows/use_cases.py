"""What must hold at once across several steps: one function, one transaction."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from linli.core.actor import Actor
from linli.core.ref import Ref
from linli.language.mask import scrub_personal_data
from linli.matters import queries as matters
from linli.matters import services
from linli.matters.intake import category_for
from linli.matters.models import Matter
from linli.matters.services import Report, Reported
from linli.matters.workflow import Channel
from linli.territory.queries import locate
from linli.visits import queries as visit_queries
from linli.visits import services as visits


@transaction.atomic
def accept_and_dispatch(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    title: str = "",
    condition_id: int | None = None,
    organisation_id: int | None = None,
    account_id: int | None = None,
    note: str = "",
) -> Matter:
    """Accept a matter and give it to a handler: one press at the desk, two steps on the thread."""
    services.accept(matter_id=matter_id, actor=actor, at=at, title=title, condition_id=condition_id)
    return services.dispatch(
        matter_id=matter_id,
        actor=actor,
        at=at,
        organisation_id=organisation_id,
        account_id=account_id,
        note=note,
    )


class Then(StrEnum):
    """What becomes of a report that is entered for a caller."""

    KEEP = "KEEP"  # it waits in the queue
    DISPATCH = "DISPATCH"
    SETTLE = "SETTLE"  # answered on the telephone
    MERGE = "MERGE"  # somebody asked for the same before


@dataclass(frozen=True, slots=True)
class Entry:
    """A report entered for a caller, with what follows at once."""

    report: Report
    then: Then = Then.KEEP
    organisation_id: int | None = None
    account_id: int | None = None
    answer: str = ""
    same_as_id: int | None = None


@transaction.atomic
def enter_report(*, entry: Entry, actor: Actor, at: datetime) -> Reported:
    """Take a caller's report in and do what follows at once, or nothing at all.

    The same entry sent twice is one matter. What turns out to be an emergency is only taken in: it
    goes to those in charge, whoever entered it.
    """
    reported = services.report(report=entry.report, actor=actor, at=at)
    matter = reported.matter
    if not reported.is_new or matter.is_restricted:
        return reported
    match entry.then:
        case Then.DISPATCH:
            accept_and_dispatch(
                matter_id=matter.pk,
                actor=actor,
                at=at,
                organisation_id=entry.organisation_id,
                account_id=entry.account_id,
            )
        case Then.SETTLE:
            services.settle(matter_id=matter.pk, actor=actor, at=at, note=entry.answer)
        case Then.MERGE:
            services.merge(matter_id=matter.pk, into_id=entry.same_as_id or 0, actor=actor, at=at)
        case Then.KEEP:
            pass
    matter.refresh_from_db()
    return reported


@transaction.atomic
def report_finding(
    *, visit_id: int, text: str, submission_key: UUID, actor: Actor, at: datetime
) -> Matter:
    """Make a matter of what a visit found: at its building, on its thread, each naming the other.

    Phone and ID numbers are masked: what was said at the door lies sealed with the visit, and a
    matter's text does not. The same form sent twice is one matter.

    :raises NotFound: when there is no such visit, or not for this person.
    :raises TextMissing: when the text says nothing.
    """
    visit = visit_queries.get_visit(actor=actor, visit_id=visit_id)
    text = scrub_personal_data(text=text)
    community_id = visit.campaign.community_id
    reported = services.report(
        report=Report(
            submission_key=submission_key,
            community_id=community_id,
            text=text,
            category_id=category_for(
                community_id=community_id, text=text, chosen_id=None, for_residents=False
            ),
            location=locate(
                community_id=community_id,
                building_id=visit.household.building_id,
                with_ended=True,
            ),
            channel=Channel.FIELD,
            trace=visit.trace,
        ),
        actor=actor,
        at=at,
    )
    ref = Ref(kind=matters.SUBJECT, id=reported.matter.pk)
    visits.note_finding(visit_id=visit.pk, ref=ref, actor=actor, at=at)
    return reported.matter
