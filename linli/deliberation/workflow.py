"""The life of topics, meetings and votes as plain data, and the rules between them.

A forum writes its own steps over a small fixed set of states (`PROCEDURE_STATES`); a topic goes
through them one after the other and none is left out. What follows publication is the same
everywhere: carry out, ask those it touches, close, or go back for another round.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from dateutil.relativedelta import relativedelta

# --- Topics -----------------------------------------------------------------------------------


class TopicLevel(StrEnum):
    """Where a topic is talked over, the narrowest first."""

    BUILDING = "BUILDING"
    GRID = "GRID"
    COMMUNITY = "COMMUNITY"


LEVELS = tuple(TopicLevel)


class TopicState(StrEnum):
    """Where a topic stands."""

    GATHERING = "GATHERING"
    SETTLED = "SETTLED"  # what is talked about, and why
    PREPARING = "PREPARING"
    DELIBERATING = "DELIBERATING"
    PUBLISHED = "PUBLISHED"
    CARRYING_OUT = "CARRYING_OUT"
    JUDGING = "JUDGING"
    CLOSED = "CLOSED"
    RETURNED = "RETURNED"  # a new round took over
    DROPPED = "DROPPED"  # not talked over, for a reason that everybody reads


PROCEDURE_STATES = (
    TopicState.GATHERING,
    TopicState.SETTLED,
    TopicState.PREPARING,
    TopicState.DELIBERATING,
    TopicState.PUBLISHED,
)
"""What a forum's steps are made of, in this order; the first and the last two are in every one."""

TALKED_OVER = frozenset(PROCEDURE_STATES[:-1])
ENDED = frozenset({TopicState.CLOSED, TopicState.RETURNED, TopicState.DROPPED})
BEFORE_DELIBERATION = frozenset(PROCEDURE_STATES[:3])


class TopicStep(StrEnum):
    """What can be done with a topic."""

    ADVANCE = "advance"  # to the next step of its procedure; publishing is the last
    MOVE = "move"  # up or down a level
    DROP = "drop"
    CARRY_OUT = "carry_out"
    JUDGE = "judge"
    CLOSE = "close"
    RETURN = "return"  # 回炉再议


TOPIC_SOURCES: Mapping[TopicStep, frozenset[TopicState]] = {
    TopicStep.ADVANCE: TALKED_OVER,
    TopicStep.MOVE: TALKED_OVER,
    TopicStep.DROP: BEFORE_DELIBERATION,
    TopicStep.CARRY_OUT: frozenset({TopicState.PUBLISHED}),
    TopicStep.JUDGE: frozenset({TopicState.PUBLISHED, TopicState.CARRYING_OUT}),
    TopicStep.CLOSE: frozenset({TopicState.PUBLISHED, TopicState.JUDGING}),
    TopicStep.RETURN: frozenset(
        {TopicState.PUBLISHED, TopicState.CARRYING_OUT, TopicState.JUDGING}
    ),
}
"""From which states a step may be taken. Nothing closes before it was published."""


class ReturnCause(StrEnum):
    """Why a topic goes back to deliberation."""

    NOT_ACTED_ON = "NOT_ACTED_ON"  # 议而不行
    WITHOUT_RESULT = "WITHOUT_RESULT"  # 行而无果
    DISSATISFIED = "DISSATISFIED"


class Condition(StrEnum):
    """What must be so before a step of a procedure is entered. A forum picks from these."""

    WHY = "WHY"  # it is written down why this is talked about, and of which field it is
    OPINIONS = "OPINIONS"  # so many opinions were gathered
    PAPERS = "PAPERS"  # papers were given out so many days ago
    QUORUM = "QUORUM"  # a meeting or vote on it reached its quorum
    MINUTES = "MINUTES"  # the minutes of its meeting are signed
    RESULT = "RESULT"  # a resolution says what came of it


COUNTED_CONDITIONS = frozenset({Condition.OPINIONS, Condition.PAPERS})
"""Those that come with a number."""


