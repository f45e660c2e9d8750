"""The pioneer network of 台城花园: 42 households, 420 members, 4,200 households, and no eleventh.

The plan is shown before anything changes; when somebody leaves and somebody comes, only the gap is
filled.
"""

import pytest

from linli.people import services as people
from linli.people.models import Tie
from linli.people.tests.scenes import a_town, name_pioneers
from linli.territory.models import Dwelling
from tests.cast import NOW
from tests.journeys.hands import follow, press, read

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

PATIENCE_MS = 240_000
"""4,200 links are written in one transaction; a busy machine takes its time."""


def proposes(page, half):
    page.goto("/residents/ties/?kind=PIONEER")
    follow(page, "就近分配")
    if page.locator("#id_kind option:checked").inner_text() != half:
        with page.expect_navigation():
            page.select_option("#id_kind", label=half)


def accepts(page, said):
    press(page, "采用整个方案")
    read(page, said)


def figures_of(page):
    return dict(
        zip(
            page.locator("#main dl.facts dt").all_inner_texts(),
            page.locator("#main dl.facts dd").all_inner_texts(),
            strict=True,
        )
    )


def test_the_pioneer_network(cast, browse):
    homes, members = a_town(cast)
    name_pioneers(cast, homes, members)
    desk = browse(cast.shen)
    desk.context.set_default_timeout(PATIENCE_MS)

    proposes(desk, "先锋户：先锋户到党员")
    assert figures_of(desk)["新建联系"] == "420"
    accepts(desk, "新建联系420户")
    proposes(desk, "先锋户：党员到户")
    assert figures_of(desk)["新建联系"] == "4200"
    accepts(desk, "新建联系4200户")
    read(desk, "名额4620个，已用4620个")

    # Somebody new moves in: there is nobody with a free place, which is said, and nobody is asked
    # to take an eleventh.
    secretary = cast.actor(cast.shen)
    door = Dwelling.objects.create(entrance=cast.entrance, room="999")
    new = people.open_household(dwelling_id=door.pk, status="LIVES_HERE", actor=secretary, at=NOW)
    proposes(desk, "先锋户：党员到户")
    read(desk, "还缺1个名额")

    # A household leaves while the page of the new one is open in two windows.
    people.end_household(household_id=homes[5].pk, on=NOW.date(), actor=secretary, at=NOW)
    other = browse(cast.zhou_min)
    for page in (desk, other):
        page.goto(f"/residents/households/{new.pk}/")
    freed = Tie.objects.get(household=homes[5]).holder_id
    late = people.open_household(
        dwelling_id=Dwelling.objects.create(entrance=cast.entrance, room="998").pk,
        status="LIVES_HERE",
        actor=secretary,
        at=NOW,
    )
    other.goto(f"/residents/households/{late.pk}/")
    other.select_option("#id_holder", value=str(freed))
    press(other, "建立联系")
    read(other, "已建立联系。")
    desk.select_option("#id_holder", value=str(freed))
    press(desk, "建立联系")
    read(desk, "10个名额已满，请另选他人。")
    assert Tie.objects.filter(holder=freed, until_date=None).count() == 10

    # The one who got the place gives it up; the plan fills the gap and moves nobody else.
    people.end_tie(
        tie_id=Tie.objects.get(household=late).pk, ending="MISTAKE", actor=secretary, at=NOW
    )
    people.end_household(household_id=late.pk, on=NOW.date(), actor=secretary, at=NOW)
    proposes(desk, "先锋户：党员到户")
    figures = figures_of(desk)
    assert (figures["新建联系"], figures["改由更近的人"], figures["保持不变"]) == ("1", "0", "4199")
    accepts(desk, "新建联系1户")
    assert Tie.objects.get(household=new, until_date=None).holder_id == freed
