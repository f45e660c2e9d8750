"""What a phone keeps for a place without a network, and what it brings back from there."""

import random
import re
from datetime import timedelta
from uuid import uuid4

import pytest

from linli.core.models import Event
from linli.matters.models import Matter
from linli.people import services as people
from linli.people.models import Household, HouseholdDispute
from linli.people.personal import Person
from linli.visits.models import Visit
from linli.visits.tests.scenes import households, running
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("clock")

BY_ITSELF = {"X-Linli-Outbox": "1"}
TO_KEEP = {"X-Linli-Keep": "1"}


@pytest.fixture
def phone(cast, signed_in):
    return signed_in(cast.xu)


@pytest.fixture
def desk(cast, signed_in):
    return signed_in(cast.zhou_min)


@pytest.fixture
def homes(cast):
    found = households(cast, cast.building, 3)
    running(cast)
    return found


def pages_of(browser):
    return {one["url"]: one["version"] for one in browser.get("/offline/state/").json()["pages"]}


# --- What is kept -------------------------------------------------------------------------------


def test_the_worker_may_look_after_every_address(client):
    answer = client.get("/offline/worker.js")
    assert answer["Service-Worker-Allowed"] == "/"
    assert answer["Content-Type"].startswith("text/javascript")
    script = answer.content.decode()
    assert "self.linliKept" in script
    assert '"fetch"' in script


def test_a_day_outside_is_on_the_list_and_opens(cast, homes, phone):
    kept = {"actor": cast.actor(cast.shen), "at": NOW}
    holder = people.name_tie_holder(
        community_id=cast.community.pk, kind="CONTACT", account_id=cast.xu.pk, **kept
    )
    tie = people.make_tie(holder_id=holder.pk, household_id=homes[0].pk, **kept)
    visits = [f"/field/visits/{one.pk}/" for one in Visit.objects.all()]
    wanted = {
        *("/offline/", "/field/", "/field/visits/", "/field/report/", "/residents/mine/"),
        *visits,
        f"/residents/ties/{tie.pk}/",
        f"/residents/households/{homes[0].pk}/",
    }
    found = pages_of(phone)
    assert found.keys() == wanted
    for url in found:
        page = phone.get(url, headers=TO_KEEP)
        assert page.status_code == 200, url
        assert "data-kept" in page.content.decode(), url


