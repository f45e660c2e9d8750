"""Whoever runs Linli can ask how it is, and reads it in logs that name nobody."""

import json
import logging
import re
from collections import namedtuple
from datetime import timedelta
from io import StringIO

import pytest
from django.db import OperationalError, connection
from django.test import Client

from linli.api import health, metrics
from linli.core.logs import JsonLines, PlainLines, WithoutAddress
from linli.core.models import Delivery, Event
from linli.flows import beats, vitals
from linli.flows.models import WorkerBeat

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def all_well(db, clock, settings, tmp_path):
    """Let a worker be there, and the keys where they belong."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name, key in (
        ("data", settings.DATA_KEY.hex()),
        ("digest", settings.DIGEST_KEY.hex()),
        ("web", settings.SECRET_KEY),
    ):
        (folder / f"{name}.key").write_text(key + "\n")
    settings.HOME = tmp_path
    beats.beat(at=clock.now)
    return clock


def readiness():
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["failing"]


# --- Probes -------------------------------------------------------------------------------------


def test_health_is_answered_without_a_question_to_the_database(db, django_assert_num_queries):
    browser = Client()
    browser.cookies["sessionid"] = "x" * 32
    with django_assert_num_queries(0):
        answer = browser.get("/healthz", headers={"Host": "10.0.0.1:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_probes_are_answered_whatever_host_they_name(settings):
    settings.ALLOWED_HOSTS = ["linli.example.org"]
    assert Client().get("/healthz", headers={"Host": "10.0.0.1"}).status_code == 200
    assert Client().get("/readyz", headers={"Host": "10.0.0.1"}).status_code == 503
    assert Client().get("/privacy/", headers={"Host": "10.0.0.1"}).status_code == 400


def test_ready_when_all_is_well(all_well):
    assert readiness() == (200, [])


def test_not_ready_without_a_worker_in_the_last_two_minutes(all_well):
    all_well.forward(minutes=2, seconds=-1)
    assert readiness() == (200, [])
    all_well.forward(seconds=2)
    assert readiness() == (503, ["worker"])
    all_well.forward(days=-1)  # set back: what said so lies in the future now
    assert readiness() == (503, ["worker"])


def test_not_ready_below_the_floor_of_disk_space(all_well, settings, monkeypatch):
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _path: Usage(1, 1, 10))
    settings.DISK_FLOOR_BYTES = 11
    assert readiness() == (503, ["disk"])


@pytest.mark.parametrize("text", [None, "", "00" * 32, "nonsense"])
def test_not_ready_when_a_key_is_gone_or_another(all_well, settings, text):
    path = settings.HOME / "keys" / "data.key"
    path.unlink() if text is None else path.write_text(text)
    assert readiness() == (503, ["keys"])


def test_not_ready_when_the_database_is_away(all_well, monkeypatch):
    def away():
        raise OperationalError("could not connect to 138-1234-8000")

    for name in ("database", "migrations", "worker"):
        monkeypatch.setitem(health.CHECKS, name, away)
    assert readiness() == (503, ["database", "migrations", "worker"])


def test_not_ready_before_the_database_is_migrated(all_well, monkeypatch):
    monkeypatch.setattr(vitals, "_seen_migrated", [])
    monkeypatch.setattr(vitals.MigrationExecutor, "migration_plan", lambda *_given: ["one"])
    assert readiness() == (503, ["migrations"])


def test_workers_long_gone_are_forgotten(db, now):
    WorkerBeat.objects.create(name="old:1", beat_at=now - timedelta(days=2))
    beats.beat(at=now)
    beats.beat(at=now + timedelta(seconds=30))
    assert WorkerBeat.objects.count() == 1
    assert beats.last_beat() == now + timedelta(seconds=30)


# --- Metrics ------------------------------------------------------------------------------------


def figures():
    text = Client().get("/metrics").content.decode()
    return dict(re.findall(r"^([a-z_]+(?:\{[^}]*\})?) ([0-9.e+-]+)$", text, re.M))


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_status_never_by_address(cast):
    before = figures().get('linli_requests_total{method="GET",status="200",view="privacy"}', "0")
    Client().get("/privacy/?q=13812348000")
    Client().get("/m/secret-code/13812348000/")
    Client().generic("BREW", "/privacy/")
    after = figures()
    key = 'linli_requests_total{method="GET",status="200",view="privacy"}'
    assert float(after[key]) == float(before) + 1
    assert 'linli_request_seconds_bucket{le="30.0",view="privacy"}' in after
    text = Client().get("/metrics").content.decode()
    assert 'method="OTHER"' in text
    for secret in ("13812348000", "secret-code", "BREW"):
        assert secret not in text.replace("_bytes", "")[: text.find("linli_database_bytes")]


@pytest.mark.django_db
def test_what_waits_and_what_was_given_up_is_told(now, clock):
    event = Event.objects.create(
        trace="0" * 32,
        name="x.y",
        subject_kind="x",
        subject_id=1,
        actor="system:x",
        happened_at=now,
    )
    for name, state, minutes in (("a", "PENDING", 5), ("b", "PENDING", -5), ("c", "DEAD", 9)):
        due_at = now - timedelta(minutes=minutes)
        Delivery.objects.create(event=event, reaction=name, state=state, due_at=due_at)
    beats.beat(at=now - timedelta(seconds=40))
    found = figures()
    assert float(found['linli_pending{kind="reaction"}']) == 2
    assert float(found['linli_dead{kind="reaction"}']) == 1
    assert float(found['linli_lag_seconds{kind="reaction"}']) == 300
    assert float(found['linli_lag_seconds{kind="webhook"}']) == 0
    assert float(found["linli_worker_beat_age_seconds"]) == 40
    assert float(found["linli_database_up"]) == 1
    assert float(found["linli_database_bytes"]) > 0 or connection.vendor == "sqlite"


@pytest.mark.django_db
def test_figures_cost_a_fixed_number_of_questions(now, django_assert_max_num_queries):
    with django_assert_max_num_queries(13):
        vitals.vitals(at=now)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "192.168.1.5"}, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "127.0.0.1"}, 404),
        ({"REMOTE_ADDR": "192.168.1.5", "HTTP_AUTHORIZATION": "Bearer a-long-token-of-mine"}, 200),
        ({"REMOTE_ADDR": "192.168.1.5", "HTTP_AUTHORIZATION": "Bearer another-long-token"}, 404),
        ({"REMOTE_ADDR": "192.168.1.5", "HTTP_AUTHORIZATION": "Bearer é"}, 404),
    ],
)
def test_metrics_are_for_this_machine_or_who_has_the_token(settings, sent, status):
    settings.METRICS_TOKEN = "a-long-token-of-mine"
    assert Client().get("/metrics", **sent).status_code == status
    settings.METRICS_TOKEN = ""
    if "HTTP_AUTHORIZATION" in sent:
        empty = sent | {"HTTP_AUTHORIZATION": "Bearer "}
        assert Client().get("/metrics", **empty).status_code == 404


def test_several_processes_count_together_and_the_dead_are_dropped(tmp_path, settings):
    settings.METRICS_FOLDER = tmp_path
    import os

    for process in (os.getpid(), 2**22 + 1):
        (tmp_path / f"counter_{process}.db").touch()
    metrics.drop_dead()
    assert [path.name for path in tmp_path.iterdir()] == [f"counter_{os.getpid()}.db"]


# --- Logs ---------------------------------------------------------------------------------------


@pytest.fixture
def written():
    """Return what a JSON log writes, while everything is logged."""
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLines())
    handler.addFilter(WithoutAddress())
    root, requests = logging.getLogger(), logging.getLogger("linli.requests")
    before = requests.level, logging.getLogger("django.request").level
    requests.setLevel(logging.INFO)
    logging.getLogger("django.request").setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield out
    root.removeHandler(handler)
    requests.setLevel(before[0])
    logging.getLogger("django.request").setLevel(before[1])


@pytest.mark.django_db
def test_a_request_has_one_line_that_names_nobody(cast, signed_in, written):
    browser = signed_in(cast.zhou_min)
    browser.get("/desk/?q=张三&phone=13812348000", headers={"X-Request-ID": "0123456789abcdef01"})
    browser.get("/m/QQQQ-13812348000/")
    browser.post("/report/", {"name": "李四", "phone": "13912348000", "text": "路灯坏"})
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    desk, *_rest = [line for line in lines if line.get("view") == "desk"]
    assert desk["request_id"] == "0123456789abcdef01"
    assert (desk["method"], desk["status"]) == ("GET", 200)
    assert desk["actor"] == f"account:{cast.zhou_min.pk}"
    assert desk["ms"] >= 0
    text = written.getvalue()
    # Whole numbers: marks of requests are random and may hold any three digits.
    numbers = ("13812348", "13912348")
    for secret in ("张三", "李四", "周敏", "zhou_min", *numbers, "QQQQ", "路灯", "/desk/", "?"):
        assert secret not in text, secret


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "13812348000", "a b" * 10, "x" * 65, "é" * 20, "a\nb" * 9])
def test_a_mark_that_is_none_is_replaced(given):
    answer = Client().get("/healthz", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])


@pytest.mark.django_db
def test_a_fault_is_told_by_kind_and_place_without_its_words(cast, written, monkeypatch):
    def broken(**_given):
        raise ValueError("张三 13812348000 at /m/QQQQ/")

    monkeypatch.setattr("linli.territory.queries.communities", broken)
    browser = Client(raise_request_exception=False)
    assert browser.get("/privacy/?x=13912348000").status_code == 500
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    (fault,) = [line for line in lines if line["logger"] == "django.request"]
    assert fault["error"] == "ValueError"
    assert any("broken" in place for place in fault["trace"])
    for secret in ("张三", "13812348", "13912348", "QQQQ", "/privacy/"):
        assert secret not in written.getvalue(), secret


def test_plain_lines_hide_what_json_lines_hide():
    try:
        raise ValueError("张三 13812348000")
    except ValueError:
        import sys

        caught = sys.exc_info()
    record = logging.LogRecord("x", 40, "x.py", 1, "call %s", ("13812348000",), caught)
    line = PlainLines().format(record)
    assert "13812348000" not in line
    assert "张三" not in line
    assert "ValueError" in line
