"""The opinion map: planted groups are found, figures are right by hand, nobody stands alone."""

import numpy as np
import pytest

from linli.deliberation.files import FileInvalid, Problem
from linli.deliberation.opinion_map import AGREE, DISAGREE, TooFewAnswers, draw
from linli.deliberation.votes_file import read_statements, read_votes, written

NAN = float("nan")


def planted(people, statements, groups, *, seed, answered=0.7):
    """Answers of people whose group decides how likely they agree, and who is in which group.

    Groups differ on the first half of the statements, on the second, or on both.
    """
    chance = np.random.default_rng(seed)
    group = chance.integers(groups, size=people)
    half = np.arange(statements) < statements // 2
    turned = chance.random(statements) < 0.5
    agrees = np.where(half, (group % 2)[:, np.newaxis], (group // 2)[:, np.newaxis]) == turned
    likely = np.where(agrees, 0.9, 0.1)
    answers = np.where(chance.random((people, statements)) < likely, 1.0, -1.0)
    answers[chance.random((people, statements)) < 0.08] = 0
    answers[chance.random((people, statements)) > answered] = NAN
    return answers, group


def drawn(answers, *, out=(), groups=None, seed=7):
    moderated = [at in out for at in range(answers.shape[1])]
    return draw(answers=answers, moderated_out=moderated, groups=groups, seed=seed)


@pytest.mark.parametrize("groups", [2, 3, 4])
def test_planted_groups_are_found_without_being_told_how_many(groups):
    answers, planted_in = planted(240, 60, groups, seed=groups)
    found = drawn(answers)
    assert found.group_count == groups
    # Each found group is one planted group, but for a few people in between.
    mixed = sum(
        (found.groups == group).sum() - np.bincount(planted_in[found.groups == group]).max()
        for group in range(1, groups + 1)
    )
    assert mixed <= 5
    sizes = np.bincount(found.groups)[1:]
    assert list(sizes) == sorted(sizes, reverse=True)


def test_the_same_votes_and_seed_give_the_same_map_and_order_gives_the_same_groups():
    answers, _ = planted(120, 30, 3, seed=5)
    first, again = drawn(answers), drawn(answers)
    assert (first.groups == again.groups).all()
    assert (first.points == again.points).all()
    turned = drawn(answers[::-1])
    pairs = {(int(a), int(b)) for a, b in zip(first.groups, turned.groups[::-1], strict=True)}
    assert len(pairs) == first.group_count


def test_consensus_is_the_product_over_groups_by_hand():
    # Two camps of ten and of six: they differ on the first four, share the fifth.
    camp = np.array([[1, 1, -1, -1, 1.0]] * 10 + [[-1, -1, 1, 1, 1.0]] * 6)
    camp[0, 4] = 0
    camp[15, 4] = 0
    found = drawn(camp)
    assert list(np.bincount(found.groups)[1:]) == [10, 6]
    # First statement: 10 of 10 and 0 of 6. Fifth: 9 of 10 and 5 of 6: a pass is an answer.
    assert found.consensus[0] == pytest.approx(11 / 12 * 1 / 8)
    assert found.consensus[4] == pytest.approx(10 / 12 * 6 / 8)
    held = {(one.group, one.statement): one for one in found.held}
    assert held[1, 0].direction == AGREE
    assert held[2, 0].direction == DISAGREE
    assert held[1, 0].representativeness == pytest.approx((11 / 12) / (1 / 8))
    assert (1, 4) not in held, "what all share says nothing about one group"


def test_nobody_is_a_group_of_one():
    camp = np.array([[1, 1, 1, 1.0]] * 9 + [[-1, -1, -1, -1.0]] * 8 + [[1, -1, 1, -1.0]])
    for groups in (None, 2, 3, 4, 5):
        found = drawn(camp, groups=groups)
        assert np.bincount(found.groups)[1:].min() >= 2
    assert drawn(camp, groups=2).group_count == 2


def test_who_answered_little_is_grouped_only_where_there_are_few():
    answers, _ = planted(60, 20, 2, seed=3, answered=1.0)
    answers[0, 3:] = NAN
    found = drawn(answers)
    assert found.groups[0] == 0
    assert (found.groups[1:] > 0).all()
    few = drawn(answers[:10])
    assert few.groups[0] > 0
    assert found.answered.sum() == 59 * 20


def test_a_statement_moderated_out_counts_as_zero_for_everyone():
    answers, _ = planted(60, 12, 2, seed=9)
    zeroed = answers.copy()
    zeroed[:, 4] = 0
    out, zero = drawn(answers, out={4}), drawn(zeroed)
    assert (out.points == zero.points).all()
    assert out.agreed[:, 4].sum() == out.disagreed[:, 4].sum() == 0
    assert 4 not in {one.statement for one in out.held}


@pytest.mark.parametrize(
    "answers", [np.zeros((0, 3)), np.ones((1, 3)), np.ones((5, 3)), np.full((4, 2), NAN)]
)
def test_without_two_opinions_there_is_no_map(answers):
    with pytest.raises(TooFewAnswers):
        drawn(answers)


# --- The files ----------------------------------------------------------------------------------

STATEMENTS = "statement,moderated\ns1,1\ns2,0\ns3,-1\n"
VOTES = (
    "participant,statement,vote,time\na,s1,1,100\na,s1,-1,90\nb,s2,0,\nb,s3,1,2026-03-01T08:00\n"
)


def test_the_later_vote_wins_wherever_it_stands():
    found = read_votes(text=VOTES, statements=read_statements(text=STATEMENTS))
    assert found.participants == ("a", "b")
    assert found.moderated_out == (False, False, True)
    assert np.array_equal(found.answers, [[1, NAN, NAN], [NAN, 0, 1]], equal_nan=True)
    same_time = VOTES.replace(",90", ",100")
    later = read_votes(text=same_time, statements=read_statements(text=STATEMENTS))
    assert later.answers[0, 0] == -1
    # Milliseconds of February and a day in March: the later one counts, not the longer number.
    mixed = VOTES.replace(",100", ",1772100000000").replace(",90", ",2026-03-01T08:00+08:00")
    told = read_votes(text=mixed, statements=read_statements(text=STATEMENTS))
    assert told.answers[0, 0] == -1


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("vote,time", "vote,when", 1, Problem.COLUMN_MISSING),
        ("a,s1,1,100", ",s1,1,100", 2, Problem.EMPTY),
        ("a,s1,1,100", "a,s9,1,100", 2, Problem.UNKNOWN),
        ("a,s1,-1,90", "a,s1,2,90", 3, Problem.NOT_A_MARK),
        ("a,s1,-1,90", "a,s1,,90", 3, Problem.NOT_A_MARK),
        ("a,s1,-1,90", "a,s1,-1,gestern", 3, Problem.NOT_A_TIME),
        ("a,s1,-1,90", "a,s1", 3, Problem.NOT_A_TABLE),
        ("a,s1,-1,90", "a,s1,-1,90,1", 3, Problem.NOT_A_TABLE),
        ("a,s1,-1,90", "a,s1,-1,nan", 3, Problem.NOT_A_TIME),
    ],
)
def test_a_vote_that_cannot_be_read_is_refused_with_its_line(old, new, line, problem):
    assert old in VOTES
    with pytest.raises(FileInvalid) as refused:
        read_votes(text=VOTES.replace(old, new), statements=read_statements(text=STATEMENTS))
    assert (refused.value.line, refused.value.problem) == (line, problem)


def test_what_is_written_names_people_and_statements():
    lines = ["participant,statement,vote,time"]
    for number in range(20):
        for statement in ("s1", "s2"):
            lines.append(f"p{number},{statement},{1 if number < 12 else -1},{number}")
    read = read_votes(text="\n".join(lines), statements=read_statements(text=STATEMENTS))
    found = draw(answers=read.answers, moderated_out=read.moderated_out, seed=1)
    files = written(votes=read, found=found)
    groups = dict(line.split(",") for line in files["groups.csv"].splitlines()[1:])
    assert {groups[f"p{number}"] for number in range(12)} == {"1"}
    assert {groups[f"p{number}"] for number in range(12, 20)} == {"2"}
    assert files["consensus.csv"].startswith("statement,group_aware_consensus\n")
    assert "\n2,s1,disagree," in files["representative.csv"]
