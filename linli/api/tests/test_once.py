"""Many of the same request at one moment, each in a connection of its own: it is done once."""

import json

import pytest
from django.test import Client

from linli.api.tests.programs import BASE, program_of
from linli.core.models import Event, KeptAnswer
from linli.matters.models import Matter, Note
from linli.matters.tests.stages import stage_at
from linli.matters.workflow import State
from tests.cast import Cast, make_cast
from tests.racing import Race, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]

RACERS = 6


def send_at_once(cast: Cast, who: str, path: str, bodies: list[object]) -> Race:
    """Send every body with the same key at the same moment."""
    headers = program_of(cast, getattr(cast, who)).headers | {"Idempotency-Key": "same"}

    def send(number: int) -> object:
        browser = Client(raise_request_exception=False)
        answer = browser.post(
            BASE + path,
            json.dumps(bodies[number]),
            content_type="application/json",
            headers=headers,
        )
        return answer.status_code, answer.content, answer.headers.get("Idempotent-Replayed")

    return race(racers=len(bodies), act=send)


@pytest.mark.parametrize(
    ("state", "who", "step", "body"),
    [
        (State.REPORTED, "zhou_min", "note", {"text": "看过"}),
        (State.REPORTED, "zhou_min", "accept", {}),
        (State.DISPATCHED, "chen", "take", {}),
    ],
)
def test_a_step_sent_many_times_at_once_is_taken_once(state, who, step, body):
    cast = make_cast()
    stage = stage_at(cast, state)
    before = Event.objects.filter(name__startswith="matters.").count()
    outcome = send_at_once(cast, who, f"/matters/{stage.id}/steps/{step}", [body] * RACERS)
    assert not outcome.refusals
    assert {status for status, _body, _again in outcome.results} == {200}, outcome.results
    assert len({body for _status, body, _again in outcome.results}) == 1
    assert [again for _status, _body, again in outcome.results].count(None) == 1
    assert Event.objects.filter(name__startswith="matters.").count() == before + 1
    assert KeptAnswer.objects.count() == 1
    assert Note.objects.count() == (1 if step == "note" else 0)


def test_a_report_sent_many_times_at_once_is_one_matter():
    cast = make_cast()
    body = {"text": "翠园3幢路灯坏了", "building_id": cast.building.pk}
    outcome = send_at_once(cast, "zhou_min", "/matters", [body] * RACERS)
    assert {status for status, _body, _again in outcome.results} == {201}, outcome.results
    assert len({body for _status, body, _again in outcome.results}) == 1
    assert Matter.objects.count() == 1
    assert Event.objects.filter(name="matters.reported").count() == 1


def test_of_two_requests_that_share_a_key_one_is_done_and_the_other_refused():
    cast = make_cast()
    stage = stage_at(cast, State.REPORTED)
    bodies = [{"text": "甲说"}, {"text": "乙说"}]
    outcome = send_at_once(cast, "zhou_min", f"/matters/{stage.id}/steps/note", bodies)
    assert sorted(status for status, _body, _again in outcome.results) == [200, 422]
    assert Note.objects.count() == 1
