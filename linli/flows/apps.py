"""Flows as a Django application."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    """The use cases that join rooms."""

    name = "linli.flows"
    label = "flows"
