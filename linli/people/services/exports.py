"""Lists that leave the roster as files: who took which, of which filter, how much, and in full?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, Refused
from linli.core.events import Happened, record, record_many
from linli.core.ref import Ref
from linli.language.mask import scrub_personal_data
from linli.language.normal import tidy
from linli.language.reasons import says_why
from linli.people import events, queries
from linli.people.models import PriorityNeed, Resident

EXPORT_ROWS_MAX = 50_000
"""A workbook is made in memory, for what it holds must not lie about on a disk."""

REASON_LENGTH_MAX = 200


class ExportReasonMissing(Invalid):
    """Numbers leave in full for a reason only."""

    sentence = _(
        "Please say what the list in full is needed for, in two Chinese characters or four letters "
        "at least. Nothing was exported."
    )
    field = "reason"


class TooManyToExport(Refused):
    """A part of a list must not pass for the whole."""

    sentence = _(
        "This list has more than %(limit)s rows, which is more than one workbook takes. Please "
        "narrow the filter, such as to one grid."
    )
    status = 422


@dataclass(slots=True)
class Leaving:
    """What leaves the roster in one file: its rows by community, and what of them is in full.

    `opened` are event names with what happened to whom, by community.
    """

    listing: str
    wanted: Mapping[str, Any]
    reason: str = ""
    totals: Counter[int] = field(default_factory=Counter)
    opened: dict[tuple[str, int], list[Happened]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Tell whether whoever takes it gave a reason to see it in full."""
        return bool(self.reason)

    def count(self, community_id: int) -> None:
        """Count one more row.

        :raises TooManyToExport: when there are more than a workbook takes.
        """
        self.totals[community_id] += 1
        if self.totals.total() > EXPORT_ROWS_MAX:
            raise TooManyToExport(limit=EXPORT_ROWS_MAX)

    def open_numbers(self, resident: Resident, fields: Sequence[str]) -> None:
        """Note that a resident's numbers stand in the file in full."""
        told = self.opened.setdefault((events.NUMBER_TAKEN_OUT, resident.community_id), [])
        for one in fields:
            facts = {"field": one, "list": self.listing, "reason": self.reason}
            subject = Ref(kind=queries.RESIDENT, id=resident.pk)
            told.append(Happened(subject=subject, trace=resident.row_key, facts=facts))

    def open_need(self, need: PriorityNeed) -> None:
        """Note that the file names somebody as in need."""
        facts = {"list": self.listing, "reason": self.reason}
        told = self.opened.setdefault((events.NEED_TAKEN_OUT, need.community_id), [])
        subject = Ref(kind=queries.NEED, id=need.pk)
        told.append(Happened(subject=subject, trace=need.row_key, facts=facts))


def reason_to_open(*, reason: str) -> str:
    """Return a reason as it is kept: on one line, without anybody's number.

    :raises ExportReasonMissing: when there is none that says anything.
    """
    said = scrub_personal_data(text=tidy(text=reason)[:REASON_LENGTH_MAX])
    if not says_why(text=said):
        raise ExportReasonMissing
    return said


@transaction.atomic
def record_export(*, leaving: Leaving, community_id: int, actor: Actor, at: datetime) -> None:
    """Write down that a list left, for every community that it tells of, before it is handed out.

    An empty list is told to `community_id`. `wanted` are keys and codes; the words somebody
    searched for are left out, for they may be a number.
    """
    wanted = {name: value for name, value in leaving.wanted.items() if value and name != "query"}
    for here, total in sorted((leaving.totals or {community_id: 0}).items()):
        event = record(
            name=events.ROSTER_EXPORTED,
            subject=Ref(kind="territory.area", id=here),
            trace=uuid4(),
            actor=actor,
            at=at,
            community_id=here,
            facts={
                "list": leaving.listing,
                "filter": wanted,
                "searched": bool(leaving.wanted.get("query")),
                "rows": total,
                "open": leaving.is_open,
                "reason": leaving.reason,
            },
        )
        for (name, community), happened in leaving.opened.items():
            if community == here:
                record_many(
                    name=name,
                    happened=happened,
                    actor=actor,
                    at=at,
                    community_id=here,
                    cause=event,
                )
