"""What was talked over: deliberation.yaml, each thing by the name that its service has for it.

`key`s name things to one another; `grid` and `building` say where, the whole community without.
"""

from typing import Annotated, Literal

from pydantic import Field

from linli.deliberation.workflow import (
    BallotChannel,
    Decision,
    MeetingKind,
    OpinionChannel,
    OpinionKind,
)
from linli.flows.packs.schema.story import StoryStep
from linli.flows.packs.schema.values import (
    Code,
    Date,
    GridDigits,
    LongText,
    Moment,
    Name,
    Part,
    Sentence,
    ShortName,
    StoryKey,
    UserName,
    text_of,
)

_Title = Annotated[str, text_of(longest=80)]
_Words = Annotated[str, text_of(longest=400, shortest=0)]
_People = Annotated[int, Field(ge=1, le=2_000)]
_Number = Annotated[int, Field(ge=1, le=60)]
_View = Literal[
    "YES", "NO", "ABSTAIN", "SATISFIED", "BASICALLY_SATISFIED", "DISSATISFIED", "UNKNOWN"
]
_Hands = Annotated[int, Field(ge=0, le=2_000)]


class DonePart(Part):
    """Who did it, and when."""

    at: Moment
    by: UserName


class _PlacePart(Part):
    building: str | None = None
    grid: GridDigits | None = None


# --- Opinions ---------------------------------------------------------------------------------


class AnswerPart(DonePart):
    """What was answered, in words."""

    text: Sentence


class ShownPart(DonePart):
    """Shown in the idea box, in the staff's words."""

    summary: Annotated[str, text_of(longest=200)]


class OpinionPart(_PlacePart):
    """What somebody said, and how it reached the community."""

    key: StoryKey
    at: Moment
    channel: OpinionChannel
    by: UserName | None = None  # whoever wrote it down; nobody for what was said online
    kind: OpinionKind = OpinionKind.OPINION
    forum: Code | None = None
    matter: StoryKey | None = None  # of which it was made; then the words may be the matter's
    text: Annotated[str, text_of(longest=2_000, shortest=0)] = ""
    people: _People = 1
    name: Annotated[str, text_of(longest=40, shortest=0)] = ""
    phone: Annotated[str, text_of(longest=30, shortest=0)] = ""
    answer: AnswerPart | None = None
    shown: ShownPart | None = None


# --- Ballots ----------------------------------------------------------------------------------


class BallotPart(Part):
    """So many ballots alike, by the next numbers of the roll."""

    at: Moment
    channel: BallotChannel = BallotChannel.ONLINE
    by: UserName | None = None  # whoever entered it; nobody for a ballot cast online
    helper: Annotated[str, text_of(longest=40, shortest=0)] = ""
    times: Annotated[int, Field(ge=1, le=500)] = 1
    says: _View | None = None
    picks: tuple[_Number, ...] = ()  # options by their number, the best first where it matters
    comment: _Words = ""


# --- Topics -----------------------------------------------------------------------------------


class MergeOpinionsStep(DonePart):
    """More opinions become part of it."""

    do: Literal["merge"]
    opinions: Annotated[tuple[StoryKey, ...], Field(min_length=1)]


class AdvanceStep(DonePart):
    """The next step of the forum."""

    do: Literal["advance"]


class PaperStep(DonePart):
    """A paper was given out."""

    do: Literal["paper"]
    title: _Title
    text: LongText


class MoveStep(DonePart, _PlacePart):
    """Up or down a level, with a reason."""

    do: Literal["move"]
    reason: Sentence


class TaskPart(Part):
    """What was asked of whom until when, and how the matter went that it became."""

    text: Sentence
    party: Name | None = None
    organisation: Code | None = None
    person: UserName | None = None
    due: Date
    steps: tuple[StoryStep, ...] = ()


class ResolveTopicStep(DonePart):
    """What was decided, at a meeting or by a vote."""

    do: Literal["resolve"]
    decision: Decision
    text: LongText
    meeting: StoryKey | None = None
    vote: StoryKey | None = None
    tasks: tuple[TaskPart, ...] = ()


class PublishTopicStep(DonePart):
    """What came of it is published, and its tasks are given."""

    do: Literal["publish"]


class JudgedStep(Part):
    """What those it touches said when they were asked."""

    do: Literal["judged"]
    ballots: Annotated[tuple[BallotPart, ...], Field(min_length=1)]


TopicStepPart = Annotated[
    MergeOpinionsStep
    | AdvanceStep
    | PaperStep
    | MoveStep
    | ResolveTopicStep
    | PublishTopicStep
    | JudgedStep,
    Field(discriminator="do"),
]


