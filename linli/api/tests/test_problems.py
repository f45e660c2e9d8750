import json
import uuid

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from linli.api.caller import WRONG_TOKENS
from linli.api.tests.programs import BASE, Program, program_of, token_for
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State
from linli.people.models import ApiToken
from linli.people.services import deactivate, revoke_token
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SHAPE = {"type", "title", "status", "detail", "code", "errors"}


def is_problem(answer, status, code=""):
    assert answer.status_code == status, answer.content[:300]
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == SHAPE
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["type"] == f"urn:linli:problem:{body['code']}"
    assert not answer.cookies
    if code:
        assert body["code"] == code
    return body


# --- Who asks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", ["", "Basic YTpi", "Bearer", "Bearer ", "Token x"])
def test_without_a_token_nothing_is_there(shown, cast):
    answer = Client().get(f"{BASE}/me", headers={"Authorization": shown} if shown else {})
    is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_head_is_get_without_a_body(cast):
    program = program_of(cast, cast.shen)
    whole = program.get("/me")
    head = program.client.head(f"{BASE}/me", headers=program.headers)
    assert (whole.status_code, head.status_code) == (200, 200)
    assert whole.content
    assert not head.content


def test_a_session_counts_for_nothing(cast, signed_in):
    browser = signed_in(cast.shen)
    answer = browser.get(f"{BASE}/me")
    is_problem(answer, 401, "TokenMissing")
    assert browser.get("/desk/").status_code == 200  # and it is not ended


def test_a_token_ends_with_its_day_its_owner_and_its_revocation(cast, clock):
    secrets = [token_for(cast, cast.xu) for _ in range(3)]
    assert Program(secrets[0]).get("/me").status_code == 200
    token = ApiToken.objects.earliest("id")
    revoke_token(token_id=token.pk, actor=cast.actor(cast.xu), at=NOW)
    answer = Program(secrets[0]).get("/me")
    is_problem(answer, 401, "TokenInvalid")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    deactivate(account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=NOW)
    is_problem(Program(secrets[1]).get("/me"), 401, "TokenInvalid")
    other = token_for(cast, cast.sun)
    clock.forward(days=31)
    is_problem(Program(other).get("/me"), 401, "TokenInvalid")


def test_whoever_guesses_is_stopped_and_good_programs_of_the_same_address_are_not(cast):
    good = program_of(cast, cast.xu)
    assert good.get("/me").status_code == 200
    for _ in range(WRONG_TOKENS.most):
        is_problem(Program("wrong-" + uuid.uuid4().hex).get("/me"), 401)
    answer = Program("wrong-again").get("/me")
    is_problem(answer, 429, "TooManyRequests")
    assert int(answer.headers["Retry-After"]) > 0
    assert good.get("/me").status_code == 200


def test_a_wrong_token_costs_no_query_the_second_time(cast, django_assert_num_queries):
    Program("wrong").get("/me")
    with django_assert_num_queries(0):
        is_problem(Program("wrong").get("/me"), 401)


@override_settings(API_RATE=3)
def test_one_token_may_not_ask_without_end(cast):
    one, other = program_of(cast, cast.xu), program_of(cast, cast.sun)
    assert [one.get("/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert other.get("/me").status_code == 200


@override_settings(API_HTTPS_ONLY=True)
def test_where_https_is_demanded_a_token_in_the_open_is_refused(cast):
    program = program_of(cast, cast.xu)
    is_problem(program.get("/me"), 403, "HttpsRequired")
    answer = Client().get(f"{BASE}/me", headers=program.headers, secure=True)
    assert answer.status_code == 200


# --- What is asked ----------------------------------------------------------------------------


def test_faults_are_named_by_field_in_the_callers_language(cast):
    stage = stage_at(cast, State.RESOLVED)
    path = f"/matters/{stage.id}/steps/rework"
    body = is_problem(
        program_of(cast, cast.xu).post(path, {"due_at": "tomorrow", "why": 1}),
        422,
        "RequestInvalid",
    )
    assert [one["pointer"] for one in body["errors"]] == ["#/reason", "#/due_at", "#/why"]
    assert body["errors"][0]["detail"] == "此项必填。"
    english = program_of(cast, cast.xu, language="en-GB,en;q=0.9").post(path, {"reason": "。"})
    body = is_problem(english, 422, "TextMissing")
    assert body["detail"] == "Please say in words what this is about."
    assert body["errors"][0]["pointer"] == "#/reason"
    assert english.headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh-hans"),
        ("fr", "zh-hans"),
        ("fr, en;q=0.5", "en"),
        ("zh-TW, en", "zh-hans"),
        ("en;q=0.2, zh;q=0.9", "zh-hans"),
        ("*", "zh-hans"),
        ("\x00;;q=", "zh-hans"),
        ("x" * 5000, "zh-hans"),
    ],
)
def test_chinese_unless_english_is_asked_for(header, language, cast):
    answer = Client().get(f"{BASE}/me", headers={"Accept-Language": header})
    assert answer.headers["Content-Language"] == language


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=99999999999999999999999",
        "state=LOST",
        "kind=",
        "overdue=perhaps",
        "grid_id=-1",
        "grid_id=١٢",
        "reported_from=2026-03-04",
        "reported_from=2026-03-04T10:00:00",
        "reported_from=0001-01-01T00:00:00Z",
        "reported_until=9999-12-31T23:59:59Z",
        "stat=REPORTED",
        "Limit=1",
        "after=MTIz",
        "after=%ff",
        "query=%00",
        "query=" + "x" * 81,
    ],
)
def test_a_query_that_means_nothing_is_refused(query, cast):
    body = is_problem(program_of(cast, cast.shen).get(f"/matters?{query}"), 422)
    if "%00" not in query:
        assert body["errors"][0]["pointer"] == query.partition("=")[0].removeprefix("#/")


