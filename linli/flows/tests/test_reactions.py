"""Who hears of what: read afresh, stand-ins included, restricted matters without a word."""

import ast
import inspect
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.core import events
from linli.core.actor import NOBODY
from linli.core.models import Delivery, Event
from linli.core.ref import Ref
from linli.flows import (
    following_visits,
    reactions,
    telling_of_accounts,
    telling_of_matters,
    telling_of_meetings,
    telling_of_opinions,
    telling_of_topics,
    telling_of_votes,
    worker,
)
from linli.flows.reactions import REACTIONS, TABLE
from linli.matters import events as matter_events
from linli.matters import queries, services
from linli.matters.models import Matter, Reporter
from linli.matters.tests.stages import Stage, reported, stage_at
from linli.matters.workflow import State
from linli.notify.models import Channel, Dispatch, Message
from linli.notify.wording import WORDINGS
from linli.people import services as people
from linli.people.models import Account, Duty, Handover
from linli.territory.queries import locate
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _those_that_share_a_round_change_nothing_it_reads(monkeypatch):
    """Fail when a reaction that shares a round writes what the round read at its beginning."""

    def watched(reaction):
        def react(event, at):
            def look(execute, sql, *rest):
                if sql.startswith(("INSERT", "UPDATE", "DELETE")):
                    assert '"notify_' in sql[:40], sql
                return execute(sql, *rest)

            with connection.execute_wrapper(look):
                reaction(event, at)

        return react

    for name, reaction in REACTIONS.items():
        if name not in reactions.ALONE:
            monkeypatch.setitem(worker.REACTIONS, name, watched(reaction))


def told(code, *, at=NOW):
    """Run what is owed and return who was told with this code, by name."""
    worker.run_due(at=at)
    assert not Delivery.objects.exclude(state="DONE").exists()
    names = Message.objects.filter(code=code).values_list("account__username", flat=True)
    return set(names)


def forget():
    """Run what is owed for what led here, and forget who was told."""
    worker.run_due(at=NOW)
    Message.objects.all().delete()


def at_stage(cast, state, **changes):
    stage = stage_at(cast, state, **changes)
    forget()
    return stage


def actor(cast, who):
    return cast.actor(getattr(cast, who))


# --- Who answers


def test_report_reaches_whoever_answers_nearest_to_home(cast):
    reported(cast)
    assert told("to_accept") == {"wang"}


def test_matters_of_a_round_are_read_once_however_many_they_are(cast, monkeypatch):
    monkeypatch.setattr(worker, "ROUND_SECONDS", 60)
    for _ in range(6):
        reported(cast)
    with CaptureQueriesContext(connection) as asked:
        assert told("to_accept") == {"wang"}
    assert Message.objects.count() == 6
    for table in ("matters_matter", "people_role", "people_handover"):
        assert sum(f'FROM "{table}"' in query["sql"] for query in asked) == 1, table


def test_report_where_nobody_answers_nearby_reaches_the_grid(cast):
    reported(cast, location=locate(building_id=cast.far_building.pk))
    assert told("to_accept") == {"sun"}


def test_report_reaches_the_stand_in_of_whoever_is_away(cast):
    Handover.objects.create(
        absent=cast.wang,
        stand_in=cast.xu,
        from_date=NOW.date(),
        until_date=NOW.date(),
        made_by="system:test",
    )
    reported(cast)
    assert told("to_accept") == {"xu"}


def test_report_at_night_reaches_those_on_duty_at_once(cast):
    night = NOW.replace(hour=23)
    Duty.objects.create(
        area=cast.community,
        account=cast.zhou_ning,
        starts_at=NOW.replace(hour=18),
        ends_at=NOW.replace(hour=23, minute=59),
        set_by="system:test",
    )
    for account in (cast.zhou_ning, cast.wang):
        Channel.objects.create(
            account=account, name="x", address_sealed=b"x", digest_minutes=0, added_at=NOW
        )
    reported(cast, at=night)
    assert told("to_accept", at=night) == {"zhou_ning", "wang"}
    due = dict(Dispatch.objects.values_list("channel__account__username", "due_at"))
    assert due["zhou_ning"] == night
    assert due["wang"] == (night + timedelta(days=1)).replace(hour=7)


