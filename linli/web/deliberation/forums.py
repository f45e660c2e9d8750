"""The office: forums as data — who sits there, by which steps and rules, on which days."""

from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import NotEntitled, Refused
from linli.deliberation import queries
from linli.deliberation.services import forums as services
from linli.deliberation.services.errors import WordsMissing, WordsTooLong
from linli.deliberation.workflow import (
    LEVELS,
    PROCEDURE_STATES,
    Condition,
    ProcedureStep,
    Rhythm,
    TopicLevel,
    TopicState,
    rhythm_read,
)
from linli.people import queries as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.frame import RUNNERS, SEATED, show
from linli.web.labels import TABLES, label_of
from linli.web.people.shared import community_in_view, date_input

_NTHS = (
    (1, gettext_lazy("First")),
    (2, gettext_lazy("Second")),
    (3, gettext_lazy("Third")),
    (4, gettext_lazy("Fourth")),
    (-1, gettext_lazy("Last")),
)
_STEP_ROWS = 8


class ForumForm(forms.Form):
    """What a forum is."""

    name = forms.CharField(label=gettext_lazy("Name of the forum"), max_length=60)
    purpose = forms.CharField(label=gettext_lazy("What it is for"), max_length=200, required=False)
    levels = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Levels"),
        coerce=TopicLevel,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Where topics are talked over."),
    )
    nth = forms.TypedChoiceField(
        label=gettext_lazy("Regular meeting: which week of the month"),
        required=False,
        coerce=int,
        empty_value=None,
    )
    weekday = forms.TypedChoiceField(label=gettext_lazy("Weekday"), required=False, coerce=int)
    at = forms.TimeField(
        label=gettext_lazy("Hour"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    months = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Only in these months"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose none for every month."),
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("Residents read its topics and results"), required=False, initial=True
    )
    takes_opinions = forms.BooleanField(
        label=gettext_lazy("Residents send it opinions and ideas"), required=False, initial=True
    )
    allows_secret = forms.BooleanField(label=gettext_lazy("Secret ballots"), required=False)
    allows_equal_shares = forms.BooleanField(
        label=gettext_lazy("Budgets by the method of equal shares"), required=False
    )
    quorum_percent = forms.IntegerField(
        label=gettext_lazy("Quorum of a meeting, percent of those expected"),
        min_value=0,
        max_value=100,
        initial=50,
    )
    quorum_counts_residents = forms.BooleanField(
        label=gettext_lazy("Residents who are there count for the quorum"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Without it only the parties’ people count, once they are known."),
    )
    redo_days = forms.IntegerField(
        label=gettext_lazy("Days that a new round has"), min_value=1, max_value=366, initial=30
    )
    rounds_most = forms.IntegerField(
        label=gettext_lazy("Rounds before a topic goes up"),
        min_value=1,
        max_value=9,
        initial=2,
        help_text=gettext_lazy(
            "Each round beyond these is talked over one level up, as far as the forum goes."
        ),
    )
    stalled_days = forms.IntegerField(
        label=gettext_lazy("Days in which somebody has to take up what was decided"),
        min_value=1,
        max_value=366,
        initial=14,
    )
    judge_days = forms.IntegerField(
        label=gettext_lazy("Days in which those it touches are asked"),
        min_value=1,
        max_value=366,
        initial=7,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer(
            "levels", [(str(one), label_of(code=one, table="topic_level")) for one in LEVELS]
        )
        self._offer("nth", [("", _("No regular day")), *_NTHS])
        self._offer("weekday", list(TABLES["weekday"].items()))
        self._offer("months", [(n, str(n)) for n in range(1, 13)])

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def wanted(self) -> services.ForumInput:
        """Return what was entered, as the service takes it."""
        said = dict(self.cleaned_data)
        nth, weekday, at = said.pop("nth"), said.pop("weekday"), said.pop("at")
        months = said.pop("months")
        rhythm = None
        if nth is not None:
            rhythm = Rhythm(
                nth=nth, weekday=int(weekday or 0), at=at or time(19), months=frozenset(months)
            )
        return services.ForumInput(rhythm=rhythm, **said)


def _initial(forum: Any) -> dict[str, Any]:
    rhythm = rhythm_read(forum.rhythm)
    first = {name: getattr(forum, name) for name in ForumForm.base_fields if hasattr(forum, name)}
    if rhythm is not None:
        first |= {
            "nth": rhythm.nth,
            "weekday": rhythm.weekday,
            "at": rhythm.at,
            "months": sorted(rhythm.months),
        }
    return first


class PartyForm(forms.Form):
    """Who sits in a forum."""

    name = forms.CharField(label=gettext_lazy("Name of the party"), max_length=60)
    duty = forms.CharField(label=gettext_lazy("What falls to it"), max_length=120, required=False)
    organisation = forms.TypedChoiceField(
        label=gettext_lazy("Organisation"), required=False, coerce=int, empty_value=None
    )
    people = forms.TypedMultipleChoiceField(
        label=gettext_lazy("People with an account"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    seats = forms.IntegerField(
        label=gettext_lazy("How many people are expected"), min_value=1, max_value=99, initial=1
    )
    is_required = forms.BooleanField(
        label=gettext_lazy("Must be there"), required=False, initial=True
    )
    carries_out = forms.BooleanField(
        label=gettext_lazy("Carries out what is decided"), required=False
    )

    def __init__(self, *args: Any, request: Request, community_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = people.organisations_of(community_id=community_id)
        self.fields["organisation"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((one.pk, one.name) for one in units),
        ]
        staff = people.accounts_in(community_id=community_id, at=request.now)
        self.fields["people"].choices = [(one.pk, one.name) for one in staff]  # type: ignore[attr-defined]

    def wanted(self) -> services.PartyInput:
        """Return what was entered, as the service takes it."""
        said = dict(self.cleaned_data)
        return services.PartyInput(
            organisation_id=said.pop("organisation"), account_ids=said.pop("people"), **said
        )


class RulesForm(forms.Form):
    """Ground rules, one a line."""

    rules = forms.CharField(
        label=gettext_lazy("Ground rules, one a line"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("A rule that is still to be written is “待填”."),
    )


class JudgementForm(forms.Form):
    """When those a result touches are satisfied."""

    from_date = forms.DateField(label=gettext_lazy("From this day on"), widget=date_input())
    percent = forms.IntegerField(
        label=gettext_lazy("Satisfied, percent"), min_value=1, max_value=100
    )
    answers_least = forms.IntegerField(
        label=gettext_lazy("Answers needed at least"), min_value=1, max_value=100_000
    )
    counts_basically = forms.BooleanField(
        label=gettext_lazy("“Basically satisfied” counts as satisfied"), required=False
    )


class StepForm(forms.Form):
    """One step of a procedure; a row without a name is none."""

    name = forms.CharField(label=gettext_lazy("Name of the step"), max_length=30, required=False)
    state = forms.TypedChoiceField(label=gettext_lazy("What happens"), coerce=TopicState)
    limit_days = forms.IntegerField(
        label=gettext_lazy("Days"), min_value=0, max_value=366, required=False
    )
    conditions = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Begins only when"),
        required=False,
        coerce=Condition,
        widget=forms.CheckboxSelectMultiple,
    )
    opinions = forms.IntegerField(
        label=gettext_lazy("Opinions"), min_value=0, max_value=1000, required=False
    )
    papers = forms.IntegerField(
        label=gettext_lazy("Days ahead"), min_value=0, max_value=366, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = [(str(one), label_of(code=one, table="topic")) for one in PROCEDURE_STATES]
        self.fields["state"].choices = states  # type: ignore[attr-defined]
        plain = (Condition.WHY, Condition.QUORUM, Condition.MINUTES, Condition.RESULT)
        said = [(str(one), label_of(code=one, table="condition")) for one in plain]
        self.fields["conditions"].choices = said  # type: ignore[attr-defined]

    def step(self) -> ProcedureStep | None:
        """Return the step that was entered."""
        said = self.cleaned_data
        if not said["name"].strip():
            return None
        conditions = [(one, 0) for one in said["conditions"]]
        if said["opinions"]:
            conditions.append((Condition.OPINIONS, said["opinions"]))
        if said["papers"]:
            conditions.append((Condition.PAPERS, said["papers"]))
        in_order = sorted(conditions, key=lambda one: list(Condition).index(one[0]))
        return ProcedureStep(
            name=said["name"].strip(),
            state=said["state"],
            conditions=tuple(in_order),
            limit_days=said["limit_days"] or 0,
        )


@require_safe
@for_roles(*SEATED)
def list_page(request: Request) -> HttpResponse:
    """List the forums somebody sees."""
    facts = {"forums": queries.list_forums(actor=request.actor)}
    return show(request, "deliberation/forums.html", "forums", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def create(request: Request) -> HttpResponse:
    """Open a forum; it begins with the five steps."""
    community, _others = community_in_view(request)
    form = ForumForm(request.POST or None, initial={"levels": [str(one) for one in LEVELS]})
    if request.method == "POST" and form.is_valid():
        try:
            forum = services.open_forum(
                community_id=community.pk,
                wanted=form.wanted(),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The forum is open. Say now who sits in it."))
            return redirect("forum", forum_id=forum.pk)
    facts = {"form": form, "community": community}
    return show(request, "deliberation/forum_form.html", "forums", facts, status=status_of(form))


@require_safe
@for_roles(*SEATED)
def page(request: Request, forum_id: int) -> HttpResponse:
    """Show a forum: parties, steps, ground rules, fields, and when people are satisfied."""
    forum = queries.get_forum_at_work(actor=request.actor, forum_id=forum_id)
    today = people.local_day(at=request.now)
    known = queries.ground_rules_of(forum=forum)
    facts = {
        "forum": forum,
        "may_run": queries.may_run(actor=request.actor, community_id=forum.community_id),
        "works_here": queries.may_read(actor=request.actor, community_id=forum.community_id),
        "parties": queries.parties_of(forum=forum),
        "fields": queries.fields_of(forum=forum),
        "procedure": queries.procedure_of(forum=forum),
        "steps": _said_steps(queries.steps_of(procedure=queries.procedure_of(forum=forum))),
        "ground_rules": known,
        "judgement": queries.judgement_rule_of(forum=forum, on=today),
        "rhythm": _said_rhythm(forum),
        "to_fill": [one for one in known.rules if one.startswith(services.TO_FILL)]
        if known is not None
        else [],
    }
    return show(request, "deliberation/forum.html", "forums", facts)


def _said_steps(steps: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": step.name,
            "state": step.state,
            "limit_days": step.limit_days,
            "conditions": [
                label_of(code=code, table="condition") % {"number": number}
                for code, number in step.conditions
            ],
        }
        for step in steps
    ]


def _said_rhythm(forum: Any) -> str:
    rhythm = rhythm_read(forum.rhythm)
    if rhythm is None:
        return ""
    said = _("%(nth)s %(weekday)s of the month, %(at)s") % {
        "nth": str(dict(_NTHS)[rhythm.nth]),
        "weekday": str(TABLES["weekday"][rhythm.weekday]),
        "at": f"{rhythm.at:%H:%M}",
    }
    if not rhythm.months:
        return said
    months = "、".join(str(one) for one in sorted(rhythm.months))
    return _("%(day)s; months %(months)s") % {"day": said, "months": months}


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def edit(request: Request, forum_id: int) -> HttpResponse:
    """Change what a forum is."""
    forum = _run(request, forum_id)
    form = ForumForm(request.POST or None, initial=_initial(forum))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_forum(
                forum_id=forum.pk, wanted=form.wanted(), actor=request.actor, at=request.now
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("forum", forum_id=forum.pk)
    facts = {"form": form, "forum": forum}
    return show(request, "deliberation/forum_form.html", "forums", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def set_party(request: Request, forum_id: int, party_id: int | None = None) -> HttpResponse:
    """Add a party, or change one."""
    forum = _run(request, forum_id)
    party = queries.get_party(forum=forum, party_id=party_id) if party_id is not None else None
    initial: dict[str, Any] = {}
    if party is not None:
        names = ("name", "duty", "seats", "is_required", "carries_out")
        initial = {name: getattr(party, name) for name in names}
        initial["organisation"] = party.organisation_id
        initial["people"] = [one.pk for one in party.people.all()]
    form = PartyForm(
        request.POST or None, request=request, community_id=forum.community_id, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.set_party(
                forum_id=forum.pk,
                party_id=party_id,
                wanted=form.wanted(),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("forum", forum_id=forum.pk)
    facts = {"form": form, "forum": forum, "party": party}
    return show(request, "deliberation/party_form.html", "forums", facts, status=status_of(form))


@require_POST
@for_roles(*RUNNERS)
def end_party(request: Request, forum_id: int, party_id: int) -> HttpResponse:
    """Let a party sit there no longer."""
    services.end_party(party_id=party_id, actor=request.actor, at=request.now)
    return redirect("forum", forum_id=forum_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def set_rules(request: Request, forum_id: int) -> HttpResponse:
    """Publish the ground rules anew."""
    forum = _run(request, forum_id)
    known = queries.ground_rules_of(forum=forum)
    initial = {"rules": "\n".join(known.rules) if known is not None else ""}
    form = RulesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        lines = [line for line in form.cleaned_data["rules"].splitlines() if line.strip()]
        try:
            services.publish_ground_rules(
                forum_id=forum.pk, rules=lines, actor=request.actor, at=request.now
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The ground rules are published."))
            return redirect("forum", forum_id=forum.pk)
    facts = {"form": form, "forum": forum, "title": _("Ground rules")}
    return show(request, "deliberation/small_form.html", "forums", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def set_judgement(request: Request, forum_id: int) -> HttpResponse:
    """Say when those a result touches are satisfied, from a day on."""
    forum = _run(request, forum_id)
    today = people.local_day(at=request.now)
    known = queries.judgement_rule_of(forum=forum, on=today)
    names = ("percent", "answers_least", "counts_basically")
    initial = {name: getattr(known, name) for name in names}
    form = JudgementForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_judgement_rule(
                forum_id=forum.pk, actor=request.actor, at=request.now, **form.cleaned_data
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("forum", forum_id=forum.pk)
    facts = {"form": form, "forum": forum, "title": _("When people are satisfied")}
    return show(request, "deliberation/small_form.html", "forums", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def set_steps(request: Request, forum_id: int) -> HttpResponse:
    """Publish the steps anew; topics under way go on by those they began with."""
    forum = _run(request, forum_id)
    known = queries.steps_of(procedure=queries.procedure_of(forum=forum))
    rows = [
        StepForm(
            request.POST or None,
            prefix=f"s{place}",
            initial=_initial_step(known[place]) if place < len(known) else {},
        )
        for place in range(max(_STEP_ROWS, len(known)))
    ]
    fault = ""
    are_valid = [row.is_valid() for row in rows]  # of every row, so that each says its faults
    if request.method == "POST" and all(are_valid):
        steps = [step for row in rows if (step := row.step()) is not None]
        try:
            services.publish_procedure(
                forum_id=forum.pk, steps=steps, actor=request.actor, at=request.now
            )
        except Refused as refused:
            fault = str(refused)
        else:
            messages.success(request, _("The steps are published. New topics go by them."))
            return redirect("forum", forum_id=forum.pk)
    is_faulty = bool(fault) or any(row.is_bound and row.errors for row in rows)
    facts = {"rows": rows, "forum": forum, "fault": fault}
    return show(
        request, "deliberation/steps_form.html", "forums", facts, status=422 if is_faulty else 200
    )


def _initial_step(step: ProcedureStep) -> dict[str, Any]:
    numbers = dict(step.conditions)
    return {
        "name": step.name,
        "state": str(step.state),
        "limit_days": step.limit_days,
        "conditions": [str(code) for code, number in step.conditions if not number],
        "opinions": numbers.get(Condition.OPINIONS),
        "papers": numbers.get(Condition.PAPERS),
    }


@require_POST
@for_roles(*RUNNERS)
def add_field(request: Request, forum_id: int) -> HttpResponse:
    """Add a field of topics."""
    try:
        services.add_field(
            forum_id=forum_id,
            name=request.POST.get("name", ""),
            actor=request.actor,
            at=request.now,
        )
    except (services.FieldTaken, WordsMissing, WordsTooLong) as refused:
        messages.error(request, str(refused))
    return redirect("forum", forum_id=forum_id)


@require_POST
@for_roles(*RUNNERS)
def end_field(request: Request, forum_id: int, field_id: int) -> HttpResponse:
    """Let no new topic be of a field."""
    services.end_field(field_id=field_id, actor=request.actor, at=request.now)
    return redirect("forum", forum_id=forum_id)


@require_POST
@for_roles(*RUNNERS)
def end(request: Request, forum_id: int) -> HttpResponse:
    """End a forum that has no topic under way."""
    try:
        services.end_forum(forum_id=forum_id, actor=request.actor, at=request.now)
    except services.ForumHasTopics as refused:
        messages.error(request, str(refused))
        return redirect("forum", forum_id=forum_id)
    return redirect("forums")


def _run(request: Request, forum_id: int) -> Any:
    """Return a forum that this person runs."""
    forum = queries.get_forum_at_work(actor=request.actor, forum_id=forum_id)
    if not queries.may_run(actor=request.actor, community_id=forum.community_id):
        raise NotEntitled
    return forum


urlpatterns = [
    path("forums/", list_page, name="forums"),
    path("forums/new/", create, name="create_forum"),
    path("forums/<int:forum_id>/", page, name="forum"),
    path("forums/<int:forum_id>/edit/", edit, name="edit_forum"),
    path("forums/<int:forum_id>/end/", end, name="end_forum"),
    path("forums/<int:forum_id>/parties/new/", set_party, name="add_party"),
    path("forums/<int:forum_id>/parties/<int:party_id>/", set_party, name="edit_party"),
    path("forums/<int:forum_id>/parties/<int:party_id>/end/", end_party, name="end_party"),
    path("forums/<int:forum_id>/rules/", set_rules, name="forum_rules"),
    path("forums/<int:forum_id>/judgement/", set_judgement, name="forum_judgement"),
    path("forums/<int:forum_id>/steps/", set_steps, name="forum_steps"),
    path("forums/<int:forum_id>/fields/new/", add_field, name="add_field"),
    path("forums/<int:forum_id>/fields/<int:field_id>/end/", end_field, name="end_field"),
]
