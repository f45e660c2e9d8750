"""Follow a report by its code: plain words, no names, and a voice until the end."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from linli.core import attachments
from linli.core.actor import NOBODY
from linli.core.models import Attachment
from linli.core.ref import Ref
from linli.matters import queries, services
from linli.matters.models import Matter, Note
from linli.matters.tests.stages import Stage, reported, stage_at
from linli.matters.workflow import State
from linli.web.tests.test_report import a_photo
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_ten_in_the_morning(clock: object) -> None:
    """Every request is made at `NOW`."""


def path_of(stage: Stage, *more: str) -> str:
    return "/".join(["/m", stage.report.tracking_code, *more, ""])


def page_of(client: Client, stage: Stage) -> str:
    return client.get(path_of(stage)).content.decode()


def with_photo(stage: Stage, purpose: str, matter_id: int | None = None) -> UUID:
    stored = attachments.store_photo(upload=a_photo(), purpose=purpose, actor=NOBODY, at=NOW)
    subject = Ref(queries.SUBJECT, matter_id or stage.id)
    attachments.claim(tokens=[stored.token], subject=subject, actor=NOBODY, at=NOW)
    return stored.token


# --- Seeing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.REPORTED, "等待社区受理"),
        (State.ACCEPTED, "社区已受理"),
        (State.DISPATCHED, "已派给安居物业"),
        (State.OBJECTED, "社区正在裁定"),
        (State.TAKEN, "安居物业正在处理"),
        (State.PAUSED, "因故暂停"),
        (State.RETURNED, "安居物业办不了"),
        (State.RESOLVED, "安居物业回复已办好"),
        (State.REWORK, "要求安居物业重新办理"),
        (State.VERIFIED, "请您评价"),
        (State.CLOSED, "已经办好并结案"),
        (State.DECLINED, "没有受理"),
    ],
)
def test_every_state_is_said_in_plain_words(
    client: Client, cast: Cast, state: State, sentence: str
) -> None:
    assert sentence in page_of(client, stage_at(cast, state))


def test_the_page_names_the_unit_and_never_a_person(client: Client, cast: Cast) -> None:
    page = page_of(client, stage_at(cast, State.VERIFIED))
    for account in cast.accounts.values():
        assert account.name not in page
    assert "张三" not in page
    assert "13812348000" not in page


def test_a_declined_report_says_why(client: Client, cast: Cast) -> None:
    assert "不属于社区受理范围" in page_of(client, stage_at(cast, State.DECLINED))


def test_only_what_was_meant_for_the_reporter_is_shown(client: Client, cast: Cast) -> None:
    stage = Stage(cast)
    for text, is_meant in (("内部意见", False), ("周五前修好", True)):
        services.add_note(
            matter_id=stage.id,
            actor=cast.actor(cast.zhou_min),
            at=NOW,
            text=text,
            kind=Note.Kind.PROGRESS,
            for_reporter=is_meant,
        )
    page = page_of(client, stage)
    assert "周五前修好" in page
    assert "内部意见" not in page


def test_what_was_merged_shows_the_others_progress_and_not_their_words(
    client: Client, cast: Cast
) -> None:
    first = Stage(cast, text="我家门口路灯坏了，我是李四")
    second = Stage(cast)
    services.merge(matter_id=second.id, actor=cast.actor(cast.zhou_min), at=NOW, into_id=first.id)
    own = with_photo(second, "REPORT")
    theirs = with_photo(first, "REPORT")
    result = with_photo(first, "RESULT")
    page = page_of(client, second)
    assert "合并办理" in page
    assert "李四" not in page
    assert client.get(path_of(second, "photos", str(own))).status_code == 200
    assert client.get(path_of(second, "photos", str(result))).status_code == 200
    assert client.get(path_of(second, "photos", str(theirs))).status_code == 404


def test_a_photo_comes_only_with_the_code_of_its_own_matter(client: Client, cast: Cast) -> None:
    stage, other = Stage(cast), Stage(cast)
    token = with_photo(stage, "REPORT")
    assert client.get(path_of(stage, "photos", str(token)) + "?w=320").status_code == 200
    assert client.get(path_of(other, "photos", str(token))).status_code == 404
    paper = with_photo(stage, "EVIDENCE")
    assert client.get(path_of(stage, "photos", str(paper))).status_code == 404


def test_a_restricted_matter_says_little(client: Client, cast: Cast) -> None:
    stage = Stage(cast, text="我被老公打了，救命")
    page = page_of(client, stage)
    assert "专人负责" in page
    assert 'href="tel:110"' in page
    assert "期限" not in page


def test_the_page_is_kept_by_no_cache_and_no_search_engine(client: Client, cast: Cast) -> None:
    answer = client.get(path_of(Stage(cast)))
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer.content.decode()


def test_the_page_costs_the_same_however_long_the_story(
    client: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    stage = stage_at(cast, State.CLOSED)
    for _ in range(20):
        with_photo(stage, "RESULT")
    with django_assert_max_num_queries(30):
        page_of(client, stage)


def test_large_type_works_here(client: Client, cast: Cast) -> None:
    stage = Stage(cast)
    assert "大字版" in page_of(client, stage)
    client.post("/type-size/", {"large": "1", "next": path_of(stage)})
    assert 'class="is-large"' in page_of(client, stage)


# --- Codes ------------------------------------------------------------------------------------


def test_a_code_may_be_typed_as_people_type(client: Client, cast: Cast) -> None:
    code = Stage(cast).report.tracking_code
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]}。"
    answer = client.get("/m/", {"code": typed.rstrip("。")})
    assert answer["Location"] == f"/m/{code}/"


@pytest.mark.parametrize(
    ("typed", "sentence"), [("abc", "10 位"), ("七七七七七七七七七七", "只有字母和数字")]
)
def test_a_mistyped_code_is_told_what_is_wrong(client: Client, typed: str, sentence: str) -> None:
    answer = client.get("/m/", {"code": typed})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_an_expired_code_gets_a_sentence_that_helps(client: Client, cast: Cast, clock: Any) -> None:
    stage = stage_at(cast, State.CLOSED)
    clock.forward(days=181)
    answer = client.get(path_of(stage))
    assert answer.status_code == 404
    assert "已经失效" in answer.content.decode()


def test_wrong_codes_are_limited_and_right_ones_never_count(client: Client, cast: Cast) -> None:
    stage = Stage(cast)
    for _ in range(50):
        assert client.get(path_of(stage)).status_code == 200
    for _ in range(50):  # Mistyped, as the check letter shows.
        assert client.get("/m/1000000000/").status_code == 404
    for _ in range(30):  # Well-formed, and nobody's.
        assert client.get("/m/0000000000/").status_code == 404
    assert client.get("/m/0000000000/").status_code == 429
    assert client.get(path_of(stage), REMOTE_ADDR="10.1.1.1").status_code == 200


# --- Saying something ---------------------------------------------------------------------------


def test_a_nudge_goes_out_once_a_day(client: Client, cast: Cast, clock: Any) -> None:
    stage = stage_at(cast, State.TAKEN)
    assert client.post(path_of(stage, "nudge"), follow=True).status_code == 200
    assert client.post(path_of(stage, "nudge")).status_code == 409
    clock.forward(days=1, minutes=1)
    assert client.post(path_of(stage, "nudge")).status_code == 302


def test_a_good_rating_closes_it(client: Client, cast: Cast) -> None:
    stage = stage_at(cast, State.VERIFIED)
    assert "已更换灯泡" in page_of(client, stage)
    given = {"solved": "yes", "satisfaction": "SATISFIED", "comment": "很快"}
    page = client.post(path_of(stage, "rate"), given, follow=True).content.decode()
    assert "谢谢您的评价" in page
    assert stage.matter.state == State.CLOSED
    assert "很快" in page_of(client, stage)


def test_a_bad_rating_brings_rework_and_its_photo_comes_along(client: Client, cast: Cast) -> None:
    stage = stage_at(cast, State.VERIFIED)
    given = {"solved": "no", "satisfaction": "DISSATISFIED", "photos": [a_photo()]}
    page = client.post(path_of(stage, "rate"), given, follow=True).content.decode()
    assert "重新办理" in page
    assert stage.matter.state == State.REWORK
    assert Attachment.objects.get().subject_id == stage.id


@pytest.mark.parametrize("missing", ["solved", "satisfaction"])
def test_an_incomplete_rating_keeps_what_was_said(client: Client, cast: Cast, missing: str) -> None:
    stage = stage_at(cast, State.VERIFIED)
    given = {"solved": "no", "satisfaction": "DISSATISFIED", "comment": "晚上还是不亮"}
    del given[missing]
    answer = client.post(path_of(stage, "rate"), given)
    assert answer.status_code == 422
    assert "晚上还是不亮" in answer.content.decode()
    assert stage.matter.state == State.VERIFIED


def test_a_second_rating_is_thanked_and_changes_nothing(client: Client, cast: Cast) -> None:
    stage = stage_at(cast, State.VERIFIED)
    other = reported(cast)
    Matter.objects.filter(pk=other.matter.pk).update(
        state=State.MERGED, merged_into_id=stage.id
    )  # Somebody else has not rated yet, so it stays open to ratings.
    given = {"solved": "yes", "satisfaction": "SATISFIED"}
    client.post(path_of(stage, "rate"), given)
    assert 'id="rate"' not in page_of(client, stage)
    given["satisfaction"] = "DISSATISFIED"
    client.post(path_of(stage, "rate"), given, follow=True)
    assert stage.matter.state == State.VERIFIED


def test_what_was_reported_can_be_withdrawn(client: Client, cast: Cast) -> None:
    stage = Stage(cast)
    assert "withdraw-dialog" in page_of(client, stage)
    client.post(path_of(stage, "withdraw"))
    assert stage.matter.state == State.WITHDRAWN
    page = page_of(client, stage)
    assert "您已撤回" in page
    assert "社区仍会继续办理" not in page


def test_a_danger_goes_on_and_the_page_says_why(client: Client, cast: Cast) -> None:
    stage = Stage(cast, category_id=cast.hazard.pk)
    client.post(path_of(stage, "withdraw"))
    assert stage.matter.state == State.REPORTED
    page = page_of(client, stage)
    assert "您已撤回" in page
    assert "因可能有危险，或有邻居同样反映，社区仍会继续办理" in page


def test_name_and_number_go_for_good_when_asked(client: Client, cast: Cast) -> None:
    stage = Stage(cast)
    client.post(path_of(stage, "erase"))
    page = page_of(client, stage)
    assert "已删除" in page
    assert "erase-dialog" not in page
    reporter = queries.reporters_of(matter=stage.matter).get()
    assert bytes(reporter.phone_sealed) == b""
    assert stage.matter.text


@pytest.mark.parametrize("step", ["nudge", "rate", "withdraw", "erase"])
def test_nothing_is_done_by_merely_following_a_link(client: Client, cast: Cast, step: str) -> None:
    assert client.get(path_of(Stage(cast), step)).status_code == 405


def test_the_code_is_shown_large_and_in_groups(client: Client, cast: Cast) -> None:
    page = client.get(path_of(Stage(cast), "done")).content.decode()
    assert re.search(r"done-code number\">[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}<", page)
