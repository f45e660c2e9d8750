"""What a hostile or hasty visitor tries, on every kind of page."""

import re
import threading
import uuid
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Max
from django.http import HttpResponse
from django.test import Client

from linli.core.models import Event
from linli.matters.tests.stages import stage_at
from linli.web.steps import PAGES
from linli.web.tests.test_steps import STEPS, address
from tests.cast import make_cast
from tests.house.access import addresses, browser_of, make_world, outcome, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

MOVES = [taken for taken in STEPS if taken.leads_to is not None]


def is_page(answer: HttpResponse) -> bool:
    return answer.headers.get("Content-Type", "").startswith("text/html")


# --- What every page says to the browser ------------------------------------------------------


@pytest.mark.parametrize("who", ["shen", "xu", "chen", "resident"])
def test_every_page_forbids_foreign_and_inline_code(who, cast, signed_in):
    world = make_world(cast)
    browser = browser_of(world, who, signed_in)
    seen = 0
    for name, path in addresses(world, who=who):
        if name == "account_logout":
            continue
        cache.clear()
        answer = browser.get(path)
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["X-Frame-Options"] == "DENY", name
        assert headers["Referrer-Policy"] == "same-origin", name
        if outcome(answer) != "ok":
            continue
        if who != "resident" or name.startswith("follow"):
            cached = headers.get("Cache-Control", "")
            assert "private" in cached or "no-store" in cached, f"{name}: {cached!r}"
        if not is_page(answer):
            continue
        seen += 1
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy, name
        assert "unsafe" not in policy, name
        page = text_of(answer)
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))", page), name
        assert not re.search(r"<[a-z][^<>]* (?:style|on[a-z]+)=", page), name
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//(?!testserver)", page), name
    assert seen >= 10


