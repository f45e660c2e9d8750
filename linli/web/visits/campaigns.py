"""The desk: campaigns, what was planned, how they stand, and the households behind each figure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.core.errors import NotFound, Refused
from linli.people import queries as people
from linli.territory import queries as territory
from linli.visits import queries, services
from linli.web.access import Request, for_roles
from linli.web.accounts import refuse, status_of
from linli.web.exporting import TITLES, back_to, begin, hand_out, offer
from linli.web.labels import label_of
from linli.web.people.shared import community_in_view
from linli.web.roster.frame import number_of
from linli.web.visits.forms import CampaignForm
from linli.web.workbooks import Sheet

READERS = ("SECRETARY", "STAFF", "SOCIAL_WORKER", "GRID_LEAD")
RUNNERS = ("SECRETARY", "STAFF")

_STEPS: dict[str, tuple[Callable[..., Any], Any]] = {
    "plan": (services.plan_campaign, _("Planned. Look at each one's share, then start.")),
    "start": (services.start_campaign, _("Started: everybody sees their doors on the phone.")),
    "close": (services.close_campaign, _("The campaign is closed.")),
    "cancel": (services.cancel_campaign, _("The campaign is called off.")),
}


@require_GET
@for_roles(*READERS)
def list_page(request: Request) -> HttpResponse:
    """Show the campaigns, and who calls on people today: residents telephone to ask."""
    today = people.local_day(at=request.now)
    campaigns = queries.list_campaigns(actor=request.actor)
    communities = sorted({one.community_id for one in campaigns if one.state == "RUNNING"})
    facts = {
        "campaigns": campaigns,
        "round": [
            one for key in communities for one in queries.on_round(community_id=key, on=today)
        ],
        "may_run": bool(request.actor.roles.intersection(RUNNERS)),
        "nobodys": sum(
            queries.count_nobodys(actor=request.actor, community_id=key, at=request.now)
            for key in sorted(request.actor.community_ids)
            if queries.may_run(actor=request.actor, community_id=key)
        ),
    }
    return render(request, "visits/campaigns.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def create(request: Request) -> HttpResponse:
    """Draft a campaign."""
    community, _others = community_in_view(request)
    today = people.local_day(at=request.now)
    initial = {"from_date": today, "until_date": today + timedelta(days=30)}
    form = CampaignForm(
        request.POST or None, initial=initial, offered=_offered(request, community.pk)
    )
    if request.method == "POST" and form.is_valid():
        try:
            campaign = services.create_campaign(
                community_id=community.pk,
                wanted=form.wanted(),
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("campaign", campaign_id=campaign.pk)
    facts = {"form": form, "community": community}
    return render(request, "visits/campaign_form.html", facts, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*RUNNERS)
def edit(request: Request, campaign_id: int) -> HttpResponse:
    """Change a campaign that has not started."""
    campaign = queries.get_campaign(actor=request.actor, campaign_id=campaign_id)
    initial = {
        "name": campaign.name,
        "from_date": campaign.from_date,
        "until_date": campaign.until_date,
        "visits_per_day": campaign.visits_per_day,
        "form": campaign.form_version_id,
        "grids": [one.pk for one in campaign.grids.all()],
        "buildings": [one.pk for one in campaign.buildings.all()],
        "visitors": [one.pk for one in queries.visitors_of(campaign=campaign)],
    }
    offered = _offered(request, campaign.community_id)
    form = CampaignForm(request.POST or None, initial=initial, offered=offered)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_campaign(
                campaign_id=campaign_id, wanted=form.wanted(), actor=request.actor, at=request.now
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            return redirect("campaign", campaign_id=campaign_id)
    facts = {"form": form, "campaign": campaign, "community": campaign.community}
    return render(request, "visits/campaign_form.html", facts, status=status_of(form))


@require_GET
@for_roles(*READERS)
def page(request: Request, campaign_id: int) -> HttpResponse:
    """Show where a campaign stands: its plan before it starts, its figures from then on."""
    campaign = queries.get_campaign(actor=request.actor, campaign_id=campaign_id)
    total, grids = queries.coverage_of(campaign=campaign, actor=request.actor)
    facts = {
        "campaign": campaign,
        "places": queries.places_of(campaign=campaign),
        "visitors": queries.visitors_of(campaign=campaign),
        "shares": _shares(campaign),
        "total": total,
        "grids": grids,
        "is_over": people.local_day(at=request.now) > campaign.until_date,
        "may_run": queries.may_run(actor=request.actor, community_id=campaign.community_id),
    }
    return render(request, "visits/campaign.html", facts)


@require_POST
@for_roles(*RUNNERS)
def take_step(request: Request, campaign_id: int, campaign_step: str) -> HttpResponse:
    """Plan, start, close or call off; what stands in the way is said on the campaign's page."""
    if campaign_step not in _STEPS:
        raise NotFound
    act, words = _STEPS[campaign_step]
    try:
        act(campaign_id=campaign_id, actor=request.actor, at=request.now)
    except (
        services.CampaignPast,
        services.CampaignTooLong,
        services.NobodyGoes,
        services.NobodyThere,
        services.NotEnoughHands,
        services.StepNotAllowed,
    ) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, str(words))
    return redirect("campaign", campaign_id=campaign_id)


