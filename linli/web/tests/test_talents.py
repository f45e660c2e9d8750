"""Local talents in a browser: listed with consent, found by letters, taken off at once."""

import pytest

from linli.people import services
from linli.people.personal import Person
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TODAY = NOW.date().isoformat()


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


def test_somebody_is_listed_found_and_taken_off(cast, signed_in, zhang):
    browser = signed_in(cast.xu)
    assert "还没有人列入能人库" in text(browser.get("/residents/talents/"))
    page = f"/residents/{zhang.pk}/talent/"
    without = browser.post(page, {"skills": "修水电 书法"})
    assert without.status_code == 422
    assert "修水电 书法" in text(without)
    assert browser.post(page, {"skills": "修水电 书法", "consented_on": TODAY}).status_code == 302
    for query in ("书法", "sf", "zsf"):
        assert "张三丰" in text(browser.get(f"/residents/talents/?q={query}"))
    assert "张三丰" not in text(browser.get("/residents/talents/?q=合唱"))
    assert "修水电 书法" in text(browser.get(f"/residents/{zhang.pk}/"))
    stale = {"skills": "剪纸", "consented_on": TODAY, "version": 7}
    assert browser.post(page, stale).status_code == 422
    assert browser.post(f"{page}withdraw/").status_code == 302
    assert "书法" not in text(browser.get(f"/residents/{zhang.pk}/"))
    assert "撤回同意" in text(browser.get(page))


@pytest.mark.parametrize("query", ["q=%00", "force=x", "force=" + "9" * 30, "q=%22%2A"])
def test_an_address_that_somebody_made_up_is_answered(cast, signed_in, zhang, query):
    assert signed_in(cast.zhou_min).get(f"/residents/talents/?{query}").status_code == 200
