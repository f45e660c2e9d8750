"""Accept a plan of links that was shown: all of it or nothing."""

from datetime import datetime

from django.db import IntegrityError, transaction

from linli.core.actor import Actor
from linli.core.events import record
from linli.core.ref import Ref
from linli.people import events, queries
from linli.people.models import Tie, TieEnding, TieHolder
from linli.people.queries import PlanQuestion, TiePlan
from linli.people.services._recording import thread_of
from linli.people.services.households import ChangedMeanwhile
from linli.people.services.tie_records import end_all, tell_of_tie
from linli.people.services.ties import must_manage_ties, new_tie

BATCH = 500


def accept_tie_plan(*, question: PlanQuestion, digest: str, actor: Actor, at: datetime) -> TiePlan:
    """Make and end the links of the plan that was shown under this digest, in one transaction.

    :raises ChangedMeanwhile: when something it was reckoned from has changed since.
    :raises TiesNotYours: when somebody else assigns them.
    """
    must_manage_ties(actor=actor, community_id=question.community_id, kind=question.kind)
    on = queries.local_day(at=at)
    # Reckoned before anything is locked; the digest says afterwards whether it still holds.
    plan = queries.plan_ties(question=question, on=on)
    if plan.digest != digest or plan.missing:
        raise ChangedMeanwhile
    if not plan.changes:
        return plan
    try:
        with transaction.atomic():
            _apply(plan, actor, at)
    except IntegrityError as error:
        raise ChangedMeanwhile from error
    return plan


def _apply(plan: TiePlan, actor: Actor, at: datetime) -> None:
    question = plan.question
    subject = Ref(kind="territory.area", id=question.community_id)
    event = record(
        name=events.TIES_ASSIGNED,
        subject=subject,
        trace=thread_of(subject=subject),
        actor=actor,
        at=at,
        community_id=question.community_id,
        facts={
            "kind": question.kind,
            "half": question.half,
            "new": plan.new,
            "moved": plan.moved,
            "kept": plan.kept,
            "total_m": plan.total_m,
        },
    )
    ended = {one.from_tie_id for one in plan.changes if one.from_tie_id is not None}
    standing = Tie.objects.filter(pk__in=ended).order_by("pk")
    total = end_all(ties=standing, ending=TieEnding.REASSIGNED, actor=actor, at=at, cause=event)
    if total != len(ended):
        raise ChangedMeanwhile
    made = Tie.objects.bulk_create(_new_ties(plan, actor, at), batch_size=BATCH)
    for tie in made:
        tell_of_tie(tie=tie, name=events.TIE_MADE, actor=actor, at=at, cause=event)


def _new_ties(plan: TiePlan, actor: Actor, at: datetime) -> list[Tie]:
    """Put every change on the first free place of its holder."""
    column = "resident_id" if queries.leads_to_residents(question=plan.question) else "household_id"
    keys = {one.holder_id for one in plan.changes}
    holders = TieHolder.objects.filter(until_date=None).in_bulk(sorted(keys))
    taken: dict[int, set[int]] = {key: set() for key in keys}
    standing = Tie.objects.filter(holder__in=keys, until_date=None)
    for holder_id, place in standing.values_list("holder_id", "place"):
        taken[holder_id].add(place)
    made = []
    for change in plan.changes:
        holder = holders.get(change.holder_id)
        if holder is None:
            raise ChangedMeanwhile
        free = [one for one in range(1, holder.places + 1) if one not in taken[holder.pk]]
        if not free:
            raise ChangedMeanwhile
        taken[holder.pk].add(free[0])
        more = {column: change.taker_id, "distance_dm": change.distance_dm}
        made.append(new_tie(holder=holder, place=free[0], actor=actor, at=at, **more))
    return made
