import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from linli.api.resources.steps import TAKEN
from linli.api.tests.programs import Program, program_of, public_token
from linli.core.codes import normalise_tracking_code
from linli.core.models import Event, KeptAnswer
from linli.flows.worker import JOBS, tick
from linli.matters import queries
from linli.matters.models import Matter, Note
from linli.matters.tests.stages import reported, stage_at
from linli.matters.workflow import Channel, State, Step
from linli.web.tests.test_steps import STEPS, Taken
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LAMP = "翠园3幢门口的路灯坏了，晚上看不清路。"


def a_report(cast, **changes):
    return {"text": LAMP, "building_id": cast.building.pk} | changes


def picture():
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "green").save(out, "JPEG")
    return SimpleUploadedFile("after.jpg", out.getvalue(), content_type="image/jpeg")


def send_photo(program, *, key="", purpose="RESULT"):
    return program.client.post(
        "/api/v1/attachments",
        {"file": picture(), "purpose": purpose},
        headers=program.headers | {"Idempotency-Key": key or str(uuid.uuid4())},
    )


# --- Reporting ----------------------------------------------------------------------------------


def test_a_report_becomes_a_matter_with_a_code_to_follow_it_by(cast):
    desk = program_of(cast, cast.zhou_min)
    answer = desk.post(
        "/matters", a_report(cast, reporter={"name": "张三", "phone": "13812348000"})
    )
    assert answer.status_code == 201
    body = answer.json()
    matter = Matter.objects.get()
    assert answer.headers["Location"] == f"/api/v1/matters/{matter.pk}"
    assert (body["id"], body["number"], body["is_new"]) == (matter.pk, matter.number, True)
    assert matter.channel == Channel.API
    assert matter.category == cast.lamp
    assert matter.grid == cast.grid
    reporter = queries.reporter_by_code(
        code=normalise_tracking_code(text=body["tracking_code"]), at=NOW
    )
    assert reporter.matter == matter
    # Whoever entered it for somebody else did not ask for it.
    assert (reporter.account_id, reporter.entered_by_id) == (None, cast.zhou_min.pk)


def test_a_report_without_a_name_is_the_accounts_own(cast):
    program_of(cast, cast.xu).post("/matters", a_report(cast))
    assert Matter.objects.get().reporters.get().account == cast.xu


def test_the_public_reports_and_sees_nothing_else(cast):
    app = Program(public_token(cast))
    answer = app.post("/matters", a_report(cast, reporter={"phone": "13812348000"}))
    assert answer.status_code == 201
    assert app.get(f"/matters/{answer.json()['id']}").status_code == 403
    assert app.get("/matters").json()["code"] == "ScopeMissing"
    assert app.post("/matters/1/steps/take").status_code == 403
    assert app.get("/categories", {"community_id": cast.community.pk}).status_code == 200
    assert app.get("/categories", {"community_id": cast.elsewhere.pk}).status_code == 404
    assert app.post("/matters", a_report(cast, channel="PHONE")).status_code == 403
    elsewhere = app.post("/matters", {"text": LAMP, "building_id": cast.elsewhere_building.pk})
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    "where",
    [
        lambda c: {"entrance_id": c.entrance.pk},
        lambda c: {"place_id": c.place.pk},
        lambda c: {"estate_id": c.estate.pk},
        lambda c: {"area_id": c.grid.pk},
        lambda c: {"point": {"longitude": 118.801, "latitude": 32.052}},
        lambda c: {
            "point": {"longitude": 118.8061, "latitude": 32.0500, "datum": "GCJ_02"},
            "community_id": c.community.pk,
        },
        lambda c: {"community_id": c.community.pk, "place_query": "翠园 3幢"},
        lambda c: {"place_query": "cy", "place_text": "三楼"},
        lambda c: {"place_text": "南门"},
    ],
)
def test_a_place_is_found_by_whatever_names_it(where, cast):
    answer = program_of(cast, cast.zhou_min).post("/matters", {"text": LAMP, **where(cast)})
    assert answer.status_code == 201, answer.json()
    assert Matter.objects.get().community == cast.community


def test_neighbours_who_reported_the_same_are_hinted_at(cast):
    reported(cast)
    body = Program(public_token(cast)).post("/matters", a_report(cast)).json()
    assert [one["category"] for one in body["duplicates"]] == ["路灯不亮"]
    assert body["duplicates"][0]["where"] == "翠园 3幢"
    assert "张" not in str(body)


def test_an_emergency_says_whom_to_call(cast):
    body = (
        program_of(cast, cast.zhou_min)
        .post("/matters", a_report(cast, text="我被老公打了，救命"))
        .json()
    )
    assert body["calls"][0] == "110"
    assert body["duplicates"] == []


# --- Steps ----------------------------------------------------------------------------------------

