"""Who sees which campaign and which visit."""

from django.db.models import Q, QuerySet

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.people import queries as people
from linli.people.models import Household
from linli.visits.models import Campaign, CampaignKind, Visit

RUNNERS = frozenset({"SECRETARY", "STAFF"})
"""Who sets campaigns up, starts and ends them, and publishes forms."""

READERS = RUNNERS | {"SOCIAL_WORKER", "GRID_LEAD"}
"""Who sees how a campaign stands; of its visits only those of their own places."""

CADENCE = "visits.cadence"
CAMPAIGN = "visits.campaign"
FORM = "visits.form"
VISIT = "visits.visit"
"""How events and attachments name them."""

DOOR = (
    "household__dwelling__entrance__building__estate",
    "household__building",
    "household__estate",
)


def may_run(*, actor: Actor, community_id: int) -> bool:
    """Tell whether this person runs the community's campaigns."""
    return actor.is_system or any(
        grant.community_id == community_id for grant in actor.grants_of(roles=RUNNERS)
    )


def may_call_soon(*, actor: Actor, household: Household) -> bool:
    """Tell whether this person may ask for a call on a household within 24 hours."""
    if actor.is_system or people.may_keep_roster(actor=actor, row=household):
        return True
    if household.community_id in people.entitled_in(actor=actor):
        return True
    answering = people.answering_for(community_id=household.community_id, household_id=household.pk)
    return bool(actor.account_ids & set(answering.values()))


def campaigns_open_to(*, actor: Actor) -> QuerySet[Campaign]:
    """Return the campaigns that exist for this person."""
    if actor.is_system:
        return Campaign.objects.all()
    communities = {grant.community_id for grant in actor.grants_of(roles=READERS)}
    return Campaign.objects.filter(
        ~Q(kind=CampaignKind.PRIORITY) | Q(community_id__in=people.entitled_in(actor=actor)),
        community_id__in=communities - {None},
    )


def get_campaign(*, actor: Actor, campaign_id: int) -> Campaign:
    """Return a campaign of this person's community.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = campaigns_open_to(actor=actor).select_related("form_version__form", "community")
    campaign = rows.filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound
    return campaign


def visits_open_to(*, actor: Actor) -> QuerySet[Visit]:
    """Return the visits that exist for this person: their own, and those of their places."""
    return Visit.objects.filter(
        Q(account_id__in=actor.account_ids) | Q(recorded_by_id__in=actor.account_ids) | seen(actor)
    )


def get_visit(*, actor: Actor, visit_id: int) -> Visit:
    """Return a visit with its household and door.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = visits_open_to(actor=actor).select_related(
        *DOOR, "campaign__community", "form_version", "household__grid", "account", "recorded_by"
    )
    visit = rows.filter(pk=visit_id).first()
    if visit is None:
        raise NotFound
    return visit


def seen(actor: Actor) -> Q:
    """Return the condition that a visit's household lies in places whose roster one reads.

    What is restricted says that somebody there is in need: it is for those entitled to know.
    """
    if actor.is_system:
        return Q()
    within = Q(pk__in=())
    for column, keys in people.roster_places_of(actor=actor).items():
        within |= Q(**{f"household__{column}__in": sorted(keys)})
    restricted = Q(campaign__kind=CampaignKind.PRIORITY)
    entitled = Q(campaign__community__in=people.entitled_in(actor=actor))
    return (within & ~restricted) | (restricted & entitled)