@dataclass(frozen=True, slots=True)
class ProcedureStep:
    """One step of a forum's procedure; `conditions` hold before it is entered.

    A condition's number is how many opinions, or days; 0 where it takes none.
    """

    name: str
    state: TopicState
    conditions: tuple[tuple[Condition, int], ...] = ()
    limit_days: int = 0  # from entering it to the next; 0 sets no limit


FIVE_STEPS = (
    ProcedureStep("收集民意", TopicState.GATHERING, (), 14),
    ProcedureStep("确定议题", TopicState.SETTLED, ((Condition.WHY, 0), (Condition.OPINIONS, 1)), 7),
    ProcedureStep("酝酿准备", TopicState.PREPARING, (), 14),
    ProcedureStep("组织协商", TopicState.DELIBERATING, ((Condition.PAPERS, 3),), 30),
    ProcedureStep(
        "公开结果",
        TopicState.PUBLISHED,
        ((Condition.QUORUM, 0), (Condition.MINUTES, 0), (Condition.RESULT, 0)),
    ),
)
"""The steps a forum begins with. Source: 台城花园社区, 五步法 (TC-11)."""


class ProcedureUnusable(Exception):
    """These steps lead nowhere. The message is a code: FEW, ORDER, ENDS, NAME, CONDITION, DAYS."""


STEPS_MOST = 12
NUMBER_MOST = 1_000
DAYS_MOST = 366


def require_procedure(*, steps: Sequence[ProcedureStep]) -> None:
    """Look whether a topic can go through these steps.

    :raises ProcedureUnusable: when it cannot.
    """
    states = [step.state for step in steps]
    if not 3 <= len(steps) <= STEPS_MOST:
        raise ProcedureUnusable("FEW")
    if not set(states) <= set(PROCEDURE_STATES):
        raise ProcedureUnusable("ORDER")
    places = [PROCEDURE_STATES.index(state) for state in states]
    if places != sorted(places):
        raise ProcedureUnusable("ORDER")
    if (
        states[0] is not TopicState.GATHERING
        or states[-1] is not TopicState.PUBLISHED
        or states.count(TopicState.PUBLISHED) != 1
        or TopicState.DELIBERATING not in states
    ):
        raise ProcedureUnusable("ENDS")
    names = [step.name.strip() for step in steps]
    if not all(names) or len(set(names)) < len(names):
        raise ProcedureUnusable("NAME")
    for step in steps:
        _require_step(step)


def _require_step(step: ProcedureStep) -> None:
    if not 0 <= step.limit_days <= DAYS_MOST:
        raise ProcedureUnusable("DAYS")
    codes = [code for code, _number in step.conditions]
    if len(set(codes)) < len(codes):
        raise ProcedureUnusable("CONDITION")
    for code, number in step.conditions:
        least, most = (1, NUMBER_MOST) if code in COUNTED_CONDITIONS else (0, 0)
        if not least <= number <= most:
            raise ProcedureUnusable("CONDITION")


def procedure_said(steps: Sequence[ProcedureStep]) -> list[dict[str, Any]]:
    """Return steps as the plain values that a table keeps."""
    return [
        {
            "name": step.name,
            "state": str(step.state),
            "conditions": [[str(code), number] for code, number in step.conditions],
            "limit_days": step.limit_days,
        }
        for step in steps
    ]


def procedure_read(said: Sequence[Mapping[str, Any]]) -> tuple[ProcedureStep, ...]:
    """Return the steps that `procedure_said` wrote.

    :raises ProcedureUnusable: when a state or a condition is none.
    """
    try:
        return tuple(
            ProcedureStep(
                name=str(one["name"]),
                state=TopicState(one["state"]),
                conditions=tuple(
                    (Condition(code), int(number)) for code, number in one.get("conditions", ())
                ),
                limit_days=int(one.get("limit_days", 0)),
            )
            for one in said
        )
    except (KeyError, TypeError, ValueError):
        raise ProcedureUnusable("CONDITION") from None


