"""What each step of a matter is sent with."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from linli.api.schemas.common import Key, Moment, Sent, Words
from linli.matters.workflow import Satisfaction

_AMOUNT_MAX = 10_000


class TimeKind(StrEnum):
    """What is asked for: more time, or that the clock stands still."""

    EXTENSION = "EXTENSION"
    PAUSE = "PAUSE"


class Means(StrEnum):
    """How somebody was told."""

    PHONE = "PHONE"
    IN_PERSON = "IN_PERSON"
    MESSAGE = "MESSAGE"
    NOT_REACHED = "NOT_REACHED"


class Outcome(StrEnum):
    """What a mediation came to."""

    AGREED = "AGREED"
    PARTLY = "PARTLY"
    NOT_AGREED = "NOT_AGREED"
    AGAIN = "AGAIN"


class Nothing(Sent):
    """A step that needs no more than to be taken: an empty object."""


class Accept(Sent):
    """A title that the desk words, and under which condition."""

    title: Words = ""
    condition_id: Key | None = None


class Reason(Sent):
    """A reason, in words."""

    reason: Words


class Dispatch(Sent):
    """To an organisation or to a person, not both."""

    organisation_id: Key | None = None
    account_id: Key | None = None
    note: Words = ""


class Judgement(Sent):
    """What a third finds."""

    judgement: Words


class Return(Sent):
    """For one of the community's reasons."""

    reason_id: Key
    note: Words = ""


class Done(Sent):
    """What was done, with photos sent before."""

    note: Words
    attachments: list[UUID] = Field(default_factory=list, max_length=9)


class AskTime(Sent):
    """More time by an amount of the condition's clock, or a pause until a moment."""

    kind: TimeKind
    reason: Words
    amount: int | None = Field(None, ge=1, le=_AMOUNT_MAX)
    until: Moment | None = None


class Extend(Sent):
    """By how much of the condition's clock, and why."""

    amount: int = Field(ge=1, le=_AMOUNT_MAX)
    reason: Words


class Pause(Sent):
    """Until when, and why."""

    until: Moment
    reason: Words


class Verify(Sent):
    """What was found on the spot."""

    note: Words = ""


class Rework(Sent):
    """What is not right yet, and until when; without it the usual time for rework counts."""

    reason: Words
    due_at: Moment | None = None


class Rate(Sent):
    """What one who asked says."""

    reporter_id: Key
    solved: bool
    satisfaction: Satisfaction
    comment: Words = ""


class Withdraw(Sent):
    """Who withdraws."""

    reporter_id: Key
    reason: Words = ""


class Merge(Sent):
    """The matter that stands for this one from now on."""

    into_id: Key


class Recategorise(Sent):
    """Another category, with its usual condition or another."""

    category_id: Key
    condition_id: Key | None = None


class Supervise(Sent):
    """What is expected, and by when."""

    note: Words


class Note(Sent):
    """A note for colleagues, or a word on progress that whoever asked reads too."""

    text: Words
    for_reporter: bool = False


class Tell(Sent):
    """Who was told, how and what."""

    reporter_id: Key
    means: Means
    text: Words = ""


class Mediate(Sent):
    """One talk between the parties of a dispute."""

    held_at: Moment
    text: Words
    outcome: Outcome
    place: Words = ""
    agreement: Words = ""
    parties_count: int = Field(2, ge=2, le=50)


class Publish(Sent):
    """What the public board says; empty takes it down."""

    summary: Words
