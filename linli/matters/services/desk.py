"""What the desk does with a matter: accept, word, dispatch, merge, publish."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, Refused
from linli.language.mask import find_personal_data
from linli.language.normal import tidy
from linli.matters import events, queries
from linli.matters.models import Category, Level, Matter, Note, Order
from linli.matters.services._moving import (
    StepNotAllowed,
    earliest,
    limit_from,
    move,
    optional_text,
    record_of,
    required_text,
    take_up,
)
from linli.matters.services.reporting import CategoryUnknown, condition_of
from linli.matters.workflow import (
    OPEN,
    ORDER_LIVE,
    RESTRICTED_KINDS,
    Kind,
    OrderState,
    State,
    Step,
)
from linli.people.models import Organisation, Role
from linli.people.queries import local_day
from linli.territory.models import Community

TITLE_LENGTH_MAX = 80
SUMMARY_LENGTH_MAX = 200
_ROOM = re.compile(r"\d{2,4}\s*[室房户]|\b(?:room|flat|apartment)\s*\d+", re.IGNORECASE)


class HandlerUnknown(Invalid):
    """An order goes to an organisation or a person of this community."""

    sentence = _("Please choose who is to handle this: an organisation or a person from the list.")
    field = "handler"


class MergeRefused(Refused):
    """Two matters cannot become one."""

    sentence = _(
        "These two cannot be merged: the other one must be another open matter of this community, "
        "and neither may be restricted."
    )
    field = "into"


class BoardIsOff(Refused):
    """The community has no public board."""

    sentence = _(
        "The public board is off. The secretary can turn it on in the community's settings."
    )


class SummaryNamesSomebody(Invalid):
    """A public summary names nobody and no room."""

    sentence = _(
        "A public summary names nobody and nothing finer than a building. "
        "Please take out “%(found)s”."
    )
    field = "summary"


class LevelIsTop(Refused):
    """There is no level above this one."""

    sentence = _("This is the highest level already.")


@transaction.atomic
def accept(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    title: str = "",
    condition_id: int | None = None,
) -> Matter:
    """Accept a matter as a case: from now its condition's time limit runs."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.ACCEPT)
    # Its own condition stands even if the community has since changed or ended it.
    condition = matter.condition
    if condition_id not in (None, condition.pk):
        condition = condition_of(category=matter.category, condition_id=condition_id)
    changes: dict[str, Any] = {
        "accepted_at": at,
        "accepted_by_id": actor.account_id,
        "condition_id": condition.pk,
        "due_at": earliest(
            limit_from(clock=condition.clock, amount=condition.amount, start=at),
            matter.hotline_due_at,
        ),
        "overdue_told_at": None,
    }
    if title.strip():
        changes["title"] = required_text(text=title, field="title", limit=TITLE_LENGTH_MAX)
    move(matter=matter, step=Step.ACCEPT, name=events.ACCEPTED, actor=actor, at=at, **changes)
    return matter


@transaction.atomic
def decline(*, matter_id: int, actor: Actor, at: datetime, reason: str) -> Matter:
    """Do not accept a matter; the reason is told to whoever asked."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.DECLINE)
    said = required_text(text=reason, field="reason")
    move(
        matter=matter,
        step=Step.DECLINE,
        name=events.DECLINED,
        actor=actor,
        at=at,
        closed_at=at,
        level_due_at=None,
    )
    _say_to_reporter(matter=matter, text=said, actor=actor, at=at)
    return matter


@transaction.atomic
def dispatch(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    organisation_id: int | None = None,
    account_id: int | None = None,
    note: str = "",
) -> Matter:
    """Give a matter to an organisation or a person. A unit that gave it back keeps it until then.

    :raises HandlerUnknown: when it is neither, both, or nobody of this community.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.DISPATCH)
    said = optional_text(text=note, field="note")
    _handler_must_be_ours(
        matter=matter, organisation_id=organisation_id, account_id=account_id, at=at
    )
    # The state moves first: of a hundred who dispatch at once, all but one stop here.
    event = move(
        matter=matter,
        step=Step.DISPATCH,
        name=events.DISPATCHED,
        actor=actor,
        at=at,
        facts={"organisation_id": organisation_id, "account_id": account_id},
    )
    release_orders(matter=matter, states=ORDER_LIVE, at=at)
    order = Order.objects.create(
        matter=matter,
        round=matter.round,
        organisation_id=organisation_id,
        account_id=account_id,
        dispatched_by_id=actor.account_id,
        dispatched_at=at,
    )
    set_order(matter=matter, order=order)
    if said and actor.account_id is not None:
        Note.objects.create(matter=matter, text=said, written_by_id=actor.account_id, written_at=at)
        record_of(
            matter=matter,
            name=events.NOTED,
            actor=actor,
            at=at,
            facts={"kind": Note.Kind.NOTE.value},
            cause=event,
        )
    return matter


