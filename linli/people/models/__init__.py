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

__all__ = [
    "Account",
    "AccountManager",
    "ApiToken",
    "Departure",
    "Duty",
    "FilledBy",
    "Handover",
    "Household",
    "HouseholdStatus",
    "IdKind",
    "KindUse",
    "Organisation",
    "OrganisationKind",
    "OwnKind",
    "PartyLevel",
    "PartyMember",
    "PartyMemberKind",
    "PartyUnit",
    "Patch",
    "PatchClaim",
    "Registration",
    "Relation",
    "Resident",
    "ResidentTerms",
    "Role",
    "RoleName",
    "Sex",
    "SignInLink",
    "Stay",
    "Talent",
    "TeamMember",
    "TokenScope",
]
