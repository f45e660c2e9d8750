"""“Closed” without being fixed is what people elsewhere complain of most; here it is not possible.

FixMyStreet's users say so of its councils. So: no end that calls itself solved without a word of
what was done and somebody else who looked; who says it is unsolved gets it done again; an end that
is none is called by its name and is in no figure of what was solved.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client

from linli.core.errors import Refused
from linli.core.models import Event
from linli.insight import queries as insight
from linli.insight.indicators import CATALOGUE
from linli.insight.periods import PeriodKind, period_of
from linli.matters import events, reference, services
from linli.matters.models import Category, Matter, Order, Rating
from linli.matters.registers import PUT_RIGHT
from linli.matters.services import HandlerMayNotJudge, TextMissing
from linli.matters.tests.stages import Stage, stage_at
from linli.matters.workflow import ANSWERED_KINDS, FINAL, RULES, Kind, State, Step
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

SOLVED_PARTS = {"closed", "closed_in_time", "finished", "solved"}
"""The parts of figures that say something was solved; how people felt treated is another."""


def solved_cases(cast: Cast) -> dict[str, set[int]]:
    """Return the matters that each figure of what was solved counts, three weeks from now."""
    at = NOW + timedelta(days=20)
    actor = cast.actor(cast.shen, at=at)
    place = insight.get_place(actor=actor, area_id=cast.community.pk)
    period = period_of(kind=PeriodKind.MONTH, day=NOW.date())
    found = {}
    for code, one in CATALOGUE.items():
        if set(one.numerator) <= SOLVED_PARTS:
            rows = insight.cases(actor=actor, place=place, period=period, at=at, code=code)
            found[code] = set(rows.values_list("pk", flat=True))
    for level in (cast.home_level, cast.grid_level, cast.net_level):
        rows = insight.cases(
            actor=actor,
            place=place,
            period=period,
            at=at,
            code=insight.LEVEL_RATE,
            key=level.pk,
        )
        found[f"level {level.pk}"] = set(rows.values_list("pk", flat=True))
    return found


# --- Nothing is called solved that nobody did and nobody else looked at ------------------------


def test_only_verifying_and_answering_lead_to_a_solved_end(cast: Cast) -> None:
    into = {step: rule.target for step, rule in RULES.items() if rule.target in PUT_RIGHT}
    assert into == {Step.VERIFY: State.VERIFIED, Step.CLOSE: State.CLOSED}
    assert RULES[Step.VERIFY].sources == {State.RESOLVED}
    assert RULES[Step.CLOSE].sources == {State.VERIFIED}
    to_resolved = {step for step, rule in RULES.items() if rule.target == State.RESOLVED}
    assert to_resolved == {Step.RESOLVE, Step.SETTLE}


@pytest.mark.parametrize("said", ["", "   ", "。。。", "👍"])
@pytest.mark.parametrize(
    ("state", "step", "who"),
    [(State.TAKEN, services.resolve, "chen"), (State.ACCEPTED, services.settle, "xu")],
)
def test_nothing_is_reported_done_without_a_word_of_what_was_done(
    cast: Cast, said: str, state: State, step: object, who: str
) -> None:
    stage = stage_at(cast, state)
    with pytest.raises(TextMissing):
        stage._do(step, who, note=said)  # type: ignore[arg-type]
    assert stage.matter.state == state


@pytest.mark.parametrize("who", ["chen", "qian"])
def test_who_did_the_work_and_their_colleagues_never_verify_it(cast: Cast, who: str) -> None:
    stage = stage_at(cast, State.RESOLVED)
    with pytest.raises(Refused):
        stage._do(services.verify, who)
    assert stage.matter.state == State.RESOLVED


def test_who_settled_it_on_the_spot_waits_for_somebody_else_to_look(cast: Cast) -> None:
    stage = stage_at(cast, State.ACCEPTED)
    stage._do(services.settle, "xu", note="当场关好了门")
    with pytest.raises(HandlerMayNotJudge):
        stage._do(services.verify, "xu")
    stage._do(services.verify, "zhou_ning")
    assert stage.matter.state == State.VERIFIED


def test_whatever_is_closed_as_solved_has_a_note_and_a_verifier_who_did_not_do_it(
    cast: Cast,
) -> None:
    stage_at(cast, State.VERIFIED)
    stage_at(cast, State.CLOSED)
    settled = stage_at(cast, State.ACCEPTED)
    settled._do(services.settle, "wang", note="当场关好了门")
    settled._do(services.verify, "zhou_min")
    solved = Matter.objects.filter(state__in=PUT_RIGHT).select_related("order")
    assert solved.count() == 3
    for matter in solved:
        order = matter.order
        assert order is not None
        assert order.resolution.strip()
        assert matter.verified_by_id not in (None, order.resolved_by_id, order.taken_by_id)


@pytest.mark.parametrize("kind", sorted(set(Kind) - ANSWERED_KINDS))
def test_no_category_of_things_on_the_ground_goes_unchecked(cast: Cast, kind: Kind) -> None:
    condition = reference.ConditionInput("usual", "一般", "WORKING_DAYS", 1, 1)
    with pytest.raises(reference.MustBeChecked):
        reference.set_category(
            community_id=cast.community.pk,
            category=reference.CategoryInput("X", "某类", kind, [condition], check_on_site=False),
            actor=cast.actor(cast.shen),
            at=NOW,
        )
    with pytest.raises(IntegrityError):
        Category.objects.filter(pk=cast.question.pk).update(kind=kind)


def test_an_answer_is_never_recorded_as_an_inspection(cast: Cast) -> None:
    stage = stage_at(cast, State.ACCEPTED, category_id=cast.question.pk)
    stage._do(services.settle, "zhou_min", note="带身份证到窗口办理")
    assert stage.matter.state == State.VERIFIED  # whoever asked may still say it settles nothing
    assert stage.matter.was_answered
    assert stage.matter.verified_by_id is None
    names = set(Event.objects.filter(subject_id=stage.id).values_list("name", flat=True))
    assert events.ANSWERED in names
    assert events.VERIFIED not in names


# --- Whoever asked has the last word -----------------------------------------------------------


@pytest.mark.parametrize(
    ("solved", "satisfaction"),
    [(False, "DISSATISFIED"), (False, "SATISFIED"), (True, "DISSATISFIED")],
)
def test_what_its_reporter_calls_unsolved_goes_to_rework_and_is_in_no_figure_of_the_solved(
    cast: Cast, solved: bool, satisfaction: str
) -> None:
    stage = stage_at(cast, State.VERIFIED)
    stage.rate(solved=solved, satisfaction=satisfaction)
    assert (stage.matter.state, stage.matter.round) == (State.REWORK, 2)
    assert stage.matter.verified_by_id is None
    assert stage.matter.due_at > NOW
    assert Order.objects.get(pk=stage.matter.order_id).organisation == cast.property_company
    assert not any(stage.id in counted for counted in solved_cases(cast).values())


def test_one_unsatisfied_neighbour_among_several_keeps_it_from_closing(cast: Cast) -> None:
    first, second = Stage(cast), Stage(cast)
    services.merge(matter_id=second.id, into_id=first.id, actor=cast.actor(cast.zhou_min), at=NOW)
    for step in ("accept", "dispatch", "take", "resolve", "verify"):
        getattr(first, step)()
    first.rate()
    assert first.matter.state == State.VERIFIED  # the other has not spoken yet
    second_id, second.id = second.id, first.id
    second.rate(solved=False, satisfaction="DISSATISFIED")
    assert first.matter.state == State.REWORK
    assert Matter.objects.get(pk=second_id).state == State.MERGED


def test_what_silence_closed_was_still_looked_at_by_somebody_else(cast: Cast) -> None:
    stage = stage_at(cast, State.VERIFIED)
    services.close_silent(at=NOW + timedelta(days=8))
    assert stage.matter.state == State.CLOSED
    assert stage.matter.verified_by_id == cast.xu.pk
    counted = solved_cases(cast)
    assert stage.id in counted["finished"]
    assert not Rating.objects.exists()  # 未评价 is no satisfaction


# --- An end that is none is called by its name -------------------------------------------------


@pytest.mark.parametrize("state", [State.DECLINED, State.WITHDRAWN])
def test_what_ended_otherwise_is_in_no_figure_of_the_solved(cast: Cast, state: State) -> None:
    ended, solved = stage_at(cast, state), stage_at(cast, State.CLOSED)
    counted = solved_cases(cast)
    assert ended.id not in set().union(*counted.values())
    assert solved.id in counted["finished"]
    assert ended.matter.state in FINAL - set(PUT_RIGHT)


def test_withdrawing_it_for_the_caller_solves_nothing_and_says_who_entered_it(
    cast: Cast,
) -> None:
    stage = stage_at(cast, State.ACCEPTED)
    stage.withdraw()
    event = Event.objects.get(name=events.WITHDRAWN)
    assert event.actor == f"account:{cast.zhou_min.pk}"
    assert event.facts["reporter_id"] == stage.report.reporter.pk
    assert not any(stage.id in counted for counted in solved_cases(cast).values())


def page_of(client: Client, stage: Stage) -> str:
    """Return the page that whoever holds the code sees."""
    return client.get(f"/m/{stage.report.tracking_code}/").content.decode()


SOLVED_WORDS = ("已经办好", "核查办好", "办结")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [(State.DECLINED, "社区没有受理"), (State.REWORK, "还没有办好"), (State.RESOLVED, "正在")],
)
def test_the_follow_page_says_the_true_words(
    client: Client, cast: Cast, clock: object, state: State, sentence: str
) -> None:
    page = page_of(client, stage_at(cast, state))
    assert sentence in page
    assert not any(words in page for words in SOLVED_WORDS)


def test_the_follow_page_says_that_the_office_entered_a_withdrawal(
    client: Client, cast: Cast, clock: object
) -> None:
    by_desk, by_self = stage_at(cast, State.ACCEPTED), stage_at(cast, State.ACCEPTED)
    by_desk.withdraw()
    client.post(f"/m/{by_self.report.tracking_code}/withdraw/")
    assert "社区登记为您已撤回" in page_of(client, by_desk)
    assert "您已撤回。" in page_of(client, by_self)
    assert "社区登记" not in page_of(client, by_self)


def test_the_follow_page_calls_an_answer_an_answer(
    client: Client, cast: Cast, clock: object
) -> None:
    stage = stage_at(cast, State.ACCEPTED, category_id=cast.question.pk)
    stage._do(services.settle, "zhou_min", note="带身份证到窗口办理")
    page = page_of(client, stage)
    assert "已经答复，请您告诉我们问题是否解决" in page
    assert "核查" not in page
    assert "还没有" in page  # and they may say that it settles nothing
    stage.rate()
    assert "已经答复并结案" in page_of(client, stage)
