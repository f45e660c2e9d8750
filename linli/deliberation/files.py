"""What may be wrong with a file that somebody checks us with: where, what, and which word."""

import csv
import io
from collections.abc import Iterator
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

    :raises FileInvalid: when a quotation mark is never closed.
    """
    # A cell may hold quotes and line ends; the csv module knows how they are written.
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield reader.line_num, cells
    except csv.Error as fault:
        line = reader.line_num
        raise FileInvalid(line=line, problem=Problem.NOT_A_TABLE, what="CSV") from fault
