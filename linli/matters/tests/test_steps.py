"""Every (state, step, person) there is: who may, who may not, and who is told it is too late."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction

from linli.core.actor import NOBODY, Actor, system
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.matters import queries, services
from linli.matters.models import Matter
from linli.matters.services import StepNotAllowed
from linli.matters.tests.stages import LATER, Stage, reported, stage_at
from linli.matters.workflow import RULES, State, Step
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def _call(step: Step, stage: Stage, actor: Actor) -> object:
    """Take a step with whatever else it needs."""
    cast, reporter = stage.cast, stage.report.reporter
    services_and_needs: dict[Step, tuple[Callable[..., object], dict[str, object]]] = {
        Step.ACCEPT: (services.accept, {}),
        Step.DECLINE: (services.decline, {"reason": "不属于社区"}),
        Step.DISPATCH: (services.dispatch, {"organisation_id": cast.power_company.pk}),
        Step.RECALL: (services.recall, {"reason": "派错了"}),
        Step.TAKE: (services.take, {}),
        Step.OBJECT: (services.object_to, {"reason": "不归我们管"}),
        Step.UPHOLD: (services.uphold, {"judgement": "确属供电所"}),
        Step.OVERRULE: (services.overrule, {"judgement": "合同内事项"}),
        Step.RETURN: (services.return_order, {"reason_id": cast.utility_pipe.pk}),
        Step.REFUSE_RETURN: (services.refuse_return, {"reason": "仍由你方办理"}),
        Step.SETTLE: (services.settle, {"note": "当场拧紧"}),
        Step.ASK_TIME: (
            services.ask_time,
            {"kind": "EXTENSION", "amount": 2, "reason": "缺配件"},
        ),
        Step.EXTEND: (services.extend, {"amount": 2, "reason": "缺配件"}),
        Step.PAUSE: (services.pause, {"until": LATER + timedelta(days=1), "reason": "等配件"}),
        Step.REFUSE_TIME: (services.refuse_time, {"reason": "不必延期"}),
        Step.RESUME: (services.resume, {}),
        Step.RESOLVE: (services.resolve, {"note": "已修好"}),
        Step.VERIFY: (services.verify, {}),
        Step.REWORK: (services.send_to_rework, {"reason": "还是不亮"}),
        Step.RATE: (
            services.rate,
            {"reporter_id": reporter.pk, "solved": True, "satisfaction": "SATISFIED"},
        ),
        Step.WITHDRAW: (services.withdraw, {"reporter_id": reporter.pk}),
        Step.UNMERGE: (services.unmerge, {}),
        Step.RECATEGORISE: (services.recategorise, {"category_id": cast.disorder.pk}),
        Step.ESCALATE: (services.escalate, {"reason": "网格解决不了"}),
        Step.NUDGE: (services.nudge, {}),
        Step.SUPERVISE: (services.supervise, {"note": "请抓紧"}),
        Step.NOTE: (services.add_note, {"text": "已看现场"}),
        Step.TELL: (services.tell, {"reporter_id": reporter.pk, "means": "PHONE"}),
        Step.PUBLISH: (services.publish, {"summary": ""}),
    }
    if step == Step.MERGE:
        into = reported(cast).matter.pk
        return services.merge(matter_id=stage.id, into_id=into, actor=actor, at=LATER)
    service, needs = services_and_needs[step]
    return service(matter_id=stage.id, actor=actor, at=LATER, **needs)


WALKED = [step for step in Step if step not in (Step.CLOSE, Step.MEDIATE)]
"""Closing is what a rating or silence leads to, and mediation belongs to disputes: see below."""

DESK = {"shen", "zhou_min", "zhou_ning"}
FIELD = {"li", "xu", "wang"}
HANDLERS = {"qian", "chen"}
READERS = DESK | FIELD | {"gu"}
RESIDENT = {"resident"}
MAY: dict[Step, set[str]] = {
    Step.ACCEPT: DESK | FIELD,
    Step.DECLINE: DESK,
    Step.DISPATCH: DESK | FIELD,
    Step.RECALL: DESK,
    Step.TAKE: HANDLERS,
    Step.OBJECT: HANDLERS,
    # 周敏 dispatched it, so she is no third; the grid lead and the subdistrict are.
    Step.UPHOLD: {"shen", "zhou_ning", "li", "gu"},
    Step.OVERRULE: {"shen", "zhou_ning", "li", "gu"},
    Step.RETURN: HANDLERS,
    Step.REFUSE_RETURN: DESK,
    Step.SETTLE: DESK | FIELD,
    Step.ASK_TIME: HANDLERS,
    Step.EXTEND: DESK,
    Step.PAUSE: DESK,
    Step.REFUSE_TIME: DESK,
    Step.RESUME: DESK | HANDLERS,
    Step.RESOLVE: HANDLERS,
    Step.VERIFY: DESK | FIELD,
    Step.REWORK: DESK | FIELD,
    Step.RATE: DESK | FIELD | RESIDENT,
    Step.WITHDRAW: DESK | RESIDENT,
    Step.MERGE: DESK,
    Step.UNMERGE: DESK,
    Step.RECATEGORISE: DESK,
    Step.ESCALATE: DESK | FIELD,
    Step.NUDGE: DESK | FIELD | {"gu"} | RESIDENT,
    Step.SUPERVISE: {"shen", "gu"},
    Step.NOTE: DESK | FIELD | HANDLERS | {"gu"},
    Step.TELL: DESK | FIELD | HANDLERS,
    Step.PUBLISH: DESK,
}
FIRST_STATE: dict[Step, State] = {
    Step.DISPATCH: State.ACCEPTED,
    Step.RECALL: State.TAKEN,
    Step.TAKE: State.DISPATCHED,
    Step.EXTEND: State.TAKEN,
    Step.REWORK: State.RESOLVED,
    Step.NUDGE: State.TAKEN,
    Step.SUPERVISE: State.TAKEN,
    Step.NOTE: State.TAKEN,
    Step.TELL: State.TAKEN,
    Step.PUBLISH: State.TAKEN,
    Step.WITHDRAW: State.TAKEN,
    Step.RECATEGORISE: State.TAKEN,
    Step.ESCALATE: State.TAKEN,
    Step.SETTLE: State.REPORTED,
    Step.MERGE: State.REPORTED,
    Step.DECLINE: State.REPORTED,
}


def _actors(stage: Stage) -> dict[str, Actor]:
    cast = stage.cast
    everybody = {name: cast.actor(account) for name, account in cast.accounts.items()}
    return everybody | {
        "resident": queries.actor_of_reporter(reporter=stage.report.reporter),
        "another_resident": queries.actor_of_reporter(reporter=reported(cast).reporter),
        "nobody": NOBODY,
    }


@contextmanager
def _tried() -> Iterator[None]:
    """Let something happen and then not have happened, so the next person finds the same."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _events(stage: Stage) -> int:
    return Event.objects.filter(subject_id=stage.id).count()


