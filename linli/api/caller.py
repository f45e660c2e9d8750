"""Who asks: whoever a token is for, within its scopes, as often as is fair."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from linli.api.problems import HttpsRequired, ScopeMissing, TokenInvalid, TooManyRequests
from linli.core.actor import Actor
from linli.core.limits import Limit, address_of
from linli.people import queries as people

if TYPE_CHECKING:
    from linli.people.models import ApiToken

READ, WRITE, REPORT = "READ", "WRITE", "REPORT"
MINUTE_SECONDS = 60
WRONG_TOKENS = Limit("api-wrong-tokens", 30, 10 * MINUTE_SECONDS)
"""Whoever guesses is stopped; a program whose token was good lately is not, at one address."""

_REMEMBERED_SECONDS = 10 * MINUTE_SECONDS


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, with which token, and when."""

    actor: Actor
    token: "ApiToken"
    at: datetime

    @property
    def community_id(self) -> int | None:
        """Return the community for whose public a token is, or None for a token of an account."""
        return self.token.community_id


class Bearer(HttpBearer):
    """A token in the header “Authorization: Bearer …” that has one of some scopes."""

    def __init__(self, *scopes: str) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the caller whom a token belongs to.

        :raises Refused: when the token is not taken, or not for this.
        """
        if settings.API_HTTPS_ONLY and not request.is_secure():
            raise HttpsRequired
        at = timezone.now()
        found = _known_token(request, token.strip(), at)
        rate = Limit("api-token", int(settings.API_RATE), MINUTE_SECONDS, in_process=True)
        if rate.is_reached(key=str(found.pk)):
            raise TooManyRequests
        rate.count(key=str(found.pk))
        if not set(self.scopes).intersection(found.scopes):
            raise ScopeMissing(scope=self.scopes[0])
        actor = people.actor_of_token(token=found, at=at)
        return Caller(actor=actor, token=found, at=at)


def caller_of(request: HttpRequest) -> Caller:
    """Return who asks, once the token was looked at."""
    return cast(Caller, request.auth)  # type: ignore[attr-defined]  # ninja puts it there


def _known_token(request: HttpRequest, secret: str, at: datetime) -> "ApiToken":
    """Return a valid token; a wrong one costs no query the second time."""
    known, address = caches["process"], address_of(request)
    name = "api-seen:" + hashlib.sha256(secret.encode(errors="replace")).hexdigest()
    seen = known.get(name)
    if seen is False:  # The same again is no guess.
        raise TokenInvalid
    if seen is None and WRONG_TOKENS.is_reached(key=address):
        raise TooManyRequests
    found = people.token_of(secret=secret, at=at)
    if found is None:
        known.set(name, value=False, timeout=MINUTE_SECONDS)
        WRONG_TOKENS.count(key=address)
        raise TokenInvalid
    if seen is not True:
        known.set(name, value=True, timeout=_REMEMBERED_SECONDS)
    return found
