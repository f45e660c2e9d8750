"""What anybody may know of matters, without a role and without a code.

What stands on a community's board, and of any other matter that is not restricted only that it is
there: its number, its category, its dates and where it stands. The words of whoever reported it are
not even read.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, QuerySet

from linli.core.models import Event
from linli.matters import events
from linli.matters.models import Matter, Reporter
from linli.matters.queries.lists import published_matters
from linli.matters.workflow import SETTLED

_RELATIONS = (
    "category",
    "estate",
    "building",
    "place",
    "community__profile",
    "order__organisation",
    "merged_into",
)
# A thousand rows are read at once: boundaries and words that nobody is shown stay where they are.
_COLUMNS = (
    "state",
    "is_restricted",
    "reported_at",
    "accepted_at",
    "due_at",
    "paused_at",
    "resolved_at",
    "closed_at",
    "published_at",
    "public_summary",
    "category__code",
    "category__name",
    "category__name_en",
    "estate__name",
    "building__name",
    "building__longitude",
    "building__latitude",
    "place__name",
    "place__longitude",
    "place__latitude",
    "community__name",
    "community__profile__public_board",
    "order__dispatched_at",
    "order__taken_at",
    "order__resolved_at",
    "order__organisation__name",
    "merged_into__reported_at",
    "merged_into__is_restricted",
)
_KEY_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class PublicFilter:
    """Which of what stands on a board: reported from `since` to `until`, both included.

    `category_codes` empty means every category; `is_settled` None means open and settled ones.
    """

    since: datetime
    until: datetime
    category_codes: Collection[str] = ()
    is_settled: bool | None = None


def list_on_board(*, community_id: int, wanted: PublicFilter) -> QuerySet[Matter]:
    """Return what stands on a community's board, the latest report first.

    A community whose board is off shows nothing, whatever was published before.
    """
    rows = published_matters(community_id=community_id).filter(
        community__profile__public_board=True,
        reported_at__gte=wanted.since,
        reported_at__lte=wanted.until,
    )
    if wanted.category_codes:
        rows = rows.filter(category__code__in=wanted.category_codes)
    if wanted.is_settled is not None:
        states = sorted(SETTLED)
        rows = (
            rows.filter(state__in=states) if wanted.is_settled else rows.exclude(state__in=states)
        )
    return _plain(rows).order_by("-reported_at", "-pk")


def list_by_number(*, community_id: int, numbers: Collection[str]) -> list[Matter]:
    """Return the matters of a community that bear these numbers, such as 2026-123; newest first.

    Restricted ones do not exist. What is no number, or nobody's, is left out.
    """
    keys = {key for number in numbers if (key := _key_in(number)) is not None}
    rows = Matter.objects.filter(pk__in=keys, community_id=community_id, is_restricted=False)
    wanted = frozenset(numbers)
    found = _plain(rows).order_by("-reported_at", "-pk")
    return [matter for matter in found if matter.number in wanted]


def is_on_board(*, matter: Matter) -> bool:
    """Tell whether anybody may read the summary and the place of a matter."""
    profile = getattr(matter.community, "profile", None)
    return (
        profile is not None
        and profile.public_board
        and matter.published_at is not None
        and not matter.is_restricted
    )


def first_submitted(*, submission_keys: Sequence[UUID]) -> UUID | None:
    """Return the one of these keys under which a report is in already, or None."""
    found = Reporter.objects.filter(matter__submission_key__in=submission_keys)
    return found.order_by("id").values_list("matter__submission_key", flat=True).first()


def categories_changed_at(*, community_ids: Collection[int]) -> datetime | None:
    """Return when the categories of these communities were last set or ended, None for never."""
    names = (events.CATEGORY_SET, events.CATEGORY_ENDED)
    changes = Event.objects.filter(community_id__in=community_ids, name__in=names)
    last: datetime | None = changes.aggregate(last=Max("happened_at"))["last"]
    return last


def _plain(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    return rows.select_related(*_RELATIONS).only(*_RELATIONS, *_COLUMNS)


def _key_in(number: str) -> int | None:
    year, dash, key = number.partition("-")
    is_number = dash and year.isascii() and key.isascii() and key.isdecimal() and len(key) < 20
    return int(key) if is_number and int(key) <= _KEY_MAX else None
