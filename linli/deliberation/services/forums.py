"""Forums as data: opening them, who sits in them, their steps, their rules and their days."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotFound, Refused
from linli.deliberation import events, queries
from linli.deliberation.digests import digest_of
from linli.deliberation.models import (
    Forum,
    GroundRules,
    JudgementRule,
    Party,
    Procedure,
    SubjectField,
    Topic,
)
from linli.deliberation.services._recording import tell, words, words_or_none
from linli.deliberation.workflow import (
    ENDED,
    FIVE_STEPS,
    LEVELS,
    JudgementRules,
    ProcedureStep,
    ProcedureUnusable,
    Rhythm,
    TopicLevel,
    procedure_said,
    require_procedure,
    rhythm_said,
)
from linli.people.models import Account, Organisation
from linli.people.queries import local_day
from linli.people.services.never_kept import refuse_list
from linli.territory.models import Area
from linli.territory.models import Level as AreaLevel

NAME_LENGTH_MAX = 60
RULE_LENGTH_MAX = 200
RULES_MOST = 30
DAYS_MOST = 366
USUAL_JUDGEMENT = JudgementRules()
TO_FILL = "待填"
"""A party or rule that a community's own text counts and does not name."""


class ForumCodeTaken(Invalid):
    """Another forum of the community bears this code."""

    sentence = _("There is already a forum with the code “%(code)s”. Please choose another.")
    field = "code"


class LevelsMissing(Invalid):
    """A forum has topics at one level at least."""

    sentence = _("Please choose at which levels topics are talked over.")
    field = "levels"


class NumberOutOfRange(Invalid):
    """A number that makes no sense here."""

    sentence = _("Please enter a number from %(least)s to %(most)s.")


class ForumHasTopics(Refused):
    """Nothing is left hanging."""

    sentence = _("%(count)s topics are still being talked over here. Please finish them first.")


class PartyNameTaken(Invalid):
    """Two parties of one name."""

    sentence = _("“%(name)s” sits in this forum already.")
    field = "name"


class PartyUnknownPeople(Invalid):
    """An organisation or people of elsewhere."""

    sentence = _("Please choose an organisation and people of this community.")
    field = "people"


class FieldTaken(Invalid):
    """The field is there already."""

    sentence = _("The field “%(name)s” is there already.")
    field = "name"


class StepsUnusable(Invalid):
    """A topic cannot go through these steps."""

    field = "steps"
    _WHY: ClassVar[dict[str, Any]] = {
        "FEW": _("A forum has 3 to 12 steps."),
        "ORDER": _(
            "Steps go from gathering over settling, preparing and deliberating to publishing."
        ),
        "ENDS": _(
            "The first step gathers opinions, one deliberates, and the last and only the last "
            "publishes the result."
        ),
        "NAME": _("Every step needs a name of its own."),
        "CONDITION": _("A condition is named twice, or its number is missing or too large."),
        "DAYS": _("A step lasts 366 days at most."),
    }

    def __str__(self) -> str:
        return str(self._WHY[self.facts["why"]])


class RulesUnusable(Invalid):
    """Ground rules without a rule, or too many."""

    sentence = _("Please write 1 to %(most)s rules, one a line.")
    field = "rules"


class RuleDayTaken(Invalid):
    """Two settings from the same day on."""

    sentence = _("There is a setting from this day on already. Please choose another day.")
    field = "from_date"


@dataclass(frozen=True, slots=True)
class ForumInput:
    """What a forum is to be."""

    name: str
    purpose: str = ""
    levels: Collection[TopicLevel] = LEVELS
    rhythm: Rhythm | None = None
    is_public: bool = True
    takes_opinions: bool = True
    allows_secret: bool = False
    allows_equal_shares: bool = False
    quorum_percent: int = 50
    quorum_counts_residents: bool = True
    redo_days: int = 30
    rounds_most: int = 2
    stalled_days: int = 14
    judge_days: int = 7


@dataclass(frozen=True, slots=True)
class PartyInput:
    """Who sits in a forum: an organisation, people, or both; and what falls to them."""

    name: str
    duty: str = ""
    organisation_id: int | None = None
    account_ids: Collection[int] = ()
    seats: int = 1
    is_required: bool = True
    carries_out: bool = False


