"""Minutes: signed by chair and recorder over one record, looked at, published and corrected."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.crypto import seal
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.deliberation import events
from linli.deliberation.digests import digest_of
from linli.deliberation.models import Meeting, Publication, Signature
from linli.deliberation.queries.meetings import get_meeting_inside
from linli.deliberation.queries.minutes import RECORD_FIELD, live_record, record_of
from linli.deliberation.queries.public_minutes import (
    clean_text,
    lines_in,
    minutes_publication,
    public_record,
)
from linli.deliberation.services._meetings import hold, move, run_by, tell_of
from linli.deliberation.services._recording import words, words_or_none
from linli.deliberation.workflow import MeetingState, MeetingStep, PublicationKind
from linli.people.queries import local_day, role_of_each

CHAIR, RECORDER = "CHAIR", "RECORDER"
WORDING_LENGTH_MAX = 4_000
CORRECTION_LENGTH_MAX = 4_000
WHY_LENGTH_MAX = 200


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


class PublicTextChanged(Refused):
    """What one looked at is not what everybody would read."""

    sentence = _(
        "What would be published changed since you looked at it. Please read it again, then "
        "publish."
    )


class NothingPublished(Refused):
    """Only what everybody reads is corrected before everybody."""

    sentence = _("These minutes are not published, so there is nothing to correct in public yet.")


class ItemUnknown(Invalid):
    """The minutes have no such item."""

    sentence = _("Please choose an item of these minutes, or the whole.")
    field = "item"


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


# --- Publishing -------------------------------------------------------------------------------


@transaction.atomic
def word_for_public(
    *, meeting_id: int, words_by_line: Mapping[str, str], actor: Actor, at: datetime
) -> int:
    """Put lines of signed minutes into other words for everybody; "" takes the signed ones again.

    The signed record stays as it is. Return how many lines changed.

    :raises StepNotAllowed: when the minutes are not signed, or were published already.
    :raises NotFound: for a place where the record has no line.
    :raises WordsTooLong: when a line is longer than `WORDING_LENGTH_MAX`.
    """
    meeting = run_by(actor, meeting_id)
    hold(meeting, (MeetingState.SIGNED,))
    lines = {place for place, text in lines_in(record_of(meeting=meeting)) if text}
    kept = dict(meeting.public_wordings.values_list("line", "text"))
    changed = 0
    for line, text in words_by_line.items():
        if line not in lines:
            raise NotFound
        said = words_or_none(text=text, field=line, limit=WORDING_LENGTH_MAX)
        if said == kept.get(line, ""):
            continue
        rows = meeting.public_wordings
        if said:
            values = {"text": said, "written_by": actor.key, "written_at": at}
            rows.update_or_create(line=line, defaults=values)
        else:
            rows.filter(line=line).delete()
        changed += 1
    if changed:
        tell_of(meeting, events.MINUTES_REWORDED, actor, at, lines=changed)
    return changed


@transaction.atomic
def publish_minutes(*, meeting_id: int, seen: str, actor: Actor, at: datetime) -> Publication:
    """Publish signed minutes without personal data; `seen` is the digest of what one looked at.

    :raises StepNotAllowed: when they are not signed, or were published already.
    :raises PublicTextChanged: when something else would be published than was looked at.
    """
    meeting = run_by(actor, meeting_id)
    move(meeting, MeetingStep.PUBLISH)
    content = public_record(meeting=meeting, at=at)
    if digest_of(content) != seen:
        raise PublicTextChanged
    return _publish(meeting, PublicationKind.MINUTES, content, events.MINUTES_PUBLISHED, actor, at)


@transaction.atomic
def correct_minutes(
    *, meeting_id: int, text: str, why: str, actor: Actor, at: datetime, item: int = 0
) -> Publication:
    """Publish a correction beside published minutes; what was published stays as it stood.

    `item` is the number of the item it belongs to, 0 for the whole. By what role of the office it
    was corrected is told to everybody, by whom stands in the event log.

    :raises NothingPublished: when the minutes are not published.
    :raises ItemUnknown: when they have no item of this number.
    """
    meeting = run_by(actor, meeting_id)
    wrong = minutes_publication(meeting=meeting)
    if wrong is None:
        raise NothingPublished
    hold(meeting, (MeetingState.PUBLISHED,))
    if not 0 <= item <= len(wrong.content["facts"]["items"]):
        raise ItemUnknown

    def public(typed: str, field: str, limit: int) -> str:
        return clean_text(meeting=meeting, text=words(text=typed, field=field, limit=limit), at=at)

    own = {actor.account_id} if actor.account_id is not None else set()
    content = {
        "text": public(text, "text", CORRECTION_LENGTH_MAX),
        "why": public(why, "why", WHY_LENGTH_MAX),
        "item": item,
        "role": next(iter(role_of_each(account_ids=own, on=local_day(at=at)).values()), ""),
        "corrects": wrong.number,
    }
    return _publish(
        meeting, PublicationKind.CORRECTION, content, events.CORRECTED, actor, at, corrects=wrong
    )


def _publish(
    meeting: Meeting,
    kind: PublicationKind,
    content: dict[str, Any],
    event: str,
    actor: Actor,
    at: datetime,
    corrects: Publication | None = None,
) -> Publication:
    """Make something public of a meeting whose row is locked, so that numbers follow each other."""
    publication = Publication.objects.create(
        meeting=meeting,
        kind=kind,
        number=meeting.publications.count() + 1,
        content=content,
        digest=digest_of(content),
        corrects=corrects,
        published_at=at,
        published_by=actor.key,
    )
    facts = {"publication_id": publication.pk, "digest": publication.digest}
    tell_of(meeting, event, actor, at, **facts)
    return publication


@transaction.atomic
def record_export(*, meeting_id: int, actor: Actor, at: datetime) -> None:
    """Write down that the minutes, names and all, left as a paper."""
    meeting = get_meeting_inside(actor=actor, meeting_id=meeting_id)
    tell_of(meeting, events.MINUTES_TAKEN_OUT, actor, at)
