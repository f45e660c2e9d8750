"""Signing in: by the code of this half minute, as an account, by name, on paper; twice is once."""

from datetime import timedelta

import pytest

from linli.core.actor import NOBODY
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.deliberation.models import Attendance, Meeting, Party
from linli.deliberation.queries.doors import door_of, pass_for
from linli.deliberation.queries.meetings import present_at, room_of
from linli.deliberation.services import attending, meetings, speaking
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.tests.scenes import forum
from linli.deliberation.tests.sittings import (
    EVENING,
    LATER,
    SHEET,
    door_pass,
    ended,
    opened,
    planned,
)
from tests.cast import NOW
from tests.racing import race

pytestmark = pytest.mark.django_db


def sign_in(meeting, actor=NOBODY, *, at=EVENING, given=None, **more):
    given = door_pass(meeting, at=at) if given is None else given
    return attending.sign_in(meeting_id=meeting.pk, door_pass=given, actor=actor, at=at, **more)


def test_somebody_with_an_account_sits_for_their_party_and_counts_once(cast):
    meeting = planned(cast, forum(cast))
    first = sign_in(meeting, cast.actor(cast.qian))
    again = sign_in(meeting, cast.actor(cast.qian), given=door_pass(meeting, by_code=True))
    assert (first.is_new, again.is_new) == (True, False)
    row = Attendance.objects.get()
    assert (row.party.name, row.means, row.account) == ("物业公司", "QR", cast.qian)
    assert Event.objects.filter(name="deliberation.signed_in").count() == 1


def test_anybody_signs_in_by_name_which_is_sealed(cast):
    meeting = planned(cast, forum(cast))
    owners = Party.objects.get(name="业主代表")
    with pytest.raises(attending.SignInNameMissing):
        sign_in(meeting, name=" ")
    with pytest.raises(NotFound):
        sign_in(meeting, name="王芳", party_id=999_999)
    sign_in(meeting, name="王芳", party_id=owners.pk)
    assert not sign_in(meeting, name="王 芳").is_new
    row = Attendance.objects.get()
    assert "王芳".encode() not in bytes(row.name_sealed)
    assert [(one.name, one.party_name) for one in present_at(meeting=meeting)] == [
        ("王芳", "业主代表")
    ]


def test_the_code_of_this_half_minute_and_of_the_one_before_count(cast):
    meeting = planned(cast, forum(cast))
    door = door_of(meeting=meeting, at=EVENING)
    assert len(door.code) == 6
    assert 0 < door.seconds_left <= 30
    for seconds, works in ((0, True), (29, True), (59, True), (61, False), (3600, False)):
        at = EVENING + timedelta(seconds=seconds)
        given = [pass_for(meeting_id=meeting.pk, shown=x, at=at) for x in (door.code, door.token)]
        assert [bool(one) for one in given] == [works, works], seconds
    assert pass_for(meeting_id=meeting.pk, shown=f" {door.code[:3]} {door.code[3:]} ", at=EVENING)
    assert not pass_for(meeting_id=meeting.pk, shown="", at=EVENING)
    assert not pass_for(meeting_id=meeting.pk + 1, shown=door.code, at=EVENING)


def test_a_pass_lasts_ten_minutes_and_opens_one_door(cast):
    of = forum(cast)
    meeting, other = planned(cast, of), planned(cast, of, regular_day=None)
    given = door_pass(meeting)
    with pytest.raises(attending.DoorClosed):
        sign_in(other, name="王芳", given=given)
    for wrong in ("", "QR-1-x", f"CODE{given[2:]}", given[:-1], "QR--", "QR-99999999999999-x"):
        with pytest.raises(attending.DoorClosed):
            sign_in(meeting, name="王芳", given=wrong)
    sign_in(meeting, name="王芳", given=given, at=EVENING + timedelta(minutes=9))
    with pytest.raises(attending.DoorClosed):
        sign_in(meeting, name="李芳", given=given, at=EVENING + timedelta(minutes=11))


