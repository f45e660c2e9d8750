"""A few doors behind which households live, and a campaign that runs over them."""

from datetime import date

from linli.people import services as people
from linli.people.models import Household
from linli.territory.models import Building, Dwelling, Entrance
from linli.visits import services
from linli.visits.models import Campaign
from linli.visits.services import CampaignInput
from tests.cast import NOW, Cast

FIRST, LAST = date(2026, 3, 4), date(2026, 3, 17)


def households(
    cast: Cast, building: Building, rooms: int, *, status: str = "LIVES_HERE"
) -> list[Household]:
    """Put a household behind so many doors of a building, 101 first."""
    entrance, _made = Entrance.objects.get_or_create(
        building=building, code="1", defaults={"name": "1单元"}
    )
    made = []
    for number in range(rooms):
        room = f"{number // 4 + 1}0{number % 4 + 1}"
        dwelling, _new = Dwelling.objects.get_or_create(entrance=entrance, room=room)
        made.append(
            people.open_household(
                dwelling_id=dwelling.pk, status=status, actor=cast.actor(cast.zhou_min), at=NOW
            )
        )
    return made


def wanted(cast: Cast, **more: object) -> CampaignInput:
    """Return a campaign over building 3 by 许中杰, but for what a test says otherwise."""
    values: dict[str, object] = {
        "name": "春季敲门行动",
        "from_date": FIRST,
        "until_date": LAST,
        "visits_per_day": 20,
        "visitor_ids": [cast.xu.pk],
        "building_ids": [cast.building.pk],
    }
    return CampaignInput(**(values | more))  # type: ignore[arg-type]


def running(cast: Cast, **more: object) -> Campaign:
    """Return a campaign that was planned and started."""
    desk = cast.actor(cast.zhou_min)
    drafted = services.create_campaign(
        community_id=cast.community.pk, wanted=wanted(cast, **more), actor=desk, at=NOW
    )
    services.plan_campaign(campaign_id=drafted.pk, actor=desk, at=NOW)
    return services.start_campaign(campaign_id=drafted.pk, actor=desk, at=NOW)
