"""The methods of the standard: discovery, services, requests and tokens."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.api.open311 import mapping
from linli.api.open311.answering import Call, resource
from linli.api.open311.documents import Fields, Format, Record, Rows
from linli.api.open311.jurisdictions import community_of
from linli.api.open311.parameters import BadRequest, Parameters
from linli.api.open311.taking_in import category_of, take_in
from linli.core.errors import Refused
from linli.matters import queries
from linli.territory import queries as territory

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
REQUESTS_MAX = 1_000
_COMMUNITIES_NAMED = 20
_STATUSES = ("open", "closed")


class StatusUnknown(BadRequest):
    """A status that the standard does not have."""

    sentence = _("status has to be open or closed.")


class TooManyIds(BadRequest):
    """More were asked for than are answered at once."""

    sentence = _("At most %(most)s service_request_id are answered at once.")


class RequestUnknown(Refused):
    """No request anybody may see has this number."""

    sentence = _("service_request_id was not found.")
    status = 404


class TokenUnknown(Refused):
    """No request has this token."""

    sentence = _("The token was not found. Requests get their service_request_id at once here.")
    status = 404


# --- Discovery and services -----------------------------------------------------------------


def _discovery(call: Call) -> Record:
    """Say where everything is, whom to ask, and when a service last changed."""
    communities = territory.find_communities(limit=REQUESTS_MAX)
    changed_at = queries.categories_changed_at(community_ids=[one.pk for one in communities])
    changeset = "1970-01-01T00:00:00Z" if changed_at is None else mapping.moment(changed_at)
    endpoint: Fields = {
        "specification": SPECIFICATION,
        "url": f"{call.site}{reverse('open311_root')}".rstrip("/"),
        "changeset": changeset,
        "type": "production",
        "formats": Rows("formats", "format", [format.media_type for format in Format]),
    }
    fields: Fields = {
        "changeset": changeset,
        "contact": _contact(communities[:_COMMUNITIES_NAMED]),
        "key_service": gettext(
            "The office of the community issues an api_key. It is for one community and for at "
            "most a year."
        ),
        "endpoints": Rows("endpoints", "endpoint", [endpoint]),
    }
    return Record("discovery", fields)


def _contact(communities: list[Any]) -> str:
    lines = []
    for area in communities:
        profile = getattr(area, "profile", None)
        phone = (profile.office_phone if profile is not None else "") or settings.OFFICE_PHONE
        lines.append(f"{area.name} (jurisdiction_id {area.code}) {phone}".rstrip())
    return "\n".join(lines) or gettext("No community has been set up here yet.")


def _services(call: Call) -> Rows:
    community = community_of(parameters=call.parameters)
    rows = queries.list_categories(community_id=community.pk, for_residents=True)
    return mapping.service_list(categories=list(rows))


def _service(call: Call, service_code: str) -> Record:
    community = community_of(parameters=call.parameters)
    named = Parameters({"service_code": (service_code,)})
    return mapping.service_definition(category=category_of(community_id=community.pk, given=named))


# --- Requests -------------------------------------------------------------------------------


def _requests(call: Call) -> Rows:
    """Return the requests with these numbers, or those on the board in 90 days."""
    given = call.parameters
    community = community_of(parameters=given)
    numbers = given.many("service_request_id")
    if numbers:  # It overrides all other arguments, even those that make no sense.
        if len(numbers) > REQUESTS_MAX:
            raise TooManyIds(most=REQUESTS_MAX)
        matters = queries.list_by_number(community_id=community.pk, numbers=numbers)
        return mapping.request_list(matters=matters)
    statuses = given.many("status")
    if not frozenset(_STATUSES).issuperset(statuses):
        raise StatusUnknown
    since, until = given.span(at=call.at)
    rows = queries.list_on_board(
        community_id=community.pk,
        wanted=queries.PublicFilter(
            since=since,
            until=until,
            category_codes=given.many("service_code"),
            is_settled=statuses[0] == "closed" if len(statuses) == 1 else None,
        ),
    )
    return mapping.request_list(matters=list(rows[:REQUESTS_MAX]))


def _request(call: Call, service_request_id: str) -> Rows:
    community = community_of(parameters=call.parameters)
    found = queries.list_by_number(community_id=community.pk, numbers=[service_request_id])
    if not found:
        raise RequestUnknown
    return mapping.request_list(matters=found)


def _token(call: Call, token_id: str) -> Rows:
    """Return the number a token stands for: we answer at once, so it is its own."""
    community = community_of(parameters=call.parameters)
    found = queries.list_by_number(community_id=community.pk, numbers=[token_id])
    if not found:
        raise TokenUnknown
    return mapping.token_list(number=found[0].number)


def _take_in(call: Call) -> Rows:
    return take_in(call=call)


discovery = resource(get=_discovery)
services = resource(get=_services)
service = resource(get=_service)
requests = resource(get=_requests, post=_take_in)
request = resource(get=_request)
token = resource(get=_token)
nothing = resource()
