"""In whose hands open calls are, and which of them are in nobody's."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from linli.core.actor import Actor
from linli.people import queries as people
from linli.visits.models import Cadence, CampaignKind, Visit
from linli.visits.workflow import CampaignState, VisitState


@dataclass(frozen=True, slots=True)
class Load:
    """What waits for one person in a community; `is_there` when they can be reached by it."""

    account_id: int
    name: str
    calls: int
    rhythms: int
    oldest: object  # the day of the oldest call, or None
    is_there: bool
    stand_in: str = ""

    @property
    def is_nobodys(self) -> bool:
        """Tell whether nobody would make these calls."""
        return not self.is_there and not self.stand_in


def open_calls(*, actor: Actor, community_id: int) -> QuerySet[Visit]:
    """Return the calls that wait in a community, as far as this person may hand them over."""
    rows = Visit.objects.filter(
        state=VisitState.DUE,
        campaign__state=CampaignState.RUNNING,
        campaign__community=community_id,
    )
    return rows if _entitled(actor, community_id) else rows.exclude(_RESTRICTED)


def open_rhythms(*, actor: Actor, community_id: int) -> QuerySet[Cadence]:
    """Return the rhythms of a community, as far as this person may hand them over."""
    rows = Cadence.objects.filter(ended_at=None, campaign__community=community_id)
    return rows if _entitled(actor, community_id) else rows.exclude(_RESTRICTED)


def loads_in(*, actor: Actor, community_id: int, at: datetime) -> list[Load]:
    """Return who has calls or rhythms in a community: those in nobody's hands first."""
    calls = open_calls(actor=actor, community_id=community_id).order_by()
    waiting = {
        key: (total, oldest)
        for key, total, oldest in calls.values_list("account_id").annotate(
            total=Count("id"), oldest=Min("due_date")
        )
    }
    rows = open_rhythms(actor=actor, community_id=community_id).order_by()
    rhythms = dict(rows.values_list("account_id").annotate(total=Count("id")))
    keys = waiting.keys() | rhythms.keys()
    names = people.names_of(account_ids=keys)
    there = {one.pk for one in people.accounts_in(community_id=community_id, at=at)}
    replaced = people.stand_ins(account_ids=keys, on=people.local_day(at=at))
    stand_ins = people.names_of(account_ids=set(replaced.values()))
    found = [
        Load(
            account_id=key,
            name=names.get(key, ""),
            calls=waiting.get(key, (0, None))[0],
            rhythms=rhythms.get(key, 0),
            oldest=waiting.get(key, (0, None))[1],
            is_there=key in there,
            stand_in=stand_ins.get(replaced.get(key, 0), ""),
        )
        for key in keys
    ]
    return sorted(found, key=lambda one: (not one.is_nobodys, one.name, one.account_id))


def count_nobodys(*, actor: Actor, community_id: int, at: datetime) -> int:
    """Return how many calls of a community wait for somebody who is gone."""
    loads = loads_in(actor=actor, community_id=community_id, at=at)
    return sum(one.calls + one.rhythms for one in loads if one.is_nobodys)


def waits(*, visit_id: int) -> int | None:
    """Return for whom a call waits, or None when it waits no more; for rules of the house."""
    rows = Visit.objects.filter(pk=visit_id, state=VisitState.DUE)
    return rows.values_list("account_id", flat=True).first()


def left_by(*, account_id: int, at: datetime) -> dict[int, int]:
    """Return how many calls wait for somebody who is gone, by community; for rules of the house."""
    rows = Visit.objects.filter(
        account=account_id, state=VisitState.DUE, campaign__state=CampaignState.RUNNING
    )
    counted = rows.order_by().values_list("campaign__community_id").annotate(total=Count("id"))
    return {
        key: total
        for key, total in counted
        if account_id not in {one.pk for one in people.accounts_in(community_id=key, at=at)}
    }


_RESTRICTED = Q(campaign__kind=CampaignKind.PRIORITY)


def _entitled(actor: Actor, community_id: int) -> bool:
    return actor.is_system or community_id in people.entitled_in(actor=actor)
