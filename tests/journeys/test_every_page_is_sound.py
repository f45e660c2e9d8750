"""Every face's main pages: they fit, they can be read by everybody, and nothing goes wrong in them.

Each page is opened at a phone's and at a desk's size. What is asked of it: it scrolls in one
direction only, its console stays silent, axe-core finds nothing serious, and it says which language
it is in.
"""

import re
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from linli.deliberation.models import Forum, Party, SubjectField
from linli.deliberation.services import maps, minutes, results
from linli.deliberation.services.topics import TopicInput, raise_topic
from linli.deliberation.tests.said import opinion_map, said, two_camps
from linli.deliberation.tests.scenes import forum, talked_over
from linli.deliberation.tests.sittings import opened, planned, publish, signed
from linli.deliberation.workflow import Decision
from linli.flows.deliberating import publish_topic
from linli.matters.models import Category, Level, Matter, Order, ReturnReason
from linli.matters.tests.stages import LATER, stage_at
from linli.matters.workflow import State
from linli.people import services as people
from linli.people.models import Account, Organisation
from linli.people.personal import Person
from linli.territory.models import Area, Building, Community, Entrance, Estate, Place
from linli.territory.services import make_poster
from tests.journeys.conftest import DESK, PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

FACES = {
    "resident": (
        None,
        "/ /report/ /m/ /m/{code}/ /m/{code}/done/ /m/NOSUCHCODE/ /board/ /privacy/ /q/{poster}/ "
        "/account/sign-in/",
    ),
    "field": (
        "xu",
        "/field/ /field/report/ /field/matters/{resolved}/ /field/brought-in/ /messages/ /account/ "
        "/account/leave/",
    ),
    "handler": (
        "chen",
        "/orders/ /orders/{sent}/ /orders/{taken}/ /orders/done/ /orders/{sent}/slip/",
    ),
    "desk": (
        "zhou_min",
        "/desk/ /desk/{reported}/ /desk/{resolved}/ /desk/new/ /lists/ /trace/{trace}/ "
        "/matters/{reported}/decline/ /messages/settings/",
    ),
    "places": (
        "shen",
        "/places/ /places/?list=buildings /places/map/ /places/posters/ /places/import/ "
        "/places/checks/",
    ),
    "roster": (
        "xu",
        "/residents/ /residents/{resident}/ /residents/{resident}/edit/ "
        "/residents/{resident}/move/ /residents/{resident}/depart/ "
        "/residents/households/ /residents/households/{household}/ "
        "/residents/households/{household}/add/ /residents/households/new/?building={building} "
        "/residents/party/ /residents/teams/ /residents/patches/ /residents/talents/ "
        "/residents/coming/ /residents/mine/ /field/visits/ /offline/",
    ),
    "meetings": (
        "zhou_min",
        "/forums/meetings/ /forums/meetings/new/ /forums/meetings/talk/ "
        "/forums/{forum}/days/2026-05-01/ /forums/meetings/{meeting}/ "
        "/forums/meetings/{meeting}/edit/ /forums/meetings/{meeting}/agenda/ "
        "/forums/meetings/{meeting}/agenda/matters/ /forums/meetings/{sitting}/ "
        "/forums/meetings/{sitting}/people/ /forums/meetings/{sitting}/screen/ "
        "/forums/meetings/{sitting}/sheet/ /forums/meetings/{sitting}/record/ "
        "/forums/meetings/{signed}/minutes/ /forums/meetings/{signed}/minutes/publish/ "
        "/forums/meetings/{corrected}/minutes/correct/ /deliberate/meetings/{corrected}/ "
        "/deliberate/meetings/{meeting}/ "
        "/deliberate/sign-in/{sitting}/",
    ),
    "overview": (
        "shen",
        "/overview/ /people/ /people/duty/ /people/organisations/ /people/leave/ /patterns/ "
        "/residents/ties/ /residents/needs/ /residents/import/ /residents/openings/ "
        "/residents/form/residents/ /residents/disputes/ /residents/ties/unpaired/ /visits/ "
        "/visits/hands/ /visits/soon/ /who-visits/",
    ),
    "opinions": (
        "zhou_min",
        "/forums/opinions/ /forums/opinions/{opinion}/ /forums/opinions/new/ "
        "/forums/opinions/sheet/ /forums/maps/ /forums/maps/new/ /forums/maps/{map}/ "
        "/deliberate/mine/",
    ),
    "topics": (
        "shen",
        "/forums/topics/ /forums/topics/{topic}/ /forums/topics/{young}/ /forums/topics/new/ "
        "/forums/topics/{young}/edit/ /forums/topics/{young}/move/ "
        "/forums/topics/{young}/papers/new/ /forums/ /forums/{forum}/ /forums/{forum}/edit/ "
        "/forums/{forum}/steps/ /forums/{forum}/rules/ /forums/{forum}/parties/new/ "
        "/forums/topics/{topic}/papers/{paper}/ /forums/topics/{topic}/resolve/ "
        "/forums/topics/new/?opinion={opinion} "
        "/trace/{thread}/",
    ),
    "deliberate": (
        None,
        "/deliberate/ /deliberate/topics/{topic}/ /deliberate/published/{published}/",
    ),
    "said": (
        None,
        "/deliberate/say/ /deliberate/said/{said}/ /m/{said}/ /deliberate/ideas/ "
        "/deliberate/maps/ /deliberate/maps/{map}/",
    ),
}
NOT_FOUND = "/m/NOSUCHCODE/"


