"""Whatever is put to the vote elects nobody: the page says where that belongs, words are kept."""

import pytest

from linli.deliberation.models import Motion, OpinionMap, Resolution, Vote
from linli.deliberation.services import results
from linli.deliberation.services.results import ResolutionInput
from linli.deliberation.tests.scenes import forum, talked_over
from linli.deliberation.tests.sittings import opened
from linli.deliberation.tests.votes_scene import scene
from linli.deliberation.workflow import Decision
from linli.web.tests.test_votes import draft_by_form
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WHERE = "这里不办理选举"


@pytest.fixture
def desk(cast, signed_in):
    return signed_in(cast.shen)


def refused(answer, kept):
    page = answer.content.decode()
    assert answer.status_code == 422, page[:2000]
    assert WHERE in page
    assert kept in page


def test_options_of_a_vote(cast, desk):
    lines = "推举张三为业委会主任\n推举李四为业委会主任"
    answer = draft_by_form(desk, scene(cast), "APPROVAL", options=lines, places="1")
    refused(answer, "推举李四为业委会主任")
    assert not Vote.objects.exists()


def test_persons_for_a_seat(cast, desk):
    answer = draft_by_form(
        desk, scene(cast), "APPROVAL", title="谁适合做业委会委员", options="张三\n李四", places="1"
    )
    refused(answer, "李四")
    assert not Vote.objects.exists()


def test_a_motion_in_a_meeting(cast, signed_in):
    office, meeting = signed_in(cast.zhou_min), opened(cast, forum(cast))
    item = meeting.items.get()
    typed = {"do": f"move:{item.pk}", f"motion_{item.pk}": "推举物管会成员"}
    answer = office.post(f"/forums/meetings/{meeting.pk}/record/", typed)
    refused(answer, 'value="推举物管会成员"')
    assert not Motion.objects.exists()


def test_what_a_resolution_adopts(cast, desk):
    topic, meeting = talked_over(cast)
    typed = {
        "decided": f"meeting:{meeting.pk}",
        "decision": "ADOPTED",
        "text": "同意张三任业委会主任。",
        **{f"t{place}-text": "" for place in range(5)},
    }
    refused(desk.post(f"/forums/topics/{topic.pk}/resolve/", typed), "同意张三任业委会主任。")
    assert not Resolution.objects.exists()


def test_an_answer_may_say_where_it_belongs(cast):
    topic, meeting = talked_over(cast)
    said = ResolutionInput(
        decision=Decision.ANSWERED,
        text="本会不选举业委会成员，请向街道申请。",
        meeting_id=meeting.pk,
    )
    at = meeting.ended_at or NOW
    made = results.resolve(topic_id=topic.pk, wanted=said, actor=cast.actor(cast.shen), at=at)
    assert made.decision == Decision.ANSWERED


def test_the_question_of_an_opinion_map(cast, desk):
    typed = {
        "forum": forum(cast).pk,
        "question": "推荐谁当业委会主任？",
        "statements": "推荐张三。\n推荐李四。",
    }
    refused(desk.post("/forums/maps/new/", typed), "推荐张三。")
    assert not OpinionMap.objects.exists()
