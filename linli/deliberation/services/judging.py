"""Those whom a result touches are asked, and what they say closes the topic or sends it back."""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.core.actor import Actor
from linli.core.errors import Refused
from linli.core.models import Event
from linli.core.ref import Ref
from linli.deliberation import events, queries
from linli.deliberation.models import Judgement, OpenBallot, Topic
from linli.deliberation.services import results
from linli.deliberation.services._sweeping import each
from linli.deliberation.services.opening import extend_vote, open_vote
from linli.deliberation.services.opinions import OpinionInput, say
from linli.deliberation.services.topics import led_by, move, record_of, take_in
from linli.deliberation.services.votes import VoteInput, draft_vote
from linli.deliberation.tally import Kind
from linli.deliberation.workflow import (
    Judged,
    JudgementRules,
    OpinionChannel,
    ReturnCause,
    RollUnit,
    Satisfaction,
    TaskState,
    TopicLevel,
    TopicState,
    TopicStep,
    Verdict,
    VotePurpose,
    VoteState,
    judge,
)
from linli.people.queries import local_day

EXTENSIONS_MOST = 3


class TasksInHand(Refused):
    """Nobody judges what is not done."""

    sentence = gettext_lazy("%(count)s tasks are still in hand. They are done first.")


@transaction.atomic
def ask(
    *,
    topic_id: int,
    actor: Actor,
    at: datetime,
    unit: RollUnit = RollUnit.HOUSEHOLD,
    cause: Event | None = None,
) -> Judgement:
    """Ask everybody at the topic's place whether they are satisfied with what came of it.

    :raises StepNotAllowed: when it is not published or carried out, or is judged already.
    :raises TasksInHand: when a task is still open.
    :raises NobodyOnRoll: when nobody lives there.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    in_hand = sum(one.state == TaskState.OPEN for one in queries.tasks_of(topic=topic))
    if in_hand:
        raise TasksInHand(count=in_hand)
    move(topic=topic, step=TopicStep.JUDGE, target=TopicState.JUDGING, at=at)
    rule = queries.judgement_rule_of(forum=topic.forum, on=local_day(at=at))
    level = TopicLevel(topic.level)
    places = {TopicLevel.BUILDING: topic.building_id, TopicLevel.GRID: topic.grid_id}
    place = places.get(level)
    with translation.override(settings.LANGUAGE_CODE):  # Whoever presses, residents read it.
        question = _("Are you satisfied with what came of it?")
    drafted = draft_vote(
        forum_id=topic.forum_id,
        topic_id=topic.pk,
        wanted=VoteInput(
            title=topic.title,
            question=question,
            kind=Kind.SATISFACTION,
            purpose=VotePurpose.JUDGEMENT,
            unit=unit,
            level=level,
            place_ids=() if place is None else (place,),
            opens_at=at,
            closes_at=at + timedelta(days=topic.forum.judge_days),
            judgement=JudgementRules(
                percent=rule.percent,
                counts_basically=rule.counts_basically,
                answers_least=rule.answers_least,
            ),
        ),
        actor=actor,
        at=at,
    )
    judgement = Judgement.objects.create(topic=topic, vote=drafted, rule=rule)
    vote = open_vote(vote_id=drafted.pk, actor=actor, at=at)
    facts = {"vote_id": vote.pk, "roll": vote.roll_count}
    record_of(topic=topic, name=events.TOPIC_JUDGED, actor=actor, at=at, facts=facts, cause=cause)
    return judgement


def extend_short(*, at: datetime, actor: Actor) -> tuple[int, list[int]]:
    """Ask on where too few have answered by the end, at most three times.

    Returns of how many, and the votes for which it failed: they must not be closed yet.
    """
    ended = Judgement.objects.filter(
        vote__state=VoteState.OPEN, vote__closes_at__lte=at, extensions__lt=EXTENSIONS_MOST
    )
    keys = list(ended.order_by("pk").values_list("vote_id", flat=True))
    swept = each(keys, lambda key: _extend(key, actor, at), what="asking on in a vote")
    return swept.done, swept.failed


@transaction.atomic
def _extend(vote_id: int, actor: Actor, at: datetime) -> bool:
    """Ask on if too few have answered, and tell whether it did."""
    rows = Judgement.objects.select_related("rule", "vote", "topic__forum")
    judgement = rows.get(vote=vote_id)
    if _judged(judgement).verdict is not Verdict.TOO_FEW:
        return False
    until = at + timedelta(days=judgement.topic.forum.judge_days)
    extend_vote(vote_id=judgement.vote_id, until=until, actor=actor, at=at)
    Judgement.objects.filter(pk=judgement.pk).update(extensions=F("extensions") + 1)
    facts = {"until": local_day(at=until).isoformat()}
    record_of(
        topic=judgement.topic,
        name=events.JUDGEMENT_EXTENDED,
        actor=actor,
        at=at,
        facts=facts,
    )
    return True


@transaction.atomic
def conclude(
    *, vote_id: int, actor: Actor, at: datetime, cause: Event | None = None
) -> Topic | None:
    """Take the verdict of a counted judgement: close the topic, or send it back.

    Too few answers, after all that was asked on, are no satisfaction. Returns the new round, if
    there is one.
    """
    rows = Judgement.objects.select_related("topic__forum", "vote", "rule")
    judgement = rows.filter(vote=vote_id, vote__state=VoteState.COUNTED, verdict="").first()
    if judgement is None:
        return None
    judged = _judged(judgement)
    taken = Judgement.objects.filter(pk=judgement.pk, verdict="").update(
        verdict=judged.verdict,
        satisfied=judged.satisfied,
        answered=judged.answered,
        unknown=judged.unknown,
        judged_at=at,
    )
    topic = judgement.topic
    if not taken or topic.state != TopicState.JUDGING:
        return None
    if judged.verdict is Verdict.SATISFIED:
        results.end(topic=topic, actor=actor, at=at, cause=cause)
        return None
    following = results.return_topic(
        topic_id=topic.pk,
        cause=ReturnCause.DISSATISFIED,
        reason=_why(judgement, judged),
        actor=actor,
        at=at,
        because=cause,
    )
    _take_comments(judgement, following, actor, at)
    return following


def _why(judgement: Judgement, judged: Judged) -> str:
    if judged.verdict is Verdict.TOO_FEW:
        return _("Only %(answered)s answered, and %(least)s are needed to close it.") % {
            "answered": judged.answered,
            "least": answers_least(judgement=judgement),
        }
    return _("%(satisfied)s of %(answered)s are satisfied; %(percent)s %% are needed.") % {
        "satisfied": judged.satisfied,
        "answered": judged.answered,
        "percent": judgement.rule.percent,
    }


def answers_least(*, judgement: Judgement) -> int:
    """Return how many answers are needed: no more than there are people to ask."""
    return max(min(judgement.rule.answers_least, judgement.vote.roll_count), 1)


def _take_comments(judgement: Judgement, topic: Topic, actor: Actor, at: datetime) -> None:
    """Let what the dissatisfied wrote be the first opinions of the new round."""
    ballots = OpenBallot.objects.filter(
        vote=judgement.vote_id, stands=True, choice=Satisfaction.DISSATISFIED
    )
    said = []
    for ballot in ballots.exclude(comment="").order_by("receipt"):
        opinion = OpinionInput(
            submission_key=uuid5(topic.trace, f"ballot {ballot.pk}"),
            community_id=topic.community_id,
            text=ballot.comment,
            channel=OpinionChannel.JUDGEMENT,
            grid_id=topic.grid_id,
            building_id=topic.building_id,
            source=str(Ref(kind=queries.VOTE, id=judgement.vote_id)),
            trace=topic.trace,
            is_no_emergency=True,
        )
        # Whatever one ballot says, the round it asks for begins.
        with suppress(Refused):
            said.append(say(opinion=opinion, actor=actor, at=at).opinion)
    if said:
        take_in(topic=topic, opinion_ids=[one.pk for one in said], actor=actor, at=at)


def _judged(judgement: Judgement) -> Judged:
    """Return what the answers so far come to; nobody is told before the close."""
    rows = OpenBallot.objects.filter(vote=judgement.vote_id, stands=True)
    counts = Counter(rows.values_list("choice", flat=True))
    rule = judgement.rule
    return judge(
        answers=counts,
        rules=JudgementRules(
            percent=rule.percent,
            counts_basically=rule.counts_basically,
            answers_least=answers_least(judgement=judgement),
        ),
    )
