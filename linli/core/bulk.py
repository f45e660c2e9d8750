"""Write many new rows of one table at once, where nobody asks for their keys.

`bulk_create` makes an instance of every row and an expression of every value, which costs several
times what the database does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models, transaction

_AS_THEY_ARE = (models.IntegerField, models.BinaryField)


def insert(
    *, model: type[models.Model], rows: Sequence[Mapping[str, Any]], skips_known: bool = False
) -> int:
    """Write rows given as values by column, such as ``household_id``; all name the same columns.

    What is not named takes the model's default, and keys that the database gives stay out. No
    signal is sent. With `skips_known` a row that a unique key refuses is left out: it waits for
    whoever is just writing the same one. Returns how many were written.
    """
    if not rows:
        return 0
    assert transaction.get_connection().in_atomic_block, "rows belong to a change"
    fields: list[Any] = [
        field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"
    if skips_known:
        statement += " ON CONFLICT DO NOTHING"
    # Column by column: each knows once how its values are prepared.
    by_column = [_prepared(field, _values(field, rows)) for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*by_column, strict=True)))
        return int(cursor.rowcount)


def _values(field: Any, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    name = field.attname
    if name in rows[0]:
        return [row[name] for row in rows]
    return [field.get_default() for _row in rows]


def _prepared(field: Any, values: list[Any]) -> list[Any]:
    """Return a column's values as the driver takes them; numbers and bytes as they are."""
    target = field.target_field if field.is_relation else field
    if isinstance(target, models.CharField):
        return [value if value is None else str(value) for value in values]  # a choice, too
    if isinstance(target, _AS_THEY_ARE):
        return values
    if isinstance(target, models.UUIDField):
        is_native = connection.features.has_native_uuid_field
        return values if is_native else [value and value.hex for value in values]
    if isinstance(target, models.DateField):  # Many rows have the same day or moment.
        known = {one: field.get_db_prep_save(one, connection) for one in set(values)}
        return [known[value] for value in values]
    return [field.get_db_prep_save(value, connection) for value in values]
