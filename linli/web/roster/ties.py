"""Links: who holds how many, one link and its story, my households."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from linli.core.errors import NotFound, Refused
from linli.people import queries
from linli.people import services as people
from linli.visits import queries as visits
from linli.web.access import Request, for_roles, signed_in
from linli.web.people.shared import community_in_view
from linli.web.roster.frame import TIERS, number_of, show
from linli.web.roster.tie_forms import (
    AccountForm,
    EndingForm,
    HolderForm,
    KindForm,
    PlacesOfKindForm,
)
from linli.web.telling import tell_events


def kind_in_view(request: Request, community_id: int) -> tuple[str, KindForm]:
    """Return the kind of links a page is about, the first one's own, and a form to choose.

    :raises NotFound: when this person makes none there.
    """
    kinds = queries.kinds_managed(actor=request.actor, community_id=community_id)
    wanted = request.GET.get("kind") or request.POST.get("kind") or ""
    if not kinds:
        raise NotFound
    kind = wanted if wanted in kinds else kinds[0]
    return kind, KindForm(initial={"kind": kind}, kinds=kinds)


@require_GET
@for_roles(*TIERS)
def list_page(request: Request) -> HttpResponse:
    """Show who holds links of a kind, how many, and how many households have nobody."""
    community, _all = community_in_view(request)
    kind, form = kind_in_view(request, community.pk)
    rows = queries.list_tie_holders(community_id=community.pk, kind=kind)
    day = queries.local_day(at=request.now)
    accounts = queries.account_candidates(community_id=community.pk, kind=kind, on=day)
    facts = {
        "form": form,
        "kind": kind,
        "rows": rows,
        "taken": sum(row.taken for row in rows),
        "places": sum(row.holder.places for row in rows),
        "may_name_members": kind != "PAIRING"
        and queries.may_keep_party(actor=request.actor, community_id=community.pk),
        "untied": queries.count_untied(community_id=community.pk, kind=kind),
        "account_form": AccountForm(accounts=accounts),
        "places_form": PlacesOfKindForm(
            initial={"places": queries.places_for(community_id=community.pk, kind=kind)}
        ),
    }
    return show(request, "roster/ties.html", "ties", facts)


@require_POST
@for_roles(*TIERS)
def set_places(request: Request) -> HttpResponse:
    """Say how many links somebody newly named can hold."""
    community, _all = community_in_view(request)
    kind, _form = kind_in_view(request, community.pk)
    form = PlacesOfKindForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(people.PlacesInvalid()))
        return _to_list(kind)
    return _done(
        request,
        lambda: people.set_tie_capacity(
            community_id=community.pk,
            kind=kind,
            places=form.cleaned_data["places"],
            actor=request.actor,
            at=request.now,
        ),
        _("It counts for everybody who is named from now on."),
        _to_list(kind),
    )


@require_POST
@for_roles(*TIERS)
def hold_as_account(request: Request) -> HttpResponse:
    """Name somebody with an account to hold links."""
    community, _all = community_in_view(request)
    kind, _form = kind_in_view(request, community.pk)
    account_id = _key(request, "account")
    if not account_id:
        return _nobody_chosen(request, _to_list(kind))
    return _name(request, community.pk, kind, _to_list(kind), account_id=account_id)


@require_POST
@for_roles(*TIERS)
def hold_as_members(request: Request) -> HttpResponse:
    """Name every member of the party on the roster to hold links."""
    community, _all = community_in_view(request)
    kind, _form = kind_in_view(request, community.pk)
    try:
        total = people.name_party_members(
            community_id=community.pk, kind=kind, actor=request.actor, at=request.now
        )
    except (people.TieKindUnknown, people.TiesNotYours) as refused:
        messages.error(request, str(refused))
    else:
        said = ngettext(
            "%(total)s party member can be given links now.",
            "%(total)s party members can be given links now.",
            total,
        )
        messages.success(request, said % {"total": total})
    return _to_list(kind)


@require_POST
@for_roles(*TIERS)
def hold_as_resident(request: Request, resident_id: int) -> HttpResponse:
    """Name a resident to hold links: a member of the party needs no account."""
    resident = queries.get_resident(actor=request.actor, resident_id=resident_id)
    kind, _form = kind_in_view(request, resident.community_id)
    back = redirect("resident", resident_id=resident_id)
    return _name(request, resident.community_id, kind, back, resident_id=resident_id)


@require_POST
@for_roles(*TIERS)
def hold_as_household(request: Request, household_id: int) -> HttpResponse:
    """Name a pioneer household."""
    household = queries.get_household(actor=request.actor, household_id=household_id)
    back = redirect("household", household_id=household_id)
    community_id = household.community_id
    return _name(request, community_id, "PIONEER", back, household_id=household_id)


@require_POST
@for_roles(*TIERS)
def tie_household(request: Request, household_id: int) -> HttpResponse:
    """Let somebody's link lead to a household."""
    queries.get_household(actor=request.actor, household_id=household_id)
    back = redirect("household", household_id=household_id)
    return _tie(request, back, household_id=household_id)


