"""Kinds of people, teams of grids, and patches that somebody takes care of."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.core.events import record
from linli.core.ref import Ref
from linli.language.normal import is_blank_text, tidy
from linli.people import events, queries
from linli.people.models import (
    FilledBy,
    KindUse,
    OwnKind,
    Patch,
    PatchClaim,
    Resident,
    TeamMember,
)
from linli.people.services._recording import thread_of
from linli.people.services.never_kept import refuse_kind
from linli.people.workflow import keeps_registers
from linli.territory.models import Area, Level

KIND_LENGTH_MAX = 30
PATCH_LENGTH_MAX = 60


class KindsNotYours(NotEntitled):
    """The community's own words are kept by its office."""

    sentence = _("Kinds of people are kept by the community’s office.")


class KindNameMissing(Invalid):
    """A kind nobody could name."""

    sentence = _("Please enter a name of at most 30 characters.")
    field = "name"


class KindNameTaken(Refused):
    """The same kind twice."""

    sentence = _("There is a kind of this name already.")
    field = "name"


class KindUnknown(Invalid):
    """Not one of the community's kinds."""

    sentence = _("Please choose one of the community’s kinds.")
    field = "kind"


class TeamNotYours(NotEntitled):
    """Read, not kept."""

    sentence = _("Teams and patches are kept by the grid’s own people and the office.")


class PersonMissing(Invalid):
    """Neither an account nor a resident, or both."""

    sentence = _("Please choose somebody: an account, or a resident.")
    field = "account"


class StandsThereAlready(Refused):
    """The same form sent twice."""

    sentence = _("They stand there already, as the same kind.")


class PatchNameMissing(Invalid):
    """A patch nobody could name."""

    sentence = _("Please say which patch it is, in at most 60 characters.")
    field = "name"


class PatchNameTaken(Refused):
    """Two patches of one grid cannot be told apart."""

    sentence = _("This grid has a patch of this name already.")
    field = "name"


# --- Kinds --------------------------------------------------------------------------------------


@transaction.atomic
def add_kind(
    *,
    community_id: int,
    use: str,
    name: str,
    actor: Actor,
    at: datetime,
    filled_by: str = "",
) -> OwnKind:
    """Name a kind of people, at the end of the list.

    :raises KindsNotYours: when this person does not keep the community's registers.
    :raises KindUnknown, KindNameMissing, KindNameTaken: for what was typed.
    :raises ListNeverKept: when such persons must not be listed.
    """
    if not keeps_registers(actor=actor, community_id=community_id):
        raise KindsNotYours
    if use not in KindUse.values:
        raise KindUnknown(field="use")
    position = OwnKind.objects.filter(community_id=community_id, use=use).count()
    kind = OwnKind(
        community_id=community_id,
        use=use,
        name=_kind_name(name),
        filled_by=_filled_by(use, filled_by),
        position=position,
    )
    try:
        with transaction.atomic():
            kind.save(force_insert=True)
    except IntegrityError as error:
        raise KindNameTaken from error
    _tell_kind(kind, events.KIND_ADDED, actor, at)
    return kind


@transaction.atomic
def edit_kind(
    *, kind_id: int, name: str, actor: Actor, at: datetime, filled_by: str = ""
) -> OwnKind:
    """Call a kind otherwise, or say which role fills it.

    :raises NotFound: when it is not this person's to keep.
    :raises KindNameMissing, KindNameTaken, ListNeverKept: for what was typed.
    """
    kind = queries.get_own_kind(actor=actor, kind_id=kind_id)
    columns = {"name": _kind_name(name), "filled_by": _filled_by(kind.use, filled_by)}
    try:
        with transaction.atomic():
            OwnKind.objects.filter(pk=kind.pk).update(**columns)
    except IntegrityError as error:
        raise KindNameTaken from error
    kind.refresh_from_db()
    _tell_kind(kind, events.KIND_CHANGED, actor, at)
    return kind


@transaction.atomic
def end_kind(*, kind_id: int, actor: Actor, at: datetime) -> None:
    """Take a kind out of use; who stood as one stays on record and is not shown any more.

    :raises NotFound: when it is not this person's to keep.
    """
    kind = queries.get_own_kind(actor=actor, kind_id=kind_id)
    OwnKind.objects.filter(pk=kind.pk).update(ended_at=at)
    _tell_kind(kind, events.KIND_ENDED, actor, at)


# --- Teams --------------------------------------------------------------------------------------


