"""What must hold at once across several steps: one function, one transaction."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from linli.core.actor import Actor
from linli.matters import services
from linli.matters.models import Matter
from linli.matters.services import Report, Reported


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
