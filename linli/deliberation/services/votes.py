"""Drafts of votes: what is asked, of whom, how it is counted, and who opens secret ballots."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid, NotEntitled, NotFound
from linli.deliberation import ballots_file, budget, envelopes, events, queries
from linli.deliberation.models import Forum, Teller, Vote, VoteOption
from linli.deliberation.queries.votes import is_teller
from linli.deliberation.services._elections import refuse_elections, refuse_persons
from linli.deliberation.services._recording import words, words_or_none
from linli.deliberation.services._votes import move_vote, tell_of, vote_of_runner
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.tally import HALF_AND_MORE, THREE_QUARTERS, TWO_THIRDS, Kind, Rules, Share
from linli.deliberation.workflow import (
    JudgementRules,
    RollUnit,
    TopicLevel,
    VotePurpose,
    VoteStep,
)
from linli.people.queries import accounts_in
from linli.people.services.never_kept import refuse_list
from linli.territory.models import Area, Building, Level

TITLE_LENGTH_MAX, QUESTION_LENGTH_MAX = 80, 400
OPTIONS_MOST = 60
YUAN_MOST = 100_000_000
LASTS_MOST = timedelta(days=366)
MAJORITIES: dict[str, Share] = {
    "HALF": HALF_AND_MORE,
    "TWO_THIRDS": TWO_THIRDS,
    "THREE_QUARTERS": THREE_QUARTERS,
}
WITH_OPTIONS = frozenset({Kind.APPROVAL, Kind.RATING, Kind.RANKING, Kind.BUDGET})


class SecretNotAllowed(Invalid):
    """The forum has not turned secret ballots on, or this vote cannot be one."""

    sentence = _("This forum votes openly. Secret ballots are turned on in the forum's settings.")
    field = "is_secret"


class OwnersVoteOpenly(Invalid):
    """Areas would tell whose ballot is whose, and the law asks for names."""

    sentence = _("Owners decide openly: areas and names belong to their ballots.")
    field = "is_secret"


class EqualSharesNotAllowed(Invalid):
    """The forum has not turned equal shares on."""

    sentence = _(
        "This forum does not count by equal shares. They are turned on in the forum's settings."
    )
    field = "rule"


class OptionsMissing(Invalid):
    """Nothing to choose from."""

    sentence = _("Please write 2 to %(most)s options, each with a name of its own.")
    field = "options"


class CostInvalid(Invalid):
    """A project that costs nothing, or more than there is."""

    sentence = _("“%(name)s” has to cost at least 1 yuan and at most what there is.")
    field = "options"


class MoneyMissing(Invalid):
    """A budget of nothing."""

    sentence = _("Please say how much money there is, in whole yuan.")
    field = "money_yuan"


class PlacesInvalid(Invalid):
    """As many are chosen as there are, or none."""

    sentence = _("Please choose at least one, and fewer than there are options.")
    field = "places"


class NumberInvalid(Invalid):
    """A number that makes no sense here."""

    sentence = _("Please enter a number from %(least)s to %(most)s.")


class ScopeInvalid(Invalid):
    """Places of elsewhere, or none."""

    sentence = _("Please choose grids or buildings of this community.")
    field = "places_of"


class TimesInvalid(Invalid):
    """It closes before it opens, or has closed already."""

    sentence = _("Please choose an end that is still to come, after the beginning.")
    field = "closes_at"


class TellersMissing(Invalid):
    """A secret ballot needs two people who open it together."""

    sentence = _("A secret ballot needs two tellers: two different people of this community.")
    field = "tellers"


@dataclass(frozen=True, slots=True)
class OptionInput:
    """Something to choose; with a cost where a budget is voted on."""

    name: str
    text: str = ""
    cost_yuan: int = 0


@dataclass(frozen=True, slots=True)
class VoteInput:
    """What is to be voted on, by whom, until when, and how it is counted.

    `level` with `place_ids` (grids or buildings) says who is on the roll; the community needs none.
    """

    title: str
    kind: Kind
    opens_at: datetime
    closes_at: datetime
    question: str = ""
    purpose: VotePurpose = VotePurpose.ADVICE
    unit: RollUnit = RollUnit.RESIDENT
    level: TopicLevel = TopicLevel.COMMUNITY
    place_ids: Sequence[int] = ()
    age_least: int = 18
    is_secret: bool = False
    teller_ids: Sequence[int] = ()
    options: Sequence[OptionInput] = ()
    quorum_percent: int = 0
    majority: str = "HALF"
    places: int = 1
    money_yuan: int = 0
    rule: str = "greedy"
    completion: budget.Completion = "add1"
    utility: budget.Utility = "cost"
    is_weighty: bool = False  # of owners: matters that need three quarters
    judgement: JudgementRules = field(default_factory=JudgementRules)


# --- The draft --------------------------------------------------------------------------------


@transaction.atomic
def draft_vote(
    *, forum_id: int, wanted: VoteInput, actor: Actor, at: datetime, topic_id: int | None = None
) -> Vote:
    """Draft a vote of a forum, on a topic or by itself.

    :raises ElectionElsewhere: when it would elect a committee or the party.
    """
    forum = queries.get_forum(actor=actor, forum_id=forum_id)
    queries.require_runner(actor=actor, community_id=forum.community_id)
    if not forum.is_running:
        raise StepNotAllowed
    topic = None if topic_id is None else queries.get_topic(actor=actor, topic_id=topic_id)
    if topic is not None and topic.forum_id != forum.pk:
        raise NotFound
    more = {} if topic is None else {"trace": topic.trace}
    vote = Vote.objects.create(
        forum=forum,
        community=forum.community,
        topic=topic,
        created_by=actor.key,
        created_at=at,
        **more,
        **_columns(forum, wanted),
    )
    _set_options(vote, wanted)
    _set_tellers(vote, wanted, at)
    tell_of(vote, events.VOTE_DRAFTED, actor, at, {"kind": str(wanted.kind)})
    return vote


@transaction.atomic
def change_vote(*, vote_id: int, wanted: VoteInput, actor: Actor, at: datetime) -> Vote:
    """Change a draft.

    :raises StepNotAllowed: when it is open: what people vote on stays as it is.
    """
    vote = vote_of_runner(vote_id, actor)
    move_vote(vote, VoteStep.CHANGE, **_columns(vote.forum, wanted))
    vote.options.all().delete()
    _set_options(vote, wanted)
    _set_tellers(vote, wanted, at)
    tell_of(vote, events.VOTE_CHANGED, actor, at)
    return Vote.objects.get(pk=vote.pk)


def _columns(forum: Forum, wanted: VoteInput) -> dict[str, Any]:
    """Return what a draft's row says.

    :raises Invalid: when it could not be voted on so.
    """
    title = words(text=wanted.title, field="title", limit=TITLE_LENGTH_MAX)
    question = words_or_none(text=wanted.question, field="question", limit=QUESTION_LENGTH_MAX)
    said = (title, question, *(part for one in wanted.options for part in (one.name, one.text)))
    # A judgement bears its topic's title, and elects nobody.
    if wanted.purpose != VotePurpose.JUDGEMENT:
        refuse_elections(*said)
        refuse_persons(text=f"{title}。{question}", options=[one.name for one in wanted.options])
    refuse_list(name=title)
    if not wanted.opens_at < wanted.closes_at <= wanted.opens_at + LASTS_MOST:
        raise TimesInvalid
    _require_kind(forum, wanted)
    return {
        "purpose": wanted.purpose,
        "kind": wanted.kind,
        "title": title,
        "question": question,
        "is_secret": wanted.is_secret,
        "unit": wanted.unit,
        "scope": _scope(forum, wanted),
        "rules": _rules(wanted),
        "opens_at": wanted.opens_at,
        "closes_at": wanted.closes_at,
    }


def _require_kind(forum: Forum, wanted: VoteInput) -> None:
    is_owners = wanted.purpose == VotePurpose.OWNERS
    if is_owners != (wanted.kind == Kind.OWNERS) or (
        is_owners and wanted.unit != RollUnit.HOUSEHOLD
    ):
        raise Invalid(field="kind")
    if wanted.is_secret and is_owners:
        raise OwnersVoteOpenly
    if wanted.is_secret and not forum.allows_secret:
        raise SecretNotAllowed
    if wanted.kind in WITH_OPTIONS:
        _require_options(wanted)
    if wanted.kind == Kind.BUDGET:
        _require_budget(forum, wanted)
    elif wanted.kind in WITH_OPTIONS and not 1 <= wanted.places < len(wanted.options):
        raise PlacesInvalid
    if not 0 <= wanted.quorum_percent <= 100:
        raise NumberInvalid(field="quorum_percent", least=0, most=100)
    if not 1 <= wanted.age_least <= 120:
        raise NumberInvalid(field="age_least", least=1, most=120)
    if wanted.majority not in MAJORITIES:
        raise Invalid(field="majority")


def _require_options(wanted: VoteInput) -> None:
    names = [words(text=one.name, field="options", limit=80) for one in wanted.options]
    if not 2 <= len(names) <= OPTIONS_MOST or len(set(names)) < len(names):
        raise OptionsMissing(most=OPTIONS_MOST)


def _require_budget(forum: Forum, wanted: VoteInput) -> None:
    if not 1 <= wanted.money_yuan <= YUAN_MOST:
        raise MoneyMissing
    for one in wanted.options:
        if not 1 <= one.cost_yuan <= wanted.money_yuan:
            raise CostInvalid(name=one.name)
    if wanted.rule == "equal-shares" and not forum.allows_equal_shares:
        raise EqualSharesNotAllowed
    if wanted.rule not in ("equal-shares", "greedy"):
        raise Invalid(field="rule")


def _scope(forum: Forum, wanted: VoteInput) -> dict[str, Any]:
    level, ids = TopicLevel(wanted.level), sorted(set(wanted.place_ids))
    if level is TopicLevel.COMMUNITY:
        return {"level": str(level), "ids": []}
    here = forum.community_id
    rows: Any = (
        Area.objects.filter(community=here, level=Level.GRID)
        if level is TopicLevel.GRID
        else Building.objects.filter(grid__community=here)
    )
    if not ids or rows.filter(pk__in=ids, ended_at=None).count() < len(ids):
        raise ScopeInvalid
    return {"level": str(level), "ids": ids}


def _rules(wanted: VoteInput) -> dict[str, Any]:
    """Return the rules as the row keeps them; the roll and the options follow at the opening."""
    rules = Rules(
        kind=wanted.kind,
        roll=0,
        quorum=Share(Fraction(wanted.quorum_percent, 100)),
        majority=MAJORITIES[wanted.majority],
        places=wanted.places if wanted.kind in WITH_OPTIONS else 1,
        money=Fraction(wanted.money_yuan),
        rule=wanted.rule,
        completion=wanted.completion,
        utility=wanted.utility,
        judgement=wanted.judgement,
    )
    return {
        **ballots_file.rules_said(rules),
        "quorum_percent": wanted.quorum_percent,
        "majority_code": wanted.majority,
        "age_least": wanted.age_least,
        "is_weighty": wanted.is_weighty,
    }


def _set_options(vote: Vote, wanted: VoteInput) -> None:
    if wanted.kind not in WITH_OPTIONS:
        return
    is_budget = wanted.kind == Kind.BUDGET
    VoteOption.objects.bulk_create(
        VoteOption(
            vote=vote,
            position=position,
            name=words(text=one.name, field="options", limit=80),
            text=words_or_none(text=one.text, field="options", limit=QUESTION_LENGTH_MAX),
            cost_yuan=one.cost_yuan if is_budget else 0,
        )
        for position, one in enumerate(wanted.options, start=1)
    )


# --- Tellers ----------------------------------------------------------------------------------


def _set_tellers(vote: Vote, wanted: VoteInput, at: datetime) -> None:
    """Name who opens the ballots; whoever stays keeps the key they made."""
    ids = list(wanted.teller_ids) if wanted.is_secret else []
    if wanted.is_secret:
        here = {one.pk for one in accounts_in(community_id=vote.community_id, at=at)}
        if len(ids) != envelopes.TELLERS or len(here & set(ids)) != envelopes.TELLERS:
            raise TellersMissing
    kept = {one.account_id: one for one in vote.tellers.all() if one.account_id in ids}
    vote.tellers.all().delete()
    Teller.objects.bulk_create(
        Teller(
            vote=vote,
            position=position,
            account_id=key,
            public_key=kept[key].public_key if key in kept else b"",
            made_at=kept[key].made_at if key in kept else None,
        )
        for position, key in enumerate(ids, start=1)
    )


@transaction.atomic
def make_teller_key(*, vote_id: int, actor: Actor, at: datetime) -> str:
    """Return a teller's new key: it is shown to them once, and kept nowhere here.

    One that was made before is of no use any more.

    :raises NotEntitled: for anybody but the teller in person.
    :raises StepNotAllowed: when the vote is open: its ballots are sealed to the keys of before.
    """
    vote = queries.get_vote(actor=actor, vote_id=vote_id)
    if not is_teller(actor=actor, vote=vote):
        raise NotEntitled
    move_vote(vote, VoteStep.CHANGE)
    key = envelopes.new_key()
    vote.tellers.filter(account=actor.account_id).update(
        public_key=envelopes.public_of(key=key), made_at=at
    )
    tell_of(vote, events.TELLER_KEY_MADE, actor, at)
    return key
