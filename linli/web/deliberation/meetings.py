"""The office: meetings that are coming, regular days to decide about, planning, and talks."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, register_converter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.clocks import SHANGHAI
from linli.core.errors import NotEntitled, NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.queries import calendar as days
from linli.deliberation.queries import meetings as reads
from linli.deliberation.services import calendar, meetings, talks
from linli.deliberation.workflow import MeetingKind
from linli.territory import queries as territory
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.frame import READERS, RUNNERS, SEATED, show
from linli.web.labels import label_of
from linli.web.people.shared import date_input
from linli.web.roster.frame import number_of

_PLANNED_KINDS = (MeetingKind.REGULAR, MeetingKind.JOINT, MeetingKind.HEARING)


class DayConverter:
    """A day in an address, such as 2026-05-01."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Return the day."""
        return date.fromisoformat(value)

    def to_url(self, value: Any) -> str:
        """Return the day as it stands in an address."""
        return value if isinstance(value, str) else value.isoformat()


register_converter(DayConverter, "day")


def _time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class KeepersForm(forms.Form):
    """Who chairs and who records: both sign the minutes."""

    chair = forms.TypedChoiceField(
        label=gettext_lazy("Chair"), required=False, coerce=int, empty_value=None
    )
    recorder = forms.TypedChoiceField(
        label=gettext_lazy("Recorder"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, *args: Any, forum: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keepers = [(one.pk, one.name) for one in reads.may_chair(forum=forum, at=at)]
        self.offer("chair", [("", "—"), *keepers])
        self.offer("recorder", [("", "—"), *keepers])

    def offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        """Let a field choose from these."""
        self.fields[name].choices = choices  # type: ignore[attr-defined]


class WhereForm(KeepersForm):
    """Where people sit together, and who keeps them."""

    place = forms.TypedChoiceField(
        label=gettext_lazy("Place"), required=False, coerce=int, empty_value=None
    )
    place_text = forms.CharField(
        label=gettext_lazy("Where exactly"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("A room or corner, or any place that is not in the list."),
    )

    def __init__(self, *args: Any, forum: Any, **kwargs: Any) -> None:
        super().__init__(*args, forum=forum, **kwargs)
        places = territory.list_places(community_id=forum.community_id)
        self.offer("place", [("", "—"), *((one.pk, one.name) for one in places)])


class MeetingForm(WhereForm):
    """What a meeting is to be."""

    name = forms.CharField(label=gettext_lazy("Name of the meeting"), max_length=60)
    kind = forms.TypedChoiceField(label=gettext_lazy("Kind"), coerce=MeetingKind)
    on = forms.DateField(label=gettext_lazy("Day"), widget=date_input())
    at = forms.TimeField(label=gettext_lazy("Hour"), widget=_time_input())
    field_order = ("name", "kind", "on", "at", "place", "place_text", "chair", "recorder")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(str(one), label_of(code=one, table="meeting_kind")) for one in _PLANNED_KINDS]
        self.offer("kind", kinds)

    def wanted(self, *, regular_day: date | None) -> meetings.MeetingInput:
        """Return what was entered, as the service takes it."""
        said = self.cleaned_data
        return meetings.MeetingInput(
            name=said["name"],
            kind=said["kind"],
            starts_at=datetime.combine(said["on"], said["at"], SHANGHAI),
            place_id=said["place"],
            place_text=said["place_text"],
            chair_id=said["chair"],
            recorder_id=said["recorder"],
            regular_day=regular_day,
        )


class TalkForm(WhereForm):
    """A talk at dusk, in a minute: everything else is known or can stay empty."""

    said = forms.CharField(
        label=gettext_lazy("What was said, and what came of it"),
        widget=forms.Textarea,
        help_text=gettext_lazy("A few lines are enough."),
    )
    topic = forms.TypedChoiceField(
        label=gettext_lazy("Topic"), required=False, coerce=int, empty_value=None
    )
    about = forms.CharField(label=gettext_lazy("What about"), max_length=120, required=False)
    people_count = forms.IntegerField(label=gettext_lazy("How many people were there"), min_value=1)
    names = forms.CharField(
        label=gettext_lazy("Who was there"),
        required=False,
        widget=forms.Textarea,
        help_text=gettext_lazy(
            "Names with 、 between, one party a line: “Property company: Qian”."
        ),
    )
    on = forms.DateField(label=gettext_lazy("Day"), widget=date_input())
    at = forms.TimeField(label=gettext_lazy("Hour"), widget=_time_input())

    def __init__(self, *args: Any, forum: Any, topics: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, forum=forum, **kwargs)
        self.offer("topic", [("", "—"), *((one.pk, one.title) for one in topics)])

    def talk(self) -> talks.TalkInput:
        """Return what was entered, as the service takes it."""
        said = self.cleaned_data
        return talks.TalkInput(
            held_at=datetime.combine(said["on"], said["at"], SHANGHAI),
            said=said["said"],
            people_count=said["people_count"],
            about=said["about"],
            topic_id=said["topic"],
            place_id=said["place"],
            place_text=said["place_text"],
            names=said["names"],
            chair_id=said["chair"],
            recorder_id=said["recorder"],
        )


class DayForm(forms.Form):
    """What becomes of a regular day."""

    how = forms.ChoiceField(
        label=gettext_lazy("What becomes of the meeting?"),
        widget=forms.RadioSelect,
        choices=[
            ("same", gettext_lazy("It is held that day all the same")),
            ("other", gettext_lazy("It is held on another day")),
            ("out", gettext_lazy("It is left out")),
        ],
    )
    held_on = forms.DateField(
        label=gettext_lazy("The other day"), required=False, widget=date_input()
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Everybody who looks at the calendar reads it."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the other day where there is to be one."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("how") == "other" and not said.get("held_on") and not self.has_error("held_on"):
            self.add_error("held_on", _("Please choose the day on which it is held."))
        return said

    def held(self, day: date) -> date | None:
        """Return the day on which it is held."""
        other: date | None = self.cleaned_data["held_on"]
        return {"same": day, "other": other, "out": None}[self.cleaned_data["how"]]


# --- Lists ------------------------------------------------------------------------------------


@require_safe
@for_roles(*SEATED)
def list_page(request: Request) -> HttpResponse:
    """Show regular days that wait for a decision, what is coming, and what is over."""
    found, older = reads.page_of_past_meetings(
        actor=request.actor, after=request.GET.get("after", "")
    )
    regular = days.coming_days(actor=request.actor, at=request.now)
    facts = {
        "asking": [one for one in regular if one.asks],
        "free": [one for one in regular if one.waits],
        "left_out": [one for one in regular if one.is_left_out],
        "coming": reads.coming_meetings(actor=request.actor),
        "past": found,
        "older": older,
        "is_first": "after" not in request.GET,
        "has_forums": bool(_running_forums(request)),
        "may_record": bool(request.actor.roles.intersection(READERS)),
    }
    return show(request, "deliberation/meetings.html", "meetings", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def decide(request: Request, forum_id: int, day: date) -> HttpResponse:
    """Decide about a regular day, or about any other day off."""
    forum = _run(request, forum_id)
    found = days.day_to_decide(forum=forum, day=day, at=request.now)
    if found is None:
        raise NotFound
    decision = found.decision
    initial = {}
    if decision is not None:
        how = "out" if found.is_left_out else "other" if found.is_moved else "same"
        initial = {"how": how, "held_on": decision.held_on, "reason": decision.reason}
    form = DayForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            calendar.decide_day(
                forum_id=forum.pk,
                day=day,
                held_on=form.held(day),
                reason=form.cleaned_data["reason"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Decided. The calendar shows it to everybody."))
            return redirect("meetings")
    facts = {"form": form, "forum": forum, "found": found}
    return show(request, "deliberation/day_form.html", "meetings", facts, status=status_of(form))


# --- Planning ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def plan(request: Request) -> HttpResponse:
    """Plan a meeting: of a regular day with all that the calendar knows, or freely."""
    forum = _chosen_forum(request)
    if forum is None:
        return redirect("meetings")
    day = _day_in(request.GET.get("day") or request.POST.get("day") or "")
    found = days.regular_day(forum=forum, day=day, at=request.now) if day is not None else None
    if found is not None and found.asks:
        messages.info(request, _("Please decide first what becomes of this day."))
        return redirect("decide_day", forum_id=forum.pk, day=found.day)
    form = MeetingForm(
        request.POST or None, initial=_first(request, forum, found), forum=forum, at=request.now
    )
    asked = ""
    if request.method == "POST" and form.is_valid():
        try:
            meeting = meetings.plan_meeting(
                forum_id=forum.pk,
                wanted=form.wanted(regular_day=found.day if found is not None else None),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
            asked = _asked(refused)
        else:
            messages.success(request, _("Planned. The parties that must be there are told."))
            return redirect("meeting", meeting_id=meeting.pk)
    facts = {"form": form, "forum": forum, "found": found, "asked": asked}
    facts["forums"] = _running_forums(request)
    return show(
        request, "deliberation/meeting_form.html", "meetings", facts, status=status_of(form)
    )


def _first(request: Request, forum: Any, found: days.RegularDay | None) -> dict[str, Any]:
    """Return what is known already: the forum's usual name, place and people."""
    last = forum.meetings.exclude(kind=MeetingKind.TALK).order_by("-id").first()
    first: dict[str, Any] = {
        "name": last.name if last is not None else forum.name,
        "kind": str(MeetingKind.REGULAR if found is not None else MeetingKind.JOINT),
        "recorder": request.actor.account_id,
        "at": time(19),
    }
    if last is not None:
        first |= {"place": last.place_id, "place_text": last.place_text, "chair": last.chair_id}
    if first.get("chair") == first["recorder"]:
        first["recorder"] = None
    if found is not None:
        first |= {"on": found.held_on, "at": found.starts_at.time()}
    return first


def _asked(refused: Refused) -> str:
    """Return the day of which somebody has to decide first, "" where it is refused otherwise."""
    is_asked = isinstance(refused, meetings.DecisionAwaited)
    return str(refused.facts["day"]) if is_asked else ""


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def edit(request: Request, meeting_id: int) -> HttpResponse:
    """Change a meeting that has not begun."""
    meeting = queries.get_meeting(actor=request.actor, meeting_id=meeting_id)
    forum = _run(request, meeting.forum_id)
    starts_at = meeting.starts_at.astimezone(SHANGHAI)
    initial = {
        "name": meeting.name,
        "kind": meeting.kind,
        "on": starts_at.date(),
        "at": starts_at.time(),
        "place": meeting.place_id,
        "place_text": meeting.place_text,
        "chair": meeting.chair_id,
        "recorder": meeting.recorder_id,
    }
    form = MeetingForm(request.POST or None, initial=initial, forum=forum, at=request.now)
    asked = ""
    if request.method == "POST" and form.is_valid():
        try:
            meetings.change_meeting(
                meeting_id=meeting.pk,
                wanted=form.wanted(regular_day=meeting.regular_day),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
            asked = _asked(refused)
        else:
            return redirect("meeting", meeting_id=meeting.pk)
    facts = {"form": form, "forum": forum, "meeting": meeting, "asked": asked}
    return show(
        request, "deliberation/meeting_form.html", "meetings", facts, status=status_of(form)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def talk(request: Request) -> HttpResponse:
    """Write a talk at dusk down."""
    forum = _chosen_forum(request, run_only=False)
    if forum is None:
        return redirect("meetings")
    now = request.now.astimezone(SHANGHAI)
    rows = queries.topics_open_to(actor=request.actor).filter(forum=forum, ended_at=None)
    initial = {
        "on": now.date(),
        "at": now.time().replace(second=0, microsecond=0),
        "topic": number_of(request.GET.get("topic")),
        "recorder": request.actor.account_id,
    }
    form = TalkForm(
        request.POST or None,
        initial=initial,
        forum=forum,
        at=request.now,
        topics=list(rows.order_by("-id")[:100]),
    )
    if request.method == "POST" and form.is_valid():
        try:
            meeting = talks.record_talk(
                forum_id=forum.pk, talk=form.talk(), actor=request.actor, at=request.now
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Written down. The talk counts."))
            return redirect("minutes", meeting_id=meeting.pk)
    facts = {"form": form, "forum": forum, "forums": _running_forums(request)}
    return show(request, "deliberation/talk_form.html", "meetings", facts, status=status_of(form))


# --- Steps ------------------------------------------------------------------------------------

_STEPS: dict[str, tuple[Callable[..., Any], Any, str]] = {
    "end": (meetings.end_meeting, gettext_lazy("The meeting is over. Read and sign."), "minutes"),
    "reopen": (meetings.reopen_meeting, gettext_lazy("The meeting goes on."), "record"),
}


@require_POST
@for_roles(*SEATED)
def take_step(request: Request, meeting_id: int, meeting_step: str) -> HttpResponse:
    """End or go on; what stands in the way is said on the next page."""
    if meeting_step not in _STEPS:
        raise NotFound
    act, words, leads_to = _STEPS[meeting_step]
    try:
        act(meeting_id=meeting_id, actor=request.actor, at=request.now)
    except Refused as refused:
        if isinstance(refused, NotFound | NotEntitled):
            raise
        messages.error(request, str(refused))
        return redirect("meeting", meeting_id=meeting_id)
    messages.success(request, str(words))
    return redirect(leads_to, meeting_id=meeting_id)


@require_POST
@for_roles(*RUNNERS)
def cancel(request: Request, meeting_id: int) -> HttpResponse:
    """Cancel a meeting, and say why."""
    try:
        meetings.cancel_meeting(
            meeting_id=meeting_id,
            reason=request.POST.get("reason", ""),
            actor=request.actor,
            at=request.now,
        )
    except Refused as refused:
        if isinstance(refused, NotFound | NotEntitled):
            raise
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Cancelled. Those invited are told."))
    return redirect("meeting", meeting_id=meeting_id)


# --- Parts ------------------------------------------------------------------------------------


def _run(request: Request, forum_id: int) -> Any:
    """Return a forum that this person runs."""
    forum = queries.get_forum(actor=request.actor, forum_id=forum_id)
    queries.require_runner(actor=request.actor, community_id=forum.community_id)
    return forum


def _day_in(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _running_forums(request: Request) -> list[Any]:
    may = queries.may_run if request.actor.roles.intersection(RUNNERS) else queries.may_read
    return [
        one
        for one in queries.list_forums(actor=request.actor)
        if may(actor=request.actor, community_id=one.community_id)
    ]


def _chosen_forum(request: Request, *, run_only: bool = True) -> Any | None:
    """Return the forum that was asked for, or the first; None where there is none yet."""
    wanted = number_of(request.GET.get("forum") or request.POST.get("forum"))
    found = _running_forums(request)
    if wanted is None:
        return found[0] if found else None
    forum = next((one for one in found if one.pk == wanted), None)
    if forum is None:
        raise NotFound
    if run_only:
        queries.require_runner(actor=request.actor, community_id=forum.community_id)
    return forum


urlpatterns = [
    path("forums/meetings/", list_page, name="meetings"),
    path("forums/meetings/new/", plan, name="plan_meeting"),
    path("forums/meetings/talk/", talk, name="record_talk"),
    path("forums/<int:forum_id>/days/<day:day>/", decide, name="decide_day"),
    path("forums/meetings/<int:meeting_id>/edit/", edit, name="edit_meeting"),
    path("forums/meetings/<int:meeting_id>/cancel/", cancel, name="cancel_meeting"),
    path(
        "forums/meetings/<int:meeting_id>/step/<slug:meeting_step>/",
        take_step,
        name="meeting_step",
    ),
]