@transaction.atomic
def open_forum(
    *,
    community_id: int,
    wanted: ForumInput,
    actor: Actor,
    at: datetime,
    code: str = "",
    steps: Sequence[ProcedureStep] = FIVE_STEPS,
    judgement: JudgementRules = USUAL_JUDGEMENT,
) -> Forum:
    """Open a forum with its first steps and its first rule of judgement (85 % usually).

    :raises ForumCodeTaken: when the community has a forum of this code.
    :raises StepsUnusable: when topics could not go through the steps.
    :raises Invalid: when a name or number is unusable.
    """
    queries.require_runner(actor=actor, community_id=community_id)
    if not Area.objects.filter(pk=community_id, level=AreaLevel.COMMUNITY).exists():
        raise NotFound
    values = _checked(wanted)
    code = words_or_none(text=code, field="code", limit=24) or _next_code(community_id)
    try:
        with transaction.atomic():
            forum = Forum.objects.create(
                community_id=community_id, code=code, opened_at=at, **values
            )
    except IntegrityError:
        raise ForumCodeTaken(code=code) from None
    _tell(forum, events.FORUM_OPENED, actor, at)
    _publish_steps(forum, steps, actor, at)
    rule = JudgementRule(
        percent=judgement.percent,
        counts_basically=judgement.counts_basically,
        answers_least=judgement.answers_least,
    )
    _set_rule(forum, local_day(at=at), rule, actor, at)
    return forum


@transaction.atomic
def change_forum(*, forum_id: int, wanted: ForumInput, actor: Actor, at: datetime) -> Forum:
    """Change what a forum is; topics and meetings under way keep what was frozen for them."""
    forum = _run_by(actor, forum_id)
    Forum.objects.filter(pk=forum.pk).update(**_checked(wanted))
    forum.refresh_from_db()
    _tell(forum, events.FORUM_CHANGED, actor, at)
    return forum


@transaction.atomic
def end_forum(*, forum_id: int, actor: Actor, at: datetime) -> None:
    """End a forum that has no topic under way.

    :raises ForumHasTopics: when there are some.
    """
    forum = _run_by(actor, forum_id)
    count = Topic.objects.filter(forum=forum).exclude(state__in=ENDED).count()
    if count:
        raise ForumHasTopics(count=count)
    if Forum.objects.filter(pk=forum.pk, ended_at=None).update(ended_at=at):
        _tell(forum, events.FORUM_ENDED, actor, at)


# --- Who sits there ---------------------------------------------------------------------------


@transaction.atomic
def set_party(
    *,
    forum_id: int,
    wanted: PartyInput,
    actor: Actor,
    at: datetime,
    party_id: int | None = None,
) -> Party:
    """Add a party to a forum, or change one.

    :raises PartyNameTaken: when another party has the name.
    :raises PartyUnknownPeople: when the organisation is not of the community.
    """
    forum = _run_by(actor, forum_id)
    name = words(text=wanted.name, field="name", limit=NAME_LENGTH_MAX)
    refuse_list(name=name)
    if not 1 <= wanted.seats <= 99:
        raise NumberOutOfRange(field="seats", least=1, most=99)
    people = list(Account.objects.filter(pk__in=wanted.account_ids, is_active=True))
    if len(people) != len(set(wanted.account_ids)) or not _is_of(forum, wanted.organisation_id):
        raise PartyUnknownPeople
    values: dict[str, Any] = {
        "name": name,
        "duty": words_or_none(text=wanted.duty, field="duty", limit=120),
        "organisation_id": wanted.organisation_id,
        "seats": wanted.seats,
        "is_required": wanted.is_required,
        "carries_out": wanted.carries_out,
    }
    try:
        with transaction.atomic():
            party = _write_party(forum, party_id, values)
    except IntegrityError:
        raise PartyNameTaken(name=name) from None
    party.people.set(people)
    _tell(forum, events.PARTY_SET, actor, at, party=name)
    return party


