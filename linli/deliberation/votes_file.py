"""The two files of an opinion map: votes and statements in, groups and what they hold out."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import inf, isnan, nan
from operator import itemgetter

import numpy as np

from linli.deliberation.files import FileInvalid, Problem, fitted, table_rows
from linli.deliberation.opinion_map import AGREE, Numbers, OpinionMap

_VOTES = ("participant", "statement", "vote", "time")
_STATEMENTS = ("statement", "moderated")
_OUT = -1
_MILLISECONDS_FROM = 1e11  # in seconds that would be the year 5138


@dataclass(frozen=True, slots=True)
class Votes:
    """Who answered what: participants × statements, NaN where somebody did not answer."""

    participants: tuple[str, ...]
    statements: tuple[str, ...]
    answers: Numbers
    moderated_out: tuple[bool, ...]


def read_statements(*, text: str) -> dict[str, bool]:
    """Return by statement, in the file's order, whether it was moderated out.

    :raises FileInvalid: with the line.
    """
    out: dict[str, bool] = {}
    for line, (statement, moderated) in _rows(text, _STATEMENTS):
        if not statement or statement in out:
            problem = Problem.TWICE if statement else Problem.EMPTY
            raise FileInvalid(line=line, problem=problem, what="statement", value=statement)
        out[statement] = _mark(moderated or "0", line, "moderated") == _OUT
    return out


def read_votes(*, text: str, statements: Mapping[str, bool]) -> Votes:
    """Return who answered what; of two votes on one statement the later one counts.

    :raises FileInvalid: with the line.
    """
    place = {statement: at for at, statement in enumerate(statements)}
    people: dict[str, int] = {}
    cast: list[tuple[float, int, int, int]] = []
    for line, (person, statement, vote, time) in _rows(text, _VOTES):
        if not person:
            raise FileInvalid(line=line, problem=Problem.EMPTY, what="participant")
        if statement not in place:
            problem = Problem.UNKNOWN if statement else Problem.EMPTY
            raise FileInvalid(line=line, problem=problem, what="statement", value=statement)
        row = people.setdefault(person, len(people))
        cast.append((_moment(time, line), row, place[statement], _mark(vote, line, "vote")))
    answers = np.full((len(people), len(place)), np.nan)
    # Sorting keeps the order of the file where two votes have the same time.
    for _time, row, column, choice in sorted(cast, key=itemgetter(0)):
        answers[row, column] = choice
    return Votes(tuple(people), tuple(place), answers, tuple(statements.values()))


def written(*, votes: Votes, found: OpinionMap) -> dict[str, str]:
    """Return the text of each file by its name."""
    groups = zip(votes.participants, map(int, found.groups), strict=True)
    consensus = list(zip(votes.statements, map(float, found.consensus), strict=True))
    consensus.sort(key=itemgetter(1), reverse=True)
    held = (
        (
            one.group,
            votes.statements[one.statement],
            "agree" if one.direction == AGREE else "disagree",
            one.representativeness,
        )
        for one in found.held
    )
    return {
        "groups.csv": _table(("participant", "group"), ((who, at) for who, at in groups if at)),
        "consensus.csv": _table(("statement", "group_aware_consensus"), consensus),
        "representative.csv": _table(
            ("group", "statement", "direction", "representativeness"), held
        ),
    }


def _rows(text: str, columns: Sequence[str]) -> Iterable[tuple[int, list[str]]]:
    """Give each filled row's line and its cells in the order of `columns`."""
    lines = table_rows(text=text, delimiter=",")
    headings = [cell.lower() for _line, row in islice(lines, 1) for cell in row]
    for column in columns:
        if column not in headings:
            raise FileInvalid(line=1, problem=Problem.COLUMN_MISSING, what=column)
    places = [headings.index(column) for column in columns]
    for line, cells in lines:
        row = fitted(line=line, cells=cells, headings=headings, needed=max(places[:-1]) + 1)
        yield line, [row[place] for place in places]


def _mark(text: str, line: int, column: str) -> int:
    """Return 1, 0 or -1; programs write them as 1.0, too."""
    try:
        number = float(text)
    except ValueError:
        number = nan
    if number not in (-1, 0, 1):
        raise FileInvalid(line=line, problem=Problem.NOT_A_MARK, what=column, value=text)
    return int(number)


def _moment(text: str, line: int) -> float:
    """Return a time in seconds: a number, of milliseconds where it is long, or ISO's words."""
    if not text:
        return -inf
    try:
        moment = float(text)
    except ValueError:
        moment = nan
    if moment > _MILLISECONDS_FROM:
        moment /= 1000
    if isnan(moment):
        try:
            moment = datetime.fromisoformat(text).timestamp()
        except ValueError:
            problem = Problem.NOT_A_TIME
            raise FileInvalid(line=line, problem=problem, what="time", value=text) from None
    return moment


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    into = io.StringIO()
    table = csv.writer(into, lineterminator="\n")
    table.writerow(headings)
    table.writerows(rows)
    return into.getvalue()
