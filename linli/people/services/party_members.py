"""Who belongs to which party unit: entered, corrected, moved, ended; never why."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language.normal import is_blank_text, tidy
from linli.people import events, queries
from linli.people.models import (
    KindUse,
    OwnKind,
    PartyMember,
    PartyMemberKind,
    PartyUnit,
    Resident,
)
from linli.people.personal import NAME_LENGTH_MAX, plain_label
from linli.people.queries.party import NAME_FIELD
from linli.people.services.households import ChangedMeanwhile
from linli.people.services.party import must_be_past
from linli.territory.models import Area, Level


class PartyMembersNotYours(NotEntitled):
    """Somebody sees the unit, and not who belongs to it."""

    sentence = _("The members of a unit are kept by its own secretary and the community’s.")


class MemberKindUnknown(Invalid):
    """Not one of the five."""

    sentence = _("Please choose what kind of member they are.")
    field = "kind"


class MemberUnitWrong(Invalid):
    """A committee and a general branch have branches, not members."""

    sentence = _("Members belong to a branch or a group. Please choose one.")
    field = "unit"


class MemberNameMissing(Invalid):
    """Neither a resident nor a name."""

    sentence = _("Please choose a resident, or enter the name of somebody in service elsewhere.")
    field = "name"


class MemberNotInService(Invalid):
    """Only somebody in service elsewhere is not on the roster."""

    sentence = _(
        "Only a member in service may be entered by name alone. Please put others on the roster of "
        "residents first, then choose them here."
    )
    field = "kind"


class MemberGridMissing(Invalid):
    """Everybody on the net has a grid."""

    sentence = _("Please choose the grid in which they serve.")
    field = "grid"


class DutyUnknown(Invalid):
    """Not one of the community's."""

    sentence = _("Please choose from the community’s kinds.")
    field = "duties"


class MemberAlready(Refused):
    """Nobody belongs to two units."""

    sentence = _("They belong to a unit already. Please move them there instead.")


@transaction.atomic
def add_party_member(
    *,
    unit_id: int,
    kind: str,
    actor: Actor,
    at: datetime,
    resident_id: int | None = None,
    name: str = "",
    employer: str = "",
    grid_id: int | None = None,
    from_date: date | None = None,
) -> PartyMember:
    """Let somebody belong to a unit: a resident, or by name somebody in service elsewhere.

    Without `grid_id` they serve where they live, else in the grid of their unit.

    :raises NotFound: when unit or resident are not this person's to see.
    :raises PartyMembersNotYours: when they do not keep the unit.
    :raises MemberKindUnknown, MemberUnitWrong, MemberNameMissing, MemberNotInService,
        MemberGridMissing, PartyDayInvalid: for what was entered.
    :raises MemberAlready: when they belong to a unit.
    """
    unit = _unit_of_members(unit_id, actor)
    if kind not in PartyMemberKind.values:
        raise MemberKindUnknown
    today = queries.local_day(at=at)
    since = from_date or today
    must_be_past(since, at, field="from_date")
    resident = None if resident_id is None else _resident(resident_id, unit, actor)
    member = PartyMember(
        unit=unit,
        community_id=unit.community_id,
        grid=_grid(unit, grid_id, resident),
        kind=kind,
        resident=resident,
        employer=plain_label(text=employer),
        from_date=since,
    )
    if resident is None:
        _seal_name(member, name)
    try:
        with transaction.atomic():
            member.save(force_insert=True)
    except IntegrityError as error:
        raise MemberAlready from error
    _tell_member(member, events.PARTY_MEMBER_ADDED, actor, at, unit_id=unit.pk)
    return member


@transaction.atomic
def edit_party_member(
    *,
    member_id: int,
    kind: str,
    grid_id: int | None,
    actor: Actor,
    at: datetime,
    employer: str = "",
    duty_ids: Collection[int] | None = None,
    version: int | None = None,
) -> PartyMember:
    """Correct a member's kind, grid, employer, and what they do there; None leaves the duties.

    :raises ChangedMeanwhile: when `version` is no longer the one that stands.
    :raises MemberKindUnknown, MemberNotInService, MemberGridMissing, DutyUnknown: for what was
        chosen.
    """
    member = _kept_member(member_id, actor)
    if kind not in PartyMemberKind.values:
        raise MemberKindUnknown
    if member.resident_id is None and kind != PartyMemberKind.IN_SERVICE:
        raise MemberNotInService
    columns: dict[str, Any] = {
        "kind": kind,
        "grid": _grid(member.unit, grid_id, member.resident),
        "employer": plain_label(text=employer),
    }
    changed = [column for column, value in columns.items() if getattr(member, column) != value]
    duties = None if duty_ids is None else _duties(member, duty_ids)
    _update_member(member, version, **columns)
    if duties is not None:
        member.duties.set(duties)
    _tell_member(member, events.PARTY_MEMBER_CHANGED, actor, at, fields=changed)
    return member