@require_POST
@for_roles(*TIERS)
def tie_resident(request: Request, resident_id: int) -> HttpResponse:
    """Let somebody's link lead to a resident."""
    queries.get_resident(actor=request.actor, resident_id=resident_id)
    return _tie(request, redirect("resident", resident_id=resident_id), resident_id=resident_id)


@require_GET
@for_roles(*TIERS)
def holder_page(request: Request, holder_id: int) -> HttpResponse:
    """Show one who holds links, and to whom they lead."""
    holder = queries.get_tie_holder(actor=request.actor, holder_id=holder_id)
    day = queries.local_day(at=request.now)
    facts = {
        "holder": holder,
        "name": queries.holder_name(holder=holder),
        "address": queries.holder_address(holder=holder),
        "rows": queries.ties_of_holder(holder=holder, on=day),
    }
    return show(request, "roster/tie_holder.html", "ties", facts)


@require_POST
@for_roles(*TIERS)
def end_holder(request: Request, holder_id: int) -> HttpResponse:
    """Let somebody hold links no longer."""
    holder = queries.get_tie_holder(actor=request.actor, holder_id=holder_id)
    return _done(
        request,
        lambda: people.end_tie_holder(holder_id=holder_id, actor=request.actor, at=request.now),
        _("They hold links no longer. Whom they led to can be assigned anew."),
        _to_list(holder.kind),
    )


@require_GET
@signed_in
def page(request: Request, tie_id: int) -> HttpResponse:
    """Show one link, who stands in, and what happened."""
    return _page(request, tie_id)


@require_POST
@for_roles(*TIERS)
def end_stand_in(request: Request, stand_in_id: int) -> HttpResponse:
    """End a stand-in before the day."""
    try:
        ended = people.end_tie_stand_in(
            stand_in_id=stand_in_id, actor=request.actor, at=request.now
        )
    except people.ChangedMeanwhile as refused:
        messages.error(request, str(refused))
        return redirect("ties")
    messages.success(request, _("The link is its holder's again."))
    return redirect("tie", tie_id=ended.tie_id)


