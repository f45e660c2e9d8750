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
from linli.people.models import (
    FilledBy,
    HouseholdStatus,
    KindUse,
    Registration,
    Relation,
    Sex,
    TieKind,
)
from linli.people.models.needs import Cadence
from linli.people.models.party import PartyLevel, PartyMemberKind


class MembershipPart(Part):
    """To which party unit somebody belongs, and as what."""

    unit: Code
    kind: PartyMemberKind


class NeedGroupPart(Part):
    """A group served first, and how often those are visited whose need says ``every: GROUP``."""

    name: ShortName
    every: Literal["WEEKLY", "MONTHLY", "QUARTERLY", "NONE"]


class NeedPart(Part):
    """What help somebody needs, who sees to it, and how often they call. Never an illness."""

    group: ShortName
    help: Annotated[str, text_of(longest=200)]
    every: Cadence
    by: UserName


class PaperPart(Part):
    """A paper and the day on which it expires. Never an illness."""

    name: Annotated[str, text_of(longest=40)]
    expires: Date


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
    papers: tuple[PaperPart, ...] = ()


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


class KindPart(Part):
    """What the community calls those who make up a team, claim a patch, have a duty."""

    code: Code
    use: KindUse
    name: Annotated[str, text_of(longest=30)]
    filled_by: FilledBy | None = None


class SomebodyPart(Part):
    """A person of people.yaml or a resident of this file, and as what they stand there."""

    kind: Code
    person: UserName | None = None
    resident: StoryKey | None = None


class TeamPart(SomebodyPart):
    """Somebody of the team of a grid."""

    grid: str


class PatchPart(Part):
    """A piece of a grid that people take care of, and who does."""

    code: Code
    grid: str
    name: Annotated[str, text_of(longest=60)]
    claims: tuple[SomebodyPart, ...] = ()


class TiePart(Part):
    """Who holds links of a kind, and to whom they lead: residents by key, households by door."""

    key: StoryKey
    kind: TieKind
    person: UserName | None = None
    resident: StoryKey | None = None
    household: str | None = None
    places: Annotated[int, Field(ge=1, le=99)] | None = None
    residents: tuple[str, ...] = ()
    households: tuple[str, ...] = ()


class EntitlementPart(Part):
    """What residents may ask for from an age on."""

    name: Annotated[str, text_of(longest=40)]
    age: Annotated[int, Field(ge=1, le=120)]


class RosterFile(Part):
    """roster.yaml: households with their residents, party units, who stands where, visits."""

    party_units: tuple[PartyUnitPart, ...] = ()
    need_groups: tuple[NeedGroupPart, ...] = ()
    households: tuple[HouseholdPart, ...] = ()
    kinds: tuple[KindPart, ...] = ()
    teams: tuple[TeamPart, ...] = ()
    patches: tuple[PatchPart, ...] = ()
    ties: tuple[TiePart, ...] = ()
    entitlements: tuple[EntitlementPart, ...] = ()
    campaigns: tuple[CampaignPart, ...] = ()
