"""Report without an account: few fields, nothing lost, never twice, and danger first."""

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from linli.core.models import Attachment
from linli.matters import queries
from linli.matters.models import Likeness, Matter
from linli.matters.tests.stages import reported, stage_at
from linli.matters.workflow import Channel, Kind, State
from linli.territory.models import Poster
from linli.territory.queries import locate
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
OUTBOX = {"X-Linli-Outbox": "1"}


@pytest.fixture(autouse=True)
def _at_ten_in_the_morning(clock: object) -> None:
    """Every request is made at `NOW`."""


def a_form(cast: Cast, **changes: object) -> dict[str, object]:
    given: dict[str, object] = {
        "submission_key": str(uuid4()),
        "community": cast.community.pk,
        "text": "翠园3幢门口的路灯坏了，晚上看不清路。",
        "place_ref": f"BUILDING:{cast.building.pk}",
        "place_query": "翠园3",
    }
    return given | changes


def a_photo(name: str = "灯.jpg") -> SimpleUploadedFile:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(picture, "JPEG")
    return SimpleUploadedFile(name, picture.getvalue(), content_type="image/jpeg")


def send(client: Client, form: dict[str, object], **headers: str) -> HttpResponse:
    return client.post("/report/", form, headers=headers)


def only_matter() -> Matter:
    return Matter.objects.get()


# --- It works -------------------------------------------------------------------------------


def test_a_sentence_and_a_place_are_enough(client: Client, cast: Cast) -> None:
    answer = send(client, a_form(cast))
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    matter = only_matter()
    assert matter.building == cast.building
    assert matter.category == cast.lamp  # by its words
    assert matter.channel == Channel.WEB
    assert "查询码" in page.content.decode()
    assert "翠园 3幢" in page.content.decode()


def test_the_form_asks_for_nothing_but_what_it_needs(client: Client, cast: Cast) -> None:
    page = client.get(f"/report/?community={cast.community.pk}").content.decode()
    assert page.count("（选填）") == 5  # photos, number, name, for whom, about whom
    assert f'name="community" value="{cast.community.pk}"' in page


def test_photos_come_along(client: Client, cast: Cast) -> None:
    send(client, a_form(cast, photos=[a_photo(), a_photo("二.jpg")]))
    assert Attachment.objects.filter(subject_id=only_matter().pk).count() == 2


def test_a_poster_knows_where_it_hangs(client: Client, cast: Cast) -> None:
    Poster.objects.create(
        token="abc123",
        community=cast.community,
        entrance=cast.entrance,
        made_by="account:1",
        made_at=NOW,
    )
    opened = client.get("/q/abc123/")
    page = client.get(opened["Location"]).content.decode()
    assert "翠园 3幢 1单元" in page
    assert 'name="place_query"' not in page
    send(client, a_form(cast, poster="abc123", place_ref="", place_query="", place_text="门口"))
    matter = only_matter()
    assert (matter.entrance, matter.place_text) == (cast.entrance, "门口")
    assert matter.channel == Channel.QR


def test_a_poster_out_of_use_says_so(client: Client, cast: Cast) -> None:
    Poster.objects.create(
        token="old",
        community=cast.community,
        place=cast.place,
        made_by="account:1",
        made_at=NOW,
        withdrawn_at=NOW,
    )
    assert client.get("/q/old/").status_code == 410
    assert client.get("/q/never/").status_code == 404


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"place_ref": "", "place_query": "翠园 3幢"}, "building"),
        ({"place_ref": "", "place_query": "翠园3幢"}, "building"),
        ({"place_ref": "POINT", "longitude": 118.806, "latitude": 32.052}, "other_grid"),
        ({"place_ref": "", "place_query": "菜场后门那条小路"}, "words"),
        ({"place_ref": "", "longitude": 10, "latitude": 10}, "words"),
    ],
)
def test_a_place_can_be_said_in_many_ways(
    client: Client, cast: Cast, given: dict[str, object], place: str
) -> None:
    answer = send(client, a_form(cast, **given))
    assert answer.status_code == 302
    matter = only_matter()
    if place == "building":
        assert matter.building == cast.building
    elif place == "other_grid":
        assert (matter.grid, matter.building) == (cast.other_grid, None)
    else:
        assert matter.community == cast.community
        assert matter.place_text == given.get("place_query", "翠园3")


