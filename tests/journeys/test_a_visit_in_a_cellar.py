"""A visit in a cellar without signal: what was loaded once works on, and leaves by itself."""

import pytest

from linli.visits.models import Visit
from linli.visits.tests.scenes import households, running

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_a_visit_is_recorded_without_a_network_and_sent_once(cast, clock, browse):
    households(cast, cast.building, 2)
    running(cast)
    page = browse(cast.xu, phone=True)
    page.goto("/field/")
    page.locator("[data-now=ready]").wait_for()
    page.context.set_offline(True)
    page.goto("/field/visits/")
    page.get_by_text("现在没有网络").wait_for()
    page.get_by_text("1单元 102").click()
    page.get_by_role("button", name="已见面").click()
    page.get_by_text("有网后会自动提交").wait_for()
    page.get_by_text("待提交").wait_for()
    assert not Visit.objects.exclude(outcome="").exists()
    page.context.set_offline(False)
    page.get_by_text("已自动提交").wait_for()
    assert Visit.objects.get(outcome="MET").phone_at is not None
