"""The party's tree: what stands where, how many belong to it, and who may read their names.

Membership is personal data. A community's secretary and the secretaries of a unit and of those
above it see its members; the grid staff of its place see names; everybody else who works for the
community, and whoever oversees it, sees figures. No list goes across units.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from django.db.models import Count, Q

from linli.core import crypto
from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.people.models import PartyLevel, PartyMember, PartyMemberKind, PartyUnit, Resident
from linli.people.personal import person_of
from linli.territory.models import Area, Building, Level
from linli.territory.scope import communities_open_to

PARTY_UNIT = "people.partyunit"
PARTY_MEMBER = "people.partymember"
"""How events name them."""

NAME_FIELD = "people_partymember.name"
"""Under which name a member's own name is sealed."""

SECRETARIES = frozenset({"SECRETARY"})
GRID_STAFF = frozenset({"GRID_LEAD", "GRID_WORKER", "SOCIAL_WORKER"})
GRID_LEVELS = (Level.LARGE_GRID, Level.GRID, Level.MICRO_GRID)
"""Where a unit can be tied to."""


class Sight(IntEnum):
    """How much of a unit's members somebody sees."""

    COUNTS = 0
    NAMES = 1
    WHOLE = 2


@dataclass(slots=True)
class Node:
    """A unit in its tree. `total` counts its members and those of all units under it."""

    unit: PartyUnit
    depth: int
    sight: Sight
    own_total: int
    total: int = 0
    children: "list[Node]" = field(default_factory=list)

    @property
    def shows_names(self) -> bool:
        """Tell whether this person reads who belongs to it."""
        return self.sight >= Sight.NAMES

    @property
    def takes_units(self) -> bool:
        """Tell whether another unit may stand under it."""
        return self.unit.level != PartyLevel.GROUP

    @property
    def takes_members(self) -> bool:
        """Tell whether members belong to it: to a branch or a group, never to what is above."""
        return self.unit.level in (PartyLevel.BRANCH, PartyLevel.GROUP)

    @property
    def is_whole(self) -> bool:
        """Tell whether this person keeps its members."""
        return self.sight == Sight.WHOLE

    def walk(self) -> "Iterator[Node]":
        """Give this node and all below it, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Tree:
    """The units of a community, and how many belong to them."""

    community: Area
    root: Node | None
    kinds: tuple[tuple[str, int], ...]  # every kind, also those that nobody has
    may_keep: bool

    @property
    def nodes(self) -> list[Node]:
        """Return every unit from the top, each before those under it."""
        return [] if self.root is None else list(self.root.walk())

    def find(self, unit_id: int) -> Node:
        """Return one unit of the tree.

        :raises NotFound: when there is none.
        """
        for node in self.nodes:
            if node.unit.pk == unit_id:
                return node
        raise NotFound


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member with their name, opened for somebody who may read it."""

    member: PartyMember
    name: str
    is_on_roster: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """A grid with what answers for it, how many members serve in it, and what is amiss."""

    grid: Area
    units: tuple[PartyUnit, ...]
    kinds: tuple[tuple[str, int], ...]
    fault: str = ""  # NO_UNIT, NO_SUCH_UNIT or TWO_UNITS

    @property
    def total(self) -> int:
        """Return how many members serve in the grid."""
        return sum(total for _kind, total in self.kinds)


def party_communities(*, actor: Actor) -> list[Area]:
    """Return the communities whose tree somebody sees, by code."""
    rows = Area.objects.filter(level=Level.COMMUNITY, ended_at=None).defer("boundary")
    own = PartyUnit.objects.filter(secretary_id__in=actor.account_ids, until_date=None)
    if not actor.is_system:  # An empty condition joined by “or” would no longer mean everything.
        rows = rows.filter(communities_open_to(actor=actor) | Q(pk__in=own.values("community_id")))
    return list(rows.order_by("code"))


