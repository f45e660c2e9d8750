"""Links that sign their bearer in once; made only by whoever holds the server's shell."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import NotEntitled, NotFound, Refused
from linli.people import events
from linli.people.models import Account, SignInLink
from linli.people.queries import SIGN_IN_LINK_FIELD
from linli.people.services._recording import record_of_account

HOURS = 24
FACES = ("home", "resident", "field", "handler", "desk", "overview")
"""Where a link may lead; ``home`` is where its person begins."""


class LinkNotUsable(Refused):
    """It was used, has expired, or never was: nobody can tell which."""

    sentence = _(
        "This sign-in link has been used or has expired. "
        "Please ask whoever sent it for a new one, or sign in with your password."
    )
    status = 404


@transaction.atomic
def make_sign_in_link(
    *, account_id: int, face: str, actor: Actor, at: datetime, hours: int = HOURS
) -> str:
    """Return the token of a link that signs its bearer in once; only its digest is kept.

    :raises NotEntitled: when a person asks; the shell counts as both factors, a page does not.
    :raises NotFound: when the account is closed or there is no such face.
    """
    if not actor.is_system:
        raise NotEntitled
    account = Account.objects.filter(pk=account_id, is_active=True).first()
    if account is None or face not in FACES:
        raise NotFound
    token = secrets.token_urlsafe(24)
    SignInLink.objects.create(
        account=account,
        digest=_digest(token),
        face=face,
        expires_at=at + timedelta(hours=hours),
    )
    record_of_account(
        account=account,
        name=events.SIGN_IN_LINK_MADE,
        actor=actor,
        at=at,
        facts={"face": face, "hours": hours},
    )
    return token


@transaction.atomic
def use_sign_in_link(*, token: str, at: datetime) -> SignInLink:
    """Use a link up and return it with its account.

    :raises LinkNotUsable: when it was used, has expired, is unknown, or the account is closed.
    """
    usable = SignInLink.objects.filter(
        digest=_digest(token), used_at__isnull=True, expires_at__gt=at, account__is_active=True
    )
    link = usable.select_related("account").first()
    # Of several who open it at once, the one whose UPDATE finds the row unused is signed in.
    unused = SignInLink.objects.filter(pk=link.pk if link else 0, used_at__isnull=True)
    if link is None or not unused.update(used_at=at):
        raise LinkNotUsable
    return link


def _digest(token: str) -> str:
    return crypto.digest(value=token, field=SIGN_IN_LINK_FIELD)