def test_a_mark_of_another_list_is_refused(cast):
    for _ in range(3):
        stage_at(cast, State.REPORTED)
    desk = program_of(cast, cast.zhou_min)
    mark = desk.get("/matters", {"limit": 1}).json()["after"]
    for path, more in (
        ("/events", {}),
        ("/matters", {"oldest_deadline_first": "true"}),
        ("/areas", {"community_id": cast.community.pk}),
    ):
        body = is_problem(desk.get(path, {"after": mark, **more}), 422, "MarkInvalid")
        assert body["errors"][0]["pointer"] == "after"


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"", "application/json", 422),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'"x"', "application/json", 422),
        (b'{"text": NaN}', "application/json", 400),
        (b'{"text": 1e999}', "application/json", 422),
        (b'{"text": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", 400),
        (b'{"text": "a\\u0000b"}', "application/json", 422),
        (b'{"text": "\\ud800"}', "application/json", 422),
        (b'{"\\u0000": 1}', "application/json", 422),
        (b"text=x", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"{}", "", 415),
        (b"--x\r\n", "multipart/form-data; boundary=x", 415),
        (b'{"text": "' + b"x" * 3_000_000 + b'"}', "application/json", 413),
        (b"x" * 22_000_000, "application/json", 413),
    ],
    ids=repr,
)
def test_a_body_that_cannot_be_read_is_refused(sent, kind, status, cast):
    stage = stage_at(cast, State.REPORTED)
    program = program_of(cast, cast.zhou_min)
    for path in ("/matters", f"/matters/{stage.id}/steps/note"):
        answer = program.client.post(
            BASE + path, sent, content_type=kind, headers=program.headers | {"Idempotency-Key": "1"}
        )
        is_problem(answer, status)


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (b"{}", "application/json"),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"", "multipart/form-data; boundary="),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx'
            b"\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ],
    ids=repr,
)
def test_an_upload_that_is_none_is_refused(sent, kind, cast):
    program = program_of(cast, cast.zhou_min)
    answer = program.client.post(
        f"{BASE}/attachments",
        sent,
        content_type=kind,
        headers=program.headers | {"Idempotency-Key": "1"},
    )
    assert 400 <= answer.status_code < 500
    is_problem(answer, answer.status_code)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("", 404),
        ("/nothing", 404),
        ("/me/", 404),
        ("/matters/0", 404),
        ("/matters/-1", 404),
        ("/matters/x", 404),
        ("/matters/99999999999999999999999999", 404),
        ("/matters/%00", 404),
        ("/matters/1/steps/close", 404),
        ("/attachments/x", 404),
        (f"/attachments/{uuid.UUID(int=7)}", 404),
        ("/areas/9007199254740991", 404),
        ("/../../etc/passwd", 404),
    ],
)
def test_an_address_that_is_none_is_a_problem_too(path, status, cast):
    program = program_of(cast, cast.shen)
    answer = program.client.get(BASE + path, headers=program.headers, follow=True)
    is_problem(answer, status)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_a_method_that_is_none_is_told_which_there_are(method, cast):
    answer = getattr(Client(), method)(f"{BASE}/matters")
    is_problem(answer, 405, "MethodNotTaken")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}


def test_a_fault_of_ours_and_a_busy_database_keep_the_shape(cast, monkeypatch):
    program = program_of(cast, cast.shen)
    program.client.raise_request_exception = False

    def fail(error):
        def failing(**_given):
            raise error

        return failing

    monkeypatch.setattr("linli.matters.queries.page_of_matters", fail(RuntimeError("密语")))
    answer = program.get("/matters")
    assert "密语" not in json.dumps(is_problem(answer, 500, "Fault"), ensure_ascii=False)
    busy = OperationalError("database is locked")
    monkeypatch.setattr("linli.matters.queries.page_of_matters", fail(busy))
    answer = program.get("/matters")
    is_problem(answer, 503, "Busy")
    assert int(answer.headers["Retry-After"]) > 0
    monkeypatch.setattr(
        "linli.matters.queries.page_of_matters", fail(OperationalError("no such table"))
    )
    is_problem(program.get("/matters"), 500, "Fault")


def test_a_body_in_chunks_is_not_read_as_an_empty_one(cast):
    program = program_of(cast, cast.shen)
    in_chunks = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    answer = program.client.generic("POST", f"{BASE}/matters", headers=program.headers, **in_chunks)
    is_problem(answer, 411, "LengthMissing")


def test_answers_are_not_for_keeping_or_framing(cast):
    answer = program_of(cast, cast.shen).get("/matters")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not answer.cookies
    assert "Authorization" in answer.headers["Vary"]
