"""Fill the database with made-up matters: ``python -m bench.data --rows 1000000``.

They go through the same tables as real ones, with their reporters, orders, events, deliveries,
messages, ratings, notes and seals. The same seed makes the same matters; an interrupted run goes on
where it stopped. One community and one grid of it are far busier than the others, so that a list
of theirs has a hundredth page.
"""

import argparse
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

if __name__ == "__main__":
    from bench import set_up

    set_up()

from django.db import models, transaction
from django.utils import timezone

from bench import words
from bench.bulk import BulkTable, fill, finish
from bench.ground import CITY_CODE, Village, make_ground, read_ground, village_count
from bench.lives import ORDERS, Life, life_of, reported_at
from linli.core import codes, crypto
from linli.core.clocks import Clock
from linli.core.models import Delivery, Event, Seal, SealedEvent
from linli.core.seals import BATCH as EVENTS_PER_SEAL
from linli.core.seals import digest_of
from linli.flows.reactions import names as reactions_of_events
from linli.matters import events
from linli.matters import services as matter_services
from linli.matters.models import Matter, Note, Order, Rating, Reporter
from linli.matters.queries import SUBJECT
from linli.matters.services.reporting import title_of
from linli.matters.workflow import (
    RESTRICTED_KINDS,
    UNRESOLVED,
    Channel,
    OrderState,
    Satisfaction,
    State,
)
from linli.notify.models import Message, Topic
from linli.people.models import Account
from linli.territory.models import Area

TABLES: tuple[type[models.Model], ...] = (
    Matter, Reporter, Order, Event, Delivery, Seal, SealedEvent, Message, Rating, Note,
)  # fmt: skip
_BUSY_VILLAGE_SHARE, _BUSY_GRID_SHARE = 0.10, 0.40
_CHANNELS = (Channel.WEB, Channel.QR, Channel.FIELD, Channel.PHONE, Channel.COUNTER)
_CHANNEL_WEIGHTS = (25, 25, 25, 15, 10)
_HOURS_OF = {
    Clock.EMERGENCY_HOURS: 1.0,
    Clock.WORKING_HOURS: 3.4,
    Clock.WORKING_DAYS: 34.0,
    Clock.CALENDAR_DAYS: 24.0,
}
"""About how many hours of the wall clock one unit of a limit takes."""

Say = Callable[[str], None]


def make_data(*, rows: int, seed: int, say: Say, with_seals: bool = True, people: int = 0) -> None:
    """Fill the database up to `rows` made-up matters; what is there already stays as it is.

    The ground is big enough for `people` residents, too.

    :raises NotOurs: when the database holds a community that was not made here.
    """
    if not Area.objects.filter(code=CITY_CODE).exists():
        if Area.objects.exists():
            raise NotOurs("This database holds something else; give the bench one of its own.")
        now = timezone.now().replace(minute=0, second=0, microsecond=0)
        make_ground(villages=village_count(rows=max(rows, people)), seed=seed, at=now)
    until = Account.objects.get(username="qu1").created_at
    maker = _Maker(rows=rows, seed=seed, until=until, with_seals=with_seals)

    def afterwards() -> None:
        _index_words(say)
        finish(models_loaded=TABLES)

    fill(
        maker=maker, rows=rows, what="matters", models_filled=TABLES, afterwards=afterwards, say=say
    )


class NotOurs(Exception):
    """The database holds real data, or a demonstration; a bench would spoil it."""


