"""Minutes: read in full by those concerned, signed by two, and by everybody once published."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.clocks import SHANGHAI
from linli.core.errors import NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.digests import digest_of
from linli.deliberation.queries import meetings as reads
from linli.deliberation.queries.doors import meeting_behind, pass_for
from linli.deliberation.queries.minutes import minutes_of, place_of, record_of
from linli.deliberation.queries.public_minutes import corrections_of_minutes, published_minutes
from linli.deliberation.services import attending, meetings
from linli.deliberation.services import minutes as services
from linli.deliberation.services.errors import StepNotAllowed
from linli.web import limits
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.deliberation.frame import SEATED, show
from linli.web.deliberation.meetings import KeepersForm
from linli.web.deliberation.minutes_paper import (
    attendance_in_words,
    minutes_paper,
    motion_in_words,
    reworded_in_words,
    rules_in_words,
)
from linli.web.official import MEDIA_TYPE
from linli.web.resident.follow import TooManyWrongCodes
from linli.web.workbooks import download


class SignInForm(forms.Form):
    """Who signs in: only people without an account are asked their name."""

    name = forms.CharField(label=gettext_lazy("Your name"), max_length=30, required=False)
    party = forms.TypedChoiceField(
        label=gettext_lazy("For whom are you here?"),
        required=False,
        coerce=int,
        empty_value=None,
    )

    def __init__(self, *args: Any, meeting: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parties = reads.parties_at(meeting=meeting)
        self.fields["party"].choices = [  # type: ignore[attr-defined]
            ("", _("for myself")),
            *((one.pk, one.name) for one in parties),
        ]


# --- The office -------------------------------------------------------------------------------


@require_safe
@for_roles(*SEATED)
def page(request: Request, meeting_id: int) -> HttpResponse:
    """Show the whole record, who signed it, and what was corrected before everybody."""
    meeting = reads.get_meeting_inside(actor=request.actor, meeting_id=meeting_id)
    if meeting.state in ("PLANNED", "CANCELLED"):
        return redirect("meeting", meeting_id=meeting.pk)
    record = record_of(meeting=meeting)
    account_id = request.actor.account_id
    signatures = list(meeting.signatures.select_related("account").order_by("signed_at", "id"))
    signed = {one.account_id for one in signatures}
    signs = account_id is not None and account_id in (meeting.chair_id, meeting.recorder_id)
    facts = {
        "meeting": meeting,
        "minutes": shown(_with_corrections(meeting, record)),
        "digest": digest_of(record),
        "signatures": signatures,
        "keepers": KeepersForm(
            initial={"chair": meeting.chair_id, "recorder": meeting.recorder_id},
            forum=meeting.forum,
            at=request.now,
        ),
        "has_keepers": meeting.chair_id is not None and meeting.recorder_id is not None,
        "may_sign": meeting.state == "ENDED" and signs and account_id not in signed,
        "keeps": reads.keeps(actor=request.actor, meeting=meeting),
        "runs": queries.may_run(actor=request.actor, community_id=meeting.community_id),
        "is_open": meeting.state == "OPEN",
        "is_ended": meeting.state == "ENDED",
        "is_talk": meeting.kind == "TALK",
        "is_signed": meeting.state == "SIGNED",
        "is_published": meeting.state == "PUBLISHED",
    }
    return show(request, "deliberation/minutes.html", "meetings", facts)


@require_POST
@for_roles(*SEATED)
def sign(request: Request, meeting_id: int) -> HttpResponse:
    """Sign what one just read."""
    try:
        meeting = services.sign_minutes(
            meeting_id=meeting_id,
            seen=request.POST.get("seen", ""),
            actor=request.actor,
            at=request.now,
        )
    except (
        services.KeepersMissing,
        services.RecordChanged,
        services.SignedAlready,
        StepNotAllowed,
    ) as refused:
        messages.error(request, str(refused))
    else:
        is_complete = meeting.state == "SIGNED"
        done = _("Both have signed. The record is closed and can be published.")
        messages.success(request, done if is_complete else _("Signed. The other one signs, too."))
    return redirect("minutes", meeting_id=meeting_id)


@require_POST
@for_roles(*SEATED)
def set_keepers(request: Request, meeting_id: int) -> HttpResponse:
    """Say who chaired and who recorded."""
    meeting = reads.get_meeting_inside(actor=request.actor, meeting_id=meeting_id)
    form = KeepersForm(request.POST, forum=meeting.forum, at=request.now)
    if form.is_valid():
        try:
            meetings.set_keepers(
                meeting_id=meeting.pk,
                chair_id=form.cleaned_data["chair"],
                recorder_id=form.cleaned_data["recorder"],
                actor=request.actor,
                at=request.now,
            )
        except (meetings.ChairRecords, meetings.KeeperUnknown, StepNotAllowed) as refused:
            messages.error(request, str(refused))
    return redirect("minutes", meeting_id=meeting.pk)


@require_safe
@for_roles(*SEATED)
def paper(request: Request, meeting_id: int) -> HttpResponse:
    """Give the minutes as a paper in the official layout; that they left is written down."""
    meeting = reads.get_meeting_inside(actor=request.actor, meeting_id=meeting_id)
    if meeting.state in ("PLANNED", "CANCELLED"):
        raise NotFound
    services.record_export(meeting_id=meeting.pk, actor=request.actor, at=request.now)
    return _paper_of(_with_corrections(meeting, record_of(meeting=meeting)))


def _with_corrections(meeting: Any, record: Any) -> Any:
    """Return the full minutes; what was put right in public stands beside them as well."""
    return minutes_of(record=record, corrections=corrections_of_minutes(meeting=meeting))


def _paper_of(minutes: Any) -> HttpResponse:
    day = minutes.began_at.astimezone(SHANGHAI)
    name = f"{minutes.forum}_{minutes.name}_{day:%Y%m%d}.docx"
    return download(content=minutes_paper(minutes=minutes), name=name, media_type=MEDIA_TYPE)


def shown(minutes: Any) -> dict[str, Any]:
    """Return minutes with the sentences that figures make, for the template they share."""
    return {
        "said": minutes,
        "attendance": attendance_in_words(minutes),
        "rules": rules_in_words(minutes),
        "reworded": reworded_in_words(minutes),
        "items": [
            {"item": one, "motions": [(each, motion_in_words(each)) for each in one.motions]}
            for one in minutes.items
        ],
    }


# --- Everybody --------------------------------------------------------------------------------


@require_safe
def public_page(request: Request, meeting_id: int) -> HttpResponse:
    """Show a meeting: when, where and about what; afterwards its minutes, if they are published."""
    meeting = queries.get_meeting(actor=request.actor, meeting_id=meeting_id)
    request.community = meeting.community
    found = published_minutes(meeting=meeting)
    facts = {
        "meeting": meeting,
        "community": meeting.community,
        "place": place_of(meeting=meeting),
        "items": reads.items_of(meeting=meeting),
        "minutes": shown(found) if found is not None else None,
        "is_to_come": meeting.state in ("PLANNED", "OPEN"),
        "is_cancelled": meeting.state == "CANCELLED",
    }
    return render(request, "deliberation/public_meeting.html", facts)


@require_safe
def public_paper(request: Request, meeting_id: int) -> HttpResponse:
    """Give published minutes as a paper, without personal data as they are on the page."""
    meeting = queries.get_meeting(actor=request.actor, meeting_id=meeting_id)
    found = published_minutes(meeting=meeting)
    if found is None:
        raise NotFound
    return _paper_of(found)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_in(request: Request, meeting_id: int) -> HttpResponse:
    """Sign in to a meeting: with the QR's or the typed code, then by account or name.

    Nothing of the meeting is told to whoever does not have the code.
    """
    given = request.POST.get("pass", "")
    shown = request.GET.get("k", "") or request.POST.get("code", "")
    if not given and shown:
        given = _pass_of(request, meeting_id, shown)
    behind = meeting_behind(meeting_id=meeting_id, door_pass=given, at=request.now)
    if behind is None:
        fault = str(attending.DoorClosed()) if shown or given else ""
        facts = {"fault": fault, "meeting_id": meeting_id}
        return render(
            request, "deliberation/sign_in_code.html", facts, status=422 if fault else 200
        )
    meeting, _means = behind
    request.community = meeting.community
    is_entering = "enter" in request.POST
    form = SignInForm(request.POST if is_entering else None, meeting=meeting)
    if is_entering and form.is_valid():
        try:
            signed = attending.sign_in(
                meeting_id=meeting.pk,
                door_pass=given,
                name=form.cleaned_data["name"],
                party_id=form.cleaned_data["party"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            facts = {
                "meeting": meeting,
                "is_new": signed.is_new,
                "says": signed.attendance.says_party,
                "place": place_of(meeting=meeting),
            }
            return render(request, "deliberation/signed_in.html", facts)
    facts = {
        "meeting": meeting,
        "form": form,
        "given": given,
        "place": place_of(meeting=meeting),
        "account": request.user if request.actor.account_id is not None else None,
        "seat": reads.party_of(actor=request.actor, forum=meeting.forum),
    }
    return render(request, "deliberation/sign_in.html", facts, status=status_of(form))


def _pass_of(request: Request, meeting_id: int, shown: str) -> str:
    """Return the pass for what somebody saw; whoever guesses codes is stopped."""
    address = limits.address_of(request)
    if limits.WRONG_DOORS.is_reached(key=address):
        raise TooManyWrongCodes
    given = pass_for(meeting_id=meeting_id, shown=shown, at=request.now)
    if not given:
        limits.WRONG_DOORS.count(key=address)
    return given


_ONE = "forums/meetings/<int:meeting_id>/"

urlpatterns = [
    path(f"{_ONE}minutes/", page, name="minutes"),
    path(f"{_ONE}minutes/sign/", sign, name="sign_minutes"),
    path(f"{_ONE}minutes/keepers/", set_keepers, name="set_keepers"),
    path(f"{_ONE}minutes/paper/", paper, name="minutes_paper"),
    path("deliberate/meetings/<int:meeting_id>/", public_page, name="public_meeting"),
    path("deliberate/meetings/<int:meeting_id>/paper/", public_paper, name="public_minutes_paper"),
    path("deliberate/sign-in/<int:meeting_id>/", sign_in, name="meeting_sign_in"),
]
