"""What a community is made of: its areas, estates, buildings, places, organisations, categories."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router
from pydantic import Field

from linli.api.caller import READ, REPORT, Caller, caller_of
from linli.api.operations import reads
from linli.api.paging import cut
from linli.api.schemas.common import (
    Coded,
    Key,
    Listed,
    Named,
    Paging,
    PathKey,
    Point,
    name_of,
    named,
    point_of,
)
from linli.api.schemas.matters import Level, coded_of
from linli.core.errors import NotFound
from linli.matters import queries as matters
from linli.people import queries as people
from linli.territory import queries as territory
from linli.territory.queries import Listing

router = Router(tags=["registers"])


class OfCommunity(Paging):
    """Of which community, and which page."""

    community_id: Key


class OfCommunityPart(OfCommunity):
    """Narrowed to an area, or by words that match names, codes and pinyin initials."""

    area_id: Key | None = None
    query: str = Field("", max_length=60)


class AreaRow(Coded):
    """A node of the grid tree."""

    level: str
    kind: str
    parent_id: int | None
    community_id: int | None


class AreaDetail(AreaRow):
    """A node of the grid tree with its boundary as GeoJSON in WGS-84."""

    boundary: dict[str, Any] | None
    households_planned: int | None


class EstateRow(Coded):
    """A residential compound."""

    community_id: int
    address: str


class BuildingRow(Coded):
    """A building, in one grid."""

    estate: Named
    grid: Named
    micro_grid: Named | None
    storeys: int | None
    point: Point | None


class PlaceRow(Coded):
    """A spot or a room that has a name."""

    community_id: int
    grid: Named | None
    estate: Named | None
    point: Point | None


class OrganisationRow(Coded):
    """An organisation that handles orders or works with the community."""

    kind: str
    community_id: int
    is_ended: bool


class ConditionRow(Coded):
    """A filing condition with its time limit in one of four clocks; the first is the usual one."""

    clock: str
    amount: int
    rework_amount: int


class CategoryRow(Coded):
    """What kind of thing it is."""

    name_en: str
    kind: str
    handler_kind: str
    photo_required: bool
    open_to_residents: bool
    conditions: list[ConditionRow]


class AreaList(Listed):
    """One page of areas."""

    items: list[AreaRow]


class EstateList(Listed):
    """One page of estates."""

    items: list[EstateRow]


class BuildingList(Listed):
    """One page of buildings."""

    items: list[BuildingRow]


class PlaceList(Listed):
    """One page of places."""

    items: list[PlaceRow]


class OrganisationList(Listed):
    """One page of organisations."""

    items: list[OrganisationRow]


class CategoryList(Listed):
    """One page of categories."""

    items: list[CategoryRow]


class ReasonList(Listed):
    """The reasons for which an order may be given back."""

    items: list[Coded]


class LevelList(Listed):
    """The settlement levels from the nearest to home upwards."""

    items: list[Level]


class CommunityList(Listed):
    """The communities whose register is open to the caller."""

    items: list[Coded]


# --- Places ---------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    wanted: OfCommunityPart,
    listing: Listing,
    shown: Callable[[Any], Any],
) -> dict[str, Any]:
    rows = territory.list_register(
        actor=caller_of(request).actor,
        community_id=wanted.community_id,
        listing=listing,
        area_id=wanted.area_id,
        query=wanted.query,
    )
    return _cut(rows, wanted, f"{listing}", shown)


def _cut(
    rows: Sequence[Any], wanted: Paging, name: str, shown: Callable[[Any], Any]
) -> dict[str, Any]:
    page, after = cut(rows=rows, key=_key, name=name, after=wanted.after, limit=wanted.limit)
    return {"items": [shown(row) for row in page], "after": after}


def _key(row: Any) -> Any:
    return row.id


@reads(router, "/communities", answers=CommunityList, summary=_("Communities"), paged=True)
def list_communities(request: HttpRequest, wanted: Query[Paging]) -> CommunityList:
    """Return the communities whose register the caller may read."""
    rows = territory.list_communities(actor=caller_of(request).actor)
    return CommunityList(**_cut(rows, wanted, "communities", coded_of))


@reads(router, "/areas", answers=AreaList, summary=_("Grids and other areas"), paged=True)
def list_areas(request: HttpRequest, wanted: Query[OfCommunityPart]) -> AreaList:
    """Return the areas of a community, from large grids to micro-grids."""
    return AreaList(**_page(request, wanted, Listing.AREAS, _area))


@reads(router, "/areas/{area_id}", answers=AreaDetail, summary=_("One area with its boundary"))
def get_area(request: HttpRequest, area_id: PathKey) -> AreaDetail:
    """Return one area."""
    area = territory.get_area(actor=caller_of(request).actor, id=area_id)
    return AreaDetail(
        **_area(area).model_dump(),
        boundary=area.boundary,
        households_planned=area.households_planned,
    )


def _area(area: Any) -> AreaRow:
    return AreaRow(
        id=area.pk,
        code=area.code,
        name=area.name,
        level=area.level,
        kind=area.kind,
        parent_id=area.parent_id,
        community_id=area.community_id,
    )


@reads(router, "/estates", answers=EstateList, summary=_("Estates"), paged=True)
def list_estates(request: HttpRequest, wanted: Query[OfCommunityPart]) -> EstateList:
    """Return the estates of a community."""
    return EstateList(**_page(request, wanted, Listing.ESTATES, _estate))


@reads(router, "/estates/{estate_id}", answers=EstateRow, summary=_("One estate"))
def get_estate(request: HttpRequest, estate_id: PathKey) -> EstateRow:
    """Return one estate."""
    return _estate(territory.get_estate(actor=caller_of(request).actor, id=estate_id))


def _estate(estate: Any) -> EstateRow:
    return EstateRow(
        id=estate.pk,
        code=estate.code,
        name=estate.name,
        community_id=estate.community_id,
        address=estate.address,
    )


@reads(router, "/buildings", answers=BuildingList, summary=_("Buildings"), paged=True)
def list_buildings(request: HttpRequest, wanted: Query[OfCommunityPart]) -> BuildingList:
    """Return the buildings of a community in the order one walks them."""
    return BuildingList(**_page(request, wanted, Listing.BUILDINGS, _building))


@reads(router, "/buildings/{building_id}", answers=BuildingRow, summary=_("One building"))
def get_building(request: HttpRequest, building_id: PathKey) -> BuildingRow:
    """Return one building."""
    return _building(territory.get_building(actor=caller_of(request).actor, id=building_id))


def _building(building: Any) -> BuildingRow:
    return BuildingRow(
        id=building.pk,
        code=building.code,
        name=building.name,
        estate=name_of(building.estate),
        grid=name_of(building.grid),
        micro_grid=named(building.micro_grid),
        storeys=building.storeys,
        point=point_of(building),
    )


@reads(router, "/places", answers=PlaceList, summary=_("Named places"), paged=True)
def list_places(request: HttpRequest, wanted: Query[OfCommunityPart]) -> PlaceList:
    """Return the named places of a community."""
    return PlaceList(**_page(request, wanted, Listing.PLACES, _place))


@reads(router, "/places/{place_id}", answers=PlaceRow, summary=_("One named place"))
def get_place(request: HttpRequest, place_id: PathKey) -> PlaceRow:
    """Return one named place."""
    return _place(territory.get_place(actor=caller_of(request).actor, id=place_id))


def _place(place: Any) -> PlaceRow:
    return PlaceRow(
        id=place.pk,
        code=place.code,
        name=place.name,
        community_id=place.community_id,
        grid=named(place.grid),
        estate=named(place.estate),
        point=point_of(place),
    )


# --- Organisations ----------------------------------------------------------------------------


@reads(router, "/organisations", answers=OrganisationList, summary=_("Organisations"), paged=True)
def list_organisations(request: HttpRequest, wanted: Query[Paging]) -> OrganisationList:
    """Return the organisations in the caller's scope that are not ended."""
    caller = caller_of(request)
    rows = people.list_organisations(actor=caller.actor, at=caller.at)
    return OrganisationList(**_cut(rows, wanted, "organisations", _organisation))