@transaction.atomic
def join_team(
    *,
    grid_id: int,
    kind_id: int,
    actor: Actor,
    at: datetime,
    account_id: int | None = None,
    resident_id: int | None = None,
) -> TeamMember:
    """Let somebody belong to the team of a grid.

    :raises NotFound: when grid or resident are not this person's to see.
    :raises TeamNotYours: when they do not keep the grid.
    :raises KindUnknown, PersonMissing, StandsThereAlready: for what was chosen.
    """
    grid = _kept_grid(grid_id, actor)
    row = TeamMember(
        grid=grid, from_date=queries.local_day(at=at), kind=_kind(grid, KindUse.TEAM, kind_id)
    )
    _put(row, grid, account_id, resident_id, actor, at)
    _tell(row, events.TEAM_JOINED, grid, actor, at, grid_id=grid.pk, kind_id=kind_id)
    return row


@transaction.atomic
def leave_team(*, team_member_id: int, actor: Actor, at: datetime) -> None:
    """End that somebody belongs to a team; it stays on record.

    :raises NotFound: when they do not, or it is not this person's to say.
    """
    rows = TeamMember.objects.filter(pk=team_member_id, until_date=None)
    row = rows.select_related("grid").first()
    if row is None:
        raise NotFound
    _kept_grid(row.grid_id, actor)
    _end(row, events.TEAM_LEFT, row.grid, queries.local_day(at=at), actor, at)


# --- Patches ------------------------------------------------------------------------------------


@transaction.atomic
def add_patch(*, grid_id: int, name: str, actor: Actor, at: datetime) -> Patch:
    """Name a patch of a grid, for people to claim.

    :raises NotFound, TeamNotYours: as `join_team`.
    :raises PatchNameMissing, PatchNameTaken: for what was typed.
    """
    grid = _kept_grid(grid_id, actor)
    assert grid.community_id is not None  # The database holds it of every grid.
    patch = Patch(community_id=grid.community_id, grid=grid, name=_patch_name(name))
    try:
        with transaction.atomic():
            patch.save(force_insert=True)
    except IntegrityError as error:
        raise PatchNameTaken from error
    _tell(patch, events.PATCH_ADDED, grid, actor, at, grid_id=grid.pk)
    return patch


@transaction.atomic
def rename_patch(*, patch_id: int, name: str, actor: Actor, at: datetime) -> Patch:
    """Call a patch otherwise; who takes care of it stays.

    :raises NotFound, TeamNotYours: as `join_team`.
    :raises PatchNameMissing, PatchNameTaken: for what was typed.
    """
    patch = _kept_patch(patch_id, actor)
    said = _patch_name(name)
    if said == patch.name:
        return patch
    try:
        with transaction.atomic():
            Patch.objects.filter(pk=patch.pk, ended_at=None).update(name=said)
    except IntegrityError as error:
        raise PatchNameTaken from error
    patch.name = said
    _tell(patch, events.PATCH_RENAMED, patch.grid, actor, at)
    return patch


@transaction.atomic
def end_patch(*, patch_id: int, actor: Actor, at: datetime) -> None:
    """Take a patch out of use, and the claims on it."""
    patch = _kept_patch(patch_id, actor)
    today = queries.local_day(at=at)
    for claim in PatchClaim.objects.filter(patch=patch, until_date=None):
        _end(claim, events.PATCH_RELEASED, patch.grid, today, actor, at)
    Patch.objects.filter(pk=patch.pk).update(ended_at=at)
    _tell(patch, events.PATCH_ENDED, patch.grid, actor, at)


@transaction.atomic
def claim_patch(
    *,
    patch_id: int,
    kind_id: int,
    actor: Actor,
    at: datetime,
    account_id: int | None = None,
    resident_id: int | None = None,
) -> PatchClaim:
    """Say that somebody takes care of a patch. A second one of the kind is let in, and flagged.

    :raises NotFound, TeamNotYours, KindUnknown, PersonMissing, StandsThereAlready: as `join_team`.
    """
    patch = _kept_patch(patch_id, actor)
    row = PatchClaim(
        patch=patch,
        from_date=queries.local_day(at=at),
        kind=_kind(patch.grid, KindUse.PATCH, kind_id),
    )
    _put(row, patch.grid, account_id, resident_id, actor, at)
    _tell(row, events.PATCH_CLAIMED, patch.grid, actor, at, patch_id=patch.pk, kind_id=kind_id)
    return row


@transaction.atomic
def release_patch(*, claim_id: int, actor: Actor, at: datetime) -> None:
    """End that somebody takes care of a patch.

    :raises NotFound: when they do not, or it is not this person's to say.
    """
    rows = PatchClaim.objects.filter(pk=claim_id, until_date=None)
    claim = rows.select_related("patch__grid").first()
    if claim is None:
        raise NotFound
    _kept_grid(claim.patch.grid_id, actor)
    today = queries.local_day(at=at)
    _end(claim, events.PATCH_RELEASED, claim.patch.grid, today, actor, at)