def level_above(level: str) -> TopicLevel | None:
    """Return the next wider level; None above the community."""
    place = LEVELS.index(TopicLevel(level)) + 1
    return LEVELS[place] if place < len(LEVELS) else None


# --- Opinions ---------------------------------------------------------------------------------


class OpinionKind(StrEnum):
    """What somebody says."""

    OPINION = "OPINION"
    IDEA = "IDEA"  # 金点子


class OpinionChannel(StrEnum):
    """How an opinion reached us."""

    ONLINE = "ONLINE"
    PHONE = "PHONE"
    COUNTER = "COUNTER"
    PAPER = "PAPER"  # a letter, or the box at the door
    FORM = "FORM"  # 征求意见表, carried from door to door
    VISIT = "VISIT"
    MEETING = "MEETING"  # said at a meeting, or at a talk at dusk
    HANDS = "HANDS"  # a show of hands
    MATTER = "MATTER"  # a matter that is wider than one order
    JUDGEMENT = "JUDGEMENT"  # said when those it touches were asked


class OpinionState(StrEnum):
    """Where an opinion stands."""

    NEW = "NEW"
    MERGED = "MERGED"  # it belongs to a topic, whose thread answers it
    ANSWERED = "ANSWERED"


class OpinionStep(StrEnum):
    """What can be done with an opinion."""

    MERGE = "merge"
    TAKE_OUT = "take_out"  # it was another topic's, or none's
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class OpinionMove:
    """From which states a step may be taken, and where it leads."""

    sources: frozenset[OpinionState]
    target: OpinionState


OPINION_MOVES: Mapping[OpinionStep, OpinionMove] = {
    OpinionStep.MERGE: OpinionMove(
        frozenset({OpinionState.NEW, OpinionState.ANSWERED}), OpinionState.MERGED
    ),
    OpinionStep.TAKE_OUT: OpinionMove(frozenset({OpinionState.MERGED}), OpinionState.NEW),
    # An answer may be worded better later on.
    OpinionStep.ANSWER: OpinionMove(
        frozenset({OpinionState.NEW, OpinionState.ANSWERED}), OpinionState.ANSWERED
    ),
}


# --- Meetings ---------------------------------------------------------------------------------


class MeetingKind(StrEnum):
    """What sort of meeting it is."""

    REGULAR = "REGULAR"
    JOINT = "JOINT"  # 联席会
    TALK = "TALK"  # 黄昏恳谈: recorded in a minute, and it counts
    HEARING = "HEARING"


class MeetingState(StrEnum):
    """Where a meeting stands."""

    PLANNED = "PLANNED"
    OPEN = "OPEN"
    ENDED = "ENDED"
    SIGNED = "SIGNED"
    PUBLISHED = "PUBLISHED"
    CANCELLED = "CANCELLED"


class MeetingStep(StrEnum):
    """What can be done with a meeting."""

    CHANGE = "change"
    OPEN = "open"
    END = "end"
    REOPEN = "reopen"  # ended too early; nobody signed yet
    SIGN = "sign"
    PUBLISH = "publish"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class MeetingMove:
    """From which states a step may be taken, and where it leads."""

    sources: frozenset[MeetingState]
    target: MeetingState


MEETING_MOVES: Mapping[MeetingStep, MeetingMove] = {
    MeetingStep.CHANGE: MeetingMove(frozenset({MeetingState.PLANNED}), MeetingState.PLANNED),
    MeetingStep.OPEN: MeetingMove(frozenset({MeetingState.PLANNED}), MeetingState.OPEN),
    MeetingStep.END: MeetingMove(frozenset({MeetingState.OPEN}), MeetingState.ENDED),
    MeetingStep.REOPEN: MeetingMove(frozenset({MeetingState.ENDED}), MeetingState.OPEN),
    MeetingStep.SIGN: MeetingMove(frozenset({MeetingState.ENDED}), MeetingState.SIGNED),
    MeetingStep.PUBLISH: MeetingMove(frozenset({MeetingState.SIGNED}), MeetingState.PUBLISHED),
    MeetingStep.CANCEL: MeetingMove(frozenset({MeetingState.PLANNED}), MeetingState.CANCELLED),
}


