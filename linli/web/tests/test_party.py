"""The party's tree in a browser: figures for all who work here, names for those who serve."""

import pytest

from linli.people import services
from linli.people.models import PartyMember, PartyUnit
from linli.people.personal import Person
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TODAY = NOW.date().isoformat()


def text(answer):
    return answer.content.decode()


@pytest.fixture
def branch(cast):
    given = {"community_id": cast.community.pk, "actor": cast.actor(cast.shen), "at": NOW}
    top = services.add_party_unit(level="COMMITTEE", name="府东社区党委", **given)
    return services.add_party_unit(
        level="BRANCH", name="第一党支部", parent_id=top.pk, area_id=cast.grid.pk, **given
    )


@pytest.fixture
def zhang(cast):
    desk = cast.actor(cast.zhou_min)
    home = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    return services.add_resident(
        household_id=home.pk, person=Person(name="张三丰"), actor=desk, at=NOW
    )


def test_a_tree_grows_from_its_top_and_says_what_is_amiss(cast, signed_in):
    browser = signed_in(cast.shen)
    assert "还没有党组织" in text(browser.get("/residents/party/"))
    new = "/residents/party/new/"
    answer = browser.post(new, {"level": "COMMITTEE", "name": "府东社区党委", "grids_by": "GROUP"})
    top = PartyUnit.objects.get()
    assert answer.headers["Location"] == f"/residents/party/{top.pk}/"
    wrong = browser.post(new, {"level": "GROUP", "name": "翠园党小组", "parent": top.pk})
    assert wrong.status_code == 422
    assert "党小组设在党支部下" in text(wrong)
    assert "翠园党小组" in text(wrong)
    browser.post(
        new, {"level": "BRANCH", "name": "第一支部", "parent": top.pk, "area": cast.grid.pk}
    )
    page = text(browser.get("/residents/party/"))
    assert "缺党小组" in page
    assert "无党组织覆盖" in page
    assert "第一支部" in page


def test_a_resident_is_found_and_belongs_to_a_unit(cast, signed_in, branch, zhang):
    browser, add = signed_in(cast.shen), f"/residents/party/{branch.pk}/add/"
    assert "张三丰 · 翠园 3幢 1单元 502" in text(browser.get(f"{add}?q=zsf"))
    given = {"q": "zsf", "resident": zhang.pk, "from_date": TODAY}
    late = browser.post(add, {**given, "kind": ""})
    assert late.status_code == 422
    assert browser.post(add, {**given, "kind": "RETIRED"}).status_code == 302
    member = PartyMember.objects.get()
    assert (member.resident, member.grid, member.kind) == (zhang, cast.grid, "RETIRED")
    assert "张三丰" in text(browser.get(f"/residents/party/{branch.pk}/"))
    assert "第一党支部" in text(browser.get(f"/residents/{zhang.pk}/"))
    assert "第一党支部" not in text(signed_in(cast.zhou_min).get(f"/residents/{zhang.pk}/"))
    again = browser.post(add, {**given, "kind": "FLOATING"})
    assert again.status_code == 422
    assert "已编入" in text(again)


def test_somebody_in_service_is_corrected_moved_and_ended(cast, signed_in, branch):
    browser = signed_in(cast.shen)
    browser.post(
        f"/residents/party/{branch.pk}/add/",
        {"name": "李建国", "kind": "IN_SERVICE", "employer": "区医院", "from_date": TODAY},
    )
    member = PartyMember.objects.get()
    page = f"/residents/party/members/{member.pk}/"
    assert "李建国" in text(browser.get(page))
    wrong = browser.post(page, {"kind": "FLOATING", "version": 1})
    assert wrong.status_code == 422
    duty = services.add_kind(
        community_id=cast.community.pk,
        use="DUTY",
        name="调解员",
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    changed = {"kind": "IN_SERVICE", "employer": "区一中", "grid": cast.other_grid.pk}
    changed["duties"] = duty.pk
    assert browser.post(page, {**changed, "version": 1}).status_code == 302
    assert browser.post(page, {**changed, "version": 1}).status_code == 422
    assert "调解员" in text(browser.get(f"/residents/party/{branch.pk}/"))
    group = services.add_party_unit(
        community_id=cast.community.pk,
        level="GROUP",
        name="翠园党小组",
        parent_id=branch.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    assert browser.post(f"{page}move/", {"unit": "", "on": TODAY}).status_code == 422
    assert browser.post(f"{page}move/", {"unit": group.pk, "on": TODAY}).status_code == 302
    assert browser.post(f"{page}end/", {"on": "2030-01-01"}).status_code == 422
    assert browser.post(f"{page}end/", {"on": TODAY}).status_code == 302
    assert browser.get(page).status_code == 404
    assert browser.post(f"/residents/party/{group.pk}/end/").status_code == 302
    assert PartyUnit.objects.get(pk=group.pk).until_date == NOW.date()


@pytest.mark.parametrize(
    ("who", "names", "links"),
    [("shen", 1, 1), ("xu", 1, 0), ("zhou_min", 0, 0), ("sun", 0, 0), ("gu", 0, 0)],
)
def test_who_reads_names_and_who_reads_figures(cast, signed_in, branch, zhang, who, names, links):
    member = services.add_party_member(
        unit_id=branch.pk,
        kind="RETIRED",
        resident_id=zhang.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    browser = signed_in(getattr(cast, who))
    page = text(browser.get(f"/residents/party/{branch.pk}/"))
    assert ("张三丰" in page) is bool(names)
    assert (f"/members/{member.pk}/" in page) is bool(links)
    assert ("离退休党员" in page) is bool(links)
    tree = text(browser.get("/residents/party/"))
    assert "张三丰" not in tree
    assert "第一党支部" in tree
    answer = browser.get(f"/residents/party/members/{member.pk}/")
    assert answer.status_code == (200 if links else 404)


def test_the_roll_goes_nowhere_as_a_whole(cast, signed_in, branch):
    """No address gives more than the members of one unit; the only file is of figures."""
    from linli.web.roster.urls import urlpatterns

    names = [str(one.pattern) for one in urlpatterns if "party" in str(one.pattern)]
    assert names
    files = [name for name in names if "export" in name or "xlsx" in name or "csv" in name]
    assert files == ["residents/party/export/"]
    services.add_party_member(
        unit_id=branch.pk,
        kind="IN_SERVICE",
        name="李建国",
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    top = PartyUnit.objects.get(level="COMMITTEE")
    page = text(signed_in(cast.shen).get(f"/residents/party/{top.pk}/"))
    assert "李建国" not in page
