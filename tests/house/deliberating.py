"""One of everything of deliberation that has an address."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from linli.core.actor import NOBODY
from linli.deliberation.models import Forum, Meeting, Paper, Publication, Topic
from linli.deliberation.queries import published_content
from linli.deliberation.services import (
    agenda,
    attending,
    maps,
    meetings,
    opening,
    opinions,
    papers,
    topics,
    votes,
)
from linli.deliberation.services.agenda import Line
from linli.deliberation.services.opinions import OpinionInput
from linli.deliberation.services.topics import TopicInput
from linli.deliberation.services.votes import VoteInput
from linli.deliberation.tally import Kind
from linli.deliberation.tests.scenes import forum
from linli.deliberation.tests.sittings import planned
from linli.deliberation.tests.votes_scene import END, code_of
from linli.deliberation.workflow import RollUnit, TopicLevel
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
    meeting, item, attendance = _meeting(cast, opened)
    vote = _open_vote(cast, opened)
    topic, paper = _topic(cast, opened)
    published = _published(topic)
    return {
        "topic_id": topic.pk,
        "topic_paper.paper_id": paper.pk,
        "publish_paper.paper_id": paper.pk,
        "withdraw_paper.paper_id": paper.pk,
        "party_id": opened.parties.earliest("position").pk,
        "field_id": opened.fields.earliest("position").pk,
        "publication_id": published.pk,
        "public_key": published.public_key,
        "publication_file.form": "json",
        "meeting_id": meeting.pk,
        "meeting_step": "end",
        "item_id": item,
        "attendance_id": attendance,
        "day": "2026-05-01",
        "vote_id": vote.pk,
        "vote_step": "close",
        "vote_ballot.code": code_of(vote, 1),
        "vote_file.name": "ballots.json",
        "forum_id": opened.pk,
        "opinion_id": said.opinion.pk,
        "map_id": drawn.pk,
        "statement_id": drawn.statements.earliest("number").pk,
    }


def _meeting(cast: Cast, of: Forum) -> tuple[Meeting, int, int]:
    """Open a meeting that 沈书记 chairs and 周敏 records, with somebody there by name."""
    desk = cast.actor(cast.zhou_min)
    meeting = planned(
        cast, of, name="密语例会", starts_at=NOW + timedelta(hours=1), regular_day=None
    )
    given = {"meeting_id": meeting.pk, "actor": desk, "at": NOW}
    (item,) = agenda.add_to_agenda(lines=[Line("密语议程")], **given)
    attending.enter_sheet(lines="密语到会", **given)
    meetings.open_meeting(missing_reason="密语请假", **given)
    return meeting, item.pk, meeting.attendances.get().pk


def _topic(cast: Cast, of: Forum) -> tuple[Topic, Paper]:
    """Raise a topic that 沈书记 answers for, with a paper."""
    given = {"actor": cast.actor(cast.shen), "at": NOW}
    wanted = TopicInput(title="密语议题", why="密语缘由")
    topic = topics.raise_topic(forum_id=of.pk, wanted=wanted, **given)
    paper = papers.give_out_paper(topic_id=topic.pk, title="密语材料", text="密语", **given)
    return topic, paper


def _published(topic: Topic) -> Publication:
    """Publish what stands of a topic, as its last step would."""
    content = published_content(topic=topic)
    return Publication.objects.create(
        topic=topic,
        kind="RESULT",
        number=1,
        content=content,
        digest="0" * 64,
        published_at=NOW,
        published_by="account:1",
    )


def _open_vote(cast: Cast, opened: Any) -> Any:
    """Return an open vote of the households of building 3."""
    wanted = VoteInput(
        title="密语表决",
        kind=Kind.YES_NO,
        unit=RollUnit.HOUSEHOLD,
        level=TopicLevel.BUILDING,
        place_ids=[cast.building.pk],
        opens_at=NOW,
        closes_at=END,
    )
    secretary = cast.actor(cast.shen)
    draft = votes.draft_vote(forum_id=opened.pk, wanted=wanted, actor=secretary, at=NOW)
    return opening.open_vote(vote_id=draft.pk, actor=secretary, at=NOW)