@transaction.atomic
def recall(*, matter_id: int, actor: Actor, at: datetime, reason: str) -> Matter:
    """Take an order back, to give it to somebody else."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.RECALL)
    said = required_text(text=reason, field="reason")
    take_back(matter=matter, actor=actor, at=at)
    if actor.account_id is not None:
        Note.objects.create(matter=matter, text=said, written_by_id=actor.account_id, written_at=at)
    return matter


@transaction.atomic
def recategorise(
    *,
    matter_id: int,
    actor: Actor,
    at: datetime,
    category_id: int,
    condition_id: int | None = None,
) -> Matter:
    """Put a matter into another category; its time limit is reckoned anew from its acceptance.

    :raises CategoryUnknown: when the category or condition is not in use here.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.RECATEGORISE)
    category = Category.objects.filter(
        pk=category_id, community_id=matter.community_id, ended_at=None
    ).first()
    if category is None:
        raise CategoryUnknown
    condition = condition_of(category=category, condition_id=condition_id)
    kind = Kind(category.kind)
    changes: dict[str, Any] = {
        "category_id": category.pk,
        "condition_id": condition.pk,
        "kind": kind,
        "is_restricted": kind in RESTRICTED_KINDS,
    }
    if matter.accepted_at is not None:
        changes["due_at"] = earliest(
            limit_from(clock=condition.clock, amount=condition.amount, start=matter.accepted_at),
            matter.hotline_due_at,
        )
        changes["overdue_told_at"] = None
    if kind in RESTRICTED_KINDS:
        changes |= {"published_at": None, "level_id": None, "level_due_at": None}
    move(
        matter=matter,
        step=Step.RECATEGORISE,
        name=events.RECATEGORISED,
        actor=actor,
        at=at,
        facts={"from_category_id": matter.category_id, "to_category_id": category.pk},
        **changes,
    )
    matter.category, matter.condition = category, condition
    return matter


@transaction.atomic
def merge(*, matter_id: int, into_id: int, actor: Actor, at: datetime) -> Matter:
    """Merge a repeated report into an open matter; everybody who asked is told of that one.

    :raises MergeRefused: when the other matter cannot stand for this one.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.MERGE)
    into = queries.get_matter(actor=actor, matter_id=into_id)
    if (
        into.pk == matter.pk
        or into.community_id != matter.community_id
        or into.state not in OPEN
        or into.is_restricted
        or matter.is_restricted
    ):
        raise MergeRefused
    # Hold the other one open until both changes are in.
    if not Matter.objects.filter(pk=into.pk, state__in=OPEN).update(round=into.round):
        raise MergeRefused
    move(
        matter=matter,
        step=Step.MERGE,
        name=events.MERGED,
        actor=actor,
        at=at,
        facts={"into_id": into.pk},
        merged_into_id=into.pk,
        level_due_at=None,
        published_at=None,
    )
    Matter.objects.filter(merged_into=matter).update(merged_into=into)
    return into


@transaction.atomic
def unmerge(*, matter_id: int, actor: Actor, at: datetime) -> Matter:
    """Undo a merge: the matter goes on by itself, where it stood before."""
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.UNMERGE)
    level = matter.level
    move(
        matter=matter,
        step=Step.UNMERGE,
        name=events.UNMERGED,
        actor=actor,
        at=at,
        facts={"from_id": matter.merged_into_id},
        target=State.REPORTED if matter.accepted_at is None else State.ACCEPTED,
        merged_into_id=None,
        level_due_at=level and limit_from(clock=level.clock, amount=level.amount, start=at),
    )
    matter.merged_into = None
    return matter


@transaction.atomic
def escalate(*, matter_id: int, actor: Actor, at: datetime, reason: str) -> Matter:
    """Pass a matter up one settlement level by hand.

    :raises LevelIsTop: when there is no level above.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.ESCALATE)
    said = required_text(text=reason, field="reason")
    if not climb(matter=matter, actor=actor, at=at):
        raise LevelIsTop
    if actor.account_id is not None:
        Note.objects.create(matter=matter, text=said, written_by_id=actor.account_id, written_at=at)
    return matter


