"""12345: orders come in from the city's workbook with a preview, replies go out in its form."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from linli.core import attachments
from linli.core.clocks import SHANGHAI
from linli.core.errors import NotEntitled, NotFound, Refused
from linli.flows import hotline
from linli.language.mask import mask_name, mask_phone
from linli.matters import queries, registers, services
from linli.web.access import Request, for_roles
from linli.web.lists.common import OFFICE_ROLES, Office, blame, key_of, keys_of, office_of
from linli.web.wording import figure
from linli.web.workbooks import Sheet, download, workbook

PAGE_SIZE = 50
EXPORT_MAX = 5_000
TABS = {
    "reply": (gettext_lazy("To reply"), registers.hotline_to_reply),
    "open": (gettext_lazy("Under way"), registers.hotline_under_way),
    "replied": (gettext_lazy("Replied"), registers.hotline_replied),
    "all": (gettext_lazy("All"), registers.list_hotline),
}
_WIDTHS = {"number": 22, "handled_by": 18, "resolution": 60, "told": 40}
_NOT_THERE = ""


class UploadForm(forms.Form):
    """The city's workbook."""

    file = forms.FileField(
        label=gettext_lazy("Workbook of 12345 orders (.xlsx)"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"empty": gettext_lazy("This file arrived empty. Please choose it again.")},
    )


# --- The register -----------------------------------------------------------------------------


@for_roles(*OFFICE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def show_hotline(request: Request) -> HttpResponse:
    """Show the orders by where they stand, and take in the city's workbook."""
    here = office_of(request=request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not here.may_write:
            raise NotEntitled
        answer = _take_file(request, here, form)
        if answer is not None:
            return answer
    asked = request.GET.get("tab", "")
    tab = asked if asked in TABS else next(iter(TABS))
    given = {"actor": request.actor, "community_id": here.community.pk}
    rows = _narrowed(TABS[tab][1](**given), request.GET.get("q", ""))
    after = key_of(request.GET.get("after", ""))
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: PAGE_SIZE + 1])
    context = {
        "office": here,
        "form": form,
        "tab": tab,
        "tabs": [
            {
                "label": name,
                "url": f"?tab={code}&community={here.community.pk}",
                "is_here": code == tab,
                "count": figure(queries.how_many(rows=read(**given)))
                if code in ("reply", "open")
                else None,
            }
            for code, (name, read) in TABS.items()
        ],
        "matters": found[:PAGE_SIZE],
        "older": found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None,
        "after": after,
        "q": request.GET.get("q", ""),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "lists/hotline.html", context, status=status)


def _narrowed(rows: Any, query: str) -> Any:
    for word in query[:80].split():
        rows = rows.filter(hotline_number__icontains=word) | rows.filter(title__icontains=word)
    return rows


def _take_file(request: Request, here: Office, form: UploadForm) -> HttpResponse | None:
    """Keep the workbook and go on to its preview; None when it cannot be used."""
    if not form.is_valid():
        return None
    upload = form.cleaned_data["file"]
    try:
        hotline.read_table(data=upload.read(), remembered=_remembered(here))
        kept = attachments.store_file(
            upload=upload, purpose="IMPORT", actor=request.actor, at=request.now
        )
    except Refused as refused:
        blame(form=form, refused=refused)
        return None
    there = reverse("hotline_preview", args=[here.community.pk, kept.token])
    return HttpResponseRedirect(there)


def _remembered(here: Office) -> dict[str, str]:
    columns = registers.method_of(community_id=here.community.pk).hotline_columns
    return {str(field): str(heading) for field, heading in columns.items()}


# --- The preview ------------------------------------------------------------------------------


