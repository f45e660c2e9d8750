"""What happened: story.yaml, each step of a matter by the name that the workflow has for it."""

from typing import Annotated, Literal

from pydantic import Field

from linli.flows.packs.schema.values import (
    Code,
    FileName,
    LongText,
    Moment,
    Name,
    Part,
    Point,
    Sentence,
    StoryKey,
    UserName,
    text_of,
)
from linli.matters.models import Mediation, Note, TimeRequest, Told
from linli.matters.workflow import Channel, Satisfaction


class Where(Part):
    """Where it was: exactly one of these; `text` says it in words."""

    building: str | None = None
    entrance: str | None = None
    place: Code | None = None
    estate: Code | None = None
    area: str | None = None
    point: Point | None = None
    text: Annotated[str, text_of(longest=120, shortest=0)] = ""


class ReporterPart(Part):
    """A resident who asked. Demo packs only: invented names and numbers."""

    name: Annotated[str, text_of(longest=40, shortest=0)] = ""
    phone: Annotated[str, text_of(longest=30, shortest=0)] = ""
    on_behalf_of: Annotated[str, text_of(longest=40, shortest=0)] = ""
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
    advice: Annotated[str, text_of(longest=400, shortest=0)] = ""  # said on the spot, on a patrol
    where: Where
    photos: tuple[FileName, ...] = ()
    complained_of: Code | None = None
    hotline_number: Annotated[str, text_of(longest=40)] | None = None
    hotline_due: Moment | None = None


class _StepPart(Part):
    at: Moment
    by: UserName


class AcceptStep(_StepPart):
    """受理."""

    do: Literal["accept"]
    title: Annotated[str, text_of(longest=80, shortest=0)] = ""


class DeclineStep(_StepPart):
    """Not for us, with the reason told."""

    do: Literal["decline"]
    reason: Sentence


class DispatchStep(_StepPart):
    """派单, to an organisation or a person."""

    do: Literal["dispatch"]
    organisation: Code | None = None
    person: UserName | None = None
    note: Annotated[str, text_of(longest=400, shortest=0)] = ""


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
    reason: Annotated[str, text_of(longest=200)]


class ExtendStep(_StepPart):
    """延期."""

    do: Literal["extend"]
    amount: Annotated[int, Field(ge=1, le=999)]
    reason: Annotated[str, text_of(longest=200)]


class PauseStep(_StepPart):
    """挂起, until a moment."""

    do: Literal["pause"]
    until: Moment
    reason: Annotated[str, text_of(longest=200)]


class RefuseTimeStep(_StepPart):
    """No more time."""

    do: Literal["refuse_time"]
    reason: Annotated[str, text_of(longest=200)]


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
    note: Annotated[str, text_of(longest=400, shortest=0)] = ""


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
    comment: Annotated[str, text_of(longest=400, shortest=0)] = ""


class WithdrawStep(Part):
    """撤诉 by whoever asked, or by the desk for them."""

    do: Literal["withdraw"]
    at: Moment
    by: UserName | None = None
    of: StoryKey | None = None
    reason: Annotated[str, text_of(longest=400, shortest=0)] = ""


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
    text: Annotated[str, text_of(longest=200, shortest=0)] = ""


class MediateStep(_StepPart):
    """A talk between the parties of a dispute."""

    do: Literal["mediate"]
    held: Moment
    place: Annotated[str, text_of(longest=80, shortest=0)] = ""
    parties: Annotated[int, Field(ge=2, le=200)] = 2
    text: LongText
    agreement: Annotated[str, text_of(longest=4000, shortest=0)] = ""
    outcome: Mediation.Outcome


class PublishStep(_StepPart):
    """A summary for the public board, in the staff's words."""

    do: Literal["publish"]
    summary: Annotated[str, text_of(longest=200)]


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
    said: Annotated[str, text_of(longest=400, shortest=0)] = ""


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
