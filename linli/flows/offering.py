"""What of a matter's events is offered to other programs, and what is said of them."""

from datetime import datetime

from linli.core.models import Event
from linli.core.ref import Ref
from linli.flows import audience
from linli.matters import events
from linli.notify import webhooks

OFFERED = (
    events.REPORTED,
    events.ACCEPTED,
    events.DECLINED,
    events.DISPATCHED,
    events.RECALLED,
    events.TAKEN,
    events.OBJECTED,
    events.OBJECTION_UPHELD,
    events.OBJECTION_OVERRULED,
    events.RETURNED,
    events.RETURN_REFUSED,
    events.TIME_ASKED,
    events.EXTENDED,
    events.PAUSED,
    events.TIME_REFUSED,
    events.RESUMED,
    events.SETTLED,
    events.RESOLVED,
    events.VERIFIED,
    events.REWORK_ASKED,
    events.RATED,
    events.CLOSED,
    events.WITHDRAWN,
    events.MERGED,
    events.UNMERGED,
    events.RECATEGORISED,
    events.CLIMBED,
    events.OVERDUE,
    events.NUDGED,
    events.SUPERVISED,
    events.NOTED,
    events.TOLD,
    events.MEDIATED,
    events.PUBLISHED,
    events.UNPUBLISHED,
    events.POINTED_ANEW,
)
"""All that happens to a matter, but for what was done with the name and number of one who asked."""

SAID_OUTSIDE = frozenset(
    {"amount", "because", "channel", "clock", "due_at", "from_category_id", "from_grid_id"}
    | {"from_id", "goes_on", "into_id", "kind", "level_id", "means", "order_id", "organisation_id"}
    | {"outcome", "photos", "position", "ratings", "reason", "round", "satisfaction", "solved"}
    | {"to_category_id", "to_grid_id", "until"}
)
"""Which facts leave the house: keys of things, codes and figures, none of a person."""


def offer_to_webhooks(event: Event, at: datetime) -> None:
    """Put an event of a matter on its way to the community's webhooks; never a restricted one."""
    if event.community_id is None or not webhooks.are_in_use(community_id=event.community_id):
        return
    matter = audience.matter_of(matter_id=event.subject_id)
    if matter.is_restricted:
        # It may have become so since: what waits about it stays in the house as well.
        webhooks.withdraw(subject=Ref(kind=event.subject_kind, id=event.subject_id))
        return
    said = {
        "event_id": event.pk,
        "number": matter.pk,
        "community": matter.community.code,
        "facts": {key: value for key, value in event.facts.items() if key in SAID_OUTSIDE},
    }
    webhooks.offer(event=event, said=said, at=at)
