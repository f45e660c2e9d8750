"""deliberation.yaml: its faults with their lines, and the demonstration played as it happened."""

import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import translation

from linli.core.clocks import SHANGHAI
from linli.core.models import Delivery
from linli.deliberation.models import (
    Forum,
    Judgement,
    Meeting,
    Opinion,
    OpinionMap,
    Participation,
    Task,
    Topic,
    Vote,
)
from linli.deliberation.queries.meetings import coming_meetings
from linli.deliberation.workflow import MeetingState, OpinionState, TopicState, VoteState
from linli.flows.packs.check import check_pack
from linli.flows.packs.load import load_pack
from linli.flows.packs.memory import CREATED
from linli.flows.packs.replay import StoryRefused
from linli.flows.tests.test_packs_load import FUDONG, row_counts
from linli.matters.models import Matter
from linli.matters.queries import SUBJECT
from linli.people.queries import actor_of

AT = datetime(2026, 6, 17, 12, 0, tzinfo=SHANGHAI)
FILE = "deliberation.yaml"


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the demonstration."""
    return Path(shutil.copytree(FUDONG, tmp_path / "fudong"))


def rewrite(folder, old, new):
    """Write something else, once."""
    file = folder / FILE
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def line_of(folder, words):
    """Return the number of the line in which these words stand."""
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


# --- Check ------------------------------------------------------------------------------------

FAULTS = (
    ("    matter: rope-on-trees\n    forum", "    matter: ropes\n    forum", "no matter “ropes”"),
    ("    channel: FORM\n    by: wu.guifen", "    channel: FORM", "“by” says who wrote it down"),
    ('phone: "13900000212"', 'phone: "139"', "“139” is not a telephone number"),
    ("answer: {at: -18d 10:00, by: yin.jia", "answer: {at: -18d 10:00, by: nn", "nobody “nn”"),
    ("opinions: [racks-visit]", "opinions: [racks-guest]", "no opinion “racks-guest”"),
    ("field: 治安管理\n    building", "field: 停车\n    building", "no field “停车”"),
    ("- {do: advance, at: -17d", "- {do: jump, at: -17d", "“jump” is no step here"),
    ("{at: -31d 20:00, says: DISSATISFIED", "{at: -31d 20:00, says: YES", "not on the paper"),
    ("      - topic: ebikes\n", "      - topic: gate-cars\n", "“gate-cars” did not happen by then"),
    ("{who: 潘建国, said", "{who: 潘建民, said", "“潘建民” is not among those who were present"),
    ("    chair: qin.suqin", "    chair: guo.zhiyuan", "Chair and recorder are two people"),
    ("{party: 业主委员会, names: [谭玉华]}", "{party: 业委, names: [谭玉华]}", "no party “业委”"),
    ("    closes: -36d 18:00", "    closes: -39d 18:00", "after the end of the vote"),
    ("picks: [4], times: 2", "picks: [8], times: 2", "not on the paper"),
    ("building: FD/1\n    text", "building: FD/99\n    text", "no building “FD/99”"),
)  # fmt: skip


def test_every_fault_is_named_at_once(folder):
    for old, new, _words in FAULTS:
        rewrite(folder, old, new)
    with translation.override("en"):
        checked = check_pack(path=folder, at=AT)
        told = [(fault.line, fault.text) for fault in checked.faults if fault.file == FILE]
    assert checked.pack is None
    for _old, _new, words in FAULTS:
        assert any(words in text for _line, text in told), words
    stranger = "“潘建民” is not among those who were present."
    assert (line_of(folder, "潘建民"), stranger) in told


def test_a_line_of_answers_has_a_sign_for_each_statement(folder):
    file = folder / FILE
    lines = file.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if line == "    answers:") + 1
    lines[at] = '      - "+-0"'
    file.write_text("\n".join(lines), encoding="utf-8")
    with translation.override("en"):
        (fault,) = check_pack(path=folder, at=AT).faults
        assert (fault.file, fault.line) == (FILE, at + 1)
        assert fault.text == "This line has 3 signs for 12 statements."


@pytest.mark.django_db
def test_what_a_forum_does_not_allow_is_refused_with_its_line_and_nothing_is_loaded(folder):
    # Papers have to be read for three days before a topic is talked over.
    rewrite(folder, "{do: advance, at: -51d 18:00", "{do: advance, at: -54d 18:00")
    line = line_of(folder, "at: -54d 18:00")
    with translation.override("en"), pytest.raises(StoryRefused) as caught:
        load_pack(path=folder, at=AT)
    with translation.override("en"):
        told = str(caught.value)
    assert told.startswith(f"{FILE}:{line}: “racks”: “组织协商” cannot begin yet")
    assert not Forum.objects.exists()


# --- Played -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_demonstration_shows_deliberation_alive():
    load_pack(path=FUDONG, at=AT)
    an_adopted_topic_was_carried_out_judged_and_closed_on_one_thread()
    a_topic_that_was_not_good_enough_came_back_by_itself()
    a_topic_is_prepared_for_the_next_first_friday()
    a_vote_runs_and_an_older_one_was_counted_by_equal_shares()
    a_map_is_drawn_in_groups()
    opinions_came_by_many_ways_and_two_are_due()
    minutes_are_signed_by_two_and_published()
    assert not Delivery.objects.exclude(state=Delivery.State.DONE).exists()
    before = row_counts()
    assert load_pack(path=FUDONG, at=AT + timedelta(hours=5)).total(CREATED) == 0
    assert row_counts() == before


def an_adopted_topic_was_carried_out_judged_and_closed_on_one_thread():
    topic = Topic.objects.get(title="3幢楼前的被子晒到哪里")
    assert (topic.state, topic.round) == (TopicState.CLOSED, 1)
    complaint = Matter.objects.get(text__startswith="3幢前面两棵树")
    assert topic.source == f"{SUBJECT}:{complaint.pk}"
    tasks = Task.objects.filter(resolution__topic=topic)
    assert [task.state for task in tasks] == ["DONE", "DONE"]
    assert Matter.objects.filter(trace=topic.trace).count() == 3
    judgement = Judgement.objects.get(topic=topic)
    assert 100 * judgement.satisfied >= 85 * judgement.answered > 0
    assert topic.publications.count() == 1


def a_topic_that_was_not_good_enough_came_back_by_itself():
    first, second = Topic.objects.filter(title="1幢门厅里的电动车停到哪里").order_by("round")
    assert (first.state, second.state) == (TopicState.RETURNED, TopicState.PREPARING)
    judgement = Judgement.objects.get(topic=first)
    assert 100 * judgement.satisfied < 85 * judgement.answered
    assert second.previous == first
    assert second.owner.username == "shen.yilin"
    assert second.due_at is not None
    assert second.due_at > AT
    assert second.raised_by == "system:deliberation"
    assert Opinion.objects.filter(topic=second, channel="JUDGEMENT").exists()


def a_topic_is_prepared_for_the_next_first_friday():
    topic = Topic.objects.get(title__startswith="府东花苑东门")
    assert topic.state == TopicState.PREPARING
    assert topic.papers.count() == 2
    coming = Meeting.objects.get(items__topic=topic, state=MeetingState.PLANNED)
    assert coming.regular_day is not None
    local = coming.starts_at.astimezone(SHANGHAI)
    assert (local.weekday(), local.day <= 7, local > AT) == (4, True, True)
    last = Meeting.objects.exclude(state=MeetingState.PLANNED).latest("starts_at")
    assert last.missing_reason
    property_company = last.forum.parties.get(name="物业服务中心")
    assert not last.attendances.filter(party=property_company).exists()


def a_vote_runs_and_an_older_one_was_counted_by_equal_shares():
    running = Vote.objects.get(state=VoteState.OPEN)
    assert running.topic is not None
    assert running.topic.state == TopicState.DELIBERATING
    channels = Counter(Participation.objects.filter(vote=running).values_list("channel", flat=True))
    assert set(channels) == {"ONLINE", "PAPER", "ASSISTED"}
    counted = Vote.objects.get(kind="BUDGET")
    assert (counted.state, counted.rules["rule"]) == (VoteState.COUNTED, "equal-shares")
    assert counted.result is not None
    bought = [one["id"] for one in counted.result["projects"] if one["is_bought"]]
    # Two projects with more supporters are passed over: their supporters had their share.
    assert sorted(bought) == ["1", "2", "3", "7"]


def a_map_is_drawn_in_groups():
    drawn = OpinionMap.objects.get()
    assert drawn.participants.count() == 25
    assert drawn.statements.count() == 13
    assert drawn.drawn is not None
    assert len(drawn.drawn["groups"]) == 2


def opinions_came_by_many_ways_and_two_are_due():
    said = Opinion.objects.all()
    assert len(set(said.values_list("channel", flat=True))) >= 8
    waiting = said.filter(state=OpinionState.NEW)
    assert waiting.count() == 3
    assert waiting.filter(late_at__isnull=False).count() == 2
    assert said.filter(kind="IDEA", published_at__isnull=False).exists()


def minutes_are_signed_by_two_and_published():
    held = Meeting.objects.exclude(state=MeetingState.PLANNED)
    assert {one.state for one in held} == {MeetingState.PUBLISHED}
    assert all(one.signatures.count() == 2 for one in held)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 12, 28, 8, 0, tzinfo=SHANGHAI),  # next year's holidays are not all known
        datetime(2026, 10, 1, 23, 50, tzinfo=SHANGHAI),  # the first Friday is in the golden week
    ],
)
def test_the_demonstration_opens_on_any_day(at):
    load_pack(path=FUDONG, at=at)
    coming = Meeting.objects.get(state=MeetingState.PLANNED)
    assert coming.starts_at > at
    staff = actor_of(account=coming.chair, at=at)
    assert coming_meetings(actor=staff) == [coming]
