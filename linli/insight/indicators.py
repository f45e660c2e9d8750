"""The catalogue of indicators: what each counts, out of what, on which basis.

An indicator is data. Its numerator and denominator are conditions on matters, so the very list
behind a figure can always be shown; `queries` counts them and `queries.cases` returns them. A part
is counted from its sources, each by an index of its own; see docs/decisions/0022.

Restricted matters are outside every figure but the referrals', which only those in charge see.
Staff are never compared with each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from linli.insight.periods import Period
from linli.matters.models import Matter, Rating, Reporter, Told
from linli.matters.registers import PUT_RIGHT
from linli.matters.workflow import OPEN, UNRESOLVED, Channel, Kind, Satisfaction, State


class Unit(StrEnum):
    """What a figure is said in."""

    CASES = "CASES"
    PER_CENT = "PER_CENT"


class Basis(StrEnum):
    """Which moment of a matter has to lie in the period."""

    REPORTED = "REPORTED"
    ACCEPTED = "ACCEPTED"
    DUE = "DUE"
    CLOSED = "CLOSED"
    RATED = "RATED"
    NOW = "NOW"  # as things stand, whatever the period


BASES: Mapping[Basis, Any] = {
    Basis.REPORTED: _("by the day it was reported"),
    Basis.ACCEPTED: _("by the day it was accepted"),
    Basis.DUE: _("by the day its time limit ended"),
    Basis.CLOSED: _("by the day it was verified and closed"),
    Basis.RATED: _("by the day of the rating"),
    Basis.NOW: _("as things stand now"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """What a condition is asked over: a period, and the moment of asking."""

    period: Period
    at: datetime

    @property
    def starts_at(self) -> datetime:
        """Return the first moment that counts."""
        return self.period.starts_at

    @property
    def ends_at(self) -> datetime:
        """Return the moment after the last that counts."""
        return self.period.ends_at

    @property
    def cut_off(self) -> datetime:
        """Return the end of what has come to pass: what is due tomorrow is not due yet."""
        return min(self.ends_at, self.at)


# --- Sources: which matters are looked at -------------------------------------------------------

_OUT_OF_COUNT = (State.DECLINED, State.WITHDRAWN, State.MERGED)
# Named one by one, not as all but these: so a database goes by state and day.
_DUE_STATES = tuple(sorted(frozenset(State) - {*_OUT_OF_COUNT, State.PAUSED}))
_RUNNING = tuple(sorted(UNRESOLVED - {State.PAUSED}))
_CONTENT = (Satisfaction.SATISFIED, Satisfaction.BASICALLY_SATISFIED)


class Source(StrEnum):
    """Where parts are counted from: matters of a period, by the one index that has them."""

    REPORTED = "REPORTED"
    ACCEPTED = "ACCEPTED"
    DUE = "DUE"
    CLOSED = "CLOSED"
    CALLED = "CALLED"  # 12345 orders that were closed, and whose caller could be asked
    CALLED_TWICE = "CALLED_TWICE"  # the same, merged into a matter that was closed
    RATED = "RATED"
    NOW = "NOW"


def _reported(window: Window) -> Q:
    return Q(reported_at__gte=window.starts_at, reported_at__lt=window.ends_at)


def _accepted(window: Window) -> Q:
    return Q(accepted_at__gte=window.starts_at, accepted_at__lt=window.ends_at)


def _due(window: Window) -> Q:
    # A paused clock has no end, and what was merged or withdrawn is nobody's task any more.
    return Q(
        state__in=_DUE_STATES,
        accepted_at__isnull=False,
        due_at__gte=window.starts_at,
        due_at__lt=window.cut_off,
    )


def _closed(window: Window) -> Q:
    return Q(state__in=PUT_RIGHT, closed_at__gte=window.starts_at, closed_at__lt=window.ends_at)


def _called(window: Window) -> Q:
    return _closed(window) & Q(channel=Channel.HOTLINE_12345) & _could_be_asked()


def _called_twice(window: Window) -> Q:
    other = Q(
        merged_into__isnull=False,
        merged_into__state__in=PUT_RIGHT,
        merged_into__closed_at__gte=window.starts_at,
        merged_into__closed_at__lt=window.ends_at,
    )
    return Q(channel=Channel.HOTLINE_12345, state=State.MERGED) & other & _could_be_asked()


def _could_be_asked() -> Q:
    return Q(can_be_asked=True) | Q(said_last__isnull=False)


def _rated(window: Window) -> Q:
    return Q(pk__in=last_answers(window=window).values("matter_id"))


def _now(_window: Window) -> Q:
    return Q(state__in=tuple(sorted(OPEN)))


_SOURCES: Mapping[Source, Callable[[Window], Q]] = {
    Source.REPORTED: _reported,
    Source.ACCEPTED: _accepted,
    Source.DUE: _due,
    Source.CLOSED: _closed,
    Source.CALLED: _called,
    Source.CALLED_TWICE: _called_twice,
    Source.RATED: _rated,
    Source.NOW: _now,
}
ASKING = frozenset({Source.CALLED, Source.CALLED_TWICE})
"""Sources whose conditions ask the columns that `with_answers` adds."""


def condition_of_source(*, source: Source, window: Window) -> Q:
    """Return which matters a source looks at, restricted ones among them."""
    return _SOURCES[source](window)


def with_answers(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """Add what those who brought a matter in said of it last; silence is no value.

    ``was_told`` says whether somebody reached them, ``can_be_asked`` whether anybody could be. Each
    merged report keeps its own people.
    """
    answers = Rating.objects.filter(matter_id=OuterRef("pk")).order_by("-rated_at", "-id")
    told = Told.objects.filter(reporter__matter_id=OuterRef("pk"))
    people = Reporter.objects.filter(matter_id=OuterRef("pk"), withdrawn_at=None, wants_answer=True)
    reachable = people.filter(Q(phone_digest__gt="") | Q(account__isnull=False))
    return rows.alias(
        said_last=Subquery(answers.values("satisfaction")[:1]),
        solved_last=Subquery(answers.values("solved")[:1]),
        was_told=Exists(told.exclude(means=Told.Means.NOT_REACHED)),
        can_be_asked=Exists(reachable),
    )


def last_answers(*, window: Window) -> QuerySet[Rating]:
    """Return of each matter rated in the period the last answer given in it."""
    in_period = Rating.objects.filter(rated_at__gte=window.starts_at, rated_at__lt=window.ends_at)
    later = in_period.filter(matter_id=OuterRef("matter_id")).filter(
        Q(rated_at__gt=OuterRef("rated_at"))
        | Q(rated_at=OuterRef("rated_at"), pk__gt=OuterRef("pk"))
    )
    return in_period.filter(~Exists(later))


# --- Parts: what is counted ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """Which of the matters of its sources are counted: all of them, or those that are `also` so.

    A part of several sources is the sum of them; they never overlap. Of what is rated `also` is
    asked of the answer. Restricted matters are left out, but for referrals, which are counted only
    as themselves.
    """

    sources: tuple[Source, ...]
    also: Callable[[Window], Q] | None = None
    with_restricted: bool = False


def _of_kind(kind: Kind) -> Part:
    return Part(
        (Source.REPORTED,), lambda _window: Q(kind=kind), with_restricted=kind == Kind.REFERRAL
    )


_CALLS = (Source.CALLED, Source.CALLED_TWICE)
_PARTS: Mapping[str, Part] = {
    "received": Part((Source.REPORTED,)),
    "filed": Part((Source.ACCEPTED,)),
    "due": Part((Source.DUE,)),
    "closed": Part((Source.DUE,), lambda _window: Q(state__in=PUT_RIGHT)),
    # The limit is the handler's: it is kept when the work is reported done, not when it is checked.
    "closed_in_time": Part(
        (Source.DUE,),
        lambda _window: Q(state__in=PUT_RIGHT, resolved_at__lte=F("due_at")),
    ),
    "finished": Part((Source.CLOSED,)),
    "reworked": Part((Source.CLOSED,), lambda _window: Q(round__gt=1)),
    "open": Part((Source.NOW,)),
    "overdue": Part((Source.NOW,), lambda window: Q(state__in=_RUNNING, due_at__lt=window.at)),
    "rated": Part((Source.RATED,)),
    "content": Part((Source.RATED,), lambda _window: Q(satisfaction__in=_CONTENT)),
    "could_be_asked": Part(_CALLS),
    "responded": Part(_CALLS, lambda _window: Q(was_told=True) | Q(said_last__isnull=False)),
    "solved": Part(_CALLS, lambda _window: Q(solved_last=True)),
    "satisfied": Part(_CALLS, lambda _window: Q(said_last=Satisfaction.SATISFIED)),
    "basically": Part(_CALLS, lambda _window: Q(said_last=Satisfaction.BASICALLY_SATISFIED)),
    "hazards": _of_kind(Kind.HAZARD),
    "public_order": _of_kind(Kind.PUBLIC_ORDER),
    "disputes": _of_kind(Kind.DISPUTE),
    "questions": _of_kind(Kind.POLICY_QUESTION),
    "referrals": _of_kind(Kind.REFERRAL),
}
PARTS = frozenset(_PARTS)
"""Everything that is counted."""


def part_of(*, code: str) -> Part:
    """Return what is counted under a name of `PARTS`."""
    return _PARTS[code]


def condition_of(*, part: str, window: Window) -> Q:
    """Return the condition of one part on matters, by which the very cases are listed."""
    one = _PARTS[part]
    condition = Q(pk__in=())
    for source in one.sources:
        condition |= _listed(source, one, window)
    return condition if one.with_restricted else condition & Q(is_restricted=False)


def _listed(source: Source, part: Part, window: Window) -> Q:
    if part.also is None:
        return _SOURCES[source](window)
    if source == Source.RATED:
        answers = last_answers(window=window).filter(part.also(window))
        return Q(pk__in=answers.values("matter_id"))
    return _SOURCES[source](window) & part.also(window)


# --- Weights ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weights:
    """What an answer counts for in the 12345 satisfied rate, in thousandths, since when."""

    satisfied: int = 1_000
    basically: int = 900
    since: date | None = None  # None where nobody has set any


USUAL_WEIGHTS = Weights()
"""(satisfied + 0.9 × basically satisfied) / valid, where a community has set nothing.

