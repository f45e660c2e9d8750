"""The office: topics under way, raising one, and one topic with its path and its thread."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import NotEntitled, NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.queries import opinions as found_opinions
from linli.deliberation.services import topics as services
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import (
    LEVELS,
    TOPIC_SOURCES,
    ReturnCause,
    TaskState,
    TopicLevel,
    TopicState,
    TopicStep,
)
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.frame import (
    READERS,
    SEATED,
    building_choices,
    community_here,
    forum_choices,
    grid_choices,
    path_shown,
    show,
)
from linli.web.labels import label_of
from linli.web.lists.common import keys_of
from linli.web.roster.frame import number_of
from linli.web.telling import tell_events


class TopicsFilter(forms.Form):
    """Which topics are listed."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Words of the title"),
    )
    forum = forms.TypedChoiceField(
        label=gettext_lazy("Forum"), required=False, coerce=int, empty_value=None
    )
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    level = forms.ChoiceField(label=gettext_lazy("Level"), required=False)

    def __init__(self, data: QueryDict, *, offered: list[tuple[int, str]]) -> None:
        super().__init__(data)
        states = [(str(one), label_of(code=one, table="topic")) for one in TopicState]
        self.fields["forum"].choices = [("", _("All forums")), *offered]  # type: ignore[attr-defined]
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            ("", pgettext("topic", "Under way")),
            ("ENDED", _("Ended")),
            *states,
        ]
        self.fields["level"].choices = [("", _("All levels")), *level_choices()]  # type: ignore[attr-defined]


def level_choices(levels: Any = LEVELS) -> list[tuple[str, str]]:
    """Return levels as choices of a form."""
    return [(str(one), label_of(code=one, table="topic_level")) for one in levels]


