"""The cast: the same named people, in the same small community, for every test.

府东社区 has two grids. Grid 1 holds 翠园 (building 3 with two entrances, building 5), grid 2 holds
桂苑 (building 1). 安居物业 serves both estates. 别处社区 lies in the same subdistrict: whoever is
from there is the outsider. The fixture is called ``cast``; ``cast.actor(cast.xu)`` is an `Actor`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.contrib.auth.hashers import make_password

from linli.core.actor import Actor
from linli.core.clocks import SHANGHAI, Clock
from linli.matters.models import Category, Condition, Method, ReturnReason
from linli.matters.models import Level as SettlementLevel
from linli.matters.workflow import Kind
from linli.people import queries as people
from linli.people.models import Account, Organisation, OrganisationKind, Role, RoleName
from linli.territory.models import (
    Area,
    Building,
    Community,
    Dwelling,
    Entrance,
    Estate,
    GridKind,
    Level,
    Place,
)

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=SHANGHAI)
"""A Wednesday morning in office hours, the moment at which tests begin."""

PASSWORD = "linli-test-2026"
"""Everybody's password."""

SINCE = date(2020, 1, 1)
"""The day from which everybody holds their role: before `NOW`, and before today."""

# The community is a rectangle of two equal grids, west and east, in WGS-84.
WEST, MIDDLE, EAST = 118.800, 118.804, 118.808
SOUTH, NORTH = 32.050, 32.054


