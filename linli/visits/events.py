"""What can happen to forms, campaigns and visits. Facts hold keys and figures, no answers."""

FORM_PUBLISHED = "visits.form_published"
CAMPAIGN_CREATED = "visits.campaign_created"
CAMPAIGN_CHANGED = "visits.campaign_changed"
CAMPAIGN_PLANNED = "visits.campaign_planned"
CAMPAIGN_STARTED = "visits.campaign_started"
CAMPAIGN_CLOSED = "visits.campaign_closed"
CAMPAIGN_CANCELLED = "visits.campaign_cancelled"
VISITED = "visits.visited"
CALLED_AGAIN = "visits.called_again"
FINDING_REPORTED = "visits.finding_reported"
CADENCE_SET = "visits.cadence_set"
CADENCE_ENDED = "visits.cadence_ended"
FELL_DUE = "visits.fell_due"
CALLED_OFF = "visits.called_off"
CALLED_SOON = "visits.called_soon"
CALL_LATE = "visits.call_late"
CALL_HANDED_OVER = "visits.call_handed_over"
CALLS_TAKEN_OVER = "visits.calls_taken_over"

ALL = (
    FORM_PUBLISHED,
    CAMPAIGN_CREATED,
    CAMPAIGN_CHANGED,
    CAMPAIGN_PLANNED,
    CAMPAIGN_STARTED,
    CAMPAIGN_CLOSED,
    CAMPAIGN_CANCELLED,
    VISITED,
    CALLED_AGAIN,
    FINDING_REPORTED,
    CADENCE_SET,
    CADENCE_ENDED,
    FELL_DUE,
    CALLED_OFF,
    CALLED_SOON,
    CALL_LATE,
    CALL_HANDED_OVER,
    CALLS_TAKEN_OVER,
)
