"""For anybody: vote with the code of a slip, and read what came of a vote."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.core import codes
from linli.core.errors import NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.queries import vote_files, votes
from linli.deliberation.services import casting
from linli.web import limits
from linli.web.access import Request
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.ballots import BallotForm
from linli.web.deliberation.vote_results import result_of
from linli.web.resident.follow import TooManyWrongCodes

_FAULTS = {
    "LENGTH": _("The code on a slip has 10 letters and digits, such as 7K3F-9QXM-2P."),
    "CHARACTERS": _("The code on a slip has only letters and digits, such as 7K3F-9QXM-2P."),
    "CHECK": _("This code cannot be right: a letter or digit was mistyped. Please compare it."),
}
_MEDIA = {
    vote_files.JSON: "application/json",
    vote_files.TABLE: "text/csv",
    vote_files.PABULIB: "text/plain",
    vote_files.SUMS: "text/plain",
}


@require_safe
def find(request: Request) -> HttpResponse:
    """Ask for the code of a slip, and go to its ballot."""
    typed = request.GET.get("code", "").strip()[:60]
    fault: Any = ""
    if typed:
        try:
            return redirect("vote_ballot", code=codes.normalise_tracking_code(text=typed))
        except codes.InvalidCode as error:
            fault = _FAULTS[error.reason]
    facts = {"typed": typed, "fault": fault}
    return render(request, "deliberation/vote_find.html", facts, status=422 if fault else 200)


def _with_slip(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Give the view the entry of a slip; count codes that belong to nothing."""

    @wraps(view)
    @never_cache
    def guarded(request: Request, code: str) -> HttpResponseBase:
        try:
            plain = codes.normalise_tracking_code(text=code)
        except codes.InvalidCode:
            return _unknown(request, code)  # Mistyped: its check letter says so. Nobody guesses.
        address = limits.address_of(request)
        if limits.WRONG_SLIPS.is_reached(key=address):
            raise TooManyWrongCodes
        try:
            entry = votes.entry_by_code(code=plain)
        except NotFound:
            limits.WRONG_SLIPS.count(key=address)
            return _unknown(request, code)
        request.community = entry.vote.community
        return view(request, entry, plain)

    return guarded


def _unknown(request: Request, code: str) -> HttpResponse:
    facts = {"typed": code[:60], "fault": _("No slip has this code. Please compare it.")}
    return render(request, "deliberation/vote_find.html", facts, status=404)


@require_http_methods(["GET", "HEAD", "POST"])
@_with_slip
def ballot(request: Request, entry: Any, code: str) -> HttpResponse:
    """Show the paper, take the ballot and give the receipt, which nobody is shown again."""
    vote = entry.vote
    rules = votes.rules_of(vote=vote)
    form, status = BallotForm(request.POST if request.method == "POST" else None, rules=rules), 200
    if request.method == "POST" and form.is_valid():
        try:
            taken = casting.cast(
                code=code,
                choice=form.choice(),
                comment=form.cleaned_data.get("comment", ""),
                at=request.now,
            )
        except (casting.VoteNotOpen, casting.AlreadyVoted) as refused:
            status = refused.status  # The page says so itself.
        except Refused as refused:
            refuse(form, refused)
        else:
            facts = {**_facts(vote, entry, code), "receipt": _shown(taken), "taken": taken}
            return render(request, "deliberation/vote_receipt.html", facts)
    facts = {
        **_facts(vote, entry, code),
        "form": form,
        "took_part": votes.participation_of(entry=entry),
        "replaced": votes.replaced_at_desk(entry=entry),
        "is_open": vote.state == "OPEN" and vote.opens_at <= request.now < vote.closes_at,
    }
    status = status_of(form) if form.errors else status
    return render(request, "deliberation/vote_ballot.html", facts, status=status)


def _facts(vote: Any, entry: Any, code: str) -> dict[str, Any]:
    return {
        "vote": vote,
        "entry": entry,
        "community": vote.community,
        "shown_code": codes.show_tracking_code(code=code),
        "code": code,
        "options": list(vote.options.order_by("position")),
        "result": result_of(vote=vote, is_public=True),
        "turnout": votes.turnout_of(vote=vote),
        "is_public": vote.forum.is_public,
        "files": vote_files.checksums_of(vote=vote) if vote.forum.is_public else {},
    }


def _shown(taken: casting.Cast) -> str:
    return votes.show_receipt(receipt=taken.receipt)


# --- What came of it ----------------------------------------------------------------------------


@require_safe
def page(request: Request, vote_id: int) -> HttpResponse:
    """Show what is voted on, how many took part so far, and the result once it is counted."""
    vote = queries.get_vote(actor=request.actor, vote_id=vote_id)
    if vote.state == "DRAFT":
        raise NotFound
    request.community = vote.community
    facts = {
        "vote": vote,
        "community": vote.community,
        "options": list(vote.options.order_by("position")),
        "turnout": votes.turnout_of(vote=vote),
        "result": result_of(vote=vote, is_public=True),
        "files": vote_files.checksums_of(vote=vote),
    }
    return render(request, "deliberation/vote_result.html", facts)


@require_safe
def download(request: Request, vote_id: int, name: str) -> HttpResponse:
    """Hand out what anybody can count again: as JSON, as a table, as a Pabulib file."""
    if name not in _MEDIA:
        raise NotFound
    content = vote_files.file_of(actor=request.actor, vote_id=vote_id, name=name)
    shown = vote_files.handed_out_as(vote_id=vote_id, name=name)
    response = HttpResponse(content, content_type=f"{_MEDIA[name]}; charset=utf-8")
    attached = content_disposition_header(as_attachment=True, filename=shown)
    response.headers["Content-Disposition"] = attached or "attachment"
    return response


urlpatterns = [
    path("deliberate/vote/", find, name="vote_find"),
    path("deliberate/vote/<str:code>/", ballot, name="vote_ballot"),
    path("deliberate/votes/<int:vote_id>/", page, name="vote_result"),
    path("deliberate/votes/<int:vote_id>/<str:name>", download, name="vote_file"),
]
