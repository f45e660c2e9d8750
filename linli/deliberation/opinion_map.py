"""Which groups of opinion there are, what each holds, and what all of them share. A pure module.

People agree (1), disagree (-1) or pass (0) on short statements. Those who answer alike lie near
each other on a plane, the two widest directions of all answers; groups are what k-means finds.
The map advises; it decides nothing, and it never shows a group of one.

Source: Small, Bjorkegren, Erkkilä, Shaw, Megill, “Polis: Scaling deliberation by mapping high
dimensional opinion spaces” (RECERCA 26(2), 2021): missing answers stand at the statement's mean;
whoever answered little is pushed outwards by √(statements ÷ answers); at least 7 answers to be
grouped; group-informed consensus; representativeness with both tests at 90 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Labels = NDArray[np.int64]

AGREE, PASS, DISAGREE = 1, 0, -1
GROUPS_MOST = 5
ANSWERS_LEAST = 7
GROUPED_LEAST = 15
"""So many take part in the grouping at least, those with most answers first."""
_Z_90 = 1.2816
_PEOPLE_A_GROUP = 12
_STARTS = 20
_ROUNDS = 200
_SAMPLE = 3_000
"""So many people at most judge how well a grouping fits: each is compared with each."""


class TooFewAnswers(Exception):
    """There are not two people with two different answers: there is no map to draw."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a group holds more than the others do; `direction` is AGREE or DISAGREE.

    `representativeness` is how many times as likely its members are to answer so.
    """

    group: int
    statement: int
    direction: int
    representativeness: float
    weight: float


@dataclass(frozen=True, slots=True)
class OpinionMap:
    """Points by participant (rows of the answers), groups from 1 (0: in none), and statistics.

    `agreed`, `disagreed` and `answered` count by group and statement.
    """

    points: Numbers
    groups: Labels
    agreed: Labels
    disagreed: Labels
    answered: Labels
    consensus: Numbers
    held: tuple[Held, ...]

    @property
    def group_count(self) -> int:
        """How many groups there are."""
        return len(self.agreed)


def draw(
    *, answers: Numbers, moderated_out: Sequence[bool], groups: int | None = None, seed: int
) -> OpinionMap:
    """Draw the map of `answers`, participants × statements, NaN where somebody did not answer.

    Statements moderated out count as zero for everyone. `groups` is 2 to 5, or None for what fits
    best. The same answers and seed give the same map.

    :raises TooFewAnswers: when nobody differs from anybody.
    """
    out = np.asarray(moderated_out, dtype=bool)
    table = np.where(out[np.newaxis, :], 0.0, answers)
    points = _points(table)
    # A moderated statement is nobody's answer, though it stands in the table as a zero.
    counted = np.sum(~np.isnan(answers) & ~out, axis=1)
    rows = _grouped_rows(counted, statements=int(np.sum(~out)))
    if len(rows) < 2 or not np.ptp(points[rows], axis=0).any():
        raise TooFewAnswers
    labels = np.zeros(len(table), dtype=np.int64)
    labels[rows] = _groups_of(points[rows], groups, np.random.default_rng(seed))
    agreed, disagreed, answered = _counts(table, labels)
    chances = (agreed + 1) / (answered + 2)
    return OpinionMap(
        points=points,
        groups=labels,
        agreed=agreed,
        disagreed=disagreed,
        answered=answered,
        consensus=np.prod(chances, axis=0),
        held=_held(agreed, disagreed, answered, out),
    )


# --- Where people stand -------------------------------------------------------------------------


def _points(table: Numbers) -> Numbers:
    """Return where each participant stands on the plane of the two widest directions."""
    there = ~np.isnan(table)
    count = there.sum(axis=0)
    means = np.where(there, table, 0.0).sum(axis=0) / np.maximum(count, 1)
    centred = np.where(there, table - means, 0.0)
    _widths, directions = np.linalg.eigh(centred.T @ centred)
    plane = directions[:, ::-1][:, :2]
    # An axis has no sign of its own: the statement that weighs most points upwards.
    heaviest = np.abs(plane).argmax(axis=0)
    plane = plane * np.where(plane[heaviest, range(plane.shape[1])] < 0, -1.0, 1.0)
    stretch = np.sqrt(table.shape[1] / np.maximum(there.sum(axis=1), 1))
    points: Numbers = (centred @ plane) * stretch[:, np.newaxis]
    if points.shape[1] < 2:
        points = np.column_stack([points, np.zeros(len(points))])
    return points


def _grouped_rows(counted: Labels, *, statements: int) -> Labels:
    """Return the rows of those who answered enough to be grouped."""
    enough = np.flatnonzero(counted >= max(1, min(ANSWERS_LEAST, statements)))
    if len(enough) < GROUPED_LEAST:
        most = np.argsort(-counted, kind="stable")[:GROUPED_LEAST]
        enough = np.union1d(enough, most[counted[most] > 0])
    return enough


# --- Groups -------------------------------------------------------------------------------------


def _groups_of(points: Numbers, wanted: int | None, chance: np.random.Generator) -> Labels:
    """Return groups from 1, the largest first; none of them has one member."""
    if wanted is not None:
        return _numbered(_without_singles(points, _k_means(points, wanted, chance)))
    most = min(GROUPS_MOST, 2 + len(points) // _PEOPLE_A_GROUP, len(points) // 2)
    sample = np.arange(len(points))
    if len(points) > _SAMPLE:
        sample = np.sort(chance.choice(len(points), _SAMPLE, replace=False))
    between = np.linalg.norm(points[sample, np.newaxis] - points[np.newaxis, sample], axis=2)
    best, best_fit = np.zeros(len(points), dtype=np.int64), -1.0
    for count in range(2, max(most, 2) + 1):
        labels = _k_means(points, count, chance)
        if np.bincount(labels).min() < 2:
            continue
        fit = _silhouette(between, labels[sample])
        if fit > best_fit:
            best, best_fit = labels, fit
    return _numbered(best)


def _k_means(points: Numbers, count: int, chance: np.random.Generator) -> Labels:
    """Return the best of several runs, each begun with far points (k-means++)."""
    best, least = np.zeros(len(points), dtype=np.int64), np.inf
    for _start in range(_STARTS):
        centres = _far_points(points, count, chance)
        labels = np.full(len(points), -1, dtype=np.int64)
        for _round in range(_ROUNDS):
            away = ((points[:, np.newaxis] - centres[np.newaxis]) ** 2).sum(axis=2)
            nearest = away.argmin(axis=1)
            if (nearest == labels).all():
                break
            labels = nearest
            for group in np.unique(labels):
                centres[group] = points[labels == group].mean(axis=0)
        total = float(away[np.arange(len(points)), labels].sum())
        if total < least:
            best, least = labels, total
    found: Labels = np.unique(best, return_inverse=True)[1].astype(np.int64)
    return found


def _far_points(points: Numbers, count: int, chance: np.random.Generator) -> Numbers:
    chosen = [int(chance.integers(len(points)))]
    away = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count and away.any():
        chosen.append(int(chance.choice(len(points), p=away / away.sum())))
        away = np.minimum(away, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen].copy()


def _silhouette(between: Numbers, labels: Labels) -> float:
    """Return how much nearer people are to their own group than to the next, -1 to 1."""
    names, own = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        return -1.0
    sizes = np.bincount(own)
    sums = np.column_stack([between[:, own == group].sum(axis=1) for group in range(len(names))])
    rows = np.arange(len(own))
    inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    outside = means.min(axis=1)
    widest = np.maximum(inside, outside)
    counts = (sizes[own] > 1) & (widest > 0)
    fits = np.divide(outside - inside, widest, out=np.zeros(len(own)), where=counts)
    return float(fits.mean())


def _without_singles(points: Numbers, labels: Labels) -> Labels:
    """Put whoever stands alone into the nearest group: one person's opinion is never drawn."""
    while (sizes := np.bincount(labels)).min() < 2 and len(sizes) > 1:
        alone = int(sizes.argmin())
        others = [group for group in range(len(sizes)) if group != alone]
        centres = np.array([points[labels == group].mean(axis=0) for group in others])
        here = points[labels == alone][0]
        nearest = others[int(((centres - here) ** 2).sum(axis=1).argmin())]
        labels = np.where(labels == alone, nearest, labels)
        labels = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    return labels


