"""Writing down what is said: the speakers' list, each turn in a line, and each item's outcome.

Two people may write at once: a text is written over what its writer saw, never over another's.
"""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Max, Model
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import NotFound, Refused
from linli.deliberation import events
from linli.deliberation.models import AgendaItem, Attendance, Meeting, Speech
from linli.deliberation.services._meetings import WRITTEN_DOWN, hold, kept_by, write_down
from linli.deliberation.services._recording import words_or_none
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import MeetingState

SAID_LENGTH_MAX = 4_000
GIST_LENGTH_MAX = 400

Row = TypeVar("Row", bound=Model)

_GOING_ON = (MeetingState.OPEN,)


class WrittenMeanwhile(Refused):
    """Another recorder was faster; both wordings are shown to whoever comes second."""

    sentence = _("Somebody else wrote here meanwhile: “%(now)s”. Your text is kept below it.")


# --- What came of each item -------------------------------------------------------------------


@transaction.atomic
def write_said(*, item_id: int, text: str, before: str, actor: Actor, at: datetime) -> AgendaItem:
    """Write what was said on an item, over the text that its writer saw there.

    A signature under the record falls.

    :raises WrittenMeanwhile: when another text stands there by now.
    """
    item = _get(AgendaItem, item_id)
    meeting = kept_by(actor, item.meeting_id)
    said = words_or_none(text=text, field=f"said_{item_id}", limit=SAID_LENGTH_MAX)
    hold(meeting, WRITTEN_DOWN)
    _write_over(AgendaItem, item.pk, "said", said, before, f"said_{item_id}")
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="said")
    item.refresh_from_db()
    return item


@transaction.atomic
def write_summary(
    *, meeting_id: int, text: str, before: str, actor: Actor, at: datetime
) -> Meeting:
    """Write the meeting's summary, over the text that its writer saw there.

    :raises WrittenMeanwhile: when another text stands there by now.
    """
    meeting = kept_by(actor, meeting_id)
    said = words_or_none(text=text, field="summary", limit=SAID_LENGTH_MAX)
    hold(meeting, WRITTEN_DOWN)
    _write_over(Meeting, meeting.pk, "summary", said, before, "summary")
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="summary")
    meeting.refresh_from_db()
    return meeting


# --- The speakers' list -----------------------------------------------------------------------


@transaction.atomic
def ask_to_speak(*, item_id: int, attendance_id: int, actor: Actor, at: datetime) -> Speech:
    """Put somebody who is there at the end of an item's speakers' list."""
    item = _get(AgendaItem, item_id)
    meeting = kept_by(actor, item.meeting_id)
    hold(meeting, _GOING_ON)
    if not Attendance.objects.filter(pk=attendance_id, meeting=meeting).exists():
        raise NotFound
    last = item.speeches.aggregate(last=Max("position"))["last"] or 0
    speech = Speech.objects.create(item=item, attendance_id=attendance_id, position=last + 1)
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="asked_to_speak")
    return speech


@transaction.atomic
def begin_turn(*, speech_id: int, actor: Actor, at: datetime) -> Speech:
    """Give somebody the floor; whoever had it is done.

    :raises StepNotAllowed: when the turn was given already.
    """
    speech, meeting = _turn(speech_id, actor)
    speaking = Speech.objects.filter(item__meeting=meeting, ended_at=None)
    speaking.exclude(began_at=None).exclude(pk=speech.pk).update(ended_at=at)
    if not Speech.objects.filter(pk=speech.pk, began_at=None).update(began_at=at):
        raise StepNotAllowed
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="turn_begun")
    speech.refresh_from_db()
    return speech


@transaction.atomic
def end_turn(*, speech_id: int, actor: Actor, at: datetime) -> Speech:
    """End somebody's turn.

    :raises StepNotAllowed: when it did not begin, or is over.
    """
    speech, meeting = _turn(speech_id, actor)
    rows = Speech.objects.filter(pk=speech.pk, began_at__isnull=False, ended_at=None)
    if not rows.update(ended_at=at):
        raise StepNotAllowed
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="turn_ended")
    speech.refresh_from_db()
    return speech


@transaction.atomic
def drop_turn(*, speech_id: int, actor: Actor, at: datetime) -> None:
    """Take somebody off the speakers' list whose turn has not come.

    :raises StepNotAllowed: when they spoke already.
    """
    speech, meeting = _turn(speech_id, actor)
    deleted, _rows = Speech.objects.filter(pk=speech.pk, began_at=None).delete()
    if not deleted:
        raise StepNotAllowed
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="turn_dropped")


@transaction.atomic
def write_gist(*, speech_id: int, text: str, before: str, actor: Actor, at: datetime) -> Speech:
    """Write in a line what somebody said, over the text that the writer saw there.

    :raises WrittenMeanwhile: when another text stands there by now.
    """
    speech = _get(Speech, speech_id)
    meeting = kept_by(actor, speech.item.meeting_id)
    said = words_or_none(text=text, field=f"gist_{speech_id}", limit=GIST_LENGTH_MAX)
    hold(meeting, WRITTEN_DOWN)
    _write_over(Speech, speech.pk, "gist", said, before, f"gist_{speech_id}")
    write_down(meeting, actor, at, events.MEETING_RECORDED, what="gist")
    speech.refresh_from_db()
    return speech


# --- Parts ------------------------------------------------------------------------------------


def _turn(speech_id: int, actor: Actor) -> tuple[Speech, Meeting]:
    speech = _get(Speech, speech_id)
    meeting = kept_by(actor, speech.item.meeting_id)
    hold(meeting, _GOING_ON)
    return speech, meeting


def _get(model: type[Row], key: int) -> Row:
    found = model._default_manager.filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def _write_over(
    model: type[Model], key: int, column: str, said: str, before: str, field: str
) -> None:
    """Write a text over the one that was seen; browsers send line ends of their own."""
    seen = before.replace("\r\n", "\n")
    if not model._default_manager.filter(pk=key, **{column: seen}).update(**{column: said}):
        now = model._default_manager.values_list(column, flat=True).get(pk=key)
        if now != said:
            raise WrittenMeanwhile(field=field, now=now)
