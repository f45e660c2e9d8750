"""What comes of a topic: resolutions and their tasks, publication, closing, or another round."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused
from linli.core.models import Event
from linli.core.ref import Ref
from linli.deliberation import events
from linli.deliberation.digests import digest_of
from linli.deliberation.models import (
    Forum,
    Meeting,
    Motion,
    Party,
    Publication,
    Resolution,
    Task,
    Topic,
    Vote,
)
from linli.deliberation.queries.meetings import counted_of, reached_quorum
from linli.deliberation.queries.results import published_content, resolution_said, was_adopted
from linli.deliberation.services._elections import refuse_elections
from linli.deliberation.services._recording import words
from linli.deliberation.services._votes import move_vote, tell_of
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.topics import (
    OwnerUnknown,
    enter,
    led_by,
    move,
    next_step,
    record_of,
)
from linli.deliberation.workflow import (
    Decision,
    MeetingKind,
    MotionState,
    PublicationKind,
    ReturnCause,
    TaskState,
    TopicLevel,
    TopicState,
    TopicStep,
    VoteState,
    VoteStep,
    level_above,
)
from linli.language.mask import scrub_personal_data
from linli.people.models import Account, Organisation, RoleName
from linli.people.queries import local_day

TEXT_LENGTH_MAX = 4_000
TASK_LENGTH_MAX = 400
TASKS_MOST = 20
_AS_VOTED = {
    "ADOPTED": frozenset({Decision.ADOPTED}),
    "CHOSEN": frozenset({Decision.ADOPTED}),
    "REJECTED": frozenset({Decision.REJECTED, Decision.ANSWERED}),
    "TIED": frozenset({Decision.NO_DECISION}),
    "NO_DECISION": frozenset({Decision.NO_DECISION}),
}
"""What a resolution may say of a vote's outcome."""
_TO_JUDGE = frozenset({TopicState.CARRYING_OUT, TopicState.JUDGING})
_HELD = ("OPEN", "ENDED", "SIGNED", "PUBLISHED")


class DecidedNowhere(Invalid):
    """A resolution says at which meeting, or by which vote, it was decided."""

    sentence = _("Please say at which meeting or by which vote on this topic it was decided.")
    field = "meeting"


class QuorumMissed(Invalid):
    """Without a quorum nothing is adopted and nothing rejected."""

    sentence = _(
        "The quorum was missed: %(present)s were there and %(quorum)s are needed. That is no "
        "decision."
    )
    field = "decision"


class DecidedOtherwise(Invalid):
    """The vote or the show of hands says something else."""

    sentence = _("The vote or the show of hands that is named decided otherwise.")
    field = "decision"


class DecidedOnce(Invalid):
    """A meeting says one thing of a topic."""

    sentence = _("What this meeting decided on the topic is written down already.")
    field = "decided"


class TasksNeedAdoption(Invalid):
    """Only what was adopted asks something of somebody."""

    sentence = _("Only a resolution that was adopted gives tasks.")
    field = "tasks"


class TaskUnusable(Invalid):
    """A task has one owner of this community and a day to come."""

    sentence = _("Task %(number)s: please name one owner of this community and a day to come.")
    field = "tasks"


class TooManyTasks(Invalid):
    """More tasks than anybody follows."""

    sentence = _("At most %(most)s tasks fit into one resolution.")
    field = "tasks"


class NotYetPublishing(Refused):
    """Other steps come first."""

    sentence = _("“%(step)s” comes before publishing.")


class TasksOpen(Refused):
    """Something is still to be done."""

    sentence = _("%(count)s tasks are still in hand.")


class SomethingToJudge(Refused):
    """What was carried out is judged by those it touches before it closes."""

    sentence = _("What was carried out is judged by those it touches before the topic closes.")


