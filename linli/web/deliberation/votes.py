"""The office: votes from draft to count, slips, papers, tellers, areas of owners."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.clocks import SHANGHAI
from linli.core.errors import NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.queries import rolls, vote_files
from linli.deliberation.queries import votes as reading
from linli.deliberation.services import counting, opening
from linli.deliberation.services import votes as services
from linli.deliberation.tally import Kind
from linli.people import queries as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.frame import RUNNERS, SEATED, forum_choices, show
from linli.web.deliberation.vote_forms import (
    OFFERED,
    WHAT_FOR,
    KeysForm,
    UntilForm,
    VoteForm,
    initial_of,
)
from linli.web.deliberation.vote_results import result_of
from linli.web.roster.frame import number_of

_DAYS, _HOUR = 7, 20


# --- Drafts -------------------------------------------------------------------------------------


@require_safe
@for_roles(*SEATED)
def list_page(request: Request) -> HttpResponse:
    """List the votes, the newest first."""
    facts = {"votes": reading.list_votes(actor=request.actor)}
    return show(request, "deliberation/votes.html", "votes", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def create(request: Request) -> HttpResponse:
    """Draft a vote: first in which forum and of which kind, then the rest."""
    forum_id, topic_id = _number(request, "forum"), _number(request, "topic")
    topic = None
    if topic_id is not None:
        topic = queries.get_topic(actor=request.actor, topic_id=topic_id)
        forum_id = topic.forum_id
    choices = [one for one in forum_choices(request) if _runs(request, one[0])]
    if forum_id is None and len(choices) == 1:
        forum_id = choices[0][0]
    wanted = request.GET.get("kind") or request.POST.get("kind") or ""
    if forum_id is None or wanted not in OFFERED:
        facts: dict[str, Any] = {
            "forums": choices if forum_id is None else [],
            "forum_id": forum_id,
            "topic": topic,
            "kinds": [(str(kind), WHAT_FOR[kind]) for kind in OFFERED],
        }
        return show(request, "deliberation/vote_kind.html", "votes", facts)
    forum = queries.get_forum(actor=request.actor, forum_id=forum_id)
    queries.require_runner(actor=request.actor, community_id=forum.community_id)
    initial = {"closes_at": _usual_end(request.now), "level": "COMMUNITY"}
    if topic is not None:
        initial |= {"title": topic.title, **_place_of(topic)}
    form = _form(request, forum, Kind(wanted), initial)
    if request.method == "POST" and form.is_valid():
        try:
            vote = services.draft_vote(
                forum_id=forum.pk,
                topic_id=topic_id,
                wanted=form.wanted(),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            _refuse(form, refused)
        else:
            messages.success(request, _("Drafted. Look it through, then open the vote."))
            return redirect("vote", vote_id=vote.pk)
    facts = {"form": form, "forum": forum, "topic": topic, "kind": wanted, "topic_id": topic_id}
    return show(request, "deliberation/vote_form.html", "votes", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def edit(request: Request, vote_id: int) -> HttpResponse:
    """Change a draft."""
    vote = _run(request, vote_id)
    if vote.state != "DRAFT" or vote.kind == Kind.SATISFACTION:
        raise NotFound
    form = _form(request, vote.forum, Kind(vote.kind), initial_of(vote))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_vote(
                vote_id=vote.pk, wanted=form.wanted(), actor=request.actor, at=request.now
            )
        except Refused as refused:
            _refuse(form, refused)
        else:
            return redirect("vote", vote_id=vote.pk)
    facts = {"form": form, "forum": vote.forum, "vote": vote, "kind": vote.kind}
    return show(request, "deliberation/vote_form.html", "votes", facts, status=status_of(form))


# --- One vote -----------------------------------------------------------------------------------


@require_safe
@for_roles(*SEATED)
def page(request: Request, vote_id: int) -> HttpResponse:
    """Show where a vote stands; before the count turnout is all there is to show."""
    vote = reading.get_vote_at_work(actor=request.actor, vote_id=vote_id)
    return show(request, "deliberation/vote.html", "votes", _facts(request, vote))


def _facts(request: Request, vote: Any, until: UntilForm | None = None) -> dict[str, Any]:
    is_draft = vote.state == "DRAFT"
    may_run = queries.may_run(actor=request.actor, community_id=vote.community_id)
    today = people.local_day(at=request.now)
    tellers = list(vote.tellers.select_related("account").order_by("position"))
    return {
        "vote": vote,
        "options": list(vote.options.order_by("position")),
        "turnout": reading.turnout_of(vote=vote),
        "electorate": rolls.electorate_of(vote=vote, on=today) if is_draft and may_run else None,
        "tellers": tellers,
        "is_teller": reading.is_teller(actor=request.actor, vote=vote),
        "lacks_keys": is_draft and any(one.made_at is None for one in tellers),
        "result": result_of(vote=vote, is_public=False),
        "files": vote_files.checksums_of(vote=vote),
        "comments": reading.comments_of(vote=vote),
        "may_run": may_run,
        "may_enter": queries.may_read(actor=request.actor, community_id=vote.community_id),
        "is_over": request.now >= vote.closes_at,
        "box_left": reading.box_left(vote=vote) if vote.is_secret else 0,
        "places": reading.scope_said(vote=vote),
        "until": until or UntilForm(initial={"until": vote.closes_at + timedelta(days=_DAYS)}),
        "is_owners": vote.kind == Kind.OWNERS,
    }


@require_POST
@for_roles(*RUNNERS)
def take_step(request: Request, vote_id: int, vote_step: str) -> HttpResponse:
    """Open, close, extend or call off; what stands in the way is said on the vote's page."""
    vote = _run(request, vote_id)
    said = {"vote_id": vote.pk, "actor": request.actor, "at": request.now}
    until = UntilForm(request.POST if vote_step == "extend" else None)
    try:
        match vote_step:
            case "open":
                opening.open_vote(**said)
                words = _("The vote is open. Print the slips and hand them out.")
            case "close":
                counting.close_vote(**said)
                words = _("The vote is closed.")
            case "extend":
                if not until.is_valid():
                    facts = _facts(request, vote, until)
                    return show(request, "deliberation/vote.html", "votes", facts, status=422)
                opening.extend_vote(until=until.cleaned_data["until"], **said)
                words = _("The vote is open for longer.")
            case "cancel":
                opening.cancel_vote(reason=request.POST.get("reason", ""), **said)
                words = _("The vote is called off.")
            case _:
                raise NotFound
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, words)
    return redirect("vote", vote_id=vote.pk)


