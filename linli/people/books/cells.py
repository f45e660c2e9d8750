"""Cells of residents that offices fill with more, or less, than a column holds."""

import re

from django.utils.translation import gettext as _

from linli.core import codes
from linli.core.sheets import is_month
from linli.language.normal import normalise
from linli.people.books.planning import Planned
from linli.people.names import SeveralNames, fault_of, is_form_of_address

_MASKED = re.compile(r"[\dXx-]*\*{3,}[\dXx-]*")
_PHONE = re.compile(
    r"(?<!\d)(?:(?:\+|00)?86[- ]?)?(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)"
)
_PHONE_WORDS = re.compile(r"(手机|电话|联系方式|号码|固话|座机|[:\s])+")


def look_at_name(row: Planned) -> None:
    """Refuse two names in two lines of a cell, and point out how somebody is spoken to."""
    written = row.line.cells.get("name")
    fault = fault_of(text=written) if isinstance(written, str) else None
    if isinstance(fault, SeveralNames):
        row.wrong(column="name", sentence=str(fault))
    elif is_form_of_address(name=normalise(text=row.said.get("name", "")).replace(" ", "")):
        sentence = _("This is how somebody is spoken to. Write the whole name once it is known.")
        row.hint(column="name", sentence=sentence)


def pass_over_masked(row: Planned) -> bool:
    """Let numbers that a list hides say nothing: 138****0201; tell whether there were any."""
    masked = [
        name
        for name in ("id_number", "phone")
        if _MASKED.fullmatch(normalise(text=row.said.get(name, "")))
    ]
    for name in masked:
        del row.said[name]
    return bool(masked)


def take_one_phone(row: Planned) -> None:
    """Take the first telephone of a cell that holds two, or says whose it is, and say so."""
    text = normalise(text=row.said.get("phone", ""))
    if not text or _is_phone(text):
        return
    found = [one for one in _PHONE.findall(text) if _is_phone(one)]
    if not found:
        return  # it is refused with the other faults
    row.said["phone"] = found[0]
    if len(found) > 1 or _PHONE_WORDS.sub("", _PHONE.sub("", text)):
        sentence = _("Only the first telephone of this cell is taken; the rest is not kept.")
        row.hint(column="phone", sentence=sentence)


def leave_the_month_to_the_number(row: Planned) -> None:
    """Let the ID number tell the day of a date of birth that is a month, or say it is missing."""
    born = row.said.get("birth_date")
    if born is None or not is_month(row.line.cells.get("birth_date")):
        return
    if row.said.get("id_number", "").strip()[6:12] == f"{born:%Y%m}":
        del row.said["birth_date"]
        return
    sentence = _("The day is missing; the first of the month is kept until somebody knows it.")
    row.hint(column="birth_date", sentence=sentence)


def _is_phone(text: str) -> bool:
    try:
        codes.normalise_phone(text=text)
    except codes.InvalidCode:
        return False
    return True