@dataclass(frozen=True, slots=True)
class TaskInput:
    """What is asked of whom, until when: of a party's organisation, an organisation or a person."""

    text: str
    due_date: date
    party_id: int | None = None
    organisation_id: int | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class ResolutionInput:
    """What was decided, at a meeting or by a vote on the topic."""

    decision: Decision
    text: str
    meeting_id: int | None = None
    vote_id: int | None = None
    tasks: Sequence[TaskInput] = ()


@transaction.atomic
def resolve(*, topic_id: int, wanted: ResolutionInput, actor: Actor, at: datetime) -> Resolution:
    """Write down what was decided on a topic, and who carries it out until when.

    :raises StepNotAllowed: when it is not being talked over.
    :raises DecidedNowhere: when neither a meeting nor a counted vote on the topic is named.
    :raises QuorumMissed: when something is adopted or rejected without a quorum.
    :raises TaskUnusable: when a task has no owner of the community, or its day is past.
    :raises ElectionElsewhere: when what is adopted would elect a committee or the party.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    move(
        topic=topic,
        step=TopicStep.ADVANCE,
        target=_must_be(topic, TopicState.DELIBERATING),
        at=at,
    )
    meeting, vote = _where_decided(topic, wanted)
    _require_quorum(wanted, meeting, vote)
    _require_as_decided(topic, wanted, meeting, vote)
    text = scrub_personal_data(text=words(text=wanted.text, field="text", limit=TEXT_LENGTH_MAX))
    if wanted.decision is Decision.ADOPTED:
        refuse_elections(text, field="text")
    if wanted.tasks and wanted.decision is not Decision.ADOPTED:
        raise TasksNeedAdoption
    if len(wanted.tasks) > TASKS_MOST:
        raise TooManyTasks(most=TASKS_MOST)
    owners = [_owner(topic.forum, number, task, at) for number, task in enumerate(wanted.tasks, 1)]
    number = _next_number(topic.forum, at)
    resolution = Resolution.objects.create(
        topic=topic,
        number=number,
        decision=wanted.decision,
        text=text,
        meeting=meeting,
        vote=vote,
        adopted_at=at,
        adopted_by=actor.key,
        digest="",
    )
    for place, (task, owner) in enumerate(zip(wanted.tasks, owners, strict=True), 1):
        Task.objects.create(
            resolution=resolution,
            number=place,
            text=scrub_personal_data(
                text=words(text=task.text, field="tasks", limit=TASK_LENGTH_MAX)
            ),
            party_id=task.party_id,
            due_date=task.due_date,
            **owner,
        )
    resolution.digest = digest_of(resolution_said(resolution=resolution))
    Resolution.objects.filter(pk=resolution.pk).update(digest=resolution.digest)
    facts = {
        "number": number,
        "decision": str(wanted.decision),
        "tasks": len(owners),
        "resolution_id": resolution.pk,
        "digest": resolution.digest,
    }
    record_of(topic=topic, name=events.RESOLVED, actor=actor, at=at, facts=facts)
    return resolution


def _must_be(topic: Topic, state: TopicState) -> TopicState:
    if topic.state != state:
        raise StepNotAllowed
    return state


def _where_decided(topic: Topic, wanted: ResolutionInput) -> tuple[Meeting | None, Vote | None]:
    """Return the meeting or vote that decided; both are on this topic."""
    held = Meeting.objects.filter(items__topic=topic, state__in=_HELD)
    counted = Vote.objects.filter(topic=topic, state="COUNTED").exclude(purpose="JUDGEMENT")
    meeting = held.filter(pk=wanted.meeting_id).first() if wanted.meeting_id else None
    vote = counted.filter(pk=wanted.vote_id).first() if wanted.vote_id else None
    if (meeting is None) == (vote is None):
        raise DecidedNowhere
    return meeting, vote


def _require_quorum(wanted: ResolutionInput, meeting: Meeting | None, vote: Vote | None) -> None:
    if wanted.decision not in (Decision.ADOPTED, Decision.REJECTED):
        return
    if meeting is not None and meeting.kind != MeetingKind.TALK:  # A talk counts heads, not names.
        present = counted_of(meeting=meeting)
        if not reached_quorum(meeting=meeting):
            raise QuorumMissed(present=present, quorum=max(meeting.quorum, 1))
    if vote is not None and (vote.result or {}).get("outcome") == "NO_DECISION":
        result = vote.result or {}
        raise QuorumMissed(present=result.get("turnout", 0), quorum=vote.roll_count)


def _require_as_decided(
    topic: Topic, wanted: ResolutionInput, meeting: Meeting | None, vote: Vote | None
) -> None:
    """Let a resolution say nothing else than the vote, or the show of hands, that it names."""
    if vote is not None:
        outcome = (vote.result or {}).get("outcome", "")
        if wanted.decision not in _AS_VOTED.get(outcome, frozenset()):
            raise DecidedOtherwise
        return
    assert meeting is not None, "it was decided somewhere"
    if Resolution.objects.filter(topic=topic, meeting=meeting).exists():
        raise DecidedOnce
    shown = Motion.objects.filter(item__meeting=meeting, item__topic=topic)
    states = set(shown.values_list("state", flat=True)) - {"WITHDRAWN"}
    is_adopted = wanted.decision is Decision.ADOPTED
    if states and is_adopted != (MotionState.CARRIED in states):
        raise DecidedOtherwise


def _owner(forum: Forum, number: int, task: TaskInput, at: datetime) -> dict[str, int | None]:
    """Return whose task it is: what is asked of a party is asked of its organisation."""
    organisation_id = task.organisation_id
    if task.party_id is not None:
        party = Party.objects.filter(pk=task.party_id, forum=forum).first()
        if party is None:
            raise TaskUnusable(number=number)
        if organisation_id is None and task.account_id is None:
            organisation_id = party.organisation_id
    is_one = (organisation_id is None) != (task.account_id is None)
    units = Organisation.objects.filter(community_id=forum.community_id, ended_at=None)
    if (
        not is_one
        or task.due_date < local_day(at=at)
        or (organisation_id is not None and not units.filter(pk=organisation_id).exists())
    ):
        raise TaskUnusable(number=number)
    if task.account_id is not None:
        people = Account.objects.filter(pk=task.account_id, is_active=True)
        if not people.exists():
            raise TaskUnusable(number=number)
    return {"organisation_id": organisation_id, "account_id": task.account_id}


def _next_number(forum: Forum, at: datetime) -> str:
    """Return the forum's next number of a resolution in this year: 2026-03."""
    # A no-change UPDATE takes the row's lock on PostgreSQL; SQLite queues all writers anyway.
    Forum.objects.filter(pk=forum.pk).update(code=F("code"))
    year = local_day(at=at).year
    rows = Resolution.objects.filter(topic__forum=forum, number__startswith=f"{year}-")
    return f"{year}-{rows.count() + 1:02d}"


