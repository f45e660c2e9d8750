"""A service request comes in: whose key, which service, where, and one report as from the web."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.api.open311.answering import Call
from linli.api.open311.documents import Fields, Rows
from linli.api.open311.jurisdictions import community_of
from linli.api.open311.mapping import CONDITION, PLACE_KINDS, conditions_of
from linli.api.open311.parameters import BadRequest, Parameters, TooLong
from linli.core import codes, crypto
from linli.core.errors import NotFound, Refused, Several
from linli.core.limits import HOUR_SECONDS, REPORTS_BY_PHONE, Limit
from linli.language.normal import is_blank_text, normalise
from linli.matters import queries, services
from linli.matters.intake import calls_for, danger_of, place_named
from linli.matters.workflow import Channel, Kind
from linli.people import queries as people
from linli.territory import queries as territory

DESCRIPTION_LENGTH_MAX = 4_000
ADDRESS_LENGTH_MAX = 120
URL_LENGTH_MAX = 500
ID_LENGTH_MAX = 255
NAME_LENGTH_MAX = 100

SAME_WITHIN_SECONDS = 600
"""A request that comes again this soon, all the same, is the same; see `submission_keys`."""

REPORTS_BY_KEY = Limit("open311-key", 600, HOUR_SECONDS, in_process=True)
REPORTS_BY_DEVICE = Limit("open311-device", 20, HOUR_SECONDS, in_process=True)
_REPORT = "REPORT"
_SAME = "matter.submission"


class KeyRefused(Refused):
    """The api_key is missing, wrong, too old, or for something else."""

    sentence = _(
        "The api_key is missing, invalid or expired, or is not for this community. The "
        "community’s office gives one out."
    )
    status = 403


class ServiceMissing(BadRequest):
    """Nobody said what it is about."""

    sentence = _("service_code was not provided.")


class ServiceUnknown(Refused):
    """No such service here."""

    sentence = _("service_code was not found.")
    status = 404


class PlaceMissing(BadRequest):
    """Nobody said where it is."""

    sentence = _("Say where it is: lat and long, or address_string, or address_id.")


class AddressUnknown(BadRequest):
    """The address_id is none of this community."""

    sentence = _("address_id was not found. It looks like BUILDING:12.")


class AttributeUnknown(BadRequest):
    """The service has no such attribute, or no such value of it."""

    sentence = _("attribute[%(code)s] has to be one of the values in the service definition.")


class NotAnAddressOfMedia(BadRequest):
    """The media_url is no address."""

    sentence = _("media_url has to be an address that begins with https:// or http://.")


class KeyUnreadable(BadRequest):
    """The Idempotency-Key is none."""

    sentence = _("Idempotency-Key has to be 1 to 255 visible ASCII characters.")


class TooManyRequests(Refused):
    """More came with this key, or from one device or telephone, than people report in an hour."""

    sentence = _("Too many requests came within an hour. Please send it again later.")
    status = 429


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, read and found good."""

    category: Any
    condition: Any | None
    location: territory.Location
    text: str
    reporter: services.ReporterInput
    device: str
    account_id: str


def take_in(*, call: Call) -> Rows:
    """Write a matter of what a program sends, and say what follows; see docs/open311.md.

    :raises KeyRefused: when the key is not one for this community.
    :raises TooManyRequests: when too many came within an hour.
    :raises Several: when something of it cannot be used.
    """
    given = call.parameters
    token = people.token_of(secret=given.one("api_key"), at=call.at)
    if token is None or _REPORT not in token.scopes:
        raise KeyRefused
    community = community_of(parameters=given)
    if token.community_id != community.pk:
        raise KeyRefused
    asked = _read(community=community, given=given)
    keys = submission_keys(token=token, call=call)
    known = queries.first_submitted(submission_keys=keys)
    if known is None:
        _must_not_be_too_many(token=token, asked=asked)
    made = services.report(
        report=services.Report(
            submission_key=known or keys[0],
            community_id=community.pk,
            text=asked.text,
            category_id=asked.category.pk,
            condition_id=asked.condition and asked.condition.pk,
            location=asked.location,
            channel=Channel.OPEN311,
            reporter=asked.reporter,
        ),
        actor=people.actor_of_token(token=token, at=call.at),
        at=call.at,
    )
    if made.is_new:
        _count(token=token, asked=asked)
    fields: Fields = {
        "service_request_id": made.matter.number,
        "service_notice": _notice(made=made, text=asked.text, site=call.site),
        "account_id": asked.account_id,
    }
    return Rows("service_requests", "request", [fields])


