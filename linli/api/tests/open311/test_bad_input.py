"""Whatever arrives, the answer is in the standard's shape, and never our fault."""

import json
from unittest import mock

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.api.tests.open311.cases import FORM, ROOT, SPOT, from_xml
from linli.matters.models import Matter

SLOW = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def errors_of(answer):
    """Return the errors of an answer, having looked at their shape."""
    kind = answer.headers["Content-Type"]
    if kind == "text/xml; charset=utf-8":
        assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<errors>')
        said = from_xml(answer.content)
    else:
        assert kind == "application/json; charset=utf-8"
        said = json.loads(answer.content)
    assert isinstance(said, list)
    assert said
    for one in said:
        assert set(one) == {"code", "description"}
        assert one["description"]
    return said


def send(server, body, *, content_type=FORM, path="requests.json"):
    return server.client.post(f"{ROOT}/{path}", body, content_type=content_type)


def good(server) -> str:
    here = f"jurisdiction_id={server.cast.community.code}&api_key={server.key}"
    return f"{here}&service_code=LAMP&lat={SPOT['lat']}&long={SPOT['long']}"


BODIES = {
    "nothing": b"",
    "NUL": b"description=a%00b",
    "a raw NUL": b"description=a\x00b",
    "a NUL in a name": b"a%00b=1",
    "not UTF-8": b"description=%ff%fe",
    "raw bytes": b"description=\xff\xfe",
    "GBK": "description=路灯".encode("gbk"),
    "a surrogate": b"description=%ed%a0%80",
    "half a character": b"description=%e8%b7",
    "201 fields": b"&".join(b"a%d=1" % step for step in range(201)),
    "a long text": b"description=" + b"a" * 4001,
    "a huge text": b"description=" + b"a" * (3 * 1024 * 1024),
    "a long name": b"first_name=" + b"a" * 101,
    "a long account": b"account_id=" + b"a" * 256,
    "a long device": b"device_id=" + b"a" * 256,
    "a bad telephone": b"phone=111111111",
    "JSON": b'{"service_code": "LAMP"}',
    "an attribute nobody knows": b"attribute[a]=1",
    "a nested attribute": b"attribute[condition]=x",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_makes_no_sense_is_refused(name, server):
    body = BODIES[name]
    bodies = [body] if name in ("nothing", "JSON") else [good(server).encode() + b"&" + body]
    for extension in ("json", "xml"):
        for sent in bodies:
            answer = send(server, sent, path=f"requests.{extension}")
            assert answer.status_code in (400, 403), answer.content[:300]
            errors_of(answer)
    assert not Matter.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", "application/json", "text/xml", "", "x"]
)
def test_another_kind_of_body_is_refused(content_type, server):
    answer = send(server, good(server), content_type=content_type)
    assert answer.status_code == 400
    errors_of(answer)


def test_chinese_may_be_sent_bare(server):
    answer = send(server, f"{good(server)}&description=路灯不亮".encode())
    assert answer.status_code == 200
    assert Matter.objects.get().text == "路灯不亮"


def test_everything_that_is_wrong_is_said_at_once(server):
    answer = server.post(service_code=None, lat="x", phone="1", media_url="x", device_id="a" * 300)
    assert answer.status_code == 400
    assert len(errors_of(answer)) == 5


def test_a_service_that_is_unknown_is_not_found(server):
    answer = server.post(service_code="NOTHING")
    assert answer.status_code == 404
    assert errors_of(answer)[0]["code"] == 404
    # Together with something else it is just one of the faults.
    answer = server.post(service_code="NOTHING", lat="x")
    assert answer.status_code == 400
    assert [one["code"] for one in errors_of(answer)] == [404, 400]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("post", "services.json", "GET, HEAD, OPTIONS"),
        ("put", "requests.json", "GET, HEAD, POST, OPTIONS"),
        ("delete", "requests/2026-1.xml", "GET, HEAD, OPTIONS"),
        ("patch", "discovery.xml", "GET, HEAD, OPTIONS"),
        ("trace", "tokens/1.json", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_there_is_refused(method, path, allowed, server):
    answer = getattr(server.client, method)(f"{ROOT}/{path}")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == allowed
    assert str(errors_of(answer)[0]["code"]) == "405"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 404),
        ("nothing", 404),
        ("nothing.json", 404),
        ("services/", 404),
        ("services/LAMP/x.json", 404),
        ("services.xml/", 404),
        ("services.yaml", 400),
        ("services.", 400),
        ("requests.JSON", 400),
        ("discovery.html", 400),
        ("services/.json", 400),
        ("requests/.xml", 404),
        ("a%0ab.xml", 404),
        ("%ff.json", 404),
        ("requests/%00.json", 404),
        ("../../etc/passwd", 404),
    ],
)
def test_an_address_that_is_none_is_answered_in_shape(path, status, server):
    answer = server.get(path)
    assert answer.status_code == status
    errors_of(answer)


def test_a_query_that_is_no_text_is_refused(server):
    for query in ("status=%ff", "&".join(f"a{step}=1" for step in range(300))):
        answer = server.client.get(f"{ROOT}/requests.json?{query}")
        assert answer.status_code == 400
        errors_of(answer)


def test_a_busy_database_says_when_to_come_back(server):
    locked = OperationalError("database is locked")
    with mock.patch("linli.matters.queries.list_categories", side_effect=locked):
        answer = server.get("services.xml")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    errors_of(answer)


def test_a_fault_of_ours_is_in_shape_and_tells_nothing(server, caplog):
    with mock.patch("linli.matters.queries.list_categories", side_effect=ValueError("secret")):
        answer = server.get("services.json")
    assert answer.status_code == 500
    errors_of(answer)
    assert "secret" not in answer.content.decode()
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text, "it may be what somebody typed"


NAMES = st.sampled_from(
    ["service_code", "lat", "long", "address_string", "address_id", "email", "device_id",
     "account_id", "first_name", "last_name", "phone", "description", "media_url",
     "attribute[condition]", "attribute[condition][]", "attribute[]", "attribute", "api_key"]
)  # fmt: skip
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.binary(max_size=200))
@SLOW
def test_any_bytes_are_answered_in_shape(server, body):
    answer = send(server, good(server).encode() + b"&" + body)
    assert answer.status_code in (200, 400, 403, 404, 429)
    if answer.status_code != 200:
        errors_of(answer)


@given(st.dictionaries(NAMES, VALUES | st.lists(VALUES, max_size=3), max_size=6))
@SLOW
def test_any_values_are_answered_in_shape(server, form):
    answer = server.post(**form)
    assert answer.status_code in (200, 400, 403, 404, 429)
    if answer.status_code != 200:
        errors_of(answer)
