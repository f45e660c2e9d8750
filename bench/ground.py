"""The ground that made-up matters stand on: a city with two districts, down to entrances.

A district has subdistricts of ten communities; a community has 12 grids in 3 rows of 4, 6 estates
of two grids each, 72 buildings, its people, its companies, its categories and its levels.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from bench.words import ESTATES, THEMES, person
from linli.core.clocks import Clock
from linli.matters.models import Category, Condition, Method, ReturnReason
from linli.matters.models import Level as SettlementLevel
from linli.people.models import Account, Organisation, OrganisationKind, Role, RoleName
from linli.territory.models import (
    Area,
    Building,
    Community,
    Entrance,
    Estate,
    GridKind,
    Level,
    MapRevision,
)

CITY_CODE = "3299"
GRIDS = 12
_COLUMNS, _GRID_WIDTH, _GRID_HEIGHT = 4, 0.0075, 0.01  # degrees
_ORIGIN = (118.0, 31.5)
_SINCE = date(2015, 1, 1)
_BY = "system:bench"


@dataclass(slots=True)
class Village:
    """One community, as the keys that its matters need."""

    area_id: int
    columns: dict[str, int | None]  # its city, district, subdistrict
    grids: list[int] = field(default_factory=list)
    buildings: dict[int, list[tuple[int, int, str, float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # by grid: building, estate, its name, longitude, latitude
    entrances: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    categories: dict[str, tuple[int, int]] = field(default_factory=dict)  # code → it, condition
    levels: list[int] = field(default_factory=list)
    staff: list[int] = field(default_factory=list)
    grid_workers: dict[int, int] = field(default_factory=dict)
    companies: list[int] = field(default_factory=list)
    handlers: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    return_reason_id: int = 0


def village_count(*, rows: int) -> int:
    """Return how many communities so many matters stand for: about 5,000 to each, 2 to 200."""
    return max(2, min(200, rows // 5_000))


@transaction.atomic
def make_ground(*, villages: int, seed: int, at: datetime) -> None:
    """Write the ground; `at` is when the story of its matters ends."""
    random = Random(f"{seed}:ground")
    city = _area(CITY_CODE, "南都市", Level.CITY, None)
    districts = [_area(f"{CITY_CODE}{n:02d}", f"{n}号区", Level.DISTRICT, city) for n in (1, 2)]
    subdistricts: dict[str, Area] = {}
    overseers = [(f"qu{n}", district) for n, district in enumerate(districts, 1)]
    for number in range(villages):
        # Three of four communities lie in the first district, which is the big one.
        district = districts[1 if number % 4 == 3 else 0]
        code = f"{district.code}{number // 10 + 1:03d}"
        if code not in subdistricts:
            subdistricts[code] = _area(
                code, f"第{number // 10 + 1}街道", Level.SUBDISTRICT, district
            )
            overseers.append((f"jiedao{code}", subdistricts[code]))
        _make_village(number=number, above=subdistricts[code], random=random, at=at)
    accounts = _accounts([(name, "督查") for name, _ in overseers], at=at)
    Role.objects.bulk_create(
        _role(accounts[name], RoleName.OVERSEER, area=area) for name, area in overseers
    )
    MapRevision.objects.all().delete()
    MapRevision.objects.create()


def read_ground() -> list[Village]:
    """Return every community of the ground, in the order in which it was made."""
    communities = Area.objects.filter(level=Level.COMMUNITY, code__startswith=CITY_CODE)
    villages = {
        area.pk: Village(
            area_id=area.pk,
            columns={
                "city_id": area.city_id,
                "district_id": area.district_id,
                "subdistrict_id": area.subdistrict_id,
                "community_id": area.pk,
            },
        )
        for area in communities.order_by("id")
    }
    _read_places(villages)
    _read_method(villages)
    _read_people(villages)
    return list(villages.values())


# --- Making one community -----------------------------------------------------------------------


def _area(code: str, name: str, level: Level, parent: Area | None, **more: Any) -> Area:
    above: dict[str, int | None] = {}
    if parent is not None:
        for column in ("city", "district", "subdistrict", "community", "large_grid", "grid"):
            above[f"{column}_id"] = getattr(parent, f"{column}_id")
        above[f"{parent.level.lower()}_id"] = parent.pk
    return Area.objects.create(code=code, name=name, level=level, parent=parent, **above, **more)


def _make_village(*, number: int, above: Area, random: Random, at: datetime) -> None:
    west = _ORIGIN[0] + number % 16 * _GRID_WIDTH * _COLUMNS
    south = _ORIGIN[1] + number // 16 * _GRID_HEIGHT * (GRIDS // _COLUMNS)
    north, east = south + _GRID_HEIGHT * (GRIDS // _COLUMNS), west + _GRID_WIDTH * _COLUMNS
    code = f"{above.code}{number % 999 + 1:03d}"
    box = polygon(west=west, south=south, east=east, north=north)
    area = _area(code, f"{number + 1}号社区", Level.COMMUNITY, above, boundary=box)
    Community.objects.create(area=area, office_phone="025-00000000", public_board=True)
    grids = []
    for at_place in range(GRIDS):
        x = west + at_place % _COLUMNS * _GRID_WIDTH
        y = south + at_place // _COLUMNS * _GRID_HEIGHT
        box = polygon(west=x, south=y, east=x + _GRID_WIDTH, north=y + _GRID_HEIGHT)
        name = f"第{at_place + 1}网格"
        kind = GridKind.COMPREHENSIVE
        grids.append(
            _area(f"{code}{at_place + 1:03d}", name, Level.GRID, area, boundary=box, kind=kind)
        )
    _make_estates(area=area, grids=grids, west=west, south=south)
    _make_method(area=area)
    _make_people(area=area, grids=grids, number=number, random=random, at=at)


def polygon(*, west: float, south: float, east: float, north: float) -> dict[str, Any]:
    """Return a box whose sides have points between the corners, as surveyed boundaries do."""
    parts = (0.0, 0.3, 0.6)
    wide, tall = east - west, north - south
    ring = [
        *([west + wide * part, south] for part in parts),
        *([east, south + tall * part] for part in parts),
        *([east - wide * part, north] for part in parts),
        *([west, north - tall * part] for part in parts),
        [west, south],
    ]
    return {"type": "Polygon", "coordinates": [[[round(x, 7), round(y, 7)] for x, y in ring]]}


def _make_estates(*, area: Area, grids: list[Area], west: float, south: float) -> None:
    names = ESTATES[: GRIDS // 2]
    estates = Estate.objects.bulk_create(
        Estate(community=area, code=f"E{n}", name=name, initials="") for n, name in enumerate(names)
    )
    buildings = []
    for place, grid in enumerate(grids):
        for n in range(6):
            longitude = west + (place % _COLUMNS + (n + 0.5) / 6) * _GRID_WIDTH
            latitude = south + (place // _COLUMNS + 0.5) * _GRID_HEIGHT
            number = place % 2 * 6 + n + 1
            buildings.append(
                Building(
                    estate=estates[place // 2],
                    grid=grid,
                    code=str(number),
                    name=f"{number}幢",
                    storeys=6,
                    longitude=round(longitude, 7),
                    latitude=round(latitude, 7),
                )
            )
    Building.objects.bulk_create(buildings)
    Entrance.objects.bulk_create(
        Entrance(building=building, code=str(n), name=f"{n}单元")
        for building in buildings
        for n in (1, 2, 3)
    )


def _make_method(*, area: Area) -> None:
    Method.objects.create(community=area)
    levels = (
        ("小事不出户", RoleName.BUILDING_LEAD, Clock.CALENDAR_DAYS, 1),
        ("琐事不出格", RoleName.GRID_WORKER, Clock.WORKING_DAYS, 3),
        ("大事不出网", RoleName.STAFF, Clock.WORKING_DAYS, 10),
    )
    SettlementLevel.objects.bulk_create(
        SettlementLevel(
            community=area, position=place, name=name, role=role, clock=clock, amount=amount
        )
        for place, (name, role, clock, amount) in enumerate(levels, 1)
    )
    categories = Category.objects.bulk_create(
        Category(
            community=area,
            code=theme.code,
            name=theme.name,
            kind=theme.kind,
            words=list(theme.words),
            handler_kind=theme.handler_kind,
            position=place,
        )
        for place, theme in enumerate(THEMES)
    )
    Condition.objects.bulk_create(
        Condition(
            category=category,
            code="usual",
            name=theme.name,
            clock=theme.clock,
            amount=theme.amount,
            rework_amount=theme.amount,
        )
        for category, theme in zip(categories, THEMES, strict=True)
    )
    ReturnReason.objects.create(community=area, code="UTILITY", name="属于专业经营单位管线")


def _make_people(
    *, area: Area, grids: list[Area], number: int, random: Random, at: datetime
) -> None:
    company, power = Organisation.objects.bulk_create(
        [
            Organisation(
                community=area, code="WY", name="安居物业", kind=OrganisationKind.PROPERTY_COMPANY
            ),
            Organisation(community=area, code="GD", name="供电所", kind=OrganisationKind.UTILITY),
        ]
    )
    company.estates.set(area.estates.all())
    leads = list(Building.objects.filter(estate__community=area).order_by("id")[::GRIDS])
    held: list[tuple[str, RoleName, dict[str, Any]]] = [
        ("shuji", RoleName.SECRETARY, {"area": area}),
        *((f"shegong{n}", RoleName.STAFF, {"area": area}) for n in (1, 2, 3)),
        ("zhuanan", RoleName.CASE_OFFICER, {"area": area}),
        ("gezhang", RoleName.GRID_LEAD, {"area": grids[0]}),
        *(
            (f"wangge{n}", RoleName.GRID_WORKER, {"area": grid})
            for n, grid in enumerate(grids, start=1)
        ),
        *((f"louzhang{n}", RoleName.BUILDING_LEAD, {"building": b}) for n, b in enumerate(leads)),
        ("jingli", RoleName.HANDLER_LEAD, {"organisation": company}),
        *((f"shifu{n}", RoleName.HANDLER, {"organisation": company}) for n in (1, 2, 3)),
        *((f"dian{n}", RoleName.HANDLER, {"organisation": power}) for n in (1, 2)),
    ]
    names = {name: f"{name}.{number + 1}" for name, _, _ in held}
    accounts = _accounts([(names[name], person(random=random)) for name, _, _ in held], at=at)
    Role.objects.bulk_create(
        _role(accounts[names[name]], role, **place) for name, role, place in held
    )


def _accounts(wanted: Iterable[tuple[str, str]], *, at: datetime) -> dict[str, Account]:
    password = make_password(None)  # They sign in by a link or by a bench, never by a password.
    made = Account.objects.bulk_create(
        Account(username=username, name=name, password=password, created_at=at)
        for username, name in wanted
    )
    return {account.username: account for account in made}


def _role(account: Account, name: RoleName, **place: Any) -> Role:
    return Role(account=account, name=name, from_date=_SINCE, given_by=_BY, **place)


# --- Reading it back ----------------------------------------------------------------------------


def _read_places(villages: dict[int, Village]) -> None:
    for area in Area.objects.filter(level=Level.GRID, community_id__in=villages).order_by("id"):
        assert area.community_id is not None
        villages[area.community_id].grids.append(area.pk)
    rows = Building.objects.filter(grid__community_id__in=villages).select_related("estate")
    home = {}
    for building in rows.order_by("id"):
        village = villages[building.estate.community_id]
        home[building.pk] = village
        village.buildings[building.grid_id].append(
            (
                building.pk,
                building.estate_id,
                f"{building.estate.name}{building.name}",
                building.longitude or 0.0,
                building.latitude or 0.0,
            )
        )
    for pk, building_id in Entrance.objects.order_by("id").values_list("id", "building_id"):
        if building_id in home:
            home[building_id].entrances[building_id].append(pk)


def _read_method(villages: dict[int, Village]) -> None:
    conditions = Condition.objects.filter(category__community_id__in=villages)
    for condition in conditions.select_related("category").order_by("id"):
        category = condition.category
        codes = villages[category.community_id].categories
        codes[category.code] = (category.pk, condition.pk)
    levels = SettlementLevel.objects.filter(community_id__in=villages).order_by("position")
    for pk, community_id in levels.values_list("id", "community_id"):
        villages[community_id].levels.append(pk)
    for pk, community_id in ReturnReason.objects.values_list("id", "community_id"):
        if community_id in villages:
            villages[community_id].return_reason_id = pk


def _read_people(villages: dict[int, Village]) -> None:
    roles = Role.objects.select_related("area", "organisation").order_by("id")
    for role in roles.filter(given_by=_BY):
        if role.organisation is not None:
            village = villages[role.organisation.community_id]
            village.handlers[role.organisation.pk].append(role.account_id)
            if role.organisation.pk not in village.companies:
                village.companies.append(role.organisation.pk)
        elif role.name == RoleName.STAFF and role.area_id in villages:
            villages[role.area_id].staff.append(role.account_id)
        elif role.name == RoleName.GRID_WORKER and role.area is not None:
            assert role.area.community_id is not None
            villages[role.area.community_id].grid_workers[role.area.pk] = role.account_id
