"""The lists of the roster as files: the rows and columns of each page, and nothing beyond them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from linli.language.mask import mask_name, mask_phone
from linli.people import queries
from linli.people import services as people
from linli.web.access import Request, for_roles, signed_in
from linli.web.exporting import TITLES, back_to, begin, hand_out, kept_communities
from linli.web.labels import label_of
from linli.web.roster import coming, households, needs, party, residents, talents, teams
from linli.web.roster.frame import KEEPERS, PARTY_READERS, READERS, grid_choices
from linli.web.workbooks import Sheet

Rows = Iterable[Sequence[Any]]


@require_POST
@for_roles(*READERS)
@back_to("residents")
def export_residents(request: Request) -> HttpResponse:
    """Hand out the residents of the filter, telephones masked or opened for a reason."""
    wanted = residents.FilterForm(request.GET, grids=grid_choices(request)).wanted()
    kept = kept_communities(request)
    leaving = begin(request, "residents", wanted=asdict(wanted), in_full=bool(kept))
    columns = [
        (_("Name"), 12),
        (_("Address"), 28),
        (_("Relation to the head of the household"), 12),
        (_("Date of birth"), 12),
        (_("Phone"), 16),
    ]
    on = queries.local_day(at=request.now)
    rows = queries.each_resident(actor=request.actor, wanted=wanted, on=on)
    cells = _resident_cells(rows, leaving, kept)
    return hand_out(request, leaving, [_sheet("residents", columns, cells)])


def _resident_cells(
    rows: Iterable[queries.ResidentRow], leaving: people.Leaving, kept: frozenset[int]
) -> Iterator[Sequence[Any]]:
    for row in rows:
        resident, person = row.resident, row.person
        leaving.count(resident.community_id)
        phone = mask_phone(phone=person.phone)
        if person.phone and leaving.is_open and resident.community_id in kept:
            leaving.open_numbers(resident, ("phone",))
            phone = person.phone
        yield (
            person.name,
            row.address,
            person.relation and label_of(code=person.relation, table="relation"),
            person.birth_date,
            phone,
        )


@require_POST
@for_roles(*READERS)
@back_to("households")
def export_households(request: Request) -> HttpResponse:
    """Hand out the households of the filter."""
    wanted = households.FilterForm(request.GET, grids=grid_choices(request)).wanted()
    leaving = begin(request, "households", wanted=asdict(wanted))
    columns = [
        (_("Address"), 28),
        (_("Who lives there"), 14),
        (_("How many live there"), 10),
        (_("Employer of the household"), 24),
    ]
    rows = queries.each_household(actor=request.actor, wanted=wanted)
    cells = (
        (
            queries.address_of(household=one),
            label_of(code=one.status, table="household"),
            one.residents_total,
            one.employer,
        )
        for one in _counted(rows, leaving)
    )
    return hand_out(request, leaving, [_sheet("households", columns, cells)])


@require_POST
@signed_in
@back_to("needs")
def export_needs(request: Request) -> HttpResponse:
    """Hand out the restricted register: names and doors only for a reason, the words never."""
    people.look_at_needs(actor=request.actor, at=request.now)
    entitled = frozenset(queries.entitled_in(actor=request.actor))
    wanted = needs.filter_form(request).wanted()
    leaving = begin(request, "needs", wanted=asdict(wanted), in_full=bool(entitled))
    columns = [
        (_("Name"), 12),
        (_("Address"), 28),
        (_("Group"), 16),
        (_("Visits"), 12),
        (_("Who answers for it"), 14),
    ]
    rows = queries.list_needs(
        actor=request.actor,
        on=queries.local_day(at=request.now),
        wanted=wanted,
        most=people.EXPORT_ROWS_MAX + 1,
    )
    cells = [_need_cells(row, leaving, entitled) for row in rows]
    return hand_out(request, leaving, [_sheet("needs", columns, cells)])


def _need_cells(
    row: queries.NeedRow, leaving: people.Leaving, entitled: frozenset[int]
) -> Sequence[Any]:
    need, resident = row.need, row.resident
    leaving.count(need.community_id)
    name, address = mask_name(name=resident.person.name), queries.building_of(row=resident)
    if leaving.is_open and need.community_id in entitled:
        leaving.open_need(need)
        name, address = resident.person.name, resident.address
    cadence = label_of(code=row.every, table="cadence")  # as the page says it
    return (name, address, row.group, cadence, need.responsible.name)


@require_POST
@for_roles(*READERS)
@back_to("talents")
def export_talents(request: Request) -> HttpResponse:
    """Hand out who agreed to be listed."""
    _form, _kinds, query, force_id = talents.asked(request)
    leaving = begin(request, "talents", wanted={"query": query, "force_id": force_id})
    pool = queries.list_talents(actor=request.actor, query=query, force_id=force_id)
    columns = [
        (_("Name"), 12),
        (_("What they can do"), 28),
        (_("Brings in"), 20),
        (_("Address"), 28),
        (_("Agreed to be listed on"), 14),
    ]
    cells = []
    for one in pool.rows:
        leaving.count(one.row.resident.community_id)
        forces = "、".join(force.name for force in one.forces)
        told = (one.talent.skills, forces, one.row.address, one.talent.consented_on)
        cells.append((one.row.person.name, *told))
    return hand_out(request, leaving, [_sheet("talents", columns, cells)])


@require_POST
@for_roles(*KEEPERS)
@back_to("coming")
def export_coming(request: Request) -> HttpResponse:
    """Hand out who becomes entitled soon."""
    grid_id = coming.grid_asked(request)
    leaving = begin(request, "coming", wanted={"grid_id": grid_id})
    rows = queries.list_coming(
        actor=request.actor,
        on=queries.local_day(at=request.now),
        grid_id=grid_id,
        start=0,
        most=people.EXPORT_ROWS_MAX + 1,
    )
    columns = [
        (_("Name"), 12),
        (_("Address"), 28),
        (pgettext("entitlement", "What it is"), 18),
        (_("From the age of"), 10),
        (_("From which day"), 12),
    ]
    cells = []
    for row in rows:
        leaving.count(row.resident.resident.community_id)
        told = (row.entitlement.name, row.entitlement.age_years, row.day)
        cells.append((row.resident.person.name, row.resident.address, *told))
    return hand_out(request, leaving, [_sheet("coming", columns, cells)])


@require_POST
@for_roles(*PARTY_READERS)
@back_to("teams")
def export_teams(request: Request) -> HttpResponse:
    """Hand out the teams of a community's grids, with the names that the page shows."""
    community = teams.community_asked(request)
    leaving = begin(request, "teams", wanted={})
    rows = queries.list_teams(actor=request.actor, community=community, at=request.now)
    kinds = queries.own_kinds(community_id=community.pk, use="TEAM")
    columns = [(_("Grid"), 14), *((kind.name, 20) for kind in kinds), (_("Missing"), 20)]
    leaving.totals[community.pk] = len(rows)
    cells = [
        (row.grid.name, *(_people(cell) for cell in row.cells), "、".join(row.missing))
        for row in rows
    ]
    sheet = _sheet("teams", columns, cells)
    return hand_out(request, leaving, [sheet], community_id=community.pk)


