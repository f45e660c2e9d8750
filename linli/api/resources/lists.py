"""Problem lists with their evidence, and the sheets of regular meetings; to read only."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router, Schema
from pydantic import Field

from linli.api.caller import caller_of
from linli.api.operations import reads
from linli.api.paging import cut, key_of, mark_of
from linli.api.resources.registers import OfCommunity
from linli.api.schemas.common import Key, Listed, Paging, PathKey
from linli.api.schemas.matters import MatterRow, row_of
from linli.core.actor import Actor
from linli.language.mask import scrub_personal_data
from linli.matters import registers
from linli.matters.registers import ProblemFilter, ProblemRow, Progress

router = Router(tags=["lists"])


class ProblemListRow(Schema):
    """A numbered list of problems, and how far it is."""

    id: int
    code: str
    name: str
    community_id: int
    opened_at: datetime
    total: int
    closed: int
    proven: int


class ProblemLists(Listed):
    """One page of problem lists."""

    items: list[ProblemListRow]


class ProblemQuery(Paging):
    """Which problems: all, or a part."""

    part: str = Field("", pattern="^(open|closed|unproven)?$")
    grid_id: Key | None = None


class EvidenceShown(Schema):
    """What shows that a problem was settled."""

    resolution: str
    resolved_at: datetime | None
    handled_by: str
    photos: int
    is_told: bool
    satisfaction: str


class ProblemShown(Schema):
    """One number of a list, with the matter that stands for it."""

    number: int
    matter: MatterRow
    is_closed: bool
    lacks_evidence: bool
    evidence: EvidenceShown


class ProblemsShown(Listed):
    """One page of a problem list."""

    items: list[ProblemShown]


class SheetRow(Schema):
    """The sheet of one meeting."""

    id: int
    name: str
    community_id: int
    held_on: date


class SheetList(Listed):
    """One page of meeting sheets."""

    items: list[SheetRow]


class SheetItemShown(Schema):
    """One matter on a sheet, and what the meeting said of it."""

    position: int
    matter: MatterRow
    note: str


class SheetItems(Listed):
    """One page of a meeting sheet."""

    items: list[SheetItemShown]


@reads(router, "/problem-lists", answers=ProblemLists, summary=_("Problem lists"), paged=True)
def list_problem_lists(request: HttpRequest, wanted: Query[OfCommunity]) -> ProblemLists:
    """Return the problem lists of a community, newest first, with their progress."""
    found = registers.list_problem_lists(
        actor=caller_of(request).actor, community_id=wanted.community_id
    )
    page, after = cut(
        rows=found,
        key=lambda one: one[0].pk,
        name="problem-lists",
        after=wanted.after,
        limit=wanted.limit,
    )
    return ProblemLists(items=[_list_of(*one) for one in page], after=after)


@reads(router, "/problem-lists/{list_id}", answers=ProblemListRow, summary=_("One problem list"))
def get_problem_list(request: HttpRequest, list_id: PathKey) -> ProblemListRow:
    """Return one problem list and how far it is."""
    actor = caller_of(request).actor
    found = registers.get_problem_list(actor=actor, problem_list_id=list_id)
    return _list_of(found, registers.progress_of(actor=actor, problem_list=found))


def _list_of(found: Any, progress: Progress) -> ProblemListRow:
    return ProblemListRow(
        id=found.pk,
        code=found.code,
        name=found.name,
        community_id=found.community_id,
        opened_at=found.opened_at,
        total=progress.total,
        closed=progress.closed,
        proven=progress.proven,
    )


@reads(
    router,
    "/problem-lists/{list_id}/problems",
    answers=ProblemsShown,
    summary=_("The problems of a list with their evidence"),
    paged=True,
)
def list_problems(
    request: HttpRequest, list_id: PathKey, wanted: Query[ProblemQuery]
) -> ProblemsShown:
    """Return the problems by number; `part` is open, closed, unproven, or nothing for all."""
    caller = caller_of(request)
    found = registers.get_problem_list(actor=caller.actor, problem_list_id=list_id)
    name = f"problems-{list_id}"
    rows, key = registers.page_of_problems(
        actor=caller.actor,
        problem_list=found,
        wanted=ProblemFilter(part=wanted.part, grid_id=wanted.grid_id),
        after=key_of(name=name, mark=wanted.after),
        size=wanted.limit,
    )
    return ProblemsShown(
        items=[_problem(row, caller.at) for row in rows],
        after=mark_of(name=name, key=key) if key else None,
    )


def _problem(row: ProblemRow, at: datetime) -> ProblemShown:
    shown = row.evidence
    return ProblemShown(
        number=row.problem.number,
        matter=row_of(row.matter, at),
        is_closed=row.is_closed,
        lacks_evidence=row.lacks_evidence,
        evidence=EvidenceShown(
            resolution=scrub_personal_data(text=shown.resolution),
            resolved_at=shown.resolved_at,
            handled_by=shown.handled_by,
            photos=len(shown.photos),
            is_told=shown.told is not None,
            satisfaction=shown.rating.satisfaction if shown.rating else "",
        ),
    )


@reads(router, "/meeting-sheets", answers=SheetList, summary=_("Meeting sheets"), paged=True)
def list_meeting_sheets(request: HttpRequest, wanted: Query[OfCommunity]) -> SheetList:
    """Return the meeting sheets of a community, the latest meeting first."""
    found, key = registers.page_of_sheets(
        actor=caller_of(request).actor,
        community_id=wanted.community_id,
        after=key_of(name="meeting-sheets", mark=wanted.after),
        size=wanted.limit,
    )
    return SheetList(
        items=[_sheet(one) for one in found],
        after=mark_of(name="meeting-sheets", key=key) if key else None,
    )


@reads(router, "/meeting-sheets/{sheet_id}", answers=SheetRow, summary=_("One meeting sheet"))
def get_meeting_sheet(request: HttpRequest, sheet_id: PathKey) -> SheetRow:
    """Return one meeting sheet."""
    return _sheet(registers.get_sheet(actor=caller_of(request).actor, sheet_id=sheet_id))


def _sheet(sheet: Any) -> SheetRow:
    return SheetRow(
        id=sheet.pk, name=sheet.name, community_id=sheet.community_id, held_on=sheet.held_on
    )


@reads(
    router,
    "/meeting-sheets/{sheet_id}/items",
    answers=SheetItems,
    summary=_("The matters on a meeting sheet"),
    paged=True,
)
def list_sheet_items(request: HttpRequest, sheet_id: PathKey, wanted: Query[Paging]) -> SheetItems:
    """Return the matters of a sheet that the caller sees, in its order."""
    caller = caller_of(request)
    rows = _items_of(caller.actor, sheet_id)
    page, after = cut(
        rows=rows,
        key=lambda item: item.pk,
        name=f"sheet-{sheet_id}",
        after=wanted.after,
        limit=wanted.limit,
    )
    items = [
        SheetItemShown(
            position=item.position,
            matter=row_of(item.matter, caller.at),
            note="" if item.note is None else scrub_personal_data(text=item.note.text),
        )
        for item in page
    ]
    return SheetItems(items=items, after=after)


def _items_of(actor: Actor, sheet_id: int) -> list[Any]:
    sheet = registers.get_sheet(actor=actor, sheet_id=sheet_id)
    return list(registers.items_of_sheet(actor=actor, sheet=sheet))
