"""A form as plain JSON, and answers checked against it. No Django, no database.

``{"name": {zh, en}, "questions": [{name, type, label, hint?, required, choices?, relevant?,
constraint?, constraint_message?}]}``. What is `relevant`, and a `constraint`, is a condition; see
conditions.py.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from linli.language import never_kept
from linli.visits.forms import conditions

TYPES = frozenset(
    {"text", "integer", "decimal", "select_one", "select_multiple", "date", "image", "note"}
)
"""What can be asked. Photos are answered by the tokens of uploads; a form asks for them once."""

TEXT_LENGTH_MAX = 2_000

Definition = Mapping[str, Any]
Answers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an answer is none: MISSING, NUMBER, DATE, CHOICE, LONG or CONSTRAINT."""

    question: str
    code: str
    said: Mapping[str, str] | None = None  # the form's own words, by language


def digest_of(*, definition: Definition) -> str:
    """Return the SHA-256 of a definition, whatever the order of its keys."""
    plain = json.dumps(definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def words(*, of: Mapping[str, str] | None, language: str) -> str:
    """Return a label in a language, or in the other one where it has but that."""
    if not of:
        return ""
    wanted = "en" if language.startswith("en") else "zh"
    return of.get(wanted) or next((text for text in of.values() if text), "")


def never_kept_in(*, definition: Definition) -> str:
    """Return what in a form's title, questions or choices is never kept, or an empty text."""
    for text in (definition.get("name") or {}).values():
        if word := never_kept.name_never_kept_in(name=text):
            return word
    for one in definition["questions"]:
        is_note = one["type"] == "note"
        forbids = never_kept.note_never_kept_in if is_note else never_kept.question_never_kept_in
        labels = [one["label"], *(choice["label"] for choice in one.get("choices", ()))]
        for text in (text for label in labels for text in label.values()):
            if word := forbids(text=text):
                return word
    return ""


def asked(*, definition: Definition) -> list[Mapping[str, Any]]:
    """Return the questions that have an answer, in order."""
    return [one for one in definition["questions"] if one["type"] != "note"]


def photo_question(*, definition: Definition) -> Mapping[str, Any] | None:
    """Return the question that asks for photos, or None."""
    rows = (one for one in definition["questions"] if one["type"] == "image")
    return next(rows, None)


def check(*, definition: Definition, given: Mapping[str, Any]) -> tuple[Answers, list[Fault]]:
    """Return the answers in one shape, and what is wrong with them.

    `given` holds texts, and a list of texts for ``select_multiple`` and ``image``. What is not
    relevant is left out, whatever was sent; so is what was not answered.
    """
    answers: Answers = {}
    faults: list[Fault] = []
    for question in asked(definition=definition):
        name = question["name"]
        if not _holds(question.get("relevant"), answers, name):
            continue
        value, code = _value(question, given.get(name))
        if code:
            faults.append(Fault(name, code))
        elif value is None:
            if question.get("required"):
                faults.append(Fault(name, "MISSING"))
        else:
            answers[name] = value
            if not _holds(question.get("constraint"), answers, name):
                faults.append(Fault(name, "CONSTRAINT", question.get("constraint_message")))
    return answers, faults


def shown(
    *, definition: Definition, answers: Mapping[str, Any], language: str
) -> list[tuple[str, str]]:
    """Return questions and answers as one reads them."""
    lines = []
    for question in asked(definition=definition):
        value = answers.get(question["name"])
        if value is None or question["type"] == "image":
            continue  # Photos are shown as such.
        names = {
            one["name"]: words(of=one["label"], language=language)
            for one in question.get("choices", ())
        }
        parts = value if isinstance(value, list) else [value]
        said = "、".join(names.get(str(part), str(part)) for part in parts)
        lines.append((words(of=question["label"], language=language), said))
    return lines


def _holds(condition: Any, answers: Answers, name: str) -> bool:
    return condition is None or conditions.holds(condition, answers=answers, this=name)


def _value(question: Mapping[str, Any], given: Any) -> tuple[Any, str]:
    """Return an answer in its shape and an empty code, or None and what is wrong."""
    kind = question["type"]
    if kind == "select_multiple":
        chosen = [part for part in _list_of(given) if part]
        known = {one["name"] for one in question["choices"]}
        return (chosen or None, "") if set(chosen) <= known else (None, "CHOICE")
    if kind == "image":
        return _photos(_list_of(given))
    text = "" if given is None else str(given).strip()
    if not text:
        return None, ""
    match kind:
        case "integer":
            return _integer(text)
        case "decimal":
            return _decimal(text)
        case "date":
            return _date(text)
        case "select_one":
            known = {one["name"] for one in question["choices"]}
            return (text, "") if text in known else (None, "CHOICE")
        case _:
            return (text, "") if len(text) <= TEXT_LENGTH_MAX else (None, "LONG")


def _list_of(given: Any) -> Sequence[str]:
    if given is None:
        return ()
    return [given] if isinstance(given, str) else [str(part) for part in given]


def _photos(tokens: Sequence[str]) -> tuple[Any, str]:
    try:
        return [str(UUID(one)) for one in tokens if one] or None, ""
    except ValueError:
        return None, "CHOICE"


def _integer(text: str) -> tuple[Any, str]:
    is_whole = text.lstrip("-").isdecimal() and text.count("-") <= 1 and len(text) <= 12
    return (int(text), "") if is_whole else (None, "NUMBER")


def _decimal(text: str) -> tuple[Any, str]:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None, "NUMBER"
    is_usable = number.is_finite() and len(text) <= 20
    return (str(number), "") if is_usable else (None, "NUMBER")


def _date(text: str) -> tuple[Any, str]:
    try:
        return date.fromisoformat(text).isoformat(), ""
    except ValueError:
        return None, "DATE"
