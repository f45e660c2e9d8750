"""What the keys in events are called: names of levels, categories and reasons, in a few queries."""

from collections.abc import Collection
from dataclasses import dataclass, field

from linli.matters.models import Category, Level, ReturnReason


@dataclass(frozen=True, slots=True)
class Names:
    """Names by key; a reason by its community and code."""

    levels: dict[int, str] = field(default_factory=dict)
    categories: dict[int, tuple[str, str]] = field(default_factory=dict)  # Chinese, English
    reasons: dict[tuple[int, str], str] = field(default_factory=dict)


def names_for(
    *,
    level_ids: Collection[int] = (),
    category_ids: Collection[int] = (),
    reasons: Collection[tuple[int, str]] = (),
) -> Names:
    """Return what these are called, with one query for each sort that is asked for."""
    names = Names()
    if level_ids:
        rows = Level.objects.filter(pk__in=level_ids).values_list("pk", "name")
        names.levels.update(rows)
    if category_ids:
        for key, name, name_en in Category.objects.filter(pk__in=category_ids).values_list(
            "pk", "name", "name_en"
        ):
            names.categories[key] = (name, name_en or name)
    if reasons:
        wanted = ReturnReason.objects.filter(
            community_id__in={community for community, _code in reasons},
            code__in={code for _community, code in reasons},
        )
        for community_id, code, name in wanted.values_list("community_id", "code", "name"):
            names.reasons[community_id, code] = name
    return names
