"""A resident drops an idea from her phone, the office answers it, and everybody reads what came."""

import pytest

from linli.deliberation.models import Opinion
from linli.deliberation.workflow import OpinionState
from tests.journeys.hands import read

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

IDEA = "三楼张家天天在绿化带晒被子，不如在楼顶装公共晾衣架"
ANSWER = "好主意。楼顶下月装两排晾衣架，装好后贴通知。"
SUMMARY = "楼顶装公共晾衣架"


def test_an_idea_gets_its_answer(cast, browse, clock):
    phone, desk = browse(phone=True), browse(cast.zhou_min)

    # From the first page two presses lead to the box. A place that is none is said in words.
    phone.goto(f"/?community={cast.community.pk}")
    phone.locator('.doors a[href="/deliberate/"]').click()
    phone.locator('a[href="/deliberate/say/"]').first.click()
    phone.locator('input[name="kind"][value="IDEA"]').check()
    phone.fill("#id_text", IDEA)
    # Large type comes at once, and what she typed stays.
    phone.locator("form[data-type-size] .btn").click()
    phone.locator("html.is-large").wait_for()
    assert phone.input_value("#id_text") == IDEA
    phone.fill("#id_place", "月球基地")
    phone.locator("main form button.btn-big").click()
    phone.locator("#id_place-error").wait_for()
    assert phone.input_value("#id_text") == IDEA
    assert not Opinion.objects.exists()
    phone.fill("#id_place", "翠园 3幢")
    phone.locator("main form button.btn-big").click()
    phone.wait_for_url("**/deliberate/said/**")
    code = phone.locator(".done-code").inner_text().strip()
    assert len(code.replace("-", "")) == 10
    found = Opinion.objects.get()
    assert (found.building, found.account, found.state) == (cast.building, None, OpinionState.NEW)

    # Until somebody answers, she reads that it is there, and nobody else reads it.
    phone.locator(".done a.btn-primary").click()
    read(phone.locator("main"), IDEA)
    stranger = browse(phone=True)
    stranger.goto(f"/deliberate/ideas/?community={cast.community.pk}")
    assert IDEA not in stranger.locator("main").inner_text()

    # The desk finds it in the queue, answers, and shows it in words of its own.
    desk.goto("/forums/opinions/")
    desk.get_by_role("link", name=IDEA).click()
    desk.fill("#id_answer", ANSWER)
    desk.locator('form[action$="/answer/"] button').click()
    desk.locator('form[action$="/show/"]').wait_for()
    desk.fill("#id_summary", SUMMARY)
    desk.locator('form[action$="/show/"] button').click()
    desk.locator('form[action$="/hide/"]').wait_for()
    desk.goto("/forums/opinions/")
    desk.locator(".empty-state").wait_for()

    # She comes back with nothing but the code, in the box that also takes codes of reports.
    clock.forward(days=1)
    phone.goto("/m/")
    phone.fill("#id_code", code.lower())
    phone.locator("form.find button").click()
    read(phone.locator(".stands-sentence"), ANSWER)

    # And the idea box tells everybody, without the neighbour's name.
    stranger.reload()
    read(stranger.locator("main"), SUMMARY)
    read(stranger.locator("main"), ANSWER)
    assert "张家" not in stranger.locator("main").inner_text()
