"""Leave: who stands in for whom, and arranging it for somebody."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.core.errors import Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles
from linli.web.accounts import LeaveForm, refuse, status_of
from linli.web.people.shared import GIVERS, READERS, show


@require_GET
@for_roles(*READERS)
def list_page(request: Request) -> HttpResponse:
    """Show the leave that runs or is to come."""
    may_arrange = bool(request.actor.roles.intersection(GIVERS))
    handovers = queries.list_handovers(actor=request.actor, at=request.now)
    facts = {
        "handovers": handovers,
        "today": queries.local_day(at=request.now),
        "may_arrange": may_arrange,
        "accounts": queries.list_accounts(
            actor=request.actor, wanted=queries.AccountFilter(), at=request.now
        )
        if may_arrange
        else [],
    }
    return show(request, "people/leave.html", "leave", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*GIVERS)
def arrange(request: Request, account_id: int) -> HttpResponse:
    """Hand somebody's work over for them."""
    account = queries.get_account(actor=request.actor, account_id=account_id)
    candidates = queries.stand_in_candidates(account_id=account_id, at=request.now)
    today = queries.local_day(at=request.now)
    form = LeaveForm(
        request.POST or None,
        candidates=candidates,
        initial={"from_date": today, "until_date": today},
    )
    if request.method == "POST" and form.is_valid():
        try:
            people.hand_over(
                absent_id=account_id,
                stand_in_id=form.cleaned_data["stand_in"],
                from_date=form.cleaned_data["from_date"],
                until_date=form.cleaned_data["until_date"],
                note=form.cleaned_data["note"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Everything is handed over for these days."))
            return redirect("leave")
    facts = {"form": form, "account": account, "candidates": candidates}
    return show(request, "people/arrange.html", "leave", facts, status=status_of(form))


@require_POST
@for_roles(*READERS)
def end(request: Request, handover_id: int) -> HttpResponse:
    """End a leave early."""
    queries.get_handover(actor=request.actor, handover_id=handover_id, at=request.now)
    people.end_handover(handover_id=handover_id, actor=request.actor, at=request.now)
    messages.success(request, _("The leave was ended."))
    return redirect("leave")
