"""Visits as a Django application."""

from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """Who is to be called on, and who was."""

    name = "linli.visits"
    label = "visits"