def _write_party(forum: Forum, party_id: int | None, values: dict[str, Any]) -> Party:
    if party_id is None:
        last = forum.parties.aggregate(last=Max("position"))["last"] or 0
        return Party.objects.create(forum=forum, position=last + 1, **values)
    if not Party.objects.filter(pk=party_id, forum=forum, ended_at=None).update(**values):
        raise NotFound
    return Party.objects.get(pk=party_id)


def _is_of(forum: Forum, organisation_id: int | None) -> bool:
    if organisation_id is None:
        return True
    rows = Organisation.objects.filter(community_id=forum.community_id, ended_at=None)
    return rows.filter(pk=organisation_id).exists()


@transaction.atomic
def end_party(*, party_id: int, actor: Actor, at: datetime) -> None:
    """Let a party sit in its forum no longer; meetings it came to keep it."""
    party = Party.objects.filter(pk=party_id, ended_at=None).first()
    if party is None:
        raise NotFound
    forum = _run_by(actor, party.forum_id)
    Party.objects.filter(pk=party.pk).update(ended_at=at)
    _tell(forum, events.PARTY_ENDED, actor, at, party=party.name)


@transaction.atomic
def add_field(*, forum_id: int, name: str, actor: Actor, at: datetime) -> SubjectField:
    """Add a field that the forum's topics may be of.

    :raises FieldTaken: when it is there.
    """
    forum = _run_by(actor, forum_id)
    said = words(text=name, field="name", limit=30)
    last = forum.fields.aggregate(last=Max("position"))["last"] or 0
    try:
        with transaction.atomic():
            added = SubjectField.objects.create(forum=forum, name=said, position=last + 1)
    except IntegrityError:
        raise FieldTaken(name=said) from None
    _tell(forum, events.FIELD_ADDED, actor, at, field=said)
    return added


@transaction.atomic
def end_field(*, field_id: int, actor: Actor, at: datetime) -> None:
    """Let no new topic be of this field; those there are keep it."""
    field = SubjectField.objects.filter(pk=field_id, ended_at=None).first()
    if field is None:
        raise NotFound
    forum = _run_by(actor, field.forum_id)
    SubjectField.objects.filter(pk=field.pk).update(ended_at=at)
    _tell(forum, events.FIELD_ENDED, actor, at, field=field.name)


# --- Steps, rules and when people are satisfied -----------------------------------------------


@transaction.atomic
def publish_procedure(
    *, forum_id: int, steps: Sequence[ProcedureStep], actor: Actor, at: datetime
) -> Procedure:
    """Publish other steps; topics under way go on by those they began with.

    :raises StepsUnusable: when topics could not go through them.
    """
    return _publish_steps(_run_by(actor, forum_id), steps, actor, at)


def _publish_steps(
    forum: Forum, steps: Sequence[ProcedureStep], actor: Actor, at: datetime
) -> Procedure:
    try:
        require_procedure(steps=steps)
    except ProcedureUnusable as unusable:
        raise StepsUnusable(why=str(unusable)) from None
    said = procedure_said(steps)
    procedure = Procedure.objects.create(
        forum=forum,
        number=_next_number(forum, Procedure),
        steps=said,
        digest=digest_of(said),
        published_at=at,
        published_by=actor.key,
    )
    _tell(forum, events.PROCEDURE_PUBLISHED, actor, at, number=procedure.number)
    return procedure


@transaction.atomic
def publish_ground_rules(
    *, forum_id: int, rules: Sequence[str], actor: Actor, at: datetime
) -> GroundRules:
    """Publish the rules of talking anew; a meeting keeps those it was opened under.

    `TO_FILL` stands for a rule that is still to be written.

    :raises RulesUnusable: when there is none, or more than 30.
    """
    forum = _run_by(actor, forum_id)
    said = [words(text=rule, field="rules", limit=RULE_LENGTH_MAX) for rule in rules]
    if not 1 <= len(said) <= RULES_MOST:
        raise RulesUnusable(most=RULES_MOST)
    published = GroundRules.objects.create(
        forum=forum,
        number=_next_number(forum, GroundRules),
        rules=said,
        digest=digest_of(said),
        published_at=at,
        published_by=actor.key,
    )
    facts = {"number": published.number, "rules": len(said), "digest": published.digest}
    _tell(forum, events.GROUND_RULES_PUBLISHED, actor, at, **facts)
    return published


