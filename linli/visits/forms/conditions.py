"""Simple comparisons of XLSForm, read once and kept as plain JSON. No Django.

Understood: ``${age} >= 60``, ``. != 'no'``, ``selected(${needs}, 'meals')``, joined by ``and`` and
``or``; ``and`` binds closer. A condition becomes ``["or", a, b]``, ``["and", a, b]`` or
``[operator, question, value]``, where the question ``.`` is the one that is asked.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Condition = list[Any]

_TOKENS = re.compile(
    r"\s*(?:(?P<selected>selected\s*\(\s*(?P<of>\$\{[^}]+\}|\.)\s*,\s*(?P<what>'[^']*'|\"[^\"]*\")\s*\))"
    r"|(?P<name>\$\{[^}]+\}|\.(?!\d))|(?P<operator>!=|<=|>=|=|<|>)"
    r"|(?P<value>'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?)|(?P<word>and|or)\b)"
)


class NotUnderstood(ValueError):
    """The condition is no simple comparison."""


def parse(text: str) -> Condition:
    """Read a condition.

    :raises NotUnderstood: when it is more than simple comparisons.
    """
    tokens = _tokens(text)
    condition, rest = _any_of(tokens)
    if rest:
        raise NotUnderstood(text)
    return condition


def names_in(condition: Condition) -> set[str]:
    """Return the questions that a condition asks about."""
    if condition[0] in ("and", "or"):
        return set().union(*(names_in(part) for part in condition[1:]))
    return {condition[1]} - {"."}


def holds(condition: Condition, *, answers: Mapping[str, Any], this: str) -> bool:
    """Tell whether a condition holds for these answers; an empty one compares as an empty text."""
    kind = condition[0]
    if kind == "and":
        return all(holds(part, answers=answers, this=this) for part in condition[1:])
    if kind == "or":
        return any(holds(part, answers=answers, this=this) for part in condition[1:])
    name = this if condition[1] == "." else condition[1]
    given = answers.get(name, "")
    if kind == "selected":
        return condition[2] in given if isinstance(given, list) else condition[2] == given
    return _compare(kind, given, condition[2])


def _compare(operator: str, given: Any, wanted: Any) -> bool:
    left, right = _number(given), _number(wanted)
    if left is not None and right is not None:
        return _ordered(operator, left, right)
    if operator in ("=", "!="):
        return (str(given) == str(wanted)) is (operator == "=")
    if given == "" or (left is None) is not (right is None):
        return False  # Nothing was said, so it is neither more nor less.
    return _ordered(operator, str(given), str(wanted))  # dates, as 2026-03-04


def _ordered(operator: str, left: Any, right: Any) -> bool:
    match operator:
        case "=":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
    return bool(left >= right)


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _tokens(text: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    at, plain = 0, text.strip()
    while at < len(plain):
        token = _TOKENS.match(plain, at)
        if token is None:
            raise NotUnderstood(text)
        if token["selected"]:
            found.append(("test", ["selected", _name(token["of"]), token["what"][1:-1]]))
        elif token["name"]:
            found.append(("name", _name(token["name"])))
        elif token["operator"]:
            found.append(("operator", token["operator"]))
        elif token["word"]:
            found.append(("word", token["word"]))
        else:
            found.append(("value", token["value"].strip("'\"")))
        at = token.end()
    return found


def _name(text: str) -> str:
    return text if text == "." else text[2:-1].strip()


def _any_of(tokens: list[tuple[str, Any]]) -> tuple[Condition, list[tuple[str, Any]]]:
    return _joined(tokens, "or", _all_of)


def _all_of(tokens: list[tuple[str, Any]]) -> tuple[Condition, list[tuple[str, Any]]]:
    return _joined(tokens, "and", _one)


def _joined(
    tokens: list[tuple[str, Any]],
    word: str,
    read: Callable[[list[tuple[str, Any]]], tuple[Condition, list[tuple[str, Any]]]],
) -> tuple[Condition, list[tuple[str, Any]]]:
    first, rest = read(tokens)
    parts = [first]
    while rest and rest[0] == ("word", word):
        part, rest = read(rest[1:])
        parts.append(part)
    return (parts[0] if len(parts) == 1 else [word, *parts]), rest


def _one(tokens: list[tuple[str, Any]]) -> tuple[Condition, list[tuple[str, Any]]]:
    if tokens and tokens[0][0] == "test":
        return tokens[0][1], tokens[1:]
    kinds = [kind for kind, _said in tokens[:3]]
    if kinds != ["name", "operator", "value"]:
        raise NotUnderstood(" ".join(str(said) for _kind, said in tokens))
    (_n, name), (_o, operator), (_v, value) = tokens[:3]
    return [operator, name, value], tokens[3:]
