"""What two people said differently about a household: both values, and the office chooses."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from linli.core.errors import Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles
from linli.web.roster.frame import OFFICE, number_of, show


@require_GET
@for_roles(*OFFICE)
def list_page(request: Request) -> HttpResponse:
    """Show what waits for a choice, oldest first."""
    rows = [
        {
            "dispute": one,
            "address": queries.address_of(household=one.household),
            "values": queries.values_of(dispute=one),
        }
        for one in queries.list_disputes(actor=request.actor)
    ]
    return show(request, "roster/disputes.html", "disputes", {"rows": rows})


@require_POST
@for_roles(*OFFICE)
def decide(request: Request, dispute_id: int) -> HttpResponse:
    """Keep what stands, or take what was brought."""
    dispute = queries.get_dispute(actor=request.actor, dispute_id=dispute_id)
    try:
        people.decide_dispute(
            dispute_id=dispute.pk,
            takes=request.POST.get("choice") == "take",
            version=number_of(request.POST.get("version")) or 0,
            actor=request.actor,
            at=request.now,
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The roster says what you chose."))
    return redirect("disputes")
