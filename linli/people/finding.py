"""What a resident is found by: keyed digests of name and numbers, and the plain words of the door.

A stolen index tells nobody's name: its terms are HMACs under the installation's key. Whoever holds
the key asks with the same digests. Decision: docs/decisions/0021-a-roster-under-seal.md
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import product

from django.conf import settings

from linli.core import crypto
from linli.core.search import Asked
from linli.language.normal import normalise
from linli.language.pinyin import initials_of_spelling, readings
from linli.language.terms import PREFIX_LENGTH_MIN, Term, index_terms, search_terms

PLACES: Mapping[str, str] = {
    "community_id": "community",
    "large_grid_id": "large",
    "grid_id": "grid",
    "micro_grid_id": "micro",
    "building_id": "building",
}
"""The columns of a resident by which the index narrows a search, and their words in it."""

LAST_DIGITS = 4

_FIELD = "people_search.term"
_READINGS_MOST = 4
_LATIN_MOST = 12


def scope_of(*, column: str, key: int) -> str:
    """Return the term that all residents of one place have."""
    return f"@{PLACES[column]}-{key}"


def terms_of(
    *,
    name: str,
    id_number: str,
    phone: str,
    address: str,
    places: Mapping[str, int | None],
) -> frozenset[str]:
    """Return the terms of one resident."""
    scopes = (
        scope_of(column=column, key=key)
        for column in PLACES
        if (key := places.get(column)) is not None
    )
    key_now = settings.DIGEST_KEY  # Asked once: it is looked up at each use.
    said = [
        *(f"name:{part}" for part in _parts_of_name(name)),
        *(f"initials:{letters}" for letters in _initials_of(name)),
        *(f"last:{number[-LAST_DIGITS:]}" for number in (id_number, phone) if number),
    ]
    return frozenset(
        {
            *(_digested(key_now, one) for one in said),
            *_address_terms(address),
            *scopes,
        }
    )


def asked_by(*, text: str, scopes: Iterable[str]) -> Asked | None:
    """Return what a search asks the index for, or None when it asks for nothing.

    Each word is a part of a name, the initials of one, the last four of a number, or a part of
    the address; every word must be found. `scopes` are the places that are looked through.
    """
    terms: list[Term] = []
    either: list[tuple[str, ...]] = []
    for word in normalise(text=text).lower().split():
        for term in search_terms(text=word):
            keyed = _asked_as_person(term.text)
            if keyed:
                either.append((term.text, *keyed))
            elif len(term.text) > 1:
                terms.append(term)
    if not terms and not either:
        return None
    return Asked(terms=tuple(terms), scopes=(*either, tuple(scopes)))


def _asked_as_person(term: str) -> tuple[str, ...]:
    """Return the digests under which a term would be a part of a name, initials or last digits."""
    if len(term) == LAST_DIGITS and term[:-1].isdigit() and (term[-1].isdigit() or term[-1] == "x"):
        return (_keyed("last", term.upper()),)
    if len(term) < 2 or any(character.isdigit() for character in term):
        return ()
    if term.isascii():
        spelt = (_keyed("initials", letters) for letters in initials_of_spelling(text=term))
        return (_keyed("initials", term), _keyed("name", term), *spelt)
    return (_keyed("name", term),) if len(term) == 2 else ()


def _parts_of_name(name: str) -> set[str]:
    """Return what a name is asked by: pairs of characters, Latin words and how they begin."""
    parts: set[str] = set()
    for word in normalise(text=name).lower().replace("·", " ").split():
        if word.isascii():
            lengths = range(PREFIX_LENGTH_MIN, min(len(word), _LATIN_MOST))
            parts |= {word[:_LATIN_MOST], *(word[:length] for length in lengths)}
        else:
            parts |= {word[index : index + 2] for index in range(len(word) - 1)} or {word}
    return parts


def _initials_of(name: str) -> set[str]:
    """Return how the initials of a name begin, in every reading: 单爽 is ss and ds."""
    plain = normalise(text=name)
    if plain.isascii():
        return set()
    letters = [sorted(known) for character in plain if (known := readings(character=character))]
    ways = ["".join(way) for way in _first(product(*letters), _READINGS_MOST)]
    return {way[:length] for way in ways for length in range(2, len(way) + 1)}


def _first(ways: Iterable[tuple[str, ...]], most: int) -> Iterable[tuple[str, ...]]:
    return (way for way, _ in zip(ways, range(most), strict=False))


@lru_cache(maxsize=4_096)
def _address_terms(address: str) -> frozenset[str]:
    """Return the plain terms of an address; neighbours share one."""
    return index_terms(text=address)


def _keyed(kind: str, value: str) -> str:
    """Return a term that says nothing without the key; sixteen digits of it are apart enough."""
    return _digested(settings.DIGEST_KEY, f"{kind}:{value}")


@lru_cache(maxsize=65_536)
def _digested(_key: bytes, value: str) -> str:
    """Return a term under this key; pairs of characters and initials come again and again."""
    return crypto.digest(value=value, field=_FIELD)[:16]
