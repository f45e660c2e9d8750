"""What a program reads of forums, topics, meetings, votes, resolutions and opinion maps."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from linli.api.schemas.common import Key, Listed, Named, Paging
from linli.deliberation.tally import Kind, Outcome
from linli.deliberation.workflow import (
    Decision,
    MeetingKind,
    MeetingState,
    MotionState,
    PublicationKind,
    ReturnCause,
    RollUnit,
    TaskState,
    TopicLevel,
    TopicState,
    Verdict,
    VotePurpose,
    VoteState,
)

# Matters have a kind and mediations an outcome; in the description a name stands for one thing.
VoteKind = Annotated[str, Field(json_schema_extra={"enum": [str(one) for one in Kind]})]
VoteOutcome = Annotated[str, Field(json_schema_extra={"enum": [str(one) for one in Outcome]})]

# --- What is asked for ------------------------------------------------------------------------


class InCommunity(Paging):
    """Of which community; left out, of every one that is open to the caller."""

    community_id: Key | None = None


class OfForum(InCommunity):
    """Of which forum as well."""

    forum_id: Key | None = None


class OfTopic(OfForum):
    """On which topic as well."""

    topic_id: Key | None = None


class TopicQuery(OfForum):
    """Topics in which state."""

    state: TopicState | None = None


class MeetingQuery(OfTopic):
    """Meetings in which state."""

    state: MeetingState | None = None


class VoteQuery(OfTopic):
    """Votes in which state."""

    state: VoteState | None = None


# --- Forums -----------------------------------------------------------------------------------


class ForumRow(Named):
    """A forum: where a community talks things over."""

    code: str
    purpose: str
    community_id: int
    levels: list[TopicLevel]
    is_public: bool
    is_running: bool
    takes_opinions: bool
    calendar: str | None = Field(description="iCalendar of its meetings; of public forums")


class ForumList(Listed):
    """One page of forums."""

    items: list[ForumRow]


# --- Topics -----------------------------------------------------------------------------------


class TopicRow(Schema):
    """One round of a topic. `place` is its building or grid; at community level it is empty."""

    id: int
    trace: UUID
    forum: Named
    community_id: int
    title: str
    state: TopicState
    level: TopicLevel
    place: str
    field: str
    round: int
    raised_at: datetime
    entered_at: datetime
    published_at: datetime | None
    ended_at: datetime | None


class TopicList(Listed):
    """One page of topics."""

    items: list[TopicRow]


class PathStepShown(Schema):
    """One of the forum's steps, and whether the topic is there."""

    name: str
    is_done: bool
    is_here: bool


class RoundShown(Schema):
    """One round of a topic; a later one took over from it."""

    id: int
    round: int
    state: TopicState


class PaperShown(Schema):
    """What was given out to be read beforehand."""

    title: str
    text: str
    given_out_at: datetime


class JudgementShown(Schema):
    """Whether those whom it touches are satisfied; figures once it is judged."""

    verdict: Verdict | None
    percent_needed: int
    satisfied: int | None
    answered: int | None
    unknown: int | None
    asked_until: datetime


class PublicationShown(Schema):
    """What was made public, as it stood; a correction stands beside what it corrects."""

    kind: PublicationKind
    number: int
    published_at: datetime
    sha256: str
    page: str
    files: list[str]


class TaskShown(Schema):
    """What a resolution asks of a party or organisation; `by` is empty for the office itself."""

    number: int
    text: str
    by: str
    due_date: date
    state: TaskState
    ended_at: datetime | None


class ResolutionRow(Schema):
    """What was decided on a topic, and what became of each task."""

    id: int
    number: str
    topic_id: int
    topic_title: str
    decision: Decision
    text: str
    meeting_id: int | None
    vote_id: int | None
    adopted_at: datetime
    sha256: str
    tasks: list[TaskShown]


class ResolutionList(Listed):
    """One page of resolutions."""

    items: list[ResolutionRow]


class MeetingRow(Schema):
    """When, where and of what sort. `summary` says why a meeting was called off."""

    id: int
    trace: UUID
    forum: Named
    community_id: int
    name: str
    kind: MeetingKind
    state: MeetingState
    starts_at: datetime
    place: str
    summary: str


class MeetingList(Listed):
    """One page of meetings."""

    items: list[MeetingRow]


class OptionShown(Schema):
    """Something to choose; ballots and results name it by its `id`."""

    id: str
    name: str
    cost_yuan: int


