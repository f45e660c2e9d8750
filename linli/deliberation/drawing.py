"""A drawn opinion map as the plain values that a table keeps and pages show. A pure module.

Nothing of it names anybody; what fewer than five people say is left out when it is shown.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linli.deliberation import opinion_map
from linli.deliberation.opinion_map import AGREE, Numbers, TooFewAnswers

SHOWN_LEAST = 5
"""Of fewer people than this, nothing is shown."""
_SHARED_MOST = 10
_HELD_MOST = 6
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Answers:
    """What a map is drawn from: participants × statements, NaN where somebody did not answer.

    `participant_ids` and `statement_ids` are the keys of rows and columns, in the order in which
    the published files name them.
    """

    participant_ids: Sequence[int]
    statement_ids: Sequence[int]
    moderated_out: Sequence[bool]
    table: Numbers


@dataclass(frozen=True, slots=True)
class Held:
    """What a group holds: a statement, which way, and how many of those who answered it."""

    text: str
    agrees: bool
    count: int
    answered: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What all groups share, with the whole per cent that agree in each group that is shown."""

    text: str
    shares: tuple[tuple[int, int], ...]  # group, percent


@dataclass(frozen=True, slots=True)
class Shown:
    """What anybody may read of a map. `withheld` groups are too small to be shown."""

    participants: int
    grouped: int
    withheld: int
    groups: tuple[Mapping[str, Any], ...]  # as they were drawn
    held: tuple[tuple[Held, ...], ...]  # of each of these groups
    shared: tuple[Shared, ...]


def shown_of(*, drawn: Mapping[str, Any] | None, texts: Mapping[int, str]) -> Shown | None:
    """Return what may be shown of a map, or None while that is nothing.

    A group of fewer than `SHOWN_LEAST` is left out, and so is a statement that fewer of a group
    answered, or that is not shown any more: `texts` are the words of those that are, by key.
    """
    if not drawn or drawn["participants"] < SHOWN_LEAST:
        return None
    groups = tuple(one for one in drawn["groups"] if one["size"] >= SHOWN_LEAST)
    if not groups:
        return None
    return Shown(
        participants=drawn["participants"],
        grouped=drawn["grouped"],
        withheld=len(drawn["groups"]) - len(groups),
        groups=groups,
        held=tuple(_held_shown(one, texts) for one in groups),
        shared=_shared_shown(drawn, texts, {one["group"] for one in groups}),
    )


def _held_shown(group: Mapping[str, Any], texts: Mapping[int, str]) -> tuple[Held, ...]:
    return tuple(
        Held(
            text=texts[one["statement"]],
            agrees=one["agrees"],
            count=one["agreed"] if one["agrees"] else one["disagreed"],
            answered=one["answered"],
        )
        for one in group["held"]
        if one["answered"] >= SHOWN_LEAST and one["statement"] in texts
    )


def _shared_shown(
    drawn: Mapping[str, Any], texts: Mapping[int, str], numbers: Collection[int]
) -> tuple[Shared, ...]:
    lines = []
    for one in drawn["shared"]:
        shares = tuple(
            (number, 100 * said["agreed"] // said["answered"])
            for number, said in enumerate(one["groups"], start=1)
            if number in numbers and said["answered"] >= SHOWN_LEAST
        )
        if shares and one["statement"] in texts:
            lines.append(Shared(text=texts[one["statement"]], shares=shares))
    return tuple(lines)


def drawn_of(*, table: Answers, seed: int) -> dict[str, Any]:
    """Return the map of these answers; without groups where nobody differs from anybody."""
    drawn: dict[str, Any] = {
        "participants": len(table.participant_ids),
        "statements": len(table.statement_ids) - sum(table.moderated_out),
        "answers": int((~np.isnan(table.table)).sum()),
        "seed": seed,
        "grouped": 0,
        "groups": [],
        "shared": [],
        "points": {},
    }
    if not len(table.participant_ids) or not len(table.statement_ids):
        return drawn
    try:
        found = opinion_map.draw(answers=table.table, moderated_out=table.moderated_out, seed=seed)
    except TooFewAnswers:
        return drawn
    drawn["grouped"] = int((found.groups > 0).sum())
    drawn["points"] = {
        str(key): [round(float(x), _DIGITS), round(float(y), _DIGITS), int(group)]
        for key, (x, y), group in zip(
            table.participant_ids, found.points, found.groups, strict=True
        )
    }
    drawn["groups"] = [_group(number, found, table) for number in range(1, found.group_count + 1)]
    drawn["shared"] = _shared(found, table)
    return drawn


def _group(number: int, found: opinion_map.OpinionMap, table: Answers) -> dict[str, Any]:
    rows = found.groups == number
    points = found.points[rows]
    held = [one for one in found.held if one.group == number]
    return {
        "group": number,
        "size": int(rows.sum()),
        "centre": [round(float(one), _DIGITS) for one in points.mean(axis=0)],
        "spread": [round(float(one), _DIGITS) for one in points.std(axis=0)],
        "held": [
            {
                **_counts(number - 1, one.statement, found, table),
                "agrees": one.direction == AGREE,
            }
            for one in held[:_HELD_MOST]
        ],
    }


def _shared(found: opinion_map.OpinionMap, table: Answers) -> list[dict[str, Any]]:
    """Return what all groups agree with, the most agreed first, with each group's figures."""
    order = sorted(
        (at for at in range(len(table.statement_ids)) if not table.moderated_out[at]),
        key=lambda at: (-float(found.consensus[at]), at),
    )
    agreed = [at for at in order if _is_shared(at, found)]
    return [
        {
            "statement": table.statement_ids[at],
            "consensus": round(float(found.consensus[at]), _DIGITS),
            "groups": [_counts(group, at, found, table) for group in range(found.group_count)],
        }
        for at in agreed[:_SHARED_MOST]
    ]


def _is_shared(at: int, found: opinion_map.OpinionMap) -> bool:
    """Tell whether more agree than do not, in every group."""
    return bool(np.all(2 * found.agreed[:, at] > found.answered[:, at]))


def _counts(group: int, at: int, found: opinion_map.OpinionMap, table: Answers) -> dict[str, int]:
    return {
        "statement": table.statement_ids[at],
        "agreed": int(found.agreed[group, at]),
        "disagreed": int(found.disagreed[group, at]),
        "answered": int(found.answered[group, at]),
    }
