"""What ballots say: the outcome of a vote of any kind, in exact numbers. A pure module.

Every kind advises, but for OWNERS: a joint decision of a building's owners under the Civil Code.
A quorum that is missed, or a vote nobody cast a view in, is no decision; it is never a refusal.
Options that share the last place are told as tied; nobody draws a lot here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import permutations
from typing import Any

from linli.deliberation import budget
from linli.deliberation.pabulib import Election, Project
from linli.deliberation.workflow import JudgementRules, Satisfaction, Verdict, judge

RATING_MOST = 5
USUAL_JUDGEMENT = JudgementRules()


class Kind(StrEnum):
    """How somebody votes."""

    YES_NO = "YES_NO"
    APPROVAL = "APPROVAL"
    RATING = "RATING"
    RANKING = "RANKING"
    BUDGET = "BUDGET"
    OWNERS = "OWNERS"
    SATISFACTION = "SATISFACTION"  # whether those a result touches are satisfied


class View(StrEnum):
    """What somebody says to a motion."""

    YES = "YES"
    NO = "NO"
    ABSTAIN = "ABSTAIN"


class Outcome(StrEnum):
    """What came of a vote."""

    ADOPTED = "ADOPTED"
    REJECTED = "REJECTED"
    CHOSEN = "CHOSEN"
    TIED = "TIED"
    SATISFIED = "SATISFIED"
    NOT_SATISFIED = "NOT_SATISFIED"
    NO_DECISION = "NO_DECISION"


@dataclass(frozen=True, slots=True)
class Share:
    """A part that has to be reached, or passed where `is_more` says so."""

    part: Fraction
    is_more: bool = False

    def is_met(self, *, by: int, of: int) -> bool:
        """Tell whether so many of so many are enough; of nothing, nothing is."""
        if not of:
            return False
        reached, wanted = by * self.part.denominator, of * self.part.numerator
        return reached > wanted if self.is_more else reached >= wanted


HALF_AND_MORE = Share(Fraction(1, 2), is_more=True)
TWO_THIRDS = Share(Fraction(2, 3))
THREE_QUARTERS = Share(Fraction(3, 4))


@dataclass(frozen=True, slots=True)
class Option:
    """Something to be chosen; `cost` is of a project on a budget."""

    id: str
    name: str = ""
    cost: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Rules:
    """How a vote is counted; frozen before it opens.

    `roll` is how many may vote. `majority` is of those who said yes or no. `places` is how many
    options are chosen. `judgement` says when those a result touches are satisfied.
    """

    kind: Kind
    roll: int
    options: tuple[Option, ...] = ()
    quorum: Share = Share(Fraction(0))
    majority: Share = HALF_AND_MORE
    places: int = 1
    money: Fraction = Fraction(0)
    rule: str = "equal-shares"
    completion: budget.Completion = "add1"
    utility: budget.Utility = "cost"
    judgement: JudgementRules = USUAL_JUDGEMENT


@dataclass(frozen=True, slots=True)
class Count:
    """An outcome with what led to it; `figures` are by view or by option's id.

    `chosen` is in the order of being chosen, `tied` are those who share the last place.
    """

    outcome: Outcome
    turnout: int
    figures: Mapping[str, Any]
    chosen: tuple[str, ...] = ()
    tied: tuple[str, ...] = ()


class ChoiceInvalid(Exception):
    """A ballot says what is not on the paper."""


def require_valid(*, rules: Rules, choice: Any) -> None:
    """Look whether a choice can be counted: a view, ids, points by id, or ids best first.

    :raises ChoiceInvalid: when it cannot.
    """
    known = {one.id for one in rules.options}
    if rules.kind in (Kind.YES_NO, Kind.OWNERS):
        is_valid = isinstance(choice, str) and choice in set(View)
    elif rules.kind == Kind.SATISFACTION:
        is_valid = isinstance(choice, str) and choice in set(Satisfaction)
    elif rules.kind == Kind.RATING:
        is_valid = isinstance(choice, Mapping) and all(
            name in known and type(points) is int and 1 <= points <= RATING_MOST
            for name, points in choice.items()
        )
    else:
        is_valid = (
            isinstance(choice, Sequence)
            and not isinstance(choice, str)
            and all(isinstance(name, str) and name in known for name in choice)
            and len(set(choice)) == len(choice)
        )
    if not is_valid:
        raise ChoiceInvalid


def count(*, rules: Rules, ballots: Sequence[Any]) -> Count:
    """Count ballots, each a choice of the kind the rules say (see `require_valid`).

    :raises ChoiceInvalid: when one says what is not on the paper.
    """
    assert rules.kind != Kind.OWNERS, "owners weigh by area: count_owners"
    for choice in ballots:
        require_valid(rules=rules, choice=choice)
    counted = _WAYS[rules.kind](rules, ballots)
    if not rules.quorum.is_met(by=len(ballots), of=rules.roll):
        return Count(Outcome.NO_DECISION, len(ballots), counted.figures)
    return counted


@dataclass(frozen=True, slots=True)
class Weight:
    """How many owners, and how much of the building is theirs, in square decimetres."""

    heads: int
    area_dm2: int


def count_owners(
    *, roll: Weight, cast: Mapping[View, Weight], is_weighty: bool
) -> tuple[Outcome, Weight]:
    """Return the outcome of a joint decision of owners, and how much took part.

    Two thirds by area and by heads have to take part; more than a half of those who do has to
    agree by both, for weighty matters three quarters. “以上” includes the figure itself, “过半数”
    does not.

    Source: 民法典 §278 and §1259.
    """
    took_part = Weight(
        heads=sum(one.heads for one in cast.values()),
        area_dm2=sum(one.area_dm2 for one in cast.values()),
    )
    if not _both(TWO_THIRDS, by=took_part, of=roll):
        return Outcome.NO_DECISION, took_part
    wanted = THREE_QUARTERS if is_weighty else HALF_AND_MORE
    agreed = _both(wanted, by=cast.get(View.YES, Weight(0, 0)), of=took_part)
    return Outcome.ADOPTED if agreed else Outcome.REJECTED, took_part


def _both(share: Share, *, by: Weight, of: Weight) -> bool:
    heads = share.is_met(by=by.heads, of=of.heads)
    return heads and share.is_met(by=by.area_dm2, of=of.area_dm2)


# --- Each kind ----------------------------------------------------------------------------------


def _yes_no(rules: Rules, ballots: Sequence[Any]) -> Count:
    figures = {view.value: sum(choice == view for choice in ballots) for view in View}
    yes, no = figures[View.YES], figures[View.NO]
    if not yes + no:
        outcome = Outcome.NO_DECISION
    elif rules.majority.is_met(by=yes, of=yes + no):
        outcome = Outcome.ADOPTED
    else:
        outcome = Outcome.REJECTED
    return Count(outcome, len(ballots), figures)


def _satisfaction(rules: Rules, ballots: Sequence[Any]) -> Count:
    """Judge by those who had a view; too few of them are no decision, and never a yes."""
    figures = {one.value: sum(choice == one for choice in ballots) for one in Satisfaction}
    least = max(min(rules.judgement.answers_least, rules.roll), 1)  # no more than were asked
    verdict = judge(answers=figures, rules=replace(rules.judgement, answers_least=least)).verdict
    return Count(_OF_VERDICT[verdict], len(ballots), figures)


_OF_VERDICT = {
    Verdict.SATISFIED: Outcome.SATISFIED,
    Verdict.RETURN: Outcome.NOT_SATISFIED,
    Verdict.TOO_FEW: Outcome.NO_DECISION,
}


def _approval(rules: Rules, ballots: Sequence[Any]) -> Count:
    figures = {one.id: sum(one.id in choice for choice in ballots) for one in rules.options}
    return _by_points(rules, len(ballots), figures)


def _rating(rules: Rules, ballots: Sequence[Any]) -> Count:
    """Count points; an option somebody passed over gets none from them."""
    figures = {one.id: sum(choice.get(one.id, 0) for choice in ballots) for one in rules.options}
    return _by_points(rules, len(ballots), figures)


def _by_points(rules: Rules, turnout: int, figures: Mapping[str, int]) -> Count:
    """Choose the options with most points; without a point nothing is chosen."""
    ranked = sorted((name for name in figures if figures[name]), key=lambda name: -figures[name])
    return _first(rules, turnout, figures, [(figures[name], name) for name in ranked])


def _ranking(rules: Rules, ballots: Sequence[Any]) -> Count:
    """Rank by the strongest paths of pairwise wins; what somebody leaves out stands last for them.

    Source: Schulze, “A new monotonic, clone-independent, reversal symmetric, and Condorcet-
    consistent single-winner election method” (2011); a path is as strong as its weakest win.
    """
    names = [one.id for one in rules.options]
    wins = dict.fromkeys(permutations(names, 2), 0)
    for choice in ballots:
        place = {name: at for at, name in enumerate(choice)}
        for one, other in wins:
            if place.get(one, len(names)) < place.get(other, len(names)):
                wins[one, other] += 1
    paths = {
        (one, other): wins[one, other] if wins[one, other] > wins[other, one] else 0
        for one, other in wins
    }
    for middle in names:
        for one, other in permutations([name for name in names if name != middle], 2):
            by_way = min(paths[one, middle], paths[middle, other])
            paths[one, other] = max(paths[one, other], by_way)
    beaten = {
        name: sum(paths[other, name] > paths[name, other] for other in names if other != name)
        for name in names
    }
    figures = {f"{one}>{other}": number for (one, other), number in wins.items()}
    ranked = sorted(names, key=lambda name: beaten[name]) if any(ballots) else []
    return _first(rules, len(ballots), figures, [(-beaten[name], name) for name in ranked])


def _first(
    rules: Rules, turnout: int, figures: Mapping[str, Any], ranked: Sequence[tuple[int, str]]
) -> Count:
    """Choose as many as there are places; who shares the last one is tied, and not chosen."""
    names = [name for _worth, name in ranked]
    if not names:
        return Count(Outcome.NO_DECISION, turnout, figures)
    if len(names) <= rules.places:
        return Count(Outcome.CHOSEN, turnout, figures, tuple(names))
    last, next_one = ranked[rules.places - 1][0], ranked[rules.places][0]
    if last > next_one:
        return Count(Outcome.CHOSEN, turnout, figures, tuple(names[: rules.places]))
    chosen = tuple(name for worth, name in ranked if worth > last)
    tied = tuple(name for worth, name in ranked if worth == last)
    return Count(Outcome.TIED, turnout, figures, chosen, tied)


def _budget(rules: Rules, ballots: Sequence[Any]) -> Count:
    found = spent(rules=rules, ballots=ballots)
    figures = {one.id: sum(one.id in choice for choice in ballots) for one in rules.options}
    outcome = Outcome.CHOSEN if found.winners else Outcome.NO_DECISION
    return Count(outcome, len(ballots), figures, found.winners)


def spent(*, rules: Rules, ballots: Sequence[Any]) -> budget.Outcome:
    """Return what a budget is spent on, with the reason for every project."""
    election = Election(
        budget=rules.money,
        projects=tuple(Project(id=one.id, cost=one.cost, name=one.name) for one in rules.options),
        votes={str(number): tuple(choice) for number, choice in enumerate(ballots)},
    )
    if rules.rule == "greedy":
        return budget.greedy(election=election, utility=rules.utility)
    return budget.equal_shares(
        election=election, utility=rules.utility, completion=rules.completion
    )


_WAYS = {
    Kind.YES_NO: _yes_no,
    Kind.APPROVAL: _approval,
    Kind.RATING: _rating,
    Kind.RANKING: _ranking,
    Kind.BUDGET: _budget,
    Kind.SATISFACTION: _satisfaction,
}
