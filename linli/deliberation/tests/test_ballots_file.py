"""A published vote: it reads as it was written, and whoever changed it is found out."""

import json
from fractions import Fraction

import pytest
from click.testing import CliRunner

from linli import cli
from linli.deliberation.ballots_file import Ballot, checksum_of, read_ballots, write_ballots
from linli.deliberation.files import FileInvalid, Problem
from linli.deliberation.tally import Kind, Option, Rules, Share
from linli.deliberation.workflow import JudgementRules

RULES = Rules(
    kind=Kind.BUDGET,
    roll=12,
    options=(Option("1", "晾衣架", Fraction(45)), Option("2", "充电棚", Fraction(30))),
    quorum=Share(Fraction(1, 2)),
    money=Fraction(60),
)
BALLOTS = [Ballot(f"k{n}", ["1"] if n < 5 else ["1", "2"]) for n in range(7)]
MOTION = Rules(kind=Kind.YES_NO, roll=5)


def published(**changed) -> str:
    document = json.loads(write_ballots(title="小事", rules=RULES, ballots=BALLOTS))
    return json.dumps({**document, **changed}, ensure_ascii=False)


@pytest.fixture
def recount(tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")

    def run(text: str):
        file = tmp_path / "vote.json"
        file.write_text(text, encoding="utf-8")
        return CliRunner().invoke(cli.main, ["ballots", "recount", str(file)])

    return run


def test_what_is_published_reads_the_same():
    text = write_ballots(title="小事", rules=RULES, ballots=BALLOTS)
    found = read_ballots(text=text)
    assert (found.title, found.rules, found.ballots) == ("小事", RULES, tuple(BALLOTS))
    assert found.result["chosen"] == ["1"]
    assert found.checksum == checksum_of(text=text)
    # Spaces and the order of keys are no change.
    assert checksum_of(text=json.dumps(json.loads(text), sort_keys=True)) == found.checksum


def test_a_right_result_is_confirmed(recount):
    answer = recount(published())
    assert answer.exit_code == 0
    assert answer.output.splitlines()[:5] == [
        "小事",
        "7 of 12 on the roll voted.",
        "1 晾衣架: 7",
        "2 充电棚: 2",
        "Chosen.",
    ]
    assert "→ 1 晾衣架\nThe announced result is right. Checksum " in answer.output
    ranking = Rules(kind=Kind.RANKING, roll=3, options=(Option("a"), Option("b")))
    text = write_ballots(title="", rules=ranking, ballots=[Ballot("x", ["b", "a"])])
    assert "b before a: 1" in recount(text).output
    motion = write_ballots(title="", rules=MOTION, ballots=[Ballot("x", "YES")])
    assert "In favour: 1\nAgainst: 0\nAbstains: 0\nAdopted." in recount(motion).output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": "大事"}, "The checksum does not fit"),
        ({"ballots": [{"receipt": "k0", "choice": ["2"]}]}, "another one than these ballots give"),
        ({"result": {"outcome": "ADOPTED"}}, "another one than these ballots give"),
        ({"checksum": ""}, "The checksum does not fit"),
    ],
)
def test_whoever_changed_it_is_found_out(recount, change, said):
    answer = recount(published(**change))
    assert (answer.exit_code, said in answer.output) == (1, True)


def ballot(**more):
    return {"ballots": [{"receipt": "k0", "choice": ["1"], **more}]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nothing", Problem.NOT_JSON),
        ("[" * 100_000, Problem.NOT_JSON),
        ("[]", Problem.KIND_UNKNOWN),
        ("{}", Problem.KIND_UNKNOWN),
        (published(ballots=3), Problem.KEY_MISSING),
        (published(rules={}), Problem.KEY_MISSING),
        (published(ballots=[{"choice": ["1"]}]), Problem.EMPTY),
        (published(**ballot(choice=["3"])), Problem.NOT_ON_PAPER),
        (published(ballots=[{"receipt": "k", "choice": []}] * 2), Problem.TWICE),
    ],
)
def test_what_cannot_be_counted_is_refused(recount, text, problem):
    with pytest.raises(FileInvalid) as refused:
        read_ballots(text=text)
    assert refused.value.problem == problem
    answer = recount(text)
    assert (answer.exit_code, "vote.json" in answer.output) == (2, True)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "LOTTERY"},
        {"kind": "OWNERS"},
        {"roll": "many"},
        {"roll": -1},
        {"roll": float("inf")},
        {"money": "-1"},
        {"money": "1/0"},
        {"places": 0},
        {"rule": "by-taste"},
        {"completion": "twice"},
        {"options": [{"id": "1", "name": "", "cost": "1"}] * 2},
        {"options": 7},
        {"quorum": 3},
    ],
)
def test_rules_nobody_knows_are_refused(change):
    rules = json.loads(published())["rules"]
    with pytest.raises(FileInvalid) as refused:
        read_ballots(text=published(rules={**rules, **change}))
    assert refused.value.problem == Problem.RULES_UNKNOWN


def test_a_judgement_is_published_with_its_rule_and_counts_again(recount):
    rules = Rules(
        kind=Kind.SATISFACTION, roll=9, judgement=JudgementRules(percent=60, answers_least=3)
    )
    ballots = [Ballot(f"k{n}", "SATISFIED" if n else "DISSATISFIED") for n in range(4)]
    text = write_ballots(title="晾衣架", rules=rules, ballots=ballots)
    assert read_ballots(text=text).rules == rules
    answer = recount(text)
    assert answer.exit_code == 0
    assert "Enough are satisfied." in answer.output
