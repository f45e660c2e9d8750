"""What a database would do for the statements of a read: which index it goes by."""

from collections.abc import Callable
from typing import Any

from django.db import connection


def plan_of(read: Callable[[], object]) -> str:
    """Return the plan of every statement that a read sends, as the database says it.

    A few rows are read whole sooner than by an index, so PostgreSQL is told to take one if it can.
    """
    sent: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        read()
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        lines = []
        if is_postgresql:
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        for sql, params in sent:
            if sql.startswith(("SELECT", "WITH", "(")):
                cursor.execute(f"EXPLAIN {'' if is_postgresql else 'QUERY PLAN '}{sql}", params)
                lines += [str(row[-1]) for row in cursor.fetchall()]
        if is_postgresql:
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"RESET enable_{way}")
    return "\n".join(lines)