CHANGED = {
    "dispatch": lambda c, s: {"account_id": c.xu.pk},
    "pause": lambda c, s: {"until": "2026-03-07T18:00:00+08:00", "reason": "等件"},
    "ask_time": lambda c, s: {"kind": "EXTENSION", "amount": 2, "reason": "缺件"},
    "extend": lambda c, s: {"amount": 2, "reason": "缺件"},
    "recategorise": lambda c, s: {"category_id": c.hazard.pk},
    "merge": lambda c, s: {"into_id": reported(c).matter.pk},
    "rate": lambda c, s: {
        "reporter_id": s.report.reporter.pk,
        "solved": True,
        "satisfaction": "SATISFIED",
    },
    "mediate": lambda c, s: {
        "held_at": "2026-03-04T09:00:00+08:00",
        "text": "双方谈了",
        "outcome": "PARTLY",
    },
    "note": lambda c, s: {"text": "看过"},
}
OTHERS = [
    Taken("merge", State.REPORTED, "zhou_min", None, State.MERGED),
    Taken("mediate", State.TAKEN, "zhou_min"),
    Taken("refuse_time", State.TAKEN, "zhou_min", lambda c, s: {"reason": "按时办"}),
]
ALONE = [taken for taken in (*STEPS, *OTHERS) if taken.step in set(TAKEN)]


@pytest.mark.parametrize("taken", ALONE, ids=repr)
def test_every_step_is_taken_as_on_its_page(taken, cast):
    more = {"text": "楼上太吵", "category_id": cast.dispute.pk} if taken.step == "mediate" else {}
    stage = stage_at(cast, taken.state, **more)
    body = (CHANGED.get(taken.step) or taken.sent)(cast, stage)
    if taken.step == "refuse_time":
        program_of(cast, cast.chen).post(
            f"/matters/{stage.id}/steps/ask_time", CHANGED["ask_time"](cast, stage)
        )
    program = program_of(cast, getattr(cast, taken.who))
    answer = program.post(f"/matters/{stage.id}/steps/{taken.step}", body)
    assert answer.status_code == 200, answer.json()
    if taken.leads_to is not None:
        assert stage.matter.state == taken.leads_to


def test_every_step_but_closing_has_an_address():
    assert set(Step) - set(TAKEN) == {Step.CLOSE}
    assert {taken.step for taken in ALONE} == set(TAKEN)


def test_a_step_that_is_somebody_elses_is_refused_as_on_its_page(cast):
    stage = stage_at(cast, State.TAKEN)
    took = program_of(cast, cast.chen).post(f"/matters/{stage.id}/steps/take").json()
    assert (took["status"], took["code"]) == (409, "StepNotAllowed")
    said = program_of(cast, cast.zhou_min).post(
        f"/matters/{stage.id}/steps/resolve", {"note": "好了"}
    )
    assert said.json()["code"] == "NotEntitled"
    own = stage_at(cast, State.RESOLVED)
    verified = program_of(cast, cast.chen).post(f"/matters/{own.id}/steps/verify", {})
    assert verified.status_code == 403


def test_a_token_to_read_writes_nothing(cast):
    stage = stage_at(cast, State.REPORTED)
    reader = program_of(cast, cast.zhou_min, scopes=("READ",))
    answer = reader.post(f"/matters/{stage.id}/steps/accept", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "ScopeMissing")
    assert 'scope="WRITE"' in answer.headers["WWW-Authenticate"]
    writer = program_of(cast, cast.zhou_min, scopes=("WRITE",))
    assert writer.get("/matters").status_code == 403


# --- Photos -----------------------------------------------------------------------------------


def test_a_photo_is_sent_first_and_named_by_the_step(cast):
    stage = stage_at(cast, State.TAKEN, category_id=cast.hazard.pk)
    handler = program_of(cast, cast.chen)
    address = f"/matters/{stage.id}/steps/resolve"
    without = handler.post(address, {"note": "已加固"})
    assert without.json()["code"] == "PhotoMissing"
    sent = send_photo(handler).json()
    assert handler.get(sent["href"]).headers["Content-Type"] == "image/jpeg"
    desk = program_of(cast, cast.zhou_min)
    assert desk.get(sent["href"]).status_code == 404
    answer = handler.post(address, {"note": "已加固", "attachments": [sent["token"]]})
    assert answer.status_code == 200, answer.json()
    assert desk.get(sent["href"], {"size": "small"}).status_code == 200
    assert program_of(cast, cast.outsider).get(sent["href"]).status_code == 404
    shown = desk.get(f"/matters/{stage.id}").json()["attachments"]
    assert [one["token"] for one in shown] == [sent["token"]]


