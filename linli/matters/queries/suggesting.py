"""What a form offers: categories, reasons and levels."""

from django.db.models import QuerySet

from linli.language.suggest import Candidate, Suggestion, suggest
from linli.matters.models import Category, Condition, Level, ReturnReason
from linli.matters.queries.method import MethodInUse, method_in_use


def list_categories(*, community_id: int, for_residents: bool = False) -> QuerySet[Category]:
    """Return the categories in use, with their conditions fetched."""
    rows = Category.objects.filter(community_id=community_id, ended_at=None)
    if for_residents:
        rows = rows.filter(open_to_residents=True)
    return rows.prefetch_related("conditions").order_by("position", "id")


def list_conditions(*, category_id: int) -> list[Condition]:
    """Return the conditions of a category in use, the usual one first."""
    rows = Condition.objects.filter(category_id=category_id, ended_at=None)
    return list(rows.order_by("position", "id"))


def list_return_reasons(*, community_id: int) -> QuerySet[ReturnReason]:
    """Return the reasons for which an order may be given back."""
    rows = ReturnReason.objects.filter(community_id=community_id, ended_at=None)
    return rows.order_by("position", "id")


def list_levels(*, community_id: int) -> list[Level]:
    """Return the settlement levels from the nearest to home upwards."""
    return list(Level.objects.filter(community_id=community_id).order_by("position"))


def suggest_categories(
    *,
    community_id: int,
    text: str,
    for_residents: bool = False,
    limit: int = 3,
    in_use: MethodInUse | None = None,
) -> tuple[Suggestion, ...]:
    """Return the categories that the words speak for; `Suggestion.key` is the category's key.

    Whoever has read the method already gives it as `in_use`.
    """
    in_use = in_use or method_in_use(community_id=community_id)
    if in_use is None:
        return ()
    candidates = [
        Candidate(key=str(category.pk), words=(category.name, *category.words))
        for category in in_use.open_to(residents=for_residents)
    ]
    return suggest(text=text, candidates=candidates, limit=limit)
