"""What is said, moved and decided; the minutes, their two signatures, and what proves them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from linli import auditing
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.deliberation.digests import digest_of
from linli.deliberation.models import (
    AgendaItem,
    Attendance,
    Dissent,
    Meeting,
    Motion,
    Party,
    Publication,
    Signature,
    Speech,
)
from linli.deliberation.queries import published_content
from linli.deliberation.queries.meetings import present_at
from linli.deliberation.queries.minutes import live_record, minutes_of, record_of
from linli.deliberation.queries.proving import tampered_minutes
from linli.deliberation.queries.public_minutes import public_record
from linli.deliberation.services import (
    agenda,
    attending,
    meetings,
    minutes,
    motions,
    speaking,
    talks,
)
from linli.deliberation.services.errors import StepNotAllowed
from linli.deliberation.services.talks import TalkInput
from linli.deliberation.tests.scenes import forum, talked_over
from linli.deliberation.tests.sittings import (
    EVENING,
    LATER,
    SHEET,
    ended,
    opened,
    publish,
    sign,
    signed,
)
from tests.cast import NOW

pytestmark = pytest.mark.django_db

ROOM = SHEET + "\n业主代表：王芳、李明\n张伟"


class Sitting:
    """A meeting that goes on, and a recorder who writes."""

    def __init__(self, cast, *, sheet=ROOM, **more):
        self.cast, self.actor = cast, cast.actor(cast.zhou_min)
        self.meeting = opened(cast, forum(cast, **more), sheet=sheet)
        self.item = self.meeting.items.get()
        self.by = {"actor": self.actor, "at": EVENING}

    def there(self, name):
        return next(one.id for one in present_at(meeting=self.meeting) if one.name == name)

    def motion(self, text="装在东门空地"):
        return motions.move_motion(
            item_id=self.item.pk, text=text, moved_by_id=self.there("王芳"), **self.by
        )

    def count(self, motion, yes, no, abstain):
        return motions.count_hands(motion_id=motion.pk, yes=yes, no=no, abstain=abstain, **self.by)

    def end(self):
        return meetings.end_meeting(meeting_id=self.meeting.pk, actor=self.actor, at=LATER)


@pytest.fixture
def sitting(cast):
    return Sitting(cast)


# --- Speaking ---------------------------------------------------------------------------------


def test_a_turn_begins_when_the_one_before_ends(sitting):
    first, second = (
        speaking.ask_to_speak(
            item_id=sitting.item.pk, attendance_id=sitting.there(name), **sitting.by
        )
        for name in ("王芳", "钱经理")
    )
    at = EVENING
    speaking.begin_turn(speech_id=first.pk, actor=sitting.actor, at=at)
    speaking.begin_turn(speech_id=second.pk, actor=sitting.actor, at=at + timedelta(minutes=3))
    speaking.end_turn(speech_id=second.pk, actor=sitting.actor, at=at + timedelta(minutes=5))
    turns = [(one.began_at, one.ended_at) for one in Speech.objects.order_by("position")]
    assert turns == [
        (at, at + timedelta(minutes=3)),
        (at + timedelta(minutes=3), at + timedelta(minutes=5)),
    ]
    for again in (speaking.begin_turn, speaking.end_turn, speaking.drop_turn):
        with pytest.raises(StepNotAllowed):
            again(speech_id=second.pk, **sitting.by)


def test_two_recorders_do_not_write_over_each_other(sitting):
    said = {"item_id": sitting.item.pk, **sitting.by}
    speaking.write_said(text="装在东门", before="", **said)
    with pytest.raises(speaking.WrittenMeanwhile, match="装在东门") as refused:
        speaking.write_said(text="装在西门", before="", **said)
    assert refused.value.field == f"said_{sitting.item.pk}"
    speaking.write_said(text="装在东门", before="", **said)  # The same words twice are no quarrel.
    speaking.write_said(text="装在东门\n两排", before="装在东门", **said)
    speaking.write_said(text="先装一排", before="装在东门\r\n两排", **said)
    assert AgendaItem.objects.get().said == "先装一排"


def test_who_does_not_get_a_turn_leaves_no_line(sitting):
    speaking.ask_to_speak(
        item_id=sitting.item.pk, attendance_id=sitting.there("王芳"), **sitting.by
    )
    sitting.end()
    assert not Speech.objects.exists()


def test_a_guest_of_another_meeting_does_not_speak_here(cast, sitting):
    other = opened(cast, sitting.meeting.forum, regular_day=None)
    stranger = Attendance.objects.filter(meeting=other).earliest("id")
    with pytest.raises(NotFound):
        speaking.ask_to_speak(item_id=sitting.item.pk, attendance_id=stranger.pk, **sitting.by)


# --- Motions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yes", "no", "abstain", "state"),
    [
        (6, 0, 0, "CARRIED"),
        (4, 2, 0, "CARRIED"),
        (3, 3, 0, "LOST"),
        (3, 0, 3, "LOST"),
        (0, 0, 0, "LOST"),
    ],
)
def test_more_than_half_of_those_present_carry_a_motion(sitting, yes, no, abstain, state):
    motion = sitting.count(sitting.motion(), yes, no, abstain)
    assert (motion.state, motion.present) == (state, 6)
    with pytest.raises(StepNotAllowed):
        sitting.count(motion, 1, 0, 0)


def test_more_hands_than_people_are_refused(sitting):
    motion = sitting.motion()
    for hands in ((5, 1, 1), (7, 0, 0), (-1, 0, 0)):
        with pytest.raises(motions.MoreHandsThanPeople):
            sitting.count(motion, *hands)
    assert Motion.objects.get().state == "MOVED"


def test_below_the_quorum_nothing_is_decided_and_nothing_rejected(cast):
    short = Sitting(cast, sheet="业主代表：王芳", quorum_percent=67)
    assert short.meeting.quorum == 3
    motion = short.count(short.motion(), 0, 1, 0)
    assert motion.state == "NO_DECISION"
    again = short.count(short.motion("再议一次"), 1, 0, 0)
    assert again.state == "NO_DECISION"


def test_a_motion_is_withdrawn_before_hands_are_counted(sitting):
    motion = sitting.motion()
    assert motions.withdraw_motion(motion_id=motion.pk, **sitting.by).state == "WITHDRAWN"
    with pytest.raises(StepNotAllowed):
        sitting.count(motion, 6, 0, 0)


def test_dissent_stands_by_name_against_what_was_carried(sitting):
    lost, carried = sitting.motion("不装"), sitting.motion("装两排")
    sitting.count(lost, 0, 6, 0)
    sitting.count(carried, 5, 1, 0)
    said = {"attendance_id": sitting.there("李明"), "text": "会挡光", **sitting.by}
    with pytest.raises(motions.NothingCarried):
        motions.record_dissent(motion_id=lost.pk, **said)
    motions.record_dissent(motion_id=carried.pk, **said)
    with pytest.raises(motions.DissentsAlready):
        motions.record_dissent(motion_id=carried.pk, **said)
    assert Dissent.objects.count() == 1


# --- The record -------------------------------------------------------------------------------


def spoken(sitting):
    """Let something be said, moved and disagreed with, and end the meeting."""
    by, item = sitting.by, sitting.item
    speech = speaking.ask_to_speak(item_id=item.pk, attendance_id=sitting.there("张伟"), **by)
    speaking.begin_turn(speech_id=speech.pk, **by)
    speaking.write_gist(speech_id=speech.pk, text="张伟家在一楼，电话13812345678", before="", **by)
    motion = sitting.motion()
    sitting.count(motion, 4, 1, 1)
    motions.record_dissent(
        motion_id=motion.pk, attendance_id=sitting.there("李明"), text="会挡光", **by
    )
    speaking.write_said(item_id=item.pk, text="同意装两排", before="", **by)
    return sitting.end()


def test_the_record_says_all_that_happened(sitting):
    meeting = spoken(sitting)
    said = minutes_of(record=record_of(meeting=meeting))
    assert (said.expected, said.quorum, said.present_count) == (3, 2, 6)
    assert [(group.party, group.names) for group in said.groups] == [
        ("社区党委", ("沈书记",)),
        ("居委会", ("孙主任",)),
        ("物业公司", ("钱经理",)),
        ("业主代表", ("王芳", "李明")),
        ("", ("张伟",)),
    ]
    assert (said.rules_number, len(said.rules)) == (1, 6)
    (item,) = said.items
    assert (item.said, item.turns[0].by) == ("同意装两排", "张伟")
    (motion,) = item.motions
    assert (motion.state, motion.by, motion.yes, motion.present) == ("CARRIED", "王芳", 4, 6)
    assert motion.dissents == (("李明", "会挡光"),)


def test_what_is_published_names_parties_and_hides_residents(cast, sitting):
    meeting = spoken(sitting)
    sign(cast, meeting, cast.shen)
    sign(cast, meeting, cast.zhou_min)
    published = publish(cast, meeting)
    text = str(published.content)
    for hidden in ("张伟", "王芳", "李明", "钱经理", "孙主任", "沈书记", "周敏", "13812345678"):
        assert hidden not in text, hidden
    for shown in ("张*家在一楼", "138****5678", "物业公司", "业主代表", "同意装两排", "会挡光"):
        assert shown in text, shown
    assert "'account'" not in text
    assert digest_of(published.content) == published.digest
    assert minutes_of(record=published.content).chair == "社区党委"
    assert public_record(meeting=meeting, at=LATER) == published.content


# --- Signing ----------------------------------------------------------------------------------


def test_two_people_sign_the_same_record(cast):
    meeting = ended(cast, forum(cast))
    assert sign(cast, meeting, cast.shen).state == "ENDED"
    with pytest.raises(minutes.SignedAlready):
        sign(cast, meeting, cast.shen)
    with pytest.raises(minutes.NotYourSignature):
        sign(cast, meeting, cast.zhou_ning)
    with pytest.raises(NotFound):
        sign(cast, meeting, cast.outsider)
    done = sign(cast, meeting, cast.zhou_min)
    assert done.state == "SIGNED"
    assert set(Signature.objects.values_list("record_digest", flat=True)) == {done.record_digest}
    told = Event.objects.filter(name="deliberation.minutes_signed").order_by("id")
    assert [one.facts["is_complete"] for one in told] == [False, True]
    assert {one.facts["record_digest"] for one in told} == {done.record_digest}


def test_one_signs_what_one_read(cast):
    meeting = ended(cast, forum(cast))
    item = meeting.items.get()
    seen = digest_of(live_record(Meeting.objects.get(pk=meeting.pk)))
    speaking.write_said(
        item_id=item.pk, text="补记", before="", actor=cast.actor(cast.zhou_min), at=LATER
    )
    with pytest.raises(minutes.RecordChanged):
        minutes.sign_minutes(
            meeting_id=meeting.pk, seen=seen, actor=cast.actor(cast.shen), at=LATER
        )


def test_a_change_makes_the_first_signature_fall_and_says_so(cast):
    meeting, desk = ended(cast, forum(cast)), cast.actor(cast.zhou_min)
    sign(cast, meeting, cast.shen)
    speaking.write_summary(meeting_id=meeting.pk, text="补一句", before="", actor=desk, at=LATER)
    assert not Signature.objects.exists()
    told = Event.objects.filter(name="deliberation.meeting_recorded").latest("id")
    assert told.facts["signatures_fell"] == 1
    sign(cast, meeting, cast.zhou_min)
    assert Meeting.objects.get(pk=meeting.pk).state == "ENDED"
    sign(cast, meeting, cast.shen)
    meeting.refresh_from_db()
    assert meeting.state == "SIGNED"
    for change in (
        lambda: speaking.write_summary(
            meeting_id=meeting.pk, text="再改", before="补一句", actor=desk, at=LATER
        ),
        lambda: meetings.set_keepers(
            meeting_id=meeting.pk,
            chair_id=None,
            recorder_id=None,
            actor=cast.actor(cast.shen),
            at=LATER,
        ),
    ):
        with pytest.raises(StepNotAllowed):
            change()


def test_without_chair_and_recorder_nobody_signs(cast):
    of, desk = forum(cast), cast.actor(cast.shen)
    meeting = ended(cast, of, chair_id=None)
    with pytest.raises(minutes.KeepersMissing):
        sign(cast, meeting, cast.zhou_min)
    given = {"meeting_id": meeting.pk, "actor": desk, "at": LATER}
    with pytest.raises(meetings.ChairRecords):
        meetings.set_keepers(chair_id=cast.li.pk, recorder_id=cast.li.pk, **given)
    meetings.set_keepers(chair_id=cast.qian.pk, recorder_id=cast.zhou_min.pk, **given)
    sign(cast, meeting, cast.qian)
    assert sign(cast, meeting, cast.zhou_min).state == "SIGNED"


def test_a_party_that_is_renamed_later_was_called_so_then(cast):
    of = forum(cast)
    meeting = signed(cast, of)
    Party.objects.filter(name="物业公司").update(name="新物业")
    said = minutes_of(record=record_of(meeting=meeting))
    assert [group.party for group in said.groups] == ["社区党委", "居委会", "物业公司"]
    assert tampered_minutes() == []


# --- Proving ----------------------------------------------------------------------------------


def recounted(meeting):
    Motion.objects.update(yes=3)


def resealed(meeting):
    """Alter the row and its digest alike: the event still tells."""
    Meeting.objects.filter(pk=meeting.pk).update(record_digest="0" * 64)


def unsigned(meeting):
    Meeting.objects.filter(pk=meeting.pk).update(state="ENDED", record_digest="", signed_at=None)


def forged(meeting):
    Signature.objects.filter(meeting=meeting, part="CHAIR").update(record_digest="1" * 64)


def taken_off(meeting):
    Attendance.objects.filter(meeting=meeting).exclude(account=None).earliest("id").delete()


def swapped(meeting):
    Meeting.objects.filter(pk=meeting.pk).update(record_sealed=b"\x01nonsense")


def rewritten(meeting):
    Publication.objects.update(content={"masked": True})


@pytest.mark.parametrize(
    "tamper", [recounted, resealed, unsigned, forged, taken_off, swapped, rewritten]
)
def test_tampered_minutes_are_named(cast, sitting, tamper):
    meeting = spoken(sitting)
    sign(cast, meeting, cast.shen)
    sign(cast, meeting, cast.zhou_min)
    publish(cast, meeting)
    whole = opened(cast, meeting.forum, regular_day=None)
    assert tampered_minutes() == []
    tamper(meeting)
    assert [ref.id for ref in tampered_minutes()] == [meeting.pk]
    assert whole.pk != meeting.pk


def test_the_audit_says_which_minutes_were_altered(cast):
    meeting, lines = signed(cast, forum(cast)), []
    assert auditing.verify(say=lines.append)
    Meeting.objects.filter(pk=meeting.pk).update(summary="改过")
    lines.clear()
    assert not auditing.verify(say=lines.append)
    assert any(str(meeting.pk) in line for line in lines)


# --- Talks ------------------------------------------------------------------------------------


def test_a_talk_is_written_down_in_a_minute_and_counts(cast):
    of, xu = forum(cast), cast.actor(cast.xu)
    talk = TalkInput(
        held_at=NOW - timedelta(hours=15),
        said="都说晾衣架要靠南",
        people_count=14,
        about="晾衣架",
        place_text="3幢楼下",
    )
    meeting = talks.record_talk(forum_id=of.pk, talk=talk, actor=xu, at=NOW)
    said = minutes_of(record=record_of(meeting=meeting))
    assert (meeting.state, said.present_count, said.has_quorum) == ("ENDED", 14, True)
    assert [one.said for one in said.items] == ["都说晾衣架要靠南"]
    for wrong, refused in (
        ({"people_count": 0}, talks.PeopleUnusable),
        ({"held_at": NOW + timedelta(hours=1)}, talks.TalkAhead),
        ({"place_text": ""}, meetings.WhereMissing),
    ):
        with pytest.raises(refused):
            talks.record_talk(forum_id=of.pk, talk=replace(talk, **wrong), actor=xu, at=NOW)
    with pytest.raises(NotFound):
        talks.record_talk(forum_id=of.pk, talk=talk, actor=cast.actor(cast.outsider), at=NOW)


def test_what_is_published_of_a_talk_says_who_came_and_expects_nobody(cast):
    topic, meeting = talked_over(cast)
    talk = TalkInput(
        held_at=meeting.signed_at,
        said="都说靠南",
        people_count=14,
        topic_id=topic.pk,
        place_text="3幢楼下",
    )
    desk = cast.actor(cast.shen)
    talks.record_talk(forum_id=topic.forum_id, talk=talk, actor=desk, at=meeting.signed_at)
    held = published_content(topic=topic)["meetings"]
    assert [(one["kind"], one["expected"], one["present"]) for one in held] == [
        ("REGULAR", 3, 3),
        ("TALK", 0, 14),
    ]


# --- The agenda -------------------------------------------------------------------------------


def test_an_agenda_is_ordered_and_keeps_what_was_talked_over(sitting):
    given = {"meeting_id": sitting.meeting.pk, **sitting.by}
    added = agenda.add_to_agenda(lines=[agenda.Line("停车"), agenda.Line("充电桩")], **given)
    keys = [one.pk for one in sitting.meeting.items.order_by("position")]
    agenda.order_agenda(item_ids=[keys[2], keys[0]], **given)
    titles = sitting.meeting.items.order_by("position").values_list("title", flat=True)
    assert list(titles) == ["充电桩", "东门晾衣架装在哪里", "停车"]
    agenda.drop_item(item_id=added[0].pk, **sitting.by)
    sitting.motion()
    with pytest.raises(agenda.ItemTalkedOver):
        agenda.drop_item(item_id=sitting.item.pk, **sitting.by)
    with pytest.raises(NotFound):
        agenda.order_agenda(item_ids=[keys[1]], **given)
    with pytest.raises(agenda.TopicNotOnTable):
        agenda.add_to_agenda(topic_ids=[999_999], **given)
    with pytest.raises(agenda.AgendaFull):
        agenda.add_to_agenda(lines=[agenda.Line("一项")] * 150, **given)
    with pytest.raises(NotEntitled):
        agenda.add_to_agenda(
            meeting_id=sitting.meeting.pk,
            lines=[agenda.Line("插一项")],
            actor=sitting.cast.actor(sitting.cast.qian),
            at=EVENING,
        )


def test_a_sheet_entered_late_belongs_to_nobody_else(sitting):
    said = attending.enter_sheet(meeting_id=sitting.meeting.pk, lines=ROOM, **sitting.by)
    assert (said.new_count, said.known_count) == (0, 6)
