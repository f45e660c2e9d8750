"""Who sees a matter, and what somebody is to it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from linli.core.actor import Actor, ActorKind, Grant
from linli.core.errors import NotFound
from linli.matters.indexing import scope_of
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
from linli.territory.models import Area

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


@dataclass(frozen=True, slots=True)
class Branch:
    """One part of what somebody sees, with a key of its own, so that a database can go by it.

    `scopes` are the terms that the search index has for it; `level` is the column of its places.
    Without either it holds few matters: somebody's own orders and reports.
    """

    where: Q
    scopes: tuple[str, ...] = ()
    level: str = ""
    is_few: bool = False


def visible_to(*, actor: Actor, matter_id: int | None = None) -> QuerySet[Matter]:
    """Return the matters that exist for this person; see docs/architecture.md for the table.

    Whoever asks for one matter names it here, so that not all orders of a unit are read for it.
    """
    seen = Q()
    for branch in branches_of(actor=actor, matter_id=matter_id):
        seen |= branch.where
    return Matter.objects.filter(seen, **_of_one("pk", matter_id))


def sees_all_of(*, actor: Actor, place: Area, is_restricted: bool) -> bool:
    """Tell whether every matter of a place is seen: by a grant of it, or of an area above it.

    Communities never move, so what lies in one lies in what is above it. Whoever counts a whole
    place so need not ask of each matter who sees it.
    """
    keys = {
        "city_id": place.city_id,
        "district_id": place.district_id,
        "subdistrict_id": place.subdistrict_id,
        "community_id": place.community_id,
        PLACE_COLUMNS[place.level]: place.pk,
    }
    wanted = {
        scope_of(column=column, key=key, is_restricted=is_restricted)
        for column, key in keys.items()
        if key is not None
    }
    return any(not wanted.isdisjoint(branch.scopes) for branch in branches_of(actor=actor))


def branches_of(*, actor: Actor, matter_id: int | None = None) -> tuple[Branch, ...]:
    """Return what this person sees, part by part; the parts may share matters.

    A list asks each part by itself, for over one condition joined by OR a database walks the whole
    table. With `matter_id`, orders and reports are those of this matter alone. This is the one
    place that says who sees what.
    """
    its = _of_one("matter_id", matter_id)
    if actor.is_system:
        return (Branch(Q(pk__isnull=False)),)
    if actor.kind == ActorKind.REPORTER:
        asked = Reporter.objects.filter(pk__in=[actor.id])
        merged = Q(pk__in=asked.values("matter__merged_into_id"))
        return (Branch(Q(pk__in=asked.values("matter_id")) | merged, is_few=True),)
    if actor.account_id is None:
        return (Branch(Q(pk__in=()), is_few=True),)
    orders = Order.objects.filter(account_id__in=actor.account_ids, **its)
    if actor.organisation_ids:
        # Two keyed reads: PostgreSQL would scan for one condition with OR.
        units = Order.objects.filter(organisation_id__in=actor.organisation_ids, **its)
        ordered = Q(pk__in=orders.values("matter_id").union(units.values("matter_id")))
    else:
        ordered = Q(pk__in=orders.values("matter_id"))
    own = Reporter.objects.filter(account_id__in=actor.account_ids, **its)
    return (
        *_place_branches(actor),
        Branch(ordered, is_few=True),
        Branch(Q(is_restricted=False, pk__in=own.values("matter_id")), is_few=True),
    )


def _of_one(column: str, key: int | None) -> dict[str, int]:
    return {} if key is None else {column: key}


def _place_branches(actor: Actor) -> list[Branch]:
    """Return a branch for each level and kind of matter, whatever the number of grants."""
    reading = _places_of(actor.grants_of(roles=READING_ROLES))
    in_charge = _places_of(actor.grants_of(roles=IN_CHARGE_ROLES))
    branches = []
    for column in PLACE_COLUMNS.values():
        for seen, kinds in (
            (reading[column] & in_charge[column], (False, True)),
            (reading[column] - in_charge[column], (False,)),
            (in_charge[column] - reading[column], (True,)),
        ):
            if not seen:
                continue
            keys = sorted(seen)
            where = Q(**({column: keys[0]} if len(keys) == 1 else {f"{column}__in": keys}))
            if len(kinds) == 1:
                where &= Q(is_restricted=kinds[0])
            scopes = [
                scope_of(column=column, key=key, is_restricted=kind)
                for key in keys
                for kind in kinds
            ]
            branches.append(Branch(where, scopes=tuple(scopes), level=column))
    return branches


def _places_of(grants: Iterable[Grant]) -> Mapping[str, set[int]]:
    """Return the places of grants by column, without those inside a community held as well."""
    held: dict[str, set[int]] = {column: set() for column in PLACE_COLUMNS.values()}
    whole = {grant.place_id for grant in grants if grant.level == "COMMUNITY"}
    for grant in grants:
        column = PLACE_COLUMNS.get(grant.level)
        is_inside = column != "community_id" and grant.community_id in whole
        if column is not None and grant.place_id is not None and not is_inside:
            held[column].add(grant.place_id)
    return held


def get_matter(*, actor: Actor, matter_id: int) -> Matter:
    """Return one matter with its category, condition, order, level and community.

    :raises NotFound: when there is none, or none that this person may see.
    """
    matter = (
        visible_to(actor=actor, matter_id=matter_id)
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
        .first()
    )
    if matter is None:
        raise NotFound
    return matter


_TO_TELL = (
    *(field.name for field in Matter._meta.concrete_fields),
    *(f"order__{field.name}" for field in Order._meta.concrete_fields),
    "category__name",
    "category__name_en",
    "condition__clock",
    "level__name",
    "level__role",
    "community__code",
    "grid__name",
    "estate__name",
    "building__name",
    "place__name",
    "order__organisation__name",
    "order__account__name",
    "order__return_reason__name",
)
"""All that a message names of a matter, and no boundaries."""


def list_to_tell_of(*, actor: Actor, matter_ids: Collection[int]) -> QuerySet[Matter]:
    """Return these matters with all that a message names of them, in one statement, by key.

    Those that this person may not see are missing.
    """
    relations = {name.rpartition("__")[0] for name in _TO_TELL} - {""}
    rows = visible_to(actor=actor).filter(pk__in=matter_ids).order_by("id")
    return rows.select_related(*sorted(relations)).only(*_TO_TELL)


def works_there(*, actor: Actor, matter: Matter) -> bool:
    """Tell whether somebody holds a role at a place of the matter: is of its community's people.

    Handlers hold theirs in an organisation, so they are not.
    """
    roles = READING_ROLES | IN_CHARGE_ROLES
    return actor.is_system or any(
        grant.role in roles and _covers(grant, matter) for grant in actor.grants
    )


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
    # The matters first: over a condition on two tables a database reads everybody who ever asked.
    matters = Matter.objects.filter(Q(pk=matter.pk) | Q(merged_into_id=matter.pk))
    return Reporter.objects.filter(matter_id__in=matters.values("pk")).order_by("id")


def _covers(grant: Grant, matter: Matter) -> bool:
    column = PLACE_COLUMNS.get(grant.level)
    return column is not None and getattr(matter, column) == grant.place_id