def test_duty_does_not_count_in_office_hours(cast):
    Duty.objects.create(
        area=cast.community,
        account=cast.zhou_ning,
        starts_at=NOW.replace(hour=0),
        ends_at=NOW.replace(hour=23),
        set_by="system:test",
    )
    reported(cast)
    assert told("to_accept") == {"wang"}


def test_report_that_was_taken_up_meanwhile_tells_nobody(cast):
    Stage(cast).accept()
    assert told("to_accept") == set()


def test_climbing_tells_the_next_level(cast):
    stage = Stage(cast)
    forget()
    services.escalate(matter_id=stage.id, actor=actor(cast, "wang"), at=NOW, reason="无法处理")
    assert told("on_your_level") == {"xu"}


# --- Orders


def test_order_reaches_everybody_who_works_in_the_organisation(cast):
    at_stage(cast, State.ACCEPTED).dispatch()
    assert told("order") == {"chen", "qian"}


def test_order_to_a_person_on_leave_reaches_the_stand_in(cast):
    stage = at_stage(cast, State.ACCEPTED)
    Handover.objects.create(
        absent=cast.xu,
        stand_in=cast.li,
        from_date=NOW.date(),
        until_date=NOW.date(),
        made_by="system:test",
    )
    stage._do(services.dispatch, "zhou_min", account_id=cast.xu.pk)
    assert told("order") == {"li"}


def test_order_that_was_taken_back_before_it_was_told_reaches_nobody(cast):
    stage = at_stage(cast, State.ACCEPTED)
    stage.dispatch()
    stage._do(services.recall, "zhou_min", reason="派错了")
    assert told("order") == set()
    assert told("order_gone") == {"chen", "qian"}


def test_order_that_went_to_the_same_unit_again_is_not_called_ended(cast):
    stage = at_stage(cast, State.DISPATCHED)
    stage._do(services.recall, "zhou_min", reason="派错了")
    stage.dispatch()
    assert told("order_gone") == set()
    assert told("order") == {"chen", "qian"}


def test_objection_reaches_those_who_may_judge_it_as_a_third(cast):
    at_stage(cast, State.DISPATCHED).object_to()
    assert told("to_judge") == {"shen", "zhou_ning", "li"}


def test_objection_that_nobody_here_may_judge_reaches_the_overseer(cast):
    Account.objects.filter(username__in=["shen", "zhou_ning", "li"]).update(is_active=False)
    at_stage(cast, State.DISPATCHED).object_to()
    assert told("to_judge") == {"gu"}


def test_upheld_objection_reaches_the_unit_and_the_desk(cast):
    stage = at_stage(cast, State.OBJECTED)
    stage._do(services.uphold, "shen", judgement="确属他方")
    assert told("objection_upheld") == {"chen", "qian"}
    assert told("to_dispatch") == {"zhou_min", "zhou_ning"}


def test_overruled_objection_reaches_the_unit(cast):
    stage = at_stage(cast, State.OBJECTED)
    stage._do(services.overrule, "shen", judgement="属物业职责")
    assert told("order_stands") == {"chen", "qian"}


def test_return_reaches_the_desk_with_its_reason(cast):
    at_stage(cast, State.TAKEN).give_back()
    assert told("given_back") == {"zhou_min", "zhou_ning"}
    facts = Message.objects.filter(code="given_back").first().facts
    assert facts["reason"] == "属于业主专有部分"
    assert facts["unit"] == "安居物业"


def test_refused_return_reaches_the_unit(cast):
    stage = at_stage(cast, State.RETURNED)
    stage._do(services.refuse_return, "zhou_ning", reason="请继续处理")
    assert told("return_refused") == {"chen", "qian"}


