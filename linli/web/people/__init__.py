"""The register of people: accounts and roles, organisations, duty, leave, calendar, profile."""

from linli.web.people.urls import urlpatterns

__all__ = ["urlpatterns"]
