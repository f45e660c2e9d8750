"""One of everything of deliberation that has an address."""

from typing import Any
from uuid import uuid4

from linli.core.actor import NOBODY
from linli.deliberation.services import maps, opinions
from linli.deliberation.services.opinions import OpinionInput
from linli.deliberation.tests.scenes import forum
from tests.cast import NOW, Cast


def deliberation_in(cast: Cast) -> dict[str, Any]:
    """Return what addresses under /forums/ and /deliberate/ name."""
    secretary = cast.actor(cast.shen)
    opened = forum(cast, name="密语议事会")
    said = opinions.say(
        opinion=OpinionInput(
            submission_key=uuid4(),
            community_id=cast.community.pk,
            text="密语意见",
            name="密语姓名",
            phone="13900003333",
            agreed_privacy=True,
        ),
        actor=NOBODY,
        at=NOW,
    )
    drawn = maps.open_map(
        forum_id=opened.pk,
        question="楼下怎么晾晒？",
        statements=["建晾衣架。", "先试试。"],
        seed=7,
        actor=secretary,
        at=NOW,
    )
    return {
        "forum_id": opened.pk,
        "opinion_id": said.opinion.pk,
        "map_id": drawn.pk,
        "statement_id": drawn.statements.earliest("number").pk,
    }
