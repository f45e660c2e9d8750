"""What follows for visits and after them: reactions of the table in reactions.py."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from linli.core.models import Event
from linli.notify import services as notify
from linli.notify.models import Topic
from linli.people import queries as people
from linli.visits import queries as visit_queries
from linli.visits import services as visit_services

_VISITS_PATH = "/field/visits/"


def call_off_visits(event: Event, at: datetime) -> None:
    """Call off the visits that were due on a household that is no longer there."""
    visit_services.call_off_household(household_id=event.subject_id, at=at)


def let_calls_follow_stand_in(event: Event, at: datetime) -> None:
    """Give the call that is due on a link's thread to whoever keeps it today."""
    visit_services.give_calls_to_keeper(trace=event.trace, at=at)


def end_visits_of_tie(event: Event, at: datetime) -> None:
    """End the regular visits of a link that ended."""
    visit_services.end_visits_of_tie(trace=event.trace, at=at)


def let_visits_follow_resident(event: Event, at: datetime) -> None:
    """Call on somebody who moved at their new door."""
    visit_services.follow_resident(resident_id=event.subject_id, at=at)


def follow_needs(event: Event, at: datetime) -> None:
    """Let the visits of a community follow its register of needs."""
    if event.community_id is not None:
        visit_services.follow_needs(community_id=event.community_id, at=at)


def tell_who_calls_soon(event: Event, at: datetime) -> None:
    """Tell whoever answers for a household that somebody has to call there within 24 hours."""
    if visit_queries.waits(visit_id=event.subject_id):
        facts = {"due": event.facts["due_by"]}
        _tell_of_visit(event, at, {event.facts["account_id"]}, code="call_soon", facts=facts)


def tell_of_late_call(event: Event, at: datetime) -> None:
    """Tell those entitled, and whoever was to go, that nobody called within 24 hours."""
    account_id = visit_queries.waits(visit_id=event.subject_id)
    if account_id is not None:
        place = {"community_id": event.community_id}
        answering = people.Answering(places=[place], at=at)
        entitled = {
            key
            for role in ("SECRETARY", "SOCIAL_WORKER")
            for key in answering.holders(role=role, place=place)
        }
        _tell_of_visit(event, at, entitled | {account_id}, code="call_late")


def tell_who_took_over(event: Event, at: datetime) -> None:
    """Tell somebody that calls of somebody else are now theirs."""
    names = people.names_of(account_ids=[event.facts["gave_id"]])
    facts = {
        "name": names.get(event.facts["gave_id"], ""),
        "calls": event.facts["calls"],
        "reason": event.facts["reason"],
    }
    notify.tell(
        account_ids=[event.subject_id],
        event=event,
        topic=Topic.ORDER,
        code="calls_taken_over",
        facts=facts,
        path=_VISITS_PATH,
        at=at,
    )


def tell_of_nobodys_calls(event: Event, at: datetime) -> None:
    """Tell those who run campaigns that calls wait for somebody who is gone."""
    for community_id, calls in visit_queries.left_by(account_id=event.subject_id, at=at).items():
        place = {"community_id": community_id}
        answering = people.Answering(places=[place], at=at)
        runners = {
            key
            for role in sorted(visit_queries.RUNNERS)
            for key in answering.holders(role=role, place=place)
        }
        names = people.names_of(account_ids=[event.subject_id])
        notify.tell(
            account_ids=sorted(runners),
            event=event,
            topic=Topic.ORDER,
            code="nobodys_calls",
            facts={"name": names.get(event.subject_id, ""), "calls": calls},
            path=f"/visits/hands/?community={community_id}",
            at=at,
        )


def _tell_of_visit(
    event: Event,
    at: datetime,
    account_ids: Collection[int],
    *,
    code: str,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Tell of one call, at night as well; a stand-in takes the place of who is absent."""
    replaced = people.stand_ins(account_ids=account_ids, on=people.local_day(at=at))
    notify.tell(
        account_ids=sorted({replaced.get(key, key) for key in account_ids}),
        event=event,
        topic=Topic.ORDER,
        code=code,
        facts=facts or {},
        path=f"{_VISITS_PATH}{event.subject_id}/",
        at=at,
        urgent=True,
    )
