"""Answer a form that a phone kept while it had no network and now sends by itself.

`static/js/outbox.js` sends it with the header ``X-Linli-Outbox`` and reads JSON: what became of it,
and where to look. A form that works offline is marked ``data-outbox`` and carries a submission key.
"""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, JsonResponse

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
