"""Every address, by face."""

from django.urls import include, path

urlpatterns = [
    path("", include("linli.web.urls")),
]