def climb(*, matter: Matter, actor: Actor, at: datetime) -> bool:
    """Raise a matter to the next level, inside a transaction; False when there is none above."""
    read: dict[str, Any] = {"level_id": matter.level_id}
    here = Matter.objects.filter(pk=matter.pk, **read)
    above = (
        Level.objects.filter(
            community_id=matter.community_id,
            position__gt=matter.level.position if matter.level is not None else 0,
        )
        .order_by("position")
        .first()
    )
    if above is None:
        here.update(level_due_at=None)
        return False
    if not here.update(level_id=above.pk):
        raise StepNotAllowed(state=above.name)
    move(
        matter=matter,
        step=Step.ESCALATE,
        name=events.CLIMBED,
        actor=actor,
        at=at,
        facts={"level_id": above.pk, "position": above.position},
        level_due_at=limit_from(clock=above.clock, amount=above.amount, start=at),
    )
    matter.level = above
    return True


@transaction.atomic
def publish(*, matter_id: int, actor: Actor, at: datetime, summary: str) -> Matter:
    """Put a summary that staff wrote on the public board; an empty one takes it down.

    :raises BoardIsOff: when the community has not turned the board on.
    :raises SummaryNamesSomebody: when it holds a number of a person or a room.
    """
    matter = take_up(matter_id=matter_id, actor=actor, step=Step.PUBLISH)
    said = tidy(text=summary)
    if said:
        said = required_text(text=summary, field="summary", limit=SUMMARY_LENGTH_MAX)
        if matter.is_restricted:
            raise BoardIsOff
        if not Community.objects.filter(pk=matter.community_id, public_board=True).exists():
            raise BoardIsOff
        found = [*find_personal_data(text=said), *_ROOM.findall(said)]
        if found:
            raise SummaryNamesSomebody(found=found[0])
    move(
        matter=matter,
        step=Step.PUBLISH,
        name=events.PUBLISHED if said else events.UNPUBLISHED,
        actor=actor,
        at=at,
        public_summary=said,
        published_at=(matter.published_at or at) if said else None,
    )
    return matter


def take_back(*, matter: Matter, actor: Actor, at: datetime) -> None:
    """Take an order back, inside a transaction; the matter waits to be dispatched anew."""
    before = matter.order
    move(
        matter=matter,
        step=Step.RECALL,
        name=events.RECALLED,
        actor=actor,
        at=at,
        facts={
            "organisation_id": before and before.organisation_id,
            "account_id": before and before.account_id,
        },
        order_id=None,
    )
    matter.order = None
    release_orders(matter=matter, states=frozenset(OrderState) - {OrderState.DONE}, at=at)


def release_orders(
    *, matter: Matter, states: frozenset[OrderState], at: datetime, but_id: int | None = None
) -> None:
    """End the orders of a matter that stand in `states`, all but one."""
    orders = matter.orders.filter(state__in=states)
    if but_id is not None:
        orders = orders.exclude(pk=but_id)
    orders.update(state=OrderState.RELEASED, ended_at=at)


def set_order(*, matter: Matter, order: Order) -> None:
    """Make an order the current one of a matter, inside the transaction that moved it."""
    Matter.objects.filter(pk=matter.pk).update(order=order)
    matter.order = order


def _say_to_reporter(*, matter: Matter, text: str, actor: Actor, at: datetime) -> None:
    if actor.account_id is not None:
        Note.objects.create(
            matter=matter,
            kind=Note.Kind.PROGRESS,
            text=text,
            for_reporter=True,
            written_by_id=actor.account_id,
            written_at=at,
        )


def _handler_must_be_ours(
    *, matter: Matter, organisation_id: int | None, account_id: int | None, at: datetime
) -> None:
    if (organisation_id is None) == (account_id is None):
        raise HandlerUnknown
    if organisation_id is not None:
        is_ours = Organisation.objects.filter(
            pk=organisation_id, community_id=matter.community_id, ended_at=None
        ).exists()
    else:
        day = local_day(at=at)
        held = Role.objects.filter(
            account_id__in=[account_id], account__is_active=True, from_date__lte=day
        ).exclude(until_date__lt=day)
        is_ours = held.filter(
            Q(area_id=matter.community_id)
            | Q(area__community_id=matter.community_id)
            | Q(building__estate__community_id=matter.community_id)
        ).exists()
    if not is_ours:
        raise HandlerUnknown
