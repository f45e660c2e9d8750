"""Read the body of a request: JSON in UTF-8, and only text that a database can keep."""

import json
from typing import Any, NoReturn, cast

from django.http import HttpRequest
from ninja.parser import Parser

from linli.api.problems import MediaTypeNotTaken, RequestUnreadable, TextNotUsable

JSON = "application/json"
_DEPTH_MAX = 20


class StrictParser(Parser):
    """JSON as RFC 8259 has it; anything else is refused, whatever its body may say."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the body says.

        :raises Refused: when it is no JSON, or holds what no text can hold.
        """
        if request.content_type != JSON:
            raise MediaTypeNotTaken(wanted=JSON)
        try:
            found = json.loads(request.body.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise RequestUnreadable from error
        _check(found, "#", 0)
        return cast(dict[str, Any], found)


def _refuse(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")


def _check(value: Any, pointer: str, depth: int) -> None:
    """Refuse texts that hold a null character or half of a character, wherever they stand."""
    if depth > _DEPTH_MAX:
        raise RequestUnreadable
    if isinstance(value, str):
        must_be_text(value, field=pointer.removeprefix("#/"))
    elif isinstance(value, dict):
        for key, one in value.items():
            must_be_text(key, field=pointer.removeprefix("#/"))
            _check(one, f"{pointer}/{key}", depth + 1)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            _check(one, f"{pointer}/{place}", depth + 1)


def must_be_text(text: str, *, field: str) -> None:
    """Refuse what PostgreSQL or UTF-8 cannot hold.

    :raises TextNotUsable: when there is a null character or half of a surrogate pair in it.
    """
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise TextNotUsable(field=field)