def _prepare(stage: Stage, step: Step) -> None:
    if step == Step.REFUSE_TIME and stage.matter.state == State.TAKEN:
        _call(Step.ASK_TIME, stage, stage.cast.actor(stage.cast.chen))


@pytest.mark.parametrize("step", WALKED)
def test_a_step_is_for_those_it_is_for_and_for_nobody_else(cast: Cast, step: Step) -> None:
    state = FIRST_STATE.get(step) or next(s for s in State if s in RULES[step].sources)
    stage = stage_at(cast, state)
    _prepare(stage, step)
    events = _events(stage)
    allowed = set()
    for name, actor in _actors(stage).items():
        try:
            with _tried():
                _call(step, stage, actor)
                allowed.add(name)
        except (NotEntitled, NotFound):
            assert _events(stage) == events
            assert stage.matter.state == state
    assert allowed == MAY[step]


RIGHT_PERSON: dict[Step, str] = {
    **dict.fromkeys((Step.TAKE, Step.OBJECT, Step.RETURN, Step.ASK_TIME, Step.RESOLVE), "chen"),
    **dict.fromkeys((Step.UPHOLD, Step.OVERRULE), "zhou_ning"),
    Step.SUPERVISE: "shen",
}


LEADS_TO: dict[Step, State] = {
    Step.UNMERGE: State.REPORTED,  # It was merged before anybody accepted it.
    Step.RATE: State.CLOSED,  # Everybody who asked has rated.
}


@pytest.mark.parametrize("step", WALKED)
def test_a_step_starts_from_its_states_only(cast: Cast, step: Step) -> None:
    actor = cast.actor(getattr(cast, RIGHT_PERSON.get(step, "zhou_ning")))
    for state in State:
        stage = stage_at(cast, state)
        _prepare(stage, step)
        before = Matter.objects.values().get(pk=stage.id)
        events = _events(stage)
        if state in RULES[step].sources:
            _call(step, stage, actor)
            assert _events(stage) > events
            assert stage.matter.state == (LEADS_TO.get(step) or RULES[step].target or state)
        else:
            with pytest.raises((StepNotAllowed, NotFound)) as refusal:
                _call(step, stage, actor)
            assert str(refusal.value)
            assert Matter.objects.values().get(pk=stage.id) == before
            assert _events(stage) == events


@pytest.mark.parametrize("state", State)
def test_what_is_offered_can_be_taken(cast: Cast, state: State) -> None:
    stage = stage_at(cast, state)
    for actor in _actors(stage).values():
        if not queries.visible_to(actor=actor).filter(pk=stage.id).exists():
            continue
        for step in queries.steps_for(actor=actor, matter=stage.matter):
            with _tried():
                _call(step, stage, actor)


def test_only_a_rule_closes(cast: Cast) -> None:
    assert RULES[Step.CLOSE].parties == {"SYSTEM"}
    stage = stage_at(cast, State.VERIFIED)
    for name, actor in _actors(stage).items():
        if queries.visible_to(actor=actor).filter(pk=stage.id).exists():
            assert Step.CLOSE not in queries.steps_for(actor=actor, matter=stage.matter), name


def test_who_handled_it_neither_verifies_nor_rates_nor_sends_it_back(cast: Cast) -> None:
    stage = stage_at(cast, State.ACCEPTED)
    worker = cast.actor(cast.xu)
    given = {"matter_id": stage.id, "actor": worker, "at": LATER}
    services.dispatch(account_id=cast.xu.pk, **given)
    services.take(**given)
    services.resolve(note="我自己修好了", **given)
    for step in (Step.VERIFY, Step.REWORK):
        assert step not in queries.steps_for(actor=worker, matter=stage.matter)
        with pytest.raises(services.HandlerMayNotJudge):
            _call(step, stage, worker)
    stage._do(services.verify, "zhou_min")
    assert Step.RATE not in queries.steps_for(actor=worker, matter=stage.matter)
    with pytest.raises(services.HandlerMayNotJudge):
        _call(Step.RATE, stage, worker)


def test_a_rule_may_escalate_and_resume(cast: Cast) -> None:
    stage = stage_at(cast, State.PAUSED)
    services.resume(matter_id=stage.id, actor=system(name="pause"), at=LATER)
    assert stage.matter.state == State.TAKEN
