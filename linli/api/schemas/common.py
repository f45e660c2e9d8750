"""Kinds of values that many resources share, with their limits."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from ninja import Path, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, PrivateAttr
from pydantic_core import PydanticCustomError, PydanticKnownError

from linli.api.paging import LIMIT_MAX, LIMIT_USUAL

KEY_MAX = 2**53 - 1
"""The largest whole number that every program reads as it was written."""

YEARS = range(2000, 2101)
"""Outside these no community kept matters, and reckoning with days may end."""


def _in_our_years(value: Any) -> Any:
    if value.year not in YEARS or value.year == YEARS.stop - 1:
        raise PydanticCustomError("date_out_of_range", "outside the years 2000 to 2099")
    return value


def _not_a_truth(value: Any) -> Any:
    # Python counts True as 1: a program that says yes would report at the building with key 1.
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


Key = Annotated[int, Field(ge=1, le=KEY_MAX), BeforeValidator(_not_a_truth)]
PathKey = Annotated[int, Path(ge=1, le=KEY_MAX)]
Moment = Annotated[
    AwareDatetime,
    AfterValidator(_in_our_years),
    Field(json_schema_extra={"description": "RFC 3339, with its zone; in the years 2000 to 2099"}),
]
Day = Annotated[date, AfterValidator(_in_our_years)]
Words = Annotated[str, Field(max_length=10_000)]
"""More than any text may have; how much fits is for the service to say."""


class Sent(Schema):
    """What a program sends: a field that there is not is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid")


class Paging(Sent):
    """Which page of a list."""

    limit: int = Field(LIMIT_USUAL, ge=1, le=LIMIT_MAX)
    after: str = Field("", max_length=400)


class Named(Schema):
    """Something that has a name."""

    id: int
    name: str


class Coded(Named):
    """Something that has a code of its own community as well."""

    code: str


class Point(Schema):
    """A spot in WGS-84."""

    longitude: float
    latitude: float


class Listed(Schema):
    """One page of a list: `next` is the address of the page after it, null at the end.

    `after` is the mark within that address. In the feed of events it is there at the end as well,
    to go on with later.
    """

    next: str | None = None
    after: str | None = None
    _is_end: bool = PrivateAttr(default=False)

    @property
    def is_end(self) -> bool:
        """Tell whether nothing follows, though there is a mark to go on with later."""
        return self._is_end

    def ends(self) -> Self:
        """Say that nothing follows for now, and return this page."""
        self._is_end = True
        return self


class Fault(Schema):
    """One field at fault."""

    where: str = Field(alias="in")
    pointer: str
    detail: str
    code: str


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault]


def name_of(row: Any) -> Named:
    """Return key and name of a row."""
    return Named(id=row.pk, name=row.name)


def named(row: Any) -> Named | None:
    """Return key and name of a row, or None."""
    return None if row is None else name_of(row)


def point_of(row: Any) -> Point | None:
    """Return the spot of a row that has one."""
    if row.longitude is None or row.latitude is None:
        return None
    return Point(longitude=row.longitude, latitude=row.latitude)


Time = datetime
