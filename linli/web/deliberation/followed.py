"""What became of an opinion, for whoever said it: by its code, or in their account."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.core import codes
from linli.core.errors import NotFound
from linli.deliberation import queries
from linli.deliberation.queries import opinions as found_opinions
from linli.deliberation.queries.access import actor_of_author
from linli.deliberation.services import opinions as services
from linli.web import limits
from linli.web.access import Request, signed_in
from linli.web.deliberation.telling import answer_of, story_for


def opinion_with(*, code: str) -> Any | None:
    """Return the opinion that bears a code, or None."""
    try:
        return found_opinions.opinion_by_code(code=code)
    except found_opinions.UnknownCode:
        return None


def show_followed(request: Request, opinion: Any, code: str) -> HttpResponse:
    """Show an opinion to whoever holds its code: the page for both kinds of codes leads here."""
    request.community = opinion.community
    facts = _facts(opinion)
    facts |= {"code": code, "shown_code": codes.show_tracking_code(code=code)}
    facts["erase_url"] = reverse("erase_author", args=[code])
    return render(request, "deliberation/followed.html", facts)


@require_safe
@never_cache
@signed_in
def mine(request: Request) -> HttpResponse:
    """List what somebody said with their account."""
    rows = found_opinions.own_opinions(actor=request.actor)
    return render(request, "deliberation/mine.html", {"rows": rows})


@require_safe
@never_cache
@signed_in
def my_opinion(request: Request, opinion_id: int) -> HttpResponse:
    """Show one's own opinion and what became of it."""
    opinion = queries.get_opinion(actor=request.actor, opinion_id=opinion_id)
    if not services.is_author(opinion=opinion, actor=request.actor):
        return redirect("opinion", opinion_id=opinion_id)
    request.community = opinion.community
    facts = _facts(opinion) | {"erase_url": reverse("erase_my_opinion", args=[opinion.pk])}
    return render(request, "deliberation/followed.html", facts)


@require_POST
@never_cache
@signed_in
def forget_mine(request: Request, opinion_id: int) -> HttpResponse:
    """Take one's account, name and number off what one said; from then on its code leads there."""
    opinion = queries.get_opinion(actor=request.actor, opinion_id=opinion_id)
    if not services.is_author(opinion=opinion, actor=request.actor):
        raise NotFound
    services.erase_author(opinion_id=opinion.pk, actor=request.actor, at=request.now)
    messages.success(request, _("It was erased for good that you said it."))
    return redirect("follow", code=services.code_of(opinion=opinion))


@require_POST
@never_cache
def forget_me(request: Request, code: str) -> HttpResponse:
    """Have one's name and number forgotten; what was said and answered stays."""
    opinion = by_code(request, code)
    author = actor_of_author(opinion=opinion)
    services.erase_author(opinion_id=opinion.pk, actor=author, at=request.now)
    messages.success(request, _("It was erased for good that you said it."))
    return redirect("follow", code=code)


def _facts(opinion: Any) -> dict[str, Any]:
    topic = found_opinions.standing_topic(topic=opinion.topic)
    is_public = topic is not None and topic.forum.is_public
    return {
        "opinion": opinion,
        "topic": topic,
        "topic_url": reverse("public_topic", args=[topic.pk]) if topic and is_public else "",
        "answer": answer_of(opinion=opinion),
        "result": found_opinions.result_of(topic=topic),
        "entries": story_for(opinion=opinion),
        "community": opinion.community,
    }


def by_code(request: Request, code: str) -> Any:
    """Return the opinion that a code belongs to; count codes that belong to nothing.

    :raises UnknownCode: when there is none.
    """
    address = limits.address_of(request)
    if limits.WRONG_CODES.is_reached(key=address):
        raise found_opinions.UnknownCode
    try:
        return found_opinions.opinion_by_code(code=code)
    except found_opinions.UnknownCode:
        limits.WRONG_CODES.count(key=address)
        raise


urlpatterns = [
    path("deliberate/said/<str:code>/erase/", forget_me, name="erase_author"),
    path("deliberate/mine/", mine, name="my_opinions"),
    path("deliberate/mine/<int:opinion_id>/", my_opinion, name="my_opinion"),
    path("deliberate/mine/<int:opinion_id>/erase/", forget_mine, name="erase_my_opinion"),
]
