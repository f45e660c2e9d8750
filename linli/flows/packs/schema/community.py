"""What a community is: pack.yaml, territory.yaml, organisations.yaml, people.yaml, matters.yaml."""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from linli.core.clocks import Clock
from linli.flows.packs.schema.values import (
    AreaDigits,
    Code,
    Date,
    DoorCode,
    FileName,
    GridDigits,
    Limit,
    Moment,
    Name,
    Part,
    Point,
    ShortName,
    StoryKey,
    TimeLimit,
    UserName,
    text_of,
)
from linli.matters.workflow import Kind
from linli.people.models import OrganisationKind, RoleName
from linli.territory.geometry import Datum
from linli.territory.models import GridKind, Level

# --- pack.yaml ------------------------------------------------------------------------------


class Chapter(Part):
    """A label that a community's method puts on its work."""

    code: Code
    name: Name


class MethodName(Part):
    """What the community calls its way of working, and which edition of it this is."""

    name: Name
    version: Annotated[str, text_of(longest=20)]
    chapters: tuple[Chapter, ...] = ()


class PackFile(Part):
    """pack.yaml: what this pack is."""

    format: int
    code: Code
    name: Name
    demo: bool = False  # people and happenings are invented
    method: MethodName


# --- territory.yaml -------------------------------------------------------------------------


class UpperArea(Part):
    """A city, district or subdistrict that the community belongs to."""

    level: Literal[Level.CITY, Level.DISTRICT, Level.SUBDISTRICT]
    code: AreaDigits
    name: Name


class CommunityPart(Part):
    """The community, and what it says about itself."""

    code: AreaDigits
    name: Name
    founded_month: Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = ""
    office_phone: Annotated[str, text_of(longest=30, shortest=0)] = ""
    office_address: Annotated[str, text_of(longest=120, shortest=0)] = ""
    office_hours: Annotated[str, text_of(longest=60)] = "09:00-12:00,14:00-18:00"
    public_board: bool = False
    privacy_contact: Annotated[str, text_of(longest=60, shortest=0)] = ""


class LargeGrid(Part):
    """A grid of grids; its code is the three digits after the community's."""

    code: GridDigits
    name: Name


class Grid(Part):
    """A grid; within a large grid its code begins with the large grid's."""

    code: GridDigits
    name: Name
    kind: GridKind = GridKind.COMPREHENSIVE
    households_planned: Annotated[int, Field(ge=0, le=100_000)] | None = None


class MicroGrid(Part):
    """A part of a grid; its code begins with the grid's."""

    code: GridDigits
    name: Name


class EntrancePart(Part):
    """A staircase that has a name of its own."""

    code: DoorCode
    name: ShortName


def _entrances(value: Any) -> Any:
    """Write a number of staircases out: 1单元, 2单元 …"""
    if isinstance(value, list | tuple):
        return value
    if not re.fullmatch(r"[0-9]{1,2}", str(value)):
        raise PydanticCustomError("entrances_form", "neither a number nor a list")
    return [{"code": str(place), "name": f"{place}单元"} for place in range(1, int(value) + 1)]


class BuildingPart(Part):
    """A building. `entrances` is a number (1单元, 2单元 …) or a list; `rooms` is doors a storey."""

    code: DoorCode
    name: Name
    grid: GridDigits
    micro_grid: GridDigits | None = None
    storeys: Annotated[int, Field(ge=1, le=200)] | None = None
    point: Point | None = None
    entrances: Annotated[tuple[EntrancePart, ...], BeforeValidator(_entrances)] = ()
    rooms: Annotated[int, Field(ge=1, le=60)] | None = None


class EstatePart(Part):
    """An estate and what stands in it."""

    code: Code
    name: Name
    address: Annotated[str, text_of(longest=120, shortest=0)] = ""
    buildings: tuple[BuildingPart, ...] = ()


class PlacePart(Part):
    """A spot or a room with a name."""

    code: Code
    name: Name
    estate: Code | None = None
    point: Point | None = None


class PosterPart(Part):
    """A poster, on a building (`HG/3`), an entrance (`HG/3/1`) or a place."""

    building: str | None = None
    entrance: str | None = None
    place: Code | None = None


