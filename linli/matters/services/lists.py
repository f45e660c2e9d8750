"""Registers drawn from matters: numbered problem lists, and the sheets of regular meetings."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused, Several
from linli.core.events import record
from linli.core.ref import Ref
from linli.matters import events, queries, registers
from linli.matters.models import Matter, MeetingSheet, Note, Problem, ProblemList, SheetItem
from linli.matters.services._moving import record_of, required_text
from linli.matters.services.contact import add_note
from linli.people.queries import local_day
from linli.territory.models import Area, Level
from linli.territory.scope import require_writer

LIST_SUBJECT = "matters.problem_list"
SHEET_SUBJECT = "matters.meeting_sheet"
NAME_LENGTH_MAX = 60
CODE_LENGTH_MAX = 24
LINE_LENGTH_MAX = 400
ADDED_AT_ONCE_MAX = 500


class ListCodeTaken(Invalid):
    """Another list of the community bears this code."""

    sentence = _("There is already a list with the number “%(code)s”. Please choose another.")
    field = "code"


class MatterUnknown(Invalid):
    """A number names no matter that this person sees in this community."""

    sentence = _("No matter here has the number %(numbers)s. Please check the numbers.")
    field = "numbers"


class RestrictedStaysOffLists(Invalid):
    """Restricted matters stand on no list and no sheet."""

    sentence = _("Matter %(numbers)s is restricted and is not put on any list.")
    field = "numbers"


class NothingChosen(Invalid):
    """No matter was chosen."""

    sentence = _("Please choose at least one matter.")
    field = "numbers"


class TooManyAtOnce(Invalid):
    """More matters than one sheet of paper will ever hold."""

    sentence = _("That is %(count)s matters; at most %(limit)s can be added at once.")
    field = "numbers"


class ItemHasNote(Refused):
    """What the meeting said of an item keeps it on the sheet."""

    sentence = _("The meeting's note on this item is recorded, so it stays on the sheet.")


# --- Problem lists ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Added:
    """What adding came to: the new problems, and the matters that stood on the list already."""

    problems: tuple[Problem, ...]
    already: tuple[int, ...]


@transaction.atomic
def open_problem_list(
    *, community_id: int, name: str, actor: Actor, at: datetime, code: str = ""
) -> ProblemList:
    """Open an empty numbered list. Without a `code` it is the year's next: 2026-01, 2026-02 …

    :raises ListCodeTaken: when the community has a list with this code.
    """
    community = _community_to_write(community_id=community_id, actor=actor)
    said = required_text(text=name, field="name", limit=NAME_LENGTH_MAX)
    given = " ".join(code.split())[:CODE_LENGTH_MAX]
    wanted = given or _next_list_code(community_id=community_id, at=at)
    try:
        with transaction.atomic():
            opened = ProblemList.objects.create(
                community=community, code=wanted, name=said, opened_at=at
            )
    except IntegrityError:
        raise ListCodeTaken(code=wanted) from None
    record(
        name=events.PROBLEM_LIST_OPENED,
        subject=Ref(LIST_SUBJECT, opened.pk),
        trace=uuid.uuid4(),
        actor=actor,
        at=at,
        community_id=community_id,
        facts={"code": wanted},
    )
    return opened


def _next_list_code(*, community_id: int, at: datetime) -> str:
    year = local_day(at=at).year
    rows = ProblemList.objects.filter(community_id=community_id, code__startswith=f"{year}-")
    tails = [code.rpartition("-")[2] for code in rows.values_list("code", flat=True)]
    last = max((int(tail) for tail in tails if tail.isdecimal() and len(tail) < 6), default=0)
    return f"{year}-{last + 1:02d}"


@transaction.atomic
def add_problems(
    *, problem_list_id: int, matter_ids: Sequence[int], actor: Actor, at: datetime
) -> Added:
    """Put matters on a list, each under the next number; what is on it already keeps its number.

    A matter that was merged is listed as the one it was merged into. Numbers run without a gap:
    the list's own row is locked first, so two people who add at once wait for each other.

    :raises NotFound: when the list does not exist for this person.
    :raises MatterUnknown: when a number names nothing here; then nothing is added.
    :raises RestrictedStaysOffLists: when one of them is restricted.
    """
    wanted = registers.get_problem_list(actor=actor, problem_list_id=problem_list_id)
    _community_to_write(community_id=wanted.community_id, actor=actor)
    # A no-change UPDATE takes the row's lock on PostgreSQL; SQLite queues all writers anyway.
    ProblemList.objects.filter(pk=wanted.pk).update(code=F("code"))
    matters = _listable(community_id=wanted.community_id, matter_ids=matter_ids, actor=actor)
    on_list = set(wanted.problems.values_list("matter_id", flat=True))
    last = wanted.problems.aggregate(last=Max("number"))["last"] or 0
    added: list[Problem] = []
    for matter in matters:
        if matter.pk in on_list:
            continue
        last += 1
        added.append(
            Problem.objects.create(problem_list=wanted, number=last, matter=matter, added_at=at)
        )
        record_of(
            matter=matter,
            name=events.LISTED,
            actor=actor,
            at=at,
            facts={"problem_list_id": wanted.pk, "number": last},
        )
    already = tuple(matter.pk for matter in matters if matter.pk in on_list)
    return Added(problems=tuple(added), already=already)


def _listable(*, community_id: int, matter_ids: Sequence[int], actor: Actor) -> list[Matter]:
    """Return the matters that stand for these, in the order given, each once."""
    keys = list(dict.fromkeys(matter_ids))
    if not keys:
        raise NothingChosen
    if len(keys) > ADDED_AT_ONCE_MAX:
        raise TooManyAtOnce(count=len(keys), limit=ADDED_AT_ONCE_MAX)
    rows = queries.visible_to(actor=actor).filter(community_id=community_id)
    found = rows.select_related("merged_into").in_bulk(keys)
    unknown = [str(key) for key in keys if key not in found]
    if unknown:
        raise MatterUnknown(numbers="、".join(unknown[:10]))
    standing = [queries.standing(matter=found[key]) for key in keys]
    restricted = [str(matter.pk) for matter in standing if matter.is_restricted]
    if restricted:
        raise RestrictedStaysOffLists(numbers="、".join(restricted[:10]))
    return list({matter.pk: matter for matter in standing}.values())


# --- Meeting sheets ---------------------------------------------------------------------------


@transaction.atomic
def make_sheet(
    *,
    community_id: int,
    name: str,
    held_on: date,
    matter_ids: Sequence[int],
    actor: Actor,
    at: datetime,
    carry_over: bool = True,
) -> MeetingSheet:
    """Make the sheet of one meeting from matters in the order given.

    With `carry_over`, what the last sheet left unsettled comes first, in its old order.

    :raises NothingChosen: when there is nothing to talk about.
    """
    community = _community_to_write(community_id=community_id, actor=actor)
    said = required_text(text=name, field="name", limit=NAME_LENGTH_MAX)
    carried = (
        registers.unsettled_of_last_sheet(actor=actor, community_id=community_id)
        if carry_over
        else []
    )
    matters = _listable(
        community_id=community_id,
        matter_ids=[*(matter.pk for matter in carried), *matter_ids],
        actor=actor,
    )
    assert actor.account_id is not None
    sheet = MeetingSheet.objects.create(
        community=community, name=said, held_on=held_on, made_by_id=actor.account_id, made_at=at
    )
    SheetItem.objects.bulk_create(
        SheetItem(sheet=sheet, matter=matter, position=position)
        for position, matter in enumerate(matters, start=1)
    )
    _record_sheet(
        sheet=sheet,
        name=events.SHEET_MADE,
        actor=actor,
        at=at,
        facts={"items": len(matters), "carried": len(carried)},
    )
    return sheet


@transaction.atomic
def add_to_sheet(
    *, sheet_id: int, matter_ids: Sequence[int], actor: Actor, at: datetime
) -> list[SheetItem]:
    """Put further matters at the end of a sheet; those on it already stay where they are."""
    sheet = _sheet_to_write(sheet_id=sheet_id, actor=actor)
    matters = _listable(community_id=sheet.community_id, matter_ids=matter_ids, actor=actor)
    on_sheet = set(sheet.items.values_list("matter_id", flat=True))
    last = sheet.items.aggregate(last=Max("position"))["last"] or 0
    added = []
    for matter in matters:
        if matter.pk not in on_sheet:
            last += 1
            added.append(SheetItem.objects.create(sheet=sheet, matter=matter, position=last))
    if added:
        _record_sheet(
            sheet=sheet,
            name=events.SHEET_CHANGED,
            actor=actor,
            at=at,
            facts={"added": [item.matter_id for item in added]},
        )
    return added


@transaction.atomic
def drop_from_sheet(*, sheet_id: int, item_id: int, actor: Actor, at: datetime) -> None:
    """Take an item off a sheet before the meeting spoke of it.

    :raises ItemHasNote: when the meeting's note is recorded.
    """
    sheet = _sheet_to_write(sheet_id=sheet_id, actor=actor)
    item = sheet.items.filter(pk=item_id).first()
    if item is None:
        raise NotFound
    if item.note_id is not None:
        raise ItemHasNote
    item.delete()
    _record_sheet(
        sheet=sheet,
        name=events.SHEET_CHANGED,
        actor=actor,
        at=at,
        facts={"dropped": [item.matter_id]},
    )


@transaction.atomic
def order_sheet(*, sheet_id: int, item_ids: Sequence[int], actor: Actor, at: datetime) -> None:
    """Put a sheet's items in this order; those not named follow in their old one."""
    sheet = _sheet_to_write(sheet_id=sheet_id, actor=actor)
    rows = {item.pk: item for item in sheet.items.order_by("position", "id")}
    named = [key for key in dict.fromkeys(item_ids) if key in rows]
    ordered = [*named, *(key for key in rows if key not in set(named))]
    for position, key in enumerate(ordered, start=1):
        rows[key].position = position
    SheetItem.objects.bulk_update(rows.values(), ["position"])
    _record_sheet(
        sheet=sheet, name=events.SHEET_CHANGED, actor=actor, at=at, facts={"ordered": len(ordered)}
    )


