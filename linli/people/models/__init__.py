"""Who there is: accounts and their roles; households, residents; party units and members."""

from linli.people.models.accounts import (
    Account,
    AccountManager,
    ApiToken,
    Duty,
    Handover,
    Organisation,
    OrganisationKind,
    Role,
    RoleName,
    SignInLink,
    TokenScope,
)
from linli.people.models.edits import HouseholdDispute, HouseholdEdit
from linli.people.models.entitlements import Entitlement
from linli.people.models.imports import RosterFile, RosterHeading, RosterImport, RosterRow
from linli.people.models.needs import Cadence, NeedGroup, PriorityNeed
from linli.people.models.papers import Paper
from linli.people.models.party import PartyLevel, PartyMember, PartyMemberKind, PartyUnit
from linli.people.models.residents import (
    Departure,
    Household,
    HouseholdStatus,
    IdKind,
    Registration,
    Relation,
    Resident,
    ResidentTerms,
    Sex,
    Stay,
)
from linli.people.models.talents import (
    Talent,
)
from linli.people.models.teams import FilledBy, KindUse, OwnKind, Patch, PatchClaim, TeamMember
from linli.people.models.ties import (
    PLACES_AT_FIRST,
    Tie,
    TieCapacity,
    TieEnding,
    TieHolder,
    TieKind,
    TieStandIn,
)

__all__ = [
    "PLACES_AT_FIRST",
    "Account",
    "AccountManager",
    "ApiToken",
    "Cadence",
    "Departure",
    "Duty",
    "Entitlement",
    "FilledBy",
    "Handover",
    "Household",
    "HouseholdDispute",
    "HouseholdEdit",
    "HouseholdStatus",
    "IdKind",
    "KindUse",
    "NeedGroup",
    "Organisation",
    "OrganisationKind",
    "OwnKind",
    "Paper",
    "PartyLevel",
    "PartyMember",
    "PartyMemberKind",
    "PartyUnit",
    "Patch",
    "PatchClaim",
    "PriorityNeed",
    "Registration",
    "Relation",
    "Resident",
    "ResidentTerms",
    "Role",
    "RoleName",
    "RosterFile",
    "RosterHeading",
    "RosterImport",
    "RosterRow",
    "Sex",
    "SignInLink",
    "Stay",
    "Talent",
    "TeamMember",
    "Tie",
    "TieCapacity",
    "TieEnding",
    "TieHolder",
    "TieKind",
    "TieStandIn",
    "TokenScope",
]
