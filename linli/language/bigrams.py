"""Chinese text as bigrams: what search indexes and how duplicates are found."""

import re
from collections import Counter
from functools import lru_cache

from linli.language.normal import normalise

CJK = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
_IS_CJK = re.compile(rf"[{CJK}]")


def bigrams(*, text: str) -> tuple[str, ...]:
    """Cut `text` into pairs of neighbouring Chinese characters and lower-case words.

    “3号楼路灯 LED坏” → 3, 号楼, 楼路, 路灯, led, 坏. In the order of the text, repeats kept; a
    Chinese character on its own stays alone. Digits are a word of their own: 13 is not 3.
    """
    cut: list[str] = []
    for token in _TOKEN.findall(normalise(text=text).lower()):
        if len(token) > 1 and _IS_CJK.match(token):
            cut.extend(token[index : index + 2] for index in range(len(token) - 1))
        else:
            cut.append(token)
    return tuple(cut)


def similarity(*, a: str, b: str) -> int:
    """Return how alike two texts are, per mille: 0 nothing in common, 1000 the same bigrams.

    Symmetric; punctuation, spaces and case do not count. Blank texts resemble nothing.

    Source: Dice (1945), coefficient on multisets: 2·|A ∩ B| / (|A| + |B|), rounded down.
    """
    left, right = _counted(a), _counted(b)
    total = left.total() + right.total()
    return 2000 * (left & right).total() // total if total else 0


# One report is compared with forty, and the open ones of a community with each new report.
@lru_cache(maxsize=1_000)
def _counted(text: str) -> Counter[str]:
    return Counter(bigrams(text=text))
