"""A community moved in from its own pack, and a topic walked through its forum by its people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db.models import Q

from linli.core.actor import Actor
from linli.deliberation import queries
from linli.deliberation.digests import digest_of
from linli.deliberation.models import Forum, Judgement, Meeting, Party, Topic
from linli.deliberation.queries.minutes import live_record
from linli.deliberation.queries.votes import slip_code_of
from linli.deliberation.services import (
    agenda,
    attending,
    casting,
    meetings,
    merging,
    minutes,
    opinions,
    papers,
    topics,
)
from linli.deliberation.services import results as resolving
from linli.deliberation.services.meetings import MeetingInput
from linli.deliberation.services.opinions import OpinionInput
from linli.deliberation.services.results import ResolutionInput, TaskInput
from linli.deliberation.services.topics import TopicInput
from linli.deliberation.workflow import (
    Condition,
    Decision,
    MeetingKind,
    OpinionChannel,
    ProcedureStep,
    Satisfaction,
    TopicState,
)
from linli.flows import deliberating, worker
from linli.flows.packs.load import load_pack
from linli.matters import services as matters
from linli.matters.models import Matter
from linli.people.models import Account, Role
from linli.people.queries import actor_of
from linli.territory.models import Area
from tests.cast import NOW

PACKS = Path(__file__).resolve().parents[3] / "packs"
SIX_DAYS = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Community:
    """A community, and how to act as whoever holds a role in it."""

    area: Area

    def forum(self, code: str) -> Forum:
        return Forum.objects.get(community=self.area, code=code)

    def account(self, role: str) -> Account:
        """Return whoever holds a role here; a handler works for an organisation of it."""
        at_home = Q(area=self.area) | Q(area__community=self.area)
        here = Role.objects.filter(at_home | Q(organisation__community=self.area), name=role)
        return here.order_by("pk")[0].account

    def actor(self, role: str, *, at: datetime = NOW) -> Actor:
        return actor_of(account=self.account(role), at=at)


def moved_in(name: str, *, at: datetime = NOW) -> Community:
    """Load a pack and return its community."""
    load_pack(path=PACKS / name, at=at)
    return Community(Area.objects.get(name=said_name(name), level="COMMUNITY"))


def said_name(name: str) -> str:
    """Return what a pack calls its community."""
    lines = (PACKS / name / "pack.yaml").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("name: ")).removeprefix("name: ")


def raised(here: Community, forum: Forum, title: str, **more: Any) -> Topic:
    """Return a topic that one opinion speaks for."""
    desk = here.actor("STAFF")
    field = forum.fields.first()
    values: dict[str, Any] = {"title": title, "why": f"居民反映：{title}"}
    values["field_id"] = field.pk if field else None
    topic = topics.raise_topic(
        forum_id=forum.pk, wanted=TopicInput(**(values | more)), actor=desk, at=NOW
    )
    speak_for(here, topic)
    return topic


def speak_for(here: Community, topic: Topic) -> None:
    """Let somebody at the counter say that the topic matters."""
    desk = here.actor("STAFF")
    said = opinions.say(
        opinion=OpinionInput(
            submission_key=uuid4(),
            community_id=here.area.pk,
            text=f"请商量一下：{topic.title}",
            channel=OpinionChannel.COUNTER,
        ),
        actor=desk,
        at=NOW,
    )
    merging.merge_opinions(opinion_ids=[said.opinion.pk], topic_id=topic.pk, actor=desk, at=NOW)


def steps_ahead(topic: Topic) -> Sequence[ProcedureStep]:
    return queries.steps_of(procedure=topic.procedure)[topic.position + 1 : -1]


def talked_over(here: Community, topic: Topic, *, at: datetime = NOW + SIX_DAYS) -> Meeting:
    """Take the steps up to the last, meet with every required party there, and sign."""
    desk = here.actor("STAFF")
    meeting = planned(here, topic.forum, at=at)
    agenda.add_to_agenda(meeting_id=meeting.pk, topic_ids=[topic.pk], actor=desk, at=NOW)
    papers.give_out_paper(topic_id=topic.pk, title="情况说明", text="见附件", actor=desk, at=NOW)
    for step in steps_ahead(topic):
        is_last = step.state is TopicState.DELIBERATING or Condition.PAPERS in dict(step.conditions)
        topics.advance_topic(topic_id=topic.pk, actor=desk, at=at if is_last else NOW)
    by: dict[str, Any] = {"meeting_id": meeting.pk, "actor": desk}
    attending.enter_sheet(**by, lines=sheet_of(topic.forum), at=at)
    meetings.open_meeting(**by, at=at)
    meetings.end_meeting(**by, at=at + timedelta(hours=1))
    sign(meeting, at=at + timedelta(hours=2))
    topic.refresh_from_db()
    return meeting


def sheet_of(forum: Forum, *, without: str = "") -> str:
    """Return a paper sheet with everybody who must be there, but for one party."""
    parties = Party.objects.filter(forum=forum, ended_at=None, is_required=True)
    return "\n".join(
        f"{party.name}：代表{party.pk}{'甲乙丙丁'[seat]}"
        for party in parties.exclude(name=without).order_by("position")
        for seat in range(party.seats)
    )


def planned(here: Community, forum: Forum, *, at: datetime, **more: Any) -> Meeting:
    """Return a meeting of the forum, which the secretary chairs."""
    values: dict[str, Any] = {
        "name": "议事会",
        "kind": MeetingKind.JOINT,
        "starts_at": at,
        "place_text": "党群服务中心",
        "chair_id": here.account("SECRETARY").pk,
        "recorder_id": here.account("STAFF").pk,
    }
    return meetings.plan_meeting(
        forum_id=forum.pk,
        wanted=MeetingInput(**(values | more)),
        actor=here.actor("STAFF"),
        at=NOW,
    )


def sign(meeting: Meeting, *, at: datetime) -> None:
    """Let chair and recorder sign what stands there."""
    for account in (meeting.chair, meeting.recorder):
        assert account is not None
        seen = digest_of(live_record(Meeting.objects.get(pk=meeting.pk)))
        by = actor_of(account=account, at=at)
        minutes.sign_minutes(meeting_id=meeting.pk, seen=seen, actor=by, at=at)


def carried_out(here: Community, topic: Topic, meeting: Meeting, *, at: datetime) -> Judgement:
    """Decide that the serving party carries it out, publish, and let it be done and verified."""
    desk = here.actor("STAFF")
    serving = Party.objects.filter(forum=topic.forum, carries_out=True).first()
    handler = here.account("HANDLER_LEAD")
    unit = Role.objects.get(account=handler).organisation_id
    task = TaskInput(
        f"落实：{topic.title}",
        date(2026, 5, 20),
        party_id=serving.pk if serving else None,
        organisation_id=None if serving else unit,
    )
    wanted = ResolutionInput(Decision.ADOPTED, "同意。", meeting_id=meeting.pk, tasks=[task])
    resolving.resolve(topic_id=topic.pk, wanted=wanted, actor=desk, at=at)
    deliberating.publish_topic(topic_id=topic.pk, actor=desk, at=at)
    (matter,) = Matter.objects.filter(trace=topic.trace, kind="TASK")
    by = actor_of(account=handler, at=at)
    matters.take(matter_id=matter.pk, actor=by, at=at)
    matters.resolve(matter_id=matter.pk, actor=by, at=at, note="已落实")
    matters.verify(matter_id=matter.pk, actor=desk, at=at)
    worker.run_due(at=at)
    return Judgement.objects.get(topic=topic)


def judged(judgement: Judgement, *, satisfied: int, dissatisfied: int = 0, at: datetime) -> Topic:
    """Let so many households answer, and the time run out."""
    roll = list(judgement.vote.roll.order_by("number"))
    said = [Satisfaction.SATISFIED] * satisfied + [Satisfaction.DISSATISFIED] * dissatisfied
    assert len(said) <= len(roll)
    for entry, choice in zip(roll, said, strict=False):
        casting.cast(code=slip_code_of(entry=entry), choice=choice, at=at)
    after = at + timedelta(days=8)
    deliberating.run_votes(at=after)
    worker.run_due(at=after)
    return Topic.objects.get(pk=judgement.topic_id)
