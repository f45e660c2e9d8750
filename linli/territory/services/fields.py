"""What every field of the register goes through, whether typed in a form or read from a file."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from linli.core import events
from linli.core.actor import Actor
from linli.core.codes import InvalidCode, parse_area_code
from linli.core.errors import Invalid, Refused, Several
from linli.core.ref import Ref
from linli.language.normal import normalise
from linli.territory import geometry
from linli.territory.geometry import Datum
from linli.territory.models import Level, MapRevision

NAME_MAX, CODE_MAX, ADDRESS_MAX = 60, 24, 120
ENTRANCE_CODE_MAX, ENTRANCE_NAME_MAX, ROOM_MAX = 12, 30, 16
STOREYS_MAX = 200
HOUSEHOLDS_MAX = 100_000

# The constant that the people room uses too, so that a row has one thread, whoever writes it.
_THREADS = uuid.UUID("5a0a4b1e-7a0c-4d0e-9d52-0f5b2f6f6a11")

_CODE_LEVELS: Mapping[str, tuple[str, ...]] = {
    # 直辖市: the city is written with the code of the province, 3100 as well as 3101.
    Level.CITY: ("PROVINCE", "CITY"),
    # A development zone stands where a district does, with a code of township length.
    Level.DISTRICT: ("DISTRICT", "SUBDISTRICT"),
    Level.SUBDISTRICT: ("SUBDISTRICT",),
    Level.COMMUNITY: ("COMMUNITY",),
    Level.LARGE_GRID: ("GRID",),
    Level.GRID: ("GRID",),
    Level.MICRO_GRID: ("GRID",),
}


class FieldMissing(Invalid):
    """A field that is needed is empty."""

    sentence = _("Please fill this in.")


class FieldTooLong(Invalid):
    """More characters than there is room for."""

    sentence = _("At most %(limit)s characters.")


class NumberNotUsable(Invalid):
    """Not a whole number, or outside what makes sense."""

    sentence = _("A whole number from %(least)s to %(most)s.")


class CodeNotUsable(Invalid):
    """The code is not of the form its level has."""

    sentence = _("This is not a code of that level. It looks like %(example)s.")
    field = "code"


class CodeTaken(Invalid):
    """Another one has this code."""

    sentence = _("The code %(code)s is in use already.")
    field = "code"


class PointWrong(Invalid):
    """Longitude and latitude are no point."""

    sentence = _("Longitude and latitude belong together, in degrees, such as 121.5272, 31.1774.")
    field = "longitude"


class PointSwapped(Invalid):
    """Latitude was written first."""

    sentence = _("Longitude and latitude are the wrong way round.")
    field = "longitude"


class NoLongerInUse(Refused):
    """It has ended; what was recorded there stays."""

    sentence = _("%(name)s is no longer in use.")


class Faults:
    """Gathers what is wrong with several fields, to say it all at once."""

    def __init__(self) -> None:
        self._found: list[Refused] = []

    def take(self, read: Callable[[], Any]) -> Any:
        """Return what `read` returns, or keep what it refuses and return None."""
        try:
            return read()
        except Several as several:
            self._found += several.faults
        except Invalid as fault:
            self._found.append(fault)
        return None

    def settle(self) -> None:
        """Raise what was gathered: alone as itself, else as `Several`."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise Several(faults=self._found)


def clean_text(*, value: str, field: str, limit: int = NAME_MAX, required: bool = True) -> str:
    """Return the text on one line.

    :raises FieldMissing: when it is empty and needed.
    :raises FieldTooLong: when it is longer than `limit`.
    """
    text = normalise(text=value)
    if not text and required:
        raise FieldMissing(field=field)
    if len(text) > limit:
        raise FieldTooLong(field=field, limit=limit)
    return text


def clean_number(*, value: int | None, field: str, least: int, most: int) -> int | None:
    """Return the number; None stays None. :raises NumberNotUsable: when it is out of range."""
    if value is not None and not least <= value <= most:
        raise NumberNotUsable(field=field, least=least, most=most)
    return value


def clean_area_code(*, code: str, level: str, community_code: str = "") -> str:
    """Return the code without the zeros that pad it.

    :raises FieldMissing: when there is none.
    :raises CodeNotUsable: when it is not of the form of its level, or not of this community.
    """
    plain = clean_text(value=code, field="code", limit=CODE_MAX)
    example = _example(level, community_code)
    try:
        parsed = parse_area_code(code=plain)
    except InvalidCode as error:
        raise CodeNotUsable(example=example) from error
    if parsed.level not in _CODE_LEVELS[level] or (
        community_code and not parsed.code.startswith(community_code)
    ):
        raise CodeNotUsable(example=example)
    return parsed.code


def _example(level: str, community_code: str) -> str:
    community = community_code or "310115001001"
    depth = {Level.LARGE_GRID: 1, Level.GRID: 1, Level.MICRO_GRID: 2}.get(Level(level), 0)
    upper = {Level.CITY: 4, Level.DISTRICT: 6, Level.SUBDISTRICT: 9}.get(Level(level), 12)
    return community[:upper] + "001" * depth


def clean_point(
    *, longitude: float | None, latitude: float | None, datum: Datum
) -> tuple[float | None, float | None]:
    """Return the point in WGS-84, or two Nones when none is given.

    :raises PointWrong: when one is missing or they are nowhere on earth.
    :raises PointSwapped: when they were written the wrong way round.
    """
    if longitude is None and latitude is None:
        return None, None
    if longitude is None or latitude is None:
        raise PointWrong
    if geometry.are_swapped(longitude=longitude, latitude=latitude):
        raise PointSwapped
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise PointWrong
    x, y = geometry.to_wgs84(longitude=longitude, latitude=latitude, datum=datum)
    return round(x, 7), round(y, 7)


def thread_of(*, subject: Ref) -> uuid.UUID:
    """Return the thread of a row that has no column for one: always the same for that row."""
    return uuid.uuid5(_THREADS, str(subject))


@contextmanager
def code_is_free(*, code: str) -> Iterator[None]:
    """Turn the database's refusal of a second row with this code into a sentence.

    :raises CodeTaken: when the code is in use.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise CodeTaken(code=code) from error


def changes_of(*, row: models.Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `values` (by column) that differ from what the row holds."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def apply_changes(*, row: models.Model, changes: Mapping[str, Any]) -> None:
    """Write the changed columns, and nothing else, to the row in the database and in hand."""
    type(row)._base_manager.filter(pk=row.pk).update(**changes)
    row.refresh_from_db()


def tell(
    *,
    name: str,
    kind: str,
    row: models.Model,
    community_id: int | None,
    actor: Actor,
    at: datetime,
    **facts: Any,
) -> None:
    """Record an event about one row of the register, on that row's own thread."""
    subject = Ref(f"territory.{kind}", row.pk)
    events.record(
        name=name,
        subject=subject,
        trace=thread_of(subject=subject),
        actor=actor,
        at=at,
        community_id=community_id,
        facts=facts,
    )


def move_map() -> None:
    """Say that a boundary moved, so that every process builds its index anew."""
    revision = uuid.uuid4()
    if not MapRevision.objects.filter(pk=1).update(revision=revision):
        MapRevision.objects.update_or_create(pk=1, defaults={"revision": revision})
