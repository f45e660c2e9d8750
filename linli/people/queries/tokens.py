"""Whose a program's token is, and which tokens somebody may see."""

from datetime import datetime

from django.db.models import Q, QuerySet

from linli.core import crypto
from linli.core.actor import Actor, ActorKind
from linli.core.prepared import Prepared
from linli.people.models import ApiToken, RoleName
from linli.people.queries.today import actor_of, local_day

TOKEN_FIELD = "token.secret"
"""What the digest of a token is keyed by."""

_KEEPERS = (RoleName.SECRETARY, RoleName.STAFF)


_VALID = Prepared(
    lambda digest, at: (
        ApiToken.objects.select_related("account")
        .filter(digest=digest, revoked_at=None, expires_at__gt=at)
        .order_by()
    )
)


def token_of(*, secret: str, at: datetime) -> ApiToken | None:
    """Return the valid token that has this secret, with its account, or None."""
    if not secret:
        return None
    token = _VALID.first(digest=crypto.digest(value=secret, field=TOKEN_FIELD), at=at)
    if token is None or (token.account is not None and not token.account.is_active):
        return None
    # Once a day is enough to find tokens nobody uses; every request would be a write.
    day = local_day(at=at)
    if token.used_on != day:
        ApiToken.objects.filter(pk=token.pk).update(used_on=day)
    return token


def actor_of_token(*, token: ApiToken, at: datetime) -> Actor:
    """Return who acts when a program shows this token: its account, or a client of the public."""
    if token.account is not None:
        return actor_of(account=token.account, at=at)
    return Actor(kind=ActorKind.CLIENT, id=token.pk, name=token.name)


def list_tokens(*, actor: Actor) -> QuerySet[ApiToken]:
    """Return the tokens of this person's account, and those of the communities they keep."""
    kept = [
        grant.community_id
        for grant in actor.grants_of(roles=_KEEPERS)
        if grant.level == "COMMUNITY"
    ]
    seen = Q(community_id__in=kept)
    if actor.account_id is not None:
        seen |= Q(account_id=actor.account_id)
    rows = ApiToken.objects.all() if actor.is_system else ApiToken.objects.filter(seen)
    return rows.select_related("account", "community").order_by("-id")
