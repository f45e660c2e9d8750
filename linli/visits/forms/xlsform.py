"""Read an XLSForm workbook: a declared part of the standard; anything else is refused by its row.

Understood in ``survey``: the types of `TYPES`, ``image`` once for all photos of a visit,
``begin_group`` and ``end_group`` (a group's label becomes a note, its ``relevant`` holds for what
is in it), ``required`` yes or no, ``relevant`` and ``constraint`` as simple comparisons, label,
hint and constraint_message in Chinese and English. ``choices`` has list_name, name and label;
``settings`` may have form_title. What asks for a list of persons or a diagnosis that is never kept
is refused, too. No Django.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from linli.language import never_kept
from linli.visits.forms import conditions
from linli.visits.forms.conditions import Condition, NotUnderstood

TYPES = ("text", "integer", "decimal", "date", "image", "note", "select_one", "select_multiple")
QUESTIONS_MOST = 200
CHOICES_MOST = 2_000

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,59}")
_ROW = re.compile(r"\[row\s*:\s*(\d+)\]")
_YES, _NO = {"yes", "true", "true()", "1", "是"}, {"", "no", "false", "false()", "0", "否"}
_WORDED = ("label", "hint", "constraint_message")
_SURVEY = {"type", "name", "required", "relevant", "constraint"}
_CHOICES = {"list_name", "list name", "name"}
_OPENS, _ENDS = {"begin_group", "begin group"}, {"end_group", "end group"}

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is refused: sheet, row (0 for the whole sheet), why as a code, and what stands there."""

    sheet: str
    row: int
    code: str
    said: str = ""


class XlsFormRefused(Exception):
    """The workbook holds what is not understood; every fault that was found."""

    def __init__(self, faults: Iterable[RowFault]) -> None:
        super().__init__()
        self.faults = tuple(faults)


def read(data: bytes) -> dict[str, Any]:
    """Return the definition that a workbook holds.

    :raises XlsFormRefused: when it is no XLSForm, or more than is understood.
    """
    # It brings a parser of its own and 20 MB; only an office that uploads a form pays for it.
    from pyxform.errors import PyXFormError
    from pyxform.xls2json import workbook_to_json
    from pyxform.xls2json_backends import get_xlsform

    try:
        book = get_xlsform(BytesIO(data), file_type=".xlsx")
    except Exception as error:  # Whatever its reader stumbles over: it is no workbook for us.
        raise XlsFormRefused([RowFault("survey", 0, "FILE")]) from error
    reading = _Reading()
    definition = reading.definition(
        survey=list(book.survey or ()),
        choices=list(book.choices or ()),
        settings=list(book.settings or ()),
    )
    if reading.faults:
        raise XlsFormRefused(reading.faults)
    try:
        workbook_to_json(get_xlsform(BytesIO(data), file_type=".xlsx"), form_name="visit")
    except PyXFormError as error:
        found = _ROW.search(str(error))
        fault = RowFault("survey", int(found[1]) if found else 0, "STANDARD", str(error)[:300])
        raise XlsFormRefused([fault]) from error
    return definition


