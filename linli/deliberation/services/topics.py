"""Topics: raised, walked through the steps of their forum, moved between levels, or dropped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused, Several
from linli.core.models import Event
from linli.core.ref import Ref
from linli.deliberation import events, queries
from linli.deliberation.models import Forum, Opinion, SubjectField, Topic
from linli.deliberation.queries.topics import Missing, missing_for, steps_of
from linli.deliberation.services._recording import tell, words, words_or_none
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import (
    TOPIC_SOURCES,
    OpinionState,
    ProcedureStep,
    TopicLevel,
    TopicState,
    TopicStep,
)
from linli.language.mask import scrub_personal_data
from linli.people.models import Account
from linli.people.queries import actor_of
from linli.territory.models import Area, Building, Level

TITLE_LENGTH_MAX = 80
WHY_LENGTH_MAX = 400


class ForumEnded(Refused):
    """A forum that was ended takes no topics."""

    sentence = _("This forum has ended and takes no more topics.")


class LevelNotHere(Invalid):
    """The forum has no topics at this level."""

    sentence = _("This forum does not talk things over at this level.")
    field = "level"


class PlaceMissing(Invalid):
    """A topic of a grid or building says of which."""

    sentence = _("Please choose the grid or the building that it is about.")
    field = "place"


class FieldUnknown(Invalid):
    """Not a field of this forum."""

    sentence = _("Please choose a field of this forum.")
    field = "field"


class OwnerUnknown(Invalid):
    """Nobody who works for this community."""

    sentence = _("Please choose somebody who works for this community.")
    field = "owner"


class NotReady(Refused):
    """A condition of the next step does not hold yet."""

    sentence = _("“%(step)s” cannot begin yet: %(missing)s.")

    def __init__(self, *, step: str, missing: Sequence[Missing]) -> None:
        super().__init__(step=step, missing=missing)
        self.missing = tuple(missing)

    def __str__(self) -> str:
        said = "；".join(str(one) for one in self.missing)
        return str(self.sentence) % {"step": self.facts["step"], "missing": said}


class RoundOwed(Refused):
    """A round that people are owed is not dropped."""

    sentence = _("This topic came back because it was not good enough; it is talked over again.")


class LastStep(Refused):
    """The last step is taken by publishing."""

    sentence = _("The next step publishes the result: please write down and publish it.")


@dataclass(frozen=True, slots=True)
class TopicInput:
    """What a topic is to be. `owner_id` None takes whoever raises it."""

    title: str
    why: str = ""
    level: TopicLevel = TopicLevel.COMMUNITY
    grid_id: int | None = None
    building_id: int | None = None
    field_id: int | None = None
    owner_id: int | None = None


@transaction.atomic
def raise_topic(
    *,
    forum_id: int,
    wanted: TopicInput,
    actor: Actor,
    at: datetime,
    trace: UUID | None = None,
    source: Ref | None = None,
    opinion_ids: Sequence[int] = (),
    cause: Event | None = None,
) -> Topic:
    """Raise a topic in a forum; it begins at the first of its steps.

    `trace` is copied from what begot it, and `source` names that; `opinion_ids` become part of it.
    Whoever works for the community raises a topic; to merge opinions into it is for its runners.

    :raises NotEntitled: when somebody does not work for the community, or runs no forum and names
        opinions.
    :raises ForumEnded: when the forum takes no more topics.
    :raises Invalid: when a title, level, place, field or owner is unusable.
    """
    forum = queries.get_forum(actor=actor, forum_id=forum_id)
    if not queries.may_read(actor=actor, community_id=forum.community_id):
        raise NotEntitled
    if not forum.is_running:
        raise ForumEnded
    values = _checked(forum, wanted, actor, at)
    procedure = forum.procedures.order_by("-number").first()
    assert procedure is not None, "a forum is opened with its steps"
    topic = Topic.objects.create(
        forum=forum,
        community_id=forum.community_id,
        procedure=procedure,
        trace=trace or uuid4(),
        source="" if source is None else str(source),
        raised_by=actor.key,
        raised_at=at,
        entered_at=at,
        due_at=_due(steps_of(procedure=procedure)[0], at),
        **values,
    )
    record_of(
        topic=topic,
        name=events.TOPIC_RAISED,
        actor=actor,
        at=at,
        facts={"level": topic.level},
        cause=cause,
    )
    if opinion_ids:
        take_in(topic=topic, opinion_ids=opinion_ids, actor=actor, at=at)
    return topic


@transaction.atomic
def take_in(*, topic: Topic, opinion_ids: Sequence[int], actor: Actor, at: datetime) -> int:
    """Make opinions part of a topic; return how many. Merging is for whoever runs the forums.

    :raises NotEntitled: when somebody works for the community and runs no forum.
    :raises NotFound: when one of them does not exist for this person.
    :raises StepNotAllowed: when one of them was answered or belongs elsewhere by now.
    """
    queries.require_runner(actor=actor, community_id=topic.community_id)
    keys = sorted(set(opinion_ids))
    rows = queries.opinions_open_to(actor=actor).filter(community_id=topic.community_id)
    found = list(rows.filter(pk__in=keys).order_by("pk"))
    if len(found) != len(keys):
        raise NotFound
    new = Opinion.objects.filter(pk__in=keys, state=OpinionState.NEW)
    if new.update(state=OpinionState.MERGED, topic=topic, forum=topic.forum) != len(keys):
        raise StepNotAllowed
    for opinion in found:
        tell(
            name=events.OPINION_MERGED,
            kind=queries.OPINION,
            pk=opinion.pk,
            trace=opinion.trace,
            community_id=opinion.community_id,
            actor=actor,
            at=at,
            facts={"topic_id": topic.pk},
        )
    return len(keys)


@transaction.atomic
def change_topic(*, topic_id: int, wanted: TopicInput, actor: Actor, at: datetime) -> Topic:
    """Correct a topic that is not published yet; its level is changed by `move_topic` alone."""
    topic = led_by(actor=actor, topic_id=topic_id)
    values = _checked(topic.forum, _at_its_place(topic, wanted), actor, at)
    here = TopicState(topic.state)
    move(topic=topic, step=TopicStep.MOVE, target=here, at=at, **values)
    record_of(topic=topic, name=events.TOPIC_CHANGED, actor=actor, at=at)
    return topic


@transaction.atomic
def advance_topic(*, topic_id: int, actor: Actor, at: datetime) -> Topic:
    """Take the next step of the forum's procedure; none is left out.

    :raises NotReady: when a condition of the next step does not hold; it names all of them.
    :raises LastStep: when only publishing is left (`results.publish_result`).
    :raises StepNotAllowed: when it was published or ended, or somebody else just took the step.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    step = next_step(topic=topic)
    if step.state is TopicState.PUBLISHED:
        raise LastStep
    enter(topic=topic, step=step, at=at)
    facts = {"step": step.name, "position": topic.position}
    record_of(topic=topic, name=events.TOPIC_ADVANCED, actor=actor, at=at, facts=facts)
    return topic