# --- Publishing -------------------------------------------------------------------------------


@transaction.atomic
def publish_result(*, topic_id: int, actor: Actor, at: datetime) -> Publication:
    """Publish what came of a topic: the last of its steps, when its conditions hold.

    :raises NotYetPublishing: when other steps come first.
    :raises NotReady: when a condition does not hold; it names all of them.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    step = next_step(topic=topic)
    if step.state is not TopicState.PUBLISHED:
        raise NotYetPublishing(step=step.name)
    enter(topic=topic, step=step, at=at, published_at=at)
    published = _publish(topic, PublicationKind.RESULT, published_content(topic=topic), actor, at)
    facts = {"publication_id": published.pk, "digest": published.digest}
    record_of(topic=topic, name=events.TOPIC_PUBLISHED, actor=actor, at=at, facts=facts)
    return published


@transaction.atomic
def correct(*, publication_id: int, text: str, actor: Actor, at: datetime) -> Publication:
    """Publish a correction beside what it corrects; what was published stays as it stood."""
    wrong = Publication.objects.filter(pk=publication_id, topic__isnull=False).first()
    if wrong is None or wrong.topic_id is None:
        raise NotFound
    topic = led_by(actor=actor, topic_id=wrong.topic_id)
    said = scrub_personal_data(text=words(text=text, field="text", limit=TEXT_LENGTH_MAX))
    content = {"text": said, "corrects": wrong.number}
    published = _publish(topic, PublicationKind.CORRECTION, content, actor, at, corrects=wrong)
    facts = {"publication_id": published.pk, "digest": published.digest}
    record_of(topic=topic, name=events.CORRECTED, actor=actor, at=at, facts=facts)
    return published


def _publish(
    topic: Topic,
    kind: PublicationKind,
    content: dict[str, Any],
    actor: Actor,
    at: datetime,
    corrects: Publication | None = None,
) -> Publication:
    # The topic's row is locked: publishing has just moved it, correcting takes it here.
    Topic.objects.filter(pk=topic.pk).update(round=F("round"))
    return Publication.objects.create(
        topic=topic,
        kind=kind,
        number=topic.publications.count() + 1,
        content=content,
        digest=digest_of(content),
        corrects=corrects,
        published_at=at,
        published_by=actor.key,
    )


# --- Carrying out -----------------------------------------------------------------------------


@transaction.atomic
def carry_out(*, topic_id: int, refs: dict[int, Ref], actor: Actor, at: datetime) -> Topic:
    """Say that the tasks of a published topic are given; `refs` names what each became.

    :raises StepNotAllowed: when it is not just published.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    move(
        topic=topic,
        step=TopicStep.CARRY_OUT,
        target=TopicState.CARRYING_OUT,
        at=at,
        due_at=topic.due_at if topic.round > 1 else None,
    )
    record_of(topic=topic, name=events.TOPIC_CARRIED_OUT, actor=actor, at=at)
    for task in Task.objects.filter(resolution__topic=topic, pk__in=refs).order_by("pk"):
        Task.objects.filter(pk=task.pk).update(ref=str(refs[task.pk]))
        facts = {"number": task.number, "task_id": task.pk, "ref": str(refs[task.pk])}
        record_of(topic=topic, name=events.TASK_GIVEN, actor=actor, at=at, facts=facts)
    return topic


