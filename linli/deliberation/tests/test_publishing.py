"""What everybody reads of minutes: nobody's name, number or door; other words; corrections."""

import pytest

from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.deliberation.digests import digest_of
from linli.deliberation.models import Meeting, Publication, PublicWording
from linli.deliberation.queries.minutes import minutes_of, record_of
from linli.deliberation.queries.proving import tampered_minutes, tampered_publications
from linli.deliberation.queries.public_minutes import (
    public_lines,
    public_record,
    published_minutes,
)
from linli.deliberation.services import meetings, minutes, speaking
from linli.deliberation.services.errors import StepNotAllowed, WordsTooLong
from linli.deliberation.tests.scenes import forum
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
from linli.people import services as people
from linli.people.personal import Person
from tests.cast import NOW

pytestmark = pytest.mark.django_db

ROOM = SHEET + "\n业主代表：王芳、李 明\n张伟\n陈静"


def said_at(cast, text, *, sheet=ROOM):
    """Return signed minutes in which this was said on the one item."""
    meeting = opened(cast, forum(cast), sheet=sheet)
    by = {"actor": cast.actor(cast.zhou_min), "at": EVENING}
    speaking.write_said(item_id=meeting.items.get().pk, text=text, before="", **by)
    meetings.end_meeting(meeting_id=meeting.pk, actor=cast.actor(cast.zhou_min), at=LATER)
    sign(cast, meeting, cast.shen)
    return sign(cast, meeting, cast.zhou_min)


def shown(meeting):
    (item,) = minutes_of(record=public_record(meeting=meeting, at=LATER)).items
    return item.said


def enter(cast, *names):
    """Put people on the roster."""
    desk = cast.actor(cast.zhou_min)
    home = people.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    for name in names:
        people.add_resident(household_id=home.pk, person=Person(name=name), actor=desk, at=NOW)


def test_whoever_is_named_in_a_text_stands_there_as_on_the_list(cast):
    meeting = said_at(cast, "王芳问钱经理，李明和张 伟附议，沈书记答复；周敏记录。")
    text = "业主代表问物业公司，业主代表和张*附议，社区党委答复；社区工作人员记录。"
    assert shown(meeting) == text


def test_who_is_on_the_roster_and_was_not_there_is_hidden_as_well(cast):
    enter(cast, "欧阳小梅", "古丽·买买提", "府东")
    meeting = said_at(cast, "欧阳小梅家漏水，古丽·买买提也说，府东议事会记下。")
    assert shown(meeting) == "欧***家漏水，古***也说，府东议事会记下。"


def test_two_of_one_name_are_neither_of_two_parties(cast):
    meeting = said_at(cast, "王芳说好。", sheet=SHEET + "\n业主代表：王芳\n王芳芳")
    assert shown(meeting) == "业主代表说好。"


def test_numbers_and_doors_are_hidden_and_buildings_stay(cast):
    meeting = said_at(cast, "3幢1单元501室，电话13812345678，3幢12户同意。")
    assert shown(meeting) == "3幢1单元***室，电话138****5678，3幢12户同意。"


def test_a_line_is_put_into_other_words_and_the_record_stays(cast):
    meeting = said_at(cast, "东门那位卖菜的老太太不同意")
    before = record_of(meeting=meeting)
    given = {"meeting_id": meeting.pk, "actor": cast.actor(cast.shen), "at": LATER}
    assert minutes.word_for_public(
        words_by_line={"items/0/said": "一位居民（张伟）不同意", "items/0/title": ""}, **given
    )
    assert shown(meeting) == "一位居民（张*）不同意"
    assert record_of(meeting=meeting) == before
    assert not minutes.word_for_public(
        words_by_line={"items/0/said": "一位居民（张伟）不同意"}, **given
    )
    found = minutes_of(record=publish(cast, meeting).content)
    assert (found.reworded_count, found.items[0].said) == (1, "一位居民（张*）不同意")
    assert tampered_minutes() == []
    with pytest.raises(StepNotAllowed):
        minutes.word_for_public(words_by_line={"items/0/said": "又改"}, **given)


