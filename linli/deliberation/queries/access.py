"""Who sees which forum, topic, opinion, meeting and vote, and who runs them.

Staff see all of their community's. Whoever sits for a party sees its forum's topics and meetings.
Anybody sees what a public forum shows; opinions only whoever runs the forum, and their author.
"""

from django.db.models import Q, QuerySet

from linli.core.actor import Actor, ActorKind
from linli.core.errors import NotEntitled, NotFound
from linli.deliberation.models import (
    Forum,
    Meeting,
    Opinion,
    OpinionMap,
    Party,
    Teller,
    Topic,
    Vote,
)
from linli.territory.models import Area
from linli.territory.scope import communities_open_to

RUNNERS = frozenset({"SECRETARY", "STAFF"})
"""Who opens forums, merges opinions, runs meetings and votes."""

READERS = RUNNERS | {
    "SOCIAL_WORKER",
    "GRID_LEAD",
    "GRID_WORKER",
    "BUILDING_LEAD",
}
"""Who works for the community: they see what is talked over, and write down what they are told."""

FORUM = "deliberation.forum"
OPINION = "deliberation.opinion"
TOPIC = "deliberation.topic"
MEETING = "deliberation.meeting"
VOTE = "deliberation.vote"
MAP = "deliberation.map"
RESOLUTION = "deliberation.resolution"
TASK = "deliberation.task"
PAPER = "deliberation.paper"
PUBLICATION = "deliberation.publication"
"""How events, attachments and other rooms name them."""


def communities_of(*, actor: Actor, roles: frozenset[str]) -> frozenset[int]:
    """Return the communities where this person holds one of the roles."""
    found = (grant.community_id for grant in actor.grants_of(roles=roles))
    return frozenset(one for one in found if one is not None)


def may_run(*, actor: Actor, community_id: int) -> bool:
    """Tell whether this person runs the community's forums."""
    return actor.is_system or community_id in communities_of(actor=actor, roles=RUNNERS)


def may_read(*, actor: Actor, community_id: int) -> bool:
    """Tell whether this person works for the community."""
    return actor.is_system or community_id in communities_of(actor=actor, roles=READERS)


def require_runner(*, actor: Actor, community_id: int) -> None:
    """Let only those pass who run the community's forums.

    :raises NotFound: for somebody who does not work there.
    :raises NotEntitled: for somebody who does, but runs no forum.
    """
    if may_run(actor=actor, community_id=community_id):
        return
    raise NotEntitled if may_read(actor=actor, community_id=community_id) else NotFound


def sits_in(*, actor: Actor) -> Q:
    """Return the condition on parties for which this person sits."""
    seats = Q(people__in=actor.account_ids)
    if actor.organisation_ids:
        seats |= Q(organisation__in=actor.organisation_ids)
    return seats


def forums_open_to(*, actor: Actor) -> QuerySet[Forum]:
    """Return the forums that exist for this person."""
    if actor.is_system:
        return Forum.objects.all()
    seen = Q(community__in=communities_of(actor=actor, roles=READERS)) | Q(is_public=True)
    if actor.kind == ActorKind.ACCOUNT:
        seats = Party.objects.filter(sits_in(actor=actor), ended_at=None)
        seen |= Q(pk__in=seats.values("forum"))
    return Forum.objects.filter(seen)


def forums_at_work(*, actor: Actor) -> QuerySet[Forum]:
    """Return the forums of those who work for a community, watch over it, or sit in them.

    What a public forum does, everybody else reads on the pages for residents.
    """
    if actor.is_system:
        return Forum.objects.all()
    here = Q(community__in=Area.objects.filter(communities_open_to(actor=actor)))
    if actor.account_id is not None:
        seats = Party.objects.filter(sits_in(actor=actor), ended_at=None)
        here |= Q(pk__in=seats.values("forum"))
    return Forum.objects.filter(here)


def topics_at_work(*, actor: Actor) -> QuerySet[Topic]:
    """Return the topics of the forums with which this person has to do."""
    return Topic.objects.filter(forum__in=forums_at_work(actor=actor))


def topics_open_to(*, actor: Actor) -> QuerySet[Topic]:
    """Return the topics that exist for this person."""
    return Topic.objects.filter(forum__in=forums_open_to(actor=actor))


