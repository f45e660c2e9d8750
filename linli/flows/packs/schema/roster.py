"""Who lives in a community and who belongs to its party units: roster.yaml, invented or its own."""

from typing import Annotated, Literal

from pydantic import Field

from linli.flows.packs.schema.values import (
    Code,
    Date,
    DoorCode,
    Name,
    Part,
    ShortName,
    StoryKey,
    UserName,
    text_of,
)
from linli.people.models import HouseholdStatus, Registration, Relation, Sex
from linli.people.models.needs import Cadence
from linli.people.models.party import PartyLevel, PartyMemberKind


class MembershipPart(Part):
    """To which party unit somebody belongs, and as what."""

    unit: Code
    kind: PartyMemberKind


class NeedPart(Part):
    """What help somebody needs, who sees to it, and how often they call. Never an illness."""

    group: ShortName
    help: Annotated[str, text_of(longest=200)]
    every: Cadence
    by: UserName


class ResidentPart(Part):
    """Somebody who lives in a household. A pack holds no ID numbers: invented ones may be real."""

    key: StoryKey
    name: ShortName
    born: Date
    sex: Sex | Literal[""] = ""
    relation: Relation | Literal[""] = ""
    phone: Annotated[str, text_of(longest=20)] = ""
    registration: Registration | Literal[""] = ""
    party: MembershipPart | None = None
    skills: Annotated[str, text_of(longest=120)] | None = None  # they agreed to be listed
    needs: tuple[NeedPart, ...] = ()


class HouseholdPart(Part):
    """Who is behind a door: ``TX/3/1`` is the first entrance of building 3 of estate TX."""

    entrance: Annotated[str, text_of(longest=40)]
    room: DoorCode
    status: HouseholdStatus = HouseholdStatus.LIVES_HERE
    people: tuple[ResidentPart, ...] = ()


class PartyUnitPart(Part):
    """A unit of the party's tree; whatever it stands under comes before it."""

    code: Code
    level: PartyLevel
    name: Name
    under: Code | None = None
    area: str | None = None
    buildings: tuple[str, ...] = ()
    secretary: UserName | None = None


class CampaignPart(Part):
    """A round of visits that is under way when the pack is loaded."""

    key: StoryKey
    name: Name
    buildings: tuple[str, ...] = ()
    visitors: Annotated[tuple[UserName, ...], Field(min_length=1)]
    since: Date
    until: Date
    per_day: Annotated[int, Field(ge=1, le=200)]


class RosterFile(Part):
    """roster.yaml: households with their residents, party units, rounds of visits."""

    party_units: tuple[PartyUnitPart, ...] = ()
    households: tuple[HouseholdPart, ...] = ()
    campaigns: tuple[CampaignPart, ...] = ()
