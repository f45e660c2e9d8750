"""How a door is written: 3-1-101, 3幢1单元101室, 三号楼101, as numbers one after another."""

import re
from functools import lru_cache

from linli.language.normal import normalise
from linli.language.numerals import DIGITS, below_a_hundred

_ONES = f"[{DIGITS[1:]}]"
_SPELT = re.compile(rf"({_ONES}?十{_ONES}?|{_ONES})(?=号|幢|栋|座|单元|梯)")
_TOKEN = re.compile(r"\d+|[a-z]+")
_UNIT_WORDS = re.compile(r"(第|号楼|单元|楼层|层|幢|栋|座|号|楼|梯|室|户|房|#|-|—|–|_|/|,|\s)+")


def tokens_in(text: str) -> list[str]:
    """Return numbers and Latin letters of an address without its estate: 03幢101室 is 3, 101."""
    parts = _TOKEN.findall(spelt_out(text))
    tokens = [str(int(part)) if part.isdigit() else part for part in parts]
    return _joined(tokens, text)


def is_only_numbers(text: str) -> bool:
    """Tell whether an address has nothing but numbers, letters and words such as 幢 and 室."""
    return _UNIT_WORDS.sub("", spelt_out(text)).isascii()


@lru_cache(maxsize=4_096)
def number_in(text: str) -> str:
    """Return a name without its word: 03幢 is 3, A座 is a, 501室 is 501."""
    plain = _UNIT_WORDS.sub("", spelt_out(plain_of(text)))
    return str(int(plain)) if plain.isdecimal() else plain


def plain_of(text: str) -> str:
    """Return an address without blanks, in one form of each sign."""
    return normalise(text=text).lower().replace(" ", "")


def spelt_out(text: str) -> str:
    """Return an address with its numbers as digits: 三号楼 is 3号楼."""
    return _SPELT.sub(lambda match: str(below_a_hundred(word=match[1])), text)


def _joined(tokens: list[str], rest: str) -> list[str]:
    """Put a room such as 501a, which is one word, together again."""
    if len(tokens) > 2 and tokens[-1].isalpha() and f"{tokens[-2]}{tokens[-1]}" in rest:
        return [*tokens[:-2], tokens[-2] + tokens[-1]]
    return tokens
