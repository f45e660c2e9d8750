"""What can happen to a matter. Facts hold keys and codes, never names or words of a person."""

REPORTED = "matters.reported"
ACCEPTED = "matters.accepted"
DECLINED = "matters.declined"
DISPATCHED = "matters.dispatched"
RECALLED = "matters.recalled"
TAKEN = "matters.taken"
OBJECTED = "matters.objected"
OBJECTION_UPHELD = "matters.objection_upheld"
OBJECTION_OVERRULED = "matters.objection_overruled"
RETURNED = "matters.returned"
RETURN_REFUSED = "matters.return_refused"
TIME_ASKED = "matters.time_asked"
EXTENDED = "matters.extended"
PAUSED = "matters.paused"
TIME_REFUSED = "matters.time_refused"
RESUMED = "matters.resumed"
SETTLED = "matters.settled"
RESOLVED = "matters.resolved"
VERIFIED = "matters.verified"
ANSWERED = "matters.answered"  # closed by its answer: nothing to inspect
REWORK_ASKED = "matters.rework_asked"
RATED = "matters.rated"
CLOSED = "matters.closed"
WITHDRAWN = "matters.withdrawn"
MERGED = "matters.merged"
UNMERGED = "matters.unmerged"
RECATEGORISED = "matters.recategorised"
CLIMBED = "matters.climbed"
OVERDUE = "matters.overdue"
NUDGED = "matters.nudged"
SUPERVISED = "matters.supervised"
NOTED = "matters.noted"
TOLD = "matters.told"
MEDIATED = "matters.mediated"
PUBLISHED = "matters.published"
UNPUBLISHED = "matters.unpublished"
CONTACT_OPENED = "matters.contact_opened"
REPORTER_ERASED = "matters.reporter_erased"
PHOTOS_ERASED = "matters.photos_erased"
POINTED_ANEW = "matters.pointed_anew"
PROBLEM_LIST_OPENED = "matters.problem_list_opened"
LISTED = "matters.listed"
SHEET_MADE = "matters.sheet_made"
SHEET_CHANGED = "matters.sheet_changed"
HOTLINE_REPLIED = "matters.hotline_replied"
HOTLINE_COLUMNS_SET = "matters.hotline_columns_set"
EXPORTED = "matters.exported"
METHOD_SET = "matters.method_set"
LEVELS_SET = "matters.levels_set"
RATE_WEIGHTS_SET = "matters.rate_weights_set"
CATEGORY_SET = "matters.category_set"
CATEGORY_ENDED = "matters.category_ended"
RETURN_REASON_SET = "matters.return_reason_set"
RETURN_REASON_ENDED = "matters.return_reason_ended"

ABOUT_REPORTERS = frozenset({CONTACT_OPENED, REPORTER_ERASED, PHOTOS_ERASED, TOLD})
"""What whoever is complained of never learns, for it points at those who asked."""

ALL = (
    REPORTED,
    ACCEPTED,
    DECLINED,
    DISPATCHED,
    RECALLED,
    TAKEN,
    OBJECTED,
    OBJECTION_UPHELD,
    OBJECTION_OVERRULED,
    RETURNED,
    RETURN_REFUSED,
    TIME_ASKED,
    EXTENDED,
    PAUSED,
    TIME_REFUSED,
    RESUMED,
    SETTLED,
    RESOLVED,
    VERIFIED,
    ANSWERED,
    REWORK_ASKED,
    RATED,
    CLOSED,
    WITHDRAWN,
    MERGED,
    UNMERGED,
    RECATEGORISED,
    CLIMBED,
    OVERDUE,
    NUDGED,
    SUPERVISED,
    NOTED,
    TOLD,
    MEDIATED,
    PUBLISHED,
    UNPUBLISHED,
    CONTACT_OPENED,
    REPORTER_ERASED,
    PHOTOS_ERASED,
    POINTED_ANEW,
    EXPORTED,
    METHOD_SET,
    LEVELS_SET,
    RATE_WEIGHTS_SET,
    CATEGORY_SET,
    CATEGORY_ENDED,
    RETURN_REASON_SET,
    RETURN_REASON_ENDED,
)
