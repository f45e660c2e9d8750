"""Find the building or spot that an address names, in the words of whoever took the call."""

import re
from dataclasses import dataclass

from linli.language.normal import normalise
from linli.territory import queries as territory
from linli.territory.queries import Location

PLACE_TEXT_MAX = 120
_BUILDING = re.compile(r"(\d{1,4})\s*(?:号楼|幢|栋|座|号|#)")
_ENTRANCE = re.compile(r"(\d{1,2})\s*单元")


@dataclass(frozen=True, slots=True)
class Spot:
    """What an address names most closely; all None when it names nothing that we know."""

    label: str = ""
    estate_id: int | None = None
    building_id: int | None = None
    place_id: int | None = None
    entrance: str = ""


NOWHERE = Spot()


class PlaceFinder:
    """The names of one community, read once for a whole workbook."""

    def __init__(self, *, community_id: int) -> None:
        self._community_id = community_id
        # The longest names first: 翠园东区 before 翠园.
        self._estates = sorted(
            (
                (normalise(text=one.name), one)
                for one in territory.list_estates(community_id=community_id)
            ),
            key=lambda pair: -len(pair[0]),
        )
        self._places = sorted(
            (
                (normalise(text=one.name), one)
                for one in territory.list_places(community_id=community_id)
            ),
            key=lambda pair: -len(pair[0]),
        )
        self._buildings: dict[tuple[int, str], tuple[int, str]] = {}
        for building in territory.list_buildings(community_id=community_id):
            for name in (building.code, building.name):
                number = "".join(re.findall(r"\d+", name)[:1])
                if number:
                    key = (building.estate_id, str(int(number)))
                    label = f"{building.estate.name} {building.name}"
                    self._buildings.setdefault(key, (building.pk, label))

    def find(self, *, address: str, text: str = "") -> Spot:
        """Return what the address names, or failing that what the text of the order names."""
        for words in (address, text):
            spot = self._named_in(normalise(text=words))
            if spot.label:
                return spot
        return NOWHERE

    def _named_in(self, words: str) -> Spot:
        estate = next((pair for pair in self._estates if pair[0] and pair[0] in words), None)
        if estate is not None:
            rest = words.split(estate[0], 1)[1]
            number = _BUILDING.search(rest)
            found = self._buildings.get((estate[1].pk, str(int(number[1])))) if number else None
            if found is not None and number is not None:
                entrance = _ENTRANCE.search(rest[number.end() :])
                return Spot(
                    label=found[1],
                    estate_id=estate[1].pk,
                    building_id=found[0],
                    entrance=str(int(entrance[1])) if entrance else "",
                )
        place = next((pair for pair in self._places if pair[0] and pair[0] in words), None)
        if place is not None:
            return Spot(label=place[1].name, place_id=place[1].pk)
        if estate is not None:
            return Spot(label=estate[1].name, estate_id=estate[1].pk)
        return NOWHERE

    def locate(self, *, spot: Spot, address: str) -> Location:
        """Return every key of a spot, or the community itself, with the address in its words."""
        entrance_id = None
        if spot.building_id is not None and spot.entrance:
            entrances = territory.list_entrances(building_id=spot.building_id)
            named = [one.pk for one in entrances if _number(one.code) == spot.entrance]
            entrance_id = named[0] if named else None
        return territory.locate(
            community_id=self._community_id,
            entrance_id=entrance_id,
            building_id=spot.building_id,
            place_id=spot.place_id,
            estate_id=spot.estate_id,
            area_id=self._community_id,
            place_text=normalise(text=address)[:PLACE_TEXT_MAX],
        )


def _number(code: str) -> str:
    digits = re.findall(r"\d+", code)
    return str(int(digits[0])) if digits else ""
