"""Visits: campaigns at the desk, today's doors on the phone, and who visits for anybody to ask."""

from linli.web.visits.urls import urlpatterns

__all__ = ["urlpatterns"]
