"""Whether a reason says anything: one letter is no reason."""

import re

from linli.language.bigrams import CJK
from linli.language.normal import normalise

_CHINESE_MIN, _LETTERS_MIN = 2, 4
_CHINESE = re.compile(rf"[{CJK}]")
_SIGN = re.compile(r"[^\W_]")


def says_why(*, text: str) -> bool:
    """Return whether `text` has two Chinese characters, or four letters and digits, that differ.

    “11” and “xxxx” say as little as nothing.
    """
    signs = _SIGN.findall(normalise(text=text).lower())
    if len(set(signs)) < _CHINESE_MIN:
        return False
    return len(signs) >= _LETTERS_MIN or sum(map(bool, map(_CHINESE.match, signs))) >= _CHINESE_MIN
