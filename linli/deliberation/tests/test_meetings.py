"""Meetings: every step from every state, who is missing, the quorum, the ground rules."""

from datetime import timedelta

import pytest

from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.deliberation.models import GroundRules, Meeting, Party, Seating
from linli.deliberation.queries.meetings import missing_of, quorum_of, room_of
from linli.deliberation.queries.minutes import minutes_of, record_of
from linli.deliberation.services import attending, forums, meetings
from linli.deliberation.services.errors import StepNotAllowed, WordsMissing
from linli.deliberation.tests.scenes import RULES, forum
from linli.deliberation.tests.sittings import (
    EVENING,
    LATER,
    SHEET,
    ended,
    opened,
    planned,
    publish,
    sign,
    signed,
    wanted,
)
from linli.deliberation.workflow import MEETING_MOVES, MeetingState, MeetingStep
from linli.people.services.never_kept import ListNeverKept
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def meeting_in(cast, state):
    """Return a meeting in a state, brought there by its own steps."""
    of, desk = forum(cast), cast.actor(cast.shen)
    made = {
        MeetingState.PLANNED: planned,
        MeetingState.OPEN: opened,
        MeetingState.ENDED: ended,
        MeetingState.SIGNED: signed,
        MeetingState.PUBLISHED: signed,
        MeetingState.CANCELLED: planned,
    }[state](cast, of)
    if state == MeetingState.PUBLISHED:
        publish(cast, made)
    if state == MeetingState.CANCELLED:
        meetings.cancel_meeting(meeting_id=made.pk, reason="下大雨", actor=desk, at=NOW)
    return Meeting.objects.get(pk=made.pk)


def take(cast, meeting, step):
    """Take a step as whoever may, with all it asks for."""
    said = {"meeting_id": meeting.pk, "actor": cast.actor(cast.shen), "at": LATER}
    if step == MeetingStep.CHANGE:
        return meetings.change_meeting(
            wanted=wanted(cast, name="改期例会", starts_at=LATER + timedelta(days=1)), **said
        )
    if step == MeetingStep.OPEN:
        return meetings.open_meeting(missing_reason="请假", **said)
    if step == MeetingStep.END:
        return meetings.end_meeting(**said)
    if step == MeetingStep.REOPEN:
        return meetings.reopen_meeting(**said)
    if step == MeetingStep.PUBLISH:
        return publish(cast, meeting)
    if step == MeetingStep.CANCEL:
        return meetings.cancel_meeting(reason="下大雨", **said)
    sign(cast, meeting, cast.shen)
    return sign(cast, meeting, cast.zhou_min)


@pytest.mark.parametrize("state", MeetingState)
@pytest.mark.parametrize("step", MeetingStep)
def test_every_step_is_taken_from_its_states_only(cast, state, step):
    meeting = meeting_in(cast, state)
    move = MEETING_MOVES[step]
    if state in move.sources:
        take(cast, meeting, step)
        assert Meeting.objects.get(pk=meeting.pk).state == move.target
    else:
        events = Event.objects.count()
        with pytest.raises(StepNotAllowed):
            take(cast, meeting, step)
        assert Meeting.objects.get(pk=meeting.pk).state == state
        assert Event.objects.count() == events


# --- Before it opens --------------------------------------------------------------------------


def test_a_missing_party_shows_before_it_opens_and_needs_a_reason(cast):
    meeting, desk = planned(cast, forum(cast)), cast.actor(cast.zhou_min)
    attending.enter_sheet(
        meeting_id=meeting.pk, lines="社区党委：沈书记\n物业公司：钱经理", actor=desk, at=EVENING
    )
    room = room_of(meeting=Meeting.objects.get(pk=meeting.pk))
    assert [party.name for party in room.missing] == ["居委会"]
    assert (room.present_count, room.expected, room.quorum, room.has_quorum) == (2, 3, 2, True)
    said = {"meeting_id": meeting.pk, "actor": desk, "at": EVENING}
    with pytest.raises(meetings.MissingReasonNeeded, match="居委会"):
        meetings.open_meeting(**said)
    assert Meeting.objects.get(pk=meeting.pk).state == "PLANNED"
    now = meetings.open_meeting(missing_reason="开换届选举大会", **said)
    assert now.missing_reason == "开换届选举大会"
    told = Event.objects.get(name="deliberation.meeting_opened").facts
    assert told["missing"] == [Party.objects.get(name="居委会").pk]


def test_with_everybody_there_no_reason_is_asked_nor_kept(cast):
    meeting = opened(cast, forum(cast))
    assert (meeting.state, meeting.missing_reason) == ("OPEN", "")


def test_the_office_may_say_how_many_are_expected(cast):
    meeting, desk = planned(cast, forum(cast)), cast.actor(cast.zhou_min)
    attending.enter_sheet(meeting_id=meeting.pk, lines=SHEET, actor=desk, at=EVENING)
    said = {"meeting_id": meeting.pk, "actor": desk, "at": EVENING}
    for number in (0, 2_001):
        with pytest.raises(meetings.ExpectedUnusable):
            meetings.open_meeting(expected=number, **said)
    now = meetings.open_meeting(expected=41, **said)
    assert (now.expected, now.quorum) == (41, 21)


