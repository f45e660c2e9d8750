"""On a slow network people begin to type as soon as they see the form; nothing of it is missed."""

import pytest

from tests.journeys.hands import a_photo

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_what_was_typed_before_the_scripts_came_counts(cast, browse):
    page = browse(cast.xu, phone=True)
    held = []
    page.route("**/htmx.min*.js", lambda route: held.append(route))
    page.goto("/field/report/", wait_until="commit")
    page.fill("#id_text", "绿篱上晾着一床被子")
    page.fill("#id_place_query", "翠园 3幢")
    page.set_input_files("#id_photos", [a_photo()])
    assert not page.evaluate("typeof htmx === 'object'")
    for route in held:
        route.continue_()
    page.get_by_label("乱晾晒").wait_for()
    page.get_by_label("翠园 3幢").wait_for()
    page.locator("[data-photo-picker] img").wait_for()
