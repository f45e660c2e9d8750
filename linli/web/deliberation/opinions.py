"""The office: the queue of opinions, one opinion beside what looks like it, and its answer."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.queries import opinions as found_opinions
from linli.deliberation.queries.opinions import OpinionFilter
from linli.deliberation.services import merging
from linli.deliberation.services import opinions as services
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import OpinionChannel, OpinionKind, OpinionState
from linli.flows.raising import MatterRestricted, raise_opinion_of_matter
from linli.web.access import Request, for_roles
from linli.web.accounts import status_of
from linli.web.deliberation.frame import (
    READERS,
    RUNNERS,
    community_here,
    done,
    forum_choices,
    grid_choices,
    show,
)
from linli.web.deliberation.telling import answer_of
from linli.web.exporting import TITLES, back_to, begin, hand_out, offer
from linli.web.labels import label_of
from linli.web.lists.common import keys_of
from linli.web.narrowing import asked_of
from linli.web.roster.frame import number_of
from linli.web.telling import tell_events
from linli.web.workbooks import Sheet

WAITING = OpinionState.NEW


class OpinionsFilter(forms.Form):
    """Which opinions are listed."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Words of the opinion"),
    )
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    channel = forms.ChoiceField(label=gettext_lazy("How it came in"), required=False)
    forum = forms.ChoiceField(label=gettext_lazy("Forum"), required=False)
    grid = forms.ChoiceField(label=gettext_lazy("Grid"), required=False)

    def __init__(
        self, data: QueryDict, *, forums: list[tuple[int, str]], grids: list[tuple[int, str]]
    ) -> None:
        given = data.copy()
        given.setdefault("state", WAITING)
        super().__init__(given)
        every = [("", _("All"))]
        coded = {"kind": OpinionKind, "channel": OpinionChannel}
        for name, codes in coded.items():
            said = [(str(one), label_of(code=one, table=f"opinion_{name}")) for one in codes]
            self.fields[name].choices = [*every, *said]  # type: ignore[attr-defined]
        states = [(str(one), label_of(code=one, table="opinion")) for one in OpinionState]
        self.fields["state"].choices = [*states, ("ALL", _("All"))]  # type: ignore[attr-defined]
        for name, rows in (("forum", forums), ("grid", grids)):
            choices = [(str(key), said) for key, said in rows]
            if choices:
                self.fields[name].choices = [*every, *choices]  # type: ignore[attr-defined]
            else:
                del self.fields[name]


class AnswerForm(forms.Form):
    """The answer in words."""

    answer = forms.CharField(
        label=gettext_lazy("Answer"),
        max_length=services.ANSWER_MOST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Whoever said it reads this by their code, or in their account."),
    )


class SummaryForm(forms.Form):
    """What stands in the idea box."""

    summary = forms.CharField(
        label=gettext_lazy("How it reads in the idea box"),
        max_length=services.SUMMARY_MOST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("In your words: no name, no flat. Anybody reads it."),
    )


class TakeOutForm(forms.Form):
    """Why an opinion is no part of its topic; the service asks for it once that is published."""

    reason = forms.CharField(
        label=gettext_lazy("Why is it taken out?"),
        max_length=merging.REASON_MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "The result is published and stays as it stood. A correction with this reason stands "
            "beside it; whoever said it reads it too. Please name no person."
        ),
    )


class ReasonForm(forms.Form):
    """Why name and number are needed."""

    reason = forms.CharField(label=gettext_lazy("What is it needed for?"), max_length=200)


# --- The queue --------------------------------------------------------------------------------


@require_safe
@for_roles(*READERS)
def list_page(request: Request) -> HttpResponse:
    """List opinions: what waits, the oldest first, unless something else is asked for."""
    form, wanted = _asked(request)
    page = found_opinions.page_of_opinions(
        actor=request.actor, wanted=wanted, after=request.GET.get("after", "")
    )
    older = request.GET.copy()
    older["after"] = page.next_after
    community = community_here(request)
    facts = {
        "form": form,
        "rows": page.rows,
        "older": f"?{older.urlencode()}" if page.next_after else "",
        "topics": found_opinions.topics_to_answer(
            actor=request.actor, text="", community_id=community.pk
        ),
        "is_queue": wanted.is_queue,
        "is_narrowed": any(request.GET.get(name) for name in form.fields if name != "state"),
        "late_days": services.WAITS_DAYS,
        "export": offer(request, "export_opinions"),
    }
    return show(request, "deliberation/opinions.html", "opinions", facts)


def _asked(request: Request) -> tuple[OpinionsFilter, OpinionFilter]:
    community = community_here(request)
    form = OpinionsFilter(
        request.GET,
        forums=forum_choices(request, community_id=community.pk),
        grids=grid_choices(community_id=community.pk),
    )
    said = asked_of(form=form)
    state = said.get("state") or WAITING
    return form, OpinionFilter(
        community_id=community.pk,
        state="" if state == "ALL" else state,
        kind=said.get("kind", ""),
        channel=said.get("channel", ""),
        forum_id=number_of(said.get("forum")),
        grid_id=number_of(said.get("grid")),
        query=said.get("q", ""),
    )


