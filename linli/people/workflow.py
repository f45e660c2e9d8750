"""Which role is held where, and who may give it, take it back or help whoever holds it.

Two questions are kept apart. *May give*: nobody gives what is above themselves. *Stands above*:
somebody who forgot a password is helped by whoever holds the role above, never by an equal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from linli.core.actor import Actor, Grant

BUILDING = "BUILDING"
"""The level of what is held at a building; the other levels are those of areas."""

ORGANISATION = "ORGANISATION"
"""The level of what is held in an organisation."""

LEVELS_OF: dict[str, frozenset[str]] = {
    "SECRETARY": frozenset({"COMMUNITY"}),
    "STAFF": frozenset({"COMMUNITY"}),
    "SOCIAL_WORKER": frozenset({"COMMUNITY", "LARGE_GRID", "GRID"}),
    "CASE_OFFICER": frozenset({"COMMUNITY"}),
    "OVERSEER": frozenset({"CITY", "DISTRICT", "SUBDISTRICT"}),
    "GRID_LEAD": frozenset({"LARGE_GRID", "GRID"}),
    "GRID_WORKER": frozenset({"LARGE_GRID", "GRID", "MICRO_GRID"}),
    "BUILDING_LEAD": frozenset({BUILDING}),
    "HANDLER": frozenset({ORGANISATION}),
    "HANDLER_LEAD": frozenset({ORGANISATION}),
}
"""Where each role can be held."""

HANDLER_ROLES = frozenset({"HANDLER", "HANDLER_LEAD"})
AUTHORITIES = frozenset({"SECRETARY", "OVERSEER"})
"""Roles that nobody gives to themselves, nor prolongs for themselves."""

KEEPERS = frozenset({"SECRETARY", "STAFF"})
"""Who keeps a community's registers of organisations and duty."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a role is held. `above_ids` are the areas above the community or the area itself."""

    level: str
    area_id: int | None = None
    building_id: int | None = None
    organisation_id: int | None = None
    community_id: int | None = None
    above_ids: frozenset[int] = frozenset()

    @property
    def house(self) -> tuple[str, int | None]:
        """Return what a stand-in must belong to as well: organisation, community or area."""
        if self.organisation_id is not None:
            return ORGANISATION, self.organisation_id
        if self.community_id is not None:
            return "COMMUNITY", self.community_id
        return self.level, self.area_id


@dataclass(frozen=True, slots=True)
class Held:
    """One role at one spot."""

    role: str
    spot: Spot


def may_give(*, actor: Actor, held: Held) -> bool:
    """Tell whether this person may give this role there, and take it back.

    A secretary gives any role in the community, an overseer any role below and an equal one, a
    handler lead the handlers of the own organisation. Rules (the shell, packs) may give all.
    """
    return actor.is_system or any(
        _is_above(grant, held)
        or (_is_secretary_there(grant, held) and held.role != "OVERSEER")
        or (grant.role == "OVERSEER" == held.role and grant.place_id == held.spot.area_id)
        for grant in actor.grants
    )


def stands_above(*, actor: Actor, holdings: Iterable[Held]) -> bool:
    """Tell whether this person holds a role above every one of these, of which there is one."""
    held_anywhere = list(holdings)
    if actor.is_system:
        return True
    return bool(held_anywhere) and all(_stands_above(actor, held) for held in held_anywhere)


def may_arrange(*, actor: Actor, holdings: Iterable[Held]) -> bool:
    """Tell whether this person could give each of these roles, of which there is one."""
    held_anywhere = list(holdings)
    if actor.is_system:
        return True
    return bool(held_anywhere) and all(may_give(actor=actor, held=held) for held in held_anywhere)


def keeps_registers(*, actor: Actor, community_id: int) -> bool:
    """Tell whether this person keeps the community's organisations and duty roster."""
    return actor.is_system or any(
        grant.community_id == community_id for grant in actor.grants_of(roles=KEEPERS)
    )


def _stands_above(actor: Actor, held: Held) -> bool:
    return any(
        _is_above(grant, held)
        or (_is_secretary_there(grant, held) and held.role not in AUTHORITIES)
        for grant in actor.grants
    )


def _is_above(grant: Grant, held: Held) -> bool:
    if grant.role == "OVERSEER":
        return grant.place_id in held.spot.above_ids
    leads = grant.role == "HANDLER_LEAD" and held.role == "HANDLER"
    return leads and grant.organisation_id == held.spot.organisation_id


def _is_secretary_there(grant: Grant, held: Held) -> bool:
    return grant.role == "SECRETARY" and grant.community_id == held.spot.community_id


class ImportState(StrEnum):
    """Where a workbook stands on its way onto the roster."""

    UPLOADED = "UPLOADED"  # to be read by the worker
    READ = "READ"  # somebody has to say which column is which
    MAPPED = "MAPPED"  # to be checked by the worker
    CHECKED = "CHECKED"  # somebody looks at what it would do
    APPLYING = "APPLYING"  # being brought in by the worker, batch by batch
    DONE = "DONE"
    FAILED = "FAILED"
    DROPPED = "DROPPED"


IMPORT_STEPS: dict[str, tuple[frozenset[ImportState], ImportState]] = {
    "ask": (frozenset({ImportState.UPLOADED}), ImportState.READ),
    "map": (
        frozenset({ImportState.UPLOADED, ImportState.READ, ImportState.CHECKED}),
        ImportState.MAPPED,
    ),
    "check": (frozenset({ImportState.MAPPED}), ImportState.CHECKED),
    "decide": (frozenset({ImportState.CHECKED}), ImportState.APPLYING),
    "finish": (frozenset({ImportState.APPLYING}), ImportState.DONE),
    "fail": (
        frozenset({ImportState.UPLOADED, ImportState.MAPPED, ImportState.APPLYING}),
        ImportState.FAILED,
    ),
    "drop": (
        frozenset(
            {ImportState.UPLOADED, ImportState.READ, ImportState.MAPPED, ImportState.CHECKED}
        ),
        ImportState.DROPPED,
    ),
}
"""From which states a step leads where. What is being brought in is brought to its end."""

IMPORT_WORK = (ImportState.UPLOADED, ImportState.MAPPED, ImportState.APPLYING)
"""In which states the worker has something to do."""
