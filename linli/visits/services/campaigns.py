"""A campaign from its draft to its close: who calls on whom, by when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language import never_kept
from linli.language.normal import tidy
from linli.people import queries as people
from linli.people.models import Household, HouseholdStatus, Role
from linli.people.services import ListNeverKept
from linli.territory.models import Building
from linli.territory.queries import list_areas, list_buildings, natural_key
from linli.visits import events, planning, queries
from linli.visits.models import Cadence, Campaign, Visit, VisitFormVersion
from linli.visits.services.publishing import first_form
from linli.visits.services.rounds import workdays_at
from linli.visits.workflow import MOVES, CampaignState, CampaignStep, Every, VisitState

NAME_LENGTH_MAX = 60
PER_DAY_MOST = 200
DAYS_MOST = 400
"""A year with room to spare: a longer one is a slip of the hand, or regular visits."""
_BATCH = 500


class CampaignNotYours(NotEntitled):
    """Campaigns are the office's."""

    sentence = _("Campaigns are run by the secretary and the community workers.")


class StepNotAllowed(Refused):
    """The campaign is not where this step begins; perhaps somebody else was faster."""

    sentence = _("The campaign has moved on. Please look at where it stands now.")


class CampaignNameMissing(Invalid):
    """Residents are told its name, so it needs one."""

    sentence = _("Please give the campaign a name: residents read it when they ask who visits.")
    field = "name"


class DatesTurned(Invalid):
    """It ends before it begins."""

    sentence = _("The last day lies before the first one.")
    field = "until_date"


class CampaignTooLong(Invalid):
    """Nobody plans doors for years."""

    sentence = _(
        "A campaign lasts %(most)s days at most. Please check the first and the last day; what "
        "comes back every year or month is set as regular visits."
    )
    field = "until_date"


class CampaignPast(Refused):
    """Nobody can be called on yesterday."""

    sentence = _("The last day is past already. Please change the dates of the campaign first.")
    field = "until_date"


class PaceUnusable(Invalid):
    """Nobody calls at no door, nor at thousands."""

    sentence = _("Please enter how many doors one person can call at in a day: 1 to %(most)s.")
    field = "visits_per_day"


class PlaceUnknown(Invalid):
    """A grid or building of another community, or one that is no longer in use."""

    sentence = _("Please choose grids and buildings of this community.")
    field = "grids"


class VisitorUnknown(Invalid):
    """Somebody who holds no role in the community."""

    sentence = _("Please choose people of this community.")
    field = "visitors"


class FormUnknown(Invalid):
    """Not a form of this community."""

    sentence = _("Please choose a form of this community.")
    field = "form"


class NobodyGoes(Refused):
    """A plan needs somebody to go."""

    sentence = _("Nobody is chosen yet. Please choose who visits.")
    field = "visitors"


class NobodyThere(Refused):
    """There is no household in the places chosen."""

    sentence = _("There is no household on the roster in these places yet.")
    field = "grids"


class NotEnoughHands(Refused):
    """The doors are more than people and days have room for."""

    sentence = _(
        "%(doors)s households, but room for %(room)s visits: %(people)s more people are needed, "
        "or %(days)s more working days."
    )
    field = "visitors"


@dataclass(frozen=True, slots=True)
class CampaignInput:
    """What a campaign is to be. No grids and no buildings means the whole community."""

    name: str
    from_date: date
    until_date: date
    visits_per_day: int
    visitor_ids: Collection[int] = ()
    grid_ids: Collection[int] = ()
    building_ids: Collection[int] = ()
    form_version_id: int | None = None  # None takes the form that comes with Linli


@transaction.atomic
def create_campaign(
    *, community_id: int, wanted: CampaignInput, actor: Actor, at: datetime
) -> Campaign:
    """Draft a campaign.

    :raises CampaignNotYours: when somebody else runs the community's campaigns.
    :raises Invalid: when a name, a date, the pace, a place, a visitor or the form is unusable.
    :raises ListNeverKept: when its name is that of such a list of persons: residents read it.
    """
    if not queries.may_run(actor=actor, community_id=community_id):
        raise CampaignNotYours
    values = _checked(community_id, wanted, at)
    campaign = Campaign.objects.create(
        community_id=community_id, state=CampaignState.DRAFT, created_at=at, **values
    )
    _point(campaign, wanted)
    _tell(campaign, events.CAMPAIGN_CREATED, actor, at)
    return campaign


