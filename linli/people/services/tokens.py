"""Tokens: what a program shows instead of a person's password. Only their digest is kept."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound
from linli.core.events import record
from linli.core.ref import Ref
from linli.people import events, queries
from linli.people.models import ApiToken, TokenScope
from linli.people.queries import TOKEN_FIELD

LONGEST = timedelta(days=366)
_HINT_LENGTH = 8


class TokenNameMissing(Invalid):
    """Nobody could tell later what the token was for."""

    sentence = _("Please say which program the token is for.")
    field = "name"


class TokenScopesInvalid(Invalid):
    """It may do nothing, or something that its kind of token cannot."""

    sentence = _("Please choose what the program may do.")
    field = "scopes"


class TokenDatesInvalid(Invalid):
    """It would never be valid, or for too long."""

    sentence = _("A token is valid from today for one year at most.")
    field = "expires_at"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token and its secret, which is shown this once."""

    token: ApiToken
    secret: str


@transaction.atomic
def issue_token(
    *,
    name: str,
    scopes: Collection[str],
    expires_at: datetime,
    actor: Actor,
    at: datetime,
    community_id: int | None = None,
) -> IssuedToken:
    """Give a program a token: for the actor's own account, or for the public of a community.

    A token for an account can READ and WRITE, as far as the account itself may at that moment; one
    for the public of a community (`community_id`) can only REPORT.

    :raises NotEntitled: when the actor has no account, or does not keep that community's register.
    :raises TokenNameMissing: when it has no name.
    :raises TokenScopesInvalid: when it may do nothing, or what its kind cannot.
    :raises TokenDatesInvalid: when it ends in the past or more than a year from now.
    """
    for_public = community_id is not None
    if for_public:
        if not (actor.is_system or queries.keeps(actor=actor, community_id=community_id or 0)):
            raise NotEntitled
    elif actor.account_id is None:
        raise NotEntitled
    name = name.strip()[:60]
    if not name:
        raise TokenNameMissing
    possible = {TokenScope.REPORT} if for_public else {TokenScope.READ, TokenScope.WRITE}
    if not scopes or not possible.issuperset(scopes):
        raise TokenScopesInvalid
    if not at < expires_at <= at + LONGEST:
        raise TokenDatesInvalid
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        hint=secret[:_HINT_LENGTH],
        digest=crypto.digest(value=secret, field=TOKEN_FIELD),
        scopes=sorted(scopes),
        account_id=None if for_public else actor.account_id,
        community_id=community_id,
        issued_by=actor.key,
        issued_at=at,
        expires_at=expires_at,
    )
    _record(token=token, name=events.TOKEN_ISSUED, actor=actor, at=at)
    return IssuedToken(token=token, secret=secret)


@transaction.atomic
def revoke_token(*, token_id: int, actor: Actor, at: datetime) -> None:
    """End a token at once. One that has ended already stays as it is.

    :raises NotFound: when there is none that this person may see.
    """
    token = queries.list_tokens(actor=actor).filter(pk=token_id).first()
    if token is None:
        raise NotFound
    if ApiToken.objects.filter(pk=token_id, revoked_at=None).update(revoked_at=at):
        _record(token=token, name=events.TOKEN_REVOKED, actor=actor, at=at)


def _record(*, token: ApiToken, name: str, actor: Actor, at: datetime) -> None:
    record(
        name=name,
        subject=Ref(kind="people.token", id=token.pk),
        trace=token.row_key,
        actor=actor,
        at=at,
        community_id=token.community_id,
        facts={"scopes": list(token.scopes), "account_id": token.account_id},
    )
