"""Who one is: the account or the public, the roles of the day, and what the token may do."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema

from linli.api.caller import READ, REPORT, WRITE, caller_of
from linli.api.operations import reads

router = Router(tags=["me"])


class RoleHeld(Schema):
    """One role of the day, at a place or in an organisation."""

    role: str
    level: str
    place_id: int | None
    organisation_id: int | None
    community_id: int | None


class TokenShown(Schema):
    """What the token may do, and until when."""

    name: str
    scopes: list[str]
    expires_at: datetime


class Me(Schema):
    """Who asks. `kind` is account, or client for the public of `community_id`."""

    kind: str
    id: int | None
    name: str
    community_id: int | None
    stands_in_for: list[int]
    roles: list[RoleHeld]
    token: TokenShown


@reads(router, "", answers=Me, summary=_("Who I am here"), scopes=(READ, WRITE, REPORT))
def get_me(request: HttpRequest) -> Me:
    """Return who the token belongs to and what it may do."""
    caller = caller_of(request)
    actor, token = caller.actor, caller.token
    return Me(
        kind=actor.kind,
        id=actor.id,
        name=actor.name,
        community_id=caller.community_id,
        stands_in_for=sorted(actor.stands_in_for),
        roles=[
            RoleHeld(
                role=grant.role,
                level=grant.level,
                place_id=grant.place_id,
                organisation_id=grant.organisation_id,
                community_id=grant.community_id,
            )
            for grant in actor.grants
        ],
        token=TokenShown(name=token.name, scopes=list(token.scopes), expires_at=token.expires_at),
    )