@require_POST
@for_roles(*PARTY_READERS)
@back_to("patches")
def export_patches(request: Request) -> HttpResponse:
    """Hand out a community's patches, with those who take care of them."""
    community = teams.community_asked(request)
    leaving = begin(request, "patches", wanted={})
    rows = queries.list_patches(actor=request.actor, community=community)
    kinds = queries.own_kinds(community_id=community.pk, use="PATCH")
    columns = [
        (_("Patch"), 20),
        (_("Grid"), 14),
        *((kind.name, 20) for kind in kinds),
        (_("To look at"), 24),
    ]
    leaving.totals[community.pk] = len(rows)
    cells = [
        (
            row.patch.name,
            row.patch.grid.name,
            *(_people(cell) for cell in row.cells),
            "、".join(_to_look_at(row)),
        )
        for row in rows
    ]
    sheet = _sheet("patches", columns, cells)
    return hand_out(request, leaving, [sheet], community_id=community.pk)


@require_POST
@signed_in
@back_to("party")
def export_party(request: Request) -> HttpResponse:
    """Hand out the party's tree in figures: the roll of members leaves as no file."""
    tree = party.tree_asked(request)
    leaving = begin(request, "party", wanted={})
    leaving.totals[tree.community.pk] = len(tree.nodes)
    units = [
        (
            "　" * node.depth + node.unit.name,
            label_of(code=node.unit.level, table="party_level"),
            node.total,
            node.unit.area.name if node.unit.area else "",
            node.unit.secretary.name if node.unit.secretary else "",
        )
        for node in tree.nodes
    ]
    kinds = [label_of(code=kind, table="party_member") for kind, _total in tree.kinds]
    grids = [
        (
            row.grid.name,
            "、".join(unit.name for unit in row.units),
            *(total for _kind, total in row.kinds),
            row.total,
        )
        for row in queries.party_grids(tree=tree)
    ]
    sheets = [
        Sheet(
            _("The tree"),
            [
                (_("Party unit"), 30),
                (_("Level"), 12),
                (pgettext("party", "Members"), 10),
                (pgettext("party unit", "Place"), 16),
                (_("Secretary"), 12),
            ],
            units,
        ),
        Sheet(
            _("Grid by grid"),
            [
                (_("Grid"), 14),
                (_("Answers for it"), 24),
                *((kind, 12) for kind in kinds),
                (_("In all"), 8),
            ],
            grids,
        ),
    ]
    return hand_out(request, leaving, sheets, community_id=tree.community.pk)


def _sheet(listing: str, columns: Sequence[tuple[Any, int]], rows: Rows) -> Sheet:
    return Sheet(str(TITLES[listing]), columns, rows)


def _counted(rows: Iterable[Any], leaving: people.Leaving) -> Iterator[Any]:
    for row in rows:
        leaving.count(row.community_id)
        yield row


def _people(cell: queries.Cell) -> str:
    """Return what a cell of a team shows: how many there are, and who, where that may be read."""
    names = "、".join(one.name for one in cell.people)
    return f"{cell.total} {names}".strip()


def _to_look_at(row: queries.PatchRow) -> Iterator[str]:
    if row.is_unclaimed:
        yield _("Unclaimed")
    for name in row.doubled:
        yield _("Twice: %(name)s") % {"name": name}
    for name in row.missing:
        yield _("Still without: %(name)s") % {"name": name}
