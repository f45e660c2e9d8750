"""Opinions: the queue, what looks alike, what became of one, and the idea box."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from linli.core import codes, crypto
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation.models import Forum, Meeting, Opinion, Resolution, Topic
from linli.deliberation.queries.access import (
    OPINION,
    READERS,
    TOPIC,
    communities_of,
    forums_open_to,
    meetings_open_to,
    opinions_open_to,
    topics_open_to,
)
from linli.deliberation.workflow import ENDED, MeetingState, OpinionState, TopicState
from linli.language.bigrams import similarity

PAGE_SIZE = 50
IDEAS_A_PAGE = 20
_LOOKED_AT_MOST = 500
"""Of what waits the newest so many are compared, on a day of thousands, too."""
_ALIKE_FROM = 180  # per mille of shared bigrams
_ALIKE_MOST = 8
_AT_ONCE = 500
_MEETINGS_OFFERED = 20
_RELATIONS = ("topic", "forum", "grid", "building__estate")


class UnknownCode(NotFound):
    """No opinion bears this code."""


@dataclass(frozen=True, slots=True)
class OpinionFilter:
    """Which opinions of a list are wanted; empty means all."""

    community_id: int | None = None
    state: str = ""
    kind: str = ""
    channel: str = ""
    forum_id: int | None = None
    grid_id: int | None = None
    topic_id: int | None = None
    query: str = ""

    @property
    def is_queue(self) -> bool:
        """Tell whether it asks for what waits, which is read from the oldest on."""
        return self.state == OpinionState.NEW


@dataclass(frozen=True, slots=True)
class OpinionPage:
    """One page of a list; `next_after` asks for the next one, or is empty."""

    rows: list[Opinion]
    next_after: str = ""


@dataclass(frozen=True, slots=True)
class Alike:
    """An opinion that may say the same. `score` is per mille of shared words."""

    opinion: Opinion
    score: int


@dataclass(frozen=True, slots=True)
class LikelyTopic:
    """A topic that may answer an opinion, best first."""

    topic: Topic
    score: int


# --- Lists ------------------------------------------------------------------------------------


def page_of_opinions(*, actor: Actor, wanted: OpinionFilter, after: str = "") -> OpinionPage:
    """Return opinions of this person's communities: what waits from the oldest on, else newest."""
    rows = _wanted(actor, wanted)
    if after.isdecimal() and len(after) <= 18:
        rows = rows.filter(pk__gt=int(after)) if wanted.is_queue else rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    return OpinionPage(
        rows=found[:PAGE_SIZE], next_after=str(found[PAGE_SIZE - 1].pk) if more else ""
    )


def each_opinion(*, actor: Actor, wanted: OpinionFilter) -> Iterator[Opinion]:
    """Give every opinion of a list, in its order."""
    yield from _wanted(actor, wanted).iterator(chunk_size=_AT_ONCE)


def count_waiting(*, actor: Actor) -> int:
    """Return how many opinions of this person's communities wait for their answer."""
    return _of_office(actor).filter(state=OpinionState.NEW).count()


def own_opinions(*, actor: Actor) -> list[Opinion]:
    """Return what this person said with their account, the latest first."""
    if actor.account_id is None:
        return []
    rows = Opinion.objects.filter(account=actor.account_id).select_related("topic", "community")
    return list(rows.order_by("-id")[:PAGE_SIZE])


def list_by_trace(*, actor: Actor, trace: UUID) -> list[Opinion]:
    """Return the opinions of one thread that this person sees."""
    return list(opinions_open_to(actor=actor).filter(trace=trace).order_by("id"))


def _of_office(actor: Actor) -> QuerySet[Opinion]:
    """Return what this person sees because they work there; their own private ones are apart."""
    if actor.is_system:
        return Opinion.objects.all()
    return Opinion.objects.filter(community__in=communities_of(actor=actor, roles=READERS))


def _wanted(actor: Actor, wanted: OpinionFilter) -> QuerySet[Opinion]:
    asked: dict[str, Any] = {
        "community": wanted.community_id,
        "state": wanted.state or None,
        "kind": wanted.kind or None,
        "channel": wanted.channel or None,
        "forum": wanted.forum_id,
        "grid": wanted.grid_id,
        "topic": wanted.topic_id,
    }
    given = {column: value for column, value in asked.items() if value is not None}
    rows = _of_office(actor).filter(**given).select_related(*_RELATIONS)
    if wanted.query:
        rows = rows.filter(text__icontains=wanted.query)
    return rows.order_by("id" if wanted.is_queue else "-id")


# --- What looks alike -------------------------------------------------------------------------


def suggestions_for(
    *, actor: Actor, text: str, community_id: int, exclude_id: int | None = None
) -> list[Alike]:
    """Return waiting opinions that say something similar, best first. A person decides."""
    rows = _of_office(actor).filter(community=community_id, state=OpinionState.NEW)
    found = [
        Alike(opinion=one, score=score)
        for one in rows.select_related("grid", "building__estate").order_by("-id")[:_LOOKED_AT_MOST]
        if one.pk != exclude_id and (score := similarity(a=text, b=one.text)) >= _ALIKE_FROM
    ]
    return sorted(found, key=lambda one: (-one.score, -one.opinion.pk))[:_ALIKE_MOST]