@for_roles(*OFFICE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: Request, community_id: int, token: UUID) -> HttpResponse:
    """Show what a workbook would do; bring it in when all is well, or the good rows."""
    here = office_of(request=request, community_id=community_id)
    table = _table(request, here, token)
    remembered = _remembered(here)
    columns = hotline.match_columns(table=table, remembered=remembered)
    try:
        hotline.require_columns(columns=columns)
    except hotline.ColumnsMissing:
        return HttpResponseRedirect(reverse("hotline_columns", args=[community_id, token]))
    categories = list(queries.list_categories(community_id=community_id))
    values = request.POST if request.method == "POST" else request.GET
    default = key_of(values.get("default", ""))
    if default not in {one.pk for one in categories}:
        default = None
    plan = hotline.make_plan(
        table=table,
        columns=columns,
        community_id=community_id,
        at=request.now,
        default_category_id=default,
    )
    fault = ""
    if request.method == "POST":
        chosen = _chosen(request, plan, {one.pk for one in categories})
        try:
            applied = hotline.apply(
                plan=plan,
                community_id=community_id,
                actor=request.actor,
                at=request.now,
                categories=chosen,
                good_only=request.POST.get("good_only") == "1",
            )
        except Refused as refused:
            if isinstance(refused, NotFound | NotEntitled):
                raise
            fault = str(refused)
        else:
            _say(request, applied)
            return HttpResponseRedirect(reverse("hotline") + f"?community={community_id}&tab=open")
    context = {
        "office": here,
        "token": token,
        "table": table,
        "plan": plan,
        "new": [_shown(row, request) for row in plan.new],
        "fault": fault,
        "categories": categories,
        "default": default,
        "guessed": sum(row.is_guessed for row in plan.new),
        "columns": [
            (hotline.FIELDS[field].name, table.heading(place=place))
            for field, place in columns.items()
        ],
    }
    return render(request, "lists/hotline_preview.html", context, status=422 if fault else 200)


def _shown(row: hotline.PlanRow, request: Request) -> dict[str, Any]:
    chosen = key_of(request.POST.get(f"category_{row.row}", ""))
    return {
        "row": row,
        "name": mask_name(name=row.name) if row.name else "",
        "phone": mask_phone(phone=row.phone) if row.phone else "",
        "category_id": chosen or row.category_id,
    }


def _chosen(request: Request, plan: hotline.Plan, known: set[int]) -> dict[int, int]:
    chosen = {row.row: key_of(request.POST.get(f"category_{row.row}", "")) for row in plan.new}
    return {row: key for row, key in chosen.items() if key is not None and key in known}


def _say(request: Request, applied: hotline.Applied) -> None:
    count = len(applied.matters)
    said = ngettext("%(n)s order came in.", "%(n)s orders came in.", count) % {"n": count}
    if applied.here:
        said += _(" %(n)s were here already.") % {"n": applied.here}
    if applied.left_out:
        said += _(" %(n)s rows were left out.") % {"n": applied.left_out}
    messages.success(request, said)
    if applied.restricted:
        warning = _(
            "%(n)s of them speak of danger. They went to those in charge and stand on no list."
        )
        messages.warning(request, warning % {"n": applied.restricted})


def _table(request: Request, here: Office, token: UUID) -> hotline.Table:
    """Return the table of a workbook that this person uploaded.

    :raises NotFound: when it is somebody else's, or was dropped meanwhile.
    """
    if not here.may_write:
        raise NotFound
    kept = attachments.get_by_token(token=token)
    is_own = kept.uploaded_by == request.actor.key and kept.subject_id is None
    if not is_own or kept.purpose != "IMPORT" or not kept.name.endswith(".xlsx"):
        raise NotFound
    with kept.file.open("rb") as file:
        return hotline.read_table(data=file.read(), remembered=_remembered(here))


# --- Which column is which --------------------------------------------------------------------


