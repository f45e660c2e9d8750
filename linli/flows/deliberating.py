"""Between deliberation and matters: a wide matter becomes a topic, a resolution becomes tasks."""

from contextlib import suppress
from datetime import datetime, time, timedelta
from uuid import uuid5

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.core.actor import Actor, system
from linli.core.clocks import SHANGHAI
from linli.core.errors import Refused
from linli.core.models import Event
from linli.core.ref import Ref
from linli.deliberation import queries as deliberation
from linli.deliberation.models import Publication, Task, Topic
from linli.deliberation.services import judging, results, topics
from linli.deliberation.services.counting import close_due_votes
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.opening import NobodyOnRoll
from linli.deliberation.services.topics import OwnerUnknown, TopicInput
from linli.deliberation.workflow import ReturnCause, TaskState, TopicState
from linli.matters import queries as matters
from linli.matters import services as matter_services
from linli.matters.models import Matter
from linli.matters.services import TaskInput
from linli.matters.workflow import State
from linli.territory.queries import Location, locate

_END_OF_DAY = time(23, 59)
_NOT_TAKEN = frozenset(
    {State.REPORTED, State.ACCEPTED, State.DISPATCHED, State.OBJECTED, State.RETURNED}
)
_GIVEN_UP = frozenset({State.DECLINED, State.WITHDRAWN, State.MERGED})
_DONE = frozenset({State.VERIFIED, State.CLOSED})


class RestrictedStaysOut(Refused):
    """What only those in charge know is not talked over."""

    sentence = gettext_lazy("A restricted matter is not talked over in a forum.")


@transaction.atomic
def raise_topic_of_matter(
    *, matter_id: int, forum_id: int, wanted: TopicInput, actor: Actor, at: datetime
) -> Topic:
    """Raise a topic from a matter that is wider than one order, on the matter's thread.

    :raises RestrictedStaysOut: when the matter is restricted.
    """
    matter = matters.get_matter(actor=actor, matter_id=matter_id)
    if matter.is_restricted:
        raise RestrictedStaysOut
    return topics.raise_topic(
        forum_id=forum_id,
        wanted=wanted,
        trace=matter.trace,
        source=Ref(kind=matters.SUBJECT, id=matter.pk),
        actor=actor,
        at=at,
    )


@transaction.atomic
def publish_topic(*, topic_id: int, actor: Actor, at: datetime) -> Publication:
    """Publish what came of a topic and give its tasks to their owners, all or nothing.

    :raises NotReady: when a condition of publishing does not hold.
    :raises HandlerUnknown: when an owner is no longer there.
    """
    published = results.publish_result(topic_id=topic_id, actor=actor, at=at)
    topic = deliberation.get_topic(actor=actor, topic_id=topic_id)
    refs = {
        task.pk: Ref(kind=matters.SUBJECT, id=_give(task, topic, actor, at).pk)
        for task in deliberation.tasks_of(topic=topic)
    }
    if refs:
        results.carry_out(topic_id=topic.pk, refs=refs, actor=actor, at=at)
    return published


def _give(task: Task, topic: Topic, actor: Actor, at: datetime) -> Matter:
    due_at = datetime.combine(task.due_date, _END_OF_DAY, tzinfo=SHANGHAI)
    # In the house's language: whoever carries it out reads it, whoever presses.
    with translation.override(settings.LANGUAGE_CODE):
        said = _("%(task)s (resolution %(number)s on “%(topic)s”)") % {
            "number": task.resolution.number,
            "topic": topic.title,
            "task": task.text,
        }
    return matter_services.give_task(
        task=TaskInput(
            submission_key=uuid5(topic.trace, f"task {task.pk}"),
            community_id=topic.community_id,
            text=said,
            location=_where(topic),
            trace=topic.trace,
            due_at=due_at,
            organisation_id=task.organisation_id,
            account_id=task.account_id,
        ),
        actor=actor,
        at=at,
    )


def _where(topic: Topic) -> Location:
    if topic.building_id is not None:
        return locate(
            community_id=topic.community_id, building_id=topic.building_id, with_ended=True
        )
    area_id = topic.grid_id or topic.community_id
    return locate(community_id=topic.community_id, area_id=area_id)


# --- What became of the tasks -------------------------------------------------------------------


