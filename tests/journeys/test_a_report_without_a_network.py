"""A neighbour reports from a cellar: the phone keeps it and sends it by itself."""

import io

import pytest
from PIL import Image

from linli.core.models import Attachment
from linli.matters.models import Matter
from linli.territory.models import Area

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(cast, browse, clock):
    """A phone at the report form of a community that is the only one here."""
    Area.objects.filter(pk=cast.elsewhere.pk).update(ended_at=clock.now)
    page = browse(phone=True)
    page.goto("/report/")
    return page


def write(page, text):
    page.fill("#id_text", text)
    page.fill("#id_place_query", "翠园 3幢")
    page.get_by_label("翠园 3幢").check()


def send(page):
    page.get_by_role("button", name="提交", exact=True).click()


def a_photo():
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), "navy").save(picture, "JPEG")
    return {"name": "灯.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}


def test_it_leaves_when_the_network_is_back_with_its_photos(page, cast):
    write(page, "地下车库的灯不亮")
    page.set_input_files("#id_photos", [a_photo()])
    page.context.set_offline(True)
    send(page)
    page.get_by_text("有网后会自动提交").wait_for()
    assert not Matter.objects.exists()
    page.context.set_offline(False)
    page.get_by_text("已自动提交").wait_for()
    matter = Matter.objects.get()
    assert (matter.text, matter.building) == ("地下车库的灯不亮", cast.building)
    assert Attachment.objects.get().subject_id == matter.pk


def test_nothing_says_that_the_network_is_gone_when_it_is_back(page):
    page.context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.locator("#id_text").press_sequentially("地下车库的灯不亮")
    assert page.locator("#notices .notice").count() == 0  # nobody sent anything
    page.evaluate("htmx.trigger(document.body, 'htmx:sendError', {elt: document.body})")
    page.locator("#notices .notice").wait_for()
    page.context.set_offline(False)
    page.locator("#notices .notice").wait_for(state="detached")


def test_it_leaves_on_the_next_visit(page):
    write(page, "地下车库的灯不亮")
    page.context.set_offline(True)
    send(page)
    page.get_by_text("有网后会自动提交").wait_for()
    # The browser is closed and opened again: nothing of the page is left but what it kept.
    another = page.context.new_page()
    page.close()
    another.context.set_offline(False)
    another.goto("/")
    another.get_by_text("已自动提交").wait_for()
    assert Matter.objects.count() == 1
    assert another.locator("[data-remembered] a").count() == 1
    another.reload()
    another.locator("[data-remembered] a").wait_for()
    assert Matter.objects.count() == 1


def test_two_can_wait_and_one_that_is_refused_can_be_corrected(page):
    write(page, "地下车库的灯不亮")
    page.context.set_offline(True)
    send(page)
    page.get_by_text("有网后会自动提交").wait_for()
    page.fill("#id_text", "😀")
    page.fill("#id_place_query", "翠园 3幢")
    send(page)
    page.get_by_text("😀").nth(0).wait_for()
    page.context.set_offline(False)
    page.get_by_text("没有提交成功").wait_for()
    assert Matter.objects.count() == 1
    page.get_by_role("button", name="去修改").click()
    assert page.input_value("#id_text") == "😀"
    page.fill("#id_text", "门禁也坏了")
    send(page)
    page.wait_for_url("**/done/")
    assert set(Matter.objects.values_list("text", flat=True)) == {"地下车库的灯不亮", "门禁也坏了"}


def test_what_is_private_leaves_no_code_on_the_phone(page):
    write(page, "我被老公打了")
    page.locator(".emergency").wait_for()
    page.context.set_offline(True)
    send(page)
    page.get_by_text("有网后会自动提交").wait_for()
    page.context.set_offline(False)
    page.get_by_text("已自动提交").wait_for()
    assert Matter.objects.get().is_restricted
    page.goto("/")
    assert page.locator("[data-remembered] a").count() == 0
