"""The pages of meetings, walked through HTTP by those who use them."""

import io

import pytest
from django.test import Client
from docx import Document

from linli.deliberation.models import (
    Attendance,
    CalendarDecision,
    Meeting,
    Motion,
    Party,
    Signature,
)
from linli.deliberation.queries.doors import door_of
from linli.deliberation.services.talks import TalkInput, record_talk
from linli.deliberation.tests.scenes import forum
from linli.deliberation.tests.sittings import EVENING, ended, opened, planned, sign, signed
from tests.cast import NOW

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
    assert "三月例会" not in page(office, "/forums/meetings/")
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


def record(browser, meeting, do="save", **fields):
    return browser.post(f"/forums/meetings/{meeting.pk}/record/", {"do": do, **fields})


def test_every_button_of_the_record_saves_what_was_typed(cast, signed_in):
    office, meeting = signed_in(cast.zhou_min), opened(cast, forum(cast))
    item, who = meeting.items.get(), Attendance.objects.earliest("id")
    said, motion = f"said_{item.pk}", f"motion_{item.pk}"
    answer = record(
        office,
        meeting,
        f"ask:{item.pk}",
        **{said: "装在东门", f"before_{said}": "", f"speaker_{item.pk}": who.pk, motion: "装两排"},
    )
    assert answer.status_code == 302
    item.refresh_from_db()
    assert item.said == "装在东门"
    assert item.speeches.count() == 1
    # A motion that was typed and not moved yet is still there, once.
    own = f"/forums/meetings/{meeting.pk}/record/"
    assert 'value="装两排"' in page(office, own)
    assert 'value="装两排"' not in page(office, own)
    record(office, meeting, f"move:{item.pk}", **{motion: "装两排", f"mover_{item.pk}": who.pk})
    moved = Motion.objects.get()
    hands = {f"yes_{moved.pk}": "9", f"no_{moved.pk}": "0", f"abstain_{moved.pk}": ""}
    wrong = record(
        office, meeting, f"count:{moved.pk}", **hands, **{said: "装在东门", "summary": "好"}
    )
    assert wrong.status_code == 422
    assert 'value="9"' in wrong.content.decode()
    assert Meeting.objects.get(pk=meeting.pk).summary == "好"
    record(office, meeting, f"count:{moved.pk}", **{**hands, f"yes_{moved.pk}": "3"})
    moved.refresh_from_db()
    assert (moved.state, moved.yes, moved.present) == ("CARRIED", 3, 3)


def test_the_second_of_two_recorders_sees_both_wordings(cast, signed_in):
    meeting = opened(cast, forum(cast), chair_id=cast.shen.pk)
    first, second = signed_in(cast.zhou_min), signed_in(cast.shen)
    field = f"said_{meeting.items.get().pk}"
    record(first, meeting, **{field: "甲的记录", f"before_{field}": ""})
    late = record(second, meeting, **{field: "乙的记录", f"before_{field}": ""})
    text = late.content.decode()
    assert late.status_code == 422
    assert "甲的记录" in text
    assert ">乙的记录</textarea>" in text
    assert meeting.items.get().said == "甲的记录"
    record(second, meeting, **{field: "乙的记录", f"before_{field}": "甲的记录"})
    assert meeting.items.get().said == "乙的记录"


def test_anybody_signs_in_with_the_code_on_the_screen(cast, signed_in):
    meeting = planned(cast, forum(cast))
    door, path = door_of(meeting=meeting, at=EVENING), f"/deliberate/sign-in/{meeting.pk}/"
    phone = Client()
    assert "三月例会" not in page(phone, path)
    assert phone.post(path, {"code": "000000"}).status_code == 422
    typed = phone.post(path, {"code": f"{door.code[:3]} {door.code[3:]}"})
    assert "三月例会" in typed.content.decode()
    scanned = phone.get(path, {"k": door.token})
    given = scanned.context["given"]
    empty = phone.post(path, {"pass": given, "enter": "1", "name": ""})
    assert empty.status_code == 422
    assert phone.post(path, {"pass": given, "enter": "1", "name": "王芳"}).status_code == 200
    qian = signed_in(cast.qian)
    given = qian.get(path, {"k": door.token}).context["given"]
    qian.post(path, {"pass": given, "enter": "1"})
    assert Attendance.objects.exclude(account=None).get().party.name == "物业公司"
    assert Attendance.objects.count() == 2


