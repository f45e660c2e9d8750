"""What may be wrong with a file that somebody checks us with: where, what, and which word."""

from enum import StrEnum


class Problem(StrEnum):
    """What is wrong; whoever shows it puts it into words."""

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
