"""What has to be put right in a file: each cause once, however many rows suffer from it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from linli.territory.imports.source import Fault

_RANGES_SHOWN = 8


def causes_among(*, faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return the faults to be put right, in the order of the file.

    Faults that follow from another row are left out. Rows that name the same thing that does not
    exist make one: it stands at the first of them, and its sentence names the sheet and the row
    numbers of all.
    """
    found: list[Fault] = []
    naming: dict[tuple[str, ...], list[Fault]] = {}
    for fault in faults:
        if fault.follows:
            continue
        if fault.missing:
            same = naming.setdefault(fault.missing, [])
            same.append(fault)
            if len(same) > 1:
                continue
        found.append(fault)
    return tuple(
        _said_once(naming[fault.missing]) if len(naming.get(fault.missing, ())) > 1 else fault
        for fault in found
    )


def _said_once(same: Sequence[Fault]) -> Fault:
    first = same[0]
    rows: dict[str, list[int]] = {}
    for fault in same:
        rows.setdefault(fault.sheet, []).append(fault.row)
    facts = {
        "name": first.value,
        "sheet": first.missing[0],
        "total": len(same),
        "rows": "；".join(f"{sheet} {ranges_of(rows=kept)}" for sheet, kept in rows.items()),
    }
    sentence = _(
        "“%(name)s” is neither in “%(sheet)s” nor in the register; %(total)s rows use it: "
        "%(rows)s. Put it right, and all of them are."
    )
    return replace(first, sentence=sentence % facts)


def ranges_of(*, rows: Iterable[int]) -> str:
    """Return row numbers in few words: 5–41, 45; a long list ends in “…”."""
    ranges: list[tuple[int, int]] = []
    for row in sorted(set(rows)):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1] = ranges[-1][0], row
        else:
            ranges.append((row, row))
    said = [str(a) if a == b else f"{a}–{b}" for a, b in ranges]
    return ", ".join([*said[:_RANGES_SHOWN], *(["…"] if len(said) > _RANGES_SHOWN else [])])