def test_number_and_name_need_consent(client: Client, cast: Cast) -> None:
    form = a_form(cast, phone="138 1234 8000", name="张三")
    answer = send(client, form)
    assert answer.status_code == 422
    assert "请勾选同意" in answer.content.decode()
    assert send(client, {**form, "agreed": "on"}).status_code == 302
    reporter = queries.reporters_of(matter=only_matter()).get()
    assert reporter.phone_digest
    assert reporter.agreed_privacy_at == NOW


# --- Nothing is lost --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": ""}, "请用文字说明"),
        ({"text": "😀😀😀"}, "请用文字说明"),
        ({"text": "灯" * 10_000}, "10000"),
        ({"phone": "12"}, "“12”"),
        ({"place_ref": "", "place_query": ""}, ""),
        ({"place_ref": "BUILDING:999999"}, ""),
    ],
)
def test_what_is_wrong_stands_in_the_form_and_what_was_typed_stays(
    client: Client, cast: Cast, changes: dict[str, object], sentence: str
) -> None:
    form = a_form(cast, name="张三", on_behalf_of="母亲", agreed="on") | changes
    page = send(client, form)
    content = page.content.decode()
    assert page.status_code == 422
    assert "error-summary" in content
    assert sentence in content
    assert 'value="张三"' in content
    assert 'value="母亲"' in content
    assert str(form["submission_key"]) in content
    assert not Matter.objects.exists()


def test_no_browser_cuts_long_words_off_in_silence(client: Client, cast: Cast) -> None:
    page = client.get("/report/", {"community": cast.community.pk}).content.decode()
    assert "maxlength" not in page[page.index("<textarea") : page.index("</textarea>")]


def test_everything_that_is_wrong_is_said_at_once(client: Client, cast: Cast) -> None:
    form = a_form(cast, name="张三", text="", place_ref="", place_query="")
    content = send(client, form).content.decode()
    for sentence in ("请用文字说明", "请说明地点", "请勾选同意"):
        assert sentence in content


@pytest.mark.parametrize(
    "bad",
    [
        SimpleUploadedFile("x.jpg", b"<script>alert(1)</script>", content_type="image/jpeg"),
        SimpleUploadedFile("x.svg", b"<svg onload='alert(1)'/>", content_type="image/svg+xml"),
        SimpleUploadedFile("x.jpg", b"", content_type="image/jpeg"),
    ],
)
def test_a_bad_photo_is_told_beside_the_field_and_good_ones_are_kept(
    client: Client, cast: Cast, bad: SimpleUploadedFile
) -> None:
    form = a_form(cast)
    page = send(client, {**form, "photos": [a_photo(), bad]})
    assert page.status_code == 422
    content = page.content.decode()
    assert "photos-error" in content
    assert str(form["text"]) in content
    token = Attachment.objects.get().token
    assert f'name="photo_token" value="{token}"' in content
    again = send(client, {**form, "photo_token": str(token)})
    assert again.status_code == 302
    assert Attachment.objects.get().subject_id == only_matter().pk


def test_a_photo_of_30_mb_is_told_how_much_is_too_much(client: Client, cast: Cast) -> None:
    huge = SimpleUploadedFile("big.jpg", b"\xff\xd8" + b"0" * (30 * 1024 * 1024))
    page = send(client, a_form(cast, photos=[huge]))
    assert page.status_code == 422
    assert "20 MB" in page.content.decode()


def test_a_photo_can_be_taken_out_again(client: Client, cast: Cast) -> None:
    send(client, a_form(cast, text="", photos=[a_photo()]))
    token = str(Attachment.objects.get().token)
    send(client, a_form(cast, photo_token=token, photo_remove=token))
    assert Attachment.objects.get().subject_id is None


# --- Never twice ------------------------------------------------------------------------------


def test_the_same_form_sent_twice_is_one_matter_and_one_code(client: Client, cast: Cast) -> None:
    form = a_form(cast)
    first, second = send(client, form), send(client, form)
    assert first["Location"] == second["Location"]
    assert Matter.objects.count() == 1


