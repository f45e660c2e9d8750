"""The desk's first page: what needs me now, as a queue with views, filter, search and export."""

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import xlsxwriter
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from linli.core.actor import Actor
from linli.core.clocks import SHANGHAI
from linli.core.errors import Invalid, Refused
from linli.language.mask import scrub_personal_data
from linli.matters import queries, services
from linli.territory import queries as territory
from linli.web import labels
from linli.web.access import DESK_ROLES, Request, for_roles
from linli.web.desk.filters import Asked, View, asked, views_for
from linli.web.wording import figure

READING_ROLES = (*DESK_ROLES, "GRID_LEAD", "OVERSEER")
"""Who opens the desk's pages: those who work there, and those who judge and supervise."""

ENTERING_ROLES = ("SECRETARY", "STAFF", "SOCIAL_WORKER")
"""Who answers the telephone and sits at the counter."""

PAGE_SIZE = 50
EXPORT_MAX = 20_000
_ROWS_AT_ONCE = 500
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@for_roles(*READING_ROLES)
@require_safe
def show_queue(request: Request) -> HttpResponse:
    """Show the queue; with nothing chosen, also what waits in every view."""
    after = request.GET.get("after", "")
    if request.htmx and not request.htmx.history_restore_request and "after" in request.GET:
        # More rows need neither figures nor menus.
        wanted = asked(data=request.GET, actor=request.actor, at=request.now, with_choices=False)
        page = page_of(request=request, wanted=wanted, after=after)
        rows = {"asked": wanted, "matters": page.matters, "next_after": page.next_after}
        return render(request, "desk/_rows.html", rows)
    wanted = asked(data=request.GET, actor=request.actor, at=request.now)
    context = queue_context(request=request, wanted=wanted, after=after)
    context["filter_form"] = wanted.form
    context["saved_views"] = list(queries.list_saved_views(actor=request.actor))
    context["map"] = _map_of(context["matters"], request.actor)
    response = render(request, "desk/queue.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def queue_context(*, request: Request, wanted: Asked, after: str = "") -> dict[str, Any]:
    """Return one page of the list, and how many wait in each view."""
    page = page_of(request=request, wanted=wanted, after=after)
    counts = queries.count_queues(actor=request.actor, at=request.now)
    return {
        "asked": wanted,
        "matters": page.matters,
        "next_after": page.next_after,
        "after": after,
        "views": [tab(view, counts, wanted) for view in views_for(actor=request.actor)],
        "may_enter": bool(request.actor.roles.intersection(ENTERING_ROLES)),
        "shown_count": figure(counts.get(wanted.view.code)) if not wanted.narrowed else None,
        "is_too_short": wanted.wanted.is_too_short,
    }


def page_of(*, request: Request, wanted: Asked, after: str) -> queries.Page:
    """Return one page of the list."""
    return queries.page_of_matters(
        actor=request.actor, wanted=wanted.wanted, after=after, size=PAGE_SIZE
    )


def tab(view: View, counts: dict[str, int], wanted: Asked) -> dict[str, Any]:
    """Return a view as a way to switch to it."""
    return {
        "code": view.code,
        "label": view.name,
        "icon": view.icon,
        "url": f"/desk/?view={view.code}",
        "is_here": view.code == wanted.view.code and not wanted.narrowed,
        "count": counts.get(view.code) if view.is_counted else None,
        "figure": figure(counts.get(view.code)) if view.is_counted else None,
    }


def _map_of(matters: Iterable[Any], actor: Actor) -> dict[str, Any]:
    """Return the listed matters as points on their grids; the restricted are on no map."""
    features = []
    own = sorted(actor.community_ids)
    if len(own) == 1:
        for grid in territory.list_areas(community_id=own[0], level="GRID"):
            if grid.boundary is not None:
                features.append(feature("grid", grid.name, grid.boundary))
    for matter in matters:
        shape = point(matter.longitude, matter.latitude)
        if shape is not None and not matter.is_restricted:
            address = f"/desk/{matter.pk}/"
            features.append(feature("matter", matter.title, shape, url=address))
    return {"type": "FeatureCollection", "features": features}


def point(longitude: float | None, latitude: float | None) -> dict[str, Any] | None:
    """Return a GeoJSON point, where there is one."""
    if longitude is None or latitude is None:
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def feature(layer: str, name: str, geometry: Any, **facts: Any) -> dict[str, Any]:
    """Return one feature as components/_map.html draws it."""
    properties = {"layer": layer, "name": name, **facts}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


# --- Views that somebody keeps ----------------------------------------------------------------


@for_roles(*READING_ROLES)
@require_POST
def save_view(request: Request) -> HttpResponse:
    """Keep the filter that is on under a name."""
    wanted = asked(data=request.POST, actor=request.actor, at=request.now)
    try:
        view = services.save_view(
            actor=request.actor,
            at=request.now,
            name=request.POST.get("name", ""),
            query=wanted.query,
        )
    except Invalid as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Kept as “%(name)s”.") % {"name": view.name})
    return HttpResponseRedirect(f"/desk/?{wanted.query}")


@for_roles(*READING_ROLES)
@require_POST
def delete_view(request: Request, view_id: int) -> HttpResponse:
    """Keep a view no longer."""
    services.delete_view(actor=request.actor, view_id=view_id)
    messages.success(request, _("The view is gone; no matter was changed."))
    return HttpResponseRedirect("/desk/")


# --- Export -----------------------------------------------------------------------------------


@for_roles(*READING_ROLES)
@require_POST
def export(request: Request) -> HttpResponse:
    """Give exactly what the list shows as a workbook, and write down that it was taken out."""
    wanted = asked(data=request.POST, actor=request.actor, at=request.now)
    order = ("due_at", "pk") if wanted.wanted.oldest_deadline_first else ("-pk",)
    rows = queries.list_matters(actor=request.actor, wanted=wanted.wanted).order_by(*order)
    workbook = io.BytesIO()
    total = write_workbook(to=workbook, rows=rows, at=request.now)
    services.record_export(
        actor=request.actor,
        at=request.now,
        community_id=_community_of(request.actor, wanted),
        wanted=dict(wanted.values),
        matters_total=total,
    )
    day = request.now.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")
    name = _("Matters %(day)s") % {"day": day}
    response = HttpResponse(workbook.getvalue(), content_type=_WORKBOOK)
    shown = content_disposition_header(as_attachment=True, filename=f"{name}.xlsx")
    response.headers["Content-Disposition"] = shown or "attachment"
    return response


def _community_of(actor: Actor, wanted: Asked) -> int:
    if wanted.wanted.community_id is not None:
        return wanted.wanted.community_id
    own = sorted(actor.community_ids)
    return own[0] if own else territory.list_communities(actor=actor)[0].pk


class TooMuchToExport(Refused):
    """A list is longer than one workbook takes; a part of it must not pass for the whole."""

    sentence = gettext_lazy(
        "This list has more than %(limit)s rows, which is more than one workbook takes. "
        "Please narrow the filter, such as to a shorter period."
    )


def write_workbook(*, to: Any, rows: QuerySet[Any], at: datetime) -> int:
    """Write matters as a sheet that WPS and Excel open; return how many.

    :raises TooMuchToExport: when there are more than `EXPORT_MAX`.
    """
    if rows[EXPORT_MAX : EXPORT_MAX + 1].exists():
        raise TooMuchToExport(limit=EXPORT_MAX)
    book = xlsxwriter.Workbook(to, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(_("Matters"))
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for column, (name, width) in enumerate(_columns()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    total = 0
    for total, matter in enumerate(rows.iterator(chunk_size=_ROWS_AT_ONCE), start=1):
        for column, value in enumerate(_cells(matter, at)):
            if isinstance(value, datetime):
                local = value.astimezone(SHANGHAI).replace(tzinfo=None)
                sheet.write_datetime(total, column, local, moment)
            elif isinstance(value, int):
                sheet.write_number(total, column, value)
            else:
                # Always as text: what somebody reported is never a formula.
                sheet.write_string(total, column, str(value or ""))
    sheet.autofilter(0, 0, max(total, 1), len(_columns()) - 1)
    book.close()
    return total


def _columns() -> list[tuple[str, int]]:
    return [
        (_("Number"), 12),
        (_("Title"), 34),
        (_("State"), 12),
        (_("Kind"), 10),
        (_("Category"), 16),
        (_("Grid"), 14),
        (_("Estate"), 14),
        (_("Building"), 10),
        (_("Place"), 20),
        (_("Channel"), 12),
        (_("Reported at"), 17),
        (_("Due at"), 17),
        (_("Overdue"), 8),
        (_("Done at"), 17),
        (_("Closed at"), 17),
        (_("Handler"), 18),
        (_("Settlement level"), 14),
        (_("Round"), 8),
        (_("12345 number"), 18),
        (_("What was reported"), 60),
    ]


def _cells(matter: Any, at: datetime) -> list[Any]:
    order = matter.order
    handler = "" if order is None else (order.organisation or order.account)
    is_late = matter.runs and not matter.is_paused and matter.due_at < at
    return [
        matter.number,
        scrub_personal_data(text=matter.title),
        labels.label_of(code=matter.state, table="state"),
        labels.label_of(code=matter.kind, table="kind"),
        matter.category.name,
        matter.grid or "",
        matter.estate or "",
        matter.building or "",
        " ".join(str(part) for part in (matter.entrance, matter.place, matter.place_text) if part),
        labels.label_of(code=matter.channel, table="channel"),
        matter.reported_at,
        matter.due_at,
        _("Yes") if is_late else _("No"),
        matter.resolved_at,
        matter.closed_at,
        handler,
        matter.level or "",
        matter.round,
        matter.hotline_number,
        scrub_personal_data(text=matter.text),
    ]
