"""Error pages, each with what to do next."""

from django.http import HttpRequest, HttpResponse


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the page was open too long."""
    return HttpResponse("", status=403)