# --- Tellers ------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEATED)
def teller_key(request: Request, vote_id: int) -> HttpResponse:
    """Make a teller's key and show it this once."""
    vote = _told(request, vote_id)
    key = ""
    if request.method == "POST":
        try:
            key = services.make_teller_key(vote_id=vote.pk, actor=request.actor, at=request.now)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect("vote", vote_id=vote.pk)
    own = vote.tellers.get(account=request.actor.account_id)
    facts = {"vote": vote, "key": key, "made_at": own.made_at}
    return show(request, "deliberation/vote_key.html", "votes", facts)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEATED)
def count(request: Request, vote_id: int) -> HttpResponse:
    """Count a secret ballot: both tellers sit here and type their keys."""
    vote = _told(request, vote_id)
    form = KeysForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        keys = [form.cleaned_data["first"], form.cleaned_data["second"]]
        try:
            counting.count_vote(vote_id=vote.pk, keys=keys, actor=request.actor, at=request.now)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Counted. The envelopes and the keys are destroyed."))
            return redirect("vote", vote_id=vote.pk)
    facts = {
        "vote": vote,
        "form": form,
        "tellers": list(vote.tellers.select_related("account").order_by("position")),
        "turnout": reading.turnout_of(vote=vote),
        "box_left": reading.box_left(vote=vote),
    }
    return show(request, "deliberation/vote_count.html", "votes", facts, status=status_of(form))


# --- What the pages share -----------------------------------------------------------------------


def _told(request: Request, vote_id: int) -> Any:
    vote = reading.get_vote_at_work(actor=request.actor, vote_id=vote_id)
    if not reading.is_teller(actor=request.actor, vote=vote):
        raise NotFound
    return vote


def _run(request: Request, vote_id: int) -> Any:
    vote = reading.get_vote_at_work(actor=request.actor, vote_id=vote_id)
    queries.require_runner(actor=request.actor, community_id=vote.community_id)
    return vote


def _runs(request: Request, forum_id: int) -> bool:
    forum = queries.get_forum(actor=request.actor, forum_id=forum_id)
    return queries.may_run(actor=request.actor, community_id=forum.community_id)


def _form(request: Request, forum: Any, kind: Kind, initial: dict[str, Any]) -> VoteForm:
    return VoteForm(request.POST or None, forum=forum, kind=kind, now=request.now, initial=initial)


def _refuse(form: VoteForm, refused: Refused) -> None:
    names = {"places_of": "level", "tellers": "teller_one"}
    refused.field = names.get(refused.field, refused.field)
    refuse(form, refused)


def _number(request: Request, name: str) -> int | None:
    return number_of(request.GET.get(name) or request.POST.get(name))


def _usual_end(now: datetime) -> datetime:
    day = now.astimezone(SHANGHAI) + timedelta(days=_DAYS)
    return day.replace(hour=_HOUR, minute=0, second=0, microsecond=0)


def _place_of(topic: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"level": topic.level}
    if topic.building_id:
        found["buildings"] = [topic.building_id]
    elif topic.grid_id:
        found["grids"] = [topic.grid_id]
    return found


urlpatterns = [
    path("forums/votes/", list_page, name="votes"),
    path("forums/votes/new/", create, name="create_vote"),
    path("forums/votes/<int:vote_id>/", page, name="vote"),
    path("forums/votes/<int:vote_id>/edit/", edit, name="edit_vote"),
    path("forums/votes/<int:vote_id>/steps/<str:vote_step>/", take_step, name="vote_step"),
    path("forums/votes/<int:vote_id>/key/", teller_key, name="teller_key"),
    path("forums/votes/<int:vote_id>/count/", count, name="count_vote"),
]
