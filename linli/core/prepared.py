"""Queries that are asked at every report: Django builds their SQL once, not each time.

Building takes Django several times as long as SQLite takes to answer what is asked by a key.
"""

from collections.abc import Callable
from copy import copy
from datetime import date, datetime
from functools import cached_property
from inspect import signature
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

Row = TypeVar("Row")


class Slot(models.Expression):
    """Stands in a query where the value of that name comes each time it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=models.Field())
        self.name = name

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, list[Any]]:
        """Take the place of one parameter."""
        return "%s", [self]


class Prepared(Generic[Row]):
    """A query with slots: ``Prepared(lambda pk: Building.objects.filter(pk=pk))(pk=7)``.

    `build` is called once, with a `Slot` for each of its parameters (or each of `names`), and
    returns a queryset. A slot stands for a number, a text, a moment, a day or a UUID; None equals
    nothing there, as everywhere in SQL. What would be prefetched is not fetched.
    """

    def __init__(self, build: Callable[..., "models.QuerySet[Any, Row]"], *names: str) -> None:
        self._build, self._names = build, names or tuple(signature(build).parameters)

    def __call__(self, **values: Any) -> list[Row]:
        """Return the rows for these values, as the queryset would."""
        queryset, compiler, sql, params = self._built
        filled = tuple(
            _adapted(values[one.name]) if isinstance(one, Slot) else one for one in params
        )
        again = copy(compiler)
        again.connection = connections[DEFAULT_DB_ALIAS]  # each thread has its own
        again.as_sql = lambda: (sql, filled)
        return list(queryset._iterable_class(_Asked(queryset, again)))

    def first(self, **values: Any) -> Row | None:
        """Return the first row, or None. The query itself should not find more than it needs."""
        rows = self(**values)
        return rows[0] if rows else None

    @cached_property
    def _built(self) -> tuple[Any, Any, str, tuple[Any, ...]]:
        queryset: Any = self._build(**{name: Slot(name) for name in self._names})
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()  # which also tells the compiler what comes back
        return queryset, compiler, sql, params


class _Asked:
    """What Django's iterables want of a queryset and its query, with a compiler that is ready."""

    def __init__(self, queryset: Any, compiler: Any) -> None:
        self._queryset, self._compiler = queryset, compiler

    @property
    def query(self) -> "_Asked":
        return self

    def get_compiler(self, *_args: Any, **_named: Any) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        queryset = self._queryset
        return getattr(queryset if hasattr(queryset, name) else queryset.query, name)


def _adapted(value: Any) -> Any:
    """Return a value as the driver takes it, as fields do when they prepare one."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value