@reads(
    router,
    "/organisations/{organisation_id}",
    answers=OrganisationRow,
    summary=_("One organisation"),
)
def get_organisation(request: HttpRequest, organisation_id: PathKey) -> OrganisationRow:
    """Return one organisation, also an ended one."""
    actor = caller_of(request).actor
    return _organisation(people.get_organisation(actor=actor, organisation_id=organisation_id))


def _organisation(row: Any) -> OrganisationRow:
    ended_at: datetime | None = row.ended_at
    return OrganisationRow(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        community_id=row.community_id,
        is_ended=ended_at is not None,
    )


# --- What a community files its matters by ----------------------------------------------------


@reads(
    router,
    "/categories",
    answers=CategoryList,
    summary=_("Categories with their filing conditions"),
    scopes=(READ, REPORT),
    paged=True,
)
def list_categories(request: HttpRequest, wanted: Query[OfCommunity]) -> CategoryList:
    """Return a community's categories in use; for the public, those open to residents."""
    caller = caller_of(request)
    _must_work_there(caller, wanted.community_id)
    rows = matters.list_categories(
        community_id=wanted.community_id, for_residents=caller.community_id is not None
    )
    return CategoryList(**_cut(list(rows), wanted, "categories", _category))


def _category(row: Any) -> CategoryRow:
    conditions = [one for one in row.conditions.all() if one.ended_at is None]
    conditions.sort(key=lambda one: (one.position, one.pk))
    return CategoryRow(
        **coded_of(row).model_dump(),
        name_en=row.name_en,
        kind=row.kind,
        handler_kind=row.handler_kind,
        photo_required=row.photo_required,
        open_to_residents=row.open_to_residents,
        conditions=[
            ConditionRow(
                **coded_of(one).model_dump(),
                clock=one.clock,
                amount=one.amount,
                rework_amount=one.rework_amount,
            )
            for one in conditions
        ],
    )


@reads(router, "/return-reasons", answers=ReasonList, summary=_("Reasons to give back"), paged=True)
def list_return_reasons(request: HttpRequest, wanted: Query[OfCommunity]) -> ReasonList:
    """Return the reasons for which an order may be given back."""
    _must_work_there(caller_of(request), wanted.community_id)
    rows = list(matters.list_return_reasons(community_id=wanted.community_id))
    return ReasonList(**_cut(rows, wanted, "return-reasons", coded_of))


@reads(router, "/levels", answers=LevelList, summary=_("Settlement levels"), paged=True)
def list_levels(request: HttpRequest, wanted: Query[OfCommunity]) -> LevelList:
    """Return the settlement levels of a community."""
    _must_work_there(caller_of(request), wanted.community_id)
    rows = matters.list_levels(community_id=wanted.community_id)
    return LevelList(**_cut(rows, wanted, "levels", _level))


def _level(row: Any) -> Level:
    return Level(id=row.pk, name=row.name, position=row.position)


def _must_work_there(caller: Caller, community_id: int) -> None:
    """Let those read how a community files who work there or for it.

    :raises NotFound: for everybody else.
    """
    if community_id in caller.actor.community_ids or community_id == caller.community_id:
        return
    territory.get_community(actor=caller.actor, community_id=community_id)
    if caller.community_id is not None:
        raise NotFound