def topics_to_answer(*, actor: Actor, text: str, community_id: int) -> list[LikelyTopic]:
    """Return the open topics that may answer an opinion: those that look like it in front."""
    rows = topics_open_to(actor=actor).filter(community=community_id).exclude(state__in=ENDED)
    found = [
        LikelyTopic(topic=one, score=similarity(a=text, b=f"{one.title} {one.why}"))
        for one in rows.select_related("forum").order_by("-id")[:_LOOKED_AT_MOST]
    ]
    return sorted(found, key=lambda one: (-(one.score >= _ALIKE_FROM), -one.score, -one.topic.pk))


def forums_taking_opinions(*, actor: Actor, community_id: int) -> list[Forum]:
    """Return the running forums of a community that take opinions of this person."""
    rows = forums_open_to(actor=actor).filter(
        community=community_id, takes_opinions=True, ended_at=None
    )
    return list(rows.order_by("id"))


def meetings_to_name(*, actor: Actor, community_id: int) -> list[Meeting]:
    """Return the meetings where something may have been said, the latest first."""
    rows = meetings_open_to(actor=actor).filter(community=community_id)
    held = rows.exclude(state__in=(MeetingState.PLANNED, MeetingState.CANCELLED))
    return list(held.order_by("-starts_at", "-pk")[:_MEETINGS_OFFERED])


# --- What became of it ------------------------------------------------------------------------


def opinion_by_code(*, code: str) -> Opinion:
    """Return the opinion that a code belongs to.

    :raises UnknownCode: when there is none.
    """
    try:
        plain = codes.normalise_tracking_code(text=code)
    except codes.InvalidCode as error:
        raise UnknownCode from error
    digest = crypto.digest(value=plain, field="deliberation_opinion.code")
    rows = Opinion.objects.select_related("community", "topic__forum", "grid", "building__estate")
    found = rows.filter(code_digest=digest).first()
    if found is None:
        raise UnknownCode
    return found


def standing_topic(*, topic: Topic | None) -> Topic | None:
    """Return the round in which a topic is talked over now."""
    while topic is not None and (later := _next_of(topic)) is not None:
        topic = later
    return topic


def _next_of(topic: Topic) -> Topic | None:
    if topic.state != TopicState.RETURNED:
        return None  # Only then did another round take over.
    return Topic.objects.select_related("forum").filter(previous=topic).first()


def story_of(*, opinion: Opinion) -> list[Event]:
    """Return what happened to an opinion and to the topic that answers it, oldest first."""
    of_it = Q(subject_kind=OPINION, subject_id=opinion.pk)
    rounds = []
    topic = opinion.topic
    while topic is not None:
        rounds.append(topic.pk)
        topic = _next_of(topic)
    if rounds:
        of_it |= Q(subject_kind=TOPIC, subject_id__in=rounds)
    found = list(Event.objects.filter(of_it).order_by("id"))
    # What the topic went through before is none of this opinion's story.
    since = max((one.pk for one in found if one.name == events.OPINION_MERGED), default=0)
    return [one for one in found if one.subject_kind == OPINION or one.pk > since]


def events_of(*, opinion: Opinion) -> list[Event]:
    """Return what happened to an opinion itself, oldest first."""
    rows = Event.objects.filter(subject_kind=OPINION, subject_id=opinion.pk)
    return list(rows.order_by("id"))


def result_of(*, topic: Topic | None) -> Resolution | None:
    """Return what was decided on a topic, once it is published."""
    if topic is None or topic.published_at is None:
        return None
    return Resolution.objects.filter(topic=topic).order_by("-id").first()


MOVES_OF_TOPIC = (
    events.TOPIC_ADVANCED,
    events.TOPIC_PUBLISHED,
    events.TOPIC_CARRIED_OUT,
    events.TOPIC_JUDGED,
    events.TOPIC_CLOSED,
    events.TOPIC_RETURNED,
    events.TOPIC_DROPPED,
)
"""What an author is told of the topic that answers them."""


def authors_of(*, topic_id: int) -> list[int]:
    """Return the accounts of those whose opinions a topic, or an earlier round of it, answers."""
    rounds: list[int] = []
    topic = Topic.objects.filter(pk=topic_id).first()
    while topic is not None:
        rounds.append(topic.pk)
        topic = topic.previous
    rows = Opinion.objects.filter(topic__in=rounds, account__isnull=False)
    return sorted({key for key in rows.values_list("account", flat=True) if key is not None})


# --- The idea box -----------------------------------------------------------------------------


def page_of_ideas(*, community_id: int, before: str = "") -> tuple[list[Opinion], str]:
    """Return what stands in a community's idea box, the latest first, and the key of what is older.

    Only the summary and the answer are for anybody: the author's own words are not even read.
    """
    rows = Opinion.objects.filter(community=community_id, published_at__isnull=False)
    key = _read_key(before)
    if key is not None:
        moment, last = key
        rows = rows.filter(Q(published_at__lt=moment) | Q(published_at=moment, pk__lt=last))
    rows = rows.select_related("topic__forum").defer("text", "name_sealed", "phone_sealed")
    found = list(rows.order_by("-published_at", "-id")[: IDEAS_A_PAGE + 1])
    shown = found[:IDEAS_A_PAGE]
    older = ""
    if len(found) > IDEAS_A_PAGE and shown[-1].published_at is not None:
        older = f"{shown[-1].published_at.isoformat()}~{shown[-1].pk}"
    return shown, older


def _read_key(text: str) -> tuple[datetime, int] | None:
    moment, _, last = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    is_key = at.tzinfo is not None and last.isdecimal() and len(last) <= 18
    return (at, int(last)) if is_key else None
