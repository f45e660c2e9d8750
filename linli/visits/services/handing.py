"""Hand somebody's open calls over: to one person, or to several by territory, with a reason."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, Refused
from linli.core.events import Happened, record, record_many
from linli.core.ref import Ref
from linli.language.mask import scrub_personal_data
from linli.language.normal import tidy
from linli.people import queries as people
from linli.people import services as roster
from linli.people.models import Account, Household
from linli.territory.queries import list_buildings, natural_key
from linli.visits import events, planning, queries
from linli.visits.models import Cadence, Campaign, CampaignKind, Visit
from linli.visits.services.campaigns import (
    CampaignNotYours,
    VisitorUnknown,
    blocks_of,
    territories_of,
)
from linli.visits.services.priority import follow_needs
from linli.visits.workflow import VisitState

REASON_LENGTH_MAX = 200
_BATCH = 500


class HandingReasonMissing(Invalid):
    """Who takes over, and who asks later, reads why."""

    sentence = _("Please say why the calls are handed over.")
    field = "reason"


class NobodyTakesOver(Invalid):
    """Nobody was chosen, or only whoever has them already."""

    sentence = _("Please choose who takes them over.")
    field = "to"


class NothingToHandOver(Refused):
    """No call and no rhythm is this person's."""

    sentence = _("Nothing waits for this person any more.")
    field = "to"


@transaction.atomic
def hand_over_calls(
    *,
    community_id: int,
    from_id: int,
    to_ids: Collection[int],
    reason: str,
    actor: Actor,
    at: datetime,
) -> int:
    """Give what waits for somebody in a community to others, and return how many calls moved.

    Days stay as they are. Several share it by territory, whole buildings first, as a plan does.
    Rhythms go along. What follows from needs goes along for those entitled: whoever takes over
    answers for these needs from now on.

    :raises CampaignNotYours: when somebody else runs the community's campaigns.
    :raises NobodyTakesOver: when nobody else is chosen.
    :raises VisitorUnknown: when one of them is none of the community's people.
    :raises HandingReasonMissing: when no reason is given.
    :raises NothingToHandOver: when nothing waits for this person.
    """
    if not queries.may_run(actor=actor, community_id=community_id):
        raise CampaignNotYours
    takers = set(to_ids) - {from_id}
    if not takers:
        raise NobodyTakesOver
    known = {one.pk for one in queries.candidates_in(community_id=community_id, at=at)}
    if not takers <= known:
        raise VisitorUnknown(field="to")
    said = scrub_personal_data(text=tidy(text=reason)[:REASON_LENGTH_MAX])
    if not said:
        raise HandingReasonMissing
    calls = queries.open_calls(actor=actor, community_id=community_id).filter(account=from_id)
    found = list(calls.select_for_update(of=("self",)).order_by("id"))
    rhythms = list(
        queries.open_rhythms(actor=actor, community_id=community_id).filter(account=from_id)
    )
    households = {one.household_id for one in found} | {one.household_id for one in rhythms}
    if not households:
        raise NothingToHandOver
    taker_of = _shared_out(community_id, households, takers, at)
    campaigns = {one.campaign_id for one in found} | {one.campaign_id for one in rhythms}
    _move(found, rhythms, taker_of, from_id)
    if community_id in people.entitled_in(actor=actor):
        roster.hand_needs_over(
            community_id=community_id, from_id=from_id, taker_of=taker_of, actor=actor, at=at
        )
        follow_needs(community_id=community_id, at=at)
    _send_others(campaigns, from_id, set(taker_of.values()))
    _tell(community_id, found, taker_of, from_id, said, actor, at)
    return len(found)


def _shared_out(
    community_id: int, households: Collection[int], takers: Collection[int], at: datetime
) -> Mapping[int, int]:
    """Return who takes over each household: by territory, in fair shares."""
    buildings = list_buildings(community_id=community_id, with_ended=True)
    walk = {one.pk: number for number, one in enumerate(buildings)}
    rows = Household.objects.filter(pk__in=households).values_list(
        "id", "building_id", "dwelling__entrance__code", "dwelling__room"
    )
    in_order = sorted(
        rows.order_by(),
        key=lambda row: (walk[row[1]], natural_key(text=row[2]), natural_key(text=row[3]), row[0]),
    )
    calls = planning.plan(
        doors=[planning.Door(row[0], row[1]) for row in in_order],
        blocks=blocks_of(buildings),
        visitors=territories_of(account_ids=takers, at=at),
        days=[people.local_day(at=at)],
        per_day=len(in_order),
    )
    return {call.household_id: call.account_id for call in calls}


def _move(
    calls: Collection[Visit],
    rhythms: Collection[Cadence],
    taker_of: Mapping[int, int],
    from_id: int,
) -> None:
    """Give each call and each rhythm its new person; one that was made meanwhile stays."""
    for taker in sorted(set(taker_of.values())):
        mine = [one.pk for one in calls if taker_of[one.household_id] == taker]
        for start in range(0, len(mine), _BATCH):
            Visit.objects.filter(
                pk__in=mine[start : start + _BATCH], account=from_id, state=VisitState.DUE
            ).update(account=taker)
        # What follows from needs follows them; see hand_needs_over.
        arranged = [one.pk for one in rhythms if taker_of[one.household_id] == taker]
        Cadence.objects.filter(
            pk__in=arranged, ended_at=None, campaign__kind=CampaignKind.CADENCE
        ).update(account=taker)


def _send_others(campaigns: Collection[int], from_id: int, takers: Collection[int]) -> None:
    """Let those who take over be known at the doors; who has nothing left is sent no more."""
    for campaign in Campaign.objects.filter(pk__in=campaigns):
        campaign.visitors.add(*takers)
        calls = Visit.objects.filter(campaign=campaign, account=from_id, state=VisitState.DUE)
        rhythms = Cadence.objects.filter(campaign=campaign, account=from_id, ended_at=None)
        if not (calls.exists() or rhythms.exists()):
            campaign.visitors.remove(from_id)


def _tell(
    community_id: int,
    calls: Collection[Visit],
    taker_of: Mapping[int, int],
    from_id: int,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Write it down on the thread of each household, and once for each who takes over."""
    record_many(
        name=events.CALL_HANDED_OVER,
        happened=[
            Happened(
                subject=Ref(kind=queries.VISIT, id=one.pk),
                trace=one.trace,
                facts={
                    "gave_id": from_id,
                    "account_id": taker_of[one.household_id],
                    "reason": reason,
                },
            )
            for one in calls
        ],
        actor=actor,
        at=at,
        community_id=community_id,
    )
    for taker in Account.objects.filter(pk__in=set(taker_of.values())).order_by("pk"):
        record(
            name=events.CALLS_TAKEN_OVER,
            subject=Ref(kind="people.account", id=taker.pk),
            trace=taker.row_key,
            actor=actor,
            at=at,
            community_id=community_id,
            facts={
                "gave_id": from_id,
                "calls": sum(taker_of[one.household_id] == taker.pk for one in calls),
                "reason": reason,
            },
        )
