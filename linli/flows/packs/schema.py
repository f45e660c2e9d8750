"""What a pack may say: one model for each file, and the small values that it writes in a word.

Times are written as an office says them: ``-3d 09:10`` (three days ago at ten past nine),
``-5h`` and ``-40m`` (before now), ``+1d 18:00``, or a date ``2026-03-01 09:10``. Limits are written
``3 WORKING_DAYS``. What the models cannot see (references, geometry, the workflow) is in `check`.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from linli.core.clocks import SHANGHAI, Clock
from linli.matters.models import Mediation, Note, TimeRequest, Told
from linli.matters.workflow import Channel, Kind, Satisfaction
from linli.people.models import OrganisationKind, RoleName
from linli.territory.geometry import Datum
from linli.territory.models import GridKind, Level

FORMAT = 1
"""The version of the pack format that this Linli reads."""

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


def _text(*, longest: int, shortest: int = 1) -> Any:
    return StringConstraints(min_length=shortest, max_length=longest, strip_whitespace=True)


Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=24)]
DoorCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=12)]
StoryKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=48)]
UserName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{1,29}$")]
AreaDigits = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,12}$")]
GridDigits = Annotated[str, StringConstraints(pattern=r"^(?:[0-9]{3}){1,3}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\.][^/\\]*$", max_length=120)]
Name = Annotated[str, _text(longest=60)]
ShortName = Annotated[str, _text(longest=30)]
Sentence = Annotated[str, _text(longest=400)]
LongText = Annotated[str, _text(longest=10_000)]
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


# --- pack.yaml ------------------------------------------------------------------------------


class Chapter(Part):
    """A label that a community's method puts on its work."""

    code: Code
    name: Name


class MethodName(Part):
    """What the community calls its way of working, and which edition of it this is."""

    name: Name
    version: Annotated[str, _text(longest=20)]
    chapters: tuple[Chapter, ...] = ()


class PackFile(Part):
    """pack.yaml: what this pack is."""

    format: int
    code: Code
    name: Name
    demo: bool = False  # people and happenings are invented
    method: MethodName


# --- territory.yaml -------------------------------------------------------------------------


class UpperArea(Part):
    """A city, district or subdistrict that the community belongs to."""

    level: Literal[Level.CITY, Level.DISTRICT, Level.SUBDISTRICT]
    code: AreaDigits
    name: Name


class CommunityPart(Part):
    """The community, and what it says about itself."""

    code: AreaDigits
    name: Name
    founded_month: Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] = ""
    office_phone: Annotated[str, _text(longest=30, shortest=0)] = ""
    office_address: Annotated[str, _text(longest=120, shortest=0)] = ""
    office_hours: Annotated[str, _text(longest=60)] = "09:00-12:00,14:00-18:00"
    public_board: bool = False
    privacy_contact: Annotated[str, _text(longest=60, shortest=0)] = ""


class LargeGrid(Part):
    """A grid of grids; its code is the three digits after the community's."""

    code: GridDigits
    name: Name


class Grid(Part):
    """A grid; within a large grid its code begins with the large grid's."""

    code: GridDigits
    name: Name
    kind: GridKind = GridKind.COMPREHENSIVE
    households_planned: Annotated[int, Field(ge=0, le=100_000)] | None = None


class MicroGrid(Part):
    """A part of a grid; its code begins with the grid's."""

    code: GridDigits
    name: Name


class EntrancePart(Part):
    """A staircase that has a name of its own."""

    code: DoorCode
    name: ShortName


def _entrances(value: Any) -> Any:
    """Write a number of staircases out: 1单元, 2单元 …"""
    if isinstance(value, list | tuple):
        return value
    if not re.fullmatch(r"[0-9]{1,2}", str(value)):
        raise PydanticCustomError("entrances_form", "neither a number nor a list")
    return [{"code": str(place), "name": f"{place}单元"} for place in range(1, int(value) + 1)]


class BuildingPart(Part):
    """A building. `entrances` is a number (1单元, 2单元 …) or a list; `rooms` is doors a storey."""

    code: DoorCode
    name: Name
    grid: GridDigits
    micro_grid: GridDigits | None = None
    storeys: Annotated[int, Field(ge=1, le=200)] | None = None
    point: Point | None = None
    entrances: Annotated[tuple[EntrancePart, ...], BeforeValidator(_entrances)] = ()
    rooms: Annotated[int, Field(ge=1, le=60)] | None = None


