"""What somebody keeps, what lies at a place, and what time makes due."""

from datetime import datetime

from django.db.models import QuerySet

from linli.core.actor import Actor
from linli.matters.models import (
    Matter,
    SavedView,
)
from linli.matters.queries.access import visible_to
from linli.matters.queries.filtering import RUNNING
from linli.matters.queries.paging import with_row_columns
from linli.matters.workflow import OPEN


def open_at(
    *,
    actor: Actor,
    estate_id: int | None = None,
    building_id: int | None = None,
    place_id: int | None = None,
) -> QuerySet[Matter]:
    """Return the open matters at an estate, a building or a named place that this person sees."""
    where = {"estate_id": estate_id, "building_id": building_id, "place_id": place_id}
    named = {column: key for column, key in where.items() if key is not None}
    assert named, "say where"
    rows = visible_to(actor=actor).filter(state__in=OPEN, **named)
    return with_row_columns(rows=rows)


def published_matters(*, community_id: int) -> QuerySet[Matter]:
    """Return what stands on a community's public board, newest first."""
    return (
        Matter.objects.filter(
            community_id=community_id, published_at__isnull=False, is_restricted=False
        )
        .select_related("category", "estate", "building", "place")
        .order_by("-published_at", "-pk")
    )


def list_saved_views(*, actor: Actor) -> QuerySet[SavedView]:
    """Return the filters that this person keeps."""
    return SavedView.objects.filter(account_id__in=[actor.account_id]).order_by("name", "id")


def due_to_climb(*, at: datetime) -> QuerySet[Matter]:
    """Return the open matters whose level's time is over."""
    return Matter.objects.filter(level_due_at__lte=at, state__in=RUNNING)


def newly_overdue(*, at: datetime) -> QuerySet[Matter]:
    """Return the matters that became overdue and of which nobody was told yet."""
    return Matter.objects.filter(due_at__lt=at, overdue_told_at=None, state__in=RUNNING)
