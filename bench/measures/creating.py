"""Take in a report: locate it, look for duplicates, write matter, reporter, event, deliveries."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID, uuid4

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.test import Client
from django.urls import Resolver404, resolve

from bench.measuring import Figure, compare, figure_of, statements_of
from bench.world import World, text
from linli.core.actor import NOBODY, system
from linli.core.models import Delivery, Event
from linli.matters import queries
from linli.matters.models import Matter, Reporter
from linli.matters.services import Report, ReporterInput, report
from linli.matters.workflow import Channel
from linli.people import services as people
from linli.territory.queries import locate

API = "/api/v1/matters"
_NUMBERS = count(1)
_WRITTEN: tuple[type[models.Model], ...] = (Matter, Reporter, Event, Delivery)


def create(world: World) -> list[Figure]:
    """Measure the service path beside the raw driver that writes the same rows."""
    take_in = reporter_at(world)
    raw = RawWriter(take_in())
    costs = compare(measure=take_in, floor=raw.write, rounds=7, times=world.times(60))
    wanted = "CPU ≤ 9 ×" if connection.vendor == "postgresql" else "CPU ≤ 15 ×"
    return [
        figure_of(
            "create a matter (service)",
            costs,
            floor_is="create: the raw driver writes the same rows in one transaction",
            queries=len(statements_of(take_in)),
            wanted=f"≤ 15 queries, {wanted}",
        ),
        *(_over_the_api(world, raw, wanted) if has_api() else []),
    ]


def has_api() -> bool:
    """Tell whether programs can report here."""
    try:
        resolve(API)
    except Resolver404:
        return False
    return True


def token_of(world: World) -> str:
    """Return the secret of a token for the public of the busiest community."""
    return people.issue_token(
        name="bench",
        scopes=["REPORT"],
        community_id=world.village.area_id,
        expires_at=world.at + timedelta(days=1),
        actor=system(name="bench"),
        at=world.at,
    ).secret


def _over_the_api(world: World, raw: "RawWriter", wanted: str) -> list[Figure]:
    """Measure the same through the whole of the REST API, inside this process."""
    browser, random, secret = Client(), Random(8), token_of(world)
    village = world.village
    buildings = [one for grid in village.grids for one in village.buildings[grid]]
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    settings.API_RATE = 10**9

    def post() -> None:
        building_id, _, _, longitude, latitude = random.choice(buildings)
        answer = browser.post(
            API,
            data={
                "text": text(next(_NUMBERS)),
                "building_id": building_id,
                "point": {"longitude": longitude + 0.0001, "latitude": latitude},
                "reporter": {"name": "钱一", "phone": "19900000000", "agreed_privacy": True},
            },
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": str(uuid4())},
        )
        if answer.status_code != 201:
            raise NotTaken(answer.content.decode())

    costs = compare(measure=post, floor=raw.write, rounds=7, times=world.times(60))
    return [
        figure_of(
            "create a matter (REST API)",
            costs,
            floor_is="",
            queries=len(statements_of(post)),
            wanted=f"≤ 15 queries, {wanted}",
        )
    ]


class NotTaken(Exception):
    """The API did not take a report."""


def reporter_at(world: World, *, extra: str = "") -> Callable[[], Matter]:
    """Return what takes in one report after the other, spread over the community's buildings."""
    random = Random(7)
    village = world.village
    buildings = [one for grid in village.grids for one in village.buildings[grid]]

    def take_in() -> Matter:
        building_id, _, _, longitude, latitude = random.choice(buildings)
        words, category = text(next(_NUMBERS)) + extra, village.categories["lamp"][0]
        location = locate(
            community_id=village.area_id,
            building_id=building_id,
            longitude=longitude + 0.0001,
            latitude=latitude,
        )
        queries.suggest_duplicates(
            spot=queries.Spot(
                community_id=village.area_id,
                category_id=category,
                building_id=building_id,
                longitude=location.longitude,
                latitude=location.latitude,
            ),
            text=words,
            at=world.at,
        )
        made = report(
            report=Report(
                submission_key=uuid4(),
                community_id=village.area_id,
                text=words,
                category_id=category,
                location=location,
                channel=Channel.WEB,
                reporter=ReporterInput(name="钱一", phone="19900000000", agreed_privacy=True),
            ),
            actor=NOBODY,
            at=world.at,
        )
        return made.matter

    return take_in


