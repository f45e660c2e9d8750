"""What must hold whatever happened: after a kill, a full disk, a lost connection, a turned clock.

`broken` looks through the database it finds itself on and returns one sentence for each thing that
does not hold. Any test may call it; `python -m tests.faults.check` does for a running office.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import connection, models
from django.db.models import Count, F

from linli.core import attachments, seals
from linli.core.events import registered
from linli.core.models import Attachment, Delivery, Event
from linli.matters import events
from linli.matters.models import Matter, Order, Reporter
from linli.matters.queries import SUBJECT
from linli.matters.workflow import ORDER_LIVE, SETTLED, State
from linli.notify.models import Message

_NAMED_MAX = 5

LEADS_TO: Mapping[str, State] = {
    events.REPORTED: State.REPORTED,
    events.ACCEPTED: State.ACCEPTED,
    events.DECLINED: State.DECLINED,
    events.DISPATCHED: State.DISPATCHED,
    events.RECALLED: State.ACCEPTED,
    events.TAKEN: State.TAKEN,
    events.OBJECTED: State.OBJECTED,
    events.OBJECTION_UPHELD: State.ACCEPTED,
    events.RETURNED: State.RETURNED,
    events.RETURN_REFUSED: State.TAKEN,
    events.PAUSED: State.PAUSED,
    events.RESUMED: State.TAKEN,
    events.SETTLED: State.RESOLVED,
    events.RESOLVED: State.RESOLVED,
    events.VERIFIED: State.VERIFIED,
    events.REWORK_ASKED: State.REWORK,
    events.CLOSED: State.CLOSED,
    events.MERGED: State.MERGED,
}
"""Where an event leaves its matter; the few that ask more are in `_after`."""


def broken(*, at: datetime, acknowledged: Collection[UUID] = ()) -> list[str]:
    """Return a sentence for each thing that does not hold; nothing is owed any more by then.

    `acknowledged` are the submission keys of the reports that somebody was told are in. Stray files
    that are a day old at `at` are dropped first, and open events sealed, as the worker would.
    """
    attachments.drop_stray_files(at=at + timedelta(days=2))
    while seals.seal_events(at=at):
        pass
    found: list[str] = []
    for check in (
        _acknowledged(acknowledged),
        _states(),
        _reporters(),
        _orders(),
        _deliveries(),
        _messages(),
        _tallies(),
        _attachments(),
        _seals(),
        _foreign_keys(),
    ):
        found += check
    return found


# --- Matters ------------------------------------------------------------------------------------


def _acknowledged(keys: Collection[UUID]) -> Iterator[str]:
    wanted = list(keys)
    found: Counter[UUID] = Counter()
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        rows = Matter.objects.filter(submission_key__in=part)
        found.update(rows.values_list("submission_key", flat=True))
    lost = [str(key) for key in wanted if found[key] != 1]
    yield from _named(lost, "an acknowledged report is not there exactly once")


def _states() -> Iterator[str]:
    """Walk every matter's events and compare where they lead with where it stands."""
    stands: dict[int, tuple[str, bool]] = {
        pk: (state, accepted is not None)
        for pk, state, accepted in Matter.objects.values_list("id", "state", "accepted_at")
    }
    said = Event.objects.filter(subject_kind=SUBJECT).order_by("subject_id", "id")
    wrong, begun = [], set()
    rows = said.values_list("subject_id", "name", "facts").iterator(chunk_size=5_000)
    for pk, story in groupby(rows, key=lambda row: row[0]):
        state, is_accepted = stands.get(pk, ("", False))
        begun.add(pk)
        led, reports = "", 0
        for _, name, facts in story:
            reports += name == events.REPORTED
            led = _after(name, facts, led, is_accepted)
        if led != state or reports != 1:
            wrong.append(f"{pk}: {state or 'not there'}, its events say {led} ({reports} reports)")
    yield from _named(wrong, "a matter does not stand where its events say")
    yield from _named([str(pk) for pk in stands.keys() - begun], "a matter has no event")


def _after(name: str, facts: Mapping[str, Any], before: str, is_accepted: bool) -> str:
    if name == events.WITHDRAWN:
        return before if facts.get("goes_on") else State.WITHDRAWN
    if name == events.OBJECTION_OVERRULED:
        return State.DISPATCHED if before == State.OBJECTED else before
    if name == events.UNMERGED:
        return State.ACCEPTED if is_accepted else State.REPORTED
    return LEADS_TO.get(name, State(before) if before else "")


def _reporters() -> Iterator[str]:
    none = Matter.objects.exclude(pk__in=Reporter.objects.values("matter_id"))
    yield from _keys(none, "a matter has nobody who asked")


