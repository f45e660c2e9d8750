"""Read matters: who sees which, what somebody is to one, and the lists people work from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from linli.core import codes, crypto
from linli.core.actor import Actor, ActorKind, Grant
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.language.bigrams import similarity
from linli.language.suggest import Candidate, Suggestion, suggest
from linli.matters.models import (
    Category,
    Condition,
    Level,
    Matter,
    Order,
    Reporter,
    ReturnReason,
    SavedView,
    TimeRequest,
)
from linli.matters.workflow import (
    OPEN,
    ORDER_LIVE,
    SETTLED,
    UNRESOLVED,
    OrderState,
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

NEEDS_DESK = frozenset(
    {State.REPORTED, State.ACCEPTED, State.OBJECTED, State.RETURNED, State.RESOLVED}
)
"""Where the next step is the desk's, not a handler's."""

DUPLICATE_DAYS = 30
DUPLICATE_METRES = 150
_METRES_PER_DEGREE = 111_320
_DUPLICATE_SCORE = 250  # per mille of shared bigrams
_DUPLICATE_SCORE_SAME_SPOT = 120


# --- Who sees, and who is what --------------------------------------------------------------


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


# --- Whoever follows with a tracking code ---------------------------------------------------


class UnknownCode(NotFound):
    """No report bears this tracking code, or its time is over."""


def reporter_by_code(*, code: str, at: datetime) -> Reporter:
    """Return the reporter whom a tracking code belongs to, with the matter that now stands for it.

    :raises UnknownCode: when there is none, or it closed too long ago to be shown.
    """
    try:
        plain = codes.normalise_tracking_code(text=code)
    except codes.InvalidCode as error:
        raise UnknownCode from error
    reporter = (
        Reporter.objects.select_related("matter__merged_into", "matter__community__matter_method")
        .filter(code_digest=crypto.digest(value=plain, field="reporter.code"))
        .first()
    )
    if reporter is None:
        raise UnknownCode
    matter = standing(matter=reporter.matter)
    days = reporter.matter.community.matter_method.tracking_days
    if matter.closed_at is not None and matter.closed_at + timedelta(days=days) < at:
        raise UnknownCode
    return reporter


def actor_of_reporter(*, reporter: Reporter) -> Actor:
    """Return the actor that somebody with this tracking code is."""
    return Actor(kind=ActorKind.REPORTER, id=reporter.pk)


def standing(*, matter: Matter) -> Matter:
    """Return the matter that stands for this one: itself, or what it was merged into."""
    return matter.merged_into if matter.merged_into is not None else matter


# --- Lists ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MatterFilter:
    """What a list shows. Empty means everything.

    `query` looks in number, title, text and place; a whole telephone number or tracking code finds
    what that person asked for.
    """

    community_id: int | None = None
    grid_id: int | None = None
    estate_id: int | None = None
    building_id: int | None = None
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    category_id: int | None = None
    channel: str = ""
    organisation_id: int | None = None
    level_id: int | None = None
    overdue_at: datetime | None = None
    needs_desk: bool = False  # the next step is the desk's
    time_asked_only: bool = False
    rework_only: bool = False
    restricted_only: bool = False
    reported_from: datetime | None = None
    reported_until: datetime | None = None
    query: str = ""
    oldest_deadline_first: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next_after` is the key to ask for the next one with, or None."""

    matters: list[Matter]
    next_after: str | None = None


ROW_RELATIONS = (
    "category",
    "condition",
    "grid",
    "estate",
    "building",
    "entrance",
    "place",
    "level",
    "order__organisation",
    "order__account",
)


def list_matters(*, actor: Actor, wanted: MatterFilter) -> QuerySet[Matter]:
    """Return the matters of a filter that this person sees, newest first, with what rows show."""
    return _filtered(visible_to(actor=actor), wanted).select_related(*ROW_RELATIONS)


def page_of_matters(*, actor: Actor, wanted: MatterFilter, after: str = "", size: int = 50) -> Page:
    """Return one page by keyset; `after` is the `next_after` of the page before, or empty."""
    rows = list_matters(actor=actor, wanted=wanted)
    if wanted.oldest_deadline_first:
        due, _, last = after.partition("~")
        if last.isdigit():
            moment = datetime.fromisoformat(due)
            rows = rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=int(last)))
        found = list(rows.order_by("due_at", "pk")[: size + 1])
        tail = found[size - 1] if len(found) > size else None
        key = f"{tail.due_at.isoformat()}~{tail.pk}" if tail is not None else None
        return Page(matters=found[:size], next_after=key)
    if after.isdigit():
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: size + 1])
    return Page(
        matters=found[:size], next_after=str(found[size - 1].pk) if len(found) > size else None
    )


