"""A visit in a cellar without signal: what was loaded once works on, and leaves by itself, once."""

from uuid import uuid4

import pytest

from linli.core.models import Attachment
from linli.matters.models import Matter
from linli.people import services as people
from linli.people.models import Household, HouseholdEdit
from linli.visits import services as visits
from linli.visits.models import Visit
from linli.visits.tests.scenes import households, running
from tests.cast import NOW
from tests.journeys.hands import a_photo, press, read
from tests.journeys.over_https import https, phone, trusting_our_key
from tests.signing_in import cookie_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

KEPT = """async () => {
  const found = {caches: await caches.keys(), forms: 0, owner: null};
  for (const one of await indexedDB.databases()) {
    const database = await new Promise(done => {
      const asked = indexedDB.open(one.name);
      asked.onsuccess = () => done(asked.result);
    });
    for (const name of database.objectStoreNames) {
      const asked = database.transaction(name).objectStore(name).getAll();
      await new Promise(done => { asked.onsuccess = done; });
      if (name === "forms") found.forms += asked.result.length;
      else found.owner = asked.result.length ? asked.result[0].account : null;
    }
    database.close();
  }
  return found;
}"""
"""What a phone keeps, looked for from outside: names of caches, forms that wait, whose they are."""

GROW_OLD = """async hours => {
  const owner = await linliKept.owner();
  const asked = indexedDB.open("linli-outbox");
  await new Promise(done => { asked.onsuccess = done; });
  const change = asked.result.transaction("facts", "readwrite");
  change.objectStore("facts").put({...owner, seenAt: owner.seenAt - hours * 3600000});
  await new Promise(done => { change.oncomplete = done; });
  asked.result.close();
}"""


@pytest.fixture
def homes(cast, clock):
    """Two doors to call on; the first is linked to 许中杰 as well."""
    found = households(cast, cast.building, 2)
    desk = cast.actor(cast.shen)
    holder = people.name_tie_holder(
        community_id=cast.community.pk,
        kind="CONTACT",
        account_id=cast.xu.pk,
        actor=desk,
        at=NOW,
    )
    people.make_tie(holder_id=holder.pk, household_id=found[0].pk, actor=desk, at=NOW)
    running(cast)
    return found


def load_once(page):
    page.goto("/field/")
    page.locator("[data-now=ready]").wait_for()


def visit_in_the_cellar(page, door, outcome):
    page.goto("/field/visits/")
    read(page, "现在没有网络")
    page.get_by_text(door).click()
    press(page, outcome)
    page.locator("a.item", has_text=door).get_by_text("待提交").wait_for()


def test_a_visit_in_a_cellar_without_signal(cast, homes, chromium, live_server, settings, tmp_path):
    settings.HOME = tmp_path
    profile = tmp_path / "phone"
    with https(live_server) as url:
        trust = [trusting_our_key()]
        with phone(chromium, profile, url, account=cast.xu, arguments=trust) as browser:
            page = browser.pages[0]
            load_once(page)
            browser.set_offline(True)
            visit_in_the_cellar(page, "1单元 102", "已见面")
            # A report with a photo, twice: two reports, though the page is the same.
            for text in ("地下室水管漏水", "地下室灯不亮"):
                page.goto("/field/report/")
                page.fill("#id_text", text)
                page.fill("#id_place_query", "翠园 3幢")
                page.set_input_files("#id_photos", [a_photo()])
                press(page, "上报")
                page.locator("[data-outbox-list]").get_by_text(text).wait_for()
            page.goto("/residents/mine/")
            page.locator("a.item").click()
            page.get_by_role("link").filter(has_text="1单元 101").click()
            page.get_by_label("居住情况").select_option(label="出租")
            press(page, "保存")
            page.wait_for_url("**/residents/mine/")
            # Looked at again, it shows what waits; what is added does not undo it.
            page.goto(f"/residents/households/{homes[0].pk}/")
            page.locator("[data-outbox-laid]").wait_for()
            assert page.get_by_label("居住情况").input_value() == "LET"
            page.get_by_label("所属单位").fill("滨海港务")
            press(page, "保存")
            page.wait_for_url("**/residents/mine/")
            assert page.evaluate(KEPT)["forms"] == 4
        # The browser is closed, and opened again while there is still no network.
        with phone(chromium, profile, url, arguments=trust) as browser:
            browser.set_offline(True)
            page = browser.pages[0]
            page.goto("/field/visits/")
            page.locator("a.item", has_text="1单元 102").get_by_text("待提交").wait_for()
            assert not Visit.objects.exclude(outcome="").exists()
            browser.clear_cookies()  # Closing it ended the session.
            browser.set_offline(False)
            page.get_by_text("请重新登录").first.wait_for(timeout=90_000)  # tried every half minute
            browser.add_cookies([{**cookie_of(cast.xu), "url": url}])
            page.goto("/field/")
            page.locator("[data-outbox-list] a").nth(3).wait_for()
            for _again in range(3):
                page.reload()
                page.locator("[data-now=ready]").wait_for()
            assert sorted(Matter.objects.values_list("text", flat=True)) == [
                "地下室水管漏水",
                "地下室灯不亮",
            ]
            assert Attachment.objects.filter(subject_kind="matters.matter").count() == 2
            done = Visit.objects.get(outcome="MET")
            assert (done.household, done.happened_at) == (homes[1], NOW)
            home = Household.objects.get(pk=homes[0].pk)
            assert (home.status, home.employer) == ("LET", "滨海港务")
            assert HouseholdEdit.objects.count() == 1
            # Somebody else was at the other door meanwhile: it stays, and says why.
            browser.set_offline(True)
            visit_in_the_cellar(page, "1单元 101", "拒访")
            visits.record_visit(
                visit_id=Visit.objects.get(household=homes[0]).pk,
                recorded=visits.Recorded(submission_key=uuid4(), outcome="MET"),
                actor=cast.actor(cast.wang),
                at=NOW,
            )
            browser.set_offline(False)
            page.get_by_text("已经有人登记过了").first.wait_for(timeout=90_000)
            # Signing out warns of what waits, and leaves nothing.
            said = []
            page.once("dialog", lambda one: (said.append(one.message), one.dismiss()))
            page.locator("details.menu summary").click()
            with page.expect_event("dialog"):
                press(page, "退出登录")
            assert "1 项" in said[0]
            assert page.evaluate(KEPT)["forms"] == 1
            page.once("dialog", lambda one: one.accept())
            with page.expect_navigation():
                press(page, "退出登录")
            found = page.evaluate(KEPT)
            assert (found["caches"], found["forms"], found["owner"]) == ([], 0, None)
            assert (
                page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)")
                == 0
            )


