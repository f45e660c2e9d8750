"""Find a name by the first letters of its pinyin: zs finds 张三."""

from functools import lru_cache

from pypinyin import Style, pinyin

from linli.language.normal import normalise


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


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum())
