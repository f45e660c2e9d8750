"""Posters: choose where they hang, print them, take them out of use."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.core.errors import NotFound
from linli.core.typesetting import chinese_font
from linli.territory import posters, queries, services
from linli.web.access import Request
from linli.web.territory.common import community_of, for_readers, frame

_AT_ONCE_MAX = 300


@require_http_methods(["GET", "HEAD", "POST"])
@for_readers
def show_posters(request: Request) -> HttpResponse:
    """Choose buildings, entrances and places, many at once, and make their posters."""
    community = community_of(request)
    if request.method == "POST":
        return _make(request, community)
    made = queries.list_posters(actor=request.actor, community_id=community.pk)
    profile = queries.profile_of(community_id=community.pk)
    facts = {
        **frame(request, community),
        "estates": _spots(community),
        "places": queries.list_places(community_id=community.pk),
        "made": [(poster, queries.hangs_at(poster=poster)) for poster in made],
        "public_url": settings.PUBLIC_URL,
        "phone": profile.office_phone or settings.OFFICE_PHONE,
    }
    return render(request, "territory/posters.html", facts)


@require_safe
@for_readers
def print_posters(request: Request) -> HttpResponse:
    """Show posters as A4 pages, to be printed from the browser."""
    faces = _faces(request)
    facts = {
        "faces": faces,
        "ids": request.GET.get("ids", ""),
        "has_font": bool(chinese_font()),
    }
    return render(request, "territory/poster_print.html", facts)


@require_safe
@for_readers
def download_pdf(request: Request) -> HttpResponse:
    """Hand out posters as one PDF."""
    faces = _faces(request)
    response = HttpResponse(posters.posters_pdf(faces=faces), content_type="application/pdf")
    name = f"{gettext('Posters')}-{faces[0].community}.pdf"
    attached = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Disposition"] = attached or "attachment"
    return response


@require_safe
@for_readers
def qr_code(request: Request, poster_id: int) -> HttpResponse:
    """Hand out the QR code of one poster, for an office's own paper."""
    (poster,) = queries.get_posters(actor=request.actor, ids=[poster_id])
    (face,) = _said(poster)
    if not face.address:
        raise NotFound
    return HttpResponse(posters.qr_png(text=face.address), content_type="image/png")


@require_POST
@for_readers
def withdraw(request: Request, poster_id: int) -> HttpResponse:
    """Take a poster out of use."""
    poster = services.withdraw_poster(poster_id=poster_id, actor=request.actor, at=request.now)
    messages.success(request, gettext("The poster is out of use. Please take it down."))
    return redirect(f"{reverse('places_posters')}?community={poster.community_id}")


def _make(request: Request, community: Any) -> HttpResponse:
    chosen = {
        f"{kind}_ids": [int(key) for key in request.POST.getlist(kind) if key.isdecimal()]
        for kind in ("building", "entrance", "place")
    }
    total = sum(len(keys) for keys in chosen.values())
    back = f"{reverse('places_posters')}?community={community.pk}"
    if not total:
        messages.error(request, gettext("Choose at least one building, entrance or place."))
        return redirect(back)
    if total > _AT_ONCE_MAX:
        sentence = gettext("At most %(limit)s posters at once.") % {"limit": _AT_ONCE_MAX}
        messages.error(request, sentence)
        return redirect(back)
    made = services.make_posters(actor=request.actor, at=request.now, **chosen)
    ids = ",".join(str(poster.pk) for poster in made)
    return redirect(f"{reverse('places_posters_print')}?ids={ids}")


def _faces(request: Request) -> list[posters.PosterFace]:
    said = request.GET.get("ids", "").split(",")
    ids = [int(key) for key in said if key.isdecimal() and len(key) < 16][:_AT_ONCE_MAX]
    if not ids:
        raise NotFound
    return _said(*queries.get_posters(actor=request.actor, ids=ids))


def _said(*made: Any) -> list[posters.PosterFace]:
    return posters.faces_of(
        posters=made, public_url=settings.PUBLIC_URL, office_phone=settings.OFFICE_PHONE
    )


def _spots(community: Any) -> list[tuple[Any, list[tuple[Any, list[Any]]]]]:
    """Return estates with their buildings and those buildings' entrances."""
    entrances: dict[int, list[Any]] = {}
    for entrance in queries.list_entrances(community_id=community.pk):
        entrances.setdefault(entrance.building_id, []).append(entrance)
    buildings: dict[int, list[tuple[Any, list[Any]]]] = {}
    for building in queries.list_buildings(community_id=community.pk):
        inside = entrances.get(building.pk, [])
        buildings.setdefault(building.estate_id, []).append((building, inside))
    return [
        (estate, buildings[estate.pk])
        for estate in queries.list_estates(community_id=community.pk)
        if estate.pk in buildings
    ]
