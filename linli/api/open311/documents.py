"""One answer, written in XML or in JSON so that both say the same.

The standard maps XML to JSON by the Spark convention: a container of like elements becomes a bare
array, its own name and theirs fall away, and an element without content becomes null.

Source: https://wiki.open311.org/JSON_and_XML_Conversion#The_Spark_Convention
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Union
from xml.sax.saxutils import escape

Scalar = str | bool | int | float | None
Value = Union[Scalar, "Rows"]
Fields = Mapping[str, Value]

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
# What XML 1.0 cannot carry, not even escaped.
_UNSPEAKABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Format(StrEnum):
    """How an answer is written; the value is the extension that asks for it."""

    XML = "xml"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """Return the type without its charset, as discovery names it."""
        return {Format.XML: "text/xml", Format.JSON: "application/json"}[self]

    @property
    def content_type(self) -> str:
        """Return the whole Content-Type header."""
        return f"{self.media_type}; charset=utf-8"


FORMATS = {one.value: one for one in Format}


@dataclass(frozen=True, slots=True)
class Rows:
    """Things of one kind: an element around elements in XML, a bare array in JSON."""

    name: str
    each: str
    items: Sequence[Fields | str]


@dataclass(frozen=True, slots=True)
class Record:
    """One thing: a root element with its fields in XML, an object in JSON."""

    name: str
    fields: Fields


Document = Rows | Record


def written(*, document: Document, format: Format) -> bytes:
    """Return a document as it goes over the wire, in UTF-8."""
    if format == Format.JSON:
        plain = _plain(document) if isinstance(document, Rows) else _plain_fields(document.fields)
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    if isinstance(document, Rows):
        body = _element(document.name, document)
    else:
        body = _wrapped(document.name, _elements(document.fields))
    return f"{_DECLARATION}{body}\n".encode()


def cleaned(*, text: str) -> str:
    """Return text that either format can carry: one kind of line end, nothing XML forbids."""
    return _UNSPEAKABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


# --- JSON -----------------------------------------------------------------------------------


def _plain(rows: Rows) -> list[Any]:
    return [
        cleaned(text=item) if isinstance(item, str) else _plain_fields(item) for item in rows.items
    ]


def _plain_fields(fields: Fields) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in fields.items()}


def _plain_value(value: Value) -> Any:
    if isinstance(value, Rows):
        return _plain(value)
    if isinstance(value, str):
        return cleaned(text=value) or None  # XML knows no difference between empty and nothing.
    return value


# --- XML ------------------------------------------------------------------------------------


def _elements(fields: Fields) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Value) -> str:
    if isinstance(value, Rows):
        inside = (
            _element(value.each, item)
            if isinstance(item, str)
            else _wrapped(value.each, _elements(item))
            for item in value.items
        )
        return _wrapped(name, "".join(inside))
    if value is None:
        return _wrapped(name, "")
    text = cleaned(text=value) if isinstance(value, str) else json.dumps(value)
    return _wrapped(name, escape(text))


def _wrapped(name: str, inside: str) -> str:
    return f"<{name}>{inside}</{name}>" if inside else f"<{name}/>"
