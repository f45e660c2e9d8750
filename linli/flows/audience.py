"""Who must hear of a matter: read afresh for each round, stand-ins in the place of those absent.

Whoever is told could open the matter: a restricted one is for those in charge and for the holder
of its order only.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet

from linli.core.actor import ActorKind, system
from linli.core.calendars import calendar_at
from linli.core.clocks import SHANGHAI, Clock, OutsideCalendar
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.matters import queries as matters
from linli.matters.models import Matter, Order, Reporter
from linli.matters.workflow import Kind
from linli.people import queries as people
from linli.people.models import RoleName

_READER = system(name="reactions")


class _Reading:
    """Some matters and who answers where they are; each table is read once, when first needed."""

    def __init__(self, *, matter_ids: Collection[int], at: datetime) -> None:
        self._matter_ids, self._at = matter_ids, at

    @cached_property
    def matters(self) -> Mapping[int, Matter]:
        rows = matters.list_to_tell_of(actor=_READER, matter_ids=self._matter_ids)
        return {matter.pk: matter for matter in rows}

    @cached_property
    def answering(self) -> people.Answering:
        places = [_place_of(matter) for matter in self.matters.values()]
        return people.Answering(places=places, at=self._at)


_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


@contextmanager
def reading_together(*, events: Iterable[Event], at: datetime) -> Iterator[None]:
    """Let the reactions to these events share one reading of their matters and of who answers.

    Only within one transaction, and only for reactions that change neither; one that does is alone.
    """
    matter_ids = {event.subject_id for event in events if event.subject_kind == matters.SUBJECT}
    token = _reading.set(_Reading(matter_ids=matter_ids, at=at))
    try:
        yield
    finally:
        _reading.reset(token)


def matter_of(*, matter_id: int) -> Matter:
    """Return a matter as it stands now, with all that a message names.

    :raises NotFound: when it is not there.
    """
    reading = _reading.get()
    if reading is not None and matter_id in reading.matters:
        return reading.matters[matter_id]
    matter = matters.list_to_tell_of(actor=_READER, matter_ids=[matter_id]).first()
    if matter is None:
        raise NotFound
    return matter


def whoever_answers(*, matter: Matter, at: datetime) -> set[int]:
    """Return who answers at the matter's settlement level, or the desk when nobody does."""
    if matter.is_restricted or matter.level is None:
        return desk(matter=matter, at=at)
    return _holding(matter, at, matter.level.role) or desk(matter=matter, at=at)


def desk(*, matter: Matter, at: datetime) -> set[int]:
    """Return the community's desk: its staff, or the secretary where there are none."""
    if matter.is_restricted:
        return in_charge(matter=matter, at=at)
    return _holding(matter, at, RoleName.STAFF) or _holding(matter, at, RoleName.SECRETARY)


def in_charge(*, matter: Matter, at: datetime) -> set[int]:
    """Return who is in charge of restricted matters here."""
    officers = _holding(matter, at, RoleName.CASE_OFFICER)
    return officers | _holding(matter, at, RoleName.SECRETARY)


def on_duty(*, matter: Matter, at: datetime) -> set[int]:
    """Return who is on duty here, outside office hours; nobody within them."""
    if matter.is_restricted or is_office_time(at=at):
        return set()
    return _answering(matter, at).on_duty(place=_place_of(matter))


def unit_of(*, order: Order | None, at: datetime) -> set[int]:
    """Return the people of an order's handler: an organisation's of the day, or one person."""
    if order is None:
        return set()
    return people_of(organisation_id=order.organisation_id, account_id=order.account_id, at=at)


def people_of(*, organisation_id: int | None, account_id: int | None, at: datetime) -> set[int]:
    """Return who works on orders of an organisation that day, or the person or their stand-in."""
    day = people.local_day(at=at)
    if organisation_id is not None:
        return set(people.members_of(organisation_id=organisation_id, on=day))
    if account_id is None:
        return set()
    return {people.stand_ins(account_ids=[account_id], on=day).get(account_id, account_id)}


