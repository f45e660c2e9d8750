"""What a program sends: read strictly, with a sentence for whatever cannot be used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext_lazy as _

from linli.core.errors import Refused

SPAN_MAX = timedelta(days=90)
FORM_TYPE = "application/x-www-form-urlencoded"

_FIELDS_MAX = 200
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]+)\](?:\[\])?")
# Source: https://www.w3.org/TR/NOTE-datetime, the forms that hold a time zone.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{0,20})?")
# Nothing is older or newer; beyond, databases and time zones stop counting.
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class BadRequest(Refused):
    """What was sent cannot be used."""

    status = 400


class NotText(BadRequest):
    """It is not UTF-8, or holds what no text holds."""

    sentence = _("All text has to be UTF-8 without null characters.")


class NotAForm(BadRequest):
    """The body is something else than a form."""

    sentence = _("Send the request as application/x-www-form-urlencoded, in UTF-8.")


class TooMuch(BadRequest):
    """More was sent than any report holds."""

    sentence = _("This is more than one request may hold.")


class NotAMoment(BadRequest):
    """A date that is none, or without a time zone."""

    sentence = _(
        "%(name)s has to be a date and time with a time zone, such as 2026-03-04T10:00:00+08:00."
    )


class SpanTooLong(BadRequest):
    """More than 90 days, or from later to earlier."""

    sentence = _("start_date has to be before end_date, and not more than 90 days before it.")


class NotANumber(BadRequest):
    """A coordinate that is none."""

    sentence = _("%(name)s has to be a number of degrees, such as 32.0520.")


class TooLong(BadRequest):
    """A value that is longer than its field."""

    sentence = _("%(name)s has at most %(limit)s characters.")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The values by name. An empty one is as good as none, says the standard."""

    values: Mapping[str, tuple[str, ...]]

    def one(self, name: str, *, limit: int = 10_000) -> str:
        """Return the value of a parameter, the last where it came twice, or an empty text.

        :raises TooLong: when it has more than `limit` characters.
        """
        found = [value.strip() for value in self.values.get(name, ()) if value.strip()]
        if not found:
            return ""
        if len(found[-1]) > limit:
            raise TooLong(name=name, limit=limit)
        return found[-1]

    def many(self, name: str) -> tuple[str, ...]:
        """Return the values of a parameter that may come several times or with commas between."""
        parts = (part.strip() for value in self.values.get(name, ()) for part in value.split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    def number(self, name: str) -> float | None:
        """Return a number of degrees, or None where there is none.

        :raises NotANumber: when it is something else.
        """
        text = self.one(name)
        if not text:
            return None
        if not _DECIMAL.fullmatch(text):
            raise NotANumber(name=name)
        return float(text)

    def moment(self, name: str) -> datetime | None:
        """Return a moment with its zone, or None where there is none.

        :raises NotAMoment: when it is something else.
        """
        # A plus that was not escaped arrives as a space.
        text = re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", self.one(name))
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
        except ValueError:
            found = None
        if found is None or not _FIRST <= found <= _LAST:
            raise NotAMoment(name=name)
        return found

    def span(self, *, at: datetime) -> tuple[datetime, datetime]:
        """Return the first and the last moment asked for: 90 days at most, by default the latest.

        :raises NotAMoment: when one of them is none.
        :raises SpanTooLong: when they are in the wrong order or too far apart.
        """
        since, until = self.moment("start_date"), self.moment("end_date")
        if until is None:
            until = at if since is None else since + SPAN_MAX
        if since is None:
            since = until - SPAN_MAX
        if not timedelta(0) <= until - since <= SPAN_MAX:
            raise SpanTooLong
        return since, until

    def attributes(self) -> dict[str, tuple[str, ...]]:
        """Return what was sent as ``attribute[code]=value``, by code; empty values are none."""
        found: dict[str, tuple[str, ...]] = {}
        for name, values in self.values.items():
            if matched := _ATTRIBUTE.fullmatch(name):
                given = tuple(value.strip() for value in values if value.strip())
                found[matched[1]] = found.get(matched[1], ()) + given
        return {code: given for code, given in found.items() if given}


def read_query(*, request: HttpRequest) -> Parameters:
    """Return what stands behind the question mark.

    :raises NotText: when it is not UTF-8.
    :raises TooMuch: when it has too many parts.
    """
    return _read(request.META.get("QUERY_STRING", "").encode("latin-1", "replace"))


def read_form(*, request: HttpRequest) -> Parameters:
    """Return what a form brought, with what stands in the address behind it.

    :raises NotAForm: when the body is something else than a form.
    :raises NotText: when it is not UTF-8.
    :raises TooMuch: when it is too large.
    """
    if request.content_type != FORM_TYPE:
        raise NotAForm
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise TooMuch from error
    except UnreadablePostError as error:
        raise NotAForm from error
    asked, given = read_query(request=request), _read(body)
    return Parameters({**asked.values, **given.values})


def _read(data: bytes) -> Parameters:
    try:
        text = data.decode()
        # It counts the fields before it takes any apart.
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX)
    except UnicodeDecodeError as error:
        raise NotText from error
    except ValueError as error:
        raise TooMuch from error
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise NotText
        values[name] = (*values.get(name, ()), value)
    return Parameters(values)
