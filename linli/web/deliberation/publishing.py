"""Publishing minutes: a look at what everybody will read, other words for a line, corrections."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from linli.core.errors import Refused
from linli.deliberation import queries
from linli.deliberation.digests import digest_of
from linli.deliberation.queries.minutes import minutes_of
from linli.deliberation.queries.public_minutes import (
    PublicLine,
    public_lines,
    public_record,
    published_minutes,
)
from linli.deliberation.services import minutes as services
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.frame import RUNNERS, show
from linli.web.deliberation.minutes import shown


class WordingsForm(forms.Form):
    """A field for each line of signed minutes; an empty one leaves the line as it is."""

    def __init__(self, *args: Any, lines: list[PublicLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[line.place] = forms.CharField(
                label=_label_of(line.place, line.item),
                required=False,
                initial=line.worded,
                max_length=services.WORDING_LENGTH_MAX,
                widget=forms.Textarea,
            )


class CorrectionForm(forms.Form):
    """What was wrong, where, and why it is put right."""

    item = forms.TypedChoiceField(label=gettext_lazy("What it corrects"), coerce=int)
    text = forms.CharField(
        label=gettext_lazy("What was wrong, and how it is right"),
        max_length=services.CORRECTION_LENGTH_MAX,
        widget=forms.Textarea,
    )
    why = forms.CharField(
        label=gettext_lazy("Why it is corrected"),
        max_length=services.WHY_LENGTH_MAX,
        help_text=gettext_lazy("Everybody reads it. Please name no person."),
    )

    def __init__(self, *args: Any, titles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [  # type: ignore[attr-defined]
            (0, _("the minutes as a whole")),
            *((number, f"{number}. {title}") for number, title in enumerate(titles, start=1)),
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def publish(request: Request, meeting_id: int) -> HttpResponse:
    """Show what everybody will read, put lines into other words, and publish."""
    meeting = _run(request, meeting_id)
    if meeting.state != "SIGNED":
        return redirect("minutes", meeting_id=meeting.pk)
    lines = public_lines(meeting=meeting, at=request.now)
    is_saving = request.POST.get("do") == "save"
    form = WordingsForm(request.POST if is_saving else None, lines=lines)
    given = {"meeting_id": meeting.pk, "actor": request.actor, "at": request.now}
    if is_saving and form.is_valid():
        try:
            services.word_for_public(words_by_line=form.cleaned_data, **given)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Saved. Please look at the text again."))
            return redirect("publish_minutes", meeting_id=meeting.pk)
    elif request.method == "POST" and not is_saving:
        try:
            services.publish_minutes(seen=request.POST.get("seen", ""), **given)
        except services.PublicTextChanged as refused:
            messages.error(request, str(refused))
            return redirect("publish_minutes", meeting_id=meeting.pk)
        messages.success(request, _("Published, without personal data."))
        return redirect("minutes", meeting_id=meeting.pk)
    record = public_record(meeting=meeting, at=request.now)
    facts = {
        "meeting": meeting,
        "public": shown(minutes_of(record=record)),
        "seen": digest_of(record),
        "form": form,
        "rows": [{"line": line, "field": form[line.place]} for line in lines],
    }
    return show(
        request, "deliberation/minutes_publish.html", "meetings", facts, status=status_of(form)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def correct(request: Request, meeting_id: int) -> HttpResponse:
    """Publish a correction beside published minutes."""
    meeting = _run(request, meeting_id)
    found = published_minutes(meeting=meeting)
    if found is None:
        return redirect("minutes", meeting_id=meeting.pk)
    form = CorrectionForm(request.POST or None, titles=[one.title for one in found.items])
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_minutes(
                meeting_id=meeting.pk, actor=request.actor, at=request.now, **form.cleaned_data
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The correction is published."))
            return redirect("minutes", meeting_id=meeting.pk)
    facts = {"meeting": meeting, "form": form}
    return show(
        request, "deliberation/minutes_correct.html", "meetings", facts, status=status_of(form)
    )


def _run(request: Request, meeting_id: int) -> Any:
    meeting = queries.get_meeting(actor=request.actor, meeting_id=meeting_id)
    queries.require_runner(actor=request.actor, community_id=meeting.community_id)
    return meeting


def _label_of(place: str, item: int) -> str:
    """Say which line of the minutes this is."""
    if place == "summary":
        return _("Summary")
    if place == "expected_reason":
        return _("Why fewer are expected than have a seat")
    if not item:
        return _("Opened without a party")
    parts = place.split("/")
    kind, number = (parts[-1], "") if len(parts) == 3 else parts[-2:]
    said = {
        "title": _("Item %(item)s: title"),
        "said": _("Item %(item)s: what was said"),
        "speeches": _("Item %(item)s: speaker %(number)s"),
        "motions": _("Item %(item)s: motion %(number)s"),
        "dissents": _("Item %(item)s: dissent %(number)s"),
    }[kind]
    return said % {"item": item, "number": int(number) + 1 if number else ""}


_ONE = "forums/meetings/<int:meeting_id>/minutes/"

urlpatterns = [
    path(f"{_ONE}publish/", publish, name="publish_minutes"),
    path(f"{_ONE}correct/", correct, name="correct_minutes"),
]