def test_after_signing_out_nothing_is_left_in_the_browser(cast, signed_in):
    for who, path in (("zhou_min", "/desk/"), ("chen", "/orders/"), ("xu", "/field/")):
        answer = signed_in(getattr(cast, who)).get(path)
        assert "no-store" in answer.headers["Cache-Control"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(cast, client):
    answer = client.get("/account/sign-in/")
    assert answer.cookies["csrftoken"]["samesite"] == "Lax"
    answer = client.post("/type-size/", {"large": "1", "next": "/"})
    for cookie in answer.cookies.values():
        assert cookie["samesite"] == "Lax", cookie.key
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert settings.SESSION_COOKIE_AGE <= 3600


# --- Addresses bent to another purpose --------------------------------------------------------

BENT = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/desk/\r\nSet-Cookie: a=b",
    "/desk/%0d%0aSet-Cookie:%20a=b",
    "http:evil.example",
    " //evil.example",
    "/\t/evil.example",
    "𝕙ttps://evil.example",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("bent", BENT)
def test_next_never_leads_out_and_never_writes_a_header(bent, cast, signed_in):
    stage = stage_at(cast, "DISPATCHED")
    for browser, path, sent in (
        (Client(), "/language/", {"language": "en"}),
        (Client(), "/type-size/", {"large": "1"}),
        (signed_in(cast.chen), address(stage, "take"), {}),
    ):
        answer = browser.post(path, sent | {"next": bent})
        assert answer.status_code in (302, 303), path
        there = answer.headers["Location"]
        assert "a=b" not in str(answer.cookies)
        leads_to = urljoin(f"http://testserver{path}", there.replace("\\", "/"))
        assert leads_to.startswith("http://testserver/"), there
        assert not re.search(r"[\r\n\t]", there), repr(there)


@pytest.mark.parametrize("host", ["evil.example:99999x", "a b", "evil.example/../", "[::1", "é"])
def test_a_host_that_is_none_is_answered_in_words(host, cast, client):
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "Traceback" not in answer.content.decode()
    assert "<h1" in answer.content.decode()


def test_a_form_of_another_site_is_told_what_to_do(cast):
    browser = Client(enforce_csrf_checks=True)
    for path in ("/report/", "/account/sign-in/", "/language/"):
        answer = browser.post(path, {"text": "x"})
        assert answer.status_code == 403
        assert "Cookie" in answer.content.decode() or "cookie" in answer.content.decode()


# --- The same press twice, and two people at once ---------------------------------------------


@pytest.mark.parametrize("taken", MOVES, ids=repr)
def test_a_second_press_changes_nothing_and_is_told_why(taken, cast, signed_in):
    stage = stage_at(cast, taken.state)
    sent = taken.sent(cast, stage)
    browser = signed_in(getattr(cast, taken.who))
    assert browser.post(address(stage, taken.step), sent).status_code == 302
    last = Event.objects.aggregate(last=Max("id"))["last"]
    again = browser.post(address(stage, taken.step), sent)
    assert again.status_code in (302, 403, 404, 409, 422), again.status_code
    assert stage.matter.state == taken.leads_to
    assert not Event.objects.filter(pk__gt=last).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("taken", MOVES, ids=repr)
def test_of_two_who_press_at_once_one_does_it_and_one_is_told(taken, signed_in, clock):
    cast = make_cast()
    stage = stage_at(cast, taken.state)
    sent = taken.sent(cast, stage)
    last = Event.objects.aggregate(last=Max("id"))["last"]
    browsers = [signed_in(getattr(cast, taken.who)) for _ in range(2)]
    gate, came = threading.Barrier(2), []

    def press(browser: Client) -> None:
        browser.raise_request_exception = False
        gate.wait()
        try:
            came.append(browser.post(address(stage, taken.step), sent).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came)[0] == 302, came
    assert sorted(came)[1] in (302, 403, 404, 409), came
    assert stage.matter.state == taken.leads_to
    names = list(Event.objects.filter(pk__gt=last).values_list("name", flat=True))
    assert len(names) == len(set(names)), f"done twice: {names}"


# --- Nonsense -----------------------------------------------------------------------------------

NONSENSE = ["x" * 10_000, "😀😀😀", "\x00", "'; DROP TABLE x; --", "9" * 40, "-1", "١٢٣", "NaN"]


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: repr(text[:8]))
def test_nonsense_in_every_field_of_every_step_is_refused_in_words(text, cast, signed_in):
    stage = stage_at(cast, "TAKEN")
    browser = signed_in(cast.zhou_min)
    browser.raise_request_exception = False
    for step, page in PAGES.items():
        answer = browser.post(address(stage, step), dict.fromkeys(page.form.base_fields, text))
        assert answer.status_code < 500, (step, answer.status_code)


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: repr(text[:8]))
def test_nonsense_in_every_question_of_an_address_is_no_fault_of_ours(text, cast, signed_in):
    browser = signed_in(cast.shen)
    browser.raise_request_exception = False
    keys = [
        "after",
        "before",
        "area",
        "grid",
        "estate",
        "building",
        "community",
        "of",
        "from",
        "until",
        "period",
        "show",
        "q",
        "view",
        "state",
        "category",
        "kind",
        "page",
        "list",
        "datum",
        "ids",
        "week",
        "year",
        "day",
        "starts_at",
        "tab",
        "code",
        "text",
        "place_ref",
        "place_query",
        "longitude",
        "latitude",
        "next",
        "figure",
        "sort",
        "who",
        "handler",
        "organisation",
    ]
    asked = dict.fromkeys(keys, text)
    for path in [
        "/",
        "/board/",
        "/report/",
        "/report/places/",
        "/report/hints/",
        "/report/map/",
        "/m/",
        "/desk/",
        "/desk/new/",
        "/desk/new/spots/",
        "/desk/new/hints/",
        "/overview/",
        "/overview/cases/",
        "/places/",
        "/places/map/",
        "/places/find/",
        "/places/export.xlsx",
        "/places/posters/",
        "/places/posters/print/",
        "/people/",
        "/people/duty/",
        "/people/calendar/",
        "/people/leave/",
        "/lists/",
        "/lists/problems/",
        "/lists/meetings/",
        "/lists/hotline/",
        "/messages/",
        "/patterns/",
        "/places/checks/",
        "/places/import/",
        "/places/areas/add/",
        "/places/buildings/add/",
        "/places/spots/add/",
        "/lists/meetings/new/",
    ]:
        cache.clear()
        answer = browser.get(path, asked)
        assert answer.status_code < 500, (path, answer.status_code)
        for key in keys:
            if path in ("/desk/", "/overview/cases/", "/report/hints/", "/places/"):
                assert browser.get(path, {key: text}).status_code < 500, (path, key)


def test_a_classifier_that_breaks_stops_no_report(cast, client, monkeypatch):
    def broken(**_given: object) -> None:
        raise RuntimeError("the classifier is down")

    monkeypatch.setattr("linli.language.suggest.suggest", broken)
    monkeypatch.setattr("linli.matters.queries.suggesting.suggest", broken)
    answer = client.post("/report/hints/", {"text": "路灯坏了", "community": cast.community.pk})
    assert answer.status_code == 200
    form = {
        "community": cast.community.pk,
        "submission_key": str(uuid.uuid4()),
        "text": "翠园3幢路灯坏了",
        "place_ref": f"BUILDING:{cast.building.pk}",
    }
    assert client.post("/report/", form).status_code == 302
