"""Numbered problem lists: every number with what shows that it was settled."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import Refused
from linli.matters import registers, services
from linli.matters.registers import PARTS, ProblemFilter
from linli.territory import queries as territory
from linli.web import labels, wording
from linli.web.access import Request, for_roles
from linli.web.lists.common import (
    OFFICE_ROLES,
    PICK_MAX,
    PickFilter,
    blame,
    handler_of,
    key_of,
    keys_of,
    numbers_in,
    office,
    office_of,
    where_of,
)
from linli.web.workbooks import Sheet, download, workbook

PAGE_SIZE = 50
_PART_NAMES = {
    "": gettext_lazy("All"),
    "open": gettext_lazy("Still open"),
    "closed": gettext_lazy("Closed with evidence"),
    "unproven": gettext_lazy("Ended without evidence"),
}


class ListForm(forms.Form):
    """A new list."""

    name = forms.CharField(
        label=gettext_lazy("Name of the list"),
        max_length=60,
        help_text=gettext_lazy("Such as: urgent problems of the second quarter"),
    )
    code = forms.CharField(
        label=gettext_lazy("Number of the list"),
        max_length=24,
        required=False,
        help_text=gettext_lazy("Left empty, it takes the year’s next number."),
    )


class AddForm(forms.Form):
    """Matters to put on a list, by number."""

    numbers = forms.CharField(
        label=gettext_lazy("Numbers of matters"),
        required=False,
        max_length=4_000,
        help_text=gettext_lazy("Several may be typed one after the other, such as 2026-12 2026-15"),
    )


@for_roles(*OFFICE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def show_problem_lists(request: Request) -> HttpResponse:
    """Show a community's lists, and open a new one."""
    here = office_of(request=request)
    form = ListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = services.open_problem_list(
                community_id=here.community.pk,
                actor=request.actor,
                at=request.now,
                **form.cleaned_data,
            )
        except Refused as refused:
            blame(form=form, refused=refused)
        else:
            messages.success(request, _("The list is open. Now put matters on it."))
            return HttpResponseRedirect(reverse("problem_list", args=[opened.pk]))
    found = registers.list_problem_lists(actor=request.actor, community_id=here.community.pk)
    context = {"office": here, "lists": found, "form": form}
    return render(request, "lists/problem_lists.html", context, status=_status(form))


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200


@for_roles(*OFFICE_ROLES)
@require_safe
def show_problem_list(request: Request, list_id: int) -> HttpResponse:
    """Show one list: how far it is, and its numbers with their evidence."""
    shown = registers.get_problem_list(actor=request.actor, problem_list_id=list_id)
    wanted = _wanted(request.GET)
    rows, older = registers.page_of_problems(
        actor=request.actor,
        problem_list=shown,
        wanted=wanted,
        after=request.GET.get("after", ""),
        size=PAGE_SIZE,
    )
    progress = registers.progress_of(actor=request.actor, problem_list=shown)
    context = {
        "office": office(actor=request.actor, community=shown.community),
        "shown": shown,
        "rows": [_shown(row) for row in rows],
        "progress": progress,
        "older": older,
        "after": request.GET.get("after", ""),
        "wanted": wanted,
        "grids": territory.list_areas(community_id=shown.community_id, level="GRID"),
        "tabs": [
            {
                "label": name,
                "url": f"?part={part}" if part else request.path,
                "is_here": part == wanted.part,
                "count": _count(part, progress),
            }
            for part, name in _PART_NAMES.items()
        ],
        "is_filtered": bool(wanted.part or wanted.grid_id or wanted.query),
        "add_form": AddForm(),
    }
    return render(request, "lists/problem_list.html", context)


def _wanted(data: Mapping[str, str]) -> ProblemFilter:
    part = data.get("part", "")
    return ProblemFilter(
        part=part if part in PARTS else "",
        grid_id=key_of(data.get("grid", "")),
        query=data.get("q", "")[:80],
    )


def _count(part: str, progress: registers.Progress) -> int | None:
    return {"": progress.total, "closed": progress.closed}.get(part)


def _shown(row: registers.ProblemRow) -> dict[str, Any]:
    photos = [
        {"url": reverse("file", args=[photo.token]), "name": photo.name}
        for photo in row.evidence.photos
    ]
    return {"row": row, "matter": row.matter, "evidence": row.evidence, "photos": photos}


