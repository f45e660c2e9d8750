"""Asking for requests: what is listed, what a number alone shows, and how much at once."""

import re
import uuid
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.api.tests.open311.cases import as_text, from_xml, open_board, published
from linli.matters import services
from linli.matters.models import Matter
from linli.matters.tests.stages import PATHS, Stage, reported, stage_at
from linli.matters.workflow import SETTLED, State
from linli.territory.models import Community
from linli.territory.queries import locate
from tests.cast import NOW

FIELDS = (
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
)
"""Source: https://wiki.open311.org/GeoReport_v2, GET Service Requests, in its order."""

PRIVATE = ("description", "address", "address_id", "zipcode", "lat", "long", "media_url")
W3 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def numbers(said):
    return [one["service_request_id"] for one in said]


def copies(matter: Matter, count: int, *, apart: timedelta = timedelta(seconds=1)) -> list[Matter]:
    """Put copies of a matter beside it, each a little older than the one before."""
    values = {
        field.attname: getattr(matter, field.attname)
        for field in Matter._meta.concrete_fields
        if field.name not in ("id", "trace", "submission_key", "reported_at")
    }
    rows = [
        Matter(**values, submission_key=uuid.uuid4(), reported_at=matter.reported_at - apart * step)
        for step in range(1, count + 1)
    ]
    return Matter.objects.bulk_create(rows, batch_size=200)


# --- One request ----------------------------------------------------------------------------


@pytest.mark.parametrize("state", PATHS)
def test_every_state_is_open_or_closed_with_words_and_dates(state, server, cast):
    matter = stage_at(cast, state).matter
    (said,) = server.json(f"requests/{matter.number}.json")
    assert tuple(said) == FIELDS
    assert said["status"] == ("closed" if state in SETTLED else "open")
    assert said["status_notes"]
    for name, value in said.items():
        if name.endswith("_datetime") and value is not None:
            assert W3.fullmatch(value), name
    assert said["requested_datetime"] <= said["updated_datetime"]
    for name in ("service_request_id", "service_code", "service_name", "agency_responsible"):
        assert isinstance(said[name], str), name
    assert [said[name] for name in PRIVATE] == [None] * len(PRIVATE)
    assert from_xml(server.get(f"requests/{matter.number}.xml").content) == [as_text(said)]


def test_what_is_not_on_the_board_shows_neither_words_nor_place_nor_people(server, cast):
    matter = stage_at(cast, State.TAKEN).matter
    for path in (f"requests/{matter.number}", "requests"):
        for extension in ("xml", "json"):
            answer = server.get(f"{path}.{extension}", service_request_id=matter.number)
            said = answer.content.decode()
            assert matter.number in said
            for word in ("翠园", "晚上", "张三", "13812348", "安居物业", "老陈", "32.0", "118.8"):
                assert word not in said, word


def test_what_is_on_the_board_shows_the_summary_and_the_building(server, cast):
    spot = locate(building_id=cast.building.pk, longitude=118.80123, latitude=32.05234)
    matter = published(cast, location=spot)
    (said,) = server.json(f"requests/{matter.number}.json")
    assert said["description"] == "翠园3幢门口路灯已换"
    assert said["address"] == "3幢, 翠园, 府东社区"
    assert said["address_id"] == f"BUILDING:{cast.building.pk}"
    # The building's own point, never the one that somebody stood at.
    assert (said["lat"], said["long"]) == (32.052, 118.801)
    assert matter.longitude == 118.80123


def test_a_point_alone_stays_off_the_board(server, cast):
    matter = published(cast, location=locate(longitude=118.8011, latitude=32.0521))
    (said,) = server.json(f"requests/{matter.number}.json")
    assert said["description"]
    assert said["lat"] is said["long"] is said["address"] is None


def test_the_unit_is_named_for_what_is_on_the_board_and_a_person_never(server, cast):
    open_board(cast)
    stage = stage_at(cast, State.TAKEN)
    services.publish(
        matter_id=stage.id, actor=cast.actor(cast.zhou_min), at=NOW, summary="路灯正在修"
    )
    (said,) = server.json(f"requests/{stage.matter.number}.json")
    assert said["agency_responsible"] == "安居物业"
    other = Stage(cast)
    other.accept()
    services.dispatch(
        matter_id=other.id, actor=cast.actor(cast.zhou_min), at=NOW, account_id=cast.xu.pk
    )
    services.publish(
        matter_id=other.id, actor=cast.actor(cast.zhou_min), at=NOW, summary="网格员正在看"
    )
    (said,) = server.json(f"requests/{other.matter.number}.json")
    assert said["agency_responsible"] == "府东社区"


