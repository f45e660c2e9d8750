"""Moving in: choose a file, look at what it would do, then do it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from linli.core.errors import NotFound, Refused
from linli.territory import imports
from linli.territory.geometry import Datum
from linli.territory.imports import Change, ImportRefused, Plan, PlanHasFaults, PlanOutdated
from linli.territory.wording import DATUMS
from linli.web.access import Request
from linli.web.territory.common import for_readers, frame, kept_community_of, refuse
from linli.web.territory.forms import ImportForm
from linli.web.territory.register import workbook

_FAULTS_SHOWN = 200
_CHANGES_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
def choose_file(request: Request) -> HttpResponse:
    """Take a file in. One that is good is kept, even when something else is still missing."""
    community = kept_community_of(request)
    is_sent = request.method == "POST"  # even when nothing stands in it
    form = ImportForm(request.POST, request.FILES) if is_sent else ImportForm()
    kept = None
    if is_sent:
        # A file that was kept before needs not be chosen again.
        form.fields["file"].required = not request.POST.get("upload")
        kept = _keep(request, form)
        if form.is_valid() and kept is not None:
            address = reverse("places_import_decide", args=[kept.token])
            datum = form.cleaned_data["datum"]
            return redirect(f"{address}?datum={datum}&community={community.pk}")
    return _ask(request, community, form, kept)


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
def decide(request: Request, token: UUID) -> HttpResponse:
    """Show what a file would do, row by row where it is wrong; then do it."""
    community = kept_community_of(request)
    attachment = imports.get_upload(token=token, actor=request.actor)
    datum = _datum(request)
    try:
        source = imports.read_upload(attachment=attachment)
        plan = imports.preview(
            community_id=community.pk, source=source, datum=datum, actor=request.actor
        )
    except ImportRefused as refused:
        form = ImportForm({"datum": datum.value})
        form.fields["file"].required = False  # it was chosen; the refusal says what is wrong in it
        refuse(form, refused)
        return _ask(request, community, form, None)
    if request.method == "POST":
        try:
            done = imports.carry_out(
                attachment=attachment,
                community_id=community.pk,
                source=source,
                datum=datum,
                actor=request.actor,
                at=request.now,
                only_good=request.POST.get("only_good") == "1",
                expected=request.POST.get("fingerprint", ""),
            )
        except (PlanOutdated, PlanHasFaults) as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _said(done))
            return redirect(f"{reverse('places')}?community={community.pk}")
    return _preview(request, community, attachment, datum, plan)


@require_safe
@for_readers
def template(request: Request) -> HttpResponse:  # noqa: ARG001  # every view takes one
    """Hand out the blank workbook."""
    return workbook(imports.write_template(), "社区底册导入模板.xlsx")


def _keep(request: Request, form: ImportForm) -> Any:
    """Return the file of this form, stored: the one just sent, or the one kept before."""
    upload = request.FILES.get("file")
    if upload is not None:
        try:
            return imports.receive(upload=upload, actor=request.actor, at=request.now)
        except Refused as refused:
            refuse(form, refused)
            return None
    try:
        return imports.get_upload(token=UUID(request.POST.get("upload", "")), actor=request.actor)
    except (ValueError, NotFound):
        if not form.has_error("file"):
            form.add_error("file", gettext("Choose the file."))
        return None


def _ask(request: Request, community: Any, form: ImportForm, kept: Any) -> HttpResponse:
    facts = {**frame(request, community), "form": form, "kept": kept}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "territory/import.html", facts, status=status)


def _preview(
    request: Request, community: Any, attachment: Any, datum: Datum, plan: Plan
) -> HttpResponse:
    changes = [row for row in plan.rows if row.change == Change.CHANGED]
    causes = plan.causes
    good = [row for row in plan.rows if row.change != Change.UNCHANGED]
    facts = {
        **frame(request, community),
        "attachment": attachment,
        "datum": datum.value,
        "datums": [(str(code), name) for code, name in DATUMS.items()],
        "plan": plan,
        "counts": [(imports.SHEET_OF[count.table].title, count) for count in plan.counts],
        "faults": causes[:_FAULTS_SHOWN],
        "faults_total": len(causes),
        "following_total": plan.following_total,
        "changes": [(row, _fields(row)) for row in changes[:_CHANGES_SHOWN]],
        "changes_total": len(changes),
        "good_total": len(good),
    }
    return render(request, "territory/preview.html", facts)


def _fields(row: Any) -> str:
    """Return the headings of what a row changes."""
    columns = {column.key: column.heading for column in imports.SHEET_OF[row.table].columns}
    return "、".join(columns.get(name, name) for name in row.fields)


def _said(plan: Plan) -> str:
    new = sum(count.new for count in plan.counts)
    changed = sum(count.changed for count in plan.counts)
    if not new and not changed:
        return gettext("Everything was in the register already; nothing changed.")
    return ngettext(
        "Brought in: %(new)s new row, %(changed)s changed.",
        "Brought in: %(new)s new rows, %(changed)s changed.",
        new,
    ) % {"new": new, "changed": changed}


def _datum(request: Request) -> Datum:
    said = request.POST.get("datum") or request.GET.get("datum") or ""
    try:
        return Datum(said)
    except ValueError as error:
        raise NotFound from error