def test_two_edits_that_stood_open_side_by_side_are_one(cast, homes, browse):
    page = browse(cast.xu, phone=True, service_workers="allow")
    load_once(page)
    page.context.set_offline(True)
    other = page.context.new_page()
    for one in (page, other):
        one.goto(f"/residents/households/{homes[0].pk}/")
    page.get_by_label("居住情况").select_option("LET")
    other.get_by_label("所属单位").fill("滨海港务")
    for one in (page, other):
        press(one, "保存")
        one.wait_for_url("**/residents/mine/")
    assert page.evaluate(KEPT)["forms"] == 1
    page.context.set_offline(False)
    page.get_by_text("已自动提交").first.wait_for(timeout=90_000)
    home = Household.objects.get(pk=homes[0].pk)
    assert (home.status, home.employer) == ("LET", "滨海港务")


def test_a_door_that_was_sent_says_so_in_the_list(cast, homes, browse):
    page = browse(cast.xu, phone=True, service_workers="allow")
    load_once(page)
    page.context.set_offline(True)
    visit_in_the_cellar(page, "1单元 102", "已见面")
    page.context.set_offline(False)
    door = page.locator("a.item", has_text="1单元 102")
    door.locator(".pill-state-closed[data-outbox-mark]").wait_for(timeout=90_000)
    assert door.get_by_text("待提交").count() == 0


def test_what_somebody_else_left_is_gone_when_another_signs_in(cast, homes, browse):
    page = browse(cast.xu, phone=True, service_workers="allow")
    load_once(page)
    page.context.set_offline(True)
    visit_in_the_cellar(page, "1单元 102", "已见面")
    page.context.clear_cookies()
    page.context.set_offline(False)
    page.goto("/account/sign-in/")
    read(page, "本机还有 1 项登记没有发出")
    page.context.add_cookies([{**cookie_of(cast.sun), "url": page.evaluate("location.origin")}])
    load_once(page)
    assert not Visit.objects.exclude(outcome="").exists()
    kept = page.evaluate(KEPT)
    assert (kept["forms"], kept["owner"]) == (0, str(cast.sun.pk))
    page.context.set_offline(True)
    page.goto("/field/visits/")
    read(page, "现在没有网络")
    assert page.get_by_text("1单元").count() == 0


def test_after_the_set_time_no_page_is_shown_and_what_waits_still_leaves(cast, homes, browse):
    page = browse(cast.xu, phone=True, service_workers="allow")
    load_once(page)
    page.context.set_offline(True)
    visit_in_the_cellar(page, "1单元 102", "已见面")
    page.evaluate(GROW_OLD, 13)
    with pytest.raises(Exception, match=r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"):
        page.goto("/field/visits/")
    page.context.set_offline(False)
    page.goto("/field/")
    page.get_by_text("已自动提交").wait_for()
    assert Visit.objects.get(outcome="MET").household == homes[1]


def test_without_https_the_field_face_says_so_and_works_online(
    cast, homes, chromium, live_server, tmp_path
):
    url = f"http://linli.lan:{live_server.thread.port}"
    somewhere = ["--host-resolver-rules=MAP linli.lan 127.0.0.1"]
    with phone(chromium, tmp_path / "phone", url, account=cast.xu, arguments=somewhere) as browser:
        page = browser.pages[0]
        page.goto("/field/report/")
        read(page, "须通过 HTTPS 打开本系统")
        page.fill("#id_text", "地下室水管漏水")
        page.fill("#id_place_query", "翠园 3幢")
        page.get_by_label("翠园 3幢").check()
        page.set_input_files("#id_photos", [a_photo()])
        press(page, "上报")
        page.wait_for_url("**/field/matters/*/")
    assert Matter.objects.get().text == "地下室水管漏水"