Source: rules.md, 12345 (unsourced formula): set it with a pack's `rate_weights`.
"""


# --- The catalogue ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure: `numerator` out of `denominator` (none for a plain count).

    Several parts of a numerator never overlap; `weighted` ones count by `Weights`.
    """

    code: str
    name: Any
    counts: Any  # what the figure, or its numerator, counts
    basis: Basis
    numerator: tuple[str, ...]
    out_of: Any = ""  # what the denominator counts
    denominator: str = ""
    weighted: bool = False
    in_charge_only: bool = False
    more_is_better: bool | None = None
    on_map: bool = True

    @property
    def unit(self) -> Unit:
        """Return what the figure is said in."""
        return Unit.PER_CENT if self.denominator else Unit.CASES


_DUE_WORDS = _("accepted matters whose time limit ended in the period, without paused ones")
_VALID_WORDS = _("12345 orders closed in the period whose caller could be asked")
_CLOSED_WORDS = _("matters verified and closed in the period")

CATALOGUE: Mapping[str, Indicator] = {
    one.code: one
    for one in (
        Indicator(
            code="received",
            name=_("Received"),
            counts=_("matters reported in the period, in whatever way"),
            basis=Basis.REPORTED,
            numerator=("received",),
        ),
        Indicator(
            code="filed",
            name=_("Accepted"),
            counts=_("matters accepted in the period"),
            basis=Basis.ACCEPTED,
            numerator=("filed",),
        ),
        Indicator(
            code="due",
            name=_("Due to be closed"),
            counts=_DUE_WORDS,
            basis=Basis.DUE,
            numerator=("due",),
        ),
        Indicator(
            code="closed",
            name=_("Due and closed"),
            counts=_("due matters that are verified and closed"),
            basis=Basis.DUE,
            numerator=("closed",),
        ),
        Indicator(
            code="closed_in_time",
            name=_("Due and closed in time"),
            counts=_("due matters that are closed and were put right within their time limit"),
            basis=Basis.DUE,
            numerator=("closed_in_time",),
        ),
        Indicator(
            code="finished",
            name=_("Closed"),
            counts=_CLOSED_WORDS,
            basis=Basis.CLOSED,
            numerator=("finished",),
        ),
        Indicator(
            code="closing_rate",
            name=_("Closing rate"),
            counts=_("due matters that are verified and closed"),
            basis=Basis.DUE,
            numerator=("closed",),
            denominator="due",
            out_of=_DUE_WORDS,
            more_is_better=True,
        ),
        Indicator(
            code="in_time_rate",
            name=_("Closed-in-time rate"),
            counts=_("due matters that are closed and were put right within their time limit"),
            basis=Basis.DUE,
            numerator=("closed_in_time",),
            denominator="due",
            out_of=_DUE_WORDS,
            more_is_better=True,
        ),
        Indicator(
            code="open",
            name=_("Open now"),
            counts=_("matters that somebody still has to do something about"),
            basis=Basis.NOW,
            numerator=("open",),
            more_is_better=False,
        ),
        Indicator(
            code="overdue",
            name=_("Overdue now"),
            counts=_("open matters past their time limit, without paused ones"),
            basis=Basis.NOW,
            numerator=("overdue",),
            more_is_better=False,
        ),
        Indicator(
            code="rework_share",
            name=_("Rework share"),
            counts=_("closed matters that had to be done again"),
            basis=Basis.CLOSED,
            numerator=("reworked",),
            denominator="finished",
            out_of=_CLOSED_WORDS,
            more_is_better=False,
        ),
        Indicator(
            code="satisfied_share",
            name=_("Satisfied share"),
            counts=_("rated matters whose last answer is satisfied or basically satisfied"),
            basis=Basis.RATED,
            numerator=("content",),
            denominator="rated",
            out_of=_("matters rated in the period; silence is left out"),
            more_is_better=True,
        ),
        Indicator(
            code="hotline_responded",
            name=_("12345 response rate"),
            counts=_("12345 orders whose caller was reached"),
            basis=Basis.CLOSED,
            numerator=("responded",),
            denominator="could_be_asked",
            out_of=_VALID_WORDS,
            more_is_better=True,
        ),
        Indicator(
            code="hotline_solved",
            name=_("12345 solution rate"),
            counts=_("12345 orders whose caller says it is solved"),
            basis=Basis.CLOSED,
            numerator=("solved",),
            denominator="could_be_asked",
            out_of=_VALID_WORDS,
            more_is_better=True,
        ),
        Indicator(
            code="hotline_satisfied",
            name=_("12345 satisfaction rate"),
            counts=_(
                "12345 orders whose caller is satisfied or basically satisfied, each by its weight"
            ),
            basis=Basis.CLOSED,
            numerator=("satisfied", "basically"),
            denominator="could_be_asked",
            out_of=_VALID_WORDS,
            weighted=True,
            more_is_better=True,
        ),
        Indicator(
            code="hazards",
            name=_("Hazards"),
            counts=_("hazards reported in the period"),
            basis=Basis.REPORTED,
            numerator=("hazards",),
        ),
        Indicator(
            code="public_order",
            name=_("Public order"),
            counts=_("public-order matters reported in the period"),
            basis=Basis.REPORTED,
            numerator=("public_order",),
        ),
        Indicator(
            code="disputes",
            name=_("Disputes"),
            counts=_("disputes reported in the period"),
            basis=Basis.REPORTED,
            numerator=("disputes",),
        ),
        Indicator(
            code="questions",
            name=_("Policy questions"),
            counts=_("policy questions asked in the period"),
            basis=Basis.REPORTED,
            numerator=("questions",),
        ),
        Indicator(
            code="referrals",
            name=_("Special-group referrals"),
            counts=_("referrals made in the period; only those in charge see them"),
            basis=Basis.REPORTED,
            numerator=("referrals",),
            in_charge_only=True,
            on_map=False,
        ),
    )
}

PEACE = ("hazards", "public_order", "disputes", "questions", "referrals")
"""The five 平安 kinds, counted apart."""

HOTLINE = ("hotline_responded", "hotline_solved", "hotline_satisfied")


# --- Arithmetic ---------------------------------------------------------------------------------


def share(*, numerator: int, denominator: int) -> int | None:
    """Return a share in hundredths of a per cent, rounded half up; None out of nothing.

    ``share(numerator=911, denominator=972)`` is 9372: 93.72 %. What is not quite all never
    rounds up to 100 %.
    """
    if denominator == 0:
        return None
    points = (numerator * 20_000 + denominator) // (2 * denominator)
    return min(points, 9_999) if numerator < denominator else points


def per_cent(*, points: int | None) -> str:
    """Write hundredths of a per cent, or “—” when there is nothing to divide by."""
    if points is None:
        return "—"
    sign = "-" if points < 0 else ""
    return f"{sign}{abs(points) // 100}.{abs(points) % 100:02d} %"
