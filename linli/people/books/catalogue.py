"""Every register that comes in as a spreadsheet: in a community's own words, and who keeps it."""

from collections.abc import Callable, Mapping
from datetime import date

from linli.core.actor import Actor
from linli.people import queries
from linli.people.books import (
    grid_teams,
    organisations,
    party_members,
    priority_people,
    talents,
)
from linli.people.books.registers import HOUSEHOLDS, RESIDENTS, Register
from linli.people.models import RosterImport

REGISTERS: Mapping[str, Register] = {
    one.code: one
    for one in (
        RESIDENTS,
        HOUSEHOLDS,
        party_members.PARTY,
        grid_teams.TEAMS,
        priority_people.NEEDS,
        talents.TALENTS,
        organisations.ORGANISATIONS,
    )
}

_IN_OWN_WORDS: Mapping[str, Callable[..., Register]] = {
    party_members.PARTY.code: party_members.in_words_of,
    grid_teams.TEAMS.code: grid_teams.in_words_of,
    priority_people.NEEDS.code: priority_people.in_words_of,
}
_KEPT_BY: Mapping[str, Callable[..., bool]] = {
    party_members.PARTY.code: queries.may_keep_party,
    priority_people.NEEDS.code: queries.manages_needs,
}


def register_of(*, code: str, community_id: int, on: date) -> Register:
    """Return a register; columns that choose among what a community has offer it as of that day."""
    own = _IN_OWN_WORDS.get(code)
    return REGISTERS[code] if own is None else own(community_id=community_id, on=on)


def register_of_import(*, row: RosterImport) -> Register:
    """Return the register into which a workbook goes, in the words of the day it was handed in."""
    on = queries.local_day(at=row.uploaded_at)
    return register_of(code=row.register, community_id=row.community_id, on=on)


def may_bring_in(*, actor: Actor, community_id: int, register: str) -> bool:
    """Tell whether somebody keeps a whole register of a community, and so brings a file in.

    Party members are the secretary's, needs those of who is entitled to all of them; the office
    keeps the others.
    """
    kept_by = _KEPT_BY.get(register, queries.keeps)
    return register in REGISTERS and kept_by(actor=actor, community_id=community_id)
