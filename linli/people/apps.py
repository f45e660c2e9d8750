"""People as a Django application."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Who people are, and what they may do."""

    name = "linli.people"
    label = "people"
