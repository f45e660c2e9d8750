"""Anybody may check whether the person at the door was sent: by a code, or by telephone."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.people import queries as people
from linli.visits import queries
from linli.web import limits
from linli.web.access import Request
from linli.web.resident import community as communities
from linli.web.resident.follow import TooManyWrongCodes


@require_safe
@never_cache
def who_visits(request: Request) -> HttpResponse:
    """Say whether somebody with this code was sent today; nothing of any household.

    :raises TooManyWrongCodes: when somebody tries codes from one address.
    """
    community = communities.community_of(request)
    if community is None:
        return communities.choose(request)
    code = request.GET.get("code", "").strip()[:20]
    found = None
    if code:
        address = limits.address_of(request)
        if limits.WRONG_PASSES.is_reached(key=address):
            raise TooManyWrongCodes
        today = people.local_day(at=request.now)
        found = queries.who_carries(code=code, community_id=community.pk, on=today)
        if found is None:
            limits.WRONG_PASSES.count(key=address)
    facts = {"community": community, "code": code, "found": found}
    response = render(request, "visits/who_visits.html", facts)
    return communities.remember(request=request, response=response, community=community)