class EstatePart(Part):
    """An estate and what stands in it."""

    code: Code
    name: Name
    address: Annotated[str, _text(longest=120, shortest=0)] = ""
    buildings: tuple[BuildingPart, ...] = ()


class PlacePart(Part):
    """A spot or a room with a name."""

    code: Code
    name: Name
    estate: Code | None = None
    point: Point | None = None


class PosterPart(Part):
    """A poster, on a building (`HG/3`), an entrance (`HG/3/1`) or a place."""

    building: str | None = None
    entrance: str | None = None
    place: Code | None = None


class TerritoryFile(Part):
    """territory.yaml: the tree, and what stands in it."""

    datum: Datum = Datum.WGS_84
    above: tuple[UpperArea, ...]
    community: CommunityPart
    maps: tuple[FileName, ...] = ()
    large_grids: tuple[LargeGrid, ...] = ()
    grids: tuple[Grid, ...]
    micro_grids: tuple[MicroGrid, ...] = ()
    estates: tuple[EstatePart, ...] = ()
    places: tuple[PlacePart, ...] = ()
    posters: tuple[PosterPart, ...] = ()


# --- organisations.yaml, people.yaml --------------------------------------------------------


class OrganisationPart(Part):
    """Somebody who can be given an order."""

    code: Code
    name: Name
    kind: OrganisationKind
    phone: Annotated[str, _text(longest=30, shortest=0)] = ""
    serves: tuple[Code, ...] = ()


class OrganisationsFile(Part):
    """organisations.yaml."""

    organisations: tuple[OrganisationPart, ...]


class RolePart(Part):
    """A role, held at exactly one of an area, a building or an organisation."""

    role: RoleName
    area: str | None = None  # a grid's digits, or city, district, subdistrict, community
    building: str | None = None
    organisation: Code | None = None
    since: Date
    until: Date | None = None


class PersonPart(Part):
    """Somebody with an account."""

    username: UserName
    name: Annotated[str, _text(longest=40)]
    phone: Annotated[str, _text(longest=30)] | None = None
    roles: Annotated[tuple[RolePart, ...], Field(min_length=1)]


class DutyPart(Part):
    """Who takes orders for an area outside office hours."""

    key: StoryKey
    person: UserName
    area: str
    starts: Moment
    ends: Moment


class PeopleFile(Part):
    """people.yaml: accounts with their roles, and the duty roster."""

    people: tuple[PersonPart, ...]
    duties: tuple[DutyPart, ...] = ()


# --- matters.yaml ---------------------------------------------------------------------------


class MethodPart(Part):
    """How matters run here."""

    accept: TimeLimit = Limit(amount=4, clock=Clock.WORKING_HOURS)
    rating_days: Annotated[int, Field(ge=1, le=60)] = 7
    tracking_days: Annotated[int, Field(ge=1, le=3650)] = 180
    extensions_max: Annotated[int, Field(ge=0, le=20)] = 2
    hotline_columns: dict[str, Name] = {}
    reply_columns: dict[str, Name] = {}


class LevelPart(Part):
    """A settlement level, from the nearest to home outwards."""

    name: ShortName
    role: RoleName
    limit: TimeLimit


class ConditionPart(Part):
    """A filing condition; `rework` counts in the limit's clock."""

    code: Code
    name: Annotated[str, _text(longest=80)]
    limit: TimeLimit
    rework: Annotated[int, Field(ge=1, le=9999)]


class CategoryPart(Part):
    """A kind of thing that people bring in; the first condition is the usual one."""

    code: Code
    name: Annotated[str, _text(longest=40)]
    name_en: Annotated[str, _text(longest=60, shortest=0)] = ""
    kind: Kind
    words: tuple[Annotated[str, _text(longest=30)], ...] = ()
    handler: OrganisationKind | None = None
    photo_required: bool = False
    check_on_site: bool = True
    open_to_residents: bool = True
    conditions: Annotated[tuple[ConditionPart, ...], Field(min_length=1)]


class ReturnReasonPart(Part):
    """Why an order may come back, and what the desk may do next."""

    code: Code
    name: Name
    hint: Annotated[str, _text(longest=120, shortest=0)] = ""


class MattersFile(Part):
    """matters.yaml: levels, categories with their limits, reasons for a return."""

    method: MethodPart = MethodPart()
    levels: Annotated[tuple[LevelPart, ...], Field(min_length=1)]
    categories: Annotated[tuple[CategoryPart, ...], Field(min_length=1)]
    return_reasons: tuple[ReturnReasonPart, ...] = ()


