"""What a forum decided comes in as a matter of kind TASK, with an owner and a day."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linli.core.actor import Actor, system
from linli.core.clocks import Clock
from linli.matters.models import Category, Matter
from linli.matters.reference import CategoryInput, ConditionInput, set_category
from linli.matters.services.desk import accept, dispatch
from linli.matters.services.reporting import Report, report
from linli.matters.workflow import Channel, Kind
from linli.territory.queries import Location

_MAKER = system(name="resolutions")
_USUAL = CategoryInput(
    code="resolution-task",
    name="决议任务",
    name_en="Tasks of resolutions",
    kind=Kind.TASK,
    conditions=(ConditionInput("usual", "一般情形", Clock.CALENDAR_DAYS, 30, 15),),
    open_to_residents=False,
    position=99,
)


@dataclass(frozen=True, slots=True)
class TaskInput:
    """A task: exactly one of `organisation_id` and `account_id` carries it out, until `due_at`.

    `submission_key` is the task's own: given twice, it is one matter.
    """

    submission_key: UUID
    community_id: int
    text: str
    location: Location
    trace: UUID
    due_at: datetime
    organisation_id: int | None = None
    account_id: int | None = None


@transaction.atomic
def give_task(*, task: TaskInput, actor: Actor, at: datetime) -> Matter:
    """Take in, accept and dispatch what was decided; its time limit is the day decided.

    :raises HandlerUnknown: when its owner is neither, both, or nobody of this community.
    :raises NotEntitled: when this person accepts and dispatches nothing there.
    """
    reported = report(
        report=Report(
            submission_key=task.submission_key,
            community_id=task.community_id,
            text=task.text,
            category_id=_category(task.community_id, at).pk,
            location=task.location,
            channel=Channel.RESOLUTION,
            trace=task.trace,
        ),
        actor=actor,
        at=at,
    )
    matter = reported.matter
    if not reported.is_new or matter.is_restricted:
        return matter
    accept(matter_id=matter.pk, actor=actor, at=at)
    Matter.objects.filter(pk=matter.pk).update(due_at=task.due_at)
    return dispatch(
        matter_id=matter.pk,
        organisation_id=task.organisation_id,
        account_id=task.account_id,
        actor=actor,
        at=at,
    )


def _category(community_id: int, at: datetime) -> Category:
    """Return the community's category of tasks, made with the first one; nobody reports into it."""
    known = Category.objects.filter(community_id=community_id, kind=Kind.TASK, ended_at=None)
    if not known.exists():
        set_category(community_id=community_id, category=_USUAL, actor=_MAKER, at=at)
    return known.order_by("position", "pk")[0]