class _Maker:
    """Writes batches; each is a pure function of the seed and its first index."""

    def __init__(self, *, rows: int, seed: int, until: datetime, with_seals: bool) -> None:
        self.rows, self.seed, self.until, self.with_seals = rows, seed, until, with_seals
        self.villages = read_ground()
        tail = len(self.villages) - 1
        weights = [1 / (n + 8) for n in range(tail)]
        first = sum(weights) * _BUSY_VILLAGE_SHARE / (1 - _BUSY_VILLAGE_SHARE)
        self.weights = list(accumulate([first, *weights]))
        self.tables = {model: BulkTable(model) for model in TABLES}
        self.owed = reactions_of_events()
        self.themes = list(accumulate(words.WEIGHTS))

    def has(self, start: int) -> bool:
        """Tell whether the batch that begins here was written before."""
        return Matter.objects.filter(submission_key=self._key(start)).exists()

    def _key(self, index: int) -> UUID:
        return UUID(bytes=hashlib.md5(f"{self.seed}:{index}".encode()).digest())

    @transaction.atomic
    def write(self, start: int, stop: int) -> None:
        """Write the matters from `start` to `stop` in one transaction."""
        self.random = Random(f"{self.seed}:{start}")
        self.ids = {
            model: table.next_id() for model, table in self.tables.items() if _has_id(model)
        }
        self.last_of: dict[int, int] = {}
        self.said: list[SimpleNamespace] = []
        for index in range(start, stop):
            self._matter(index)
        if self.with_seals:
            self._seal()
        for table in self.tables.values():
            table.flush()

    def _next(self, model: type[models.Model]) -> int:
        number = self.ids[model]
        self.ids[model] = number + 1
        return number

    def _matter(self, index: int) -> None:
        random = self.random
        place = random.choices(range(len(self.villages)), cum_weights=self.weights)[0]
        village = self.villages[place]
        is_busy = place == 0 and random.random() < _BUSY_GRID_SHARE
        grid_id = village.grids[0] if is_busy else random.choice(village.grids)
        theme = random.choices(words.THEMES, cum_weights=self.themes)[0]
        start = reported_at(index=index, rows=self.rows, until=self.until)
        life = life_of(random=random, start=start, until=self.until, is_busy=place == 0)
        restricted = theme.kind in RESTRICTED_KINDS
        into = self.last_of.get(village.area_id)
        if life.state == State.MERGED and (into is None or restricted):
            life = Life(state=State.DECLINED, moments=((events.REPORTED, start),
                        (events.DECLINED, life.moments[-1][1])))  # fmt: skip
        pk, trace = self._next(Matter), UUID(int=random.getrandbits(128), version=4)
        if life.state not in (State.MERGED, State.WITHDRAWN, State.DECLINED) and not restricted:
            self.last_of[village.area_id] = pk
        staff, reporter_id = random.choice(village.staff), self._next(Reporter)
        order_id, handler = self._orders(village, life, pk, staff)
        due = start + timedelta(hours=_HOURS_OF[theme.clock] * theme.amount)
        self._write_matter(
            village, life, due, theme=theme, grid_id=grid_id, index=index, staff=staff,
            pk=pk, trace=trace, order_id=order_id,
            into=into if life.state == State.MERGED else None,
        )  # fmt: skip
        self._write_reporter(reporter_id, pk, start)
        tell = partial(self._event, trace=trace, pk=pk, community_id=village.area_id)
        for name, at in life.moments:
            if name == events.CLOSED and random.random() < 0.35:
                self._rate(reporter_id, pk, village.area_id, at - timedelta(days=1), tell)
            actor = _actor_of(name, reporter_id, staff, handler)
            event_id = tell(name, at, actor, _facts(name, village, theme, handler, into))
            if name == events.REPORTED and not restricted:
                self._message(village.grid_workers[grid_id], event_id, pk, theme, at, due)
        if life.state in UNRESOLVED - {State.PAUSED} and due < self.until:
            tell(events.OVERDUE, due, "system:escalation", {})
        if random.random() < 0.1:
            self._note(pk, staff, life.moments[-1][1], tell)

    def _write_matter(
        self, village: Village, life: Life, due: datetime, *, theme: words.Theme, grid_id: int,
        index: int, staff: int, pk: int, trace: UUID, order_id: int | None, into: int | None,
    ) -> None:  # fmt: skip
        random, state = self.random, life.state
        building_id, estate_id, where, longitude, latitude = random.choice(
            village.buildings[grid_id]
        )
        text = words.report_of(random=random, theme=theme, where=where)
        runs = state in UNRESOLVED - {State.PAUSED}
        restricted = theme.kind in RESTRICTED_KINDS
        start = life.moments[0][1]
        category_id, condition_id = village.categories[theme.code]
        accepted, verified = life.when(events.ACCEPTED), life.when(events.VERIFIED)
        ended = life.when(events.DECLINED) or life.when(events.WITHDRAWN)
        paused, climbs = life.when(events.PAUSED), runs and start > self.until - timedelta(days=3)
        published = state == State.CLOSED and not restricted and random.random() < 0.02
        self.tables[Matter].add(
            id=pk, trace=trace, submission_key=self._key(index), kind=theme.kind.value,
            state=state.value,
            channel=random.choices(_CHANNELS, _CHANNEL_WEIGHTS)[0].value,
            is_restricted=restricted, text=text, title=title_of(text=text),
            category_id=category_id, condition_id=condition_id, **village.columns,
            grid_id=grid_id, estate_id=estate_id, building_id=building_id,
            entrance_id=random.choice(village.entrances[building_id]),
            longitude=longitude, latitude=latitude,
            level_id=None if restricted else village.levels[0 if climbs else -1],
            level_due_at=self.until + timedelta(days=1) if climbs and not restricted else None,
            settled_level_id=village.levels[-1] if life.when(events.RESOLVED) else None,
            reported_at=start, accepted_at=accepted, accepted_by_id=staff if accepted else None,
            due_at=due, overdue_told_at=due if runs and due < self.until else None,
            paused_at=paused, paused_until=self.until + timedelta(days=5) if paused else None,
            resolved_at=None if state == State.REWORK else life.when(events.RESOLVED),
            closed_at=verified or ended, verified_by_id=staff if verified else None,
            rating_until=(verified + timedelta(days=7))
            if verified and state == State.VERIFIED else None,
            round=2 if state == State.REWORK else 1, order_id=order_id, merged_into_id=into,
            public_summary=f"{theme.name}已处理" if published else "",
            published_at=life.moments[-1][1] if published else None,
        )  # fmt: skip

    def _orders(
        self, village: Village, life: Life, pk: int, staff: int
    ) -> tuple[int | None, int | None]:
        """Write the orders of a matter and return the last one and who works on it."""
        if life.state not in ORDERS:
            return None, None
        company = village.companies[0 if self.random.random() < 0.85 else 1]
        handler = self.random.choice(village.handlers[company])
        sent, taken = life.when(events.DISPATCHED), life.when(events.TAKEN)
        done = life.when(events.RESOLVED)
        first = {
            "matter_id": pk,
            "organisation_id": company,
            "dispatched_by_id": staff,
            "dispatched_at": sent,
            "taken_by_id": handler if taken else None,
            "taken_at": taken,
            "resolved_by_id": handler if done else None,
            "resolved_at": done,
            "resolution": "已现场处理完毕。" if done else "",
            "ended_at": done,
        }
        state, order_id = ORDERS[life.state], self._next(Order)
        if life.state == State.OBJECTED:
            first["objection"] = "不属于物业维修范围。"
        if life.state == State.RETURNED:
            first["return_reason_id"] = village.return_reason_id
        if life.state != State.REWORK:
            self.tables[Order].add(id=order_id, state=state.value, **first)
            return order_id, handler
        self.tables[Order].add(id=order_id, state=OrderState.DONE.value, **first)
        again = self._next(Order)
        self.tables[Order].add(
            id=again, matter_id=pk, round=2, state=state.value, organisation_id=company,
            dispatched_by_id=staff, dispatched_at=life.when(events.REWORK_ASKED),
        )  # fmt: skip
        return again, handler

    def _write_reporter(self, reporter_id: int, pk: int, at: datetime) -> None:
        random = self.random
        row_key = UUID(int=random.getrandbits(128), version=4)
        row, code = str(row_key), codes.new_tracking_code(randbytes=random.randbytes)
        name, phone = words.person(random=random), words.phone(random=random)
        self.tables[Reporter].add(
            id=reporter_id, matter_id=pk, row_key=row_key, reported_at=at, agreed_privacy_at=at,
            name_sealed=crypto.seal(value=name, field="reporter.name", row=row),
            phone_sealed=crypto.seal(value=phone, field="reporter.phone", row=row),
            code_sealed=crypto.seal(value=code, field="reporter.code", row=row),
            phone_digest=crypto.digest(value=phone, field="reporter.phone"),
            code_digest=crypto.digest(value=code, field="reporter.code"),
        )  # fmt: skip

    def _event(
        self, name: str, at: datetime, actor: str, facts: dict[str, Any], *, trace: UUID, pk: int,
        community_id: int,
    ) -> int:  # fmt: skip
        """Write an event and its deliveries, which were done two seconds later."""
        event_id = self._next(Event)
        self.tables[Event].add(
            id=event_id, trace=trace, name=name, subject_kind=SUBJECT, subject_id=pk, actor=actor,
            community_id=community_id, happened_at=at, facts=facts,
        )  # fmt: skip
        done = at + timedelta(seconds=2)
        for reaction in self.owed[name]:
            self.tables[Delivery].add(
                id=self._next(Delivery), event_id=event_id, reaction=reaction,
                state=Delivery.State.DONE.value, attempts=1, due_at=at, done_at=done,
            )  # fmt: skip
        if self.with_seals:
            self.said.append(
                SimpleNamespace(
                    pk=event_id, trace=trace, cause_id=None, name=name, subject_kind=SUBJECT,
                    subject_id=pk, actor=actor, community_id=community_id, happened_at=at,
                    facts=facts,
                )
            )  # fmt: skip
        return event_id

    def _message(
        self, account_id: int, event_id: int, pk: int, theme: words.Theme, at: datetime,
        due: datetime,
    ) -> None:  # fmt: skip
        read = at + timedelta(hours=1)
        self.tables[Message].add(
            id=self._next(Message), account_id=account_id, event_id=event_id,
            topic=Topic.ORDER.value, code="to_accept", path=f"/messages/matter/{pk}/",
            created_at=at, read_at=read if read < self.until - timedelta(days=2) else None,
            facts={"number": str(pk), "category": theme.name, "category_en": "", "place": "",
                   "due": due.isoformat(), "unit": ""},
        )  # fmt: skip

    def _rate(
        self, reporter_id: int, pk: int, community_id: int, at: datetime, tell: Callable[..., int]
    ) -> None:
        said = self.random.choices(tuple(Satisfaction)[:2], (80, 20))[0].value
        self.tables[Rating].add(
            id=self._next(Rating), reporter_id=reporter_id, matter_id=pk,
            community_id=community_id, round=1, solved=True, satisfaction=said, rated_at=at,
        )  # fmt: skip
        facts = {"solved": True, "satisfaction": said, "round": 1}
        tell(events.RATED, at, f"reporter:{reporter_id}", facts)

    def _note(self, pk: int, staff: int, at: datetime, tell: Callable[..., int]) -> None:
        self.tables[Note].add(
            id=self._next(Note), matter_id=pk, text="已电话联系，约定上门时间。",
            written_by_id=staff, written_at=at,
        )  # fmt: skip
        tell(events.NOTED, at, f"account:{staff}", {"kind": Note.Kind.NOTE.value})

    def _seal(self) -> None:
        """Seal the events of this batch as the worker would have done."""
        before = Seal.objects.order_by("-id").values_list("id", "digest").first()
        previous_id, previous = before or (None, "")
        for start in range(0, len(self.said), EVENTS_PER_SEAL):
            part = self.said[start : start + EVENTS_PER_SEAL]
            seal_id, chain = self._next(Seal), hashlib.sha256(previous.encode())
            for event in part:
                digest = digest_of(event=event)  # type: ignore[arg-type]  # it reads these names
                chain.update(digest.encode())
                self.tables[SealedEvent].add(event_id=event.pk, seal_id=seal_id, digest=digest)
            previous = chain.hexdigest()
            self.tables[Seal].add(
                id=seal_id, previous_id=previous_id, digest=previous, sealed_at=self.until,
                events_count=len(part),
            )  # fmt: skip
            previous_id = seal_id