class VoteRow(Schema):
    """What is voted on, by whom and until when; and how many took part so far."""

    id: int
    trace: UUID
    forum: Named
    community_id: int
    topic_id: int | None
    purpose: VotePurpose
    kind: VoteKind
    state: VoteState
    title: str
    question: str
    is_secret: bool
    unit: RollUnit
    opens_at: datetime
    closes_at: datetime
    counted_at: datetime | None
    roll: int
    took_part: int
    roll_sha256: str
    options: list[OptionShown]
    cancelled_why: str


class VoteList(Listed):
    """One page of votes."""

    items: list[VoteRow]


class FileShown(Schema):
    """A file to download, and the SHA-256 of its bytes."""

    path: str
    sha256: str


class ResultShown(Schema):
    """What came of a vote. Before it is counted there is none, for anybody.

    `figures` are by view or option; of owners by heads and area; of a ranking by pairs, as `1>2`.
    Where so few took part in a secret ballot that figures would tell who said what, `is_withheld`
    is true and the outcome is all there is.
    """

    outcome: VoteOutcome
    turnout: int
    is_withheld: bool
    figures: dict[str, Any]
    chosen: list[str]
    tied: list[str]
    projects: list[dict[str, Any]]
    checksum: str
    files: list[FileShown]


class VoteDetail(VoteRow):
    """One vote; `result` is null until it is counted."""

    quorum_percent: int
    places: int
    budget_yuan: int
    result: ResultShown | None


class TopicDetail(TopicRow):
    """One round of a topic, from what was raised to what came of it."""

    why: str
    outcome: str
    return_cause: ReturnCause | None
    opinions_count: int
    steps: list[PathStepShown]
    rounds: list[RoundShown]
    papers: list[PaperShown]
    meetings: list[MeetingRow]
    votes: list[int]
    resolutions: list[ResolutionRow]
    judgement: JudgementShown | None
    publications: list[PublicationShown]


# --- Minutes ----------------------------------------------------------------------------------


class GroupThere(Schema):
    """A party and how it was there: names stand here as they were published, most as offices."""

    party: str
    names: list[str]


class TurnShown(Schema):
    """One who spoke, and the gist of it."""

    by: str
    gist: str


class MotionShown(Schema):
    """A motion and the show of hands on it."""

    text: str
    by: str
    state: MotionState
    yes: int
    no: int
    abstain: int
    present: int
    dissents: list[str]


class CorrectionShown(Schema):
    """What was put right in minutes after they were published, beside what it corrects."""

    text: str
    why: str
    role: str
    corrected_at: datetime


class ItemShown(Schema):
    """One item of the agenda and all that was said on it."""

    number: int
    title: str
    said: str
    turns: list[TurnShown]
    motions: list[MotionShown]
    corrections: list[CorrectionShown]


class MinutesShown(Schema):
    """Minutes as they were published, without personal data."""

    chair: str
    recorder: str
    opened_at: datetime | None
    ended_at: datetime | None
    expected: int
    quorum: int
    present: int
    missing: list[str]
    missing_reason: str
    groups: list[GroupThere]
    items: list[ItemShown]
    summary: str
    corrections: list[CorrectionShown]
    page: str


class AgendaLine(Schema):
    """What a meeting talks of."""

    title: str
    topic_id: int | None


class MeetingDetail(MeetingRow):
    """One meeting with its agenda; its minutes once they are published."""

    agenda: list[AgendaLine]
    minutes: MinutesShown | None


# --- Opinion maps -----------------------------------------------------------------------------


class MapRow(Schema):
    """A question and short statements; it advises and decides nothing."""

    id: int
    trace: UUID
    forum: Named
    community_id: int
    topic_id: int | None
    question: str
    is_open: bool
    closed_at: datetime | None
    drawn_at: datetime | None


class MapList(Listed):
    """One page of opinion maps."""

    items: list[MapRow]


class HeldShown(Schema):
    """What a group holds: how many of those who answered it."""

    text: str
    agrees: bool
    count: int
    answered: int


class GroupShown(Schema):
    """People who answer alike."""

    group: int
    size: int
    holds: list[HeldShown]


class ShareShown(Schema):
    """Which part of a group agrees, in whole per cent."""

    group: int
    percent: int


class SharedShown(Schema):
    """A statement with which most of every group agree."""

    text: str
    shares: list[ShareShown]


class MapDrawn(Schema):
    """What was drawn. Groups of fewer than five are not shown; `withheld` says how many."""

    participants: int
    grouped: int
    withheld: int
    groups: list[GroupShown]
    shared: list[SharedShown]
    seed: int
    files: list[str]


class MapDetail(MapRow):
    """One map; residents read what is drawn once it is closed, so that nobody is led by it."""

    statements: list[str]
    drawn: MapDrawn | None