@require_POST
@for_roles(*TIERS)
def end(request: Request, tie_id: int) -> HttpResponse:
    """End a link for a reason."""
    _tie_here(request, tie_id)
    form = EndingForm(request.POST)
    if form.is_valid():
        try:
            people.end_tie(
                tie_id=tie_id,
                ending=form.cleaned_data["ending"],
                note=form.cleaned_data["note"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            _refuse(form, refused)
        else:
            messages.success(request, _("The link has ended; it stays on record."))
            return redirect("tie", tie_id=tie_id)
    return _page(request, tie_id, ending_form=form)


@require_GET
@signed_in
def mine(request: Request) -> HttpResponse:
    """Show the households and residents with whom one keeps in touch."""
    day = queries.local_day(at=request.now)
    rows = queries.my_ties(actor=request.actor, on=day)
    own = request.actor.account_ids
    facts = {
        "rows": [{"row": row, "is_lent": row.tie.holder.account_id not in own} for row in rows]
    }
    answer = show(request, "roster/my_ties.html", "my_ties", facts)
    answer["Cache-Control"] = "no-store"
    return answer


def links_of(request: Request, *, household: Any = None, resident: Any = None) -> dict[str, Any]:
    """Return what the page of a household or a resident shows of their links."""
    day = queries.local_day(at=request.now)
    here = household or resident
    kinds = queries.kinds_managed(actor=request.actor, community_id=here.community_id)
    ties = (
        queries.ties_of_household(actor=request.actor, household=household, on=day)
        if resident is None
        else queries.ties_of_resident(actor=request.actor, resident=resident, on=day)
    )
    may_tie = bool(kinds) and here.until_date is None
    offered = (
        queries.holders_with_a_place(
            actor=request.actor,
            community_id=here.community_id,
            household_id=None if household is None else household.pk,
            resident=resident is not None,
        )
        if may_tie
        else []
    )
    return {
        "ties": ties,
        "may_tie": may_tie,
        "tie_form": HolderForm(offered=offered) if offered else None,
        "kind_form": KindForm(kinds=kinds) if may_tie else None,
    }


def _page(request: Request, tie_id: int, **forms_sent: forms.Form) -> HttpResponse:
    tie = _tie_here(request, tie_id)
    day = queries.local_day(at=request.now)
    manages = tie.until_date is None and queries.manages_ties(
        actor=request.actor, community_id=tie.community_id, kind=tie.kind
    )
    events = [*queries.events_of_tie(tie=tie), *visits.events_of_rhythm(trace=tie.trace)]
    events.sort(key=lambda event: event.pk)
    facts = {
        "tie": tie,
        "row": queries.row_of_tie(tie=tie, on=day),
        "note": queries.note_of(tie=tie),
        "needs": (
            queries.needs_of(actor=request.actor, resident=tie.resident, on=day)
            if tie.is_pairing and tie.until_date is None
            else []
        ),
        "stand_ins": queries.stand_ins_of(tie=tie),
        "today": day,
        "manages": manages,
        "cadence": visits.rhythm_of(trace=tie.trace),
        "ending_form": EndingForm(),
        "entries": tell_events(events=events, actor=request.actor),
        "opens_household": queries.may_open_household(
            actor=request.actor, household_id=tie.household_id
        ),
        "opens_resident": queries.may_open_resident(
            actor=request.actor, resident_id=tie.resident_id
        ),
        **forms_sent,
    }
    status = 422 if forms_sent else 200
    answer = show(request, "roster/tie.html", "ties", facts, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _tie_here(request: Request, tie_id: int) -> Any:
    day = queries.local_day(at=request.now)
    return queries.get_tie(actor=request.actor, tie_id=tie_id, on=day)


def _name(
    request: Request, community_id: int, kind: str, back: HttpResponse, **who: int
) -> HttpResponse:
    return _done(
        request,
        lambda: people.name_tie_holder(
            community_id=community_id, kind=kind, actor=request.actor, at=request.now, **who
        ),
        _("They can be given links now."),
        back,
    )


def _tie(request: Request, back: HttpResponse, **to: int) -> HttpResponse:
    holder_id = _key(request, "holder")
    if not holder_id:
        return _nobody_chosen(request, back)
    return _done(
        request,
        lambda: people.make_tie(holder_id=holder_id, actor=request.actor, at=request.now, **to),
        _("The link is made."),
        back,
    )


def _done(
    request: Request, act: Callable[[], object], said: Any, back: HttpResponse
) -> HttpResponse:
    """Do it and go back with what is said; a refusal is said there too."""
    try:
        act()
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return back


def _nobody_chosen(request: Request, back: HttpResponse) -> HttpResponse:
    messages.error(request, _("Please choose somebody."))
    return back


def _refuse(form: forms.Form, refused: Refused) -> None:
    if isinstance(refused, NotFound):
        raise refused
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))


def _key(request: Request, field: str) -> int:
    return number_of(request.POST.get(field)) or 0


def _to_list(kind: str) -> HttpResponse:
    answer = redirect("ties")
    answer["Location"] += f"?kind={kind}"
    return answer