def test_nobody_signs_in_days_before_nor_after_the_end(cast):
    of, desk = forum(cast), cast.actor(cast.zhou_min)
    early = planned(cast, of, regular_day=None)
    assert not pass_for(meeting_id=early.pk, shown=door_of(meeting=early, at=NOW).code, at=NOW)
    meeting = opened(cast, of)
    given = door_pass(meeting, at=LATER)
    meetings.end_meeting(meeting_id=meeting.pk, actor=desk, at=LATER)
    with pytest.raises(attending.DoorClosed):
        sign_in(meeting, name="迟到者", given=given, at=LATER)
    for one in (meeting, early):
        with pytest.raises(attending.NobodySignsIn):
            attending.enter_sheet(meeting_id=one.pk, lines="迟到者", actor=desk, at=NOW)


def test_the_sheet_is_read_as_people_write_it(cast):
    meeting, desk = planned(cast, forum(cast)), cast.actor(cast.zhou_min)
    lines = "物业：钱经理、小赵\n居委会: 孙主任\n\n王芳，李 明\n王芳"
    said = attending.enter_sheet(meeting_id=meeting.pk, lines=lines, actor=desk, at=EVENING)
    assert (said.new_count, said.known_count) == (5, 1)
    room = room_of(meeting=meeting)
    by_party = {bench.party.name: [one.name for one in bench.present] for bench in room.benches}
    assert by_party["物业公司"] == ["钱经理", "小赵"]
    assert [one.name for one in room.others] == ["王芳", "李 明"]
    assert Attendance.objects.get(account=cast.qian).means == "PAPER"
    # 钱经理 scanned the code as well: still one.
    assert not sign_in(meeting, cast.actor(cast.qian)).is_new
    with pytest.raises(attending.PartyUnknown, match="街道办"):
        attending.enter_sheet(
            meeting_id=meeting.pk, lines="赵六\n街道办：刘科长", actor=desk, at=EVENING
        )
    assert Attendance.objects.count() == 5


def test_only_whoever_keeps_the_meeting_enters_its_sheet(cast):
    meeting = planned(cast, forum(cast), recorder_id=cast.xu.pk)
    said = {"meeting_id": meeting.pk, "lines": SHEET, "at": EVENING}
    with pytest.raises(NotEntitled):
        attending.enter_sheet(actor=cast.actor(cast.qian), **said)
    with pytest.raises(NotFound):
        attending.enter_sheet(actor=cast.actor(cast.outsider), **said)
    attending.enter_sheet(actor=cast.actor(cast.xu), **said)


def test_who_was_entered_by_mistake_is_taken_off_unless_they_spoke(cast):
    meeting, desk = opened(cast, forum(cast)), cast.actor(cast.zhou_min)
    first, second, _third = Attendance.objects.order_by("id")
    attending.take_off(attendance_id=second.pk, actor=desk, at=EVENING)
    item = meeting.items.get()
    speaking.ask_to_speak(item_id=item.pk, attendance_id=first.pk, actor=desk, at=EVENING)
    with pytest.raises(attending.HasSpoken):
        attending.take_off(attendance_id=first.pk, actor=desk, at=EVENING)
    assert Attendance.objects.count() == 2


def test_after_the_end_the_list_stands(cast):
    meeting = ended(cast, forum(cast))
    row = Attendance.objects.filter(meeting=meeting).earliest("id")
    with pytest.raises(StepNotAllowed):
        attending.take_off(attendance_id=row.pk, actor=cast.actor(cast.shen), at=LATER)
    assert Attendance.objects.filter(pk=row.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_many_sign_ins_of_one_person_at_once_count_once(cast):
    meeting = planned(cast, forum(cast))
    given, qian = door_pass(meeting), cast.actor(cast.qian)

    def act(number):
        if number % 2:
            return sign_in(meeting, qian, given=given).is_new
        return sign_in(meeting, name="王芳", given=given).is_new

    outcome = race(racers=12, act=act)
    assert outcome.refusals == []
    assert outcome.results.count(True) == 2
    assert Attendance.objects.count() == 2
    assert Meeting.objects.get(pk=meeting.pk).attendances.count() == 2
