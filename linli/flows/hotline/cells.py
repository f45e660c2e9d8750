"""Read one cell of an order the way the hotline meant it."""

import re
from datetime import datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.core import codes
from linli.core.clocks import SHANGHAI
from linli.core.sheets import CellWrong, read_text
from linli.core.sheets.cells import plain_moment
from linli.language.normal import is_spreadsheet_blank, tidy

__all__ = ["CellWrong", "read_long_text", "read_moment", "read_phone", "read_text"]

_YEARS_AHEAD = 5
_FIRST_YEAR = 2000
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
    plain = plain_moment(value)
    if plain is None:
        raise CellWrong(_("This is not a date. Write it like 2026-03-04 10:30."))
    if not _FIRST_YEAR <= plain.year <= at.year + _YEARS_AHEAD:
        raise CellWrong(_("The year %(year)s cannot be right.") % {"year": plain.year})
    if is_deadline and plain.time() == time():
        plain += timedelta(days=1)
    return plain.replace(tzinfo=SHANGHAI)
