"""Columns that hold what `crypto.seal` wrote, and how all of them get another key.

A sealed column says under which name and for which row it was sealed, so that the rotation of the
key finds every one of them: no room can forget its own.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction

from linli.core import crypto

BATCH = 500


class SealedField(models.BinaryField):  # type: ignore[type-arg]  # it takes none when it runs
    """A sealed column.

    `label` is the field that `crypto.seal` is given; `row` says how its row is written from the
    instance, as `str.format` takes it.
    """

    def __init__(self, *given: Any, label: str = "", row: str = "{0.row_key}", **more: Any) -> None:
        self.label, self.row = label, row
        super().__init__(*given, **more)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Return what a migration writes: to the database it is a column of bytes."""
        name, _path, given, more = super().deconstruct()
        return name, "django.db.models.BinaryField", given, more

    def row_of(self, instance: models.Model) -> str:
        """Return the row for which this column of an instance is sealed."""
        return self.row.format(instance)


def sealed_fields() -> Iterator[tuple[type[models.Model], SealedField]]:
    """Return every sealed column there is, with its model."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedField):
                yield model, field


def reseal(*, model: type[models.Model], field: SealedField) -> Iterator[int]:
    """Seal a column anew under the key of today wherever it is not; say how many at each batch.

    Each batch is a transaction of its own: stopped anywhere, it goes on where it was.

    :raises SealBroken: when a row opens under neither the old key nor the new.
    """
    last = None
    others = re.findall(r"\{0\.(\w+)\.", field.row)  # tables that the row is written from
    while True:
        rows = model._default_manager.select_related(*others).order_by("pk")
        if last is not None:
            rows = rows.filter(pk__gt=last)
        found = list(rows[:BATCH])
        if not found:
            return
        with transaction.atomic():
            changed = [one for one in found if _renew(one, field)]
            if changed:
                model._default_manager.bulk_update(changed, [field.name])
        last = found[-1].pk
        yield len(changed)


def _renew(instance: models.Model, field: SealedField) -> bool:
    sealed, row = getattr(instance, field.attname), field.row_of(instance)
    if not sealed or crypto.is_of_today(sealed=sealed, field=field.label, row=row):
        return False
    value = crypto.unseal_bytes(sealed=sealed, field=field.label, row=row)
    setattr(instance, field.attname, crypto.seal_bytes(value=value, field=field.label, row=row))
    return True
