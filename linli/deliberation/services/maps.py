"""Opinion maps: statements, answers, and drawing them in the background. A map only advises."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _

from linli.core import crypto
from linli.core.actor import Actor, system
from linli.core.errors import Invalid, NotEntitled, NotFound, Refused
from linli.deliberation import events
from linli.deliberation.drawing import drawn_of
from linli.deliberation.models import (
    Moderation,
    OpinionMap,
    Participant,
    Statement,
    StatementVote,
)
from linli.deliberation.queries import access, maps
from linli.deliberation.services._elections import refuse_elections
from linli.deliberation.services._recording import tell, words
from linli.deliberation.services._sweeping import each
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.workflow import ENDED
from linli.language.danger import emergency_kind
from linli.language.mask import scrub_personal_data

QUESTION_MOST = 200
STATEMENT_MOST = 140
STATEMENTS_MOST = 1_000
WAITING_MOST = 100
"""So many statements of participants wait for staff at most; then no more are taken."""
_SEEDS = 2**31 - 1


class MapClosed(Refused):
    """Nobody answers any more."""

    sentence = _("This opinion map is closed. You can still read what came of it.")


class StatementTaken(Invalid):
    """The same sentence stands there already."""

    sentence = _("This statement is there already. Please write another.")
    field = "text"


class StatementUnfit(Invalid):
    """It tells of somebody in danger: that is for a report."""

    sentence = _(
        "This reads as if somebody were in danger. Please call for help first, then report it."
    )
    field = "text"


class EnoughStatements(Refused):
    """No more are taken for now."""

    sentence = _("No more statements are taken at the moment. Please answer those that are there.")


class StatementsMissing(Invalid):
    """A map needs something to agree or disagree with."""

    sentence = _("Please write at least two statements, each on a line of its own.")
    field = "statements"


class ForumOver(Invalid):
    """The forum has ended, or the topic is not one of its open ones."""

    sentence = _("Please choose a forum that is running, and one of its open topics or none.")
    field = "forum"


# --- Opening and closing ----------------------------------------------------------------------


@transaction.atomic
def open_map(
    *,
    forum_id: int,
    question: str,
    statements: Sequence[str],
    actor: Actor,
    at: datetime,
    topic_id: int | None = None,
    takes_statements: bool = True,
    seed: int | None = None,
) -> OpinionMap:
    """Open a map with its first statements; its seed is fixed now and recorded.

    :raises ForumOver: when the forum has ended, or the topic is not one of its open ones.
    :raises WordsMissing: when there is no question, or WordsTooLong.
    :raises StatementsMissing: when there are fewer than two statements.
    :raises ElectionElsewhere: when answers to the question would be those of an election.
    """
    forum = access.get_forum(actor=actor, forum_id=forum_id)
    access.require_runner(actor=actor, community_id=forum.community_id)
    asked = scrub_personal_data(text=words(text=question, field="question", limit=QUESTION_MOST))
    refuse_elections(asked, field="question")
    lines = [_sentence(text=one, field="statements") for one in statements if one.strip()]
    if len(set(lines)) < 2:
        raise StatementsMissing
    topic = None
    if topic_id is not None:
        topic = access.topics_open_to(actor=actor).filter(pk=topic_id, forum=forum).first()
    if not forum.is_running or (topic_id is not None and (topic is None or topic.state in ENDED)):
        raise ForumOver
    made = OpinionMap(
        forum=forum,
        community_id=forum.community_id,
        topic=topic,
        question=asked,
        seed=secrets.randbelow(_SEEDS) if seed is None else seed,
        takes_statements=takes_statements,
        changed_at=at,
        created_by=actor.key,
        created_at=at,
    )
    if topic is not None:
        made.trace = topic.trace
    made.save(force_insert=True)
    Statement.objects.bulk_create(
        Statement(
            map=made,
            number=number,
            text=line,
            moderated=Moderation.IN,
            moderated_by_id=actor.account_id,
            said_at=at,
        )
        for number, line in enumerate(dict.fromkeys(lines[:STATEMENTS_MOST]), start=1)
    )
    facts = {"seed": made.seed, "topic_id": topic_id, "statements": len(set(lines))}
    _tell(made, events.MAP_OPENED, actor, at, facts)
    return made


@transaction.atomic
def close_map(*, map_id: int, actor: Actor, at: datetime) -> OpinionMap:
    """Take no more answers; the last drawing follows.

    :raises StepNotAllowed: when it is closed already.
    """
    found = _to_run(map_id, actor)
    rows = OpinionMap.objects.filter(pk=found.pk, is_open=True)
    if not rows.update(is_open=False, closed_at=at, changed_at=at):
        raise StepNotAllowed
    found.refresh_from_db()
    _tell(found, events.MAP_CLOSED, actor, at)
    return found


@transaction.atomic
def ask_to_draw(*, map_id: int, actor: Actor, at: datetime) -> OpinionMap:
    """Have a map drawn anew at the worker's next round, though no answer came."""
    found = _to_run(map_id, actor)
    OpinionMap.objects.filter(pk=found.pk).update(changed_at=at)
    found.refresh_from_db()
    return found


