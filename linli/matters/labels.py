"""What the codes of this room are called on screen."""

from typing import Any

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from linli.matters.workflow import Channel, Kind, Satisfaction, State, Step

STATES = {
    State.REPORTED: _("To be accepted"),
    State.ACCEPTED: _("To be dispatched"),
    State.DISPATCHED: _("To be taken"),
    State.OBJECTED: _("Objection to be judged"),
    State.TAKEN: _("Being handled"),
    State.PAUSED: _("Paused"),
    State.RETURNED: _("Given back"),
    State.RESOLVED: _("To be verified"),
    State.REWORK: _("Rework"),
    State.VERIFIED: _("To be rated"),
    State.CLOSED: pgettext_lazy("matter", "Closed"),
    State.DECLINED: _("Not accepted"),
    State.WITHDRAWN: _("Withdrawn"),
    State.MERGED: _("Merged"),
}

KINDS = {
    Kind.REQUEST: _("Request"),
    Kind.HAZARD: _("Hazard"),
    Kind.PUBLIC_ORDER: _("Public order"),
    Kind.DISPUTE: _("Dispute"),
    Kind.SUGGESTION: _("Suggestion"),
    Kind.PATROL_FINDING: _("Patrol finding"),
    Kind.POLICY_QUESTION: _("Policy question"),
    Kind.REFERRAL: _("Referral"),
    Kind.TASK: _("Task of a resolution"),
    Kind.EMERGENCY: _("Emergency"),
}

CHANNELS = {
    Channel.WEB: _("Web page"),
    Channel.QR: _("QR poster"),
    Channel.FIELD: _("On the grid"),
    Channel.PHONE: _("Telephone"),
    Channel.COUNTER: _("Service counter"),
    Channel.HOTLINE_12345: _("Hotline 12345"),
    Channel.OPEN311: _("Another app (Open311)"),
    Channel.API: _("Another system"),
    Channel.RESOLUTION: _("Decided in a forum"),
}

STEPS = {
    Step.ACCEPT: pgettext_lazy("step", "Accept"),
    Step.DECLINE: pgettext_lazy("step", "Decline"),
    Step.DISPATCH: pgettext_lazy("step", "Dispatch"),
    Step.RECALL: pgettext_lazy("step", "Take back the order"),
    Step.TAKE: pgettext_lazy("step", "Take the order"),
    Step.OBJECT: pgettext_lazy("step", "Object"),
    Step.UPHOLD: pgettext_lazy("step", "Uphold the objection"),
    Step.OVERRULE: pgettext_lazy("step", "Overrule the objection"),
    Step.RETURN: pgettext_lazy("step", "Give back"),
    Step.REFUSE_RETURN: pgettext_lazy("step", "Refuse the return"),
    Step.SETTLE: pgettext_lazy("step", "Settle on the spot"),
    Step.ASK_TIME: pgettext_lazy("step", "Ask for time"),
    Step.EXTEND: pgettext_lazy("step", "Extend"),
    Step.PAUSE: pgettext_lazy("step", "Pause"),
    Step.REFUSE_TIME: pgettext_lazy("step", "Refuse more time"),
    Step.RESUME: pgettext_lazy("step", "Resume"),
    Step.RESOLVE: pgettext_lazy("step", "Report it done"),
    Step.VERIFY: pgettext_lazy("step", "Verify"),
    Step.REWORK: pgettext_lazy("step", "Send to rework"),
    Step.RATE: pgettext_lazy("step", "Rate"),
    Step.CLOSE: pgettext_lazy("step", "Close"),
    Step.WITHDRAW: pgettext_lazy("step", "Withdraw"),
    Step.MERGE: pgettext_lazy("step", "Merge"),
    Step.UNMERGE: pgettext_lazy("step", "Undo the merge"),
    Step.RECATEGORISE: pgettext_lazy("step", "Change the category"),
    Step.ESCALATE: pgettext_lazy("step", "Pass up a level"),
    Step.NUDGE: pgettext_lazy("step", "Nudge"),
    Step.SUPERVISE: pgettext_lazy("step", "Supervise"),
    Step.NOTE: pgettext_lazy("step", "Write a note"),
    Step.TELL: pgettext_lazy("step", "Record that they were told"),
    Step.MEDIATE: pgettext_lazy("step", "Record a mediation"),
    Step.PUBLISH: pgettext_lazy("step", "Publish on the board"),
}

SATISFACTIONS = {
    Satisfaction.SATISFIED: _("Satisfied"),
    Satisfaction.BASICALLY_SATISFIED: _("Basically satisfied"),
    Satisfaction.DISSATISFIED: _("Dissatisfied"),
}

MEANS = {
    "PHONE": _("By telephone"),
    "IN_PERSON": _("In person"),
    "MESSAGE": _("By message"),
    "NOT_REACHED": _("Not reached"),
}

OUTCOMES = {
    "AGREED": _("Agreed"),
    "PARTLY": _("Partly agreed"),
    "NOT_AGREED": _("Not agreed"),
    "AGAIN": _("They will meet again"),
}

NOTE_KINDS = {
    "NOTE": pgettext_lazy("kind of note", "Note"),
    "ADVICE": pgettext_lazy("kind of note", "Advice on the spot"),
    "PROGRESS": pgettext_lazy("kind of note", "Progress"),
    "MEETING": pgettext_lazy("kind of note", "From a meeting"),
}

TIME_KINDS = {
    "EXTENSION": _("Extension"),
    "PAUSE": _("Pause"),
}

TIME_STATES = {
    "ASKED": pgettext_lazy("request for time", "Waiting for an answer"),
    "GRANTED": pgettext_lazy("request for time", "Granted"),
    "REFUSED": pgettext_lazy("request for time", "Refused"),
}


def category_name(*, category: Any) -> str:
    """Return what a community's category is called in the reader's language."""
    if get_language() == "en" and category.name_en:
        return str(category.name_en)
    return str(category.name)
