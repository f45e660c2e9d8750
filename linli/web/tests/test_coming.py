"""Soon entitled, in a browser: the office lists what there is, the grid worker sees who."""

from datetime import date

import pytest

from linli.people import services
from linli.people.models import Entitlement, Paper
from linli.people.personal import Person
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ADDRESS = "/residents/coming/"


def text(answer):
    return answer.content.decode()


def test_the_office_lists_and_the_grid_worker_sees(cast, signed_in):
    desk = cast.actor(cast.zhou_min)
    home = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    person = Person(name="李奶奶", birth_date=date(1946, 4, 1))
    services.add_resident(household_id=home.pk, person=person, actor=desk, at=NOW)
    browser = signed_in(cast.zhou_min)
    wrong = browser.post(ADDRESS, {"name": "高龄津贴", "age_years": "0"})
    assert wrong.status_code == 422
    assert browser.post(ADDRESS, {"name": "高龄津贴", "age_years": "80"}).status_code == 302
    again = browser.post(ADDRESS, {"name": "高龄津贴", "age_years": "80"})
    assert again.status_code == 422
    assert "已有同名项目" in text(again)
    worker = signed_in(cast.xu)
    page = text(worker.get(ADDRESS))
    assert "李奶奶" in page
    assert "2026-04-01" in page
    assert worker.post(ADDRESS, {"name": "津贴", "age_years": "90"}).status_code == 404
    assert "李奶奶" not in text(signed_in(cast.sun).get(ADDRESS))
    end = f"{ADDRESS}{Entitlement.objects.get().pk}/end/"
    assert signed_in(cast.xu).post(end).status_code == 404
    assert signed_in(cast.zhou_min).post(end).status_code == 302
    assert "李奶奶" not in text(signed_in(cast.xu).get(ADDRESS))


@pytest.mark.parametrize("query", ["grid=x&page=0", "page=" + "9" * 30, "grid=" + "9" * 30])
def test_an_address_that_somebody_made_up_is_answered(cast, signed_in, query):
    assert signed_in(cast.zhou_min).get(f"{ADDRESS}?{query}").status_code == 200


def test_a_paper_is_written_down_renewed_and_known_to_those_entitled_only(cast, signed_in):
    desk = cast.actor(cast.zhou_min)
    home = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    resident = services.add_resident(
        household_id=home.pk, person=Person(name="李奶奶"), actor=desk, at=NOW
    )
    new = f"/residents/{resident.pk}/papers/new/"
    browser = signed_in(cast.shen)
    wrong = browser.post(new, {"name": "糖尿病证", "expires_on": "2026-04-01"})
    assert wrong.status_code == 422
    assert "糖尿病" in text(wrong)
    assert browser.post(new, {"name": "残疾证", "expires_on": "2026-04-01"}).status_code == 302
    assert "残疾证" in text(browser.get(ADDRESS))
    assert "残疾证" in text(browser.get(f"/residents/{resident.pk}/"))
    here = f"/residents/papers/{Paper.objects.get().pk}/"
    late = browser.post(here, {"expires_on": "2028-04-01", "version": 7})
    assert late.status_code == 422
    assert browser.post(here, {"expires_on": "2028-04-01", "version": 1}).status_code == 302
    assert "残疾证" not in text(browser.get(ADDRESS))
    assert "2028-04-01" in text(browser.get(here))
    for who in (cast.zhou_min, cast.xu):
        other = signed_in(who)
        assert "残疾证" not in text(other.get(f"/residents/{resident.pk}/"))
        assert other.get(here).status_code == 404
    browser = signed_in(cast.shen)
    assert browser.post(f"{here}end/").status_code == 302
    assert browser.get(here).status_code == 404
