"""A request that nobody answers climbs by itself: from the household to the grid to the network."""

import pytest

from linli.core.models import Event
from linli.matters import events
from linli.matters.models import Matter, Order
from linli.matters.workflow import State
from tests.journeys.hands import (
    accept_and_dispatch,
    follow_code,
    messages_of,
    open_message,
    read,
    report_as_resident,
    thread_of,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

LAMP = "翠园3幢门口的路灯坏了，晚上看不清路"


def climbs_to(level, clock, let_worker_run):
    """Let the time of the level go by in which it stands, and the worker look at it."""
    clock.now = Matter.objects.get().level_due_at
    let_worker_run(clock.forward(minutes=1))
    assert Matter.objects.get().level == level


def heard(browse, account, words):
    """Tell whether this person has a message that says so."""
    return any(words in line for line in messages_of(browse(account, phone=True)))


def test_a_request_nobody_answers(cast, browse, clock, let_worker_run):
    resident = browse(phone=True)
    path = f"/report/?community={cast.community.pk}"
    code = report_as_resident(resident, text=LAMP, place="翠园 3幢", path=path)
    let_worker_run(clock.forward(minutes=1))

    # 小事不出户: the lead of the building is asked first, and nobody else.
    matter = Matter.objects.get()
    assert matter.level == cast.home_level
    assert heard(browse, cast.wang, "待受理，请及时处理")
    assert messages_of(browse(cast.xu, phone=True)) == []
    follow_code(resident, code)
    read(resident, "已经收到，等待社区受理。")

    # 琐事不出格: her time is over, so the grid worker is asked; the next grid hears nothing.
    climbs_to(cast.grid_level, clock, let_worker_run)
    assert heard(browse, cast.xu, "升级至“琐事不出格”")
    assert messages_of(browse(cast.sun, phone=True)) == []
    xu = browse(cast.xu, phone=True)
    xu.goto("/field/")
    read(xu.locator("section", has_text="网格里反映的"), LAMP, "琐事不出格")
    follow_code(resident, code)
    read(resident, "已经收到，等待社区受理。", "时间较长，已上报上一级")

    # 大事不出网: the grid's time is over as well, so it is the desk's.
    climbs_to(cast.net_level, clock, let_worker_run)
    assert heard(browse, cast.zhou_ning, "升级至“大事不出网”")
    zhou_min = browse(cast.zhou_min)
    open_message(zhou_min, "升级至“大事不出网”")
    read(zhou_min, LAMP)
    accept_and_dispatch(zhou_min, matter.pk, expected="安居物业")
    let_worker_run(clock.forward(minutes=1))

    follow_code(resident, code)
    read(resident, "已派给安居物业，正等待接单。")
    for words in ("第 3 级", "CLIMBED", "琐事不出格", "大事不出网", "周敏"):
        assert words not in resident.locator("#main").inner_text()  # plain words, no offices
    assert heard(browse, cast.chen, "派给您办理")

    matter.refresh_from_db()
    assert (matter.state, matter.level) == (State.DISPATCHED, cast.net_level)
    assert Order.objects.get().organisation == cast.property_company
    climbed = Event.objects.filter(name=events.CLIMBED).order_by("pk")
    assert [event.facts["level_id"] for event in climbed] == [
        cast.grid_level.pk,
        cast.net_level.pk,
    ]
    zhou_min.goto(f"/trace/{matter.trace}/")
    told = [line for line in thread_of(zhou_min) if line != "超期"]
    assert told == [
        "上报（网页）",
        "升级至“琐事不出格”",
        "升级至“大事不出网”",
        "受理",
        "派单给安居物业",
    ]
