"""Signing in: by the code of this half minute, as an account, by name, on paper; twice is once."""

from datetime import timedelta

import pytest

from linli.core.actor import NOBODY
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.deliberation.models import Attendance, Forum, Meeting, Party
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
    sign,
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
    assert [(one.name, one.party_name, one.says) for one in present_at(meeting=meeting)] == [
        ("王芳", "", "业主代表")
    ]


# --- Who is of which party --------------------------------------------------------------------


def party(name):
    return Party.objects.get(name=name)


def list_by(cast, meeting):
    """Return what the list is put right with."""
    return {"meeting_id": meeting.pk, "actor": cast.actor(cast.zhou_min), "at": EVENING}


def test_whoever_only_says_to_be_of_a_party_counts_when_the_office_confirms(cast):
    meeting = planned(cast, forum(cast))
    for name, of in (("甲某", "物业公司"), ("乙某", "居委会"), ("丙某", "社区党委")):
        sign_in(meeting, name=name, party_id=party(of).pk)
    room = room_of(meeting=meeting)
    assert [(one.name, one.says) for one in room.claims] == [
        ("甲某", "物业公司"),
        ("乙某", "居委会"),
        ("丙某", "社区党委"),
    ]
    assert (room.present_count, room.counted, len(room.missing)) == (3, 0, 3)
    assert not room.has_quorum
    first, second, third = (one.id for one in room.claims)
    given = list_by(cast, meeting)
    assert attending.confirm_claims(attendance_ids=[first, second], **given) == 2
    assert attending.confirm_claims(attendance_ids=[first], **given) == 0
    assert attending.decline_claims(attendance_ids=[third], **given) == 1
    room = room_of(meeting=meeting)
    assert [one.name for one in room.missing] == ["社区党委"]
    assert ([one.name for one in room.others], room.claims) == (["丙某"], ())
    assert (room.counted, room.has_quorum) == (3, True)
    said = Event.objects.filter(name="deliberation.meeting_recorded").order_by("id")
    assert [(one.facts["what"], one.facts["people"]) for one in said] == [
        ("parties_confirmed", 2),
        ("parties_declined", 1),
    ]


def test_a_meeting_is_not_opened_on_what_somebody_says(cast):
    meeting = planned(cast, forum(cast))
    for of in ("物业公司", "居委会", "社区党委"):
        sign_in(meeting, name=f"{of}某", party_id=party(of).pk)
    with pytest.raises(meetings.MissingReasonNeeded, match="社区党委、居委会、物业公司"):
        meetings.open_meeting(**list_by(cast, meeting))


def test_whom_the_office_entered_for_a_party_is_known_at_the_door(cast):
    meeting = planned(cast, forum(cast))
    attending.enter_sheet(lines="业主代表：王芳", **list_by(cast, meeting))
    assert not sign_in(meeting, name="王芳", party_id=party("业主代表").pk).is_new
    (one,) = present_at(meeting=meeting)
    assert (one.party_name, one.says) == ("业主代表", "")
    # And the other way round: the sheet confirms what was said at the door.
    sign_in(meeting, name="李明", party_id=party("业主代表").pk)
    attending.enter_sheet(lines="业主代表：李明", **list_by(cast, meeting))
    assert [one.party_name for one in present_at(meeting=meeting)] == ["业主代表", "业主代表"]


def test_an_account_that_sits_nowhere_says_and_one_that_sits_need_not(cast):
    meeting = planned(cast, forum(cast))
    owners = party("业主代表").pk
    sign_in(meeting, cast.actor(cast.xu), party_id=owners)
    sign_in(meeting, cast.actor(cast.qian), party_id=owners)
    assert [(one.party_name, one.says) for one in present_at(meeting=meeting)] == [
        ("", "业主代表"),
        ("物业公司", ""),
    ]


@pytest.mark.parametrize(("residents_count", "counted"), [(True, 3), (False, 2)])
def test_who_counts_for_the_quorum_is_the_forums_rule(cast, residents_count, counted):
    of = forum(cast, quorum_counts_residents=residents_count)
    meeting = planned(cast, of)
    lines = "社区党委：沈书记\n居委会：孙主任\n张伟"
    attending.enter_sheet(lines=lines, **list_by(cast, meeting))
    sign_in(meeting, name="甲某", party_id=party("业主代表").pk)
    room = room_of(meeting=meeting)
    assert (room.present_count, room.counted) == (4, counted)
    open_one = meetings.open_meeting(missing_reason="请假", **list_by(cast, meeting))
    Forum.objects.update(quorum_counts_residents=not residents_count)  # Frozen with its opening.
    fresh = Meeting.objects.get(pk=open_one.pk)
    assert room_of(meeting=fresh).counted == counted


def test_two_of_one_name_under_two_parties_remain_two(cast):
    meeting = planned(cast, forum(cast))
    given = list_by(cast, meeting)
    said = attending.enter_sheet(lines="居委会：王芳\n业主代表：王芳", **given)
    assert (said.new_count, said.known_count) == (2, 0)
    assert room_of(meeting=meeting).doubles == ()
    again = attending.enter_sheet(lines="居委会：王芳\n业主代表：王芳", **given)
    assert (again.new_count, again.known_count) == (0, 2)


def test_who_signed_in_by_account_and_on_paper_is_one_when_the_office_says_so(cast):
    meeting = opened(cast, forum(cast), sheet=SHEET)
    given = list_by(cast, meeting)
    attending.enter_sheet(lines=f"业主代表：{cast.xu.name}\n张伟", **given)
    sign_in(meeting, cast.actor(cast.xu))
    ((paper, account),) = room_of(meeting=meeting).doubles
    item = meeting.items.get()
    by = {"actor": given["actor"], "at": EVENING}
    speaking.ask_to_speak(item_id=item.pk, attendance_id=paper.id, **by)
    kept = attending.same_person(attendance_id=paper.id, other_id=account.id, **given)
    assert (kept.pk, kept.account, kept.party.name) == (account.id, cast.xu, "业主代表")
    assert item.speeches.get().attendance == kept
    room = room_of(meeting=meeting)
    assert (room.present_count, room.doubles) == (5, ())
    with pytest.raises(NotFound):
        attending.same_person(attendance_id=paper.id, other_id=account.id, **given)


def test_two_accounts_are_two_people_and_outsiders_put_no_list_right(cast):
    meeting = opened(cast, forum(cast))
    one, other = Attendance.objects.exclude(account=None).order_by("id")[:2]
    two = {"attendance_id": one.pk, "other_id": other.pk}
    given = list_by(cast, meeting)
    with pytest.raises(attending.TwoAccounts):
        attending.same_person(**two, **given)
    for who, error in ((cast.qian, NotEntitled), (cast.outsider, NotFound)):
        wrong = given | {"actor": cast.actor(who)}
        with pytest.raises(error):
            attending.same_person(**two, **wrong)
        with pytest.raises(error):
            attending.confirm_claims(attendance_ids=[one.pk], **wrong)


def test_after_both_have_signed_no_claim_is_settled(cast):
    meeting = opened(cast, forum(cast))
    claim = sign_in(meeting, name="甲某", party_id=party("业主代表").pk).attendance
    given = list_by(cast, meeting)
    meetings.end_meeting(**given)
    sign(cast, meeting, cast.shen)
    attending.confirm_claims(attendance_ids=[claim.pk], **given)
    assert not meeting.signatures.exists()  # They stood under another list.
    for account in (cast.shen, cast.zhou_min):
        sign(cast, meeting, account)
    with pytest.raises(StepNotAllowed):
        attending.decline_claims(attendance_ids=[claim.pk], **given)


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
