"""The office: what was decided on a topic, publishing, asking those it touches, another round."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.core.errors import NotEntitled, NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.services import judging, results, topics
from linli.deliberation.workflow import Decision, ReturnCause, RollUnit
from linli.flows import deliberating
from linli.people import queries as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.frame import READERS, show
from linli.web.labels import label_of
from linli.web.people.shared import date_input

_TASK_ROWS = 3
"""So many tasks a resolution begins with; one press adds another."""


class ResolutionForm(forms.Form):
    """What was decided, and where."""

    decided = forms.ChoiceField(label=gettext_lazy("Where it was decided"))
    decision = forms.TypedChoiceField(
        label=gettext_lazy("Decision"), coerce=Decision, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=gettext_lazy("In words"),
        max_length=results.TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Residents read this. Please name no person."),
    )

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decided"].choices = places  # type: ignore[attr-defined]
        said = [(str(one), label_of(code=one, table="decision")) for one in Decision]
        self.fields["decision"].choices = said  # type: ignore[attr-defined]


class TaskForm(forms.Form):
    """One task; a row without words is none."""

    text = forms.CharField(label=gettext_lazy("What is to be done"), max_length=400, required=False)
    who = forms.ChoiceField(label=gettext_lazy("By whom"), required=False)
    due_date = forms.DateField(label=gettext_lazy("Until"), required=False, widget=date_input())

    def __init__(self, *args: Any, owners: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [("", "—"), *owners]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for what a task needs as soon as it has words."""
        said = super().clean() or {}
        if said.get("text"):
            if not said.get("who"):
                self.add_error("who", _("Please choose who carries it out."))
            if said.get("due_date") is None and "due_date" not in self.errors:
                self.add_error("due_date", _("Please enter until when."))
        return said

    def task(self) -> results.TaskInput | None:
        """Return the task that was entered."""
        said = self.cleaned_data
        if not said.get("text"):
            return None
        kind, _colon, key = said["who"].partition(":")
        return results.TaskInput(
            text=said["text"], due_date=said["due_date"], **{f"{kind}_id": int(key)}
        )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def resolve(request: Request, topic_id: int) -> HttpResponse:
    """Write down what was decided, with its tasks."""
    topic = topics.led_by(actor=request.actor, topic_id=topic_id)
    count = _rows_sent(request)
    if "more" in request.POST:
        form, rows = _resolution_forms(request, topic, count + 1, is_typing=True)
        return _show_resolution(request, topic, form, rows)
    form, rows = _resolution_forms(request, topic, count)
    are_valid = [one.is_valid() for one in (form, *rows)]
    if request.method == "POST" and all(are_valid):
        said = form.cleaned_data
        kind, _colon, key = said["decided"].partition(":")
        wanted = results.ResolutionInput(
            decision=said["decision"],
            text=said["text"],
            tasks=[task for row in rows if (task := row.task()) is not None],
            **{f"{kind}_id": int(key)},
        )
        try:
            results.resolve(topic_id=topic.pk, wanted=wanted, actor=request.actor, at=request.now)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The resolution is written down."))
            return redirect("topic", topic_id=topic.pk)
    return _show_resolution(request, topic, form, rows)


def _rows_sent(request: Request) -> int:
    """Return how many rows for tasks the form had, however somebody numbered them."""
    sent = [place for place in range(results.TASKS_MOST) if f"t{place}-text" in request.POST]
    return max(_TASK_ROWS, *(place + 1 for place in sent)) if sent else _TASK_ROWS


def _resolution_forms(
    request: Request, topic: Any, count: int, *, is_typing: bool = False
) -> tuple[ResolutionForm, list[TaskForm]]:
    """Return the form with so many tasks; while somebody types on, nothing is found wrong yet."""
    places, owners = _places(topic), _owners(request, topic)
    sent = None if is_typing else request.POST or None
    typed = request.POST.dict() if is_typing else {}
    form = ResolutionForm(sent, places=places, initial=typed)
    rows = []
    for place in range(min(count, results.TASKS_MOST)):
        prefix = f"t{place}-"
        of_row = {
            name.removeprefix(prefix): value
            for name, value in typed.items()
            if name.startswith(prefix)
        }
        rows.append(TaskForm(sent, prefix=f"t{place}", owners=owners, initial=of_row))
    return form, rows


def _show_resolution(
    request: Request, topic: Any, form: ResolutionForm, rows: list[TaskForm]
) -> HttpResponse:
    faulty = any(one.is_bound and one.errors for one in (form, *rows))
    facts = {
        "form": form,
        "rows": rows,
        "topic": topic,
        "takes_more": len(rows) < results.TASKS_MOST,
        "was_added": "more" in request.POST,
    }
    return show(
        request, "deliberation/resolution_form.html", "topics", facts, status=422 if faulty else 200
    )