# --- Statements -------------------------------------------------------------------------------


@transaction.atomic
def add_statement(*, map_id: int, text: str, actor: Actor, at: datetime) -> Statement:
    """Add a statement: by whoever runs the forum it stands at once, by others it waits for them.

    :raises MapClosed: when nobody answers any more.
    :raises StatementTaken: when the same sentence is there already.
    :raises EnoughStatements: when none are taken, or too many wait.
    :raises StatementUnfit: when it tells of somebody in danger.
    """
    found = access.get_map(actor=actor, map_id=map_id)
    runs = access.may_run(actor=actor, community_id=found.community_id)
    line = _sentence(text=text, field="text")
    _take_up(map_id, at)
    rows = Statement.objects.filter(map=found)
    waiting = rows.filter(moderated=Moderation.WAITING).count()
    is_taken = runs or (found.takes_statements and waiting < WAITING_MOST)
    if not is_taken or rows.count() >= STATEMENTS_MOST:
        raise EnoughStatements
    try:
        with transaction.atomic():
            made = Statement.objects.create(
                map=found,
                number=(rows.aggregate(last=Max("number"))["last"] or 0) + 1,
                text=line,
                moderated=Moderation.IN if runs else Moderation.WAITING,
                by_participant=not runs,
                moderated_by_id=actor.account_id if runs else None,
                said_at=at,
            )
    except IntegrityError:
        raise StatementTaken from None
    # Who added it is nobody's business: it is judged by its words.
    teller = actor if runs else system(name="participant")
    facts = {"number": made.number, "waits": not runs}
    _tell(found, events.STATEMENT_ADDED, teller, at, facts)
    return made


@transaction.atomic
def moderate(*, statement_id: int, is_in: bool, actor: Actor, at: datetime) -> Statement:
    """Let a statement be answered, or take it out: then it counts as nobody's answer.

    :raises StepNotAllowed: when that is what it is already.
    """
    statement = Statement.objects.filter(pk=statement_id).first()
    if statement is None:
        raise NotFound
    found = _to_run(statement.map_id, actor)
    target = Moderation.IN if is_in else Moderation.OUT
    rows = Statement.objects.filter(pk=statement.pk).exclude(moderated=target)
    if not rows.update(moderated=target, moderated_by_id=actor.account_id):
        raise StepNotAllowed
    OpinionMap.objects.filter(pk=found.pk).update(changed_at=at)
    statement.refresh_from_db()
    facts = {"number": statement.number, "moderated": int(target)}
    _tell(found, events.STATEMENT_MODERATED, actor, at, facts)
    return statement


# --- Answers ----------------------------------------------------------------------------------


def participant_digest(*, map_id: int, key: str) -> str:
    """Return what a map keeps of a participant's key; two maps keep nothing that can be joined."""
    return crypto.digest(value=f"{map_id}:{key}", field="deliberation_participant.key")


