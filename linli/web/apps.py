"""Web as a Django application."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """What people see."""

    name = "linli.web"
    label = "web"
