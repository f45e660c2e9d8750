"""Opinions as tests bring them in, a topic to merge them into, and a map with two camps."""

from uuid import uuid4

from linli.core.actor import NOBODY, Actor
from linli.deliberation.models import Forum, Opinion, OpinionMap, Procedure, Topic
from linli.deliberation.services import maps, opinions
from linli.deliberation.services.opinions import OpinionInput, Said
from tests.cast import NOW, Cast

STATEMENTS = [
    "楼下应该建晾衣架。",
    "晾衣架会挡住消防通道。",
    "晾衣架应由物业维护。",
    "先在一栋楼试一试。",
    "费用应由大家分摊。",
    "早上八点以前不要拖动桌椅。",
    "公告栏应该每周更新。",
    "停车位应该重新划线。",
]


def said(
    cast: Cast, text: str = "楼下没地方晾被子", *, actor: Actor = NOBODY, **more: object
) -> Said:
    """Return what somebody said: online and without a name, but for what a test says otherwise."""
    values: dict[str, object] = {
        "submission_key": uuid4(),
        "community_id": cast.community.pk,
        "text": text,
    }
    given = OpinionInput(**(values | more))
    return opinions.say(opinion=given, actor=actor, at=NOW)


def opinion(cast: Cast, text: str = "楼下没地方晾被子", **more: object) -> Opinion:
    """Return an opinion that waits."""
    return said(cast, text, **more).opinion


def topic(cast: Cast, forum: Forum, **more: object) -> Topic:
    """Return a topic of the whole community, past every rule of the services."""
    values: dict[str, object] = {
        "forum": forum,
        "community": cast.community,
        "procedure": Procedure.objects.filter(forum=forum).latest("number"),
        "level": "COMMUNITY",
        "title": "楼下晾晒的地方",
        "owner": cast.zhou_min,
        "raised_by": "account:1",
        "raised_at": NOW,
        "entered_at": NOW,
    }
    return Topic.objects.create(**(values | more))


def opinion_map(cast: Cast, forum: Forum, **more: object) -> OpinionMap:
    """Return a map with eight statements."""
    values: dict[str, object] = {
        "question": "楼下怎么晾晒？",
        "statements": STATEMENTS,
        "seed": 7,
    }
    return maps.open_map(
        forum_id=forum.pk,
        actor=cast.actor(cast.shen),
        at=NOW,
        **(values | more),
    )


def two_camps(found: OpinionMap, *, first: int = 12, second: int = 9) -> None:
    """Let two camps answer: all agree on the last three, and on the others they differ."""
    statements = list(found.statements.order_by("number"))
    for person in range(first + second):
        for place, statement in enumerate(statements):
            in_first = person < first
            vote = 1 if place >= 5 or in_first == (place % 2 == 0) else -1
            if place < 5 and (person + place) % 6 == 0:
                vote = 0  # Somebody is not sure.
            maps.vote_statement(
                map_id=found.pk,
                participant_key=f"person-{person}",
                statement_id=statement.pk,
                vote=vote,
                at=NOW,
            )
