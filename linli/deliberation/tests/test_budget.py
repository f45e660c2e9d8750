"""Counting a vote on a budget: by hand, against the plainest program there is, and its promises."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.deliberation.budget import Missed, equal_shares, greedy
from linli.deliberation.pabulib import Election, Project


def election(budget, costs, *ballots):
    projects = tuple(Project(id=name, cost=Fraction(cost)) for name, cost in costs.items())
    votes = {f"v{number}": tuple(ballot) for number, ballot in enumerate(ballots)}
    return Election(budget=Fraction(budget), projects=projects, votes=votes)


def test_a_third_of_the_voters_decides_on_a_third_of_the_money():
    # Six want a and b, three want c. Greedy gives the six all there is.
    vote = election(90, {"a": 45, "b": 45, "c": 30}, *["ab"] * 6, *["c"] * 3)
    assert greedy(election=vote).winners == ("a", "b")
    shared = equal_shares(election=vote, completion="none")
    # Each has 10: a asks 7.50 of six, c asks 10 of three, b would ask 7.50 where 2.50 are left.
    assert shared.winners == ("a", "c")
    assert [one.price for one in shared.bought] == [Fraction(15, 2), Fraction(10)]
    assert [(one.project.id, one.money) for one in shared.missed] == [("b", 15)]


def test_who_has_less_left_pays_all_of_it_and_the_others_the_rest():
    vote = election(40, {"a": 20, "b": 18}, "a", "a", "ab", "b")
    shared = equal_shares(election=vote, completion="none")
    # a: 20 of three, 6⅔ each. b: 3⅓ are left to one, 10 to the other: 13⅓ are not 18.
    assert shared.winners == ("a",)
    more = election(48, {"a": 18, "b": 17}, "a", "a", "ab", "b")
    bought = equal_shares(election=more, completion="none").bought[-1]
    # Each has 12: a takes 6 of three; b takes the 6 that are left to one, and 11 of the other.
    assert (bought.project.id, bought.price, bought.paid_in_full) == ("b", 11, 1)


def test_cost_as_utility_prefers_the_dear_one_where_it_has_the_most_votes():
    vote = election(100, {"dear": 90, "cheap": 20}, *[["dear", "cheap"]] * 4, ["dear"])
    assert equal_shares(election=vote, utility="cost", completion="none").winners == ("dear",)
    by_number = equal_shares(election=vote, utility="cardinality", completion="none")
    assert by_number.winners == ("cheap",)
    assert greedy(election=vote, utility="cost").winners == ("dear",)
    assert greedy(election=vote, utility="cardinality").winners == ("cheap",)


def test_add1_stops_before_more_is_spent_than_there_is():
    vote = election(10, {"a": 6, "b": 6}, "a", "b")
    assert equal_shares(election=vote, completion="none").winners == ()
    # With 6 for each both would be bought, for 12; with 5 neither is.
    assert equal_shares(election=vote).winners == ()
    uneven = election(10, {"a": 6, "b": 9}, "a", "b")
    outcome = equal_shares(election=uneven)
    assert (outcome.winners, outcome.share) == (("a",), 6)


def test_ties_go_to_the_cheaper_then_to_the_first_in_the_file():
    same_worth = election(10, {"a": 8, "b": 4}, "a", "a", "b", "b")
    assert greedy(election=same_worth).winners == ("b",)
    alike = election(5, {"b": 5, "a": 5}, "ab")
    assert equal_shares(election=alike).winners == ("b",)
    assert greedy(election=alike).winners == ("b",)


def test_without_voters_nothing_is_bought_and_what_nobody_wants_is_not():
    nobody = election(10, {"a": 1})
    assert equal_shares(election=nobody).winners == greedy(election=nobody).winners == ()
    unwanted = election(10, {"a": 1, "b": 1}, "b", "")
    for outcome in (equal_shares(election=unwanted), greedy(election=unwanted)):
        assert outcome.winners == ("b",)
        assert outcome.missed == (Missed(unwanted.projects[0], 0, Fraction(0)),)


def test_what_costs_nothing_is_done_where_somebody_wants_it():
    vote = election(1, {"free": 0, "dear": 5, "unwanted": 0}, ["free"], ["dear"])
    assert equal_shares(election=vote).winners == ("free",)
    assert greedy(election=vote).winners == ("free",)


# --- Against the plainest program ---------------------------------------------------------------


def plainly_bought(vote, share, utility):
    """Voter by voter, every project looked at in every round, all in fractions."""
    money = {voter: Fraction(share) for voter in vote.votes}
    left = [one for one in vote.projects if any(one.id in who for who in vote.votes.values())]
    won = [one.id for one in left if not one.cost]
    left = [one for one in left if one.cost]
    while True:
        offers = []
        for place, one in enumerate(left):
            purses = sorted(money[v] for v, chosen in vote.votes.items() if one.id in chosen)
            if sum(purses) < one.cost:
                continue
            missing, payers = one.cost, len(purses)
            for purse in purses:
                if purse * payers >= missing:
                    break
                missing, payers = missing - purse, payers - 1
            price = missing / payers
            worth = one.cost if utility == "cost" else 1
            offers.append((price / worth, one.cost, -len(purses), place, price, one))
        if not offers:
            return won
        *_rank, price, best = min(offers, key=lambda offer: offer[:4])
        for voter, chosen in vote.votes.items():
            if best.id in chosen:
                money[voter] -= min(price, money[voter])
        won.append(best.id)
        left.remove(best)


def plainly(vote, utility, completion):
    costs = {one.id: one.cost for one in vote.projects}
    share = vote.budget / len(vote.votes)
    won = plainly_bought(vote, share, utility)
    share = floor(share)
    while completion == "add1":
        room = vote.budget - sum(costs[one] for one in won)
        if all(cost > room for name, cost in costs.items() if name not in won):
            break
        share += 1
        more = plainly_bought(vote, share, utility)
        if sum(costs[one] for one in more) > vote.budget:
            break
        won = more
        if share > sum(costs.values()):
            break  # everybody can pay for everything alone
    return tuple(won)


names = "abcdef"
costs = st.integers(1, 30).map(Fraction) | st.fractions(Fraction(1, 4), 30, max_denominator=4)
elections = st.builds(
    lambda budget, prices, ballots: (
        election(budget, dict(zip(names, prices, strict=False)), *ballots) if prices else None
    ),
    st.integers(1, 60),
    st.lists(costs, min_size=6, max_size=6),
    st.lists(st.sets(st.sampled_from(names)), min_size=1, max_size=9),
)


@settings(max_examples=300, deadline=None)
@given(elections, st.sampled_from(["cost", "cardinality"]), st.sampled_from(["add1", "none"]))
def test_it_buys_what_the_plainest_program_buys(vote, utility, completion):
    # Whatever nobody wants could be paid for, for ever: the plain one would not end.
    wanted = {one for chosen in vote.votes.values() for one in chosen}
    vote = Election(
        budget=vote.budget,
        projects=tuple(one for one in vote.projects if one.id in wanted),
        votes=vote.votes,
    )
    found = equal_shares(election=vote, utility=utility, completion=completion)
    assert found.winners == plainly(vote, utility, completion)
    assert found.cost <= vote.budget
    told = [one.project.id for one in (*found.bought, *found.missed)]
    assert sorted(told) == sorted(one.id for one in vote.projects)


@settings(max_examples=200, deadline=None)
@given(elections)
def test_it_ends_and_keeps_to_the_budget_whatever_is_wanted(vote):
    for outcome in (equal_shares(election=vote), greedy(election=vote)):
        assert outcome.cost <= vote.budget
        assert len(set(outcome.winners)) == len(outcome.winners)


@settings(max_examples=100, deadline=None)
@given(elections, st.randoms(use_true_random=False))
def test_the_order_of_the_ballots_changes_nothing(vote, chance):
    voters = list(vote.votes.items())
    chance.shuffle(voters)
    mixed = Election(budget=vote.budget, projects=vote.projects, votes=dict(voters))
    assert equal_shares(election=mixed).winners == equal_shares(election=vote).winners


@pytest.mark.parametrize("utility", ["cost", "cardinality"])
def test_a_third_of_a_unit_is_no_rounding_matter(utility):
    # Three voters, a budget of 1: a costs a third more than two of them have. It is never bought.
    vote = election(
        1, {"a": Fraction(2, 3), "b": Fraction(2, 3) + Fraction(1, 10**30)}, "a", "a", "b"
    )
    assert equal_shares(election=vote, utility=utility, completion="none").winners == ("a",)
    dearer = election(1, {"b": Fraction(2, 3) + Fraction(1, 10**30)}, "b", "b", "")
    assert equal_shares(election=dearer, utility=utility, completion="none").winners == ()
