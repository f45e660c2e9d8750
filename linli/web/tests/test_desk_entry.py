"""Entering a call: one form, what follows at once, and nothing typed is lost."""

import uuid

import pytest

from linli.core.models import Event
from linli.matters.models import Matter, Reporter
from linli.matters.tests.stages import reported
from linli.matters.workflow import State
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def a_call(cast, **changes):
    return {
        "submission_key": str(uuid.uuid4()),
        "text": "翠园3幢门口的路灯坏了",
        "phone": "13812348000",
        "name": "张三",
        "on_behalf_of": "",
        "channel": "PHONE",
        "place": "翠园 3幢",
        "spot": f"BUILDING:{cast.building.pk}",
        "place_text": "门口",
        "category_id": "",
        "then": "KEEP",
        "handler": "",
        "answer": "",
        "same_as": "",
    } | changes


def enter(signed_in, cast, who="zhou_min", **changes):
    return signed_in(getattr(cast, who)).post("/desk/new/", a_call(cast, **changes))


def test_a_call_is_taken_in_and_the_code_is_there_to_read_out(cast, signed_in):
    answer = enter(signed_in, cast)
    page = answer.content.decode()
    assert answer.status_code == 200
    matter, reporter = Matter.objects.get(), Reporter.objects.get()
    assert (matter.channel, matter.category, matter.building) == ("PHONE", cast.lamp, cast.building)
    assert matter.place_text == "门口"
    assert (reporter.entered_by, reporter.account) == (cast.zhou_min, None)
    assert answer.context["code"].count("-") == 2
    assert answer.context["code"] in page
    assert "翠园3幢门口的路灯坏了</textarea>" not in page, "the form is empty for the next call"
    assert answer["Cache-Control"] == "no-store"


def test_the_same_form_sent_twice_is_one_matter_dispatched_once(cast, signed_in):
    call = a_call(cast, then="DISPATCH")
    browser = signed_in(cast.zhou_min)
    codes = {browser.post("/desk/new/", call).context["code"] for _ in range(2)}
    assert len(codes) == 1
    assert Matter.objects.count() == 1
    assert Event.objects.filter(name="matters.dispatched").count() == 1


def test_accepted_and_dispatched_in_the_same_form_to_whoever_usually_handles_it(cast, signed_in):
    assert enter(signed_in, cast, then="DISPATCH").status_code == 200
    matter = Matter.objects.get()
    assert (matter.state, matter.order.organisation) == (State.DISPATCHED, cast.property_company)


def test_or_to_a_chosen_handler(cast, signed_in):
    enter(signed_in, cast, then="DISPATCH", handler=f"o{cast.power_company.pk}")
    assert Matter.objects.get().order.organisation == cast.power_company


def test_without_a_usual_handler_one_has_to_be_chosen_and_nothing_is_half_done(cast, signed_in):
    answer = enter(signed_in, cast, then="DISPATCH", category_id=cast.dispute.pk, text="楼上太吵")
    assert answer.status_code == 422
    assert "楼上太吵" in answer.content.decode()
    assert not Matter.objects.exists()


def test_a_question_answered_on_the_telephone_is_settled_at_once(cast, signed_in):
    enter(
        signed_in,
        cast,
        text="高龄津贴政策怎么办理",
        category_id=cast.question.pk,
        then="SETTLE",
        answer="满八十周岁，带身份证来社区窗口",
    )
    matter = Matter.objects.get()
    assert matter.state == State.VERIFIED, "there is nothing to inspect, only to rate"
    assert matter.order.resolution == "满八十周岁，带身份证来社区窗口"


def test_settling_needs_an_answer(cast, signed_in):
    answer = enter(signed_in, cast, then="SETTLE", answer="", text="路灯坏了问一下")
    assert answer.status_code == 422
    assert "路灯坏了问一下" in answer.content.decode()
    assert not Matter.objects.exists()