def follow_departed(
    *, resident: Resident, on: date, actor: Actor, at: datetime, into: Resident | None = None
) -> None:
    """End where somebody stood who left the roster; the entry that stands takes their place."""
    teams = TeamMember.objects.filter(resident=resident, until_date=None).select_related("grid")
    for row in teams:
        if not _taken_over(row, into):
            _end(row, events.TEAM_LEFT, row.grid, on, actor, at)
    claims = PatchClaim.objects.filter(resident=resident, until_date=None)
    for claim in claims.select_related("patch__grid"):
        if not _taken_over(claim, into):
            _end(claim, events.PATCH_RELEASED, claim.patch.grid, on, actor, at)


def _taken_over(row: TeamMember | PatchClaim, into: Resident | None) -> bool:
    """Let another entry of the same person stand there, unless it does already."""
    if into is None:
        return False
    try:
        with transaction.atomic():
            return bool(type(row).objects.filter(pk=row.pk).update(resident=into))
    except IntegrityError:
        return False


# --- What they stand on ---------------------------------------------------------------------------


def _kept_grid(grid_id: int, actor: Actor) -> Area:
    grid = Area.objects.filter(pk=grid_id, level=Level.GRID, ended_at=None).first()
    if grid is None or not queries.sees_people_of(actor=actor, grid=grid):
        raise NotFound
    if not queries.sees_people_of(actor=actor, grid=grid, keeping=True):
        raise TeamNotYours
    return grid


def _kept_patch(patch_id: int, actor: Actor) -> Patch:
    row = queries.get_patch(actor=actor, patch_id=patch_id)
    _kept_grid(row.patch.grid_id, actor)
    return row.patch


def _kind(grid: Area, use: KindUse, kind_id: int) -> OwnKind:
    rows = OwnKind.objects.filter(community_id=grid.community_id, use=use, ended_at=None)
    kind = rows.filter(pk=kind_id).first()
    if kind is None:
        raise KindUnknown
    return kind


def _put(
    row: TeamMember | PatchClaim,
    grid: Area,
    account_id: int | None,
    resident_id: int | None,
    actor: Actor,
    at: datetime,
) -> None:
    """Set who it is: somebody with an account in the community, or a resident; and save it."""
    if (account_id is None) == (resident_id is None):
        raise PersonMissing
    assert grid.community_id is not None  # The database holds it of every grid.
    if resident_id is not None:
        resident = queries.get_resident(actor=actor, resident_id=resident_id)
        if resident.until_date is not None or resident.community_id != grid.community_id:
            raise NotFound
        row.resident = resident
    else:
        known = queries.accounts_in(community_id=grid.community_id, at=at)
        row.account = next((one for one in known if one.pk == account_id), None)
        if row.account is None:
            raise PersonMissing
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise StandsThereAlready from error


def _end(
    row: TeamMember | PatchClaim, name: str, grid: Area, on: date, actor: Actor, at: datetime
) -> None:
    rows = type(row).objects.filter(pk=row.pk, until_date=None)
    if rows.update(until_date=max(on, row.from_date)):
        _tell(row, name, grid, actor, at)


def _kind_name(name: str) -> str:
    plain = tidy(text=name)
    if is_blank_text(text=plain) or len(plain) > KIND_LENGTH_MAX:
        raise KindNameMissing
    refuse_kind(name=name)
    return plain


def _filled_by(use: str, code: str) -> str:
    if code not in ("", *FilledBy.values):
        raise KindUnknown(field="filled_by")
    return code if use == KindUse.TEAM else ""


def _patch_name(name: str) -> str:
    plain = tidy(text=name)
    if is_blank_text(text=plain) or len(plain) > PATCH_LENGTH_MAX:
        raise PatchNameMissing
    return plain


def _tell_kind(kind: OwnKind, name: str, actor: Actor, at: datetime) -> None:
    subject = Ref(kind=queries.OWN_KIND, id=kind.pk)
    record(
        name=name,
        subject=subject,
        trace=thread_of(subject=subject),
        actor=actor,
        at=at,
        community_id=kind.community_id,
        facts={"use": kind.use},
    )


def _tell(
    row: TeamMember | Patch | PatchClaim,
    name: str,
    grid: Area,
    actor: Actor,
    at: datetime,
    **facts: Any,
) -> None:
    """Record what happened on the row's own thread; keys, never who it is."""
    record(
        name=name,
        subject=Ref(kind=f"people.{row._meta.model_name}", id=row.pk),
        trace=row.trace,
        actor=actor,
        at=at,
        community_id=grid.community_id,
        facts=facts,
    )
