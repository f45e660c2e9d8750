"""The party's units: entered, corrected, hung elsewhere, ended."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language.normal import is_blank_text, tidy
from linli.people import events, queries
from linli.people.models import Account, PartyLevel, PartyUnit
from linli.people.queries.party import GRID_LEVELS
from linli.people.services.households import ChangedMeanwhile
from linli.territory.models import Area, Building

UNDER: dict[str, tuple[str, ...]] = {
    "COMMITTEE": ("",),
    "GENERAL_BRANCH": ("", "COMMITTEE"),
    "BRANCH": ("", "COMMITTEE", "GENERAL_BRANCH"),
    "GROUP": ("BRANCH",),
}
"""Under what a unit of each level stands; empty: it may be the top. The database holds the same."""

UNIT_NAME_LENGTH_MAX = 60


class PartyNotYours(NotEntitled):
    """Somebody sees the tree and does not keep it."""

    sentence = _("Party units are kept by the community’s secretary.")


class UnitNameMissing(Invalid):
    """A unit nobody could name."""

    sentence = _("Please enter the unit’s name, in at most 60 characters.")
    field = "name"


class UnitNameTaken(Refused):
    """Two units of one community cannot be told apart."""

    sentence = _("There is a unit of this name already. Please open that one, or choose another.")
    field = "name"


class UnitLevelUnknown(Invalid):
    """Not one of the four."""

    sentence = _("Please choose what kind of unit it is.")
    field = "level"


class UnitParentWrong(Invalid):
    """A group stands under a branch, a branch under a general branch or the committee."""

    sentence = _(
        "Please choose what it stands under: a group under a branch, a branch under a general "
        "branch or the committee. Only one unit of a community stands at the top."
    )
    field = "parent"


class UnitPlaceWrong(Invalid):
    """Not a grid or building of the community."""

    sentence = _("Please choose a grid and buildings of this community.")
    field = "area"


class UnitSecretaryWrong(Invalid):
    """Not somebody who works for the community."""

    sentence = _("Please choose somebody who has an account and a role in this community.")
    field = "secretary"


class UnitNotEmpty(Refused):
    """What hangs on a unit must go elsewhere before it ends."""

    sentence = _(
        "Units under it: %(units)s, members: %(members)s. Please move them to another unit first."
    )


class PartyDayInvalid(Invalid):
    """In the future, or before they came."""

    sentence = _("This day is in the future, or before they came.")
    field = "on"


@transaction.atomic
def add_party_unit(
    *,
    community_id: int,
    level: str,
    name: str,
    actor: Actor,
    at: datetime,
    parent_id: int | None = None,
    area_id: int | None = None,
    building_ids: Collection[int] = (),
    secretary_id: int | None = None,
    grids_by: str = "",
    from_date: date | None = None,
) -> PartyUnit:
    """Put a unit into a community's tree.

    :raises NotFound: when there is no such community, or not for this person.
    :raises PartyNotYours: when they do not keep its tree.
    :raises UnitLevelUnknown, UnitNameMissing, UnitParentWrong, UnitPlaceWrong, UnitNameTaken,
        UnitSecretaryWrong: for what was chosen.
    """
    tree = queries.party_tree(actor=actor, community_id=community_id)
    if not tree.may_keep:
        raise PartyNotYours
    if level not in PartyLevel.values:
        raise UnitLevelUnknown
    # The community's row is the queue of those who change its tree.
    Area.objects.select_for_update().get(pk=community_id)
    parent = _parent(community_id, level, parent_id)
    unit = PartyUnit(
        community_id=community_id,
        level=level,
        parent=parent,
        parent_level="" if parent is None else parent.level,
        name=_unit_name(name),
        area=_area(community_id, area_id),
        secretary=_secretary(community_id, secretary_id, at),
        grids_by=_grids_by(grids_by, parent),
        from_date=from_date or queries.local_day(at=at),
    )
    _save_unit(unit)
    unit.buildings.set(_buildings(community_id, building_ids))
    _tell_unit(unit, events.PARTY_UNIT_ADDED, actor, at, level=level, parent_id=parent_id)
    return unit


@transaction.atomic
def edit_party_unit(
    *,
    unit_id: int,
    name: str,
    actor: Actor,
    at: datetime,
    parent_id: int | None = None,
    area_id: int | None = None,
    building_ids: Collection[int] = (),
    secretary_id: int | None = None,
    grids_by: str = "",
    version: int | None = None,
) -> PartyUnit:
    """Correct a unit's name, place and secretary, and what it stands under; its level stays.

    :raises ChangedMeanwhile: when `version` is no longer the one that stands.
    :raises PartyNotYours, UnitNameMissing, UnitParentWrong, UnitPlaceWrong, UnitNameTaken,
        UnitSecretaryWrong: as `add_party_unit`.
    """
    unit = _kept_unit(unit_id, actor)
    parent = _parent(unit.community_id, unit.level, parent_id, besides=unit)
    columns: dict[str, Any] = {
        "name": _unit_name(name),
        "parent": parent,
        "parent_level": "" if parent is None else parent.level,
        "area": _area(unit.community_id, area_id),
        "secretary": _secretary(unit.community_id, secretary_id, at),
        "grids_by": _grids_by(grids_by, parent),
    }
    known = unit.version if version is None else version
    rows = PartyUnit.objects.filter(pk=unit.pk, version=known, until_date=None)
    try:
        with transaction.atomic():
            is_changed = rows.update(**columns, version=F("version") + 1)
    except IntegrityError as error:
        raise UnitNameTaken from error
    if not is_changed:
        raise ChangedMeanwhile
    changed = [column for column, value in columns.items() if getattr(unit, column) != value]
    unit.refresh_from_db()
    unit.buildings.set(_buildings(unit.community_id, building_ids))
    _tell_unit(unit, events.PARTY_UNIT_CHANGED, actor, at, fields=changed)
    return unit


@transaction.atomic
def end_party_unit(*, unit_id: int, on: date, actor: Actor, at: datetime) -> PartyUnit:
    """End a unit under which nothing hangs any more.

    :raises UnitNotEmpty: when units stand under it, or members belong to it.
    :raises PartyDayInvalid: when the day is in the future, or before it began.
    """
    unit = _kept_unit(unit_id, actor)
    units = unit.children.filter(until_date=None).count()
    members = unit.members.filter(until_date=None).count()
    if units or members:
        raise UnitNotEmpty(units=units, members=members)
    must_be_past(on, at, since=unit.from_date)
    PartyUnit.objects.filter(pk=unit.pk).update(until_date=on, version=F("version") + 1)
    unit.refresh_from_db(fields=["until_date", "version"])
    _tell_unit(unit, events.PARTY_UNIT_ENDED, actor, at, on=on.isoformat())
    return unit


def _kept_unit(unit_id: int, actor: Actor) -> PartyUnit:
    tree, node = queries.party_unit(actor=actor, unit_id=unit_id)
    if not tree.may_keep:
        raise PartyNotYours
    Area.objects.select_for_update().get(pk=tree.community.pk)
    return node.unit


def _parent(
    community_id: int, level: str, parent_id: int | None, *, besides: PartyUnit | None = None
) -> PartyUnit | None:
    parent = None
    if parent_id is not None:
        parent = PartyUnit.objects.filter(
            pk=parent_id, community_id=community_id, until_date=None
        ).first()
        if parent is None:
            raise UnitParentWrong
    if ("" if parent is None else parent.level) not in UNDER[level]:
        raise UnitParentWrong
    top = PartyUnit.objects.filter(community_id=community_id, parent=None, until_date=None)
    if parent is None and top.exclude(pk=0 if besides is None else besides.pk).exists():
        raise UnitParentWrong
    return parent


def _save_unit(unit: PartyUnit) -> None:
    try:
        with transaction.atomic():
            unit.save(force_insert=True)
    except IntegrityError as error:
        raise UnitNameTaken from error


def _unit_name(name: str) -> str:
    plain = tidy(text=name)
    if is_blank_text(text=plain) or len(plain) > UNIT_NAME_LENGTH_MAX:
        raise UnitNameMissing
    return plain


def _area(community_id: int, area_id: int | None) -> Area | None:
    if area_id is None:
        return None
    rows = Area.objects.filter(community_id=community_id, level__in=GRID_LEVELS, ended_at=None)
    area = rows.filter(pk=area_id).first()
    if area is None:
        raise UnitPlaceWrong
    return area


def _buildings(community_id: int, building_ids: Collection[int]) -> list[Building]:
    rows = Building.objects.filter(grid__community_id=community_id, pk__in=building_ids)
    found = list(rows.filter(ended_at=None))
    if len(found) != len(set(building_ids)):
        raise UnitPlaceWrong(field="buildings")
    return found


def _secretary(community_id: int, account_id: int | None, at: datetime) -> Account | None:
    """Return who keeps the unit's members: somebody who works for the community."""
    if account_id is None:
        return None
    for account in queries.accounts_in(community_id=community_id, at=at):
        if account.pk == account_id:
            return account
    raise UnitSecretaryWrong


def _grids_by(level: str, parent: PartyUnit | None) -> str:
    if level not in ("", PartyLevel.BRANCH, PartyLevel.GROUP):
        raise UnitLevelUnknown(field="grids_by")
    return level if parent is None else ""


def _tell_unit(unit: PartyUnit, name: str, actor: Actor, at: datetime, **facts: Any) -> None:
    record(
        name=name,
        subject=Ref(kind=queries.PARTY_UNIT, id=unit.pk),
        trace=unit.trace,
        actor=actor,
        at=at,
        community_id=unit.community_id,
        facts=facts,
    )


def must_be_past(on: date, at: datetime, *, since: date | None = None, field: str = "on") -> None:
    """Refuse a day in the future, or before something began.

    :raises PartyDayInvalid: with the form field that holds the day.
    """
    if on > queries.local_day(at=at) or (since is not None and on < since):
        raise PartyDayInvalid(field=field)
