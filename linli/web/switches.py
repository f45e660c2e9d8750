"""The two switches in every frame: language and type size. Each is a cookie of this browser."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from linli.web.context import LARGE_TYPE_COOKIE

_YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Show this browser one of the two languages from now on."""
    response = _return(request)
    chosen = request.POST.get("language", "")
    if chosen in {code for code, _name in settings.LANGUAGES}:
        _remember(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    return response


@require_POST
def choose_type_size(request: HttpRequest) -> HttpResponse:
    """Show this browser large or usual type from now on."""
    response = _return(request)
    _remember(response, LARGE_TYPE_COOKIE, "1" if request.POST.get("large") == "1" else "0")
    return response


def _return(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(back if is_ours else "/")


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


urlpatterns = [
    path("language/", choose_language, name="choose_language"),
    path("type-size/", choose_type_size, name="choose_type_size"),
]
