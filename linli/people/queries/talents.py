"""The pool of local talents: who agreed to be asked, found by skill, by letters or by name."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from linli.core.actor import Actor
from linli.language.normal import normalise
from linli.language.pinyin import matches_initials
from linli.people.models import OwnKind, Resident, Talent
from linli.people.queries.residents import (
    ResidentFilter,
    ResidentRow,
    matching,
    residents_open_to,
    row_of,
)

TALENT = "people.talent"
"""How events name them."""


@dataclass(frozen=True, slots=True)
class TalentRow:
    """Somebody of the pool, opened for a person who serves where they live."""

    talent: Talent
    row: ResidentRow
    forces: tuple[OwnKind, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """Those who are listed and were asked for, and how many bring in which force, of all."""

    rows: list[TalentRow]
    total: int
    forces: Counter[str]


def list_talents(*, actor: Actor, query: str = "", force_id: int | None = None) -> Pool:
    """Return the talents of somebody's places in the order in which they were listed.

    Every word of `query` is found in a skill, its initials, or the person's name, initials and
    address. A community lists some hundreds, so all of them are looked through.
    """
    listed = Talent.objects.filter(withdrawn_on=None, resident__until_date=None)
    here = listed.filter(resident__in=residents_open_to(actor=actor))
    talents = list(here.prefetch_related("forces").order_by("id"))
    counted = Counter(
        force.name for one in talents for force in one.forces.all() if force.ended_at is None
    )
    shown = [
        one
        for one in talents
        if force_id is None or force_id in {force.pk for force in one.forces.all()}
    ]
    words = normalise(text=query).lower().split()
    if words:
        named = _named(actor, query, shown)
        shown = [
            one
            for one in shown
            if one.resident_id in named or all(_has(one.skills, word) for word in words)
        ]
    door = "household__dwelling__entrance__building__estate"
    ids = [one.resident_id for one in shown]
    residents = Resident.objects.select_related(door, "grid").in_bulk(ids)
    rows = [
        TalentRow(
            one,
            row_of(resident=residents[one.resident_id]),
            tuple(force for force in one.forces.all() if force.ended_at is None),
        )
        for one in shown
    ]
    return Pool(rows, total=len(talents), forces=counted)


def talent_of(*, resident: Resident) -> Talent | None:
    """Return what a resident is listed with, or last was; None when they never were."""
    rows = Talent.objects.filter(resident=resident).prefetch_related("forces")
    return rows.filter(withdrawn_on=None).first() or rows.order_by("-id").first()


def _named(actor: Actor, query: str, talents: Iterable[Talent]) -> set[int]:
    """Return the residents among them whom the roster's own search finds."""
    found = matching(actor=actor, wanted=ResidentFilter(query=query))
    ids = [one.resident_id for one in talents]
    return set(found.filter(pk__in=ids).values_list("pk", flat=True))


def _has(skills: str, word: str) -> bool:
    plain = normalise(text=skills).lower()
    if word in plain:
        return True
    return any(matches_initials(query=word, text=skill) for skill in plain.split())
