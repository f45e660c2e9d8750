"""Categories as services, conditions as their attribute, and matters as service requests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from linli.api.open311.documents import Fields, Record, Rows
from linli.core.clocks import SHANGHAI
from linli.matters import queries
from linli.matters.labels import KINDS, category_name
from linli.matters.workflow import SETTLED, Kind, State

CONDITION = "condition"
"""The one attribute that a service may have: which of its filing conditions it is."""

PLACE_KINDS = ("BUILDING", "PLACE", "ESTATE")
"""What an address_id begins with, before a colon and the key: ``BUILDING:12``."""

_NOTES: dict[State, Any] = {
    State.REPORTED: _("Received, to be looked at"),
    State.ACCEPTED: _("Accepted, to be passed on"),
    State.DISPATCHED: _("Being handled"),
    State.OBJECTED: _("Being handled"),
    State.TAKEN: _("Being handled"),
    State.PAUSED: _("Being handled, paused for now"),
    State.RETURNED: _("Being handled"),
    State.RESOLVED: _("Said to be done, being checked"),
    State.REWORK: _("Being done again"),
    State.VERIFIED: _("Put right"),
    State.CLOSED: _("Put right"),
    State.DECLINED: _("Could not be accepted"),
    State.WITHDRAWN: _("Withdrawn by whoever reported it"),
}


# --- Services -------------------------------------------------------------------------------


def conditions_of(*, category: Any) -> list[Any]:
    """Return the conditions of a category that are in use, the usual one first."""
    used = [one for one in category.conditions.all() if one.ended_at is None]
    return sorted(used, key=lambda one: (one.position, one.pk))


def service_list(*, categories: Sequence[Any]) -> Rows:
    """Return what may be reported."""
    return Rows("services", "service", [_service(category) for category in categories])


def _service(category: Any) -> Fields:
    conditions = conditions_of(category=category)
    names = [one.name for one in conditions]
    return {
        "service_code": category.code,
        "service_name": category_name(category=category),
        "description": pgettext("between conditions", "; ").join(names),
        "metadata": len(conditions) > 1,
        "type": "realtime",
        "keywords": ", ".join(word.replace(",", " ") for word in category.words),
        "group": str(KINDS[Kind(category.kind)]),
    }


def service_definition(*, category: Any) -> Record:
    """Return what may be said of one service beside the words: which condition it is."""
    conditions = conditions_of(category=category)
    attributes = [_condition_attribute(conditions)] if len(conditions) > 1 else []
    fields: Fields = {
        "service_code": category.code,
        "attributes": Rows("attributes", "attribute", attributes),
    }
    return Record("service_definition", fields)


def _condition_attribute(conditions: Sequence[Any]) -> Fields:
    return {
        "variable": True,
        "code": CONDITION,
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": gettext("Choose one, or leave it open."),
        "order": 1,
        "description": pgettext("condition", "Which of these is it?"),
        "values": Rows(
            "values", "value", [{"key": one.code, "name": one.name} for one in conditions]
        ),
    }


# --- Requests -------------------------------------------------------------------------------


def request_list(*, matters: Sequence[Any]) -> Rows:
    """Return matters as anybody may see them."""
    return Rows("service_requests", "request", [_request(matter) for matter in matters])


def token_list(*, number: str) -> Rows:
    """Return the request that a token stands for: the token of a request is its number."""
    fields: Fields = {"service_request_id": number, "token": number}
    return Rows("service_requests", "request", [fields])


def _request(matter: Any) -> Fields:
    is_settled = matter.state in SETTLED
    is_awaited = matter.accepted_at is not None and not is_settled
    return {
        "service_request_id": matter.number,
        "status": "closed" if is_settled else "open",
        "status_notes": _status_notes(matter),
        "service_name": category_name(category=matter.category),
        "service_code": matter.category.code,
        **_public_words(matter),
        "requested_datetime": moment(matter.reported_at),
        "updated_datetime": moment(_updated_at(matter)),
        "expected_datetime": moment(matter.due_at) if is_awaited else None,
        **_public_place(matter),
        "media_url": None,
    }


def _status_notes(matter: Any) -> str:
    into = matter.merged_into
    if matter.state == State.MERGED:
        if into is None or into.is_restricted:
            return gettext("Joined with another report of the same thing")
        return gettext("Joined with %(number)s, a report of the same thing") % {
            "number": into.number
        }
    return str(_NOTES[State(matter.state)])


def _public_words(matter: Any) -> Fields:
    """Return what staff wrote for the board, and which unit has it; never the reporter's words."""
    agency, description = matter.community, None
    if queries.is_on_board(matter=matter):
        description = matter.public_summary
        # Of a person nothing is said but that it is somebody of the community.
        organisation = matter.order.organisation if matter.order is not None else None
        agency = organisation or agency
    return {
        "description": description,
        "agency_responsible": agency.name,
        "service_notice": None,
    }


def _public_place(matter: Any) -> Fields:
    """Return the place of what stands on the board, no finer than a building."""
    place: dict[str, Any] = dict.fromkeys(("address", "address_id", "zipcode", "lat", "long"))
    if not queries.is_on_board(matter=matter):
        return place
    spot = matter.building or matter.place
    kind = "BUILDING" if matter.building else "PLACE" if matter.place else "ESTATE"
    named = spot or matter.estate
    if named is None:
        return place
    # From the finest to the widest, as the standard wants it; the board's own two parts.
    parts = [spot.name if spot is not None else "", matter.estate.name if matter.estate else ""]
    place["address"] = ", ".join(part for part in (*parts, matter.community.name) if part)
    place["address_id"] = f"{kind}:{named.pk}"
    if spot is not None:
        place["lat"], place["long"] = spot.latitude, spot.longitude
    return place


def _updated_at(matter: Any) -> datetime:
    """Return when it last moved; of what is settled, when it was closed, as the standard says."""
    closed_at: datetime | None = matter.closed_at
    if closed_at is not None and matter.state in SETTLED:
        return closed_at
    order = matter.order
    known: list[datetime | None] = [
        matter.reported_at,
        matter.accepted_at,
        matter.resolved_at,
        matter.paused_at,
        *((order.dispatched_at, order.taken_at, order.resolved_at) if order is not None else ()),
    ]
    return max(one for one in known if one is not None)


def moment(at: datetime) -> str:
    """Return a moment as the standard writes it, in the time of the community."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")
