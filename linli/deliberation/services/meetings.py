"""Meetings from the invitation to the end: plan, change, cancel, open, end, go on."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.crypto import seal
from linli.core.errors import Invalid, Refused
from linli.deliberation import events, queries
from linli.deliberation.digests import digest_of
from linli.deliberation.models import Forum, Meeting, Party, Seating
from linli.deliberation.queries.calendar import day_to_decide, regular_day
from linli.deliberation.queries.forums import parties_of
from linli.deliberation.queries.meetings import (
    SIGN_IN_KEY_FIELD,
    expected_of,
    may_chair,
    missing_of,
    present_count_of,
    quorum_of,
    seating_said,
)
from linli.deliberation.services._meetings import (
    WRITTEN_DOWN,
    hold,
    kept_by,
    move,
    run_by,
    tell_of,
    tell_of_topics,
    write_down,
)
from linli.deliberation.services._recording import words, words_or_none
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import MeetingKind, MeetingState, MeetingStep
from linli.people.queries import local_day
from linli.people.services.never_kept import refuse_list
from linli.territory.models import Place

NAME_LENGTH_MAX = 60
PLACE_LENGTH_MAX = 80
REASON_LENGTH_MAX = 200
AHEAD_MOST = timedelta(days=366)
EXPECTED_MOST = 2_000
EARLY = timedelta(hours=12)


class MeetingPast(Invalid):
    """Nobody is invited to yesterday."""

    sentence = _("This time is past already. Please choose a time to come.")
    field = "starts_at"


class MeetingFar(Invalid):
    """A year is far enough for whoever is invited."""

    sentence = _("A meeting is planned at most a year ahead. Please choose an earlier day.")
    field = "starts_at"


class WhereMissing(Invalid):
    """People have to know where to go."""

    sentence = _("Please say where the meeting is held.")
    field = "place_text"


class PlaceUnknown(Invalid):
    """A place of another community, or one that is closed."""

    sentence = _("Please choose a place of this community.")
    field = "place"


class KeeperUnknown(Invalid):
    """Somebody who neither works for the community nor sits in the forum."""

    sentence = _("Please choose somebody of this community or of one of the forum’s parties.")
    field = "chair"


class ChairRecords(Invalid):
    """Minutes need the signatures of two people."""

    sentence = _("Chair and recorder are two people: each of them signs the minutes.")
    field = "recorder"


class ForumEnded(Refused):
    """Its topics are done; it meets no more."""

    sentence = _("This forum has ended. No meeting of it is planned any more.")


class DayNotRegular(Invalid):
    """The forum's calendar does not name it."""

    sentence = _("This is no regular day of the forum.")
    field = "regular_day"


class DecisionAwaited(Refused):
    """On a holiday nobody meets by habit, or by mistake, but by a decision."""

    sentence = _(
        "%(day)s falls on a day off. Please decide first whether the meeting is held all the same, "
        "on another day, or left out."
    )
    field = "regular_day"


class DayLeftOut(Refused):
    """It was decided that there is none."""

    sentence = _("It was decided to leave out the meeting of %(day)s.")
    field = "regular_day"


class DayElsewhere(Invalid):
    """The meeting of a regular day is held on the day that was decided."""

    sentence = _(
        "The meeting of this regular day is held on %(day)s, as was decided. For another day, "
        "please cancel it and decide anew."
    )
    field = "starts_at"


class DayTaken(Refused):
    """One meeting for each regular day."""

    sentence = _("A meeting is planned for this regular day already.")
    field = "regular_day"


class CancelReasonMissing(Invalid):
    """Whoever was invited reads it."""

    sentence = _("Please say why the meeting is cancelled: those invited read it.")
    field = "reason"


class MissingReasonNeeded(Invalid):
    """A party that must be there is not, and the minutes say why it was opened without it."""

    sentence = _(
        "Nobody is there of: %(parties)s. Please wait for them, or write why the meeting is opened "
        "without them; the minutes print it."
    )
    field = "missing_reason"


class TooEarly(Refused):
    """Those invited are not even on their way."""

    sentence = _("The meeting is planned for %(when)s. Please change its time if it is held today.")


class ExpectedUnusable(Invalid):
    """Nobody, or more than a hall holds."""

    sentence = _("Please enter how many people are expected: 1 to %(most)s.")
    field = "expected"


