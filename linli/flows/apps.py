"""Flows as a Django application."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    """The use cases that join rooms."""

    name = "linli.flows"
    label = "flows"

    def ready(self) -> None:
        """Register with `core` which reactions each event is owed."""
        from linli.core import events  # Models cannot be imported before the apps are ready.
        from linli.flows import reactions

        events.register(reactions=reactions.names())
