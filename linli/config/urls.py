"""Every address, by face."""

from django.urls import include, path

urlpatterns = [
    path("", include("linli.api.watching")),
    path("", include("linli.api.urls")),
    path("", include("linli.web.urls")),
]

handler400 = "linli.web.errors.bad_request"
handler403 = "linli.web.errors.forbidden"
handler404 = "linli.web.errors.not_found"
handler500 = "linli.web.errors.fault"
