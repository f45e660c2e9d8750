"""Teams of grids and patches: who stands where, what kind is missing, what is claimed twice."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.people.models import (
    FilledBy,
    OwnKind,
    PartyMember,
    Patch,
    PatchClaim,
    Role,
    TeamMember,
)
from linli.people.personal import person_of
from linli.people.queries.residents import roster_places_of
from linli.people.queries.today import local_day
from linli.people.workflow import keeps_registers
from linli.territory.models import Area, Level
from linli.territory.scope import communities_open_to

TEAM_MEMBER = "people.teammember"
PATCH = "people.patch"
OWN_KIND = "people.ownkind"
"""How events name them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody who stands somewhere; `id` is the row's, or None for whoever holds a role there."""

    name: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """Those of one kind at one grid or patch; names only for somebody who may read them."""

    kind: OwnKind
    people: tuple[Standing, ...]
    total: int


@dataclass(frozen=True, slots=True)
class TeamRow:
    """The team of one grid."""

    grid: Area
    cells: tuple[Cell, ...]
    may_keep: bool

    @property
    def community_id(self) -> int:
        """Return the community whose grid it is."""
        assert self.grid.community_id is not None  # The database holds it of every grid.
        return self.grid.community_id

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the kinds that nobody stands for."""
        return tuple(cell.kind.name for cell in self.cells if not cell.total)


@dataclass(frozen=True, slots=True)
class PatchRow:
    """A patch with those who take care of it."""

    patch: Patch
    cells: tuple[Cell, ...]
    may_keep: bool

    @property
    def community_id(self) -> int:
        """Return the community whose patch it is."""
        return self.patch.community_id

    @property
    def is_unclaimed(self) -> bool:
        """Tell whether nobody takes care of it."""
        return not any(cell.total for cell in self.cells)

    @property
    def doubled(self) -> tuple[str, ...]:
        """Return the kinds of which more than one claims it."""
        return tuple(cell.kind.name for cell in self.cells if cell.total > 1)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the kinds of which nobody claims it, where some other does."""
        return () if self.is_unclaimed else tuple(c.kind.name for c in self.cells if not c.total)


def open_communities(*, actor: Actor) -> list[Area]:
    """Return the communities that somebody works for or oversees, by code."""
    rows = Area.objects.filter(level=Level.COMMUNITY, ended_at=None).defer("boundary")
    return list(rows.filter(communities_open_to(actor=actor)).order_by("code"))


def get_open_community(*, actor: Actor, community_id: int | None) -> Area:
    """Return one of them, the first where none is named.

    :raises NotFound: when it is not among them.
    """
    for community in open_communities(actor=actor):
        if community_id in (None, community.pk):
            return community
    raise NotFound


def own_kinds(*, community_id: int, use: str) -> list[OwnKind]:
    """Return a community's kinds of one use, in its order."""
    rows = OwnKind.objects.filter(community_id=community_id, use=use, ended_at=None)
    return list(rows.order_by("position", "id"))


def get_own_kind(*, actor: Actor, kind_id: int) -> OwnKind:
    """Return a kind of a community whose registers this person keeps.

    :raises NotFound: when there is none, it has ended, or they do not.
    """
    kind = OwnKind.objects.filter(pk=kind_id, ended_at=None).first()
    if kind is None or not keeps_registers(actor=actor, community_id=kind.community_id):
        raise NotFound
    return kind


def sees_people_of(*, actor: Actor, grid: Area, keeping: bool = False) -> bool:
    """Tell whether somebody reads who stands at a grid, or keeps it."""
    places = roster_places_of(actor=actor, keeping=keeping)
    return (
        actor.is_system
        or grid.community_id in places.get("community_id", ())
        or grid.large_grid_id in places.get("large_grid_id", ())
        or grid.pk in places.get("grid_id", ())
    )


def list_teams(*, actor: Actor, community: Area, at: datetime) -> list[TeamRow]:
    """Return the team of every grid of a community, by code, in five queries."""
    grids = Area.objects.filter(community=community, level=Level.GRID, ended_at=None)
    return _teams(actor, community.pk, list(grids.defer("boundary").order_by("code")), at)


def get_team(*, actor: Actor, grid_id: int, at: datetime) -> TeamRow:
    """Return the team of one grid.

    :raises NotFound: when there is none, or its people are not this person's to see.
    """
    grid = _grid(actor, grid_id)
    assert grid.community_id is not None  # The database holds it of every grid.
    return _teams(actor, grid.community_id, [grid], at)[0]


def role_holders(*, community_id: int, on: date) -> set[tuple[int, str, int]]:
    """Return who is of a grid's team by their role that day: grid, role, account."""
    grids = list(Area.objects.filter(community_id=community_id, level=Level.GRID, ended_at=None))
    return {
        (grid_id, role.name, role.account_id)
        for grid_id, role in _roles_at(grids, set(FilledBy.values), on)
    }


def list_patches(*, actor: Actor, community: Area) -> list[PatchRow]:
    """Return the patches of a community by grid and name, with those who claim them."""
    rows = Patch.objects.filter(community=community, ended_at=None).select_related("grid")
    patches = list(rows.defer("grid__boundary").order_by("grid__code", "name", "id"))
    return _patches(actor, community.pk, patches)


