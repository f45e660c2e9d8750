"""What a matter is found by: its words, numbers and places, and who may look there.

Plain functions over plain values, so that a migration can call them with the models of its day.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from linli.core.clocks import SHANGHAI
from linli.language.mask import scrub_personal_data
from linli.language.terms import index_terms

PLACES: Mapping[str, str] = {
    "city_id": "city",
    "district_id": "district",
    "subdistrict_id": "subdistrict",
    "community_id": "community",
    "large_grid_id": "large",
    "grid_id": "grid",
    "micro_grid_id": "micro",
    "estate_id": "estate",
    "building_id": "building",
}
"""The columns of a matter by which the index narrows a search, and their words in it."""

COLUMNS = frozenset(
    {
        *PLACES,
        "entrance_id",
        "place_id",
        "place_text",
        "text",
        "title",
        "hotline_number",
        "is_restricted",
    }
)
"""The columns whose change makes the index row of a matter old."""

_NAMES = ("estate__name", "building__name", "entrance__name", "place__name")
READ = (
    "pk",
    "reported_at",
    "text",
    "title",
    "hotline_number",
    "place_text",
    "is_restricted",
    *_NAMES,
    *PLACES,
)
"""What is read of a matter to know its terms."""


def rows_of(
    *, matters: Any, ids: Collection[int] | None = None
) -> Iterator[tuple[int, frozenset[str]]]:
    """Yield key and terms of matters; `matters` is the manager of their model."""
    rows = matters.all() if ids is None else matters.filter(pk__in=ids)
    for row in rows.values(*READ):
        yield row["pk"], terms_of(row=row)


def terms_of(*, row: Mapping[str, Any]) -> frozenset[str]:
    """Return the terms of one matter: title, text without personal data, numbers, place, scope."""
    number = f"{row['reported_at'].astimezone(SHANGHAI).year}-{row['pk']}"
    # Written one after the other, as people say it: 翠园3幢1单元.
    where = "".join(row[name] or "" for name in _NAMES[:3])
    said = (
        row["title"],
        scrub_personal_data(text=row["text"]),
        scrub_personal_data(text=row["place_text"]),
        row["place__name"] or "",
        where,
        number,
        row["hotline_number"],
    )
    scopes = {
        scope_of(column=column, key=row[column], is_restricted=row["is_restricted"])
        for column in PLACES
        if row[column] is not None
    }
    # A full stop between them: no pair reaches from one into the next.
    return index_terms(text="。".join(said)) | scopes


def scope_of(*, column: str, key: int, is_restricted: bool) -> str:
    """Return the term that all matters of one place have: the open ones, or the restricted ones."""
    return f"@{PLACES[column]}-{key}" + ("-r" if is_restricted else "")