class ExpectedReasonNeeded(Invalid):
    """Fewer expected is a lower quorum; whoever sets it lower says why."""

    sentence = _(
        "The parties that must be there have %(seats)s seats. Please enter at least as many, or "
        "write why fewer are expected; the minutes print it."
    )
    field = "expected_reason"


@dataclass(frozen=True, slots=True)
class MeetingInput:
    """What a meeting is to be. With a regular day it takes that day's place in the calendar."""

    name: str
    starts_at: datetime
    kind: MeetingKind = MeetingKind.JOINT
    place_id: int | None = None
    place_text: str = ""
    chair_id: int | None = None
    recorder_id: int | None = None
    regular_day: date | None = None


@transaction.atomic
def plan_meeting(*, forum_id: int, wanted: MeetingInput, actor: Actor, at: datetime) -> Meeting:
    """Plan a meeting, of a regular day or freely.

    :raises DecisionAwaited: when its day is a day off and nobody decided yet.
    :raises DayLeftOut: when it was decided to leave it out.
    :raises DayTaken: when the regular day has its meeting.
    :raises Invalid: when its name, time, place, chair or recorder is unusable.
    """
    forum = queries.get_forum(actor=actor, forum_id=forum_id)
    queries.require_runner(actor=actor, community_id=forum.community_id)
    if not forum.is_running:
        raise ForumEnded
    values = checked(forum, wanted, at)
    if wanted.starts_at <= at:
        raise MeetingPast
    if wanted.regular_day is not None:
        _require_day(forum, wanted.regular_day, wanted.starts_at, at)
    else:
        _require_no_day_off(forum, wanted.starts_at, at)
    try:
        with transaction.atomic():
            meeting = make(
                forum, actor, at, regular_day=wanted.regular_day, kind=wanted.kind, **values
            )
    except IntegrityError:
        raise DayTaken from None
    tell_of(meeting, events.MEETING_PLANNED, actor, at, kind=str(wanted.kind))
    return meeting


@transaction.atomic
def change_meeting(*, meeting_id: int, wanted: MeetingInput, actor: Actor, at: datetime) -> Meeting:
    """Change a meeting that has not begun; it keeps its regular day, and what was decided of it.

    :raises DecisionAwaited: when it is moved to a day off of which nobody decided yet.
    :raises DayElsewhere: when it is moved from the day that was decided.
    :raises StepNotAllowed: when it has begun, or was cancelled.
    """
    meeting = run_by(actor, meeting_id)
    values = checked(meeting.forum, wanted, at)
    if wanted.starts_at <= at and wanted.starts_at != meeting.starts_at:
        raise MeetingPast
    if local_day(at=wanted.starts_at) != local_day(at=meeting.starts_at):
        _require_movable(meeting, wanted.starts_at, at)
    before = (meeting.starts_at, meeting.place_id, meeting.place_text)
    move(meeting, MeetingStep.CHANGE, kind=wanted.kind, **values)
    is_elsewhere = before != (meeting.starts_at, meeting.place_id, meeting.place_text)
    tell_of(meeting, events.MEETING_CHANGED, actor, at, is_elsewhere=is_elsewhere)
    return meeting


@transaction.atomic
def cancel_meeting(*, meeting_id: int, reason: str, actor: Actor, at: datetime) -> Meeting:
    """Cancel a meeting that has not begun; its regular day is free again.

    :raises CancelReasonMissing: when nobody says why.
    :raises StepNotAllowed: when it has begun.
    """
    meeting = run_by(actor, meeting_id)
    said = words_or_none(text=reason, field="reason", limit=REASON_LENGTH_MAX)
    if not said:
        raise CancelReasonMissing
    move(meeting, MeetingStep.CANCEL, summary=said)
    tell_of(meeting, events.MEETING_CANCELLED, actor, at)
    return meeting


