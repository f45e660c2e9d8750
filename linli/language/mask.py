"""Hide personal data on the screen and in text that is to be made public."""

import re

from linli.language.normal import normalise

# What separates groups of digits when people write a number down; zero-width signs included.
_GAP = "[ \t\u00a0\u3000\u200b-\u200f\u2060\ufeff.·\\-‐-―－]{0,2}"
_CHINA = rf"(?:(?:\+|00)?86{_GAP})?"

# Plain digits, full match. Source: 工业和信息化部 电信网编号计划 (2017): mobile 1[3-9] and nine
# digits; area code 010, 02x or 0[3-9]xx, then seven or eight digits from 2 to 8 on.
MOBILE = r"1[3-9][0-9]{9}"
LANDLINE = r"(?:010|02[0-9])[2-8][0-9]{7}|0[3-9][0-9]{2}[2-8][0-9]{6,7}"

_DIGIT = f"{_GAP}[0-9]"
_ID_DATE = (
    f"(?:1{_GAP}[89]|2{_GAP}0)(?:{_DIGIT}){{2}}"
    f"{_GAP}(?:0{_GAP}[1-9]|1{_GAP}[0-2])"
    f"{_GAP}(?:0{_GAP}[1-9]|[12]{_DIGIT}|3{_GAP}[01])"
)
_PERSONAL = re.compile(
    # An ID number, whatever its check character: a mistyped one still points at somebody.
    f"(?<![0-9])(?P<id>[1-9](?:{_DIGIT}){{5}}{_GAP}{_ID_DATE}(?:{_DIGIT}){{3}}{_GAP}[0-9Xx])"
    "(?![0-9])"
    f"|(?<![0-9])(?P<mobile>{_CHINA}1{_GAP}[3-9](?:{_DIGIT}){{9}})(?![0-9])"
    rf"|(?<![0-9])(?P<landline>(?:(?:\+|00)86{_GAP}0?|[(]?0)(?:10|2[0-9]|[3-9][0-9]{{2}})[)]?"
    f"{_GAP}[2-8](?:{_DIGIT}){{6,7}})(?![0-9])"
    # Without an area code only where the words around it say so: 12345678 may be anything.
    "|(?:电话|座机|固话|致电|拨打|联系方式)[号码是为]{0,3}[ :]{0,2}"
    f"(?P<local>[2-8][0-9]{{2,3}}{_GAP}[0-9]{{4}})(?![0-9])"
)
_HALF_WIDTH = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | {
    ord("（"): "(",
    ord("）"): ")",
    ord("＋"): "+",
    ord("："): ":",
    ord("Ｘ"): "X",
    ord("ｘ"): "x",
}
_DIGITS = "[0-9〇零一二三四五六七八九]"
_BAR = "[-－—–‐]"
_ROOM_SHAPE = r"[1-9][0-9]?(?:0[1-9]|[12][0-9])[A-Za-z]?(?![0-9])"
_DOOR = re.compile(
    # 1单元501, 1单元501户: whatever number stands behind an entrance.
    f"(?<=单元)[ ,]?{_DIGITS}{{2,4}}[A-Za-z]?(?![0-9])[室房户号]?"
    # 501室, 五〇一室.
    f"|(?<![0-9]){_DIGITS}{{3,4}}[A-Za-z]?[室房](?![间型屋地])"
    # 3幢501; but neither 3幢120户 nor 3幢200平方米, which count.
    f"|(?<=[幢栋座楼]){_ROOM_SHAPE}(?![人户间平米元个名位件号度])"
    # 3-1-501 and 3-501; but neither 50-100 nor 2026-03-06.
    f"|(?<![0-9-])(?P<front>[0-9]{{1,3}}{_BAR})(?:[0-9]{{1,2}}{_BAR})?{_ROOM_SHAPE}"
    f"(?!{_BAR}?[0-9])(?![人户平米元个名位件号度岁天年月日分])"
)
_CHINA_CODE = re.compile(r"^(?:\+86|0086|86(?=1[0-9]{10}$))0?")
_HIDDEN_MOST = 3


