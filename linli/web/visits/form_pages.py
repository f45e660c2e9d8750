"""The desk: what is asked at the door, published from an XLSForm workbook."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.core import attachments
from linli.core.errors import Refused
from linli.visits import queries, services
from linli.visits.forms.definition import words
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.people.shared import community_in_view
from linli.web.visits.campaigns import RUNNERS
from linli.web.workbooks import Sheet, download, workbook

SHOWN_MOST = 50
_SHEETS = {
    "survey": _("sheet “survey”"),
    "choices": _("sheet “choices”"),
    "settings": _("sheet “settings”"),
}
_REASONS = {
    "FILE": _("this is not an .xlsx workbook that can be read"),
    "EMPTY": _("there is no question in it"),
    "MANY": _("there are more than %(said)s questions"),
    "TYPE": _("the type “%(said)s” is not supported"),
    "NAME": _("“%(said)s” is no name: Latin letters, digits and _, beginning with a letter"),
    "TWICE": _("“%(said)s” is there twice"),
    "LABEL": _("“%(said)s” has no label"),
    "PHOTOS": _("a form asks for photos once; they are taken together"),
    "LIST": _("the list “%(said)s” has no choices"),
    "CONDITION": _("“%(said)s” is more than simple comparisons"),
    "UNKNOWN": _("it asks about “%(said)s”, which is no question before it"),
    "REQUIRED": _("“required” is yes or no, not “%(said)s”"),
    "COLUMN": _("the column “%(said)s” is not supported"),
    "NEVER": _(
        "“%(said)s” is never asked: no diagnoses, no lists of persons under supervision, no party "
        "dues, candidates or discipline"
    ),
    "GROUP": _("a group is opened and not closed, or the other way round"),
    "STANDARD": _("it does not follow the XLSForm standard: %(said)s"),
}
_SAMPLE = (
    Sheet(
        title="survey",
        columns=[
            *(("type", 22), ("name", 14), ("label::中文", 26), ("label::English", 26)),
            *(("hint::中文", 22), ("required", 10), ("relevant", 24), ("constraint", 16)),
            ("constraint_message::中文", 26),
        ],
        rows=[
            ["select_one yes_no", "elder", "家里有60岁以上老人吗", "Anybody over 60?", "", "yes"],
            ["integer", "elders", "有几位", "How many", "", "", "${elder} = 'yes'", ". > 0"],
            ["select_multiple needs", "needs", "需要什么帮助", "What would help", "可多选"],
            ["text", "said", "反映了什么", "What they said", "没有就不填"],
            ["image", "photos", "现场照片", "Photos", "有隐患再拍，不拍人"],
        ],
    ),
    Sheet(
        title="choices",
        columns=[("list_name", 14), ("name", 14), ("label::中文", 22), ("label::English", 22)],
        rows=[
            ["yes_no", "yes", "有", "Yes"],
            ["yes_no", "no", "没有", "No"],
            ["needs", "meals", "助餐", "Meals"],
            ["needs", "repair", "家电维修", "Repairs"],
            ["needs", "company", "陪伴", "Company"],
        ],
    ),
    Sheet(title="settings", columns=[("form_title", 22)], rows=[["入户走访（示例）"]]),
)


class UploadForm(forms.Form):
    """A workbook, and what the form is to be called."""

    file = forms.FileField(
        label=_("Workbook (XLSForm, .xlsx)"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": _("Please choose a workbook.")},
    )
    name = forms.CharField(
        label=_("Name of the form"),
        required=False,
        max_length=60,
        help_text=_("Empty takes the title in the workbook. The same name is a new version."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def list_page(request: Request) -> HttpResponse:
    """Show the forms in use, and publish one from a workbook."""
    community, _others = community_in_view(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    faults: list[str] = []
    if form.is_bound and form.is_valid():
        try:
            version = _publish(request, community.pk, form)
        except services.WorkbookRefused as refused:
            faults = [_worded(one) for one in refused.rows[:SHOWN_MOST]]
            form.add_error("file", str(refused))
        except Refused as refused:
            refuse(form, refused)
        else:
            said = gettext("Published as version %(number)s.") % {"number": version.number}
            messages.success(request, said)
            return redirect(f"{reverse('visit_forms')}?community={community.pk}")
    facts = {
        "form": form,
        "faults": faults,
        "community": community,
        "versions": [_shown(one) for one in queries.forms_of(community_id=community.pk)],
    }
    return render(request, "visits/forms.html", facts, status=status_of(form))


@require_GET
@for_roles(*RUNNERS)
def sample(_request: Request) -> HttpResponse:
    """Give a workbook to begin with, that shows all that is understood."""
    name = gettext("Visit form sample")
    return download(content=workbook(sheets=_SAMPLE), name=f"{name}.xlsx")


def _publish(request: Request, community_id: int, form: UploadForm) -> Any:
    kept = attachments.store_file(
        upload=form.cleaned_data["file"], purpose="IMPORT", actor=request.actor, at=request.now
    )
    with kept.file.open("rb") as stored:
        data = stored.read()
    return services.publish_workbook(
        community_id=community_id,
        name=form.cleaned_data["name"],
        data=data,
        actor=request.actor,
        at=request.now,
    )


def _worded(fault: Any) -> str:
    """Say a fault with its sheet and row."""
    why = str(_REASONS[fault.code]) % {"said": fault.said}
    if not fault.row:
        return why
    where = {"sheet": str(_SHEETS[fault.sheet]), "row": fault.row, "why": why}
    return gettext("%(sheet)s, row %(row)s: %(why)s") % where


def _shown(version: Any) -> dict[str, Any]:
    language = get_language() or ""
    return {
        "name": version.form.name,
        "number": version.number,
        "published_at": version.published_at,
        "questions": [
            words(of=one["label"], language=language) for one in version.definition["questions"]
        ],
    }
