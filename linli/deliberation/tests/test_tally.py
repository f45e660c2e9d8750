"""Counting votes of every kind: by hand, at the edges, and against what they promise."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.deliberation.tally import (
    HALF_AND_MORE,
    TWO_THIRDS,
    ChoiceInvalid,
    Kind,
    Option,
    Outcome,
    Rules,
    Share,
    View,
    Weight,
    count,
    count_owners,
    require_valid,
)


def rules(kind, names="", *, roll=100, **more):
    return Rules(kind=kind, roll=roll, options=tuple(Option(id=name) for name in names), **more)


def papers(*words):
    """Ballots of options with one letter each."""
    return [list(word) for word in words]


def cast(yes=0, no=0, abstain=0):
    return ["YES"] * yes + ["NO"] * no + ["ABSTAIN"] * abstain


@pytest.mark.parametrize(
    ("ballots", "majority", "outcome"),
    [
        (cast(3, 2), HALF_AND_MORE, Outcome.ADOPTED),
        (cast(2, 2), HALF_AND_MORE, Outcome.REJECTED),
        (cast(2, 2), Share(Fraction(1, 2)), Outcome.ADOPTED),
        (cast(2, 1, 9), TWO_THIRDS, Outcome.ADOPTED),
        (cast(199, 100), TWO_THIRDS, Outcome.REJECTED),
        (cast(0, 0, 9), HALF_AND_MORE, Outcome.NO_DECISION),
        ([], HALF_AND_MORE, Outcome.NO_DECISION),
    ],
)
def test_a_motion_is_adopted_by_those_who_say_yes_or_no(ballots, majority, outcome):
    found = count(rules=rules(Kind.YES_NO, majority=majority, roll=999), ballots=ballots)
    assert (found.outcome, found.turnout) == (outcome, len(ballots))


def test_a_quorum_that_is_missed_by_one_is_no_decision_and_never_a_refusal():
    of_a_third = rules(Kind.YES_NO, roll=100, quorum=Share(Fraction(1, 3)))
    missed = count(rules=of_a_third, ballots=cast(0, 33))
    assert missed.outcome == Outcome.NO_DECISION
    assert missed.figures["NO"] == 33
    assert count(rules=of_a_third, ballots=cast(0, 34)).outcome == Outcome.REJECTED


def test_the_most_approved_are_chosen_and_who_shares_the_last_place_is_tied():
    two = rules(Kind.APPROVAL, "abcd", places=2)
    found = count(rules=two, ballots=papers("ab", "a", "c", "b", "c"))
    assert (found.outcome, found.chosen, found.tied) == (Outcome.TIED, (), ("a", "b", "c"))
    found = count(rules=two, ballots=papers("ab", "a", "c", "a"))
    assert (found.outcome, found.chosen, found.tied) == (Outcome.TIED, ("a",), ("b", "c"))
    found = count(rules=two, ballots=papers("ab", "a", "b", "c"))
    assert (found.outcome, found.chosen) == (Outcome.CHOSEN, ("a", "b"))
    assert count(rules=two, ballots=[[], []]).outcome == Outcome.NO_DECISION


def test_points_are_added_and_an_option_passed_over_gets_none():
    found = count(rules=rules(Kind.RATING, "ab"), ballots=[{"a": 5}, {"a": 1, "b": 4}, {"b": 3}])
    assert found.figures == {"a": 6, "b": 7}
    assert found.chosen == ("b",)


def test_a_ranking_finds_who_beats_all_others():
    # The first has most first places, the second beats each of the others by pairs.
    ballots = papers(*["ABC"] * 4, *["BCA"] * 3, *["CBA"] * 2)
    assert count(rules=rules(Kind.RANKING, "ABC"), ballots=ballots).chosen == ("B",)


def test_a_circle_is_broken_at_its_weakest_win():
    # Schulze's own example of 45 voters: E before A, C, B and D.
    ballots = papers(
        *["ACBED"] * 5, *["ADECB"] * 5, *["BEDAC"] * 8, *["CABED"] * 3,
        *["CAEBD"] * 7, *["CBADE"] * 2, *["DCEBA"] * 7, *["EBADC"] * 8,
    )  # fmt: skip
    found = count(rules=rules(Kind.RANKING, "ABCDE", places=4), ballots=ballots)
    assert found.chosen == ("E", "A", "C", "B")
    assert found.figures["A>B"] == 20


def test_what_somebody_leaves_out_of_a_ranking_stands_last():
    found = count(rules=rules(Kind.RANKING, "AB"), ballots=[["A"], ["B"], ["A"], []])
    assert found.chosen == ("A",)
    tied = count(rules=rules(Kind.RANKING, "AB"), ballots=[["A"], ["B"]])
    assert (tied.outcome, tied.tied) == (Outcome.TIED, ("A", "B"))
    assert count(rules=rules(Kind.RANKING, "AB"), ballots=[[]]).outcome == Outcome.NO_DECISION


def test_a_budget_is_spent_by_equal_shares_or_greedily():
    options = tuple(
        Option(id=name, cost=Fraction(cost)) for name, cost in (("a", 45), ("b", 45), ("c", 30))
    )
    ballots = [["a", "b"]] * 6 + [["c"]] * 3
    shared = Rules(kind=Kind.BUDGET, roll=9, options=options, money=Fraction(90), completion="none")
    assert count(rules=shared, ballots=ballots).chosen == ("a", "c")
    plain = Rules(kind=Kind.BUDGET, roll=9, options=options, money=Fraction(90), rule="greedy")
    assert count(rules=plain, ballots=ballots).chosen == ("a", "b")
    assert count(rules=plain, ballots=ballots).figures == {"a": 6, "b": 6, "c": 3}


@pytest.mark.parametrize(
    ("kind", "choice"),
    [
        (Kind.YES_NO, "MAYBE"),
        (Kind.YES_NO, ["YES"]),
        (Kind.YES_NO, None),
        (Kind.APPROVAL, "YES"),
        (Kind.APPROVAL, ["a", "a"]),
        (Kind.APPROVAL, ["z"]),
        (Kind.APPROVAL, {"a": 1}),
        (Kind.APPROVAL, [["a"]]),
        (Kind.RATING, {"a": 0}),
        (Kind.RATING, {"a": 6}),
        (Kind.RATING, {"a": True}),
        (Kind.RATING, {"z": 1}),
        (Kind.RATING, ["a"]),
        (Kind.RANKING, ["a", "b", "a"]),
    ],
)
def test_what_is_not_on_the_paper_is_refused(kind, choice):
    with pytest.raises(ChoiceInvalid):
        require_valid(rules=rules(kind, ["a", "b"]), choice=choice)


# --- Owners -------------------------------------------------------------------------------------

ROLL = Weight(heads=120, area_dm2=1_200_000)


@pytest.mark.parametrize(
    ("yes", "no", "is_weighty", "outcome"),
    [
        # 80 of 120 are two thirds by heads; the area has to be, too.
        (Weight(80, 800_000), Weight(0, 0), False, Outcome.ADOPTED),
        (Weight(79, 900_000), Weight(0, 0), False, Outcome.NO_DECISION),
        (Weight(90, 799_999), Weight(0, 0), False, Outcome.NO_DECISION),
        # More than a half of those who took part, by both.
        (Weight(41, 400_001), Weight(39, 400_000), False, Outcome.ADOPTED),
        (Weight(40, 500_000), Weight(40, 300_000), False, Outcome.REJECTED),
        (Weight(50, 400_000), Weight(30, 400_000), False, Outcome.REJECTED),
        # Three quarters, the figure itself included.
        (Weight(60, 600_000), Weight(20, 200_000), True, Outcome.ADOPTED),
        (Weight(59, 600_000), Weight(21, 200_000), True, Outcome.REJECTED),
        (Weight(60, 599_999), Weight(20, 200_001), True, Outcome.REJECTED),
    ],
)
def test_owners_decide_by_area_and_by_heads(yes, no, is_weighty, outcome):
    found, took_part = count_owners(
        roll=ROLL, cast={View.YES: yes, View.NO: no}, is_weighty=is_weighty
    )
    assert found == outcome
    assert took_part.heads == yes.heads + no.heads


def test_who_abstains_took_part_and_did_not_agree():
    views = {View.YES: Weight(40, 400_000), View.ABSTAIN: Weight(40, 400_000)}
    assert count_owners(roll=ROLL, cast=views, is_weighty=False)[0] == Outcome.REJECTED
    assert count_owners(roll=ROLL, cast={}, is_weighty=False)[0] == Outcome.NO_DECISION


# --- Promises -----------------------------------------------------------------------------------

rankings = st.lists(st.permutations("abcd") | st.just(["a"]), min_size=1, max_size=15)


@given(rankings)
def test_whoever_beats_each_other_by_pairs_is_chosen(ballots):
    found = count(rules=rules(Kind.RANKING, "abcd"), ballots=ballots)
    beats = {
        name
        for name in "abcd"
        if all(
            found.figures[f"{name}>{other}"] > found.figures[f"{other}>{name}"]
            for other in "abcd"
            if other != name
        )
    }
    assert not beats or found.chosen == tuple(beats)


@given(rankings, st.randoms(use_true_random=False))
def test_neither_the_order_of_ballots_nor_of_options_changes_a_result(ballots, chance):
    mixed, names = list(ballots), list("abcd")
    chance.shuffle(mixed)
    chance.shuffle(names)
    one = count(rules=rules(Kind.RANKING, "abcd"), ballots=ballots)
    other = count(rules=rules(Kind.RANKING, names), ballots=mixed)
    assert (one.outcome, one.chosen, set(one.tied)) == (
        other.outcome,
        other.chosen,
        set(other.tied),
    )
    assert len(one.figures) == len(list(permutations("abcd", 2)))


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (["SATISFIED"] * 85 + ["DISSATISFIED"] * 15, Outcome.SATISFIED),
        (["SATISFIED"] * 849 + ["DISSATISFIED"] * 151, Outcome.NOT_SATISFIED),
        (["BASICALLY_SATISFIED"] * 9 + ["UNKNOWN"] * 50, Outcome.NO_DECISION),
        ([], Outcome.NO_DECISION),
    ],
)
def test_a_judgement_is_counted_by_those_who_had_a_view(answers, outcome):
    rules = Rules(kind=Kind.SATISFACTION, roll=2_000)
    counted = count(rules=rules, ballots=answers)
    assert counted.outcome == outcome
    assert counted.turnout == len(answers)
