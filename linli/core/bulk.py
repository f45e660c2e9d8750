"""Write many new rows of one table at once, where nobody asks for their keys.

`bulk_create` makes an expression of every value, which costs several times what the database does.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models, transaction


def insert(*, rows: Sequence[models.Model]) -> None:
    """Write rows of one model by their columns as they are; keys that the database gives stay out.

    Defaults of the model hold; no signal is sent, and the rows do not learn their keys.
    """
    if not rows:
        return
    assert transaction.get_connection().in_atomic_block, "rows belong to a change"
    meta = rows[0]._meta
    fields: list[Any] = [
        field for field in meta.concrete_fields if not isinstance(field, models.AutoField)
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({places})"
    # Column by column: each knows once how its values are prepared.
    by_column = [
        _prepared(field, [getattr(row, field.attname) for row in rows]) for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*by_column, strict=True)))


def _prepared(field: Any, values: list[Any]) -> list[Any]:
    """Return a column's values as the driver takes them; numbers are taken as they are."""
    target = field.target_field if field.is_relation else field
    if isinstance(target, models.CharField):
        return [value if value is None else str(value) for value in values]  # a choice, too
    if isinstance(target, models.IntegerField):
        return values
    return [field.get_db_prep_save(value, connection) for value in values]
