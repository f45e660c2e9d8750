"""Minutes: signed by chair and recorder over one and the same record, then published."""

import json
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.crypto import seal
from linli.core.errors import NotEntitled, Refused
from linli.deliberation import events
from linli.deliberation.digests import digest_of
from linli.deliberation.models import Meeting, Publication, Signature
from linli.deliberation.queries.meetings import get_meeting_inside
from linli.deliberation.queries.minutes import RECORD_FIELD, live_record, public_record
from linli.deliberation.services._meetings import hold, move, run_by, tell_of
from linli.deliberation.workflow import MeetingState, MeetingStep, PublicationKind

CHAIR, RECORDER = "CHAIR", "RECORDER"


class KeepersMissing(Refused):
    """Two people sign; somebody has to say which."""

    sentence = _("Please say first who chaired and who recorded: both of them sign.")


class NotYourSignature(NotEntitled):
    """Only chair and recorder sign."""

    sentence = _("The minutes are signed by whoever chaired and by whoever recorded.")


class SignedAlready(Refused):
    """Once is enough, and nobody signs for the other."""

    sentence = _("You signed these minutes already. The other signature is another person’s.")


class RecordChanged(Refused):
    """What one read is not what one would sign."""

    sentence = _("The record changed since you read it. Please read it again, then sign.")


@transaction.atomic
def sign_minutes(*, meeting_id: int, seen: str, actor: Actor, at: datetime) -> Meeting:
    """Sign the record as chair or recorder; `seen` is the digest of what one read.

    The second signature closes the record for good.

    :raises KeepersMissing: when chair or recorder is not named.
    :raises NotYourSignature: for anybody else.
    :raises SignedAlready: when this person signed.
    :raises RecordChanged: when the record is no longer what was read.
    :raises StepNotAllowed: when the meeting is not over, or both have signed.
    """
    meeting = get_meeting_inside(actor=actor, meeting_id=meeting_id)
    if meeting.chair_id is None or meeting.recorder_id is None:
        raise KeepersMissing
    parts = {meeting.chair_id: CHAIR, meeting.recorder_id: RECORDER}
    if actor.account_id not in parts:
        raise NotYourSignature
    hold(meeting, (MeetingState.ENDED,))
    record = live_record(meeting)
    digest = digest_of(record)
    if seen != digest:
        raise RecordChanged
    meeting.signatures.exclude(record_digest=digest).delete()  # Of what is called otherwise now.
    if meeting.signatures.filter(account_id=actor.account_id).exists():
        raise SignedAlready
    part = parts[actor.account_id]
    Signature.objects.create(
        meeting=meeting,
        account_id=actor.account_id,
        part=part,
        record_digest=digest,
        signed_at=at,
    )
    is_complete = meeting.signatures.count() == len(parts)
    if is_complete:
        text = json.dumps(record, ensure_ascii=False, sort_keys=True)
        move(
            meeting,
            MeetingStep.SIGN,
            signed_at=at,
            record_digest=digest,
            record_sealed=seal(value=text, field=RECORD_FIELD, row=str(meeting.row_key)),
        )
    facts = {"part": part, "record_digest": digest, "is_complete": is_complete}
    tell_of(meeting, events.MINUTES_SIGNED, actor, at, **facts)
    return meeting


@transaction.atomic
def publish_minutes(*, meeting_id: int, actor: Actor, at: datetime) -> Publication:
    """Publish signed minutes without personal data.

    :raises StepNotAllowed: when they are not signed, or were published already.
    """
    meeting = run_by(actor, meeting_id)
    move(meeting, MeetingStep.PUBLISH)
    content = public_record(meeting=meeting, at=at)
    publication = Publication.objects.create(
        meeting=meeting,
        kind=PublicationKind.MINUTES,
        number=1,
        content=content,
        digest=digest_of(content),
        published_at=at,
        published_by=actor.key,
    )
    facts = {"publication_id": publication.pk, "digest": publication.digest}
    tell_of(meeting, events.MINUTES_PUBLISHED, actor, at, **facts)
    return publication


@transaction.atomic
def record_export(*, meeting_id: int, actor: Actor, at: datetime) -> None:
    """Write down that the minutes, names and all, left as a paper."""
    meeting = get_meeting_inside(actor=actor, meeting_id=meeting_id)
    tell_of(meeting, events.MINUTES_TAKEN_OUT, actor, at)
