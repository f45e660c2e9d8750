"""Meeting sheets: drawn from open matters, printed, spoken through, and written back in one go."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import Refused, Several
from linli.matters import registers, services
from linli.people.queries import local_day
from linli.web import labels, wording
from linli.web.access import Request, for_roles
from linli.web.lists.common import (
    OFFICE_ROLES,
    PICK_MAX,
    PickFilter,
    blame,
    handler_of,
    keys_of,
    numbers_in,
    office,
    office_of,
    where_of,
)
from linli.web.lists.papers import Item, sheet_paper
from linli.web.lists.problems import AddForm
from linli.web.official import MEDIA_TYPE as DOCX
from linli.web.workbooks import download

PAGE_SIZE = 30
LINE_LENGTH_MAX = 400


class SheetForm(AddForm):
    """A new sheet."""

    name = forms.CharField(label=gettext_lazy("Name of the meeting"), max_length=60)
    held_on = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    carry_over = forms.BooleanField(
        label=gettext_lazy("Carry over what the last meeting left open"), required=False
    )
    field_order = ("name", "held_on", "carry_over", "numbers")


@for_roles(*OFFICE_ROLES)
@require_safe
def show_sheets(request: Request) -> HttpResponse:
    """Show a community's meeting sheets, the latest first."""
    here = office_of(request=request)
    found, older = registers.page_of_sheets(
        actor=request.actor,
        community_id=here.community.pk,
        after=request.GET.get("after", ""),
        size=PAGE_SIZE,
    )
    after = request.GET.get("after", "")
    context = {"office": here, "sheets": found, "older": older, "after": after}
    return render(request, "lists/sheets.html", context)


