"""The office: A4 posters whose QR code leads to where residents say what they think."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.core.errors import NotFound
from linli.deliberation import queries
from linli.territory import posters
from linli.web.access import Request, for_roles
from linli.web.address import whole_address
from linli.web.deliberation.frame import READERS, community_here
from linli.web.resident.community import office_phone_of
from linli.web.workbooks import download


@require_safe
@for_roles(*READERS)
def of_forum(request: Request, forum_id: int) -> HttpResponse:
    """Hand out the poster of a forum that takes opinions from everybody."""
    forum = queries.get_forum_at_work(actor=request.actor, forum_id=forum_id)
    if not forum.asks_everybody:
        raise NotFound
    asked = {"community": forum.community_id, "forum": forum.pk}
    back = redirect("forum", forum_id=forum.pk)
    return _poster(request, forum.community, place=forum.name, asked=asked, back=back)


@require_safe
@for_roles(*READERS)
def of_community(request: Request) -> HttpResponse:
    """Hand out a poster that leads to the opinion page of the community, of no forum."""
    community = community_here(request)
    asked = {"community": community.pk}
    place = _("Opinions and bright ideas")
    return _poster(request, community, place=place, asked=asked, back=redirect("opinions"))


def _poster(
    request: Request, community: Any, *, place: str, asked: dict[str, int], back: HttpResponse
) -> HttpResponse:
    address = whole_address(request=request, path=f"{reverse('say')}?{urlencode(asked)}")
    phone = office_phone_of(community, settings.OFFICE_PHONE)
    if not (address or phone):
        messages.error(request, str(posters.NothingToCall()))
        return back
    content = posters.posters_pdf(faces=[_face(community.name, place, address, phone)])
    name = f"{place}.pdf"
    return download(content=content, name=name, media_type="application/pdf")


def _face(community: str, place: str, address: str, phone: str) -> posters.PosterFace:
    first = (
        _("Scan the code with WeChat. Nothing to install, no account.")
        if address
        else _("Call us. We write it down for you.")
    )
    return posters.PosterFace(
        id=0,
        token="",
        community=community,
        place=place,
        address=address,
        phone=phone,
        title=_("What do you think?"),
        lead=_("Scan and tell us") if address else _("Call and tell us"),
        steps=(
            first,
            _("One sentence is enough; you need not give a name."),
            _("Keep the code: with it you read the answer. Every opinion gets one."),
        ),
        note=_("In danger call 110, 119 or 120 first."),
    )


urlpatterns = [
    path("forums/<int:forum_id>/poster.pdf", of_forum, name="forum_poster"),
    path("forums/opinions/poster.pdf", of_community, name="opinions_poster"),
]