def count_by_state(*, actor: Actor, wanted: MatterFilter) -> dict[str, int]:
    """Return how many matters of a filter stand in each state."""
    rows = _filtered(visible_to(actor=actor), wanted).order_by().values("state")
    return {row["state"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def count_queues(*, actor: Actor, at: datetime) -> dict[str, int]:
    """Return how many open matters wait in each of the desk's queues, in one query."""
    running = Q(state__in=UNRESOLVED - {State.PAUSED})
    asked = Q(pk__in=_with_time_asked())
    queues = {
        "todo": Q(state__in=NEEDS_DESK) | asked,
        "accept": Q(state=State.REPORTED),
        "dispatch": Q(state=State.ACCEPTED),
        "judge": Q(state=State.OBJECTED),
        "returned": Q(state=State.RETURNED),
        "time": asked,
        "verify": Q(state=State.RESOLVED),
        "overdue": running & Q(due_at__lt=at),
        "rework": Q(round__gt=1),
        "restricted": Q(is_restricted=True),
        "open": Q(),
    }
    rows = visible_to(actor=actor).filter(state__in=OPEN)
    counts: dict[str, int] = rows.aggregate(
        **{name: Count("pk", filter=which) for name, which in queues.items()}
    )
    return counts


@dataclass(frozen=True, slots=True)
class Workload:
    """How many orders are in hand, by organisation and by account; to balance, not to rank."""

    organisations: Mapping[int, int]
    accounts: Mapping[int, int]


def count_workload(*, community_id: int) -> Workload:
    """Return how many orders each handler of a community has in hand now."""
    live = Order.objects.filter(matter__community_id=community_id, state__in=ORDER_LIVE).order_by()
    organisations: dict[int, int] = {}
    accounts: dict[int, int] = {}
    rows = live.values_list("organisation_id", "account_id").annotate(n=Count("pk"))
    for organisation_id, account_id, total in rows:
        if organisation_id is not None:
            organisations[organisation_id] = total
        elif account_id is not None:
            accounts[account_id] = total
    return Workload(organisations=organisations, accounts=accounts)


def _filtered(rows: QuerySet[Matter], wanted: MatterFilter) -> QuerySet[Matter]:
    exact = {
        "community_id": wanted.community_id,
        "grid_id": wanted.grid_id,
        "estate_id": wanted.estate_id,
        "building_id": wanted.building_id,
        "category_id": wanted.category_id,
        "level_id": wanted.level_id,
        "order__organisation_id": wanted.organisation_id,
        "channel": wanted.channel or None,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.overdue_at is not None:
        rows = rows.filter(due_at__lt=wanted.overdue_at, state__in=UNRESOLVED - {State.PAUSED})
    if wanted.needs_desk:
        rows = rows.filter(Q(state__in=NEEDS_DESK) | Q(pk__in=_with_time_asked()))
    if wanted.time_asked_only:
        rows = rows.filter(pk__in=_with_time_asked())
    if wanted.rework_only:
        rows = rows.filter(round__gt=1)
    if wanted.restricted_only:
        rows = rows.filter(is_restricted=True)
    if wanted.reported_from is not None:
        rows = rows.filter(reported_at__gte=wanted.reported_from)
    if wanted.reported_until is not None:
        rows = rows.filter(reported_at__lt=wanted.reported_until)
    words = wanted.query.split()
    for word in words:
        match = Q(title__icontains=word) | Q(text__icontains=word) | Q(hotline_number=word)
        match |= Q(place_text__icontains=word)
        number = word.rpartition("-")[2]
        if number.isdigit() and len(number) < 18:
            match |= Q(pk=int(number))
        rows = rows.filter(match | _asked_by(word))
    return rows


def _with_time_asked() -> QuerySet[Order, int]:
    asked = Order.objects.filter(time_requests__state=TimeRequest.State.ASKED)
    return asked.values_list("matter_id", flat=True)


def _asked_by(word: str) -> Q:
    """Match what somebody asked for, by their whole telephone number or tracking code."""
    digests: dict[str, str] = {}
    if codes.is_phone(text=word):
        phone = codes.normalise_phone(text=word)
        digests["phone_digest"] = crypto.digest(value=phone, field="reporter.phone")
    else:
        try:
            code = codes.normalise_tracking_code(text=word)
        except codes.InvalidCode:
            return Q()
        digests["code_digest"] = crypto.digest(value=code, field="reporter.code")
    return Q(pk__in=Reporter.objects.filter(**digests).values("matter_id"))


def list_orders(*, actor: Actor, live: bool = True) -> QuerySet[Order]:
    """Return the orders that are this person's or of an organisation of theirs.

    Live ones by deadline (what was given back stays until another takes it), ended ones newest
    first; rows carry the matter with its places.
    """
    mine = Q(account_id__in=actor.account_ids) | Q(organisation_id__in=actor.organisation_ids)
    orders = Order.objects.filter(mine).select_related(
        "matter__category",
        "matter__condition",
        "matter__grid",
        "matter__estate",
        "matter__building",
        "matter__entrance",
        "matter__place",
        "organisation",
        "account",
        "taken_by",
    )
    held = ORDER_LIVE | {OrderState.RETURNED}
    if live:
        return orders.filter(state__in=held).order_by("matter__due_at", "id")
    return orders.exclude(state__in=held).order_by("-id")


def list_reported_by(*, actor: Actor) -> QuerySet[Matter]:
    """Return what somebody with an account reported, newest first."""
    own = Reporter.objects.filter(account_id__in=actor.account_ids).values("matter_id")
    rows = visible_to(actor=actor).filter(pk__in=own)
    return rows.select_related(*ROW_RELATIONS).order_by("-pk")


def published_matters(*, community_id: int) -> QuerySet[Matter]:
    """Return what stands on a community's public board, newest first."""
    return (
        Matter.objects.filter(
            community_id=community_id, published_at__isnull=False, is_restricted=False
        )
        .select_related("category", "estate", "building", "place")
        .order_by("-published_at", "-pk")
    )


def list_saved_views(*, actor: Actor) -> QuerySet[SavedView]:
    """Return the filters that this person keeps."""
    return SavedView.objects.filter(account_id__in=[actor.account_id]).order_by("name", "id")


# --- What a form needs ------------------------------------------------------------------------


def list_categories(*, community_id: int, for_residents: bool = False) -> QuerySet[Category]:
    """Return the categories in use, with their conditions fetched."""
    rows = Category.objects.filter(community_id=community_id, ended_at=None)
    if for_residents:
        rows = rows.filter(open_to_residents=True)
    return rows.prefetch_related("conditions").order_by("position", "id")


def list_conditions(*, category_id: int) -> list[Condition]:
    """Return the conditions of a category in use, the usual one first."""
    rows = Condition.objects.filter(category_id=category_id, ended_at=None)
    return list(rows.order_by("position", "id"))


def list_return_reasons(*, community_id: int) -> QuerySet[ReturnReason]:
    """Return the reasons for which an order may be given back."""
    rows = ReturnReason.objects.filter(community_id=community_id, ended_at=None)
    return rows.order_by("position", "id")


def list_levels(*, community_id: int) -> list[Level]:
    """Return the settlement levels from the nearest to home upwards."""
    return list(Level.objects.filter(community_id=community_id).order_by("position"))


def suggest_categories(
    *, community_id: int, text: str, for_residents: bool = False, limit: int = 3
) -> tuple[Suggestion, ...]:
    """Return the categories that the words speak for; `Suggestion.key` is the category's key."""
    candidates = [
        Candidate(key=str(category.pk), words=(category.name, *category.words))
        for category in Category.objects.filter(
            community_id=community_id,
            ended_at=None,
            **({"open_to_residents": True} if for_residents else {}),
        ).order_by("position", "id")
    ]
    return suggest(text=text, candidates=candidates, limit=limit)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A matter that may be the same thing. `score` is per mille of shared words."""

    matter: Matter
    score: int
    same_spot: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """Where and what a possible duplicate is compared with."""

    community_id: int
    category_id: int | None = None
    building_id: int | None = None
    place_id: int | None = None
    estate_id: int | None = None
    longitude: float | None = None
    latitude: float | None = None
    exclude_ids: frozenset[int] = field(default_factory=frozenset)


def spot_of(*, matter: Matter) -> Spot:
    """Return the spot of a matter that exists, to look for its duplicates."""
    return Spot(
        community_id=matter.community_id,
        category_id=matter.category_id,
        building_id=matter.building_id,
        place_id=matter.place_id,
        estate_id=matter.estate_id,
        longitude=matter.longitude,
        latitude=matter.latitude,
        exclude_ids=frozenset({matter.pk}),
    )


def suggest_duplicates(*, spot: Spot, text: str, at: datetime, limit: int = 3) -> list[Duplicate]:
    """Return open matters near the same spot, lately, that say something similar; best first.

    Restricted matters are never among them.
    """
    near = Q()
    if spot.building_id is not None:
        near |= Q(building_id=spot.building_id)
    if spot.place_id is not None:
        near |= Q(place_id=spot.place_id)
    if spot.longitude is not None and spot.latitude is not None:
        reach = DUPLICATE_METRES / _METRES_PER_DEGREE
        near |= Q(
            longitude__range=(spot.longitude - reach, spot.longitude + reach),
            latitude__range=(spot.latitude - reach, spot.latitude + reach),
        )
    if not near and spot.estate_id is not None:
        near = Q(estate_id=spot.estate_id)
    if not near:
        return []
    rows = (
        Matter.objects.filter(
            near,
            community_id=spot.community_id,
            state__in=OPEN,
            is_restricted=False,
            reported_at__gte=at - timedelta(days=DUPLICATE_DAYS),
        )
        .exclude(pk__in=spot.exclude_ids)
        .select_related("category", "building", "estate", "place")
        .order_by("-pk")[:40]
    )
    found = []
    for matter in rows:
        same_spot = (spot.building_id is not None and matter.building_id == spot.building_id) or (
            spot.place_id is not None and matter.place_id == spot.place_id
        )
        score = similarity(a=text, b=matter.text)
        if spot.category_id is not None and matter.category_id == spot.category_id:
            score += 200
        if score >= (_DUPLICATE_SCORE_SAME_SPOT if same_spot else _DUPLICATE_SCORE):
            found.append(Duplicate(matter=matter, score=min(score, 1000), same_spot=same_spot))
    return sorted(found, key=lambda one: (-one.score, -one.matter.pk))[:limit]


# --- The story of one matter --------------------------------------------------------------------


def events_of(*, matter: Matter) -> QuerySet[Event]:
    """Return everything that happened to a matter and to what was merged into it, oldest first."""
    ids: Sequence[int] = [matter.pk, *matter.merged_matters.values_list("pk", flat=True)]
    return Event.objects.filter(subject_kind=SUBJECT, subject_id__in=ids).order_by("id")


def list_by_trace(*, actor: Actor, trace: UUID) -> QuerySet[Matter]:
    """Return the matters of one thread that this person sees."""
    return visible_to(actor=actor).filter(trace=trace).order_by("id")


def holder_of(*, matter: Matter) -> Order | None:
    """Return the order whose unit answers for the matter: the live one, or the last given back."""
    if matter.order is not None and matter.order.state in ORDER_LIVE:
        return matter.order
    held = matter.orders.filter(state=OrderState.RETURNED).select_related("organisation", "account")
    return held.order_by("-id").first()


def waiting_to_rate(*, matter: Matter) -> QuerySet[Reporter]:
    """Return those who asked, want to be asked, and have not rated this round."""
    rated = Reporter.objects.filter(pk=OuterRef("pk"), ratings__round=matter.round)
    return (
        reporters_of(matter=matter)
        .filter(wants_answer=True, withdrawn_at=None)
        .filter(~Exists(rated))
    )


def due_to_climb(*, at: datetime) -> QuerySet[Matter]:
    """Return the open matters whose level's time is over."""
    return Matter.objects.filter(level_due_at__lte=at, state__in=UNRESOLVED - {State.PAUSED})


def newly_overdue(*, at: datetime) -> QuerySet[Matter]:
    """Return the matters that became overdue and of which nobody was told yet."""
    return Matter.objects.filter(
        due_at__lt=at, overdue_told_at=None, state__in=UNRESOLVED - {State.PAUSED}
    )


def is_settled(*, matter: Matter) -> bool:
    """Tell whether nothing more is to be done about it."""
    return matter.state in SETTLED
