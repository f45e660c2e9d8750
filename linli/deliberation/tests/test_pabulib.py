"""Votes on a budget as a file: what is read, what is refused and where."""

from fractions import Fraction

import pytest

from linli.deliberation.files import FileInvalid, Problem
from linli.deliberation.pabulib import read_pabulib, write_pabulib

FILE = """META
key;value
description;城墙根的小事
country;China
budget;100000
vote_type;approval
PROJECTS
project_id;cost;votes;name
1;30000;2;晾衣架
2;60000.50;1;"充电棚; 二期"
VOTES
voter_id;age;vote
a;70;1,2
b;;1
c;;
"""


def test_a_file_is_read_as_it_stands():
    found = read_pabulib(text=FILE)
    assert found.budget == 100_000
    assert [(one.id, one.cost, one.name) for one in found.projects] == [
        ("1", 30_000, "晾衣架"),
        ("2", Fraction(120_001, 2), "充电棚; 二期"),
    ]
    assert found.votes == {"a": ("1", "2"), "b": ("1",), "c": ()}
    assert found.meta["country"] == "China"


def test_what_is_written_reads_the_same():
    found = read_pabulib(text="\ufeff" + FILE.replace("\n", "\r\n"))
    again = read_pabulib(text=write_pabulib(election=found))
    assert (again.budget, again.projects, again.votes) == (
        found.budget,
        found.projects,
        found.votes,
    )
    assert (again.meta["num_projects"], again.meta["num_votes"]) == ("2", "3")


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("META\n", "", 1, Problem.SECTION_MISSING),
        ("VOTES\nvoter_id;age;vote\na;70;1,2\nb;;1\nc;;\n", "", 0, Problem.SECTION_MISSING),
        ("budget;100000\n", "", 0, Problem.KEY_MISSING),
        ("budget;100000", "budget;viel", 0, Problem.NOT_AN_AMOUNT),
        ("budget;100000", "budget;Infinity", 0, Problem.NOT_AN_AMOUNT),
        ("vote_type;approval", "vote_type;ordinal", 0, Problem.KIND_UNKNOWN),
        ("project_id;cost", "project_id;price", 0, Problem.COLUMN_MISSING),
        ("1;30000;", "1;-3;", 9, Problem.NOT_AN_AMOUNT),
        ("2;60000.50;", "1;60000.50;", 10, Problem.TWICE),
        ("2;60000.50;", ";60000.50;", 10, Problem.EMPTY),
        ("b;;1", "b;;3", 14, Problem.UNKNOWN),
        ("b;;1", "a;;1", 14, Problem.TWICE),
        ("1;30000;2;晾衣架", '1;30000;2;"' + "x" * 200_000, 9, Problem.NOT_A_TABLE),
        ("b;;1", "b;1", 14, Problem.NOT_A_TABLE),
        ("b;;1", "b;;1;2", 14, Problem.NOT_A_TABLE),
        ("c;;\n", "c;;\nVOTES\nvoter_id;vote\nd;2\n", 16, Problem.TWICE),
        ("budget;100000", "budget;1\nbudget;100000", 6, Problem.TWICE),
        ("voter_id;age;vote", "voter_id;vote;vote", 0, Problem.TWICE),
        ("vote_type;approval", "vote_type;choose-1", 13, Problem.NOT_ON_PAPER),
        ("budget;100000", "budget;1e-999999", 0, Problem.NOT_AN_AMOUNT),
    ],
)
def test_what_cannot_be_counted_is_refused_with_its_line(old, new, line, problem):
    assert old in FILE
    with pytest.raises(FileInvalid) as refused:
        read_pabulib(text=FILE.replace(old, new))
    assert (refused.value.line, refused.value.problem) == (line, problem)


def test_a_project_named_twice_on_a_ballot_is_one_vote():
    found = read_pabulib(text=FILE.replace("b;;1", "b;;1,1"))
    assert found.votes["b"] == ("1",)


def test_a_quotation_mark_that_is_never_closed_swallows_no_vote():
    found = read_pabulib(text=FILE.replace("1;30000;2;晾衣架", '1;30000;2;"晾衣架'))
    assert [one.id for one in found.projects] == ["1", "2"]
    open_at_the_end = FILE.replace("voter_id;age;vote", "voter_id;vote;how").replace(
        "a;70;1,2\nb;;1\nc;;", 'a;1,2;x\nb;1;"paper\nc;;'
    )
    assert read_pabulib(text=open_at_the_end).votes == {"a": ("1", "2"), "b": ("1",), "c": ()}


def test_a_decimal_comma_and_a_key_in_capitals_are_read():
    text = FILE.replace("budget;100000", "Budget;100000,50")
    assert read_pabulib(text=text).budget == Fraction(200_001, 2)
