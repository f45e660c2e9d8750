"""One page tells the whole thread, oldest first, of what the viewer may see."""

import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from PIL import Image

from linli.core import attachments
from linli.core.models import Event
from linli.flows.reactions import TABLE
from linli.matters import services
from linli.matters.dossier import dossier_of
from linli.matters.models import Matter
from linli.matters.services import ReporterInput
from linli.matters.tests.stages import LATER, Stage, a_report, reported, stage_at
from linli.matters.workflow import Channel, State
from linli.web.telling import WORDS, tell_events
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _standing_clock(clock):
    """Every request is made at `NOW`."""


def a_photo(actor, at, purpose="RESULT"):
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "JPEG")
    upload = SimpleUploadedFile("a.jpg", out.getvalue())
    return attachments.store_photo(upload=upload, purpose=purpose, actor=actor, at=at).token


def quilt_on_the_hedge(cast):
    """Return a finding that went all the way, with two rounds, each a minute after the other."""
    stage = Stage(cast)

    def step(service, who, **given):
        stage.at += timedelta(minutes=1)
        if "photo" in given:
            actor = cast.actor(getattr(cast, who))
            given["attachments"] = [a_photo(actor, stage.at, given.pop("photo"))]
        stage._do(service, who, **given)

    step(services.accept, "zhou_min")
    step(services.dispatch, "zhou_min", organisation_id=cast.power_company.pk)
    step(services.object_to, "ma", reason="电话 13812348000 可证明不归我们")
    step(services.uphold, "shen", judgement="路灯归物业")
    step(services.dispatch, "zhou_min", organisation_id=cast.property_company.pk)
    step(services.take, "chen")
    step(services.ask_time, "chen", kind="EXTENSION", amount=1, reason="等配件")
    step(services.extend, "zhou_ning", amount=1, reason="同意延一天")
    step(services.resolve, "chen", note="换了灯泡", photo="RESULT")
    step(services.send_to_rework, "xu", reason="晚上仍不亮")
    step(services.take, "chen")
    step(services.resolve, "chen", note="换了线路", photo="RESULT")
    step(services.verify, "xu")
    stage.at += timedelta(minutes=1)
    stage.rate()
    return stage


def told(stage, actor, language="zh-hans"):
    matter = Matter.objects.get(pk=stage.id)
    known = dossier_of(matter=matter)
    with translation.override(language):
        return tell_events(events=known.events, actor=actor, dossiers={matter.pk: known})


def test_the_story_is_told_oldest_first_with_who_said_what(cast):
    entries = told(quilt_on_the_hedge(cast), cast.actor(cast.shen))
    assert [entry.what for entry in entries] == [
        "上报（网页）",
        "受理",
        "派单给供电所",
        "提出派单异议",
        "裁定异议成立",
        "派单给安居物业",
        "接单",
        "申请延期",
        "时限延长1个工作日",
        "报告处置完毕",
        "退回返工（第 2 轮）",
        "接单",
        "报告处置完毕",
        "核查通过",
        "评价：已解决，满意",
        "结案",
    ]
    assert [entry.who for entry in entries][:4] == ["居民", "周敏", "周敏", "马师傅"]
    assert entries[-1].who == "系统自动"
    texts = [entry.text for entry in entries]
    assert texts[0].startswith("翠园3幢门口的路灯坏了")
    assert texts[4] == "路灯归物业"
    assert texts[7:11] == ["等配件", "同意延一天", "换了灯泡", "晚上仍不亮"]
    assert texts[12] == "换了线路"
    assert [len(entry.photos) for entry in entries if entry.what == "报告处置完毕"] == [1, 1]
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_numbers_within_texts_are_masked(cast):
    entries = told(quilt_on_the_hedge(cast), cast.actor(cast.shen))
    assert not any("13812348000" in entry.text for entry in entries)


def test_the_story_is_told_in_english(cast):
    entries = told(quilt_on_the_hedge(cast), cast.actor(cast.shen), "en")
    assert entries[0].what == "Reported (Web page)"
    assert entries[-2].what == "Rated: solved, Satisfied"


def test_telling_costs_the_same_however_long_the_story(cast, django_assert_max_num_queries):
    stage = quilt_on_the_hedge(cast)
    events = list(Event.objects.order_by("id"))
    with django_assert_max_num_queries(5):
        assert len(tell_events(events=events, actor=cast.actor(cast.shen))) == len(events)
    with django_assert_max_num_queries(25):
        told(stage, cast.actor(cast.shen))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_event_has_words_in_both_languages(cast, language):
    assert set(WORDS) == set(TABLE)
    events = [
        Event(trace=uuid.uuid4(), name=name, subject_kind="x", subject_id=1, actor="system:x",
              happened_at=NOW, facts={})
        for name in WORDS
    ]  # fmt: skip
    with translation.override(language):
        entries = tell_events(events=events, actor=cast.actor(cast.shen))
    for entry in entries:
        assert entry.what
        assert "%(" not in entry.what
        is_chinese = any("一" <= letter <= "鿿" for letter in entry.what)
        assert is_chinese == (language == "zh-hans"), entry.name