class PlaceForm(forms.Form):
    """At which level, and of which grid or building."""

    level = forms.TypedChoiceField(
        label=gettext_lazy("Level"), coerce=TopicLevel, widget=forms.RadioSelect
    )
    grid = forms.TypedChoiceField(
        label=gettext_lazy("Grid"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=gettext_lazy("For a topic of one grid."),
    )
    building = forms.TypedChoiceField(
        label=gettext_lazy("Building"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=gettext_lazy("For a topic of one building."),
    )

    def offer_places(self, *, community_id: int, levels: Any) -> None:
        """Fill in what can be chosen."""
        none = [("", "—")]
        self.fields["level"].choices = level_choices(levels)  # type: ignore[attr-defined]
        self.fields["grid"].choices = [*none, *grid_choices(community_id=community_id)]  # type: ignore[attr-defined]
        self.fields["building"].choices = [*none, *building_choices(community_id=community_id)]  # type: ignore[attr-defined]


class TopicForm(PlaceForm):
    """A topic: what is talked about, why, where."""

    title = forms.CharField(label=gettext_lazy("What is talked about"), max_length=80)
    why = forms.CharField(
        label=gettext_lazy("Why it is talked about"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Residents read this. It can be written later."),
    )
    field = forms.TypedChoiceField(
        label=pgettext_lazy("topic", "Field"), required=False, coerce=int, empty_value=None
    )
    field_order = ("title", "why", "field", "level", "grid", "building")

    def __init__(self, *args: Any, forum: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_places(community_id=forum.community_id, levels=forum.levels)
        fields = [(one.pk, one.name) for one in queries.fields_of(forum=forum)]
        if fields:
            self.fields["field"].choices = [("", "—"), *fields]  # type: ignore[attr-defined]
        else:
            del self.fields["field"]

    def wanted(self) -> services.TopicInput:
        """Return what was entered, as the service takes it."""
        said = self.cleaned_data
        return services.TopicInput(
            title=said["title"],
            why=said["why"],
            level=said["level"],
            grid_id=said["grid"],
            building_id=said["building"],
            field_id=said.get("field"),
        )


class MoveForm(PlaceForm):
    """Up or down a level, with a reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, topic: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_places(community_id=topic.community_id, levels=topic.forum.levels)


@require_safe
@for_roles(*SEATED)
def list_page(request: Request) -> HttpResponse:
    """List topics, what is under way first of all."""
    offered = forum_choices(request)
    form = TopicsFilter(request.GET, offered=offered)
    said = form.cleaned_data if form.is_valid() else {}
    wanted = queries.TopicFilter(
        forum_id=said.get("forum"),
        state=said.get("state", ""),
        level=said.get("level", ""),
        query=said.get("q", ""),
    )
    before = number_of(request.GET.get("before"))
    page = queries.page_of_topics(actor=request.actor, wanted=wanted, before=before)
    facts = {"form": form, "page": page, "has_forums": bool(offered), "is_first": before is None}
    return show(request, "deliberation/topics.html", "topics", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def create(request: Request) -> HttpResponse:
    """Raise a topic; the forum is chosen first where there are several."""
    community = community_here(request)
    offered = forum_choices(request, community_id=community.pk)
    chosen = number_of(request.POST.get("forum") or request.GET.get("forum"))
    if chosen is None and len(offered) == 1:
        chosen = offered[0][0]
    if chosen is None:
        facts: dict[str, Any] = {"community": community, "forums": offered}
        return show(request, "deliberation/topic_forum.html", "topics", facts)
    forum = queries.get_forum_at_work(actor=request.actor, forum_id=chosen)
    opinion_ids = keys_of([*request.GET.getlist("opinion"), *request.POST.getlist("opinion")])
    if opinion_ids:  # Which opinions a topic answers is decided at the desk.
        queries.require_runner(actor=request.actor, community_id=forum.community_id)
    opinions = queries.opinions_by_key(actor=request.actor, keys=opinion_ids)
    form = TopicForm(request.POST or None, forum=forum, initial=_first(forum, opinions))
    if request.method == "POST" and form.is_valid():
        try:
            topic = services.raise_topic(
                forum_id=forum.pk,
                wanted=form.wanted(),
                opinion_ids=[one.pk for one in opinions],
                trace=opinions[0].trace if opinions else None,
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The topic is raised."))
            return redirect("topic", topic_id=topic.pk)
    facts = {"form": form, "forum": forum, "opinions": opinions}
    return show(request, "deliberation/topic_form.html", "topics", facts, status=status_of(form))


def _first(forum: Any, opinions: Any) -> dict[str, Any]:
    """Return what a form begins with: the first opinion's place, and none of its words.

    What residents read is written by a person; what was said stands beside the form.
    """
    level = forum.levels[-1]
    first = {"level": level}
    if opinions:
        one = opinions[0]
        first |= {"grid": one.grid_id, "building": one.building_id}
        if one.building_id is not None and TopicLevel.BUILDING in forum.levels:
            first["level"] = str(TopicLevel.BUILDING)
        elif one.grid_id is not None and TopicLevel.GRID in forum.levels:
            first["level"] = str(TopicLevel.GRID)
    return first


@require_safe
@for_roles(*SEATED)
def page(request: Request, topic_id: int) -> HttpResponse:
    """Show a topic: where it is on its path, what the next step waits for, and its thread."""
    topic = queries.get_topic(actor=request.actor, topic_id=topic_id)
    return show(request, "deliberation/topic.html", "topics", _facts(request, topic))


def _alike(request: Request, topic: Any) -> list[Any]:
    """Return waiting opinions that sound like a topic, for whoever may merge them into it."""
    runs = queries.may_run(actor=request.actor, community_id=topic.community_id)
    if topic.has_ended or not runs:
        return []
    return found_opinions.suggestions_for(
        actor=request.actor,
        text=f"{topic.title} {topic.why}",
        community_id=topic.community_id,
    )


def _facts(request: Request, topic: Any) -> dict[str, Any]:
    leads = queries.may_lead(actor=request.actor, topic=topic)
    works_here = queries.may_read(actor=request.actor, community_id=topic.community_id)
    next_step, missing = queries.next_step_of(topic=topic, at=request.now)
    state = TopicState(topic.state)
    return {
        "topic": topic,
        "leads": leads,
        "path": path_shown(topic),
        "next_step": next_step,
        "publishes_next": next_step is not None and next_step.state is TopicState.PUBLISHED,
        "missing": missing,
        "may_move": leads and state in TOPIC_SOURCES[TopicStep.MOVE],
        "may_drop": leads and topic.round == 1 and state in TOPIC_SOURCES[TopicStep.DROP],
        "rounds": queries.rounds_of(topic=topic),
        "opinions": queries.opinions_of(topic=topic) if works_here else (),
        "opinions_count": queries.opinions_count(topic=topic),
        "alike": _alike(request, topic),
        "papers": queries.papers_of(topic=topic),
        **_came_of_it(topic, state, leads=leads),
        "entries": tell_events(
            events=queries.events_of_topic(topic=topic, actor=request.actor), actor=request.actor
        ),
    }


def _came_of_it(topic: Any, state: TopicState, *, leads: bool) -> dict[str, Any]:
    """Return what was decided and published, and what may follow now."""
    resolutions = queries.resolutions_of(topic=topic)
    tasks = [task for one in resolutions for task in one.tasks.all()]
    in_hand = any(task.state == TaskState.OPEN for task in tasks)
    causes = [(str(one), label_of(code=one, table="return_cause")) for one in ReturnCause]
    return {
        "meetings": [one for one, _present in queries.meetings_of(topic=topic)],
        "votes": queries.votes_on(topic=topic),
        "may_resolve": leads and state is TopicState.DELIBERATING,
        "resolutions": resolutions,
        "judgement": queries.judgement_of(topic=topic),
        "publications": queries.publications_of(topic=topic),
        "after_publishing": leads and state in TOPIC_SOURCES[TopicStep.RETURN],
        "may_close": state is TopicState.PUBLISHED and not queries.was_adopted(topic=topic),
        "may_ask": state in TOPIC_SOURCES[TopicStep.JUDGE] and not in_hand,
        "return_causes": causes,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def edit(request: Request, topic_id: int) -> HttpResponse:
    """Correct a topic before it is published."""
    topic = services.led_by(actor=request.actor, topic_id=topic_id)
    initial = {
        "title": topic.title,
        "why": topic.why,
        "field": topic.field_id,
        "level": topic.level,
        "grid": topic.grid_id,
        "building": topic.building_id,
    }
    form = TopicForm(request.POST or None, forum=topic.forum, initial=initial)
    for name in ("level", "grid", "building"):
        form.fields[name].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            services.change_topic(
                topic_id=topic.pk, wanted=form.wanted(), actor=request.actor, at=request.now
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("topic", topic_id=topic.pk)
    facts = {"form": form, "forum": topic.forum, "topic": topic}
    return show(request, "deliberation/topic_form.html", "topics", facts, status=status_of(form))


@require_POST
@for_roles(*READERS)
def advance(request: Request, topic_id: int) -> HttpResponse:
    """Take the next step; what is missing is said on the topic's page."""
    try:
        topic = services.advance_topic(topic_id=topic_id, actor=request.actor, at=request.now)
    except (services.NotReady, services.LastStep, StepNotAllowed) as refused:
        messages.error(request, str(refused))
    else:
        step = queries.steps_of(procedure=topic.procedure)[topic.position]
        messages.success(request, _("“%(step)s” has begun.") % {"step": step.name})
    return redirect("topic", topic_id=topic_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def move(request: Request, topic_id: int) -> HttpResponse:
    """Move a topic to another level or place."""
    topic = services.led_by(actor=request.actor, topic_id=topic_id)
    initial = {"level": topic.level, "grid": topic.grid_id, "building": topic.building_id}
    form = MoveForm(request.POST or None, topic=topic, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.move_topic(
                topic_id=topic.pk,
                level=said["level"],
                grid_id=said["grid"],
                building_id=said["building"],
                reason=said["reason"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The topic was moved."))
            return redirect("topic", topic_id=topic.pk)
    facts = {"form": form, "topic": topic}
    return show(request, "deliberation/topic_move.html", "topics", facts, status=status_of(form))


@require_POST
@for_roles(*READERS)
def drop(request: Request, topic_id: int) -> HttpResponse:
    """Let a topic be, for a reason."""
    try:
        services.drop_topic(
            topic_id=topic_id,
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            at=request.now,
        )
    except (NotFound, NotEntitled):
        raise
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("topic", topic_id=topic_id)


urlpatterns = [
    path("forums/topics/", list_page, name="topics"),
    path("forums/topics/new/", create, name="create_topic"),
    path("forums/topics/<int:topic_id>/", page, name="topic"),
    path("forums/topics/<int:topic_id>/edit/", edit, name="edit_topic"),
    path("forums/topics/<int:topic_id>/advance/", advance, name="advance_topic"),
    path("forums/topics/<int:topic_id>/move/", move, name="move_topic"),
    path("forums/topics/<int:topic_id>/drop/", drop, name="drop_topic"),
]
