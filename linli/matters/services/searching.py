"""Keep the search index true where a change reaches many matters, or build it anew."""

from collections.abc import Callable, Collection

from django.db import transaction

from linli.core import search
from linli.matters import indexing
from linli.matters.models import Matter, MatterTerms
from linli.matters.services._moving import index

BATCH = 2_000


def rebuild_index(*, say: Callable[[int], None]) -> int:
    """Write the row of every matter anew and return how many; `say` is told after each batch.

    Each batch is a transaction of its own, so others go on writing, and a run that was stopped
    left nothing half done.
    """
    total, last = 0, 0
    while True:
        rows = Matter.objects.filter(pk__gt=last).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return total
        with transaction.atomic():
            # Held, so that no step in between is overwritten by what was read before it.
            list(rows.filter(pk__in=ids).select_for_update().values_list("pk"))
            index(matter_ids=ids)
        last = ids[-1]
        total += len(ids)
        say(total)


@transaction.atomic
def index_at(*, column: str, place_ids: Collection[int]) -> int:
    """Index the matters of renamed places anew and return how many; `column` names the kind."""
    rows = Matter.objects.filter(**{f"{column}__in": place_ids}).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        part = indexing.rows_of(matters=Matter.objects, ids=ids[start : start + BATCH])
        search.write(model=MatterTerms, rows=part)
    return len(ids)
