"""Whether what was signed and published is still what the tables say."""

from collections.abc import Iterator

from linli.core.crypto import SealBroken
from linli.core.models import Event
from linli.core.ref import Ref
from linli.deliberation import events
from linli.deliberation.digests import digest_of
from linli.deliberation.models import Meeting, Publication, Resolution
from linli.deliberation.queries.access import MEETING, PUBLICATION, RESOLUTION
from linli.deliberation.queries.minutes import SIGNED, live_record, signed_record
from linli.deliberation.queries.results import resolution_said


def tampered_minutes() -> list[Ref]:
    """Return the meetings whose minutes were altered after both had signed them.

    The event of the second signature holds the digest and is sealed with the log: who alters the
    record and its digest alike is found by it, and who alters the event by its seal.
    """
    return [Ref(kind=MEETING, id=key) for key in sorted(set(_tampered()))]


def _tampered() -> Iterator[int]:
    signed = _digests_told(events.MINUTES_SIGNED, "record_digest", only_complete=True)
    published = _digests_told(events.MINUTES_PUBLISHED, "digest")
    rows = Meeting.objects.select_related(
        "forum", "community", "place", "ground_rules", "seating", "chair", "recorder"
    )
    for meeting in rows.filter(state__in=SIGNED).iterator():
        told = signed.pop(meeting.pk, None)
        if told is None or not _is_as_signed(meeting, told):
            yield meeting.pk
    yield from signed  # They were signed, and no longer say so.
    kept: dict[int, set[str]] = {}
    for one in Publication.objects.filter(meeting__isnull=False, corrects=None).iterator():
        is_its_own = digest_of(one.content) == one.digest
        kept.setdefault(one.meeting_id or 0, set()).add(one.digest if is_its_own else "")
    for key in kept.keys() | published.keys():
        if kept.get(key) != {published.get(key)}:
            yield key


def _digests_told(name: str, fact: str, *, only_complete: bool = False) -> dict[int, str]:
    told = {}
    for event in Event.objects.filter(name=name).order_by("id").iterator():
        if not only_complete or event.facts.get("is_complete"):
            told[event.subject_id] = str(event.facts.get(fact))
    return told


def _is_as_signed(meeting: Meeting, told: str) -> bool:
    under = set(meeting.signatures.values_list("record_digest", flat=True))
    if meeting.record_digest != told or under != {told} or meeting.signatures.count() != 2:
        return False
    try:
        record = signed_record(meeting=meeting)
        now = live_record(meeting)
    except SealBroken:
        return False
    return digest_of(record) == told and record["facts"] == now["facts"]


def tampered_resolutions() -> list[Ref]:
    """Return the resolutions that no longer say, with their tasks, what was written down."""
    told = {
        event.facts.get("resolution_id"): event.facts.get("digest")
        for event in Event.objects.filter(name=events.RESOLVED).iterator()
    }
    found = []
    for one in Resolution.objects.order_by("pk").iterator():
        was = told.pop(one.pk, None)
        if not was == one.digest == digest_of(resolution_said(resolution=one)):
            found.append(one.pk)
    return [Ref(kind=RESOLUTION, id=key) for key in [*found, *told] if key is not None]


def tampered_publications() -> list[Ref]:
    """Return what was published of topics and meetings and no longer is what it was, or is gone."""
    told = {
        event.facts.get("publication_id"): event.facts.get("digest")
        for event in Event.objects.filter(
            name__in=(events.TOPIC_PUBLISHED, events.MINUTES_PUBLISHED, events.CORRECTED)
        ).iterator()
    }
    found = []
    for one in Publication.objects.order_by("pk").iterator():
        was = told.pop(one.pk, None)
        if not was == one.digest == digest_of(one.content):
            found.append(one.pk)
    return [Ref(kind=PUBLICATION, id=key) for key in [*found, *told] if key is not None]
