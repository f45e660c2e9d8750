"""Workbooks onto the roster: hand one in, name its columns, look at what it would do, decide."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from linli.core.errors import NotFound, Refused
from linli.language.mask import mask_id_number, mask_phone, scrub_personal_data
from linli.people import queries
from linli.people import services as people
from linli.people.books import papers, receiving, returning
from linli.people.books.batches import Kept
from linli.people.books.catalogue import (
    REGISTERS,
    may_bring_in,
    register_of,
    register_of_import,
)
from linli.people.books.planning import Fault
from linli.people.books.registers import ADDRESS, DOOR, Column, Doors, Kind, Register
from linli.people.workflow import IMPORT_WORK, ImportState
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.exporting import TITLES, record
from linli.web.labels import label_of
from linli.web.people.shared import Tab
from linli.web.roster.frame import OFFICE, number_of, show
from linli.web.workbooks import Sheet, download, workbook

_ROWS_SHOWN = 100
_TITLES: Mapping[str, str | Promise] = {
    "RESIDENTS": _("Residents on the roster"),
    "HOUSEHOLDS": _("Households"),
    "PARTY": _("Party members"),
    "TEAMS": _("Grid teams"),
    "NEEDS": _("Help needed"),
    "TALENTS": _("Local talents"),
    "ORGANISATIONS": _("Organisations"),
}
_LISTS: Mapping[str, str] = {
    "RESIDENTS": "residents",
    "HOUSEHOLDS": "households",
    "PARTY": "party",
    "TEAMS": "teams",
    "NEEDS": "needs",
    "TALENTS": "talents",
    "ORGANISATIONS": "organisations",
}
"""The page on which each register is read."""

_IMPORTERS = (*OFFICE, "SOCIAL_WORKER")
"""Whoever keeps at least one whole register of a community."""

_LABELS = {
    "relation": "relation",
    "sex": "sex",
    "registration": "registration",
    "id_kind": "id_kind",
    "status": "household",
    "member_kind": "party_member",
    "organisation_kind": "organisation",
    "cadence": "cadence",
}
_OUTCOMES: Mapping[str, str | Promise] = {
    "wrong": _("Wrong"),
    "hinted": _("To be looked at"),
    "changed": _("Changed"),
    "new": _("New"),
    "unchanged": _("Unchanged"),
    "left_out": _("Left out"),
}
_WORKING: Mapping[str, str | Promise] = {
    "UPLOADED": _("The file is being read"),
    "MAPPED": _("Every row is being checked"),
    "APPLYING": _("The rows are being brought in"),
}


class FileForm(forms.Form):
    """A workbook, and which register it is of."""

    register = forms.ChoiceField(label=_("What does it list?"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("Workbook"),
        error_messages={"required": _("Choose the file."), "empty": _("Choose the file.")},
        allow_empty_file=True,
        help_text=_(".xlsx, .xls or .csv, at most 20 MB"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt,.htm,.html"}),
    )

    def __init__(self, *args: Any, registers: list[str], wanted: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["register"])
        field.choices = [(code, _TITLES[code]) for code in registers]
        field.initial = wanted if wanted in registers else registers[0]


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*_IMPORTERS)
def choose(request: Request) -> HttpResponse:
    """Take a workbook in, and list those under way."""
    community, registers = _community(request)
    is_sent = request.method == "POST"
    form = FileForm(
        *((request.POST, request.FILES) if is_sent else ()),
        registers=registers,
        wanted=request.GET.get("register", ""),
    )
    if is_sent and form.is_valid():
        try:
            row = receiving.receive(
                upload=form.cleaned_data["file"],
                register=form.cleaned_data["register"],
                community_id=community.pk,
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("residents_import_one", token=row.token)
    facts = {
        "form": form,
        "community": community,
        "imports": [
            {"row": one, "title": _TITLES[one.register], "state": _state_of(one.state)}
            for one in receiving.imports_of(actor=request.actor)
        ],
        "templates": [(code.lower(), _TITLES[code]) for code in registers],
    }
    return show(request, "roster/import.html", "residents_import", facts, status=status_of(form))


@require_safe
@never_cache
@for_roles(*_IMPORTERS)
def template(request: Request, register: str) -> HttpResponse:
    """Hand out the blank workbook of a register, with the community's own words to choose from."""
    community, registers = _community(request)
    code = register.upper()
    if code not in registers:
        raise NotFound
    today = queries.local_day(at=request.now)
    found = register_of(code=code, community_id=community.pk, on=today)
    return download(
        content=papers.write_template(register=found), name=f"{found.title}名册导入模板.xlsx"
    )


