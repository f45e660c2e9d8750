"""roster.yaml: check it against the other files, and bring it in through people and visits.

What is on the roster is corrected by a pack and never ended by one: people live there.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.codes import is_phone
from linli.flows.packs.declared import (
    NO_AREA,
    NO_BUILDING,
    NO_ENTRANCE,
    NO_PERSON,
    NO_PHONE,
    USED_TWICE,
    Known,
    Pointer,
)
from linli.flows.packs.reading import Document, Fault
from linli.flows.packs.schema import RosterFile
from linli.flows.packs.schema.roster import (
    CampaignPart,
    HouseholdPart,
    NeedGroupPart,
    NeedPart,
    PaperPart,
    PartyUnitPart,
    ResidentPart,
)
from linli.flows.packs.standing import check_standing, load_standing
from linli.people import queries as people_queries
from linli.people import services as people
from linli.people.personal import Person
from linli.territory.models import Dwelling
from linli.visits import services as visits

NO_UNIT = _("There is no party unit “%(code)s” above this line.")


class Loader(Protocol):
    """What loading one file needs of whoever loads the whole pack."""

    at: datetime
    actor: Actor
    community_id: int
    ids: dict[tuple[str, str], int]

    @property
    def said(self) -> dict[str, Any]:
        """Return who writes, and when."""

    def item(self, kind: str, code: str, written: Any, write: Any) -> int:
        """Write a thing unless the pack says of it what it said before; return its key."""


# --- Check ------------------------------------------------------------------------------------


def check_roster(
    documents: Mapping[str, Document], parts: Mapping[str, Any], known: Known
) -> list[Fault]:
    """Return what in roster.yaml leads nowhere."""
    part: RosterFile | None = parts.get("roster.yaml")
    if part is None:
        return []
    to = Pointer(documents["roster.yaml"])
    units: set[str] = set()
    keys: dict[str, int] = {}
    for place, unit in enumerate(part.party_units):
        _check_unit(Pointer(to.document, "party_units", place), unit, units, known, into=to.faults)
        units.add(unit.code)
    for place, household in enumerate(part.households):
        path = ("households", place)
        if known.lacks("entrance", household.entrance):
            to.fault(*path, "entrance", sentence=NO_ENTRANCE, code=household.entrance)
        for at, one in enumerate(household.people):
            here = Pointer(to.document, *path, "people", at)
            if one.key in keys:
                here.fault("key", sentence=USED_TWICE, code=one.key, line=keys[one.key])
            keys.setdefault(one.key, to.document.line(*path, "people", at, "key"))
            _check_resident(here, one, units, known, to.faults)
    for place, campaign in enumerate(part.campaigns):
        path = ("campaigns", place)
        for at, name in enumerate(campaign.visitors):
            if known.lacks("person", name):
                to.fault(*path, "visitors", at, sentence=NO_PERSON, code=name)
        for at, code in enumerate(campaign.buildings):
            if known.lacks("building", code):
                to.fault(*path, "buildings", at, sentence=NO_BUILDING, code=code)
    return to.faults + check_standing(to, part, known)


def _check_unit(
    to: Pointer, unit: PartyUnitPart, units: set[str], known: Known, *, into: list[Fault]
) -> None:
    if unit.under is not None and unit.under not in units:
        to.fault("under", sentence=NO_UNIT, code=unit.under)
    if known.lacks("area", unit.area):
        to.fault("area", sentence=NO_AREA, code=unit.area)
    if known.lacks("person", unit.secretary):
        to.fault("secretary", sentence=NO_PERSON, code=unit.secretary)
    for at, code in enumerate(unit.buildings):
        if known.lacks("building", code):
            to.fault("buildings", at, sentence=NO_BUILDING, code=code)
    into += to.faults


def _check_resident(
    to: Pointer, one: ResidentPart, units: set[str], known: Known, into: list[Fault]
) -> None:
    if one.phone and not is_phone(text=one.phone):
        to.fault("phone", sentence=NO_PHONE, phone=one.phone)
    if one.party is not None and one.party.unit not in units:
        to.fault("party", "unit", sentence=NO_UNIT, code=one.party.unit)
    for at, need in enumerate(one.needs):
        if known.lacks("person", need.by):
            to.fault("needs", at, "by", sentence=NO_PERSON, code=need.by)
    into += to.faults


# --- Load -------------------------------------------------------------------------------------


def load_roster(*, part: RosterFile, by: Loader) -> None:
    """Bring in party units and groups, then households with their people, then rounds of visits."""
    for unit in part.party_units:
        _unit(unit, by)
    for group in part.need_groups:
        _need_group(group, by)
    for household in part.households:
        _household(household, by)
    load_standing(part=part, by=by)
    for campaign in part.campaigns:
        _campaign(campaign, by)


def _unit(part: PartyUnitPart, by: Loader) -> None:
    values: dict[str, Any] = {
        "name": part.name,
        "parent_id": by.ids["party_unit", part.under] if part.under else None,
        "area_id": by.ids["area", part.area] if part.area else None,
        "building_ids": [by.ids["building", code] for code in part.buildings],
        "secretary_id": by.ids["account", part.secretary] if part.secretary else None,
    }

    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            return people.edit_party_unit(unit_id=known, **values, **by.said).pk, False
        added = people.add_party_unit(
            community_id=by.community_id, level=part.level.value, **values, **by.said
        )
        return added.pk, True

    by.item("party_unit", part.code, part, write)


def _household(part: HouseholdPart, by: Loader) -> None:
    code = f"{part.entrance}/{part.room}"

    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            people.set_household(household_id=known, status=part.status.value, **by.said)
            return known, False
        entrance_id = by.ids["entrance", part.entrance]
        door = Dwelling.objects.filter(entrance_id=entrance_id, room=part.room).first()
        made = people.open_household(
            dwelling_id=door.pk if door is not None else 0, status=part.status.value, **by.said
        )
        return made.pk, True

    household_id = by.item("household", code, part.status.value, write)
    for one in part.people:
        _resident(household_id, one, by)


def _resident(household_id: int, part: ResidentPart, by: Loader) -> None:
    born: date = part.born.on(base=by.at)
    person = Person(
        name=part.name,
        birth_date=born,
        phone=part.phone,
        sex=str(part.sex),
        relation=str(part.relation),
        registration=str(part.registration),
    )

    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            return people.edit_resident(resident_id=known, person=person, **by.said).pk, False
        added = people.add_resident(household_id=household_id, person=person, **by.said)
        return added.pk, True

    written = part.model_dump(exclude={"party", "skills", "needs", "papers", "born"})
    resident_id = by.item("resident", part.key, [written, part.born], write)
    if part.party is not None:
        _membership(resident_id, part, by)
    if part.skills is not None:
        _talent(resident_id, part, by)
    for need in part.needs:
        _need(resident_id, part.key, need, by)
    for paper in part.papers:
        _paper(resident_id, part.key, paper, by)


def _paper(resident_id: int, key: str, part: PaperPart, by: Loader) -> None:
    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            return known, False  # It was renewed since, or is no longer held.
        expires_on = part.expires.on(base=by.at)
        added = people.add_paper(
            resident_id=resident_id, name=part.name, expires_on=expires_on, **by.said
        )
        return added.pk, True

    by.item("paper", f"{key} {part.name}", [part.name, part.expires], write)


def _membership(resident_id: int, part: ResidentPart, by: Loader) -> None:
    assert part.party is not None
    unit_id, kind = by.ids["party_unit", part.party.unit], part.party.kind.value

    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            return known, False  # Whoever changed it since knows better.
        added = people.add_party_member(
            unit_id=unit_id, kind=kind, resident_id=resident_id, **by.said
        )
        return added.pk, True

    by.item("party_member", part.key, part.party, write)


def _talent(resident_id: int, part: ResidentPart, by: Loader) -> None:
    today = people_queries.local_day(at=by.at)

    def write(known: int | None) -> tuple[int, bool]:
        listed = people.list_talent(
            resident_id=resident_id, skills=part.skills or "", consented_on=today, **by.said
        )
        return listed.pk, known is None

    by.item("talent", part.key, part.skills, write)


def _need_group(part: NeedGroupPart, by: Loader) -> None:
    def write(_known: int | None) -> tuple[int, bool]:
        groups = people_queries.list_need_groups(community_ids=[by.community_id])
        group = next((one for one in groups if one.name == part.name), None)
        is_new = group is None
        if group is None:
            group = people.add_need_group(community_id=by.community_id, name=part.name, **by.said)
        people.set_group_cadence(group_id=group.pk, cadence=part.every, **by.said)
        return group.pk, is_new

    by.item("need_group", part.name, part, write)


def _need(resident_id: int, key: str, part: NeedPart, by: Loader) -> None:
    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            return known, False  # It holds what was learnt at the door since.
        groups = people_queries.list_need_groups(community_ids=[by.community_id])
        group = next((one for one in groups if one.name == part.group), None)
        if group is None:
            group = people.add_need_group(community_id=by.community_id, name=part.group, **by.said)
        need = people.record_need(
            resident_id=resident_id,
            group_id=group.pk,
            help_needed=part.help,
            cadence=part.every.value,
            responsible_id=by.ids["account", part.by],
            **by.said,
        )
        return need.pk, True

    by.item("need", f"{key} {part.group}", part, write)


def _campaign(part: CampaignPart, by: Loader) -> None:
    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            return known, False  # People are under way with it.
        drafted = visits.create_campaign(
            community_id=by.community_id,
            wanted=visits.CampaignInput(
                name=part.name,
                from_date=part.since.on(base=by.at),
                until_date=part.until.on(base=by.at),
                visits_per_day=part.per_day,
                visitor_ids=[by.ids["account", name] for name in part.visitors],
                building_ids=[by.ids["building", code] for code in part.buildings],
            ),
            **by.said,
        )
        visits.plan_campaign(campaign_id=drafted.pk, **by.said)
        visits.start_campaign(campaign_id=drafted.pk, **by.said)
        return drafted.pk, True

    by.item("campaign", part.key, part, write)
