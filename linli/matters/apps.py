"""Matters as a Django application."""

from django.apps import AppConfig


class MattersConfig(AppConfig):
    """What people report, until it is put right."""

    name = "linli.matters"
    label = "matters"
