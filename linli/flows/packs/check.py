"""Check a pack without a database: every fault of every file, with its line, at once.

A faulty piece is taken out and the rest is looked at all the same; what it would have declared
still counts as declared, so that one mistake is told once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core.codes import is_phone
from linli.flows.hotline.fields import FIELDS, REPLY_FIELDS
from linli.flows.packs.check_deliberation import check_deliberation
from linli.flows.packs.check_places import Places, check_places
from linli.flows.packs.check_story import check_story
from linli.flows.packs.declared import (
    NO_AREA,
    NO_BUILDING,
    NO_ESTATE,
    NO_ORGANISATION,
    NO_PERSON,
    NO_PHONE,
    Known,
    Pointer,
    declared,
    duplicates,
)
from linli.flows.packs.forums import check_forums
from linli.flows.packs.reading import Document, Fault, read_yaml
from linli.flows.packs.roster import check_roster
from linli.flows.packs.schema import (
    FILES,
    FORMAT,
    OPTIONAL_FILES,
    DeliberationFile,
    ForumsFile,
    MattersFile,
    OrganisationsFile,
    Pack,
    PeopleFile,
    PersonPart,
    RolePart,
    RosterFile,
    StoryFile,
)
from linli.flows.packs.shape import validate
from linli.matters.reference import MustBeChecked, WeightsInvalid
from linli.matters.workflow import ANSWERED_KINDS
from linli.people.workflow import BUILDING, HANDLER_ROLES, LEVELS_OF, ORGANISATION

SHORT_NUMBER = re.compile(r"[0-9]{5,10}")
"""A service line such as 95598."""


@dataclass(frozen=True)
class Checked:
    """What the check found: the pack, if it can be loaded, or what is wrong with it."""

    folder: Path
    pack: Pack | None
    faults: tuple[Fault, ...]
    documents: Mapping[str, Document] = field(repr=False)
    places: Places = field(repr=False)


def check_pack(*, path: Path, at: datetime) -> Checked:
    """Read and check the pack in a folder, as if it were loaded at `at`.

    All faults are found in one go and are ordered by file and line; with any, `pack` is None.
    """
    if not path.is_dir():
        fault = Fault(path.name or str(path), 1, _("There is no such folder."))
        return Checked(path, None, (fault,), {}, Places())
    documents, faults = _read_files(path)
    about = documents.get("pack.yaml")
    if about is not None and (unsupported := _unsupported_format(about)) is not None:
        return Checked(path, None, (unsupported,), documents, Places())
    faults += duplicates(documents)
    known = declared(documents)
    parts: dict[str, Any] = {}
    for name, document in documents.items():
        parts[name], documents[name], found = validate(document)
        # What could not be read is told already; that it is not there is no second fault.
        told = {fault.line for fault in faults if fault.file == name}
        faults += [fault for fault in found if fault.line not in told]
    places, found = check_places(
        folder=path,
        document=documents.get("territory.yaml"),
        part=parts.get("territory.yaml"),
        known=known,
    )
    faults += found
    faults += _check_organisations(documents, parts, known)
    people, found = _check_people(documents, parts, known)
    faults += found
    faults += _check_matters(documents, parts, known)
    faults += check_roster(documents, parts, known)
    if parts.get("forums.yaml") is not None:
        faults += check_forums(documents["forums.yaml"], parts["forums.yaml"], known)
    if parts.get("story.yaml") is not None:
        faults += check_story(
            folder=path,
            document=documents["story.yaml"],
            story=parts["story.yaml"],
            matters=parts.get("matters.yaml"),
            people=people,
            places=None if _is_shaky("territory.yaml", path, faults) else places,
            known=known,
            at=at,
        )
    if parts.get("deliberation.yaml") is not None:
        faults += check_deliberation(
            folder=path,
            document=documents["deliberation.yaml"],
            part=parts["deliberation.yaml"],
            forums=parts.get("forums.yaml"),
            story=parts.get("story.yaml"),
            known=known,
            at=at,
        )
    ordered = tuple(sorted(_once(faults), key=lambda fault: (fault.file, fault.line)))
    pack = None if ordered else _pack(parts)
    return Checked(path, pack, ordered, documents, places)


def _is_shaky(file: str, path: Path, faults: list[Fault]) -> bool:
    """Tell whether a file, or a map, has faults: then nothing is concluded from it."""
    maps = {one.name for one in path.glob("*.geojson")}
    return any(fault.file == file or fault.file in maps for fault in faults)


def _once(faults: list[Fault]) -> list[Fault]:
    return list({(fault.file, fault.line, fault.text): fault for fault in faults}.values())


# --- Files ----------------------------------------------------------------------------------


def _read_files(path: Path) -> tuple[dict[str, Document], list[Fault]]:
    documents: dict[str, Document] = {}
    faults: list[Fault] = []
    for name in FILES:
        if (path / name).exists():
            document, found = read_yaml(path=path / name)
            faults += found
            if document is not None:
                documents[name] = document
        elif name not in OPTIONAL_FILES:
            faults.append(Fault(name, 1, _("This file is missing from the pack.")))
    for other in sorted([*path.glob("*.yaml"), *path.glob("*.yml")]):
        if other.name not in FILES:
            near = get_close_matches(other.name, FILES, n=1)
            faults.append(
                Fault(
                    other.name,
                    1,
                    _("A pack has no file of this name; did you mean %(near)s?")
                    if near
                    else _("A pack has no file of this name."),
                    {"near": near[0]} if near else {},
                )
            )
    return documents, faults


def _unsupported_format(about: Document) -> Fault | None:
    written = about.values.get("format") if isinstance(about.values, dict) else None
    if written is None or str(written) == str(FORMAT):
        return None
    return Fault(
        about.file,
        about.line("format"),
        _("This pack is in format %(written)s; this Linli reads format %(format)s."),
        {"written": written, "format": FORMAT},
    )


def _pack(parts: Mapping[str, Any]) -> Pack:
    return Pack(
        about=parts["pack.yaml"],
        territory=parts["territory.yaml"],
        organisations=parts.get("organisations.yaml") or OrganisationsFile(organisations=()),
        people=parts.get("people.yaml") or PeopleFile(people=()),
        matters=parts["matters.yaml"],
        roster=parts.get("roster.yaml") or RosterFile(),
        forums=parts.get("forums.yaml") or ForumsFile(),
        story=parts.get("story.yaml") or StoryFile(),
        deliberation=parts.get("deliberation.yaml") or DeliberationFile(),
    )


# --- Organisations, people, matters ---------------------------------------------------------


def _check_organisations(
    documents: Mapping[str, Document], parts: Mapping[str, Any], known: Known
) -> list[Fault]:
    part: OrganisationsFile | None = parts.get("organisations.yaml")
    if part is None:
        return []
    to = Pointer(documents["organisations.yaml"])
    for place, one in enumerate(part.organisations):
        path = ("organisations", place)
        for at, estate in enumerate(one.serves):
            if known.lacks("estate", estate):
                to.fault(*path, "serves", at, sentence=NO_ESTATE, code=estate)
        if one.phone and not is_phone(text=one.phone) and not SHORT_NUMBER.fullmatch(one.phone):
            to.fault(*path, "phone", sentence=NO_PHONE, phone=one.phone)
    return to.faults


def _check_people(
    documents: Mapping[str, Document], parts: Mapping[str, Any], known: Known
) -> tuple[dict[str, PersonPart], list[Fault]]:
    """Return those with whom nothing is wrong, for the story's dry run, and what is wrong."""
    part: PeopleFile | None = parts.get("people.yaml")
    if part is None:
        return {}, []
    to = Pointer(documents["people.yaml"])
    sound: dict[str, PersonPart] = {}
    for place, person in enumerate(part.people):
        before = len(to.faults)
        path = ("people", place)
        if person.phone and not is_phone(text=person.phone):
            to.fault(*path, "phone", sentence=NO_PHONE, phone=person.phone)
        for at, role in enumerate(person.roles):
            _check_role(Pointer(to.document, *path, "roles", at), role, known, into=to.faults)
        if len(to.faults) == before:
            sound[person.username] = person
    for place, duty in enumerate(part.duties):
        path = ("duties", place)
        if known.lacks("person", duty.person):
            to.fault(*path, "person", sentence=NO_PERSON, code=duty.person)
        if known.lacks("area", duty.area):
            to.fault(*path, "area", sentence=NO_AREA, code=duty.area)
    return sound, to.faults


