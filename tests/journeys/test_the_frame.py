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


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_pages_of_one_group_lead_to_each_other_on_every_screen(cast, browse, phone):
    page = browse(cast.zhou_min, phone=phone)
    page.goto("/residents/")
    page.get_by_role("link", name="能人库", exact=True).click()
    page.wait_for_url("**/residents/talents/")