class TerritoryFile(Part):
    """territory.yaml: the tree, and what stands in it."""

    datum: Datum = Datum.WGS_84
    above: tuple[UpperArea, ...]
    community: CommunityPart
    maps: tuple[FileName, ...] = ()
    large_grids: tuple[LargeGrid, ...] = ()
    grids: tuple[Grid, ...]
    micro_grids: tuple[MicroGrid, ...] = ()
    estates: tuple[EstatePart, ...] = ()
    places: tuple[PlacePart, ...] = ()
    posters: tuple[PosterPart, ...] = ()


# --- organisations.yaml, people.yaml --------------------------------------------------------


class OrganisationPart(Part):
    """Somebody who can be given an order."""

    code: Code
    name: Name
    kind: OrganisationKind
    phone: Annotated[str, text_of(longest=30, shortest=0)] = ""
    serves: tuple[Code, ...] = ()


class OrganisationsFile(Part):
    """organisations.yaml."""

    organisations: tuple[OrganisationPart, ...]


class RolePart(Part):
    """A role, held at exactly one of an area, a building or an organisation."""

    role: RoleName
    area: str | None = None  # a grid's digits, or city, district, subdistrict, community
    building: str | None = None
    organisation: Code | None = None
    since: Date
    until: Date | None = None


class PersonPart(Part):
    """Somebody with an account."""

    username: UserName
    name: Annotated[str, text_of(longest=40)]
    phone: Annotated[str, text_of(longest=30)] | None = None
    roles: Annotated[tuple[RolePart, ...], Field(min_length=1)]


class DutyPart(Part):
    """Who takes orders for an area outside office hours."""

    key: StoryKey
    person: UserName
    area: str
    starts: Moment
    ends: Moment


class PeopleFile(Part):
    """people.yaml: accounts with their roles, and the duty roster."""

    people: tuple[PersonPart, ...]
    duties: tuple[DutyPart, ...] = ()


# --- matters.yaml ---------------------------------------------------------------------------


class MethodPart(Part):
    """How matters run here."""

    accept: TimeLimit = Limit(amount=4, clock=Clock.WORKING_HOURS)
    rating_days: Annotated[int, Field(ge=1, le=60)] = 7
    tracking_days: Annotated[int, Field(ge=1, le=3650)] = 180
    extensions_max: Annotated[int, Field(ge=0, le=20)] = 2
    hotline_columns: dict[str, Name] = {}
    reply_columns: dict[str, Name] = {}


class RateWeightsPart(Part):
    """What answers count for in the 12345 satisfaction rate from a day on, in thousandths."""

    since: Date
    satisfied: Annotated[int, Field(ge=0, le=1000)] = 1000
    basically_satisfied: Annotated[int, Field(ge=0, le=1000)]


class LevelPart(Part):
    """A settlement level, from the nearest to home outwards."""

    name: ShortName
    role: RoleName
    limit: TimeLimit


class ConditionPart(Part):
    """A filing condition; `rework` counts in the limit's clock."""

    code: Code
    name: Annotated[str, text_of(longest=80)]
    limit: TimeLimit
    rework: Annotated[int, Field(ge=1, le=9999)]


class CategoryPart(Part):
    """A kind of thing that people bring in; the first condition is the usual one."""

    code: Code
    name: Annotated[str, text_of(longest=40)]
    name_en: Annotated[str, text_of(longest=60, shortest=0)] = ""
    kind: Kind
    words: tuple[Annotated[str, text_of(longest=30)], ...] = ()
    handler: OrganisationKind | None = None
    photo_required: bool = False
    check_on_site: bool = True
    open_to_residents: bool = True
    conditions: Annotated[tuple[ConditionPart, ...], Field(min_length=1)]


class ReturnReasonPart(Part):
    """Why an order may come back, and what the desk may do next."""

    code: Code
    name: Name
    hint: Annotated[str, text_of(longest=120, shortest=0)] = ""


class MattersFile(Part):
    """matters.yaml: levels, categories with their limits, reasons for a return."""

    method: MethodPart = MethodPart()
    rate_weights: tuple[RateWeightsPart, ...] = ()
    levels: Annotated[tuple[LevelPart, ...], Field(min_length=1)]
    categories: Annotated[tuple[CategoryPart, ...], Field(min_length=1)]
    return_reasons: tuple[ReturnReasonPart, ...] = ()
