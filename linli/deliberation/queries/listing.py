"""What programs read in pages by key: what exists for them, the newest first.

Everything begins at what `access` opens to somebody; a program of the public is kept to its one
community. Nothing is read here that the pages do not show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Count, Model, Q, QuerySet

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.deliberation.models import Forum, Meeting, OpinionMap, Resolution, Topic, Vote
from linli.deliberation.queries.access import (
    forums_open_to,
    maps_open_to,
    meetings_open_to,
    topics_at_work,
    topics_open_to,
    votes_open_to,
)

_TOPIC = ("forum", "procedure", "field", "grid", "building__estate", "previous")
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Of:
    """Of which community, forum and topic, in which state; None or "" means whichever."""

    community_id: int | None = None
    forum_id: int | None = None
    topic_id: int | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows, and the key after which the next one begins; "" at the end."""

    rows: Sequence[Row]
    next_after: str


def page_of_forums(*, actor: Actor, wanted: Of, after: str, size: int) -> Page[Forum]:
    """Return the forums that exist for somebody; ended ones as well."""
    rows = forums_open_to(actor=actor)
    if wanted.community_id is not None:
        rows = rows.filter(community=wanted.community_id)
    return _page(rows, after, size)


def page_of_open_topics(*, actor: Actor, wanted: Of, after: str, size: int) -> Page[Topic]:
    """Return the topics that exist for somebody."""
    rows = _narrowed(topics_open_to(actor=actor), wanted).select_related(*_TOPIC)
    return _page(rows, after, size)


def page_of_open_meetings(*, actor: Actor, wanted: Of, after: str, size: int) -> Page[Meeting]:
    """Return the meetings that exist for somebody, the last planned first."""
    of = Of(wanted.community_id, wanted.forum_id, None, wanted.state)
    rows = _narrowed(meetings_open_to(actor=actor), of)
    if wanted.topic_id is not None:
        rows = rows.filter(items__topic=wanted.topic_id)
    return _page(rows.select_related("forum", "place"), after, size)


def page_of_open_votes(*, actor: Actor, wanted: Of, after: str, size: int) -> Page[Vote]:
    """Return the votes that exist for somebody, with options and how many `took_part`."""
    return _page(_narrowed(_votes(actor), wanted), after, size)


def page_of_open_maps(*, actor: Actor, wanted: Of, after: str, size: int) -> Page[OpinionMap]:
    """Return the opinion maps that exist for somebody, without their drawings."""
    rows = _narrowed(maps_open_to(actor=actor), wanted).select_related("forum")
    return _page(rows.defer("drawn"), after, size)


def page_of_resolutions(*, actor: Actor, wanted: Of, after: str, size: int) -> Page[Resolution]:
    """Return the resolutions that exist for somebody, each with its tasks."""
    rows = resolutions_open_to(actor=actor)
    if wanted.community_id is not None:
        rows = rows.filter(topic__community=wanted.community_id)
    if wanted.forum_id is not None:
        rows = rows.filter(topic__forum=wanted.forum_id)
    if wanted.topic_id is not None:
        rows = rows.filter(topic=wanted.topic_id)
    return _page(_with_tasks(rows), after, size)


def resolutions_open_to(*, actor: Actor) -> QuerySet[Resolution]:
    """Return the resolutions that exist for somebody: the office's, else once they are published.

    Nobody reads what came of a topic before all do.
    """
    published = Q(topic__in=topics_open_to(actor=actor), topic__published_at__isnull=False)
    return Resolution.objects.filter(published | Q(topic__in=topics_at_work(actor=actor)))


def get_open_topic(*, actor: Actor, topic_id: int) -> Topic:
    """Return a topic.

    :raises NotFound: when there is none, or not for this person.
    """
    return _one(topics_open_to(actor=actor).select_related(*_TOPIC), topic_id)


def get_open_vote(*, actor: Actor, vote_id: int) -> Vote:
    """Return a vote with its options and how many `took_part`.

    :raises NotFound: when there is none, or not for this person.
    """
    return _one(_votes(actor), vote_id)


def _votes(actor: Actor) -> QuerySet[Vote]:
    rows = votes_open_to(actor=actor).select_related("forum").prefetch_related("options")
    return rows.annotate(took_part=Count("participations"))


def get_resolution(*, actor: Actor, resolution_id: int) -> Resolution:
    """Return a resolution with its tasks.

    :raises NotFound: when there is none, or not for this person yet.
    """
    return _one(_with_tasks(resolutions_open_to(actor=actor)), resolution_id)


def resolutions_shown(*, actor: Actor, topic: Topic) -> list[Resolution]:
    """Return what was decided on a topic as far as this person may read it, the oldest first."""
    rows = resolutions_open_to(actor=actor).filter(topic=topic)
    return list(_with_tasks(rows).order_by("pk"))


def _with_tasks(rows: QuerySet[Resolution]) -> QuerySet[Resolution]:
    rows = rows.select_related("topic", "meeting", "vote")
    return rows.prefetch_related("tasks__party", "tasks__organisation")


def _narrowed(rows: QuerySet[Row], wanted: Of) -> QuerySet[Row]:
    asked: dict[str, Any] = {
        "community": wanted.community_id,
        "forum": wanted.forum_id,
        "topic": wanted.topic_id,
        "state": wanted.state or None,
    }
    return rows.filter(**{name: value for name, value in asked.items() if value is not None})


def _page(rows: QuerySet[Row], after: str, size: int) -> Page[Row]:
    if after:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: size + 1])
    shown = found[:size]
    return Page(rows=shown, next_after=str(shown[-1].pk) if len(found) > size else "")


def _one(rows: QuerySet[Row], pk: int) -> Row:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