@transaction.atomic
def vote_statement(
    *, map_id: int, participant_key: str, statement_id: int, vote: int, at: datetime
) -> StatementVote:
    """Keep what somebody says to a statement: 1 agrees, -1 disagrees, 0 passes. The last counts.

    No event names it: what somebody answered is nobody else's business.

    :raises MapClosed: when nobody answers any more.
    :raises NotFound: when there is no such statement to answer.
    """
    assert vote in (-1, 0, 1)
    _take_up(map_id, at)
    rows = Statement.objects.filter(map=map_id, moderated=Moderation.IN)
    statement = rows.filter(pk=statement_id).first()
    if statement is None:
        raise NotFound
    participant = _participant(map_id, participant_key)
    StatementVote.objects.bulk_create(
        [StatementVote(statement=statement, participant=participant, vote=vote, voted_at=at)],
        update_conflicts=True,
        unique_fields=["statement", "participant"],
        update_fields=["vote", "voted_at"],
    )
    return StatementVote.objects.get(statement=statement, participant=participant)


def _take_up(map_id: int, at: datetime) -> None:
    """Note that a map changes. Until the end of the transaction no other changes it."""
    if not OpinionMap.objects.filter(pk=map_id, is_open=True).update(changed_at=at):
        raise MapClosed


def _participant(map_id: int, key: str) -> Participant:
    digest = participant_digest(map_id=map_id, key=key)
    rows = Participant.objects.filter(map=map_id)
    found = rows.filter(key_digest=digest).first()
    if found is not None:
        return found
    last = rows.aggregate(last=Max("number"))["last"] or 0
    return Participant.objects.create(map_id=map_id, number=last + 1, key_digest=digest)


# --- Drawing ----------------------------------------------------------------------------------


def draw_due(*, at: datetime) -> int:
    """Draw every map whose answers changed since it was drawn, and return how many.

    The worker calls it once a minute, and no map is drawn more often.
    """
    changed = OpinionMap.objects.filter(Q(drawn_at=None) | ~Q(drawn_at=F("changed_at")))
    due = list(changed.order_by("id").values_list("id", flat=True))

    def draw(map_id: int) -> bool:
        draw_map(map_id=map_id, at=at)
        return True

    return each(due, draw, what="drawing an opinion map").done


def draw_map(*, map_id: int, at: datetime) -> OpinionMap:
    """Draw a map from what is there and keep it. No transaction is open while it is drawn.

    `drawn_at` is the last change that the drawing may show, so that a change that comes meanwhile
    is drawn next time.
    """
    found = OpinionMap.objects.get(pk=map_id)
    drawn = drawn_of(table=maps.table_of(map_id=map_id), seed=found.seed)
    before = len((found.drawn or {}).get("groups", ()))
    with transaction.atomic():
        OpinionMap.objects.filter(pk=map_id).update(drawn=drawn, drawn_at=found.changed_at)
        if found.drawn is None or before != len(drawn["groups"]) or not found.is_open:
            facts = {"participants": drawn["participants"], "groups": len(drawn["groups"])}
            _tell(found, events.MAP_DRAWN, system(name="drawing"), at, facts)
    found.refresh_from_db()
    return found


# --- Shared -----------------------------------------------------------------------------------


def _to_run(map_id: int, actor: Actor) -> OpinionMap:
    found = access.get_map(actor=actor, map_id=map_id)
    if not access.may_run(actor=actor, community_id=found.community_id):
        raise NotEntitled
    return found


def _sentence(*, text: str, field: str) -> str:
    """Return a statement on one line, without numbers that point at somebody."""
    line = " ".join(words(text=text, field=field, limit=STATEMENT_MOST).split())
    if emergency_kind(text=line) is not None:
        raise StatementUnfit(field=field)
    return scrub_personal_data(text=line)


def _tell(
    found: OpinionMap,
    name: str,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    tell(
        name=name,
        kind=access.MAP,
        pk=found.pk,
        trace=found.trace,
        community_id=found.community_id,
        actor=actor,
        at=at,
        facts=facts,
    )
