"""One meeting at the office: its page, its agenda, who is there, and opening it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import NotEntitled, NotFound, Refused
from linli.deliberation import queries
from linli.deliberation.queries import meetings as reads
from linli.deliberation.queries.doors import door_of
from linli.deliberation.queries.minutes import place_of
from linli.deliberation.services import agenda, attending, meetings
from linli.deliberation.services.errors import StepNotAllowed
from linli.flows import agendas
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.address import whole_address
from linli.web.deliberation.frame import SEATED, show
from linli.web.handler import qr_of
from linli.web.lists.common import PICK_MAX, PickFilter, keys_of, numbers_in


class OpenForm(forms.Form):
    """Opening a meeting: who is expected, and why it is opened without somebody."""

    expected = forms.IntegerField(
        label=gettext_lazy("People expected"),
        min_value=1,
        max_value=meetings.EXPECTED_MOST,
        help_text=gettext_lazy(
            "The seats of the parties that must be there. The quorum is counted from it; whoever "
            "enters fewer says why."
        ),
    )
    expected_reason = forms.CharField(
        label=gettext_lazy("Why fewer are expected than have a seat"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The minutes print it."),
    )
    missing_reason = forms.CharField(
        label=gettext_lazy("Why it is opened without them"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The minutes print it."),
    )


class SheetForm(forms.Form):
    """Names from the paper sheet."""

    party = forms.TypedChoiceField(
        label=gettext_lazy("Party"), required=False, coerce=int, empty_value=None
    )
    lines = forms.CharField(
        label=gettext_lazy("Names from the paper sheet"),
        widget=forms.Textarea,
        help_text=gettext_lazy(
            "One a line, or with 、 between. “Party: names” takes the names in for a party."
        ),
    )

    def __init__(self, *args: Any, meeting: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parties = reads.parties_at(meeting=meeting)
        self.fields["party"].choices = [  # type: ignore[attr-defined]
            ("", _("of no party, or as the lines say")),
            *((one.pk, one.name) for one in parties),
        ]


class LinesForm(forms.Form):
    """Further lines of an agenda."""

    lines = forms.CharField(
        label=gettext_lazy("Further items, one a line"), required=False, widget=forms.Textarea
    )


class NumbersForm(forms.Form):
    """Matters named by their numbers."""

    numbers = forms.CharField(
        label=gettext_lazy("Or type their numbers"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("For example 2026-12, 2026-15."),
    )


# --- The page ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEATED)
def page(request: Request, meeting_id: int) -> HttpResponse:
    """Show a meeting: who is there and who is missing before it, the way on after it."""
    meeting = _inside(request, meeting_id)
    room = reads.room_of(meeting=meeting)
    form = OpenForm(request.POST or None, initial={"expected": room.expected or 1})
    if request.method == "POST" and form.is_valid():
        try:
            meetings.open_meeting(
                meeting_id=meeting.pk, actor=request.actor, at=request.now, **form.cleaned_data
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The meeting is open. Write down what is said here."))
            return redirect("record", meeting_id=meeting.pk)
    return _show_page(request, meeting, room, form, status=status_of(form))


def _show_page(
    request: Request, meeting: Any, room: Any, form: OpenForm, *, status: int = 200
) -> HttpResponse:
    rules = meeting.ground_rules or queries.ground_rules_of(forum=meeting.forum)
    facts = {
        "meeting": meeting,
        "room": room,
        "form": form,
        "place": place_of(meeting=meeting),
        "items": _items(request, meeting),
        "rules": rules,
        "keeps": reads.keeps(actor=request.actor, meeting=meeting),
        "runs": queries.may_run(actor=request.actor, community_id=meeting.community_id),
        "has_door": reads.takes_sign_ins(meeting=meeting, at=request.now),
        "is_planned": meeting.state == "PLANNED",
        "is_talk": meeting.kind == "TALK",
        "may_settle": meeting.state == "PLANNED",
        "is_open": meeting.state == "OPEN",
        "is_over": meeting.state in ("ENDED", "SIGNED", "PUBLISHED"),
        "is_cancelled": meeting.state == "CANCELLED",
    }
    return show(request, "deliberation/meeting.html", "meetings", facts, status=status)


def _items(request: Request, meeting: Any) -> list[dict[str, Any]]:
    matters = agendas.matters_on(actor=request.actor, meeting=meeting)
    return [
        {"item": item, "matter": matters.get(item.ref)} for item in reads.items_of(meeting=meeting)
    ]


# --- The agenda -------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEATED)
def edit_agenda(request: Request, meeting_id: int) -> HttpResponse:
    """Choose topics, add lines, and put them in order."""
    meeting = _kept(request, meeting_id)
    form = LinesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _draw_up(request, meeting, form)
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("agenda", meeting_id=meeting.pk)
    facts = {
        "meeting": meeting,
        "form": form,
        "items": _items(request, meeting),
        "topics": [
            {"topic": one, "is_ready": reads.is_ready(topic=one)}
            for one in reads.topics_for(actor=request.actor, meeting=meeting)
        ],
        "ticked": set(request.POST.getlist("topic")),
    }
    return show(request, "deliberation/agenda.html", "meetings", facts, status=status_of(form))


def _draw_up(request: Request, meeting: Any, form: LinesForm) -> None:
    """Do what the pressed button says: move an item, drop it, or add what was chosen."""
    act, _mark, key = request.POST.get("do", "add").partition(":")
    given = {"actor": request.actor, "at": request.now}
    chosen = next(iter(keys_of([key])), None)
    if act == "drop" and chosen is not None:
        agenda.drop_item(item_id=chosen, **given)
    elif act in ("up", "down"):
        order = [item.pk for item in reads.items_of(meeting=meeting)]
        if chosen not in order:
            raise NotFound
        here = order.index(chosen)
        there = max(here - 1, 0) if act == "up" else min(here + 1, len(order) - 1)
        order[here], order[there] = order[there], order[here]
        agenda.order_agenda(meeting_id=meeting.pk, item_ids=order, **given)
    else:
        lines = [one for one in form.cleaned_data["lines"].splitlines() if one.strip()]
        agenda.add_to_agenda(
            meeting_id=meeting.pk,
            topic_ids=keys_of(request.POST.getlist("topic")),
            lines=[agenda.Line(one) for one in lines],
            **given,
        )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEATED)
def pick_matters(request: Request, meeting_id: int) -> HttpResponse:
    """Put open matters of the community on the agenda."""
    meeting = _kept(request, meeting_id)
    form = NumbersForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        numbers = numbers_in(form.cleaned_data["numbers"])
        try:
            count = agendas.add_matters(
                meeting_id=meeting.pk,
                matter_ids=[*keys_of(request.POST.getlist("matter")), *numbers],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            said = ngettext("%(n)s matter was added.", "%(n)s matters were added.", count)
            messages.success(request, said % {"n": count})
            return redirect("agenda", meeting_id=meeting.pk)
    pick = PickFilter(request.GET, community_id=meeting.community_id)
    rows = pick.rows(actor=request.actor, community_id=meeting.community_id, at=request.now)
    found = list(rows[: PICK_MAX + 1])
    facts = {
        "meeting": meeting,
        "form": form,
        "filter_form": pick,
        "matters": found[:PICK_MAX],
        "has_more": len(found) > PICK_MAX,
        "ticked": set(request.POST.getlist("matter")),
    }
    return show(
        request, "deliberation/agenda_matters.html", "meetings", facts, status=status_of(form)
    )


# --- Who is there -----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*SEATED)
def people(request: Request, meeting_id: int) -> HttpResponse:
    """Show who is there by party, and take names in from the paper sheet."""
    meeting = _kept(request, meeting_id)
    form = SheetForm(request.POST or None, meeting=meeting)
    if request.method == "POST" and form.is_valid():
        try:
            entered = attending.enter_sheet(
                meeting_id=meeting.pk,
                lines=form.cleaned_data["lines"],
                party_id=form.cleaned_data["party"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            said = ngettext("%(n)s person signed in.", "%(n)s people signed in.", entered.new_count)
            if entered.known_count:
                said += " " + ngettext(
                    "%(known)s was there already.",
                    "%(known)s were there already.",
                    entered.known_count,
                )
            told = {"n": entered.new_count, "known": entered.known_count}
            messages.success(request, said % told)
            return redirect("meeting_people", meeting_id=meeting.pk)
    facts = {
        "meeting": meeting,
        "form": form,
        "room": reads.room_of(meeting=meeting),
        "takes": reads.takes_sign_ins(meeting=meeting, at=request.now),
        "is_planned": meeting.state == "PLANNED",
        "may_take_off": meeting.state in ("PLANNED", "OPEN"),
        "may_settle": meeting.state in ("PLANNED", "OPEN", "ENDED"),
    }
    return show(
        request, "deliberation/meeting_people.html", "meetings", facts, status=status_of(form)
    )


@require_POST
@for_roles(*SEATED)
def take_off(request: Request, meeting_id: int, attendance_id: int) -> HttpResponse:
    """Take somebody off the list who was entered by mistake."""
    _kept(request, meeting_id)
    try:
        attending.take_off(attendance_id=attendance_id, actor=request.actor, at=request.now)
    except attending.HasSpoken as refused:
        messages.error(request, str(refused))
    return redirect("meeting_people", meeting_id=meeting_id)


@require_POST
@for_roles(*SEATED)
def settle(request: Request, meeting_id: int) -> HttpResponse:
    """Say of people whether they are of the party they say: of one by its button, or of many."""
    _kept(request, meeting_id)
    act, _mark, key = request.POST.get("do", "").partition(":")
    services = {"confirm": attending.confirm_claims, "decline": attending.decline_claims}
    if act not in services:
        raise NotFound
    try:
        services[act](
            meeting_id=meeting_id,
            attendance_ids=keys_of([key] if key else request.POST.getlist("claim")),
            actor=request.actor,
            at=request.now,
        )
    except (StepNotAllowed, attending.BothDisagreed) as refused:
        messages.error(request, str(refused))
    return _back(request, meeting_id)


@require_POST
@for_roles(*SEATED)
def same_person(request: Request, meeting_id: int) -> HttpResponse:
    """Say that two on the list are one person."""
    _kept(request, meeting_id)
    two = keys_of(request.POST.getlist("one"))
    if len(two) != 2:
        raise NotFound
    try:
        attending.same_person(
            meeting_id=meeting_id,
            attendance_id=two[0],
            other_id=two[1],
            actor=request.actor,
            at=request.now,
        )
    except (StepNotAllowed, attending.BothDisagreed, attending.TwoAccounts) as refused:
        messages.error(request, str(refused))
    return _back(request, meeting_id)


def _back(request: Request, meeting_id: int) -> HttpResponse:
    """Lead back to the page on which the button stood."""
    is_of_meeting = request.POST.get("page") == "meeting"
    return redirect("meeting" if is_of_meeting else "meeting_people", meeting_id=meeting_id)


@require_safe
@never_cache
@for_roles(*SEATED)
def screen(request: Request, meeting_id: int) -> HttpResponse:
    """Fill a screen with the code of this half minute; a piece of it is asked for again."""
    meeting = _kept(request, meeting_id)
    is_open = reads.takes_sign_ins(meeting=meeting, at=request.now)
    door = door_of(meeting=meeting, at=request.now) if is_open else None
    address = ""
    if door is not None:
        path_to = reverse("meeting_sign_in", args=[meeting.pk])
        address = whole_address(request=request, path=f"{path_to}?k={door.token}")
    facts = {
        "meeting": meeting,
        "door": door,
        "code": f"{door.code[:3]} {door.code[3:]}" if door is not None else "",
        "qr": qr_of(text=address) if address else "",
        "typed_at": whole_address(
            request=request, path=reverse("meeting_sign_in", args=[meeting.pk])
        ),
        "room": reads.room_of(meeting=meeting),
    }
    template = "deliberation/_door.html" if request.htmx else "deliberation/screen.html"
    return render(request, template, facts)


@require_safe
@for_roles(*SEATED)
def sheet(request: Request, meeting_id: int) -> HttpResponse:
    """Show a sign-in sheet to print: the parties with their seats, and empty lines."""
    meeting = _inside(request, meeting_id)
    parties = reads.parties_at(meeting=meeting)
    facts = {
        "meeting": meeting,
        "place": place_of(meeting=meeting),
        "parties": [(one, range(one.seats)) for one in parties],
        "lines": range(max(6, 18 - sum(one.seats for one in parties))),
    }
    return render(request, "deliberation/sign_in_sheet.html", facts)


# --- Parts ------------------------------------------------------------------------------------


def _inside(request: Request, meeting_id: int) -> Any:
    return reads.get_meeting_inside(actor=request.actor, meeting_id=meeting_id)


def _kept(request: Request, meeting_id: int) -> Any:
    """Return a meeting that this person writes down."""
    meeting = _inside(request, meeting_id)
    if not reads.keeps(actor=request.actor, meeting=meeting):
        raise NotEntitled
    return meeting


_ONE = "forums/meetings/<int:meeting_id>/"

urlpatterns = [
    path(_ONE, page, name="meeting"),
    path(f"{_ONE}agenda/", edit_agenda, name="agenda"),
    path(f"{_ONE}agenda/matters/", pick_matters, name="agenda_matters"),
    path(f"{_ONE}people/", people, name="meeting_people"),
    path(f"{_ONE}people/claims/", settle, name="settle_claims"),
    path(f"{_ONE}people/same/", same_person, name="same_person"),
    path(f"{_ONE}people/<int:attendance_id>/off/", take_off, name="take_off_meeting"),
    path(f"{_ONE}screen/", screen, name="meeting_screen"),
    path(f"{_ONE}sheet/", sheet, name="sign_in_sheet"),
]
