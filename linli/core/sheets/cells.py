"""Read single cells the way people mean them, and say what a spreadsheet did to them."""

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.language.normal import is_blank_text, is_spreadsheet_blank, normalise
from linli.language.numerals import DIGITS, below_a_hundred

# Excel keeps 15 digits of a number; whatever came after them is lost.
_DIGITS_KEPT = 10**15
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a spreadsheet's day 0 has no zone
_SERIALS = range(20_000, 80_000)  # 1954 to 2119, as days since the epoch
_OLD_SERIALS = range(3_000, 20_000)  # 1908 to 1954: days on which people were born
_WRITTEN = re.compile(
    r"(?P<year>\d{4})[-/.、年](?P<month>\d{1,2})[-/.、月](?P<day>\d{1,2})[日号]?"
    r"(?:[T ]*(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})?分?"
    r"(?::?(?P<second>\d{1,2})(?:\.\d+)?秒?)?)?"
)
_RUN_TOGETHER = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?: ?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})?)?"
)
# 58/3/7 is of 1958; 05/3/7 may be of 1905 or 2005, or the fifth of March.
_SHORT_YEAR = re.compile(r"(?:3[2-9]|[4-9]\d)[-/.年]\d{1,2}[-/.月]\d{1,2}日?")
_BROKEN = re.compile(r"#(?:REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|CALC!|SPILL!|#+)")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SERIAL_AS_TEXT = re.compile(r"(?!(?:19|20)\d\d[1-9])[1-7]\d{4}(?:\.0+)?")  # 19903 is a month
_DAY_OR_MONTH_FIRST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
_TWO_DIGIT_YEAR = re.compile(r"\d{2}年\d{1,2}月?(?:\d{1,2}[日号]?)?")
_IN_CHARACTERS = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})[日号])?"
)
_YEAR_AND_MONTH = re.compile(r"(?P<year>\d{4})(?:年|[-/.])(?P<month>\d{1,2})月?")


class CellWrong(ValueError):
    """A cell cannot be used; the message is the sentence."""


def is_blank(value: Any) -> bool:
    """Tell whether the cell says “nothing here”."""
    return is_spreadsheet_blank(value=value)


def says_nothing_in_words(*, value: Any) -> bool:
    """Tell whether somebody wrote that there is nothing: 暂无 or 不详, not a blank or a stroke."""
    return isinstance(value, str) and is_blank(value) and not is_blank_text(text=value)


def refuse_broken(*, value: Any) -> None:
    """Say that a formula lost what it counted with, or that a column is too narrow to be read.

    :raises CellWrong: when the cell shows #REF!, #VALUE! and their like, or #######.
    """
    if isinstance(value, str) and _BROKEN.fullmatch(value.strip()):
        raise CellWrong(_("The formula in this cell is broken. Type the value itself."))


def is_month(value: Any) -> bool:
    """Tell whether the cell is a year and a month, without a day."""
    return isinstance(value, str) and bool(_month_in(value))


