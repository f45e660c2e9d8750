"""The office: slips to print, papers to enter, and the areas of owners."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.core import codes
from linli.core.errors import NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.queries import rolls
from linli.deliberation.queries import votes as reading
from linli.deliberation.services import casting, opening, owners_shares
from linli.deliberation.services.owners_shares import ShareInput
from linli.deliberation.workflow import BallotChannel
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.address import whole_address
from linli.web.deliberation.ballots import choice_of_keys, keys_example, keys_said, paper_of
from linli.web.deliberation.frame import READERS, RUNNERS, building_choices, show
from linli.web.deliberation.vote_forms import EntryForm, SlipsForm
from linli.web.deliberation.vote_results import square_metres
from linli.web.handler import qr_of
from linli.web.roster.frame import number_of

SLIPS_MOST = 200


# --- Slips --------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def slips(request: Request, vote_id: int) -> HttpResponse:
    """Print slips from a number to a number; each printing is written down."""
    vote = _run(request, vote_id)
    if vote.state != "OPEN":
        raise NotFound
    initial = {"last": min(vote.roll_count, SLIPS_MOST)}
    form = SlipsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        if not first <= last < first + SLIPS_MOST:
            words = _("At most %(most)s slips at once.") % {"most": SLIPS_MOST}
            form.add_error("last", words)
        else:
            opening.record_slips_printed(
                vote_id=vote.pk, first=first, last=last, actor=request.actor, at=request.now
            )
            return _print(request, vote, first, last)
    facts = {"vote": vote, "form": form}
    return show(request, "deliberation/vote_slips.html", "votes", facts, status=status_of(form))


def _print(request: Request, vote: Any, first: int, last: int) -> HttpResponse:
    found = []
    for row in rolls.list_roll(vote=vote, first=first, last=last):
        code = reading.slip_code_of(entry=row.entry)
        address = whole_address(request=request, path=reverse("vote_ballot", args=[code]))
        found.append(
            {
                "row": row,
                "code": codes.show_tracking_code(code=code),
                "qr": qr_of(text=address) if address else "",
            }
        )
    where = whole_address(request=request, path=reverse("vote_find"))
    how, lines = paper_of(rules=reading.rules_of(vote=vote))
    facts = {"vote": vote, "slips": found, "where": where, "how": how, "lines": lines}
    return render(request, "deliberation/vote_slips_print.html", facts)


# --- Papers -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def enter(request: Request, vote_id: int) -> HttpResponse:
    """Enter ballots one after the other: number, choice, Enter, next."""
    vote = _clerk(request, vote_id)
    rules = reading.rules_of(vote=vote)
    form, entered = _entry_form(vote, request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            taken = casting.enter_ballot(
                vote_id=vote.pk,
                number=said["number"],
                channel=BallotChannel.ASSISTED if said["helper"] else BallotChannel.PAPER,
                choice=choice_of_keys(rules=rules, typed=said["keys"]),
                helper=said["helper"],
                why=said["why"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refused.field = {"choice": "keys"}.get(refused.field, refused.field)
            refuse(form, refused)
        else:
            # Said here and kept nowhere: a receipt beside a name would open a secret ballot.
            form, entered = _entry_form(vote, None), _entered(taken)
    facts = {
        "vote": vote,
        "form": form,
        "entered": entered,
        "keys": keys_said(rules=rules),
        "example": keys_example(rules=rules),
        "turnout": reading.turnout_of(vote=vote),
    }
    return show(request, "deliberation/vote_enter.html", "votes", facts, status=status_of(form))


def _entry_form(vote: Any, typed: Any) -> EntryForm:
    form = EntryForm(typed)
    form.fields["number"].widget.attrs["data-focus"] = ""
    if vote.is_secret:
        form.fields["keys"].required = False
        form.fields["keys"].help_text = _("Empty where the paper lies in the box.")
    return form


def _entered(taken: casting.Cast) -> str:
    row = rolls.get_roll_row(entry=taken.entry)
    told = {"number": taken.entry.number, "who": f"{row.address} {row.name}".strip()}
    if not taken.receipt:
        return _("Number %(number)s (%(who)s) handed a paper in.") % told
    told["receipt"] = reading.show_receipt(receipt=taken.receipt)
    if taken.is_again:
        sentence = _(
            "Number %(number)s (%(who)s): entered; the ballot before it no longer counts. Receipt "
            "%(receipt)s"
        )
        return sentence % told
    return _("Number %(number)s (%(who)s): entered. Receipt %(receipt)s") % told


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def box(request: Request, vote_id: int) -> HttpResponse:
    """Enter papers of a secret vote out of the box, without a number."""
    vote = _clerk(request, vote_id)
    if not vote.is_secret or vote.state not in ("OPEN", "CLOSED"):
        raise NotFound
    rules = reading.rules_of(vote=vote)
    typed, fault = request.POST.get("keys", "")[:400], ""
    if request.method == "POST":
        try:
            choice = choice_of_keys(rules=rules, typed=typed)
            casting.put_in_box(vote_id=vote.pk, choice=choice, actor=request.actor)
        except Refused as refused:
            fault = str(refused)
        else:
            messages.success(request, _("One paper is in its envelope."))
            return redirect("ballot_box", vote_id=vote.pk)
    facts = {
        "vote": vote,
        "typed": typed,
        "fault": fault,
        "keys": keys_said(rules=rules),
        "example": keys_example(rules=rules),
        "left": reading.box_left(vote=vote),
    }
    status = 422 if fault else 200
    return show(request, "deliberation/vote_box.html", "votes", facts, status=status)


# --- Owners -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def areas(request: Request, vote_id: int) -> HttpResponse:
    """Enter the areas of a building's doors; they are kept for every later vote."""
    vote = _run(request, vote_id)
    if vote.purpose != "OWNERS" or vote.state != "DRAFT":
        raise NotFound
    buildings = [
        one
        for one in building_choices(community_id=vote.community_id)
        if vote.scope["level"] != "BUILDING" or one[0] in vote.scope["ids"]
    ]
    wanted = number_of(request.GET.get("building") or request.POST.get("building"))
    known = dict(buildings)
    building_id = wanted if wanted in known else (buildings[0][0] if buildings else None)
    doors = rolls.doors_with_areas(building_id=building_id) if building_id else []
    rows = [_AreaRow(door, request) for door in doors]
    fault = ""
    if request.method == "POST" and building_id is not None:
        fault = _("Please correct the fields marked below.") if any(r.fault for r in rows) else ""
        if not fault:
            count = owners_shares.set_owners_shares(
                building_id=building_id,
                shares={row.door.dwelling_id: row.share for row in rows if row.share is not None},
                actor=request.actor,
                at=request.now,
            )
            messages.success(request, _("%(count)s areas are kept.") % {"count": count})
            return redirect(f"{reverse('owners_areas', args=[vote.pk])}?building={building_id}")
    facts = {
        "vote": vote,
        "buildings": buildings,
        "building_id": building_id,
        "rows": rows,
        "fault": fault,
    }
    status = 422 if fault else 200
    return show(request, "deliberation/vote_areas.html", "votes", facts, status=status)