def get_patch(*, actor: Actor, patch_id: int) -> PatchRow:
    """Return one patch.

    :raises NotFound: when there is none, or its people are not this person's to see.
    """
    patch = Patch.objects.filter(pk=patch_id, ended_at=None).select_related("grid").first()
    if patch is None or not sees_people_of(actor=actor, grid=patch.grid):
        raise NotFound
    return _patches(actor, patch.community_id, [patch])[0]


def _grid(actor: Actor, grid_id: int) -> Area:
    grid = Area.objects.filter(pk=grid_id, level=Level.GRID, ended_at=None).first()
    if grid is None or not sees_people_of(actor=actor, grid=grid):
        raise NotFound
    return grid


def _teams(actor: Actor, community_id: int, grids: list[Area], at: datetime) -> list[TeamRow]:
    kinds = own_kinds(community_id=community_id, use=OwnKind.Use.TEAM)
    entered = TeamMember.objects.filter(grid__in=grids, until_date=None)
    found = _by_place(entered, "grid_id")
    holders = _holders(kinds, grids, at)
    members = Counter[int]()
    if any(kind.filled_by == FilledBy.PARTY for kind in kinds):
        rows = PartyMember.objects.filter(grid__in=grids, until_date=None)
        members.update(dict(rows.values_list("grid_id").annotate(n=Count("id")).order_by()))

    def cell(kind: OwnKind, grid: Area, is_open: bool) -> Cell:
        people = [*holders.get((grid.pk, kind.filled_by), ())]
        people += found.get((grid.pk, kind.pk), ())
        total = len(people)
        if kind.filled_by == FilledBy.PARTY:
            total += members[grid.pk]
        return Cell(kind, tuple(people) if is_open else (), total)

    return [
        TeamRow(
            grid,
            tuple(cell(kind, grid, sees_people_of(actor=actor, grid=grid)) for kind in kinds),
            may_keep=sees_people_of(actor=actor, grid=grid, keeping=True),
        )
        for grid in grids
    ]


def _patches(actor: Actor, community_id: int, patches: list[Patch]) -> list[PatchRow]:
    kinds = own_kinds(community_id=community_id, use=OwnKind.Use.PATCH)
    found = _by_place(PatchClaim.objects.filter(patch__in=patches, until_date=None), "patch_id")

    def cell(kind: OwnKind, patch: Patch) -> Cell:
        people = tuple(found.get((patch.pk, kind.pk), ()))
        is_open = sees_people_of(actor=actor, grid=patch.grid)
        return Cell(kind, people if is_open else (), len(people))

    return [
        PatchRow(
            patch,
            tuple(cell(kind, patch) for kind in kinds),
            may_keep=sees_people_of(actor=actor, grid=patch.grid, keeping=True),
        )
        for patch in patches
    ]


def _by_place(
    rows: Iterable[TeamMember | PatchClaim], place: str
) -> dict[tuple[int, int], list[Standing]]:
    found: dict[tuple[int, int], list[Standing]] = {}
    known = rows.select_related("account", "resident").order_by("id")  # type: ignore[attr-defined]
    for row in known:
        if row.account is None or row.account.is_active:
            key = getattr(row, place), row.kind_id
            found.setdefault(key, []).append(Standing(name_of_somebody(row), row.pk))
    return found


def name_of_somebody(row: TeamMember | PatchClaim) -> str:
    """Return the name of who stands there, opened for somebody who may read it."""
    if row.account is not None:
        return row.account.name
    assert row.resident is not None  # One of the two, by the database.
    return person_of(row=vars(row.resident)).name


def _holders(
    kinds: list[OwnKind], grids: list[Area], at: datetime
) -> dict[tuple[int, str], list[Standing]]:
    """Return who holds at each grid, or inside it, a role that fills a kind."""
    names = {kind.filled_by for kind in kinds} - {"", FilledBy.PARTY}
    if not names:
        return {}
    found: dict[tuple[int, str], dict[int, Standing]] = {}
    for grid_id, role in _roles_at(grids, names, local_day(at=at)):
        held = found.setdefault((grid_id, role.name), {})
        held[role.account_id] = Standing(role.account.name)
    return {key: list(held.values()) for key, held in found.items()}


def _roles_at(grids: list[Area], names: set[str], on: date) -> Iterator[tuple[int, Role]]:
    """Give the roles of these names that are held that day at a grid or inside it, and at which."""
    roles = Role.objects.filter(
        Q(area__in=grids) | Q(area__grid__in=grids) | Q(building__grid__in=grids),
        Q(until_date__isnull=True) | Q(until_date__gte=on),
        name__in=names,
        from_date__lte=on,
        account__is_active=True,
    ).select_related("account", "area", "building")
    keys = {grid.pk for grid in grids}
    for role in roles.defer("area__boundary", "building__footprint").order_by(
        "account__name", "id"
    ):
        if role.building is not None:
            yield role.building.grid_id, role
        else:
            assert role.area is not None  # Held at an area or a building, by the filter.
            yield (role.area.pk if role.area.pk in keys else role.area.grid_id or 0), role
