"""Every address of the faces."""

from django.urls import URLPattern, URLResolver

from linli.web import (
    accounts,
    deliberation,
    desk,
    field,
    files,
    handler,
    lists,
    messages,
    offline,
    overview,
    patterns,
    people,
    resident,
    roster,
    steps,
    switches,
    territory,
    tokens,
    trace,
    visits,
)

_AREAS = (
    switches,
    resident,
    field,
    steps,
    handler,
    desk,
    overview,
    territory,
    people,
    roster,
    accounts,
    tokens,
    messages,
    offline,
    lists,
    files,
    trace,
    visits,
    deliberation,
    patterns,
)

urlpatterns: list[URLPattern | URLResolver] = [
    pattern for area in _AREAS for pattern in area.urlpatterns
]