class SignInMeans(StrEnum):
    """How somebody signed in."""

    QR = "QR"
    CODE = "CODE"
    PAPER = "PAPER"


class MotionState(StrEnum):
    """What became of a motion at a meeting."""

    MOVED = "MOVED"
    CARRIED = "CARRIED"
    LOST = "LOST"
    WITHDRAWN = "WITHDRAWN"
    NO_DECISION = "NO_DECISION"


# --- Votes ------------------------------------------------------------------------------------


class VoteState(StrEnum):
    """Where a vote stands."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    CLOSED = "CLOSED"  # nobody casts any more; a secret one waits for its tellers
    COUNTED = "COUNTED"
    CANCELLED = "CANCELLED"


class VoteStep(StrEnum):
    """What can be done with a vote."""

    CHANGE = "change"
    OPEN = "open"
    EXTEND = "extend"
    CLOSE = "close"
    COUNT = "count"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class VoteMove:
    """From which states a step may be taken, and where it leads."""

    sources: frozenset[VoteState]
    target: VoteState


VOTE_MOVES: Mapping[VoteStep, VoteMove] = {
    VoteStep.CHANGE: VoteMove(frozenset({VoteState.DRAFT}), VoteState.DRAFT),
    VoteStep.OPEN: VoteMove(frozenset({VoteState.DRAFT}), VoteState.OPEN),
    VoteStep.EXTEND: VoteMove(frozenset({VoteState.OPEN}), VoteState.OPEN),
    VoteStep.CLOSE: VoteMove(frozenset({VoteState.OPEN}), VoteState.CLOSED),
    VoteStep.COUNT: VoteMove(frozenset({VoteState.CLOSED}), VoteState.COUNTED),
    VoteStep.CANCEL: VoteMove(frozenset({VoteState.DRAFT, VoteState.OPEN}), VoteState.CANCELLED),
}


class VotePurpose(StrEnum):
    """What a vote is held for."""

    ADVICE = "ADVICE"
    OWNERS = "OWNERS"  # 业主共同决定
    JUDGEMENT = "JUDGEMENT"  # whether those it touches are satisfied


class RollUnit(StrEnum):
    """Who has one vote."""

    RESIDENT = "RESIDENT"
    HOUSEHOLD = "HOUSEHOLD"


class BallotChannel(StrEnum):
    """How a ballot was cast. All count alike."""

    ONLINE = "ONLINE"
    PAPER = "PAPER"
    ASSISTED = "ASSISTED"  # by telephone or at the door, with the helper named


# --- Judgement --------------------------------------------------------------------------------


class Satisfaction(StrEnum):
    """What somebody touched by a result says of it."""

    SATISFIED = "SATISFIED"
    BASICALLY_SATISFIED = "BASICALLY_SATISFIED"
    DISSATISFIED = "DISSATISFIED"
    UNKNOWN = "UNKNOWN"  # leaves the number asked


class Verdict(StrEnum):
    """What a judgement comes to."""

    SATISFIED = "SATISFIED"
    RETURN = "RETURN"
    TOO_FEW = "TOO_FEW"


@dataclass(frozen=True, slots=True)
class JudgementRules:
    """When those it touches are satisfied; a dated setting of the forum."""

    percent: int = 85
    counts_basically: bool = True
    answers_least: int = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with its figures: `satisfied` of `answered`; `unknown` are in neither."""

    verdict: Verdict
    satisfied: int
    answered: int
    unknown: int


