"""Motions: moved, decided by a show of hands, withdrawn; and who disagrees, by name."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused
from linli.deliberation import events
from linli.deliberation.models import AgendaItem, Attendance, Dissent, Meeting, Motion
from linli.deliberation.queries.meetings import counted_of, present_count_of
from linli.deliberation.services._elections import refuse_elections
from linli.deliberation.services._meetings import WRITTEN_DOWN, hold, kept_by, write_down
from linli.deliberation.services._recording import words
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import MeetingState, MotionState

TEXT_LENGTH_MAX = 400

_GOING_ON = (MeetingState.OPEN,)


class MoreHandsThanPeople(Invalid):
    """Somebody raised both hands, or did not sign in."""

    sentence = _(
        "That is %(hands)s hands, but %(present)s people are signed in. Please count again, or "
        "sign in whoever is missing."
    )
    field = "yes"


class NothingCarried(Refused):
    """One disagrees with what was carried; what was lost has no force."""

    sentence = _("Dissent is recorded against a motion that was carried.")


class DissentsAlready(Refused):
    """Once for each person."""

    sentence = _("This person’s dissent is written down already.")


@transaction.atomic
def move_motion(
    *,
    item_id: int,
    text: str,
    actor: Actor,
    at: datetime,
    moved_by_id: int | None = None,
) -> Motion:
    """Write down what is moved on an item, and by whom.

    :raises ElectionElsewhere: when hands would elect a committee or the party.
    """
    item = AgendaItem.objects.filter(pk=item_id).first()
    if item is None:
        raise NotFound
    meeting = kept_by(actor, item.meeting_id)
    said = words(text=text, field=f"motion_{item_id}", limit=TEXT_LENGTH_MAX)
    refuse_elections(said, field=f"motion_{item_id}")
    hold(meeting, _GOING_ON)
    there = Attendance.objects.filter(meeting=meeting)
    if moved_by_id is not None and not there.filter(pk=moved_by_id).exists():
        raise NotFound
    last = item.motions.aggregate(last=Max("position"))["last"] or 0
    motion = Motion.objects.create(item=item, position=last + 1, text=said, moved_by_id=moved_by_id)
    write_down(meeting, actor, at, events.MOTION_MOVED, motion_id=motion.pk)
    return motion


@transaction.atomic
def count_hands(
    *, motion_id: int, yes: int, no: int, abstain: int, actor: Actor, at: datetime
) -> Motion:
    """Decide a motion by a show of hands: carried by more than half of those who are there.

    Below the quorum nothing is decided, whatever the hands say.

    :raises MoreHandsThanPeople: when more hands were raised than people are signed in.
    :raises StepNotAllowed: when it was decided or withdrawn already.

    Source: rules.md, "Deliberation": exact integers; a failed quorum is no decision, never a no.
    """
    motion, meeting = _motion(motion_id, actor)
    hold(meeting, _GOING_ON)
    present, hands = present_count_of(meeting=meeting), yes + no + abstain
    if min(yes, no, abstain) < 0 or hands > present:
        raise MoreHandsThanPeople(hands=hands, present=present)
    counted = counted_of(meeting=meeting)
    state = outcome_of(yes=yes, present=present, counted=counted, quorum=meeting.quorum)
    _decide(motion, state, at, yes=yes, no=no, abstain=abstain, present=present)
    write_down(
        meeting,
        actor,
        at,
        events.MOTION_DECIDED,
        motion_id=motion.pk,
        state=str(state),
        yes=yes,
        no=no,
        abstain=abstain,
        present=present,
        quorum=meeting.quorum,
    )
    return motion


def outcome_of(*, yes: int, present: int, counted: int, quorum: int) -> MotionState:
    """Return what a show of hands comes to, in whole numbers; `counted` is for the quorum."""
    if counted < max(quorum, 1):
        return MotionState.NO_DECISION
    return MotionState.CARRIED if 2 * yes > present else MotionState.LOST


@transaction.atomic
def withdraw_motion(*, motion_id: int, actor: Actor, at: datetime) -> Motion:
    """Take a motion back before hands are counted.

    :raises StepNotAllowed: when it was decided already.
    """
    motion, meeting = _motion(motion_id, actor)
    hold(meeting, _GOING_ON)
    _decide(motion, MotionState.WITHDRAWN, at)
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="withdrawn", motion_id=motion.pk)
    return motion


@transaction.atomic
def record_dissent(
    *, motion_id: int, attendance_id: int, text: str, actor: Actor, at: datetime
) -> Dissent:
    """Write down, by name, that somebody disagrees with what was carried, and why.

    :raises NothingCarried: when the motion was not carried.
    :raises DissentsAlready: when it stands there already.
    """
    motion, meeting = _motion(motion_id, actor)
    said = words(text=text, field=f"dissent_{motion_id}", limit=TEXT_LENGTH_MAX)
    hold(meeting, WRITTEN_DOWN)
    if motion.state != MotionState.CARRIED:
        raise NothingCarried
    if not Attendance.objects.filter(pk=attendance_id, meeting=meeting).exists():
        raise NotFound
    try:
        with transaction.atomic():
            dissent = Dissent.objects.create(motion=motion, attendance_id=attendance_id, text=said)
    except IntegrityError:
        raise DissentsAlready from None
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="dissent", motion_id=motion.pk)
    return dissent


def _decide(motion: Motion, state: MotionState, at: datetime, **figures: int) -> None:
    row = Motion.objects.filter(pk=motion.pk, state=MotionState.MOVED)
    if not row.update(state=state, decided_at=at, **figures):
        raise StepNotAllowed
    motion.refresh_from_db()


def _motion(motion_id: int, actor: Actor) -> tuple[Motion, Meeting]:
    motion = Motion.objects.select_related("item").filter(pk=motion_id).first()
    if motion is None:
        raise NotFound
    return motion, kept_by(actor, motion.item.meeting_id)