@dataclass(frozen=True)
class Cast:
    """Everybody and everything a test may name."""

    city: Area
    district: Area
    subdistrict: Area
    community: Area
    grid: Area  # the first, west
    other_grid: Area  # the second, east
    micro_grid: Area  # of the first grid, around building 3
    estate: Estate  # 翠园, in the first grid
    other_estate: Estate  # 桂苑, in the second grid
    building: Building  # 翠园3幢
    next_building: Building  # 翠园5幢
    far_building: Building  # 桂苑1幢
    entrance: Entrance  # 翠园3幢1单元
    dwelling: Dwelling  # 翠园3幢1单元 502
    place: Place  # 翠园南门

    property_company: Organisation
    power_company: Organisation
    committee: Organisation  # the residents' committee

    shen: Account  # 沈书记, secretary
    zhou_min: Account  # 周敏, staff
    zhou_ning: Account  # 周宁, staff
    fang: Account  # 方洁, case officer for restricted matters
    li: Account  # 李网格长, grid lead of the first grid
    xu: Account  # 许中杰, grid worker of the first grid
    sun: Account  # 孙丽, grid worker of the second grid
    wang: Account  # 王阿姨, building lead of 翠园3幢
    qian: Account  # 钱经理, answers for the property company
    chen: Account  # 老陈, works for the property company
    ma: Account  # 马师傅, works for the power company
    gu: Account  # 顾主任, overseer of the subdistrict
    nobody_yet: Account  # 新人, an account without any role

    elsewhere: Area  # 别处社区
    elsewhere_grid: Area
    elsewhere_building: Building
    outsider: Account  # 别书记, secretary of 别处社区
    outside_handler: Account  # works for a company of 别处社区
    outside_company: Organisation

    lamp: Category  # 路灯: a request, usually the property company's
    hazard: Category  # 高空坠物: needs a photo of the result
    disorder: Category  # 乱晾晒: a patrol finding
    dispute: Category
    question: Category  # nothing to inspect once answered
    referral: Category  # restricted
    emergency: Category  # restricted
    elsewhere_category: Category
    home_level: SettlementLevel  # 小事不出户
    grid_level: SettlementLevel  # 琐事不出格
    net_level: SettlementLevel  # 大事不出网
    private_part: ReturnReason
    utility_pipe: ReturnReason

    @property
    def accounts(self) -> dict[str, Account]:
        """Return everybody who has an account, by the name tests use."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Account)}

    def actor(self, account: Account, *, at: datetime = NOW) -> Actor:
        """Return the actor this account is at that moment."""
        return people.actor_of(account=account, at=at)

    def condition(self, category: Category) -> Condition:
        """Return the usual filing condition of a category."""
        condition = Condition.objects.filter(category=category).order_by("position", "id").first()
        assert condition is not None
        return condition


def make_cast() -> Cast:
    """Put the whole cast into an empty database."""
    ground = _make_ground()
    companies = _make_organisations(ground)
    persons = _make_people(ground, companies)
    return Cast(**ground, **companies, **persons, **_make_method(ground))


# --- The ground -----------------------------------------------------------------------------


def _make_ground() -> dict[str, object]:
    city = _area("3201", "南都市", Level.CITY, None)
    district = _area("320102", "玄北区", Level.DISTRICT, city)
    subdistrict = _area("320102003", "府前街道", Level.SUBDISTRICT, district)
    community = _community("320102003005", "府东社区", subdistrict, WEST, EAST)
    grid = _area("320102003005001", "第一网格", Level.GRID, community, box=(WEST, MIDDLE))
    other_grid = _area("320102003005002", "第二网格", Level.GRID, community, box=(MIDDLE, EAST))
    micro_grid = _area("320102003005001001", "翠园微网格", Level.MICRO_GRID, grid)
    elsewhere = _community("320102003006", "别处社区", subdistrict, EAST, EAST + 0.004)
    elsewhere_grid = _area(
        "320102003006001", "第一网格", Level.GRID, elsewhere, box=(EAST, EAST + 0.004)
    )
    estate = _estate(community, "CY", "翠园", "CY")
    other_estate = _estate(community, "GY", "桂苑", "GY")
    building = _building(estate, grid, "3", "3幢", 118.801, micro_grid=micro_grid)
    next_building = _building(estate, grid, "5", "5幢", 118.802)
    far_building = _building(other_estate, other_grid, "1", "1幢", 118.806)
    entrance = Entrance.objects.create(building=building, code="1", name="1单元")
    Entrance.objects.create(building=building, code="2", name="2单元")
    return {
        "city": city,
        "district": district,
        "subdistrict": subdistrict,
        "community": community,
        "grid": grid,
        "other_grid": other_grid,
        "micro_grid": micro_grid,
        "estate": estate,
        "other_estate": other_estate,
        "building": building,
        "next_building": next_building,
        "far_building": far_building,
        "entrance": entrance,
        "dwelling": Dwelling.objects.create(entrance=entrance, room="502", storey=5),
        "place": Place.objects.create(
            community=community,
            grid=grid,
            estate=estate,
            code="SOUTH-GATE",
            name="翠园南门",
            longitude=118.8015,
            latitude=32.0505,
        ),
        "elsewhere": elsewhere,
        "elsewhere_grid": elsewhere_grid,
        "elsewhere_building": _building(
            _estate(elsewhere, "BY", "别苑", "BY"), elsewhere_grid, "1", "1幢", EAST + 0.002
        ),
    }


def _area(
    code: str,
    name: str,
    level: Level,
    parent: Area | None,
    *,
    box: tuple[float, float] | None = None,
) -> Area:
    above: dict[str, int | None] = {}
    if parent is not None:
        for column in ("city", "district", "subdistrict", "community", "large_grid", "grid"):
            above[f"{column}_id"] = getattr(parent, f"{column}_id")
        above[f"{parent.level.lower()}_id"] = parent.pk
    return Area.objects.create(
        code=code,
        name=name,
        level=level,
        kind=GridKind.COMPREHENSIVE if level == Level.GRID else "",
        parent=parent,
        boundary=None if box is None else rectangle(*box),
        **above,
    )


def _community(code: str, name: str, subdistrict: Area, west: float, east: float) -> Area:
    area = _area(code, name, Level.COMMUNITY, subdistrict, box=(west, east))
    Community.objects.create(area=area, office_phone="025-00000000")
    return area


def rectangle(west: float, east: float) -> dict[str, object]:
    """Return a GeoJSON polygon between two meridians, as tall as the community."""
    corners = [[west, SOUTH], [east, SOUTH], [east, NORTH], [west, NORTH], [west, SOUTH]]
    return {"type": "Polygon", "coordinates": [corners]}


def _estate(community: Area, code: str, name: str, initials: str) -> Estate:
    return Estate.objects.create(community=community, code=code, name=name, initials=initials)


def _building(
    estate: Estate,
    grid: Area,
    code: str,
    name: str,
    longitude: float,
    *,
    micro_grid: Area | None = None,
) -> Building:
    return Building.objects.create(
        estate=estate,
        grid=grid,
        micro_grid=micro_grid,
        code=code,
        name=name,
        storeys=6,
        longitude=longitude,
        latitude=32.052,
    )


# --- The people -----------------------------------------------------------------------------


def _make_organisations(ground: dict[str, object]) -> dict[str, object]:
    def organisation(community: str, code: str, name: str, kind: OrganisationKind) -> Organisation:
        return Organisation.objects.create(
            community=ground[community], code=code, name=name, kind=kind
        )

    serving = organisation("community", "AJ", "安居物业", OrganisationKind.PROPERTY_COMPANY)
    serving.estates.set([ground["estate"], ground["other_estate"]])
    return {
        "property_company": serving,
        "power_company": organisation("community", "GD", "供电所", OrganisationKind.UTILITY),
        "committee": organisation(
            "community", "JWH", "府东居委会", OrganisationKind.RESIDENTS_COMMITTEE
        ),
        "outside_company": organisation(
            "elsewhere", "BW", "别处物业", OrganisationKind.PROPERTY_COMPANY
        ),
    }


@cache
def _password() -> str:
    return make_password(PASSWORD)


def _make_people(ground: dict[str, object], companies: dict[str, object]) -> dict[str, object]:
    everything = {**ground, **companies}
    parts = (
        ("shen", "沈书记", RoleName.SECRETARY, "community"),
        ("zhou_min", "周敏", RoleName.STAFF, "community"),
        ("zhou_ning", "周宁", RoleName.STAFF, "community"),
        ("fang", "方洁", RoleName.CASE_OFFICER, "community"),
        ("li", "李网格长", RoleName.GRID_LEAD, "grid"),
        ("xu", "许中杰", RoleName.GRID_WORKER, "grid"),
        ("sun", "孙丽", RoleName.GRID_WORKER, "other_grid"),
        ("wang", "王阿姨", RoleName.BUILDING_LEAD, "building"),
        ("qian", "钱经理", RoleName.HANDLER_LEAD, "property_company"),
        ("chen", "老陈", RoleName.HANDLER, "property_company"),
        ("ma", "马师傅", RoleName.HANDLER, "power_company"),
        ("gu", "顾主任", RoleName.OVERSEER, "subdistrict"),
        ("outsider", "别书记", RoleName.SECRETARY, "elsewhere"),
        ("outside_handler", "别师傅", RoleName.HANDLER, "outside_company"),
    )
    made: dict[str, object] = {"nobody_yet": _account("nobody_yet", "新人")}
    for username, name, role, where in parts:
        made[username] = account = _account(username, name)
        give(account, role, everything[where])
    return made


def _account(username: str, name: str) -> Account:
    return Account.objects.create(
        username=username, name=name, password=_password(), created_at=NOW
    )


def give(
    account: Account,
    role: RoleName,
    where: object,
    *,
    from_date: date = SINCE,
    until_date: date | None = None,
) -> Role:
    """Give a role at an area, a building or an organisation, past every rule of the services."""
    column = {Area: "area", Building: "building", Organisation: "organisation"}[type(where)]
    return Role.objects.create(
        account=account,
        name=role,
        from_date=from_date,
        until_date=until_date,
        given_by="system:cast",
        **{column: where},
    )


# --- The community's own data ---------------------------------------------------------------


def _make_method(ground: dict[str, object]) -> dict[str, object]:
    community, elsewhere = ground["community"], ground["elsewhere"]
    Method.objects.create(community=community)
    Method.objects.create(community=elsewhere)
    company = OrganisationKind.PROPERTY_COMPANY
    hours, days = Clock.WORKING_HOURS, Clock.WORKING_DAYS
    return {
        "lamp": _category(
            community, "LAMP", "路灯不亮", Kind.REQUEST, (days, 3), ["路灯", "灯坏"], company
        ),
        "hazard": _category(
            community,
            "FALLING",
            "外墙脱落",
            Kind.HAZARD,
            (Clock.EMERGENCY_HOURS, 24),
            ["外墙", "坠物"],
            company,
            photo_required=True,
        ),
        "disorder": _category(
            community,
            "AIRING",
            "乱晾晒",
            Kind.PATROL_FINDING,
            (hours, 8),
            ["晾晒", "被子"],
            company,
        ),
        "dispute": _category(
            community, "NOISE", "噪声纠纷", Kind.DISPUTE, (days, 10), ["噪音", "吵"]
        ),
        "question": _category(
            community,
            "POLICY",
            "政策咨询",
            Kind.POLICY_QUESTION,
            (hours, 4),
            ["政策", "怎么办"],
            check_on_site=False,
        ),
        "referral": _category(
            community, "CARE", "特殊群体转介", Kind.REFERRAL, (Clock.CALENDAR_DAYS, 5), []
        ),
        "emergency": _category(
            community, "EMERGENCY", "紧急情况", Kind.EMERGENCY, (Clock.EMERGENCY_HOURS, 1), []
        ),
        "elsewhere_category": _category(
            elsewhere, "LAMP", "路灯不亮", Kind.REQUEST, (days, 3), ["路灯"], company
        ),
        "home_level": _level(community, 1, "小事不出户", RoleName.BUILDING_LEAD, (hours, 8)),
        "grid_level": _level(community, 2, "琐事不出格", RoleName.GRID_WORKER, (days, 2)),
        "net_level": _level(community, 3, "大事不出网", RoleName.STAFF, (days, 5)),
        "private_part": ReturnReason.objects.create(
            community=community, code="PRIVATE", name="属于业主专有部分"
        ),
        "utility_pipe": ReturnReason.objects.create(
            community=community, code="UTILITY", name="属于专业经营单位管线", position=1
        ),
    }


def _level(
    community: object, position: int, name: str, role: RoleName, limit: tuple[Clock, int]
) -> SettlementLevel:
    return SettlementLevel.objects.create(
        community=community,
        position=position,
        name=name,
        role=role,
        clock=limit[0],
        amount=limit[1],
    )


def _category(
    community: object,
    code: str,
    name: str,
    kind: Kind,
    limit: tuple[Clock, int],
    words: list[str],
    handler_kind: str = "",
    **more: bool,
) -> Category:
    category = Category.objects.create(
        community=community,
        code=code,
        name=name,
        kind=kind,
        words=words,
        handler_kind=handler_kind,
        **more,
    )
    Condition.objects.create(
        category=category,
        code="USUAL",
        name=name,
        clock=limit[0],
        amount=limit[1],
        rework_amount=limit[1],
    )
    return category