class _AreaRow:
    """One door on the page: what stands there, or what was typed."""

    def __init__(self, door: rolls.DoorArea, request: Request) -> None:
        self.door = door
        self.fault = ""
        self.share: ShareInput | None = None
        known = door.area_hundredths
        self.typed = square_metres(known).replace(",", "") if known else ""
        self.is_second = known is not None and door.heads == 0
        if request.method == "POST":
            self.typed = request.POST.get(f"area_{door.dwelling_id}", "").strip()[:20]
            self.is_second = f"second_{door.dwelling_id}" in request.POST
            self._read()

    def _read(self) -> None:
        if not self.typed:
            return
        try:
            hundredths = Decimal(self.typed.replace(",", "")) * 100
            whole = int(hundredths)
        except (InvalidOperation, ValueError, OverflowError):
            hundredths, whole = Decimal(1), 0
        if hundredths != whole or not 1 <= whole <= owners_shares.AREA_MOST:
            self.fault = _("Square metres, such as 89.52")
            return
        self.share = ShareInput(area_hundredths=whole, heads=0 if self.is_second else 1)


def _run(request: Request, vote_id: int) -> Any:
    vote = reading.get_vote_at_work(actor=request.actor, vote_id=vote_id)
    queries.require_runner(actor=request.actor, community_id=vote.community_id)
    return vote


def _clerk(request: Request, vote_id: int) -> Any:
    vote = reading.get_vote_at_work(actor=request.actor, vote_id=vote_id)
    if not queries.may_read(actor=request.actor, community_id=vote.community_id):
        raise NotFound
    return vote


urlpatterns = [
    path("forums/votes/<int:vote_id>/slips/", slips, name="vote_slips"),
    path("forums/votes/<int:vote_id>/enter/", enter, name="enter_ballots"),
    path("forums/votes/<int:vote_id>/box/", box, name="ballot_box"),
    path("forums/votes/<int:vote_id>/areas/", areas, name="owners_areas"),
]
