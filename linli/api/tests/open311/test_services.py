"""What may be reported, and where to ask for it."""

from uuid import uuid4

import pytest

from linli.api.tests.open311.cases import as_text, from_xml
from linli.core.events import record
from linli.core.ref import Ref
from linli.matters.events import CATEGORY_SET
from linli.matters.models import Category, Condition
from tests.cast import NOW


def test_what_residents_may_not_report_is_no_service(server, cast):
    Category.objects.filter(pk=cast.disorder.pk).update(open_to_residents=False)
    Category.objects.filter(pk=cast.hazard.pk).update(ended_at=NOW)
    codes = [one["service_code"] for one in server.json("services.json")]
    assert codes == ["LAMP", "NOISE", "POLICY", "CARE", "EMERGENCY"]
    assert server.get("services/AIRING.json").status_code == 404
    assert server.get("services/FALLING.json").status_code == 404


def test_a_service_asks_which_condition_it_is_where_there_is_a_choice(server, cast):
    usual = cast.condition(cast.lamp)
    more = {"category": cast.lamp, "clock": usual.clock, "amount": 1, "rework_amount": 1}
    Condition.objects.create(**more, code="MANY", name="成片不亮", position=1)
    Condition.objects.create(**more, code="OLD", name="从前", position=2, ended_at=NOW)
    said = {one["service_code"]: one for one in server.json("services.json")}
    assert said["LAMP"]["metadata"] is True
    assert said["NOISE"]["metadata"] is False
    definition = server.json("services/LAMP.json")
    (attribute,) = definition["attributes"]
    assert [one["key"] for one in attribute["values"]] == ["USUAL", "MANY"]
    assert server.json("services/NOISE.json")["attributes"] == []


def test_a_code_may_hold_a_dot_and_looks_like_no_format(server, cast):
    Category.objects.filter(pk=cast.lamp.pk).update(code="L.1")
    assert server.json("services/L.1.json")["service_code"] == "L.1"
    answer = server.get("services/L.1")
    assert from_xml(answer.content)["service_code"] == "L.1"


def test_without_an_extension_the_answer_is_xml(server):
    answer = server.get("services")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert from_xml(answer.content) == as_text(server.json("services.json"))


def test_discovery_is_the_same_in_both_formats_and_names_what_is_there(server, client, settings):
    settings.PUBLIC_URL = "https://linli.example.org"
    said = client.get("/open311/v2/discovery.json").json()
    assert from_xml(client.get("/open311/v2/discovery.xml").content) == as_text(said)
    (endpoint,) = said["endpoints"]
    assert endpoint["url"] == "https://linli.example.org/open311/v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert "320102003005" in said["contact"]
    assert said["key_service"]


def test_the_changeset_moves_when_a_service_does(server, cast):
    before = server.json("discovery.json")["changeset"]
    record(
        name=CATEGORY_SET,
        subject=Ref(kind="matters.category", id=cast.lamp.pk),
        trace=uuid4(),
        actor=cast.actor(cast.shen),
        at=NOW,
        community_id=cast.community.pk,
    )
    after = server.json("discovery.json")
    assert before < after["changeset"] == "2026-03-04T10:00:00+08:00"
    assert after["endpoints"][0]["changeset"] == after["changeset"]


@pytest.mark.parametrize("path", ["services.json", "services/LAMP.json", "requests.json"])
def test_reading_needs_no_key_and_any_page_may_read(path, server):
    answer = server.get(path)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies


def test_head_says_how_long_the_answer_would_be(server, client):
    whole = server.get("services.json")
    path = f"/open311/v2/services.json?jurisdiction_id={server.cast.community.code}"
    head = client.head(path)
    assert head.status_code == 200
    assert head.headers["Content-Length"] == str(len(whole.content))
    assert head.content == b""


def test_options_says_what_is_possible(client, db):
    answer = client.options("/open311/v2/requests.json")
    assert answer.status_code == 204
    assert answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    # Another site's page may read; it holds no key and may not send.
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