# --- Leaves -------------------------------------------------------------------------------------


def _index_words(say: Say) -> None:
    """Build the search index, where matters keep one beside their table."""
    rebuild = getattr(matter_services, "rebuild_index", None)
    if rebuild is not None:
        say("indexing words")
        rebuild(say=lambda total: say(f"{total:>9,} indexed") if total % 100_000 == 0 else None)


def _has_id(model: type[models.Model]) -> bool:
    return model is not SealedEvent


def _actor_of(name: str, reporter_id: int, staff: int, handler: int | None) -> str:
    if name == events.REPORTED:
        return "nobody:"
    if name == events.WITHDRAWN:
        return f"reporter:{reporter_id}"
    if name == events.CLOSED:
        return "system:closing"
    works = (events.TAKEN, events.RESOLVED, events.OBJECTED, events.RETURNED, events.TIME_ASKED)
    return f"account:{handler if name in works else staff}"


def _facts(
    name: str, village: Village, theme: words.Theme, handler: int | None, into: int | None
) -> dict[str, Any]:  # fmt: skip
    match name:
        case events.REPORTED:
            level = None if theme.kind in RESTRICTED_KINDS else village.levels[0]
            return {"channel": "WEB", "kind": theme.kind.value, "level_id": level, "photos": 0,
                    "danger": ""}  # fmt: skip
        case events.DISPATCHED:
            units = village.handlers
            unit = next((key for key, people in units.items() if handler in people), None)
            return {"organisation_id": unit, "account_id": None}
        case events.MERGED:
            return {"into_id": into}
        case events.RETURNED:
            return {"reason": "UTILITY"}
        case events.TIME_ASKED:
            return {"kind": "PAUSE"}
        case events.REWORK_ASKED:
            return {"because": "verification", "round": 2}
        case events.VERIFIED:
            return {"round": 1}
        case events.CLOSED:
            return {"ratings": 0}
        case events.WITHDRAWN:
            return {"goes_on": False}
        case events.RESOLVED:
            return {"photos": 0}
    return {}


def main() -> None:
    """Read the command line and fill the database that LINLI_HOME or LINLI_DATABASE_URL names."""
    from django.core.management import call_command

    parser = argparse.ArgumentParser(prog="python -m bench.data", description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="how many matters")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same matters")
    parser.add_argument("--no-seals", action="store_true", help="leave the events unsealed")
    wanted = parser.parse_args()
    call_command("migrate", verbosity=0, interactive=False)
    make_data(rows=wanted.rows, seed=wanted.seed, say=print, with_seals=not wanted.no_seals)


if __name__ == "__main__":
    main()
