"""The duty roster, a week at a time."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.core.calendars import calendar_at
from linli.core.clocks import SHANGHAI, OutsideCalendar, WorkCalendar
from linli.core.errors import Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.people.shared import KEEPERS, OFFICE, community_in_view, show

_CLOSES, _OPENS = time(18), time(9)
_MOMENT = "%Y-%m-%dT%H:%M"
_YEARS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the roster."""

    date: date
    is_today: bool
    is_past: bool
    is_off: bool
    holiday: str
    duties: list[Any]
    starts_at: str  # what a duty added here begins with


class DutyForm(forms.Form):
    """Who, where, from when to when."""

    account = forms.TypedChoiceField(label=_("Who is on duty"), coerce=int)
    area = forms.TypedChoiceField(label=_("Duty for"), coerce=int)
    starts_at = forms.DateTimeField(
        label=_("Begins"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
        input_formats=[_MOMENT],
    )
    ends_at = forms.DateTimeField(
        label=_("Ends"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
        input_formats=[_MOMENT],
    )

    def __init__(self, *args: Any, accounts: list[Any], areas: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["account"]).choices = [
            ("", _("Please choose")),
            *((one.pk, one.name) for one in accounts),
        ]
        cast(forms.ChoiceField, self.fields["area"]).choices = [
            (area.pk, area.name) for area in areas
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*OFFICE)
def week(request: Request) -> HttpResponse:
    """Show a week's duty; whoever keeps the roster adds to it."""
    community, communities = community_in_view(request)
    today = queries.local_day(at=request.now)
    monday = _monday(request.GET.get("week", ""), today)
    may_keep = queries.keeps(actor=request.actor, community_id=community.pk)
    accounts = queries.accounts_in(community_id=community.pk, at=request.now)
    form = DutyForm(
        request.POST or None,
        accounts=accounts,
        areas=queries.duty_areas(community_id=community.pk),
        initial=_initial(request, community.pk, today, calendar_at(at=request.now)),
    )
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            people.set_duty(
                area_id=wanted["area"],
                account_id=wanted["account"],
                starts_at=wanted["starts_at"],
                ends_at=wanted["ends_at"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The duty is on the roster."))
            start = queries.local_day(at=wanted["starts_at"])
            return redirect(_address(community.pk, _monday_of(start)))
    facts = {
        "form": form,
        "community": community,
        "communities": communities,
        "days": _days(request, community.pk, monday, today),
        "on_duty": queries.names_of(
            account_ids=queries.on_duty(
                area_ids=[area.pk for area in queries.duty_areas(community_id=community.pk)],
                at=request.now,
            )
        ).values(),
        "may_keep": may_keep,
        "has_people": bool(accounts),
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "earlier": _address(community.pk, monday - timedelta(days=7)),
        "later": _address(community.pk, monday + timedelta(days=7)),
        "this_week": _address(community.pk, _monday_of(today)),
    }
    return show(request, "people/duty.html", "duty", facts, status=status_of(form))


@require_POST
@for_roles(*KEEPERS)
def end(request: Request, duty_id: int) -> HttpResponse:
    """Take a duty off the roster."""
    queries.get_duty(actor=request.actor, duty_id=duty_id)
    people.end_duty(duty_id=duty_id, actor=request.actor, at=request.now)
    messages.success(request, _("The duty was taken off the roster."))
    community, _communities = community_in_view(request)
    monday = _monday(request.POST.get("week", ""), queries.local_day(at=request.now))
    return redirect(_address(community.pk, monday))


def _days(request: Request, community_id: int, monday: date, today: date) -> list[Day]:
    first = datetime.combine(monday, time.min, SHANGHAI)
    duties = queries.duties_between(
        community_id=community_id, first=first, last=first + timedelta(days=7)
    )
    calendar = calendar_at(at=request.now)
    days = []
    for number in range(7):
        day = monday + timedelta(days=number)
        is_off = not _is_workday(calendar, day)
        begins = datetime.combine(day, _OPENS if is_off else _CLOSES, SHANGHAI)
        shown = [
            duty
            for duty in duties
            # What began before the week is shown on its first day.
            if max(queries.local_day(at=duty.starts_at), monday) == day
        ]
        days.append(
            Day(
                date=day,
                is_today=day == today,
                is_past=day < today,
                is_off=is_off,
                holiday=calendar.holiday_name(day) or "",
                duties=shown,
                starts_at=begins.strftime(_MOMENT),
            )
        )
    return days


def _initial(
    request: Request, community_id: int, today: date, calendar: WorkCalendar
) -> dict[str, Any]:
    """Return a night (or a day off and its night) as what is most often wanted."""
    try:
        starts_at = datetime.fromisoformat(request.GET.get("starts_at", "")).replace(
            tzinfo=SHANGHAI
        )
    except ValueError:
        begins = _CLOSES if _is_workday(calendar, today) else _OPENS
        starts_at = datetime.combine(today, begins, SHANGHAI)
    ends_at = datetime.combine(starts_at.date() + timedelta(days=1), _OPENS, SHANGHAI)
    return {"area": community_id, "starts_at": starts_at, "ends_at": ends_at}


def _is_workday(calendar: WorkCalendar, day: date) -> bool:
    try:
        return calendar.is_workday(day)
    except OutsideCalendar:
        return day.weekday() < 5


def _monday(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    return _monday_of(day if abs(day.year - today.year) <= _YEARS_SHOWN else today)


def _monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _address(community_id: int, monday: date) -> str:
    return f"{reverse('duty')}?community={community_id}&week={monday.isoformat()}"