@transaction.atomic
def record_meeting(
    *, sheet_id: int, lines: Mapping[int, str], actor: Actor, at: datetime
) -> list[Note]:
    """Record what the meeting said of each item, all in one go. `lines` maps item to one line.

    An empty line says nothing; a line that did not change is not written again. Each becomes a
    note of its matter. A changed line is a new note: what was written down stays in the thread.

    :raises Several: when lines cannot be used; then none is recorded. Fields are ``line_<item>``.
    """
    sheet = _sheet_to_write(sheet_id=sheet_id, actor=actor)
    faults: list[Refused] = []
    written: list[Note] = []
    for item in sheet.items.select_related("note").order_by("position", "id"):
        line = " ".join(lines.get(item.pk, "").split())
        if not line or (item.note is not None and item.note.text == line):
            continue
        try:
            said = required_text(text=line, field=f"line_{item.pk}", limit=LINE_LENGTH_MAX)
            note = add_note(
                matter_id=item.matter_id, actor=actor, at=at, text=said, kind=Note.Kind.MEETING
            )
        except Refused as refused:
            refused.field = f"line_{item.pk}"
            faults.append(refused)
            continue
        SheetItem.objects.filter(pk=item.pk).update(note=note)
        written.append(note)
    if faults:
        raise Several(faults=faults)
    return written


# --- What they share --------------------------------------------------------------------------


def _community_to_write(*, community_id: int, actor: Actor) -> Area:
    community = Area.objects.filter(pk=community_id, level=Level.COMMUNITY).first()
    if community is None:
        raise NotFound
    require_writer(actor=actor, community=community)
    return community


def _sheet_to_write(*, sheet_id: int, actor: Actor) -> MeetingSheet:
    sheet = registers.get_sheet(actor=actor, sheet_id=sheet_id)
    _community_to_write(community_id=sheet.community_id, actor=actor)
    return sheet


def _record_sheet(
    *, sheet: MeetingSheet, name: str, actor: Actor, at: datetime, facts: Mapping[str, Any]
) -> None:
    record(
        name=name,
        subject=Ref(SHEET_SUBJECT, sheet.pk),
        trace=uuid.uuid4(),
        actor=actor,
        at=at,
        community_id=sheet.community_id,
        facts=facts,
    )