@require_GET
@for_roles(*READERS)
def households(request: Request, campaign_id: int) -> HttpResponse:
    """List the households behind a figure."""
    campaign = queries.get_campaign(actor=request.actor, campaign_id=campaign_id)
    group = request.GET.get("group", "all")
    if group not in queries.GROUPS:
        raise NotFound
    grid_id = number_of(request.GET.get("grid"))
    found = queries.page_of_visits(
        campaign=campaign,
        actor=request.actor,
        group=group,
        grid_id=grid_id,
        after=request.GET.get("after", ""),
    )
    older = request.GET.copy()
    older["after"] = found.next_after
    facts = {
        "campaign": campaign,
        "group": group,
        "rows": found.rows,
        "older": f"?{older.urlencode()}" if found.next_after else "",
        "export": offer(request, "export_campaign", campaign_id=campaign_id),
    }
    return render(request, "visits/households.html", facts)


@require_POST
@for_roles(*READERS)
@back_to("campaign_households")
def export_households(request: Request, campaign_id: int) -> HttpResponse:
    """Hand out the households behind a figure, in walking order."""
    campaign = queries.get_campaign(actor=request.actor, campaign_id=campaign_id)
    group, grid_id = request.GET.get("group", "all"), number_of(request.GET.get("grid"))
    if group not in queries.GROUPS:
        raise NotFound
    wanted = {"campaign_id": campaign_id, "group": group, "grid_id": grid_id}
    leaving = begin(request, "visits", wanted=wanted)
    rows = queries.each_visit(campaign=campaign, actor=request.actor, group=group, grid_id=grid_id)
    columns = [
        (_("Address"), 28),
        (_("What came of it"), 14),
        (pgettext_lazy("visit", "Time"), 6),
        (_("Who visits"), 12),
        (_("When"), 18),
    ]
    cells = (_cells(row, leaving) for row in rows)
    sheet = Sheet(f"{TITLES['visits']}", columns, cells)
    return hand_out(request, leaving, [sheet], community_id=campaign.community_id)


def _cells(row: queries.VisitRow, leaving: Any) -> tuple[Any, ...]:
    visit = row.visit
    leaving.count(visit.household.community_id)
    who = visit.recorded_by or visit.account
    window = label_of(code=visit.window, table="visit_window") if visit.window else ""
    due = visit.due_date if not window else f"{visit.due_date.isoformat()} {window}"
    return (
        row.address,
        label_of(code=visit.outcome, table="visit_outcome") if visit.outcome else "",
        visit.attempt,
        who.name if who is not None else "",
        visit.happened_at or due,
    )


def _offered(request: Request, community_id: int) -> dict[str, list[tuple[Any, Any]]]:
    """Return what may be chosen; a form only where there are several."""
    forms = queries.forms_of(community_id=community_id)
    named = [(one.pk, f"{one.form.name} v{one.number}") for one in forms]
    return {
        "form": named if len(named) > 1 else [],
        "grids": [
            (one.pk, one.name)
            for one in territory.list_areas(community_id=community_id, level="GRID")
        ],
        "buildings": [
            (one.pk, f"{one.estate.name} {one.name}")
            for one in territory.list_buildings(community_id=community_id)
        ],
        "visitors": [
            (one.pk, one.name)
            for one in queries.candidates_in(community_id=community_id, at=request.now)
        ],
    }


def _shares(campaign: Any) -> list[dict[str, Any]]:
    """Return each visitor's share of a plan with names in place of keys."""
    shares = campaign.plan.get("shares", [])
    names = people.names_of(account_ids={one["account_id"] for one in shares})
    buildings = {
        one.pk: f"{one.estate.name} {one.name}"
        for one in territory.list_buildings(community_id=campaign.community_id, with_ended=True)
    }
    return [
        {
            "name": names.get(one["account_id"], "—"),
            "households": one["households"],
            "buildings": [buildings.get(key, "—") for key in one["building_ids"]],
            "first": parse_date(one["first"]),
            "last": parse_date(one["last"]),
        }
        for one in shares
    ]