@for_roles(*OFFICE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def add_to_problem_list(request: Request, list_id: int) -> HttpResponse:
    """Put matters on a list: ticked among those of a filter, or typed by number."""
    shown = registers.get_problem_list(actor=request.actor, problem_list_id=list_id)
    form = AddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = [
            *keys_of(request.POST.getlist("matter")),
            *numbers_in(form.cleaned_data["numbers"]),
        ]
        try:
            added = services.add_problems(
                problem_list_id=shown.pk, matter_ids=wanted, actor=request.actor, at=request.now
            )
        except Refused as refused:
            blame(form=form, refused=refused)
        else:
            messages.success(request, _added_words(added))
            return HttpResponseRedirect(reverse("problem_list", args=[shown.pk]))
    here = office(actor=request.actor, community=shown.community)
    pick = PickFilter(request.GET, community_id=shown.community_id)
    offered = pick.rows(
        actor=request.actor, community_id=shown.community_id, at=request.now
    ).exclude(problems__problem_list=shown)
    found = list(offered[: PICK_MAX + 1])
    context = {
        "office": here,
        "shown": shown,
        "form": form,
        "filter_form": pick,
        "matters": found[:PICK_MAX],
        "has_more": len(found) > PICK_MAX,
        "ticked": set(request.POST.getlist("matter")),
    }
    return render(request, "lists/problem_add.html", context, status=_status(form))


def _added_words(added: services.Added) -> str:
    count = len(added.problems)
    if not count:
        return _("All of these were on the list already.")
    words = ngettext(
        "%(n)s matter was put on the list.", "%(n)s matters were put on the list.", count
    )
    said = words % {"n": count}
    if added.already:
        said += _(" %(n)s were on it already.") % {"n": len(added.already)}
    return said


@for_roles(*OFFICE_ROLES)
@require_POST
def export_problem_list(request: Request, list_id: int) -> HttpResponse:
    """Give exactly what the page shows as a workbook, and write down that it was taken out."""
    shown = registers.get_problem_list(actor=request.actor, problem_list_id=list_id)
    found = registers.list_problems(
        actor=request.actor, problem_list=shown, wanted=_wanted(request.POST)
    )
    rows = registers.rows_of_problems(problems=found)
    services.record_export(
        actor=request.actor,
        at=request.now,
        community_id=shown.community_id,
        wanted={"problem_list": shown.pk, "part": request.POST.get("part", "")},
        matters_total=len(rows),
    )
    columns = [
        (_("No."), 6),
        (_("Matter"), 12),
        (_("Problem"), 36),
        (_("Category"), 14),
        (_("Grid"), 12),
        (_("Place"), 26),
        (_("Reported at"), 17),
        (_("State"), 12),
        (_("Handled by"), 18),
        (_("Closed at"), 17),
        (_("What was done"), 46),
        (_("Photos of the result"), 10),
        (_("Told"), 20),
        (_("Satisfaction"), 12),
        (_("Note"), 20),
    ]
    sheet = Sheet(
        shown.name, columns, [_cells(row) for row in rows], (f"{shown.code} {shown.name}",)
    )
    return download(
        content=workbook(sheets=[sheet]), name=f"{shown.community.name}_{shown.name}.xlsx"
    )


def _cells(row: registers.ProblemRow) -> tuple[Any, ...]:
    matter, evidence = row.matter, row.evidence
    told, rating = evidence.told, evidence.rating
    return (
        row.problem.number,
        matter.number,
        matter.title,
        labels.category_name(category=matter.category),
        matter.grid or "",
        where_of(matter=matter),
        matter.reported_at,
        labels.label_of(code=matter.state, table="state"),
        evidence.handled_by or handler_of(matter=matter),
        matter.closed_at,
        evidence.resolution,
        len(evidence.photos),
        f"{told.told_by.name} {wording.exact(when=told.told_at)}" if told is not None else "",
        labels.label_of(code=rating.satisfaction, table="satisfaction") if rating else "",
        _("Ended without evidence") if row.lacks_evidence else "",
    )


urlpatterns = [
    path("lists/problems/", show_problem_lists, name="problem_lists"),
    path("lists/problems/<int:list_id>/", show_problem_list, name="problem_list"),
    path("lists/problems/<int:list_id>/add/", add_to_problem_list, name="problem_add"),
    path("lists/problems/<int:list_id>/export/", export_problem_list, name="problem_export"),
]
