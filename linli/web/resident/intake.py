"""From what a resident typed to what the services take: the place, and limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.core.codes import InvalidCode, normalise_phone
from linli.core.errors import Refused
from linli.matters import intake as matters
from linli.matters.queries import Alike
from linli.territory import queries as territory
from linli.web import limits
from linli.web.access import Request

POINT = "POINT"
_NEARBY_METRES = 120
_METRES_PER_DEGREE = 111_320


class TooManyReports(Refused):
    """More came from here in an hour than people write by hand."""

    sentence = _(
        "Many reports came from here within an hour. Nothing you typed is lost: please send it "
        "later, or call the office at %(phone)s."
    )
    status = 429


class TooManyReportsNoPhone(TooManyReports):
    """The same where no office has entered its number."""

    sentence = _(
        "Many reports came from here within an hour. Nothing you typed is lost: please send it "
        "later, or go to the office."
    )


class WhatAndWhere(forms.Form):
    """What every report says, whoever brings it in: some words, and some place."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    longitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    latitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    place_ref = forms.CharField(required=False, max_length=40)
    category = forms.IntegerField(required=False)
    text = forms.CharField(
        label=_("What did you see?"),
        help_text=_("One sentence is enough, such as: the street lamp at the south gate is out."),
        error_messages={"required": _("Please say in words what this is about.")},
        widget=forms.Textarea,
    )
    place_query = forms.CharField(
        label=_("Where is it?"),
        required=False,
        max_length=80,
        help_text=_("Type an estate, a building or a place; initials will do. Or describe it."),
    )
    place_text = forms.CharField(
        label=_("Where exactly?"),
        required=False,
        max_length=80,
        help_text=_("Such as: third floor, beside the lift."),
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """A place as one picks it: a kind and its key, such as ``BUILDING:12``."""

    ref: str
    label: str


# --- Place ----------------------------------------------------------------------------------


def places_for(*, community_id: int, query: str) -> list[Chosen]:
    """Return what a search finds, ready to be picked."""
    found = territory.search_places(community_id=community_id, query=query, limit=8)
    return [Chosen(f"{one.kind}:{one.id}", one.label) for one in found]


def places_near(*, grid_id: int, longitude: float, latitude: float) -> list[Chosen]:
    """Return the few buildings of a grid that stand near a point, the nearest first."""
    near = []
    for building in territory.list_buildings(grid_id=grid_id):
        if building.longitude is None or building.latitude is None:
            continue
        # Flat earth and a fixed 0.85 for the meridians will do over 120 m anywhere in China.
        east = (building.longitude - longitude) * 0.85
        north = building.latitude - latitude
        metres = (east**2 + north**2) ** 0.5 * _METRES_PER_DEGREE
        if metres < _NEARBY_METRES:
            label = f"{building.estate.name} {building.name}"
            near.append((metres, building.pk, Chosen(f"BUILDING:{building.pk}", label)))
    return [chosen for _metres, _key, chosen in sorted(near, key=lambda one: one[:2])[:4]]


def point_of(*, given: Mapping[str, str]) -> tuple[float, float] | None:
    """Return the longitude and latitude that a phone gave, or None where they are no point."""
    try:
        longitude, latitude = float(given.get("longitude", "")), float(given.get("latitude", ""))
    except ValueError:
        return None
    is_on_earth = -180 <= longitude <= 180 and -90 <= latitude <= 90
    return (longitude, latitude) if is_on_earth else None


def locate(*, community_id: int, given: dict[str, Any]) -> territory.Location:
    """Return the place that a form names; words that name one place exactly count as picked.

    :raises Refused: when nothing names a place.
    """
    if given["poster"]:
        return territory.locate(
            community_id=community_id,
            poster_token=given["poster"],
            place_text=given["place_text"],
        )
    kind, _, key = given["place_ref"].partition(":")
    query, detail = given["place_query"], given["place_text"]
    has_point = given["longitude"] is not None and given["latitude"] is not None
    if not kind and query:
        kind, key = matters.place_named(community_id=community_id, words=query)
    if key.isdecimal() and kind in _KEYS:
        keys: dict[str, Any] = {_KEYS[kind]: int(key)}
        return territory.locate(community_id=community_id, place_text=detail, **keys)
    words = "，".join(dict.fromkeys(part for part in (query, detail) if part))
    if has_point and (kind == POINT or not query):
        try:
            return territory.locate(
                community_id=community_id,
                longitude=given["longitude"],
                latitude=given["latitude"],
                place_text=words,
            )
        except territory.OutsideEveryGrid:
            # A phone that is wrong about where it is must not outweigh what somebody wrote.
            if not words:
                raise
    return territory.locate(community_id=community_id, place_text=words)


_KEYS = {"ESTATE": "estate_id", "BUILDING": "building_id", "PLACE": "place_id"}


# --- Duplicates -----------------------------------------------------------------------------


def duplicates_of(
    *, request: Request, location: territory.Location | None, text: str, category_id: int | None
) -> Sequence[Alike]:
    """Return what neighbours reported near there lately. It may fail and never disturbs."""
    if location is None:
        return ()
    return matters.duplicates_at(
        location=location, text=text, category_id=category_id, at=request.now
    )


# --- Limits ---------------------------------------------------------------------------------


def must_not_be_too_many(*, request: Request, phone: str, office_phone: str) -> None:
    """Refuse when an hour's reports from this address or phone were already accepted.

    :raises TooManyReports: then.
    """
    if request.actor.account_id is not None:
        return  # Staff enter reports for a whole street after a storm.
    reached = limits.REPORTS_BY_ADDRESS.is_reached(key=limits.address_of(request)) or (
        bool(phone) and limits.REPORTS_BY_PHONE.is_reached(key=plain_phone(phone))
    )
    if reached:
        raise TooManyReports(phone=office_phone) if office_phone else TooManyReportsNoPhone


def count_accepted(*, request: Request, phone: str) -> None:
    """Count a report that was accepted."""
    limits.REPORTS_BY_ADDRESS.count(key=limits.address_of(request))
    if phone:
        limits.REPORTS_BY_PHONE.count(key=plain_phone(phone))


def plain_phone(phone: str) -> str:
    """Return one spelling for one number, however it was typed."""
    try:
        return normalise_phone(text=phone)
    except InvalidCode:
        return phone.strip()