@transaction.atomic
def set_judgement_rule(
    *,
    forum_id: int,
    from_date: date,
    percent: int,
    counts_basically: bool,
    answers_least: int,
    actor: Actor,
    at: datetime,
) -> JudgementRule:
    """Say when those a result touches are satisfied, from a day on.

    :raises NumberOutOfRange: when the share or the number of answers makes no sense.
    :raises RuleDayTaken: when there is a setting from this day on.
    """
    forum = _run_by(actor, forum_id)
    if not 1 <= percent <= 100:
        raise NumberOutOfRange(field="percent", least=1, most=100)
    if not 1 <= answers_least <= 100_000:
        raise NumberOutOfRange(field="answers_least", least=1, most=100_000)
    rule = JudgementRule(
        percent=percent, counts_basically=counts_basically, answers_least=answers_least
    )
    return _set_rule(forum, from_date, rule, actor, at)


def _set_rule(
    forum: Forum, from_date: date, rule: JudgementRule, actor: Actor, at: datetime
) -> JudgementRule:
    rule.forum, rule.from_date = forum, from_date
    try:
        with transaction.atomic():
            rule.save(force_insert=True)
    except IntegrityError:
        raise RuleDayTaken from None
    facts = {"from": from_date.isoformat(), "percent": rule.percent}
    _tell(forum, events.JUDGEMENT_RULE_SET, actor, at, **facts)
    return rule


# --- What they share --------------------------------------------------------------------------


def _run_by(actor: Actor, forum_id: int) -> Forum:
    forum = queries.get_forum(actor=actor, forum_id=forum_id)
    queries.require_runner(actor=actor, community_id=forum.community_id)
    return forum


def _next_number(forum: Forum, of: type[Procedure] | type[GroundRules]) -> int:
    # A no-change UPDATE takes the row's lock on PostgreSQL; SQLite queues all writers anyway.
    Forum.objects.filter(pk=forum.pk).update(code=F("code"))
    return (of._default_manager.filter(forum=forum).aggregate(n=Max("number"))["n"] or 0) + 1


def _next_code(community_id: int) -> str:
    codes = set(Forum.objects.filter(community_id=community_id).values_list("code", flat=True))
    return next(f"F{number}" for number in range(1, len(codes) + 2) if f"F{number}" not in codes)


def _checked(wanted: ForumInput) -> dict[str, Any]:
    """Return the columns of a forum, checked."""
    name = words(text=wanted.name, field="name", limit=NAME_LENGTH_MAX)
    refuse_list(name=name)
    if not wanted.levels:
        raise LevelsMissing
    for field, number, least, most in (
        ("quorum_percent", wanted.quorum_percent, 0, 100),
        ("redo_days", wanted.redo_days, 1, DAYS_MOST),
        ("rounds_most", wanted.rounds_most, 1, 9),
        ("stalled_days", wanted.stalled_days, 1, DAYS_MOST),
        ("judge_days", wanted.judge_days, 1, DAYS_MOST),
    ):
        if not least <= number <= most:
            raise NumberOutOfRange(field=field, least=least, most=most)
    return {
        "name": name,
        "purpose": words_or_none(text=wanted.purpose, field="purpose", limit=200),
        "levels": [str(level) for level in LEVELS if level in wanted.levels],
        "rhythm": {} if wanted.rhythm is None else rhythm_said(wanted.rhythm),
        "is_public": wanted.is_public,
        "takes_opinions": wanted.takes_opinions,
        "allows_secret": wanted.allows_secret,
        "allows_equal_shares": wanted.allows_equal_shares,
        "quorum_percent": wanted.quorum_percent,
        "quorum_counts_residents": wanted.quorum_counts_residents,
        "redo_days": wanted.redo_days,
        "rounds_most": wanted.rounds_most,
        "stalled_days": wanted.stalled_days,
        "judge_days": wanted.judge_days,
    }


def _tell(forum: Forum, name: str, actor: Actor, at: datetime, **facts: object) -> None:
    tell(
        name=name,
        kind=queries.FORUM,
        pk=forum.pk,
        trace=forum.trace,
        community_id=forum.community_id,
        actor=actor,
        at=at,
        facts=facts,
    )