def test_only_what_changed_is_fetched_again(cast, homes, phone, clock):
    before = pages_of(phone)
    first, second = (f"/field/visits/{one.pk}/" for one in Visit.objects.order_by("id")[:2])
    people.set_household(
        household_id=Visit.objects.earliest("id").household_id,
        status="LET",
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    clock.forward(minutes=5)
    after = pages_of(phone)
    assert after[first] != before[first]
    assert after[second] == before[second]
    assert after["/field/visits/"] != before["/field/visits/"]
    for _twice in range(3):  # A session lasts half an hour without a request.
        clock.forward(minutes=25)
        after = pages_of(phone)
    assert after[second] != before[second]  # once an hour, whatever it hangs on


def test_nobody_keeps_what_is_somebody_elses(cast, homes, client, signed_in):
    assert client.get("/offline/state/").json()["pages"] == []
    assert client.get("/offline/state/").json()["account"] == ""
    for who in ("chen", "gu", "nobody_yet"):
        assert pages_of(signed_in(cast.accounts[who])) == {}
    other = pages_of(signed_in(cast.sun))
    assert not [url for url in other if re.search(r"\d", url)]


def test_fetching_a_page_to_keep_it_reads_no_message(homes, phone):
    visit = Visit.objects.earliest("position")
    phone.post(f"/field/visits/{visit.pk}/", {"outcome": "NOT_AT_HOME", "submission_key": uuid4()})
    assert "已登记。" not in phone.get("/field/visits/", headers=TO_KEEP).content.decode()
    assert "已登记。" in phone.get("/field/visits/").content.decode()


def test_signing_out_clears_what_the_browser_stored(phone):
    answer = phone.post("/account/sign-out/")
    assert answer["Clear-Site-Data"] == '"storage"'
    assert phone.get("/offline/state/").json()["account"] == ""


# --- What it brings back ------------------------------------------------------------------------


def test_a_hundred_replays_and_reorderings_of_an_outbox_leave_one_of_each(
    cast, homes, phone, clock
):
    """Visits, an edit of a household and a report of one phone, sent in any order, any often."""
    calls = list(Visit.objects.order_by("position"))
    yesterday = (NOW - timedelta(days=1)).isoformat()
    tomorrow = (NOW + timedelta(days=1)).isoformat()
    outbox = [
        (f"/field/visits/{calls[0].pk}/", {"outcome": "MET", "q_met": "resident"}),
        (f"/field/visits/{calls[1].pk}/", {"outcome": "NOT_AT_HOME"}),
        (f"/field/visits/{calls[2].pk}/", {"outcome": "DECLINED"}),
        (
            f"/residents/households/{homes[0].pk}/",
            {"status": "LET", "base_status": "LIVES_HERE", "base_employer": "", "version": "1"},
        ),
        ("/field/report/", {"text": "地下室水管漏水", "place_query": "翠园 3幢"}),
    ]
    outbox = [
        (url, given | {"submission_key": str(uuid4()), "phone_at": said})
        for (url, given), said in zip(outbox, [yesterday, tomorrow] * 3, strict=False)
    ]
    dice = random.Random(4)
    for _replay in range(100):
        # A connection breaks anywhere: some arrive, in some order, some of them twice.
        some = dice.choices(outbox, k=dice.randint(1, 5))
        for url, given in some:
            answer = phone.post(url, given, headers=BY_ITSELF)
            assert answer.json()["state"] == "accepted", (url, answer.json())
        clock.forward(seconds=30)
    assert Visit.objects.filter(state="DONE").count() == 3
    assert Visit.objects.count() == 4  # Who was not at home is called on again, once.
    assert Event.objects.filter(name="visits.visited").count() == 3
    assert (Matter.objects.count(), HouseholdDispute.objects.count()) == (1, 0)
    assert Household.objects.get(pk=homes[0].pk).version == 2
    for done in Visit.objects.filter(state="DONE"):
        assert abs(done.happened_at - NOW) < timedelta(hours=2)  # the server's clock
        assert abs(done.phone_at - NOW) == timedelta(days=1)  # the phone's, beside it


def test_two_who_changed_a_household_are_both_heard(cast, homes, phone, desk):
    path = f"/residents/households/{homes[0].pk}/"
    page = phone.get(path, headers=TO_KEEP).content.decode()
    seen = dict(re.findall(r'name="(base_\w+|version)" value="([^"]*)"', page))
    assert seen == {"base_status": "LIVES_HERE", "base_employer": "", "version": "1"}
    desk.post(path, {"status": "LET", "employer": "", "version": "1"})
    given = {"status": "UNKNOWN", "employer": "铁路局", "submission_key": str(uuid4()), **seen}
    answer = phone.post(path, given, headers=BY_ITSELF)
    assert answer.json() == {"state": "accepted", "url": path, "code": "", "private": False}
    found = Household.objects.get(pk=homes[0].pk)
    assert (found.status, found.employer) == ("LET", "铁路局")
    page = desk.get("/residents/disputes/").content.decode()
    for said in ("翠园 3幢 1单元 101", "出租", "待核实", "许中杰"):
        assert said in page, said
    dispute = HouseholdDispute.objects.get()
    choice = {"choice": "take", "version": str(found.version)}
    page = desk.post(f"/residents/disputes/{dispute.pk}/", choice, follow=True).content.decode()
    assert "已按您的选择登记。" in page
    assert "没有登记不一致的内容" in page
    assert Household.objects.get(pk=homes[0].pk).status == "UNKNOWN"
    page = desk.post(f"/residents/disputes/{dispute.pk}/", choice, follow=True).content.decode()
    assert "已有人作出选择" in page


def test_who_has_the_page_open_is_told_and_chooses_alone(homes, phone, desk):
    path = f"/residents/households/{homes[0].pk}/"
    desk.post(path, {"status": "LET", "employer": "", "version": "1"})
    answer = phone.post(
        path,
        {"status": "UNKNOWN", "employer": "铁路局", "version": "1"},
        headers={"HX-Request": "true"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "铁路局" in page
    assert "<html" not in page


def test_a_report_from_a_cellar_without_a_place_is_filed_where_its_writer_walks(cast, signed_in):
    for who in (cast.xu, cast.zhou_min):  # a grid worker of the first grid; staff walk them all
        given = {"text": "地下室水管漏水", "submission_key": str(uuid4()), "place_query": ""}
        answer = signed_in(who).post("/field/report/", given, headers=BY_ITSELF)
        assert answer.json()["state"] == "accepted"
    first, second = Matter.objects.order_by("id")
    assert (first.grid, first.building, first.place_words) == (cast.grid, None, cast.grid.name)
    assert (second.grid, second.community) == (None, cast.community)
    assert second.place_words == cast.community.name


def test_what_the_outbox_brings_and_does_not_fit_is_answered_in_words(cast, homes, phone):
    people.add_resident(
        household_id=homes[0].pk,
        person=Person(name="张三丰"),
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    path = f"/residents/households/{homes[0].pk}/"
    given = {"status": "VACANT", "base_status": "LIVES_HERE", "submission_key": str(uuid4())}
    answer = phone.post(path, given, headers=BY_ITSELF)
    assert answer.status_code == 422
    assert "1" in answer.json()["sentences"][0]
    given["status"] = "GHOSTS"
    assert phone.post(path, given, headers=BY_ITSELF).status_code == 422
    assert Household.objects.get(pk=homes[0].pk).status == "LIVES_HERE"