def test_other_words_are_taken_back_and_only_for_lines_that_are_there(cast):
    meeting = said_at(cast, "同意")
    given = {"meeting_id": meeting.pk, "actor": cast.actor(cast.shen), "at": LATER}
    minutes.word_for_public(words_by_line={"items/0/said": "都同意"}, **given)
    minutes.word_for_public(words_by_line={"items/0/said": " "}, **given)
    assert not PublicWording.objects.exists()
    assert [one.place for one in public_lines(meeting=meeting, at=LATER)] == [
        "items/0/title",
        "items/0/said",
    ]
    for line in ("items/9/said", "summary", "nothing"):
        with pytest.raises(NotFound):
            minutes.word_for_public(words_by_line={line: "改"}, **given)
    with pytest.raises(WordsTooLong):
        minutes.word_for_public(words_by_line={"items/0/said": "长" * 4_001}, **given)
    with pytest.raises(NotEntitled):
        minutes.word_for_public(
            **(given | {"actor": cast.actor(cast.xu)}), words_by_line={"items/0/said": "改"}
        )


def test_one_publishes_what_one_looked_at(cast):
    meeting = said_at(cast, "张三丰同意")
    desk = cast.actor(cast.shen)
    seen = digest_of(public_record(meeting=meeting, at=LATER))
    enter(cast, "张三丰")
    with pytest.raises(minutes.PublicTextChanged):
        minutes.publish_minutes(meeting_id=meeting.pk, seen=seen, actor=desk, at=LATER)
    assert Meeting.objects.get(pk=meeting.pk).state == "SIGNED"
    assert shown(meeting) == "张**同意"
    publish(cast, meeting)


# --- Corrections ------------------------------------------------------------------------------


def correct(cast, meeting, **more):
    values = {"text": "应为两排，不是三排", "why": "记录笔误", "item": 1}
    return minutes.correct_minutes(
        meeting_id=meeting.pk, actor=cast.actor(cast.shen), at=LATER, **(values | more)
    )


def test_a_correction_stands_beside_what_it_corrects(cast):
    meeting = said_at(cast, "装三排")
    with pytest.raises(minutes.NothingPublished):
        correct(cast, meeting)
    first = publish(cast, meeting)
    made = correct(cast, meeting, text="张伟说的是两排", why="张伟来电13812345678指出")
    correct(cast, meeting, item=0, text="到会人数无误")
    assert (made.corrects, made.number, made.kind) == (first, 2, "CORRECTION")
    found = published_minutes(meeting=meeting)
    (beside,), (whole,) = found.items[0].corrections, found.corrections
    assert (beside.text, beside.why) == ("张*说的是两排", "张*来电138****5678指出")
    assert (beside.role, beside.corrected_at, whole.text) == ("SECRETARY", LATER, "到会人数无误")
    assert found.items[0].said == "装三排"
    assert Publication.objects.get(pk=first.pk).content == first.content
    assert Event.objects.filter(name="deliberation.corrected").count() == 2
    assert (tampered_minutes(), tampered_publications()) == ([], [])


def test_only_the_office_corrects_and_only_items_that_are_there(cast):
    meeting = signed(cast, forum(cast))
    publish(cast, meeting)
    with pytest.raises(minutes.ItemUnknown):
        correct(cast, meeting, item=2)
    for who, error in ((cast.xu, NotEntitled), (cast.outsider, NotFound)):
        with pytest.raises(error):
            minutes.correct_minutes(
                meeting_id=meeting.pk,
                text="改",
                why="改",
                actor=cast.actor(who),
                at=LATER,
            )


def rewritten(publication):
    Publication.objects.filter(pk=publication.pk).update(content={"text": "没有错"})


def redigested(publication):
    """Alter content and digest alike: the event still tells."""
    said = {"text": "没有错"}
    Publication.objects.filter(pk=publication.pk).update(content=said, digest=digest_of(said))


def withdrawn(publication):
    Publication.objects.filter(corrects=publication).delete()
    publication.delete()


@pytest.mark.parametrize("tamper", [rewritten, redigested, withdrawn])
@pytest.mark.parametrize("which", [0, 1])
def test_altered_publications_of_minutes_are_named(cast, tamper, which):
    meeting = signed(cast, forum(cast))
    made = publish(cast, meeting), correct(cast, meeting)
    assert tampered_publications() == []
    chosen = made[which].pk
    tamper(made[which])
    assert chosen in [ref.id for ref in tampered_publications()]


def test_a_meeting_that_is_only_over_is_not_published(cast):
    meeting = ended(cast, forum(cast))
    with pytest.raises(StepNotAllowed):
        publish(cast, meeting)
