"""Home, the public board and the privacy notice."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linli.matters import queries as matters
from linli.matters import reference
from linli.territory import queries as territory
from linli.web.access import Request
from linli.web.resident.community import (
    choose,
    community_of,
    office_phone_of,
    remember,
)

BOARD_PAGE_SIZE = 20


@require_safe
def home(request: Request) -> HttpResponse:
    """Show the three doors, and the way to what one said before."""
    community = community_of(request)
    if community is None:
        return choose(request)
    profile = getattr(community, "profile", None)
    hours = profile.office_hours.split(",") if profile is not None else []
    facts = {"community": community, "profile": profile, "office_hours": " · ".join(hours)}
    page = render(request, "resident/home.html", facts)
    return remember(request=request, response=page, community=community)


@require_safe
def board(request: Request) -> HttpResponse:
    """Show what the community publishes; a board that is off is no page at all."""
    community = community_of(request)
    if community is None:
        return choose(request)
    profile = territory.profile_of(community_id=community.pk)
    if not profile.public_board:
        return render(request, "resident/board_off.html", {"profile": profile}, status=404)
    rows = matters.published_matters(community_id=community.pk)
    before = _read_key(request.GET.get("before", ""))
    if before is not None:
        moment, last = before
        rows = rows.filter(Q(published_at__lt=moment) | Q(published_at=moment, pk__lt=last))
    found = list(rows[: BOARD_PAGE_SIZE + 1])
    shown = found[:BOARD_PAGE_SIZE]
    older = ""
    if len(found) > BOARD_PAGE_SIZE and shown[-1].published_at is not None:
        older = f"{shown[-1].published_at.isoformat()}~{shown[-1].pk}"
    facts = {"community": community, "rows": shown, "older": older, "is_first": before is None}
    return render(request, "resident/board.html", facts)


def _read_key(text: str) -> tuple[datetime, int] | None:
    moment, _, last = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, int(last)) if at.tzinfo is not None and last.isdecimal() else None


@require_safe
def privacy(request: Request) -> HttpResponse:
    """Tell who handles personal data, which, why, for how long, and what one may ask."""
    community = community_of(request)
    profile = None
    days = reference.MethodInput().tracking_days
    if community is not None:
        profile = territory.profile_of(community_id=community.pk)
        days = reference.get_method(community_id=community.pk).tracking_days
    facts = {
        "community": community,
        "profile": profile,
        "office_phone": office_phone_of(community, settings.OFFICE_PHONE),
        "tracking_days": days,
    }
    return render(request, "resident/privacy.html", facts)