@transaction.atomic
def move_party_member(
    *, member_id: int, unit_id: int, on: date, actor: Actor, at: datetime
) -> PartyMember:
    """Let a member belong to another unit of the community; their thread says where they were.

    :raises PartyMembersNotYours: when this person does not keep the other unit.
    :raises MemberUnitWrong, PartyDayInvalid: for what was chosen.
    """
    member = _kept_member(member_id, actor)
    unit = _unit_of_members(unit_id, actor)
    if unit.community_id != member.community_id or unit.pk == member.unit_id:
        raise MemberUnitWrong
    must_be_past(on, at, since=member.from_date)
    left = member.unit_id
    _update_member(member, None, unit=unit)
    _tell_member(
        member,
        events.PARTY_MEMBER_MOVED,
        actor,
        at,
        from_id=left,
        to_id=unit.pk,
        on=on.isoformat(),
    )
    return member


@transaction.atomic
def end_party_member(*, member_id: int, on: date, actor: Actor, at: datetime) -> PartyMember:
    """Say that somebody no longer belongs here; why is not asked and not kept.

    :raises PartyDayInvalid: when the day is in the future, or before they came.
    """
    member = _kept_member(member_id, actor)
    must_be_past(on, at, since=member.from_date)
    _update_member(member, None, until_date=on)
    _tell_member(member, events.PARTY_MEMBER_ENDED, actor, at, on=on.isoformat())
    return member


def follow_resident(
    *, resident: Resident, on: date, actor: Actor, at: datetime, into: Resident | None = None
) -> None:
    """Let a membership follow a resident who died, or whose two entries became one."""
    for member in PartyMember.objects.filter(resident=resident, until_date=None):
        has_own = (
            into is None or PartyMember.objects.filter(resident=into, until_date=None).exists()
        )
        if has_own:
            _update_member(member, None, until_date=max(on, member.from_date))
            _tell_member(member, events.PARTY_MEMBER_ENDED, actor, at, on=on.isoformat())
        else:
            _update_member(member, None, resident=into)
            _tell_member(member, events.PARTY_MEMBER_CHANGED, actor, at, fields=["resident"])


def _unit_of_members(unit_id: int, actor: Actor) -> PartyUnit:
    """Return a unit whose members this person keeps; nobody ends it meanwhile."""
    _tree, node = queries.party_unit(actor=actor, unit_id=unit_id)
    if not node.is_whole:
        raise PartyMembersNotYours
    Area.objects.select_for_update().get(pk=node.unit.community_id)
    unit = PartyUnit.objects.filter(pk=unit_id, until_date=None).select_related("area").first()
    if unit is None:
        raise NotFound
    if not node.takes_members:
        raise MemberUnitWrong
    return unit


def _kept_member(member_id: int, actor: Actor) -> PartyMember:
    _node, row = queries.get_party_member(actor=actor, member_id=member_id)
    return row.member


def _grid(unit: PartyUnit, grid_id: int | None, resident: Resident | None) -> Area:
    """Return the grid that was chosen, else the one somebody lives in, else their unit's."""
    if grid_id is None:
        lives_in = None if resident is None else resident.grid_id
        grid_id = lives_in or grid_of_unit(unit=unit)
    grid = Area.objects.filter(
        pk=grid_id or 0, community_id=unit.community_id, level=Level.GRID, ended_at=None
    ).first()
    if grid is None:
        raise MemberGridMissing
    return grid


def _duties(member: PartyMember, duty_ids: Collection[int]) -> list[OwnKind]:
    rows = OwnKind.objects.filter(
        community_id=member.community_id, use=KindUse.DUTY, ended_at=None, pk__in=duty_ids
    )
    found = list(rows)
    if len(found) != len(set(duty_ids)):
        raise DutyUnknown
    return found


def grid_of_unit(*, unit: PartyUnit) -> int | None:
    """Return the one grid in which a unit or its buildings stand, else that of the unit above."""
    if unit.area is not None and (unit.area.is_grid or unit.area.grid_id is not None):
        return unit.area.pk if unit.area.is_grid else unit.area.grid_id
    grids = set(unit.buildings.values_list("grid_id", flat=True))
    if len(grids) == 1:
        return grids.pop()
    return None if unit.parent is None else grid_of_unit(unit=unit.parent)


def _resident(resident_id: int, unit: PartyUnit, actor: Actor) -> Resident:
    resident = queries.get_resident(actor=actor, resident_id=resident_id)
    if resident.until_date is not None or resident.community_id != unit.community_id:
        raise NotFound
    return resident


def _seal_name(member: PartyMember, name: str) -> None:
    plain = tidy(text=name)[:NAME_LENGTH_MAX]
    if is_blank_text(text=plain):
        raise MemberNameMissing
    if member.kind != PartyMemberKind.IN_SERVICE:
        raise MemberNotInService
    row = str(member.row_key)
    member.name_sealed = crypto.seal(value=plain, field=NAME_FIELD, row=row)
    member.name_digest = crypto.digest(value=plain, field=NAME_FIELD)


def _update_member(member: PartyMember, version: int | None, **columns: Any) -> None:
    known = member.version if version is None else version
    rows = PartyMember.objects.filter(pk=member.pk, version=known, until_date=None)
    if not rows.update(**columns, version=F("version") + 1):
        raise ChangedMeanwhile
    member.refresh_from_db()


def _tell_member(member: PartyMember, name: str, actor: Actor, at: datetime, **facts: Any) -> None:
    """Record what happened to a membership; keys only, not even of what kind it is."""
    record(
        name=name,
        subject=Ref(kind=queries.PARTY_MEMBER, id=member.pk),
        trace=member.row_key,
        actor=actor,
        at=at,
        community_id=member.community_id,
        facts=facts,
    )