@transaction.atomic
def change_campaign(
    *, campaign_id: int, wanted: CampaignInput, actor: Actor, at: datetime
) -> Campaign:
    """Change a campaign that has not started; what was planned before counts no more.

    :raises StepNotAllowed: when it has started or ended.
    """
    campaign = _run_by(actor, campaign_id)
    values = _checked(campaign.community_id, wanted, at)
    _move(campaign, CampaignStep.CHANGE, plan={}, **values)
    _point(campaign, wanted)
    _tell(campaign, events.CAMPAIGN_CHANGED, actor, at)
    return campaign


@transaction.atomic
def plan_campaign(*, campaign_id: int, actor: Actor, at: datetime) -> Campaign:
    """Work out who calls where and when, and keep each one's share for whoever decides.

    :raises CampaignPast: when its last day is past.
    :raises NobodyGoes: when no visitor is chosen.
    :raises NobodyThere: when there is no household.
    :raises NotEnoughHands: when there is not room for everybody; it says what would make room.
    """
    campaign = _run_by(actor, campaign_id)
    calls, buildings = _worked_out(campaign, at)
    _move(campaign, CampaignStep.PLAN, plan=_summary(calls, buildings))
    _tell(campaign, events.CAMPAIGN_PLANNED, actor, at, households=len(calls))
    return campaign


@transaction.atomic
def start_campaign(*, campaign_id: int, actor: Actor, at: datetime) -> Campaign:
    """Start a planned campaign: one call falls due on every household that is there now.

    :raises StepNotAllowed: when it is not planned, or somebody else just started it.
    :raises CampaignPast: when its last day went by since it was planned.
    :raises NotEnoughHands: when households were added since it was planned, and there is no room.
    """
    campaign = _run_by(actor, campaign_id)
    calls, buildings = _worked_out(campaign, at)
    _move(campaign, CampaignStep.START, plan=_summary(calls, buildings))
    Visit.objects.bulk_create(
        (
            Visit(
                campaign=campaign,
                household_id=call.household_id,
                form_version_id=campaign.form_version_id,
                account_id=call.account_id,
                due_date=call.due_date,
                position=call.position,
                state=VisitState.DUE,
            )
            for call in calls
        ),
        batch_size=_BATCH,
    )
    _tell(campaign, events.CAMPAIGN_STARTED, actor, at, households=len(calls))
    return campaign


def close_campaign(*, campaign_id: int, actor: Actor, at: datetime) -> Campaign:
    """Close a running campaign; calls that nobody made are missed, and said to be."""
    return _end(campaign_id, CampaignStep.CLOSE, VisitState.MISSED, actor, at)


def cancel_campaign(*, campaign_id: int, actor: Actor, at: datetime) -> Campaign:
    """Call a campaign off; what was recorded stays."""
    return _end(campaign_id, CampaignStep.CANCEL, VisitState.CANCELLED, actor, at)


@transaction.atomic
def _end(
    campaign_id: int, step: CampaignStep, leaves: VisitState, actor: Actor, at: datetime
) -> Campaign:
    campaign = _run_by(actor, campaign_id)
    if campaign.is_standing:
        raise StepNotAllowed  # Regular visits end household by household.
    _move(campaign, step)
    left = Visit.objects.filter(campaign=campaign, state=VisitState.DUE).update(state=leaves)
    is_close = step is CampaignStep.CLOSE
    name = events.CAMPAIGN_CLOSED if is_close else events.CAMPAIGN_CANCELLED
    _tell(campaign, name, actor, at, left=left)
    return campaign


# --- What every step asks ---------------------------------------------------------------------


