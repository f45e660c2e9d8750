"""Hand in an opinion: by a program of an account, or for the public of a community."""

from uuid import uuid4

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router

from linli.api.caller import REPORT, WRITE, Caller, caller_of
from linli.api.operations import Act, Made, writes
from linli.api.problems import TooManyRequests
from linli.api.resources.reports import CommunityMissing
from linli.api.schemas.opinions import OpinionReceipt, SaidBy, SentOpinion
from linli.core import codes
from linli.core.errors import NotEntitled, NotFound
from linli.core.limits import HOUR_SECONDS, REPORTS_BY_PHONE, Limit
from linli.deliberation import queries
from linli.deliberation.queries import opinions as reading
from linli.deliberation.services import opinions as services
from linli.deliberation.workflow import OpinionChannel, OpinionState
from linli.territory import queries as territory

router = Router(tags=["deliberation"])

OPINIONS_BY_TOKEN = Limit("api-opinions", 600, HOUR_SECONDS)
"""For everybody who speaks through one app of the public; an office enters without a limit."""


@writes(
    router,
    "/opinions",
    answers=OpinionReceipt,
    status=201,
    scopes=(WRITE, REPORT),
    summary=_("Hand in an opinion"),
)
def say_opinion(request: HttpRequest, body: SentOpinion) -> Act:
    """Take an opinion in, by the rules of the page: the answer holds the code to follow it by."""
    caller = caller_of(request)
    community_id = _community_of(caller, body)
    _must_be_allowed(caller, body.channel, community_id)
    author = body.author
    wanted = services.OpinionInput(
        submission_key=uuid4(),  # The key of the request sees to it that this happens once.
        community_id=community_id,
        text=body.text,
        kind=body.kind,
        channel=OpinionChannel(body.channel),
        forum_id=body.forum_id or _only_forum(caller, community_id),
        building_id=body.building_id,
        grid_id=body.grid_id,
        name=author.name,
        phone=author.phone,
        agreed_privacy=author.agreed_privacy,
        is_no_emergency=body.is_no_emergency,
    )
    limits = _limits_of(caller, author.phone)

    def act() -> Made:
        # What was said before with the same key is answered before anybody looks here.
        if any(limit.is_reached(key=key) for limit, key in limits):
            raise TooManyRequests
        said = services.say(opinion=wanted, actor=caller.actor, at=caller.at)
        for limit, key in limits:
            limit.count(key=key)
        return Made(
            OpinionReceipt(
                id=said.opinion.pk,
                tracking_code=codes.show_tracking_code(code=said.code),
                state=OpinionState(said.opinion.state),
                page=f"/m/{said.code}/",
            ),
            status=201,
        )

    return act


def _community_of(caller: Caller, body: SentOpinion) -> int:
    """Return the community that the token, the body or the caller's work names.

    :raises NotFound: when it is none that is here, or not the token's.
    :raises CommunityMissing: when nothing names one.
    """
    if caller.community_id is not None:
        if body.community_id not in (None, caller.community_id):
            raise NotFound(field="community_id")
        return caller.community_id
    if body.community_id is None:
        own = caller.actor.community_ids
        if len(own) != 1:
            raise CommunityMissing
        return next(iter(own))
    if all(area.pk != body.community_id for area in territory.communities()):
        raise NotFound(field="community_id")
    return body.community_id


def _must_be_allowed(caller: Caller, channel: SaidBy, community_id: int) -> None:
    """Let only those take down what others say who work for that community.

    :raises NotEntitled: for others.
    """
    works_there = queries.may_read(actor=caller.actor, community_id=community_id)
    if channel != SaidBy.ONLINE and not works_there:
        raise NotEntitled(field="channel")


def _only_forum(caller: Caller, community_id: int) -> int | None:
    """Return the forum that takes opinions where there is just one, as the page does."""
    found = reading.forums_taking_opinions(actor=caller.actor, community_id=community_id)
    return found[0].pk if len(found) == 1 else None


def _limits_of(caller: Caller, phone: str) -> list[tuple[Limit, str]]:
    if caller.community_id is None:
        return []
    found = [(OPINIONS_BY_TOKEN, str(caller.token.pk))]
    try:
        plain = codes.normalise_phone(text=phone) if phone.strip() else ""
    except codes.InvalidCode:
        return found  # The service says what is wrong with it.
    return [*found, (REPORTS_BY_PHONE, plain)] if plain else found
