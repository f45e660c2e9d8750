"""One shape for text that people typed, pasted or exported."""

import math
import re
import unicodedata

# Letters by category, yet nothing to see: Hangul fillers; and the blank Braille cell.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
# Control, format (zero-width, direction), surrogate and private-use characters.
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
_VARIATION_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_PRINTED_YET_INVISIBLE = re.compile(
    f"[{''.join(sorted(_INVISIBLE_LETTERS))}\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# A keycap, and a letter-like sign turned into a picture, hold a digit or letter nobody means.
_PICTURE_OF_A_CHARACTER = re.compile(".\ufe0f?\u20e3|.\ufe0f", re.DOTALL)

# Most texts in a workbook: without blanks, and the same in every normal form.
_PLAIN = re.compile("[!-~一-鿿]*")
_NAME = re.compile("[一-龥]+")

_SPREADSHEET_BLANKS = frozenset(
    {
        *("无", "無", "暂无", "空", "未填", "未知", "不详", "不明"),
        *("n/a", "na", "n.a.", "#n/a", "null", "none", "nil", "nan"),
    }
)
_BLANKS_BEGIN = frozenset("一无無暂空未不")  # 一: somebody's dash
_ONLY_STROKES = re.compile(r"[-‐‑‒–—―─－_/\\、.·。\s]*")


def normalise(*, text: str) -> str:
    """Return `text` in NFKC, on one line, without zero-width and control characters.

    Full-width letters, digits and punctuation become half-width; runs of whitespace, line ends
    included, become one space. Applying it twice changes nothing more.

    Source: Unicode Standard Annex 15.
    """
    if _PLAIN.fullmatch(text):
        return text
    return " ".join(unicodedata.normalize("NFKC", _visible(text)).split())


def tidy(*, text: str) -> str:
    """Return `text` as its writer meant it to look: punctuation and lines kept, noise gone.

    Unlike `normalise` it leaves full-width punctuation alone, because people will read it.
    Invisible characters go, runs of blanks become one, and at most one empty line stays in a row.
    """
    if _PLAIN.fullmatch(text):
        return text
    lines = [" ".join(_visible(line).split()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def is_blank_text(*, text: str) -> bool:
    """Return whether `text` holds no letter, digit or Chinese character: emoji alone are blank."""
    if _NAME.fullmatch(text):
        return False
    # Judged before NFKC, which would turn the picture 🈶 into the character 有.
    plain = _PICTURE_OF_A_CHARACTER.sub("", text)
    return not any(
        unicodedata.category(character)[0] in "LN"
        for character in plain
        if character not in _INVISIBLE_LETTERS
    )


def is_spreadsheet_blank(*, value: object) -> bool:
    """Return whether a cell's `value` says “nothing here”: None, NaN, "", 无, —, /, --, N/A.

    Numbers, 0 included, and anything else that is not text are values.

    Source: rules.md, “Spreadsheet blanks”; the words seen in offices' workbooks are a convention.
    """
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    if not isinstance(value, str):
        return False
    # Nearly every cell: no blank begins with a digit, and few with a Chinese character.
    first = value[:1]
    if first.isdigit() or ("一" <= first <= "鿿" and first not in _BLANKS_BEGIN):
        return False
    plain = normalise(text=value).lower()
    return plain in _SPREADSHEET_BLANKS or _ONLY_STROKES.fullmatch(plain) is not None


def _visible(text: str) -> str:
    # Nearly every text: what Python prints holds no character of the categories that are dropped.
    if text.isprintable() and not _PRINTED_YET_INVISIBLE.search(text):
        return text
    kept = (
        character
        for character in _VARIATION_SELECTOR.sub("", text)
        if character.isspace()
        or (
            character not in _INVISIBLE_LETTERS
            and unicodedata.category(character) not in _DROPPED_CATEGORIES
        )
    )
    return "".join(kept)