def _run_by(actor: Actor, campaign_id: int) -> Campaign:
    campaign = queries.get_campaign(actor=actor, campaign_id=campaign_id)
    if not queries.may_run(actor=actor, community_id=campaign.community_id):
        raise CampaignNotYours
    return campaign


def _move(campaign: Campaign, step: CampaignStep, **values: Any) -> None:
    """Take a step by one conditional update, which also locks the campaign."""
    move = MOVES[step]
    row = Campaign.objects.filter(pk=campaign.pk, state__in=move.sources)
    if not row.update(state=move.target, **values):
        raise StepNotAllowed
    campaign.refresh_from_db()


def _tell(campaign: Campaign, name: str, actor: Actor, at: datetime, **facts: object) -> None:
    record(
        name=name,
        subject=Ref(kind=queries.CAMPAIGN, id=campaign.pk),
        trace=campaign.trace,
        actor=actor,
        at=at,
        community_id=campaign.community_id,
        facts=facts,
    )


def _checked(community_id: int, wanted: CampaignInput, at: datetime) -> dict[str, Any]:
    """Return the columns of a campaign, checked."""
    name = tidy(text=wanted.name)[:NAME_LENGTH_MAX]
    if not name:
        raise CampaignNameMissing
    if word := never_kept.name_never_kept_in(name=wanted.name):
        raise ListNeverKept(word=word)
    if wanted.until_date < wanted.from_date:
        raise DatesTurned
    _refuse_too_long(wanted.from_date, wanted.until_date)
    if not 1 <= wanted.visits_per_day <= PER_DAY_MOST:
        raise PaceUnusable(most=PER_DAY_MOST)
    grids = {area.pk for area in list_areas(community_id=community_id, level="GRID")}
    if not set(wanted.grid_ids) <= grids:
        raise PlaceUnknown
    buildings = {one.pk for one in list_buildings(community_id=community_id)}
    if not set(wanted.building_ids) <= buildings:
        raise PlaceUnknown(field="buildings")
    known = {one.pk for one in queries.candidates_in(community_id=community_id, at=at)}
    if not set(wanted.visitor_ids) <= known:
        raise VisitorUnknown
    return {
        "name": name,
        "from_date": wanted.from_date,
        "until_date": wanted.until_date,
        "visits_per_day": wanted.visits_per_day,
        "form_version": _form(community_id, wanted.form_version_id, at),
    }


def _refuse_too_long(first: date, last: date) -> None:
    if (last - first).days >= DAYS_MOST:
        raise CampaignTooLong(most=DAYS_MOST)


def _form(community_id: int, version_id: int | None, at: datetime) -> VisitFormVersion:
    if version_id is None:
        return first_form(community_id=community_id, at=at)
    rows = VisitFormVersion.objects.filter(form__community_id=community_id)
    version = rows.filter(pk=version_id).first()
    if version is None:
        raise FormUnknown
    return version


def _point(campaign: Campaign, wanted: CampaignInput) -> None:
    campaign.grids.set(wanted.grid_ids)
    campaign.buildings.set(wanted.building_ids)
    campaign.visitors.set(wanted.visitor_ids)


# --- Working out ------------------------------------------------------------------------------


def _worked_out(campaign: Campaign, at: datetime) -> tuple[list[planning.Call], Mapping[int, int]]:
    """Return the calls of a campaign, and the building of each household."""
    _refuse_too_long(campaign.from_date, campaign.until_date)  # It may be an old draft.
    if campaign.until_date < people.local_day(at=at):
        raise CampaignPast
    blocks, doors = _doors_of(campaign)
    if not doors:
        raise NobodyThere
    going = campaign.visitors.filter(is_active=True)
    visitors = territories_of(account_ids=going.values_list("id", flat=True), at=at)
    if not visitors:
        raise NobodyGoes
    days = planning.days_between(
        first=campaign.from_date, last=campaign.until_date, is_workday=workdays_at(at=at)
    )
    per_day = campaign.visits_per_day
    short = planning.shortfall_of(
        doors=len(doors), visitors=len(visitors), days=len(days), per_day=per_day
    )
    if short is not None:
        raise NotEnoughHands(
            doors=short.doors, room=short.room, people=short.people_more, days=short.days_more
        )
    calls = planning.plan(doors=doors, blocks=blocks, visitors=visitors, days=days, per_day=per_day)
    return calls, {door.household_id: door.building_id for door in doors}


