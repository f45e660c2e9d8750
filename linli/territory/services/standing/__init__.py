"""What stands in the territory: estates, buildings, entrances, dwellings and named places."""

from linli.territory.services.standing.buildings import (
    GridNotUsable,
    MicroGridElsewhere,
    NoGridHere,
    add_building,
    change_building,
    draw_building,
    end_building,
)
from linli.territory.services.standing.entrances import (
    add_dwellings,
    add_entrance,
    change_entrance,
    storey_of,
)
from linli.territory.services.standing.estates import (
    EstateInUse,
    add_estate,
    change_estate,
    draw_estate,
    end_estate,
    initials_of,
)
from linli.territory.services.standing.places import (
    EstateNotUsable,
    PlaceGridNotUsable,
    add_place,
    change_place,
    end_place,
)

__all__ = [
    "EstateInUse",
    "EstateNotUsable",
    "GridNotUsable",
    "MicroGridElsewhere",
    "NoGridHere",
    "PlaceGridNotUsable",
    "add_building",
    "add_dwellings",
    "add_entrance",
    "add_estate",
    "add_place",
    "change_building",
    "change_entrance",
    "change_estate",
    "change_place",
    "draw_building",
    "draw_estate",
    "end_building",
    "end_estate",
    "end_place",
    "initials_of",
    "storey_of",
]
