"""Deliberation: the office's pages under /forums/, everybody's under /deliberate/."""

from linli.web.deliberation.urls import urlpatterns

__all__ = ["urlpatterns"]
