"""The roster in a browser: find, enter, correct, move, and open a number for a reason."""

from dataclasses import replace

import pytest

from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Household, Resident, Stay
from linli.people.personal import Person
from linli.territory.models import Dwelling
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ZHANG = Person(name="张三丰", id_number="11010519491231002X", phone="13800138000", relation="HEAD")


@pytest.fixture
def household(cast):
    return services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=cast.actor(cast.zhou_min), at=NOW
    )


@pytest.fixture
def zhang(cast, household):
    return services.add_resident(
        household_id=household.pk, person=ZHANG, actor=cast.actor(cast.zhou_min), at=NOW
    )


def text(answer):
    return answer.content.decode()


def known(resident):
    resident.refresh_from_db()
    return queries.row_of(resident=resident).person


def test_a_household_is_entered_behind_a_door_and_then_its_people(cast, signed_in):
    browser = signed_in(cast.xu)
    doors = text(browser.get(f"/residents/households/new/?building={cast.building.pk}"))
    assert "1单元 502" in doors
    answer = browser.post(
        "/residents/households/new/",
        {"building": cast.building.pk, "door": cast.dwelling.pk, "status": "LIVES_HERE"},
    )
    household = Household.objects.get()
    assert answer.headers["Location"] == f"/residents/households/{household.pk}/"
    add = f"{answer.headers['Location']}add/"
    answer = browser.post(add, {"name": "张三丰", "id_number": "11010519491231002x"})
    assert answer.status_code == 302
    page = text(browser.get("/residents/?q=zsf"))
    assert "张三丰" in page
    assert "1949-12-31" in page
    again = text(browser.get(f"/residents/households/new/?building={cast.building.pk}"))
    assert "1单元 502" not in again


def test_what_is_wrong_is_told_beside_its_field_and_everything_typed_is_kept(
    cast, signed_in, household
):
    answer = signed_in(cast.zhou_min).post(
        f"/residents/households/{household.pk}/add/",
        {"name": "李四", "id_number": "110105194912310021", "phone": "12", "employer": "小店"},
    )
    assert answer.status_code == 422
    page = text(answer)
    assert "身份证号有误" in page
    assert "电话号码有误" in page
    for typed in ("李四", "110105194912310021", "小店"):
        assert typed in page
    assert not Resident.objects.exists()


def test_pages_mask_what_is_sensitive(cast, signed_in, zhang):
    browser = signed_in(cast.zhou_min)
    for address in ("/residents/", f"/residents/{zhang.pk}/", f"/residents/{zhang.pk}/edit/"):
        page = text(browser.get(address))
        assert "138****8000" in page, address
        assert "13800138000" not in page
        assert "11010519491231002X" not in page


