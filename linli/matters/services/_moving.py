"""The one way a matter moves: look, check the party, one conditional UPDATE, one event."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.core import search
from linli.core.actor import Actor
from linli.core.calendars import calendar_at
from linli.core.clocks import Clock, due_at
from linli.core.errors import Invalid, NotEntitled, Refused
from linli.core.events import record
from linli.core.models import Event
from linli.core.prepared import Prepared
from linli.core.ref import Ref
from linli.language.normal import is_blank_text, tidy
from linli.matters import indexing, queries
from linli.matters.labels import STATES
from linli.matters.models import Matter, MatterTerms
from linli.matters.workflow import RULES, Party, State, Step

TEXT_LENGTH_MAX = 5_000
NOTE_LENGTH_MAX = 2_000


class StepNotAllowed(Refused):
    """The matter is not where this step starts from, often because somebody was faster."""

    sentence = _(
        "This matter now stands at “%(state)s”, so this step is no longer possible. "
        "Somebody may have been faster; please look at it again."
    )


class TextMissing(Invalid):
    """Nothing was said: no letter, digit or character."""

    sentence = _("Please say in words what this is about.")


class TextTooLong(Invalid):
    """More was written than fits."""

    sentence = _(
        "This text has %(length)s characters and at most %(limit)s fit. "
        "Please shorten it; nothing was lost."
    )


def take_up(*, matter_id: int, actor: Actor, step: Step) -> Matter:
    """Return a matter that this person may take this step with, as it stands.

    :raises NotFound: when it does not exist for them.
    :raises NotEntitled: when the step is somebody else's.
    :raises StepNotAllowed: when the matter is not where the step starts from.
    """
    matter = queries.get_matter(actor=actor, matter_id=matter_id)
    if not RULES[step].parties & queries.parties_of(actor=actor, matter=matter):
        # Who lost a race may no longer be a party: say what happened, not that it is not theirs.
        if State(matter.state) not in RULES[step].sources:
            raise StepNotAllowed(state=STATES[State(matter.state)])
        raise NotEntitled
    if State(matter.state) not in RULES[step].sources:
        raise StepNotAllowed(state=STATES[State(matter.state)])
    return matter


def move(
    *,
    matter: Matter,
    step: Step,
    name: str,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    cause: Event | None = None,
    target: State | None = None,
    **changes: Any,
) -> Event:
    """Move a matter by one conditional UPDATE and record `name`; `changes` are its other columns.

    The UPDATE also holds the order and round that were read, so that a decision made on what
    somebody saw never lands on something else. The given `matter` is brought up to date.

    :raises StepNotAllowed: when it moved in between.
    """
    rule = RULES[step]
    target = target or rule.target
    if target is not None:
        changes["state"] = target
    read: dict[str, Any] = {"order_id": matter.order_id, "round": matter.round}
    seen = Matter.objects.filter(pk=matter.pk, state__in=rule.sources, **read)
    # A step that changes no column still takes the row's lock, so nobody moves it meanwhile.
    if not seen.update(**(changes or {"round": matter.round})):
        now = Matter.objects.values_list("state", flat=True).get(pk=matter.pk)
        raise StepNotAllowed(state=STATES[State(now)])
    for column, value in changes.items():
        setattr(matter, column, value)
    if indexing.COLUMNS & changes.keys():
        index(matter_ids=[matter.pk])
    return record_of(matter=matter, name=name, actor=actor, at=at, facts=facts, cause=cause)


_INDEXED = Prepared(lambda key: Matter.objects.filter(pk=key).values(*indexing.READ).order_by())


def index(*, matter_ids: Collection[int]) -> None:
    """Write what matters are found by as they now stand, inside the transaction of the change."""
    if len(matter_ids) == 1:  # as with every report
        found = _INDEXED(key=next(iter(matter_ids)))
        rows = [(row["pk"], indexing.terms_of(row=row)) for row in found]
    else:
        rows = list(indexing.rows_of(matters=Matter.objects, ids=matter_ids))
    search.write(model=MatterTerms, rows=rows)


def record_of(
    *,
    matter: Matter,
    name: str,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    cause: Event | None = None,
) -> Event:
    """Record an event of a matter on its thread."""
    return record(
        name=name,
        subject=ref_of(matter=matter),
        trace=matter.trace,
        actor=actor,
        at=at,
        community_id=matter.community_id,
        facts=facts,
        cause=cause,
    )


def ref_of(*, matter: Matter) -> Ref:
    """Return how events and attachments name this matter."""
    return Ref(kind=queries.SUBJECT, id=matter.pk)


def required_text(*, text: str, field: str, limit: int = NOTE_LENGTH_MAX) -> str:
    """Return a text that says something, tidied.

    :raises TextMissing: when it holds no word.
    :raises TextTooLong: when it does not fit.
    """
    said = optional_text(text=text, field=field, limit=limit)
    if is_blank_text(text=said):
        raise TextMissing(field=field)
    return said


def optional_text(*, text: str, field: str, limit: int = NOTE_LENGTH_MAX) -> str:
    """Return a text tidied; it may be empty.

    :raises TextTooLong: when it does not fit.
    """
    said = tidy(text=text)
    if len(said) > limit:
        raise TextTooLong(field=field, length=len(said), limit=limit)
    return said


def limit_from(*, clock: str, amount: int, start: datetime) -> datetime:
    """Return when a limit that starts now is over, by the official calendar."""
    calendar = calendar_at(at=start)
    return due_at(clock=Clock(clock), amount=amount, start=start, calendar=calendar)


def earliest(*moments: datetime | None) -> datetime:
    """Return the earliest of the moments that are set; at least one is."""
    return min(moment for moment in moments if moment is not None)


def must_not_have_handled(*, matter: Matter, actor: Actor) -> None:
    """Refuse whoever did the work.

    :raises HandlerMayNotJudge: when this person handled the matter.
    """
    if queries.handled(actor=actor, order=matter.order):
        raise HandlerMayNotJudge


class HandlerMayNotJudge(NotEntitled):
    """Who handled a matter neither verifies it nor records what others say of it."""

    sentence = _(
        "You handled this matter yourself. Somebody else has to check it and ask how it went."
    )


def is_reporter(*, matter: Matter, actor: Actor) -> bool:
    """Tell whether this person asked for this."""
    return Party.REPORTER in queries.parties_of(actor=actor, matter=matter)
