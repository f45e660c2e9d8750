"""Programs that ask: each has a token of somebody of the cast, or of the public."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from linli.core.actor import system
from linli.people.models import Account
from linli.people.services import issue_token
from tests.cast import NOW, Cast

BASE = "/api/v1"


class Program:
    """A client that shows a token and puts a key on everything it writes."""

    def __init__(self, secret: str, *, language: str = "") -> None:
        self.secret = secret
        self.client = Client()
        self.client.raise_request_exception = True
        self.headers: dict[str, str] = {"Accept-Language": language} if language else {}
        if secret:
            self.headers["Authorization"] = f"Bearer {secret}"

    def get(self, path: str, query: Any = None, **headers: str) -> HttpResponse:
        """Read an address below /api/v1; one that begins with /api is taken whole."""
        address = path if path.startswith("/api") else BASE + path
        return self.client.get(address, query, headers=self.headers | headers)

    def post(
        self, path: str, body: Any = None, *, key: str | None = "", **headers: str
    ) -> HttpResponse:
        """Write with a new key; `key` gives one, None leaves it out."""
        more = {} if key is None else {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(
            BASE + path,
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers=self.headers | more | headers,
        )


def token_for(
    cast: Cast,
    account: Account,
    *,
    scopes: tuple[str, ...] = ("READ", "WRITE"),
    at: datetime = NOW,
) -> str:
    """Return the secret of a new token of somebody's account."""
    made = issue_token(
        name="test",
        scopes=scopes,
        expires_at=at + timedelta(days=30),
        actor=cast.actor(account),
        at=at,
    )
    return made.secret


def public_token(cast: Cast, *, at: datetime = NOW) -> str:
    """Return the secret of a token for the public of the community."""
    made = issue_token(
        name="city app",
        scopes=("REPORT",),
        expires_at=at + timedelta(days=30),
        actor=system(name="test"),
        at=at,
        community_id=cast.community.pk,
    )
    return made.secret


def program_of(cast: Cast, account: Account, **given: Any) -> Program:
    """Return a program that acts as somebody."""
    language = given.pop("language", "")
    return Program(token_for(cast, account, **given), language=language)
