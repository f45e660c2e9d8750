"""Which projects a budget pays for: the Method of Equal Shares, and plain greedy. A pure module.

Equal shares: the budget is parted evenly among the voters. A project is bought when those who
approve of it can pay for it together, each the same, or all that is left to them; the one that asks
least of its voters goes first. Whoever was served has less left, so the next goes to others.

All in whole numbers and fractions: who wins never hangs on how a computer rounds.

Source: Peters, Pierczyński, Skowron, “Proportional Participatory Budgeting with Additive
Utilities” (NeurIPS 2021); completion and ties as on https://equalshares.net (Add1, fewest costs,
then most votes), what is tied beyond that goes by the file's order.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor, lcm
from typing import Literal

from linli.deliberation.pabulib import Election, Project

Utility = Literal["cost", "cardinality"]
"""What a bought project is worth to whoever approves of it: its cost, or one."""

Completion = Literal["add1", "none"]


@dataclass(frozen=True, slots=True)
class Bought:
    """A project that is paid for: `price` by each supporter, less by those who had less left."""

    project: Project
    supporters: int
    paid_in_full: int
    price: Fraction


@dataclass(frozen=True, slots=True)
class Missed:
    """A project that is not: its supporters had `money` left among them when it was over."""

    project: Project
    supporters: int
    money: Fraction


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who won, in the order of buying, who did not, and what each voter was given."""

    bought: tuple[Bought, ...]
    missed: tuple[Missed, ...]
    share: Fraction

    @property
    def winners(self) -> tuple[str, ...]:
        """The ids of what is bought, in the order of buying."""
        return tuple(one.project.id for one in self.bought)

    @property
    def cost(self) -> Fraction:
        """What all of it costs."""
        return sum((one.project.cost for one in self.bought), Fraction(0))


def greedy(*, election: Election, utility: Utility = "cost") -> Outcome:
    """Buy what has most votes (cardinality: most for its cost) until nothing more fits."""
    count = _votes_of(election)

    def worth(project: Project) -> Fraction:
        votes = Fraction(count[project.id])
        return votes / project.cost if utility == "cardinality" and project.cost else votes

    bought: list[Bought] = []
    missed: list[Missed] = []
    left = election.budget
    wanted = [one for one in election.projects if count[one.id]]
    for project in sorted(wanted, key=lambda one: (-worth(one), one.cost, -count[one.id])):
        votes = count[project.id]
        if project.cost <= left:
            left -= project.cost
            bought.append(Bought(project, votes, votes, project.cost / votes))
        else:
            missed.append(Missed(project, votes, left))
    missed += [Missed(one, 0, Fraction(0)) for one in election.projects if not count[one.id]]
    return Outcome(tuple(bought), tuple(missed), Fraction(0))


def equal_shares(
    *, election: Election, utility: Utility = "cost", completion: Completion = "add1"
) -> Outcome:
    """Buy by equal shares; `add1` gives every voter one more, again and again, while it fits.

    That ends where no other wanted project fits, or where one more for each would cost more than
    there is. Without a voter nothing is bought. It takes as many rounds as there is added to a
    share: an amount of ten thousands for each voter is slow.
    """
    voters = len(election.votes)
    if not voters:
        missed = tuple(Missed(one, 0, Fraction(0)) for one in election.projects)
        return Outcome((), missed, Fraction(0))
    room = _Room(election, utility)
    share = election.budget / voters
    outcome = room.bought_with(share)
    if completion == "none":
        return room.told(outcome, share)
    next_share = Fraction(floor(share))
    while room.has_room_for_more(outcome, election.budget):
        next_share += 1
        trial = room.bought_with(next_share)
        if room.cost_of(trial) > election.budget:
            break
        outcome, share = trial, next_share
    return room.told(outcome, share)


def _votes_of(election: Election) -> dict[str, int]:
    count = {one.id: 0 for one in election.projects}
    for chosen in election.votes.values():
        for project in chosen:
            count[project] += 1
    return count


@dataclass(slots=True)
class _Run:
    """One round of buying: projects by index in order, prices of each, and what is left to whom."""

    order: list[int]
    prices: list[tuple[Fraction, int]]
    money: list[int]
    unit: int


