"""Deliberation as a Django application."""

from django.apps import AppConfig


class DeliberationConfig(AppConfig):
    """What residents raise is talked over by rule."""

    name = "linli.deliberation"
    label = "deliberation"