def judge(*, answers: Mapping[str, int], rules: JudgementRules) -> Judged:
    """Return what answers by `Satisfaction` come to, in exact integers.

    Nobody asked is not satisfied: too few answers are never a yes.

    Source: rules.md on matters and deliberation; TC-14 (84.9 % returns, 85.0 % does not).
    """
    satisfied = answers.get(Satisfaction.SATISFIED, 0)
    basically = answers.get(Satisfaction.BASICALLY_SATISFIED, 0)
    answered = satisfied + basically + answers.get(Satisfaction.DISSATISFIED, 0)
    if rules.counts_basically:
        satisfied += basically
    if answered < max(rules.answers_least, 1):
        verdict = Verdict.TOO_FEW
    elif 100 * satisfied < rules.percent * answered:
        verdict = Verdict.RETURN
    else:
        verdict = Verdict.SATISFIED
    return Judged(verdict, satisfied, answered, answers.get(Satisfaction.UNKNOWN, 0))


# --- What comes of a topic --------------------------------------------------------------------


class Decision(StrEnum):
    """What a resolution says."""

    ADOPTED = "ADOPTED"
    REJECTED = "REJECTED"
    NO_DECISION = "NO_DECISION"  # the quorum was missed, or nobody had a view
    ANSWERED = "ANSWERED"  # settled by explaining


class TaskState(StrEnum):
    """What became of a task."""

    OPEN = "OPEN"
    DONE = "DONE"
    FAILED = "FAILED"  # given up without a result


class PublicationKind(StrEnum):
    """What was made public."""

    RESULT = "RESULT"
    MINUTES = "MINUTES"
    CORRECTION = "CORRECTION"


# --- The calendar of a forum ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A regular day: the `nth` weekday (0 is Monday) of the months named; all without any.

    `nth` -1 is the last one of the month.
    """

    nth: int
    weekday: int
    at: time
    months: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Look whether there is such a day.

        :raises ValueError: when there is none.
        """
        if self.nth not in (1, 2, 3, 4, -1) or not 0 <= self.weekday <= 6:
            raise ValueError("no such day of a month")
        if not self.months <= set(range(1, 13)):
            raise ValueError("no such month")


def rhythm_said(rhythm: Rhythm) -> dict[str, Any]:
    """Return a rhythm as the plain values that a table keeps."""
    return {
        "nth": rhythm.nth,
        "weekday": rhythm.weekday,
        "at": f"{rhythm.at:%H:%M}",
        "months": sorted(rhythm.months),
    }


def rhythm_read(said: Mapping[str, Any]) -> Rhythm | None:
    """Return the rhythm that `rhythm_said` wrote; None where nothing is said.

    :raises ValueError: when it is no such day.
    """
    if not said:
        return None
    return Rhythm(
        nth=int(said["nth"]),
        weekday=int(said["weekday"]),
        at=time.fromisoformat(said["at"]),
        months=frozenset(said.get("months", ())),
    )


def days_of(*, rhythm: Rhythm, first: date, last: date) -> Iterator[date]:
    """Yield the days of a rhythm from a day to a day, both included."""
    month = first.replace(day=1)
    while month <= last:
        if not rhythm.months or month.month in rhythm.months:
            day = _nth_weekday(month, rhythm)
            if first <= day <= last:
                yield day
        month += relativedelta(months=1)


def _nth_weekday(month: date, rhythm: Rhythm) -> date:
    if rhythm.nth == -1:
        last = month + relativedelta(day=31)
        return last - timedelta(days=(last.weekday() - rhythm.weekday) % 7)
    return month + timedelta(
        days=(rhythm.weekday - month.weekday()) % 7 + 7 * (rhythm.nth - 1),
    )


# --- Who must be there ------------------------------------------------------------------------


def missing_parties(*, required: Collection[int], present: Collection[int]) -> frozenset[int]:
    """Return the required parties of which nobody is there."""
    return frozenset(required) - frozenset(present)


SIGN_IN_EVERY = timedelta(seconds=30)
"""How long a rotating code at the door is shown; the one before it still counts."""


def sign_in_window(at: datetime) -> int:
    """Return the number of the half minute, by which the code at the door rotates."""
    return int(at.timestamp() // SIGN_IN_EVERY.total_seconds())