@pytest.fixture
def facts(cast, clock, let_worker_run):
    """One matter of each kind of standing, and what addresses are made of."""
    Area.objects.filter(pk=cast.elsewhere.pk).update(ended_at=clock.now)
    stages = {
        name: stage_at(cast, state)
        for name, state in (
            ("reported", State.REPORTED),
            ("sent", State.DISPATCHED),
            ("taken", State.TAKEN),
            ("resolved", State.RESOLVED),
            ("verified", State.VERIFIED),
            ("closed", State.CLOSED),
        )
    }
    Community.objects.filter(area=cast.community).update(public_board=True)
    poster = make_poster(actor=cast.actor(cast.shen), at=clock.now, entrance_id=cast.entrance.pk)
    desk = cast.actor(cast.zhou_min)
    household = people.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=clock.now
    )
    resident = people.add_resident(
        household_id=household.pk,
        person=Person(name="张三丰", id_number="11010519491231002X", phone="13812348000"),
        actor=desk,
        at=clock.now,
    )
    opinion = said(cast, name="张三丰", phone="13812348000", agreed_privacy=True)
    drawn = opinion_map(cast, forum(cast))
    two_camps(drawn)
    maps.close_map(map_id=drawn.pk, actor=cast.actor(cast.shen), at=clock.now)
    maps.draw_due(at=clock.now)
    clock.now = LATER
    let_worker_run(clock.now)
    return (
        {
            "opinion": opinion.opinion.pk,
            "said": opinion.code,
            "map": drawn.pk,
        }
        | meetings_in(cast, drawn.forum)
        | topics_in(cast, drawn.forum)
        | {name: stage.id for name, stage in stages.items()}
        | {
            "code": stages["verified"].report.tracking_code,
            "poster": poster.token,
            "trace": stages["resolved"].matter.trace,
            "household": household.pk,
            "resident": resident.pk,
            "building": cast.building.pk,
        }
    )


def topics_in(cast, of):
    """Return a topic whose result is published, and one that was just raised."""
    topic, meeting = talked_over(cast, hall=of)
    given = {"actor": cast.actor(cast.shen), "at": meeting.signed_at}
    task = results.TaskInput(
        "装晾衣架八组", date(2026, 5, 1), organisation_id=cast.property_company.pk
    )
    decided = results.ResolutionInput(
        Decision.ADOPTED, "在向阳绿地装晾衣架八组。", meeting_id=meeting.pk, tasks=[task]
    )
    results.resolve(topic_id=topic.pk, wanted=decided, **given)
    published = publish_topic(topic_id=topic.pk, **given)
    young = raise_topic(forum_id=of.pk, wanted=TopicInput(title="人车分流"), **given)
    return {
        "topic": topic.pk,
        "young": young.pk,
        "paper": topic.papers.get().pk,
        "published": published.public_key,
        "thread": topic.trace,
    }


def meetings_in(cast, of):
    """Return a meeting to come, one that goes on, one signed, and one published and corrected."""
    corrected = signed(cast, of, regular_day=None)
    publish(cast, corrected)
    minutes.correct_minutes(
        meeting_id=corrected.pk,
        text="应到三人",
        why="记录笔误",
        item=1,
        actor=cast.actor(cast.shen),
        at=corrected.signed_at,
    )
    return {
        "forum": of.pk,
        "meeting": planned(cast, of).pk,
        "sitting": opened(cast, of, regular_day=None).pk,
        "signed": signed(cast, of, regular_day=None).pk,
        "corrected": corrected.pk,
    }


def serious_findings(page):
    """Return what axe-core finds that would keep somebody from using the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


def too_wide(page):
    """Return what sticks out to the right of the window."""
    return page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            return Array.from(document.querySelectorAll("body *"))
                .filter(one => one.getBoundingClientRect().right > width + 1)
                .slice(0, 3).map(one => one.outerHTML.slice(0, 120));
        }"""
    )


def ends_under_the_bar(page):
    """Tell whether the end of a page stays below the bar at the bottom, however far one scrolls."""
    return page.evaluate(
        """() => {
            const bar = document.querySelector(".bottom-bar");
            const main = document.querySelector("main");
            if (!bar || !main || !bar.offsetHeight) return false;
            const rest = document.createElement("div");
            rest.style.height = "200vh";  // so that every page is long
            main.append(rest);
            window.scrollTo({top: document.documentElement.scrollHeight, behavior: "instant"});
            const ends = main.getBoundingClientRect().bottom > bar.getBoundingClientRect().top + 1;
            rest.remove();
            return ends;
        }"""
    )


def test_a_page_that_is_not_sound_is_found(browse):
    page = browse(phone=True)
    page.set_content("<main><img src='data:,'><pre style='width: 900px'>1</pre></main>")
    assert any(found.startswith("image-alt") for found in serious_findings(page))
    assert too_wide(page)


@pytest.mark.parametrize("face", FACES)
def test_every_page_is_sound(cast, browse, facts, face):
    who, paths = FACES[face]
    page = browse(getattr(cast, who) if who else None)
    errors, faults = [], []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    for path in paths.split():
        address = path.format(**facts)
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            answer = page.goto(address)
            page.wait_for_load_state("networkidle")
            at = f"{path} at {size['width']}"
            if path != NOT_FOUND:
                if answer.status != 200:
                    faults.append(f"{at}: {answer.status}")
                faults += [f"{at}: console: {text}" for text in errors]
            errors.clear()
            if page.locator("html").get_attribute("lang") != "zh-Hans":
                faults.append(f"{at}: no language")
            faults += [f"{at}: too wide: {one}" for one in too_wide(page)]
            faults += [f"{at}: its end stays under the bar"] * ends_under_the_bar(page)
            faults += [f"{at}: {one}" for one in serious_findings(page)]
    assert faults == []


# --- English ----------------------------------------------------------------------------------

IN_ENGLISH = (
    (None, ("/", "/report/", "/m/{code}/", "/privacy/", "/account/sign-in/")),
    ("xu", ("/field/", "/field/report/", "/field/matters/{resolved}/", "/messages/", "/account/")),
    ("chen", ("/orders/", "/orders/{taken}/")),
    ("zhou_min", ("/desk/", "/desk/{resolved}/", "/desk/new/", "/lists/", "/trace/{trace}/")),
    ("shen", ("/overview/", "/places/", "/places/import/", "/people/")),
    ("shen", ("/forums/topics/new/", "/forums/{forum}/edit/", "/forums/votes/new/")),
    (None, ("/deliberate/say/", "/deliberate/vote/")),
)
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def data_in_chinese():
    """Return every word that the community itself wrote: it stays as it was written."""
    words = {"中文", "简体中文", "邻里", "张*"}
    for model in (
        *(Area, Estate, Building, Entrance, Place, Account, Organisation, Category, Level),
        *(Forum, Party, SubjectField),
    ):
        words |= set(model.objects.values_list("name", flat=True))
    words |= set(ReturnReason.objects.values_list("name", flat=True))
    words |= set(Matter.objects.values_list("text", flat=True))
    words |= set(Matter.objects.values_list("title", flat=True))
    words |= set(Order.objects.values_list("resolution", flat=True))
    return sorted((one for one in words if one), key=len, reverse=True)


@pytest.mark.parametrize(
    ("who", "paths"), IN_ENGLISH, ids=lambda one: one if isinstance(one, str) else ""
)
def test_english_is_english(cast, browse, facts, who, paths):
    page = browse(getattr(cast, who) if who else None)
    page.goto("/patterns/")
    page.context.add_cookies(
        [
            {
                "name": settings.LANGUAGE_COOKIE_NAME,
                "value": "en",
                "url": page.evaluate("location.origin"),
            }
        ]
    )
    data, left = data_in_chinese(), []
    for path in paths:
        page.goto(path.format(**facts))
        assert page.locator("html").get_attribute("lang") == "en", path
        text = page.locator("body").inner_text() + page.title()
        for words in data:
            text = text.replace(words, "")
        left += [f"{path}: {words}" for words in CHINESE.findall(text)]
    assert left == []
