"""What is two steps in one holds whole or not at all."""

import pytest

from linli.core.models import Event
from linli.flows import use_cases
from linli.flows.use_cases import Entry, Then
from linli.matters.models import Matter
from linli.matters.services import HandlerUnknown, StepNotAllowed, TextMissing
from linli.matters.tests.stages import LATER, Stage, a_report, stage_at
from linli.matters.workflow import Channel, State

pytestmark = pytest.mark.django_db


def test_accepting_and_dispatching_is_one_press_and_two_steps_on_the_thread(cast):
    stage = Stage(cast)
    use_cases.accept_and_dispatch(
        matter_id=stage.id,
        actor=cast.actor(cast.zhou_min),
        at=LATER,
        title="路灯不亮",
        organisation_id=cast.property_company.pk,
    )
    assert (stage.matter.state, stage.matter.title) == (State.DISPATCHED, "路灯不亮")
    names = list(Event.objects.order_by("id").values_list("name", flat=True))
    assert names[-2:] == ["matters.accepted", "matters.dispatched"]


def test_a_handler_of_another_community_leaves_it_not_accepted_either(cast):
    stage = Stage(cast)
    before = Event.objects.count()
    with pytest.raises(HandlerUnknown):
        use_cases.accept_and_dispatch(
            matter_id=stage.id,
            actor=cast.actor(cast.zhou_min),
            at=LATER,
            organisation_id=cast.outside_company.pk,
        )
    assert stage.matter.state == State.REPORTED
    assert Event.objects.count() == before


def test_who_is_too_late_changes_nothing(cast):
    stage = stage_at(cast, State.TAKEN)
    with pytest.raises(StepNotAllowed):
        use_cases.accept_and_dispatch(
            matter_id=stage.id,
            actor=cast.actor(cast.zhou_min),
            at=LATER,
            organisation_id=cast.power_company.pk,
        )
    assert stage.matter.order.organisation == cast.property_company


def test_an_entry_that_cannot_go_on_is_not_taken_in(cast):
    report = a_report(cast, channel=Channel.PHONE)
    actor = cast.actor(cast.zhou_min)
    with pytest.raises(TextMissing):
        use_cases.enter_report(
            entry=Entry(report=report, then=Then.SETTLE, answer=" "), actor=actor, at=LATER
        )
    assert not Matter.objects.exists()
    again = use_cases.enter_report(entry=Entry(report=report), actor=actor, at=LATER)
    assert again.is_new
