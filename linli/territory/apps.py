"""Territory as a Django application."""

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    """Where things are."""

    name = "linli.territory"
    label = "territory"