def test_what_is_no_photo_is_refused(cast):
    program = program_of(cast, cast.chen)
    answer = program.client.post(
        "/api/v1/attachments",
        {"file": SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>"), "purpose": "RESULT"},
        headers=program.headers | {"Idempotency-Key": "1"},
    )
    assert answer.json()["code"] == "PhotoNotAPicture"


# --- Once -----------------------------------------------------------------------------------------


def test_the_same_request_with_the_same_key_is_done_once(cast):
    desk = program_of(cast, cast.zhou_min)
    first = desk.post("/matters", a_report(cast), key="a-1")
    again = desk.post("/matters", a_report(cast), key="a-1")
    assert again.content == first.content
    assert again.status_code == 201
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert Matter.objects.count() == 1
    stage = stage_at(cast, State.REPORTED)
    for _ in range(2):
        answer = desk.post(f"/matters/{stage.id}/steps/note", {"text": "看过"}, key="n-1")
        assert answer.status_code == 200
    assert Note.objects.count() == 1
    one, two = send_photo(desk, key="p").json(), send_photo(desk, key="p").json()
    assert one == two


def test_another_request_with_the_same_key_is_refused(cast):
    desk = program_of(cast, cast.zhou_min)
    desk.post("/matters", a_report(cast), key="a-1")
    answer = desk.post("/matters", a_report(cast, text="别的路灯坏了"), key="a-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "KeyUsedOtherwise")
    assert Matter.objects.count() == 1


def test_a_key_is_of_whoever_sends_it(cast):
    program_of(cast, cast.zhou_min).post("/matters", a_report(cast), key="a-1")
    answer = program_of(cast, cast.zhou_ning).post("/matters", a_report(cast), key="a-1")
    assert answer.status_code == 201
    assert Matter.objects.count() == 2


def test_what_was_refused_may_come_corrected_with_its_key(cast):
    stage = stage_at(cast, State.REPORTED)
    desk = program_of(cast, cast.zhou_min)
    address = f"/matters/{stage.id}/steps/decline"
    assert desk.post(address, {"reason": "。"}, key="d-1").status_code == 422
    assert desk.post(address, {}, key="d-1").status_code == 422
    assert not KeptAnswer.objects.exists()
    assert desk.post(address, {"reason": "不归社区"}, key="d-1").status_code == 200


@pytest.mark.parametrize("key", [None, " ", "k" * 201, "钥匙", "a\tb"])
def test_every_write_needs_a_key(key, cast):
    stage = stage_at(cast, State.REPORTED)
    desk = program_of(cast, cast.zhou_min)
    answer = desk.post(f"/matters/{stage.id}/steps/accept", {}, key=key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"
    assert stage.matter.state == State.REPORTED


def test_answers_are_sealed_and_dropped_after_a_week(cast, clock):
    body = program_of(cast, cast.zhou_min).post("/matters", a_report(cast), key="a-1").json()
    kept = KeptAnswer.objects.get()
    assert body["tracking_code"].encode() not in bytes(kept.body_sealed)
    jobs = tuple(job for job in JOBS if job.name == "drop_old_answers")
    tick(at=NOW + timedelta(days=6, hours=23), jobs=jobs)
    assert KeptAnswer.objects.exists()
    tick(at=NOW + timedelta(days=7), jobs=jobs)
    assert not KeptAnswer.objects.exists()


# --- How much it asks of the database ---------------------------------------------------------


def test_a_list_asks_the_same_few_queries_whatever_its_length(cast):
    desk = program_of(cast, cast.zhou_min)
    asked = []
    for total in (1, 50):
        while Matter.objects.count() < total:
            stage_at(cast, State.TAKEN)
        desk.get("/me")  # The first request of a day notes that the token is used.
        with CaptureQueriesContext(
            connection,
        ) as queries_made:
            assert len(desk.get("/matters").json()["items"]) == total
        asked.append(len(queries_made))
    assert asked[0] == asked[1] <= 8


def test_a_report_asks_at_most_fifteen_queries(cast):
    desk = program_of(cast, cast.zhou_min)
    desk.post("/matters", a_report(cast))
    with CaptureQueriesContext(connection) as queries_made:
        answer = desk.post("/matters", a_report(cast, category_id=cast.lamp.pk))
    assert answer.status_code == 201
    said = [query["sql"][:150] for query in queries_made]
    # Whose token, whose roles (2), the key, and its answer; and the test's own transaction (2).
    ours = [sql for sql in said if "matters_" not in sql and "core_event" not in sql]
    assert len(said) - 2 <= 15, "\n".join(said)
    assert len([sql for sql in ours if "apitoken" in sql or "keptanswer" in sql]) == 3


def test_a_second_request_with_the_same_key_asks_little(cast):
    desk = program_of(cast, cast.zhou_min)
    desk.post("/matters", a_report(cast), key="a-1")
    with CaptureQueriesContext(connection) as queries_made:
        desk.post("/matters", a_report(cast), key="a-1")
    assert len(queries_made) <= 4
    assert Event.objects.filter(name="matters.reported").count() == 1


@pytest.mark.parametrize("key", [True, False])
def test_a_truth_is_no_key(cast, key):
    refused = program_of(cast, cast.shen).post("/matters", a_report(cast, building_id=key))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/building_id"
    assert not Matter.objects.exists()


def test_a_photo_that_is_none_is_told_by_the_name_it_came_under(cast):
    program = program_of(cast, cast.shen)
    refused = program.client.post(
        "/api/v1/attachments",
        {"purpose": "RESULT", "file": SimpleUploadedFile("after.jpg", b"<svg/>")},
        headers=program.headers | {"Idempotency-Key": "photo-1"},
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/file"
