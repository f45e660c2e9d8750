"""Topics: lists, one topic with its rounds, and what its next step still waits for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.core.models import Attachment, Event
from linli.deliberation.models import Meeting, Opinion, Paper, Procedure, Topic
from linli.deliberation.queries.access import (
    OPINION,
    may_read,
    may_run,
    opinions_open_to,
    topics_at_work,
)
from linli.deliberation.queries.meetings import reached_quorum
from linli.deliberation.workflow import (
    ENDED,
    TALKED_OVER,
    Condition,
    MeetingKind,
    OpinionState,
    ProcedureStep,
    procedure_read,
)
from linli.language.mask import scrub_personal_data

PAGE_SIZE = 30
_HELD = ("ENDED", "SIGNED", "PUBLISHED")
_SIGNED = ("SIGNED", "PUBLISHED")


@dataclass(frozen=True, slots=True)
class Missing:
    """A condition that does not hold, with its number and how much of it there is."""

    condition: Condition
    number: int = 0
    there: int = 0

    def __str__(self) -> str:
        match self.condition:
            case Condition.WHY:
                return str(
                    _("why it is talked about, and of which field it is, is not written down")
                )
            case Condition.OPINIONS:
                said = ngettext(
                    "%(number)s opinion is needed and there are %(there)s",
                    "%(number)s opinions are needed and there are %(there)s",
                    self.number,
                )
                return said % {"number": self.number, "there": self.there}
            case Condition.PAPERS:
                said = ngettext(
                    "no paper was given out %(number)s day ahead",
                    "no paper was given out %(number)s days ahead",
                    self.number,
                )
                return said % {"number": self.number}
            case Condition.QUORUM:
                return str(
                    _("no meeting after its papers, and no vote on it, has reached its quorum")
                )
            case Condition.MINUTES:
                return str(_("the minutes of its meeting are not signed"))
            case Condition.RESULT:
                return str(_("no resolution says what came of it"))


def may_lead(*, actor: Actor, topic: Topic) -> bool:
    """Tell whether this person leads a topic: they run the forum, or answer for the topic."""
    if may_run(actor=actor, community_id=topic.community_id):
        return True
    return topic.owner_id in actor.account_ids


def steps_of(*, procedure: Procedure) -> tuple[ProcedureStep, ...]:
    """Return the steps of a procedure."""
    return procedure_read(procedure.steps)


def missing_for(*, topic: Topic, step: ProcedureStep, at: datetime) -> list[Missing]:
    """Return the conditions of a step that do not hold for a topic."""
    return [
        one
        for code, number in step.conditions
        if (one := _missing(topic, code, number, at)) is not None
    ]


def _missing(topic: Topic, code: Condition, number: int, at: datetime) -> Missing | None:
    match code:
        case Condition.WHY:
            needs_field = topic.forum.fields.filter(ended_at=None).exists()
            holds = bool(topic.why) and (topic.field_id is not None or not needs_field)
            return None if holds else Missing(code)
        case Condition.OPINIONS:
            there = opinions_count(topic=topic)
            return None if there >= number else Missing(code, number, there)
        case Condition.PAPERS:
            since = at - timedelta(days=number)
            rows = Paper.objects.filter(topic=topic, given_out_at__lte=since)
            return None if rows.exists() else Missing(code, number)
        case Condition.QUORUM:
            return None if _has_quorum(topic) else Missing(code)
        case Condition.MINUTES:
            held = _meetings(topic).filter(state__in=_HELD)
            unsigned = held.exclude(state__in=_SIGNED).exists()
            holds = not unsigned and (bool(_talked_over(topic)) or _counted(topic).exists())
            return None if holds else Missing(code)
        case Condition.RESULT:
            return None if topic.resolutions.exists() else Missing(code)


def opinions_count(*, topic: Topic) -> int:
    """Return how many people said something that is part of a topic."""
    rows = Opinion.objects.filter(topic=topic)
    return rows.aggregate(total=Sum("people_count"))["total"] or 0


def _meetings(topic: Topic) -> QuerySet[Meeting]:
    return Meeting.objects.filter(items__topic=topic)


def _counted(topic: Topic) -> Any:
    return topic.votes.filter(state="COUNTED").exclude(purpose="JUDGEMENT")


def _talked_over(topic: Topic) -> list[Meeting]:
    """Return the meetings that a topic was talked over at: after its papers, where some are wanted.

    What was said of it before anybody could read its papers is not the talk they are for.
    A talk at dusk is held where people stand, and needs none.
    """
    held = list(_meetings(topic).filter(state__in=_HELD).select_related("forum"))
    days = _papers_ahead(topic)
    if days is None:
        return held
    first = Paper.objects.filter(topic=topic).order_by("given_out_at").first()
    if first is None:
        return [one for one in held if one.kind == MeetingKind.TALK]
    since = first.given_out_at + timedelta(days=days)
    return [one for one in held if one.kind == MeetingKind.TALK or one.starts_at >= since]


def _papers_ahead(topic: Topic) -> int | None:
    """Return how many days ahead a topic's procedure wants papers; None where it wants none."""
    return next(
        (
            number
            for step in steps_of(procedure=topic.procedure)
            for code, number in step.conditions
            if code == Condition.PAPERS
        ),
        None,
    )