def meetings_open_to(*, actor: Actor) -> QuerySet[Meeting]:
    """Return the meetings that exist for this person."""
    return Meeting.objects.filter(forum__in=forums_open_to(actor=actor))


def votes_open_to(*, actor: Actor) -> QuerySet[Vote]:
    """Return the votes that exist for this person; a draft for whoever runs the forum, and tellers.

    A teller sees their vote whatever the forum shows to others.
    """
    rows = Vote.objects.filter(forum__in=forums_open_to(actor=actor))
    if actor.is_system:
        return rows
    run = Q(community__in=communities_of(actor=actor, roles=RUNNERS))
    seen = rows.filter(run | ~Q(state="DRAFT"))
    if actor.account_id is None:
        return seen
    told = Teller.objects.filter(account=actor.account_id).values("vote")
    return Vote.objects.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=told))


def maps_open_to(*, actor: Actor) -> QuerySet[OpinionMap]:
    """Return the opinion maps that exist for this person."""
    return OpinionMap.objects.filter(forum__in=forums_open_to(actor=actor))


def opinions_open_to(*, actor: Actor) -> QuerySet[Opinion]:
    """Return the opinions that exist for this person: their community's, or their own."""
    if actor.is_system:
        return Opinion.objects.all()
    seen = Q(community__in=communities_of(actor=actor, roles=READERS))
    if actor.account_id is not None:
        seen |= Q(account=actor.account_id)
    if actor.kind == ActorKind.AUTHOR:
        seen |= Q(pk=actor.id)
    return Opinion.objects.filter(seen)


def actor_of_author(*, opinion: Opinion) -> Actor:
    """Return the actor that somebody with this opinion's code is."""
    return Actor(kind=ActorKind.AUTHOR, id=opinion.pk)


def get_forum_at_work(*, actor: Actor, forum_id: int) -> Forum:
    """Return a forum for a page of the office.

    :raises NotFound: when there is none, or this person has nothing to do with it.
    """
    found = forums_at_work(actor=actor).select_related("community").filter(pk=forum_id).first()
    if found is None:
        raise NotFound
    return found


def get_forum(*, actor: Actor, forum_id: int) -> Forum:
    """Return a forum.

    :raises NotFound: when there is none, or not for this person.
    """
    found = forums_open_to(actor=actor).select_related("community").filter(pk=forum_id).first()
    if found is None:
        raise NotFound
    return found


def get_topic(*, actor: Actor, topic_id: int) -> Topic:
    """Return a topic with its forum, procedure and place.

    :raises NotFound: when there is none, or this person has nothing to do with its forum.
    """
    rows = topics_at_work(actor=actor).select_related(
        "forum", "community", "procedure", "field", "grid", "building__estate", "owner", "previous"
    )
    found = rows.filter(pk=topic_id).first()
    if found is None:
        raise NotFound
    return found


def get_opinion(*, actor: Actor, opinion_id: int) -> Opinion:
    """Return an opinion.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = opinions_open_to(actor=actor).select_related(
        "community", "topic__forum", "forum", "grid", "building__estate"
    )
    found = rows.filter(pk=opinion_id).first()
    if found is None:
        raise NotFound
    return found


def get_meeting(*, actor: Actor, meeting_id: int) -> Meeting:
    """Return a meeting with its forum.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = meetings_open_to(actor=actor).select_related(
        "forum", "community", "ground_rules", "seating", "place", "chair", "recorder"
    )
    found = rows.filter(pk=meeting_id).first()
    if found is None:
        raise NotFound
    return found


def get_vote(*, actor: Actor, vote_id: int) -> Vote:
    """Return a vote with its forum and topic.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = votes_open_to(actor=actor).select_related("forum", "community", "topic")
    found = rows.filter(pk=vote_id).first()
    if found is None:
        raise NotFound
    return found


def get_map(*, actor: Actor, map_id: int) -> OpinionMap:
    """Return an opinion map with its forum and topic.

    :raises NotFound: when there is none, or not for this person.
    """
    rows = maps_open_to(actor=actor).select_related("forum", "community", "topic")
    found = rows.filter(pk=map_id).first()
    if found is None:
        raise NotFound
    return found
