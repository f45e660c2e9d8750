"""Households: who is to be met behind which door, from when until when."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.people import events, queries
from linli.people.models import Household, HouseholdStatus, Resident
from linli.people.personal import plain_label
from linli.people.services.tie_records import end_ties_of
from linli.territory.models import Area, Building, Dwelling


class ResidentsNotYours(NotEntitled):
    """Somebody else keeps the roster there."""

    sentence = _("The roster of residents is kept by those who work in the grid or the office.")


class DoorTaken(Refused):
    """There is a household behind that door already."""

    sentence = _("There is a household behind this door already. Please open that one.")
    field = "dwelling"


class StatusUnknown(Invalid):
    """Not one of the choices."""

    sentence = _("Please choose whether somebody lives there.")
    field = "status"


class SomebodyLivesThere(Refused):
    """A household with people in it is neither empty nor at its end."""

    sentence = _(
        "%(total)s residents are on the roster here. Please move them first, or choose another "
        "status."
    )
    field = "status"


class ChangedMeanwhile(Refused):
    """Somebody else changed the same row after this page was opened."""

    sentence = _(
        "Somebody else changed this meanwhile. What you typed is kept: please compare it with what "
        "stands here now and send it again."
    )


@transaction.atomic
def open_household(
    *,
    dwelling_id: int,
    status: str,
    actor: Actor,
    at: datetime,
    employer: str = "",
    from_date: date | None = None,
) -> Household:
    """Put a household behind a door.

    :raises NotFound: when there is no such door, or not for this person.
    :raises DoorTaken: when there is one already.
    :raises StatusUnknown: when the status is none.
    """
    rows = Dwelling.objects.select_related("entrance__building__grid")
    dwelling = rows.filter(pk=dwelling_id, entrance__building__ended_at=None).first()
    if dwelling is None:
        raise NotFound
    household = Household(
        dwelling=dwelling,
        status=_status(status),
        employer=plain_label(text=employer),
        from_date=from_date,
        **places_at(building=dwelling.entrance.building),
    )
    must_keep(actor=actor, row=household)
    try:
        with transaction.atomic():
            household.save(force_insert=True)
    except IntegrityError as error:
        raise DoorTaken from error
    tell_of_household(household=household, name=events.HOUSEHOLD_OPENED, actor=actor, at=at)
    return household


@transaction.atomic
def set_household(
    *,
    household_id: int,
    status: str,
    actor: Actor,
    at: datetime,
    employer: str = "",
    version: int | None = None,
) -> Household:
    """Say whether somebody lives there, and for whom they work.

    :raises NotFound: when there is none, or not for this person.
    :raises ChangedMeanwhile: when `version` is no longer the one that stands.
    :raises SomebodyLivesThere: when it is to be vacant and is not.
    """
    household = _kept(household_id, actor)
    wanted = _status(status)
    if wanted == HouseholdStatus.VACANT:
        _must_be_empty(household)
    label = plain_label(text=employer)
    changed = [
        name
        for name, old, new in (
            ("status", household.status, wanted),
            ("employer", household.employer, label),
        )
        if old != new
    ]
    if not changed:
        return household
    known = household.version if version is None else version
    row = Household.objects.filter(pk=household.pk, version=known)
    if not row.update(status=wanted, employer=label, version=household.version + 1):
        raise ChangedMeanwhile
    household.refresh_from_db(fields=["status", "employer", "version"])
    tell_of_household(
        household=household,
        name=events.HOUSEHOLD_CHANGED,
        actor=actor,
        at=at,
        fields=changed,
        status=household.status,
    )
    return household


@transaction.atomic
def end_household(*, household_id: int, on: date, actor: Actor, at: datetime) -> Household:
    """End a household that is no longer behind its door; everybody has moved before.

    :raises SomebodyLivesThere: when somebody has not.
    """
    household = _kept(household_id, actor)
    _must_be_empty(household)
    if not Household.objects.filter(pk=household.pk, until_date=None).update(
        until_date=on, version=household.version + 1
    ):
        raise ChangedMeanwhile
    household.refresh_from_db(fields=["until_date", "version"])
    tell_of_household(household=household, name=events.HOUSEHOLD_ENDED, actor=actor, at=at)
    end_ties_of(household=household, actor=actor, at=at)
    return household


def inhabit(*, household: Household, actor: Actor, at: datetime) -> None:
    """Say that somebody lives in a household that was vacant until now."""
    vacant = Household.objects.filter(pk=household.pk, status=HouseholdStatus.VACANT)
    if vacant.update(status=HouseholdStatus.LIVES_HERE, version=F("version") + 1):
        tell_of_household(
            household=household,
            name=events.HOUSEHOLD_CHANGED,
            actor=actor,
            at=at,
            fields=["status"],
            status=str(HouseholdStatus.LIVES_HERE),
        )


def places_at(*, building: Building) -> dict[str, int | None]:
    """Return the columns that a household copies from its building."""
    grid: Area = building.grid
    return {
        "community_id": grid.community_id,
        "large_grid_id": grid.large_grid_id,
        "grid_id": grid.pk,
        "micro_grid_id": building.micro_grid_id,
        "estate_id": building.estate_id,
        "building_id": building.pk,
    }


def must_keep(*, actor: Actor, row: Household | Resident) -> None:
    """Refuse whoever does not keep the roster there.

    :raises NotFound: when they do not even see it.
    :raises ResidentsNotYours: when they only read it.
    """
    if queries.may_keep_roster(actor=actor, row=row):
        return
    places = queries.roster_places_of(actor=actor)
    if any(getattr(row, column) in keys for column, keys in places.items()):
        raise ResidentsNotYours
    raise NotFound


def tell_of_household(
    *, household: Household, name: str, actor: Actor, at: datetime, **facts: object
) -> None:
    """Record what happened to a household on its own thread."""
    record(
        name=name,
        subject=Ref(kind=queries.HOUSEHOLD, id=household.pk),
        trace=household.trace,
        actor=actor,
        at=at,
        community_id=household.community_id,
        facts=facts,
    )


def _kept(household_id: int, actor: Actor) -> Household:
    household = queries.get_household(actor=actor, household_id=household_id)
    if household.until_date is not None:
        raise NotFound
    must_keep(actor=actor, row=household)
    return household


def _must_be_empty(household: Household) -> None:
    total = household.residents.filter(until_date=None).count()
    if total:
        raise SomebodyLivesThere(total=total)


def _status(status: str) -> str:
    if status not in HouseholdStatus.values:
        raise StatusUnknown
    return status