def _numbered(labels: Labels) -> Labels:
    """Number groups from 1, by size and then by who comes first."""
    names, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    order = sorted(range(len(names)), key=lambda at: (-sizes[at], first[at]))
    number = np.zeros(int(names.max()) + 1, dtype=np.int64)
    for place, at in enumerate(order, start=1):
        number[names[at]] = place
    numbered: Labels = number[labels]
    return numbered


# --- What they hold -----------------------------------------------------------------------------


def _counts(table: Numbers, labels: Labels) -> tuple[Labels, Labels, Labels]:
    def by_group(is_so: NDArray[np.bool_]) -> Labels:
        groups = range(1, int(labels.max()) + 1)
        return np.array([is_so[labels == group].sum(axis=0) for group in groups], dtype=np.int64)

    return by_group(table == AGREE), by_group(table == DISAGREE), by_group(~np.isnan(table))


@dataclass(frozen=True, slots=True)
class _Way:
    """A group's answers in one direction, by statement, and how they stand out from the rest."""

    direction: int
    ratio: Numbers
    z: Numbers
    weight: Numbers
    is_held: NDArray[np.bool_]


def _held(
    agreed: Labels, disagreed: Labels, answered: Labels, out: NDArray[np.bool_]
) -> tuple[Held, ...]:
    """Return what each group holds, what says most about it first."""
    held: list[Held] = []
    for group in range(len(agreed)):
        yes = _way(AGREE, agreed, answered, group)
        no = _way(DISAGREE, disagreed, answered, group)
        stronger = yes.z > no.z
        found = [
            Held(group + 1, at, way.direction, float(way.ratio[at]), float(way.weight[at]))
            for way, is_this_way in ((yes, stronger), (no, ~stronger))
            for at in map(int, np.flatnonzero(way.is_held & is_this_way & ~out))
        ]
        held += sorted(found, key=lambda one: (-one.weight, one.statement))
    return tuple(held)


def _way(direction: int, count: Labels, answered: Labels, group: int) -> _Way:
    own, own_all = count[group], answered[group]
    rest, rest_all = count.sum(axis=0) - own, answered.sum(axis=0) - own_all
    chance = (own + 1) / (own_all + 2)
    # One proportion against a half, then two against each other, each with one more of both.
    first, second = (own + 1) / (own_all + 1), (rest + 1) / (rest_all + 1)
    by_itself = 2 * np.sqrt(own_all + 1) * (first - 0.5)
    pooled = (own + rest + 2) / (own_all + rest_all + 2)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / (own_all + 1) + 1 / (rest_all + 1)))
    z = np.divide(first - second, spread, out=np.zeros_like(spread), where=spread > 0)
    ratio = chance / ((rest + 1) / (rest_all + 2))
    return _Way(
        direction=direction,
        ratio=ratio,
        z=z,
        weight=ratio * z * chance * by_itself,
        is_held=(by_itself > _Z_90) & (z > _Z_90) & (own_all > 0),
    )
