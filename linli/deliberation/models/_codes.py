"""How a table writes down the codes of `workflow`."""

from enum import StrEnum

from django.db.models import Q


def codes(of: type[StrEnum]) -> list[tuple[str, str]]:
    """Return codes as a column's choices; their words live apart."""
    return [(str(one), str(one)) for one in of]


def one_of(column: str, of: type[StrEnum]) -> Q:
    """Return the condition that a column holds one of the codes."""
    return Q(**{f"{column}__in": sorted(str(one) for one in of)})
