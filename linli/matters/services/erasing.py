"""Forget who asked, as they may demand (PIPL, article 47), and leave the record whole.

What goes at once: name, telephone, for whom it was, and numbers within what they wrote. Their own
photos show their home, their neighbours and at times themselves, so they are personal data too;
they go once the matter has ended, because until then whoever puts it right has to see them. They
stay where they are evidence about others (`PHOTOS_ARE_EVIDENCE`), which the law lets an office
keep, and where staff took them on their rounds: those are the office's work, as are all photos of
a result. The event log says what was erased and when, and holds nothing of it.
"""

from datetime import datetime

from django.db import transaction

from linli.core import attachments
from linli.core.actor import NOBODY, Actor, ActorKind, system
from linli.core.errors import NotEntitled
from linli.core.models import Attachment
from linli.core.ref import Ref
from linli.language.mask import scrub_personal_data
from linli.matters import events, queries
from linli.matters.models import Matter, Rating, Reporter
from linli.matters.services._moving import index, record_of
from linli.matters.services.closing import is_own, reporter_of
from linli.matters.services.reporting import title_of
from linli.matters.workflow import FINAL, PHOTOS_ARE_EVIDENCE, Channel, Kind, Party
from linli.people.models import RoleName


def may_erase(*, matter: Matter, actor: Actor) -> bool:
    """Tell whether this person, for the office, may have somebody forgotten: the secretary."""
    roles = actor.grants_of(roles=[RoleName.SECRETARY])
    return bool(roles) and Party.DESK in queries.parties_of(actor=actor, matter=matter)


@transaction.atomic
def erase_reporter(*, matter_id: int, reporter_id: int, actor: Actor, at: datetime) -> Reporter:
    """Forget who somebody was, as they may ask; what was reported and done stays whole.

    :raises NotEntitled: when it is neither their own wish nor recorded by the secretary.
    """
    matter = queries.get_matter(actor=actor, matter_id=matter_id)
    reporter = reporter_of(matter=matter, reporter_id=reporter_id)
    if not is_own(reporter=reporter, actor=actor) and not may_erase(matter=matter, actor=actor):
        raise NotEntitled
    own = reporter.matter
    text = scrub_personal_data(text=own.text)
    Matter.objects.filter(pk=own.pk).update(
        text=text, title=scrub_personal_data(text=own.title) or title_of(text=text)
    )
    index(matter_ids=[own.pk])
    for rating in Rating.objects.filter(reporter=reporter).exclude(comment=""):
        comment = scrub_personal_data(text=rating.comment)
        Rating.objects.filter(pk=rating.pk).update(comment=comment)
    Reporter.objects.filter(pk=reporter.pk).update(
        name_sealed=b"", phone_sealed=b"", phone_digest="", on_behalf_of="", erased_at=at
    )
    reporter.refresh_from_db()
    record_of(
        matter=own,
        name=events.REPORTER_ERASED,
        actor=actor,
        at=at,
        facts={"reporter_id": reporter.pk},
    )
    if matter.state in FINAL:
        _erase_photos(reporter=reporter, actor=actor, at=at)
    return reporter


@transaction.atomic
def erase_photos_due(*, matter_id: int, at: datetime) -> int:
    """Erase the photos of those who were forgotten while it was open, and return how many went."""
    matter = Matter.objects.get(pk=matter_id)
    if matter.state not in FINAL:
        return 0  # It was sent back meanwhile; its next end brings us here again.
    forgotten = queries.reporters_of(matter=matter).filter(erased_at__isnull=False)
    return sum(
        _erase_photos(reporter=one, actor=system(name="erasing"), at=at)
        for one in forgotten.select_related("matter")
    )


def photos_of(*, reporter: Reporter) -> list[Attachment]:
    """Return the photos that this person sent, with the report or with a rating."""
    own = reporter.matter
    senders = {NOBODY.key, f"{ActorKind.REPORTER}:{reporter.pk}"}
    if reporter.account_id is not None and own.channel != Channel.FIELD:
        senders.add(f"{ActorKind.ACCOUNT}:{reporter.account_id}")
    return [
        one
        for one in attachments.attachments_of(subject=Ref(queries.SUBJECT, own.pk))
        if one.purpose == Attachment.Purpose.REPORT and one.uploaded_by in senders
    ]


def _erase_photos(*, reporter: Reporter, actor: Actor, at: datetime) -> int:
    own = reporter.matter
    # Without an account nobody can say whose of several a photo is: the last to go takes them.
    others = own.reporters.filter(erased_at__isnull=True).exclude(pk=reporter.pk)
    if Kind(own.kind) in PHOTOS_ARE_EVIDENCE or others.exists():
        return 0
    found = photos_of(reporter=reporter)
    for one in found:
        attachments.erase(token=one.token, at=at)
    if found:
        record_of(
            matter=own,
            name=events.PHOTOS_ERASED,
            actor=actor,
            at=at,
            facts={"reporter_id": reporter.pk, "photos": len(found)},
        )
    return len(found)
