"""Find the door that a row names: by estate, building, entrance and room, or by one address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from linli.people.addresses import number_in, plain_of, spelt_out, tokens_in
from linli.people.books.registers import ADDRESS, BUILDING, ENTRANCE, ESTATE, ROOM
from linli.territory.models import Dwelling

_FIRST_NUMBER = re.compile(r"[\da-z]")
_BEFORE_ESTATE = re.compile(r".*(?:社区|街道|[省市县镇乡路]|[^小]区)")
_SHORT_LEAST = 2  # characters


class DoorUnknown(ValueError):
    """No door, or more than one; `column` says where to look, the message is the sentence."""

    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column


@dataclass(frozen=True, slots=True)
class Door:
    """A dwelling of the register, with what its household copies from the ground."""

    id: int
    building_id: int
    label: str


class DoorFinder:
    """Every door of a community, read once for a whole workbook."""

    def __init__(self, *, community_id: int) -> None:
        rows = Dwelling.objects.filter(
            entrance__building__estate__community_id=community_id,
            entrance__building__ended_at=None,
        ).values_list(
            "id",
            "room",
            "entrance__code",
            "entrance__name",
            "entrance__building_id",
            "entrance__building__code",
            "entrance__building__name",
            "entrance__building__estate__code",
            "entrance__building__estate__name",
        )
        self._estates: dict[str, str] = {}  # what people write → the estate's code
        self._doors: dict[tuple[str, str, str], list[tuple[str, Door]]] = {}
        self._buildings: set[tuple[str, str]] = set()
        seen: set[tuple[str, str]] = set()
        for key, room, unit, unit_name, building_id, code, name, estate, estate_name in rows:
            if (estate, estate_name) not in seen:
                seen.add((estate, estate_name))
                self._estates.setdefault(plain_of(estate_name), estate)
                self._estates.setdefault(plain_of(estate), estate)
            label = " ".join(part for part in (estate_name, name, unit_name, room) if part)
            door = Door(id=key, building_id=building_id, label=label)
            for building in _names(code, name.removeprefix(estate_name)):
                self._buildings.add((estate, building))
                kept = self._doors.setdefault((estate, building, number_in(room)), [])
                for entrance in _names(unit, unit_name):
                    kept.append((entrance, door))
        # The longest names first: 翠园东区 before 翠园.
        self._longest = sorted(self._estates, key=len, reverse=True)
        self._known: dict[tuple[str, ...], Door] = {}

    @property
    def is_empty(self) -> bool:
        """Tell whether the community has no door at all."""
        return not self._doors

    def find(self, *, named: Mapping[str, str]) -> Door:
        """Return the door that the cells of a row name.

        :raises DoorUnknown: with the column and what is wrong with it.
        """
        asked = tuple(named.get(key, "") for key in (ADDRESS, ESTATE, BUILDING, ENTRANCE, ROOM))
        if (known := self._known.get(asked)) is None:
            address, estate, building, entrance, room = asked
            if building or room:
                known = self._by_parts(estate, building, entrance, room)
            else:
                known = self._by_address(address, estate)
            self._known[asked] = known
        return known

    def _by_parts(self, estate: str, building: str, entrance: str, room: str) -> Door:
        for column, value in ((BUILDING, building), (ROOM, room)):
            if not value:
                raise DoorUnknown(column, _("This cell is empty."))
        code = self._estate_of(estate, building)
        plain = plain_of(building)
        for name in self._longest:
            if self._estates[name] == code and plain.startswith(name):
                plain = plain.removeprefix(name)
        return self._pick(
            code, number_in(plain), number_in(entrance), number_in(room), BUILDING, ROOM
        )

    def _by_address(self, address: str, estate: str) -> Door:
        if not address:
            raise DoorUnknown(ADDRESS, _("This cell is empty."))
        plain = plain_of(address)
        named = next((name for name in self._longest if name in plain), "")
        short = "" if named or estate else self._estate_in_short(plain)
        code = self._estates[named] if named else short or self._estate_of(estate, "")
        rest = plain.split(named, 1)[1] if named else plain
        tokens = tokens_in(rest)
        if len(tokens) == 3:
            return self._pick(code, tokens[0], tokens[1], tokens[2], ADDRESS, ADDRESS)
        if len(tokens) == 2:
            return self._pick(code, tokens[0], "", tokens[1], ADDRESS, ADDRESS)
        raise DoorUnknown(
            ADDRESS, _("Building, entrance and room cannot be told apart. Write 3幢2单元501.")
        )

    def _estate_in_short(self, address: str) -> str:
        """Return the only estate that begins as an address does: 桃溪3幢 is of 桃溪新村."""
        words = _FIRST_NUMBER.split(spelt_out(address), maxsplit=1)[0]
        said = _BEFORE_ESTATE.sub("", words)
        if len(said) < _SHORT_LEAST:
            return ""
        near = {code for name, code in self._estates.items() if name.startswith(said)}
        return near.pop() if len(near) == 1 else ""

    def _estate_of(self, estate: str, building: str) -> str:
        plain = plain_of(estate)
        if not plain:
            begun = next(
                (name for name in self._longest if plain_of(building).startswith(name)), ""
            )
            if begun:
                return self._estates[begun]
            if len(set(self._estates.values())) == 1:
                return next(iter(self._estates.values()))
            raise DoorUnknown(ESTATE, _("No estate is named here that the register of places has."))
        if plain in self._estates:
            return self._estates[plain]
        near = {self._estates[name] for name in self._longest if name in plain or plain in name}
        if len(near) == 1:
            return near.pop()
        raise DoorUnknown(
            ESTATE, _("The register of places has no estate “%(name)s”.") % {"name": estate}
        )

    def _pick(  # a door has this many parts
        self, estate: str, building: str, entrance: str, room: str, at_building: str, at_room: str
    ) -> Door:
        if (estate, building) not in self._buildings:
            raise DoorUnknown(
                at_building,
                _("The register of places has no building “%(name)s” in this estate.")
                % {"name": building},
            )
        doors = self._doors.get((estate, building, room), [])
        found = {door.id: door for name, door in doors if not entrance or name == entrance}
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise DoorUnknown(
                at_room, _("Several entrances have this room. Name the entrance as well.")
            )
        raise DoorUnknown(
            at_room,
            _("The register of places has no such door. Add it there, or correct the row."),
        )


@lru_cache(maxsize=4_096)
def _names(code: str, name: str) -> tuple[str, ...]:
    """Return what a building or entrance is called: by its code and by its name, plainly."""
    return tuple(dict.fromkeys((number_in(code), number_in(name))))
