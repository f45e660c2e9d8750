"""The field face: what needs a grid worker now, and reporting with one hand."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.matters.models import Matter
from linli.matters.tests.stages import Stage, reported, stage_at
from linli.matters.workflow import State
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _at_ten_in_the_morning(clock: object) -> None:
    """Every request is made at `NOW`."""


def _form(**changes: object) -> dict[str, object]:
    given = {
        "submission_key": str(uuid4()),
        "text": "绿化带上晾着被子",
        "place_query": "翠园3幢",
        "advice": "已劝导，答应中午收走",
    }
    return given | changes


def test_today_shows_what_waits_and_nothing_else(cast: Cast, signed_in: SignIn) -> None:
    mine = stage_at(cast, State.DISPATCHED)
    check = stage_at(cast, State.RESOLVED)
    climbed = Stage(cast, text="楼道灯不亮，没人理")
    Matter.objects.filter(pk=climbed.id).update(level=cast.grid_level)
    at_home = reported(cast, text="还在楼栋长那一级").matter
    page = signed_in(cast.xu).get("/field/").content.decode()
    for stage in (check, climbed):
        assert f"/field/matters/{stage.id}/" in page
    assert f"/field/matters/{mine.id}/" not in page
    assert at_home.title not in page
    lead = signed_in(cast.wang).get("/field/").content.decode()
    assert at_home.title in lead


def test_today_costs_the_same_however_much_there_is(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = signed_in(cast.xu)
    for _ in range(12):
        stage_at(cast, State.RESOLVED)
    with django_assert_max_num_queries(20):
        assert browser.get("/field/").status_code == 200


def test_a_patrol_finding_is_reported_with_the_advice_given(cast: Cast, signed_in: SignIn) -> None:
    answer = signed_in(cast.xu).post("/field/report/", _form())
    matter = Matter.objects.get()
    assert answer.headers["Location"] == f"/field/matters/{matter.pk}/"
    assert (matter.channel, matter.building, matter.category) == (
        "FIELD",
        cast.building,
        cast.disorder,
    )
    assert matter.notes.get().text == "已劝导，答应中午收走"


def test_what_was_settled_on_the_spot_goes_to_somebody_else_to_check(
    cast: Cast, signed_in: SignIn
) -> None:
    signed_in(cast.xu).post("/field/report/", _form(is_settled="on", answer="当场收走", advice=""))
    matter = Matter.objects.get()
    assert matter.state == State.RESOLVED
    assert (
        matter.title
        not in signed_in(cast.xu).get("/field/").content.decode().split('id="brought-in"')[0]
    )
    assert matter.title in signed_in(cast.li).get("/field/").content.decode()


def test_the_same_form_sent_twice_is_one_matter(cast: Cast, signed_in: SignIn) -> None:
    browser, form = signed_in(cast.xu), _form()
    assert (
        browser.post("/field/report/", form).headers["Location"]
        == browser.post("/field/report/", form).headers["Location"]
    )
    assert Matter.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": "😀😀"}, "请用文字说明是什么事"),
        ({"text": "灯" * 6000}, "最多 5000 字"),
        ({"is_settled": "on", "answer": ""}, "请写明怎么办结的"),
    ],
)
def test_bad_input_gets_a_sentence_and_loses_nothing(
    cast: Cast, signed_in: SignIn, changes: dict[str, object], sentence: str
) -> None:
    answer = signed_in(cast.xu).post("/field/report/", _form(**changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "已劝导，答应中午收走" in page
    assert not Matter.objects.exists()


def test_a_photo_that_is_a_script_is_refused_and_the_words_stay(
    cast: Cast, signed_in: SignIn
) -> None:
    script = SimpleUploadedFile("a.jpg", b"<script>alert(1)</script>", content_type="image/jpeg")
    answer = signed_in(cast.xu).post("/field/report/", _form(photos=script))
    assert answer.status_code == 422
    assert "绿化带上晾着被子" in answer.content.decode()
    assert not Matter.objects.exists()


def test_what_turns_out_to_be_an_emergency_leaves_the_grid_workers_sight(
    cast: Cast, signed_in: SignIn
) -> None:
    browser = signed_in(cast.xu)
    answer = browser.post("/field/report/", _form(text="有人正在打老婆，快来", advice=""))
    assert answer.headers["Location"] == "/field/"
    matter = Matter.objects.get()
    assert matter.is_restricted
    assert browser.get(f"/field/matters/{matter.pk}/").status_code == 404


def test_a_matter_says_the_way_there_whatever_its_state(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.xu)
    for state in (State.REPORTED, State.TAKEN, State.RESOLVED, State.CLOSED):
        stage = stage_at(cast, state)
        answer = browser.get(f"/field/matters/{stage.id}/")
        assert answer.status_code == 200
        assert f'href="geo:{cast.building.latitude},{cast.building.longitude}"' in (
            answer.content.decode()
        )


def test_a_stand_in_sees_what_is_anothers(cast: Cast, signed_in: SignIn) -> None:
    from linli.people.models import Handover

    Handover.objects.create(
        absent=cast.xu,
        stand_in=cast.sun,
        from_date=NOW.date(),
        until_date=NOW.date() + timedelta(days=3),
        made_by="system:cast",
    )
    check = stage_at(cast, State.RESOLVED)
    page = signed_in(cast.sun).get("/field/").content.decode()
    assert "许中杰" in page
    assert f"/field/matters/{check.id}/" in page


@pytest.mark.parametrize("path", ["/field/", "/field/report/", "/field/brought-in/"])
def test_the_grid_is_for_those_who_walk_it(cast: Cast, signed_in: SignIn, path: str) -> None:
    assert signed_in(cast.xu).get(path).status_code == 200
    assert signed_in(cast.chen).get(path).status_code == 404
    assert Client().get(path).status_code == 302


def test_hints_and_places_answer_while_one_types(cast: Cast, signed_in: SignIn) -> None:
    browser = signed_in(cast.xu)
    hint = browser.post("/field/report/hint/", {"text": "有人要跳楼"}).content.decode()
    assert "tel:110" in hint
    places = browser.get("/field/report/places/", {"place_query": "翠园3"}).content.decode()
    assert f"BUILDING:{cast.building.pk}" in places
    near = {"longitude": cast.building.longitude, "latitude": cast.building.latitude}
    assert (
        f"BUILDING:{cast.building.pk}"
        in browser.get("/field/report/places/", near).content.decode()
    )