def test_a_caller_is_added_to_what_was_asked_before(cast, signed_in):
    first = reported(cast).matter
    answer = enter(signed_in, cast, same_as=str(first.pk), phone="13900001111")
    assert answer.status_code == 200
    merged = Matter.objects.exclude(pk=first.pk).get()
    assert (merged.state, merged.merged_into) == (State.MERGED, first)
    assert answer.context["code"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"text": ""}, "请"),
        ({"text": "😀😀"}, "请"),
        ({"text": "路灯坏了" + "长" * 5001}, "5005"),
        ({"phone": "12345"}, "12345"),
        ({"text": "不知道说什么好"}, "请选择一个"),
        ({"spot": "", "place": "", "place_text": ""}, "地点"),
        ({"spot": "BUILDING:999999", "place": ""}, "重新选择"),
        ({"then": "NONSENSE"}, "NONSENSE"),
    ],
)
def test_bad_input_is_answered_beside_the_field_and_everything_is_kept(
    changes, said, cast, signed_in
):
    answer = enter(signed_in, cast, **({"name": "张三丰", "place_text": "东侧"} | changes))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert "张三丰" in page
    assert not Matter.objects.exists()


def test_another_communitys_building_is_not_ours_to_report(cast, signed_in):
    answer = enter(signed_in, cast, spot=f"BUILDING:{cast.elsewhere_building.pk}", place="")
    assert answer.status_code == 422
    assert not Matter.objects.exists()


def test_without_script_words_that_fit_one_place_are_that_place(cast, signed_in):
    enter(signed_in, cast, spot="", place="cy5", place_text="")
    assert Matter.objects.get().building == cast.next_building


def test_without_script_words_that_fit_several_ask_which(cast, signed_in):
    answer = enter(signed_in, cast, spot="", place="幢", place_text="")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "是下面哪一处" in page
    assert f"BUILDING:{cast.building.pk}" in page
    again = enter(signed_in, cast, spot="", spot_choice=f"BUILDING:{cast.building.pk}", place="幢")
    assert again.status_code == 200
    assert Matter.objects.get().building == cast.building


def test_a_place_in_their_own_words_belongs_to_the_community(cast, signed_in):
    enter(signed_in, cast, spot="", place="河边那棵老槐树", place_text="")
    matter = Matter.objects.get()
    assert (matter.community, matter.grid, matter.place_text) == (
        cast.community,
        None,
        "河边那棵老槐树",
    )


def test_what_turns_out_an_emergency_goes_to_those_in_charge_alone(cast, signed_in):
    answer = enter(
        signed_in,
        cast,
        text="隔壁在打孩子，孩子一直哭喊救命，打得很厉害",
        category_id=cast.dispute.pk,
        then="DISPATCH",
        handler=f"o{cast.property_company.pk}",
    )
    matter = Matter.objects.get()
    page = answer.content.decode()
    assert answer.status_code == 200
    assert matter.is_restricted
    assert matter.state == State.REPORTED
    assert "110" in page
    assert f'href="/desk/{matter.pk}/"' not in page


def test_places_are_found_by_initials_while_one_types(cast, signed_in):
    page = signed_in(cast.zhou_min).get("/desk/new/spots/?place=cy3").content.decode()
    assert "翠园 3幢" in page
    assert "桂苑" not in page


def test_words_suggest_a_category_and_show_what_may_be_the_same(cast, signed_in):
    same = reported(cast).matter
    answer = signed_in(cast.zhou_min).post(
        "/desk/new/hints/",
        {"text": "3幢门口路灯坏了看不清路", "spot": f"BUILDING:{cast.building.pk}"},
    )
    page = answer.content.decode()
    assert f'data-suggested="{cast.lamp.pk}"' in page
    assert f'value="{same.pk}"' in page


def test_hints_never_show_what_is_restricted(cast, signed_in):
    secret = reported(cast, category_id=cast.referral.pk, text="3幢独居老人需要照护").matter
    answer = signed_in(cast.zhou_min).post(
        "/desk/new/hints/",
        {"text": "3幢独居老人需要照护", "spot": f"BUILDING:{cast.building.pk}"},
    )
    assert f'value="{secret.pk}"' not in answer.content.decode()


@pytest.mark.parametrize("who", ["xu", "chen", "gu", "li", "fang", "nobody_yet"])
def test_only_those_who_answer_the_telephone_enter_calls(who, cast, signed_in):
    browser = signed_in(getattr(cast, who))
    assert browser.get("/desk/new/").status_code == 404
    assert browser.post("/desk/new/", a_call(cast)).status_code == 404
    assert browser.post("/desk/new/hints/", {"text": "路灯"}).status_code == 404
    assert not Matter.objects.exists()


def test_a_call_is_entered_as_of_now(cast, signed_in):
    enter(signed_in, cast)
    assert Matter.objects.get().reported_at == NOW
