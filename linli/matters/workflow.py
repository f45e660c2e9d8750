"""The life of a matter as plain data: its states, its steps, and who may take which.

A step moves a matter by one conditional UPDATE whose WHERE is `Rule.sources`; nothing else changes
the state. Who somebody is to a matter (`Party`) is worked out from their roles in `queries`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is brought in."""

    REQUEST = "REQUEST"
    HAZARD = "HAZARD"
    PUBLIC_ORDER = "PUBLIC_ORDER"
    DISPUTE = "DISPUTE"
    SUGGESTION = "SUGGESTION"
    PATROL_FINDING = "PATROL_FINDING"
    POLICY_QUESTION = "POLICY_QUESTION"
    REFERRAL = "REFERRAL"  # a special-group referral to whoever is in charge; restricted
    TASK = "TASK"  # what a resolution asks of somebody
    EMERGENCY = "EMERGENCY"  # 110/120 first; restricted


RESTRICTED_KINDS = frozenset({Kind.REFERRAL, Kind.EMERGENCY})
"""Seen only by those in charge; never on a board, a map, a list or in a duplicate hint."""

GOES_ON_WITHOUT_REPORTER = frozenset(
    {Kind.HAZARD, Kind.PUBLIC_ORDER, Kind.REFERRAL, Kind.EMERGENCY}
)
"""A danger does not go away because whoever reported it withdraws."""


ANSWERED_KINDS = frozenset({Kind.SUGGESTION, Kind.POLICY_QUESTION})
"""Only what is answered in words may close without anybody inspecting it."""


PHOTOS_ARE_EVIDENCE = frozenset({Kind.PUBLIC_ORDER, Kind.DISPUTE, Kind.REFERRAL, Kind.EMERGENCY})
"""Photos about others: kept when whoever sent them is forgotten."""


class Channel(StrEnum):
    """How it came in."""

    WEB = "WEB"
    QR = "QR"
    FIELD = "FIELD"
    PHONE = "PHONE"
    COUNTER = "COUNTER"
    HOTLINE_12345 = "HOTLINE_12345"
    OPEN311 = "OPEN311"  # a program of somebody else’s, such as a city’s app
    RESOLUTION = "RESOLUTION"  # decided in a forum
    API = "API"  # another system, such as a city's app or a property company's own


class State(StrEnum):
    """Where a matter stands."""

    REPORTED = "REPORTED"
    ACCEPTED = "ACCEPTED"
    DISPATCHED = "DISPATCHED"
    OBJECTED = "OBJECTED"
    TAKEN = "TAKEN"
    PAUSED = "PAUSED"
    RETURNED = "RETURNED"  # the unit keeps it until another takes it (首接负责)
    RESOLVED = "RESOLVED"
    REWORK = "REWORK"
    VERIFIED = "VERIFIED"  # put right; those who asked may rate
    CLOSED = "CLOSED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    MERGED = "MERGED"


FINAL = frozenset({State.CLOSED, State.DECLINED, State.WITHDRAWN, State.MERGED})
SETTLED = FINAL | {State.VERIFIED}
OPEN = frozenset(State) - SETTLED
UNRESOLVED = OPEN - {State.RESOLVED}
WITH_HANDLER = frozenset(
    {State.DISPATCHED, State.OBJECTED, State.TAKEN, State.PAUSED, State.RETURNED, State.REWORK}
)


class Party(StrEnum):
    """What somebody is to one matter."""

    DESK = "DESK"  # staff and the secretary of its community
    LEAD = "LEAD"  # the secretary, or an overseer above the community
    FIELD = "FIELD"  # grid workers, grid leads and building leads of its places
    HANDLER = "HANDLER"  # whoever holds the current order, or works where it went
    JUDGE = "JUDGE"  # a third: neither dispatched the order nor objects to it
    REPORTER = "REPORTER"
    SYSTEM = "SYSTEM"


class Step(StrEnum):
    """What can be done with a matter after it was reported."""

    ACCEPT = "accept"
    DECLINE = "decline"
    DISPATCH = "dispatch"
    RECALL = "recall"
    TAKE = "take"
    OBJECT = "object"
    UPHOLD = "uphold"
    OVERRULE = "overrule"
    RETURN = "return"
    REFUSE_RETURN = "refuse_return"
    SETTLE = "settle"
    ASK_TIME = "ask_time"
    EXTEND = "extend"
    PAUSE = "pause"
    REFUSE_TIME = "refuse_time"
    RESUME = "resume"
    RESOLVE = "resolve"
    VERIFY = "verify"
    REWORK = "rework"
    RATE = "rate"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    UNMERGE = "unmerge"
    RECATEGORISE = "recategorise"
    ESCALATE = "escalate"
    NUDGE = "nudge"
    SUPERVISE = "supervise"
    NOTE = "note"
    TELL = "tell"
    MEDIATE = "mediate"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Rule:
    """One step: the states it starts from, the state it leads to, and the parties it is for.

    `target` None leaves the state as it is (or lets the service say what follows).
    """

    step: Step
    sources: frozenset[State]
    target: State | None
    parties: frozenset[Party]


def _rule(
    step: Step, sources: set[State] | frozenset[State], target: State | None, *parties: Party
) -> Rule:
    return Rule(step=step, sources=frozenset(sources), target=target, parties=frozenset(parties))


