"""A budget of small works: drafted at the desk, voted on by phone, on paper and with help."""

import re

import pytest

from linli.deliberation.models import Vote
from linli.deliberation.tests.votes_scene import OVER, code_of, scene
from linli.flows.worker import tick

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_a_budget_is_voted_on_with_phones_and_paper_together(cast, clock, browse):
    here = scene(cast, people_total=30)
    desk = browse(cast.shen)
    desk.goto("/forums/votes/")
    desk.locator("main a[href$='/votes/new/']").first.click()
    desk.locator("a[href*='kind=BUDGET']").click()
    desk.fill("[name=title]", "今年的小工程")
    desk.fill("[name=options]", "晾衣架 | 4000 | 3幢南面\n充电棚 | 3000\n长椅 | 1000")
    desk.fill("[name=money_yuan]", "5000")
    desk.check("[name=level][value=BUILDING]")
    desk.locator("details.fold summary").click()
    desk.check(f"[name=buildings][value='{cast.building.pk}']")
    desk.check("[name=unit][value=RESIDENT]")
    desk.fill("[name=closes_at]", "2026-03-11T10:00")
    desk.locator("main form button.btn-primary").click()
    desk.locator("a[href='#open-vote']").click()
    desk.locator("#open-vote button").click()
    vote = Vote.objects.get()
    assert (vote.state, vote.roll_count) == ("OPEN", 30)

    phone = browse(phone=True)
    for number, choices in ((1, "12"), (2, "1"), (3, "13")):
        phone.goto("/deliberate/vote/")
        phone.fill("[name=code]", code_of(vote, number).lower())
        phone.locator("form.find button").click()
        for choice in choices:
            phone.check(f"[name=choice][value='{choice}']")
        phone.locator(".btn-ballot").click()
        assert re.fullmatch(r"[0-9A-Z-]{12}", phone.locator(".receipt-code").inner_text().strip())

    desk.goto(f"/forums/votes/{vote.pk}/enter/")
    for number, keys, helper in (("4", "2", ""), ("5", "1 3", "王阿姨"), ("6", "1", "")):
        desk.fill("[name=number]", number)
        desk.fill("[name=keys]", keys)
        desk.fill("[name=helper]", helper)
        desk.locator("[name=helper]").press("Enter")
        desk.locator(".notice-success").wait_for()
    assert vote.participations.count() == 6

    public = browse(phone=True)
    public.goto(f"/deliberate/votes/{vote.pk}/")
    assert public.locator(".vote-outcome").count() == 0
    clock.now = OVER
    tick(at=clock.now)
    public.reload()
    said = public.locator("main").inner_text()
    assert public.locator(".is-chosen strong").all_inner_texts() == ["晾衣架", "长椅"]
    assert "6" in said
    with public.expect_download() as handed:
        public.locator("a[href$='ballots.json']").click()
    assert handed.value.suggested_filename == f"vote-{vote.pk}-ballots.json"
    assert here.forum.is_public
