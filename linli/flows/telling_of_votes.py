"""The tellers of a secret ballot are told that it is over and waits for their keys."""

from datetime import datetime

from linli.core.actor import system
from linli.core.models import Event
from linli.deliberation import queries as deliberation
from linli.flows import audience
from linli.notify import services as notify
from linli.notify.models import Topic

_READER = system(name="reactions")


def tell_tellers(event: Event, at: datetime) -> None:
    """Tell both tellers of a closed secret ballot that it waits for them; of an open vote nobody.

    Whoever closed it knows.
    """
    vote = deliberation.get_vote(actor=_READER, vote_id=event.subject_id)
    if not (vote.is_secret and vote.is_closed):
        return
    knows = audience.account_of_actor(event)
    tellers = vote.tellers.order_by("position").values_list("account_id", flat=True)
    notify.tell(
        account_ids=[one for one in tellers if one != knows],
        event=event,
        topic=Topic.ORDER,
        code="vote_waits_for_keys",
        facts={"title": vote.title},
        path=f"/forums/votes/{vote.pk}/count/",
        at=at,
    )
