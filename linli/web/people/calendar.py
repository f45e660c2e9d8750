"""The working calendar: a year at a glance, with days set by hand."""

from calendar import Calendar
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from linli.core import calendars
from linli.core.clocks import WorkCalendar
from linli.core.errors import NotFound, Refused
from linli.people import queries
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.people.shared import OFFICE, show

_SATURDAY = 5
WEEKDAYS = (
    pgettext_lazy("weekday", "Mo"),
    pgettext_lazy("weekday", "Tu"),
    pgettext_lazy("weekday", "We"),
    pgettext_lazy("weekday", "Th"),
    pgettext_lazy("weekday", "Fr"),
    pgettext_lazy("weekday", "Sa"),
    pgettext_lazy("weekday", "Su"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a month."""

    date: date
    mood: str  # the classes it is shown with
    title: str
    is_today: bool


class DayForm(forms.Form):
    """Whether one day is worked."""

    day = forms.DateField(widget=forms.HiddenInput())
    is_workday = forms.ChoiceField(
        label=_("On this day the office"),
        choices=[("1", _("works")), ("0", _("is closed")), ("", _("follows the official notice"))],
        required=False,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("What it is"),
        required=False,
        max_length=60,
        help_text=_("For instance “swapped for National Day”."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*OFFICE)
def year(request: Request) -> HttpResponse:
    """Show a year; a secretary or overseer sets single days by hand."""
    years = calendars.years_at(at=request.now)
    chosen = _year(request.GET.get("year", ""), request, years)
    may_set = bool(calendars.KEEPERS & request.actor.roles)
    if request.method == "POST" and not may_set:
        raise NotFound
    calendar = calendars.calendar_at(at=request.now)
    by_hand = calendars.days_set(year=chosen)
    day = _day(request.GET.get("day", ""), chosen)
    form = DayForm(request.POST or None, initial=_initial(day, by_hand))
    if request.method == "POST" and "confirm" in request.POST:
        return _confirm(request, chosen)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            calendars.set_day(
                day=wanted["day"],
                is_workday={"1": True, "0": False}.get(wanted["is_workday"]),
                name=wanted["name"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The day was set. Limits that begin from now on use it."))
            return redirect(f"{reverse('calendar')}?year={wanted['day'].year}")
    facts = {
        "year": chosen,
        "years": [(one, one == chosen) for one in years],
        "is_provisional": calendar.is_provisional(chosen),
        "is_confirmed": calendars.is_confirmed(year=chosen),
        "months": _months(chosen, calendar, by_hand, queries.local_day(at=request.now)),
        "weekdays": WEEKDAYS,
        "by_hand": by_hand.values(),
        "may_set": may_set,
        "form": form,
        "day": day,
    }
    return show(request, "people/calendar.html", "calendar", facts, status=status_of(form))


def _confirm(request: Request, year: int) -> HttpResponse:
    """Take a year's notice as entered, or take that back."""
    if request.POST["confirm"] == "1":
        calendars.confirm_year(year=year, actor=request.actor, at=request.now)
        messages.success(request, _("The year counts as official. Its deadlines are final."))
    else:
        calendars.reopen_year(year=year, actor=request.actor, at=request.now)
        messages.success(request, _("The year is provisional again."))
    return redirect(f"{reverse('calendar')}?year={year}")


def _months(
    year: int, calendar: WorkCalendar, by_hand: dict[date, Any], today: date
) -> list[dict[str, Any]]:
    return [
        {
            "first": date(year, month, 1),
            "weeks": [
                [
                    _cell(day, calendar, by_hand, today) if day.month == month else None
                    for day in week
                ]
                for week in Calendar().monthdatescalendar(year, month)
            ],
        }
        for month in range(1, 13)
    ]


def _cell(day: date, calendar: WorkCalendar, by_hand: dict[date, Any], today: date) -> Cell:
    works = calendar.is_workday(day)
    holiday = calendar.holiday_name(day) or ""
    weekend = day.weekday() >= _SATURDAY
    if works:
        mood, title = ("day-swapped", str(_("works"))) if weekend else ("", "")
    elif holiday or not weekend:
        mood, title = "day-holiday", holiday or str(_("is closed"))
    else:
        mood, title = "day-off", ""
    if day in by_hand:
        mood, title = f"{mood} day-by-hand", by_hand[day].name or title
    return Cell(date=day, mood=mood, title=title, is_today=day == today)


def _initial(day: date | None, by_hand: dict[date, Any]) -> dict[str, Any]:
    known = None if day is None else by_hand.get(day)
    if known is None:
        return {"day": day, "is_workday": ""}
    return {"day": day, "is_workday": "1" if known.is_workday else "0", "name": known.name}


def _year(text: str, request: Request, years: range) -> int:
    if not text:
        return queries.local_day(at=request.now).year
    if not text.isdigit() or int(text) not in years:
        raise NotFound
    return int(text)


def _day(text: str, year: int) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year == year else None
