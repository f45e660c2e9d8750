"""The feed: every event of every matter that the caller sees, to keep another system in step."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from linli.api.caller import caller_of
from linli.api.operations import reads
from linli.api.paging import key_of, mark_of
from linli.api.schemas.common import Key, Paging
from linli.api.schemas.matters import EventList
from linli.api.telling import rows_of_events
from linli.matters.feed import list_feed

router = Router(tags=["events"])
_NAME = "feed"


class FeedQuery(Paging):
    """From where on, and of which community."""

    community_id: Key | None = None


@reads(router, "", answers=EventList, summary=_("Everything that happened, oldest first"))
def list_events(request: HttpRequest, wanted: Query[FeedQuery]) -> EventList:
    """Return the events after a mark; the mark of the answer is kept for the next time.

    The feed runs ten seconds behind, so that no event ever comes in before a mark. At the end
    `next` is null and `after` is the mark to ask with later.
    """
    caller = caller_of(request)
    first = int(key_of(name=_NAME, mark=wanted.after) or 0)
    found = list_feed(
        actor=caller.actor,
        after=first,
        limit=wanted.limit + 1,
        at=caller.at,
        community_id=wanted.community_id,
    )
    shown = found[: wanted.limit]
    last = shown[-1].pk if shown else first
    page = EventList(items=rows_of_events(events=shown), after=mark_of(name=_NAME, key=str(last)))
    return page if len(found) > wanted.limit else page.ends()
