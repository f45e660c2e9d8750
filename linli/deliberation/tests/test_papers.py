"""Papers of a topic: a text or a file, and for residents only once somebody looked it through."""

from io import BytesIO

import pytest
from django.core.files.base import File

from linli.core import attachments
from linli.core.actor import NOBODY
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.deliberation import queries
from linli.deliberation.services import papers
from linli.deliberation.services.errors import StepNotAllowed, WordsMissing
from linli.deliberation.tests.said import topic
from linli.deliberation.tests.scenes import forum
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def uploaded(actor):
    return attachments.store_file(
        upload=File(BytesIO(b"%PDF-1.4 three places"), name="三个位置.pdf"),
        purpose="EVIDENCE",
        actor=actor,
        at=NOW,
    )


@pytest.fixture
def given(cast):
    desk = cast.actor(cast.zhou_min)
    return {"topic_id": topic(cast, forum(cast)).pk, "title": "三个位置", "actor": desk, "at": NOW}


def test_a_paper_is_for_residents_only_once_it_is_published(given):
    paper = papers.give_out_paper(**given, text="比一比，问 13800138000")
    on = paper.topic
    assert queries.public_papers_of(topic=on) == []
    assert queries.published_content(topic=on)["papers"] == []

    step = {"topic_id": on.pk, "paper_id": paper.pk, "actor": given["actor"], "at": NOW}
    papers.publish_paper(**step)
    (shown,) = queries.public_papers_of(topic=on)
    assert (shown.title, shown.text) == ("三个位置", "比一比，问 138****8000")
    assert queries.published_content(topic=on)["papers"] == ["三个位置"]
    with pytest.raises(StepNotAllowed):
        papers.publish_paper(**step)

    papers.withdraw_paper(**step)
    assert queries.public_papers_of(topic=on) == []
    with pytest.raises(StepNotAllowed):
        papers.withdraw_paper(**step)
    told = Event.objects.filter(trace=on.trace).order_by("pk").values_list("name", "facts")
    assert list(told) == [
        (f"deliberation.paper_{what}", {"paper_id": paper.pk})
        for what in ("given_out", "published", "withdrawn")
    ]


def test_a_file_is_seen_by_those_inside_and_published_by_everybody(cast, given):
    file = uploaded(given["actor"])
    paper = papers.give_out_paper(**given, file=file.token)
    assert paper.attachment == file
    seen = {
        name: queries.may_see_paper(actor=actor, paper_id=paper.pk)
        for name, actor in (
            ("handler", cast.actor(cast.qian)),
            ("outsider", cast.actor(cast.outsider)),
            ("nobody", NOBODY),
        )
    }
    assert seen == {"handler": True, "outsider": False, "nobody": False}

    papers.publish_paper(topic_id=paper.topic_id, paper_id=paper.pk, actor=given["actor"], at=NOW)
    assert queries.may_see_paper(actor=NOBODY, paper_id=paper.pk)
    type(paper.topic.forum).objects.update(is_public=False)
    assert not queries.may_see_paper(actor=NOBODY, paper_id=paper.pk)


def test_a_paper_is_a_text_or_a_file_of_ones_own(cast, given):
    with pytest.raises(WordsMissing):
        papers.give_out_paper(**given)
    with pytest.raises(papers.FileGone):
        papers.give_out_paper(**given, file=uploaded(cast.actor(cast.shen)).token)
    assert not queries.papers_of(
        topic=queries.get_topic(actor=given["actor"], topic_id=given["topic_id"])
    )


def test_who_does_not_lead_a_topic_publishes_none_of_its_papers(cast, given):
    paper = papers.give_out_paper(**given, text="比一比")
    step = {"topic_id": paper.topic_id, "paper_id": paper.pk, "at": NOW}
    for act in (papers.publish_paper, papers.withdraw_paper):
        with pytest.raises(NotEntitled):
            act(**step, actor=cast.actor(cast.xu))
        with pytest.raises(NotFound):
            act(**step, actor=cast.actor(cast.outsider))
