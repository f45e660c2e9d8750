"""Home, the public board, the privacy notice."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.matters.models import Matter
from linli.matters.tests.stages import reported
from linli.territory.models import Community
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def here(cast: Cast) -> dict[str, int]:
    return {"community": cast.community.pk}


def open_board(cast: Cast) -> None:
    Community.objects.filter(pk=cast.community.pk).update(public_board=True)


def test_home_shows_three_doors_and_says_which_are_open(client: Client, cast: Cast) -> None:
    page = client.get("/", here(cast)).content.decode()
    assert 'href="/report/"' in page
    assert 'href="/deliberate/"' in page
    assert page.count("尚未开放") == 1
    assert "025-00000000" in page
    assert 'name="code"' in page


def test_an_empty_installation_says_what_to_do(client: Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "还没有设置社区" in page.content.decode()


def test_a_board_that_is_off_is_no_page(client: Client, cast: Cast) -> None:
    answer = client.get("/board/", here(cast))
    assert answer.status_code == 404
    assert "没有开放" in answer.content.decode()
    assert "/board/" not in client.get("/", here(cast)).content.decode()


def test_the_board_shows_what_staff_wrote_and_nothing_else(client: Client, cast: Cast) -> None:
    open_board(cast)
    matter = reported(cast, text="我是张三，3幢502门口灯坏了").matter
    hidden = reported(cast, text="没有公示的事").matter
    Matter.objects.filter(pk=matter.pk).update(
        public_summary="翠园门口路灯已修好", published_at=timezone.now()
    )
    page = client.get("/board/", here(cast)).content.decode()
    assert "翠园门口路灯已修好" in page
    assert "翠园 3幢" in page
    assert "张三" not in page
    assert "502" not in page
    assert hidden.title not in page


def test_the_board_goes_back_page_by_page(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    open_board(cast)
    now = timezone.now()
    for number in range(45):
        matter = reported(cast).matter
        Matter.objects.filter(pk=matter.pk).update(
            public_summary=f"第{number}件", published_at=now - timedelta(hours=number // 2)
        )
    with django_assert_max_num_queries(6):
        client.get("/board/", here(cast))
    seen: list[str] = []
    address = f"/board/?community={cast.community.pk}"
    for _ in range(3):
        answer = client.get(address)
        seen += [one.public_summary for one in answer.context["rows"]]
        older = answer.context["older"]
        address = f"/board/?community={cast.community.pk}&before={older.replace('+', '%2B')}"
    assert len(seen) == len(set(seen)) == 45
    assert older == ""


@pytest.mark.parametrize(
    "before", ["x", "2026-01-01T00:00:00~1", "~", "2026-01-01T00:00:00+08:00~x"]
)
def test_a_strange_page_key_shows_the_beginning(client: Client, cast: Cast, before: str) -> None:
    open_board(cast)
    assert client.get("/board/", here(cast) | {"before": before}).status_code == 200


def test_the_privacy_notice_says_who_and_how_long(client: Client, cast: Cast) -> None:
    Community.objects.filter(pk=cast.community.pk).update(privacy_contact="周敏")
    page = client.get("/privacy/", here(cast)).content.decode()
    for part in ("府东社区", "周敏", "025-00000000", "180", "删除", "个人信息保护法"):
        assert part in page
    client.cookies["linli_language"] = "en"
    assert "Your rights" in client.get("/privacy/", here(cast)).content.decode()


def test_an_unknown_community_is_not_found(client: Client, cast: Cast) -> None:
    assert client.get("/", {"community": "999"}).status_code == 404
    assert client.get("/", {"community": "x"}).status_code == 404
