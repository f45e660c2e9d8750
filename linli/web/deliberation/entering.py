"""The office writes down what it is told: one opinion in twenty seconds, or a whole sheet."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from linli.core import codes
from linli.core.errors import Refused
from linli.core.ref import Ref
from linli.deliberation import queries
from linli.deliberation.queries import opinions as found_opinions
from linli.deliberation.services import opinions as services
from linli.deliberation.workflow import OpinionChannel, OpinionKind
from linli.matters.intake import calls_for, danger_of
from linli.people import queries as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse
from linli.web.deliberation import places
from linli.web.deliberation.frame import READERS, community_here, show
from linli.web.labels import label_of

CHANNELS = (
    OpinionChannel.PHONE,
    OpinionChannel.COUNTER,
    OpinionChannel.PAPER,
    OpinionChannel.VISIT,
    OpinionChannel.MEETING,
    OpinionChannel.HANDS,
)
"""What is entered one by one; a sheet and a matter have pages of their own."""

SHEET_ROWS = 8


class EntryForm(forms.Form):
    """What somebody said, and whatever is known besides."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What do they say?"),
        widget=forms.Textarea,
        error_messages={"required": _("Please write down what they say.")},
    )
    channel = forms.ChoiceField(
        label=_("How it came in"), widget=forms.RadioSelect, initial=OpinionChannel.PHONE
    )
    kind = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect, initial=OpinionKind.OPINION)
    people_count = forms.IntegerField(
        label=_("How many people say so"),
        min_value=1,
        max_value=services.PEOPLE_MOST,
        initial=1,
        help_text=_("Of a show of hands, how many hands."),
    )
    place = forms.CharField(
        label=_("Which building is it about?"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("By name or initials; or leave it empty")}),
    )
    meeting = forms.TypedChoiceField(
        label=_("At which meeting"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("Of what was said at a meeting, or shown by hands there."),
    )
    forum = forms.TypedChoiceField(label=_("Forum"), required=False, coerce=int, empty_value=None)
    name = forms.CharField(label=_("Name"), required=False, max_length=40)
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=30)
    agreed = forms.BooleanField(
        label=_("They agree that name and number are kept to answer them."), required=False
    )
    is_no_emergency = forms.BooleanField(
        label=_("Nobody is in danger: it is an opinion."), required=False
    )

    def __init__(
        self,
        *args: Any,
        forums: list[tuple[int, str]],
        meetings: list[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        channels = [one for one in CHANNELS if meetings or one is not OpinionChannel.MEETING]
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            (str(one), label_of(code=one, table="opinion_channel")) for one in channels
        ]
        if meetings:
            self.fields["meeting"].choices = [("", "—"), *meetings]  # type: ignore[attr-defined]
        else:
            del self.fields["meeting"]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (str(one), label_of(code=one, table="opinion_kind")) for one in OpinionKind
        ]
        if forums:
            self.fields["forum"].choices = [("", "—"), *forums]  # type: ignore[attr-defined]
        else:
            del self.fields["forum"]

    def clean(self) -> dict[str, Any]:
        """Ask for the meeting where something is said to have been said at one."""
        said = super().clean() or {}
        if said.get("channel") == OpinionChannel.MEETING and not said.get("meeting"):
            self.add_error("meeting", gettext("Please choose the meeting."))
        return said


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def enter(request: Request) -> HttpResponse:
    """Write down what somebody says; the next empty form stands below its code."""
    community = community_here(request)
    offered = _forums(request, community.pk)
    held = _meetings(request, community.pk)
    first: dict[str, Any] = {"submission_key": uuid4()}
    first["forum"] = offered[0][0] if len(offered) == 1 else None
    if (meeting := request.GET.get("meeting")) is not None:
        first |= {"meeting": meeting, "channel": OpinionChannel.MEETING}
    form = EntryForm(request.POST or None, forums=offered, meetings=held, initial=first)
    entered = None
    if request.method == "POST" and form.is_valid():
        entered = _enter(request, community.pk, form)
        if entered is not None:
            # The same channel again: whoever answers the telephone goes on doing so.
            again = {name: form.cleaned_data.get(name) for name in ("channel", "meeting")}
            form = EntryForm(forums=offered, meetings=held, initial=first | again)
    danger = danger_of(text=str(form["text"].value() or ""))
    facts = {
        "form": form,
        "community": community,
        "entered": entered.opinion if entered is not None else None,
        "code": codes.show_tracking_code(code=entered.code) if entered is not None else "",
        "buildings": places.building_names(community_id=community.pk),
        "calls": calls_for(danger=danger),
        "may_insist": bool(danger) and danger not in services.PROTECTED,
    }
    status = 422 if form.is_bound else 200
    return show(request, "deliberation/opinion_entry.html", "opinions", facts, status=status)