def _has_quorum(topic: Topic) -> bool:
    # A talk counts heads, not everybody's name.
    if any(
        one.kind == MeetingKind.TALK or reached_quorum(meeting=one) for one in _talked_over(topic)
    ):
        return True
    return any(
        (vote.result or {}).get("outcome") != "NO_DECISION"
        for vote in _counted(topic).only("result")
    )


# --- Lists ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """What a list of topics shows; empty means everything that is under way."""

    community_id: int | None = None
    forum_id: int | None = None
    level: str = ""
    grid_id: int | None = None
    state: str = ""  # a TopicState, OPEN or ENDED
    late_at: datetime | None = None
    owner_ids: frozenset[int] = frozenset()
    query: str = ""


def list_topics(*, actor: Actor, wanted: TopicFilter) -> QuerySet[Topic]:
    """Return the topics a person sees, the newest first."""
    rows = topics_at_work(actor=actor).select_related(
        "forum", "procedure", "field", "grid", "building__estate", "owner"
    )
    if wanted.community_id is not None:
        rows = rows.filter(community_id=wanted.community_id)
    if wanted.forum_id is not None:
        rows = rows.filter(forum_id=wanted.forum_id)
    if wanted.level:
        rows = rows.filter(level=wanted.level)
    if wanted.grid_id is not None:
        rows = rows.filter(grid_id=wanted.grid_id)
    if wanted.state == "ENDED":
        rows = rows.filter(state__in=ENDED)
    elif wanted.state in ("", "OPEN"):
        rows = rows.exclude(state__in=ENDED)
    else:
        rows = rows.filter(state=wanted.state)
    if wanted.late_at is not None:
        rows = rows.filter(due_at__lt=wanted.late_at)
    if wanted.owner_ids:
        rows = rows.filter(owner_id__in=wanted.owner_ids)
    if wanted.query:
        rows = rows.filter(Q(title__icontains=wanted.query) | Q(why__icontains=wanted.query))
    return rows.order_by("-pk")


def public_topics(*, community_id: int) -> QuerySet[Topic]:
    """Return the topics of public forums that anybody reads, the newest first."""
    rows = Topic.objects.filter(community_id=community_id, forum__is_public=True)
    return rows.select_related("forum", "procedure", "grid", "building__estate").order_by("-pk")


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of a topic's path as a page shows it."""

    name: str
    is_done: bool
    is_here: bool


def path_of(*, topic: Topic) -> list[PathStep]:
    """Return the steps of a topic, with how far it is."""
    return [
        PathStep(
            name=step.name,
            is_done=place < topic.position or topic.published_at is not None,
            is_here=place == topic.position and topic.state == step.state,
        )
        for place, step in enumerate(steps_of(procedure=topic.procedure))
    ]


