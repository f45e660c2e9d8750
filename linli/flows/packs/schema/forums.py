"""Where a community talks things over: forums.yaml."""

from typing import Annotated

from pydantic import Field

from linli.deliberation.workflow import Condition, TopicLevel, TopicState
from linli.flows.packs.schema.values import Code, Date, Name, Part, ShortName, UserName, text_of

_Time = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_Days = Annotated[int, Field(ge=1, le=366)]


class RhythmPart(Part):
    """A regular day: the `nth` `weekday` (1 is Monday) of the months; -1 is the last one."""

    nth: Annotated[int, Field(ge=-1, le=4)]
    weekday: Annotated[int, Field(ge=1, le=7)]
    at: _Time
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()


class PartyPart(Part):
    """Who sits in a forum: an organisation of the pack, people of it, or nobody named yet."""

    name: Name
    duty: Annotated[str, text_of(longest=120, shortest=0)] = ""
    organisation: Code | None = None
    people: tuple[UserName, ...] = ()
    seats: Annotated[int, Field(ge=1, le=99)] = 1
    required: bool = True
    carries_out: bool = False


class ForumStepPart(Part):
    """One step of a forum; a condition's number is how many opinions or days, 0 without one."""

    name: ShortName
    state: TopicState
    days: Annotated[int, Field(ge=0, le=366)] = 0
    conditions: dict[Condition, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)


class JudgementPart(Part):
    """When those a result touches are satisfied."""

    percent: Annotated[int, Field(ge=1, le=100)] = 85
    answers_least: Annotated[int, Field(ge=1, le=100_000)] = 10
    counts_basically: bool = True


class ForumPart(Part):
    """One forum. Without steps it has the usual five; “待填” is a rule still to be written."""

    code: Code
    name: Name
    purpose: Annotated[str, text_of(longest=200, shortest=0)] = ""
    since: Date | None = None  # opened when the pack is loaded, unless it was before
    levels: Annotated[tuple[TopicLevel, ...], Field(min_length=1)] = tuple(TopicLevel)
    regular: RhythmPart | None = None
    public: bool = True
    takes_opinions: bool = True
    secret_ballots: bool = False
    equal_shares: bool = False
    quorum_percent: Annotated[int, Field(ge=0, le=100)] = 50
    quorum_counts_residents: bool = True
    redo_days: _Days = 30
    rounds_most: Annotated[int, Field(ge=1, le=9)] = 2
    stalled_days: _Days = 14
    judge_days: _Days = 7
    parties: tuple[PartyPart, ...] = ()
    fields: tuple[ShortName, ...] = ()
    rules: tuple[Annotated[str, text_of(longest=200)], ...] = ()
    steps: tuple[ForumStepPart, ...] = ()
    judgement: JudgementPart = JudgementPart()


class ForumsFile(Part):
    """forums.yaml: every forum of the community."""

    forums: tuple[ForumPart, ...] = ()
