"""A community on its first day: no form there ends in a choice with nothing to choose."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from linli.core.actor import NOBODY, system
from linli.matters import reference
from linli.matters.queries import list_categories
from linli.matters.services import Report, report
from linli.matters.workflow import Channel
from linli.people import services as people
from linli.people.models import Account
from linli.people.services import SetUp, UpperArea
from linli.territory.models import Level
from linli.territory.queries import locate
from linli.web.steps.table import ACCEPT_AND_DISPATCH
from tests.cast import NOW

pytestmark = pytest.mark.django_db

SHELL = system(name="shell")
SELECT = re.compile(r"<select[^>]*id=\"(\w+)\"[^>]*>(.*?)</select>", re.DOTALL)
CHOICE = re.compile(r'<option value="[^"]+"')


@pytest.fixture
def made(db: None) -> SetUp:
    made = people.set_up_community(
        code="320102009001",
        name="新成立社区",
        upper=[UpperArea(level=Level.CITY, name="南都市")],
        secretary_username="first",
        secretary_name="首任书记",
        actor=SHELL,
        at=NOW,
        with_defaults=lambda community: reference.default_method(
            community_id=community.pk, actor=SHELL, at=NOW
        ),
    )
    Account.objects.filter(pk=made.secretary.pk).update(must_change_password=False)
    made.secretary.refresh_from_db()
    return made


@pytest.fixture
def browser(made: SetUp, signed_in: Any, clock: Any) -> Client:
    return signed_in(made.secretary)


def text_of(response: Any) -> str:
    assert response.status_code == 200, response
    return response.content.decode()


def dead_ends(page: str) -> set[str]:
    """Return the required menus of a page in which there is nothing to choose."""
    return {
        name
        for name, options in SELECT.findall(page)
        if not CHOICE.search(options)
        and "（选填）" not in page[page.index(f'for="{name}"') :].split("</label>")[0]
    }


ADDING = [
    "/places/areas/add/",
    "/places/estates/add/",
    "/places/buildings/add/",
    "/places/spots/add/",
    "/places/posters/",
    "/places/import/",
    "/desk/new/",
    "/people/new/",
    "/people/organisations/new/",
    "/people/duty/",
    "/people/leave/",
    "/account/leave/",
    "/report/",
]


@pytest.mark.parametrize("address", ADDING)
def test_no_form_of_the_first_day_is_a_dead_end(browser: Client, address: str) -> None:
    page = text_of(browser.get(address))
    assert dead_ends(page) == set()


def test_a_building_says_to_add_an_estate_and_then_a_grid_first(
    browser: Client, made: SetUp
) -> None:
    here = f"?community={made.community.pk}"
    asked = text_of(browser.get("/places/buildings/add/"))
    assert "还没有小区" in asked
    assert f'href="/places/estates/add/{here}"' in asked
    assert 'name="code"' not in asked
    browser.post("/places/estates/add/", {"code": "LY", "name": "柳苑"})
    asked = text_of(browser.get("/places/buildings/add/"))
    assert "还没有综合网格" in asked
    assert f'href="/places/areas/add/{here}"' in asked
    typed = {"level": "GRID", "kind": "COMPREHENSIVE", "parent": made.community.pk}
    browser.post(
        "/places/areas/add/", {**typed, "code": f"{made.community.code}001", "name": "一网格"}
    )
    assert 'name="code"' in text_of(browser.get("/places/buildings/add/"))


def test_posters_say_to_register_a_place_first(browser: Client) -> None:
    assert "请先登记" in text_of(browser.get("/places/posters/"))


def test_dispatching_without_a_single_company_leads_to_entering_one(
    browser: Client, made: SetUp
) -> None:
    link = 'href="/people/organisations/new/"'
    matter = report(
        report=Report(
            submission_key=uuid.uuid4(),
            community_id=made.community.pk,
            category_id=list_categories(community_id=made.community.pk)[0].pk,
            text="楼道灯不亮",
            location=locate(community_id=made.community.pk, place_text="楼道"),
            channel=Channel.WEB,
        ),
        actor=NOBODY,
        at=NOW,
    ).matter
    page = text_of(browser.get(f"/matters/{matter.pk}/{ACCEPT_AND_DISPATCH}/"))
    assert link in page
    assert "首任书记" in page  # and whoever is there may still take it
    assert link in text_of(browser.get("/desk/new/"))


def test_a_handlers_role_says_that_it_needs_an_organisation(browser: Client) -> None:
    assert 'href="/people/organisations/new/"' in text_of(browser.get("/people/new/"))