def rounds_of(*, topic: Topic) -> Sequence[Topic]:
    """Return all rounds of a topic, the first one first."""
    first = topic
    while first.previous is not None:
        first = first.previous
    rounds = [first]
    while (following := Topic.objects.filter(previous=rounds[-1]).first()) is not None:
        rounds.append(following)
    return rounds


@dataclass(frozen=True, slots=True)
class TopicPage:
    """One page of topics, and the key after which the next one begins; None at the end."""

    rows: Sequence[Topic]
    older: int | None


def page_of_topics(*, actor: Actor, wanted: TopicFilter, before: int | None = None) -> TopicPage:
    """Return a page of the topics a person sees, the newest first, by keyset."""
    rows = list_topics(actor=actor, wanted=wanted)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return TopicPage(rows=shown, older=shown[-1].pk if len(found) > PAGE_SIZE else None)


def next_step_of(*, topic: Topic, at: datetime) -> tuple[ProcedureStep | None, list[Missing]]:
    """Return the next step of a topic, if there is one, and what it still waits for."""
    if topic.state not in TALKED_OVER:
        return None, []
    step = steps_of(procedure=topic.procedure)[topic.position + 1]
    return step, missing_for(topic=topic, step=step, at=at)


def opinions_of(*, topic: Topic) -> list[Opinion]:
    """Return what was said that is part of a topic, the oldest first."""
    return list(topic.opinions.order_by("pk"))


def opinions_by_key(*, actor: Actor, keys: Sequence[int]) -> list[Opinion]:
    """Return those of some opinions that a person sees and nobody answered or merged yet."""
    rows = opinions_open_to(actor=actor).filter(pk__in=keys, state=OpinionState.NEW)
    return list(rows.order_by("pk"))


def papers_of(*, topic: Topic) -> list[Paper]:
    """Return the papers given out on a topic, the oldest first."""
    return list(topic.papers.select_related("attachment").order_by("pk"))


@dataclass(frozen=True, slots=True)
class PublicPaper:
    """A paper as residents read it: without telephone and ID numbers in its text."""

    title: str
    text: str
    file: Attachment | None


def public_papers_of(*, topic: Topic) -> list[PublicPaper]:
    """Return the papers of a topic that were published, the oldest first."""
    return [
        PublicPaper(one.title, scrub_personal_data(text=one.text), one.attachment)
        for one in papers_of(topic=topic)
        if one.is_published
    ]


def may_see_paper(*, actor: Actor, paper_id: int) -> bool:
    """Tell whether a paper's file is for this person: published, or of a forum they work in."""
    public = Q(published_at__isnull=False, topic__forum__is_public=True)
    seen = public | Q(topic__in=topics_at_work(actor=actor))
    return Paper.objects.filter(seen, pk=paper_id).exists()


def get_paper(*, topic: Topic, paper_id: int) -> Paper:
    """Return a paper of a topic.

    :raises NotFound: when it is none of its papers.
    """
    found = topic.papers.select_related("attachment").filter(pk=paper_id).first()
    if found is None:
        raise NotFound
    return found


def events_of_topic(*, topic: Topic, actor: Actor) -> list[Event]:
    """Return what happened on a topic's thread in this room, the oldest first.

    Of its opinions only whoever works for the community reads.
    """
    rows = Event.objects.filter(trace=topic.trace, name__startswith="deliberation.")
    if not may_read(actor=actor, community_id=topic.community_id):
        rows = rows.exclude(subject_kind=OPINION)
    return list(rows.order_by("pk"))


def public_topic(*, topic_id: int) -> Topic | None:
    """Return a topic of a public forum, as anybody reads it."""
    rows = Topic.objects.filter(pk=topic_id, forum__is_public=True)
    return rows.select_related(
        "forum", "community__profile", "procedure", "field", "grid", "building__estate", "previous"
    ).first()


def topics_on_trace(*, actor: Actor, trace: UUID) -> list[Topic]:
    """Return the topics of a thread that a person sees, the oldest first."""
    rows = topics_at_work(actor=actor).filter(trace=trace)
    return list(rows.select_related("forum").order_by("pk"))
