"""The restricted register in a browser: refused, logged, and opened one look at a time."""

import pytest

from linli.core.models import Event
from linli.people import services
from linli.people.models import NeedGroup, PriorityNeed
from linli.people.personal import Person
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HELP = "需要有人帮忙取药"


def text(answer):
    return answer.content.decode()


@pytest.fixture
def elder(cast):
    household = services.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=cast.actor(cast.shen), at=NOW
    )
    return services.add_resident(
        household_id=household.pk,
        person=Person(name="李奶奶"),
        actor=cast.actor(cast.shen),
        at=NOW,
    )


def test_help_is_written_down_and_opened_for_a_reason(cast, signed_in, elder):
    browser = signed_in(cast.shen)
    address = f"/residents/{elder.pk}/needs/new/"
    assert "还没有分类" in text(browser.get(address))
    browser.post("/residents/needs/groups/", {"begin": "1"})
    group = NeedGroup.objects.get(name="独居老人")
    sent = {"group": group.pk, "cadence": "WEEKLY", "responsible": cast.xu.pk}
    wrong = browser.post(address, {**sent, "help": "有高血压"})
    assert wrong.status_code == 422
    assert "不要写“高血压”" in text(wrong)
    assert "有高血压" in text(wrong)
    assert browser.post(address, {**sent, "help": HELP}).status_code == 302
    need = PriorityNeed.objects.get()
    page = f"/residents/needs/{need.pk}/"
    for one in (page, "/residents/needs/", f"/residents/{elder.pk}/"):
        answer = browser.get(one)
        assert "独居老人" in text(answer)
        assert HELP not in text(answer)
    worker = signed_in(cast.xu)
    assert worker.post(f"{page}open/", {"reason": ""}).status_code == 302
    opened = worker.post(f"{page}open/", {"reason": "今天上门"})
    assert HELP in text(opened)
    assert "no-store" in opened.headers["Cache-Control"]
    seen = text(signed_in(cast.shen).get(page))
    assert HELP not in seen
    assert "今天上门" in seen
    browser = signed_in(cast.shen)
    change = {"help": "", "cadence": "MONTHLY", "responsible": cast.xu.pk, "version": 1}
    assert browser.post(page, change).status_code == 302
    assert browser.post(page, change).status_code == 422
    assert browser.post(f"{page}end/").status_code == 302
    assert "李奶奶" not in text(browser.get("/residents/needs/"))


def test_a_look_without_entitlement_is_refused_and_logged(cast, signed_in, elder):
    services.begin_need_groups(community_id=cast.community.pk, actor=cast.actor(cast.shen), at=NOW)
    need = services.record_need(
        resident_id=elder.pk,
        group_id=NeedGroup.objects.earliest("id").pk,
        help_needed=HELP,
        cadence="NONE",
        responsible_id=cast.xu.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
    )
    browser = signed_in(cast.zhou_min)
    for address in ("/residents/needs/", f"/residents/needs/{need.pk}/"):
        answer = browser.get(address)
        assert answer.status_code == 403
        assert "李奶奶" not in text(answer)
    looks = Event.objects.filter(name="people.need_look_refused")
    assert [one.actor for one in looks] == [f"account:{cast.zhou_min.pk}"] * 2
    page = text(browser.get(f"/residents/{elder.pk}/"))
    assert "困难家庭" not in page
    assert signed_in(cast.outsider).get(f"/residents/needs/{need.pk}/").status_code == 404


def test_a_forbidden_list_is_refused_in_words(cast, signed_in):
    answer = signed_in(cast.shen).post(
        "/residents/needs/groups/", {"name": "社区矫正对象"}, follow=True
    )
    assert "矫正" in text(answer)
    assert not NeedGroup.objects.exists()
