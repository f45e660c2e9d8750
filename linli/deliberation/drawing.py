"""A drawn opinion map as the plain values that a table keeps and pages show. A pure module.

Nothing of it names anybody; what fewer than five people say is left out when it is shown.
"""

from collections.abc import Sequence
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
