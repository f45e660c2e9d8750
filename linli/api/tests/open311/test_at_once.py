"""A program that sends the same many times at once has sent one request."""

import json
from urllib.parse import urlencode

import pytest
from django.test import Client

from linli.api.tests.open311.cases import FORM, ROOT, SPOT, key_for
from linli.core.models import Event
from linli.matters.models import Matter, Reporter
from tests.cast import Cast, make_cast
from tests.racing import race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]

CROWD = 20


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def test_twenty_times_the_same_at_once_is_one_matter_and_one_answer(cast):
    given = {"api_key": key_for(cast), "jurisdiction_id": cast.community.code, **SPOT}
    body = urlencode(given | {"service_code": "LAMP", "description": "楼下路灯不亮"})

    def send(number: int) -> object:
        answer = Client().post(f"{ROOT}/requests.json", body, content_type=FORM)
        assert answer.status_code == 200, answer.content.decode()
        return json.dumps(answer.json())

    outcome = race(racers=CROWD, act=send)
    assert not outcome.refusals
    assert len(outcome.results) == CROWD
    assert len(set(outcome.results)) == 1
    assert Matter.objects.count() == Reporter.objects.count() == 1
    assert Event.objects.filter(name="matters.reported").count() == 1
