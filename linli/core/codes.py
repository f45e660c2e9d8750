"""Codes people write, read and mistype: areas, phones, ID numbers, tracking codes."""

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from operator import mul

from linli.language.mask import LANDLINE, MOBILE

# Source: GB/T 2260, first two digits.
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")
_LEVELS = ("PROVINCE", "CITY", "DISTRICT", "SUBDISTRICT", "COMMUNITY")
_ENDS = (2, 4, 6, 9, 12)
_GRID_LENGTHS = (15, 18, 21)

# Crockford's 32 characters: no I, L, O (read as 1, 1, 0) and no U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_LOOKALIKES = str.maketrans("OIL", "011")
_TRACKING_LENGTH = 10

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_ID_NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]")
_ID_WEIGHTS = tuple(1 << (17 - place) for place in range(17))
_MOBILE = re.compile(MOBILE)

_SEPARATORS = re.compile(r"[\s\-‐-―().·/]")
_EXTENSION = re.compile(r"(?:转|分机号?|ext\.?|x|#)\D{0,2}([0-9]{1,6})$", re.IGNORECASE)
_CHINA_PREFIX = re.compile(r"^(?:\+86|0086|86(?=1[0-9]{10}$))0?(?=[0-9])")


class InvalidCode(ValueError):
    """What was written is no such code.

    `code_name` is AREA, PHONE or TRACKING; `reason` a stable code such as LENGTH or CHECK. The
    value is kept for the form that shows it again and stays out of the message, hence of logs.
    """

    def __init__(self, code_name: str, value: str, *, reason: str) -> None:
        super().__init__(f"{code_name}: {reason}")
        self.code_name = code_name
        self.value = value
        self.reason = reason


@dataclass(frozen=True, slots=True)
class AreaCode:
    """A statistical or grid code taken apart; parts below its level are empty.

    `code` is without the zeros that pad a table's codes. `level` is PROVINCE, CITY, DISTRICT,
    SUBDISTRICT, COMMUNITY or GRID; `grids` holds three digits for each level below the community.
    Whether the first of them is a large grid or a grid is the community's choice, not the code's.
    """

    code: str
    level: str
    province: str
    city: str = ""
    district: str = ""
    subdistrict: str = ""
    community: str = ""
    grids: tuple[str, ...] = ()

    @property
    def parent(self) -> str:
        """Return the code one level up, empty for a province."""
        if self.grids:
            return self.code[:-3]
        # A city without districts (东莞, 中山) has 00 there: its subdistricts hang on the city.
        if self.subdistrict and not self.community and self.district == "00":
            return self.code[:4]
        return self.code[: (0, 2, 4, 6, 9)[_LEVELS.index(self.level)]]


def parse_area_code(*, code: str) -> AreaCode:
    """Take apart a code of 2, 4, 6, 9 or 12 digits, or a grid's of 15, 18 or 21.

    Zeros that pad an upper level's code are understood: 110105000000 is the district 110105.

    :raises InvalidCode: reason LENGTH, DIGITS, PROVINCE, or ZERO_PART for a level left out.

    Source: 统计用区划代码和城乡划分代码编制规则 (国统字〔2009〕91号); three digits for each
    level of grid: rules.md.
    """
    plain = code.strip()
    if not re.fullmatch(r"[0-9]+", plain):
        raise InvalidCode("AREA", code, reason="DIGITS")
    if len(plain) not in _ENDS and len(plain) not in _GRID_LENGTHS:
        raise InvalidCode("AREA", code, reason="LENGTH")
    if not _PROVINCE.fullmatch(plain[:2]):
        raise InvalidCode("AREA", code, reason="PROVINCE")
    parts = _parts(plain[:12])
    grids = tuple(plain[start : start + 3] for start in range(12, len(plain), 3))
    while not grids and set(parts[-1]) == {"0"}:
        parts.pop()
    if any(set(part) == {"0"} and not _may_be_zero(parts, at) for at, part in enumerate(parts)):
        raise InvalidCode("AREA", code, reason="ZERO_PART")
    if "000" in grids:
        raise InvalidCode("AREA", code, reason="ZERO_PART")
    level = "GRID" if grids else _LEVELS[len(parts) - 1]
    province, city, district, subdistrict, community = (*parts, "", "", "", "")[:5]
    return AreaCode(
        code="".join((*parts, *grids)),
        level=level,
        province=province,
        city=city,
        district=district,
        subdistrict=subdistrict,
        community=community,
        grids=grids,
    )


def township_kind(*, code: str) -> str:
    """Return SUBDISTRICT, TOWN, TOWNSHIP or SIMILAR for a code of township level or below.

    :raises InvalidCode: as `parse_area_code`; reason LEVEL if the code is above the township,
        TOWNSHIP if its number is in no range.

    Source: rules.md: 001–099 subdistrict, 100–199 town, 200–399 township, 400–599 similar.
    """
    township = parse_area_code(code=code).subdistrict
    if not township:
        raise InvalidCode("AREA", code, reason="LEVEL")
    match int(township) // 100:
        case 0:
            return "SUBDISTRICT"
        case 1:
            return "TOWN"
        case 2 | 3:
            return "TOWNSHIP"
        case 4 | 5:
            return "SIMILAR"
        case _:
            raise InvalidCode("AREA", code, reason="TOWNSHIP")


def is_mobile(*, text: str) -> bool:
    """Return whether `text` is a Chinese mobile number, however it is spaced."""
    try:
        return re.fullmatch(MOBILE, normalise_phone(text=text)) is not None
    except InvalidCode:
        return False


