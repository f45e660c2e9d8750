"""Pages by key: a page says where the next one begins, and that mark is ours alone to read.

A mark is signed, so that what comes back was made here for this very list; nothing else is ever
looked at. Rows that come or go meanwhile move no page.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from linli.api.problems import RequestInvalid

LIMIT_MAX = 200
LIMIT_USUAL = 50
_MAC_BYTES = 9
_MARK_LENGTH_MAX = 200
Row = TypeVar("Row")


class MarkInvalid(RequestInvalid):
    """The mark was not made for this list."""

    sentence = _("This “after” belongs to another list. Please begin at the first page.")


def mark_of(*, name: str, key: str) -> str:
    """Return the mark that stands for a key of a list, safe to stand in an address."""
    raw = key.encode()
    return base64.urlsafe_b64encode(_mac(name, raw) + raw).decode().rstrip("=")


def key_of(*, name: str, mark: str) -> str:
    """Return the key that a mark stands for; an empty mark is the beginning.

    :raises MarkInvalid: when it was not made for this list.
    """
    if not mark:
        return ""
    try:
        data = base64.b64decode(mark + "=" * (-len(mark) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MarkInvalid(field="after") from error
    mac, raw = data[:_MAC_BYTES], data[_MAC_BYTES:]
    # One key has one mark: bits that fall off the end of Base 64 could say anything.
    if (
        not raw
        or not hmac.compare_digest(mac, _mac(name, raw))
        or mark_of(name=name, key=raw.decode(errors="replace")) != mark
    ):
        raise MarkInvalid(field="after")
    return raw.decode()


def next_link(*, request: HttpRequest, mark: str | None) -> str | None:
    """Return the address of the next page, from the root of this server, or None at the end."""
    if not mark:
        return None
    asked = [(name, value) for name, value in _asked(request) if name != "after"]
    return f"{request.path}?{urlencode([*asked, ('after', mark)])}"


def cut(
    *, rows: Sequence[Row], key: Callable[[Row], Any], name: str, after: str, limit: int
) -> tuple[Sequence[Row], str | None]:
    """Return one page of a short list that was read whole, and the mark of the next one.

    :raises MarkInvalid: when the row that a page ended with is gone, or the mark is another's.
    """
    start = 0
    if last := key_of(name=name, mark=after):
        places = [place for place, row in enumerate(rows) if str(key(row)) == last]
        if not places:
            raise MarkInvalid(field="after")
        start = places[0] + 1
    page = rows[start : start + limit]
    is_last = start + limit >= len(rows)
    return page, None if is_last or not page else mark_of(name=name, key=str(key(page[-1])))


def _asked(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.GET.lists() for value in values]


def _mac(name: str, raw: bytes) -> bytes:
    message = b"api.after:" + name.encode() + b"\0" + raw
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()[:_MAC_BYTES]