def party_tree(*, actor: Actor, community_id: int) -> Tree:
    """Return a community's units with how many belong to each, in three queries.

    :raises NotFound: when the community is not this person's.
    """
    community = next(
        (one for one in party_communities(actor=actor) if one.pk == community_id), None
    )
    if community is None:
        raise NotFound
    units = list(
        PartyUnit.objects.filter(community=community, until_date=None)
        .select_related("area", "secretary")
        .defer("area__boundary")
        .order_by("name", "id")
    )
    members = PartyMember.objects.filter(community=community, until_date=None)
    counted = Counter[int]()
    kinds = Counter[str]()
    for unit_id, kind, total in members.values_list("unit_id", "kind").annotate(n=Count("id")):
        counted[unit_id] += total
        kinds[kind] += total
    is_secretary = may_keep_party(actor=actor, community_id=community_id)
    places = {} if is_secretary else _grids_of_buildings(community_id)
    below: dict[int | None, list[PartyUnit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id, []).append(unit)

    def grown(unit: PartyUnit, depth: int, above: Sight) -> Node:
        sight = max(above, _sight(actor, unit, places.get(unit.pk, frozenset())))
        node = Node(unit, depth, sight, own_total=counted[unit.pk])
        inherited = sight if sight == Sight.WHOLE else Sight.COUNTS
        node.children = [grown(one, depth + 1, inherited) for one in below.get(unit.pk, ())]
        node.total = node.own_total + sum(child.total for child in node.children)
        return node

    top = below.get(None, [])
    sees = Sight.WHOLE if is_secretary else Sight.COUNTS
    return Tree(
        community=community,
        root=grown(top[0], 0, sees) if top else None,
        kinds=tuple((kind, kinds[kind]) for kind in PartyMemberKind.values),
        may_keep=is_secretary,
    )


def party_unit(*, actor: Actor, unit_id: int) -> tuple[Tree, Node]:
    """Return a unit in its tree.

    :raises NotFound: when there is none, it has ended, or its community is not this person's.
    """
    unit = PartyUnit.objects.filter(pk=unit_id, until_date=None).first()
    if unit is None:
        raise NotFound
    tree = party_tree(actor=actor, community_id=unit.community_id)
    return tree, tree.find(unit_id)


def members_of_unit(*, node: Node) -> list[MemberRow]:
    """Return who belongs to a unit itself, by kind; nobody where this person sees but figures."""
    if not node.shows_names:
        return []
    rows = PartyMember.objects.filter(unit=node.unit, until_date=None)
    found = rows.select_related("resident", "grid").prefetch_related("duties")
    return [_row(member) for member in found.defer("grid__boundary").order_by("kind", "id")]


def get_party_member(*, actor: Actor, member_id: int) -> tuple[Node, MemberRow]:
    """Return a member whose unit this person keeps.

    :raises NotFound: when there is none, or they only read names or figures there.
    """
    member = (
        PartyMember.objects.filter(pk=member_id, until_date=None)
        .select_related("resident", "grid")
        .first()
    )
    if member is None:
        raise NotFound
    _tree, node = party_unit(actor=actor, unit_id=member.unit_id)
    if not node.is_whole:
        raise NotFound
    return node, _row(member)


def membership_of(*, actor: Actor, resident: Resident) -> PartyMember | None:
    """Return a resident's membership for whoever keeps their unit; for others there is none."""
    member = PartyMember.objects.filter(resident=resident, until_date=None).first()
    if member is None:
        return None
    try:
        _tree, node = party_unit(actor=actor, unit_id=member.unit_id)
    except NotFound:
        return None
    member.unit = node.unit
    return member if node.is_whole else None


def party_grids(*, tree: Tree) -> list[GridRow]:
    """Return each grid with its units and members; what no unit answers for, or two, is flagged.

    Which level has to answer for a grid is said at the top of the tree: a group, a branch, or any
    unit of the grid, of its large grid or of a building in it.
    """
    grids = list(
        Area.objects.filter(community=tree.community, level=Level.GRID, ended_at=None)
        .defer("boundary")
        .order_by("code")
    )
    members = PartyMember.objects.filter(community=tree.community, until_date=None)
    counted = Counter[tuple[int, str]]()
    for grid_id, kind, total in members.values_list("grid_id", "kind").annotate(n=Count("id")):
        counted[grid_id, kind] += total
    buildings = _grids_of_buildings(tree.community.pk)
    wanted = "" if tree.root is None else tree.root.unit.grids_by
    rows = []
    for grid in grids:
        of_grid = [node.unit for node in tree.nodes if node.unit.area_id == grid.pk]
        near = [
            node.unit for node in tree.nodes if _is_near(node.unit, grid, buildings, node.unit.pk)
        ]
        fault = _fault(wanted, of_grid, near)
        kinds = tuple((kind, counted[grid.pk, kind]) for kind in PartyMemberKind.values)
        rows.append(GridRow(grid, tuple(of_grid), kinds, fault))
    return rows


def members_off_the_roster(*, tree: Tree) -> int:
    """Return how many members are residents who have left the roster since."""
    rows = PartyMember.objects.filter(community=tree.community, until_date=None)
    return rows.filter(resident__until_date__isnull=False).count()


def may_keep_party(*, actor: Actor, community_id: int) -> bool:
    """Tell whether somebody keeps a community's tree."""
    grants = actor.grants_of(roles=SECRETARIES)
    return actor.is_system or any(grant.community_id == community_id for grant in grants)


def _fault(wanted: str, of_grid: list[PartyUnit], near: list[PartyUnit]) -> str:
    levels = Counter(unit.level for unit in of_grid)
    if not near:
        return "NO_UNIT"
    if wanted and not levels[wanted]:
        return "NO_SUCH_UNIT"
    return "TWO_UNITS" if max(levels.values(), default=0) > 1 else ""


def _is_near(
    unit: PartyUnit, grid: Area, buildings: Mapping[int, frozenset[int]], unit_id: int
) -> bool:
    area = unit.area
    at_grid = area is not None and (
        area.pk in (grid.pk, grid.large_grid_id) or area.grid_id == grid.pk
    )
    return at_grid or grid.pk in buildings.get(unit_id, frozenset())


def _sight(actor: Actor, unit: PartyUnit, grids: frozenset[int]) -> Sight:
    """Return what somebody sees of one unit by itself."""
    if unit.secretary_id is not None and unit.secretary_id in actor.account_ids:
        return Sight.WHOLE
    area = unit.area
    places = set(grids)
    if area is not None:
        places |= {area.pk, area.large_grid_id or 0, area.grid_id or 0}
    held = {
        grant.place_id
        for grant in actor.grants_of(roles=GRID_STAFF)
        if grant.level in GRID_LEVELS and grant.community_id == unit.community_id
    }
    return Sight.NAMES if places & held else Sight.COUNTS


def _grids_of_buildings(community_id: int) -> dict[int, frozenset[int]]:
    """Return for each unit the grids, large ones too, in which its buildings stand."""
    through = PartyUnit.buildings.through.objects.filter(
        partyunit__community_id=community_id, partyunit__until_date=None
    )
    found: dict[int, set[int]] = {}
    for unit_id, *places in through.values_list(
        "partyunit_id",
        "building__grid_id",
        "building__grid__large_grid_id",
        "building__micro_grid_id",
    ):
        found.setdefault(unit_id, set()).update(key for key in places if key is not None)
    return {unit_id: frozenset(keys) for unit_id, keys in found.items()}


def _row(member: PartyMember) -> MemberRow:
    resident = member.resident
    is_on_roster = resident is None or resident.until_date is None
    return MemberRow(member, name=_name_of(member), is_on_roster=is_on_roster)


def _name_of(member: PartyMember) -> str:
    if member.resident is not None:
        return person_of(row=vars(member.resident)).name
    return crypto.unseal(
        sealed=bytes(member.name_sealed), field=NAME_FIELD, row=str(member.row_key)
    )


def party_places(*, community_id: int) -> list[Area]:
    """Return the grids of every level to which a unit can be tied, by code."""
    rows = Area.objects.filter(community_id=community_id, level__in=GRID_LEVELS, ended_at=None)
    return list(rows.defer("boundary").order_by("code"))


def party_buildings(*, community_id: int) -> list[Building]:
    """Return the buildings to which a unit can be tied, by estate and name."""
    rows = Building.objects.filter(grid__community_id=community_id, ended_at=None)
    return list(rows.select_related("estate").order_by("estate__code", "code"))