def _check_role(to: Pointer, role: RolePart, known: Known, *, into: list[Fault]) -> None:
    held = [one for one in ("area", "building", "organisation") if getattr(role, one) is not None]
    if not held:
        to.fault(
            sentence=_("A role must say where it is held: an area, a building or an organisation.")
        )
    elif len(held) > 1:
        to.fault(held[1], sentence=_("A role is held in one place; give it twice for two places."))
    elif (role.role in HANDLER_ROLES) != (held == ["organisation"]):
        to.fault(
            "role",
            sentence=_("Handlers hold their role in an organisation, everybody else at a place."),
        )
    elif not _levels_of(role) & LEVELS_OF[role.role]:
        sentence = _("The role %(role)s is not held at a place of this level.")
        to.fault(held[0], sentence=sentence, role=role.role)
    if known.lacks("area", role.area):
        to.fault("area", sentence=NO_AREA, code=role.area)
    if known.lacks("building", role.building):
        to.fault("building", sentence=NO_BUILDING, code=role.building)
    if known.lacks("organisation", role.organisation):
        to.fault("organisation", sentence=NO_ORGANISATION, code=role.organisation)
    since, until = role.since.day, role.until.day if role.until is not None else None
    if since is not None and until is not None and until < since:
        to.fault("until", sentence=_("This ends before it begins."))
    into += to.faults


