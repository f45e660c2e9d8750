"""What is written down of a resident: checked, in one shape, and sealed.

Plain functions over plain values: a form and a workbook of 100,000 rows go through the same ones.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core import codes, crypto
from linli.core.errors import Invalid, Refused, Several
from linli.language import never_kept
from linli.language.normal import normalise, tidy
from linli.people.models import IdKind, Registration, Relation, Sex
from linli.people.names import fault_of

NAME_FIELD = "people_resident.name"
ID_FIELD = "people_resident.id_number"
PHONE_FIELD = "people_resident.phone"
"""Under which names these are sealed and digested."""

NAME_LENGTH_MAX = 40
LABEL_LENGTH_MAX = 60
ADULT_OF_CONSENT = 14
"""From this age on somebody agrees for themselves. Source: PIPL, article 31."""

_NUMBER_LENGTH_MAX = 30
_SEXES, _ID_KINDS = frozenset(Sex.values), frozenset(IdKind.values)
_REGISTRATIONS, _RELATIONS = frozenset(Registration.values), frozenset(Relation.values)
_OLDEST_YEARS = 130
_PAPER_NUMBER = re.compile(r"[A-Z0-9()-]+")
_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_SPREAD = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_DOT = re.compile(rf"(?<=[{_HAN}])\s*[·•‧∙・･.．●]\s*(?=[{_HAN}])")
_LOOKS_LIKE_X = str.maketrans("×Х✕", "XXX")  # typed where the keyboard has no X


class IdNumberInvalid(Invalid):
    """The check character or the date does not fit."""

    sentence = _(
        "This is not a valid ID number: 18 characters, and the last one must fit. Please compare "
        "it with the card, or choose another kind of paper."
    )
    field = "id_number"


class PaperNumberInvalid(Invalid):
    """A number of another paper has letters, digits, brackets and dashes."""

    sentence = _("This is not a number of a paper: letters and digits only, please.")
    field = "id_number"


class ResidentPhoneInvalid(Invalid):
    """Neither a mobile number nor a landline."""

    sentence = _("This is not a telephone number: 11 digits, or a landline with its area code.")
    field = "phone"


class BirthDateInvalid(Invalid):
    """In the future, or longer ago than anybody lives."""

    sentence = _("This is not a date of birth of somebody alive.")
    field = "birth_date"


class BirthDateOtherThanNumber(Invalid):
    """The ID number says another day."""

    sentence = _("The ID number says %(date)s. Please correct one of the two.")
    field = "birth_date"


class ConsentDayInvalid(Invalid):
    """Nobody agrees tomorrow."""

    sentence = _("This day is in the future.")


class SexOtherThanNumber(Invalid):
    """The ID number says the other one."""

    sentence = _("The ID number says otherwise. Please correct one of the two.")
    field = "sex"


class LabelNeverKept(Invalid):
    """A list of persons or a diagnosis, where an employer belongs."""

    sentence = _("“%(word)s” is never written down of somebody. Please leave it out.")
    field = "employer"


class ChoiceUnknown(Invalid):
    """Not one of the choices."""

    sentence = _("Please choose from the list.")


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody; everything but the name may be empty."""

    name: str
    id_number: str = ""
    id_kind: str = ""
    phone: str = ""
    sex: str = ""
    birth_date: date | None = None
    registration: str = ""
    relation: str = ""
    employer: str = ""
    languages: str = ""
    consented_on: date | None = None
    guardian_consented_on: date | None = None


SEALED = ("name", "id_number", "phone")
"""What of a person the database holds encrypted only."""

FIELDS = tuple(field.name for field in fields(Person))


def checked(*, person: Person, on: date) -> Person:
    """Return a person in the house's one shape; an ID number tells birth date and sex.

    :raises Several: with everything that is wrong at once; see the errors of this module.
    """
    faults: list[Refused] = []
    name = plain_name(text=person.name)
    if fault := fault_of(text=person.name):
        faults.append(fault)
    number, kind, is_card = _number(person, faults)
    birth_date, sex = (
        _told_by(number, person, faults) if is_card else (person.birth_date, person.sex)
    )
    if birth_date is not None and not _is_alive(birth_date, on):
        faults.append(BirthDateInvalid())
    phone = _phone(person.phone, faults)
    for field, value, choices in (
        ("sex", sex, _SEXES),
        ("registration", person.registration, _REGISTRATIONS),
        ("relation", person.relation, _RELATIONS),
    ):
        if value and value not in choices:
            faults.append(ChoiceUnknown(field=field))
    for field in ("consented_on", "guardian_consented_on"):
        day = getattr(person, field)
        if day is not None and day > on:
            faults.append(ConsentDayInvalid(field=field))
    labels: dict[str, str] = {}
    for field, said in (("employer", person.employer), ("languages", person.languages)):
        try:
            labels[field] = plain_label(text=said, field=field)
        except LabelNeverKept as fault:
            faults.append(fault)
    if faults:
        raise Several(faults=faults)
    return Person(
        name=name,
        id_number=number,
        id_kind=kind,
        phone=phone,
        sex=sex,
        birth_date=birth_date,
        registration=person.registration,
        relation=person.relation,
        employer=labels["employer"],
        languages=labels["languages"],
        consented_on=person.consented_on,
        guardian_consented_on=person.guardian_consented_on,
    )


