"""What programs read of deliberation and say to it: what the pages show, and nothing more."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.api.resources import opinions as resource
from linli.api.tests.programs import Program, program_of, public_token
from linli.deliberation.models import Opinion, OpinionMap, Topic
from linli.deliberation.services import maps, meetings, results
from linli.deliberation.services.results import ResolutionInput, TaskInput
from linli.deliberation.tally import Kind
from linli.deliberation.tests import sittings
from linli.deliberation.tests.said import opinion_map, topic, two_camps
from linli.deliberation.tests.scenes import forum, talked_over
from linli.deliberation.tests.votes_scene import RACKS, scene
from linli.deliberation.workflow import Decision
from linli.flows import deliberating
from tests.cast import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LISTS = ("forums", "topics", "meetings", "votes", "resolutions", "opinion-maps")


@pytest.fixture
def public(cast):
    """A program for the public of 府东社区."""
    return Program(public_token(cast))


@pytest.fixture
def resolved(cast):
    """A topic that was talked over and resolved; its result is not published yet."""
    found, meeting = talked_over(cast)
    task = TaskInput(
        text="装好衣架",
        due_date=meeting.ended_at.date() + timedelta(days=9),
        party_id=found.forum.parties.get(name="物业公司").pk,
    )
    wanted = ResolutionInput(
        decision=Decision.ADOPTED, text="装在东门。", meeting_id=meeting.pk, tasks=[task]
    )
    given = {"actor": cast.actor(cast.shen), "at": meeting.ended_at}
    results.resolve(topic_id=found.pk, wanted=wanted, **given)
    return Topic.objects.get(pk=found.pk)


def publish(cast, found):
    """Publish what came of a topic."""
    given = {"actor": cast.actor(cast.shen), "at": found.entered_at + timedelta(days=1)}
    deliberating.publish_topic(topic_id=found.pk, **given)


# --- Who reads what -----------------------------------------------------------------------------


def test_what_a_forum_does_behind_its_door_exists_for_those_alone_who_sit_or_work_there(
    cast, public
):
    closed = forum(cast, is_public=False)
    here = topic(cast, closed)
    meeting = sittings.planned(cast, closed)
    drawn = opinion_map(cast, closed)
    addresses = (
        f"/forums/{closed.pk}",
        f"/topics/{here.pk}",
        f"/meetings/{meeting.pk}",
        f"/opinion-maps/{drawn.pk}",
    )
    for account in (cast.shen, cast.xu, cast.qian):
        program = program_of(cast, account)
        assert {program.get(one).status_code for one in addresses} == {200}
        assert len(program.get("/topics").json()["items"]) == 1
    for program in (public, program_of(cast, cast.outsider), program_of(cast, cast.nobody_yet)):
        assert {program.get(one).status_code for one in addresses} == {404}
        for name in LISTS:
            assert program.get(f"/{name}").json()["items"] == [], name


def test_a_program_of_the_public_is_kept_to_its_community(cast, public):
    elsewhere = forum(cast)
    theirs = topic(cast, elsewhere)
    for row in (elsewhere, theirs):  # As if it were of the community next door.
        type(row).objects.filter(pk=row.pk).update(community=cast.elsewhere)
    mine = topic(cast, forum(cast))
    assert [one["id"] for one in public.get("/topics").json()["items"]] == [mine.pk]
    assert public.get(f"/topics/{theirs.pk}").status_code == 404
    assert public.get("/forums", {"community_id": cast.elsewhere.pk}).status_code == 404
    # An account is nobody's app: like everybody it reads the public forums of any community.
    anybody = program_of(cast, cast.nobody_yet)
    assert len(anybody.get("/topics").json()["items"]) == 2
    one = anybody.get("/topics", {"community_id": cast.elsewhere.pk}).json()["items"]
    assert [row["id"] for row in one] == [theirs.pk]


def test_without_a_token_nothing_is_read_and_without_scope_nothing_is_said(cast):
    forum(cast)
    for name in LISTS:
        assert Program("").get(f"/{name}").status_code == 401
    reader = program_of(cast, cast.shen, scopes=("READ",))
    assert reader.post("/opinions", {"text": "楼下没处晾被子"}).status_code == 403


def test_lists_page_by_key_and_are_narrowed_as_asked(cast, public):
    here = forum(cast)
    made = [topic(cast, here, title=f"第{number}件").pk for number in range(5)]
    Topic.objects.filter(pk=made[0]).update(state="SETTLED")
    first = public.get("/topics", {"limit": 2}).json()
    second = public.get(first["next"]).json()
    third = public.get(second["next"]).json()
    rows = [*first["items"], *second["items"], *third["items"]]
    assert [row["id"] for row in rows] == sorted(made, reverse=True)
    assert third["next"] is None
    assert len(public.get("/topics", {"state": "SETTLED"}).json()["items"]) == 1
    assert public.get("/topics", {"forum_id": here.pk + 1}).json()["items"] == []
    assert public.get("/topics", {"state": "NOWHERE"}).status_code == 422
    # A mark is of one list.
    assert public.get("/meetings", {"after": first["after"]}).status_code == 422


def test_a_longer_list_asks_the_database_no_more_often(cast, public):
    here = scene(cast)

    def asked():
        counts = []
        for name in LISTS:
            with CaptureQueriesContext(connection) as queries:
                assert public.get(f"/{name}").status_code == 200
            counts.append((name, len(queries)))
        return counts

    def one_more(number):
        topic(cast, here.forum, title=f"第{number}件")
        sittings.planned(cast, here.forum, regular_day=None)
        here.opened(kind=Kind.APPROVAL, options=RACKS)
        opinion_map(cast, here.forum)

    one_more(1)
    asked()  # A token is looked up once.
    few = asked()
    one_more(2)
    one_more(3)
    assert asked() == few


# --- A topic, from what was raised to what came of it ---------------------------------------------


def test_nobody_reads_what_came_of_a_topic_before_all_do(cast, public, resolved):
    address = f"/topics/{resolved.pk}"
    (decided,) = program_of(cast, cast.shen).get("/resolutions").json()["items"]
    for program in (public, program_of(cast, cast.nobody_yet)):
        assert program.get(address).json()["resolutions"] == []
        assert program.get("/resolutions").json()["items"] == []
        assert program.get(f"/resolutions/{decided['id']}").status_code == 404
    publish(cast, resolved)
    body = public.get(address).json()
    (told,) = body["resolutions"]
    assert (told["decision"], told["text"]) == ("ADOPTED", "装在东门。")
    (task,) = told["tasks"]
    assert (task["by"], task["state"]) == ("物业公司", "OPEN")
    assert public.get(f"/resolutions/{decided['id']}").json() == told
    (published,) = body["publications"]
    assert public.client.get(published["page"]).status_code == 200
    exported = public.client.get(published["files"][0]).json()
    assert exported["sha256"] == published["sha256"]


def test_a_topic_tells_its_steps_papers_meetings_and_rounds(cast, public, resolved):
    body = public.get(f"/topics/{resolved.pk}").json()
    assert [one["name"] for one in body["steps"] if one["is_here"]] == ["组织协商"]
    assert [one["title"] for one in body["papers"]] == ["三个位置"]
    assert [one["name"] for one in body["meetings"]] == ["三月例会"]
    assert [one["round"] for one in body["rounds"]] == [1]
    assert body["opinions_count"] == 1
    assert (body["field"], body["place"], body["judgement"]) == ("设施维护", "", None)


# --- Meetings -----------------------------------------------------------------------------------


def test_minutes_are_read_once_they_are_published_and_name_no_resident(cast, public):
    meeting = sittings.signed(cast, forum(cast), sheet=f"{sittings.SHEET}\n赵六六")
    address = f"/meetings/{meeting.pk}"
    for program in (public, program_of(cast, cast.shen)):
        body = program.get(address).json()
        assert body["minutes"] is None
        assert [one["title"] for one in body["agenda"]] == ["东门晾衣架装在哪里"]
    sittings.publish(cast, meeting)
    answer = public.get(address)
    body = answer.json()["minutes"]
    assert [one["title"] for one in body["items"]] == ["东门晾衣架装在哪里"]
    assert body["present"] == 4
    said = answer.content.decode()
    for name in ("赵六六", "沈书记", "钱经理"):
        assert name not in said
    assert "赵**" in said


def test_a_meeting_that_was_called_off_says_why(cast, public):
    meeting = sittings.planned(cast, forum(cast))
    meetings.cancel_meeting(
        meeting_id=meeting.pk, reason="下大雨", actor=cast.actor(cast.shen), at=NOW
    )
    body = public.get(f"/meetings/{meeting.pk}").json()
    assert (body["state"], body["summary"], body["agenda"]) == ("CANCELLED", "下大雨", [])
    assert public.get("/meetings", {"state": "PLANNED"}).json()["items"] == []


# --- Votes --------------------------------------------------------------------------------------


def test_a_vote_has_turnout_while_it_is_open_and_a_result_once_it_is_counted(cast, public):
    here = scene(cast)
    vote = here.opened(
        kind=Kind.BUDGET, options=RACKS, money_yuan=5_000, rule="equal-shares", question=""
    )
    here.cast_all(vote, [["1", "3"]] * 4 + [["2"]] * 3)
    for program in (public, program_of(cast, cast.shen), program_of(cast, cast.nobody_yet)):
        body = program.get(f"/votes/{vote.pk}").json()
        assert (body["state"], body["took_part"], body["roll"]) == ("OPEN", 7, 12)
        assert body["result"] is None
        assert [one["cost_yuan"] for one in body["options"]] == [4_000, 3_000, 1_000]
    here.closed(vote)
    body = public.get(f"/votes/{vote.pk}").json()
    result = body["result"]
    assert (result["outcome"], sorted(result["chosen"])) == ("CHOSEN", ["2", "3"])
    assert result["figures"] == {"1": 4, "2": 3, "3": 4}
    assert {one["id"] for one in result["projects"]} == {"1", "2", "3"}
    for address in (one["path"] for one in result["files"]):
        assert public.client.get(address).status_code == 200, address
    assert len(result["files"]) == 3


def test_so_few_secret_ballots_are_told_as_an_outcome_alone(cast, public):
    here = scene(cast)
    vote, keys = here.secret()
    here.cast_all(vote, ["YES", "YES", "NO"])
    here.counted(vote, keys)
    result = public.get(f"/votes/{vote.pk}").json()["result"]
    assert (result["outcome"], result["is_withheld"]) == ("ADOPTED", True)
    assert (result["figures"], result["files"]) == ({}, [])


def test_a_draft_is_seen_by_whoever_runs_the_forum(cast, public):
    draft = scene(cast).drafted()
    assert program_of(cast, cast.shen).get(f"/votes/{draft.pk}").json()["state"] == "DRAFT"
    for program in (public, program_of(cast, cast.xu), program_of(cast, cast.outsider)):
        assert program.get(f"/votes/{draft.pk}").status_code == 404
        assert program.get("/votes").json()["items"] == []


def test_no_ballot_is_cast_through_a_program(cast):
    here = scene(cast)
    vote = here.opened()
    answer = program_of(cast, cast.shen).post(f"/votes/{vote.pk}", {"choice": "YES"})
    assert answer.status_code == 405
    assert not vote.participations.exists()


# --- Opinion maps -------------------------------------------------------------------------------


def test_a_map_is_drawn_for_residents_once_it_is_closed(cast, public):
    drawn = opinion_map(cast, forum(cast))
    two_camps(drawn)
    maps.draw_map(map_id=drawn.pk, at=NOW)
    address = f"/opinion-maps/{drawn.pk}"
    open_map = public.get(address).json()
    assert open_map["drawn"] is None
    assert len(open_map["statements"]) == 8
    assert program_of(cast, cast.shen).get(address).json()["drawn"]["participants"] == 21
    maps.close_map(map_id=drawn.pk, actor=cast.actor(cast.shen), at=NOW)
    found = public.get(address).json()["drawn"]
    assert sorted(one["size"] for one in found["groups"]) == [9, 12]
    assert found["shared"][0]["shares"][0]["percent"] == 100
    for file in found["files"]:
        assert public.client.get(file).status_code == 200


def test_groups_of_fewer_than_five_are_not_told_of(cast, public):
    drawn = opinion_map(cast, forum(cast))
    two_camps(drawn)
    maps.draw_map(map_id=drawn.pk, at=NOW)
    maps.close_map(map_id=drawn.pk, actor=cast.actor(cast.shen), at=NOW)
    kept = OpinionMap.objects.get(pk=drawn.pk).drawn
    small = min(kept["groups"], key=lambda one: one["size"])
    small["size"] = 4
    OpinionMap.objects.filter(pk=drawn.pk).update(drawn=kept)
    found = public.get(f"/opinion-maps/{drawn.pk}").json()["drawn"]
    assert (len(found["groups"]), found["withheld"]) == (1, 1)
    groups = {share["group"] for one in found["shared"] for share in one["shares"]}
    assert small["group"] not in groups


# --- Saying something -----------------------------------------------------------------------------


def test_an_opinion_is_taken_in_once_and_followed_by_its_code(cast, public):
    here = forum(cast)
    sent = {
        "text": "楼下没处晾被子，找我13812348000",
        "building_id": cast.building.pk,
        "author": {"name": "李四", "phone": "13912345678", "agreed_privacy": True},
    }
    first = public.post("/opinions", sent, key="o-1")
    again = public.post("/opinions", sent, key="o-1")
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert first.json() == again.json()
    (kept,) = Opinion.objects.all()
    assert kept.text == "楼下没处晾被子，找我138****8000"
    assert (kept.channel, kept.forum_id, kept.grid_id) == ("ONLINE", here.pk, cast.grid.pk)
    assert (kept.account_id, kept.entered_by_id) == (None, None)
    assert "晾被子" in public.client.get(first.json()["page"]).content.decode()
    assert public.post("/opinions", {"text": "别的话"}, key="o-1").status_code == 422


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"text": "  "}, 422, "WordsMissing"),
        ({"text": "长" * 2_001}, 422, "WordsTooLong"),
        ({"text": "他天天打老婆，救命", "is_no_emergency": True}, 422, "EmergencyTold"),
        ({"text": "楼下", "author": {"name": "李四"}}, 422, "ConsentMissing"),
        (
            {"text": "楼下", "author": {"phone": "12", "agreed_privacy": True}},
            422,
            "PhoneInvalid",
        ),
        ({"text": "楼下", "building_id": 2**40}, 422, "PlaceElsewhere"),
        ({"text": "楼下", "forum_id": 2**40}, 422, "ForumClosed"),
        ({"text": "楼下", "channel": "COUNTER"}, 403, "NotEntitled"),
        ({"text": "楼下", "channel": "JUDGEMENT"}, 422, "RequestInvalid"),
        ({"text": "楼下", "people_count": 9}, 422, "RequestInvalid"),
        ({"text": "楼下", "community_id": 2**40}, 404, "NotFound"),
    ],
)
def test_what_the_page_refuses_a_program_is_refused_as_well(public, sent, status, code):
    answer = public.post("/opinions", sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.json()
    assert not Opinion.objects.exists()


def test_an_office_takes_down_what_others_say_and_an_account_speaks_for_itself(cast):
    desk, resident = program_of(cast, cast.zhou_min), program_of(cast, cast.nobody_yet)
    assert desk.post("/opinions", {"text": "电话里说晾衣难", "channel": "PHONE"}).status_code == 201
    here = {"community_id": cast.community.pk}
    assert resident.post("/opinions", {"text": "我也要晾衣架", **here}).status_code == 201
    assert resident.post("/opinions", {"text": "哪个社区？"}).json()["code"] == "CommunityMissing"
    told = {"text": "帮人说", "channel": "PHONE", **here}
    assert resident.post("/opinions", told).status_code == 403
    phone, own = Opinion.objects.order_by("pk")
    assert (phone.entered_by_id, phone.account_id) == (cast.zhou_min.pk, None)
    assert (own.entered_by_id, own.account_id) == (None, cast.nobody_yet.pk)


def test_one_telephone_and_one_app_of_the_public_say_so_much_an_hour(cast, public, monkeypatch):
    author = {"phone": "13912345678", "agreed_privacy": True}
    for number in range(5):
        sent = {"text": f"第{number}句", "author": author}
        assert public.post("/opinions", sent).status_code == 201
    refused = public.post("/opinions", {"text": "第六句", "author": author})
    assert (refused.status_code, refused.json()["code"]) == (429, "TooManyRequests")
    assert public.post("/opinions", {"text": "没留电话"}).status_code == 201
    few = resource.Limit("api-opinions", 6, 3600)
    monkeypatch.setattr(resource, "OPINIONS_BY_TOKEN", few)
    assert public.post("/opinions", {"text": "太多了"}).status_code == 429
    # An office enters the whole box of a day.
    desk = program_of(cast, cast.zhou_min)
    told = {"text": "信箱里的", "channel": "PAPER", "author": author}
    assert desk.post("/opinions", told).status_code == 201
