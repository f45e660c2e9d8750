"""How the house fares, in figures without personal data: what waits, what was given up, how big."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet

from linli.core.models import Delivery, Seal
from linli.flows import beats, dead_letters
from linli.flows.dead_letters import Kind
from linli.notify.models import Dispatch, WebhookDelivery

_seen_migrated: list[bool] = []


@dataclass(frozen=True, slots=True)
class Vitals:
    """The figures of one moment; seconds are None when there is nothing to count from."""

    pending: dict[Kind, int]
    dead: dict[Kind, int]
    lag_seconds: dict[Kind, float]
    seal_age_seconds: float | None
    beat_age_seconds: float | None
    database_bytes: int


def vitals(*, at: datetime) -> Vitals:
    """Return the figures of this moment, in a fixed number of queries.

    The lag of a kind is the age of the oldest that is due and not done, 0 when there is none.
    """
    waiting = _waiting()
    oldest = {
        kind: rows.filter(due_at__lte=at)
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
        for kind, rows in waiting.items()
    }
    sealed_at = Seal.objects.order_by("-id").values_list("sealed_at", flat=True).first()
    beat_at = beats.last_beat()
    return Vitals(
        pending={kind: rows.count() for kind, rows in waiting.items()},
        dead=dead_letters.count_dead(),
        lag_seconds={kind: _age(due_at, at) or 0.0 for kind, due_at in oldest.items()},
        seal_age_seconds=_age(sealed_at, at),
        beat_age_seconds=_age(beat_at, at),
        database_bytes=_database_bytes(),
    )


def is_migrated() -> bool:
    """Tell whether the database is as this version needs it.

    What was seen once stays so: a newer version is another process.
    """
    if not _seen_migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _seen_migrated.append(True)
    return True


def is_answering() -> bool:
    """Tell whether the database answers a question.

    :raises DatabaseError: when it does not.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _waiting() -> dict[Kind, QuerySet[Delivery] | QuerySet[Dispatch] | QuerySet[WebhookDelivery]]:
    return {
        Kind.REACTION: Delivery.objects.filter(state=Delivery.State.PENDING),
        Kind.MESSAGE: Dispatch.objects.filter(sent_at=None, gave_up_at=None),
        Kind.WEBHOOK: WebhookDelivery.objects.filter(
            state=WebhookDelivery.State.PENDING, webhook__paused_at=None
        ),
    }


def _age(moment: datetime | None, at: datetime) -> float | None:
    return None if moment is None else (at - moment).total_seconds()


def _database_bytes() -> int:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    name = Path(settings.DATABASES["default"]["NAME"])
    parts = (name, name.with_name(name.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