def plain_label(*, text: str, field: str = "employer") -> str:
    """Return an employer or the like as it is kept.

    :raises LabelNeverKept: when it says of a list or an illness that is never kept.
    """
    if word := never_kept.label_never_kept_in(text=text):
        raise LabelNeverKept(word=word, field=field)
    return tidy(text=text)[:LABEL_LENGTH_MAX]


def plain_name(*, text: str) -> str:
    """Return a name as papers have it: 张 三 is 张三, and one dot stands in 阿依古丽·买买提."""
    one_line = " ".join(tidy(text=text).split())
    return _DOT.sub("·", _SPREAD.sub("", one_line))[:NAME_LENGTH_MAX]


def columns_of(*, person: Person, row_key: uuid.UUID) -> dict[str, Any]:
    """Return the columns of `Resident` that hold a person: sealed, and with their digests."""
    row = str(row_key)
    return {
        "name_sealed": crypto.seal(value=person.name, field=NAME_FIELD, row=row),
        "name_digest": crypto.digest(value=person.name, field=NAME_FIELD),
        "id_kind": person.id_kind,
        "id_sealed": crypto.seal(value=person.id_number, field=ID_FIELD, row=row),
        "id_digest": crypto.digest(value=person.id_number, field=ID_FIELD),
        "phone_sealed": crypto.seal(value=person.phone, field=PHONE_FIELD, row=row),
        "phone_digest": crypto.digest(value=person.phone, field=PHONE_FIELD),
        "sex": person.sex,
        "birth_date": person.birth_date,
        "registration": person.registration,
        "relation": person.relation,
        "employer": person.employer,
        "languages": person.languages,
        "consented_on": person.consented_on,
        "guardian_consented_on": person.guardian_consented_on,
    }


def person_of(*, row: Mapping[str, Any]) -> Person:
    """Return the person that the columns of a `Resident` hold, opened."""
    key = str(row["row_key"])
    return Person(
        name=crypto.unseal(sealed=row["name_sealed"], field=NAME_FIELD, row=key),
        id_number=crypto.unseal(sealed=row["id_sealed"], field=ID_FIELD, row=key),
        phone=crypto.unseal(sealed=row["phone_sealed"], field=PHONE_FIELD, row=key),
        **{name: row[name] for name in FIELDS if name not in SEALED},
    )


def age_on(*, birth_date: date, on: date) -> int:
    """Return somebody's age in full years on a day."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def lacks_guardian(*, person: Person, on: date) -> bool:
    """Tell whether a child under 14 is on the roster without a guardian's consent.

    It is pointed out and never in the way. Source: PIPL, article 31.
    """
    born = person.birth_date
    if born is None or age_on(birth_date=born, on=on) >= ADULT_OF_CONSENT:
        return False
    return person.guardian_consented_on is None


def _number(person: Person, faults: list[Refused]) -> tuple[str, str, bool]:
    """Return a paper's number, its kind, and whether it is an ID card's that fits.

    Without a kind, 18 characters are an ID card's.
    """
    number = normalise(text=person.id_number).replace(" ", "").upper()[:_NUMBER_LENGTH_MAX]
    if not number:
        return "", "", False
    kind = str(person.id_kind or IdKind.ID_CARD)
    if kind == IdKind.ID_CARD:
        number = number.translate(_LOOKS_LIKE_X).replace("-", "")
    is_card = kind == IdKind.ID_CARD and codes.is_id_number(text=number)
    if kind not in _ID_KINDS:
        faults.append(ChoiceUnknown(field="id_kind"))
    elif kind == IdKind.ID_CARD and not is_card:
        faults.append(IdNumberInvalid())
    elif not _PAPER_NUMBER.fullmatch(number):
        faults.append(PaperNumberInvalid())
    return number, kind, is_card


def _told_by(number: str, person: Person, faults: list[Refused]) -> tuple[date, str]:
    """Return date of birth and sex, which an ID number tells; the two must not disagree."""
    told = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    sex = str(Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)
    if person.birth_date not in (None, told):
        faults.append(BirthDateOtherThanNumber(date=told.isoformat()))
    if person.sex not in ("", sex):
        faults.append(SexOtherThanNumber())
    return told, sex


def _is_alive(birth_date: date, on: date) -> bool:
    return birth_date <= on and on.year - birth_date.year <= _OLDEST_YEARS


def _phone(text: str, faults: list[Refused]) -> str:
    if not text.strip():
        return ""
    try:
        return codes.normalise_phone(text=text)
    except codes.InvalidCode:
        faults.append(ResidentPhoneInvalid())
        return ""
