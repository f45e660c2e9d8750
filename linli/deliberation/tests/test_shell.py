"""Checking us from a terminal: what is printed, written and refused, without an installation."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from linli import cli

BUDGET = """META
key;value
budget;90
vote_type;approval
PROJECTS
project_id;cost;name
1;45;晾衣架
2;45;充电棚
3;30;长椅
4;1;没人要的
VOTES
voter_id;vote
""" + "".join(f"v{n};{'1,2' if n < 6 else '3'}\n" for n in range(9))


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vote.pb"
    path.write_text(BUDGET, encoding="utf-8")
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def test_the_winners_are_printed_one_a_line(file):
    assert run("budget", "count", file, "--completion", "none").output == "1\n3\n"
    assert run("budget", "count", file, "--rule", "greedy").output == "1\n2\n"


def test_every_project_has_its_reason(file):
    said = run("budget", "count", file, "--completion", "none", "--explain").output.splitlines()
    assert said == [
        "1 晾衣架 wins: each of its 6 supporters pays 7.50.",
        "3 长椅 wins: each of its 3 supporters pays 10.",
        "2 充电棚 does not win: it costs 45; its 6 supporters had 15 left in all.",
        "4 没人要的 does not win: nobody voted for it.",
    ]
    greedy = run("budget", "count", file, "--rule", "greedy", "--explain").output.splitlines()
    assert greedy[2] == "3 长椅 does not win: it costs 30; 0 were left."


def test_the_reasons_are_chinese_where_the_terminal_is(file, monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    said = run("budget", "count", file, "--completion", "none", "--explain").output
    assert said.splitlines()[0] == "1 晾衣架 入选：6 名支持者每人分摊 7.50。"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1;45;", "1;much;", "line 7: cost is no amount of money: “much”."),
        ("v0;1,2", "v0;1,9", "line 13: vote names “9”, which is not in the list."),
        (
            "vote_type;approval",
            "vote_type;ordinal",
            "vote_type is “ordinal”, which cannot be counted.",
        ),
        ("VOTES", "WAHL", "vote.pb: The section VOTES is missing."),
    ],
)
def test_a_file_that_cannot_be_counted_is_refused_with_its_place(file, old, new, said):
    file.write_text(BUDGET.replace(old, new), encoding="utf-8")
    answer = run("budget", "count", file)
    assert answer.exit_code == 2
    assert said in answer.output


def test_a_file_of_bytes_is_refused(file):
    file.write_bytes(b"\xff\xfe\x00META")
    answer = run("budget", "count", file)
    assert (answer.exit_code, "UTF-8" in answer.output) == (2, True)


def test_an_opinion_map_is_written_and_said(tmp_path):
    votes, statements = tmp_path / "votes.csv", tmp_path / "statements.csv"
    statements.write_text("statement,moderated\ns1,1\ns2,0\n", encoding="utf-8")
    lines = ["participant,statement,vote,time"]
    for number in range(20):
        mark = 1 if number < 12 else -1
        lines += [f"p{number},s1,{mark},1", f"p{number},s2,1,1"]
    votes.write_text("\n".join(lines), encoding="utf-8")
    wanted = ("opinion-map", votes, "--statements", statements, "--out", tmp_path / "out")
    answer = run(*wanted, "--seed", "3")
    assert answer.exit_code == 0, answer.output
    assert "20 of 20 people stand in 2 groups (seed 3)" in answer.output
    names = ("groups.csv", "consensus.csv", "representative.csv")
    first = [(tmp_path / "out" / name).read_text("utf-8") for name in names]
    assert first[0].splitlines()[:2] == ["participant,group", "p0,1"]
    assert run(*wanted, "--seed", "3", "--groups", "2").exit_code == 0
    assert [(tmp_path / "out" / name).read_text("utf-8") for name in names] == first
    there = tmp_path / "there"
    there.write_text("a file stands where the folder would be made")
    nowhere = run(*wanted[:-1], there / "out")
    assert (nowhere.exit_code, "Nothing can be written there." in nowhere.output) == (2, True)
    votes.write_text("\n".join(lines[:1]), encoding="utf-8")
    refused = run(*wanted)
    assert (refused.exit_code, "two people" in refused.output) == (2, True)
    statements.write_text("statement\ns1\n", encoding="utf-8")
    assert "statements.csv, line 1: The column moderated is missing." in run(*wanted).output


def test_nothing_of_an_installation_is_made(file, tmp_path, monkeypatch):
    monkeypatch.setenv("LINLI_HOME", str(tmp_path / "home"))
    assert run("budget", "count", file).exit_code == 0
    assert not (tmp_path / "home").exists()
