"""What several tables write alike: the codes of `workflow`, and an index of few rows."""

from enum import StrEnum

from django.db import models
from django.db.models import Q


def codes(of: type[StrEnum]) -> list[tuple[str, str]]:
    """Return codes as a column's choices; their words live apart."""
    return [(code.value, code.value) for code in of]


def one_of(column: str, of: type[StrEnum] | frozenset[StrEnum]) -> Q:
    """Return the condition that a column holds one of the codes."""
    return Q(**{f"{column}__in": sorted(code.value for code in of)})


def index_of_some(key: str, *more: str, name: str) -> models.Index:
    """Return an index of the few rows that have a key at all.

    With all the others in it SQLite takes the key for one that most rows share, and reads them all.
    """
    return models.Index(fields=[key, *more], name=name, condition=Q(**{f"{key}__isnull": False}))
