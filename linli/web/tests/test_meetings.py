"""The pages of meetings, walked through HTTP by those who use them."""

import pytest
from django.test import Client

from linli.deliberation.models import Meeting
from linli.deliberation.tests.scenes import forum
from linli.deliberation.tests.sittings import EVENING, opened, planned, signed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _evening(clock):
    clock.now = EVENING


def page(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def test_all_pages_of_a_meeting_open_before_during_and_after_it(cast, signed_in):
    office = signed_in(cast.zhou_min)
    of = forum(cast)
    assert "例会" not in page(office, "/forums/meetings/")
    for state, make in (("PLANNED", planned), ("OPEN", opened), ("SIGNED", signed)):
        meeting = make(cast, of, regular_day=None)
        assert Meeting.objects.get(pk=meeting.pk).state == state
        own = f"/forums/meetings/{meeting.pk}/"
        for path in ("", "people/", "screen/", "sheet/"):
            page(office, own + path)
        if state != "SIGNED":
            page(office, own + "agenda/")
            page(office, own + "agenda/matters/")
        if state == "OPEN":
            page(office, own + "record/")
        if state != "PLANNED":
            page(office, own + "minutes/")
        page(Client(), f"/deliberate/meetings/{meeting.pk}/")
    assert page(office, "/forums/meetings/").count("三月例会") == 3
    page(office, "/forums/meetings/new/")
    page(office, "/forums/meetings/talk/")
    page(office, f"/forums/{of.pk}/days/2026-05-01/")
