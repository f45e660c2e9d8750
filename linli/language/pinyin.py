"""Find a name by the first letters of its pinyin: zs finds 张三."""

import re
from functools import lru_cache

from pypinyin import Style, pinyin

from linli.language.normal import normalise

_SYLLABLES_MOST, _SYLLABLE_MOST, _WAYS_MOST = 4, 6, 8
_SYLLABLE = re.compile(
    "(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])"
    "(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|ia|ie|in|iu|ou|ua|ue|ui|un"
    "|uo|ve|[aeiouv]))|ang|ai|an|ao|ei|en|er|ou|[aeo]"
)


def initials(*, text: str) -> str:
    """Return the first letters of `text` in lower case: “张三 3号楼” → zs3hl.

    Latin letters and digits stay, everything else is left out. Of several readings the most
    common one in its phrase counts (重庆 → cq), else the first of the dictionary.

    Source: the dictionaries of pypinyin.
    """
    plain = normalise(text=text)
    first = pinyin(plain, style=Style.FIRST_LETTER)
    return "".join(_letters(reading[0]) for reading in first)


def matches_initials(*, query: str, text: str) -> bool:
    """Return whether the letters of `query` stand in a row among the initials of `text`.

    Every reading counts, for surnames are read unlike the dictionary's first: both ds and ss find
    单爽. A blank query matches nothing.
    """
    sought = _letters(normalise(text=query).lower())
    plain = normalise(text=text)
    spoken = [known for character in plain if (known := readings(character=character))]
    starts = range(len(spoken) - len(sought) + 1)
    return bool(sought) and any(
        all(letter in known for letter, known in zip(sought, spoken[start:], strict=False))
        for start in starts
    )


@lru_cache(maxsize=8192)
def readings(*, character: str) -> frozenset[str]:
    """Return every first letter that a character can be read with: 单 is d, s and c."""
    known = pinyin(character, style=Style.FIRST_LETTER, heteronym=True)
    return frozenset(letter for reading in known[0] if (letter := _letters(reading)))


def initials_of_spelling(*, text: str) -> tuple[str, ...]:
    """Return the first letters of a name typed in full: zhangsan is zs, xian is xa.

    Only names of two to four syllables; in every way that the letters can be cut, at most eight.
    """
    found: dict[str, None] = {}
    ways = [("", text)]
    while ways and len(found) < _WAYS_MOST:
        said, rest = ways.pop()
        if not rest and len(said) > 1:
            found[said] = None
        for length in range(1, min(_SYLLABLE_MOST, len(rest)) + 1):
            if len(said) < _SYLLABLES_MOST and _SYLLABLE.fullmatch(rest[:length]):
                ways.append((said + rest[0], rest[length:]))
    return tuple(found)


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum())
