"""Papers of a topic: given out beforehand, and published paper by paper once somebody looked."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core import attachments
from linli.core.actor import Actor
from linli.core.errors import Invalid
from linli.core.ref import Ref
from linli.deliberation import events, queries
from linli.deliberation.models import Paper, Topic
from linli.deliberation.services._recording import words, words_or_none
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.topics import TITLE_LENGTH_MAX, led_by, move, record_of
from linli.deliberation.workflow import TopicState, TopicStep
from linli.language.mask import scrub_personal_data

TEXT_LENGTH_MAX = 20_000


class FileGone(Invalid):
    """The upload waited too long, or is somebody else's."""

    sentence = _("The file is no longer kept. Please choose it again.")
    field = "file"


@transaction.atomic
def give_out_paper(
    *,
    topic_id: int,
    title: str,
    actor: Actor,
    at: datetime,
    text: str = "",
    file: UUID | None = None,
    is_published: bool = False,
) -> Paper:
    """Give a paper out that is read before the topic is talked over: a text, a file or both.

    `file` is the token of an upload. Residents read it only where `is_published` says so.

    :raises StepNotAllowed: when the topic is published or ended.
    :raises WordsMissing: when there is neither a text nor a file.
    :raises FileGone: when the upload is no longer there, or not this person's.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    move(topic=topic, step=TopicStep.MOVE, target=TopicState(topic.state), at=at)
    check = words if file is None else words_or_none
    paper = Paper.objects.create(
        topic=topic,
        title=scrub_personal_data(text=words(text=title, field="title", limit=TITLE_LENGTH_MAX)),
        text=check(text=text, field="text", limit=TEXT_LENGTH_MAX),
        given_out_at=at,
        given_out_by=actor.key,
    )
    if file is not None:
        subject = Ref(kind=queries.PAPER, id=paper.pk)
        claimed = attachments.claim(tokens=[file], subject=subject, actor=actor, at=at)
        if not claimed:
            raise FileGone
        paper.attachment = claimed[0]
        paper.save(update_fields=["attachment"])
    _tell(topic, paper, events.PAPER_GIVEN_OUT, actor, at)
    if is_published:
        _publish(topic, paper, actor, at)
    return paper


@transaction.atomic
def publish_paper(*, topic_id: int, paper_id: int, actor: Actor, at: datetime) -> Paper:
    """Let residents read a paper, and fetch its file; whoever leads the topic looked it through.

    :raises NotFound: when it is no paper of the topic.
    :raises StepNotAllowed: when they read it already.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    paper = queries.get_paper(topic=topic, paper_id=paper_id)
    _publish(topic, paper, actor, at)
    return paper


@transaction.atomic
def withdraw_paper(*, topic_id: int, paper_id: int, actor: Actor, at: datetime) -> Paper:
    """Take a paper off the pages for residents, whenever something is found in it.

    :raises NotFound: when it is no paper of the topic.
    :raises StepNotAllowed: when it is not there.
    """
    topic = led_by(actor=actor, topic_id=topic_id)
    paper = queries.get_paper(topic=topic, paper_id=paper_id)
    if not Paper.objects.filter(pk=paper.pk, published_at__isnull=False).update(published_at=None):
        raise StepNotAllowed
    paper.refresh_from_db()
    _tell(topic, paper, events.PAPER_WITHDRAWN, actor, at)
    return paper


def _publish(topic: Topic, paper: Paper, actor: Actor, at: datetime) -> None:
    if not Paper.objects.filter(pk=paper.pk, published_at=None).update(published_at=at):
        raise StepNotAllowed
    paper.refresh_from_db()
    _tell(topic, paper, events.PAPER_PUBLISHED, actor, at)


def _tell(topic: Topic, paper: Paper, name: str, actor: Actor, at: datetime) -> None:
    record_of(topic=topic, name=name, actor=actor, at=at, facts={"paper_id": paper.pk})
