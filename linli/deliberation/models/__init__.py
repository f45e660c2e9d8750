"""The tables of deliberation, by what people call them."""

from linli.deliberation.models.forums import (
    CalendarDecision,
    Forum,
    GroundRules,
    JudgementRule,
    Party,
    Procedure,
    SubjectField,
)
from linli.deliberation.models.maps import (
    Moderation,
    OpinionMap,
    Participant,
    Statement,
    StatementVote,
)
from linli.deliberation.models.meetings import (
    AgendaItem,
    Attendance,
    Dissent,
    Meeting,
    Motion,
    Signature,
    Speech,
)
from linli.deliberation.models.resolutions import Judgement, Publication, Resolution, Task
from linli.deliberation.models.topics import Opinion, Paper, Topic
from linli.deliberation.models.votes import (
    CountedBallot,
    Envelope,
    OpenBallot,
    OwnersShare,
    Participation,
    RollEntry,
    Teller,
    Vote,
    VoteOption,
)

__all__ = [
    "AgendaItem",
    "Attendance",
    "CalendarDecision",
    "CountedBallot",
    "Dissent",
    "Envelope",
    "Forum",
    "GroundRules",
    "Judgement",
    "JudgementRule",
    "Meeting",
    "Moderation",
    "Motion",
    "OpenBallot",
    "Opinion",
    "OpinionMap",
    "OwnersShare",
    "Paper",
    "Participant",
    "Participation",
    "Party",
    "Procedure",
    "Publication",
    "Resolution",
    "RollEntry",
    "Signature",
    "Speech",
    "Statement",
    "StatementVote",
    "SubjectField",
    "Task",
    "Teller",
    "Topic",
    "Vote",
    "VoteOption",
]
