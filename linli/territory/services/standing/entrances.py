"""Entrances of buildings, and the dwellings behind them."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.language.normal import normalise
from linli.territory import events
from linli.territory.models import Area, Dwelling, Entrance
from linli.territory.scope import require_writer
from linli.territory.services.fields import (
    ENTRANCE_CODE_MAX,
    ENTRANCE_NAME_MAX,
    ROOM_MAX,
    Faults,
    FieldMissing,
    FieldTooLong,
    apply_changes,
    changes_of,
    clean_text,
    code_is_free,
)
from linli.territory.services.standing._shared import in_use, kept_building, tell_of

_ROOM_SPLIT = re.compile(r"[\s,，、;；]+")


@transaction.atomic
def add_entrance(*, building_id: int, code: str, name: str, actor: Actor, at: datetime) -> Entrance:
    """Add an entrance (单元) to a building.

    :raises CodeTaken: when another entrance of the building has the code.
    """
    building = kept_building(building_id=building_id, actor=actor)
    community = building.estate.community
    values = _entrance_values(code, name)
    with code_is_free(code=values["code"]):
        entrance = Entrance.objects.create(building=building, **values)
    tell_of(events.ENTRANCE_ADDED, "entrance", entrance, community, actor, at, code=entrance.code)
    return entrance


@transaction.atomic
def change_entrance(
    *, entrance_id: int, code: str, name: str, actor: Actor, at: datetime
) -> Entrance:
    """Change an entrance's code or name."""
    entrance, community = _entrance(entrance_id, actor)
    changes = changes_of(row=entrance, values=_entrance_values(code, name))
    if changes:
        with code_is_free(code=code):
            apply_changes(row=entrance, changes=changes)
        fields = sorted(changes)
        tell_of(events.ENTRANCE_CHANGED, "entrance", entrance, community, actor, at, fields=fields)
    return entrance


@transaction.atomic
def add_dwellings(
    *, entrance_id: int, rooms: str | Iterable[str], actor: Actor, at: datetime
) -> list[Dwelling]:
    """Add dwellings behind an entrance; rooms that are there already stay as they are.

    `rooms` is a list, or one text in which rooms are set apart by spaces, commas or lines. The
    storey is read from the number: 502 is on storey 5.

    :raises FieldMissing: when no room is named.
    """
    entrance, community = _entrance(entrance_id, actor)
    named = _ROOM_SPLIT.split(rooms) if isinstance(rooms, str) else list(rooms)
    wanted = list(dict.fromkeys(room for one in named if (room := normalise(text=one))))
    if not wanted:
        raise FieldMissing(field="rooms")
    if any(len(room) > ROOM_MAX for room in wanted):
        raise FieldTooLong(field="rooms", limit=ROOM_MAX)
    known = set(Dwelling.objects.filter(entrance=entrance).values_list("room", flat=True))
    made = Dwelling.objects.bulk_create(
        Dwelling(entrance=entrance, room=room, storey=storey_of(room=room))
        for room in wanted
        if room not in known
    )
    if made:
        total = len(made)
        tell_of(events.DWELLINGS_ADDED, "entrance", entrance, community, actor, at, total=total)
    return made


def storey_of(*, room: str) -> int | None:
    """Return the storey that a room's number says: 502 → 5, 1203 → 12; None for 甲 or 5."""
    match = re.fullmatch(r"([1-9][0-9]?)[0-9]{2}", room)
    return int(match[1]) if match else None


def _entrance_values(code: str, name: str) -> dict[str, Any]:
    faults = Faults()
    values = {
        "code": faults.take(lambda: clean_text(value=code, field="code", limit=ENTRANCE_CODE_MAX)),
        "name": faults.take(lambda: clean_text(value=name, field="name", limit=ENTRANCE_NAME_MAX)),
    }
    faults.settle()
    return values


def _entrance(entrance_id: int, actor: Actor) -> tuple[Entrance, Area]:
    rows = Entrance.objects.select_related("building__estate__community")
    entrance = rows.filter(pk=entrance_id).first()
    if entrance is None:
        raise NotFound
    community = entrance.building.estate.community
    require_writer(actor=actor, community=community)
    in_use(row=entrance.building)
    return entrance, community
