"""What a program reports, and what it gets back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ninja import Schema
from pydantic import Field

from linli.api.schemas.common import Key, Sent, Words
from linli.matters.workflow import State
from linli.territory.geometry import Datum


class ReportChannel(StrEnum):
    """How it came to the program: by itself, or by a call or visit that it takes down."""

    API = "API"
    PHONE = "PHONE"
    COUNTER = "COUNTER"


class SentPoint(Sent):
    """A spot; Chinese phone maps give GCJ_02, Baidu's BD_09."""

    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    datum: Datum = Datum.WGS_84


class SentReporter(Sent):
    """Who asks; all of it may be left out. Name and telephone are kept sealed."""

    name: Words = ""
    phone: Words = ""
    on_behalf_of: Words = ""
    wants_answer: bool = True
    agreed_privacy: bool = False


class SentReport(Sent):
    """A report. Where it is, by whatever is known: the most exact counts.

    `community_id` may be left out where the token or the place says which. Without a category the
    words choose one.
    """

    text: Words
    community_id: Key | None = None
    category_id: Key | None = None
    condition_id: Key | None = None
    building_id: Key | None = None
    entrance_id: Key | None = None
    place_id: Key | None = None
    estate_id: Key | None = None
    area_id: Key | None = None
    poster: str = Field("", max_length=40)
    point: SentPoint | None = None
    place_query: str = Field("", max_length=80)
    place_text: str = Field("", max_length=120)
    channel: ReportChannel = ReportChannel.API
    reporter: SentReporter = Field(default_factory=SentReporter)
    attachments: list[UUID] = Field(default_factory=list, max_length=9)


class Likeness(Schema):
    """Something neighbours reported near there lately; it says no more than the public may know."""

    number: str
    category: str
    where: str
    state: State
    reported_at: datetime


class Receipt(Schema):
    """What a report became. With the tracking code, and with nothing else, it can be followed.

    `calls` are the numbers to call at once when the words tell of an emergency.
    """

    id: int
    number: str
    tracking_code: str
    state: State
    is_new: bool
    calls: list[str]
    duplicates: list[Likeness]