def _places(topic: Any) -> list[tuple[str, str]]:
    """Return the meetings and votes that may have decided a topic."""
    held = [
        (f"meeting:{one.pk}", f"{one.name} · {people.local_day(at=one.starts_at)}")
        for one, _present in queries.meetings_of(topic=topic)
        if one.state not in ("PLANNED", "CANCELLED")
    ]
    votes = [(f"vote:{one.pk}", one.title) for one in queries.deciding_votes(topic=topic)]
    return [*held, *votes]


def _owners(request: Request, topic: Any) -> list[tuple[str, str]]:
    """Return who may carry something out: parties first, then organisations and people."""
    parties = [
        (f"party:{one.pk}", one.name)
        for one in sorted(
            queries.parties_of(forum=topic.forum), key=lambda one: not one.carries_out
        )
        if one.organisation_id is not None
    ]
    units = people.organisations_of(community_id=topic.community_id)
    staff = people.accounts_in(community_id=topic.community_id, at=request.now)
    return [
        *parties,
        *((f"organisation:{one.pk}", one.name) for one in units),
        *((f"account:{one.pk}", one.name) for one in staff),
    ]


def _step(request: Request, topic_id: int, act: Any, said: str) -> HttpResponse:
    """Take a step; a refusal is said on the topic's page."""
    try:
        act()
    except (NotFound, NotEntitled):
        raise
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("topic", topic_id=topic_id)


@require_POST
@for_roles(*READERS)
def publish(request: Request, topic_id: int) -> HttpResponse:
    """Publish the result, and give its tasks to their owners."""
    given = {"topic_id": topic_id, "actor": request.actor, "at": request.now}
    said = _("The result is published.")
    return _step(request, topic_id, lambda: deliberating.publish_topic(**given), said)


@require_POST
@for_roles(*READERS)
def close(request: Request, topic_id: int) -> HttpResponse:
    """Close a topic of which nothing is carried out."""
    given = {"topic_id": topic_id, "actor": request.actor, "at": request.now}
    said = _("The topic is closed.")
    return _step(request, topic_id, lambda: results.close_topic(**given), said)


@require_POST
@for_roles(*READERS)
def ask(request: Request, topic_id: int) -> HttpResponse:
    """Ask those it touches."""
    unit = RollUnit.RESIDENT if request.POST.get("unit") == "RESIDENT" else RollUnit.HOUSEHOLD
    given = {"topic_id": topic_id, "unit": unit, "actor": request.actor, "at": request.now}
    said = _("Everybody it touches is asked from now on.")
    return _step(request, topic_id, lambda: judging.ask(**given), said)


@require_POST
@for_roles(*READERS)
def send_back(request: Request, topic_id: int) -> HttpResponse:
    """Send a topic back to deliberation by hand."""
    code = request.POST.get("cause", "")
    if code not in set(ReturnCause):
        raise NotFound
    given = {
        "topic_id": topic_id,
        "cause": ReturnCause(code),
        "reason": request.POST.get("reason", ""),
        "actor": request.actor,
        "at": request.now,
    }
    said = _("A new round has begun.")
    return _step(request, topic_id, lambda: results.return_topic(**given), said)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def correct(request: Request, publication_id: int) -> HttpResponse:
    """Publish a correction beside what it corrects."""
    wrong = queries.get_publication(actor=request.actor, publication_id=publication_id)
    topic = topics.led_by(actor=request.actor, topic_id=wrong.topic_id or 0)
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            results.correct(
                publication_id=wrong.pk,
                text=form.cleaned_data["text"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The correction is published."))
            return redirect("topic", topic_id=topic.pk)
    facts = {"form": form, "topic": topic}
    return show(
        request, "deliberation/correction_form.html", "topics", facts, status=status_of(form)
    )


class CorrectionForm(forms.Form):
    """What was wrong, and how it is right."""

    text = forms.CharField(
        label=gettext_lazy("What was wrong, and how it is right"),
        max_length=results.TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


urlpatterns = [
    path("forums/topics/<int:topic_id>/resolve/", resolve, name="resolve_topic"),
    path("forums/topics/<int:topic_id>/publish/", publish, name="publish_topic"),
    path("forums/topics/<int:topic_id>/close/", close, name="close_topic"),
    path("forums/topics/<int:topic_id>/ask/", ask, name="judge_topic"),
    path("forums/topics/<int:topic_id>/return/", send_back, name="return_topic"),
    path("forums/publications/<int:publication_id>/correct/", correct, name="correct_publication"),
]