def mask_phone(*, phone: str) -> str:
    """Hide the middle: 138****8000, 021-****6854. What is no phone number is hidden in full."""
    # An extension stands behind the number, as core.codes writes it.
    main = re.sub(r"(?<=[0-9]{7})-[0-9]{1,6}$", "", normalise(text=phone))
    plain = _CHINA_CODE.sub("0", re.sub(r"[^0-9+]", "", main))
    plain = plain[1:] if plain.startswith("01") and re.fullmatch(MOBILE, plain[1:]) else plain
    if re.fullmatch(MOBILE, plain):
        return f"{plain[:3]}****{plain[-4:]}"
    if re.fullmatch(LANDLINE, plain):
        area = plain[: _area_length(plain)]
        return f"{area}-{'*' * (len(plain) - len(area) - 4)}{plain[-4:]}"
    return "****" if plain else ""


def mask_name(*, name: str) -> str:
    """Keep the first character: 张三 → 张*, 欧阳修 → 欧**, Johnson → J***.

    A star stands for each Chinese character, three at most; Latin names always get three, so that
    their length is not told. A name of one character gets a star too.
    """
    plain = normalise(text=name)
    if not plain:
        return ""
    hidden = _HIDDEN_MOST if plain[0].isascii() else min(max(len(plain) - 1, 1), _HIDDEN_MOST)
    return plain[0] + "*" * hidden


def mask_id_number(*, id_number: str) -> str:
    """Keep six characters in front and four behind: 110105********0123.

    Of other papers' numbers, shorter than 15, only the last two stay.
    """
    plain = normalise(text=id_number).replace(" ", "").upper()
    if len(plain) < 15:
        shown = plain[-2:] if len(plain) > 6 else ""
        return "*" * (len(plain) - len(shown)) + shown
    return plain[:6] + "*" * (len(plain) - 10) + plain[-4:]


def scrub_personal_data(*, text: str) -> str:
    """Mask mobile numbers, landlines and ID numbers inside free text; the rest stays as it is.

    Hotlines such as 12345 or 110 and 400 numbers stay. Names and addresses are not looked for.
    """
    scrubbed, end = [], 0
    for kind, start, stop in _found(text):
        raw = text[start:stop]
        masked = mask_id_number(id_number=_bare(raw)) if kind == "id" else _masked_phone(raw)
        scrubbed += [text[end:start], masked]
        end = stop
    return "".join((*scrubbed, text[end:]))


def scrub_doors(*, text: str) -> str:
    """Hide behind which door somebody lives; the building stays: 3幢1单元501室 → 3幢1单元***室.

    Found are rooms with their word (501室), behind an entrance or building (3幢501), and numbers
    with bars (3-1-501). How many there are (3幢120户), days and spans (50-100) stay.
    """
    scrubbed, end = [], 0
    for match in _DOOR.finditer(text.translate(_HALF_WIDTH)):
        word = match[0][-1] if match[0][-1] in "室房户号" else ""
        scrubbed += [text[end : match.start()], f"{match['front'] or ''}***{word}"]
        end = match.end()
    return "".join((*scrubbed, text[end:]))


def find_personal_data(*, text: str) -> tuple[str, ...]:
    """Return the mobile numbers, landlines and ID numbers in `text`, as written and in order."""
    return tuple(text[start:stop] for _, start, stop in _found(text))


def _found(text: str) -> list[tuple[str, int, int]]:
    # The translation keeps every character's place, so spans fit the text as written.
    matches = _PERSONAL.finditer(text.translate(_HALF_WIDTH))
    return [(kind, *match.span(kind)) for match in matches if (kind := match.lastgroup) is not None]


def _masked_phone(raw: str) -> str:
    bare = _bare(raw)
    return mask_phone(phone=bare) if len(bare) > 8 else "*" * (len(bare) - 4) + bare[-4:]


def _bare(raw: str) -> str:
    return re.sub(r"[^0-9Xx+]", "", raw.translate(_HALF_WIDTH))


def _area_length(plain: str) -> int:
    return 3 if plain[1] in "12" else 4