@require_safe
@never_cache
@for_roles(*_IMPORTERS)
def page(request: Request, token: UUID) -> HttpResponse:
    """Show where an import stands: its progress, its columns, what it would do, or how it ended."""
    row = receiving.get_import(actor=request.actor, token=token)
    if request.htmx:
        if row.state not in IMPORT_WORK:
            return HttpResponseClientRefresh()
        return render(request, "roster/_import_progress.html", _progress(row))
    is_asked = row.state == ImportState.CHECKED and "columns" in request.GET
    if row.state == ImportState.READ or is_asked:
        return _ask_columns(request, row)
    return _show(request, row)


@require_POST
@for_roles(*_IMPORTERS)
def tell_columns(request: Request, token: UUID) -> HttpResponse:
    """Remember which heading is which column, and let the file be checked."""
    row = receiving.get_import(actor=request.actor, token=token)
    headings, _known = receiving.headings_known(row=row)
    said = {
        heading: request.POST[f"column_{place}"]
        for place, heading in enumerate(headings)
        if f"column_{place}" in request.POST
    }
    try:
        receiving.tell_columns(token=token, columns=said, actor=request.actor, at=request.now)
    except (receiving.ColumnsNotNamed, receiving.ColumnNamedTwice) as refused:
        return _ask_columns(request, row, said=said, fault=str(refused))
    except receiving.ImportMovedOn as refused:
        messages.error(request, str(refused))
    return redirect("residents_import_one", token=token)


@require_POST
@for_roles(*_IMPORTERS)
def decide(request: Request, token: UUID) -> HttpResponse:
    """Let the worker bring the rows in."""
    only_good = request.POST.get("only_good") == "1"
    try:
        receiving.decide(token=token, actor=request.actor, at=request.now, only_good=only_good)
    except (receiving.ImportHasFaults, receiving.ImportMovedOn) as refused:
        messages.error(request, str(refused))
    return redirect("residents_import_one", token=token)


@require_POST
@for_roles(*_IMPORTERS)
def hand_back(request: Request, token: UUID) -> HttpResponse:
    """Hand the wrong rows back in the file's own columns, with what is wrong beside them."""
    row = receiving.get_import(actor=request.actor, token=token)
    tables = returning.wrong_rows(row=row)
    leaving = people.Leaving(listing="wrong_rows", wanted={"register": row.register})
    leaving.totals[row.community_id] = sum(len(one.rows) for one in tables)
    sheets = [
        Sheet(
            one.sheet,
            [(name, 16) for name in one.headings[:-1]] + [(one.headings[-1], 60)],
            one.rows,
        )
        for one in tables
    ]
    content = workbook(sheets=sheets)
    record(request, leaving, community_id=row.community_id)
    name = f"{_TITLES[row.register]} {TITLES['wrong_rows']}.xlsx"
    return download(content=content, name=name)


@require_POST
@for_roles(*_IMPORTERS)
def drop(request: Request, token: UUID) -> HttpResponse:
    """Throw a file away."""
    try:
        receiving.drop(token=token, actor=request.actor, at=request.now)
    except receiving.ImportMovedOn as refused:
        messages.error(request, str(refused))
        return redirect("residents_import_one", token=token)
    messages.success(request, _("The file is deleted; nothing was brought in."))
    return redirect("residents_import")


def _community(request: Request) -> tuple[Any, list[str]]:
    """Return the community into which a file goes, and which registers of it this person keeps.

    :raises NotFound: when they keep none, or none of the community that is named.
    """
    wanted = number_of(request.POST.get("community") or request.GET.get("community"))
    for community in queries.scope_of(actor=request.actor).communities:
        registers = [
            code
            for code in REGISTERS
            if may_bring_in(actor=request.actor, community_id=community.pk, register=code)
        ]
        if registers and wanted in (None, community.pk):
            return community, registers
    raise NotFound


def _progress(row: Any) -> dict[str, Any]:
    return {"row": row, "what": _WORKING[row.state]}


def _state_of(state: str) -> str | Promise:
    return label_of(code=state, table="import")


