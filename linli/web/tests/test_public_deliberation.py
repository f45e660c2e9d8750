"""What anybody finds on the first page of deliberation, and which ways in the frame shows."""

import pytest
from django.test import Client

from linli.deliberation.models import Topic, Vote
from linli.deliberation.services import topics
from linli.deliberation.services.votes import OptionInput
from linli.deliberation.tally import Kind
from linli.deliberation.tests.said import topic
from linli.deliberation.tests.votes_scene import OVER, scene
from linli.deliberation.workflow import VotePurpose
from tests.cast import NOW, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def home(client: Client, cast: Cast) -> str:
    return client.get("/deliberate/", {"community": cast.community.pk}).content.decode()


def test_anybody_finds_the_votes_that_run_and_those_counted_lately(client, cast, clock):
    here = scene(cast)
    running = here.opened(title="楼前装晾衣架")
    here.drafted(title="还没开始的表决")
    judged = here.opened(title="满意不满意", kind=Kind.SATISFACTION, purpose=VotePurpose.JUDGEMENT)
    page = home(client, cast)
    assert f"/deliberate/votes/{running.pk}/" in page
    assert "还没开始的表决" not in page
    assert f"/deliberate/votes/{judged.pk}/" not in page
    clock.now = OVER
    assert "/deliberate/votes/" not in home(client, cast)
    here.closed(running)
    assert f"/deliberate/votes/{running.pk}/" in home(client, cast)


def test_a_vote_of_a_forum_that_is_not_public_stays_inside(client, cast):
    here = scene(cast, is_public=False)
    here.opened()
    assert Vote.objects.get().state == "OPEN"
    assert "/deliberate/votes/" not in home(client, cast)


def test_what_has_ended_is_not_called_talked_over_now(client, cast):
    here = scene(cast)
    going, gone = topic(cast, here.forum, title="还在议"), topic(cast, here.forum, title="不议了")
    topics.drop_topic(topic_id=gone.pk, reason="已有安排", actor=here.desk, at=NOW)
    page = client.get("/deliberate/", {"community": cast.community.pk})
    assert page.context["topics"] == [going]
    assert page.context["ended"] == [Topic.objects.get(pk=gone.pk)]
    assert "不议了" in page.content.decode()


def test_an_open_vote_names_each_option_once(client, cast):
    vote = scene(cast).opened(
        kind=Kind.APPROVAL, options=[OptionInput("长椅", "带靠背"), OptionInput("矮灯", "不晃眼")]
    )
    page = client.get(f"/deliberate/votes/{vote.pk}/").content.decode()
    assert [page.count(name) for name in ("长椅", "带靠背", "矮灯", "不晃眼")] == [1, 1, 1, 1]


def test_every_page_of_deliberation_is_under_deliberation(cast, signed_in):
    here = scene(cast)
    client = signed_in(cast.shen)
    for path in ("topics/", "opinions/", "meetings/", "votes/", f"{here.forum.pk}/", ""):
        links = client.get(f"/forums/{path}").context["shell"].links
        assert [link.path for link, is_here in links if is_here] == ["/forums/topics/"], path


def test_whoever_only_sits_in_a_forum_is_offered_no_way_to_raise_a_topic(cast, signed_in):
    scene(cast)
    for account, may in ((cast.shen, True), (cast.qian, False)):
        page = signed_in(account).get("/forums/topics/")
        assert ("/forums/topics/new/" in page.content.decode()) is may
        assert signed_in(account).get("/forums/topics/new/").status_code == (200 if may else 404)
