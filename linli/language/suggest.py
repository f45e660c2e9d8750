"""Suggest a category from the words in a report, and say which words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from linli.language.normal import normalise


@dataclass(frozen=True, slots=True)
class Candidate:
    """A category that may be suggested, with the words that speak for it."""

    key: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested category; `because` holds the candidate's words as found, in text order."""

    key: str
    score: int
    because: tuple[str, ...]


def suggest(
    *, text: str, candidates: Iterable[Candidate], limit: int = 3
) -> tuple[Suggestion, ...]:
    """Return at most `limit` candidates whose words occur in `text`, best first.

    Each different word found counts its length squared, so that one exact word outweighs several
    vague ones; a word found only inside a longer one of the same candidate does not count again.
    Ties keep the candidates' order. Latin words and numbers match whole, whatever their case.

    Source: own rule.
    """
    plain = normalise(text=text).lower()
    found = (_weigh(plain, candidate) for candidate in candidates)
    hits = [suggestion for suggestion in found if suggestion.score]
    return tuple(sorted(hits, key=lambda hit: -hit.score)[:limit])


def _weigh(plain: str, candidate: Candidate) -> Suggestion:
    taken = [False] * len(plain)
    places: dict[str, tuple[int, int]] = {}
    # Longest first, the candidate's order within a length: a longer word takes its place.
    for word in sorted(candidate.words, key=lambda word: -len(word)):
        sought = _plain_word(word)
        if not sought or sought not in plain:
            continue
        for start, end in _places(sought, plain):
            if any(taken[start:end]):
                continue
            taken[start:end] = [True] * (end - start)
            places.setdefault(word, (start, len(sought)))
    return Suggestion(
        key=candidate.key,
        score=sum(length**2 for _, length in places.values()),
        because=tuple(sorted(places, key=lambda word: places[word][0])),
    )


@lru_cache(maxsize=8192)
def _plain_word(word: str) -> str:
    return normalise(text=word).lower()


def _places(sought: str, plain: str) -> list[tuple[int, int]]:
    pattern = re.escape(sought)
    if sought.isascii():
        # "ac" is no part of "account"; Chinese has no such borders.
        pattern = rf"(?<![a-z0-9]){pattern}(?![a-z0-9])"
    return [match.span() for match in re.finditer(pattern, plain)]