def test_a_board_that_is_turned_off_takes_everything_down(server, cast):
    matter = published(cast)
    assert numbers(server.json("requests.json")) == [matter.number]
    Community.objects.filter(pk=cast.community.pk).update(public_board=False)
    assert server.json("requests.json") == []
    (said,) = server.json(f"requests/{matter.number}.json")
    assert [said[name] for name in PRIVATE] == [None] * len(PRIVATE)


@pytest.mark.parametrize("category", ["referral", "emergency"])
def test_a_restricted_matter_does_not_exist(category, server, cast):
    open_board(cast)
    matter = reported(cast, category_id=getattr(cast, category).pk).matter
    assert server.get(f"requests/{matter.number}.json").status_code == 404
    assert server.get(f"tokens/{matter.number}.json").status_code == 404
    assert server.json("requests.json", service_request_id=matter.number) == []
    assert server.json("requests.json") == []


def test_what_was_joined_says_with_which(server, cast):
    stage = stage_at(cast, State.MERGED)
    (said,) = server.json(f"requests/{stage.matter.number}.json")
    assert said["status"] == "closed"
    assert stage.matter.merged_into.number in said["status_notes"]


def test_the_close_is_the_last_update(server, cast, clock):
    stage = stage_at(cast, State.VERIFIED)
    Matter.objects.filter(pk=stage.id).update(closed_at=NOW + timedelta(hours=2))
    (said,) = server.json(f"requests/{stage.matter.number}.json")
    assert said["updated_datetime"] == "2026-03-04T12:00:00+08:00"
    assert said["expected_datetime"] is None


@pytest.mark.parametrize(
    "number",
    ["2025-{key}", "{key}", "2026-0{key}", "2026-999999", "2026-99999999999999999999", "2026-", "x",
     "2026-１", "2026-{key}-1", "-{key}", "2026-{key}%00"],
)  # fmt: skip
def test_another_number_finds_nothing(number, server, cast):
    matter = stage_at(cast, State.TAKEN).matter
    path = number.format(key=matter.pk)
    answer = server.get(f"requests/{path}.json")
    assert answer.status_code == 404
    assert answer.json() == [{"code": 404, "description": answer.json()[0]["description"]}]


def test_a_token_is_the_number_itself(server, cast):
    matter = stage_at(cast, State.TAKEN).matter
    said = server.json(f"tokens/{matter.number}.json")
    assert said == [{"service_request_id": matter.number, "token": matter.number}]
    assert server.get("tokens/123456.json").status_code == 404


# --- Several --------------------------------------------------------------------------------


def test_numbers_override_everything_else(server, cast):
    hidden = stage_at(cast, State.TAKEN).matter
    shown = published(cast)
    asked = f"{hidden.number}, {shown.number},2026-987654,{hidden.number}"
    said = server.json(
        "requests.json",
        service_request_id=asked,
        service_code="NOISE",
        status="nonsense",
        start_date="yesterday",
        end_date="2026-13-01T00:00:00Z",
    )
    assert sorted(numbers(said)) == sorted([hidden.number, shown.number])


def test_filters_narrow_the_list(server, cast):
    lamp = published(cast)
    noise = published(cast, category_id=cast.dispute.pk, summary="噪声已调解")
    closed = stage_at(cast, State.CLOSED)
    services.publish(
        matter_id=closed.id, actor=cast.actor(cast.zhou_min), at=NOW, summary="路灯已修好"
    )
    done = closed.matter.number

    def listed(**query):
        return set(numbers(server.json("requests.json", **query)))

    assert listed() == {lamp.number, noise.number, done}
    assert listed(service_code="NOISE") == {noise.number}
    assert listed(service_code="NOISE,LAMP") == {lamp.number, noise.number, done}
    assert listed(service_code=["NOISE", "LAMP"]) == {lamp.number, noise.number, done}
    assert listed(service_code="NOTHING") == set()
    assert listed(status="closed") == {done}
    assert listed(status="open") == {lamp.number, noise.number}
    assert listed(status="open,closed") == {lamp.number, noise.number, done}
    # A parameter without a value is as good as none.
    assert listed(status="", service_code="", start_date="") == {lamp.number, noise.number, done}


