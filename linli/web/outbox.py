"""Answer a form that a phone kept while it had no network and now sends by itself.

`static/js/outbox.js` sends it with the header ``X-Linli-Outbox`` and reads JSON: what became of it,
and where to look. A form that works offline is marked ``data-outbox`` and carries a submission key.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django_htmx.http import HttpResponseClientRedirect

from linli.web.access import Request

HEADER = "X-Linli-Outbox"


def is_from_outbox(request: HttpRequest) -> bool:
    """Tell whether a phone sends this by itself, with nobody looking."""
    return HEADER in request.headers


def accepted(*, url: str, code: str = "", is_private: bool = False) -> HttpResponse:
    """Say that it is in: it leaves the outbox, and its owner sees where it is.

    The phone does not remember the code of what is private: others may hold the phone.
    """
    return JsonResponse({"state": "accepted", "url": url, "code": code, "private": is_private})


def refused(*, sentences: Sequence[str], status: int = 422) -> HttpResponse:
    """Say why it was not taken: it waits until its owner corrects it, or for later (429)."""
    return JsonResponse({"state": "refused", "sentences": list(sentences)}, status=status)


def lead_on(request: Request, url: str) -> HttpResponse:
    """Lead to another page after a form; one that a script sent leads the whole window."""
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)


def key_of(text: str) -> UUID:
    """Return a form's key; one that is none counts as a form never sent before."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def phone_at(text: str) -> datetime | None:
    """Return what the phone's clock said, or None where it said nothing usable."""
    try:
        found = parse_datetime(text[:40])
    except ValueError:
        return None
    return found if found is not None and is_aware(found) else None
