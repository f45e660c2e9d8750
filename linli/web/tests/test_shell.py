"""The frame around every page: who gets in, which language, what an error looks like."""

import errno
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from linli.core.actor import NOBODY, Actor, ActorKind, Grant
from linli.core.errors import Invalid, NotFound
from linli.core.trouble import Trouble, trouble_of
from linli.people.models import RoleName
from linli.web import access, errors, labels
from linli.web.access import DESK, FIELD, HANDLER, OVERVIEW, RESIDENT, Request, face_of, for_roles
from linli.web.middleware import ErrorMiddleware

HTMX = {"HX-Request": "true"}


def person(*roles: str) -> Actor:
    return Actor(kind=ActorKind.ACCOUNT, id=1, grants=tuple(Grant(role=role) for role in roles))


def request_of(actor: Actor, path: str, **headers: str) -> Request:
    request: Any = RequestFactory().get(path, headers=headers)
    request.actor, request.now = actor, timezone.now()
    request.htmx = HtmxDetails(request)
    return request  # type: ignore[no-any-return]


@for_roles("STAFF")
def only_staff(request: Request) -> HttpResponse:
    return HttpResponse("in")


# --- Who gets in ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "faces"),
    [
        ((), (RESIDENT,)),
        (("GRID_WORKER",), (FIELD, RESIDENT)),
        (("HANDLER_LEAD",), (HANDLER, RESIDENT)),
        (("SECRETARY", "BUILDING_LEAD"), (DESK, FIELD, OVERVIEW, RESIDENT)),
        (("OVERSEER",), (OVERVIEW, RESIDENT)),
    ],
)
def test_a_face_comes_with_a_role(roles: tuple[str, ...], faces: tuple[object, ...]) -> None:
    assert face_of(actor=person(*roles)) == faces


def test_every_role_has_a_face_and_a_name() -> None:
    with_face = {role for face in access.FACES for role in face.roles}
    assert with_face == set(RoleName.values)
    assert set(labels.ROLES) == set(RoleName.values)


def test_the_wrong_role_finds_nothing() -> None:
    assert only_staff(request_of(person("STAFF"), "/desk/")).content == b"in"
    with pytest.raises(NotFound):
        only_staff(request_of(person("HANDLER"), "/desk/"))


def test_a_visitor_is_asked_to_sign_in_only_where_everything_is_for_staff() -> None:
    answer = only_staff(request_of(NOBODY, "/desk/12/?tab=a"))
    assert answer.status_code == 302
    assert answer["Location"].endswith("next=/desk/12/%3Ftab%3Da")
    with pytest.raises(NotFound):
        only_staff(request_of(NOBODY, "/trace/12/"))


def test_a_fragment_sends_the_whole_page_to_sign_in() -> None:
    headers = {**HTMX, "HX-Current-URL": "http://testserver/desk/"}
    answer = only_staff(request_of(NOBODY, "/desk/list/", **headers))
    assert answer["HX-Redirect"].endswith("next=/desk/")


# --- Language and type size -----------------------------------------------------------------


@pytest.mark.django_db
def test_the_language_is_chinese_whatever_the_browser_asks_for(client: Client) -> None:
    page = client.get("/patterns/", headers={"Accept-Language": "en-US,en"})
    assert 'lang="zh-Hans"' in page.content.decode()
    assert page["Content-Language"] == "zh-hans"


@pytest.mark.django_db
def test_the_switch_gives_english_and_comes_back(client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "/patterns/"})
    assert answer["Location"] == "/patterns/"
    page = client.get("/privacy/").content.decode()
    assert '<html lang="en"' in page
    assert not re.search(r"[一-鿿]", re.sub(r"<[^>]+>", " ", page).replace("中文", ""))


