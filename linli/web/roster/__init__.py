"""The roster: households and the residents who live in them."""

from linli.web.roster.urls import urlpatterns

__all__ = ["urlpatterns"]
