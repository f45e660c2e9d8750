"""Who sees a matter, and what somebody is to it."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from linli.core.actor import Actor, ActorKind, Grant
from linli.core.errors import NotFound
from linli.matters.models import (
    Matter,
    Order,
    Reporter,
    TimeRequest,
)
from linli.matters.workflow import (
    Party,
    State,
    Step,
    steps_open_to,
)
from linli.people.models import RoleName

SUBJECT = "matters.matter"
"""How events and attachments name a matter."""


PLACE_COLUMNS: Mapping[str, str] = {
    "CITY": "city_id",
    "DISTRICT": "district_id",
    "SUBDISTRICT": "subdistrict_id",
    "COMMUNITY": "community_id",
    "LARGE_GRID": "large_grid_id",
    "GRID": "grid_id",
    "MICRO_GRID": "micro_grid_id",
    "BUILDING": "building_id",
}
"""The column of `Matter` that a grant's level is compared with."""


DESK_ROLES = frozenset({RoleName.SECRETARY, RoleName.STAFF})


FIELD_ROLES = frozenset(
    {RoleName.GRID_LEAD, RoleName.GRID_WORKER, RoleName.BUILDING_LEAD, RoleName.SOCIAL_WORKER}
)


LEAD_ROLES = frozenset({RoleName.SECRETARY, RoleName.OVERSEER})


JUDGE_ROLES = frozenset({RoleName.SECRETARY, RoleName.STAFF, RoleName.OVERSEER, RoleName.GRID_LEAD})


READING_ROLES = DESK_ROLES | FIELD_ROLES | LEAD_ROLES


IN_CHARGE_ROLES = frozenset({RoleName.SECRETARY, RoleName.CASE_OFFICER})
"""Who is in charge of restricted matters."""


def visible_to(*, actor: Actor) -> QuerySet[Matter]:
    """Return the matters that exist for this person; see docs/architecture.md for the table."""
    if actor.is_system:
        return Matter.objects.all()
    if actor.kind == ActorKind.REPORTER:
        asked = Reporter.objects.filter(pk__in=[actor.id])
        return Matter.objects.filter(
            Q(pk__in=asked.values("matter_id")) | Q(pk__in=asked.values("matter__merged_into_id"))
        )
    if actor.account_id is None:
        return Matter.objects.none()
    seen = Q(pk__in=Order.objects.filter(account_id__in=actor.account_ids).values("matter_id"))
    for grant in actor.grants:
        if grant.role in READING_ROLES:
            seen |= Q(is_restricted=False) & _at_place_of(grant)
        if grant.role in IN_CHARGE_ROLES:
            seen |= Q(is_restricted=True) & _at_place_of(grant)
    if actor.organisation_ids:
        ordered = Order.objects.filter(organisation_id__in=actor.organisation_ids)
        seen |= Q(pk__in=ordered.values("matter_id"))
    own = Reporter.objects.filter(account_id__in=actor.account_ids)
    seen |= Q(is_restricted=False, pk__in=own.values("matter_id"))
    return Matter.objects.filter(seen)


def get_matter(*, actor: Actor, matter_id: int) -> Matter:
    """Return one matter with its category, condition, order, level and community.

    :raises NotFound: when there is none, or none that this person may see.
    """
    matter = (
        visible_to(actor=actor)
        .select_related(
            "category",
            "condition",
            "level",
            "community",
            "grid",
            "estate",
            "building",
            "entrance",
            "place",
            "order__organisation",
            "order__account",
            "order__taken_by",
            "order__return_reason",
        )
        .filter(pk=matter_id)
        .first()
    )
    if matter is None:
        raise NotFound
    return matter


def parties_of(*, actor: Actor, matter: Matter) -> frozenset[Party]:
    """Return what this person is to a matter that they see."""
    if actor.is_system:
        return frozenset({Party.SYSTEM})
    if actor.kind == ActorKind.REPORTER:
        asked = reporters_of(matter=matter).filter(pk__in=[actor.id], withdrawn_at=None)
        return frozenset({Party.REPORTER}) if asked.exists() else frozenset()
    roles = {RoleName(grant.role) for grant in actor.grants if _covers(grant, matter)}
    parties = set()
    if roles & (IN_CHARGE_ROLES if matter.is_restricted else DESK_ROLES):
        parties.add(Party.DESK)
    if roles & (frozenset({RoleName.SECRETARY}) if matter.is_restricted else LEAD_ROLES):
        parties.add(Party.LEAD)
    if roles & FIELD_ROLES and not matter.is_restricted:
        parties.add(Party.FIELD)
    order = matter.order
    if order is not None:
        if is_handler(actor=actor, order=order):
            parties.add(Party.HANDLER)
        elif (
            roles & (IN_CHARGE_ROLES if matter.is_restricted else JUDGE_ROLES)
            and order.dispatched_by_id not in actor.account_ids
        ):
            parties.add(Party.JUDGE)
    if Reporter.objects.filter(
        matter=matter, account_id__in=actor.account_ids, withdrawn_at=None
    ).exists():
        parties.add(Party.REPORTER)
    return frozenset(parties)


def is_handler(*, actor: Actor, order: Order) -> bool:
    """Tell whether an order is this person's: theirs, or of an organisation they work in."""
    return order.account_id in actor.account_ids or order.organisation_id in actor.organisation_ids


def handled(*, actor: Actor, order: Order | None) -> bool:
    """Tell whether this person, or an organisation of theirs, did the work of an order."""
    if order is None or actor.account_id is None:
        return False
    # Whoever is stood in for counts as well: leave must not turn a handler into a verifier.
    people = {order.account_id, order.taken_by_id, order.resolved_by_id}
    return bool(people & actor.account_ids) or order.organisation_id in actor.organisation_ids


def steps_for(*, actor: Actor, matter: Matter) -> tuple[Step, ...]:
    """Return the steps this person may take with a matter as it stands, for buttons and menus."""
    parties = parties_of(actor=actor, matter=matter)
    steps = steps_open_to(state=State(matter.state), parties=parties)
    withheld: set[Step] = set()
    if handled(actor=actor, order=matter.order):
        withheld |= {Step.VERIFY}
        if Party.REPORTER not in parties:
            withheld |= {Step.RATE}
        if matter.state in (State.RESOLVED, State.VERIFIED):
            withheld |= {Step.REWORK}
    if matter.kind != Matter.Kind.DISPUTE:
        withheld |= {Step.MEDIATE}
    if matter.is_restricted:
        withheld |= {Step.PUBLISH, Step.MERGE, Step.ESCALATE}
    asked = (
        matter.order is not None
        and matter.order.time_requests.filter(state=TimeRequest.State.ASKED).exists()
    )
    withheld |= {Step.ASK_TIME} if asked else {Step.REFUSE_TIME}
    return tuple(step for step in steps if step not in withheld)


def reporters_of(*, matter: Matter) -> QuerySet[Reporter]:
    """Return everybody who asked for this: with this matter, or with one merged into it."""
    return Reporter.objects.filter(Q(matter=matter) | Q(matter__merged_into=matter)).order_by("id")


def _covers(grant: Grant, matter: Matter) -> bool:
    column = PLACE_COLUMNS.get(grant.level)
    return column is not None and getattr(matter, column) == grant.place_id


def _at_place_of(grant: Grant) -> Q:
    column = PLACE_COLUMNS.get(grant.level)
    return Q(**{column: grant.place_id}) if column is not None else Q(pk__in=())
