"""Grid teams, patches and kinds in a browser."""

import pytest

from linli.people import services
from linli.people.models import OwnKind, Patch, PatchClaim, TeamMember
from linli.people.personal import Person
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def text(answer):
    return answer.content.decode()


@pytest.fixture
def zhang(cast):
    desk = cast.actor(cast.zhou_min)
    home = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    return services.add_resident(
        household_id=home.pk, person=Person(name="张三丰"), actor=desk, at=NOW
    )


def name_kinds(browser, use, *names):
    for name in names:
        answer = browser.post("/residents/kinds/", {"use": use, "name": name})
        assert answer.status_code == 302


def test_four_kinds_are_named_and_what_a_grid_lacks_shows(cast, signed_in, zhang):
    browser = signed_in(cast.zhou_min)
    assert "还没有设定网格团队的人员类别" in text(browser.get("/residents/teams/"))
    name_kinds(browser, "TEAM", "党员", "居民骨干", "政法网格员")
    worker = {"use": "TEAM", "name": "网格员", "filled_by": "GRID_WORKER"}
    browser.post("/residents/kinds/", worker)
    again = browser.post("/residents/kinds/", worker)
    assert again.status_code == 422
    assert "已有同名的类别" in text(again)
    page = text(browser.get("/residents/teams/"))
    assert "2个网格中有2个缺人" in page
    assert "许中杰" in page  # by the role, entered nowhere
    team = f"/residents/teams/{cast.grid.pk}/"
    core = OwnKind.objects.get(name="居民骨干")
    assert "张三丰 · 翠园" in text(browser.get(f"{team}?q=zsf"))
    neither = browser.post(team, {"kind": core.pk, "q": "zsf"})
    assert neither.status_code == 422
    given = {"kind": core.pk, "q": "zsf", "resident": zhang.pk}
    assert browser.post(team, given).status_code == 302
    assert browser.post(team, given).status_code == 422
    member = TeamMember.objects.get()
    assert browser.post(f"/residents/teams/members/{member.pk}/end/").status_code == 302
    assert browser.post(f"/residents/teams/members/{member.pk}/end/").status_code == 404


def test_an_overseer_sees_gaps_and_no_names(cast, signed_in):
    name_kinds(signed_in(cast.zhou_min), "TEAM", "居民骨干")
    browser = signed_in(cast.gu)
    page = text(browser.get(f"/residents/teams/?community={cast.community.pk}"))
    assert "居民骨干" in page
    assert "许中杰" not in page
    assert f"/residents/teams/{cast.grid.pk}/" not in page
    assert browser.get(f"/residents/teams/{cast.grid.pk}/").status_code == 404


def test_a_patch_is_claimed_by_kind_and_doubles_are_flagged(cast, signed_in, zhang):
    name_kinds(signed_in(cast.zhou_min), "PATCH", "红马甲", "小蓝帽")
    browser = signed_in(cast.xu)
    assert "还没有责任田" in text(browser.get("/residents/patches/"))
    answer = browser.post("/residents/patches/", {"grid": cast.grid.pk, "name": "南门草坪"})
    patch = Patch.objects.get()
    here = f"/residents/patches/{patch.pk}/"
    assert answer.headers["Location"] == here
    assert "未认领" in text(browser.get("/residents/patches/"))
    red = OwnKind.objects.get(name="红马甲")
    for who in ({"account": cast.xu.pk}, {"resident": zhang.pk, "q": "zsf"}):
        assert browser.post(here, {"kind": red.pk, **who}).status_code == 302
    page = text(browser.get("/residents/patches/"))
    assert "红马甲重复认领" in page
    assert "还缺小蓝帽" in page
    first = PatchClaim.objects.earliest("id")
    assert browser.post(f"/residents/patches/claims/{first.pk}/end/").status_code == 302
    assert "重复认领</span>" not in text(browser.get("/residents/patches/"))
    assert browser.post(f"{here}name/", {"name": "—"}).status_code == 422
    assert browser.post(f"{here}name/", {"name": "南门大草坪"}).status_code == 302
    assert "南门大草坪" in text(browser.get(here))
    assert browser.post(f"{here}end/").status_code == 302
    assert browser.get(here).status_code == 404
    other = {"grid": cast.other_grid.pk, "name": "不是我的"}
    assert browser.post("/residents/patches/", other).status_code == 422


def test_a_kind_is_called_otherwise_and_taken_out_of_use(cast, signed_in):
    browser = signed_in(cast.shen)
    name_kinds(browser, "PATCH", "红马甲")
    kind = OwnKind.objects.get()
    page = f"/residents/kinds/{kind.pk}/"
    assert browser.post(page, {"name": "红背心"}).status_code == 302
    assert "红背心" in text(browser.get("/residents/kinds/"))
    assert browser.post(f"{page}end/").status_code == 302
    assert "红背心" not in text(browser.get("/residents/kinds/"))
    assert browser.get(page).status_code == 404


def test_lists_cost_the_same_however_long(cast, signed_in, django_assert_max_num_queries):
    desk = cast.actor(cast.zhou_min)
    kind = services.add_kind(
        community_id=cast.community.pk, use="PATCH", name="红马甲", actor=desk, at=NOW
    )
    for number in range(9):
        patch = services.add_patch(grid_id=cast.grid.pk, name=f"草坪{number}", actor=desk, at=NOW)
        services.claim_patch(
            patch_id=patch.pk, kind_id=kind.pk, account_id=cast.xu.pk, actor=desk, at=NOW
        )
    browser = signed_in(cast.zhou_min)
    for address in ("/residents/patches/", "/residents/teams/"):
        with django_assert_max_num_queries(17):
            browser.get(address)
