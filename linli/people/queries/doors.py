"""Which doors a search names, as offices write them: 3-101, 桃溪3-1-101, 3幢1单元101室."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from linli.people.addresses import is_only_numbers, number_in, plain_of, spelt_out, tokens_in
from linli.territory.models import Building, Dwelling

_BEFORE = re.compile(r"[^0-9a-z]*")
_ESTATE_LENGTH_MIN = 2


@dataclass(frozen=True, slots=True)
class Named:
    """What an address names: buildings, and behind them doors where a room is named as well."""

    buildings: Collection[int]
    doors: Collection[int] | None = None


def named_by(*, text: str, within: Q) -> Named | None:
    """Return what of the buildings `within` an address names, or None when it is no address."""
    plain = plain_of(text)
    if len(plain) < _ESTATE_LENGTH_MIN:
        return None
    rows = list(
        Building.objects.filter(within, ended_at=None).values_list(
            "pk", "code", "name", "estate__name"
        )
    )
    estates = sorted({plain_of(row[3]) for row in rows}, key=len, reverse=True)
    begun = next((name for name in estates if name and plain.startswith(name)), "")
    rest = spelt_out(plain.removeprefix(begun))
    before = "" if begun else _BEFORE.match(rest)[0]  # type: ignore[index]  # it matches nothing too
    before = before.removesuffix("第")
    rest = rest.removeprefix(before)
    meant = {begun} if begun else {name for name in estates if before in name}
    tokens = tokens_in(rest)
    is_too_short = bool(before) and len(before) < _ESTATE_LENGTH_MIN
    if not meant or is_too_short or not is_only_numbers(rest) or len(tokens) > 3:
        return None
    if not tokens:
        return Named([row[0] for row in rows if plain_of(row[3]) in meant])
    if len(tokens) == 1 and rest.isalnum() and rest.isascii() and not (begun or before):
        return None  # A bare number is the last digits of one, or a room.
    found = [
        key
        for key, code, name, estate in rows
        if plain_of(estate) in meant
        and tokens[0] in {number_in(code), number_in(name.removeprefix(estate))}
    ]
    if not found:
        return None
    return Named(found) if len(tokens) == 1 else _behind(found, tokens[1:], rest)


def _behind(buildings: list[int], tokens: list[str], rest: str) -> Named | None:
    """Return the doors of buildings by entrance and room, by room, or by entrance."""
    by_entrance = len(tokens) == 1 and rest.endswith(("单元", "梯"))
    entrance = tokens[0] if by_entrance or len(tokens) == 2 else ""
    room = "" if by_entrance else tokens[-1]
    doors = [
        key
        for key, number, code, name in Dwelling.objects.filter(
            entrance__building__in=buildings
        ).values_list("pk", "room", "entrance__code", "entrance__name")
        if (not room or number_in(number) == room)
        and (not entrance or entrance in (number_in(code), number_in(name)))
    ]
    return Named(buildings, doors) if doors else None
