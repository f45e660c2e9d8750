"""What a matter's state means to whoever asked for it, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.matters import events
from linli.matters.workflow import State

_WITH_NAME: Mapping[str, Any] = {
    State.DISPATCHED: _("It was passed to %(who)s, who will take it up."),
    State.TAKEN: _("%(who)s is working on it."),
    State.PAUSED: _("%(who)s has it; the work is paused for a reason."),
    State.RETURNED: _("%(who)s could not do it; the community is finding who can."),
    State.RESOLVED: _("%(who)s says it is done. Somebody else is now checking it."),
    State.REWORK: _("It was not put right. %(who)s has to do it again."),
}
_PLAIN: Mapping[str, Any] = {
    State.REPORTED: _("We have it. The community will look at it first."),
    State.ACCEPTED: _("The community has accepted it and is finding who will put it right."),
    State.DISPATCHED: _("It was passed on and will be taken up."),
    State.OBJECTED: _("It is being decided who has to do it."),
    State.TAKEN: _("Somebody is working on it."),
    State.PAUSED: _("The work is paused for a reason."),
    State.RETURNED: _("It could not be done there; the community is finding who can."),
    State.RESOLVED: _("It is said to be done. Somebody else is now checking it."),
    State.REWORK: _("It was not put right and has to be done again."),
    State.VERIFIED: _("It was checked and found put right. Please tell us what you think."),
    State.CLOSED: _("It is settled and closed."),
    State.DECLINED: _("The community could not accept it; the reason stands below."),
    State.WITHDRAWN: _("It was withdrawn."),
}
_ANSWERED: Mapping[str, Any] = {
    State.VERIFIED: _("It was answered. Please tell us whether that settles it."),
    State.CLOSED: _("It was answered and closed."),
}
_RESTRICTED = _("It is with the person in charge, who treats it confidentially.")

# The way every matter goes, as five stations on the page.
STATIONS = (
    (_("Reported"), frozenset({State.REPORTED})),
    (_("Accepted"), frozenset({State.ACCEPTED})),
    (
        _("Being handled"),
        frozenset(
            {
                State.DISPATCHED,
                State.OBJECTED,
                State.TAKEN,
                State.PAUSED,
                State.RETURNED,
                State.REWORK,
            }
        ),
    ),
    (_("Checked"), frozenset({State.RESOLVED})),
    (_("Put right"), frozenset({State.VERIFIED, State.CLOSED})),
)

_ANSWERED_STATIONS = (*STATIONS[:3], (_("Answered"), frozenset({State.VERIFIED, State.CLOSED})))

_MILESTONES: Mapping[str, Any] = {
    events.REPORTED: _("You reported it"),
    events.ACCEPTED: _("The community accepted it"),
    events.DECLINED: _("The community could not accept it"),
    events.DISPATCHED: _("Passed on to be handled"),
    events.TAKEN: _("Work on it began"),
    events.RETURNED: _("Given back by the unit"),
    events.PAUSED: _("Paused"),
    events.RESUMED: _("Work goes on"),
    events.SETTLED: _("Settled on the spot"),
    events.RESOLVED: _("Said to be done"),
    events.VERIFIED: _("Checked and found put right"),
    events.ANSWERED: _("Answered"),
    events.REWORK_ASKED: _("Sent back to be done again"),
    events.CLIMBED: _("Passed up, because it took too long"),
    events.MERGED: _("Joined with the same thing reported by neighbours"),
    events.UNMERGED: _("Handled by itself again"),
    events.WITHDRAWN: _("Withdrawn"),
    events.CLOSED: _("Closed"),
}


@dataclass(frozen=True, slots=True)
class Station:
    """One of the five stations: passed, reached, or still ahead."""

    name: Any
    is_passed: bool
    is_here: bool


def where_it_stands(*, state: str, who: str, is_restricted: bool, was_answered: bool) -> str:
    """Return one sentence that says where it stands; an answer is never called an inspection."""
    if is_restricted and state not in (State.VERIFIED, State.CLOSED, State.WITHDRAWN):
        return str(_RESTRICTED)
    if was_answered and state in _ANSWERED:
        return str(_ANSWERED[state])
    if who and state in _WITH_NAME:
        return str(_WITH_NAME[state]) % {"who": who}
    return str(_PLAIN.get(state, "")) or gettext("It is being looked at.")


def stations(*, state: str, was_answered: bool) -> list[Station]:
    """Return the stations, for a matter that is on its way; none for one that left it.

    What its answer ended was never checked, so that station is not on its way.
    """
    way = _ANSWERED_STATIONS if was_answered else STATIONS
    places = [index for index, (_name, states) in enumerate(way) if state in states]
    if not places:
        return []
    here = places[0]
    return [
        Station(name=name, is_passed=index < here, is_here=index == here)
        for index, (name, _states) in enumerate(way)
    ]


def milestone(*, event_name: str) -> str:
    """Return what an event means to whoever asked; empty for what happens behind the desk."""
    return str(_MILESTONES.get(event_name, ""))
