"""The agenda of a meeting: topics of the forum, open matters of the community, further lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor, system
from linli.core.errors import Invalid, NotFound, Refused
from linli.core.ref import Ref
from linli.deliberation import events
from linli.deliberation.models import AgendaItem, Meeting, Motion, Speech, Topic
from linli.deliberation.queries.meetings import topics_for
from linli.deliberation.services._meetings import hold, kept_by, tell_of
from linli.deliberation.services._recording import words
from linli.deliberation.workflow import MeetingState

TITLE_LENGTH_MAX = 120
ITEMS_MOST = 150
"""A quarter's problems settled one by one in one sitting: 128 are known (TC-09)."""

WITHHELD = "—"
"""What an item is called that must not be named any more."""

_CLOSED = (MeetingState.SIGNED, MeetingState.PUBLISHED, MeetingState.CANCELLED)
_DRAWN_UP = (MeetingState.PLANNED, MeetingState.OPEN)


class AgendaFull(Refused):
    """Nobody talks about more in one evening."""

    sentence = _("An agenda holds %(most)s items at most. Please leave some for the next meeting.")


class ItemTalkedOver(Refused):
    """What was talked about stays on record."""

    sentence = _("This item was talked over already and stays on the agenda.")


class TopicNotOnTable(Invalid):
    """A topic of another forum, or one that is done."""

    sentence = _("Please choose topics of this forum that are still being talked over.")
    field = "topics"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an agenda that is no topic: with `ref`, a row of another room stands behind it."""

    title: str
    ref: Ref | None = None


@transaction.atomic
def add_to_agenda(
    *,
    meeting_id: int,
    actor: Actor,
    at: datetime,
    topic_ids: Sequence[int] = (),
    lines: Sequence[Line] = (),
) -> list[AgendaItem]:
    """Put topics and further lines at the end of an agenda; what is on it already is passed over.

    :raises TopicNotOnTable: for a topic of another forum, or one that is done.
    :raises AgendaFull: when there would be too many.
    """
    meeting = kept_by(actor, meeting_id)
    hold(meeting, _DRAWN_UP)
    known = set(meeting.items.exclude(topic=None).values_list("topic_id", flat=True))
    offered = {topic.pk: topic for topic in topics_for(actor=actor, meeting=meeting)}
    wanted = [key for key in dict.fromkeys(topic_ids) if key not in known]
    if not set(wanted) <= set(offered):
        raise TopicNotOnTable
    refs = set(meeting.items.exclude(ref="").values_list("ref", flat=True))
    rows = [_item(meeting, offered[key].title, topic=offered[key]) for key in wanted]
    for line in lines:
        ref = str(line.ref) if line.ref is not None else ""
        if not ref or ref not in refs:
            refs.add(ref)
            rows.append(_item(meeting, line.title, ref=ref))
    if meeting.items.count() + len(rows) > ITEMS_MOST:
        raise AgendaFull(most=ITEMS_MOST)
    last = meeting.items.aggregate(last=Max("position"))["last"] or 0
    for place, row in enumerate(rows, start=last + 1):
        row.position = place
    if rows:
        AgendaItem.objects.bulk_create(rows)
        tell_of(meeting, events.AGENDA_CHANGED, actor, at, items=meeting.items.count())
    return rows


@transaction.atomic
def order_agenda(*, meeting_id: int, item_ids: Sequence[int], actor: Actor, at: datetime) -> None:
    """Put the items into this order; those not named come last, as they were."""
    meeting = kept_by(actor, meeting_id)
    hold(meeting, _DRAWN_UP)
    items = {item.pk: item for item in meeting.items.order_by("position", "id")}
    if not set(item_ids) <= set(items):
        raise NotFound
    order = [*dict.fromkeys(item_ids), *(key for key in items if key not in set(item_ids))]
    for place, key in enumerate(order, start=1):
        items[key].position = place
    AgendaItem.objects.bulk_update(items.values(), ["position"])
    tell_of(meeting, events.AGENDA_CHANGED, actor, at, items=len(items))


@transaction.atomic
def rename_item(*, item_id: int, title: str, actor: Actor, at: datetime) -> None:
    """Say in other words what an item is about, before it is talked over."""
    item, meeting = _item_of(item_id, actor)
    said = words(text=title, field="title", limit=TITLE_LENGTH_MAX)
    hold(meeting, _DRAWN_UP)
    AgendaItem.objects.filter(pk=item.pk).update(title=said)
    tell_of(meeting, events.AGENDA_CHANGED, actor, at, items=meeting.items.count())


@transaction.atomic
def drop_item(*, item_id: int, actor: Actor, at: datetime) -> None:
    """Take an item off the agenda that nobody talked about.

    :raises ItemTalkedOver: when somebody did.
    """
    item, meeting = _item_of(item_id, actor)
    hold(meeting, _DRAWN_UP)
    item.refresh_from_db()
    spoken = Speech.objects.filter(item=item).exists() or Motion.objects.filter(item=item).exists()
    if item.said or spoken:
        raise ItemTalkedOver
    item.delete()
    tell_of(meeting, events.AGENDA_CHANGED, actor, at, items=meeting.items.count())


def _item_of(item_id: int, actor: Actor) -> tuple[AgendaItem, Meeting]:
    item = AgendaItem.objects.filter(pk=item_id).first()
    if item is None:
        raise NotFound
    return item, kept_by(actor, item.meeting_id)


def _item(meeting: Meeting, title: str, *, topic: Topic | None = None, ref: str = "") -> AgendaItem:
    said = words(text=title, field="title", limit=TITLE_LENGTH_MAX)
    return AgendaItem(meeting=meeting, title=said, topic=topic, ref=ref)


@transaction.atomic
def withdraw_ref(*, ref: Ref, at: datetime) -> int:
    """Take what must not be talked about in a meeting any more off every agenda to come.

    Where it was talked over the record stays, and calls it nothing. Return how many were changed.
    """
    actor = system(name="agendas")
    rows = AgendaItem.objects.filter(ref=str(ref)).select_related("meeting")
    found = list(rows.exclude(meeting__state__in=_CLOSED).order_by("id"))
    for item in found:
        hold(item.meeting, (*_DRAWN_UP, MeetingState.ENDED))
        is_new = not (item.said or item.speeches.exists() or item.motions.exists())
        if is_new and item.meeting.state != MeetingState.ENDED:
            item.delete()
        else:
            AgendaItem.objects.filter(pk=item.pk).update(title=WITHHELD)
            item.meeting.signatures.all().delete()
        tell_of(item.meeting, events.AGENDA_CHANGED, actor, at, items=item.meeting.items.count())
    return len(found)