def test_time_asked_reaches_the_desk_and_its_answer_the_unit(cast):
    stage = at_stage(cast, State.TAKEN)
    stage._do(services.ask_time, "chen", kind="EXTENSION", amount=1, reason="等配件")
    assert told("time_asked") == {"zhou_min", "zhou_ning"}
    stage._do(services.extend, "zhou_ning", amount=1, reason="同意")
    assert told("time_granted") == {"chen", "qian"}
    stage._do(services.ask_time, "chen", kind="EXTENSION", amount=1, reason="等配件")
    stage._do(services.refuse_time, "zhou_ning", reason="请抓紧")
    assert told("time_refused") == {"chen", "qian"}
    assert Message.objects.filter(code="time_asked").count() == 2


def test_pause_and_its_end_reach_the_unit(cast):
    stage = at_stage(cast, State.TAKEN)
    stage.pause()
    assert told("paused") == {"chen", "qian"}
    services.resume_due(at=NOW + timedelta(days=2))
    assert told("resumed", at=NOW + timedelta(days=2)) == {"chen", "qian"}


def test_result_reaches_those_who_may_check_it_and_not_who_did_the_work(cast):
    at_stage(cast, State.TAKEN).resolve()
    assert told("to_verify") == {"wang", "zhou_min", "zhou_ning"}


def test_what_somebody_settled_is_checked_by_another(cast):
    stage = at_stage(cast, State.REPORTED)
    stage._do(services.settle, "wang", note="已当场处理")
    assert told("to_verify") == {"zhou_min", "zhou_ning"}


def test_rework_reaches_the_unit_that_did_the_work(cast):
    at_stage(cast, State.RESOLVED).send_to_rework()
    assert told("order_again") == {"chen", "qian"}


def test_low_rating_reaches_the_unit_as_rework(cast):
    at_stage(cast, State.VERIFIED).rate(solved=False, satisfaction="DISSATISFIED")
    assert told("order_again") == {"chen", "qian"}


def test_withdrawal_reaches_the_unit(cast):
    at_stage(cast, State.TAKEN).withdraw()
    assert told("order_gone") == {"chen", "qian"}


def test_new_category_reaches_the_unit_with_its_new_limit(cast):
    stage = at_stage(cast, State.TAKEN)
    stage._do(services.recategorise, "zhou_min", category_id=cast.disorder.pk)
    assert told("changed") == {"chen", "qian"}


# --- Late, asked after, watched


def test_overdue_reaches_the_unit_and_the_desk_once(cast):
    stage = at_stage(cast, State.TAKEN)
    late = stage.matter.due_at + timedelta(minutes=1)
    services.escalate_overdue(at=late)
    services.escalate_overdue(at=late)
    assert told("overdue", at=late) >= {"chen", "qian", "zhou_min", "zhou_ning"}
    assert not told("overdue", at=late) & {"outsider", "outside_handler", "ma"}
    assert Message.objects.filter(code="overdue", account=cast.chen).count() == 1


def test_nudge_reaches_whoever_has_the_next_move(cast):
    at_stage(cast, State.TAKEN)._do(services.nudge, "xu")
    assert told("nudged") == {"chen", "qian"}


def test_nudge_before_acceptance_reaches_whoever_answers(cast):
    at_stage(cast, State.REPORTED)._do(services.nudge, "shen")
    assert told("nudged") == {"wang"}


def test_supervision_reaches_the_unit_and_the_desk(cast):
    at_stage(cast, State.TAKEN)._do(services.supervise, "gu", note="请于本周办结")
    assert told("supervised") == {"chen", "qian", "zhou_min", "zhou_ning"}


def test_nobody_is_told_what_they_did_themselves(cast):
    at_stage(cast, State.TAKEN)._do(services.nudge, "zhou_min")
    stage = at_stage(cast, State.RESOLVED)
    stage._do(services.nudge, "zhou_min")
    assert "zhou_min" not in told("nudged")


# --- Those who asked


def by_staff(cast):
    """Return a matter that 许中杰 brought in with his own account."""
    stage = Stage(cast)
    Reporter.objects.filter(matter_id=stage.id).update(account=cast.xu)
    return stage


