"""The part of roster.yaml that says who stands where: kinds, teams, patches, links, entitlements.

Whoever stands somewhere is a person of people.yaml, or a resident or household of roster.yaml. What
a pack brought in is left alone afterwards: people know better who stands where today.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from linli.flows.packs.declared import NO_AREA, NO_PERSON, Known, Pointer
from linli.flows.packs.reading import Fault
from linli.flows.packs.schema import RosterFile
from linli.flows.packs.schema.roster import PatchPart, SomebodyPart, TiePart
from linli.people import queries as people_queries
from linli.people import services as people

NO_KIND = _("There is no kind “%(code)s” for this in roster.yaml.")
NO_RESIDENT = _("There is no resident “%(code)s” in roster.yaml.")
NO_HOUSEHOLD = _("There is no household “%(code)s” in roster.yaml.")
NAME_ONE = _("Please name exactly one of these: person, resident, household.")


class Loader(Protocol):
    """What loading needs of whoever loads the whole pack."""

    community_id: int
    ids: dict[tuple[str, str], int]

    @property
    def said(self) -> dict[str, Any]:
        """Return who writes, and when."""

    def item(self, kind: str, code: str, written: Any, write: Any) -> int:
        """Write a thing unless the pack says of it what it said before; return its key."""


@dataclass(frozen=True, slots=True)
class Here:
    """What roster.yaml itself declares: residents by key, households by door, kinds by use."""

    residents: frozenset[str]
    households: frozenset[str]
    kinds: frozenset[tuple[str, str]]


# --- Check ------------------------------------------------------------------------------------


def check_standing(to: Pointer, part: RosterFile, known: Known) -> list[Fault]:
    """Return what leads nowhere in kinds, teams, patches and links."""
    here = Here(
        frozenset(one.key for home in part.households for one in home.people),
        frozenset(f"{home.entrance}/{home.room}" for home in part.households),
        frozenset((kind.use.value, kind.code) for kind in part.kinds),
    )
    faults: list[Fault] = []
    for place, team in enumerate(part.teams):
        at = Pointer(to.document, "teams", place)
        if known.lacks("area", team.grid):
            at.fault("grid", sentence=NO_AREA, code=team.grid)
        _check_somebody(at, team, "TEAM", here, known)
        faults += at.faults
    for place, patch in enumerate(part.patches):
        faults += _check_patch(Pointer(to.document, "patches", place), patch, here, known)
    for place, tie in enumerate(part.ties):
        faults += _check_tie(Pointer(to.document, "ties", place), tie, here, known)
    return faults


def _check_patch(to: Pointer, patch: PatchPart, here: Here, known: Known) -> list[Fault]:
    if known.lacks("area", patch.grid):
        to.fault("grid", sentence=NO_AREA, code=patch.grid)
    for place, claim in enumerate(patch.claims):
        at = Pointer(to.document, *to.start, "claims", place)
        _check_somebody(at, claim, "PATCH", here, known)
        to.faults += at.faults
    return to.faults


def _check_somebody(to: Pointer, one: SomebodyPart, use: str, here: Here, known: Known) -> None:
    if (use, one.kind) not in here.kinds:
        to.fault("kind", sentence=NO_KIND, code=one.kind)
    _check_one_of(to, {"person": one.person, "resident": one.resident}, here, known)


def _check_tie(to: Pointer, tie: TiePart, here: Here, known: Known) -> list[Fault]:
    said = {"person": tie.person, "resident": tie.resident, "household": tie.household}
    _check_one_of(to, said, here, known)
    for field, codes, offered, sentence in (
        ("residents", tie.residents, here.residents, NO_RESIDENT),
        ("households", tie.households, here.households, NO_HOUSEHOLD),
    ):
        for place, code in enumerate(codes):
            if code not in offered:
                to.fault(field, place, sentence=sentence, code=code)
    return to.faults


def _check_one_of(to: Pointer, said: dict[str, str | None], here: Here, known: Known) -> None:
    if sum(code is not None for code in said.values()) != 1:
        to.fault(sentence=NAME_ONE)
    if known.lacks("person", said["person"]):
        to.fault("person", sentence=NO_PERSON, code=said["person"])
    for field, offered, sentence in (
        ("resident", here.residents, NO_RESIDENT),
        ("household", here.households, NO_HOUSEHOLD),
    ):
        code = said.get(field)
        if code is not None and code not in offered:
            to.fault(field, sentence=sentence, code=code)


# --- Load -------------------------------------------------------------------------------------


def load_standing(*, part: RosterFile, by: Loader) -> None:
    """Bring in kinds, then who stands where as one, then links and what residents may ask for."""
    for kind in part.kinds:
        _once(
            by,
            "own_kind",
            f"{kind.use.value}/{kind.code}",
            kind,
            _add_kind,
            community_id=by.community_id,
            use=kind.use.value,
            name=kind.name,
            filled_by=kind.filled_by.value if kind.filled_by else "",
        )
    for team in part.teams:
        code = f"{team.grid}/{team.kind}/{team.person or team.resident}"
        given = {"grid_id": by.ids["area", team.grid], **_somebody(team, "TEAM", by)}
        _once(by, "team_member", code, team, people.join_team, **given)
    for patch in part.patches:
        _patch(patch, by)
    for tie in part.ties:
        _tie(tie, by)
    for one in part.entitlements:
        _once(
            by,
            "entitlement",
            f"{one.name}/{one.age}",
            one,
            people.add_entitlement,
            community_id=by.community_id,
            name=one.name,
            age_years=one.age,
        )


def _add_kind(**given: Any) -> Any:
    """Name a kind, or take the one of this name that people named before."""
    known = people_queries.own_kinds(community_id=given["community_id"], use=given["use"])
    same = next((one for one in known if one.name == given["name"]), None)
    return same or people.add_kind(**given)


def _patch(part: PatchPart, by: Loader) -> None:
    patch_id = _once(
        by,
        "patch",
        part.code,
        [part.grid, part.name],
        people.add_patch,
        grid_id=by.ids["area", part.grid],
        name=part.name,
    )
    for claim in part.claims:
        code = f"{part.code}/{claim.kind}/{claim.person or claim.resident}"
        given = _somebody(claim, "PATCH", by)
        _once(by, "patch_claim", code, claim, people.claim_patch, patch_id=patch_id, **given)


def _tie(part: TiePart, by: Loader) -> None:
    who = {
        "account_id": by.ids["account", part.person] if part.person else None,
        "resident_id": by.ids["resident", part.resident] if part.resident else None,
        "household_id": by.ids["household", part.household] if part.household else None,
    }
    holder_id = _once(
        by,
        "tie_holder",
        part.key,
        part,
        people.name_tie_holder,
        community_id=by.community_id,
        kind=part.kind.value,
        places=part.places,
        **who,
    )
    targets: Iterable[tuple[str, str]] = [
        *(("resident", key) for key in part.residents),
        *(("household", door) for door in part.households),
    ]
    for field, code in targets:
        to = {f"{field}_id": by.ids[field, code]}
        _once(by, "tie", f"{part.key} {code}", code, people.make_tie, holder_id=holder_id, **to)


def _once(by: Loader, kind: str, code: str, written: Any, make: Any, /, **given: Any) -> int:
    """Make a thing the first time; whoever changed it since knows better."""

    def write(known: int | None) -> tuple[int, bool]:
        if known is not None:
            return known, False
        return make(**given, **by.said).pk, True

    return by.item(kind, code, written, write)


def _somebody(part: SomebodyPart, use: str, by: Loader) -> dict[str, Any]:
    return {
        "kind_id": by.ids["own_kind", f"{use}/{part.kind}"],
        "account_id": by.ids["account", part.person] if part.person else None,
        "resident_id": by.ids["resident", part.resident] if part.resident else None,
    }
