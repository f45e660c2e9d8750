"""The people of the tests: one community, its office, a property company, and an outsider."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from linli.core.actor import Actor
from linli.people import queries
from linli.people.models import Account, Organisation, Role
from linli.territory.models import Area, Building, Community, Estate

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 18, 12, 0, tzinfo=SHANGHAI)
TODAY = date(2026, 3, 18)
PASSWORD = "quilt-on-the-hedge-9"


@dataclass
class Cast:
    """Everybody, by what they are."""

    subdistrict: Area
    community: Area
    grid: Area
    other_grid: Area
    elsewhere: Area
    estate: Estate
    other_estate: Estate
    building: Building
    company: Organisation
    other_company: Organisation
    secretary: Account
    staff: Account
    grid_lead: Account
    grid_worker: Account
    building_lead: Account
    overseer: Account
    handler_lead: Account
    handler: Account
    outsider: Account
    plain: Account


def make_account(username: str, name: str, *, password: str = "") -> Account:
    account = Account(username=username, name=name, created_at=NOON)
    if password:
        account.set_password(password)
    else:
        account.set_unusable_password()
    account.save()
    return account


def give(
    account: Account,
    role: str,
    *,
    area: Area | None = None,
    building: Building | None = None,
    organisation: Organisation | None = None,
    from_date: date = date(2026, 1, 1),
    until_date: date | None = None,
) -> Role:
    return Role.objects.create(
        account=account,
        name=role,
        area=area,
        building=building,
        organisation=organisation,
        from_date=from_date,
        until_date=until_date,
        given_by="system:test",
    )


def actor(account: Account, *, at: datetime = NOON) -> Actor:
    return queries.actor_of(account=account, at=at)


def make_cast() -> Cast:
    city = Area.objects.create(code="3201", name="南京市", level="CITY")
    district = Area.objects.create(
        code="320106", name="鼓楼区", level="DISTRICT", parent=city, city=city
    )
    above = {"city": city, "district": district}
    subdistrict = Area.objects.create(
        code="320106002", name="华侨路街道", level="SUBDISTRICT", parent=district, **above
    )
    above["subdistrict"] = subdistrict
    community = Area.objects.create(
        code="320106002001", name="府东社区", level="COMMUNITY", parent=subdistrict, **above
    )
    elsewhere = Area.objects.create(
        code="320106002002", name="府西社区", level="COMMUNITY", parent=subdistrict, **above
    )
    for area in (community, elsewhere):
        Community.objects.create(area=area)
    grid, other_grid = (
        Area.objects.create(
            code=f"{community.code}{number:03}",
            name=f"第{number}网格",
            level="GRID",
            kind="COMPREHENSIVE",
            parent=community,
            community=community,
            **above,
        )
        for number in (1, 2)
    )
    estate = Estate.objects.create(community=community, code="E1", name="府东花园")
    other_estate = Estate.objects.create(community=community, code="E2", name="银杏里")
    building = Building.objects.create(estate=estate, grid=grid, code="1", name="1幢")
    company = Organisation.objects.create(
        community=community, code="P1", name="安居物业", kind="PROPERTY_COMPANY"
    )
    company.estates.add(estate)
    other_company = Organisation.objects.create(
        community=community, code="P2", name="爱家物业", kind="PROPERTY_COMPANY"
    )
    people = {
        name: make_account(name, title)
        for name, title in (
            ("secretary", "周书记"),
            ("staff", "陈敏"),
            ("grid_lead", "吴刚"),
            ("grid_worker", "李娟"),
            ("building_lead", "赵阿姨"),
            ("overseer", "孙主任"),
            ("handler_lead", "钱经理"),
            ("handler", "马师傅"),
            ("outsider", "郑远"),
            ("plain", "王平"),
        )
    }
    give(people["secretary"], "SECRETARY", area=community)
    give(people["staff"], "STAFF", area=community)
    give(people["grid_lead"], "GRID_LEAD", area=grid)
    give(people["grid_worker"], "GRID_WORKER", area=grid)
    give(people["building_lead"], "BUILDING_LEAD", building=building)
    give(people["overseer"], "OVERSEER", area=subdistrict)
    give(people["handler_lead"], "HANDLER_LEAD", organisation=company)
    give(people["handler"], "HANDLER", organisation=company)
    give(people["outsider"], "SECRETARY", area=elsewhere)
    return Cast(
        subdistrict=subdistrict,
        community=community,
        grid=grid,
        other_grid=other_grid,
        elsewhere=elsewhere,
        estate=estate,
        other_estate=other_estate,
        building=building,
        company=company,
        other_company=other_company,
        **people,
    )
