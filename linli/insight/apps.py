"""Insight as a Django application."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """What the figures say."""

    name = "linli.insight"
    label = "insight"