@for_roles(*OFFICE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def new_sheet(request: Request) -> HttpResponse:
    """Draw a sheet from open matters: filter, tick, and it is there in the order shown."""
    here = office_of(request=request)
    last = registers.list_sheets(actor=request.actor, community_id=here.community.pk).first()
    today = local_day(at=request.now)
    first = {"held_on": today, "carry_over": True, "name": last.name if last else _("Grid meeting")}
    form = SheetForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_sheet(
                community_id=here.community.pk,
                name=form.cleaned_data["name"],
                held_on=form.cleaned_data["held_on"],
                matter_ids=_picked(request, form),
                carry_over=form.cleaned_data["carry_over"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            blame(form=form, refused=refused)
        else:
            messages.success(request, _("The sheet is made. It can be printed and written in."))
            return HttpResponseRedirect(reverse("sheet", args=[made.pk]))
    carried = registers.unsettled_of_last_sheet(actor=request.actor, community_id=here.community.pk)
    context = _offered(request, here.community.pk) | {
        "office": here,
        "form": form,
        "carried": carried,
        "last": last,
    }
    return render(request, "lists/sheet_new.html", context, status=_status(form))


def _picked(request: Request, form: forms.Form) -> list[int]:
    numbers = numbers_in(form.cleaned_data["numbers"])
    return [*keys_of(request.POST.getlist("matter")), *numbers]


def _offered(request: Request, community_id: int, *, beside: Any = None) -> dict[str, Any]:
    pick = PickFilter(request.GET, community_id=community_id)
    rows = pick.rows(actor=request.actor, community_id=community_id, at=request.now)
    if beside is not None:
        rows = rows.exclude(sheet_items__sheet=beside)
    found = list(rows[: PICK_MAX + 1])
    return {
        "filter_form": pick,
        "matters": found[:PICK_MAX],
        "has_more": len(found) > PICK_MAX,
        "ticked": set(request.POST.getlist("matter")),
    }


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200


@for_roles(*OFFICE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def show_sheet(request: Request, sheet_id: int) -> HttpResponse:
    """Show a sheet with a line for each item; all lines are saved in one go."""
    sheet = registers.get_sheet(actor=request.actor, sheet_id=sheet_id)
    items = registers.items_of_sheet(actor=request.actor, sheet=sheet)
    faults: dict[str, str] = {}
    if request.method == "POST":
        lines = {item.pk: request.POST.get(f"line_{item.pk}", "") for item in items}
        try:
            notes = services.record_meeting(
                sheet_id=sheet.pk, lines=lines, actor=request.actor, at=request.now
            )
        except Several as refused:
            faults = {fault.field: str(fault) for fault in refused.faults}
        else:
            said = ngettext("%(n)s line was saved.", "%(n)s lines were saved.", len(notes))
            messages.success(request, said % {"n": len(notes)})
            return HttpResponseRedirect(reverse("sheet", args=[sheet.pk]))
    context = {
        "office": office(actor=request.actor, community=sheet.community),
        "sheet": sheet,
        "rows": [_row(request, item, faults) for item in items],
        "recorded": sum(item.note_id is not None for item in items),
        "faults": [(text, f"id_{field}") for field, text in faults.items()],
        "line_length": LINE_LENGTH_MAX,
    }
    return render(request, "lists/sheet.html", context, status=422 if faults else 200)


def _row(request: Request, item: Any, faults: dict[str, str]) -> dict[str, Any]:
    field = f"line_{item.pk}"
    kept = item.note.text if item.note is not None else ""
    return {
        "item": item,
        "matter": item.matter,
        "field": field,
        "line": request.POST.get(field, kept),
        "fault": faults.get(field, ""),
    }


@for_roles(*OFFICE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def add_to_sheet(request: Request, sheet_id: int) -> HttpResponse:
    """Put further matters on a sheet."""
    sheet = registers.get_sheet(actor=request.actor, sheet_id=sheet_id)
    form = AddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = services.add_to_sheet(
                sheet_id=sheet.pk,
                matter_ids=_picked(request, form),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            blame(form=form, refused=refused)
        else:
            said = ngettext("%(n)s matter was added.", "%(n)s matters were added.", len(added))
            messages.success(request, said % {"n": len(added)})
            return HttpResponseRedirect(reverse("sheet", args=[sheet.pk]))
    context = _offered(request, sheet.community_id, beside=sheet) | {
        "office": office(actor=request.actor, community=sheet.community),
        "sheet": sheet,
        "form": form,
    }
    return render(request, "lists/sheet_add.html", context, status=_status(form))


@for_roles(*OFFICE_ROLES)
@require_POST
def change_sheet(request: Request, sheet_id: int) -> HttpResponse:
    """Move an item up or down, or take it off the sheet."""
    sheet = registers.get_sheet(actor=request.actor, sheet_id=sheet_id)
    items = registers.items_of_sheet(actor=request.actor, sheet=sheet)
    order = [item.pk for item in items]
    step, _mark, key = request.POST.get("step", "").partition(":")
    chosen = keys_of([key])
    given = {"sheet_id": sheet.pk, "actor": request.actor, "at": request.now}
    if step == "drop" and chosen:
        services.drop_from_sheet(item_id=chosen[0], **given)
    elif step in ("up", "down") and chosen and chosen[0] in order:
        at = order.index(chosen[0])
        other = max(at - 1, 0) if step == "up" else min(at + 1, len(order) - 1)
        order[at], order[other] = order[other], order[at]
        services.order_sheet(item_ids=order, **given)
    anchor = f"#item-{chosen[0]}" if chosen and step != "drop" else ""
    return HttpResponseRedirect(reverse("sheet", args=[sheet.pk]) + anchor)


@for_roles(*OFFICE_ROLES)
@require_safe
def sheet_docx(request: Request, sheet_id: int) -> HttpResponse:
    """Give a sheet as a paper in the layout of official papers."""
    sheet = registers.get_sheet(actor=request.actor, sheet_id=sheet_id)
    items = registers.items_of_sheet(actor=request.actor, sheet=sheet)
    services.record_export(
        actor=request.actor,
        at=request.now,
        community_id=sheet.community_id,
        wanted={"sheet": sheet.pk},
        matters_total=len(items),
    )
    content = sheet_paper(
        community=sheet.community.name,
        name=sheet.name,
        held_on=sheet.held_on,
        items=[_paper_item(request, item) for item in items],
    )
    name = f"{sheet.community.name}_{sheet.name}_{sheet.held_on:%Y%m%d}.docx"
    return download(content=content, name=name, media_type=DOCX)


def _paper_item(request: Request, item: Any) -> Item:
    matter = item.matter
    facts = [
        matter.number,
        labels.category_name(category=matter.category),
        where_of(matter=matter),
        labels.label_of(code=matter.state, table="state"),
        handler_of(matter=matter),
    ]
    if matter.runs:
        limit = wording.time_limit(due=matter.due_at, at=request.now, is_paused=matter.is_paused)
        facts.append(limit.text)
    return Item(
        title=matter.title,
        facts=tuple(fact for fact in facts if fact),
        said=item.note.text if item.note is not None else "",
    )


urlpatterns = [
    path("lists/meetings/", show_sheets, name="sheets"),
    path("lists/meetings/new/", new_sheet, name="sheet_new"),
    path("lists/meetings/<int:sheet_id>/", show_sheet, name="sheet"),
    path("lists/meetings/<int:sheet_id>/add/", add_to_sheet, name="sheet_add"),
    path("lists/meetings/<int:sheet_id>/change/", change_sheet, name="sheet_change"),
    path("lists/meetings/<int:sheet_id>/paper/", sheet_docx, name="sheet_docx"),
]