def test_event_of_a_later_version_is_called_by_its_name(cast):
    event = Event(
        trace=uuid.uuid4(), name="deliberation.raised", subject_kind="x", subject_id=1,
        actor="account:999999", happened_at=NOW, facts={"level_id": 5, "channel": "NEW"},
    )  # fmt: skip
    (entry,) = tell_events(events=[event], actor=cast.actor(cast.shen))
    assert entry.what == "deliberation.raised"
    assert entry.who


def test_who_is_complained_of_learns_nothing_of_who_asked(cast):
    stage = Stage(cast, complained_of_id=cast.property_company.pk)
    stage.accept()
    stage.dispatch()
    services.open_contact(
        matter_id=stage.id,
        reporter_id=stage.report.reporter.pk,
        actor=cast.actor(cast.zhou_min),
        at=LATER,
        reason="回访",
    )
    seen = {e.name: e.text for e in told(stage, cast.actor(cast.zhou_min))}
    assert seen["matters.contact_opened"] == "回访"
    assert "matters.contact_opened" not in {e.name for e in told(stage, cast.actor(cast.chen))}


@pytest.mark.parametrize(
    ("who", "named"),
    [("zhou_min", "许中杰"), ("shen", "许中杰"), ("xu", "许中杰"), ("chen", "网格员")],
)
def test_who_reported_on_a_round_is_a_role_to_those_outside(cast, signed_in, who, named):
    made = services.report(
        report=a_report(cast, channel=Channel.FIELD, reporter=ReporterInput()),
        actor=cast.actor(cast.xu),
        at=NOW,
    )
    given = {"matter_id": made.matter.pk, "actor": cast.actor(cast.zhou_min), "at": NOW}
    services.accept(**given)
    services.dispatch(**given, organisation_id=cast.property_company.pk)
    page = signed_in(getattr(cast, who)).get(f"/trace/{made.matter.trace}/").content.decode()
    assert named in page
    assert ("许中杰" in page) is (named == "许中杰")
    assert "周敏" in page  # whoever dispatched it is whom they ask


# --- The page


def get(browser, stage):
    return browser.get(f"/trace/{stage.matter.trace}/")


@pytest.mark.parametrize("who", ["shen", "zhou_min", "xu", "wang", "chen", "gu"])
def test_page_is_for_those_who_see_the_matter(cast, signed_in, who):
    stage = stage_at(cast, State.VERIFIED)
    response = get(signed_in(getattr(cast, who)), stage)
    assert response.status_code == 200
    assert "核查通过" in response.content.decode()


@pytest.mark.parametrize("who", ["outsider", "sun", "ma", "nobody_yet"])
def test_page_does_not_exist_for_others(cast, signed_in, who):
    stage = stage_at(cast, State.VERIFIED)
    assert get(signed_in(getattr(cast, who)), stage).status_code == 404
    assert get(Client(), stage).status_code == 404


def test_thread_of_a_restricted_matter_is_for_those_in_charge(cast, signed_in):
    stage = Stage(cast, category_id=cast.referral.pk)
    assert get(signed_in(cast.fang), stage).status_code == 200
    assert get(signed_in(cast.zhou_min), stage).status_code == 404


def test_thread_tells_what_grew_from_one_matter_and_only_what_one_may_see(cast, signed_in):
    first = Stage(cast)
    second = Stage(cast, trace=first.matter.trace, category_id=cast.referral.pk)
    page = get(signed_in(cast.shen), first).content.decode()
    assert f"{first.id} 号：" in page
    assert f"{second.id} 号：" in page
    page = get(signed_in(cast.zhou_min), first).content.decode()
    assert f"{second.id} 号：" not in page


def test_thread_tells_of_the_reports_merged_into_it(cast, signed_in):
    first, again = Stage(cast), reported(cast).matter
    services.merge(matter_id=again.pk, into_id=first.id, actor=cast.actor(cast.zhou_min), at=LATER)
    page = get(signed_in(cast.shen), first).content.decode()
    assert f"{again.pk} 号：并入 {first.id} 号事项" in page


def test_page_costs_the_same_however_long_the_thread(
    cast, signed_in, django_assert_max_num_queries
):
    stage = quilt_on_the_hedge(cast)
    browser = signed_in(cast.shen)
    with django_assert_max_num_queries(45):
        assert get(browser, stage).status_code == 200