class TopicPart(_PlacePart):
    """A topic. When it came back, the steps that follow are those of its new round."""

    key: StoryKey
    forum: Code
    at: Moment
    by: UserName
    title: _Title
    why: _Words = ""
    field: ShortName | None = None
    owner: UserName | None = None
    matter: StoryKey | None = None  # from which it was raised
    opinions: tuple[StoryKey, ...] = ()
    steps: tuple[TopicStepPart, ...] = ()


# --- Meetings ---------------------------------------------------------------------------------


class PresentPart(Part):
    """Who came, for a party or by themselves."""

    party: Name | None = None
    names: Annotated[tuple[ShortName, ...], Field(min_length=1)]


class SpeechPart(Part):
    """Who spoke, and what they said in a line."""

    who: ShortName
    said: Sentence


class MotionPart(Part):
    """What was moved and how many hands were raised."""

    text: Sentence
    by: ShortName
    yes: _Hands
    no: _Hands = 0
    abstain: _Hands = 0
    dissent: tuple[SpeechPart, ...] = ()


class ItemPart(Part):
    """A line of the agenda: a topic, an open matter, or words."""

    topic: StoryKey | None = None
    matter: StoryKey | None = None
    title: Annotated[str, text_of(longest=120)] | None = None
    speeches: tuple[SpeechPart, ...] = ()
    motions: tuple[MotionPart, ...] = ()
    said: Annotated[str, text_of(longest=4_000, shortest=0)] = ""


class SittingPart(Part):
    """A meeting of a forum; a TALK is written down when it is over.

    With `regular` it takes the forum's next regular day that nothing stands against.
    """

    key: StoryKey
    forum: Code
    kind: MeetingKind = MeetingKind.JOINT
    name: Annotated[str, text_of(longest=60)]
    planned: Moment | None = None  # of every meeting but a TALK
    by: UserName
    held: Moment
    until: Moment | None = None  # of a meeting that was held
    regular: bool = False
    place: Code | None = None
    where: Annotated[str, text_of(longest=80, shortest=0)] = ""
    chair: UserName
    recorder: UserName
    items: Annotated[tuple[ItemPart, ...], Field(min_length=1)]
    present: tuple[PresentPart, ...] = ()
    people: _People | None = None  # how many came to a talk
    missing: Annotated[str, text_of(longest=200, shortest=0)] = ""
    summary: Annotated[str, text_of(longest=4_000, shortest=0)] = ""
    signed: Moment | None = None
    published: DonePart | None = None


# --- Votes and maps ---------------------------------------------------------------------------


class VoteOptionPart(Part):
    """Something to choose; with a cost in yuan where a budget is voted on."""

    name: _Title
    text: _Words = ""
    cost: Annotated[int, Field(ge=0, le=100_000_000)] = 0


class VotePart(_PlacePart):
    """An open vote, and who cast what. It closes and is counted when its time is over."""

    key: StoryKey
    forum: Code
    topic: StoryKey | None = None
    by: UserName
    opens: Moment
    closes: Moment
    kind: Literal["YES_NO", "APPROVAL", "RANKING", "BUDGET"]
    title: _Title
    question: _Words = ""
    options: tuple[VoteOptionPart, ...] = ()
    places: _Number = 1
    money: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    rule: Literal["greedy", "equal-shares"] = "greedy"
    quorum_percent: Annotated[int, Field(ge=0, le=100)] = 0
    ballots: tuple[BallotPart, ...] = ()


class MapPart(Part):
    """An opinion map. `answers` has a line for each participant, a sign for each statement:
    + agrees, - disagrees, 0 passes, . did not see it.
    """

    key: StoryKey
    forum: Code
    topic: StoryKey | None = None
    by: UserName
    at: Moment
    question: Annotated[str, text_of(longest=200)]
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    statements: Annotated[tuple[Annotated[str, text_of(longest=140)], ...], Field(min_length=2)]
    answered: Moment
    answers: tuple[Annotated[str, Field(pattern=r"^[-+0.]+$")], ...] = ()
    suggested: tuple[Annotated[str, text_of(longest=140)], ...] = ()  # they wait for the staff


class DeliberationFile(Part):
    """deliberation.yaml: what was said, talked over, decided and judged."""

    opinions: tuple[OpinionPart, ...] = ()
    topics: tuple[TopicPart, ...] = ()
    meetings: tuple[SittingPart, ...] = ()
    votes: tuple[VotePart, ...] = ()
    maps: tuple[MapPart, ...] = ()
