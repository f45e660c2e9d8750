"""What was written in the same moment as an event, and the photos that came with it.

An event keeps no words of a person; they stand in the rows that were written with it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from linli.core.models import Attachment, Event
from linli.matters import events
from linli.matters.dossier import Dossier


def said_with(*, event: Event, dossier: Dossier) -> tuple[str, list[Attachment]]:
    """Return the text and photos that were written in the same moment as the event."""
    find = _TEXTS.get(event.name)
    text = find(event, dossier) if find is not None else ""
    photos: list[Attachment] = []
    if event.name == events.REPORTED and event.subject_id == dossier.matter.pk:
        photos = [one for one in dossier.report_photos if one.uploaded_at <= event.happened_at]
    elif event.name in (events.RESOLVED, events.SETTLED):
        since = _round_began(event, dossier)
        photos = [
            one for one in dossier.result_photos if since < one.uploaded_at <= event.happened_at
        ]
    return text, photos


def _round_began(event: Event, dossier: Dossier) -> datetime:
    """Return when work on the result that an event reports began: after the result before it."""
    before = [
        one.happened_at
        for one in dossier.events
        if one.name in (events.RESOLVED, events.SETTLED) and one.pk < event.pk
    ]
    return max(before, default=datetime.min.replace(tzinfo=event.happened_at.tzinfo))


def _order_text(moment: str, text: str) -> Callable[[Event, Dossier], str]:
    def find(event: Event, dossier: Dossier) -> str:
        for order in dossier.orders:
            if getattr(order, moment) == event.happened_at:
                return str(getattr(order, text))
        return ""

    return find


def _of_current_order(text: str) -> Callable[[Event, Dossier], str]:
    """Find a text whose moment the order does not keep: of the last order sent before the event."""

    def find(event: Event, dossier: Dossier) -> str:
        sent = [one for one in dossier.orders if one.dispatched_at <= event.happened_at]
        return str(getattr(sent[-1], text)) if sent else ""

    return find


def _note(event: Event, dossier: Dossier) -> str:
    return "\n".join(note.text for note in dossier.notes if note.written_at == event.happened_at)


def _comment(event: Event, dossier: Dossier) -> str:
    given = [rating for ratings in dossier.ratings.values() for rating in ratings]
    return "\n".join(one.comment for one in given if one.rated_at == event.happened_at)


def _told_text(event: Event, dossier: Dossier) -> str:
    told = [one for many in dossier.told.values() for one in many]
    return "\n".join(one.text for one in told if one.told_at == event.happened_at)


def _mediation(event: Event, dossier: Dossier) -> str:
    held = [one for one in dossier.mediations if one.recorded_at == event.happened_at]
    return "\n".join(part for one in held for part in (one.text, one.agreement) if part)


def _time_reason(event: Event, dossier: Dossier) -> str:
    asked = [one for one in dossier.time_requests if one.asked_at == event.happened_at]
    return "\n".join(one.reason for one in asked)


def _time_answer(event: Event, dossier: Dossier) -> str:
    decided = [one for one in dossier.time_requests if one.decided_at == event.happened_at]
    return "\n".join(one.answer for one in decided)


def _report_text(event: Event, dossier: Dossier) -> str:
    return dossier.matter.text if event.subject_id == dossier.matter.pk else ""


def _reason_given(event: Event, dossier: Dossier) -> str:  # noqa: ARG001  # as all of _TEXTS
    return str(event.facts.get("reason", ""))


_TEXTS: Mapping[str, Callable[[Event, Dossier], str]] = {
    events.REPORTED: _report_text,
    events.DECLINED: _note,
    events.RECALLED: _note,
    events.OBJECTED: _of_current_order("objection"),
    events.OBJECTION_UPHELD: _of_current_order("judgement"),
    events.OBJECTION_OVERRULED: _of_current_order("judgement"),
    events.RETURNED: _of_current_order("return_note"),
    events.RETURN_REFUSED: _of_current_order("judgement"),
    events.SETTLED: _order_text("resolved_at", "resolution"),
    events.RESOLVED: _order_text("resolved_at", "resolution"),
    events.VERIFIED: _note,
    events.REWORK_ASKED: _note,
    events.RATED: _comment,
    events.CLIMBED: _note,
    events.SUPERVISED: _note,
    events.NOTED: _note,
    events.WITHDRAWN: _note,
    events.TOLD: _told_text,
    events.CONTACT_OPENED: _reason_given,
    events.MEDIATED: _mediation,
    events.TIME_ASKED: _time_reason,
    events.EXTENDED: _time_answer,
    events.PAUSED: _time_answer,
    events.TIME_REFUSED: _time_answer,
}