def holder(*, matter: Matter, at: datetime) -> set[int]:
    """Return the people of the unit that answers for the matter now; nobody before dispatch."""
    return unit_of(order=matters.holder_of(matter=matter), at=at)


def judges(*, matter: Matter, at: datetime) -> set[int]:
    """Return who may judge an objection as a third; somebody from above only if nobody is here."""
    if matter.is_restricted:
        candidates = in_charge(matter=matter, at=at)
    else:
        candidates = _holding(matter, at, RoleName.SECRETARY, RoleName.STAFF, RoleName.GRID_LEAD)
    parties = _parties_to_order(matter, at)
    thirds = candidates.difference(parties)
    if not thirds and not matter.is_restricted:
        thirds = _holding(matter, at, RoleName.OVERSEER).difference(parties)
    return thirds


def verifiers(*, matter: Matter, at: datetime) -> set[int]:
    """Return who may check a result: whoever answers here and the desk, not who did the work."""
    near = whoever_answers(matter=matter, at=at) | desk(matter=matter, at=at)
    order = matter.order
    done_by = {order.taken_by_id, order.resolved_by_id} if order is not None else set()
    rest = near - unit_of(order=order, at=at) - done_by
    return rest or _holding(matter, at, RoleName.SECRETARY) - done_by


def askers(*, matter: Matter) -> set[int]:
    """Return the accounts of those who asked and want an answer; others follow with their code."""
    if matter.is_restricted:
        return set()
    asked = matters.reporters_of(matter=matter).filter(withdrawn_at=None, wants_answer=True)
    return accounts_among(reporters=asked)


def waiting_to_rate(*, matter: Matter) -> set[int]:
    """Return the accounts of those who asked and have not said yet what they think of it."""
    if matter.is_restricted:
        return set()
    return accounts_among(reporters=matters.waiting_to_rate(matter=matter))


def accounts_among(*, reporters: QuerySet[Reporter]) -> set[int]:
    """Return the accounts of those reporters who have one."""
    keys = reporters.filter(account__isnull=False).values_list("account_id", flat=True)
    return {key for key in keys if key is not None}


def is_urgent(*, matter: Matter) -> bool:
    """Tell whether its clock runs at night."""
    return matter.kind == Kind.EMERGENCY or matter.condition.clock == Clock.EMERGENCY_HOURS


def is_office_time(*, at: datetime) -> bool:
    """Tell whether the office is staffed: on workdays from the first hour to the last."""
    local = at.astimezone(SHANGHAI)
    calendar = calendar_at(at=at)
    try:
        works = calendar.is_workday(local.date())
    except OutsideCalendar:
        works = local.isoweekday() < 6
    return works and calendar.hours[0][0] <= local.time() < calendar.hours[-1][1]


def _holding(matter: Matter, at: datetime, *roles: str) -> set[int]:
    answering, place = _answering(matter, at), _place_of(matter)
    return {key for role in roles for key in answering.holders(role=role, place=place)}


def _answering(matter: Matter, at: datetime) -> people.Answering:
    reading = _reading.get()
    if reading is not None and matter.pk in reading.matters:
        return reading.answering
    return people.Answering(places=[_place_of(matter)], at=at)


def _place_of(matter: Matter) -> Mapping[str, int | None]:
    return {column: getattr(matter, column) for column in (*people.AREA_KEYS, "building_id")}


def _parties_to_order(matter: Matter, at: datetime) -> set[int | None]:
    order = matter.order
    if order is None:
        return set()
    return {order.dispatched_by_id, *unit_of(order=order, at=at)}


def account_of_actor(event: Event) -> int | None:
    """Return whose account did it; nobody is told what they did themselves."""
    kind, _, key = event.actor.partition(":")
    return int(key) if kind == ActorKind.ACCOUNT and key.isdecimal() else None
