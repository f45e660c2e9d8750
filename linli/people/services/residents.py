"""Residents: added, corrected, moved, merged, gone; and their numbers opened for a reason."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused
from linli.core.events import record
from linli.core.models import Event
from linli.core.ref import Ref
from linli.core.search import write
from linli.language.mask import scrub_personal_data
from linli.language.normal import tidy
from linli.language.reasons import says_why
from linli.people import events, finding, queries
from linli.people.models import Departure, Household, Resident, ResidentTerms, Stay
from linli.people.personal import (
    FIELDS,
    SEALED,
    Person,
    checked,
    columns_of,
    person_of,
)
from linli.people.services.households import ChangedMeanwhile, inhabit, must_keep
from linli.people.services.needs import end_needs_of, needs_follow_merge
from linli.people.services.papers import end_papers_of, papers_follow_merge
from linli.people.services.party_members import follow_resident
from linli.people.services.talents import follow_gone
from linli.people.services.teams import follow_departed
from linli.people.services.tie_records import end_ties_of, follow_merge

REASON_LENGTH_MAX = 200
_FIRST_DAY = date(1900, 1, 1)
PLACE_COLUMNS = ("community_id", "large_grid_id", "grid_id", "micro_grid_id", "building_id")
"""The columns that a resident copies from the household."""

OPENED = ("id_number", "phone")
"""What is masked on every page, and opened one at a time."""


class NumberOnRoster(Refused):
    """Somebody with this number is on the community's roster."""

    sentence = _(
        "Somebody with this number is on the roster already: %(where)s. Please move them here "
        "instead of entering them again."
    )
    field = "id_number"


class NumberOnRosterElsewhere(Refused):
    """Somebody with this number is on the roster where this person sees nobody."""

    sentence = _(
        "Somebody with this number is on the roster of another grid. Please ask the office to move "
        "them here."
    )
    field = "id_number"


class OnRosterAgain(Refused):
    """Whoever left was entered again meanwhile; the two rows cannot both be here."""

    sentence = _(
        "They are on the roster already: %(where)s. This older entry can therefore not come back."
    )
    field = "household"


class OnRosterAgainElsewhere(Refused):
    """Whoever left was entered again where this person sees nobody."""

    sentence = _(
        "They are on the roster of another grid already. This older entry can therefore not come "
        "back; the office can move them here."
    )
    field = "household"


class LivesThereAlready(Refused):
    """The same form sent twice, or somebody who was entered before."""

    sentence = _("Somebody of this name and date of birth is in this household already.")
    field = "name"


class ReasonMissing(Invalid):
    """A number is opened for a reason."""

    sentence = _(
        "Please say why you need the number, in two Chinese characters or four letters at least."
    )
    field = "reason"


class DepartureUnknown(Invalid):
    """Not one of the choices."""

    sentence = _("Please choose why they are no longer here.")
    field = "departure"


class DayInvalid(Invalid):
    """In the future, or before they came."""

    sentence = _("This day is in the future, or before they came.")
    field = "on"


class MistakeUnexplained(Invalid):
    """A death is taken back for a reason."""

    sentence = _(
        "Please say how it turned out that they live, in two Chinese characters or four letters at "
        "least."
    )
    field = "reason"


class NotTheSame(Refused):
    """The two cannot be one person."""

    sentence = _(
        "These two have different ID numbers, so they are two people. Please correct the number "
        "first if one of them is wrong."
    )


@transaction.atomic
def add_resident(
    *,
    household_id: int,
    person: Person,
    actor: Actor,
    at: datetime,
    from_date: date | None = None,
) -> Resident:
    """Put somebody on the roster of a household.

    :raises Several: for what was entered; see `personal.checked`.
    :raises NumberOnRoster: when the number is on the community's roster.
    """
    household = _kept_household(household_id, actor)
    known = checked(person=person, on=queries.local_day(at=at))
    resident = Resident(household=household, **places_of(household=household))
    for column, value in columns_of(person=known, row_key=resident.row_key).items():
        setattr(resident, column, value)
    _must_be_new(resident, actor)
    _must_not_live_there(resident, household)
    _save(resident, actor)
    inhabit(household=household, actor=actor, at=at)
    Stay.objects.create(resident=resident, household=household, from_date=from_date)
    index(residents=[resident])
    tell_of(
        resident=resident,
        name=events.RESIDENT_ADDED,
        actor=actor,
        at=at,
        household_id=household.pk,
    )
    return resident