def test_a_number_is_shown_once_for_a_reason(cast, signed_in, zhang):
    browser, address = signed_in(cast.zhou_min), f"/residents/{zhang.pk}/open/phone/"
    assert browser.post(address, {"reason": ""}).status_code == 302
    assert browser.post(address, {"reason": "x"}).status_code == 302  # One letter says nothing.
    assert not Event.objects.filter(name="people.number_opened").exists()
    answer = browser.post(address, {"reason": "通知停水"})
    assert "13800138000" in text(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert Event.objects.get(name="people.number_opened").facts["reason"] == "通知停水"
    assert "13800138000" not in text(browser.get(f"/residents/{zhang.pk}/"))


def test_a_number_left_empty_stays_and_a_blank_word_takes_it_out(cast, signed_in, zhang):
    browser, address = signed_in(cast.zhou_min), f"/residents/{zhang.pk}/edit/"
    given = {"name": "张三丰", "relation": "HEAD", "version": 1}
    assert browser.post(address, {**given, "employer": "学校"}).status_code == 302
    assert (known(zhang).phone, known(zhang).id_number) == (ZHANG.phone, ZHANG.id_number)
    assert known(zhang).employer == "学校"
    browser.post(address, {**given, "version": 2, "phone": "无"})
    assert (known(zhang).phone, known(zhang).id_number) == ("", ZHANG.id_number)
    late = browser.post(address, {**given, "version": 2, "employer": "工厂"})
    assert late.status_code == 422
    assert "工厂" in text(late)


def test_somebody_moves_and_leaves(cast, signed_in, zhang):
    browser = signed_in(cast.zhou_min)
    door = Dwelling.objects.create(entrance=cast.entrance, room="602")
    home = services.open_household(
        dwelling_id=door.pk, status="LET", actor=cast.actor(cast.zhou_min), at=NOW
    )
    move = f"/residents/{zhang.pk}/move/"
    assert "1单元 602" in text(browser.get(move))
    today = NOW.date().isoformat()
    assert browser.post(move, {"household": home.pk, "on": today}).status_code == 302
    assert Stay.objects.filter(resident=zhang).count() == 2
    assert "602" in text(browser.get("/residents/?q=张三"))
    depart = f"/residents/{zhang.pk}/depart/"
    late = browser.post(depart, {"departure": "MOVED_OUT", "on": "2030-01-01"})
    assert late.status_code == 422
    assert browser.post(depart, {"departure": "MOVED_OUT", "on": today}).status_code == 302
    assert "张三丰" not in text(browser.get("/residents/"))
    assert "张三丰" in text(browser.get("/residents/?gone=1"))
    assert browser.get(depart).status_code == 404
    assert browser.post(depart, {"departure": "DIED", "on": today}).status_code == 404


def test_a_household_with_people_is_not_vacant(cast, signed_in, household, zhang):
    browser, address = signed_in(cast.zhou_min), f"/residents/households/{household.pk}/"
    answer = browser.post(address, {"status": "VACANT", "version": 1})
    assert answer.status_code == 422
    assert "还有1人" in text(answer)
    assert (
        browser.post(address, {"status": "LET", "employer": "金城集团", "version": 1}).status_code
        == 302
    )
    household.refresh_from_db()
    assert (household.status, household.employer) == ("LET", "金城集团")
    for stale in ("", "1", "9" * 20):
        assert browser.post(address, {"status": "LIVES_HERE", "version": stale}).status_code == 422


def test_empty_pages_say_what_to_do(cast, signed_in):
    browser = signed_in(cast.zhou_min)
    assert "登记住户" in text(browser.get("/residents/"))
    assert "还没有住户" in text(browser.get("/residents/households/"))
    assert "没有找到" in text(browser.get("/residents/?q=张三"))


@pytest.mark.parametrize(
    "query",
    ["q=%00", "after=abc", "after=" + "9" * 9, "grid=x&age=y&gone=z", "q=%22%2A", "q=()%22*"],
)
def test_an_address_that_somebody_made_up_is_answered(cast, signed_in, query):
    browser = signed_in(cast.zhou_min)
    assert browser.get(f"/residents/?{query}").status_code == 200
    for page in ("0", "-1", "9" * 18, "9" * 30):
        assert browser.get(f"/residents/households/?page={page}").status_code == 200


def test_lists_cost_the_same_however_long(
    cast, signed_in, household, django_assert_max_num_queries
):
    desk = cast.actor(cast.zhou_min)
    for number in range(12):
        services.add_resident(
            household_id=household.pk, person=Person(name=f"住户{number}"), actor=desk, at=NOW
        )
    browser = signed_in(cast.zhou_min)
    for address in (
        "/residents/",
        "/residents/households/",
        f"/residents/households/{household.pk}/",
    ):
        with django_assert_max_num_queries(14):
            browser.get(address)


def test_who_moved_away_or_was_entered_as_dead_by_mistake_comes_back_by_a_button(
    cast, signed_in, household, zhang
):
    browser, today = signed_in(cast.zhou_min), NOW.date().isoformat()
    page, move = f"/residents/{zhang.pk}/", f"/residents/{zhang.pk}/move/"
    browser.post(f"{page}depart/", {"departure": "MOVED_OUT", "on": today})
    assert f'href="{move}"' in text(browser.get(page))
    assert "迁回" in text(browser.get(page))
    assert "1单元 502" in text(browser.get(move))  # One's own old door is offered.
    assert browser.post(move, {"household": household.pk, "on": today}).status_code == 302
    zhang.refresh_from_db()
    assert (zhang.until_date, zhang.household) == (None, household)
    browser.post(f"{page}depart/", {"departure": "DIED", "on": today})
    assert f'href="{move}"' in text(browser.get(page))
    assert 'name="reason"' in text(browser.get(move))
    given = {"household": household.pk, "on": today}
    assert browser.post(move, given).status_code == 422
    assert browser.post(move, {**given, "reason": "派出所核实在世"}).status_code == 302
    zhang.refresh_from_db()
    assert (zhang.until_date, zhang.household) == (None, household)


def test_who_was_entered_again_elsewhere_cannot_come_back_twice(cast, signed_in, household, zhang):
    desk, today = cast.actor(cast.zhou_min), NOW.date()
    given = {"actor": desk, "at": NOW}
    services.depart(resident_id=zhang.pk, departure="MOVED_OUT", on=today, **given)
    other = Dwelling.objects.create(entrance=cast.entrance, room="602")
    door = services.open_household(dwelling_id=other.pk, status="LIVES_HERE", **given)
    services.add_resident(household_id=door.pk, person=ZHANG, **given)
    answer = signed_in(cast.zhou_min).post(
        f"/residents/{zhang.pk}/move/",
        {"building": cast.building.pk, "household": household.pk, "on": "2026-03-01"},
    )
    assert answer.status_code == 422
    page = text(answer)
    assert queries.address_of(household=door) in page
    assert f'value="{household.pk}" selected' in page
    assert "2026-03-01" in page
    zhang.refresh_from_db()
    assert zhang.departure == "MOVED_OUT"


def test_two_entries_of_one_person_are_made_one(cast, signed_in, household, zhang):
    desk, browser = cast.actor(cast.zhou_min), signed_in(cast.zhou_min)
    door = Dwelling.objects.create(entrance=cast.entrance, room="602")
    home = services.open_household(dwelling_id=door.pk, status="LET", actor=desk, at=NOW)
    double = services.add_resident(
        household_id=home.pk, person=Person(name="张三丰", employer="小店"), actor=desk, at=NOW
    )
    merge = f"/residents/{zhang.pk}/merge/"
    page = text(browser.get(merge))
    assert "翠园 3幢 1单元 602" in page  # Found by the name, without typing.
    assert "13800138000" not in page
    assert browser.post(merge, {"q": "张三丰"}).status_code == 422
    assert browser.post(merge, {"q": "张三丰", "double": zhang.pk}).status_code == 422
    late = browser.post(merge, {"q": "张三丰", "double": double.pk, "version": 0})
    assert late.status_code == 422
    assert "其他人刚刚修改过这里" in text(late)
    assert 'name="version" value="1"' in text(late)  # What stands now can be sent again.
    sent = {"q": "张三丰", "double": double.pk, "version": 1}
    assert browser.post(merge, sent).status_code == 302
    double.refresh_from_db()
    assert (double.departure, double.merged_into) == ("DOUBLE", zhang)
    assert known(zhang).employer == "小店"
    other = services.add_resident(
        household_id=home.pk,
        person=Person(name="张三丰", id_number="E1", id_kind="PASSPORT"),
        actor=desk,
        at=NOW,
    )
    zhang.refresh_from_db()
    refused = browser.post(merge, {"q": "张三丰", "double": other.pk, "version": zhang.version})
    assert refused.status_code == 422
    assert "两个人" in text(refused)


def test_both_pages_tell_that_two_entries_were_made_one(cast, signed_in, household, zhang):
    desk = {"actor": cast.actor(cast.zhou_min), "at": NOW}
    other = Dwelling.objects.create(entrance=cast.entrance, room="602")
    door = services.open_household(dwelling_id=other.pk, status="LIVES_HERE", **desk)
    double = services.add_resident(
        household_id=door.pk, person=Person(name="张三丰", phone="13900139000"), **desk
    )
    services.edit_resident(resident_id=zhang.pk, person=replace(ZHANG, employer="小学"), **desk)
    services.open_number(resident_id=zhang.pk, field="phone", reason="通知停水", **desk)
    services.merge(keep_id=zhang.pk, double_id=double.pk, **desk)
    browser = signed_in(cast.zhou_min)
    there, kept = (text(browser.get(f"/residents/{one.pk}/")) for one in (double, zhang))
    assert f'href="/residents/{zhang.pk}/"' in there
    assert there.count(cast.zhou_min.name) >= 2  # Beside the menu: who merged them.
    assert f'href="/residents/{double.pk}/"' in kept
    assert queries.address_of(household=door) in kept
    assert kept.count('class="thread-what"') == 4  # Added, corrected, opened, merged.
    assert "小学" not in kept.partition('class="thread"')[2]
    assert "通知停水" not in kept
    assert 'class="thread"' not in text(signed_in(cast.wang).get(f"/residents/{zhang.pk}/"))


def test_consent_is_written_down_and_a_childs_guardian_is_asked_for(cast, signed_in, household):
    browser = signed_in(cast.zhou_min)
    add = f"/residents/households/{household.pk}/add/"
    late = browser.post(add, {"name": "张小宝", "consented_on": "2030-01-01"})
    assert late.status_code == 422
    child = {"name": "张小宝", "birth_date": "2015-06-01"}
    assert browser.post(add, child).status_code == 302  # Shown, never in the way.
    resident = Resident.objects.get()
    page = f"/residents/{resident.pk}/"
    assert "缺监护人同意" in text(browser.get(page))
    changed = {**child, "guardian_consented_on": "2026-03-01", "version": 1}
    assert browser.post(f"{page}edit/", changed).status_code == 302
    assert "缺监护人同意" not in text(browser.get(page))
    assert "2026-03-01" in text(browser.get(f"{page}edit/"))


@pytest.mark.parametrize(
    ("name", "said"), [("张\x00三", "不能显示的字符"), ("长" * 41, "最多40个字")]
)
def test_what_django_would_say_is_said_in_plain_words(cast, signed_in, household, name, said):
    answer = signed_in(cast.zhou_min).post(
        f"/residents/households/{household.pk}/add/", {"name": name}
    )
    assert answer.status_code == 422
    assert said in text(answer)
    assert "变量" not in text(answer)
