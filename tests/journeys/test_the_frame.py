"""The frame that every page stands in, in a real browser."""

import pytest

pytestmark = pytest.mark.journey


def test_the_pattern_page_opens_without_a_script_error(browse):
    page = browse()
    answer = page.goto("/patterns/")
    assert answer is not None
    assert answer.status == 200
    assert page.locator("h1").first.is_visible()


def test_somebody_of_the_cast_is_signed_in(cast, browse):
    page = browse(cast.xu, phone=True)
    page.goto("/patterns/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
