"""A community's method as every report needs it: limits, levels and categories, read once.

They change a few times a year and are asked for with every report, so each process keeps them until
the community's `Method.revision` is another; asking for it is the one statement that is left.
"""

from dataclasses import dataclass
from uuid import UUID

from linli.core.prepared import Prepared
from linli.matters.models import Category, Condition, Level, Method
from linli.matters.workflow import Kind

_KEPT_MOST = 500
_kept: dict[int, "MethodInUse"] = {}


@dataclass(frozen=True, slots=True)
class MethodInUse:
    """The method of one community: nobody may change these rows, they are shared by requests.

    `categories` are those in use, in their order, with all their conditions fetched.
    """

    revision: UUID
    method: Method
    levels: tuple[Level, ...]
    categories: tuple[Category, ...]

    def conditions_of(self, *, category_id: int) -> list[Condition]:
        """Return the conditions in use of a category in use, the usual one first, or nothing."""
        for category in self.categories:
            if category.pk == category_id:
                used = (one for one in category.conditions.all() if one.ended_at is None)
                return sorted(used, key=lambda one: (one.position, one.pk))
        return []

    def open_to(self, *, residents: bool) -> list[Category]:
        """Return the categories in use, only those that residents may choose if it is for them."""
        return [
            one
            for one in self.categories
            if one.kind != Kind.TASK and (one.open_to_residents or not residents)
        ]


_REVISION = Prepared(
    lambda community_id: (
        Method.objects.filter(pk=community_id).values_list("revision", flat=True).order_by()
    )
)


def method_in_use(*, community_id: int) -> MethodInUse | None:
    """Return what a community's method says now, or None when it has none yet."""
    known = _kept.get(community_id)
    if known is not None and _REVISION.first(community_id=community_id) == known.revision:
        return known
    method = Method.objects.filter(pk=community_id).first()
    if method is None:
        return None
    categories = Category.objects.filter(community_id=community_id, ended_at=None)
    read = MethodInUse(
        revision=method.revision,
        method=method,
        levels=tuple(Level.objects.filter(community_id=community_id).order_by("position")),
        categories=tuple(categories.prefetch_related("conditions").order_by("position", "id")),
    )
    if len(_kept) >= _KEPT_MOST:
        _kept.clear()
    _kept[community_id] = read
    return read