def read_text(value: Any, *, limit: int) -> str:
    """Return the cell as text on one line; a blank cell is empty. 3.0 is “3”.

    :raises CellWrong: for a date, a long number that lost digits, or too many characters.
    """
    if is_blank(value):
        return ""
    if isinstance(value, bool):
        raise CellWrong(_("This is a truth value, not a text."))
    if isinstance(value, (datetime, date, time, timedelta)):
        raise CellWrong(
            _("The program turned this into a date. Format the column as text and type it again.")
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and abs(value) >= _DIGITS_KEPT:
        raise CellWrong(
            _(
                "This long code was kept as a number, of which only 15 digits survive. Format the "
                "column as text and type it again."
            )
        )
    text = normalise(text=str(value))
    refuse_broken(value=text)
    if re.fullmatch(r"\d+\.0+", text):  # A number that passed through a program as text.
        text = text.partition(".")[0]
    if len(text) > limit:
        raise CellWrong(_("At most %(limit)s characters.") % {"limit": limit})
    return text


def read_whole(value: Any, *, least: int, most: int) -> int | None:
    """Return the cell as a whole number; a blank cell is None. “6”, 6.0 and “6层” are 6.

    :raises CellWrong: for anything else, or outside the range.
    """
    if is_blank(value):
        return None
    number: int | None = None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = int(value) if float(value).is_integer() else None
    elif isinstance(value, str):
        match = re.fullmatch(r"(-?\d{1,9})(?:\.0+)? ?[户层楼]?", normalise(text=value))
        number = int(match[1]) if match else None
    if number is None or not least <= number <= most:
        raise CellWrong(
            _("A whole number from %(least)s to %(most)s.") % {"least": least, "most": most}
        )
    return number


def plain_moment(value: Any) -> datetime | None:
    """Return a cell as a moment without a zone, or None: dates, texts in many forms, bare days."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if int(value) in _SERIALS:
            # To the second: a day's fraction in binary misses it by microseconds.
            return _EXCEL_EPOCH + timedelta(seconds=round(value * 86_400))
        value = str(int(value)) if float(value).is_integer() else str(value)
    if not isinstance(value, str):
        return None
    text = normalise(text=value)
    match = _WRITTEN.fullmatch(text) or _RUN_TOGETHER.fullmatch(text)
    if match is None:
        return None
    parts = {name: int(part or 0) for name, part in match.groupdict().items()}
    try:
        day = date(parts["year"], parts["month"], parts["day"])
        return datetime.combine(day, time(parts["hour"], parts["minute"], parts["second"]))
    except ValueError:
        return None


def read_date(value: Any) -> date | None:
    """Return the cell as a day; a blank cell is None. A year and month are their first day.

    :raises CellWrong: when it is no date.
    """
    if is_blank(value):
        return None
    if isinstance(value, str) and _ISO.fullmatch(value):  # Most of them, in a tidy table.
        with suppress(ValueError):
            return date.fromisoformat(value)
    if isinstance(value, (int, float)) and int(value) in _OLD_SERIALS:
        return (_EXCEL_EPOCH + timedelta(days=int(value))).date()
    refuse_broken(value=value)
    if isinstance(value, str):
        value = _with_century(_plain_day(value))
        if _SERIAL_AS_TEXT.fullmatch(value):
            return (_EXCEL_EPOCH + timedelta(days=int(float(value)))).date()
    plain = plain_moment(value)
    if plain is None:
        match = _month_in(str(value))
        plain = plain_moment(f"{match['year']}-{match['month']}-1") if match else None
    if plain is None:
        raise CellWrong(_why_no_date(str(value)))
    return plain.date()


def _why_no_date(text: str) -> str:
    if _DAY_OR_MONTH_FIRST.fullmatch(text):
        return _("Day and month cannot be told apart here. Write it like 2024-01-02.")
    if _TWO_DIGIT_YEAR.fullmatch(text):
        return _("The year has two digits only. Write all four of them, like 2024-01-02.")
    return _("This is not a date. Write it like 2024-01-02.")


def _plain_day(text: str) -> str:
    """Return a day in digits and without what follows it: 一九九〇年五月六日生 is 1990年5月6日."""
    plain = re.sub(r"(?<=[\d日号月])\s*出?生$", "", normalise(text=text))
    match = _IN_CHARACTERS.fullmatch(plain.replace(" ", ""))
    if match is None:
        return plain
    year = "".join(str(DIGITS.index(one)) for one in re.sub("[零○]", "〇", match[1]))
    day = f"{below_a_hundred(word=match[3])}日" if match[3] else ""
    return f"{year}年{below_a_hundred(word=match[2])}月{day}"


def _month_in(text: str) -> re.Match[str] | None:
    return _YEAR_AND_MONTH.fullmatch(_plain_day(text).replace(" ", ""))


def _with_century(text: str) -> str:
    match = _SHORT_YEAR.fullmatch(text)
    return f"19{text}" if match else text