def next_step(*, topic: Topic) -> ProcedureStep:
    """Return the step after the one a topic is at.

    :raises StepNotAllowed: when it has gone through all of them.
    """
    if TopicState(topic.state) not in TOPIC_SOURCES[TopicStep.ADVANCE]:
        raise StepNotAllowed
    return steps_of(procedure=topic.procedure)[topic.position + 1]


def enter(*, topic: Topic, step: ProcedureStep, at: datetime, **more: Any) -> None:
    """Move a topic to the step that follows, when its conditions hold.

    :raises NotReady: when they do not.
    """
    missing = missing_for(topic=topic, step=step, at=at)
    if missing:
        raise NotReady(step=step.name, missing=missing)
    due_at = topic.due_at if topic.round > 1 else _due(step, at)
    row = Topic.objects.filter(
        pk=topic.pk, position=topic.position, state__in=TOPIC_SOURCES[TopicStep.ADVANCE]
    )
    moved = row.update(
        position=topic.position + 1,
        state=step.state,
        entered_at=at,
        due_at=due_at,
        late_at=topic.late_at if topic.round > 1 else None,
        **more,
    )
    if not moved:
        raise StepNotAllowed
    topic.refresh_from_db()


@transaction.atomic
def move_topic(
    *,
    topic_id: int,
    level: TopicLevel,
    reason: str,
    actor: Actor,
    at: datetime,
    grid_id: int | None = None,
    building_id: int | None = None,
) -> Topic:
    """Move a topic up or down a level, or to another place of its level, with a reason.

    :raises LevelNotHere: when the forum has no topics there, or it is there already.
    :raises PlaceMissing: when the grid or building is missing or of elsewhere.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    said = scrub_personal_data(text=words(text=reason, field="reason", limit=WHY_LENGTH_MAX))
    place = _place(topic.forum, level, grid_id, building_id)
    before = (topic.level, topic.grid_id, topic.building_id)
    if before == (level, place["grid_id"], place["building_id"]):
        raise LevelNotHere
    from_level = topic.level
    here = TopicState(topic.state)
    move(topic=topic, step=TopicStep.MOVE, target=here, at=at, level=level, **place)
    facts = {"from_level": from_level, "to_level": str(level), "reason": said}
    record_of(topic=topic, name=events.TOPIC_MOVED, actor=actor, at=at, facts=facts)
    return topic


@transaction.atomic
def drop_topic(*, topic_id: int, reason: str, actor: Actor, at: datetime) -> Topic:
    """Let a topic be, before it is talked over; its reason is what everybody reads of it.

    :raises StepNotAllowed: when it is talked over already: then it is published.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    if topic.round > 1:
        raise RoundOwed
    said = scrub_personal_data(text=words(text=reason, field="reason", limit=WHY_LENGTH_MAX))
    move(
        topic=topic,
        step=TopicStep.DROP,
        target=TopicState.DROPPED,
        at=at,
        outcome=said,
        ended_at=at,
    )
    record_of(topic=topic, name=events.TOPIC_DROPPED, actor=actor, at=at)
    return topic


