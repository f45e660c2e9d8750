"""What anyone can compute from files: the opinion map, and a budget by equal shares."""

import csv
import io
from random import Random

import numpy as np

from bench.measuring import Figure, compare, figure_of
from bench.world import World
from linli.deliberation import budget, opinion_map
from linli.deliberation.pabulib import read_pabulib
from linli.deliberation.votes_file import read_statements, read_votes

_PEOPLE, _STATEMENTS, _ANSWERED = 2_000, 1_000, 0.1
_VOTERS, _PROJECTS, _BUDGET = 2_500, 25, 1_000_000


def opinions(world: World) -> list[Figure]:
    """Measure the map of 2,000 people × 1,000 statements from its files, beside the widest axes."""
    people, statements = world.times(_PEOPLE), world.times(_STATEMENTS)
    chance = np.random.default_rng(7)
    group = chance.integers(3, size=people)
    likely = chance.choice([0.1, 0.5, 0.9], size=(3, statements))
    agrees = chance.random((people, statements)) < likely[group]
    is_answered = chance.random((people, statements)) < _ANSWERED
    votes = "participant,statement,vote,time\n" + "".join(
        f"p{row},s{column},{1 if agrees[row, column] else -1},{row}\n"
        for row, column in np.argwhere(is_answered)
    )
    marks = "statement,moderated\n" + "".join(f"s{column},0\n" for column in range(statements))

    def draw() -> object:
        read = read_votes(text=votes, statements=read_statements(text=marks))
        return opinion_map.draw(answers=read.answers, moderated_out=read.moderated_out, seed=1)

    def floor() -> object:
        list(csv.reader(io.StringIO(votes)))
        table = np.where(is_answered, np.where(agrees, 1.0, -1.0), 0.0)
        return np.linalg.eigh(table.T @ table)

    return [
        figure_of(
            f"opinion map, {people:,} people × {statements:,} statements",
            compare(measure=draw, floor=floor, rounds=3, times=1, warm=1),
            floor_is="opinions: the csv module reads the votes, numpy finds the axes",
            wanted="≤ 10,000 ms",
        )
    ]


def shares(world: World) -> list[Figure]:
    """Measure equal shares of 25 projects × 2,500 votes, completed, beside reading the file."""
    voters, random = world.times(_VOTERS), Random(7)
    costs = [random.randint(200, 2_500) * 100 for _ in range(_PROJECTS)]
    liked = [random.random() ** 2 for _ in costs]
    ballots = (set(random.choices(range(_PROJECTS), liked, k=8)) for _ in range(voters))
    lines = [
        *("META", "key;value", f"budget;{_BUDGET}", "vote_type;approval"),
        *("PROJECTS", "project_id;cost"),
        *(f"{project};{cost}" for project, cost in enumerate(costs)),
        *("VOTES", "voter_id;vote"),
        *(f"{voter};{','.join(map(str, sorted(chosen)))}" for voter, chosen in enumerate(ballots)),
    ]
    text = "\n".join(lines)
    return [
        figure_of(
            f"equal shares, {_PROJECTS} projects × {voters:,} votes, exact",
            compare(
                measure=lambda: budget.equal_shares(election=read_pabulib(text=text)),
                floor=lambda: list(csv.reader(io.StringIO(text), delimiter=";")),
                rounds=3,
                times=1,
                warm=1,
            ),
            floor_is="shares: the csv module reads the file",
            wanted="≤ 15,000 ms",
        )
    ]