def test_a_phone_sends_what_it_kept_and_gets_an_answer_it_can_read(
    client: Client, cast: Cast
) -> None:
    form = a_form(cast)
    answer = send(client, form, **OUTBOX)
    assert answer.json()["state"] == "accepted"
    assert client.get(answer.json()["url"]).status_code == 200
    assert send(client, form, **OUTBOX).json() == answer.json()
    assert answer.json()["private"] is False
    private = send(client, a_form(cast, text="我被老公打了"), **OUTBOX)
    assert private.json()["private"] is True
    refused = send(client, a_form(cast, text=""), **OUTBOX)
    assert refused.status_code == 422
    assert refused.json()["sentences"] == ["请用文字说明是什么事。"]


def test_a_browser_with_script_gets_a_piece_and_one_without_gets_a_page(
    client: Client, cast: Cast
) -> None:
    piece = send(client, a_form(cast, text=""), **HTMX).content.decode()
    assert piece.lstrip().startswith("<form")
    assert "<html" in send(client, a_form(cast, text="")).content.decode()
    assert send(client, a_form(cast), **HTMX)["HX-Redirect"].endswith("/done/")


# --- Limits -------------------------------------------------------------------------------------


def test_only_accepted_reports_count_against_a_limit(client: Client, cast: Cast) -> None:
    for _ in range(30):
        assert send(client, a_form(cast, text="")).status_code == 422
    for _ in range(20):
        assert send(client, a_form(cast)).status_code == 302
    refused = send(client, a_form(cast))
    assert refused.status_code == 429
    assert "025-00000000" in refused.content.decode()
    assert "翠园3幢门口的路灯坏了" in refused.content.decode()


def test_a_phone_has_a_limit_of_its_own_however_it_is_written(client: Client, cast: Cast) -> None:
    for number in range(5):
        phone = "138-1234-8000" if number % 2 else "13812348000"
        form = a_form(cast, phone=phone, agreed="on")
        assert client.post("/report/", form, REMOTE_ADDR=f"10.0.0.{number}").status_code == 302
    form = a_form(cast, phone="+86 138 1234 8000", agreed="on")
    assert client.post("/report/", form, REMOTE_ADDR="10.0.0.9").status_code == 429


def test_sending_the_same_again_never_uses_up_the_limit(client: Client, cast: Cast) -> None:
    form = a_form(cast)
    for _ in range(30):
        assert send(client, form).status_code == 302


# --- Hints ------------------------------------------------------------------------------------


