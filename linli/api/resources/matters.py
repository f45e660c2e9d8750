"""Matters: the list, one of them with the steps open to the caller, and its thread."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from linli.api.caller import REPORT, WRITE, Caller, caller_of
from linli.api.operations import reads, writes
from linli.api.paging import key_of, mark_of
from linli.api.resources.reports import report_matter
from linli.api.schemas.common import Paging, PathKey
from linli.api.schemas.matters import (
    EventList,
    MatterDetail,
    MatterList,
    MatterQuery,
    RatingRow,
    ReporterRow,
    StepOffer,
    attached_of,
    detail_of,
    order_of,
    row_of,
)
from linli.api.schemas.reports import Receipt
from linli.api.telling import rows_of_events
from linli.language.mask import scrub_personal_data
from linli.matters import dossier, queries, services
from linli.matters.dossier import Dossier
from linli.matters.events import ABOUT_REPORTERS
from linli.matters.labels import STEPS
from linli.matters.queries import MatterFilter
from linli.matters.workflow import Party, Satisfaction, Step

router = Router(tags=["matters"])

_PEOPLE_OF_THE_OFFICE = frozenset({Party.DESK, Party.FIELD, Party.LEAD})


@reads(router, "", answers=MatterList, summary=_("List matters, newest first"), paged=True)
def list_matters(request: HttpRequest, wanted: Query[MatterQuery]) -> MatterList:
    """Return one page of the matters that the caller sees."""
    caller = caller_of(request)
    name = "matters-due" if wanted.oldest_deadline_first else "matters"
    page = queries.page_of_matters(
        actor=caller.actor,
        wanted=filter_of(wanted, at=caller.at),
        after=key_of(name=name, mark=wanted.after),
        size=wanted.limit,
    )
    return MatterList(
        items=[row_of(matter, caller.at) for matter in page.matters],
        after=mark_of(name=name, key=page.next_after) if page.next_after else None,
    )


writes(
    router,
    "",
    answers=Receipt,
    status=201,
    scopes=(WRITE, REPORT),
    summary=_("Report a matter"),
)(report_matter)


def filter_of(wanted: MatterQuery, *, at: datetime) -> MatterFilter:
    """Return what a list is asked for, as the queries take it."""
    return MatterFilter(
        community_id=wanted.community_id,
        grid_id=wanted.grid_id,
        estate_id=wanted.estate_id,
        building_id=wanted.building_id,
        states=tuple(wanted.state),
        kinds=tuple(wanted.kind),
        category_id=wanted.category_id,
        channel=wanted.channel or "",
        organisation_id=wanted.organisation_id,
        level_id=wanted.level_id,
        overdue_at=at if wanted.overdue else None,
        needs_desk=wanted.needs_desk,
        time_asked_only=wanted.time_asked,
        rework_only=wanted.rework,
        restricted_only=wanted.restricted,
        reported_from=wanted.reported_from,
        reported_until=wanted.reported_until,
        query=wanted.query,
        oldest_deadline_first=wanted.oldest_deadline_first,
    )


@reads(router, "/{matter_id}", answers=MatterDetail, summary=_("One matter with all about it"))
def get_matter(request: HttpRequest, matter_id: PathKey) -> MatterDetail:
    """Return one matter, and the steps that the caller may take with it now."""
    return shown(caller=caller_of(request), matter_id=matter_id)


def shown(*, caller: Caller, matter_id: int) -> MatterDetail:
    """Return one matter as its viewer may see it."""
    matter = queries.get_matter(actor=caller.actor, matter_id=matter_id)
    known = dossier.dossier_of(matter=matter)
    parties = queries.parties_of(actor=caller.actor, matter=matter)
    # A handler reads what is to be done, not what somebody said of themselves on the way.
    is_ours = bool(parties & _PEOPLE_OF_THE_OFFICE) or matter.is_restricted
    steps = queries.steps_for(actor=caller.actor, matter=matter)
    return detail_of(
        matter,
        caller.at,
        text=matter.text if is_ours else scrub_personal_data(text=matter.text),
        steps=[
            StepOffer(
                step=step, name=str(STEPS[step]), href=f"/api/v1/matters/{matter_id}/steps/{step}"
            )
            for step in steps
            if step != Step.CLOSE
        ],
        orders=[order_of(order) for order in known.orders],
        reporters=_reporters(caller, known, is_part=bool(parties)),
        attachments=[attached_of(one) for one in known.attachments],
        merged=[one.pk for one in known.merged],
    )


def _reporters(caller: Caller, known: Dossier, *, is_part: bool) -> list[ReporterRow]:
    """Return those who asked; whoever is complained of learns of none of them but a number."""
    is_open = is_part and services.may_know_reporters(matter=known.matter, actor=caller.actor)
    rows = []
    for one in known.reporters:
        contact = services.masked_contact(reporter=one) if is_open else None
        rows.append(
            ReporterRow(
                id=one.pk,
                name=contact.name if contact else "",
                phone=contact.phone if contact else "",
                on_behalf_of=one.on_behalf_of if is_open else "",
                wants_answer=one.wants_answer,
                is_withdrawn=one.withdrawn_at is not None,
                reported_at=one.reported_at,
                ratings=[
                    RatingRow(
                        round=rating.round,
                        solved=rating.solved,
                        satisfaction=Satisfaction(rating.satisfaction),
                        comment=scrub_personal_data(text=rating.comment),
                        rated_at=rating.rated_at,
                    )
                    for rating in known.ratings[one.pk]
                ],
            )
        )
    return rows


@reads(
    router,
    "/{matter_id}/events",
    answers=EventList,
    summary=_("Everything that happened to a matter, oldest first"),
    paged=True,
)
def list_events_of_matter(
    request: HttpRequest, matter_id: PathKey, page: Query[Paging]
) -> EventList:
    """Return one page of a matter's thread, with what was written on the way."""
    caller = caller_of(request)
    matter = queries.get_matter(actor=caller.actor, matter_id=matter_id)
    known = dossier.dossier_of(matter=matter)
    name = f"events-of-{matter_id}"
    first = int(key_of(name=name, mark=page.after) or 0)
    is_open = services.may_know_reporters(matter=matter, actor=caller.actor)
    told = [
        event
        for event in known.events
        if event.pk > first and (is_open or event.name not in ABOUT_REPORTERS)
    ]
    found = told[: page.limit]
    return EventList(
        items=rows_of_events(events=found, known=known),
        after=mark_of(name=name, key=str(found[-1].pk)) if len(told) > len(found) else None,
    )