class RawWriter:
    """Writes the rows of one matter again and again, with new keys, by the driver alone."""

    def __init__(self, matter: Matter) -> None:
        reporter = Reporter.objects.get(matter=matter)
        event = Event.objects.get(subject_kind=queries.SUBJECT, subject_id=matter.pk)
        deliveries = list(Delivery.objects.filter(event=event))
        connection.ensure_connection()
        self.raw: Any = connection.connection
        self.is_postgresql = connection.vendor == "postgresql"
        self.inserts = {model: self._insert(model) for model in _WRITTEN}
        self.matter, self.reporter, self.event = (
            self._row(Matter, matter.pk),
            self._row(Reporter, reporter.pk),
            self._row(Event, event.pk),
        )
        self.deliveries = [self._row(Delivery, one.pk) for one in deliveries]
        self.terms = self._terms_of(matter.pk)

    def write(self) -> None:
        """Write a matter, a reporter, an event and its deliveries in one transaction."""
        cursor = self.raw.cursor()
        cursor.execute("BEGIN" if self.is_postgresql else "BEGIN IMMEDIATE")
        matter_id = self._put(
            cursor, Matter, self.matter, trace=self._key(), submission_key=self._key()
        )
        self._put(
            cursor, Reporter, self.reporter, matter_id=matter_id, row_key=self._key(),
            code_digest=uuid4().hex,
        )  # fmt: skip
        if self.terms is not None:
            cursor.execute(self.insert_terms, [matter_id, self.terms])
        event_id = self._put(cursor, Event, self.event, subject_id=matter_id)
        for delivery in self.deliveries:
            # Its due time is far off, so that no worker takes what nobody asked for.
            self._put(cursor, Delivery, delivery, event_id=event_id, state="DONE")
        cursor.execute("COMMIT")
        cursor.close()

    def _terms_of(self, pk: int) -> str | None:
        """Return the row of the search index, where matters keep one beside their table."""
        model = apps.all_models["matters"].get("matterterms")
        if model is None:
            return None
        table = model._meta.db_table
        mark, cast = ("%s", "::tsvector") if self.is_postgresql else ("?", "")
        self.insert_terms = f"INSERT INTO {table} (rowid, terms) VALUES ({mark}, {mark}{cast})"
        cursor = self.raw.cursor()
        text = "terms::text" if self.is_postgresql else "terms"
        cursor.execute(f"SELECT {text} FROM {table} WHERE rowid = {pk:d}")
        row = cursor.fetchone()
        cursor.close()
        return None if row is None else str(row[0])

    def _key(self) -> UUID | str:
        key = uuid4()
        return key if self.is_postgresql else key.hex

    def _columns(self, model: type[models.Model]) -> list[str]:
        return [
            str(field.column)
            for field in model._meta.concrete_fields
            if not field.primary_key and not field.generated
        ]

    def _insert(self, model: type[models.Model]) -> str:
        columns = self._columns(model)
        names = ", ".join(f'"{column}"' for column in columns)
        if self.is_postgresql:
            marks = ", ".join(f"%({column})s" for column in columns)
            return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks}) RETURNING id"
        marks = ", ".join(f":{column}" for column in columns)
        return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks})"

    def _row(self, model: type[models.Model], pk: int) -> dict[str, Any]:
        """Return a row as the driver gives it, which is how it takes it."""
        columns = self._columns(model)
        casts = {
            str(field.column)
            for field in model._meta.concrete_fields
            if self.is_postgresql and field.get_internal_type() == "JSONField"
        }
        names = ", ".join(f'"{one}"::text' if one in casts else f'"{one}"' for one in columns)
        cursor = self.raw.cursor()
        cursor.execute(f"SELECT {names} FROM {model._meta.db_table} WHERE id = {pk:d}")
        row = cursor.fetchone()
        cursor.close()
        return dict(zip(columns, row, strict=True))

    def _put(self, cursor: Any, model: type[models.Model], row: dict[str, Any], **keys: Any) -> int:
        cursor.execute(self.inserts[model], {**row, **keys})
        return int(cursor.fetchone()[0]) if self.is_postgresql else int(cursor.lastrowid)
