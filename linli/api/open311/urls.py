"""The addresses of the standard, below /open311/v2/."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from linli.api.open311 import views


class ExtensionConverter(StringConverter):
    """What an address ends in: a dot and a format, or nothing."""

    regex = r"(?:\.[^/]*)?"


class AnythingConverter(StringConverter):
    """Whatever is left, line ends too."""

    regex = r"[\s\S]+"


register_converter(AnythingConverter, "open311_anything")
register_converter(ExtensionConverter, "open311_extension")

urlpatterns = [
    path("", views.nothing, name="open311_root"),
    path("discovery<open311_extension:extension>", views.discovery, name="open311_discovery"),
    path("services<open311_extension:extension>", views.services, name="open311_services"),
    path("services/<str:service_code>", views.service, name="open311_service"),
    path("requests<open311_extension:extension>", views.requests, name="open311_requests"),
    path("requests/<str:service_request_id>", views.request, name="open311_request"),
    path("tokens/<str:token_id>", views.token, name="open311_token"),
    path("<open311_anything:rest>", views.nothing, name="open311_nothing"),
]
