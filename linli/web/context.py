"""What every page knows besides its own subject."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what the page frame needs."""
    return {}