def test_who_says_to_be_of_a_party_is_confirmed_by_one_tap_or_all_at_once(cast, signed_in):
    office, meeting = signed_in(cast.zhou_min), planned(cast, forum(cast))
    own, door = f"/forums/meetings/{meeting.pk}/", door_of(meeting=meeting, at=EVENING)
    path = f"/deliberate/sign-in/{meeting.pk}/"
    company = str(Party.objects.get(name="物业公司").pk)
    for name in ("甲某", "乙某", "丙某", "丁某"):
        phone = Client()
        given = phone.get(path, {"k": door.token}).context["given"]
        said = phone.post(path, {"pass": given, "enter": "1", "name": name, "party": company})
        assert said.context["says"].name == "物业公司"
    assert "甲某" in page(office, own)
    first, *others = Attendance.objects.order_by("id")
    settle = f"{own}people/claims/"
    answer = office.post(settle, {"do": f"confirm:{first.pk}", "page": "meeting"})
    assert answer["Location"] == own
    assert list(Attendance.objects.exclude(party=None)) == [first]
    office.post(settle, {"do": f"decline:{others[0].pk}"})
    office.post(settle, {"do": "confirm", "claim": [others[1].pk]})
    assert Attendance.objects.exclude(party=None).count() == 2
    assert Attendance.objects.exclude(says_party=None).get() == others[2]
    assert "丁某" in page(office, f"{own}people/")
    assert office.post(settle, {"do": "else"}).status_code == 404


def test_whoever_is_on_the_list_twice_is_made_one_by_its_page(cast, signed_in):
    office, meeting = signed_in(cast.zhou_min), planned(cast, forum(cast))
    own, door = f"/forums/meetings/{meeting.pk}/people/", door_of(meeting=meeting, at=EVENING)
    office.post(own, {"lines": f"业主代表：{cast.xu.name}"})
    phone, path = signed_in(cast.xu), f"/deliberate/sign-in/{meeting.pk}/"
    given = phone.get(path, {"k": door.token}).context["given"]
    phone.post(path, {"pass": given, "enter": "1"})
    ((one, other),) = office.get(own).context["room"].doubles
    office.post(f"{own}same/", {"one": [one.id, other.id]})
    assert Attendance.objects.get().party.name == "业主代表"
    assert office.post(f"{own}same/", {"one": [one.id]}).status_code == 404


def test_fewer_expected_are_asked_for_a_reason_beside_the_number(cast, signed_in):
    office, meeting = signed_in(cast.zhou_min), planned(cast, forum(cast))
    path = f"/forums/meetings/{meeting.pk}/"
    typed = {"expected": "1", "missing_reason": "请假"}
    refused = office.post(path, typed)
    assert refused.status_code == 422
    assert 'name="expected_reason"' in refused.content.decode()
    assert office.post(path, {**typed, "expected_reason": "换届"}).status_code == 302
    assert "换届" in page(office, path)


def test_a_meeting_opens_by_its_page_once_the_reason_is_given(cast, signed_in):
    office, meeting = signed_in(cast.zhou_min), planned(cast, forum(cast))
    path = f"/forums/meetings/{meeting.pk}/"
    assert "居委会" in page(office, path)
    refused = office.post(path, {"expected": "3", "missing_reason": ""})
    assert refused.status_code == 422
    assert office.post(path, {"expected": "3", "missing_reason": "请假"}).status_code == 302
    assert Meeting.objects.get(pk=meeting.pk).missing_reason == "请假"


