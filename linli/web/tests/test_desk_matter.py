"""One matter at the desk: what is shown, to whom, and in how many queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.matters import services
from linli.matters.models import Matter
from linli.matters.tests.stages import Stage, reported, stage_at
from linli.matters.workflow import State
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def page_of(signed_in, who, stage, **headers):
    answer = signed_in(who).get(f"/desk/{stage.id}/", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("state", list(State))
def test_a_matter_shows_in_every_state_what_it_is(state, cast, signed_in):
    stage = stage_at(cast, state)
    page = page_of(signed_in, cast.zhou_min, stage)
    assert f"2026-{stage.id}" in page
    assert "翠园 3幢" in page
    assert "张*" in page
    assert "138****8000" in page
    assert "13812348000" not in page


@pytest.mark.parametrize("who", ["xu", "chen", "ma", "nobody_yet", "outsider", "outside_handler"])
def test_it_does_not_exist_for_those_who_do_not_work_there(who, cast, signed_in):
    stage = stage_at(cast, State.TAKEN)
    assert signed_in(getattr(cast, who)).get(f"/desk/{stage.id}/").status_code == 404


def test_htmx_gets_the_two_panes_and_going_back_gets_the_page(cast, signed_in):
    stage = stage_at(cast, State.REPORTED)
    pane = page_of(signed_in, cast.zhou_min, stage, **{"HX-Request": "true"})
    assert "<html" not in pane
    assert 'hx-swap-oob="innerHTML"' in pane
    back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in page_of(signed_in, cast.zhou_min, stage, **back)


def test_the_likeliest_step_is_open_and_filled_in(cast, signed_in):
    stage = stage_at(cast, State.REPORTED)
    page = page_of(signed_in, cast.zhou_min, stage)
    assert f'action="/matters/{stage.id}/accept_and_dispatch/"' in page
    assert f'value="o{cast.property_company.pk}" selected' in page


def test_only_the_steps_that_are_ones_own_are_offered(cast, signed_in):
    stage = stage_at(cast, State.DISPATCHED)
    page = page_of(signed_in, cast.gu, stage)
    assert f"/matters/{stage.id}/supervise/" in page
    assert f"/matters/{stage.id}/recall/" not in page
    assert f"/matters/{stage.id}/take/" not in page


def test_an_objection_a_return_and_a_request_for_time_stand_above_everything(cast, signed_in):
    objected = stage_at(cast, State.OBJECTED)
    page = page_of(signed_in, cast.zhou_ning, objected)
    assert "不属于我司服务范围" in page
    assert f"/matters/{objected.id}/uphold/" in page

    returned = stage_at(cast, State.RETURNED)
    assert "属于业主专有部分" in page_of(signed_in, cast.zhou_min, returned)

    asked = stage_at(cast, State.TAKEN)
    services.ask_time(
        matter_id=asked.id,
        actor=cast.actor(cast.chen),
        at=NOW,
        kind="EXTENSION",
        amount=2,
        reason="门禁主板缺货",
    )
    page = page_of(signed_in, cast.zhou_min, asked)
    assert "门禁主板缺货" in page
    assert f'action="/matters/{asked.id}/extend/"' in page
    assert f"/matters/{asked.id}/refuse_time/" in page


def test_who_dispatched_is_not_offered_to_judge(cast, signed_in):
    stage = stage_at(cast, State.OBJECTED)
    assert f"/matters/{stage.id}/uphold/" not in page_of(signed_in, cast.zhou_min, stage)


def test_likely_duplicates_are_one_press_away(cast, signed_in):
    stage = Stage(cast)
    other = reported(cast, text="翠园3幢门口的路灯坏了，晚上看不清")
    page = page_of(signed_in, cast.zhou_min, stage)
    assert "可能重复" in page
    assert f'name="into" value="2026-{other.matter.pk}"' in page


def test_restricted_matters_are_never_suggested_as_duplicates(cast, signed_in):
    stage = Stage(cast)
    reported(cast, category_id=cast.referral.pk, text="翠园3幢门口的路灯坏了，晚上看不清路。")
    assert "可能重复" not in page_of(signed_in, cast.zhou_min, stage)


def test_an_emergency_says_first_whom_to_call(cast, signed_in):
    stage = Stage(cast, category_id=cast.emergency.pk, text="有人在打孩子，孩子一直哭喊救命")
    page = page_of(signed_in, cast.fang, stage)
    assert "110" in page
    assert "强制报告" in page
    assert f"/matters/{stage.id}/publish/" not in page


def test_reporters_of_what_was_merged_and_its_words_are_shown(cast, signed_in):
    stage = stage_at(cast, State.ACCEPTED)
    other = reported(cast, text="路灯又坏了，老人摔了一跤")
    services.merge(
        matter_id=other.matter.pk, into_id=stage.id, actor=cast.actor(cast.zhou_min), at=NOW
    )
    page = page_of(signed_in, cast.zhou_min, stage)
    assert "老人摔了一跤" in page
    merged = signed_in(cast.zhou_min).get(f"/desk/{other.matter.pk}/").content.decode()
    assert f"/desk/{stage.id}/" in merged


@pytest.mark.parametrize("state", [State.REPORTED, State.TAKEN, State.REWORK, State.CLOSED])
def test_a_matter_costs_a_number_of_queries_that_never_grows(state, cast, signed_in):
    stage = stage_at(cast, state)
    for place in range(5):
        services.add_note(
            matter_id=stage.id, actor=cast.actor(cast.zhou_min), at=NOW, text=f"第{place}次回访"
        )
    browser = signed_in(cast.zhou_min)
    browser.get("/desk/")
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(f"/desk/{stage.id}/", headers={"HX-Request": "true"}).status_code == 200
    ours = [one["sql"] for one in seen if "SAVEPOINT" not in one["sql"]]
    ours = [sql for sql in ours if '"django_session"' not in sql]
    assert len(ours) <= 26, "\n".join(sql[:160] for sql in ours)


def test_a_title_with_markup_is_shown_as_text(cast, signed_in):
    stage = Stage(cast, text="<script>alert(1)</script> 路灯坏了")
    Matter.objects.filter(pk=stage.id).update(title="<b>路灯</b>")
    page = page_of(signed_in, cast.zhou_min, stage)
    assert "<script>alert(1)" not in page
    assert "<b>路灯" not in page
