"""What came of a topic: resolutions, tasks, judgement, and what was published of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from linli.core.actor import Actor
from linli.core.clocks import SHANGHAI
from linli.core.errors import NotFound
from linli.core.ref import Ref
from linli.deliberation.models import Judgement, Meeting, Publication, Resolution, Task, Topic, Vote
from linli.deliberation.queries.access import topics_at_work
from linli.deliberation.queries.meetings import present_count_of
from linli.deliberation.queries.topics import opinions_count, public_papers_of
from linli.deliberation.queries.votes import public_result
from linli.deliberation.workflow import Decision, MeetingKind, TaskState

_HELD = ("ENDED", "SIGNED", "PUBLISHED")
_STILL_ON = timedelta(hours=4)
_AT_ONCE = 200


def resolutions_of(*, topic: Topic) -> list[Resolution]:
    """Return what was decided on a topic with its tasks, the oldest first."""
    rows = topic.resolutions.select_related("meeting", "vote")
    return list(rows.prefetch_related("tasks__party", "tasks__organisation", "tasks__account"))


def tasks_of(*, topic: Topic) -> list[Task]:
    """Return the tasks that a topic gave, the oldest first."""
    rows = Task.objects.filter(resolution__topic=topic)
    return list(
        rows.select_related("resolution", "party", "organisation", "account").order_by("pk")
    )


def judgement_of(*, topic: Topic) -> Judgement | None:
    """Return how a topic is or was judged, if it is."""
    return Judgement.objects.select_related("vote", "rule").filter(topic=topic).first()


def publications_of(*, topic: Topic) -> list[Publication]:
    """Return what was published of a topic, the oldest first."""
    return list(topic.publications.order_by("number"))


def public_publication(*, public_key: UUID) -> Publication | None:
    """Return what was published under an address that anybody may open."""
    rows = Publication.objects.filter(public_key=public_key)
    return rows.select_related("topic__forum", "topic__community", "meeting__forum").first()


def meetings_of(*, topic: Topic) -> list[tuple[Meeting, int]]:
    """Return the meetings that talked of a topic, each with how many were there, oldest first."""
    rows = Meeting.objects.filter(items__topic=topic).order_by("starts_at", "pk")
    return [(one, present_count_of(meeting=one)) for one in rows]


def published_content(*, topic: Topic) -> dict[str, Any]:
    """Return what is published of a topic, as plain values without personal data.

    Days are of Asia/Shanghai. Parties and organisations are named, people are not.
    """
    return {
        "title": topic.title,
        "why": topic.why,
        "round": topic.round,
        "level": topic.level,
        "place": place_said(topic=topic),
        "field": topic.field.name if topic.field is not None else "",
        "forum": topic.forum.name,
        "raised_on": _day(topic.raised_at),
        "opinions": opinions_count(topic=topic),
        "papers": [one.title for one in public_papers_of(topic=topic)],
        "meetings": [
            {
                "name": one.name,
                "kind": one.kind,
                "held_on": _day(one.starts_at),
                # Nobody is expected at a talk: what it counts there is who came.
                "expected": 0 if one.kind == MeetingKind.TALK else one.expected,
                "present": present,
            }
            for one, present in meetings_of(topic=topic)
            if one.state in _HELD
        ],
        "votes": [
            {
                "title": one.title,
                "kind": one.kind,
                "roll": one.roll_count,
                "result": public_result(vote=one),
            }
            for one in topic.votes.filter(state="COUNTED").order_by("pk")
        ],
        "resolutions": [_said(one) for one in resolutions_of(topic=topic)],
    }


def _said(resolution: Resolution) -> dict[str, Any]:
    tasks: Sequence[Task] = sorted(resolution.tasks.all(), key=lambda one: one.number)
    return {
        "number": resolution.number,
        "decision": resolution.decision,
        "text": resolution.text,
        "adopted_on": _day(resolution.adopted_at),
        "tasks": [
            {"text": one.text, "by": carried_out_by(task=one), "due": one.due_date.isoformat()}
            for one in tasks
        ],
    }


def carried_out_by(*, task: Task) -> str:
    """Return who carries a task out, by office: no person is named in public."""
    if task.party is not None:
        return task.party.name
    return task.organisation.name if task.organisation is not None else ""


def place_said(*, topic: Topic) -> str:
    """Return the building or grid that a topic touches; nothing for the whole community."""
    if topic.building is not None:
        return f"{topic.building.estate.name} {topic.building.name}"
    return topic.grid.name if topic.grid is not None else ""


def _day(moment: Any) -> str:
    return str(moment.astimezone(SHANGHAI).date().isoformat())


def deciding_votes(*, topic: Topic) -> list[Vote]:
    """Return the counted votes that may have decided a topic, the oldest first."""
    rows = topic.votes.filter(state="COUNTED").exclude(purpose="JUDGEMENT")
    return list(rows.order_by("pk"))


def get_publication(*, actor: Actor, publication_id: int) -> Publication:
    """Return what was published of a topic that this person sees.

    :raises NotFound: when there is none, or not for them.
    """
    rows = Publication.objects.filter(topic__in=topics_at_work(actor=actor))
    found = rows.select_related("topic").filter(pk=publication_id).first()
    if found is None:
        raise NotFound
    return found


def list_carried_out() -> Iterator[Topic]:
    """Give all topics whose tasks are being carried out, for the clock that watches them."""
    return _page_by_page(Topic.objects.filter(state="CARRYING_OUT"))


def _page_by_page(rows: QuerySet[Topic]) -> Iterator[Topic]:
    """Give all rows with their forums, by key: no reading is held while one of them changes."""
    last = 0
    while page := list(rows.filter(pk__gt=last).select_related("forum").order_by("pk")[:_AT_ONCE]):
        yield from page
        last = page[-1].pk


def is_open_task(*, ref: Ref) -> bool:
    """Tell whether what is named carries out a task that is still open."""
    return Task.objects.filter(ref=str(ref), state=TaskState.OPEN).exists()


def corrections_of(*, publication: Publication) -> list[Publication]:
    """Return what was corrected of a publication, the oldest first."""
    return list(publication.corrections.order_by("number"))


def votes_on(*, topic: Topic) -> list[Vote]:
    """Return the votes on a topic that anybody may know of, the oldest first."""
    rows = topic.votes.filter(state__in=("OPEN", "CLOSED", "COUNTED")).exclude(purpose="JUDGEMENT")
    return list(rows.order_by("pk"))


def public_meetings_to_come(*, community_id: int, at: datetime) -> list[Meeting]:
    """Return the next meetings of a community's public forums, the nearest first."""
    rows = Meeting.objects.filter(
        community_id=community_id, forum__is_public=True, state__in=("PLANNED", "OPEN")
    )
    return list(rows.filter(starts_at__gte=at - _STILL_ON).order_by("starts_at", "pk")[:5])


def resolution_said(*, resolution: Resolution) -> dict[str, Any]:
    """Return what a resolution says, as its digest covers it: itself and its tasks."""
    tasks = Task.objects.filter(resolution=resolution).order_by("number")
    return {
        "topic": resolution.topic_id,
        "number": resolution.number,
        "decision": resolution.decision,
        "text": resolution.text,
        "tasks": [
            [one.number, one.text, one.due_date.isoformat(), one.organisation_id, one.account_id]
            for one in tasks
        ],
    }


def was_adopted(*, topic: Topic) -> bool:
    """Tell whether something was adopted on a topic, so that those it touches are asked."""
    return topic.resolutions.filter(decision=Decision.ADOPTED).exists()


def list_only_adopted() -> Iterator[Topic]:
    """Give the published topics on which something was adopted that is nobody's task."""
    rows = Topic.objects.filter(state="PUBLISHED", resolutions__decision=Decision.ADOPTED)
    return _page_by_page(rows.distinct())