def test_progress_reaches_those_who_asked_and_have_an_account(cast):
    stage = by_staff(cast)
    stage.accept()
    assert told("accepted") == {"xu"}
    stage.dispatch()
    stage.take()
    stage.resolve()
    stage._do(services.verify, "zhou_min")
    assert told("to_rate") == {"xu"}


def test_declined_and_merged_reach_those_who_asked(cast):
    by_staff(cast).decline()
    assert told("declined") == {"xu"}
    by_staff(cast).merge()
    assert told("joined") == {"xu"}


def test_whoever_wants_no_answer_gets_none(cast):
    stage = by_staff(cast)
    Reporter.objects.filter(matter_id=stage.id).update(wants_answer=False)
    stage.accept()
    assert told("accepted") == set()


# --- Restricted matters


def test_restricted_matter_reaches_only_those_in_charge_and_says_nothing(cast):
    matter = reported(cast, category_id=cast.referral.pk).matter
    assert matter.is_restricted
    assert told("restricted") == {"fang", "shen"}
    assert set(Message.objects.values_list("account__username", flat=True)) == {"fang", "shen"}
    assert all(facts == {} for facts in Message.objects.values_list("facts", flat=True))


def test_every_message_of_a_restricted_matter_is_without_content_and_to_who_may_see_it(cast):
    stage = Stage(cast, category_id=cast.referral.pk)
    for step, who, given in (
        (services.accept, "fang", {}),
        (services.dispatch, "fang", {"organisation_id": cast.property_company.pk}),
        (services.nudge, "shen", {}),
        (services.object_to, "chen", {"reason": "不属于我司"}),
        (services.overrule, "shen", {"judgement": "请办理"}),
        (services.take, "chen", {}),
        (services.resolve, "chen", {"note": "已办"}),
    ):
        stage._do(step, who, **given)
        worker.run_due(at=NOW)
    assert set(Message.objects.values_list("code", flat=True)) == {"restricted"}
    assert all(facts == {} for facts in Message.objects.values_list("facts", flat=True))
    for message in Message.objects.select_related("account"):
        assert queries.get_matter(actor=cast.actor(message.account), matter_id=stage.id)


def test_matter_that_becomes_restricted_reaches_those_in_charge(cast):
    stage = at_stage(cast, State.TAKEN)
    stage._do(services.recategorise, "zhou_min", category_id=cast.referral.pk)
    assert told("restricted") == {"fang", "shen", "chen", "qian"}


def test_emergency_at_night_is_sent_at_once(cast):
    night = NOW.replace(hour=23)
    Channel.objects.create(
        account=cast.shen, name="x", address_sealed=b"x", digest_minutes=120, added_at=NOW
    )
    reported(cast, at=night, category_id=cast.emergency.pk)
    assert told("restricted", at=night) == {"fang", "shen"}
    assert Dispatch.objects.get().due_at == night


# --- The ground changes


def test_new_boundary_points_open_matters_to_the_grid_and_tells_its_people(cast):
    matter = reported(cast).matter
    forget()
    cast.building.grid = cast.other_grid
    cast.building.micro_grid = None
    cast.building.save()
    Account.objects.filter(pk=cast.wang.pk).update(is_active=False)
    with transaction.atomic():
        events.record(
            name="territory.building_regridded",
            subject=Ref("territory.building", cast.building.pk),
            trace=uuid.uuid4(),
            actor=actor(cast, "shen"),
            at=NOW,
            community_id=cast.community.pk,
        )
    told("to_accept")
    assert Matter.objects.get(pk=matter.pk).grid_id == cast.other_grid.pk


# --- One's own account


def test_handover_reaches_both(cast):
    given = people.hand_over(
        absent_id=cast.zhou_min.pk,
        stand_in_id=cast.zhou_ning.pk,
        from_date=NOW.date(),
        until_date=NOW.date() + timedelta(days=3),
        actor=actor(cast, "shen"),
        at=NOW,
    )
    assert told("stands_in") == {"zhou_ning"}
    assert told("stood_in_for") == {"zhou_min"}
    assert Message.objects.get(code="stands_in").facts["name"] == "周敏"
    people.end_handover(handover_id=given.pk, actor=actor(cast, "shen"), at=NOW)
    assert told("stand_in_over") == {"zhou_min", "zhou_ning"}