def test_minutes_are_signed_published_and_taken_out_as_a_paper(cast, signed_in):
    meeting = ended(cast, forum(cast), sheet="物业公司：钱经理\n张伟")
    item = meeting.items.get()
    office, chair = signed_in(cast.zhou_min), signed_in(cast.shen)
    said = f"said_{item.pk}"
    record(office, meeting, **{said: "张伟提议装在东门", f"before_{said}": ""})
    own = f"/forums/meetings/{meeting.pk}/minutes/"
    assert chair.post(f"{own}sign/", {"seen": "nothing"}).status_code == 302
    assert not Signature.objects.exists()
    for browser in (chair, chair, office):
        digest = browser.get(own).context["digest"]
        browser.post(f"{own}sign/", {"seen": digest})
    assert Meeting.objects.get(pk=meeting.pk).state == "SIGNED"
    assert office.get(f"/deliberate/meetings/{meeting.pk}/paper/").status_code == 404
    assert office.post(f"{own}publish/", {"do": "publish", "seen": "nothing"}).status_code == 302
    assert office.get(f"/deliberate/meetings/{meeting.pk}/paper/").status_code == 404
    seen = office.get(f"{own}publish/").context["seen"]
    office.post(f"{own}publish/", {"do": "publish", "seen": seen})
    paper = Document(io.BytesIO(office.get(f"{own}paper/").content))
    full = "\n".join(one.text for one in paper.paragraphs)
    for words in ("张伟提议装在东门", "钱经理", "居委会", "另有会议，已请假", "应到", "沈书记"):
        assert words in full, words
    public = page(Client(), f"/deliberate/meetings/{meeting.pk}/")
    assert "张*提议装在东门" in public
    paper = Client().get(f"/deliberate/meetings/{meeting.pk}/paper/").content
    masked = "\n".join(one.text for one in Document(io.BytesIO(paper)).paragraphs)
    assert "张*提议装在东门" in masked
    for hidden in ("张伟", "钱经理", "沈书记", "周敏"):
        assert hidden not in public + masked, hidden


def test_minutes_are_looked_at_worded_published_and_corrected_by_their_pages(cast, signed_in):
    meeting, office = ended(cast, forum(cast)), signed_in(cast.zhou_min)
    item = meeting.items.get()
    record(office, meeting, **{f"said_{item.pk}": "那位老太太不同意", f"before_said_{item.pk}": ""})
    for account in (cast.shen, cast.zhou_min):
        sign(cast, meeting, account)
    own = f"/forums/meetings/{meeting.pk}/minutes/"
    assert f'href="{own}publish/"' in page(office, own)
    text = page(office, f"{own}publish/")
    assert "那位老太太不同意" in text
    place = "items/0/said"
    wrong = office.post(f"{own}publish/", {"do": "save", place: "长" * 4_001})
    assert wrong.status_code == 422
    assert "长" * 4_001 in wrong.content.decode()
    assert office.post(f"{own}publish/", {"do": "save", place: "一位居民不同意"}).status_code == 302
    seen = office.get(f"{own}publish/").context["seen"]
    office.post(f"{own}publish/", {"do": "publish", "seen": seen})
    path = f"/deliberate/meetings/{meeting.pk}/"
    public = page(Client(), path)
    assert "一位居民不同意" in public
    assert "老太太" not in public
    typed = {"item": "1", "text": "应为两位居民", "why": ""}
    refused = office.post(f"{own}correct/", typed)
    assert refused.status_code == 422
    assert "应为两位居民" in refused.content.decode()
    assert office.post(f"{own}correct/", {**typed, "why": "记录笔误"}).status_code == 302
    paper = Document(io.BytesIO(Client().get(f"{path}paper/").content))
    printed = "\n".join(one.text for one in paper.paragraphs)
    for place in (page(Client(), path), printed):
        for words in ("一位居民不同意", "应为两位居民", "记录笔误"):
            assert words in place, words
    assert "老太太" not in printed


