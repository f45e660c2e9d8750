"""Votes on a budget in Pabulib's file format (.pb): read and write it. A pure module.

A file has three sections, META, PROJECTS and VOTES, each with a line of headings; cells are parted
by semicolons. Source: http://pabulib.org/format; the keys needed are those it calls mandatory.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from linli.deliberation.files import FileInvalid, Problem, fitted, table_rows

APPROVAL = "approval"
_SECTIONS = ("META", "PROJECTS", "VOTES")
_DIGITS_MOST = 30
_APPROVALS = frozenset({APPROVAL, "choose-1"})


@dataclass(frozen=True, slots=True)
class Project:
    """Something that can be paid for; `cost` is in the budget's currency."""

    id: str
    cost: Fraction
    name: str = ""


@dataclass(frozen=True, slots=True)
class Election:
    """A budget, what it can be spent on, and by voter the ids of the projects approved."""

    budget: Fraction
    projects: tuple[Project, ...]
    votes: Mapping[str, tuple[str, ...]]
    meta: Mapping[str, str] = field(default_factory=dict)


def read_pabulib(*, text: str) -> Election:
    """Return the election that a .pb file tells of.

    :raises FileInvalid: with the line; only approval votes can be counted.
    """
    tables = _tables(text)
    meta: dict[str, str] = {}
    for line, row in tables["META"].rows:
        key, value = row[0].lower(), [*row, ""][1]
        if key in meta:
            raise FileInvalid(line=line, problem=Problem.TWICE, what="key", value=key)
        meta[key] = value
    kind = meta.get("vote_type", APPROVAL).strip().lower()
    if kind not in _APPROVALS:
        raise FileInvalid(line=0, problem=Problem.KIND_UNKNOWN, what="vote_type", value=kind)
    if "budget" not in meta:
        raise FileInvalid(line=0, problem=Problem.KEY_MISSING, what="budget")
    budget = _amount(meta["budget"], line=0, of="budget")
    projects = _projects(tables["PROJECTS"])
    most = 1 if kind == "choose-1" else len(projects)
    votes = _votes(tables["VOTES"], known={one.id for one in projects}, most=most)
    return Election(budget=budget, projects=projects, votes=votes, meta=meta)


def write_pabulib(*, election: Election) -> str:
    """Return the text of a .pb file that says the same."""
    into = io.StringIO()
    rows = csv.writer(into, delimiter=";", lineterminator="\n")
    meta = {
        "description": "",
        **election.meta,
        "num_projects": str(len(election.projects)),
        "num_votes": str(len(election.votes)),
        "budget": _written(election.budget),
        "vote_type": APPROVAL,
    }
    rows.writerows([("META",), ("key", "value"), *meta.items()])
    count: dict[str, int] = {}
    for chosen in election.votes.values():
        for project in chosen:
            count[project] = count.get(project, 0) + 1
    rows.writerows([("PROJECTS",), ("project_id", "cost", "votes", "name")])
    for one in election.projects:
        name = " ".join(one.name.split())  # a cell ends with its line
        rows.writerow((one.id, _written(one.cost), count.get(one.id, 0), name))
    rows.writerows([("VOTES",), ("voter_id", "vote")])
    rows.writerows((voter, ",".join(chosen)) for voter, chosen in election.votes.items())
    return into.getvalue()


@dataclass(slots=True)
class _Table:
    """A section: its headings and its rows, each with the line it stands in."""

    headings: Sequence[str] = ()
    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    def fitted(self, *places: int) -> Iterable[tuple[int, list[str]]]:
        needed = max(places) + 1
        return (
            (line, fitted(line=line, cells=row, headings=self.headings, needed=needed))
            for line, row in self.rows
        )

    def place_of(self, heading: str, *, section: str) -> int:
        if heading not in self.headings:
            raise FileInvalid(line=0, problem=Problem.COLUMN_MISSING, what=heading, value=section)
        if self.headings.count(heading) > 1:
            raise FileInvalid(line=0, problem=Problem.TWICE, what=section, value=heading)
        return self.headings.index(heading)


def _tables(text: str) -> dict[str, _Table]:
    tables: dict[str, _Table] = {}
    current: _Table | None = None
    wants_headings = False
    for line, cells in table_rows(text=text, delimiter=";"):
        if cells[0].upper() in _SECTIONS and not any(cells[1:]):
            if cells[0].upper() in tables:
                raise FileInvalid(
                    line=line, problem=Problem.TWICE, what="section", value=cells[0].upper()
                )
            current = tables[cells[0].upper()] = _Table()
            wants_headings = True
        elif current is None:
            raise FileInvalid(line=line, problem=Problem.SECTION_MISSING, what="META")
        elif wants_headings:
            current.headings = [cell.lower() for cell in cells]
            wants_headings = False
        else:
            current.rows.append((line, cells))
    for section in _SECTIONS:
        if section not in tables:
            raise FileInvalid(line=0, problem=Problem.SECTION_MISSING, what=section)
    return tables


def _projects(table: _Table) -> tuple[Project, ...]:
    key = table.place_of("project_id", section="PROJECTS")
    cost = table.place_of("cost", section="PROJECTS")
    name = table.headings.index("name") if "name" in table.headings else None
    found: dict[str, Project] = {}
    for line, row in table.fitted(key, cost):
        if not row[key] or row[key] in found:
            problem = Problem.TWICE if row[key] else Problem.EMPTY
            raise FileInvalid(line=line, problem=problem, what="project_id", value=row[key])
        amount = _amount(row[cost], line=line, of="cost")
        found[row[key]] = Project(row[key], amount, row[name] if name is not None else "")
    return tuple(found.values())


def _votes(table: _Table, *, known: set[str], most: int) -> dict[str, tuple[str, ...]]:
    key = table.place_of("voter_id", section="VOTES")
    vote = table.place_of("vote", section="VOTES")
    votes: dict[str, tuple[str, ...]] = {}
    for line, row in table.fitted(key, vote):
        chosen = tuple(dict.fromkeys(one.strip() for one in row[vote].split(",") if one.strip()))
        if row[key] in votes:
            raise FileInvalid(line=line, problem=Problem.TWICE, what="voter_id", value=row[key])
        if strange := [one for one in chosen if one not in known]:
            raise FileInvalid(line=line, problem=Problem.UNKNOWN, what="vote", value=strange[0])
        if len(chosen) > most:
            problem = Problem.NOT_ON_PAPER
            raise FileInvalid(line=line, problem=problem, what="vote", value=row[vote])
        votes[row[key]] = chosen
    return votes


def _amount(text: str, *, line: int, of: str) -> Fraction:
    # Poland writes 100000,50.
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    try:
        said = Decimal(plain.strip())
        amount = Fraction(said) if abs(said.adjusted()) <= _DIGITS_MOST else Fraction(-1)
    except (InvalidOperation, ValueError, OverflowError):
        amount = Fraction(-1)
    if amount < 0:
        raise FileInvalid(line=line, problem=Problem.NOT_AN_AMOUNT, what=of, value=text)
    return amount


def _written(amount: Fraction) -> str:
    """Return an amount of money; what came from a file or a form always ends after some digits."""
    return str(amount.numerator) if amount.denominator == 1 else str(float(amount))
