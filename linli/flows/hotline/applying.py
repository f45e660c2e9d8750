"""Bring the planned orders in as matters: all of them, or the good rows."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, Refused
from linli.flows.hotline.places import PlaceFinder
from linli.flows.hotline.planning import Plan, PlanRow
from linli.matters import services
from linli.matters.models import Matter
from linli.matters.services import Report, ReporterInput
from linli.matters.workflow import Channel
from linli.territory.models import Area
from linli.territory.scope import require_writer

_NAMESPACE = uuid.UUID("4a4e5f60-1234-5b0c-9d65-316c696e6c69")
"""Under which an order's number becomes the key of its submission."""


class RowsWrong(Invalid):
    """Some rows cannot be used, and nobody chose to take the others."""

    sentence = _(
        "%(count)s rows cannot be used, so nothing was brought in. Correct them in the workbook, "
        "or choose to bring in the good rows only."
    )


class CategoryToChoose(Invalid):
    """No word spoke for a category, and no usual one was chosen."""

    sentence = _("Please choose a category for order %(number)s.")
    field = "category"


class RowRefused(Invalid):
    """A rule of the house refuses one row; nothing was brought in."""

    sentence = _("Row %(row)s, order %(number)s: %(why)s Nothing was brought in.")


@dataclass(frozen=True, slots=True)
class Applied:
    """What came in, and what was here already."""

    matters: tuple[Matter, ...]
    here: int
    left_out: int

    @property
    def restricted(self) -> int:
        """Return how many went to those in charge because of what they say."""
        return sum(matter.is_restricted for matter in self.matters)


@transaction.atomic
def apply(
    *,
    plan: Plan,
    community_id: int,
    actor: Actor,
    at: datetime,
    categories: Mapping[int, int] | None = None,
    good_only: bool = False,
) -> Applied:
    """Make a matter of each new row, in one transaction. `categories` overrules, by row.

    An order's number makes the key of its submission, so a second upload doubles nothing.

    :raises RowsWrong: when rows are wrong and `good_only` was not chosen.
    :raises CategoryToChoose: when a row has no category.
    :raises RowRefused: when a rule refuses a row; then nothing is written.
    """
    require_writer(actor=actor, community=Area.objects.get(pk=community_id))
    if plan.wrong and not good_only:
        raise RowsWrong(count=len(plan.wrong))
    finder = PlaceFinder(community_id=community_id)
    chosen = categories or {}
    came: list[Matter] = []
    here = len(plan.here)
    for row in plan.new:
        category_id = chosen.get(row.row) or row.category_id
        if category_id is None:
            raise CategoryToChoose(number=row.number)
        report = _report_of(row, community_id, category_id, finder)
        try:
            reported = services.report(report=report, actor=actor, at=at)
        except services.HotlineNumberTaken:
            here += 1  # Somebody brought the same order in a moment ago.
            continue
        except Refused as refused:
            raise RowRefused(row=row.row, number=row.number, why=str(refused)) from refused
        if reported.is_new:
            came.append(reported.matter)
        else:
            here += 1
    return Applied(matters=tuple(came), here=here, left_out=len(plan.wrong))


def _report_of(row: PlanRow, community_id: int, category_id: int, finder: PlaceFinder) -> Report:
    return Report(
        submission_key=uuid.uuid5(_NAMESPACE, f"{community_id}:{row.number}"),
        community_id=community_id,
        text=row.text,
        category_id=category_id,
        location=finder.locate(spot=row.spot, address=row.address),
        channel=Channel.HOTLINE_12345,
        reporter=ReporterInput(name=row.name, phone=row.phone),
        hotline_number=row.number,
        hotline_due_at=row.deadline,
        asked_at=row.received_at,
    )
