"""A forum as the cast's community runs it, and a topic that got as far as a test needs."""

from datetime import datetime, time, timedelta
from uuid import uuid4

from linli.core.clocks import SHANGHAI
from linli.deliberation.models import Forum, Meeting, Topic
from linli.deliberation.services import agenda, attending, forums, meetings, papers, topics
from linli.deliberation.services.forums import ForumInput, PartyInput
from linli.deliberation.services.opinions import OpinionInput, say
from linli.deliberation.services.topics import TopicInput
from linli.deliberation.tests import sittings
from linli.deliberation.workflow import OpinionChannel, Rhythm
from linli.flows.deliberating import raise_topic_of_matter
from linli.matters.models import Matter
from tests.cast import NOW, Cast

FIRST_FRIDAY = Rhythm(nth=1, weekday=4, at=time(19, 0))
TALK_AT = datetime(2026, 3, 10, 18, 30, tzinfo=SHANGHAI)
"""A talk at dusk, six days after papers were given out."""

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
        wanted=ForumInput(**(values | more)),
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


def talked_over(
    cast: Cast,
    *,
    present: int = 3,
    signed: bool = True,
    matter: Matter | None = None,
    hall: Forum | None = None,
    **more: object,
) -> tuple[Topic, Meeting]:
    """Return a topic that was talked over at a meeting, whose minutes are signed unless said.

    Of the three who are expected at least two have to come, else there is no quorum.
    """
    desk, hall = cast.actor(cast.shen), hall or forum(cast)
    field = hall.fields.get(name="设施维护")
    values: dict[str, object] = {
        "title": "晾衣架装在哪里",
        "why": "被子没处晒",
        "field_id": field.pk,
    }
    wanted = TopicInput(**(values | more))
    given = {"forum_id": hall.pk, "wanted": wanted, "actor": desk, "at": NOW}
    topic = (
        topics.raise_topic(**given)
        if matter is None
        else raise_topic_of_matter(matter_id=matter.pk, **given)
    )
    said = say(
        opinion=OpinionInput(
            submission_key=uuid4(),
            community_id=cast.community.pk,
            text="楼下装几个晾衣架",
            channel=OpinionChannel.COUNTER,
        ),
        actor=desk,
        at=NOW,
    )
    topics.take_in(topic=topic, opinion_ids=[said.opinion.pk], actor=desk, at=NOW)
    step = {"topic_id": topic.pk, "actor": desk}
    topics.advance_topic(**step, at=NOW)
    topics.advance_topic(**step, at=NOW)
    papers.give_out_paper(**step, at=NOW, title="三个位置", text="比一比")
    meeting = sittings.planned(cast, hall, starts_at=TALK_AT, regular_day=None)
    agenda.add_to_agenda(meeting_id=meeting.pk, topic_ids=[topic.pk], actor=desk, at=NOW)
    topics.advance_topic(**step, at=TALK_AT)
    sheet = "\n".join(sittings.SHEET.splitlines()[:present])
    by = {"meeting_id": meeting.pk, "actor": cast.actor(cast.zhou_min)}
    attending.enter_sheet(**by, lines=sheet, at=TALK_AT)
    meetings.open_meeting(**by, at=TALK_AT, missing_reason="请假")
    meetings.end_meeting(**by, at=TALK_AT + timedelta(hours=1))
    if signed:
        for account in (cast.shen, cast.zhou_min):
            sittings.sign(cast, meeting, account, at=TALK_AT + timedelta(hours=2))
    topic.refresh_from_db()
    meeting.refresh_from_db()
    return topic, meeting