@transaction.atomic
def tell_of_late_topics(*, at: datetime, actor: Actor) -> int:
    """Say once of each topic whose step or round ran out of time; return of how many."""
    late = Topic.objects.filter(ended_at=None, late_at=None, due_at__lt=at).order_by("pk")[:500]
    count = 0
    for topic in late:
        if Topic.objects.filter(pk=topic.pk, late_at=None, ended_at=None).update(late_at=at):
            facts = {"state": topic.state}
            record_of(topic=topic, name=events.TOPIC_LATE, actor=actor, at=at, facts=facts)
            count += 1
    return count


# --- What they share --------------------------------------------------------------------------


def led_by(*, actor: Actor, topic_id: int) -> Topic:
    """Return a topic that this person leads: they run the forum, or answer for the topic.

    :raises NotFound: when it does not exist for them.
    :raises NotEntitled: when somebody else leads it.
    """
    topic = queries.get_topic(actor=actor, topic_id=topic_id)
    if not queries.may_lead(actor=actor, topic=topic):
        raise NotEntitled
    return topic


def move(*, topic: Topic, step: TopicStep, target: TopicState, at: datetime, **values: Any) -> None:
    """Take a step by one conditional update, which also locks the topic.

    :raises StepNotAllowed: when it is not where the step starts from.
    """
    row = Topic.objects.filter(pk=topic.pk, state__in=TOPIC_SOURCES[step])
    if target == topic.state:
        row = row.filter(state=topic.state, position=topic.position)
    else:
        values["entered_at"] = at
    if not row.update(state=target, **values):
        raise StepNotAllowed
    topic.refresh_from_db()


def _due(step: ProcedureStep, at: datetime) -> datetime | None:
    return at + timedelta(days=step.limit_days) if step.limit_days else None


def _checked(forum: Forum, wanted: TopicInput, actor: Actor, at: datetime) -> dict[str, Any]:
    """Return the columns of a topic, checked; what is wrong is told all at once."""
    faults: list[Refused] = []
    values: dict[str, Any] = {}

    def take(check: Any) -> None:
        try:
            values.update(check())
        except Refused as refused:
            faults.append(refused)

    take(lambda: {"title": _said(wanted.title, "title", TITLE_LENGTH_MAX)})
    take(lambda: {"why": _said(wanted.why, "why", WHY_LENGTH_MAX, optional=True)})
    take(lambda: {"level": wanted.level})
    take(lambda: _place(forum, wanted.level, wanted.grid_id, wanted.building_id))
    take(lambda: {"field_id": _field(forum, wanted.field_id)})
    take(lambda: {"owner_id": _owner(forum, wanted.owner_id, actor, at)})
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise Several(faults=faults)
    return values


def _at_its_place(topic: Topic, wanted: TopicInput) -> TopicInput:
    return replace(
        wanted,
        level=TopicLevel(topic.level),
        grid_id=topic.grid_id,
        building_id=topic.building_id,
        owner_id=wanted.owner_id or topic.owner_id,
    )


def _said(text: str, field: str, limit: int, *, optional: bool = False) -> str:
    check = words_or_none if optional else words
    return scrub_personal_data(text=check(text=text, field=field, limit=limit))


def _place(
    forum: Forum, level: TopicLevel, grid_id: int | None, building_id: int | None
) -> dict[str, int | None]:
    """Return the grid and building of a topic at a level."""
    if str(level) not in forum.levels:
        raise LevelNotHere
    if level == TopicLevel.COMMUNITY:
        return {"grid_id": None, "building_id": None}
    if level == TopicLevel.GRID:
        grids = Area.objects.filter(
            level=Level.GRID, community_id=forum.community_id, ended_at=None
        )
        if grid_id is None or not grids.filter(pk=grid_id).exists():
            raise PlaceMissing
        return {"grid_id": grid_id, "building_id": None}
    rows = Building.objects.filter(estate__community_id=forum.community_id, ended_at=None)
    building = rows.filter(pk=building_id).first() if building_id is not None else None
    if building is None:
        raise PlaceMissing
    return {"grid_id": building.grid_id, "building_id": building.pk}


def _field(forum: Forum, field_id: int | None) -> int | None:
    if field_id is None:
        return None
    if not SubjectField.objects.filter(pk=field_id, forum=forum, ended_at=None).exists():
        raise FieldUnknown
    return field_id


def _owner(forum: Forum, owner_id: int | None, actor: Actor, at: datetime) -> int:
    """Return who answers for a topic: somebody who works for the community."""
    chosen = owner_id if owner_id is not None else actor.account_id
    if chosen is None:
        raise OwnerUnknown
    account = Account.objects.filter(pk=chosen, is_active=True).first()
    if account is None or not queries.may_read(
        actor=actor_of(account=account, at=at), community_id=forum.community_id
    ):
        raise OwnerUnknown
    return account.pk


def record_of(
    *,
    topic: Topic,
    name: str,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    cause: Event | None = None,
) -> Event:
    """Write what happened to a topic on its thread, inside the change's transaction."""
    return tell(
        name=name,
        kind=queries.TOPIC,
        pk=topic.pk,
        trace=topic.trace,
        community_id=topic.community_id,
        actor=actor,
        at=at,
        facts=facts,
        cause=cause,
    )