def test_reset_password_reaches_its_owner(cast):
    people.reset_password(account_id=cast.xu.pk, actor=actor(cast, "shen"), at=NOW)
    assert told("password_reset") == {"xu"}


def test_role_and_duty_reach_whom_they_concern(cast):
    role = people.give_role(
        account_id=cast.nobody_yet.pk,
        role="STAFF",
        area_id=cast.community.pk,
        actor=actor(cast, "shen"),
        at=NOW,
    )
    assert told("role_given") == {"nobody_yet"}
    people.set_duty(
        area_id=cast.community.pk,
        account_id=cast.zhou_min.pk,
        starts_at=NOW + timedelta(hours=8),
        ends_at=NOW + timedelta(hours=20),
        actor=actor(cast, "shen"),
        at=NOW,
    )
    assert told("on_duty") == {"zhou_min"}
    people.end_role(role_id=role.pk, actor=actor(cast, "shen"), at=NOW)
    assert told("role_ended") == {"nobody_yet"}


# --- The table


def test_reactions_read_the_state_afresh_and_end_quietly_at_any_other(cast):
    """Run every reaction of a matter at every state: none fails, whatever happened since."""
    facts = {
        "round": 1,
        "level_id": 1,
        "order_id": 0,
        "organisation_id": cast.property_company.pk,
        "reporter_id": 0,
        "account_id": None,
    }
    for state in State:
        stage = stage_at(cast, state)
        for name in matter_events.ALL:
            with transaction.atomic():
                event = Event.objects.create(
                    trace=stage.matter.trace,
                    name=name,
                    subject_kind="matters.matter",
                    subject_id=stage.id,
                    actor=NOBODY.key,
                    happened_at=NOW,
                    facts=facts,
                )
                for reaction in TABLE[name]:
                    reaction(event, NOW)


def test_names_are_registered_when_linli_starts():
    assert events.registered() == reactions.names()


def test_each_name_means_one_reaction():
    functions = [reaction for owed in TABLE.values() for reaction in owed]
    assert len({id(reaction) for reaction in functions}) == len(REACTIONS)
    assert all(len(name) <= 64 for name in REACTIONS)


def test_every_code_that_reactions_use_is_worded_and_no_word_is_idle():
    homes = (
        *(reactions, following_visits, telling_of_accounts, telling_of_matters),
        *(telling_of_meetings, telling_of_opinions, telling_of_topics, telling_of_votes),
    )
    trees = [ast.parse(inspect.getsource(one)) for one in homes]
    used = {
        keyword.value.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    # Named in a table or an assignment.
    chosen = {"restricted", "stands_in", "stood_in_for", *telling_of_opinions._MOVED.values()}
    of_notify_itself = {"channel_test"}
    assert used | chosen | of_notify_itself == set(WORDINGS)


# --- When a handler is gone


@pytest.mark.parametrize("state", [State.DISPATCHED, State.TAKEN, State.PAUSED, State.REWORK])
def test_orders_of_a_unit_that_is_gone_come_back_to_the_desk(cast, state):
    stage = at_stage(cast, state)
    people.end_organisation(
        organisation_id=cast.property_company.pk, actor=actor(cast, "shen"), at=NOW
    )
    assert told("to_dispatch") == {"zhou_min", "zhou_ning"}
    assert (stage.matter.state, stage.matter.order) == (State.ACCEPTED, None)


def test_orders_of_a_closed_account_come_back_and_what_it_did_stays(cast):
    stage = Stage(cast)
    stage.accept()
    services.dispatch(
        matter_id=stage.id, actor=actor(cast, "zhou_min"), at=NOW, account_id=cast.xu.pk
    )
    done = at_stage(cast, State.RESOLVED)
    people.deactivate(account_id=cast.xu.pk, actor=actor(cast, "shen"), at=NOW)
    assert "zhou_min" in told("to_dispatch")
    assert stage.matter.state == State.ACCEPTED
    assert done.matter.state == State.RESOLVED