# --- Once, though sent twice ----------------------------------------------------------------


def submission_keys(*, token: Any, call: Call) -> list[UUID]:
    """Return the keys under which this may be in already; a new report takes the first.

    With an Idempotency-Key the same content under the same key is one report, for ever. Without,
    the same content is one report within a slice of ten minutes and the one before it: a program
    that heard no answer asks again at once, and who reports the same lamp an hour later means it.

    :raises KeyUnreadable: when the Idempotency-Key is none.
    """
    said = sorted(
        (name, values) for name, values in call.parameters.values.items() if name != "api_key"
    )
    content = repr((token.pk, said))
    if call.idempotency_key:
        key = call.idempotency_key
        if len(key) > ID_LENGTH_MAX or not (key.isascii() and key.isprintable()):
            raise KeyUnreadable
        return [_key_of(f"key\0{key}\0{content}")]
    now = int(call.at.timestamp()) // SAME_WITHIN_SECONDS
    return [_key_of(f"time\0{slice_}\0{content}") for slice_ in (now, now - 1)]


def _key_of(content: str) -> UUID:
    # Keyed, so that nobody who sees the row can try out what it was made of.
    return UUID(crypto.digest(value=content, field=_SAME)[:32])


# --- What was sent --------------------------------------------------------------------------

_Found = TypeVar("_Found")


def _read(*, community: Any, given: Parameters) -> _Asked:
    """Return the request, or say everything that is wrong with it at once.

    :raises Several: when something cannot be used.
    """
    faults: list[Refused] = []

    def attempt(read: Callable[[], _Found]) -> _Found | None:
        try:
            return read()
        except Refused as refusal:
            faults.append(refusal)
            return None

    category = attempt(lambda: category_of(community_id=community.pk, given=given))
    condition = attempt(lambda: _condition_of(category, given)) if category else None
    location = attempt(lambda: _location_of(community.pk, given))
    description = attempt(lambda: given.one("description", limit=DESCRIPTION_LENGTH_MAX))
    media = attempt(lambda: _media_of(given))
    reporter = attempt(lambda: _reporter_of(given))
    ids = attempt(lambda: [given.one(name, limit=ID_LENGTH_MAX) for name in _IDS])
    if faults or category is None or location is None or reporter is None or ids is None:
        raise Several(faults=faults)
    device_id, account_id, email = ids
    return _Asked(
        category=category,
        condition=condition,
        location=location,
        text=_text_of(category, condition, description or "", media or ""),
        reporter=reporter,
        device=device_id or account_id or email,
        account_id=account_id,
    )


_IDS = ("device_id", "account_id", "email")


def category_of(*, community_id: int, given: Parameters) -> Any:
    """Return the category that a service_code names.

    :raises ServiceMissing: when there is none.
    :raises ServiceUnknown: when it is not one that residents may report.
    """
    code = given.one("service_code")
    if not code:
        raise ServiceMissing
    for category in queries.list_categories(community_id=community_id, for_residents=True):
        if category.code == code:
            return category
    raise ServiceUnknown


def _condition_of(category: Any, given: Parameters) -> Any | None:
    attributes = given.attributes()
    for code in attributes:
        if code != CONDITION:
            raise AttributeUnknown(code=code[:40])
    values = attributes.get(CONDITION, ())
    if not values:
        return None
    for condition in conditions_of(category=category):
        if values == (condition.code,):
            return condition
    raise AttributeUnknown(code=CONDITION)