def _doors_of(campaign: Campaign) -> tuple[list[planning.Block], list[planning.Door]]:
    """Return the buildings and the doors of a campaign, in the order in which one walks them."""
    buildings = list_buildings(community_id=campaign.community_id, with_ended=True)
    blocks = blocks_of(buildings)
    walk = {block.building_id: number for number, block in enumerate(blocks)}
    within = Q(community_id=campaign.community_id)
    grid_ids = list(campaign.grids.values_list("id", flat=True))
    building_ids = list(campaign.buildings.values_list("id", flat=True))
    if grid_ids or building_ids:
        within &= Q(grid_id__in=grid_ids) | Q(building_id__in=building_ids)
    rows = Household.objects.filter(within, until_date=None).values_list(
        "id", "building_id", "status", "dwelling__entrance__code", "dwelling__room"
    )
    in_order = sorted(
        rows.order_by(),
        key=lambda row: (walk[row[1]], natural_key(text=row[3]), natural_key(text=row[4]), row[0]),
    )
    far = _keeping_distance(campaign)
    doors = [
        planning.Door(
            household_id=row[0],
            building_id=row[1],
            is_vacant=row[2] == HouseholdStatus.VACANT,
            not_before=far.get(row[0]),
        )
        for row in in_order
    ]
    return blocks, doors


def blocks_of(buildings: Iterable[Building]) -> list[planning.Block]:
    """Return buildings as a plan sees them."""
    return [
        planning.Block(
            building_id=one.pk,
            grid_id=one.grid_id,
            point=None
            if one.longitude is None or one.latitude is None
            else (one.longitude, one.latitude),
        )
        for one in buildings
    ]


def _keeping_distance(campaign: Campaign) -> dict[int, date]:
    """Return the households at a fixed distance, with the day of their next visit."""
    rows = Cadence.objects.filter(
        campaign__community_id=campaign.community_id, every=Every.SPACED, ended_at=None
    )
    return dict(rows.values_list("household_id", "next_date"))


def territories_of(*, account_ids: Iterable[int], at: datetime) -> list[planning.Visitor]:
    """Return those who go out, with the grids and buildings that are theirs that day."""
    keys = sorted(account_ids)
    day = people.local_day(at=at)
    roles = Role.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=day),
        account__in=keys,
        from_date__lte=day,
    )
    grids: dict[int, set[int]] = {}
    buildings: dict[int, set[int]] = {}
    for account_id, level, area_id, above, building_id in roles.values_list(
        "account_id", "area__level", "area_id", "area__grid_id", "building_id"
    ):
        grid_id = area_id if level == "GRID" else above
        if grid_id is not None:
            grids.setdefault(account_id, set()).add(grid_id)
        if building_id is not None:
            buildings.setdefault(account_id, set()).add(building_id)
    return [
        planning.Visitor(
            account_id=key,
            grid_ids=frozenset(grids.get(key, ())),
            building_ids=frozenset(buildings.get(key, ())),
        )
        for key in keys
    ]


def _summary(calls: Sequence[planning.Call], building_of: Mapping[int, int]) -> dict[str, Any]:
    """Return each visitor's share as plain values: how many doors, where, on which days."""
    shares: dict[int, list[planning.Call]] = {}
    for call in calls:
        shares.setdefault(call.account_id, []).append(call)
    return {
        "households": len(calls),
        "shares": [
            {
                "account_id": account_id,
                "households": len(mine),
                "building_ids": list(dict.fromkeys(building_of[one.household_id] for one in mine)),
                "first": min(one.due_date for one in mine).isoformat(),
                "last": max(one.due_date for one in mine).isoformat(),
            }
            for account_id, mine in sorted(shares.items())
        ],
    }