class _Room:
    """Voters of the same ballot as one bloc: they pay the same and have the same left, always."""

    def __init__(self, election: Election, utility: Utility) -> None:
        self._projects = election.projects
        place = {one.id: index for index, one in enumerate(self._projects)}
        blocs: dict[tuple[int, ...], int] = {}
        for chosen in election.votes.values():
            ballot = tuple(sorted(place[one] for one in chosen))
            blocs[ballot] = blocs.get(ballot, 0) + 1
        self._sizes = list(blocs.values())
        self._supporters: list[list[int]] = [[] for _ in self._projects]
        for bloc, ballot in enumerate(blocs):
            for project in ballot:
                self._supporters[project].append(bloc)
        self._votes = [sum(self._sizes[bloc] for bloc in who) for who in self._supporters]
        self._by_cost = utility == "cost"
        # All costs as whole numbers of one unit, so that money can be whole numbers too.
        self._unit = lcm(*(one.cost.denominator for one in self._projects)) if self._projects else 1
        self._costs = [int(one.cost * self._unit) for one in self._projects]

    def cost_of(self, run: _Run) -> Fraction:
        return sum((self._projects[index].cost for index in run.order), Fraction(0))

    def has_room_for_more(self, run: _Run, budget: Fraction) -> bool:
        """Tell whether another project that somebody wants still fits."""
        left = budget - self.cost_of(run)
        wanted = (index for index, votes in enumerate(self._votes) if votes)
        others = (self._projects[index] for index in wanted if index not in run.order)
        return any(one.cost <= left for one in others)

    def bought_with(self, share: Fraction) -> _Run:
        """Buy while supporters can pay for a project, each having `share` to begin with."""
        unit = lcm(self._unit, share.denominator)
        money = [int(share * unit)] * len(self._sizes)
        free = [index for index, cost in enumerate(self._costs) if not cost and self._votes[index]]
        run = _Run(free, [(Fraction(0), self._votes[index]) for index in free], money, unit)
        # What a project asked of its supporters last: it can only ask more of them later, so that
        # whoever asked more than the best of this round need not be looked at again.
        asked = {
            index: self._asks(index, Fraction(self._costs[index], self._votes[index]))
            for index in range(len(self._costs))
            if self._costs[index] and self._votes[index]
        }
        while asked:
            best: list[tuple[int, Fraction, int]] = []
            least: Fraction | None = None
            for index in sorted(asked, key=asked.__getitem__):
                if least is not None and asked[index] > least:
                    break
                found = self._price(index, run)
                if found is None:
                    del asked[index]
                    continue
                price, payers = found
                asked[index] = asks = self._asks(index, price)
                if least is None or asks < least:
                    best, least = [(index, price, payers)], asks
                elif asks == least:
                    best.append((index, price, payers))
            if not best:
                break
            self._buy(run, *min(best, key=lambda one: self._tie(one[0])))
            del asked[run.order[-1]]
        return run

    def told(self, run: _Run, share: Fraction) -> Outcome:
        """Return a run in words that a page can use."""
        bought = [
            Bought(self._projects[index], self._votes[index], payers, price)
            for index, (price, payers) in zip(run.order, run.prices, strict=True)
        ]
        missed = [
            Missed(one, self._votes[index], Fraction(self._behind(index, run), run.unit))
            for index, one in enumerate(self._projects)
            if index not in run.order
        ]
        return Outcome(tuple(bought), tuple(missed), share)

    def _asks(self, index: int, price: Fraction) -> Fraction:
        """Return the price of a project for each unit of what it is worth."""
        return price / self._costs[index] if self._by_cost else price

    def _tie(self, index: int) -> tuple[int, int, int]:
        return self._costs[index], -self._votes[index], index

    def _behind(self, index: int, run: _Run) -> int:
        return sum(run.money[bloc] * self._sizes[bloc] for bloc in self._supporters[index])

    def _price(self, index: int, run: _Run) -> tuple[Fraction, int] | None:
        """Return the least that every supporter pays at most, in the costs' unit, and who can."""
        missing = self._costs[index] * (run.unit // self._unit)
        if self._behind(index, run) < missing:
            return None
        payers = self._votes[index]
        money, sizes = run.money, self._sizes
        for bloc in sorted(self._supporters[index], key=money.__getitem__):
            if money[bloc] * payers >= missing:
                break
            missing -= money[bloc] * sizes[bloc]
            payers -= sizes[bloc]
        return Fraction(missing * self._unit, payers * run.unit), payers

    def _buy(self, run: _Run, index: int, price: Fraction, payers: int) -> None:
        # Everybody's money in a unit in which this price is a whole number.
        within = price * run.unit / self._unit
        factor = within.denominator
        if factor > 1:
            run.unit *= factor
            run.money = [one * factor for one in run.money]
        pays = within.numerator
        money = run.money
        for bloc in self._supporters[index]:
            money[bloc] = money[bloc] - pays if money[bloc] > pays else 0
        run.order.append(index)
        run.prices.append((price / self._unit, payers))
