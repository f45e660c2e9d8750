"""Papers of a resident that expire: for those entitled, like the help that is needed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.core.errors import NotFound, Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.people.shared import date_input
from linli.web.roster.frame import ENTITLED, number_of, show
from linli.web.telling import tell_events


class RenewForm(forms.Form):
    """Until when a paper holds."""

    expires_on = forms.DateField(label=_("Expires or is looked at again on"), widget=date_input())


class PaperForm(RenewForm):
    """Which paper, and until when."""

    name = forms.CharField(
        label=_("Paper"),
        max_length=people.PAPER_LENGTH_MAX,
        help_text=_("Such as: disability certificate, yearly subsidy review. No diagnosis."),
    )
    field_order = ("name", "expires_on")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*ENTITLED)
def create(request: Request, resident_id: int) -> HttpResponse:
    """Write down a paper of somebody."""
    resident = queries.get_resident(actor=request.actor, resident_id=resident_id)
    if resident.until_date is not None or not queries.manages_needs(
        actor=request.actor, community_id=resident.community_id
    ):
        raise NotFound
    form = PaperForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.add_paper(
                resident_id=resident_id,
                actor=request.actor,
                at=request.now,
                **form.cleaned_data,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("It is listed 90 days before, for those entitled only."))
            return redirect("resident", resident_id=resident_id)
    facts = {"form": form, "row": queries.row_of(resident=resident)}
    status = status_of(form)
    return _unkept(show(request, "roster/paper_new.html", "coming", facts, status=status))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*ENTITLED)
def page(request: Request, paper_id: int) -> HttpResponse:
    """Show a paper with its story, and renew it."""
    day = queries.local_day(at=request.now)
    row = queries.get_paper(actor=request.actor, paper_id=paper_id, on=day)
    form = RenewForm(request.POST or None, initial={"expires_on": row.paper.expires_on})
    if request.method == "POST" and form.is_valid():
        try:
            people.renew_paper(
                paper_id=paper_id,
                expires_on=form.cleaned_data["expires_on"],
                version=number_of(request.POST.get("version")) or 0,
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The paper has its new day."))
            return redirect("coming")
    facts = {
        "row": row,
        "form": form,
        "entries": tell_events(
            events=queries.events_of_paper(paper=row.paper), actor=request.actor
        ),
    }
    return _unkept(show(request, "roster/paper.html", "coming", facts, status=status_of(form)))


@require_POST
@for_roles(*ENTITLED)
def end(request: Request, paper_id: int) -> HttpResponse:
    """Say that somebody has a paper no longer."""
    people.end_paper(paper_id=paper_id, actor=request.actor, at=request.now)
    messages.success(request, _("It is listed no longer; it stays on record."))
    return redirect("coming")


def papers_shown(request: Request, *, resident: Any) -> dict[str, Any]:
    """Return what a resident's page shows of their papers: nothing to most."""
    day = queries.local_day(at=request.now)
    manages = queries.manages_needs(actor=request.actor, community_id=resident.community_id)
    return {
        "papers": queries.papers_of(actor=request.actor, resident=resident, on=day),
        "may_write_papers": manages and resident.until_date is None,
    }


def _unkept(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    return answer
