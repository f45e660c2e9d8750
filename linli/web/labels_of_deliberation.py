"""What the codes of deliberation are called on screen; `labels.TABLES` takes them in."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TABLES: Mapping[str, Mapping[Any, Any]] = {
    "topic": {
        "GATHERING": _("Opinions gathered"),
        "SETTLED": _("Topic settled"),
        "PREPARING": _("Being prepared"),
        "DELIBERATING": _("Being talked over"),
        "PUBLISHED": _("Result published"),
        "CARRYING_OUT": _("Being carried out"),
        "JUDGING": _("Being judged"),
        "CLOSED": pgettext_lazy("topic", "Closed"),
        "RETURNED": _("Back to deliberation"),
        "DROPPED": _("Not talked over"),
    },
    "topic_level": {
        "BUILDING": pgettext_lazy("topic", "Building"),
        "GRID": pgettext_lazy("topic", "Grid"),
        "COMMUNITY": pgettext_lazy("topic", "Community"),
    },
    "condition": {
        "WHY": _("why it is talked about is written down"),
        "OPINIONS": _("%(number)s opinions are gathered"),
        "PAPERS": _("papers were given out %(number)s days ago"),
        "QUORUM": _("a meeting or vote on it reached its quorum"),
        "MINUTES": _("the minutes are signed"),
        "RESULT": _("a resolution says what came of it"),
    },
    "return_cause": {
        "NOT_ACTED_ON": _("decided and not acted on"),
        "WITHOUT_RESULT": _("acted on without a result"),
        "DISSATISFIED": _("too few are satisfied"),
    },
    "opinion": {
        "NEW": _("To be answered"),
        "MERGED": _("In a topic"),
        "ANSWERED": pgettext_lazy("opinion", "Answered"),
    },
    "sign_in_means": {
        "QR": _("scanned the code"),
        "CODE": _("typed the figures"),
        "PAPER": _("on the paper sheet"),
    },
    "opinion_kind": {"OPINION": _("Opinion"), "IDEA": _("Bright idea")},
    "opinion_channel": {
        "ONLINE": pgettext_lazy("opinion", "Online"),
        "PHONE": pgettext_lazy("opinion", "By telephone"),
        "COUNTER": pgettext_lazy("opinion", "At the counter"),
        "PAPER": pgettext_lazy("opinion", "On paper"),
        "FORM": _("Door to door"),
        "VISIT": _("On a visit"),
        "MEETING": _("At a meeting"),
        "HANDS": _("Show of hands"),
        "MATTER": _("From a matter"),
        "JUDGEMENT": _("When asked about the result"),
    },
    "meeting": {
        "PLANNED": pgettext_lazy("meeting", "Planned"),
        "OPEN": pgettext_lazy("meeting", "Under way"),
        "ENDED": _("Minutes to be signed"),
        "SIGNED": _("Minutes signed"),
        "PUBLISHED": _("Minutes published"),
        "CANCELLED": pgettext_lazy("meeting", "Cancelled"),
    },
    "meeting_kind": {
        "REGULAR": _("Regular meeting"),
        "JOINT": _("Joint meeting"),
        "TALK": _("Talk at dusk"),
        "HEARING": _("Hearing"),
    },
    "sign_in": {
        "QR": _("QR code"),
        "CODE": pgettext_lazy("sign-in", "Code"),
        "PAPER": _("Paper sheet"),
    },
    "motion": {
        "MOVED": pgettext_lazy("motion", "Moved"),
        "CARRIED": pgettext_lazy("motion", "Carried"),
        "LOST": pgettext_lazy("motion", "Lost"),
        "WITHDRAWN": pgettext_lazy("motion", "Withdrawn"),
        "NO_DECISION": _("No decision"),
    },
    "vote": {
        "DRAFT": pgettext_lazy("vote", "Draft"),
        "OPEN": pgettext_lazy("vote", "Open"),
        "CLOSED": _("To be counted"),
        "COUNTED": pgettext_lazy("vote", "Counted"),
        "CANCELLED": pgettext_lazy("vote", "Cancelled"),
    },
    "vote_kind": {
        "YES_NO": _("For or against"),
        "APPROVAL": _("All that one likes"),
        "RATING": _("Points"),
        "RANKING": _("Ranking"),
        "BUDGET": _("Projects on a budget"),
        "OWNERS": _("Owners’ joint decision"),
        "SATISFACTION": pgettext_lazy("vote", "Satisfaction"),
    },
    "vote_outcome": {
        "ADOPTED": pgettext_lazy("vote", "Adopted"),
        "REJECTED": pgettext_lazy("vote", "Rejected"),
        "CHOSEN": pgettext_lazy("vote", "Chosen"),
        "TIED": pgettext_lazy("vote", "Tied"),
        "SATISFIED": _("Enough are satisfied"),
        "NOT_SATISFIED": _("Too few are satisfied"),
        "NO_DECISION": _("No decision"),
    },
    "view": {
        "YES": pgettext_lazy("vote", "For"),
        "NO": pgettext_lazy("vote", "Against"),
        "ABSTAIN": pgettext_lazy("vote", "Abstain"),
    },
    "roll_unit": {"RESIDENT": _("Each resident"), "HOUSEHOLD": _("Each household")},
    "ballot_channel": {
        "ONLINE": pgettext_lazy("ballot", "Online"),
        "PAPER": pgettext_lazy("ballot", "Paper"),
        "ASSISTED": _("With help"),
    },
    "judged": {
        "SATISFIED": pgettext_lazy("judged", "Satisfied"),
        "BASICALLY_SATISFIED": pgettext_lazy("judged", "Basically satisfied"),
        "DISSATISFIED": pgettext_lazy("judged", "Dissatisfied"),
        "UNKNOWN": _("Don’t know"),
    },
    "verdict": {
        "SATISFIED": _("Passed"),
        "RETURN": _("Back to deliberation"),
        "TOO_FEW": _("Too few answers"),
    },
    "decision": {
        "ADOPTED": pgettext_lazy("vote", "Adopted"),
        "REJECTED": pgettext_lazy("vote", "Rejected"),
        "NO_DECISION": _("No decision"),
        "ANSWERED": _("Settled by explaining"),
    },
    "task": {
        "OPEN": pgettext_lazy("task", "In hand"),
        "DONE": pgettext_lazy("task", "Done"),
        "FAILED": pgettext_lazy("task", "Without a result"),
    },
    "publication": {
        "RESULT": _("Result of a topic"),
        "MINUTES": _("Minutes of a meeting"),
        "CORRECTION": _("Correction"),
    },
    "weekday": {
        0: _("Monday"),
        1: _("Tuesday"),
        2: _("Wednesday"),
        3: _("Thursday"),
        4: _("Friday"),
        5: _("Saturday"),
        6: _("Sunday"),
    },
}