class _Reading:
    """One workbook being read; faults are gathered, so that all are told at once."""

    def __init__(self) -> None:
        self.faults: list[RowFault] = []
        self._names: set[str] = set()
        self._asks_photos = False
        self._groups: list[Condition | None] = []

    def definition(
        self, *, survey: list[Row], choices: list[Row], settings: list[Row]
    ) -> dict[str, Any]:
        """Return the definition; what is refused stands in `faults`."""
        if not any(survey):
            self._refuse("survey", 0, "EMPTY")
        if len(survey) > QUESTIONS_MOST or len(choices) > CHOICES_MOST:
            self._refuse("survey", 0, "MANY", str(QUESTIONS_MOST))
            return {}
        lists = self._lists(choices)
        questions: list[dict[str, Any]] = []
        for number, row in enumerate(survey, start=2):
            if row:
                questions += self._question(number, row, lists)
        if self._groups:
            self._refuse("survey", len(survey) + 1, "GROUP")
        titles = [row["form_title"] for row in settings if row.get("form_title")]
        for number, row in enumerate(settings, start=2):
            if never_kept.name_never_kept_in(name=row.get("form_title", "")):
                self._refuse("settings", number, "NEVER", row["form_title"])
        return {"name": {"zh": titles[0]} if titles else {}, "questions": questions}

    def _lists(self, rows: list[Row]) -> dict[str, list[dict[str, Any]]]:
        lists: dict[str, list[dict[str, Any]]] = {}
        for number, row in enumerate(rows, start=2):
            if not row:
                continue
            self._columns("choices", number, row, _CHOICES, ("label",))
            name = row.get("list_name") or row.get("list name") or ""
            code, label = row.get("name", ""), _worded(row, "label")
            self._must_be_asked("choices", number, label)
            known = lists.setdefault(name, [])
            if not name or not code:
                self._refuse("choices", number, "NAME", code)
            elif any(one["name"] == code for one in known):
                self._refuse("choices", number, "TWICE", code)
            elif not label:
                self._refuse("choices", number, "LABEL", code)
            else:
                known.append({"name": code, "label": label})
        return lists

    def _question(
        self, number: int, row: Row, lists: Mapping[str, list[dict[str, Any]]]
    ) -> list[dict[str, Any]]:
        """Return the question of a row; none for the ends of groups and for what is refused."""
        self._columns("survey", number, row, _SURVEY, _WORDED)
        kind, _space, of = row.get("type", "").strip().partition(" ")
        whole = row.get("type", "").strip().lower()
        label = _worded(row, "label")
        if whole in _ENDS:
            if self._groups:
                self._groups.pop()
            else:
                self._refuse("survey", number, "GROUP")
            return []
        relevant = self._condition(number, row.get("relevant", ""))
        is_note = whole in _OPENS or kind == "note"
        self._must_be_asked("survey", number, label, is_note=is_note)
        self._must_be_asked("survey", number, _worded(row, "hint"), is_note=True)
        if whole in _OPENS:
            self._groups.append(relevant)
            note = self._all(None)
            return [_plain(f"group_{number}", "note", label, note)] if label else []
        if kind not in TYPES:
            self._refuse("survey", number, "TYPE", row.get("type", ""))
            return []
        if kind == "image":
            if self._asks_photos:
                self._refuse("survey", number, "PHOTOS")
            self._asks_photos = True
        name = row.get("name", "")
        if not _NAME.fullmatch(name):
            self._refuse("survey", number, "NAME", name)
        elif name in self._names:
            self._refuse("survey", number, "TWICE", name)
        if not label:
            self._refuse("survey", number, "LABEL", name)
        question = _plain(name, kind, label, self._all(relevant))
        self._names.add(name)
        if hint := _worded(row, "hint"):
            question["hint"] = hint
        question["required"] = self._required(number, row.get("required", ""))
        if (constraint := self._condition(number, row.get("constraint", ""))) is not None:
            question["constraint"] = constraint
            if message := _worded(row, "constraint_message"):
                question["constraint_message"] = message
        if kind.startswith("select_"):
            question["choices"] = lists.get(of.strip(), [])
            if not question["choices"]:
                self._refuse("survey", number, "LIST", of)
        return [question]

    def _must_be_asked(
        self, sheet: str, number: int, said: Mapping[str, str], *, is_note: bool = False
    ) -> None:
        """Refuse words that ask for what is never kept."""
        forbids = never_kept.note_never_kept_in if is_note else never_kept.question_never_kept_in
        text = next((one for one in said.values() if forbids(text=one)), "")
        if text:
            self._refuse(sheet, number, "NEVER", text)

    def _columns(
        self, sheet: str, number: int, row: Row, plain: set[str], worded: tuple[str, ...]
    ) -> None:
        """Refuse what stands in a column that would be lost."""
        for column in row:
            base, colons, language = column.partition("::")
            is_worded = base.strip() in worded and (not colons or _language(language))
            if column.strip() not in plain and not is_worded:
                self._refuse(sheet, number, "COLUMN", column)

    def _required(self, number: int, text: str) -> bool:
        said = text.strip().lower()
        if said not in _YES | _NO:
            self._refuse("survey", number, "REQUIRED", text)
        return said in _YES

    def _condition(self, number: int, text: str) -> Condition | None:
        if not text.strip():
            return None
        try:
            condition = conditions.parse(text)
        except NotUnderstood:
            self._refuse("survey", number, "CONDITION", text)
            return None
        for name in sorted(conditions.names_in(condition) - self._names):
            self._refuse("survey", number, "UNKNOWN", name)
        return condition

    def _all(self, own: Condition | None) -> Condition | None:
        """Return what must hold for a question: its own condition and those of its groups."""
        held = [one for one in (*self._groups, own) if one is not None]
        return held[0] if len(held) == 1 else ["and", *held] if held else None

    def _refuse(self, sheet: str, row: int, code: str, said: str = "") -> None:
        self.faults.append(RowFault(sheet, row, code, said[:80]))


def _plain(
    name: str, kind: str, label: Mapping[str, str], relevant: Condition | None
) -> dict[str, Any]:
    question: dict[str, Any] = {"name": name, "type": kind, "label": label, "required": False}
    if relevant is not None:
        question["relevant"] = relevant
    return question


def _worded(row: Row, base: str) -> dict[str, str]:
    """Return a text of a row by language; a column without a language is Chinese."""
    found: dict[str, str] = {}
    for column, text in row.items():
        named, colons, language = column.partition("::")
        code = _language(language) if colons else "zh"
        if named.strip() == base and code and text.strip():
            found[code] = text.strip()
    return found


def _language(name: str) -> str:
    plain = name.strip().strip(":").lower()
    if "中文" in plain or "汉语" in plain or "zh" in plain or "chinese" in plain:
        return "zh"
    return "en" if "english" in plain or "英文" in plain or plain == "en" else ""