# --- story.yaml -----------------------------------------------------------------------------


class Where(Part):
    """Where it was: exactly one of these; `text` says it in words."""

    building: str | None = None
    entrance: str | None = None
    place: Code | None = None
    estate: Code | None = None
    area: str | None = None
    point: Point | None = None
    text: Annotated[str, _text(longest=120, shortest=0)] = ""


class ReporterPart(Part):
    """A resident who asked. Demo packs only: invented names and numbers."""

    name: Annotated[str, _text(longest=40, shortest=0)] = ""
    phone: Annotated[str, _text(longest=30, shortest=0)] = ""
    on_behalf_of: Annotated[str, _text(longest=40, shortest=0)] = ""
    wants_answer: bool = True


class ReportPart(Part):
    """How a matter came in."""

    at: Moment
    channel: Channel
    by: UserName | None = None  # whoever entered it; nobody for a resident's own report
    reporter: ReporterPart | None = None
    category: Code
    condition: Code | None = None
    text: LongText
    advice: Annotated[str, _text(longest=400, shortest=0)] = ""  # said on the spot, on a patrol
    where: Where
    photos: tuple[FileName, ...] = ()
    complained_of: Code | None = None
    hotline_number: Annotated[str, _text(longest=40)] | None = None
    hotline_due: Moment | None = None


class _StepPart(Part):
    at: Moment
    by: UserName


class AcceptStep(_StepPart):
    """受理."""

    do: Literal["accept"]
    title: Annotated[str, _text(longest=80, shortest=0)] = ""


class DeclineStep(_StepPart):
    """Not for us, with the reason told."""

    do: Literal["decline"]
    reason: Sentence


class DispatchStep(_StepPart):
    """派单, to an organisation or a person."""

    do: Literal["dispatch"]
    organisation: Code | None = None
    person: UserName | None = None
    note: Annotated[str, _text(longest=400, shortest=0)] = ""


class RecallStep(_StepPart):
    """撤回派单."""

    do: Literal["recall"]
    reason: Sentence


class TakeStep(_StepPart):
    """接单."""

    do: Literal["take"]


class ObjectStep(_StepPart):
    """异议."""

    do: Literal["object"]
    reason: Sentence


class JudgeStep(_StepPart):
    """A third judges the objection."""

    do: Literal["uphold", "overrule"]
    reason: Sentence


class ReturnStep(_StepPart):
    """退回, for one of the community's reasons."""

    do: Literal["return"]
    reason: Code
    note: Sentence


class RefuseReturnStep(_StepPart):
    """The order stays where it is."""

    do: Literal["refuse_return"]
    reason: Sentence


class SettleStep(_StepPart):
    """当场办结: put right without an order."""

    do: Literal["settle"]
    note: LongText
    photos: tuple[FileName, ...] = ()


class AskTimeStep(_StepPart):
    """A handler asks for more time (`amount` in the limit's clock) or a pause (`until`)."""

    do: Literal["ask_time"]
    kind: TimeRequest.Kind
    amount: Annotated[int, Field(ge=1, le=999)] | None = None
    until: Moment | None = None
    reason: Annotated[str, _text(longest=200)]


class ExtendStep(_StepPart):
    """延期."""

    do: Literal["extend"]
    amount: Annotated[int, Field(ge=1, le=999)]
    reason: Annotated[str, _text(longest=200)]


class PauseStep(_StepPart):
    """挂起, until a moment."""

    do: Literal["pause"]
    until: Moment
    reason: Annotated[str, _text(longest=200)]


class RefuseTimeStep(_StepPart):
    """No more time."""

    do: Literal["refuse_time"]
    reason: Annotated[str, _text(longest=200)]


class ResumeStep(_StepPart):
    """The clock runs again."""

    do: Literal["resume"]


class ResolveStep(_StepPart):
    """办结反馈."""

    do: Literal["resolve"]
    note: LongText
    photos: tuple[FileName, ...] = ()


class VerifyStep(_StepPart):
    """核查通过."""

    do: Literal["verify"]
    note: Annotated[str, _text(longest=400, shortest=0)] = ""


class ReworkStep(_StepPart):
    """返工."""

    do: Literal["rework"]
    reason: Sentence


class RateStep(Part):
    """评价. `of` is the key of a matter merged into this one, for whoever reported that one."""

    do: Literal["rate"]
    at: Moment
    by: UserName | None = None  # whoever wrote it down for the reporter
    of: StoryKey | None = None
    solved: bool
    satisfaction: Satisfaction
    comment: Annotated[str, _text(longest=400, shortest=0)] = ""


