"""Core as a Django application."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The event log and what every room stands on."""

    name = "linli.core"
    label = "core"
