"""Events as programs read them: who, what, when, keys and codes; and what was written with them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linli.api.schemas.matters import EventRow
from linli.language.mask import scrub_personal_data
from linli.matters.dossier import Dossier
from linli.matters.said import said_with
from linli.people import queries as people

if TYPE_CHECKING:
    from linli.core.models import Event


def rows_of_events(*, events: "Sequence[Event]", known: Dossier | None = None) -> list[EventRow]:
    """Return events in the order given, names read in one query; texts need the dossier."""
    actors = {event.pk: _actor_of(event.actor) for event in events}
    names = people.names_of(account_ids={key for kind, key in actors.values() if key is not None})
    rows = []
    for event in events:
        kind, key = actors[event.pk]
        text, photos = ("", []) if known is None else said_with(event=event, dossier=known)
        rows.append(
            EventRow(
                id=event.pk,
                name=event.name,
                happened_at=event.happened_at,
                trace=event.trace,
                matter_id=event.subject_id,
                actor_kind=kind,
                actor_id=key,
                actor_name=names.get(key, "") if key is not None else "",
                facts=event.facts,
                text=scrub_personal_data(text=text),
                attachments=[photo.token for photo in photos],
            )
        )
    return rows


def _actor_of(key: str) -> tuple[str, int | None]:
    """Return the kind of an actor and, of accounts alone, the key."""
    kind, _colon, number = key.partition(":")
    return kind, int(number) if kind == "account" and number.isdecimal() else None
