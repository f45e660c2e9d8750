"""The small values that a pack writes in a word: moments, days, limits, codes, texts."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from linli.core.clocks import SHANGHAI, Clock

_MOMENT = re.compile(
    r"(?:(?P<days>[+-]\d{1,4})d|(?P<date>\d{4}-\d\d-\d\d)) (?P<hour>\d\d):(?P<minute>\d\d)"
)
_AGO = re.compile(r"-(?P<amount>\d{1,5})(?P<unit>[hm])")
_DAY = re.compile(r"(?P<days>[+-]\d{1,4})d|(?P<date>\d{4}-\d\d-\d\d)")
_LIMIT = re.compile(r"(?P<amount>\d{1,4}) (?P<clock>[A-Z_]+)")


@dataclass(frozen=True, slots=True)
class When:
    """A moment as the pack writes it: a day (counted from the loading day, or dated) and a time,
    or so many minutes before the moment of loading.
    """

    written: str
    days: int | None = None
    day: date | None = None
    clock_time: time | None = None
    minutes_ago: int | None = None

    def at(self, *, base: datetime) -> datetime:
        """Return the moment, when the pack is loaded at `base`."""
        if self.minutes_ago is not None:
            return base - timedelta(minutes=self.minutes_ago)
        assert self.clock_time is not None
        day = self.day or base.astimezone(SHANGHAI).date() + timedelta(days=self.days or 0)
        return datetime.combine(day, self.clock_time, tzinfo=SHANGHAI)

    @property
    def is_surely_past(self) -> bool:
        """Tell whether it lies before the moment of loading, whatever the hour of loading."""
        if self.minutes_ago is not None:
            return True
        return self.day is not None or (self.days is not None and self.days < 0)


@dataclass(frozen=True, slots=True)
class Day:
    """A day as the pack writes it: counted from the loading day, or dated."""

    written: str
    days: int | None = None
    day: date | None = None

    def on(self, *, base: datetime) -> date:
        """Return the day, when the pack is loaded at `base`."""
        return self.day or base.astimezone(SHANGHAI).date() + timedelta(days=self.days or 0)


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit in one of the four clocks."""

    amount: int
    clock: Clock


def _when(value: Any) -> When:
    text = str(value)
    if found := _AGO.fullmatch(text):
        minutes = int(found["amount"]) * (60 if found["unit"] == "h" else 1)
        return When(written=text, minutes_ago=minutes)
    found = _MOMENT.fullmatch(text)
    if not found:
        raise PydanticCustomError("when_form", "not a moment")
    try:
        clock_time = time(int(found["hour"]), int(found["minute"]))
        day = date.fromisoformat(found["date"]) if found["date"] else None
    except ValueError:
        raise PydanticCustomError("when_form", "not a moment") from None
    days = int(found["days"]) if found["days"] else None
    return When(written=text, days=days, day=day, clock_time=clock_time)


def _day(value: Any) -> Day:
    text = str(value)
    found = _DAY.fullmatch(text)
    if not found:
        raise PydanticCustomError("day_form", "not a day")
    try:
        day = date.fromisoformat(found["date"]) if found["date"] else None
    except ValueError:
        raise PydanticCustomError("day_form", "not a day") from None
    return Day(written=text, days=int(found["days"]) if found["days"] else None, day=day)


def _limit(value: Any) -> Limit:
    found = _LIMIT.fullmatch(str(value))
    if not found:
        raise PydanticCustomError("limit_form", "not a limit")
    if found["clock"] not in Clock.__members__:
        raise PydanticCustomError("limit_clock", "unknown clock", {"clock": found["clock"]})
    if int(found["amount"]) < 1:
        raise PydanticCustomError("limit_positive", "a limit is at least 1")
    return Limit(amount=int(found["amount"]), clock=Clock(found["clock"]))


def text_of(*, longest: int, shortest: int = 1) -> Any:
    """Return the constraint on a text of so many characters, without blanks around it."""
    return StringConstraints(min_length=shortest, max_length=longest, strip_whitespace=True)


Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=24)]
DoorCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=12)]
StoryKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=48)]
UserName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{1,29}$")]
AreaDigits = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,12}$")]
GridDigits = Annotated[str, StringConstraints(pattern=r"^(?:[0-9]{3}){1,3}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\.][^/\\]*$", max_length=120)]
Name = Annotated[str, text_of(longest=60)]
ShortName = Annotated[str, text_of(longest=30)]
Sentence = Annotated[str, text_of(longest=400)]
LongText = Annotated[str, text_of(longest=10_000)]
Moment = Annotated[When, BeforeValidator(_when)]
Date = Annotated[Day, BeforeValidator(_day)]
TimeLimit = Annotated[Limit, BeforeValidator(_limit)]
Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Point = tuple[Degrees, Degrees]
"""Longitude, then latitude, in the pack's datum."""


class Part(BaseModel):
    """A piece of a pack: nothing that is not known, nothing changed after it was read."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )
