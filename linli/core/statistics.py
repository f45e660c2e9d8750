"""Let SQLite know how its tables are filled; PostgreSQL sees to that by itself.

Without, or with what it knew before an index came, its planner walks whole tables: among a million
matters a district's list took 164 ms instead of 1.2 (docs/benchmarks.md).
"""

from datetime import datetime

from django.db import connection, transaction

ROWS_LOOKED_AT = 1_000
"""Of each index. A look at all of them would take minutes and tell no more."""


def refresh_statistics(*, at: datetime | None = None) -> int:  # noqa: ARG001  # a job of the worker
    """Look at every table anew; nobody was owed it, so it counts as 0."""
    if connection.vendor == "sqlite":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}")
            cursor.execute("ANALYZE")
    return 0