@transaction.atomic
def end_task(
    *, ref: Ref, state: TaskState, actor: Actor, at: datetime, cause: Event | None = None
) -> Task | None:
    """Say what became of the task that a matter carries out; None when it is none of ours."""
    task = Task.objects.select_related("resolution__topic").filter(ref=str(ref)).first()
    if task is None:
        return None
    open_ones = Task.objects.filter(pk=task.pk, state=TaskState.OPEN)
    if not open_ones.update(state=state, ended_at=at):
        return None
    facts = {"number": task.number, "task_id": task.pk, "state": str(state)}
    topic = task.resolution.topic
    record_of(topic=topic, name=events.TASK_ENDED, actor=actor, at=at, facts=facts, cause=cause)
    return task


@transaction.atomic
def close_topic(*, topic_id: int, actor: Actor, at: datetime) -> Topic:
    """Close a published topic of which nothing is carried out.

    :raises StepNotAllowed: when it is not published.
    :raises SomethingToJudge: when it gave tasks: then those it touches are asked first.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    is_published = topic.state == TopicState.PUBLISHED
    if topic.state in _TO_JUDGE or (is_published and was_adopted(topic=topic)):
        raise SomethingToJudge
    end(topic=topic, actor=actor, at=at)
    return topic


def end(*, topic: Topic, actor: Actor, at: datetime, cause: Event | None = None) -> None:
    """Close a topic, inside the change that found it done."""
    target = TopicState.CLOSED
    move(topic=topic, step=TopicStep.CLOSE, target=target, at=at, ended_at=at)
    record_of(topic=topic, name=events.TOPIC_CLOSED, actor=actor, at=at, cause=cause)


# --- Back to the forge ------------------------------------------------------------------------


@transaction.atomic
def return_topic(
    *,
    topic_id: int,
    cause: ReturnCause,
    reason: str,
    actor: Actor,
    at: datetime,
    owner_id: int | None = None,
    because: Event | None = None,
) -> Topic:
    """Send a topic back to deliberation: a new round, linked, with an owner and a deadline.

    Each round beyond the forum's limit goes up a level, as long as the forum has one.

    :raises StepNotAllowed: when it is not published, carried out or judged, or came back already.
    :raises OwnerUnknown: when the owner named is nobody.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    forum = topic.forum
    said = scrub_personal_data(text=words(text=reason, field="reason", limit=400))
    owner = _owner_of_round(topic, owner_id, at)
    move(
        topic=topic,
        step=TopicStep.RETURN,
        target=TopicState.RETURNED,
        at=at,
        ended_at=at,
        return_cause=cause,
        outcome=said,
    )
    _call_judgement_off(topic, actor, at)
    number = topic.round + 1
    place = _place_of_round(topic, number)
    procedure = forum.procedures.order_by("-number")[0]
    following = Topic.objects.create(
        forum=forum,
        community_id=topic.community_id,
        procedure=procedure,
        title=topic.title,
        why=said,
        field_id=topic.field_id,
        trace=topic.trace,
        source=topic.source,
        owner_id=owner,
        raised_by=actor.key,
        raised_at=at,
        entered_at=at,
        due_at=at + timedelta(days=forum.redo_days),
        round=number,
        previous=topic,
        **place,
    )
    facts = {"round": number, "cause": str(cause), "next_id": following.pk}
    event = record_of(
        topic=topic, name=events.TOPIC_RETURNED, actor=actor, at=at, facts=facts, cause=because
    )
    record_of(
        topic=following,
        name=events.TOPIC_RAISED,
        actor=actor,
        at=at,
        facts={"level": following.level, "round": number},
        cause=event,
    )
    return following


