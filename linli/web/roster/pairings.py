"""Pairings: who is still without one, who stands in, and the regular visits of a link."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from linli.core.errors import Refused
from linli.people import queries
from linli.people import services as people
from linli.visits import queries as visits
from linli.visits import services as visit_services
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.people.shared import community_in_view
from linli.web.roster.frame import ENTITLED, TIERS, number_of, show
from linli.web.roster.somebody import offer
from linli.web.roster.tie_forms import StandInForm
from linli.web.visits.households import CadenceForm

_PAGE_SIZE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*ENTITLED)
def unpaired(request: Request) -> HttpResponse:
    """Show who needs help and has no pair, with the nearest who are willing; pair two."""
    community, _all = community_in_view(request)
    if request.method == "POST":
        return _pair(request)
    day = queries.local_day(at=request.now)
    number = min(number_of(request.GET.get("page")) or 1, 1_000)
    start = (number - 1) * _PAGE_SIZE
    total = queries.count_unpaired(actor=request.actor, community_id=community.pk)
    holders = queries.list_tie_holders(community_id=community.pk, kind="PAIRING")
    newer, older = request.GET.copy(), request.GET.copy()
    newer["page"], older["page"] = str(number - 1), str(number + 1)
    facts = {
        "rows": queries.list_unpaired(
            actor=request.actor, community_id=community.pk, on=day, start=start, most=_PAGE_SIZE
        ),
        "total": total,
        "paired": sum(row.taken for row in holders),
        "willing": sum(row.free for row in holders),
        "newer": f"?{newer.urlencode()}" if number > 1 else "",
        "older": f"?{older.urlencode()}" if total > start + _PAGE_SIZE else "",
    }
    answer = show(request, "roster/unpaired.html", "unpaired", facts)
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*TIERS)
def hand_over(request: Request, tie_id: int) -> HttpResponse:
    """Hand a link to a stand-in for a time: somebody with an account, or a resident."""
    tie = people.managed_tie(tie_id=tie_id, actor=request.actor, at=request.now)
    day = queries.local_day(at=request.now)
    offered = offer(request, tie.community_id)
    others = [one for one in offered.accounts if one[0] != tie.holder.account_id]
    form = StandInForm(
        request.POST or None,
        offered=replace(offered, accounts=others),
        initial={"from_date": day},
    )
    if request.method == "POST" and form.is_valid():
        try:
            people.hand_tie_over(
                tie_id=tie_id,
                from_date=form.cleaned_data["from_date"],
                until_date=form.cleaned_data["until_date"],
                actor=request.actor,
                at=request.now,
                **form.who(),
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("They stand in on these days; then it goes back."))
            return redirect("tie", tie_id=tie_id)
    facts = {
        "tie": tie,
        "row": queries.row_of_tie(tie=tie, on=day),
        "form": form,
        "query": offered.query,
    }
    answer = show(request, "roster/stand_in.html", "ties", facts, status=status_of(form))
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*TIERS)
def arrange_visits(request: Request, tie_id: int) -> HttpResponse:
    """Arrange the regular visits of a link: how often, and who calls or writes down."""
    tie = people.managed_tie(tie_id=tie_id, actor=request.actor, at=request.now)
    candidates = visits.candidates_in(community_id=tie.community_id, at=request.now)
    form = CadenceForm(
        request.POST or None,
        initial=_rhythm_at_first(request, tie),
        accounts=[(one.pk, one.name) for one in candidates],
    )
    if request.method == "POST" and form.is_valid():
        try:
            visit_services.set_visits_of_tie(
                tie_id=tie_id,
                every=form.cleaned_data["every"],
                distance=form.distance(),
                account_id=form.cleaned_data["account"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Regular visits are arranged; the first is due today."))
            return redirect("tie", tie_id=tie_id)
    day = queries.local_day(at=request.now)
    home = queries.home_of_tie(tie=tie)
    known = None if home is None else visits.cadence_of(household_id=home.pk)
    facts = {
        "tie": tie,
        "row": queries.row_of_tie(tie=tie, on=day),
        "form": form,
        "replaces": known if known is not None and known.trace != tie.trace else None,
        "has_no_account": tie.holder.account_id is None,
    }
    answer = show(request, "roster/tie_visits.html", "ties", facts, status=status_of(form))
    answer["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*TIERS)
def arrange_visits_of_holder(request: Request, holder_id: int) -> HttpResponse:
    """Arrange regular visits to all to whom somebody's links lead."""
    holder = queries.get_tie_holder(actor=request.actor, holder_id=holder_id)
    candidates = visits.candidates_in(community_id=holder.community_id, at=request.now)
    form = CadenceForm(
        request.POST or None,
        initial={"every": "MONTHLY", "account": holder.account_id or request.actor.account_id},
        accounts=[(one.pk, one.name) for one in candidates],
    )
    if request.method == "POST" and form.is_valid():
        try:
            total = visit_services.set_visits_of_holder(
                holder_id=holder_id,
                every=form.cleaned_data["every"],
                distance=form.distance(),
                account_id=form.cleaned_data["account"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            said = ngettext(
                "Regular visits are arranged for %(total)s household.",
                "Regular visits are arranged for %(total)s households.",
                total,
            )
            messages.success(request, said % {"total": total})
            return redirect("tie_holder", holder_id=holder_id)
    facts = {
        "holder": holder,
        "name": queries.holder_name(holder=holder),
        "form": form,
        "has_no_account": holder.account_id is None,
    }
    return show(request, "roster/holder_visits.html", "ties", facts, status=status_of(form))


@require_POST
@for_roles(*TIERS)
def end_visits(request: Request, tie_id: int) -> HttpResponse:
    """End the regular visits of a link that itself goes on."""
    tie = people.managed_tie(tie_id=tie_id, actor=request.actor, at=request.now)
    visit_services.end_visits_of_tie(trace=tie.trace, at=request.now)
    messages.success(request, _("Regular visits have ended."))
    return redirect("tie", tie_id=tie_id)


def _pair(request: Request) -> HttpResponse:
    holder_id, resident_id = (
        number_of(request.POST.get(field)) for field in ("holder", "resident")
    )
    if not holder_id or not resident_id:
        messages.error(request, _("Please choose somebody."))
        return redirect("unpaired")
    try:
        tie = people.make_tie(
            holder_id=holder_id, resident_id=resident_id, actor=request.actor, at=request.now
        )
    except (people.NoPlaceLeft, people.TiedAlready) as refused:
        messages.error(request, str(refused))
        return redirect("unpaired")
    messages.success(request, _("The two are paired. Please arrange how often somebody calls."))
    return redirect("visits_of_tie", tie_id=tie.pk)


def _rhythm_at_first(request: Request, tie: Any) -> dict[str, Any]:
    """Return what stands, else as often as the need says, by the holder or whoever arranges."""
    standing = visits.rhythm_of(trace=tie.trace)
    if standing is not None:
        return {
            "every": standing.every,
            "account": standing.account_id,
            "apart_least_days": standing.apart_least_days,
            "apart_most_days": standing.apart_most_days,
        }
    day = queries.local_day(at=request.now)
    needs = (
        queries.needs_of(actor=request.actor, resident=tie.resident, on=day)
        if tie.is_pairing
        else []
    )
    often = [one.every for one in needs if one.need.until_date is None]
    return {
        "every": next((one for one in often if one not in ("", "NONE")), "MONTHLY"),
        "account": tie.holder.account_id or request.actor.account_id,
    }
