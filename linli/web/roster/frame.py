"""What the pages of the roster share: who opens them, their tabs, places to choose from."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.language.mask import mask_id_number, mask_phone
from linli.people import queries
from linli.web.access import Request
from linli.web.people.shared import Tab

READERS = ("SECRETARY", "STAFF", "SOCIAL_WORKER", "GRID_LEAD", "GRID_WORKER", "BUILDING_LEAD")
KEEPERS = READERS[:-1]

_FOUND_MOST = 20

PARTY_READERS = (*READERS, "CASE_OFFICER", "OVERSEER")
"""Who sees at least the figures of the party's tree."""

TIERS = ("SECRETARY", "STAFF", "SOCIAL_WORKER")
"""Who makes and ends links."""

ENTITLED = ("SECRETARY", "SOCIAL_WORKER")
"""Who knows of every pairing and every need."""

OFFICE = ("SECRETARY", "STAFF")
"""Who brings workbooks in: those who keep the registers of the whole community."""

SECRETARIES = ("SECRETARY",)
"""Who answers for a community, and so reads what was opened and exported there."""

_GROUPS: tuple[tuple[Any, tuple[tuple[str, Any, tuple[str, ...]], ...]], ...] = (
    (
        _("Households and residents"),
        (
            ("residents", _("Residents on the roster"), READERS),
            ("households", _("Households"), READERS),
            ("talents", _("Local talents"), READERS),
            ("residents_import", _("From a workbook"), OFFICE),
            ("disputes", _("To choose between"), OFFICE),
            ("openings", _("Opened and exported"), SECRETARIES),
        ),
    ),
    (
        _("Party and teams"),
        (
            ("party", _("Party units"), PARTY_READERS),
            ("teams", _("Grid teams"), PARTY_READERS),
            ("patches", _("Patches"), PARTY_READERS),
            ("own_kinds", _("Kinds of people"), OFFICE),
        ),
    ),
    (
        _("Links and help"),
        (
            ("ties", _("Links"), TIERS),
            ("unpaired", _("Without a pair"), ENTITLED),
            ("needs", _("Help needed"), ENTITLED),
            ("coming", _("Soon entitled"), KEEPERS),
            ("my_ties", _("My households"), READERS),
        ),
    ),
)
"""The pages of the roster, in few groups: on a phone a dozen tabs are more than a thumb finds."""


def show(
    request: Request, template: str, here: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of the roster with its groups and the pages beside it."""
    roles = request.actor.roles
    tabs, pages = [], []
    for label, rows in _GROUPS:
        beside = [
            Tab(label=said, url=reverse(name), is_here=name == here)
            for name, said, allowed in rows
            if roles.intersection(allowed) or name == here
        ]
        if not beside:
            continue
        is_here = any(one.is_here for one in beside)
        tabs.append(Tab(label=label, url=beside[0].url, is_here=is_here))
        if is_here:
            pages = beside
    frame = {
        "tabs": tabs,
        "pages": pages,
        "may_keep": bool(roles.intersection(KEEPERS)),
        "is_office": bool(roles.intersection(OFFICE)),
    }
    return render(request, template, {**frame, **facts}, status=status)


def grid_choices(request: Request) -> list[tuple[str, str]]:
    """Return the grids that somebody may narrow a list to; empty where there is but one."""
    grids = queries.roster_grids(actor=request.actor)
    every = [("", str(_("All grids")))]
    return [*every, *((str(one.pk), one.name) for one in grids)] if len(grids) > 1 else []


def number_of(text: str | None) -> int | None:
    """Return a key from an address, or None for anything else."""
    return int(text) if text and text.isdecimal() and len(text) <= 18 else None


def found_residents(request: Request, community_id: int, query: str) -> list[tuple[int, str]]:
    """Return whom a search finds among the residents somebody sees, as choices of a form."""
    if not query.strip():
        return []
    wanted = queries.ResidentFilter(community_id=community_id, query=query)
    today = queries.local_day(at=request.now)
    page = queries.page_of_residents(actor=request.actor, wanted=wanted, on=today)
    return [(row.resident.pk, _told_apart(row)) for row in page.rows[:_FOUND_MOST]]


def _told_apart(row: queries.ResidentRow) -> str:
    """Return by what people of one name are told apart: the door, the birth, masked numbers."""
    person = row.person
    parts = (
        person.name,
        row.address,
        "" if person.birth_date is None else person.birth_date.isoformat(),
        mask_phone(phone=person.phone),
        mask_id_number(id_number=person.id_number),
    )
    return " · ".join(part for part in parts if part)
