"""A talk at dusk (黄昏恳谈): written down in a minute after it was held, and it counts."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor
from linli.core.errors import Invalid
from linli.deliberation import events, queries
from linli.deliberation.models import AgendaItem, Meeting
from linli.deliberation.services._meetings import tell_of, tell_of_topics
from linli.deliberation.services._recording import words
from linli.deliberation.services.agenda import TITLE_LENGTH_MAX, TopicNotOnTable
from linli.deliberation.services.attending import enter_names
from linli.deliberation.services.meetings import ForumEnded, MeetingInput, checked, make
from linli.deliberation.services.speaking import SAID_LENGTH_MAX
from linli.deliberation.workflow import TALKED_OVER, MeetingKind, MeetingState

PEOPLE_MOST = 2_000


class TalkAhead(Invalid):
    """It is written down when it is over."""

    sentence = _("This time is still to come. A talk is written down when it is over.")
    field = "held_at"


class PeopleUnusable(Invalid):
    """Nobody talks alone."""

    sentence = _("Please enter how many people were there: 1 to %(most)s.")
    field = "people_count"


@dataclass(frozen=True, slots=True)
class TalkInput:
    """What is written down of a talk. `names` are lines as of a paper sheet, and may be empty."""

    held_at: datetime
    said: str
    people_count: int
    about: str = ""
    topic_id: int | None = None
    place_id: int | None = None
    place_text: str = ""
    names: str = ""
    chair_id: int | None = None
    recorder_id: int | None = None


@transaction.atomic
def record_talk(*, forum_id: int, talk: TalkInput, actor: Actor, at: datetime) -> Meeting:
    """Write a talk down that was held: where, about what, how many came, and what was said.

    Nobody is required at a talk and it needs no quorum; whoever works for the community may write
    it down.

    :raises TalkAhead: when it is still to come.
    :raises PeopleUnusable: when nobody was there.
    :raises Invalid: when place, topic or names are unusable.
    """
    forum = queries.get_forum(actor=actor, forum_id=forum_id)
    if not queries.may_read(actor=actor, community_id=forum.community_id):
        queries.require_runner(actor=actor, community_id=forum.community_id)
    if not forum.is_running:
        raise ForumEnded
    if talk.held_at > at:
        raise TalkAhead
    if not 1 <= talk.people_count <= PEOPLE_MOST:
        raise PeopleUnusable(most=PEOPLE_MOST)
    topic = None
    if talk.topic_id is not None:
        rows = queries.topics_open_to(actor=actor).filter(forum=forum, state__in=TALKED_OVER)
        topic = rows.filter(pk=talk.topic_id).first()
        if topic is None:
            raise TopicNotOnTable(field="topic")
    title = topic.title if topic is not None and not talk.about else talk.about
    title = words(text=title, field="about", limit=TITLE_LENGTH_MAX)
    said = words(text=talk.said, field="said", limit=SAID_LENGTH_MAX)
    wanted = MeetingInput(
        name=title[:60],
        starts_at=talk.held_at,
        place_id=talk.place_id,
        place_text=talk.place_text,
        chair_id=talk.chair_id,
        recorder_id=talk.recorder_id,
    )
    meeting = make(
        forum,
        actor,
        at,
        kind=MeetingKind.TALK,
        state=MeetingState.ENDED,
        expected=talk.people_count,
        ground_rules=forum.ground_rules.order_by("-number").first(),
        opened_at=talk.held_at,
        ended_at=at,
        **checked(forum, wanted, at),
    )
    AgendaItem.objects.create(meeting=meeting, position=1, topic=topic, title=title, said=said)
    if talk.names.strip():
        enter_names(meeting, talk.names, actor, at)
    tell_of(meeting, events.MEETING_ENDED, actor, at, present=talk.people_count)
    tell_of_topics(meeting, actor, at, present=talk.people_count)
    return meeting
