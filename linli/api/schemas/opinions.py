"""What somebody says through a program, and what they get back."""

from enum import StrEnum

from ninja import Schema
from pydantic import Field

from linli.api.schemas.common import Key, Sent, Words
from linli.deliberation.workflow import OpinionKind, OpinionState


class SaidBy(StrEnum):
    """How it came to the program: typed there, or taken down by an office."""

    ONLINE = "ONLINE"
    PHONE = "PHONE"
    COUNTER = "COUNTER"
    PAPER = "PAPER"


class SentAuthor(Sent):
    """Who says it; all of it may be left out. Name and telephone are kept sealed."""

    name: Words = ""
    phone: Words = ""
    agreed_privacy: bool = False


class SentOpinion(Sent):
    """An opinion or a bright idea, about a building, a grid or all of a community.

    `community_id` may be left out where the token or its account says which. Words that tell of
    somebody in danger are refused: those are a report. `is_no_emergency` is the author's own word
    that nobody is.
    """

    text: Words
    community_id: Key | None = None
    kind: OpinionKind = OpinionKind.OPINION
    channel: SaidBy = SaidBy.ONLINE
    forum_id: Key | None = None
    building_id: Key | None = None
    grid_id: Key | None = None
    author: SentAuthor = Field(default_factory=SentAuthor)
    is_no_emergency: bool = False


class OpinionReceipt(Schema):
    """What became of it. With the tracking code its author reads the answer, and with nothing else.

    `page` is the address, from the root of this server, at which the code is answered.
    """

    id: int
    tracking_code: str
    state: OpinionState
    page: str