def _orders() -> Iterator[str]:
    live = Order.objects.filter(state__in=ORDER_LIVE)
    others = live.exclude(matter__order_id=F("pk"))
    yield from _keys(others, "an order is live and its matter names another")
    yield from _keys(live.filter(matter__state__in=SETTLED), "an order is live on what is settled")


# --- What events owe ----------------------------------------------------------------------------


def _deliveries() -> Iterator[str]:
    owed = registered()
    rows = Event.objects.filter(name__in=[name for name, names in owed.items() if names])
    counted = rows.annotate(n=Count("deliveries")).values_list("id", "name", "n")
    wrong = [
        f"{pk} {name}" for pk, name, n in counted.order_by("id").iterator() if n != len(owed[name])
    ]
    yield from _named(wrong, "an event does not have the deliveries that it owes")
    yield from _keys(Delivery.objects.exclude(state=Delivery.State.DONE), "a delivery is not done")
    undated = Delivery.objects.filter(state=Delivery.State.DONE, done_at=None)
    yield from _keys(undated, "a delivery is done and does not say when")


def _messages() -> Iterator[str]:
    rows = Message.objects.values("account_id", "event_id", "code").order_by()
    twice = rows.annotate(n=Count("id")).filter(n__gt=1).values_list("event_id", flat=True)
    yield from _named([str(pk) for pk in twice], "somebody was told the same thing twice")


TALLY = "fault_tally"


def lay_tally() -> None:
    """Let the database itself count how often each delivery becomes done, whoever does it."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TALLY} (delivery_id bigint NOT NULL)")
        insert = f"INSERT INTO {TALLY} VALUES (NEW.id)"
        when = "WHEN (NEW.state = 'DONE')"
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE FUNCTION {TALLY}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {insert}; RETURN NEW; END $$"
            )
            then = f"EXECUTE FUNCTION {TALLY}()"
        else:
            then = f"BEGIN {insert}; END"
        cursor.execute(
            f"CREATE TRIGGER {TALLY} AFTER UPDATE ON core_delivery FOR EACH ROW {when} {then}"
        )


def _tallies() -> Iterator[str]:
    if TALLY not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT delivery_id FROM {TALLY} GROUP BY delivery_id HAVING COUNT(*) <> 1")
        twice = [str(row[0]) for row in cursor.fetchall()]
    yield from _named(twice, "a reaction was done more than once")


# --- The rest -----------------------------------------------------------------------------------


def _attachments() -> Iterator[str]:
    claimed = Attachment.objects.filter(subject_kind=SUBJECT)
    orphans = claimed.exclude(subject_id__in=Matter.objects.values("id"))
    yield from _keys(orphans, "an attachment belongs to no matter")
    kept = Attachment.objects.filter(erased_at=None).order_by("id").values_list("id", "file")
    gone = [str(pk) for pk, name in kept.iterator() if not default_storage.exists(name)]
    yield from _named(gone, "an attachment has lost its file")


def _seals() -> Iterator[str]:
    found = seals.verify_seals()
    if not found.is_whole:
        yield "the seals of the event log are broken"


def _foreign_keys() -> Iterator[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_key_check")
            rows = [str(row) for row in cursor.fetchall()]
            yield from _named(rows, "a foreign key points nowhere")
            cursor.execute("PRAGMA integrity_check")
            said = [row[0] for row in cursor.fetchall()]
            if said != ["ok"]:
                yield f"the database file is damaged: {said[:_NAMED_MAX]}"
            return
        for model in (Event, Delivery, Matter, Reporter, Order, Message):
            yield from _dangling(cursor, model)


def _dangling(cursor: Any, model: type[models.Model]) -> Iterator[str]:
    """Look for keys that point nowhere, as PostgreSQL's own checks may have been off."""
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        target = field.related_model._meta  # type: ignore[union-attr]  # it is a model by now
        cursor.execute(
            f"SELECT t.id FROM {model._meta.db_table} t LEFT JOIN {target.db_table} r "
            f'ON t."{field.column}" = r."{field.target_field.column}" '
            f'WHERE t."{field.column}" IS NOT NULL AND r."{field.target_field.column}" IS NULL '
            f"LIMIT {_NAMED_MAX}"
        )
        rows = [str(row[0]) for row in cursor.fetchall()]
        yield from _named(rows, f"{model.__name__}.{field.name} points nowhere")


def _keys(rows: Any, sentence: str) -> Iterator[str]:
    keys = rows.order_by("pk").values_list("pk", flat=True)[: _NAMED_MAX + 1]
    yield from _named([str(pk) for pk in keys], sentence)


def _named(found: Collection[str], sentence: str) -> Iterator[str]:
    if found:
        few = ", ".join(list(found)[:_NAMED_MAX])
        yield f"{sentence}: {few}" + ("" if len(found) <= _NAMED_MAX else " …")
