"""Log lines without personal data, for people (plain) and for programs (one JSON object a line).

A line says where, what kind and how long; it names nobody. Addresses are left out, for they may
hold a tracking code, and so are an exception's words, for they may hold what somebody typed: the
kind and the places in the code are kept.
"""

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any
from uuid import uuid4

from linli.language.mask import scrub_personal_data

REQUESTS = "linli.requests"
"""The logger that has a line for each request."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The mark that every line of one request bears."""

# Long enough that no telephone number is one, and nothing that could break a line.
_GIVEN = re.compile(r"[A-Za-z0-9._-]{16,64}")
_FIELDS = ("view", "method", "status", "ms", "actor")

_Caught = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None] | None
)


def request_id_of(*, given: str) -> str:
    """Return the mark that whoever stands in front gave a request, or a new one."""
    return given if _GIVEN.fullmatch(given) else uuid4().hex


class WithoutAddress(logging.Filter):
    """Say of Django's own lines about a request which view it was, not its address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line; every line passes."""
        request = getattr(record, "request", None)
        if request is not None:
            kind = record.exc_info[0] if record.exc_info else None
            what = kind.__name__ if kind is not None else "answer"
            status = getattr(record, "status_code", "")
            record.msg, record.args = "%s %s at %s", (what, status, view_of(request=request))
        return True


def view_of(*, request: Any) -> str:
    """Return the name of the view that a request came to, or "none"."""
    match = getattr(request, "resolver_match", None)
    return str(match.view_name) if match is not None else "none"


class PlainLines(logging.Formatter):
    """Lines for people."""

    def __init__(self, *, with_words: bool = False) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")
        self._with_words = with_words

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging calls it so
        """Return the line, without telephone numbers and the like."""
        if not self._with_words:
            record.message = scrub_personal_data(text=record.message)
        if record.name == REQUESTS:
            record.message += "".join(f" {getattr(record, name, '')}" for name in _FIELDS)
        return super().formatMessage(record)

    def formatException(self, ei: _Caught) -> str:  # noqa: N802  # logging calls it so
        """Return kind and places of an exception; its words for developers only."""
        if self._with_words and ei is not None:
            return super().formatException(ei)
        return "\n".join(places_of(caught=ei))


class JsonLines(logging.Formatter):
    """Lines for programs: one JSON object each."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub_personal_data(text=record.getMessage()),
        }
        if mark := request_id.get():
            said["request_id"] = mark
        said |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0] is not None:
            said["error"] = record.exc_info[0].__name__
            said["trace"] = places_of(caught=record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def places_of(*, caught: _Caught) -> list[str]:
    """Return where an exception passed, innermost last, and its kind; without its words."""
    if caught is None or caught[0] is None:
        return []
    places = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(caught[2])
    ]
    return [*places, caught[0].__name__]
