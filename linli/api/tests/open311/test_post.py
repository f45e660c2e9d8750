"""Sending a request: it becomes a matter like any other, once, and says what follows."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from linli.api.open311 import taking_in
from linli.api.tests.open311.cases import ROOT, as_text, from_xml, key_for
from linli.core import crypto
from linli.core.actor import system
from linli.core.models import Event
from linli.matters import queries
from linli.matters.models import Condition, Matter, Reporter
from linli.matters.queries import reporter_by_code
from linli.matters.tests.stages import reported
from linli.people import services as people
from linli.people.models import ApiToken, TokenScope
from linli.territory.queries import locate
from tests.cast import NOW

CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}")


def matter_of(said):
    _year, _dash, key = said["service_request_id"].partition("-")
    matter = Matter.objects.get(pk=key)
    assert matter.number == said["service_request_id"]
    return matter


def opened(reporter, field):
    sealed = getattr(reporter, f"{field}_sealed")
    return crypto.unseal(sealed=sealed, field=f"reporter.{field}", row=str(reporter.row_key))


# --- What becomes of it ---------------------------------------------------------------------


def test_a_request_becomes_a_matter_of_its_grid(server, cast):
    matter = matter_of(server.posted())
    assert matter.channel == "OPEN311"
    assert matter.state == "REPORTED"
    assert matter.category == cast.lamp
    assert matter.text == "楼下路灯不亮"
    assert (matter.community, matter.grid) == (cast.community, cast.grid)
    assert (matter.latitude, matter.longitude) == (32.0521, 118.8011)
    (event,) = Event.objects.filter(name="matters.reported", subject_id=matter.pk)
    assert event.actor == f"client:{ApiToken.objects.get().pk}"
    assert event.facts["channel"] == "OPEN311"


def test_the_answer_has_number_notice_and_account_in_both_formats(server):
    said = server.posted(account_id="用户-17")
    assert tuple(said) == ("service_request_id", "service_notice", "account_id")
    assert said["account_id"] == "用户-17"
    # The same once more, this time as XML: it is the same request.
    xml = from_xml(server.post("requests.xml", account_id="用户-17").content)
    assert xml == [as_text(said)]
    assert server.posted(description="又一处")["account_id"] is None


def test_the_tracking_code_in_the_notice_leads_to_the_report(server):
    said = server.posted()
    (code,) = CODE.findall(said["service_notice"])
    assert reporter_by_code(code=code, at=NOW).matter == matter_of(said)
    assert "http://testserver/m/" in said["service_notice"]


def test_the_answer_of_a_post_is_kept_by_nobody(server):
    answer = server.post()
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_name_and_telephone_are_sealed_and_nothing_else_of_a_person_is_kept(server):
    said = server.posted(
        first_name="三",
        last_name="张",
        phone="+86 138-1234-8000",
        email="zhang@example.org",
        device_id="tt222111",
        account_id="123456",
    )
    reporter = Reporter.objects.get(matter=matter_of(said))
    assert opened(reporter, "name") == "张三"
    assert opened(reporter, "phone") == "13812348000"
    assert reporter.agreed_privacy_at is None  # the standard does not say that they agreed
    kept = repr([*Matter.objects.values(), *Reporter.objects.values(), *Event.objects.values()])
    for word in ("张三", "13812348000", "zhang@", "tt222111", "123456"):
        assert word not in kept


def test_a_latin_name_keeps_its_order_and_consent_is_kept_where_it_is_said(server):
    said = server.posted(first_name="John", last_name="Smith", agreed_privacy="true")
    reporter = Reporter.objects.get(matter=matter_of(said))
    assert opened(reporter, "name") == "John Smith"
    assert reporter.agreed_privacy_at == NOW


def test_without_words_the_service_says_what_it_is_about(server, cast):
    assert matter_of(server.posted(description=None)).text == "路灯不亮"
    assert matter_of(server.posted(description="🔥🔥")).text == "路灯不亮\n🔥🔥"


def test_the_condition_that_is_chosen_counts(server, cast):
    usual = cast.condition(cast.lamp)
    many = Condition.objects.create(
        category=cast.lamp,
        code="MANY",
        name="成片不亮",
        clock=usual.clock,
        amount=1,
        rework_amount=1,
        position=1,
    )
    said = server.posted(**{"attribute[condition]": "MANY"})
    assert matter_of(said).condition == many
    said = server.posted(**{"attribute[condition][]": "USUAL"})
    assert matter_of(said).condition == usual
    assert matter_of(server.posted(**{"attribute[condition]": ""})).condition == usual
    for bad in ({"attribute[condition]": "NONE"}, {"attribute[WHISPAWN]": "1"}):
        assert server.post(**bad).status_code == 400
    assert server.post(**{"attribute[condition][]": ["MANY", "USUAL"]}).status_code == 400


def test_a_picture_is_written_down_and_never_fetched(server, monkeypatch):
    def nobody_calls(*args, **more):
        raise AssertionError("nothing is fetched")

    monkeypatch.setattr("socket.socket.connect", nobody_calls)
    url = "http://169.254.169.254/latest/meta-data/?a=1&b=<2>"
    matter = matter_of(server.posted(media_url=url))
    assert url in matter.text
    assert matter.title == "楼下路灯不亮"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "//x", "http://", "http://[", "ht tp://x",
            "http://a\r\nb", "https://" + "a" * 500]
)  # fmt: skip
def test_a_picture_elsewhere_than_on_the_web_is_refused(url, server):
    assert server.post(media_url=url).status_code == 400


def test_staff_are_shown_what_may_be_the_same(server, cast):
    before = reported(cast, location=locate(longitude=118.8011, latitude=32.0521)).matter
    matter = matter_of(server.posted(description="翠园3幢门口的路灯坏了"))
    spot = queries.spot_of(matter=matter)
    found = queries.suggest_duplicates(spot=spot, text=matter.text, at=NOW)
    assert [one.matter.pk for one in found] == [before.pk]
    assert Matter.objects.count() == 2  # a hint, no merge


def test_the_desk_reads_it_like_any_other(server, cast, signed_in):
    matter = matter_of(server.posted(last_name="张", first_name="三", phone="13812348000"))
    browser = signed_in(cast.zhou_min)
    for path in (f"/desk/{matter.pk}/", f"/trace/{matter.trace}/", "/desk/?view=all"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert "楼下路灯不亮" in answer.content.decode(), path
    assert "其他应用（Open311）" in browser.get(f"/desk/{matter.pk}/").content.decode()


# --- Emergencies ----------------------------------------------------------------------------


def test_an_emergency_is_restricted_and_says_whom_to_call(server):
    said = server.posted(description="隔壁家暴，孩子在哭喊救命")
    matter = matter_of(said)
    assert matter.is_restricted
    assert matter.kind == "EMERGENCY"
    assert "110" in said["service_notice"]
    assert "120" in said["service_notice"]
    assert server.get(f"requests/{matter.number}.json").status_code == 404


def test_a_fire_says_whom_to_call_and_a_lamp_does_not(server):
    assert "119" in server.posted(description="三楼着火了，有浓烟")["service_notice"]
    assert "119" not in server.posted()["service_notice"]


# --- Where ----------------------------------------------------------------------------------


def test_a_building_is_found_by_its_address_id_or_its_exact_name(server, cast):
    by_key = matter_of(
        server.posted(lat=None, long=None, address_id=f"BUILDING:{cast.building.pk}")
    )
    assert by_key.building == cast.building
    by_name = matter_of(server.posted(lat=None, long=None, address_string="翠园 3幢"))
    assert by_name.building == cast.building
    place = server.posted(
        lat=None, long=None, address_id=f"PLACE:{cast.place.pk}", address_string="门卫室旁"
    )
    assert matter_of(place).place_words == "翠园南门，门卫室旁"


def test_words_alone_file_it_at_the_community(server, cast):
    matter = matter_of(server.posted(lat=None, long=None, address_string="菜场后门的小路"))
    assert matter.community == cast.community
    assert matter.grid is None
    assert matter.place_text == "菜场后门的小路"


def test_a_point_with_words_keeps_both(server, cast):
    matter = matter_of(server.posted(address_string="单元门口"))
    assert matter.grid == cast.grid
    assert matter.place_text == "单元门口"


def test_a_point_outside_every_grid_is_refused_unless_words_say_where(server, cast):
    answer = server.post(lat="31.0", long="121.0")
    assert answer.status_code == 400
    assert "网格" in answer.json()[0]["description"]
    matter = matter_of(server.posted(lat="31.0", long="121.0", address_string="翠园3幢"))
    assert matter.building == cast.building


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"lat": "32.0521"},
        {"long": "118.8011"},
        {"lat": "", "long": "", "address_string": " ", "address_id": ""},
        {"lat": "nan", "long": "nan"},
        {"lat": "inf", "long": "1"},
        {"lat": "1e400", "long": "1"},
        {"lat": "95", "long": "118.8"},
        {"lat": "118.8", "long": "32.05"},
        {"lat": "３２", "long": "118"},
        {"lat": "3_2", "long": "118"},
        {"lat": "0x20", "long": "118"},
        {"lat": "32,05", "long": "118,8"},
        {"address_string": "长" * 121},
        {"address_id": "BUILDING:999999"},
        {"address_id": "BUILDING:99999999999999999999"},
        {"address_id": "BUILDING:-1"},
        {"address_id": "AREA:1"},
        {"address_id": "17"},
        {"address_id": "BUILDING:１"},
    ],
)
def test_a_place_that_is_none_is_refused(where, server):
    answer = server.post(**{"lat": None, "long": None, **where})
    assert answer.status_code == 400, answer.content.decode()
    assert all(one["description"] for one in answer.json())
    assert not Matter.objects.exists()


def test_a_building_of_another_community_is_none_of_ours(server, cast):
    theirs = f"BUILDING:{cast.elsewhere_building.pk}"
    assert server.post(lat=None, long=None, address_id=theirs).status_code == 400


# --- Keys -----------------------------------------------------------------------------------


def test_only_a_valid_key_of_this_community_is_taken(server, cast, clock):
    theirs = key_for(cast, area=cast.elsewhere)
    reading = people.issue_token(
        name="读",
        scopes={TokenScope.READ, TokenScope.WRITE},
        expires_at=NOW + timedelta(days=1),
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    ).secret
    for key in (None, "", "xyz", server.key[:-1], theirs, reading, "é" * 50, "a" * 9000):
        answer = server.post(api_key=key)
        assert answer.status_code == 403, key
        assert answer.json()[0]["code"] == 403
    assert not Matter.objects.exists()
    clock.forward(days=31)
    assert server.post().status_code == 403


def test_a_revoked_key_is_refused_at_once(server):
    assert server.post().status_code == 200
    token = ApiToken.objects.get()
    people.revoke_token(token_id=token.pk, actor=system(name="test"), at=NOW)
    assert server.post(description="另一件").status_code == 403


def test_the_key_may_stand_in_the_address_too(server, client):
    answer = client.post(
        f"{ROOT}/requests.json?api_key={server.key}&jurisdiction_id={server.cast.community.code}",
        "service_code=LAMP&lat=32.0521&long=118.8011",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200


def test_a_browser_of_another_site_cannot_use_a_session(server, cast, signed_in):
    browser = signed_in(cast.zhou_min, enforce_csrf_checks=True)
    answer = browser.post(
        f"{ROOT}/requests.json",
        f"jurisdiction_id={cast.community.code}&service_code=LAMP&lat=32.0521&long=118.8011",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 403
    assert not Matter.objects.exists()


# --- Once, though sent twice ----------------------------------------------------------------


def test_the_same_sent_again_at_once_is_one_request(server, clock):
    first = server.posted(device_id="a")
    clock.forward(minutes=9)
    assert server.posted(device_id="a") == first
    assert Matter.objects.count() == 1
    assert Reporter.objects.count() == 1


def test_the_border_between_two_slices_of_time_doubles_nothing(server, clock):
    clock.forward(minutes=9, seconds=59)
    first = server.posted()
    clock.forward(seconds=2)
    assert server.posted() == first


def test_the_same_an_hour_later_is_another_request(server, clock):
    first = server.posted()
    clock.forward(hours=1)
    assert server.posted()["service_request_id"] != first["service_request_id"]
    assert Matter.objects.count() == 2


@pytest.mark.parametrize(
    "other",
    [
        {"description": "楼下路灯不亮。"},
        {"device_id": "b"},
        {"phone": "13812348001"},
        {"lat": "32.0522"},
        {"address_string": "门口"},
        {"account_id": "2"},
    ],
)
def test_whoever_says_something_else_is_somebody_else(other, server):
    first = server.posted(device_id="a")
    assert server.posted(**({"device_id": "a"} | other)) != first
    assert Matter.objects.count() == 2


def test_an_idempotency_key_makes_it_one_for_ever(server, clock):
    headers = {"Idempotency-Key": "7f3a"}
    first = server.posted(headers=headers)
    clock.forward(days=3)
    assert server.posted(headers=headers) == first
    assert Matter.objects.count() == 1
    # Nothing that somebody reported is swallowed because a program used its key twice.
    assert server.posted(headers=headers, description="另一件") != first


def test_idempotency_keys_of_two_programs_are_apart(server, cast):
    headers = {"Idempotency-Key": "7f3a"}
    first = server.posted(headers=headers)
    server.key = key_for(cast)
    assert server.posted(headers=headers) != first


@pytest.mark.parametrize("key", ["é", "a" * 256, "a\tb"])
def test_an_idempotency_key_that_is_none_is_refused(key, server):
    assert server.post(headers={"Idempotency-Key": key}).status_code == 400


def test_the_key_of_a_report_says_nothing_of_what_it_was_made_of(server, settings):
    first = matter_of(server.posted()).submission_key
    assert isinstance(first, UUID)
    Matter.objects.update(submission_key=UUID(int=7))
    settings.DIGEST_KEY = b"another key of this installation"
    server.key = key_for(server.cast)
    assert matter_of(server.posted()).submission_key != first


# --- How much -------------------------------------------------------------------------------


def test_one_device_is_stopped_and_others_go_on(server, clock):
    for step in range(taking_in.REPORTS_BY_DEVICE.most):
        server.posted(device_id="a", description=f"第{step}盏路灯不亮")
    answer = server.post(device_id="a", description="再一盏路灯不亮")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3600"
    assert answer.json()[0]["code"] == 429
    # What was accepted is answered again, and somebody else is not stopped.
    assert server.posted(device_id="a", description="第0盏路灯不亮")
    assert server.posted(device_id="b", description="再一盏路灯不亮")


def test_one_telephone_is_stopped_whichever_way_it_is_written(server):
    for step in range(5):
        server.posted(phone="138-1234-8000", description=f"第{step}盏路灯不亮")
    assert server.post(phone="+8613812348000", description="再一盏").status_code == 429


def test_one_key_is_stopped(server, monkeypatch):
    limit = taking_in.Limit("open311-key", 2, 3600)
    monkeypatch.setattr(taking_in, "REPORTS_BY_KEY", limit)
    for step in range(2):
        server.posted(description=f"第{step}盏路灯不亮")
    assert server.post(description="再一盏路灯不亮").status_code == 429
    # A refused request counts for nothing.
    assert server.post(service_code="NOTHING").status_code == 404


def test_it_takes_few_queries(server, django_assert_max_num_queries):
    server.posted()
    with django_assert_max_num_queries(23):
        server.posted(description="另一盏")
