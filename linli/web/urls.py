"""Every address of the faces."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver

_MODULES = (
    "switches",
    "resident",
    "field",
    "steps",
    "handler",
    "desk",
    "overview",
    "territory",
    "people",
    "accounts",
    "messages",
    "lists",
    "files",
    "trace",
    "patterns",
)

urlpatterns: list[URLPattern | URLResolver] = [
    pattern
    for name in _MODULES
    if find_spec(f"linli.web.{name}")
    for pattern in getattr(import_module(f"linli.web.{name}"), "urlpatterns", ())
]
