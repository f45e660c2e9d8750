"""What may be wrong with a file that somebody checks us with: where, what, and which word."""

import csv
from collections.abc import Iterator, Sequence
from enum import StrEnum


class Problem(StrEnum):
    """What is wrong; whoever shows it puts it into words."""

    NOT_A_TABLE = "NOT_A_TABLE"
    SECTION_MISSING = "SECTION_MISSING"
    COLUMN_MISSING = "COLUMN_MISSING"
    KEY_MISSING = "KEY_MISSING"
    KIND_UNKNOWN = "KIND_UNKNOWN"
    EMPTY = "EMPTY"
    TWICE = "TWICE"
    UNKNOWN = "UNKNOWN"
    NOT_AN_AMOUNT = "NOT_AN_AMOUNT"
    NOT_A_TIME = "NOT_A_TIME"
    NOT_JSON = "NOT_JSON"
    NOT_ON_PAPER = "NOT_ON_PAPER"
    RULES_UNKNOWN = "RULES_UNKNOWN"
    NOT_A_MARK = "NOT_A_MARK"


class FileInvalid(Exception):
    """A file that cannot be counted: nothing is guessed, since people's votes hang on it.

    `line` is counted from 1, 0 is the file as such; `what` is the column, section or key, `value`
    what stands there.
    """

    def __init__(self, *, line: int, problem: Problem, what: str, value: str = "") -> None:
        super().__init__(f"line {line}: {problem} {what} {value!r}")
        self.line = line
        self.problem = problem
        self.what = what
        self.value = value


def table_rows(*, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give each line that says something, with its number and its cells without blanks around them.

    A cell ends with its line: a quotation mark that nobody closed swallows no vote below it.

    :raises FileInvalid: when a cell is too long to be one.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        # Nearly no line holds a quotation mark, and the csv module costs a file of votes a third.
        is_plain = '"' not in line and len(line) < csv.field_size_limit()
        try:
            row = (
                line.split(delimiter)
                if is_plain
                else next(csv.reader([line], delimiter=delimiter), [])
            )
        except csv.Error as fault:
            problem = Problem.NOT_A_TABLE
            raise FileInvalid(line=number, problem=problem, what="CSV") from fault
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield number, cells


def fitted(*, line: int, cells: list[str], headings: Sequence[str], needed: int) -> list[str]:
    """Return the cells of a line, one for each heading; the first `needed` have to be there.

    :raises FileInvalid: when they do not fit the headings.
    """
    if len(cells) < needed or any(cells[len(headings) :]):
        raise FileInvalid(line=line, problem=Problem.NOT_A_TABLE, what="CSV")
    return cells + [""] * (len(headings) - len(cells))
