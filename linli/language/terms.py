"""Chinese text as the terms that a search index holds, and a search as the terms it asks for."""

import re
from dataclasses import dataclass

from linli.language.bigrams import CJK
from linli.language.normal import normalise

TERM_LENGTH_MAX = 40
"""Longer words are cut, in the index and in the search alike."""

PREFIX_LENGTH_MIN = 3
"""From how many characters on a number or a Latin word finds what begins with it."""

_RUN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
_IS_CJK = re.compile(rf"[{CJK}]")
_GAP_IN_CHINESE = re.compile(rf"(?<=[{CJK}])\s+|\s+(?=[{CJK}])")
_DASHED_NUMBER = re.compile(r"(?<![\w-])[0-9]+(?:-[0-9]+)+(?![\w-])")


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a search asks for; with `is_prefix` everything that begins with it."""

    text: str
    is_prefix: bool = False


def index_terms(*, text: str) -> frozenset[str]:
    """Return the terms under which `text` is found.

    A run of Chinese characters gives its pairs of neighbours; one on its own stays alone. Latin
    words and numbers are whole. Where Chinese meets a number or a word, the two at the border are
    a term as well, so that “3幢” is that building and not any 3 and any 幢. “2026-123” is also
    one term. Blanks inside Chinese say nothing: lines break in the middle of words.
    """
    plain = normalise(text=text).lower()
    terms = {number[:TERM_LENGTH_MAX] for number in _DASHED_NUMBER.findall(plain)}
    plain = _GAP_IN_CHINESE.sub("", plain)
    runs = [(match[0], match.start(), match.end()) for match in _RUN.finditer(plain)]
    for place, (run, _start, end) in enumerate(runs):
        terms.update(_terms_of(run))
        if place + 1 < len(runs) and runs[place + 1][1] == end:
            terms.add(_border(run, runs[place + 1][0]))
    return frozenset(terms)


def search_terms(*, text: str) -> tuple[Term, ...]:
    """Return what a search asks for, every term of it; empty when it is too short to ask anything.

    A Chinese character on its own asks for nothing, for the index holds pairs. A number or word
    that is not the part of a longer one finds what begins with it, from three characters on.
    Every text is found by each part of it that has two Chinese characters in a row, or that cuts
    no number and no word.
    """
    asked: dict[Term, None] = {}
    for word in normalise(text=text).lower().split():
        if _DASHED_NUMBER.fullmatch(word):
            asked[Term(word[:TERM_LENGTH_MAX])] = None
            continue
        asked |= dict.fromkeys(_asked_by(word))
    return tuple(asked)


def _asked_by(word: str) -> list[Term]:
    asked = []
    runs = [(match[0], match.start(), match.end()) for match in _RUN.finditer(word)]
    for place, (run, start, end) in enumerate(runs):
        after = runs[place + 1][0] if place + 1 < len(runs) and runs[place + 1][1] == end else ""
        touches = bool(after) or (place > 0 and runs[place - 1][2] == start)
        if after:
            asked.append(Term(_border(run, after)))
        if _IS_CJK.match(run):
            asked += [Term(pair) for pair in _terms_of(run) if len(pair) > 1]
        elif not touches:
            asked.append(Term(run[:TERM_LENGTH_MAX], is_prefix=len(run) >= PREFIX_LENGTH_MIN))
    return asked


def _terms_of(run: str) -> list[str]:
    if _IS_CJK.match(run) and len(run) > 1:
        return [run[index : index + 2] for index in range(len(run) - 1)]
    return [run[:TERM_LENGTH_MAX]]


def _border(left: str, right: str) -> str:
    """Return the term of a border: the whole word or number, and the character it touches."""
    if _IS_CJK.match(left):
        return left[-1] + right[:TERM_LENGTH_MAX]
    return left[:TERM_LENGTH_MAX] + right[0]