@pytest.mark.django_db
def test_a_switch_never_leads_to_another_site(client: Client) -> None:
    answer = client.post("/language/", {"language": "en", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


@pytest.mark.django_db
def test_large_type_stays_until_it_is_turned_off(client: Client) -> None:
    client.post("/type-size/", {"large": "1", "next": "/patterns/"})
    assert 'class="is-large"' in client.get("/patterns/").content.decode()
    client.post("/type-size/", {"large": "0", "next": "/patterns/"})
    assert 'class="is-large"' not in client.get("/patterns/").content.decode()


# --- Errors ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_unknown_address_is_a_page_with_a_way_back(client: Client) -> None:
    page = client.get("/nowhere/", headers={"Referer": "http://testserver/privacy/"})
    assert page.status_code == 404
    assert "这里没有内容" in page.content.decode()
    assert 'href="/privacy/"' in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("referer", ["https://evil.example/x", "http://testserver//evil.example/"])
def test_the_way_back_never_leads_to_another_site(client: Client, referer: str) -> None:
    page = client.get("/nowhere/", headers={"Referer": referer}).content.decode()
    assert "evil.example" not in page


class TooLong(Invalid):
    sentence = "太长了。"


@pytest.mark.django_db
def test_a_refusal_is_a_sentence_with_its_status() -> None:
    request = request_of(NOBODY, "/report/")
    answer = ErrorMiddleware(lambda _: HttpResponse()).process_exception(request, TooLong())
    assert answer is not None
    assert answer.status_code == 422
    assert "太长了。" in answer.content.decode()


@pytest.mark.django_db
def test_a_refused_fragment_leaves_the_form_alone() -> None:
    request = request_of(NOBODY, "/report/", **HTMX)
    answer = ErrorMiddleware(lambda _: HttpResponse()).process_exception(request, TooLong())
    assert answer is not None
    assert answer["HX-Retarget"] == "#notices"
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database is locked"),
        OperationalError("could not serialize access"),
    ],
)
def test_a_busy_database_asks_to_try_again(error: OperationalError) -> None:
    if "serialize" in str(error):
        cause = Exception()
        cause.sqlstate = "40001"  # type: ignore[attr-defined]
        error.__cause__ = cause
    request = request_of(NOBODY, "/report/")
    answer = ErrorMiddleware(lambda _: HttpResponse()).process_exception(request, error)
    assert answer is not None
    assert answer.status_code == 503
    assert answer["Retry-After"] == str(Trouble.BUSY.retry_seconds)
    assert "没有保存" in answer.content.decode()


@pytest.mark.parametrize(
    "error",
    [OperationalError("database or disk is full"), OSError(errno.ENOSPC, "No space left")],
)
def test_a_full_disk_is_named(error: Exception) -> None:
    request = request_of(NOBODY, "/report/")
    answer = ErrorMiddleware(lambda _: HttpResponse()).process_exception(request, error)
    assert answer is not None
    assert answer.status_code == 503
    assert "磁盘已满" in answer.content.decode()


def test_a_missing_table_is_not_called_busy() -> None:
    assert not trouble_of(OperationalError("no such table: matters_matter"))


def test_the_page_for_faults_asks_no_database() -> None:
    answer = errors.fault(request_of(NOBODY, "/report/"))
    assert answer.status_code == 500
    assert "出了点问题" in answer.content.decode()


@pytest.mark.django_db
def test_a_stale_form_is_told_in_words() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/language/", {"language": "en"})
    assert answer.status_code == 403
    assert "页面打开时间过长" in answer.content.decode()


# --- The frame ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_scripts_come_from_here_only(client: Client) -> None:
    page = client.get("/patterns/")
    policy = page["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    content = page.content.decode()
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))", content)
    assert not re.search(r"<[a-z][^>]* style=", content)
    config = re.search(r"name=\"htmx-config\" content='([^']+)'", content)
    assert config is not None
    settings = json.loads(config.group(1))
    assert (settings["includeIndicatorStyles"], settings["allowEval"]) == (False, False)


@pytest.mark.django_db
def test_patterns_show_every_component(client: Client) -> None:
    from django.template import engines  # Only this test looks at the loaded templates.

    page = client.get("/patterns/").content.decode()
    for state in labels.TABLES["state"]:
        assert f"pill-state-{str(state).lower()}" in page
    folder = engines["django"].dirs[0] / "components"
    source = (folder.parent / "patterns" / "index.html").read_text(encoding="utf-8")
    parts = {"_header", "_footer", "_map_assets", "_bottom_bar", "_field", "_error_summary"}
    for path in folder.glob("_*.html"):
        assert path.stem in parts or path.name in source or _is_inside(path.name, folder), path


def _is_inside(name: str, folder: Any) -> bool:
    """Tell whether another component, itself shown, holds this one."""
    return any(name in path.read_text(encoding="utf-8") for path in folder.glob("_*.html"))


@pytest.mark.django_db
def test_the_frame_names_the_community_and_the_person(
    cast: Any, signed_in: Callable[..., Client]
) -> None:
    page = signed_in(cast.zhou_min).get("/patterns/").content.decode()
    assert "府东社区" in page
    assert "周敏" in page
    assert 'href="/desk/"' in page
    assert 'href="/field/"' not in page