def hints(client: Client, cast: Cast, **changes: object) -> str:
    answer = client.post("/report/hints/", a_form(cast, **changes), headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def test_words_suggest_a_category(client: Client, cast: Cast) -> None:
    page = hints(client, cast)
    assert f'value="{cast.lamp.pk}" checked' in page
    assert "都不是" in page


def test_a_failing_suggestion_never_stops_a_report(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_given: Any) -> None:
        raise RuntimeError("the classifier is down")

    monkeypatch.setattr(queries, "suggest_categories", broken)
    monkeypatch.setattr(queries, "suggest_duplicates", broken)
    assert "看起来是" not in hints(client, cast)
    assert send(client, a_form(cast)).status_code == 302
    assert only_matter().kind == Kind.REQUEST


def test_a_neighbours_report_is_hinted_at_without_their_words(client: Client, cast: Cast) -> None:
    first = reported(cast, text="翠园3幢门口路灯坏了，我是张三 13812348000").matter
    page = hints(client, cast)
    assert f'value="{first.number}"' in page
    assert "张三" not in page
    assert "13812348000" not in page
    send(client, a_form(cast, same_as=first.number))
    own = Matter.objects.exclude(pk=first.pk).get()
    assert first.number not in own.text  # their words stay theirs
    assert [one.other for one in own.likenesses.all()] == [first]
    assert own.state == "REPORTED"  # the desk merges, not the form


def test_the_desk_sees_what_the_reporter_takes_for_the_same(
    client: Client, cast: Cast, signed_in: Callable[..., Client]
) -> None:
    first = reported(
        cast, text="灯柱歪了", location=locate(building_id=cast.far_building.pk)
    ).matter
    send(client, a_form(cast, same_as=first.number))
    own = Matter.objects.exclude(pk=first.pk).get()
    page = signed_in(cast.zhou_min).get(f"/desk/{own.pk}/").content.decode()
    assert "上报人认为是同一件事" in page
    assert f'name="into" value="{first.number}"' in page


def test_nothing_restricted_of_elsewhere_or_over_is_referred_to(
    client: Client, cast: Cast, signed_in: Callable[..., Client]
) -> None:
    restricted = reported(cast, category_id=cast.referral.pk).matter
    over = stage_at(cast, State.DECLINED).matter
    elsewhere = reported(
        cast,
        community_id=cast.elsewhere.pk,
        category_id=cast.elsewhere_category.pk,
        location=locate(building_id=cast.elsewhere_building.pk),
    ).matter
    for other in (restricted, over, elsewhere):
        answer = send(client, a_form(cast, same_as=other.number))
        assert answer.status_code == 302  # and no word of whether it is there
    send(client, a_form(cast, same_as="2026-999999"))
    open_one = reported(cast).matter
    send(client, a_form(cast, same_as=open_one.number, text="我被老公打了，救命"))
    assert not Likeness.objects.exists()
    # What became restricted since is no longer shown.
    send(client, a_form(cast, same_as=open_one.number))
    own = Likeness.objects.get().matter
    Matter.objects.filter(pk=open_one.pk).update(is_restricted=True)
    page = signed_in(cast.zhou_min).get(f"/desk/{own.pk}/").content.decode()
    assert "上报人认为是同一件事" not in page


def test_restricted_matters_are_never_hinted_at(client: Client, cast: Cast) -> None:
    reported(cast, text="翠园3幢有人打老婆，天天打", category_id=cast.emergency.pk)
    assert "same_as" not in hints(client, cast, text="翠园3幢有人吵，灯也坏了")


@pytest.mark.parametrize(
    ("text", "first"), [("我被老公打了", "110"), ("3幢楼道起火了", "119"), ("老人晕倒了", "120")]
)
def test_danger_shows_whom_to_call_before_anything_else(
    client: Client, cast: Cast, text: str, first: str
) -> None:
    page = hints(client, cast, text=text)
    assert f'href="tel:{first}"' in page
    answer = send(client, a_form(cast, text=text))
    assert f'href="tel:{first}"' in client.get(answer["Location"]).content.decode()
    assert only_matter().is_restricted


def test_a_restricted_report_is_not_remembered_by_the_phone(client: Client, cast: Cast) -> None:
    answer = send(client, a_form(cast, text="我被老公打了"))
    assert "data-remember=" not in client.get(answer["Location"]).content.decode()
    answer = send(client, a_form(cast))
    assert "data-remember=" in client.get(answer["Location"]).content.decode()


def places(client: Client, cast: Cast, **given: object) -> str:
    answer = client.get("/report/places/", {"community": cast.community.pk, **given})
    return answer.content.decode()


def test_places_are_found_by_initials(client: Client, cast: Cast) -> None:
    page = places(client, cast, place_query="cy3")
    assert f'value="BUILDING:{cast.building.pk}" checked' in page
    outside = cast.elsewhere_building.pk
    assert f"BUILDING:{outside}" not in page


def test_a_position_offers_the_buildings_near_it(client: Client, cast: Cast) -> None:
    page = places(client, cast, longitude="118.8011", latitude="32.0520")
    assert "第一网格" in page
    assert page.index("翠园 3幢") < page.index("翠园 5幢")
    assert "桂苑" not in page
    assert "不在本社区" in places(client, cast, longitude="1", latitude="2")


def test_the_map_is_the_communitys_own(client: Client, cast: Cast) -> None:
    here = {"community": cast.community.pk}
    drawn = client.get("/report/map/", here).content.decode()
    assert "application/json" in drawn
    assert "\\u7b2c\\u4e00\\u7f51\\u683c" in drawn or "第一网格" in drawn
    assert "别处" not in drawn
    # It is fetched when somebody opens it, so that the form itself stays light.
    assert "application/json" not in client.get("/report/", here).content.decode()


# --- Which community --------------------------------------------------------------------------


def test_with_several_communities_one_is_chosen_first(client: Client, cast: Cast) -> None:
    page = client.get("/report/").content.decode()
    assert "请选择社区" in page
    client.get(f"/?community={cast.community.pk}")
    assert 'id="report-form"' in client.get("/report/").content.decode()


def test_a_complaint_keeps_the_unit_from_knowing_who_complains(client: Client, cast: Cast) -> None:
    send(client, a_form(cast, complained_of=cast.property_company.pk))
    assert only_matter().complained_of == cast.property_company


def test_staff_are_not_limited(
    client: Client, cast: Cast, signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(cast.zhou_min)
    for _ in range(21):
        answer = send(browser, a_form(cast))
    assert answer.status_code == 302
