"""Every address for programs, and the pages that describe them."""

from django.urls import include, path

from linli.api.describing import openapi_json
from linli.api.guide import show_guide
from linli.api.v1 import api

urlpatterns = [
    path("api/", show_guide, name="api_guide"),
    path("api/v1/openapi.json", openapi_json, name="openapi_json"),
    path("api/v1/", api.urls),
    path("open311/v2/", include("linli.api.open311.urls")),
]