def _enter(request: Request, community_id: int, form: EntryForm) -> services.Said | None:
    given = form.cleaned_data
    meeting_id = given.get("meeting")
    try:
        return services.say(
            opinion=services.OpinionInput(
                submission_key=given["submission_key"],
                community_id=community_id,
                text=given["text"],
                kind=given["kind"],
                channel=given["channel"],
                forum_id=given.get("forum"),
                building_id=places.building_named(community_id=community_id, words=given["place"]),
                people_count=given["people_count"],
                name=given["name"],
                phone=given["phone"],
                agreed_privacy=given["agreed"],
                source=str(Ref(kind=queries.MEETING, id=meeting_id)) if meeting_id else "",
                is_no_emergency=given["is_no_emergency"],
            ),
            actor=request.actor,
            at=request.now,
        )
    except Refused as refused:
        refuse(form, refused)
        return None


def _forums(request: Request, community_id: int) -> list[tuple[int, str]]:
    rows = found_opinions.forums_taking_opinions(actor=request.actor, community_id=community_id)
    return [(one.pk, one.name) for one in rows]


def _meetings(request: Request, community_id: int) -> list[tuple[int, str]]:
    rows = found_opinions.meetings_to_name(actor=request.actor, community_id=community_id)
    return [(one.pk, f"{people.local_day(at=one.starts_at)} {one.name}") for one in rows]


# --- A sheet ----------------------------------------------------------------------------------


class SheetForm(forms.Form):
    """What is asked from door to door."""

    question = forms.CharField(
        label=_("The question"),
        max_length=80,
        help_text=_("It stands before each answer."),
        error_messages={"required": _("Please write down what is asked.")},
    )
    forum = forms.TypedChoiceField(label=_("Forum"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, forums: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if forums:
            self.fields["forum"].choices = [("", "—"), *forums]  # type: ignore[attr-defined]
        else:
            del self.fields["forum"]


class LineForm(forms.Form):
    """One answer; a line without words is none."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What they say"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    place = forms.CharField(label=_("Building"), required=False, max_length=60)
    people_count = forms.IntegerField(
        label=pgettext_lazy("count", "People"),
        required=False,
        min_value=1,
        max_value=services.PEOPLE_MOST,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*READERS)
def sheet(request: Request) -> HttpResponse:
    """Take a 征求意见表 in: lines that are right are kept at once, the others stay to be mended."""
    community = community_here(request)
    offered = _forums(request, community.pk)
    first = {"forum": offered[0][0] if len(offered) == 1 else None}
    form = SheetForm(request.POST or None, forums=offered, initial=first)
    kept, lines = 0, _lines()
    if request.method == "POST":
        lines = _sent_lines(request)
        if form.is_valid():
            kept, lines = _keep(request, community.pk, form.cleaned_data, lines)
            said = ngettext("%(n)s line is kept.", "%(n)s lines are kept.", kept)
            if kept:
                messages.success(request, said % {"n": kept})
            last = lines[-1]["place"].value() if lines else ""
            lines = [*lines, *_lines(place=str(last or ""), count=SHEET_ROWS - len(lines))]
    is_wrong = (form.is_bound and not form.is_valid()) or any(
        line.is_bound and line.errors for line in lines
    )
    facts = {
        "form": form,
        "lines": lines,
        "community": community,
        "buildings": places.building_names(community_id=community.pk),
    }
    status = 422 if is_wrong else 200
    return show(request, "deliberation/opinion_sheet.html", "opinions", facts, status=status)


def _lines(*, place: str = "", count: int = SHEET_ROWS) -> list[LineForm]:
    return [
        LineForm(prefix=f"{key.hex[:12]}", initial={"submission_key": key, "place": place})
        for key in (uuid4() for _n in range(max(count, 1)))
    ]


def _sent_lines(request: Request) -> list[LineForm]:
    """Return the lines of the form that was sent, in their order."""
    ending = "-submission_key"
    prefixes = [name.removesuffix(ending) for name in request.POST if name.endswith(ending)]
    return [LineForm(request.POST, prefix=one) for one in prefixes[: 4 * SHEET_ROWS]]


def _keep(
    request: Request, community_id: int, asked: dict[str, Any], lines: Sequence[LineForm]
) -> tuple[int, list[LineForm]]:
    """Keep what is right, and return how many lines that was and those that are not."""
    kept, wrong = 0, []
    for line in lines:
        if not line.is_valid():
            wrong.append(line)
            continue
        given = line.cleaned_data
        if not given["text"].strip():
            continue
        try:
            services.say(
                opinion=services.OpinionInput(
                    submission_key=UUID(str(given["submission_key"])),
                    community_id=community_id,
                    text=f"〔{asked['question'].strip()}〕{given['text']}",
                    channel=OpinionChannel.FORM,
                    forum_id=asked.get("forum"),
                    building_id=places.building_named(
                        community_id=community_id, words=given["place"]
                    ),
                    people_count=given["people_count"] or 1,
                ),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(line, refused)
            wrong.append(line)
        else:
            kept += 1
    return kept, wrong


urlpatterns = [
    path("forums/opinions/new/", enter, name="enter_opinion"),
    path("forums/opinions/sheet/", sheet, name="opinion_sheet"),
]