@transaction.atomic
def edit_resident(
    *,
    resident_id: int,
    person: Person,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Resident:
    """Correct what is known of somebody; the event says which fields, never what stood there.

    :raises ChangedMeanwhile: when `version` is no longer the one that stands.
    """
    resident = _kept(resident_id, actor)
    known = checked(person=person, on=queries.local_day(at=at))
    before = asdict(person_of(row=vars(resident)))
    after = asdict(known)
    changed = [name for name in FIELDS if before[name] != after[name]]
    if version is not None and version != resident.version:
        raise ChangedMeanwhile
    if not changed:
        return resident
    columns = columns_of(person=known, row_key=resident.row_key)
    if "id_number" in changed and known.id_number:
        _must_be_new(resident, actor, digest=columns["id_digest"])
    if not Resident.objects.filter(pk=resident.pk, version=resident.version).update(
        **columns, version=resident.version + 1
    ):
        raise ChangedMeanwhile
    resident.refresh_from_db()
    if any(name in SEALED for name in changed):
        index(residents=[resident])
    tell_of(resident=resident, name=events.RESIDENT_CHANGED, actor=actor, at=at, fields=changed)
    return resident


@transaction.atomic
def move(
    *,
    resident_ids: Collection[int],
    household_id: int,
    on: date,
    actor: Actor,
    at: datetime,
    reason: str = "",
) -> int:
    """Move people to another household of the community, also those who had left; return how many.

    Where they lived before stays in their history. Who was entered as dead by mistake comes back
    for a `reason`.

    :raises DayInvalid: when the day is in the future.
    :raises MistakeUnexplained: when somebody is entered as dead and there is no reason.
    :raises OnRosterAgain: when somebody who left was entered again meanwhile.
    """
    household = _kept_household(household_id, actor)
    _must_be_past(on, at)
    moved = 0
    for resident_id in sorted(set(resident_ids)):
        resident = queries.get_resident(actor=actor, resident_id=resident_id)
        if resident.merged_into_id is not None or (resident.community_id != household.community_id):
            raise NotFound
        if resident.household_id == household.pk and resident.until_date is None:
            continue
        if resident.household_id is not None and resident.until_date is None:
            must_keep(actor=actor, row=resident)
        said = _explained(resident, reason)
        _must_be_possible(on, at, resident)
        if resident.until_date is not None:
            _must_not_be_here_again(resident, actor)
        if said:
            tell_of(
                resident=resident, name=events.DEATH_TAKEN_BACK, actor=actor, at=at, reason=said
            )
        moved += _settle(resident, household, on, actor, at)
    if moved:
        inhabit(household=household, actor=actor, at=at)
    return moved


@transaction.atomic
def depart(*, resident_id: int, departure: str, on: date, actor: Actor, at: datetime) -> Resident:
    """Take somebody off the roster from a day on; their history stays.

    :raises DepartureUnknown: when the reason is none.
    :raises DayInvalid: when the day is in the future, or before they came.
    """
    resident = _kept(resident_id, actor)
    if departure not in Departure.values or departure == Departure.DOUBLE:
        raise DepartureUnknown
    _must_be_possible(on, at, resident)
    _leave(resident, Departure(departure), on)
    if (
        departure != Departure.MOVED_OUT
    ):  # Who moved away belongs to a unit until it is transferred.
        follow_resident(resident=resident, on=on, actor=actor, at=at)
        follow_gone(resident=resident, actor=actor, at=at)
    follow_departed(resident=resident, on=on, actor=actor, at=at)
    tell_of(
        resident=resident,
        name=events.RESIDENT_DEPARTED,
        actor=actor,
        at=at,
        departure=departure,
        on=on.isoformat(),
    )
    end_ties_of(resident=resident, actor=actor, at=at)
    end_needs_of(resident=resident, actor=actor, at=at)
    end_papers_of(resident=resident, actor=actor, at=at)
    return resident


@transaction.atomic
def merge(
    *, keep_id: int, double_id: int, actor: Actor, at: datetime, version: int | None = None
) -> Resident:
    """Make two rows of one person one: what the first does not know is taken from the second.

    The second leaves the roster and points at the first; both keep their threads.

    :raises NotTheSame: when both have a number, and not the same.
    :raises ChangedMeanwhile: when `version` of the first is no longer the one that stands.
    """
    keep, double = _kept(keep_id, actor), _kept(double_id, actor)
    if keep.pk == double.pk or keep.community_id != double.community_id:
        raise NotFound
    if keep.id_digest and double.id_digest and keep.id_digest != double.id_digest:
        raise NotTheSame
    _take_turn(keep, version)
    first, second = person_of(row=vars(keep)), person_of(row=vars(double))
    taken = {
        name: getattr(second, name)
        for name in FIELDS
        if not getattr(first, name) and getattr(second, name)
    }
    today = queries.local_day(at=at)
    links = follow_merge(keep=keep, double=double)
    needs = needs_follow_merge(keep=keep, double=double)
    papers_follow_merge(keep=keep, double=double)
    _leave(double, Departure.DOUBLE, today, merged_into=keep)
    follow_resident(resident=double, on=today, actor=actor, at=at, into=keep)
    follow_departed(resident=double, on=today, actor=actor, at=at, into=keep)
    follow_gone(resident=double, actor=actor, at=at, into=keep)
    if taken:
        known = checked(person=replace(first, **taken), on=today)
        Resident.objects.filter(pk=keep.pk).update(**columns_of(person=known, row_key=keep.row_key))
        keep.refresh_from_db()
        index(residents=[keep])
    event = tell_of(
        resident=keep,
        name=events.RESIDENTS_MERGED,
        actor=actor,
        at=at,
        double_id=double.pk,
        fields=sorted(taken),
        links=links,
        needs=needs,
    )
    tell_of(
        resident=double,
        name=events.RESIDENT_DEPARTED,
        actor=actor,
        at=at,
        cause=event,
        departure=str(Departure.DOUBLE),
        into_id=keep.pk,
    )
    end_ties_of(resident=double, actor=actor, at=at)
    end_needs_of(resident=double, actor=actor, at=at)
    end_papers_of(resident=double, actor=actor, at=at)
    return keep


@transaction.atomic
def open_number(*, resident_id: int, field: str, reason: str, actor: Actor, at: datetime) -> str:
    """Return an ID number or phone in full, for a reason that is logged.

    :raises ReasonMissing: when none is given that says anything.
    :raises NotFound: for anything else than these two.
    """
    resident = queries.get_resident(actor=actor, resident_id=resident_id)
    must_keep(actor=actor, row=resident)
    if field not in OPENED:
        raise NotFound
    said = tidy(text=reason)[:REASON_LENGTH_MAX]
    if not says_why(text=said):
        raise ReasonMissing
    tell_of(
        resident=resident,
        name=events.NUMBER_OPENED,
        actor=actor,
        at=at,
        field=field,
        reason=scrub_personal_data(text=said),
    )
    return str(getattr(person_of(row=vars(resident)), field))


def places_of(*, household: Household) -> dict[str, int | None]:
    """Return the columns that a resident copies from a household."""
    return {column: getattr(household, column) for column in PLACE_COLUMNS}


def index(*, residents: Collection[Resident]) -> None:
    """Write what residents are found by, inside the transaction of the change."""
    write(model=ResidentTerms, rows=[(one.pk, _terms(one)) for one in residents])


def tell_of(
    *,
    resident: Resident,
    name: str,
    actor: Actor,
    at: datetime,
    cause: Event | None = None,
    **facts: Any,
) -> Event:
    """Record what happened to somebody on their own thread; keys and codes, never who they are."""
    return record(
        name=name,
        subject=Ref(kind=queries.RESIDENT, id=resident.pk),
        trace=resident.row_key,
        actor=actor,
        at=at,
        community_id=resident.community_id,
        facts=facts,
        cause=cause,
    )


def _terms(resident: Resident) -> frozenset[str]:
    person = person_of(row=vars(resident))
    household = resident.household
    return finding.terms_of(
        name=person.name,
        id_number=person.id_number,
        phone=person.phone,
        address="" if household is None else queries.address_of(household=household),
        places={column: getattr(resident, column) for column in finding.PLACES},
    )


def _settle(resident: Resident, household: Household, on: date, actor: Actor, at: datetime) -> int:
    """End where somebody lived and let them live in a household; return 1."""
    left = resident.household_id if resident.until_date is None else None
    _end_stay(resident, on)
    rows = Resident.objects.filter(pk=resident.pk, version=resident.version)
    try:
        with transaction.atomic():
            changed = rows.update(
                household=household,
                until_date=None,
                departure="",
                version=resident.version + 1,
                **places_of(household=household),
            )
    except IntegrityError:
        _must_not_be_here_again(resident, actor)  # Entered again at this very moment.
        raise
    if not changed:
        raise ChangedMeanwhile
    Stay.objects.create(resident=resident, household=household, from_date=on)
    resident = Resident.objects.select_related(
        "household__dwelling__entrance__building__estate"
    ).get(pk=resident.pk)
    index(residents=[resident])
    tell_of(
        resident=resident,
        name=events.RESIDENT_MOVED,
        actor=actor,
        at=at,
        from_id=left,
        to_id=household.pk,
        on=on.isoformat(),
    )
    return 1


def _explained(resident: Resident, reason: str) -> str:
    """Return why somebody entered as dead comes back; nothing for everybody else."""
    if resident.departure != Departure.DIED:
        return ""
    said = tidy(text=reason)[:REASON_LENGTH_MAX]
    if not says_why(text=said):
        raise MistakeUnexplained
    return scrub_personal_data(text=said)


def _leave(
    resident: Resident, departure: Departure, on: date, *, merged_into: Resident | None = None
) -> None:
    _end_stay(resident, on)
    if not Resident.objects.filter(pk=resident.pk, version=resident.version).update(
        until_date=on,
        departure=departure,
        merged_into=merged_into,
        version=resident.version + 1,
    ):
        raise ChangedMeanwhile
    resident.refresh_from_db(fields=["until_date", "departure", "merged_into", "version"])


def _take_turn(resident: Resident, version: int | None) -> None:
    """Move the version of a row that is about to change; of two at once only one goes on."""
    seen = resident.version if version is None else version
    rows = Resident.objects.filter(pk=resident.pk, version=seen, until_date=None)
    if not rows.update(version=seen + 1):
        raise ChangedMeanwhile
    resident.version = seen + 1


def _end_stay(resident: Resident, on: date) -> None:
    stay = Stay.objects.filter(resident=resident, until_date=None).first()
    if stay is None:
        return
    if stay.from_date is not None and on < stay.from_date:
        raise DayInvalid
    Stay.objects.filter(pk=stay.pk).update(until_date=on)


def _kept(resident_id: int, actor: Actor) -> Resident:
    """Return somebody on the roster whom this person keeps.

    :raises NotFound: when there is none, they have left, or are not this person's to see.
    """
    resident = queries.get_resident(actor=actor, resident_id=resident_id)
    if resident.until_date is not None:
        raise NotFound
    must_keep(actor=actor, row=resident)
    return resident


def _kept_household(household_id: int, actor: Actor) -> Household:
    household = queries.get_household(actor=actor, household_id=household_id)
    if household.until_date is not None:
        raise NotFound
    must_keep(actor=actor, row=household)
    return household


def _must_be_new(resident: Resident, actor: Actor, *, digest: str = "") -> None:
    where = _where_number_is(resident, actor, digest or resident.id_digest)
    if where is None:
        return
    raise NumberOnRoster(where=where) if where else NumberOnRosterElsewhere


def _must_not_be_here_again(resident: Resident, actor: Actor) -> None:
    where = _where_number_is(resident, actor, resident.id_digest)
    if where is None:
        return
    raise OnRosterAgain(where=where) if where else OnRosterAgainElsewhere


def _where_number_is(resident: Resident, actor: Actor, digest: str) -> str | None:
    """Return the address of somebody else with a number, nothing of it where it is not seen.

    None where nobody else here has it.
    """
    if not digest:
        return None
    others = Resident.objects.filter(
        community_id=resident.community_id, id_digest=digest, until_date=None
    ).exclude(pk=resident.pk)
    if not others.exists():
        return None
    seen = others & queries.residents_open_to(actor=actor)
    other = seen.select_related("household__dwelling__entrance__building__estate").first()
    if other is None or other.household is None:
        return ""
    return queries.address_of(household=other.household)


def _save(resident: Resident, actor: Actor) -> None:
    try:
        with transaction.atomic():
            resident.save(force_insert=True)
    except IntegrityError:
        _must_be_new(resident, actor)  # The same form was sent twice at once; the other one won.
        raise


def _must_be_past(on: date, at: datetime) -> None:
    if on > queries.local_day(at=at):
        raise DayInvalid


def _must_be_possible(on: date, at: datetime, resident: Resident) -> None:
    """Refuse a day in the future, before somebody's birth, or that nobody alive remembers."""
    _must_be_past(on, at)
    if on < (resident.birth_date or _FIRST_DAY):
        raise DayInvalid


def _must_not_live_there(resident: Resident, household: Household) -> None:
    """Refuse the same name with the same birth twice in one household: a form sent twice.

    The household's row is the queue for those who send at once.
    """
    Household.objects.select_for_update().get(pk=household.pk)
    same = Resident.objects.filter(
        household=household,
        name_digest=resident.name_digest,
        birth_date=resident.birth_date,
        until_date=None,
    )
    if same.exists():
        raise LivesThereAlready