def is_phone(*, text: str) -> bool:
    """Return whether `text` is a mobile number or a landline with its area code."""
    try:
        normalise_phone(text=text)
    except InvalidCode:
        return False
    return True


def normalise_phone(*, text: str) -> str:
    """Return the digits alone, with “-” before a landline's extension.

    “+86 138-0013-8000” → 13800138000, “(021) 6854 6854 转 801” → 02168546854-801.

    :raises InvalidCode: reason EMPTY, CHARACTERS, EXTENSION (on a mobile number) or NUMBER.
    """
    if _MOBILE.fullmatch(text):  # as most are written
        return text
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        raise InvalidCode("PHONE", text, reason="EMPTY")
    main, extension = _split_extension(plain)
    digits = _CHINA_PREFIX.sub(_keep_area_zero, _SEPARATORS.sub("", main))
    if not re.fullmatch(r"[0-9]+", digits):
        raise InvalidCode("PHONE", text, reason="CHARACTERS")
    if re.fullmatch(MOBILE, digits):
        if extension:
            raise InvalidCode("PHONE", text, reason="EXTENSION")
        return digits
    if not re.fullmatch(LANDLINE, digits):
        raise InvalidCode("PHONE", text, reason="NUMBER")
    return f"{digits}-{extension}" if extension else digits


def is_id_number(*, text: str) -> bool:
    """Return whether `text` is an ID number of 18 characters: a real date, the right check.

    Spaces around it and a small x are accepted. The area is not checked: codes come and go.

    Source: GB 11643-1999, ISO 7064 MOD 11-2.
    """
    plain = text.strip().upper()
    if not _ID_NUMBER.fullmatch(plain):
        return False
    try:
        date(int(plain[6:10]), int(plain[10:12]), int(plain[12:14]))
    except ValueError:
        return False
    total = sum(map(mul, map(int, plain[:17]), _ID_WEIGHTS))
    return "10X98765432"[total % 11] == plain[17]


def is_credit_code(*, text: str) -> bool:
    """Return whether `text` is a unified social credit code of 18 characters with the right check.

    Source: GB 32100-2015; 91350100M000100Y43 is the example of its annex.
    """
    plain = text.strip().upper()
    if len(plain) != 18 or not set(plain) <= set(_CREDIT_ALPHABET):
        return False
    total = sum(
        _CREDIT_ALPHABET.index(character) * pow(3, place, 31)
        for place, character in enumerate(plain[:17])
    )
    return _CREDIT_ALPHABET[-total % 31] == plain[17]


def new_tracking_code(*, randbytes: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a code of 10 characters, the last a check: 45 random bits, so guessing is hopeless.

    `randbytes` gives as many random bytes as asked for. Uniqueness is the database's to keep.

    Source: Crockford's Base 32 for the alphabet; the check is a Reed–Solomon symbol over GF(32).
    """
    number = int.from_bytes(randbytes(6)) >> 3
    data = [number >> shift & 31 for shift in range(40, -1, -5)]
    return "".join(_ALPHABET[value] for value in (*data, _times_two(_syndrome(data))))


def normalise_tracking_code(*, text: str) -> str:
    """Return the code in capitals without spaces and dashes; O is read as 0, I and L as 1.

    Any one wrong character and any two neighbours swapped are noticed.

    :raises InvalidCode: reason LENGTH, CHARACTERS or CHECK.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    plain = _SEPARATORS.sub("", plain).translate(_LOOKALIKES)
    if len(plain) != _TRACKING_LENGTH:
        raise InvalidCode("TRACKING", text, reason="LENGTH")
    if any(character not in _VALUE for character in plain):
        raise InvalidCode("TRACKING", text, reason="CHARACTERS")
    if _syndrome([_VALUE[character] for character in plain]):
        raise InvalidCode("TRACKING", text, reason="CHECK")
    return plain


def show_tracking_code(*, code: str) -> str:
    """Return the code in groups for reading over the phone: 7K3F-9QXM-2P."""
    return "-".join(part for part in (code[:4], code[4:8], code[8:]) if part)


def _parts(code: str) -> list[str]:
    starts = (0, *_ENDS)
    return [code[start:end] for start, end in zip(starts, _ENDS, strict=False) if end <= len(code)]


def _may_be_zero(parts: list[str], place: int) -> bool:
    """Return whether the part is the empty district of a city without districts."""
    return _LEVELS[place] == "DISTRICT" and len(parts) > place + 1


def _split_extension(plain: str) -> tuple[str, str]:
    marked = _EXTENSION.search(plain)
    if marked:
        return plain[: marked.start()], marked[1]
    # A dash may as well part the number itself: it leads to an extension after a whole landline.
    main, dash, last = plain.rpartition("-")
    whole = re.fullmatch(LANDLINE, _CHINA_PREFIX.sub(_keep_area_zero, _SEPARATORS.sub("", main)))
    if dash and whole and re.fullmatch(r" *[0-9]{1,6}", last):
        return main, last.strip()
    return plain, ""


def _keep_area_zero(prefix: re.Match[str]) -> str:
    """Drop +86, and put back the area code's 0, which is not dialled after it."""
    rest = prefix.string[prefix.end() :]
    return "" if re.fullmatch(MOBILE, rest) else "0"


def _syndrome(values: list[int]) -> int:
    """Evaluate the values as a polynomial at 2 in GF(32); a whole code gives 0."""
    total = 0
    for value in values:
        total = _times_two(total) ^ value
    return total


def _times_two(value: int) -> int:
    doubled = value << 1
    # x^5 + x^2 + 1 is primitive, so the powers of 2 differ for every place in the code.
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled
