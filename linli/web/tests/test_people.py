"""The register of people, page by page."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from linli.core.calendars import YearOutOfReach, calendar_at, confirm_year, forget_calendars
from linli.core.clocks import SHANGHAI
from linli.core.models import CalendarDay, Event
from linli.people.models import Account, Duty, Handover, Organisation, Role
from linli.territory.models import Community
from linli.web.wording import Limit, time_limit
from tests.cast import Cast

pytestmark = pytest.mark.django_db

PAGES = (
    "/people/",
    "/people/organisations/",
    "/people/duty/",
    "/people/leave/",
    "/people/calendar/",
    "/people/community/",
)


def today() -> date:
    return timezone.localdate()


def test_who_may_open_which_page(cast: Cast, signed_in) -> None:
    handler_lead = {"/people/", "/people/organisations/", "/people/leave/"}
    for account, allowed in (
        (cast.shen, set(PAGES)),
        (cast.zhou_min, set(PAGES)),
        (cast.fang, set(PAGES)),
        (cast.li, set(PAGES)),
        (cast.gu, set(PAGES)),
        (cast.qian, handler_lead),
        (cast.xu, set()),
        (cast.wang, set()),
        (cast.chen, set()),
        (cast.nobody_yet, set()),
    ):
        browser = signed_in(account)
        opened = {page for page in PAGES if browser.get(page).status_code == 200}
        assert opened == allowed, account.name
    assert Client().get("/people/").url.startswith("/account/sign-in/")


def test_the_list_is_searched_by_initials(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.shen)
    page = browser.get("/people/?q=xzj").content.decode()
    assert "许中杰" in page
    assert "孙丽" not in page
    assert "别书记" not in browser.get("/people/").content.decode()
    assert browser.get("/people/?role=NONSENSE&organisation=x").status_code == 200


def test_a_new_account_shows_its_password_once(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.shen)
    typed = {
        "name": "何琳",
        "username": "he.lin",
        "phone": "13800138000",
        "role": "GRID_WORKER",
        "place": f"area:{cast.grid.pk}",
        "from_date": today().isoformat(),
        "until_date": "",
    }
    wrong = browser.post("/people/new/", {**typed, "username": "何"})
    assert wrong.status_code == 422
    assert 'value="何琳"' in wrong.content.decode()
    answer = browser.post("/people/new/", typed)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    account = Account.objects.get(username="he.lin")
    password = answer.context["password"]
    assert account.check_password(password)
    page = browser.get(f"/people/{account.pk}/").content.decode()
    assert password not in page
    assert "13800138000" not in page
    assert "138****8000" in page


def test_places_are_only_those_where_one_may_give(cast: Cast, signed_in) -> None:
    form = signed_in(cast.qian).get("/people/new/").context["form"]
    assert [code for code, _label in form.fields["role"].choices] == ["", "HANDLER"]
    for place in (f"area:{cast.community.pk}", f"organisation:{cast.power_company.pk}", "x", ""):
        answer = signed_in(cast.qian).post(
            "/people/new/",
            {
                "name": "甲",
                "username": "jia.yi",
                "role": "HANDLER",
                "place": place,
                "from_date": today().isoformat(),
            },
        )
        assert answer.status_code == 422
    assert not Account.objects.filter(username="jia.yi").exists()


def test_an_account_of_elsewhere_does_not_exist(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.shen)
    stranger = cast.outsider.pk
    role = Role.objects.get(account=stranger)
    for address in (
        f"/people/{stranger}/",
        f"/people/{stranger}/edit/",
        f"/people/{stranger}/roles/",
        f"/people/leave/{stranger}/",
    ):
        assert browser.get(address).status_code == 404
    for address in (
        f"/people/{stranger}/reset/",
        f"/people/{stranger}/close/",
        f"/people/{stranger}/roles/{role.pk}/end/",
        f"/people/{cast.xu.pk}/roles/{role.pk}/end/",
    ):
        assert browser.post(address, {"last_date": today().isoformat()}).status_code == 404


def test_a_role_is_given_and_ended(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.shen)
    address = f"/people/{cast.xu.pk}/roles/"
    typed = {
        "role": "BUILDING_LEAD",
        "place": f"building:{cast.building.pk}",
        "from_date": today().isoformat(),
    }
    misfit = browser.post(address, {**typed, "place": f"area:{cast.grid.pk}"})
    assert misfit.status_code == 422
    assert browser.post(address, typed).status_code == 302
    assert browser.post(address, typed).status_code == 422
    role = Role.objects.get(account=cast.xu, name="BUILDING_LEAD")
    end = f"{address}{role.pk}/end/"
    assert browser.post(end, {"last_date": "nonsense"}).status_code == 422
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert browser.post(end, {"last_date": yesterday}).status_code == 302
    assert not Role.objects.filter(pk=role.pk).exists()


def test_help_is_offered_and_given_only_from_above(cast: Cast, signed_in) -> None:
    xu = f"/people/{cast.xu.pk}/"
    staff = signed_in(cast.zhou_min)
    assert not staff.get(xu).context["may_help"]
    assert staff.post(f"{xu}reset/", {"what": "password"}).status_code == 404
    secretary = signed_in(cast.shen)
    assert secretary.get(xu).context["may_help"]
    answer = secretary.post(f"{xu}reset/", {"what": "second-factor"})
    assert Account.objects.get(pk=cast.xu.pk).check_password(answer.context["password"])
    own = f"/people/{cast.shen.pk}/"
    assert not secretary.get(own).context["may_help"]
    assert secretary.post(f"{own}reset/", {"what": "password"}).status_code == 409
    assert signed_in(cast.gu).post(f"{own}reset/", {"what": "password"}).status_code == 200


def test_an_account_is_closed_and_opened_again(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.shen)
    address = f"/people/{cast.xu.pk}/"
    assert browser.post(f"{address}close/").status_code == 302
    assert "许中杰" not in browser.get("/people/").content.decode()
    assert "许中杰" in browser.get("/people/?state=closed").content.decode()
    assert browser.get(address).status_code == 200
    assert browser.post(f"{address}reopen/").status_code == 200
    assert Account.objects.get(pk=cast.xu.pk).is_active


def test_an_organisation_is_kept_by_the_office(cast: Cast, signed_in) -> None:
    typed = {"name": "自来水公司", "kind": "UTILITY", "phone": "96390"}
    assert signed_in(cast.qian).get("/people/organisations/new/").status_code == 404
    browser = signed_in(cast.zhou_min)
    assert browser.post("/people/organisations/new/", {**typed, "name": ""}).status_code == 422
    typed["estates"] = str(cast.estate.pk)
    assert browser.post("/people/organisations/new/", typed).status_code == 302
    made = Organisation.objects.get(name="自来水公司")
    assert list(made.estates.all()) == [cast.estate]
    address = f"/people/organisations/{made.pk}/"
    assert browser.post(address, {**typed, "name": "水务集团"}).status_code == 302
    assert signed_in(cast.qian).get(address).status_code == 404
    assert signed_in(cast.outsider).get(address).status_code == 404
    own = f"/people/organisations/{cast.property_company.pk}/"
    company = signed_in(cast.qian)
    assert not company.get(own).context["may_keep"]
    assert company.post(own, typed).status_code == 403
    assert browser.post(f"{address}end/").status_code == 302
    assert "水务集团" not in browser.get("/people/organisations/").content.decode()
    assert "水务集团" in browser.get("/people/organisations/?state=ended").content.decode()


def test_duty_is_put_on_the_roster_and_taken_off(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.zhou_min)
    tomorrow = today() + timedelta(days=1)
    typed = {
        "community": cast.community.pk,
        "account": cast.zhou_ning.pk,
        "area": cast.community.pk,
        "starts_at": f"{tomorrow.isoformat()}T18:00",
        "ends_at": f"{(tomorrow + timedelta(days=1)).isoformat()}T09:00",
    }
    assert browser.post("/people/duty/", {**typed, "account": cast.chen.pk}).status_code == 422
    answer = browser.post("/people/duty/", typed)
    assert answer.status_code == 302
    assert "周宁" in browser.get(answer.url).content.decode()
    assert browser.post("/people/duty/", typed).status_code == 422
    duty = Duty.objects.get()
    assert timezone.localtime(duty.starts_at).hour == 18
    end = f"/people/duty/{duty.pk}/end/"
    assert signed_in(cast.outsider).post(end).status_code == 404
    assert signed_in(cast.fang).post(end).status_code == 404
    assert browser.post(end, {"week": tomorrow.isoformat()}).status_code == 302
    assert not Duty.objects.exists()
    for nonsense in ("?week=x", "?week=9999-12-31", "?starts_at=x", "?week=0001-01-01"):
        assert browser.get(f"/people/duty/{nonsense}").status_code == 200


def test_leave_is_arranged_for_somebody(cast: Cast, signed_in) -> None:
    browser = signed_in(cast.shen)
    address = f"/people/leave/{cast.xu.pk}/"
    typed = {
        "stand_in": cast.sun.pk,
        "from_date": today().isoformat(),
        "until_date": (today() + timedelta(days=2)).isoformat(),
        "note": "周三有一户要回访",
    }
    assert browser.post(address, {**typed, "stand_in": cast.chen.pk}).status_code == 422
    assert browser.post(address, typed).status_code == 302
    assert browser.post(address, typed).status_code == 422
    assert "周三有一户要回访" in browser.get("/people/leave/").content.decode()
    handover = Handover.objects.get()
    end = f"/people/leave/{handover.pk}/end/"
    assert signed_in(cast.outsider).post(end).status_code == 404
    assert signed_in(cast.zhou_min).post(end).status_code == 403
    assert browser.post(end).status_code == 302
    assert Handover.objects.get().ended_at is not None


def test_a_day_is_set_by_hand_and_the_clocks_know(cast: Cast, signed_in) -> None:
    forget_calendars()
    year = today().year + 1
    saturday = date(year, 5, 1)
    while saturday.weekday() != 5:
        saturday += timedelta(days=1)
    browser = signed_in(cast.shen)
    page = browser.get(f"/people/calendar/?year={year}")
    assert page.context["is_provisional"]
    typed = {"day": saturday.isoformat(), "is_workday": "1", "name": "五一调休"}
    answer = browser.post(f"/people/calendar/?year={year}&day={saturday}", typed)
    assert answer.status_code == 302
    forget_calendars()
    assert calendar_at(at=timezone.now()).is_workday(saturday)
    assert "五一调休" in browser.get(answer.url).content.decode()
    browser.post("/people/calendar/", {**typed, "is_workday": ""})
    forget_calendars()
    assert not calendar_at(at=timezone.now()).is_workday(saturday)
    assert Event.objects.filter(name="core.calendar_day_set").count() == 2
    assert signed_in(cast.zhou_min).post("/people/calendar/", typed).status_code == 404
    assert browser.post("/people/calendar/", {**typed, "day": "1999-01-01"}).status_code == 422
    assert browser.get("/people/calendar/?year=1999").status_code == 404
    assert not CalendarDay.objects.exists()


def test_a_year_that_was_entered_and_confirmed_is_provisional_no_more(
    cast: Cast, signed_in
) -> None:
    forget_calendars()
    year = today().year + 1
    at = timezone.now()
    due = datetime(year, 3, 1, 12, 0, tzinfo=SHANGHAI)
    address = f"/people/calendar/?year={year}"

    def deadline() -> Limit:
        forget_calendars()
        return time_limit(due=due, at=at, clock="WORKING_DAYS")

    browser = signed_in(cast.shen)
    assert browser.get(address).context["is_provisional"]
    assert deadline().is_provisional
    assert not time_limit(due=due, at=at, clock="CALENDAR_DAYS").is_provisional
    assert signed_in(cast.zhou_min).post(address, {"confirm": "1"}).status_code == 404
    page = browser.post(address, {"confirm": "1"}, follow=True)
    assert "视为正式" in page.content.decode()
    forget_calendars()
    page = browser.get(address)
    assert not page.context["is_provisional"]
    assert "已录入并确认" in page.content.decode()
    assert not deadline().is_provisional
    browser.post(address, {"confirm": "1"})  # a second press changes nothing
    assert Event.objects.filter(name="core.calendar_year_confirmed").count() == 1
    browser.post(address, {"confirm": "0"})
    assert deadline().is_provisional
    assert Event.objects.filter(name="core.calendar_year_reopened").count() == 1
    with pytest.raises(YearOutOfReach):
        confirm_year(year=1999, actor=cast.actor(cast.shen), at=at)
    forget_calendars()


def test_the_secretary_says_how_the_office_is_reached(cast: Cast, signed_in) -> None:
    typed = {
        "community": cast.community.pk,
        "office_phone": "025-83330000",
        "office_address": "翠园南门旁",
        "office_hours": "09:00-12:00,14:00-18:00",
        "privacy_contact": "周敏 025-83330000",
        "public_board": "on",
    }
    assert signed_in(cast.zhou_min).post("/people/community/", typed).status_code == 403
    assert signed_in(cast.gu).post("/people/community/", typed).status_code == 403
    assert signed_in(cast.outsider).post("/people/community/", typed).status_code == 404
    browser = signed_in(cast.shen)
    assert browser.post("/people/community/", typed).status_code == 302
    profile = Community.objects.get(area=cast.community)
    assert (profile.office_phone, profile.public_board) == ("025-83330000", True)


def test_pages_take_a_fixed_number_of_queries(
    cast: Cast, signed_in, django_assert_max_num_queries
) -> None:
    browser = signed_in(cast.shen)
    for page in PAGES:
        with django_assert_max_num_queries(22):
            browser.get(page)