def test_a_holiday_is_decided_before_its_meeting_is_planned(cast, signed_in):
    office, of = signed_in(cast.zhou_min), forum(cast)
    decide = f"/forums/{of.pk}/days/2026-05-01/"
    assert decide in page(office, "/forums/meetings/")
    assert office.get(f"/forums/meetings/new/?forum={of.pk}&day=2026-05-01")["Location"] == decide
    assert office.post(decide, {"how": "other"}).status_code == 422
    assert office.post(decide, {"how": "out"}).status_code == 422
    office.post(decide, {"how": "other", "held_on": "2026-05-08", "reason": "五一放假"})
    assert CalendarDecision.objects.get().held_on.isoformat() == "2026-05-08"
    form = office.get(f"/forums/meetings/new/?forum={of.pk}&day=2026-05-01").context["form"]
    assert form.initial["on"].isoformat() == "2026-05-08"
    for wrong in (f"/forums/{of.pk}/days/2026-02-30/", f"/forums/{of.pk}/days/2026-05-12/"):
        assert office.get(wrong).status_code == 404


def test_a_free_meeting_on_a_day_off_leads_to_the_decision_and_keeps_what_was_typed(
    cast, signed_in
):
    office, of = signed_in(cast.zhou_min), forum(cast)
    typed = {
        "forum": of.pk,
        "name": "劳动节座谈",
        "kind": "JOINT",
        "on": "2026-05-04",
        "at": "19:00",
        "place_text": "二楼",
    }
    refused = office.post("/forums/meetings/new/", typed)
    assert refused.status_code == 422
    decide = f"/forums/{of.pk}/days/2026-05-04/"
    text = refused.content.decode()
    assert f'href="{decide}"' in text
    assert 'value="劳动节座谈"' in text
    page(office, decide)
    office.post(decide, {"how": "same"})
    assert office.post("/forums/meetings/new/", typed).status_code == 302


@pytest.mark.parametrize("day", ["9999-12-31", "2027-04-01"])
def test_a_meeting_too_far_ahead_is_refused_and_keeps_what_was_typed(cast, signed_in, day):
    office, of = signed_in(cast.zhou_min), forum(cast)
    typed = {"forum": of.pk, "name": "很久以后", "kind": "JOINT", "on": day, "at": "19:00"}
    answer = office.post("/forums/meetings/new/", typed | {"place_text": "二楼"})
    assert answer.status_code == 422
    assert 'value="很久以后"' in answer.content.decode()
    assert not Meeting.objects.exists()
    assert office.get(f"/forums/{of.pk}/days/{day}/").status_code in (200, 404)


def test_a_talk_says_who_came_and_expects_nobody(cast, signed_in):
    of, office = forum(cast), signed_in(cast.zhou_min)
    talk = TalkInput(
        held_at=NOW, said="都说靠南", people_count=14, about="晾衣架", place_text="3幢楼下"
    )
    meeting = record_talk(forum_id=of.pk, talk=talk, actor=cast.actor(cast.zhou_min), at=EVENING)
    own = f"/forums/meetings/{meeting.pk}/"
    paper = Document(io.BytesIO(office.get(f"{own}minutes/paper/").content))
    printed = "\n".join(one.text for one in paper.paragraphs)
    for text in (page(office, own), page(office, f"{own}minutes/"), printed):
        assert "14" in text
        for words in ("应到", "法定人数", "物业公司"):
            assert words not in text, words


def test_outsiders_see_what_is_public_and_nothing_of_the_office(cast, signed_in):
    meeting = signed(cast, forum(cast))
    for who in ("outsider", "outside_handler", "nobody_yet"):
        browser = signed_in(getattr(cast, who))
        for path in ("", "record/", "minutes/", "minutes/paper/", "people/", "screen/", "sheet/"):
            assert browser.get(f"/forums/meetings/{meeting.pk}/{path}").status_code == 404, path
        page(browser, f"/deliberate/meetings/{meeting.pk}/")
    assert "沈书记" not in page(Client(), f"/deliberate/meetings/{meeting.pk}/")
