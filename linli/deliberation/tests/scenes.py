"""A forum as the cast's community runs it, and a topic that got as far as a test needs."""

from datetime import time

from linli.deliberation.models import Forum
from linli.deliberation.services import forums
from linli.deliberation.services.forums import ForumInput, PartyInput
from linli.deliberation.workflow import Rhythm
from tests.cast import NOW, Cast

FIRST_FRIDAY = Rhythm(nth=1, weekday=4, at=time(19, 0))
RULES = [
    "一事一议。",
    "先举手，再发言。",
    "每次不超过三分钟。",
    "对事不对人。",
    "少数服从多数。",
    "说到做到。",
]


def forum(cast: Cast, **more: object) -> Forum:
    """Return 府东议事会: office, residents' committee, property company and owners sit in it."""
    desk = cast.actor(cast.shen)
    values: dict[str, object] = {"name": "府东议事会", "rhythm": FIRST_FRIDAY}
    opened = forums.open_forum(
        community_id=cast.community.pk,
        wanted=ForumInput(**(values | more)),  # type: ignore[arg-type]
        actor=desk,
        at=NOW,
        code="FD",
    )
    for wanted in (
        PartyInput(name="社区党委", duty="指导员", account_ids=(cast.shen.pk, cast.zhou_min.pk)),
        PartyInput(name="居委会", duty="信息员", organisation_id=cast.committee.pk),
        PartyInput(
            name="物业公司",
            duty="服务方",
            organisation_id=cast.property_company.pk,
            carries_out=True,
        ),
        PartyInput(name="业主代表", seats=3, is_required=False),
    ):
        forums.set_party(forum_id=opened.pk, wanted=wanted, actor=desk, at=NOW)
    for name in ("设施维护", "环境美化", "治安管理"):
        forums.add_field(forum_id=opened.pk, name=name, actor=desk, at=NOW)
    forums.publish_ground_rules(forum_id=opened.pk, rules=RULES, actor=desk, at=NOW)
    return opened