def _levels_of(role: RolePart) -> set[str]:
    """Return the levels that a role's place may have; digits do not tell grids apart."""
    if role.area is None:
        return {BUILDING if role.building is not None else ORGANISATION}
    return {"LARGE_GRID", "GRID", "MICRO_GRID"} if role.area.isdigit() else {role.area.upper()}


def _check_matters(
    documents: Mapping[str, Document], parts: Mapping[str, Any], _known: Known
) -> list[Fault]:
    part: MattersFile | None = parts.get("matters.yaml")
    if part is None:
        return []
    to = Pointer(documents["matters.yaml"])
    for name, allowed in (("hotline_columns", FIELDS), ("reply_columns", REPLY_FIELDS)):
        for key in getattr(part.method, name):
            if key not in allowed:
                to.fault(
                    "method",
                    name,
                    key,
                    sentence=_("“%(key)s” is no field of a 12345 order; known are %(known)s."),
                    key=key,
                    known=", ".join(sorted(allowed)),
                )
    for name in ("hotline_columns", "reply_columns"):
        headings = list(getattr(part.method, name).values())
        if len(set(headings)) < len(headings):
            to.fault("method", name, sentence=_("Two fields cannot share one heading."))
    for place, weights in enumerate(part.rate_weights):
        if weights.basically_satisfied > weights.satisfied:
            path = ("rate_weights", place, "basically_satisfied")
            to.fault(*path, sentence=WeightsInvalid.sentence)
    for place, category in enumerate(part.categories):
        if not category.check_on_site and category.kind not in ANSWERED_KINDS:
            path = ("categories", place, "check_on_site")
            to.fault(*path, sentence=MustBeChecked.sentence, name=category.name)
    return to.faults
