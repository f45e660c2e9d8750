"""A community's own words in a register's columns: its grids, units, kinds and people."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from linli.language.normal import normalise, tidy
from linli.people.books.planning import Planned
from linli.people.books.registers import Register
from linli.people.personal import LabelNeverKept, plain_label
from linli.territory.models import Area, Level

BETWEEN = re.compile(r"[、,，;；\n\r]+")
"""What stands between several words of one cell."""


def in_words(*, register: Register, words: Mapping[str, Mapping[str, Sequence[str]]]) -> Register:
    """Return a register whose columns offer these: by column, the words of each code.

    The first word of a code is the one that is written. A word of two codes means neither, but for
    a first one.
    """
    columns = tuple(
        replace(one, words=_by_word(words[one.key])) if one.key in words else one
        for one in register.columns
    )
    return replace(register, columns=columns)


def words_of_grids(*, community_id: int) -> dict[str, list[str]]:
    """Return how the grids of a community are called, by key."""
    grids = Area.objects.filter(community_id=community_id, level=Level.GRID, ended_at=None)
    rows = grids.order_by("code").values_list("id", "name", "code")
    return {str(key): [name, code, *_shorter(name)] for key, name, code in rows}


def keep_as_written(row: Planned, *, columns: Sequence[str]) -> None:
    """Let a row say these texts with the punctuation that stands in the cell: people read them."""
    for column in columns:
        cell = row.line.cells.get(column)
        if row.said.get(column) and isinstance(cell, str):
            row.said[column] = " ".join(tidy(text=cell).split())


def check_employer(row: Planned) -> None:
    """Refuse a list of persons or an illness in the place of an employer."""
    try:
        plain_label(text=str(row.said.get("employer") or ""))
    except LabelNeverKept as refused:
        row.wrong(column="employer", sentence=str(refused))


def check_many(row: Planned, *, column: str, known: Mapping[str, int]) -> None:
    """Bring a cell of several names into one shape; a name that nobody knows is wrong."""
    if not row.said.get(column):
        return
    plain = {normalise(text=name).replace(" ", ""): name for name in known}
    found = []
    for part in BETWEEN.split(row.said[column]):
        word = normalise(text=part).replace(" ", "")
        if word in plain:
            found.append(plain[word])
        elif word:
            offered = "、".join(known) or "—"
            sentence = _("“%(word)s” is none of: %(words)s.") % {"word": word, "words": offered}
            row.wrong(column=column, sentence=sentence)
    row.said[column] = joined(found, known=known)


def joined(names: Collection[str], *, known: Mapping[str, int]) -> str:
    """Return names in their own order, as `check_many` writes them."""
    return "、".join(name for name in known if name in names)


def keys_of(text: str, *, known: Mapping[str, int]) -> list[int]:
    """Return the keys of the names that `check_many` left in a cell and that still stand."""
    return [known[name] for name in text.split("、") if name in known]


def _by_word(codes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    plain = {
        code: list(dict.fromkeys(normalise(text=word).replace(" ", "") for word in said))
        for code, said in codes.items()
    }
    shared = Counter(word for said in plain.values() for word in said)
    first = {said[0]: code for code, said in plain.items() if said}
    further = {
        word: code
        for code, said in plain.items()
        for word in said[1:]
        if shared[word] == 1 and word not in first
    }
    return first | further


def _shorter(name: str) -> list[str]:
    """Return 1网格 and 第1网格 for 第一网格, and the other way round."""
    names = []
    if match := re.fullmatch(r"第?([一二三四五六七八九十]+|\d+)(号?网格)", name):
        number = _NUMERALS.get(match[1], match[1])
        spelt = next((word for word, digits in _NUMERALS.items() if digits == number), number)
        for one in (number, spelt):
            names += [f"第{one}网格", f"{one}网格", f"{one}号网格", one]
    return names


_NUMERALS = {
    **{word: str(number) for number, word in enumerate("一二三四五六七八九十", start=1)},
    **{f"十{word}": str(number) for number, word in enumerate("一二三四五六七八九", start=11)},
    "二十": "20",
}