def _ask_columns(
    request: Request, row: Any, *, said: Mapping[str, str] | None = None, fault: str = ""
) -> HttpResponse:
    register = register_of_import(row=row)
    headings, known = receiving.headings_known(row=row)
    chosen = {**known, **(said or {})}
    facts = {
        "row": row,
        "fault": fault,
        "columns": [(one.key, one.heading) for one in register.columns],
        "headings": [
            {
                "name": f"column_{place}",
                "heading": heading,
                "chosen": chosen.get(heading, ""),
                "is_new": heading not in known,
            }
            for place, heading in enumerate(headings)
        ],
    }
    status = 422 if fault else 200
    return show(request, "roster/import_columns.html", "residents_import", facts, status=status)


def _show(request: Request, row: Any) -> HttpResponse:
    counts = receiving.counts_of(row=row)
    present = [name for name in _OUTCOMES if getattr(counts, name)]
    here = request.GET.get("show", "")
    here = here if here in present else next(iter(present), "")
    after = number_of(request.GET.get("after")) or 0
    register = register_of_import(row=row)
    rows = receiving.opened_rows(row=row, outcome=here.upper(), after=after, limit=_ROWS_SHOWN + 1)
    is_open = row.state == ImportState.CHECKED
    address = reverse("residents_import_one", args=[row.token])
    facts = {
        "row": row,
        "title": _TITLES[row.register],
        "list_url": reverse(_LISTS[row.register]),
        "state": _state_of(row.state),
        "is_working": row.state in IMPORT_WORK,
        "is_checked": is_open,
        "is_done": row.state == ImportState.DONE,
        "is_failed": row.state == ImportState.FAILED,
        "counts": counts,
        "names": register.is_named
        and (_("Name") if register.is_of_people else _("Organisation's name")),
        "shows_doors": register.doors == Doors.NEEDED,
        "not_taken": receiving.headings_left_out(row=row) if is_open else [],
        "outcomes": [
            Tab(_OUTCOMES[one], f"{address}?show={one}", one == here, getattr(counts, one))
            for one in present
        ],
        "rows": [_shown(one, register) for one in rows[:_ROWS_SHOWN]],
        "here": here,
        "older": f"?show={here}&after={rows[_ROWS_SHOWN - 1].number}"
        if len(rows) > _ROWS_SHOWN
        else "",
    }
    if facts["is_working"]:
        facts |= _progress(row)
    return show(request, "roster/import_one.html", "residents_import", facts)


def _name_heading(register: Register) -> str | Promise:
    """Return over which word the names stand; nothing where rows have none."""
    if not register.is_named:
        return ""
    return _("Name") if register.is_of_people else _("Organisation's name")


def _shown(row: Kept, register: Register) -> dict[str, Any]:
    said = [
        (one.heading, _said(one, str(value)))
        for one in register.columns
        if (value := row.said.get(one.key))
        if one.key != "name" or one.key in row.fields
        if (one.key, value) != ("id_kind", "ID_CARD")  # the number tells
    ]
    headings = {one.key: one.heading for one in register.columns}
    return {
        "sheet": row.sheet,
        "line": row.line,
        "name": row.said.get("name", ""),
        "door": row.door,
        "is_elsewhere": bool(set(DOOR) & set(row.fields)),
        "lived": row.before.get(ADDRESS, ""),
        "said": said,
        "changed": [
            (one.heading, _said_before(one, row), _said(one, str(value)))
            for one in register.columns
            if one.key in row.fields and (value := row.said.get(one.key))
            if (one.key, value) != ("id_kind", "ID_CARD")
        ],
        "faults": [_told(one, headings) for one in row.faults],
        "hints": [_told(one, headings) for one in row.hints],
    }


def _told(fault: Fault, headings: Mapping[str, str]) -> tuple[str, str, str]:
    return headings.get(fault.column, ""), _masked(fault.column, fault.value), fault.sentence


def _said(column: Column, value: str) -> str:
    if table := _LABELS.get(column.key):
        return str(label_of(code=value, table=table))
    if column.kind == Kind.CHOICE:
        return next((word for word, code in column.words.items() if code == value), value)
    return _masked(column.key, value)


def _said_before(column: Column, row: Kept) -> str:
    """Return what stands on the roster where the row says otherwise; numbers are masked."""
    value = str(row.before.get(column.key, ""))
    if column.kind == Kind.CHOICE and value not in column.words.values():
        return ""  # a branch or a grid that is out of use
    return _said(column, value) if value else ""


def _masked(key: str, value: str) -> str:
    if key == "id_number":
        return mask_id_number(id_number=value)
    # Offices write a telephone beside a name, too.
    return mask_phone(phone=value) if key == "phone" else scrub_personal_data(text=value)