@require_POST
@for_roles(*READERS)
@back_to("opinions")
def export(request: Request) -> HttpResponse:
    """Hand out exactly what the list shows, without anybody's name or number."""
    _form, wanted = _asked(request)
    asked = {
        name: getattr(wanted, name)
        for name in ("community_id", "state", "kind", "channel", "forum_id", "grid_id", "query")
    }
    leaving = begin(request, "opinions", wanted=asked)
    columns = [
        (_("What was said"), 48),
        (_("Kind"), 10),
        (_("How it came in"), 12),
        (pgettext("count", "People"), 6),
        (_("Where"), 16),
        (_("State"), 10),
        (_("Answer"), 48),
        (_("When"), 18),
    ]
    rows = (
        _cells(one, leaving)
        for one in found_opinions.each_opinion(actor=request.actor, wanted=wanted)
    )
    sheet = Sheet(f"{TITLES['opinions']}", columns, rows)
    return hand_out(request, leaving, [sheet], community_id=wanted.community_id)


def _cells(opinion: Any, leaving: Any) -> tuple[Any, ...]:
    leaving.count(opinion.community_id)
    return (
        opinion.text,
        label_of(code=opinion.kind, table="opinion_kind"),
        label_of(code=opinion.channel, table="opinion_channel"),
        opinion.people_count,
        place_of(opinion),
        label_of(code=opinion.state, table="opinion"),
        answer_of(opinion=opinion),
        opinion.said_at,
    )


def place_of(opinion: Any) -> str:
    """Return where an opinion belongs, no finer than a building."""
    if opinion.building is not None:
        return f"{opinion.building.estate.name} {opinion.building.name}"
    return str(opinion.grid.name) if opinion.grid is not None else ""


@require_POST
@for_roles(*RUNNERS)
def merge(request: Request) -> HttpResponse:
    """Let a topic answer the opinions that were ticked, or raise a new one from them."""
    keys = keys_of(request.POST.getlist("opinion"))
    topic_id = number_of(request.POST.get("topic"))
    back = request.POST.get("back", "")
    if request.POST.get("topic") == "NEW" and keys:
        asked = QueryDict(mutable=True)
        asked.setlist("opinion", [str(key) for key in keys])
        return redirect(f"{reverse('create_topic')}?{asked.urlencode()}")
    try:
        count = merging.merge_opinions(
            opinion_ids=keys, topic_id=topic_id or 0, actor=request.actor, at=request.now
        )
    except NotFound:
        raise
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = ngettext(
            "%(n)s opinion became part of the topic.",
            "%(n)s opinions became part of the topic.",
            count,
        )
        messages.success(request, said % {"n": count})
        if topic_id is not None:
            return redirect("topic", topic_id=topic_id)
    opinion_id = number_of(back)
    return redirect("opinion", opinion_id=opinion_id) if opinion_id else redirect("opinions")


@require_POST
@for_roles(*READERS)
def of_matter(request: Request, matter_id: int) -> HttpResponse:
    """Make an opinion of a matter that is wider than one order, and go there."""
    try:
        said = raise_opinion_of_matter(matter_id=matter_id, actor=request.actor, at=request.now)
    except MatterRestricted as refused:
        raise NotFound from refused
    return redirect("opinion", opinion_id=said.opinion.pk)


# --- One opinion ------------------------------------------------------------------------------


@require_safe
@for_roles(*READERS)
def page(request: Request, opinion_id: int) -> HttpResponse:
    """Show an opinion, its provenance and thread, and beside it what looks like it."""
    return _page(request, _get(request, opinion_id))


def _get(request: Request, opinion_id: int) -> Any:
    """Return an opinion of a community where this person works."""
    opinion = queries.get_opinion(actor=request.actor, opinion_id=opinion_id)
    if not queries.may_read(actor=request.actor, community_id=opinion.community_id):
        raise NotFound
    return opinion


