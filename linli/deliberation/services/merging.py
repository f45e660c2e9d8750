"""Opinions become part of a topic, by a person's decision, and are taken out of it again."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from linli.core.actor import Actor
from linli.core.errors import Invalid
from linli.core.models import Event
from linli.deliberation import events
from linli.deliberation.models import Opinion, Publication, Topic
from linli.deliberation.queries import access
from linli.deliberation.services._opinions import move, tell, to_run
from linli.deliberation.services._recording import words, words_or_none
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.results import correct
from linli.deliberation.workflow import ENDED, OpinionStep, PublicationKind
from linli.language.mask import scrub_personal_data

MERGED_MOST = 200
"""So many opinions at most are merged at once."""
REASON_MOST = 200


class TopicElsewhere(Invalid):
    """The topic cannot take the opinion in: it is another community's, or has ended."""

    sentence = _("Please choose a topic of this community that is still open.")
    field = "topic"


class NothingTicked(Invalid):
    """No opinion was named, or too many."""

    sentence = _("Please tick at least one opinion, and at most %(most)s.")


@transaction.atomic
def merge_opinions(
    *, opinion_ids: Collection[int], topic_id: int, actor: Actor, at: datetime
) -> int:
    """Let a topic answer these opinions, and return how many were merged.

    What is in that topic already stays as it is.

    :raises NothingTicked: when no opinion is named, or too many.
    :raises TopicElsewhere: when the topic is not of their community, or has ended.
    :raises StepNotAllowed: when another topic has one of them.
    """
    wanted = sorted(set(opinion_ids))
    if not 1 <= len(wanted) <= MERGED_MOST:
        raise NothingTicked(most=MERGED_MOST)
    found = [to_run(one, actor) for one in wanted]
    topic = access.topics_open_to(actor=actor).filter(pk=topic_id).first()
    communities = {one.community_id for one in found}
    if topic is None or communities != {topic.community_id} or topic.state in ENDED:
        raise TopicElsewhere
    fresh = [one for one in found if not (one.is_merged and one.topic_id == topic.pk)]
    for opinion in fresh:
        move(opinion, OpinionStep.MERGE, topic=topic)
        tell(opinion, events.OPINION_MERGED, actor, at, {"topic_id": topic.pk}, trace=topic.trace)
    return len(fresh)


@transaction.atomic
def take_out(*, opinion_id: int, actor: Actor, at: datetime, reason: str = "") -> Opinion:
    """Take an opinion out of the topic it was merged into; it waits for its answer again.

    What was published stays as it stood. Where it counted this opinion, a correction with the
    reason stands beside it.

    :raises StepNotAllowed: when it is in none.
    :raises WordsMissing: when the topic is published and there is no reason, or WordsTooLong.
    """
    opinion = to_run(opinion_id, actor)
    topic = opinion.topic
    if topic is None:
        raise StepNotAllowed
    check = words_or_none if topic.published_at is None else words
    said = scrub_personal_data(text=check(text=reason, field="reason", limit=REASON_MOST))
    counted_in = _published_with(opinion, topic)
    # The idea box shows what is answered: what waits again leaves it.
    move(opinion, OpinionStep.TAKE_OUT, topic=None, published_at=None)
    facts = {"topic_id": topic.pk, "reason": said}
    tell(opinion, events.OPINION_TAKEN_OUT, actor, at, facts, trace=topic.trace)
    if counted_in is not None:
        _correct_count(counted_in, opinion, said, actor, at)
    return opinion


def _published_with(opinion: Opinion, topic: Topic) -> Publication | None:
    """Return the published result that counted an opinion; what came later is in none."""
    merged = Event.objects.filter(
        subject_kind=access.OPINION, subject_id=opinion.pk, name=events.OPINION_MERGED
    )
    since = merged.latest("pk").happened_at
    results = topic.publications.filter(kind=PublicationKind.RESULT, published_at__gte=since)
    return results.order_by("number").first()


def _correct_count(
    published: Publication, opinion: Opinion, reason: str, actor: Actor, at: datetime
) -> None:
    with translation.override(settings.LANGUAGE_CODE):  # Whoever presses, residents read it.
        text = ngettext(
            "An opinion of %(n)s person was taken out of those counted here: %(reason)s",
            "An opinion of %(n)s people was taken out of those counted here: %(reason)s",
            opinion.people_count,
        ) % {"n": opinion.people_count, "reason": reason}
    correct(publication_id=published.pk, text=text, actor=actor, at=at)