class WithdrawStep(Part):
    """撤诉 by whoever asked, or by the desk for them."""

    do: Literal["withdraw"]
    at: Moment
    by: UserName | None = None
    of: StoryKey | None = None
    reason: Annotated[str, _text(longest=400, shortest=0)] = ""


class MergeStep(_StepPart):
    """并单 into another matter of the story."""

    do: Literal["merge"]
    into: StoryKey


class RecategoriseStep(_StepPart):
    """改类别."""

    do: Literal["recategorise"]
    category: Code
    condition: Code | None = None


class NudgeStep(Part):
    """催办."""

    do: Literal["nudge"]
    at: Moment
    by: UserName | None = None


class SuperviseStep(_StepPart):
    """督办."""

    do: Literal["supervise"]
    reason: Sentence


class NoteStep(_StepPart):
    """Something said about it; ADVICE is what a patrol said on the spot."""

    do: Literal["note"]
    kind: Note.Kind = Note.Kind.NOTE
    text: LongText
    for_reporter: bool = False


class TellStep(_StepPart):
    """“Told by phone, by whom, when.”"""

    do: Literal["tell"]
    of: StoryKey | None = None
    means: Told.Means
    text: Annotated[str, _text(longest=200, shortest=0)] = ""


class MediateStep(_StepPart):
    """A talk between the parties of a dispute."""

    do: Literal["mediate"]
    held: Moment
    place: Annotated[str, _text(longest=80, shortest=0)] = ""
    parties: Annotated[int, Field(ge=2, le=200)] = 2
    text: LongText
    agreement: Annotated[str, _text(longest=4000, shortest=0)] = ""
    outcome: Mediation.Outcome


class PublishStep(_StepPart):
    """A summary for the public board, in the staff's words."""

    do: Literal["publish"]
    summary: Annotated[str, _text(longest=200)]


StoryStep = Annotated[
    AcceptStep
    | DeclineStep
    | DispatchStep
    | RecallStep
    | TakeStep
    | ObjectStep
    | JudgeStep
    | ReturnStep
    | RefuseReturnStep
    | SettleStep
    | AskTimeStep
    | ExtendStep
    | PauseStep
    | RefuseTimeStep
    | ResumeStep
    | ResolveStep
    | VerifyStep
    | ReworkStep
    | RateStep
    | WithdrawStep
    | MergeStep
    | RecategoriseStep
    | NudgeStep
    | SuperviseStep
    | NoteStep
    | TellStep
    | MediateStep
    | PublishStep,
    Field(discriminator="do"),
]


class StoryMatter(Part):
    """One matter and what became of it."""

    key: StoryKey
    report: ReportPart
    steps: tuple[StoryStep, ...] = ()


class ProblemListPart(Part):
    """A numbered list of problems to settle one by one; the numbers follow the order here."""

    code: Code
    name: Name
    opened: Moment
    by: UserName
    matters: tuple[StoryKey, ...] = ()


class SaidPart(Part):
    """A matter on a meeting's sheet, and what the meeting said of it."""

    matter: StoryKey
    said: Annotated[str, _text(longest=400, shortest=0)] = ""


class MeetingPart(Part):
    """A regular meeting on what the grids gathered."""

    key: StoryKey
    name: Name
    held: Moment
    by: UserName
    items: Annotated[tuple[SaidPart, ...], Field(min_length=1)]


class StoryFile(Part):
    """story.yaml: what happened, replayed through the services."""

    matters: tuple[StoryMatter, ...] = ()
    problem_lists: tuple[ProblemListPart, ...] = ()
    meetings: tuple[MeetingPart, ...] = ()


FILES: dict[str, type[Part]] = {
    "pack.yaml": PackFile,
    "territory.yaml": TerritoryFile,
    "organisations.yaml": OrganisationsFile,
    "people.yaml": PeopleFile,
    "matters.yaml": MattersFile,
    "story.yaml": StoryFile,
}
"""The files of a pack."""

OPTIONAL_FILES = frozenset({"organisations.yaml", "people.yaml", "story.yaml"})
PHOTO_FOLDER = "photos"


@dataclass(frozen=True)
class Pack:
    """A whole pack, every file read and found to fit together."""

    about: PackFile
    territory: TerritoryFile
    organisations: OrganisationsFile
    people: PeopleFile
    matters: MattersFile
    story: StoryFile