@transaction.atomic
def open_meeting(
    *,
    meeting_id: int,
    actor: Actor,
    at: datetime,
    missing_reason: str = "",
    expected: int | None = None,
    expected_reason: str = "",
) -> Meeting:
    """Open a meeting: ground rules, parties, who is expected and the quorum stand from now on.

    `expected` is the sum of the required parties' seats, or what the office says; that it is less,
    which lowers the quorum, has a reason in the minutes.

    :raises MissingReasonNeeded: when a required party is not there and nobody says why.
    :raises ExpectedReasonNeeded: when fewer are expected than have a seat and nobody says why.
    :raises TooEarly: when it is planned for another day.
    :raises StepNotAllowed: when it is open already, over or cancelled.
    """
    meeting = kept_by(actor, meeting_id)
    if meeting.state == MeetingState.PLANNED and at < meeting.starts_at - EARLY:
        day = meeting.starts_at.astimezone(at.tzinfo)
        raise TooEarly(when=f"{day:%Y-%m-%d %H:%M}")
    said = words_or_none(text=missing_reason, field="missing_reason", limit=REASON_LENGTH_MAX)
    missing = missing_of(meeting=meeting)
    if missing and not said:
        raise MissingReasonNeeded(parties="、".join(party.name for party in missing))
    parties = parties_of(forum=meeting.forum)
    seats = expected_of(parties=parties)
    if expected is None:
        expected = seats
    elif not 1 <= expected <= EXPECTED_MOST:
        raise ExpectedUnusable(most=EXPECTED_MOST)
    fewer = words_or_none(text=expected_reason, field="expected_reason", limit=REASON_LENGTH_MAX)
    if expected < seats and not fewer:
        raise ExpectedReasonNeeded(seats=seats)
    move(
        meeting,
        MeetingStep.OPEN,
        ground_rules=meeting.forum.ground_rules.order_by("-number").first(),
        seating=_frozen(meeting.forum, parties, at),
        quorum_counts_residents=meeting.forum.quorum_counts_residents,
        expected=expected,
        expected_reason=fewer if expected < seats else "",
        quorum=quorum_of(forum=meeting.forum, expected=expected),
        missing_reason=said if missing else "",
        opened_at=at,
    )
    tell_of(
        meeting,
        events.MEETING_OPENED,
        actor,
        at,
        present=present_count_of(meeting=meeting),
        expected=expected,
        quorum=meeting.quorum,
        missing=[party.pk for party in missing],
        ground_rules=meeting.ground_rules.number if meeting.ground_rules else None,
    )
    return meeting


def _frozen(forum: Forum, parties: Sequence[Party], at: datetime) -> Seating:
    """Return the version of the forum's list of parties that stands now; a new one if it changed.

    The forum's row is locked first, so that versions are numbered one after another.
    """
    Forum.objects.filter(pk=forum.pk).update(code=F("code"))
    said = seating_said(parties=parties)
    seating, _made = forum.seatings.get_or_create(
        digest=digest_of(said),
        defaults={"number": forum.seatings.count() + 1, "parties": said, "frozen_at": at},
    )
    return seating


@transaction.atomic
def end_meeting(*, meeting_id: int, actor: Actor, at: datetime) -> Meeting:
    """End a meeting: nobody signs in any more, whoever still speaks is done.

    :raises StepNotAllowed: when it is not open.
    """
    meeting = kept_by(actor, meeting_id)
    move(meeting, MeetingStep.END, ended_at=at)
    for item in meeting.items.all():
        item.speeches.filter(began_at__isnull=False, ended_at=None).update(ended_at=at)
        item.speeches.filter(began_at=None).delete()  # They did not get their turn.
    present = present_count_of(meeting=meeting)
    tell_of(meeting, events.MEETING_ENDED, actor, at, present=present)
    tell_of_topics(meeting, actor, at, present=present)
    return meeting


@transaction.atomic
def reopen_meeting(*, meeting_id: int, actor: Actor, at: datetime) -> Meeting:
    """Go on with a meeting that was ended too early; a signature under its record falls.

    :raises StepNotAllowed: when it is not over, or both have signed.
    """
    meeting = kept_by(actor, meeting_id)
    if meeting.kind == MeetingKind.TALK:
        raise StepNotAllowed  # It was never open: it was written down when it was over.
    move(meeting, MeetingStep.REOPEN, ended_at=None)
    write_down(meeting, actor, at, events.MEETING_REOPENED)
    return meeting


@transaction.atomic
def set_keepers(
    *,
    meeting_id: int,
    chair_id: int | None,
    recorder_id: int | None,
    actor: Actor,
    at: datetime,
) -> Meeting:
    """Say who chaired and who wrote, where it turned out otherwise; a signature falls.

    :raises KeeperUnknown: for somebody of elsewhere.
    :raises ChairRecords: when they are one person.
    :raises StepNotAllowed: when both have signed.
    """
    meeting = run_by(actor, meeting_id)
    keepers = _keepers(meeting.forum, chair_id, recorder_id, at)
    hold(meeting, (MeetingState.PLANNED, *WRITTEN_DOWN))
    Meeting.objects.filter(pk=meeting.pk).update(**keepers)
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="keepers")
    meeting.refresh_from_db()
    return meeting


# --- What planning and talks share ------------------------------------------------------------


def make(forum: Forum, actor: Actor, at: datetime, **values: Any) -> Meeting:
    """Write a meeting with a sign-in key of its own."""
    row_key = uuid.uuid4()
    return Meeting.objects.create(
        forum=forum,
        community_id=forum.community_id,
        row_key=row_key,
        sign_in_key_sealed=seal(
            value=secrets.token_hex(32), field=SIGN_IN_KEY_FIELD, row=str(row_key)
        ),
        created_by=actor.key,
        created_at=at,
        **values,
    )


def checked(forum: Forum, wanted: MeetingInput, at: datetime) -> dict[str, Any]:
    """Return the columns of a meeting, checked."""
    name = words(text=wanted.name, field="name", limit=NAME_LENGTH_MAX)
    refuse_list(name=name)
    where = words_or_none(text=wanted.place_text, field="place_text", limit=PLACE_LENGTH_MAX)
    if wanted.place_id is None and not where:
        raise WhereMissing
    if wanted.starts_at > at + AHEAD_MOST:
        raise MeetingFar
    here = Place.objects.filter(community_id=forum.community_id, ended_at=None)
    if wanted.place_id is not None and not here.filter(pk=wanted.place_id).exists():
        raise PlaceUnknown
    return {
        "name": name,
        "starts_at": wanted.starts_at,
        "place_id": wanted.place_id,
        "place_text": where,
        **_keepers(forum, wanted.chair_id, wanted.recorder_id, at),
    }


def _keepers(
    forum: Forum, chair_id: int | None, recorder_id: int | None, at: datetime
) -> dict[str, int | None]:
    known = {account.pk for account in may_chair(forum=forum, at=at)}
    for field, key in (("chair", chair_id), ("recorder", recorder_id)):
        if key is not None and key not in known:
            raise KeeperUnknown(field=field)
    if chair_id is not None and chair_id == recorder_id:
        raise ChairRecords
    return {"chair_id": chair_id, "recorder_id": recorder_id}


def _require_day(forum: Forum, day: date, starts_at: datetime, at: datetime) -> None:
    found = regular_day(forum=forum, day=day, at=at)
    if found is None:
        raise DayNotRegular
    if found.meeting is not None:
        raise DayTaken
    if found.asks:
        raise DecisionAwaited(day=day.isoformat())
    if found.is_left_out:
        raise DayLeftOut(day=day.isoformat())
    if local_day(at=starts_at) != found.held_on:
        raise DayElsewhere(day=found.held_on.isoformat())


def _require_movable(meeting: Meeting, starts_at: datetime, at: datetime) -> None:
    """Let a meeting go to another day, unless it was decided on which it is held."""
    day = meeting.regular_day
    found = regular_day(forum=meeting.forum, day=day, at=at) if day is not None else None
    if found is None or found.decision is None:
        _require_no_day_off(meeting.forum, starts_at, at)
    elif local_day(at=starts_at) != found.held_on:
        raise DayElsewhere(day=found.held_on.isoformat())


def _require_no_day_off(forum: Forum, starts_at: datetime, at: datetime) -> None:
    """Let a meeting be held on a day off only if somebody decided that it is."""
    day = local_day(at=starts_at)
    found = day_to_decide(forum=forum, day=day, at=at)
    if found is None or not found.is_off:
        return
    if found.decision is None:
        raise DecisionAwaited(day=day.isoformat())
    if found.is_left_out:
        raise DayLeftOut(day=day.isoformat())
    if found.is_moved:
        raise DayElsewhere(day=found.held_on.isoformat())
