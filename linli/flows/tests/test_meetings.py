"""Around a meeting: who is invited, and open matters on its agenda."""

from datetime import timedelta

import pytest

from linli.core.ref import Ref
from linli.deliberation.models import AgendaItem, Meeting
from linli.deliberation.services import meetings
from linli.deliberation.tests.scenes import forum
from linli.deliberation.tests.sittings import EVENING, ended, planned, sign, wanted
from linli.flows import agendas
from linli.flows.worker import run_due
from linli.matters import services as matters
from linli.matters.tests.stages import Stage, stage_at
from linli.matters.workflow import State
from linli.notify.models import Message
from linli.notify.wording import word
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def run(at=NOW):
    while run_due(at=at):
        pass


def told(account):
    """Return what somebody was told of meetings, oldest first."""
    rows = Message.objects.filter(account=account, event__subject_kind="deliberation.meeting")
    return [(one.code, one.path) for one in rows.order_by("id")]


# --- Messages ---------------------------------------------------------------------------------


def test_those_who_sit_for_required_parties_are_invited(cast):
    meeting = planned(cast, forum(cast))
    run()
    path = f"/deliberate/meetings/{meeting.pk}/"
    for account in (cast.zhou_min, cast.qian, cast.chen):
        assert told(account) == [("meeting_planned", path)]
    for account in (cast.shen, cast.xu, cast.ma, cast.outsider):  # 沈书记 planned it.
        assert told(account) == []
    message = Message.objects.get(account=cast.qian, code="meeting_planned")
    said = word(code=message.code, facts=message.facts)
    assert "三月例会" in said.sentence
    assert "社区二楼议事厅" in said.sentence


def test_of_another_time_or_place_all_are_told_of_another_title_nobody(cast):
    meeting, desk = planned(cast, forum(cast)), cast.actor(cast.shen)
    run()
    given = {"meeting_id": meeting.pk, "actor": desk, "at": NOW}
    meetings.change_meeting(wanted=wanted(cast, name="三月例会（一）"), **given)
    run()
    assert len(told(cast.qian)) == 1
    later = wanted(cast, starts_at=EVENING + timedelta(hours=1))
    meetings.change_meeting(wanted=later, **given)
    meetings.cancel_meeting(reason="停电", **given)
    run()
    # By the time the change is told the meeting is off: only that is said.
    assert [code for code, _path in told(cast.qian)] == ["meeting_planned", "meeting_cancelled"]


def test_chair_and_recorder_are_asked_for_their_signatures(cast):
    meeting = ended(cast, forum(cast))
    sign(cast, meeting, cast.zhou_min)
    run(at=EVENING + timedelta(hours=2))
    path = f"/forums/meetings/{meeting.pk}/minutes/"
    assert ("minutes_to_sign", path) in told(cast.shen)
    assert ("minutes_to_sign", path) not in told(cast.zhou_min)


# --- Agendas ----------------------------------------------------------------------------------


def add(cast, meeting, *stages, who="zhou_min"):
    return agendas.add_matters(
        meeting_id=meeting.pk,
        matter_ids=[stage.id for stage in stages],
        actor=cast.actor(getattr(cast, who)),
        at=NOW,
    )


def test_open_matters_come_onto_an_agenda_once_and_by_their_category(cast):
    meeting, stage = planned(cast, forum(cast)), stage_at(cast, State.DISPATCHED)
    assert add(cast, meeting, stage) == 1
    assert add(cast, meeting, stage) == 0
    item = meeting.items.get()
    assert item.ref == str(Ref("matters.matter", stage.id))
    assert item.title == f"路灯不亮 翠园 3幢（{stage.matter.number}）"
    assert stage.matter.title not in item.title
    shown = agendas.matters_on(actor=cast.actor(cast.zhou_min), meeting=meeting)
    assert list(shown) == [item.ref]


def test_closed_restricted_and_foreign_matters_stay_off(cast):
    meeting = planned(cast, forum(cast))
    closed = stage_at(cast, State.CLOSED)
    restricted = Stage(cast, category_id=cast.referral.pk)
    for stages in ((), (closed,), (restricted,)):
        with pytest.raises(agendas.MattersNotOpen):
            add(cast, meeting, *stages)
    with pytest.raises(agendas.MattersNotOpen):
        add(cast, meeting, restricted, who="shen")
    assert not AgendaItem.objects.exists()


def test_a_matter_that_becomes_restricted_leaves_the_agenda(cast):
    meeting, stage = planned(cast, forum(cast)), Stage(cast)
    kept = stage_at(cast, State.DISPATCHED)
    add(cast, meeting, stage, kept)
    matters.recategorise(
        matter_id=stage.id,
        category_id=cast.referral.pk,
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    run()
    assert [item.ref for item in Meeting.objects.get().items.all()] == [
        str(Ref("matters.matter", kept.id))
    ]