def _location_of(community_id: int, given: Parameters) -> territory.Location:
    words = normalise(text=given.one("address_string"))
    if len(words) > ADDRESS_LENGTH_MAX:
        raise TooLong(name="address_string", limit=ADDRESS_LENGTH_MAX)
    latitude, longitude = given.number("lat"), given.number("long")
    if (latitude is None) != (longitude is None):
        raise PlaceMissing
    point: dict[str, Any] = {"longitude": longitude, "latitude": latitude}
    address_id = given.one("address_id")
    if address_id:
        keys = _keys_of(address_id)
        try:
            return territory.locate(community_id=community_id, place_text=words, **keys, **point)
        except NotFound as refusal:
            raise AddressUnknown from refusal
    if latitude is not None:
        try:
            found = territory.locate(community_id=community_id, **point)
            return replace(found, place_text=words)
        except territory.OutsideEveryGrid:
            # A phone that is wrong about where it is must not outweigh what somebody wrote.
            if not words:
                raise
    if not words:
        raise PlaceMissing
    kind, key = place_named(community_id=community_id, words=words)
    if not kind:
        return territory.locate(community_id=community_id, place_text=words)
    return territory.locate(community_id=community_id, **_keys_of(f"{kind}:{key}"))


def _keys_of(address_id: str) -> dict[str, Any]:
    kind, _colon, key = address_id.partition(":")
    if kind not in PLACE_KINDS or not (key.isascii() and key.isdecimal() and len(key) < 19):
        raise AddressUnknown
    return {f"{kind.lower()}_id": int(key)}


def _media_of(given: Parameters) -> str:
    url = given.one("media_url", limit=URL_LENGTH_MAX)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise NotAnAddressOfMedia from error
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or not url.isprintable()):
        raise NotAnAddressOfMedia
    return url


def _reporter_of(given: Parameters) -> services.ReporterInput:
    first, last = (given.one(name, limit=NAME_LENGTH_MAX) for name in ("first_name", "last_name"))
    is_latin = (first + last).isascii()
    return services.ReporterInput(
        name=f"{first} {last}".strip() if is_latin else f"{last}{first}",
        phone=services.phone_of(text=given.one("phone")),
        # The standard has no field for consent; whoever holds the key answers for having it.
        agreed_privacy=given.one("agreed_privacy") == "true",
    )


def _text_of(category: Any, condition: Any | None, description: str, media: str) -> str:
    text = description
    if is_blank_text(text=text):
        # The standard asks for no words; what was chosen says what it is about.
        named = [category.name, *([condition.name] if condition is not None else [])]
        text = "，".join(named) + (f"\n{text}" if text else "")
    if media:
        said = gettext("(The app sent the address of a picture, which nobody has opened: %(url)s)")
        text = f"{text}\n{said % {'url': media}}"
    return text


# --- Limits, and what is answered -----------------------------------------------------------


def _limits(token: Any, asked: _Asked) -> Sequence[tuple[Limit, str]]:
    by_device = f"{token.pk}:{asked.device}"
    found = [(REPORTS_BY_KEY, str(token.pk))]
    found += [(REPORTS_BY_DEVICE, by_device)] if asked.device else []
    found += [(REPORTS_BY_PHONE, asked.reporter.phone)] if asked.reporter.phone else []
    return found


def _must_not_be_too_many(*, token: Any, asked: _Asked) -> None:
    if any(limit.is_reached(key=key) for limit, key in _limits(token, asked)):
        raise TooManyRequests


def _count(*, token: Any, asked: _Asked) -> None:
    for limit, key in _limits(token, asked):
        limit.count(key=key)


def _notice(*, made: services.Reported, text: str, site: str) -> str:
    """Return what whoever reported it has to know; the standard has no field for the code."""
    said = []
    is_emergency = made.matter.kind == Kind.EMERGENCY
    danger = danger_of(text=text) or ("EMERGENCY" if is_emergency else "")
    if danger:
        numbers = gettext(" or ").join(calls_for(danger=danger))
        said.append(
            gettext("If somebody is in danger, call %(numbers)s now: this report calls nobody.")
            % {"numbers": numbers}
        )
    if made.matter.is_restricted:
        said.append(
            gettext("Only those in charge see this report; service_request_id shows nothing of it.")
        )
    code = codes.show_tracking_code(code=made.tracking_code)
    said.append(
        gettext("The tracking code is %(code)s. With it, see how it stands: %(url)s")
        % {"code": code, "url": f"{site}{reverse('find')}"}
    )
    return "\n".join(said)
