"""Links in a browser: named, proposed, accepted, handed to a stand-in, ended; my households."""

import pytest

from linli.people import services
from linli.people.models import Tie, TieHolder
from linli.people.personal import Person
from linli.territory.models import Dwelling
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def household(cast):
    return services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=cast.actor(cast.shen), at=NOW
    )


@pytest.fixture
def elder(cast, household):
    return services.add_resident(
        household_id=household.pk,
        person=Person(name="李奶奶", relation="HEAD"),
        actor=cast.actor(cast.shen),
        at=NOW,
    )


def text(answer):
    return answer.content.decode()


def hold(cast, kind, account):
    return services.name_tie_holder(
        community_id=cast.community.pk,
        kind=kind,
        account_id=account.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
    )


def test_the_nearest_are_proposed_and_accepted_as_shown(cast, signed_in, household):
    browser = signed_in(cast.zhou_min)
    assert "还没有人" in text(browser.get("/residents/ties/"))
    browser.post("/residents/ties/hold/", {"kind": "CONTACT", "account": cast.wang.pk})
    page = browser.get("/residents/ties/plan/?kind=CONTACT")
    assert "翠园 3幢 1单元 502" in text(page)
    digest = page.context["plan"].digest
    door = Dwelling.objects.create(entrance=cast.entrance, room="602")
    services.open_household(
        dwelling_id=door.pk, status="LET", actor=cast.actor(cast.zhou_min), at=NOW
    )
    late = browser.post("/residents/ties/plan/", {"kind": "CONTACT", "digest": digest})
    assert late.status_code == 409
    assert "1单元 602" in text(late)
    assert not Tie.objects.exists()
    accepted = browser.post(
        "/residents/ties/plan/", {"kind": "CONTACT", "digest": late.context["plan"].digest}
    )
    assert accepted.status_code == 302
    assert Tie.objects.filter(holder__account=cast.wang).count() == 2
    assert "王阿姨" in text(browser.get(f"/residents/households/{household.pk}/"))
    mine = text(signed_in(cast.wang).get("/residents/mine/"))
    assert "1单元 502" in mine
    assert "1单元 602" in mine


def test_a_plan_says_how_many_places_are_missing(cast, signed_in, household):
    page = text(signed_in(cast.zhou_min).get("/residents/ties/plan/?kind=CONTACT"))
    assert "还缺1个名额" in page


def test_a_household_is_linked_by_hand_and_the_last_place_is_the_last(cast, signed_in, household):
    browser = signed_in(cast.zhou_min)
    browser.post("/residents/ties/places/", {"kind": "CONTACT", "places": "1"})
    browser.post("/residents/ties/hold/", {"kind": "CONTACT", "account": cast.wang.pk})
    holder = TieHolder.objects.get()
    address = f"/residents/households/{household.pk}/"
    assert "王阿姨" in text(browser.get(address))
    browser.post(f"{address}tie/", {"holder": holder.pk})
    assert Tie.objects.get().household == household
    door = Dwelling.objects.create(entrance=cast.entrance, room="602")
    other = services.open_household(
        dwelling_id=door.pk, status="LET", actor=cast.actor(cast.zhou_min), at=NOW
    )
    answer = browser.post(
        f"/residents/households/{other.pk}/tie/", {"holder": holder.pk}, follow=True
    )
    assert "名额已满" in text(answer)


def test_a_pairing_is_handed_over_and_ended(cast, signed_in, elder):
    pairing = hold(cast, "PAIRING", cast.xu)
    browser = signed_in(cast.shen)
    browser.post(f"/residents/{elder.pk}/tie/", {"holder": pairing.pk})
    tie = Tie.objects.get()
    address = f"/residents/ties/{tie.pk}/"
    given = {"account": cast.sun.pk, "from_date": "2026-03-04", "until_date": "2026-03-01"}
    wrong = browser.post(f"{address}stand-in/", given)
    assert wrong.status_code == 422
    assert "2026-03-01" in text(wrong)
    given["until_date"] = "2026-03-31"
    assert browser.post(f"{address}stand-in/", given).status_code == 302
    assert "李奶奶" in text(signed_in(cast.sun).get("/residents/mine/"))
    assert signed_in(cast.sun).get(address).status_code == 200
    browser = signed_in(cast.shen)
    assert browser.post(f"{address}end/", {"ending": "OTHER"}).status_code == 422
    done = {"ending": "OTHER", "note": "搬去女儿家"}
    assert browser.post(f"{address}end/", done).status_code == 302
    page = text(browser.get(address))
    assert "搬去女儿家" in page
    assert "孙丽" in page
    assert signed_in(cast.sun).get(address).status_code == 404


def test_a_pairing_is_not_told_to_others_who_keep_the_roster(cast, signed_in, elder):
    pairing = hold(cast, "PAIRING", cast.xu)
    services.make_tie(
        holder_id=pairing.pk, resident_id=elder.pk, actor=cast.actor(cast.shen), at=NOW
    )
    tie = Tie.objects.get()
    for who, knows in (("shen", True), ("xu", True), ("zhou_min", False), ("li", False)):
        browser = signed_in(getattr(cast, who))
        page = text(browser.get(f"/residents/{elder.pk}/"))
        assert (f"/residents/ties/{tie.pk}/" in page) is knows, who
        status = browser.get(f"/residents/ties/{tie.pk}/").status_code
        assert status == (200 if knows else 404), who
    assert "结对帮扶" not in text(signed_in(cast.zhou_min).get("/residents/ties/?kind=PAIRING"))


def test_a_resident_and_a_household_are_named(cast, signed_in, household, elder):
    browser = signed_in(cast.shen)
    browser.post(f"/residents/{elder.pk}/hold/", {"kind": "PIONEER"})
    browser.post(f"/residents/households/{household.pk}/hold/")
    assert TieHolder.objects.filter(kind="PIONEER").count() == 2
    page = browser.get("/residents/ties/?kind=PIONEER")
    assert "李奶奶" in text(page)
    for half in ("members", "homes"):
        assert browser.get(f"/residents/ties/plan/?kind=PIONEER:{half}").status_code == 200
    holder = TieHolder.objects.get(household=household)
    assert browser.get(f"/residents/ties/holders/{holder.pk}/").status_code == 200
    browser.post(f"/residents/ties/holders/{holder.pk}/end/")
    assert TieHolder.objects.filter(until_date=None).count() == 1


@pytest.mark.parametrize("query", ["kind=X", "kind=PIONEER", "kind=CONTACT&grid=x&anew=9&page=0"])
def test_an_address_that_somebody_made_up_is_answered(cast, signed_in, query):
    browser = signed_in(cast.zhou_min)
    assert browser.get(f"/residents/ties/plan/?{query}").status_code == 200
    assert browser.get(f"/residents/ties/?{query}").status_code == 200


def test_lists_cost_the_same_however_long(cast, signed_in, django_assert_max_num_queries):
    for number in range(8):
        door = Dwelling.objects.create(entrance=cast.entrance, room=f"7{number}")
        home = services.open_household(
            dwelling_id=door.pk, status="LET", actor=cast.actor(cast.zhou_min), at=NOW
        )
        services.name_tie_holder(
            community_id=cast.community.pk,
            kind="PIONEER",
            household_id=home.pk,
            actor=cast.actor(cast.shen),
            at=NOW,
        )
    browser = signed_in(cast.zhou_min)
    for address in ("/residents/ties/?kind=PIONEER", "/residents/ties/plan/?kind=PIONEER:homes"):
        with django_assert_max_num_queries(24):
            browser.get(address)
