"""The daily root of the event log, sent to where nobody who can change the log can change it."""

from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.core import events, seals
from linli.core.actor import system
from linli.core.clocks import SHANGHAI
from linli.core.errors import Refused
from linli.core.models import Event
from linli.core.ref import Ref
from linli.flows.events import ROOT_SENT
from linli.notify import addresses

SUBJECT = "core.seal"
_ACTOR = system(name="audit")


class NothingSealed(Refused):
    """There is no root yet."""

    sentence = _("Nothing is sealed yet. The worker seals what happened every minute.")


class RootNotSent(Refused):
    """The mail server did not take it."""

    sentence = _(
        "The root could not be sent. Look whether the address is right and the mail server "
        "answers; it is not said here, because it holds a password."
    )


def words_of(*, root: seals.Root, at: datetime) -> str:
    """Return a root with what to do with it, as it is mailed and printed."""
    told = {"day": f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", "root": root}
    return (
        gettext(
            "Root of the event log on %(day)s:\n\n%(root)s\n\nKeep it where nobody can change it "
            "who can change the log. To compare: linli audit verify --root %(root)s"
        )
        % told
    )


def send_root(*, address: str, at: datetime) -> seals.Root:
    """Send the root of this moment to an apprise address and record that it left.

    :raises NothingSealed: when there is none yet.
    :raises AddressNotUsable: when the address cannot be used.
    :raises RootNotSent: when the service did not take it.
    """
    root = seals.current_root()
    if root is None:
        raise NothingSealed
    addresses.service_of(address=address)
    title = gettext("Linli: root of the event log")
    # Outside of the transaction: a mail cannot be taken back, and may take its time.
    if not addresses.send(address=address, title=title, body=words_of(root=root, at=at)):
        raise RootNotSent
    with transaction.atomic():
        events.record(
            name=ROOT_SENT,
            subject=Ref(SUBJECT, root.seal_id),
            trace=uuid4(),
            actor=_ACTOR,
            at=at,
            community_id=None,
            facts={"root": str(root)},
        )
    return root


def mail_daily_root(*, at: datetime) -> int:
    """Send the root to LINLI_AUDIT_MAIL once a day, if somebody wants it; say how many left."""
    if not settings.AUDIT_MAIL or settings.NOTIFY_DRY_RUN or seals.current_root() is None:
        return 0
    today = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    if Event.objects.filter(name=ROOT_SENT, subject_kind=SUBJECT, happened_at__gte=today).exists():
        return 0
    send_root(address=settings.AUDIT_MAIL, at=at)
    return 1
