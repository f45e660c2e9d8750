"""Read one cell of an order the way the hotline meant it."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.core import codes
from linli.core.clocks import SHANGHAI
from linli.language.normal import is_spreadsheet_blank, normalise, tidy
from linli.territory.imports.cells import CellWrong, read_text

__all__ = ["CellWrong", "read_long_text", "read_moment", "read_phone", "read_text"]

_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a spreadsheet's day 0 has no zone
_SERIALS = range(20_000, 80_000)  # 1954 to 2119, as days since the epoch
_YEARS_AHEAD = 5
_FIRST_YEAR = 2000
_WRITTEN = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T ]*(?P<hour>\d{1,2})[:时点](?P<minute>\d{1,2})?分?"
    r"(?::?(?P<second>\d{1,2})(?:\.\d+)?秒?)?)?"
)
_RUN_TOGETHER = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?: ?(?P<hour>\d{2}):?(?P<minute>\d{2}):?(?P<second>\d{2})?)?"
)
_BETWEEN_PHONES = re.compile(r"[,，;；、/|]|\s{1,}")


def read_long_text(value: Any) -> str:
    """Return the cell as text that keeps its lines; a blank cell is empty."""
    if is_spreadsheet_blank(value=value):
        return ""
    return tidy(text=value) if isinstance(value, str) else read_text(value, limit=5_000)


def read_phone(value: Any) -> str:
    """Return the first telephone number in a cell, in its plain form; a blank cell is empty.

    :raises CellWrong: when something stands there and none of it is a number to call.
    """
    text = read_text(value, limit=200)
    if not text:
        return ""
    for part in (text, *_BETWEEN_PHONES.split(text)):
        if codes.is_phone(text=part):
            return codes.normalise_phone(text=part)
    raise CellWrong(_("This is not a telephone number."))


def read_moment(value: Any, *, at: datetime, is_deadline: bool = False) -> datetime | None:
    """Return the cell as a moment in Shanghai; a blank cell is None.

    Dates come as dates, as text in many forms, or as a bare number of days. A deadline without a
    time of day is over at 24:00.

    :raises CellWrong: when it is no date, or lies in no year that an order can be of.
    """
    if is_spreadsheet_blank(value=value):
        return None
    plain = _plain_moment(value)
    if plain is None:
        raise CellWrong(_("This is not a date. Write it like 2026-03-04 10:30."))
    if not _FIRST_YEAR <= plain.year <= at.year + _YEARS_AHEAD:
        raise CellWrong(_("The year %(year)s cannot be right.") % {"year": plain.year})
    if is_deadline and plain.time() == time():
        plain += timedelta(days=1)
    return plain.replace(tzinfo=SHANGHAI)


def _plain_moment(value: Any) -> datetime | None:
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
