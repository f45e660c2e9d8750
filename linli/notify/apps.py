"""Notify as a Django application."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """What people are told."""

    name = "linli.notify"
    label = "notify"
