"""Numbers written in Chinese characters."""

DIGITS = "〇一二三四五六七八九"


def below_a_hundred(*, word: str) -> int:
    """Return what 三, 十二 or 二十一 count; 0 where it is no such number."""
    tens, ten, ones = word.partition("十")
    parts = (tens, ones) if ten else (word,)
    if any(len(part) > 1 or part not in DIGITS for part in parts) or not word:
        return 0
    if not ten:
        return DIGITS.index(word)
    return (DIGITS.index(tens) if tens else 1) * 10 + (DIGITS.index(ones) if ones else 0)
