"""Votes, to read: what is voted on, how many took part, and the result once it is counted.

No ballot is cast here: a slip's code is its voter's alone, and a program in between would see what
they choose. Nothing is read of a ballot either, but the files that anybody counts again from.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from linli.api.caller import caller_of
from linli.api.operations import reads
from linli.api.resources.deliberation import SCOPES, page_of, require_here
from linli.api.schemas import deliberation as shown
from linli.api.schemas.common import PathKey, name_of
from linli.deliberation.queries import listing
from linli.deliberation.queries.vote_files import checksums_of
from linli.deliberation.queries.votes import public_result, rules_of
from linli.deliberation.workflow import RollUnit, VotePurpose, VoteState

if TYPE_CHECKING:
    from linli.deliberation.models import Vote

router = Router(tags=["deliberation"])


@reads(
    router,
    "/votes",
    answers=shown.VoteList,
    summary=_("Votes, newest first"),
    scopes=SCOPES,
    paged=True,
)
def list_votes(request: HttpRequest, wanted: Query[shown.VoteQuery]) -> shown.VoteList:
    """Return the votes that are open to the caller, without results."""
    return shown.VoteList(**page_of(request, wanted, "votes", listing.page_of_open_votes, _row))


@reads(
    router,
    "/votes/{vote_id}",
    answers=shown.VoteDetail,
    summary=_("One vote, and its result once it is counted"),
    scopes=SCOPES,
)
def get_vote(request: HttpRequest, vote_id: PathKey) -> shown.VoteDetail:
    """Return one vote. Until it is counted there is no result to return, for anybody."""
    caller = caller_of(request)
    vote = listing.get_open_vote(actor=caller.actor, vote_id=vote_id)
    require_here(caller, vote.community_id)
    rules = rules_of(vote=vote)
    result = public_result(vote=vote)
    return shown.VoteDetail(
        **_row(vote).model_dump(),
        quorum_percent=vote.rules["quorum_percent"],
        places=rules.places,
        budget_yuan=int(rules.money),
        result=_result(vote, result) if result is not None else None,
    )


def _row(vote: Any) -> shown.VoteRow:
    options = sorted(vote.options.all(), key=lambda one: one.position)
    return shown.VoteRow(
        id=vote.pk,
        trace=vote.trace,
        forum=name_of(vote.forum),
        community_id=vote.community_id,
        topic_id=vote.topic_id,
        purpose=VotePurpose(vote.purpose),
        kind=vote.kind,
        state=VoteState(vote.state),
        title=vote.title,
        question=vote.question,
        is_secret=vote.is_secret,
        unit=RollUnit(vote.unit),
        opens_at=vote.opens_at,
        closes_at=vote.closes_at,
        counted_at=vote.counted_at,
        roll=vote.roll_count,
        took_part=vote.took_part,
        roll_sha256=vote.roll_digest,
        options=[
            shown.OptionShown(id=str(one.position), name=one.name, cost_yuan=one.cost_yuan)
            for one in options
        ],
        cancelled_why=vote.rules.get("cancelled_why", ""),
    )


def _result(vote: "Vote", result: Mapping[str, Any]) -> shown.ResultShown:
    return shown.ResultShown(
        outcome=result["outcome"],
        turnout=result["turnout"],
        is_withheld=result["is_withheld"],
        figures=result["figures"],
        chosen=result["chosen"],
        tied=result["tied"],
        projects=result.get("projects", []),
        checksum=result["checksum"],
        files=[
            shown.FileShown(path=f"/deliberate/votes/{vote.pk}/{name}", sha256=digest)
            for name, digest in checksums_of(vote=vote).items()
        ],
    )
