"""The agenda of a meeting drawn from the community's open matters (FD-06).

A forum talks about what the grids brought in. Restricted matters stand on no agenda. An agenda is
read aloud and published, so it calls a matter by its category and place, never by the words in
which somebody asked.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid
from linli.core.models import Event
from linli.core.ref import Ref
from linli.deliberation import queries as deliberation
from linli.deliberation.services import agenda
from linli.matters import queries as matters
from linli.matters.models import Matter
from linli.matters.workflow import OPEN


class MattersNotOpen(Invalid):
    """Closed, restricted, or of another community."""

    sentence = _("Please choose open matters of this community.")
    field = "numbers"


def matters_on(*, actor: Actor, meeting: Any) -> dict[str, Matter]:
    """Return the matters on an agenda that this person may see, by the agenda item's ref."""
    refs = meeting.items.exclude(ref="").values_list("ref", flat=True)
    found = (Ref.parse(text=text) for text in refs)
    keys = [ref.id for ref in found if ref.kind == matters.SUBJECT]
    rows = matters.visible_to(actor=actor).filter(pk__in=keys, is_restricted=False)
    return {
        str(Ref(kind=matters.SUBJECT, id=one.pk)): one
        for one in rows.select_related(*matters.ROW_RELATIONS)
    }


@transaction.atomic
def add_matters(*, meeting_id: int, matter_ids: Collection[int], actor: Actor, at: datetime) -> int:
    """Put open matters on an agenda and return how many were new to it.

    :raises MattersNotOpen: when one is not open, restricted, or not this person's to see.
    """
    meeting = deliberation.get_meeting(actor=actor, meeting_id=meeting_id)
    wanted = list(dict.fromkeys(matter_ids))
    rows = matters.visible_to(actor=actor).filter(
        pk__in=wanted, community_id=meeting.community_id, state__in=OPEN, is_restricted=False
    )
    found = {one.pk: one for one in rows.select_related(*matters.ROW_RELATIONS)}
    if not wanted or set(found) != set(wanted):
        raise MattersNotOpen
    lines = [
        agenda.Line(called(matter=found[key]), Ref(kind=matters.SUBJECT, id=key)) for key in wanted
    ]
    return len(agenda.add_to_agenda(meeting_id=meeting_id, lines=lines, actor=actor, at=at))


def called(*, matter: Matter) -> str:
    """Return what an agenda calls a matter: its category, where it is, and its number."""
    where = matter.place or matter.building or matter.estate or matter.grid
    estate = matter.estate if where is matter.building else None
    parts = (matter.category.name, str(estate or ""), str(where or ""))
    said = " ".join(part for part in parts if part)
    return f"{said[:100]}（{matter.number}）"


def take_off_agendas(event: Event, at: datetime) -> None:
    """Take a matter that became restricted off every agenda on which it was not talked over yet."""
    matter = Matter.objects.filter(pk=event.subject_id).first()
    if matter is not None and matter.is_restricted:
        agenda.withdraw_ref(ref=Ref(kind=matters.SUBJECT, id=matter.pk), at=at)
