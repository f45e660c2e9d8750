"""Say a message in the reader's language: code and facts → a title and a sentence.

A message keeps codes and plain facts; it is worded when it is shown. A restricted matter has a code
of its own whose words say nothing about it. Facts that a wording names and a message lacks are
left empty, so that an old message can always be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from linli.notify.models import Topic

TOPICS = {
    Topic.ORDER: _("What is mine to do"),
    Topic.DEADLINE: _("Deadlines"),
    Topic.OBJECTION: _("Objections I judge"),
    Topic.PROGRESS: _("Progress of what I brought in"),
    Topic.SUPERVISION: _("Requests from above"),
    Topic.ACCOUNT: _("My account"),
}


@dataclass(frozen=True, slots=True)
class Worded:
    """A message as somebody reads it."""

    title: str
    sentence: str


_RESTRICTED = _("Please open it to see what it is about. Nothing of it is sent in messages.")

WORDINGS: Mapping[str, tuple[Any, Any]] = {
    # To be accepted, dispatched, judged
    "to_accept": (_("New report"), _("%(what)s was reported. Please accept it.")),
    "to_dispatch": (_("To be dispatched again"), _("%(what)s needs a new handler.")),
    "on_your_level": (
        _("A matter reached your level"),
        _("%(what)s was not settled in time and is now with %(level)s."),
    ),
    "to_judge": (
        _("An objection to judge"),
        _("%(unit)s objects to the order for %(what)s. Please judge as a third."),
    ),
    "given_back": (
        _("An order was given back"),
        _("%(unit)s gave back %(what)s: %(reason)s. It stays theirs until another takes it."),
    ),
    "time_asked": (
        _("More time is asked for"),
        _("%(unit)s asks for more time for %(what)s. Please answer."),
    ),
    "to_verify": (
        _("To be verified"),
        _("%(unit)s says that %(what)s is done. Please check it."),
    ),
    "unmerged": (
        _("A merge was undone"),
        _("%(what)s stands by itself again. Please see to it."),
    ),
    # To whoever holds the order
    "order": (_("New order"), _("%(what)s is yours to handle by %(due)s. Please take it.")),
    "order_again": (
        _("Rework"),
        _("%(what)s is not put right yet and comes back to you. Due by %(due)s."),
    ),
    "order_gone": (_("An order ended"), _("%(what)s is no longer yours to handle.")),
    "order_stands": (
        _("Your objection was overruled"),
        _("%(what)s stays yours to handle by %(due)s."),
    ),
    "objection_upheld": (
        _("Your objection was upheld"),
        _("%(what)s is no longer yours to handle."),
    ),
    "return_refused": (
        _("Your return was refused"),
        _("%(what)s stays yours to handle by %(due)s."),
    ),
    "time_granted": (_("More time was granted"), _("%(what)s is now due by %(due)s.")),
    "time_refused": (
        _("More time was refused"),
        _("%(what)s is still due by %(due)s."),
    ),
    "paused": (_("An order is paused"), _("The clock of %(what)s stands still until %(until)s.")),
    "resumed": (_("An order goes on"), _("The clock of %(what)s runs again; due by %(due)s.")),
    "changed": (
        _("An order was put into another category"),
        _("It is now %(what)s, due by %(due)s."),
    ),
    # Deadlines and requests from above
    "overdue": (_("Overdue"), _("%(what)s was due by %(due)s and is not done.")),
    "nudged": (_("A nudge"), _("%(what)s is being asked after. Please move it on.")),
    "supervised": (
        _("Under supervision"),
        _("%(what)s is watched from above. Please move it on and say how it stands."),
    ),
    # To whoever brought it in
    "accepted": (_("Your report was accepted"), _("%(what)s will be handled by %(due)s.")),
    "declined": (
        _("Your report was not accepted"),
        _("%(what)s was not accepted. Open it to read why."),
    ),
    "joined": (
        _("Your report joined another"),
        _("%(what)s is handled together with an earlier report of the same thing."),
    ),
    "to_rate": (
        _("Your report was put right"),
        _("%(what)s was checked. Please say whether it is solved."),
    ),
    "answered": (
        _("Your question was answered"),
        _("%(what)s was answered. Please say whether that settles it."),
    ),
    # Nothing of its content
    "restricted": (_("A restricted matter needs you"), _RESTRICTED),
    # My account
    "role_given": (
        _("You were given a role"),
        _("From %(from)s you have a new role. Your account shows where."),
    ),
    "role_ended": (
        _("A role of yours ended"),
        _("Its last day is %(until)s. Your account shows what is still yours."),
    ),
    "password_reset": (
        _("Your password was reset"),
        _("If you did not ask for it, tell your office at once."),
    ),
    "second_factor_reset": (
        _("Your second factor was taken away"),
        _(
            "Set up a new one when you sign in. "
            "If you did not ask for it, tell your office at once."
        ),
    ),
    "stands_in": (
        _("You stand in for somebody"),
        _("From %(from)s to %(until)s what is %(name)s's is also yours."),
    ),
    "stood_in_for": (
        _("Somebody stands in for you"),
        _("From %(from)s to %(until)s %(name)s sees to what is yours."),
    ),
    "stand_in_over": (_("A stand-in is over"), _("Everybody has their own tasks again.")),
    # Visits
    "call_soon": (
        _("Please call on a household within 24 hours"),
        _("Something happened there. Please call by %(due)s; open it to see where."),
    ),
    "call_late": (
        _("Nobody called within 24 hours"),
        _("A household was to be called on. Please see to it that somebody goes now."),
    ),
    "calls_taken_over": (
        _("Visits of somebody else are now yours"),
        _("%(calls)s visits of %(name)s are yours from now on: %(reason)s"),
    ),
    "nobodys_calls": (
        _("Visits wait for somebody who is gone"),
        _("%(calls)s visits of %(name)s wait for nobody. Please hand them over."),
    ),
    "on_duty": (
        _("You are on duty"),
        _("From %(from)s to %(until)s what comes in out of hours reaches you."),
    ),
    # Meetings
    "meeting_planned": (
        _("You are invited to a meeting"),
        _("“%(name)s” of %(forum)s: %(from)s, %(where)s."),
    ),
    "meeting_changed": (
        _("A meeting was changed"),
        _("“%(name)s” of %(forum)s is now held %(from)s, %(where)s."),
    ),
    "meeting_cancelled": (
        _("A meeting was cancelled"),
        _("“%(name)s” of %(forum)s on %(from)s is not held."),
    ),
    "minutes_to_sign": (
        _("Minutes wait for your signature"),
        _("“%(name)s” of %(forum)s is over. Please read the minutes and sign them."),
    ),
    # Opinions
    "opinion_answered": (
        _("What you said was answered"),
        _("The community answered what you said. Please read it."),
    ),
    "opinion_in_topic": (
        _("What you said is talked over"),
        _("It is now part of the topic “%(title)s”."),
    ),
    "opinion_taken_out": (
        _("What you said is looked at anew"),
        _("It was taken out of its topic and will be answered by itself. Please read why."),
    ),
    "topic_step": (_("A topic of yours moved on"), _("“%(title)s”: “%(step)s” has begun.")),
    "topic_published": (
        _("A topic of yours has a result"),
        _("“%(title)s” was talked over; its result is published."),
    ),
    "topic_carried_out": (
        _("A topic of yours is being carried out"),
        _("What was decided on “%(title)s” is being carried out."),
    ),
    "topic_judged": (
        _("Is a topic of yours done well?"),
        _("Those whom “%(title)s” touches are asked what they say of it."),
    ),
    "topic_closed": (_("A topic of yours is closed"), _("“%(title)s” is closed.")),
    "topic_returned": (
        _("A topic of yours goes back"),
        _("“%(title)s” goes back to be talked over again."),
    ),
    "topic_dropped": (
        _("A topic of yours is not talked over"),
        _("“%(title)s” is not talked over; please read why."),
    ),
    "topic_late": (
        _("A topic’s step is late"),
        _("The step of “%(title)s” was to be done by %(due)s. Please see to it."),
    ),
    "judgement_open": (
        _("People are asked about a result"),
        _("What came of “%(title)s” is judged. Please print the slips and hand them out."),
    ),
    "topic_again": (
        _("A topic is back to be talked over"),
        _("“%(title)s” begins round %(round)s, and you answer for it until %(due)s."),
    ),
    "vote_waits_for_keys": (
        _("A secret ballot waits for its tellers"),
        _("“%(title)s” is closed. Please count it together with the other teller; bring your key."),
    ),
    "opinions_wait": (
        _("Opinions wait for an answer"),
        _("%(count)s opinions have waited more than %(days)s days. Please answer them."),
    ),
    # Written by this room itself
    "channel_test": (
        _("Linli can reach you here"),
        _("This is the test that you asked for. Nothing needs to be done."),
    ),
}
"""Every code a message may have, with its words."""

_MOMENTS = ("due", "until", "from")


def word(*, code: str, facts: Mapping[str, Any]) -> Worded:
    """Return the title and sentence of a message in the language that is active.

    Moments (`due`, `until`, `from`) are ISO texts and come out as a date and time of here.
    """
    title, sentence = WORDINGS[code]
    said = _Lenient({name: _plain(name, value) for name, value in facts.items()})
    said.setdefault("what", _what(facts))
    return Worded(title=str(title) % said, sentence=str(sentence) % said)


class _Lenient(dict[str, str]):
    """Facts in which what is missing reads as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def _what(facts: Mapping[str, Any]) -> str:
    """Return which matter it is: what kind of thing, where, and its number."""
    english = (get_language() or "").startswith("en")
    name = (facts.get("category_en") if english else "") or facts.get("category") or ""
    where = facts.get("place") or ""
    number = facts.get("number") or ""
    if name and where:
        called = pgettext("matter in a message", "“%(name)s” at %(where)s")
    else:
        called = pgettext("matter in a message", "“%(name)s”")
    called %= {"name": name or gettext("Matter"), "where": where}
    if number:
        called = pgettext("matter in a message", "%(called)s (No. %(number)s)") % {
            "called": called,
            "number": number,
        }
    return called


def _plain(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name not in _MOMENTS:
        return str(value)
    text = str(value)
    if len(text) == len("2026-03-04"):
        return formats.date_format(datetime.fromisoformat(text), gettext("M j"))
    moment = timezone.localtime(datetime.fromisoformat(text))
    return formats.date_format(moment, gettext("M j, H:i"))