def _call_judgement_off(topic: Topic, actor: Actor, at: datetime) -> None:
    """End the asking about a round that is over: the next one is asked about again."""
    asked = Vote.objects.filter(judgement__topic=topic, state=VoteState.OPEN).first()
    if asked is not None:
        move_vote(asked, VoteStep.CANCEL)
        tell_of(asked, events.VOTE_CANCELLED, actor, at)


def _owner_of_round(topic: Topic, owner_id: int | None, at: datetime) -> int:
    """Return who answers for a round: whoever is named, else as before, else a secretary."""
    working = Account.objects.filter(is_active=True)
    if owner_id is not None:
        if not working.filter(pk=owner_id).exists():
            raise OwnerUnknown
        return owner_id
    if working.filter(pk=topic.owner_id).exists():
        return topic.owner_id
    day = local_day(at=at)
    lasting = Q(roles__until_date=None) | Q(roles__until_date__gte=day)
    secretaries = working.filter(
        lasting, roles__name=RoleName.SECRETARY, roles__area_id=topic.community_id
    )
    found = secretaries.order_by("pk").first()
    if found is None:
        raise OwnerUnknown
    return found.pk


def _place_of_round(topic: Topic, number: int) -> dict[str, Any]:
    """Return where a round is talked over: where the last one was, or a level above."""
    level = TopicLevel(topic.level)
    above = level_above(level) if number > topic.forum.rounds_most else None
    while above is not None and str(above) not in topic.forum.levels:
        above = level_above(above)
    level = above or level
    return {
        "level": level,
        "grid_id": None if level is TopicLevel.COMMUNITY else topic.grid_id,
        "building_id": topic.building_id if level is TopicLevel.BUILDING else None,
    }