def follow_task(*, matter_id: int, at: datetime, actor: Actor, cause: Event | None = None) -> None:
    """Let a task end when the matter that carries it out does; most matters carry out none."""
    ref = Ref(kind=matters.SUBJECT, id=matter_id)
    if not deliberation.is_open_task(ref=ref):
        return
    state = Matter.objects.values_list("state", flat=True).get(pk=matter_id)
    if state in _DONE:
        results.end_task(ref=ref, state=TaskState.DONE, actor=actor, at=at, cause=cause)
    elif state in _GIVEN_UP:
        results.end_task(ref=ref, state=TaskState.FAILED, actor=actor, at=at, cause=cause)


def go_on(*, topic_id: int, actor: Actor, at: datetime, cause: Event | None = None) -> None:
    """Look whether the tasks of a topic have ended, and do what follows.

    All done: those it touches are asked. One given up: it was acted on without a result, and the
    topic goes back.
    """
    topic = deliberation.get_topic(actor=actor, topic_id=topic_id)
    if topic.state != TopicState.CARRYING_OUT:
        return
    states = {task.state for task in deliberation.tasks_of(topic=topic)}
    if TaskState.FAILED in states:
        _send_back(
            topic,
            ReturnCause.WITHOUT_RESULT,
            _("A task that was decided was given up without a result."),
            actor,
            at,
            cause,
        )
    elif states == {TaskState.DONE}:
        judging.ask(topic_id=topic.pk, actor=actor, at=at, cause=cause)


def send_stalled_back(*, at: datetime) -> int:
    """Send topics back whose tasks nobody took up, or nobody finished, long after they were due.

    How long is the forum's. Returns how many went back.
    """
    actor = system(name="deliberation")
    returned = 0
    for topic in deliberation.list_carried_out():
        patience = timedelta(days=topic.forum.stalled_days)
        if topic.entered_at + patience > at:
            continue
        cause = _stalled(topic, at - patience)
        if cause is None:
            continue
        with (
            transaction.atomic(),
            # Without anybody to answer for a round it waits; those after it must not.
            suppress(StepNotAllowed, OwnerUnknown),
            translation.override(settings.LANGUAGE_CODE),
        ):
            _send_back(topic, cause, str(_STALLED[cause]), actor, at, None)
            returned += 1
    return returned + _ask_about_adopted(actor, at)


def _ask_about_adopted(actor: Actor, at: datetime) -> int:
    """Ask about what was adopted, gave nobody a task, and about which nobody has asked."""
    asked = 0
    for topic in deliberation.list_only_adopted():
        if topic.entered_at + timedelta(days=topic.forum.stalled_days) <= at:
            with suppress(StepNotAllowed, NobodyOnRoll):
                judging.ask(topic_id=topic.pk, actor=actor, at=at)
                asked += 1
    return asked


def _stalled(topic: Topic, since: datetime) -> ReturnCause | None:
    """Return why the tasks of a topic stand still; None while they do not."""
    keys = [
        Ref.parse(text=task.ref).id
        for task in deliberation.tasks_of(topic=topic)
        if task.state == TaskState.OPEN and task.ref
    ]
    for matter in Matter.objects.filter(pk__in=keys):
        if matter.state in _NOT_TAKEN:
            return ReturnCause.NOT_ACTED_ON
        if matter.runs and matter.due_at < since:
            return ReturnCause.WITHOUT_RESULT
    return None


_STALLED = {
    ReturnCause.NOT_ACTED_ON: gettext_lazy("It was decided, and nobody took it up."),
    ReturnCause.WITHOUT_RESULT: gettext_lazy("Long after it was due it is still not done."),
}


def _send_back(
    topic: Topic,
    cause: ReturnCause,
    reason: str,
    actor: Actor,
    at: datetime,
    because: Event | None,
) -> None:
    results.return_topic(
        topic_id=topic.pk, cause=cause, reason=reason, actor=actor, at=at, because=because
    )


# --- What becomes of what was counted -----------------------------------------------------------


def run_votes(*, at: datetime) -> int:
    """Ask on where too few have answered, then close the votes whose time is over."""
    actor = system(name="votes")
    extended, failed = judging.extend_short(at=at, actor=actor)
    return extended + close_due_votes(at=at, but=failed)


def tell_of_late_topics(*, at: datetime) -> int:
    """Say once of each topic whose step or round ran out of time."""
    return topics.tell_of_late_topics(at=at, actor=system(name="deliberation"))
