"""Give a role from a day to a day, and take it back."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.people import events, queries
from linli.people.models import Account, Organisation, Role, RoleName
from linli.people.services._recording import record_of_account
from linli.people.workflow import (
    AUTHORITIES,
    BUILDING,
    LEVELS_OF,
    ORGANISATION,
    Held,
    Spot,
    may_give,
)
from linli.territory.models import Area, Building


class RoleNeedsPlace(Invalid):
    """A role without a scope, or at a place of a level where it cannot be held."""

    sentence = _("This role has to be held at a place or in an organisation that fits it.")
    field = "place"


class RoleDatesInvalid(Invalid):
    """It would end before it begins, or begin in the past."""

    sentence = _("A role begins today or later and does not end before it begins.")
    field = "until_date"


class RoleAlreadyHeld(Refused):
    """The same role at the same place on some of the same days."""

    sentence = _("This person already holds this role here on some of these days.")
    field = "role"


class RoleNotYoursToGive(NotEntitled):
    """Somebody tries to give, or take, what is not theirs to give."""

    sentence = _("You cannot give or take back this role here. Please ask whoever is above it.")
    field = "role"


class LastSecretary(Refused):
    """Without a secretary nobody could give a role in the community any more."""

    sentence = _(
        "This is the community's only secretary. "
        "First give the role to whoever follows, then end this one."
    )


@transaction.atomic
def give_role(
    *,
    account_id: int,
    role: str,
    actor: Actor,
    at: datetime,
    area_id: int | None = None,
    building_id: int | None = None,
    organisation_id: int | None = None,
    from_date: date | None = None,
    until_date: date | None = None,
) -> Role:
    """Give an account a role at one area, building or organisation; both days are included.

    :raises NotFound: when the account is closed or unknown.
    :raises RoleNeedsPlace: when the place is missing, has ended, or does not fit the role.
    :raises RoleDatesInvalid: when the days do not make sense.
    :raises RoleNotYoursToGive: when the actor may not give this role there.
    :raises RoleAlreadyHeld: when it is already held on some of the days.
    """
    account = Account.objects.select_for_update().filter(pk=account_id, is_active=True).first()
    if account is None:
        raise NotFound
    spot = find_spot(
        role=role, area_id=area_id, building_id=building_id, organisation_id=organisation_id
    )
    today = queries.local_day(at=at)
    first = from_date or today
    if (first < today and not actor.is_system) or (until_date is not None and until_date < first):
        raise RoleDatesInvalid
    _must_be_theirs(actor=actor, account_id=account_id, held=Held(role=role, spot=spot))
    place: dict[str, Any] = {
        "area_id": area_id,
        "building_id": building_id,
        "organisation_id": organisation_id,
    }
    held = Role.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=first),
        account_id=account_id,
        name=role,
        **place,
    )
    if until_date is not None:
        held = held.filter(from_date__lte=until_date)
    if held.exists():
        raise RoleAlreadyHeld
    try:
        with transaction.atomic():
            given = Role.objects.create(
                account=account,
                name=role,
                from_date=first,
                until_date=until_date,
                given_by=actor.key,
                **place,
            )
    except IntegrityError as error:
        raise RoleAlreadyHeld from error
    record_of_account(
        account=account,
        name=events.ROLE_GIVEN,
        actor=actor,
        at=at,
        community_id=spot.community_id,
        facts=_facts(given),
    )
    return given


@transaction.atomic
def end_role(*, role_id: int, actor: Actor, at: datetime, last_date: date | None = None) -> Role:
    """End a role after `last_date`, which is today unless said otherwise; return it.

    Yesterday as the last day takes it back at once. A role of which no day is left is taken out;
    the events keep that it was given.

    :raises NotFound: when there is no such role, or it has already ended.
    :raises RoleNotYoursToGive: when the actor may not take it back.
    :raises LastSecretary: when nobody else would be the community's secretary.
    """
    role = Role.objects.select_for_update().filter(pk=role_id).first()
    today = queries.local_day(at=at)
    last = last_date or today
    if role is None or (role.until_date is not None and role.until_date < today):
        raise NotFound
    held = queries.held_by(role=role)
    if not may_give(actor=actor, held=held):
        raise RoleNotYoursToGive
    if last < today - timedelta(days=1) or (role.until_date is not None and last > role.until_date):
        raise RoleDatesInvalid
    must_leave_a_secretary(role=role, after=last)
    facts = _facts(role)
    if role.from_date > last:
        role.delete()
    else:
        role.until_date = last
        role.save(update_fields=["until_date"])
    record_of_account(
        account=Account.objects.get(pk=role.account_id),
        name=events.ROLE_ENDED,
        actor=actor,
        at=at,
        community_id=held.spot.community_id,
        facts={**facts, "role_id": role_id, "until": last.isoformat()},
    )
    return role


def find_spot(
    *, role: str, area_id: int | None, building_id: int | None, organisation_id: int | None
) -> Spot:
    """Return where a role is to be held.

    :raises RoleNeedsPlace: when there is no place, several, an ended one, or one that does not fit.
    """
    named = [key for key in (area_id, building_id, organisation_id) if key is not None]
    if role not in RoleName.values or len(named) != 1:
        raise RoleNeedsPlace
    spot: Spot | None = None
    if area_id is not None:
        area = Area.objects.filter(pk=area_id, ended_at__isnull=True).first()
        if area is not None:
            spot = queries.spot_of(level=area.level, area_id=area_id, above=_above(area))
    elif building_id is not None:
        buildings = Building.objects.filter(pk=building_id, ended_at__isnull=True)
        buildings = buildings.select_related("estate__community")
        for building in buildings:
            above = [*_above(building.estate.community)[:3], building.estate.community_id]
            spot = queries.spot_of(level=BUILDING, building_id=building_id, above=above)
    elif organisation_id is not None:
        organisations = Organisation.objects.filter(pk=organisation_id, ended_at__isnull=True)
        for organisation in organisations.select_related("community"):
            above = [*_above(organisation.community)[:3], organisation.community_id]
            spot = queries.spot_of(level=ORGANISATION, organisation_id=organisation_id, above=above)
    if spot is None or spot.level not in LEVELS_OF[role]:
        raise RoleNeedsPlace
    return spot


def must_leave_a_secretary(*, role: Role, after: date) -> None:
    """Refuse to end the role of a community's only secretary.

    :raises LastSecretary: when on the day after `after` nobody would hold the role.
    """
    if role.name != RoleName.SECRETARY or role.area_id is None:
        return
    day = after + timedelta(days=1)
    others = Role.objects.filter(
        Q(until_date__isnull=True) | Q(until_date__gte=day),
        name=RoleName.SECRETARY,
        area_id=role.area_id,
        from_date__lte=day,
        account__is_active=True,
    )
    if not others.exclude(account_id=role.account_id).exists():
        raise LastSecretary


def _above(area: Area) -> list[int | None]:
    return [area.city_id, area.district_id, area.subdistrict_id, area.community_id]


def _must_be_theirs(*, actor: Actor, account_id: int, held: Held) -> None:
    """Refuse what is above the actor, and authority that the actor takes for themselves."""
    to_self = account_id in actor.account_ids and held.role in AUTHORITIES
    if to_self or not may_give(actor=actor, held=held):
        raise RoleNotYoursToGive


def _facts(role: Role) -> dict[str, Any]:
    return {
        "role_id": role.pk,
        "role": role.name,
        "area_id": role.area_id,
        "building_id": role.building_id,
        "organisation_id": role.organisation_id,
        "from": role.from_date.isoformat(),
        "until": None if role.until_date is None else role.until_date.isoformat(),
    }
