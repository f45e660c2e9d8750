"""What happened to an entry on the roster: which fields and why, never what stood there."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from linli.people import events, queries
from linli.web.access import Request
from linli.web.labels import label_of
from linli.web.roster.forms import PersonForm
from linli.web.telling import Entry, tell_events

if TYPE_CHECKING:
    from linli.core.models import Event
    from linli.people.models import Resident


def story_of(request: Request, *, resident: "Resident", is_kept: bool) -> dict[str, Any]:
    """Return what a resident's page says of mergers to all, and of all else to who keeps it."""
    happened = queries.events_of_resident(resident=resident)
    told = tell_events(events=happened, actor=request.actor)
    entries = [
        replace(entry, text="、".join(_details(event)))
        for event, entry in zip(happened, told, strict=True)
    ]
    return {
        "entries": entries if is_kept else [],
        "merging": _merging(happened, entries) if resident.merged_into_id else None,
        "merged_into": queries.merged_into(actor=request.actor, resident=resident)
        if resident.merged_into_id
        else None,
        "doubles": queries.doubles_of(actor=request.actor, resident=resident),
    }


def _merging(happened: "list[Event]", entries: list[Entry]) -> Entry | None:
    """Return who made a double one with another entry, and when."""
    pairs = zip(reversed(happened), reversed(entries), strict=True)
    return next((entry for event, entry in pairs if "into_id" in event.facts), None)


def _details(event: "Event") -> Iterator[str]:
    """Give in words what more an event says: names of fields, a day, why somebody left."""
    facts = event.facts
    if event.name in (events.RESIDENT_CHANGED, events.RESIDENTS_MERGED):
        for name in facts.get("fields", ()):
            field = PersonForm.base_fields.get(name)
            yield name if field is None else str(field.label)
    if event.name == events.NUMBER_OPENED:
        field = PersonForm.base_fields.get(str(facts.get("field", "")))
        yield "" if field is None else str(field.label)
    if facts.get("departure"):
        yield label_of(code=str(facts["departure"]), table="departure")
    if facts.get("on"):
        yield date.fromisoformat(facts["on"]).isoformat()