@for_roles(*OFFICE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def choose_columns(request: Request, community_id: int, token: UUID) -> HttpResponse:
    """Ask which heading means which field, and remember it for the next workbook."""
    here = office_of(request=request, community_id=community_id)
    table = _table(request, here, token)
    matched = hotline.match_columns(table=table, remembered=_remembered(here))
    fault = ""
    if request.method == "POST":
        given = {field: request.POST.get(field, _NOT_THERE) for field in hotline.FIELDS}
        known = set(table.headings.values())
        columns = {field: heading for field, heading in given.items() if heading in known}
        places = {heading: place for place, heading in table.headings.items()}
        try:
            hotline.require_columns(columns={one: places[name] for one, name in columns.items()})
            if len(set(columns.values())) < len(columns):
                raise ColumnTwice
            services.remember_columns(
                community_id=community_id, actor=request.actor, at=request.now, hotline=columns
            )
        except (hotline.ColumnsMissing, ColumnTwice) as refused:
            fault = str(refused)
        else:
            messages.success(request, _("The columns are remembered for the next workbook."))
            return HttpResponseRedirect(reverse("hotline_preview", args=[community_id, token]))
    context = {
        "office": here,
        "token": token,
        "fault": fault,
        "headings": list(table.headings.values()),
        "samples": _samples(table),
        "fields": [
            {
                "code": field.code,
                "name": field.name,
                "required": field.required,
                "chosen": request.POST.get(
                    field.code, table.heading(place=matched.get(field.code))
                ),
            }
            for field in hotline.FIELDS.values()
        ],
    }
    return render(request, "lists/hotline_columns.html", context, status=422 if fault else 200)


class ColumnTwice(Refused):
    """Two fields were said to stand in one column."""

    sentence = gettext_lazy("Each column can hold one thing only. Please choose another.")
    status = 422


def _samples(table: hotline.Table) -> list[tuple[str, str]]:
    """Return each heading with what stands below it first, to recognise it by."""
    samples = []
    for place, heading in table.headings.items():
        values = [str(row[place]) for _number, row in table.rows[:20] if place < len(row)]
        samples.append((heading, next((value[:40] for value in values if value.strip()), "")))
    return samples


# --- Replies ----------------------------------------------------------------------------------


@for_roles(*OFFICE_ROLES)
@require_POST
def export_replies(request: Request) -> HttpResponse:
    """Give the replies that are due, or those ticked, in the city's form."""
    here = office_of(request=request)
    if not here.may_write:
        raise NotEntitled
    rows = _to_answer(request, here)
    method = registers.method_of(community_id=here.community.pk)
    headings = hotline.reply_headings(columns=method.reply_columns)
    replies = hotline.reply_rows(matters=rows)
    services.record_export(
        actor=request.actor,
        at=request.now,
        community_id=here.community.pk,
        wanted={"register": "hotline_replies"},
        matters_total=len(replies),
    )
    columns = [(heading, _WIDTHS.get(field, 16)) for field, heading in headings.items()]
    cells = [[reply[field] for field in headings] for reply in replies]
    day = request.now.astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")
    name = _("12345 replies %(day)s.xlsx") % {"day": day}
    return download(content=workbook(sheets=[Sheet("Sheet1", columns, cells)]), name=name)


def _to_answer(request: Request, here: Office) -> list[Any]:
    given = {"actor": request.actor, "community_id": here.community.pk}
    keys = keys_of(request.POST.getlist("matter"))
    if not keys:
        return list(registers.hotline_to_reply(**given)[:EXPORT_MAX])
    # One that was replied to may be exported again: the city loses papers, too.
    rows = registers.hotline_to_reply(**given) | registers.hotline_replied(**given)
    return list(rows.filter(pk__in=keys)[:EXPORT_MAX])


@for_roles(*OFFICE_ROLES)
@require_POST
def mark_replied(request: Request) -> HttpResponse:
    """Mark that the ticked replies reached the city."""
    here = office_of(request=request)
    keys = keys_of(request.POST.getlist("matter"))
    if not keys:
        messages.warning(request, _("Please tick the orders whose reply was handed in."))
    else:
        count = services.mark_replied(
            community_id=here.community.pk, matter_ids=keys, actor=request.actor, at=request.now
        )
        said = ngettext(
            "%(n)s order is marked as replied.", "%(n)s orders are marked as replied.", count
        )
        messages.success(request, said % {"n": count})
    return HttpResponseRedirect(reverse("hotline") + f"?community={here.community.pk}&tab=reply")


@for_roles(*OFFICE_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def reply_form(request: Request) -> HttpResponse:
    """Choose the columns of the reply and what the city calls them."""
    here = office_of(request=request)
    if not here.may_write:
        raise NotFound
    method = registers.method_of(community_id=here.community.pk)
    kept = hotline.reply_headings(columns=method.reply_columns)
    if request.method == "POST":
        columns = {
            field: " ".join(request.POST.get(field, "").split()) for field in hotline.REPLY_FIELDS
        }
        services.remember_columns(
            community_id=here.community.pk, actor=request.actor, at=request.now, reply=columns
        )
        messages.success(request, _("The form of the reply is remembered."))
        return HttpResponseRedirect(reverse("hotline") + f"?community={here.community.pk}")
    fields = [
        {"code": field.code, "name": field.name, "heading": kept.get(field.code, "")}
        for field in hotline.REPLY_FIELDS.values()
    ]
    return render(request, "lists/hotline_form.html", {"office": here, "fields": fields})


urlpatterns = [
    path("lists/hotline/", show_hotline, name="hotline"),
    path("lists/hotline/form/", reply_form, name="hotline_form"),
    path("lists/hotline/replies/", export_replies, name="hotline_replies"),
    path("lists/hotline/replied/", mark_replied, name="hotline_replied"),
    path("lists/hotline/<int:community_id>/<uuid:token>/", preview, name="hotline_preview"),
    path(
        "lists/hotline/<int:community_id>/<uuid:token>/columns/",
        choose_columns,
        name="hotline_columns",
    ),
]