def _page(
    request: Request,
    opinion: Any,
    *,
    answer: AnswerForm | None = None,
    summary: SummaryForm | None = None,
    reason: ReasonForm | None = None,
    taking_out: TakeOutForm | None = None,
    author: services.Author | None = None,
) -> HttpResponse:
    runs = queries.may_run(actor=request.actor, community_id=opinion.community_id)
    told = found_opinions.events_of(opinion=opinion)
    sent = answer or summary or reason or taking_out
    facts = {
        "opinion": opinion,
        "place": place_of(opinion),
        "runs": runs,
        "answer_text": answer_of(opinion=opinion),
        "entries": tell_events(events=told, actor=request.actor, dossiers={}),
        "alike": found_opinions.suggestions_for(
            actor=request.actor,
            text=opinion.text,
            community_id=opinion.community_id,
            exclude_id=opinion.pk,
        ),
        "topics": found_opinions.topics_to_answer(
            actor=request.actor, text=opinion.text, community_id=opinion.community_id
        )
        if runs
        else [],
        "answer_form": answer or AnswerForm(initial={"answer": opinion.answer}),
        # Empty until a person wrote it: what was said stands above, and is not for everybody.
        "summary_form": summary or SummaryForm(initial={"summary": opinion.public_summary}),
        "reason_form": reason or ReasonForm(),
        "take_out_form": taking_out or TakeOutForm(),
        "author": author,
        "late_days": services.WAITS_DAYS,
    }
    status = 200 if sent is None else status_of(sent)
    return show(request, "deliberation/opinion.html", "opinions", facts, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def answer(request: Request, opinion_id: int) -> HttpResponse:
    """Answer in words."""
    opinion = _get(request, opinion_id)
    if request.method != "POST":
        return redirect("opinion", opinion_id=opinion_id)
    form = AnswerForm(request.POST)
    given = {"opinion_id": opinion_id, "actor": request.actor, "at": request.now}
    if done(form, lambda said: services.answer_opinion(text=said["answer"], **given)):
        messages.success(request, _("Answered. Whoever said it reads it now."))
        return redirect("opinion", opinion_id=opinion_id)
    return _page(request, opinion, answer=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def take_out(request: Request, opinion_id: int) -> HttpResponse:
    """Take an opinion out of its topic; of a published one for a reason that everybody reads."""
    opinion = _get(request, opinion_id)
    if request.method != "POST":
        return redirect("opinion", opinion_id=opinion_id)
    form = TakeOutForm(request.POST)
    given = {"opinion_id": opinion_id, "actor": request.actor, "at": request.now}
    if done(form, lambda said: merging.take_out(reason=said["reason"], **given)):
        messages.success(request, _("It waits for its answer again."))
        return redirect("opinion", opinion_id=opinion_id)
    if not opinion.is_merged:  # Somebody was faster: there is no form for the reason any more.
        messages.error(request, " ".join(map(str, form.non_field_errors())))
        return redirect("opinion", opinion_id=opinion_id)
    return _page(request, opinion, taking_out=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def show_in_box(request: Request, opinion_id: int) -> HttpResponse:
    """Show an answered opinion in the idea box, in words of staff."""
    opinion = _get(request, opinion_id)
    if request.method != "POST":
        return redirect("opinion", opinion_id=opinion_id)
    form = SummaryForm(request.POST)
    given = {"opinion_id": opinion_id, "actor": request.actor, "at": request.now}
    if done(form, lambda said: services.show_opinion(summary=said["summary"], **given)):
        messages.success(request, _("It stands in the idea box."))
        return redirect("opinion", opinion_id=opinion_id)
    return _page(request, opinion, summary=form)


@require_POST
@for_roles(*RUNNERS)
def hide(request: Request, opinion_id: int) -> HttpResponse:
    """Take an opinion out of the idea box."""
    try:
        services.hide_opinion(opinion_id=opinion_id, actor=request.actor, at=request.now)
    except StepNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("opinion", opinion_id=opinion_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
@never_cache
def open_author(request: Request, opinion_id: int) -> HttpResponse:
    """Show name and number once, for a reason that is written down."""
    opinion = _get(request, opinion_id)
    if request.method != "POST":
        return redirect("opinion", opinion_id=opinion_id)
    form = ReasonForm(request.POST)
    given = {"opinion_id": opinion_id, "actor": request.actor, "at": request.now}
    author = done(form, lambda said: services.open_author(reason=said["reason"], **given))
    return _page(request, opinion, reason=form, author=author)


@require_POST
@for_roles(*RUNNERS)
def forget(request: Request, opinion_id: int) -> HttpResponse:
    """Forget who said it, for somebody who asked the office to."""
    services.erase_author(opinion_id=opinion_id, actor=request.actor, at=request.now)
    messages.success(request, _("Who said it was erased for good."))
    return redirect("opinion", opinion_id=opinion_id)


urlpatterns = [
    path("forums/opinions/", list_page, name="opinions"),
    path("forums/opinions/export/", export, name="export_opinions"),
    path("forums/opinions/merge/", merge, name="merge_opinions"),
    path("forums/opinions/of-matter/<int:matter_id>/", of_matter, name="opinion_of_matter"),
    path("forums/opinions/<int:opinion_id>/", page, name="opinion"),
    path("forums/opinions/<int:opinion_id>/answer/", answer, name="answer_opinion"),
    path("forums/opinions/<int:opinion_id>/take-out/", take_out, name="take_out_opinion"),
    path("forums/opinions/<int:opinion_id>/show/", show_in_box, name="show_opinion"),
    path("forums/opinions/<int:opinion_id>/hide/", hide, name="hide_opinion"),
    path("forums/opinions/<int:opinion_id>/author/", open_author, name="open_author"),
    path("forums/opinions/<int:opinion_id>/forget/", forget, name="forget_author"),
]