_S, _P = State, Party
RULES: dict[Step, Rule] = {
    rule.step: rule
    for rule in (
        _rule(Step.ACCEPT, {_S.REPORTED}, _S.ACCEPTED, _P.DESK, _P.FIELD),
        _rule(Step.DECLINE, {_S.REPORTED, _S.ACCEPTED}, _S.DECLINED, _P.DESK),
        _rule(
            Step.DISPATCH,
            {_S.ACCEPTED, _S.RETURNED, _S.REWORK},
            _S.DISPATCHED,
            _P.DESK,
            _P.FIELD,
        ),
        _rule(Step.RECALL, {_S.DISPATCHED, _S.TAKEN, _S.REWORK}, _S.ACCEPTED, _P.DESK),
        _rule(Step.TAKE, {_S.DISPATCHED, _S.REWORK}, _S.TAKEN, _P.HANDLER),
        _rule(Step.OBJECT, {_S.DISPATCHED}, _S.OBJECTED, _P.HANDLER),
        _rule(Step.UPHOLD, {_S.OBJECTED}, _S.ACCEPTED, _P.JUDGE),
        _rule(Step.OVERRULE, {_S.OBJECTED}, _S.DISPATCHED, _P.JUDGE),
        _rule(Step.RETURN, {_S.TAKEN}, _S.RETURNED, _P.HANDLER),
        _rule(Step.REFUSE_RETURN, {_S.RETURNED}, _S.TAKEN, _P.DESK),
        _rule(Step.SETTLE, {_S.REPORTED, _S.ACCEPTED}, _S.RESOLVED, _P.DESK, _P.FIELD),
        _rule(Step.ASK_TIME, {_S.TAKEN}, None, _P.HANDLER),
        _rule(Step.EXTEND, {_S.DISPATCHED, _S.TAKEN, _S.REWORK}, None, _P.DESK),
        _rule(Step.PAUSE, {_S.TAKEN}, _S.PAUSED, _P.DESK),
        _rule(Step.REFUSE_TIME, {_S.TAKEN}, None, _P.DESK),
        _rule(Step.RESUME, {_S.PAUSED}, _S.TAKEN, _P.DESK, _P.HANDLER, _P.SYSTEM),
        _rule(Step.RESOLVE, {_S.TAKEN}, _S.RESOLVED, _P.HANDLER),
        _rule(Step.VERIFY, {_S.RESOLVED}, _S.VERIFIED, _P.DESK, _P.FIELD),
        _rule(Step.REWORK, {_S.RESOLVED, _S.VERIFIED}, _S.REWORK, _P.DESK, _P.FIELD, _P.SYSTEM),
        _rule(Step.RATE, {_S.VERIFIED}, None, _P.REPORTER, _P.DESK, _P.FIELD),
        _rule(Step.CLOSE, {_S.VERIFIED}, _S.CLOSED, _P.SYSTEM),
        _rule(Step.WITHDRAW, UNRESOLVED, _S.WITHDRAWN, _P.REPORTER, _P.DESK),
        _rule(Step.MERGE, {_S.REPORTED, _S.ACCEPTED}, _S.MERGED, _P.DESK),
        _rule(Step.UNMERGE, {_S.MERGED}, _S.ACCEPTED, _P.DESK),
        _rule(Step.RECATEGORISE, UNRESOLVED - {_S.PAUSED}, None, _P.DESK),
        _rule(Step.ESCALATE, UNRESOLVED, None, _P.SYSTEM, _P.FIELD, _P.DESK),
        _rule(Step.NUDGE, OPEN, None, _P.REPORTER, _P.DESK, _P.FIELD, _P.LEAD),
        _rule(Step.SUPERVISE, OPEN, None, _P.LEAD),
        _rule(Step.NOTE, frozenset(State), None, _P.DESK, _P.FIELD, _P.HANDLER, _P.LEAD),
        _rule(Step.TELL, frozenset(State), None, _P.DESK, _P.FIELD, _P.HANDLER),
        _rule(Step.MEDIATE, UNRESOLVED, None, _P.DESK, _P.FIELD, _P.HANDLER),
        _rule(Step.PUBLISH, frozenset(State) - {_S.MERGED}, None, _P.DESK),
    )
}


class OrderState(StrEnum):
    """Where one order to one handler stands."""

    SENT = "SENT"
    OBJECTED = "OBJECTED"
    TAKEN = "TAKEN"
    RETURNED = "RETURNED"  # still answers for it until another takes it
    DONE = "DONE"
    RELEASED = "RELEASED"


ORDER_LIVE = frozenset({OrderState.SENT, OrderState.OBJECTED, OrderState.TAKEN})


class Satisfaction(StrEnum):
    """What somebody who asked says of the result."""

    SATISFIED = "SATISFIED"
    BASICALLY_SATISFIED = "BASICALLY_SATISFIED"
    DISSATISFIED = "DISSATISFIED"


def rating_asks_for_rework(*, solved: bool, satisfaction: Satisfaction) -> bool:
    """Tell whether a rating sends the matter back: not solved, or not satisfied."""
    return not solved or satisfaction == Satisfaction.DISSATISFIED


def steps_open_to(*, state: State, parties: frozenset[Party]) -> tuple[Step, ...]:
    """Return the steps that somebody who is these parties may take from this state, in order."""
    return tuple(
        rule.step for rule in RULES.values() if state in rule.sources and rule.parties & parties
    )