def test_the_list_is_of_the_last_90_days_unless_dates_are_given(server, cast):
    now = published(cast)
    (old,) = copies(now, 1, apart=timedelta(days=91))
    (edge,) = copies(now, 1, apart=timedelta(days=90))
    assert numbers(server.json("requests.json")) == [now.number, edge.number]
    since = (NOW - timedelta(days=91)).isoformat()
    # From a day on: 90 days from there, so today's is a day too late.
    assert numbers(server.json("requests.json", start_date=since)) == [edge.number, old.number]
    until = (NOW - timedelta(days=1)).isoformat()
    assert numbers(server.json("requests.json", end_date=until)) == [edge.number, old.number]
    both = {"start_date": since, "end_date": (NOW - timedelta(days=90, hours=1)).isoformat()}
    assert numbers(server.json("requests.json", **both)) == [old.number]


def test_dates_are_understood_in_every_zone_and_with_a_bare_plus(server, cast):
    matter = published(cast)
    for since, until in (
        ("2026-03-04T02:00:00Z", "2026-03-04T02:00:00Z"),
        ("2026-03-04T10:00:00+08:00", "2026-03-03T21:00:00-05:00"),
        ("2026-03-04T10:00+08:00", "2026-03-04T10:00:00.5+08:00"),
        ("2026-03-04T10:00:00 08:00", ""),  # what a plus becomes that nobody escaped
    ):
        said = server.json("requests.json", start_date=since, end_date=until)
        assert numbers(said) == [matter.number], since
    assert server.json("requests.json", start_date="2026-03-04T02:00:01Z") == []


BAD_DATES = [
    "2026-03-04",
    "2026-03-04T10:00:00",
    "2026-3-4T10:00:00Z",
    "2026-02-30T10:00:00Z",
    "2026-03-04T25:00:00Z",
    "2026-03-04T10:00:60Z",
    "2026-03-04T10:00:00+99:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "yesterday",
    "1772589600",
    "２０２６-03-04T10:00:00Z",
    "2026-03-04T10:00:00Z; DROP TABLE matters_matter",
    "9" * 5000,
]


@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize("text", BAD_DATES)
def test_a_date_without_a_zone_or_sense_is_refused(text, name, server, cast):
    answer = server.get("requests.json", **{name: text})
    assert answer.status_code == 400
    assert name in answer.json()[0]["description"]


def test_more_than_90_days_or_the_wrong_way_round_is_refused(server, cast):
    day = timedelta(days=1)
    for since, until in ((NOW - 91 * day, NOW), (NOW, NOW - day)):
        answer = server.get(
            "requests.xml", start_date=since.isoformat(), end_date=until.isoformat()
        )
        assert answer.status_code == 400
        assert from_xml(answer.content)[0]["code"] == "400"
    span = {"start_date": (NOW - 90 * day).isoformat(), "end_date": NOW.isoformat()}
    assert server.get("requests.json", **span).status_code == 200


def test_a_thousand_rows_at_most_the_latest_in_few_queries(
    server, cast, django_assert_max_num_queries
):
    first = published(cast)
    rows = copies(first, 1_001)
    with django_assert_max_num_queries(3):
        said = server.json("requests.json")
    assert len(said) == 1_000
    assert said[0]["service_request_id"] == first.number
    assert said[-1]["service_request_id"] == rows[998].number
    dates = [datetime.fromisoformat(one["requested_datetime"]) for one in said]
    assert dates == sorted(dates, reverse=True)
    with django_assert_max_num_queries(3):
        xml = from_xml(server.get("requests.xml").content)
    assert xml == as_text(said)


def test_a_thousand_numbers_at_most(server, cast, django_assert_max_num_queries):
    found = copies(published(cast), 20)
    asked = [one.number for one in found] + [f"2026-{10**9 + step}" for step in range(980)]
    with django_assert_max_num_queries(3):
        assert len(server.json("requests.json", service_request_id=",".join(asked))) == 20
    answer = server.get("requests.json", service_request_id=",".join([*asked, "2026-5000000000"]))
    assert answer.status_code == 400


# --- Whatever is asked ----------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    query=st.dictionaries(
        st.sampled_from(["service_code", "status", "start_date", "end_date", "service_request_id"])
        | TEXT,
        TEXT | st.just("2026-03-04T10:00:00Z") | st.lists(TEXT, max_size=3),
        max_size=4,
    ),
    path=st.sampled_from(["requests", "services", "discovery", "requests/1", "tokens/1"]) | TEXT,
    extension=st.sampled_from(["", ".xml", ".json", ".yaml", "."]),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_asked_is_answered_in_shape(query, path, extension, server):
    answer = server.get(f"{quote(path)}{extension}", **query)
    assert answer.status_code in (200, 400, 404), answer.content
    if answer.headers["Content-Type"].startswith("text/xml"):
        from_xml(answer.content)
    else:
        answer.json()
