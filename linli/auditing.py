"""`linli audit verify`: what it says on the terminal."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.core.seals import verify_seals

Say = Callable[[str], None]

NAMED_MAX = 20
"""How many altered events are named; more than that is one disaster, not many."""


def verify(*, say: Say) -> bool:
    """Say whether the event log is whole, and what was altered if it is not."""
    found = verify_seals()
    count = found.sealed_count
    say(ngettext("%(n)s event is sealed.", "%(n)s events are sealed.", count) % {"n": count})
    count = found.unsealed_count
    say(
        ngettext(
            "%(n)s event is not sealed yet.",
            "%(n)s events are not sealed yet.",
            count,
        )
        % {"n": count}
    )
    for event_id in found.altered_event_ids[:NAMED_MAX]:
        say(_("Event %(id)s was altered after it was sealed.") % {"id": event_id})
    if (more := len(found.altered_event_ids) - NAMED_MAX) > 0:
        say(_("And %(n)s more.") % {"n": more})
    for seal_id in found.broken_seal_ids[:NAMED_MAX]:
        say(
            _("Seal %(id)s is broken: events were taken out or put in, or the seal was altered.")
            % {"id": seal_id}
        )
    if found.is_whole:
        say(_("Nothing was altered. The last seal is %(digest)s.") % {"digest": found.last_digest})
    return found.is_whole