@pytest.mark.parametrize(
    ("percent", "expected", "quorum"),
    [(50, 3, 2), (50, 4, 2), (67, 100, 67), (67, 3, 3), (100, 7, 7), (0, 9, 0), (1, 1, 1)],
)
def test_the_quorum_is_rounded_up_in_whole_numbers(cast, percent, expected, quorum):
    of = forum(cast, quorum_percent=percent)
    assert quorum_of(forum=of, expected=expected) == quorum


def test_the_ground_rules_stand_as_they_were_when_it_opened(cast):
    of = forum(cast)
    meeting = opened(cast, of)
    forums.publish_ground_rules(
        forum_id=of.pk, rules=[*RULES[:5], "散会关灯。"], actor=cast.actor(cast.shen), at=LATER
    )
    frozen = Meeting.objects.get(pk=meeting.pk).ground_rules
    assert (frozen.number, frozen.rules) == (1, RULES)
    assert len(frozen.rules) == 6
    assert GroundRules.objects.count() == 2


def test_the_parties_stand_as_they_were_when_it_opened(cast):
    of, desk = forum(cast), cast.actor(cast.shen)
    meeting = opened(cast, of, sheet="社区党委：沈书记\n居委会：孙主任")
    assert [one.name for one in missing_of(meeting=meeting)] == ["物业公司"]
    property_company = Party.objects.get(name="物业公司")
    Party.objects.filter(name="居委会").update(name="居民委员会")
    forums.end_party(party_id=property_company.pk, actor=desk, at=LATER)
    more = forums.PartyInput(name="派出所")
    forums.set_party(forum_id=of.pk, wanted=more, actor=desk, at=LATER)
    fresh = Meeting.objects.get(pk=meeting.pk)
    assert [one.name for one in missing_of(meeting=fresh)] == ["物业公司"]
    said = minutes_of(record=record_of(meeting=fresh))
    assert said.missing == ("物业公司",)
    assert [group.party for group in said.groups] == ["社区党委", "居委会"]
    assert [bench.party.name for bench in room_of(meeting=fresh).benches] == [
        "社区党委",
        "居委会",
        "物业公司",
        "业主代表",
    ]
    # A second meeting keeps the new list; a third with the same parties shares it.
    for _n in range(2):
        opened(cast, of, sheet="社区党委：沈书记", regular_day=None)
    assert list(Seating.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    second = Meeting.objects.latest("pk")
    assert [one.name for one in missing_of(meeting=second)] == ["居民委员会", "派出所"]


def test_fewer_expected_than_have_a_seat_needs_a_reason_that_the_minutes_print(cast):
    meeting, desk = planned(cast, forum(cast)), cast.actor(cast.zhou_min)
    attending.enter_sheet(meeting_id=meeting.pk, lines=SHEET, actor=desk, at=EVENING)
    said = {"meeting_id": meeting.pk, "actor": desk, "at": EVENING, "expected": 2}
    with pytest.raises(meetings.ExpectedReasonNeeded, match="3"):
        meetings.open_meeting(**said, expected_reason=" ")
    now = meetings.open_meeting(**said, expected_reason="物业公司正在更换")
    assert (now.expected, now.quorum) == (2, 1)
    assert minutes_of(record=record_of(meeting=now)).expected_reason == "物业公司正在更换"


def test_a_meeting_of_another_day_is_not_opened_by_mistake(cast):
    meeting = planned(cast, forum(cast))
    with pytest.raises(meetings.TooEarly):
        meetings.open_meeting(
            meeting_id=meeting.pk, missing_reason="试", actor=cast.actor(cast.shen), at=NOW
        )


# --- Planning ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"name": " "}, WordsMissing),
        ({"name": "社区矫正人员座谈会"}, ListNeverKept),
        ({"place_text": ""}, meetings.WhereMissing),
        ({"starts_at": NOW - timedelta(minutes=1), "regular_day": None}, meetings.MeetingPast),
    ],
)
def test_a_meeting_that_nobody_could_come_to_is_refused(cast, given, refused):
    of = forum(cast)
    with pytest.raises(refused):
        planned(cast, of, **given)
    assert not Meeting.objects.exists()


def test_chair_and_recorder_are_two_people_of_here(cast):
    of = forum(cast)
    with pytest.raises(meetings.ChairRecords):
        planned(cast, of, recorder_id=cast.shen.pk)
    with pytest.raises(meetings.KeeperUnknown):
        planned(cast, of, chair_id=cast.outsider.pk)
    assert planned(cast, of, chair_id=cast.qian.pk).chair == cast.qian


def test_a_cancelled_meeting_says_why_and_frees_its_day(cast):
    of, desk = forum(cast), cast.actor(cast.shen)
    meeting = planned(cast, of)
    with pytest.raises(meetings.CancelReasonMissing):
        meetings.cancel_meeting(meeting_id=meeting.pk, reason="", actor=desk, at=NOW)
    meetings.cancel_meeting(meeting_id=meeting.pk, reason="停电", actor=desk, at=NOW)
    assert planned(cast, of).regular_day == EVENING.date()


def test_who_does_not_run_the_forum_plans_nothing(cast):
    of = forum(cast)
    for who, error in (("outsider", NotFound), ("nobody_yet", NotFound), ("xu", NotEntitled)):
        with pytest.raises(error):
            meetings.plan_meeting(
                forum_id=of.pk,
                wanted=wanted(cast),
                actor=cast.actor(getattr(cast, who)),
                at=NOW,
            )
    assert not Meeting.objects.exists()
